package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.Await;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL on a host that is full, far away or set up too tightly. Each waits half a minute for
 * the relay's health to tell, so all run at once.
 */
class HostTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration LEASE = Duration.ofSeconds(12);
  private static final Duration LONGEST = Duration.ofMinutes(2);

  @SuppressWarnings("NullAway.Init")
  private static Log warnings;

  @BeforeAll
  static void listen() {
    warnings = new Log();
  }

  @AfterAll
  static void stopListening() {
    warnings.close();
  }

  /**
   * A full disk, as a limit on the size of files: no right to mount a small one is needed. The log
   * of the server, in files of 1 MB, goes on; the tables' files can't grow.
   */
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aFullDiskIsToldAndAllGoesOnWhenThereIsRoom() {
    try (DebianPostgres server = DebianPostgres.start("autovacuum = off\n");
        HikariDataSource pool = pool(server.jdbcUrl(), "postgres");
        Ledger ledger = new Ledger()) {
      Relay relay = begin(ledger, pool, "on-a-full-disk", 61);
      // The history is the largest file then: deliveries are the first that can't be written.
      server.execute(
          """
          INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                        workspace, customer_id, action, platform, attributes)
          SELECT now(), now(), now(), gen_random_uuid(), gen_random_uuid(), 1, 0, 'filler', 'filler',
                 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', json_build_object('filler', repeat('x', 600))
            FROM generate_series(1, 2500)
          """,
          "DELETE FROM outbox_delivered WHERE workspace = 'filler'");
      long largest =
          Ledger.number(
              pool,
              "SELECT max(pg_relation_size(inhrelid)) FROM pg_inherits"
                  + " WHERE inhparent = 'outbox_delivered'::regclass");
      limitFiles(server, Long.toString(largest + 32_768));
      RelayHealth down = awaitDown(relay);
      long room = System.nanoTime();
      limitFiles(server, "unlimited");
      awaitCommits(ledger, 200);
      Duration recovered = since(room);
      end("on-a-full-disk", ledger, pool, relay, down, recovered);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void twoHundredMillisecondsAndResetsAreOnlySlow() {
    try (DebianPostgres server = DebianPostgres.start("");
        Forwarder way = Forwarder.to(server.port(), Duration.ofMillis(100));
        HikariDataSource pool = pool(way.jdbcUrl(), "postgres");
        HikariDataSource near = pool(server.jdbcUrl(), "postgres");
        Ledger ledger = new Ledger()) {
      ledger.migrate(near);
      Relay relay = ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE).name("far-away"));
      ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE));
      ledger.write(6, 100, 71, List.of(pool));
      int cuts = 4;
      for (int i = 0; i < cuts; i++) {
        awaitCommits(ledger, 20);
        way.cut();
      }
      awaitCommits(ledger, 20);
      assertThat(relay.health().status()).isEqualTo(Status.UP);
      Ledger.Report report = ledger.end(near, LONGEST);
      log.info("200 ms round trip, all connections reset {} times: {}", cuts, report);
      report.holds();
      assertThat(report.forgotten()).isZero();
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aServerWithoutFreeConnectionsIsToldAndAllGoesOnWhenThereAreSome() throws SQLException {
    try (DebianPostgres server = DebianPostgres.start("max_connections = 30\n")) {
      server.execute("CREATE ROLE app LOGIN", "GRANT ALL ON SCHEMA public TO app");
      List<Connection> others = new ArrayList<>();
      try (HikariDataSource pool = pool(server.jdbcUrl(), "app");
          Ledger ledger = new Ledger()) {
        Relay relay = begin(ledger, pool, "without-connections", 81);
        // From now on, whatever connection the pool loses is somebody else's.
        Thread greedy = new Thread(() -> take(server, others), "greedy");
        greedy.start();
        RelayHealth down = awaitDown(relay);
        greedy.interrupt();
        join(greedy);
        close(others);
        long free = System.nanoTime();
        awaitCommits(ledger, 200);
        end("without-connections", ledger, pool, relay, down, since(free));
      } finally {
        close(others);
      }
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void shortTimeoutsOfTheRoleAreToldWhileALockIsHeld() throws SQLException {
    try (DebianPostgres server = DebianPostgres.start("")) {
      server.execute("CREATE ROLE app LOGIN", "GRANT ALL ON SCHEMA public TO app");
      try (HikariDataSource pool = pool(server.jdbcUrl(), "app");
          Ledger ledger = new Ledger()) {
        ledger.migrate(pool);
        JdbcOutbox outbox = JdbcOutbox.create(pool);
        server.execute(
            "ALTER ROLE app SET statement_timeout = '300ms'",
            "ALTER ROLE app SET lock_timeout = '100ms'",
            "ALTER ROLE app SET idle_in_transaction_session_timeout = '500ms'");
        pool.getHikariPoolMXBean().softEvictConnections();
        Relay relay = ledger.start(ledger.relay(outbox, LEASE).name("in-a-hurry"));
        ledger.write(4, 100, 91, List.of(pool));
        awaitCommits(ledger, 200);
        RelayHealth down;
        long free;
        try (Connection other = server.connect();
            Statement statement = other.createStatement()) {
          other.setAutoCommit(false);
          statement.execute("LOCK TABLE outbox");
          down = awaitDown(relay);
          free = System.nanoTime();
          other.rollback();
        }
        awaitCommits(ledger, 200);
        end("in-a-hurry", ledger, pool, relay, down, since(free));
      }
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aHotStandbyByMistakeIsRefusedInWords() throws SQLException {
    try (PostgresPair servers = PostgresPair.asynchronous();
        HikariDataSource pool = pool(servers.primary().jdbcUrl(), "postgres");
        HikariDataSource mistaken = pool(servers.standby().jdbcUrl(), "postgres");
        Ledger ledger = new Ledger()) {
      begin(ledger, pool, "on-the-primary", 101);
      awaitCommits(ledger, 200);
      servers.primary().awaitStandby();
      JdbcOutbox outbox = JdbcOutbox.create(mistaken);
      Relay relay = ledger.start(ledger.relay(outbox, LEASE).name("on-a-standby"));
      try (Connection connection = mistaken.getConnection()) {
        connection.setAutoCommit(false);
        Action action = Action.shown("user-1", Ledger.CONTEXT).platform(Platform.WEB).build();
        assertThatThrownBy(() -> outbox.add(connection, action))
            .isInstanceOf(OutboxException.class)
            .hasMessageContaining("the database is read-only, which a standby is");
      }
      RelayHealth down = awaitDown(relay);
      assertThat(down.reasons()).anyMatch(reason -> reason.contains("read-only"));
      warnings.told("on-a-standby", "can't claim", "the database is read-only");
      relay.close();
      Ledger.Report report = ledger.end(pool, LONGEST);
      log.info("a standby by mistake: {}; {}", down.reasons(), report);
      report.holds();
      assertThat(report.forgotten()).isZero();
    }
  }

  private static Relay begin(Ledger ledger, HikariDataSource pool, String name, long seed) {
    ledger.migrate(pool);
    Relay relay = ledger.start(ledger.relay(JdbcOutbox.create(pool), LEASE).name(name));
    ledger.write(4, 100, seed, List.of(pool));
    awaitCommits(ledger, 200);
    return relay;
  }

  private static RelayHealth awaitDown(Relay relay) {
    return Await.value(
        "the relay is down",
        Duration.ofMinutes(1),
        relay::health,
        health -> health.status() == Status.DOWN);
  }

  private static void end(
      String name,
      Ledger ledger,
      DataSource pool,
      Relay relay,
      RelayHealth down,
      Duration recovered) {
    warnings.told(name, "can't");
    Await.value("the relay is up", relay::health, health -> health.status() == Status.UP);
    Ledger.Report report = ledger.end(pool, LONGEST);
    log.info("{}: {}; 200 commits {} after; {}", name, down.reasons(), recovered, report);
    report.holds();
    assertThat(report.forgotten()).isZero();
  }

  /** Limits the size of files, for the server and for all that it starts. */
  private static void limitFiles(DebianPostgres server, String bytes) {
    for (ProcessHandle process : server.processes()) {
      // One of them may have ended meanwhile.
      if (process.isAlive()) {
        Packages.output(
            Packages.asNobody(
                Path.of("prlimit"),
                "--pid",
                Long.toString(process.pid()),
                "--fsize=" + bytes + ":"));
      }
    }
  }

  /** Takes each connection that is free, and ends those of the application, until interrupted. */
  private static void take(DebianPostgres server, List<Connection> taken) {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Connection connection = server.connect();
        synchronized (taken) {
          taken.add(connection);
        }
        try (Statement statement = connection.createStatement()) {
          statement.execute(
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
        }
      } catch (SQLException e) {
        Ledger.rest(Duration.ofMillis(20));
      }
    }
  }

  private static void close(List<Connection> connections) throws SQLException {
    synchronized (connections) {
      for (Connection connection : connections) {
        connection.close();
      }
      connections.clear();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static HikariDataSource pool(String url, String user) {
    return Ledger.pool(url, user, "", 8);
  }

  private static void awaitCommits(Ledger ledger, int more) {
    int before = ledger.committed();
    Await.value("commits", ledger::committed, now -> now >= before + more);
  }

  private static Duration since(long nanoTime) {
    return Duration.ofMillis((System.nanoTime() - nanoTime) / 1_000_000);
  }
}
