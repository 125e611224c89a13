package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Relay;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** PostgreSQL is killed, and connections to it are cut or lead nowhere. */
class DatabaseFaultsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void aServerThatIsKilledAndStartedAgainCostsNothingButTime() throws Exception {
    try (PrivatePostgres postgres = PostgresServer.start();
        Scene scene = new Scene(postgres.jdbcUrl(), postgres.user(), postgres.password());
        Relay relay = scene.relay(scene.pool).build().start()) {
      scene.destination.latency(Duration.ofMillis(20));
      for (int round = 0; round < 3; round++) {
        commitInBatches(scene, 20);
        scene.destination.awaitAccepted(scene.committed.size() - 250, LONG);
        postgres.kill();
        postgres.restart();
      }
      scene.everythingArrives(LONG);
      Scene.await("it is up", LONG, () -> relay.health().status() == Status.UP);
    }
  }

  private static void commitInBatches(Scene scene, int batches) throws SQLException {
    for (int i = 0; i < batches; i++) {
      scene.commit(25);
    }
  }

  @Test
  void aConnectionThatLeadsNowhereIsGivenUpAndTheRelayGoesOn() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        TcpProxy proxy = TcpProxy.to(database.jdbcUrl());
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        HikariDataSource throughProxy =
            Pools.open(proxy.url(database.jdbcUrl()), database.user(), database.password(), 4);
        Relay relay = scene.relay(throughProxy).build().start()) {
      scene.commit(200);
      scene.everythingArrives(LONG);
      proxy.swallow();
      scene.commit(200);
      long before = System.nanoTime();
      // Longer than the driver's socket timeout.
      Chaos.rest(Duration.ofSeconds(5));
      assertThat(scene.destination.acceptedCount()).isEqualTo(200);
      proxy.pass();
      scene.everythingArrives(LONG);
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(LONG);
      Scene.await("it is up", LONG, () -> relay.health().status() == Status.UP);
    }
  }

  @Test
  void aCommitWhoseAnswerIsCutOffIsRepeatedAndDoublesNothing() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        TcpProxy proxy = TcpProxy.to(database.jdbcUrl());
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        HikariDataSource throughProxy =
            Pools.open(proxy.url(database.jdbcUrl()), database.user(), database.password(), 4);
        Relay relay = scene.relay(throughProxy).build().start()) {
      for (int round = 0; round < 4; round++) {
        int before = proxy.commitsCut();
        proxy.cutNextCommits(2);
        scene.commit(100);
        Scene.await("a commit is cut off", LONG, () -> proxy.commitsCut() > before);
      }
      // The leases of what was cut off end side by side.
      scene.everythingArrives(LONG);
      assertThat(proxy.commitsCut()).isBetween(4, 8);
      assertThat(
              scene.number(
                  "SELECT count(*) FROM outbox_request r WHERE outcome = 'accepted' AND NOT EXISTS"
                      + " (SELECT FROM outbox_delivered d WHERE d.request_id = r.id) AND NOT EXISTS"
                      + " (SELECT FROM outbox_attempt a WHERE a.request_id = r.id)"))
          .isZero();
      assertThat(relay.name()).isNotEmpty();
    }
  }
}
