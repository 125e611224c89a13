package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.durableoutbox.MoEngage;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.Requeue;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.Fault;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one answer means is decided by what happens to others; over HTTP, with default settings. */
class WhoseFaultTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Relay relayByDefault(Scene scene) {
    return scene
        .outbox
        .relay(
            MoEngage.workspace(scene.destination.workspaceId(), scene.destination.apiKey())
                .baseUrl(scene.destination.baseUrl())
                .build())
        .build();
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments("a server's bug", Fault.status(500)),
        arguments("a firewall", Fault.html(403, 500)),
        arguments("a proxy that resets the connection", Fault.dropUnaccepted()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("failures")
  void oneActionOfAThousandThatFailsHoldsUpNobody(String name, Fault fault) throws Exception {
    try (TestDatabase database = TestDatabase.h2();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        Relay relay = relayByDefault(scene)) {
      scene.commit(1_000);
      UUID poison = scene.committed.get(437);
      scene.destination.poison(poison, fault);
      long started = System.nanoTime();
      relay.start();
      scene.awaitNumber(999, MINUTE, "SELECT count(*) FROM outbox_delivered");
      log.info("{}: 999 others after {} ms", name, (System.nanoTime() - started) / 1_000_000);
      scene.commit(50);
      relay.wakeUp();
      scene.awaitNumber(1_049, MINUTE, "SELECT count(*) FROM outbox_delivered");
      assertThat(scene.number("SELECT count(*) FROM outbox_rejected")).isZero();
      assertThat(scene.query("SELECT event_uuid FROM outbox")).containsExactly(poison.toString());
      RelayHealth health =
          Await.value("it is up", MINUTE, relay::health, h -> h.status() == Status.UP);
      assertThat(health.reasons()).anySatisfy(r -> assertThat(r).contains(poison.toString()));
      assertThat(scene.destination.accepted(poison)).isEmpty();
    }
  }

  @Test
  void whenEverythingIsRefusedFewAreRejectedAndOneCallPutsThemBack() throws Exception {
    try (TestDatabase database = TestDatabase.h2();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        Relay first = relayByDefault(scene);
        Relay second = relayByDefault(scene)) {
      scene.commit(3_000);
      scene.destination.always(Fault.invalidField());
      first.start();
      second.start();
      Await.value("one says so", MINUTE, first::health, WhoseFaultTest::saysThatAllIsRefused);
      Await.value(
          "so does the other", MINUTE, second::health, WhoseFaultTest::saysThatAllIsRefused);
      // Both may know it before one of them has written it.
      scene.awaitNumber(1, MINUTE, "SELECT count(*) FROM outbox_workspace WHERE cause = 'refused'");
      assertThat(scene.number("SELECT count(*) FROM outbox_rejected")).isBetween(1L, 40L);
      assertThat(scene.number("SELECT count(*) FROM outbox_request")).isLessThan(100);
      scene.destination.always(Fault.none());
      scene.awaitNumber(0, MINUTE, "SELECT count(*) FROM outbox");
      scene
          .outbox
          .operator("who")
          .requeue(
              Requeue.of(
                  ActionFilter.all().workspace("default").states(ActionState.REJECTED), "mended"));
      scene.everythingArrives(MINUTE);
    }
  }

  private static boolean saysThatAllIsRefused(RelayHealth health) {
    return health.status() == Status.PAUSED
        && health.reasons().toString().contains("the destination refuses everything");
  }
}
