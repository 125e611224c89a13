package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Connections to the destination that are closed or forgotten while nobody uses them. */
class ConnectionFaultsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void aServerThatClosesIdleConnectionsCostsNoAttemptAndNoPause() throws Exception {
    try (TestDatabase database = TestDatabase.h2();
        Scene scene = scene(database);
        Relay relay = scene.relay(scene.pool).build().start()) {
      scene.destination.closeIdleConnections(Duration.ofMillis(100));
      for (int i = 1; i <= 6; i++) {
        scene.commit(1);
        relay.wakeUp();
        scene.everythingArrives(LONG);
        Chaos.rest(Duration.ofMillis(180));
      }
      assertThat(scene.query("SELECT DISTINCT outcome, status FROM outbox_request"))
          .containsExactly("accepted|200");
      assertThat(scene.number("SELECT max(attempts) FROM outbox_delivered")).isEqualTo(1);
    }
  }

  @Test
  void connectionsThatANatForgotCostOneCallTimeoutTogether() throws Exception {
    try (TestDatabase database = TestDatabase.h2();
        Scene scene = scene(database);
        Relay relay =
            scene.relay(scene.pool, Duration.ofSeconds(2), Duration.ofSeconds(8)).build().start()) {
      scene.commit(400);
      relay.wakeUp();
      scene.everythingArrives(LONG);
      scene.destination.forgetConnections();
      scene.commit(400);
      relay.wakeUp();
      scene.everythingArrives(LONG);
      assertThat(scene.number("SELECT max(attempts) FROM outbox_delivered"))
          .as("only what was out on them is sent again, and once")
          .isBetween(1L, 2L);
      assertThat(scene.number("SELECT count(*) FROM outbox_request WHERE outcome <> 'accepted'"))
          .isLessThanOrEqualTo(8);
    }
  }

  private static Scene scene(TestDatabase database) {
    return new Scene(
        database.jdbcUrl(),
        database.user(),
        database.password(),
        SimulatedDestination.builder().gateway(true));
  }
}
