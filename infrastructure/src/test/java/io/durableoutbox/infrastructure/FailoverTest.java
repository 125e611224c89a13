package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL and its standby, which takes over while actions are written and sent. */
class FailoverTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");

  /** What a server forgot of the claims on it waits that long. */
  private static final Duration LEASE = Duration.ofSeconds(12);

  private static final Duration LONGEST = Duration.ofMinutes(2);

  /**
   * The standby lacks the last transactions and so its sequence has gone back: new actions get the
   * ids of those whose answers are still to come. {@code -Dfailover.runs=5} does it five times.
   */
  @Test
  void anAsynchronousStandbyThatLagsTakesOver() {
    for (int run = 1; run <= Integer.getInteger("failover.runs", 1); run++) {
      try (PostgresPair servers = PostgresPair.asynchronous();
          HikariDataSource pool = pool(servers.jdbcUrl());
          Ledger ledger = new Ledger()) {
        ledger.destination.latency(Duration.ofMillis(500));
        begin(ledger, pool, run);
        letRelaysKeepUp(ledger);
        servers.holdBackTheStandby();
        awaitCommits(ledger, 250);
        long killed = System.nanoTime();
        servers.primary().kill();
        servers.promote();
        awaitCommits(ledger, 1);
        Duration recovered = since(killed);
        awaitCommits(ledger, 1_000);
        Ledger.Report report = ledger.end(pool, LONGEST);
        log.info("asynchronous standby, commits again after {}: {}", recovered, report);
        report.holds();
        assertThat(report.forgotten()).isPositive();
      }
    }
  }

  @Test
  void aSynchronousStandbyTakesOverAndNothingIsForgotten() {
    try (PostgresPair servers = PostgresPair.synchronous();
        HikariDataSource pool = pool(servers.jdbcUrl());
        Ledger ledger = new Ledger()) {
      ledger.destination.latency(Duration.ofMillis(300));
      begin(ledger, pool, 11);
      awaitCommits(ledger, 800);
      long killed = System.nanoTime();
      servers.primary().kill();
      servers.promote();
      awaitCommits(ledger, 1);
      Duration recovered = since(killed);
      awaitCommits(ledger, 1_000);
      Ledger.Report report = ledger.end(pool, LONGEST);
      log.info("synchronous standby, commits again after {}: {}", recovered, report);
      report.holds();
      assertThat(report.forgotten()).isZero();
    }
  }

  /** The address leads to the old server for a while, which is a standby now. */
  @Test
  void anAddressMovesToTheNewPrimaryAndTheOldOneComesBackAsStandby() {
    try (PostgresPair servers = PostgresPair.asynchronous();
        Forwarder address = Forwarder.to(servers.primary().port(), Duration.ZERO);
        HikariDataSource pool = pool(address.jdbcUrl());
        Ledger ledger = new Ledger()) {
      ledger.destination.latency(Duration.ofMillis(100));
      begin(ledger, pool, 21);
      awaitCommits(ledger, 800);
      servers.holdBackTheStandby();
      awaitCommits(ledger, 100);
      long killed = System.nanoTime();
      servers.primary().kill();
      servers.promote();
      // It has transactions that the new primary has not, and gives them up.
      servers.standby().rejoin(servers.primary());
      Await.until(
          "the old primary answers as a standby", () -> isTrue(pool, "SELECT pg_is_in_recovery()"));
      Duration away = since(killed);
      Ledger.rest(Duration.ofSeconds(2));
      long moved = System.nanoTime();
      address.move(servers.primary().port());
      awaitCommits(ledger, 1);
      Duration recovered = since(moved);
      awaitCommits(ledger, 1_000);
      // And back again, as planned, with nothing lost.
      int forgotten = ledger.end(pool, LONGEST).forgotten();
      ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE));
      ledger.write(4, 400, 25, List.of(pool));
      awaitCommits(ledger, 400);
      long stopped = System.nanoTime();
      servers.primary().stop();
      servers.promote();
      servers.standby().rejoin(servers.primary());
      address.move(servers.primary().port());
      awaitCommits(ledger, 1);
      Duration back = since(stopped);
      awaitCommits(ledger, 400);
      Ledger.Report report = ledger.end(pool, LONGEST);
      log.info(
          "address that moves, old primary back as standby after {}, commits {} after the move;"
              + " planned switch-over back took {}: {}",
          away,
          recovered,
          back,
          report);
      report.holds();
      assertThat(report.forgotten()).isEqualTo(forgotten);
    }
  }

  @Test
  void commitsThatWaitForAStandbyThatIsGoneHaveABoundAndGoOnWhenItIsBack() throws SQLException {
    try (PostgresPair servers = PostgresPair.synchronous();
        HikariDataSource pool = pool(servers.jdbcUrl());
        Ledger ledger = new Ledger();
        Log warnings = new Log()) {
      ledger.destination.latency(Duration.ofMillis(500));
      ledger.migrate(pool);
      Relay others = ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE));
      Relay waiting =
          ledger.start(
              ledger
                  .relay(JdbcOutbox.builder(pool).asynchronousCommit(false).build(), LEASE)
                  .name("waits-for-the-standby"));
      ledger.write(2, 100, 31, List.of(pool));
      awaitCommits(ledger, 200);
      long gone = System.nanoTime();
      servers.standby().stop();
      Duration bound = commit(pool);
      Await.value(
          "the relay is down",
          Duration.ofMinutes(1),
          waiting::health,
          health -> health.status() == Status.DOWN);
      Duration told = since(gone);
      warnings.told("waits-for-the-standby");
      // Its own commits do not wait, and what it can't see yet is not its own.
      assertThat(others.health().status()).isEqualTo(Status.UP);
      log.info("health: {}", waiting.health());
      int before = ledger.committed();
      long back = System.nanoTime();
      servers.standby().start();
      Await.value("commits go on", ledger::committed, now -> now > before + 100);
      Duration recovered = since(back);
      Await.value("the relay is up", waiting::health, health -> health.status() == Status.UP);
      Ledger.Report report = ledger.end(pool, LONGEST);
      log.info(
          "synchronous standby gone: a commit ended after {}, health was DOWN after {}, commits"
              + " again {} after it was back: {}",
          bound,
          told,
          recovered,
          report);
      report.holds();
      assertThat(report.forgotten()).isZero();
      assertThat(bound).isLessThan(Duration.ofSeconds(20));
    }
  }

  /** Returns how long a commit took that can't be answered. */
  private static Duration commit(DataSource pool) throws SQLException {
    long began = System.nanoTime();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("CREATE TABLE IF NOT EXISTS other (id integer)");
      connection.commit();
      throw new AssertionError("the standby is gone, and a commit was answered");
    } catch (SQLException e) {
      return since(began);
    }
  }

  private static void begin(Ledger ledger, HikariDataSource pool, long seed) {
    ledger.migrate(pool);
    ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE));
    ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE));
    ledger.write(4, 400, seed, List.of(pool));
  }

  private static HikariDataSource pool(String url) {
    return Ledger.pool(url, "postgres", "", 10);
  }

  /** Waits until what is written leaves soon: then it is on its way when the primary dies. */
  private static void letRelaysKeepUp(Ledger ledger) {
    Await.until(
        "the relays keep up",
        () ->
            ledger.committed() > 800
                && ledger.committed() - ledger.destination.acceptedCount() < 300);
  }

  private static void awaitCommits(Ledger ledger, int more) {
    int before = ledger.committed();
    Await.value("commits", ledger::committed, now -> now >= before + more);
  }

  private static boolean isTrue(DataSource pool, String sql) {
    try {
      return Ledger.number(pool, "SELECT CASE WHEN (" + sql + ") THEN 1 ELSE 0 END") == 1;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static Duration since(long nanoTime) {
    return Duration.ofMillis((System.nanoTime() - nanoTime) / 1_000_000);
  }
}
