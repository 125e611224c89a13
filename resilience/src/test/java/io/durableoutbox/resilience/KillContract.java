package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A relay's process is killed with SIGKILL while its requests are out, again and again. */
abstract class KillContract {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final int ACTIONS_A_ROUND = 200;

  @TempDir private Path folder;

  abstract TestDatabase newDatabase();

  /** How many relays are killed. */
  abstract int rounds();

  @Test
  void nothingIsLostAndEveryRepeatHasItsFirstUuid() throws Exception {
    try (TestDatabase database = newDatabase();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password())) {
      scene.destination.latency(Duration.ofMillis(100));
      for (int round = 1; round <= rounds(); round++) {
        long before = scene.destination.requestCount();
        scene.commit(ACTIONS_A_ROUND);
        try (RelayProcess relay = start(quick(database), scene)) {
          // At least one request has come, and its answer is not out yet, or another's is not.
          scene.destination.awaitRequests(before + 1 + round % 5, Duration.ofSeconds(60));
          relay.kill();
        }
        // What the dead one held comes back as when its lease has ended.
        scene.execute(
            "UPDATE outbox SET available_at = CURRENT_TIMESTAMP WHERE available_at >"
                + " CURRENT_TIMESTAMP");
      }
      long leftByTheDead = scene.number("SELECT count(*) FROM outbox WHERE attempts > 0");
      scene.destination.latency(Duration.ZERO);
      try (var last = scene.relay(scene.pool).build().start()) {
        assertThat(last.name()).isNotEmpty();
        scene.everythingArrives(Duration.ofSeconds(60));
      }
      assertThat(scene.destination.duplicates()).as("repeats that kills caused").isPositive();
      assertThat(
              scene.number(
                  "SELECT count(*) FROM outbox_request WHERE outcome = 'unknown' AND id ="
                      + " claim_id"))
          .as("claims of the dead in the history")
          .isPositive();
      log.info(
          "{} kills, {} actions, {} left claimed by the dead, {} repeats under their first UUID, 0"
              + " lost",
          rounds(),
          scene.committed.size(),
          leftByTheDead,
          scene.destination.duplicates());
    }
  }

  @Test
  void anotherRelayTakesOverWhenTheDeadOnesLeaseEnds() throws Exception {
    try (TestDatabase database = newDatabase();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password())) {
      // Nothing is answered before the kill, and nothing is late after it: two attempts for each.
      scene.destination.latency(Duration.ofSeconds(2));
      scene.commit(20);
      RelayProcess.Settings settings =
          quick(database).waiting(Duration.ofMillis(4_000), Duration.ofMillis(9_500));
      try (RelayProcess dead = start(settings, scene)) {
        scene.destination.awaitRequests(1, Duration.ofSeconds(60));
        dead.kill();
      }
      long killed = System.nanoTime();
      scene.destination.latency(Duration.ZERO);
      try (RelayProcess successor = start(settings, scene)) {
        scene.everythingArrives(Duration.ofSeconds(60));
        assertThat(successor.isAlive()).isTrue();
      }
      assertThat(scene.number("SELECT count(*) FROM outbox_delivered WHERE attempts = 2"))
          .isEqualTo(20);
      log.info(
          "taken over {} ms after the kill",
          Duration.ofNanos(System.nanoTime() - killed).toMillis());
    }
  }

  private static RelayProcess.Settings quick(TestDatabase database) {
    return RelayProcess.Settings.quick(database.jdbcUrl(), database.user(), database.password());
  }

  private RelayProcess start(RelayProcess.Settings settings, Scene scene) {
    return RelayProcess.start(settings, scene.destination, folder.resolve("relay.log"));
  }
}
