package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.jdbc.Diagnosis;
import io.durableoutbox.jdbc.Diagnosis.Finding;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Midnight;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisLimits;
import io.durableoutbox.testdb.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the diagnosis finds on PostgreSQL alone. */
abstract class PostgresDiagnosisContract extends DiagnosisContract {
  @BeforeEach
  void keepAwayFromMidnight() {
    Midnight.keepAwayFrom(db.database);
  }

  @Override
  String series(int rows) {
    return "generate_series(1, " + rows + ") AS s(x)";
  }

  @Override
  String uuid() {
    return "gen_random_uuid()";
  }

  @Override
  String text() {
    return "text";
  }

  private static Connection connect(TestOutbox to) throws SQLException {
    return DriverManager.getConnection(
        to.database.jdbcUrl(), to.database.user(), to.database.password());
  }

  // Indexes

  @Test
  void anInvalidIndexIsFoundWithTheStatementThatMendsIt() throws SQLException {
    wait("default", 2, "'1' SECOND");
    try (Connection connection = connect(db);
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(
              () ->
                  statement.execute(
                      "CREATE UNIQUE INDEX CONCURRENTLY one_each ON outbox (customer_id)"))
          .isInstanceOf(SQLException.class);
    }
    try {
      Finding finding = only(db.outbox.diagnose());
      assertThat(finding.code()).isEqualTo("invalid_index");
      assertThat(finding.subject()).isEqualTo("one_each");
      assertThat(finding.advice())
          .contains("REINDEX INDEX CONCURRENTLY public.one_each;")
          .contains("DROP INDEX CONCURRENTLY public.one_each;");
    } finally {
      db.execute("DROP INDEX one_each");
    }
  }

  @Test
  void anIndexThatAPartitionLacksIsFound() {
    String day = partition(today().plusDays(3));
    db.execute("DROP INDEX outbox_delivered_request");
    db.execute("CREATE INDEX outbox_delivered_request ON ONLY outbox_delivered (request_id)");
    try {
      Finding finding = only(db.outbox.diagnose());
      assertThat(finding.code()).isEqualTo("invalid_index");
      assertThat(finding.message())
          .contains("public.outbox_delivered_request of table outbox_delivered ");
      assertThat(finding.advice()).contains("ATTACH PARTITION");
    } finally {
      db.execute("DROP INDEX outbox_delivered_request");
      db.execute("CREATE INDEX outbox_delivered_request ON outbox_delivered (request_id)");
    }
    assertThat(db.count(day)).isZero();
  }

  @Test
  void anIndexThatEachClaimChangesIsFound() {
    for (String index :
        new String[] {
          "(available_at)",
          "(workspace) WHERE claim_id IS NULL",
          "((attempts + 1))",
          "(customer_id) INCLUDE (last_error)"
        }) {
      Finding finding = broken("CREATE INDEX polling ON outbox " + index, "DROP INDEX polling");
      assertThat(finding.code()).isEqualTo("index_slows_claims");
      assertThat(finding.message()).contains("public.polling").contains("HOT");
    }
  }

  @Test
  void aClaimThatReadsTheWholeTableIsFound() {
    wait("default", 20_000, "'1' SECOND");
    db.execute("ANALYZE outbox");
    healthy();
    db.execute("ALTER TABLE outbox DROP CONSTRAINT outbox_pk");
    try {
      assertThat(db.outbox.diagnose().findings())
          .extracting(Finding::code)
          .containsExactly("schema_missing", "claim_reads_all");
    } finally {
      db.execute("ALTER TABLE outbox ADD CONSTRAINT outbox_pk PRIMARY KEY (workspace, id)");
    }
  }

  // Vacuum

  @Test
  void anAutovacuumThatIsOffIsFoundAndSoAreTheDeadRowsThatStay() throws SQLException {
    // A database of its own, where no statistics of other tests can arrive late.
    try (TestOutbox other = new TestOutbox(newDatabase(), config -> {})) {
      other.execute("ALTER TABLE outbox SET (autovacuum_enabled = false)");
      Finding off = only(other.outbox.diagnose());
      assertThat(off.code()).isEqualTo("autovacuum_off");
      assertThat(off.subject()).isEqualTo("outbox");
      assertThat(off.advice()).contains("RESET (autovacuum_enabled)");
      // A session that ends tells its statistics at once.
      try (Connection connection = connect(other);
          Statement statement = connection.createStatement()) {
        statement.execute(
            "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) SELECT"
                + " 'user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{}' FROM "
                + series(300));
        statement.execute("DELETE FROM outbox");
      }
      awaitDeadRows(other, 300);
      assertThat(only(other.outbox.diagnose()).code()).isEqualTo("autovacuum_off");
      assertThat(diagnose(other.pool, limits(Duration.ofDays(1), 200), Instant::now).findings())
          .extracting(Finding::code)
          .containsExactly("autovacuum_off", "dead_rows");
      tellsAUserWhoSeesNoSessions(other);
    }
  }

  private static void tellsAUserWhoSeesNoSessions(TestOutbox other) throws SQLException {
    String login = "login_" + UUID.randomUUID().toString().replace('-', '_');
    other.execute("CREATE ROLE " + login + " LOGIN PASSWORD 'secret'");
    other.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + login);
    try (HikariDataSource pool =
            other.database.pool(
                config -> {
                  config.setUsername(login);
                  config.setPassword("secret");
                });
        Connection another = connect(other)) {
      assertThat(another.isValid(1)).isTrue();
      assertThat(diagnose(pool, limits(Duration.ofDays(1), 200), Instant::now).findings())
          .extracting(Finding::code)
          .containsExactly("autovacuum_off", "dead_rows", "sessions_hidden");
    } finally {
      other.execute("DROP OWNED BY " + login);
      other.execute("DROP ROLE " + login);
    }
  }

  private static void awaitDeadRows(TestOutbox other, int rows) {
    Await.value(
        "dead rows by the statistics",
        () ->
            Integer.parseInt(
                other
                    .query(
                        "SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE relname"
                            + " = 'outbox'")
                    .get(0)),
        dead -> dead >= rows);
  }

  /** The standard ones, but for how long a transaction may be open and how many rows be dead. */
  private static DiagnosisLimits limits(Duration openTransaction, long deadRows) {
    DiagnosisLimits s = DiagnosisLimits.STANDARD;
    return new DiagnosisLimits(
        s.shortestWait(),
        s.usualWait(),
        s.longestWait(),
        s.unserved(),
        openTransaction,
        s.slotAge(),
        deadRows,
        s.vacuumedWithin(),
        s.planRows(),
        s.clockSkew(),
        s.unfinished(),
        s.maintained(),
        s.kept());
  }

  @Test
  void anOpenTransactionIsFoundWithItsSessionAndWithoutItsQuery() throws SQLException {
    try (Connection connection = connect(db);
        Statement statement = connection.createStatement()) {
      statement.execute("SET application_name = 'the shop'");
      connection.setAutoCommit(false);
      statement.execute("DELETE FROM outbox WHERE customer_id = 'secret'");
      healthy();
      Finding finding = only(diagnose(db.pool, limits(Duration.ZERO, 50_000), Instant::now));
      assertThat(finding.code()).isEqualTo("open_transaction");
      assertThat(finding.subject()).startsWith("pid ");
      assertThat(finding.message())
          .contains("'the shop'")
          .contains("idle in transaction")
          .doesNotContain("secret");
      connection.rollback();
    }
  }

  // Partitions

  private LocalDate today() {
    return LocalDate.parse(db.query("SELECT (now() AT TIME ZONE 'UTC')::date").get(0));
  }

  private static String partition(LocalDate day) {
    return "outbox_delivered_" + DateTimeFormatter.BASIC_ISO_DATE.format(day);
  }

  private static String bounds(LocalDate day) {
    return "FOR VALUES FROM ('" + day + " 00:00+00') TO ('" + day.plusDays(1) + " 00:00+00')";
  }

  @Test
  void aDayWithoutAPartitionIsFoundBeforeItComes() {
    LocalDate tomorrow = today().plusDays(1);
    Finding finding =
        broken(
            "ALTER TABLE outbox_delivered DETACH PARTITION " + partition(tomorrow),
            "ALTER TABLE outbox_delivered ATTACH PARTITION "
                + partition(tomorrow)
                + " "
                + bounds(tomorrow));
    assertThat(finding.code()).isEqualTo("partitions_ahead");
    assertThat(finding.message()).contains(tomorrow.toString()).contains("in 1 day");
  }

  @Test
  void rowsOfADayWithoutAPartitionAreFoundAndCanBeMoved() throws IOException {
    db.execute(
        "INSERT INTO outbox_delivered (workspace, sent_at, created_at, event_time, event_uuid,"
            + " request_id, attempts, refusals, customer_id, action, platform) VALUES ('default',"
            + " '2020-02-03 12:00+00', now(), now(), gen_random_uuid(), gen_random_uuid(), 1, 0,"
            + " 'user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web')");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("default_partition");
    assertThat(finding.message()).contains("2020-02-03");
    // As docs/diagnosis.md has it.
    String document = Files.readString(Path.of("../docs/diagnosis.md"));
    String moving = document.substring(document.indexOf("BEGIN;") + 6, document.indexOf("COMMIT;"));
    db.execute(moving.replace("2026-02-0", "2020-02-0").replace("202602", "202002"));
    try {
      assertThat(db.count("outbox_delivered_20200203")).isEqualTo(1);
      assertThat(only(db.outbox.diagnose()).code()).isEqualTo("partitions_behind");
    } finally {
      db.execute("DROP TABLE outbox_delivered_20200203");
    }
  }

  @Test
  void daysThatNobodyDropsAreFound() {
    LocalDate old = today().minusDays(100);
    db.execute("CREATE TABLE " + partition(old) + " PARTITION OF outbox_delivered " + bounds(old));
    try {
      Finding finding = only(db.outbox.diagnose());
      assertThat(finding.code()).isEqualTo("partitions_behind");
      assertThat(finding.message()).contains("1 partition ").contains(partition(old));
      db.execute("UPDATE outbox_maintenance SET last_run_at = now()");
      healthy();
    } finally {
      db.execute("DROP TABLE " + partition(old));
    }
  }

  // What may go wrong with the diagnosis itself

  @Test
  void aTableThatIsLockedIsAFindingAndHidesNoOther() throws SQLException {
    db.execute("UPDATE outbox_maintenance SET note = 'something' WHERE task = 'purge'");
    try (Connection connection = connect(db);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE outbox_operation");
      assertThat(db.outbox.diagnose().findings())
          .extracting(f -> f.code() + " " + f.subject())
          .containsExactly(
              "check_failed the schema", "check_failed operations", "maintenance_note purge");
      connection.rollback();
    }
  }

  @Test
  void aPoolsSettingsDoNotMatterAndStayAsTheyWere() {
    try (TestOutbox other =
        new TestOutbox(
            newDatabase(),
            config -> {
              config.setMaximumPoolSize(1);
              config.setConnectionInitSql(
                  "SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'ISO, DMY'; SET IntervalStyle ="
                      + " 'iso_8601'; SET quote_all_identifiers = on");
            })) {
      assertThat(other.outbox.diagnose().findings()).isEmpty();
      assertThat(
              other.query(
                  "SELECT current_setting('TimeZone'), current_setting('DateStyle'),"
                      + " current_setting('transaction_read_only'),"
                      + " current_setting('statement_timeout')"))
          .containsExactly("Asia/Kolkata|ISO, DMY|off|0");
    }
  }

  // Read-only

  @Override
  Diagnosis diagnoseReadOnly() {
    try (HikariDataSource pool =
        db.database.pool(c -> c.setConnectionInitSql("SET default_transaction_read_only = on"))) {
      return JdbcOutbox.create(pool).diagnose();
    }
  }

  @Test
  void aPoolThatLendsReadOnlyConnectionsIsWrittenOnAllTheSame() {
    try (HikariDataSource pool = db.database.pool(config -> config.setReadOnly(true))) {
      assertThat(JdbcOutbox.create(pool).diagnose().findings()).isEmpty();
    }
  }
}
