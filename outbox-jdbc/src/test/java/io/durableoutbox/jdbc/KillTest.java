package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Relay;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A relay's process is killed with SIGKILL while its requests are out, again and again. */
class KillTest {
  static final Duration LEASE = Duration.ofSeconds(7);
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final int ROUNDS = 20;
  private static final int ACTIONS_A_ROUND = 200;

  @Test
  void nothingIsLostAndEveryRepeatHasItsFirstUuid(@TempDir Path folder) throws Exception {
    try (TestOutbox db = new TestOutbox(TestDatabase.postgres(), config -> {});
        SimulatedDestination destination = SimulatedDestination.start()) {
      destination.latency(Duration.ofMillis(100));
      List<UUID> committed = new ArrayList<>();
      for (int round = 1; round <= ROUNDS; round++) {
        long requestsBefore = destination.requestCount();
        List<Action> actions = TestOutbox.actions(ACTIONS_A_ROUND);
        db.add(actions);
        actions.forEach(a -> committed.add(a.eventUuid()));
        Process relay = start(db.database, destination, folder.resolve("relay.log").toFile());
        // At least one request has come, and its answer is not out yet, or another's is not.
        destination.awaitRequests(requestsBefore + 1 + round % 5, Duration.ofSeconds(60));
        relay.destroyForcibly();
        assertThat(relay.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(relay.exitValue()).as("killed by SIGKILL").isEqualTo(128 + 9);
        // What the dead one held comes back as when its lease has ended.
        db.letTimePass();
      }
      int leftByTheDead = db.count("outbox WHERE attempts > 0");
      destination.latency(Duration.ZERO);
      MoEngage lastDestination =
          MoEngage.workspace(destination.workspaceId(), destination.apiKey())
              .baseUrl(destination.baseUrl())
              .build();
      try (Relay last = db.outbox.relay(lastDestination).build()) {
        while (last.runOnce().claimed() > 0) {
          log.debug("the last relay takes over");
        }
      }
      assertThat(db.count("outbox")).isZero();
      assertThat(destination.accepted())
          .extracting(AcceptedAction::eventUuid)
          .containsExactlyInAnyOrderElementsOf(committed);
      assertThat(destination.conflicts()).isEmpty();
      assertThat(db.one("SELECT COUNT(*), COUNT(DISTINCT event_uuid) FROM outbox_delivered"))
          .isEqualTo(committed.size() + "|" + committed.size());
      assertThat(destination.duplicates()).as("repeats that kills caused").isGreaterThan(0);
      log.info(
          "{} kills, {} actions, {} left claimed by the dead, {} repeats under their first UUID, 0"
              + " lost",
          ROUNDS,
          committed.size(),
          leftByTheDead,
          destination.duplicates());
    }
  }

  @Test
  void anotherRelayTakesOverWhenTheDeadOnesLeaseEnds(@TempDir Path folder) throws Exception {
    try (TestOutbox db = new TestOutbox(TestDatabase.postgres(), config -> {});
        SimulatedDestination destination = SimulatedDestination.start()) {
      destination.latency(Duration.ofMillis(800));
      db.add(TestOutbox.actions(20));
      Process dead = start(db.database, destination, folder.resolve("dead.log").toFile());
      destination.awaitRequests(1, Duration.ofSeconds(60));
      dead.destroyForcibly();
      assertThat(dead.waitFor(30, TimeUnit.SECONDS)).isTrue();
      long killed = System.nanoTime();
      destination.latency(Duration.ZERO);
      Process successor = start(db.database, destination, folder.resolve("next.log").toFile());
      try {
        destination.awaitRequests(3, LEASE.plusSeconds(30));
        while (db.count("outbox") > 0) {
          assertThat(Duration.ofNanos(System.nanoTime() - killed))
              .isLessThan(LEASE.plusSeconds(30));
        }
      } finally {
        successor.destroyForcibly();
      }
      assertThat(destination.acceptedCount()).isEqualTo(20);
      assertThat(db.count("outbox_delivered WHERE attempts = 2")).isEqualTo(20);
      log.info(
          "taken over {} ms after the kill, with a lease of {} ms",
          Duration.ofNanos(System.nanoTime() - killed).toMillis(),
          LEASE.toMillis());
    }
  }

  private static Process start(TestDatabase database, SimulatedDestination destination, File output)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            KilledRelay.class.getName(),
            database.jdbcUrl(),
            database.user(),
            database.password(),
            destination.baseUrl(),
            destination.workspaceId(),
            destination.apiKey())
        .redirectErrorStream(true)
        .redirectOutput(Redirect.appendTo(output))
        .start();
  }
}
