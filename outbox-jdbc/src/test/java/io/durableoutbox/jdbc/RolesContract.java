package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.jdbc.Diagnosis.Finding;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the roles of the shipped script may do, and what not, on PostgreSQL. */
abstract class RolesContract extends DatabaseTest {
  private static final String INSERT =
      "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
          + " ('user-sql', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\": \"1\"}')";

  private final List<String> logins = new ArrayList<>();

  @BeforeAll
  void makeRoles() {
    db.execute(script());
    db.execute(script());
  }

  @AfterAll
  void dropLogins() {
    db.database.close();
    // Roles are the server's; the three groups stay, since other databases may use them.
    try (TestOutbox other = new TestOutbox(newDatabase(), config -> {})) {
      logins.forEach(login -> other.execute("DROP ROLE IF EXISTS " + login));
    }
  }

  static String script() {
    try (InputStream in =
        Objects.requireNonNull(
            OutboxMigrations.class.getResourceAsStream("/durable-outbox/roles/postgresql.sql"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A pool of a user who has a role and no other right. */
  private HikariDataSource as(String... roles) {
    String login = "login_" + UUID.randomUUID().toString().replace('-', '_');
    logins.add(login);
    db.execute("CREATE ROLE " + login + " LOGIN PASSWORD 'secret'");
    for (String role : roles) {
      db.execute("GRANT " + role + " TO " + login);
    }
    return db.database.pool(
        config -> {
          config.setUsername(login);
          config.setPassword("secret");
        });
  }

  private static void run(HikariDataSource pool, String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void refused(HikariDataSource pool, String... statements) {
    for (String sql : statements) {
      assertThatThrownBy(() -> run(pool, sql))
          .as(sql)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
    }
  }

  private static AddResult add(HikariDataSource pool, Action action) throws SQLException {
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      AddResult result = outbox.add(connection, action);
      connection.commit();
      return result;
    }
  }

  @Test
  void aWriterAddsByTheLibraryAndBySqlAndNeitherReadsNorChangesWhatIsThere() throws SQLException {
    HikariDataSource writer = as("outbox_writer");
    UUID uuid = UUID.randomUUID();
    assertThat(add(writer, TestOutbox.shown("user-1").build()).added()).isEqualTo(1);
    assertThat(add(writer, TestOutbox.shown("user-2").eventUuid(uuid).build()).added())
        .isEqualTo(1);
    assertThat(add(writer, TestOutbox.shown("user-2").eventUuid(uuid).build()).duplicates())
        .containsExactly(uuid);
    run(writer, INSERT);
    run(
        writer,
        INSERT.replace("platform,", "platform, traceparent,").replace("'web',", "'web', 'trace',"));
    assertThat(db.count("outbox")).isEqualTo(4);
    refused(
        writer,
        "SELECT customer_id FROM outbox",
        "SELECT attributes FROM outbox",
        "SELECT * FROM outbox_delivered",
        "SELECT customer_id FROM outbox_rejected",
        "SELECT * FROM outbox_audit",
        "SELECT * FROM outbox_request",
        "UPDATE outbox SET customer_id = 'user-3'",
        "DELETE FROM outbox",
        "TRUNCATE outbox",
        "INSERT INTO outbox_workspace (workspace, paused_since) VALUES ('default', now())",
        INSERT.replace("(customer_id", "(attempts, customer_id").replace("('user", "(7, 'user"),
        INSERT
            .replace("(customer_id", "(available_at, customer_id")
            .replace("('user", "('infinity', 'user"));
  }

  @Test
  void aRelayDeliversPausesRejectsAndTakesOverAndDoesNothingElse() throws SQLException {
    HikariDataSource pool = as("outbox_relay");
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    db.add(TestOutbox.actions(4));
    db.execute(
        "UPDATE outbox SET claim_id = gen_random_uuid(), claimed_by = 'dead', attempts = 1,"
            + " available_at = now() WHERE customer_id = 'user-0'");
    try (SimulatedDestination destination = SimulatedDestination.start()) {
      MoEngage moEngage =
          MoEngage.workspace(destination.workspaceId(), destination.apiKey())
              .baseUrl(destination.baseUrl())
              .build();
      try (Relay relay =
          outbox
              .relay(moEngage)
              .retryBackoff(Duration.ofMillis(1), Duration.ofMillis(20))
              .build()) {
        // What was taken over travels apart, so there are two requests.
        destination.next(Fault.status(503), Fault.status(503));
        relay.runOnce();
        assertThat(db.one("SELECT cause FROM outbox_workspace")).isEqualTo("unknown");
        db.letTimePass();
        relay.runOnce();
        assertThat(db.one("SELECT paused_since FROM outbox_workspace")).isEqualTo("null");
        db.execute(INSERT.replace("\"1\"", "7"));
        db.add(TestOutbox.shown("user-9").build());
        destination.next(Fault.invalidField(), Fault.invalidField());
        relay.runOnce();
      }
    }
    assertThat(db.count("outbox_delivered")).isEqualTo(4);
    assertThat(db.count("outbox_rejected")).isEqualTo(2);
    assertThat(db.count("outbox_request WHERE relay = 'dead' AND outcome = 'unknown'"))
        .isEqualTo(1);
    refused(
        pool,
        INSERT,
        "UPDATE outbox SET customer_id = 'another'",
        "UPDATE outbox SET attributes = '{}'",
        "UPDATE outbox SET event_uuid = gen_random_uuid()",
        "UPDATE outbox_delivered SET attempts = 0",
        "UPDATE outbox_rejected SET customer_id = 'another'",
        "UPDATE outbox_rejected SET attributes = '{}'",
        "UPDATE outbox_request SET message = 'never sent'",
        "UPDATE outbox_request SET outcome = 'accepted'",
        "UPDATE outbox_request SET req_id = 'forged'",
        "UPDATE outbox_attempt SET request_id = gen_random_uuid()",
        "UPDATE outbox_workspace SET workspace = 'another'",
        "DELETE FROM outbox_delivered",
        "DELETE FROM outbox_rejected",
        "DELETE FROM outbox_attempt",
        "DELETE FROM outbox_request",
        "SELECT * FROM outbox_delivered_default",
        "UPDATE outbox_operation SET actions = 0",
        "DROP TABLE outbox",
        "ALTER TABLE outbox DROP COLUMN last_error",
        "TRUNCATE outbox");
  }

  @Test
  void aRelaysUserCanDiagnoseAndIsToldOfAPrivilegeThatIsMissing() {
    HikariDataSource relay = as("outbox_relay");
    JdbcOutbox outbox = JdbcOutbox.create(relay);
    assertThat(outbox.diagnose().findings()).isEmpty();
    db.execute("REVOKE UPDATE, DELETE ON outbox FROM outbox_relay");
    db.execute("REVOKE SELECT ON outbox_operation FROM outbox_relay");
    try {
      assertThat(outbox.diagnose().findings())
          .extracting(f -> f.code() + " " + f.subject())
          .containsExactly("privilege_missing outbox", "check_failed operations");
      Finding finding = outbox.diagnose().findings().get(0);
      assertThat(finding.message()).contains("may not DELETE, UPDATE on outbox");
    } finally {
      db.execute(script());
    }
    assertThat(outbox.diagnose().findings()).isEmpty();
  }

  @Test
  void aServiceThatWritesAndRelaysHasBothRoles() throws SQLException {
    HikariDataSource pool = as("outbox_writer", "outbox_relay");
    assertThat(add(pool, TestOutbox.shown("user-1").build()).added()).isEqualTo(1);
    assertThat(JdbcOutbox.create(pool).diagnose().isHealthy()).isTrue();
  }

  @Test
  void anAuditorSeesAllByLibraryAndBySqlAndChangesNothing() throws SQLException {
    HikariDataSource auditor = as("outbox_auditor");
    for (String readable :
        List.of(
            "outbox_audit",
            "outbox_audit_attempt",
            "outbox_request",
            "outbox_operation",
            "outbox_operation_action",
            "outbox_workspace",
            "outbox_maintenance")) {
      run(auditor, "SELECT * FROM " + readable);
    }
    db.add(TestOutbox.actions(2));
    JdbcOutbox outbox = JdbcOutbox.create(auditor);
    Audit audit = outbox.audit();
    assertThat(audit.list(ActionFilter.all(), null, 10).actions()).hasSize(2);
    assertThat(audit.undelivered()).hasSize(1);
    UUID event = audit.list(ActionFilter.all(), null, 1).actions().get(0).eventUuid();
    assertThat(audit.attempts(event)).isEmpty();
    assertThat(outbox.backlog()).hasSize(1);
    assertThat(outbox.workspaces()).isEmpty();
    assertThat(outbox.diagnose().findings()).isEmpty();
    run(
        auditor,
        "SELECT state, attempts, req_id, sent_at, last_error FROM outbox_audit WHERE event_uuid = '"
            + event
            + "'");
    refused(
        auditor,
        "SELECT * FROM outbox_delivered_default",
        INSERT,
        "UPDATE outbox SET attempts = 0",
        "DELETE FROM outbox",
        "UPDATE outbox_workspace SET paused_since = now()",
        "UPDATE outbox_operation SET performed_by = 'another'",
        "DELETE FROM outbox_operation",
        "DELETE FROM outbox_delivered",
        "DELETE FROM outbox_request");
  }

  @Test
  void anOperatorDoesWhatPeopleDoAndCantTakeTheRecordBack() throws SQLException {
    HikariDataSource pool = as("outbox_operator");
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    Operator operator = outbox.operator("anna");
    db.add(TestOutbox.actions(3));
    assertThat(operator.cancel(ActionFilter.all().workspace("default"), "by mistake").actions())
        .isEqualTo(3);
    assertThat(
            operator
                .requeue(Requeue.of(ActionFilter.all().customerId("user-1"), "was right"))
                .actions())
        .isEqualTo(1);
    // Cancelled again.
    assertThat(operator.cancel(ActionFilter.all().customerId("user-1"), "was wrong").actions())
        .isEqualTo(1);
    operator.pause("default", "key rotation");
    assertThat(operator.resume("default", "done")).isTrue();
    assertThat(outbox.audit().list(ActionFilter.all(), null, 10).actions()).hasSize(3);
    assertThat(outbox.diagnose().findings())
        .extracting(Finding::code)
        .doesNotContain("check_failed");
    assertThat(db.query("SELECT kind FROM outbox_operation ORDER BY started_at"))
        .containsExactly("cancel", "requeue", "cancel", "pause", "resume");
    assertThatThrownBy(() -> operator.erase("user-2", "asked for it"))
        .hasMessageContaining("42501");
    refused(
        pool,
        "UPDATE outbox_operation SET performed_by = 'another'",
        "UPDATE outbox_operation SET kind = 'purge'",
        "UPDATE outbox_operation SET reason = 'another'",
        "DELETE FROM outbox_operation",
        "DELETE FROM outbox_operation_action",
        "UPDATE outbox_operation_action SET event_uuid = gen_random_uuid()",
        "DELETE FROM outbox_request",
        "UPDATE outbox_request SET message = 'x'",
        "DELETE FROM outbox_attempt",
        "DELETE FROM outbox_delivered",
        "UPDATE outbox_delivered SET customer_id = 'another'",
        "INSERT INTO outbox_delivered SELECT * FROM outbox_delivered",
        "UPDATE outbox SET customer_id = 'another'",
        "UPDATE outbox_rejected SET customer_id = 'another'",
        "UPDATE outbox_maintenance SET note = 'x'",
        "DROP TABLE outbox");
  }

  @Test
  void whoGuardsPrivacyErasesCustomersAndDoesNothingElse() throws SQLException {
    HikariDataSource pool = as("outbox_privacy");
    Operator privacy = JdbcOutbox.create(pool).operator("bob");
    db.add(TestOutbox.actions(3));
    db.outbox.operator("anna").cancel(ActionFilter.all().customerId("user-0"), "of user-0");
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, workspace, customer_id, action, platform, attributes) SELECT"
            + " now(), created_at, event_time, gen_random_uuid(), gen_random_uuid(), 1, 0,"
            + " workspace, customer_id, action, platform, attributes FROM outbox WHERE"
            + " customer_id = 'user-2'");
    db.execute(
        "INSERT INTO outbox_workspace (workspace, paused_since, reason) VALUES ('default', now(),"
            + " 'of user-0')");
    db.execute("UPDATE outbox SET last_error = 'refused: user-0' WHERE customer_id = 'user-1'");
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, elements, actions, workspace, relay,"
            + " outcome, message) VALUES (gen_random_uuid(), gen_random_uuid(), now(), 1, 1,"
            + " 'default', 'r', 'refused', 'refused user-0')");
    assertThat(privacy.erase("user-0", "asked for it").actions()).isEqualTo(1);
    assertThat(privacy.erase("user-2", "asked for it").delivered()).isEqualTo(1);
    assertThat(
            db.count(
                "outbox_operation WHERE reason LIKE '%user-0%' OR performed_by NOT IN ('anna',"
                    + " 'bob')"))
        .isZero();
    assertThat(db.count("outbox_audit WHERE customer_id IN ('user-0', 'user-2')")).isZero();
    refused(
        pool,
        INSERT,
        "INSERT INTO outbox_delivered SELECT * FROM outbox_delivered",
        "UPDATE outbox_operation SET performed_by = 'another'",
        "DELETE FROM outbox_operation",
        "DELETE FROM outbox_request",
        "UPDATE outbox_request SET outcome = 'accepted'",
        "UPDATE outbox_delivered SET attributes = '{}'",
        "UPDATE outbox_workspace SET paused_since = NULL",
        "DROP TABLE outbox");
  }

  @Test
  void aSchemaOfItsOwnIsGrantedByTheSearchPath() throws SQLException {
    OutboxMigrations.of(db.database.pool()).inSchema("events").migrate();
    db.execute("SET LOCAL search_path TO events; " + script());
    HikariDataSource auditor = as("outbox_auditor");
    run(auditor, "SELECT * FROM events.outbox_audit");
    refused(auditor, "DELETE FROM events.outbox");
  }

  @Test
  void theScriptFailsWhereTheTablesOwnerDoesNotOwnTheirSchema() throws SQLException {
    String owner = "owner_" + UUID.randomUUID().toString().replace('-', '_');
    logins.add(owner);
    OutboxMigrations.of(db.database.pool()).inSchema("foreign_home").migrate();
    db.execute("CREATE ROLE " + owner + " LOGIN PASSWORD 'secret'");
    db.execute(
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT c.oid::regclass AS name, c.relkind FROM"
            + " pg_class c WHERE c.relnamespace = 'foreign_home'::regnamespace AND c.relkind IN"
            + " ('r', 'p', 'v') LOOP EXECUTE format('ALTER TABLE %s OWNER TO "
            + owner
            + "', r.name); END LOOP; END $$");
    db.execute("GRANT USAGE ON SCHEMA foreign_home TO " + owner);
    HikariDataSource pool =
        db.database.pool(
            config -> {
              config.setUsername(owner);
              config.setPassword("secret");
            });
    assertThatThrownBy(() -> run(pool, "SET search_path TO foreign_home; " + script()))
        .hasMessageContaining("may not use schema foreign_home")
        .hasMessageContaining("GRANT USAGE ON SCHEMA foreign_home");
    db.execute(
        "GRANT USAGE ON SCHEMA foreign_home TO outbox_writer, outbox_relay, outbox_auditor,"
            + " outbox_operator, outbox_privacy");
    run(pool, "SET search_path TO foreign_home; " + script());
    pool.close();
    db.execute("DROP SCHEMA foreign_home CASCADE");
  }
}
