package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a PostgreSQL 15 to the newest, with actions that wait and requests that are out. */
class UpgradeTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration LEASE = Duration.ofSeconds(12);
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final String PARTITIONS =
      "SELECT count(*) FROM pg_inherits WHERE inhparent = 'outbox_delivered'::regclass";

  @Test
  void aDumpIsRestoredIntoTheNewestAndAllGoesOnThere() {
    Path folder = Packages.folder("dump");
    try (DebianPostgres old = DebianPostgres.start("");
        PrivatePostgres newest = PostgresServer.start();
        HikariDataSource before = Ledger.pool(old.jdbcUrl(), "postgres", "", 10);
        HikariDataSource after =
            Ledger.pool(newest.jdbcUrl(), newest.user(), newest.password(), 10);
        Ledger ledger = new Ledger()) {
      ledger.migrate(before);
      Relay relay = ledger.start(ledger.relay(JdbcOutbox.create(before), LEASE));
      ledger.write(4, 400, 41, List.of(before));
      awaitCommits(ledger, 800);
      // The answers come after the dump.
      ledger.destination.latency(Duration.ofSeconds(2));
      awaitCommits(ledger, 200);
      ledger.endWriters();
      long highest = Ledger.number(before, "SELECT max(id) FROM outbox");
      long ended = System.nanoTime();
      Path dump = folder.resolve("dump.sql");
      old.dump(dump);
      relay.close();
      restore(newest, dump);
      Duration took = since(ended);
      ledger.destination.latency(Duration.ZERO);
      assertThat(OutboxMigrations.of(after).migrate()).as("migrations to do").isZero();
      assertThat(Ledger.number(after, PARTITIONS)).isEqualTo(Ledger.number(before, PARTITIONS));
      long waited = Ledger.number(after, "SELECT count(*) FROM outbox");
      long out = Ledger.number(after, "SELECT count(*) FROM outbox WHERE claim_id IS NOT NULL");
      assertThat(out).isPositive();
      ledger.start(ledger.relay(JdbcOutbox.create(after), LEASE));
      ledger.write(4, 400, 45, List.of(after));
      awaitCommits(ledger, 800);
      report(
          "dump of 15 in the newest, writers stood still for "
              + took
              + ", "
              + waited
              + " waited, "
              + out
              + " of them were out",
          ledger.end(after, LONGEST));
      assertThat(Ledger.number(after, "SELECT nextval(pg_get_serial_sequence('outbox', 'id'))"))
          .isGreaterThan(highest + 800);
      assertThat(JdbcOutbox.create(after).diagnose().findings()).isEmpty();
    } finally {
      Packages.delete(folder);
    }
  }

  /** The sequence is not copied: ids begin at 1 again, while rows with such ids wait. */
  @Test
  void aLogicalCopyWithoutTheSequenceRefusesInWordsAndLosesNothing() throws SQLException {
    Path folder = Packages.folder("copy");
    try (DebianPostgres old = DebianPostgres.start("wal_level = logical\n");
        PrivatePostgres newest = PostgresServer.start(Map.of());
        HikariDataSource before = Ledger.pool(old.jdbcUrl(), "postgres", "", 10);
        HikariDataSource after =
            Ledger.pool(newest.jdbcUrl(), newest.user(), newest.password(), 10);
        Ledger ledger = new Ledger()) {
      ledger.destination.stop();
      ledger.migrate(before);
      Relay relay = ledger.start(ledger.relay(JdbcOutbox.create(before), LEASE));
      ledger.write(4, 400, 51, List.of(before));
      awaitCommits(ledger, 400);
      Path schema = folder.resolve("schema.sql");
      old.dump(schema, "--schema-only");
      restore(newest, schema);
      old.execute(
          "CREATE PUBLICATION moving FOR ALL TABLES WITH (publish_via_partition_root = true)");
      Ledger.execute(
          after,
          "CREATE SUBSCRIPTION moving CONNECTION 'host=127.0.0.1 port="
              + old.port()
              + " user=postgres dbname=postgres' PUBLICATION moving");
      Await.equal(
          "the tables are copied",
          0L,
          () ->
              Ledger.number(
                  after, "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"));
      awaitCommits(ledger, 200);
      ledger.endWriters();
      relay.close();
      for (String table : List.of("shown_message", "outbox", "outbox_workspace")) {
        String count = "SELECT count(*) FROM " + table;
        Await.equal(
            "the last rows are copied",
            Ledger.number(before, count),
            () -> Ledger.number(after, count));
      }
      Ledger.execute(after, "DROP SUBSCRIPTION moving");
      JdbcOutbox outbox = JdbcOutbox.create(after);
      assertThat(refused(after, outbox))
          .hasMessageContaining("the sequence of outbox.id is behind");
      // Those who write meanwhile are refused until the ids are beyond those that wait.
      ledger.write(4, 400, 55, List.of(after));
      ledger.destination.resume();
      ledger.start(ledger.relay(outbox, LEASE));
      awaitCommits(ledger, 800);
      report("logical copy without the sequence", ledger.end(after, LONGEST));
    } finally {
      Packages.delete(folder);
    }
  }

  private static OutboxException refused(DataSource database, JdbcOutbox outbox)
      throws SQLException {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, Action.shown("user-1", Ledger.CONTEXT).platform(Platform.WEB).build());
      throw new AssertionError("an id is there twice");
    } catch (OutboxException e) {
      return e;
    }
  }

  private static void restore(PrivatePostgres server, Path dump) {
    String url = server.jdbcUrl().replace("jdbc:", "").replace("//", "//" + server.user() + "@");
    Packages.output(
        List.of(
            Packages.program("postgresql", "psql").toString(),
            "-q",
            "-X",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            dump.toString(),
            url));
  }

  private static void report(String what, Ledger.Report report) {
    log.info("{}: {}", what, report);
    report.holds();
    assertThat(report.forgotten()).isZero();
  }

  private static void awaitCommits(Ledger ledger, int more) {
    int before = ledger.committed();
    Await.value("commits", ledger::committed, now -> now >= before + more);
  }

  private static Duration since(long nanoTime) {
    return Duration.ofMillis((System.nanoTime() - nanoTime) / 1_000_000);
  }
}
