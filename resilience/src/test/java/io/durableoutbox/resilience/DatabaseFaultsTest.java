package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** PostgreSQL is killed, and connections to it are cut or lead nowhere. */
class DatabaseFaultsTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  @Test
  void aServerThatIsKilledAndStartedAgainCostsNothingButTime() throws Exception {
    try (PrivatePostgres postgres = PostgresServer.start();
        Scene scene = new Scene(postgres.jdbcUrl(), postgres.user(), postgres.password());
        Relay relay = scene.hastyRelay(scene.pool).build().start()) {
      scene.destination.latency(Duration.ofMillis(20));
      for (int round = 0; round < 3; round++) {
        commitInBatches(scene, 20);
        scene.destination.awaitAccepted(scene.committed.size() - 250, LONG);
        postgres.kill();
        postgres.restart();
        // What was lent just before the kill would be lent again without a look.
        scene.pool.getHikariPoolMXBean().softEvictConnections();
        Scene.await("the pool has connections again", LONG, () -> lends(scene.pool));
      }
      scene.everythingArrives(LONG);
      Scene.await("it is up", LONG, () -> relay.health().status() == Status.UP);
    }
  }

  private static boolean lends(HikariDataSource pool) {
    try (Connection connection = pool.getConnection()) {
      return connection.isValid(3);
    } catch (SQLException e) {
      return false;
    }
  }

  private static void commitInBatches(Scene scene, int batches) throws SQLException {
    for (int i = 0; i < batches; i++) {
      scene.commit(25);
    }
  }

  @Test
  void aConnectionThatLeadsNowhereIsGivenUpAndTheRelayGoesOn() throws Exception {
    AtomicInteger failures = new AtomicInteger();
    try (TestDatabase database = TestDatabase.postgres();
        TcpProxy proxy = TcpProxy.to(database.jdbcUrl());
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        HikariDataSource throughProxy =
            Pools.open(proxy.url(database.jdbcUrl()), database.user(), database.password(), 4);
        Relay relay =
            scene
                .hastyRelay(throughProxy)
                .listener(event -> count(event, failures))
                .build()
                .start()) {
      scene.commit(200);
      scene.everythingArrives(LONG);
      proxy.swallow();
      int before = failures.get();
      scene.commit(200);
      // By the driver's socket timeout.
      Scene.await("a connection is given up", LONG, () -> failures.get() > before);
      assertThat(scene.destination.acceptedCount()).isEqualTo(200);
      proxy.pass();
      scene.everythingArrives(LONG);
      Scene.await("it is up", LONG, () -> relay.health().status() == Status.UP);
    }
  }

  private static void count(RelayEvent event, AtomicInteger failures) {
    if (event instanceof RelayEvent.Failed) {
      failures.incrementAndGet();
    }
  }

  @Test
  void aCommitWhoseAnswerIsCutOffIsRepeatedAndDoublesNothing() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        TcpProxy proxy = TcpProxy.to(database.jdbcUrl());
        Scene scene = new Scene(database.jdbcUrl(), database.user(), database.password());
        HikariDataSource throughProxy =
            Pools.open(proxy.url(database.jdbcUrl()), database.user(), database.password(), 4);
        Relay relay = scene.hastyRelay(throughProxy).build().start()) {
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
