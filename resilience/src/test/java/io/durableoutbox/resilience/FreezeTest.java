package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.Fault;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A relay's process is frozen with SIGSTOP beyond its lease, and wakes up. */
class FreezeTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  /** Enough for it to be frozen before one is over. */
  private static final Duration FOR_AN_ANSWER = Duration.ofSeconds(3);

  private static final Duration LEASE = FOR_AN_ANSWER.plusMillis(5_500);

  @TempDir private Path folder;

  private static RelayProcess.Settings settings(TestDatabase database) {
    return RelayProcess.Settings.quick(database.jdbcUrl(), database.user(), database.password())
        .waiting(FOR_AN_ANSWER, LEASE);
  }

  @Test
  void aRelayThatWakesUpAfterItsLeaseUndoesNothingOfWhatItsSuccessorDid() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password())) {
      // Its requests hang, so it will hold them as unknown when it wakes up; no answer comes by
      // then.
      scene.destination.always(Fault.delay(Duration.ofHours(1)));
      scene.commit(40);
      RelayProcess.Settings settings = settings(database);
      Path frozensOutput = folder.resolve("frozen.log");
      try (RelayProcess frozen = RelayProcess.start(settings, scene.destination, frozensOutput)) {
        scene.destination.awaitRequests(4, LONG);
        frozen.freeze();
        scene.destination.always(Fault.none());
        try (RelayProcess successor =
            RelayProcess.start(settings, scene.destination, folder.resolve("successor.log"))) {
          scene.everythingArrives(LONG);
          assertThat(successor.isAlive()).isTrue();
          frozen.thaw();
          Scene.await("its outcomes are fenced off", LONG, () -> frozen.fenced() >= 40);
        }
        assertThat(frozen.fenced()).isEqualTo(40);
        scene.everythingArrives(LONG);
        // And it goes on as if nothing had been.
        scene.commit(20);
        scene.everythingArrives(LONG);
      }
    }
  }

  @Test
  void aDeliveryThatWasAcceptedBeforeTheFreezeCountsWhoeverHoldsTheRow() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password())) {
      scene.destination.latency(FOR_AN_ANSWER.minusMillis(500));
      scene.commit(30);
      RelayProcess.Settings settings = settings(database);
      try (RelayProcess frozen =
          RelayProcess.start(settings, scene.destination, folder.resolve("frozen.log"))) {
        scene.destination.awaitRequests(3, LONG);
        frozen.freeze();
        scene.destination.awaitAccepted(30, LONG);
        Scene.await(
            "its lease has ended",
            LONG,
            () -> scene.number("SELECT count(*) FROM outbox WHERE available_at > now()") == 0);
        frozen.thaw();
        scene.everythingArrives(LONG);
      }
    }
  }
}
