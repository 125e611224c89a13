package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server itself refuses what a relay writes, by triggers that raise its errors for a while. */
class SqlStatesTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final int FAILURES = 4;

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "53100, disk full",
    "40P01, deadlock",
    "40001, serialization failure",
    "25006, read-only after a failover",
    "57014, statement timeout",
    "XX000, internal error"
  })
  void costsTimeAndNoAction(String state, String name) throws Exception {
    for (String table : List.of("outbox", "outbox_delivered")) {
      String event = table.equals("outbox") ? "UPDATE" : "INSERT";
      try (TestDatabase database = TestDatabase.postgres();
          Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
          Relay relay = scene.relay(scene.pool).build()) {
        // A sequence is not rolled back, so it counts the failures.
        scene.execute("CREATE SEQUENCE failures");
        scene.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF"
                + " nextval('failures') <= "
                + FAILURES
                + " THEN RAISE EXCEPTION 'made to fail' USING ERRCODE = '"
                + state
                + "'; END IF; RETURN NULL; END $$");
        scene.execute(
            "CREATE TRIGGER fail BEFORE "
                + event
                + " ON "
                + table
                + " FOR EACH STATEMENT EXECUTE FUNCTION fail()");
        scene.commit(50);
        relay.start();
        scene.everythingArrives(LONG);
        assertThat(scene.number("SELECT last_value FROM failures"))
            .as("%s at %s of %s", name, event, table)
            .isGreaterThan(FAILURES);
        Scene.await("it is up", LONG, () -> relay.health().status() == Status.UP);
        // What was accepted and could not be written was kept, and not sent again.
        assertThat(scene.destination.duplicates()).isZero();
      }
    }
  }

  @Test
  void aPoolWithoutAFreeConnectionCostsTimeAndNoAction() throws Exception {
    List<String> failures = new CopyOnWriteArrayList<>();
    try (TestDatabase database = TestDatabase.postgres();
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        Relay relay = scene.relay(scene.pool).listener(event -> note(event, failures)).build()) {
      scene.commit(50);
      List<Connection> all = new ArrayList<>();
      while (all.size() < scene.pool.getMaximumPoolSize()) {
        all.add(scene.pool.getConnection());
      }
      relay.start();
      Scene.await("it could not claim", LONG, () -> failures.contains("claim"));
      assertThat(scene.destination.requestCount()).isZero();
      for (Connection connection : all) {
        connection.close();
      }
      scene.everythingArrives(LONG);
    }
  }

  private static void note(RelayEvent event, List<String> failures) {
    if (event instanceof RelayEvent.Failed failed) {
      failures.add(failed.step());
    }
  }
}
