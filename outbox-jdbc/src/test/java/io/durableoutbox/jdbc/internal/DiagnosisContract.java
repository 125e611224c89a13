package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.Diagnosis;
import io.durableoutbox.jdbc.Diagnosis.Finding;
import io.durableoutbox.jdbc.Diagnosis.Severity;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.diagnosis.Diagnoser;
import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisLimits;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.migrations.OutboxMigrations;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * What {@link JdbcOutbox#diagnose} promises on any database: nothing on a healthy one, and on one
 * that is broken in one way, that way and no other.
 */
abstract class DiagnosisContract extends DatabaseTest {
  /** A table of the numbers {@code x} from 1 on, and an expression that makes UUIDs. */
  abstract String series(int rows);

  abstract String uuid();

  /** The type of a short text. */
  abstract String text();

  /** Diagnoses a healthy database that takes no writes from the connections it is given. */
  abstract Diagnosis diagnoseReadOnly() throws SQLException;

  // What the families say each in their own way.

  /** The name of a type. */
  String named(String type) {
    return type;
  }

  String dropIndex(String table, String index) {
    return "DROP INDEX " + index;
  }

  String renameIndex(String table, String index, String to) {
    return "ALTER INDEX " + index + " RENAME TO " + to;
  }

  String changeType(String table, String column, String type) {
    return "ALTER TABLE " + table + " ALTER COLUMN " + column + " SET DATA TYPE " + type;
  }

  /** Lets an integer be null, or not. */
  String changeNull(String table, String column, boolean notNull) {
    return "ALTER TABLE "
        + table
        + " ALTER COLUMN "
        + column
        + (notNull ? " SET NOT NULL" : " DROP NOT NULL");
  }

  static Diagnosis diagnose(DataSource pool, DiagnosisLimits limits, Supplier<Instant> clock) {
    Transactions transactions = Transactions.on(pool);
    Dialect dialect = transactions.run("make the dialect", c -> Families.dialect(c, null));
    return new Diagnoser(dialect, transactions, limits, clock).run();
  }

  /** Breaks it, returns the only finding, and mends it. */
  final Finding broken(String breaking, String mending) {
    db.execute(breaking);
    try {
      return only(db.outbox.diagnose());
    } finally {
      db.execute(mending);
    }
  }

  static Finding only(Diagnosis diagnosis) {
    assertThat(diagnosis.findings()).hasSize(1);
    assertThat(diagnosis.isHealthy()).isFalse();
    return diagnosis.findings().get(0);
  }

  final void healthy() {
    assertThat(db.outbox.diagnose().findings()).isEmpty();
    assertThat(db.outbox.diagnose().isHealthy()).isTrue();
  }

  final void wait(String workspace, int rows, String since) {
    db.execute(
        "INSERT INTO outbox (workspace, customer_id, action, event_time, platform, attributes,"
            + " created_at, available_at) SELECT '"
            + workspace
            + "', 'user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', CURRENT_TIMESTAMP - INTERVAL '1'"
            + " DAY, 'web', '{}', CURRENT_TIMESTAMP - INTERVAL "
            + since
            + ", CURRENT_TIMESTAMP - INTERVAL "
            + since
            + " FROM "
            + series(rows));
  }

  final void request(String workspace, String ago) {
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, workspace, relay, started_at, elements, actions,"
            + " outcome) VALUES ("
            + uuid()
            + ", "
            + uuid()
            + ", '"
            + workspace
            + "', 'relay-1', CURRENT_TIMESTAMP - INTERVAL "
            + ago
            + ", 1, 1, 'accepted')");
  }

  final void deliver(int rows, String ago, String waited) {
    db.execute(
        "INSERT INTO outbox_delivered (workspace, sent_at, created_at, event_time, event_uuid,"
            + " request_id, attempts, refusals, customer_id, action, platform) SELECT 'default',"
            + " CURRENT_TIMESTAMP - INTERVAL "
            + ago
            + ", CURRENT_TIMESTAMP - INTERVAL "
            + ago
            + " - INTERVAL "
            + waited
            + ", CURRENT_TIMESTAMP, "
            + uuid()
            + ", "
            + uuid()
            + ", 1, 0, 'user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web' FROM "
            + series(rows));
  }

  private void reject(String workspace, int rows, String ago, String operation) {
    db.execute(
        "INSERT INTO outbox_rejected (workspace, rejected_at, created_at, event_time, event_uuid,"
            + " attempts, refusals, customer_id, action, platform, reason, operation_id) SELECT '"
            + workspace
            + "', CURRENT_TIMESTAMP - INTERVAL "
            + ago
            + ", CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, "
            + uuid()
            + ", 1, 1, 'user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', 'secret', "
            + operation
            + " FROM "
            + series(rows));
  }

  // Healthy

  @Test
  void aFreshDatabaseIsHealthy() {
    healthy();
  }

  @Test
  void aBusyDatabaseIsHealthy() {
    deliver(200, "'5' MINUTE", "'2' SECOND");
    request("default", "'5' MINUTE");
    wait("default", 50, "'2' SECOND");
    wait("eu", 50, "'2' SECOND");
    db.execute("UPDATE outbox_maintenance SET last_run_at = CURRENT_TIMESTAMP");
    healthy();
  }

  @Test
  void aWaitThatIsUsualHereIsHealthy() {
    deliver(200, "'5' MINUTE", "'10' MINUTE");
    request("default", "'1' SECOND");
    wait("default", 1, "'11' MINUTE");
    healthy();
  }

  @Test
  void whatTheUserAddedIsHealthy() {
    db.execute("CREATE TABLE outbox_of_the_application (id integer PRIMARY KEY)");
    db.execute("CREATE INDEX additional_1 ON outbox (customer_id)");
    db.execute("CREATE INDEX additional_2 ON outbox_request (relay)");
    db.execute("ALTER TABLE outbox_request ADD COLUMN additional integer");
    db.execute("ALTER TABLE outbox_request ADD CONSTRAINT additional_3 CHECK (additional > 0)");
    try {
      healthy();
    } finally {
      db.execute("ALTER TABLE outbox_request DROP CONSTRAINT additional_3");
      db.execute("ALTER TABLE outbox_request DROP COLUMN additional");
      db.execute(dropIndex("outbox", "additional_1"));
      db.execute(dropIndex("outbox_request", "additional_2"));
      db.execute("DROP TABLE outbox_of_the_application");
    }
  }

  @Test
  void aSchemaOfItsOwnIsLookedAtAndNoOther() {
    OutboxMigrations.of(db.pool).inSchema("events").migrate();
    JdbcOutbox outbox = JdbcOutbox.builder(db.pool).schema("events").build();
    assertThat(outbox.diagnose().findings()).isEmpty();
    db.execute(dropIndex("\"events\".outbox_request", "\"events\".outbox_request_started_at"));
    try {
      assertThat(only(outbox.diagnose()).code()).isEqualTo("missing_index");
      healthy();
    } finally {
      db.execute("DROP SCHEMA \"events\" CASCADE");
    }
  }

  // The queue

  @Test
  void anActionThatWaitsLongerThanUsualIsFound() {
    deliver(200, "'5' MINUTE", "'2' SECOND");
    wait("default", 1, "'3' MINUTE");
    request("default", "'1' SECOND");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("oldest_waiting");
    assertThat(finding.severity()).isEqualTo(Severity.WARNING);
    assertThat(finding.subject()).isEqualTo("default");
    assertThat(finding.message())
        .contains("'default'")
        .contains("3 minutes")
        .contains("less than 3 seconds");
    db.execute("DELETE FROM outbox");
    wait("default", 1, "'40' MINUTE");
    assertThat(only(db.outbox.diagnose()).severity()).isEqualTo(Severity.CRITICAL);
  }

  @Test
  void withNothingToCompareWithFiveMinutesAreTooLong() {
    wait("default", 1, "'4' MINUTE");
    request("default", "'1' SECOND");
    healthy();
    wait("eu", 1, "'55' MINUTE");
    request("eu", "'1' SECOND");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("oldest_waiting");
    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(finding.message()).contains("'eu'").contains("55 minutes");
  }

  @Test
  void aWorkspaceThatNobodyServesIsFound() {
    wait("default", 1, "'1' SECOND");
    wait("typo", 3, "'7' MINUTE");
    request("typo", "'6' MINUTE");
    request("default", "'1' SECOND");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("unserved");
    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(finding.subject()).isEqualTo("typo");
    assertThat(finding.message()).contains("7 minutes");
  }

  @Test
  void pausesAreFoundWithWhoAndUntilWhenAndNotWithTheReason() {
    wait("default", 1, "'3' HOUR");
    db.outbox.operator("anna").evenIfUnknown().pause("default", "secret");
    db.execute("DELETE FROM outbox_operation");
    Finding annas = only(db.outbox.diagnose());
    assertThat(annas.code()).isEqualTo("paused");
    assertThat(annas.severity()).isEqualTo(Severity.WARNING);
    assertThat(annas.subject()).isEqualTo("default");
    assertThat(annas.message())
        .contains("'anna'")
        .contains("until somebody resumes it")
        .doesNotContain("secret");
    db.execute("UPDATE outbox_workspace SET paused_since = paused_since - INTERVAL '30' HOUR");
    Finding forgotten = only(db.outbox.diagnose());
    assertThat(forgotten.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(forgotten.message()).contains("30 hours");
    db.execute(
        "UPDATE outbox_workspace SET cause = 'unavailable', paused_by = 'relay-1', paused_until ="
            + " CURRENT_TIMESTAMP + INTERVAL '5' MINUTE, paused_since = CURRENT_TIMESTAMP -"
            + " INTERVAL '14' MINUTE");
    Finding relays = only(db.outbox.diagnose());
    assertThat(relays.severity()).isEqualTo(Severity.WARNING);
    assertThat(relays.message())
        .contains("'relay-1' (unavailable)")
        .containsPattern("(4|5) minutes");
    for (String cause : List.of("misconfigured", "refused")) {
      db.execute("UPDATE outbox_workspace SET cause = '" + cause + "'");
      assertThat(only(db.outbox.diagnose()).severity()).isEqualTo(Severity.CRITICAL);
    }
    assertThat(only(db.outbox.diagnose()).advice()).contains("outbox_request.message");
    db.execute(
        "UPDATE outbox_workspace SET cause = 'unavailable', paused_since = CURRENT_TIMESTAMP -"
            + " INTERVAL '16' MINUTE");
    assertThat(only(db.outbox.diagnose()).severity()).isEqualTo(Severity.CRITICAL);
  }

  @Test
  void whatSomebodyWroteBySqlForgesNoLineOfAReport() {
    db.execute(
        "INSERT INTO outbox_workspace (workspace, paused_since, paused_by) VALUES"
            + " ('shop\nERROR x', CURRENT_TIMESTAMP, 'anna\u001b[2J\r\u202e')");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.subject()).isEqualTo("shop?ERROR x");
    assertThat(finding.message()).contains("'shop?ERROR x'", "'anna?[2J??'");
  }

  @Test
  void aPauseThatIsOverIsOnlyFoundWhenNobodyProbes() {
    db.execute(
        "INSERT INTO outbox_workspace (workspace, paused_since, paused_until, cause, paused_by)"
            + " VALUES ('default', CURRENT_TIMESTAMP - INTERVAL '2' HOUR, CURRENT_TIMESTAMP -"
            + " INTERVAL '1' HOUR, 'unknown', 'relay-1')");
    healthy();
    wait("default", 1, "'10' MINUTE");
    assertThat(only(db.outbox.diagnose()).code()).isEqualTo("unserved");
  }

  @Test
  void rejectedActionsOfTheDayAreCountedWithoutThoseThatPeopleCancelled() {
    reject("default", 2, "'30' HOUR", "NULL");
    reject("default", 3, "'1' MINUTE", uuid());
    healthy();
    reject("default", 3, "'3' HOUR", "NULL");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("rejected");
    assertThat(finding.severity()).isEqualTo(Severity.WARNING);
    assertThat(finding.message())
        .isEqualTo("3 actions of workspace 'default' were rejected in the last 24 hours.");
    reject("default", 100, "'1' MINUTE", "NULL");
    assertThat(only(db.outbox.diagnose()).severity()).isEqualTo(Severity.CRITICAL);
    deliver(1, "'1' MINUTE", "'1' SECOND");
    assertThat(only(db.outbox.diagnose()).severity()).isEqualTo(Severity.WARNING);
  }

  @Test
  void whatTheDestinationAcceptedAndNoTableHasIsFound() {
    deliver(1, "'1' MINUTE", "'1' SECOND");
    request("default", "'1' HOUR");
    request("default", "'1' HOUR");
    db.execute(
        "INSERT INTO outbox_attempt (event_uuid, request_id)"
            + " SELECT d.event_uuid, r.id FROM outbox_delivered d, outbox_request r");
    healthy();
    db.execute(
        "INSERT INTO outbox_attempt (event_uuid, request_id) SELECT "
            + uuid()
            + ", id FROM outbox_request");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("vanished");
    assertThat(finding.severity()).isEqualTo(Severity.WARNING);
    assertThat(finding.message())
        .isEqualTo(
            "2 actions of workspace 'default' were accepted by the destination and are in no table;"
                + " the last such request was made 60 minutes ago.");
    db.execute("UPDATE outbox_request SET started_at = started_at - INTERVAL '1' DAY");
    assertThat(only(db.outbox.diagnose()).message()).contains("25 hours ago");
    db.execute("UPDATE outbox_request SET outcome = 'unknown'");
    healthy();
  }

  // Upkeep

  @Test
  void anOperationThatDoesNotEndIsFound() {
    db.execute(
        "INSERT INTO outbox_operation (id, kind, performed_by, started_at, actions) VALUES ("
            + uuid()
            + ", 'requeue', 'anna', CURRENT_TIMESTAMP - INTERVAL '30' MINUTE, 5)");
    healthy();
    db.execute("UPDATE outbox_operation SET started_at = started_at - INTERVAL '1' HOUR");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("operation_unfinished");
    assertThat(finding.message())
        .contains("requeue")
        .contains("'anna'")
        .contains("90 minutes")
        .contains("5 actions")
        .contains(db.query("SELECT id FROM outbox_operation").get(0));
    db.execute("UPDATE outbox_operation SET finished_at = CURRENT_TIMESTAMP");
    healthy();
  }

  @Test
  void maintenanceThatDoesNotRunIsFoundOnceThereIsSomethingToMaintain() {
    request("default", "'1' HOUR");
    healthy();
    request("default", "'3' DAY");
    Finding never = only(db.outbox.diagnose());
    assertThat(never.code()).isEqualTo("maintenance_late");
    assertThat(never.message()).contains("has never run").contains("3 days");
    db.execute(
        "UPDATE outbox_maintenance SET last_run_at = CURRENT_TIMESTAMP - INTERVAL '5' DAY WHERE"
            + " task = 'purge'");
    assertThat(only(db.outbox.diagnose()).message()).contains("has not run for 5 days");
    db.execute(
        "UPDATE outbox_maintenance SET last_run_at = CURRENT_TIMESTAMP WHERE task = 'partitions'");
    healthy();
  }

  @Test
  void whatMaintenanceNotedIsTold() {
    db.execute(
        "UPDATE outbox_maintenance SET note = 'rows are deleted in batches' WHERE task = 'purge'");
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("maintenance_note");
    assertThat(finding.subject()).isEqualTo("purge");
    assertThat(finding.message()).contains("rows are deleted in batches");
  }

  @Test
  void aClockThatIsOffIsFound() {
    Finding behind =
        only(
            diagnose(
                db.pool,
                DiagnosisLimits.STANDARD,
                () -> Instant.now().plus(Duration.ofMinutes(3))));
    assertThat(behind.code()).isEqualTo("clock_skew");
    assertThat(behind.message()).contains("behind this JVM's").containsPattern("(2|3) minutes");
    assertThat(
            only(diagnose(
                    db.pool,
                    DiagnosisLimits.STANDARD,
                    () -> Instant.now().minus(Duration.ofMinutes(3))))
                .message())
        .contains("ahead of this JVM's");
    assertThat(
            diagnose(db.pool, DiagnosisLimits.STANDARD, () -> Instant.now().plusSeconds(20))
                .findings())
        .isEmpty();
  }

  // The schema

  @Test
  void aMissingIndexIsFoundWithTheStatementThatMakesIt() {
    db.execute(dropIndex("outbox_rejected", "outbox_rejected_customer"));
    Finding finding = only(db.outbox.diagnose());
    assertThat(finding.code()).isEqualTo("missing_index");
    assertThat(finding.subject()).isEqualTo("outbox_rejected_customer");
    assertThat(finding.message()).contains("table outbox_rejected");
    db.execute(
        finding.advice().replace("Run: ", "").replace("CONCURRENTLY ", "").replaceAll(";.*", ""));
    healthy();
  }

  @Test
  void anIndexMayHaveAnotherName() {
    db.execute(renameIndex("outbox_rejected", "outbox_rejected_customer", "another_name"));
    try {
      healthy();
    } finally {
      db.execute(renameIndex("outbox_rejected", "another_name", "outbox_rejected_customer"));
    }
  }

  @Test
  void aMissingColumnIsFound() {
    Finding finding =
        broken(
            "ALTER TABLE outbox_workspace DROP COLUMN probed_open_by",
            "ALTER TABLE outbox_workspace ADD COLUMN probed_open_by " + text());
    assertThat(finding.code()).isEqualTo("schema_missing");
    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(finding.message()).contains("column outbox_workspace.probed_open_by is missing");
  }

  @Test
  void anotherTypeIsFound() {
    Finding finding =
        broken(
            changeType("outbox_workspace", "probed_open_by", "varchar(9)"),
            changeType("outbox_workspace", "probed_open_by", text()));
    assertThat(finding.code()).isEqualTo("schema_different");
    assertThat(finding.message())
        .contains(
            "column outbox_workspace.probed_open_by is "
                + named("character varying(9)")
                + " and not");
  }

  @Test
  void aColumnThatMayBeNullIsFound() {
    assertThat(
            broken(
                    changeNull("outbox_request", "elements", false),
                    changeNull("outbox_request", "elements", true))
                .message())
        .isEqualTo(
            "The column outbox_request.elements is %1$s and not %1$s not null."
                .formatted(named("integer")));
  }

  @Test
  void aDefaultThatIsGoneIsFound() {
    assertThat(
            broken(
                    "ALTER TABLE outbox ALTER COLUMN attempts DROP DEFAULT",
                    "ALTER TABLE outbox ALTER COLUMN attempts SET DEFAULT 0")
                .message())
        .contains(
            "column outbox.attempts is %1$s not null and not %1$s not null default"
                .formatted(named("integer")));
  }

  @Test
  void aMissingConstraintIsFound() {
    Finding finding =
        broken(
            "ALTER TABLE outbox DROP CONSTRAINT outbox_attempts_counted",
            "ALTER TABLE outbox ADD CONSTRAINT outbox_attempts_counted CHECK (attempts >= 0 AND"
                + " refusals >= 0)");
    assertThat(finding.code()).isEqualTo("schema_missing");
    assertThat(finding.severity()).isEqualTo(Severity.WARNING);
    assertThat(finding.message()).contains("constraint outbox_attempts_counted of table outbox ");
  }

  @Test
  void aNewerSchemaIsToldAndNotCompared() {
    db.execute(dropIndex("outbox_rejected", "outbox_rejected_customer"));
    version(2, 1);
    try {
      Finding newer = only(db.outbox.diagnose());
      assertThat(newer.code()).isEqualTo("schema_version");
      assertThat(newer.severity()).isEqualTo(Severity.WARNING);
      assertThat(newer.message()).contains("version 2").contains("made for 1");
      version(2, 2);
      assertThat(only(db.outbox.diagnose()).severity()).isEqualTo(Severity.CRITICAL);
    } finally {
      version(1, 1);
      db.execute("CREATE INDEX outbox_rejected_customer ON outbox_rejected (customer_id)");
    }
  }

  private void version(int version, int oldest) {
    db.execute(
        "CREATE OR REPLACE VIEW outbox_schema_version AS SELECT "
            + version
            + " AS version, "
            + oldest
            + " AS oldest_library");
  }

  @Test
  void aCheckThatFailsIsAFindingAndHidesNoOther() {
    try (TestOutbox other = new TestOutbox(newDatabase(), config -> {})) {
      other.execute("DROP TABLE outbox_operation");
      other.execute("DROP VIEW outbox_audit");
      other.execute(
          "INSERT INTO outbox_workspace (workspace, paused_since, paused_by) VALUES ('default',"
              + " CURRENT_TIMESTAMP, 'anna')");
      other.execute("UPDATE outbox_maintenance SET note = 'something' WHERE task = 'purge'");
      List<Finding> findings = other.outbox.diagnose().findings();
      assertThat(findings)
          .extracting(f -> f.code() + " " + f.subject())
          .containsExactlyInAnyOrder(
              "paused default",
              "schema_missing table outbox_operation",
              "schema_missing view outbox_audit",
              "check_failed operations",
              "maintenance_note purge");
      assertThat(findings).extracting(Finding::severity).isSorted();
    }
  }

  @Test
  void aDatabaseThatTakesNoWritesIsCriticalAndNothingElseIsWrong() throws SQLException {
    Finding finding = only(diagnoseReadOnly());
    assertThat(finding.code()).isEqualTo("read_only");
    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(finding.message()).contains("takes no writes");
    assertThat(finding.advice()).endsWith(".");
  }
}
