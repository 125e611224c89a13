package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.jdbc.Diagnosis;
import io.durableoutbox.jdbc.Diagnosis.Finding;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisLimits;
import io.durableoutbox.testdb.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What the diagnosis finds on MariaDB and MySQL alone, and the contract in their words. */
abstract class MySqlDiagnosisContract extends DiagnosisContract {
  @Override
  String series(int rows) {
    return "(WITH RECURSIVE s(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM s WHERE x < "
        + rows
        + ") SELECT x FROM s) AS s";
  }

  @Override
  String uuid() {
    return "UUID()";
  }

  @Override
  String text() {
    return "varchar(255)";
  }

  @Override
  String named(String type) {
    return type.replace("character varying", "varchar").replace("integer", "int");
  }

  @Override
  String dropIndex(String table, String index) {
    return "ALTER TABLE " + table + " DROP INDEX " + index.substring(index.indexOf('.') + 1);
  }

  @Override
  String renameIndex(String table, String index, String to) {
    return "ALTER TABLE " + table + " RENAME INDEX " + index + " TO " + to;
  }

  @Override
  String changeType(String table, String column, String type) {
    return "ALTER TABLE " + table + " MODIFY " + column + " " + type;
  }

  @Override
  String changeNull(String table, String column, boolean notNull) {
    return "ALTER TABLE " + table + " MODIFY " + column + " int" + (notNull ? " NOT NULL" : "");
  }

  private static DiagnosisLimits openTransaction(Duration limit) {
    DiagnosisLimits l = DiagnosisLimits.STANDARD;
    return new DiagnosisLimits(
        l.shortestWait(),
        l.usualWait(),
        l.longestWait(),
        l.unserved(),
        limit,
        l.slotAge(),
        l.deadRows(),
        l.vacuumedWithin(),
        l.planRows(),
        l.clockSkew(),
        l.unfinished(),
        l.maintained(),
        l.kept());
  }

  @Test
  void aTransactionThatStaysOpenIsFoundWithTheStatementThatEndsIt() throws SQLException {
    try (Connection connection = db.pool.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE outbox_maintenance SET note = NULL");
      String id;
      try (var row = statement.executeQuery("SELECT CONNECTION_ID()")) {
        row.next();
        id = Objects.requireNonNull(row.getString(1));
      }
      List<Finding> findings =
          Await.value(
              "what is found",
              () -> {
                // The server's own list stays as it is while it is asked more often than each 0.1
                // s.
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
                return diagnose(db.pool, openTransaction(Duration.ofSeconds(1)), Instant::now)
                    .findings();
              },
              found -> !found.isEmpty());
      assertThat(findings).hasSize(1);
      assertThat(findings.get(0).code()).isEqualTo("open_transaction");
      assertThat(findings.get(0).subject()).isEqualTo("connection " + id);
      assertThat(findings.get(0).message())
          .contains("(Sleep) has been open for ")
          .contains(" second");
      assertThat(findings.get(0).advice()).endsWith("run: KILL " + id + ";");
      connection.rollback();
    }
    healthy();
  }

  @Test
  void aServerThatTakesNoWritesIsFound() {
    String login = "login_" + UUID.randomUUID().toString().substring(0, 8);
    db.execute("CREATE USER " + login + " IDENTIFIED BY 'secret'");
    db.execute("GRANT ALL ON " + db.one("SELECT DATABASE()") + ".* TO " + login);
    try (HikariDataSource pool =
        db.database.pool(
            config -> {
              config.setUsername(login);
              config.setPassword("secret");
            })) {
      JdbcOutbox outbox = JdbcOutbox.create(pool);
      assertThat(outbox.diagnose().findings())
          .extracting(Finding::code)
          .doesNotContain("read_only");
      db.execute("SET GLOBAL read_only = ON");
      try {
        assertThat(outbox.diagnose().findings()).extracting(Finding::code).contains("read_only");
        assertThatThrownBy(
                () -> outbox.operator("somebody").evenIfUnknown().pause("default", "a reason"))
            .hasMessageContaining("read-only");
      } finally {
        db.execute("SET GLOBAL read_only = OFF");
      }
    } finally {
      db.execute("DROP USER " + login);
    }
  }

  @Test
  void idsThatCompareOtherwiseAndAnotherRowFormatAreFound() {
    assertThat(
            broken(
                    "ALTER TABLE outbox_delivered MODIFY customer_id varchar(513) CHARACTER SET"
                        + " utf8mb4 COLLATE utf8mb4_general_ci",
                    "ALTER TABLE outbox_delivered MODIFY customer_id varchar(513) CHARACTER SET"
                        + " utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */")
                .message())
        .isEqualTo(
            "The column outbox_delivered.customer_id is varchar(513) collate utf8mb4_general_ci and"
                + " not varchar(513).");
    assertThat(
            broken(
                    "ALTER TABLE outbox_operation ROW_FORMAT = COMPACT",
                    "ALTER TABLE outbox_operation ROW_FORMAT = DYNAMIC")
                .message())
        .isEqualTo("The table outbox_operation is InnoDB, Compact and not InnoDB, Dynamic.");
  }

  @Test
  void aCheckThatIsHeldUpEndsAfterSomeSeconds() throws SQLException {
    try (Connection connection = db.pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLES outbox_operation WRITE");
      JdbcOutbox outbox = db.outbox;
      Finding finding;
      try {
        finding =
            outbox.diagnose().findings().stream()
                .filter(f -> f.subject().equals("operations"))
                .findFirst()
                .orElseThrow();
      } finally {
        statement.execute("UNLOCK TABLES");
      }
      assertThat(finding.code()).isEqualTo("check_failed");
      assertThat(finding.message()).contains("more than 5 seconds");
    }
  }

  @Test
  void aUserWithoutPrivilegesIsToldSoAndNotThatTheSchemaIsMissing() {
    String schema = db.one("SELECT DATABASE()");
    String login = "reader_" + schema;
    db.execute("CREATE USER " + login + " IDENTIFIED BY 'secret'");
    try {
      for (String table : List.of("outbox_schema_version", "outbox_workspace", "outbox_request")) {
        db.execute("GRANT SELECT ON " + table + " TO " + login);
      }
      try (var pool =
          db.database.pool(
              config -> {
                config.setUsername(login);
                config.setPassword("secret");
              })) {
        assertThat(JdbcOutbox.create(pool).diagnose().findings())
            .extracting(f -> f.code() + " " + f.subject())
            .containsExactlyInAnyOrder(
                "privilege_missing outbox",
                "privilege_missing outbox_attempt",
                "privilege_missing outbox_delivered",
                "privilege_missing outbox_rejected",
                "check_failed waiting actions",
                "check_failed rejected actions",
                "check_failed vanished actions",
                "check_failed operations",
                "check_failed maintenance");
      }
    } finally {
      db.execute("DROP USER " + login);
    }
  }

  @Override
  Diagnosis diagnoseReadOnly() {
    String schema = db.one("SELECT DATABASE()");
    String login = "reads_" + schema;
    db.execute("CREATE USER " + login + " IDENTIFIED BY 'secret'");
    db.execute("GRANT ALL ON " + schema + ".* TO " + login);
    try (var pool =
        db.database.pool(
            config -> {
              config.setUsername(login);
              config.setPassword("secret");
            })) {
      JdbcOutbox outbox = JdbcOutbox.create(pool);
      db.execute("SET GLOBAL read_only = 1");
      return outbox.diagnose();
    } finally {
      db.execute("SET GLOBAL read_only = 0");
      db.execute("DROP USER " + login);
    }
  }

  @Test
  void aReplicaIsFoundByUsersThatMayWriteAndByThoseThatMayOnlyRead() {
    String schema = db.one("SELECT DATABASE()");
    for (String privileges : List.of("ALL", "SELECT")) {
      String login = privileges.toLowerCase(Locale.ROOT) + "_" + schema;
      db.execute("CREATE USER " + login + " IDENTIFIED BY 'secret'");
      db.execute("GRANT " + privileges + " ON " + schema + ".* TO " + login);
      try (var pool =
          db.database.pool(
              config -> {
                config.setUsername(login);
                config.setPassword("secret");
              })) {
        JdbcOutbox outbox = JdbcOutbox.create(pool);
        db.execute("SET GLOBAL read_only = 1");
        try {
          Finding finding = only(outbox.diagnose());
          assertThat(finding.code()).isEqualTo("read_only");
          assertThat(finding.message()).contains("read_only is on");
          assertThat(finding.advice()).contains("primary").contains("SET GLOBAL read_only = 0");
          // Who may write all the same is not told otherwise.
          healthy();
        } finally {
          db.execute("SET GLOBAL read_only = 0");
        }
        assertThat(outbox.diagnose().findings()).isEmpty();
      } finally {
        db.execute("DROP USER " + login);
      }
    }
  }
}
