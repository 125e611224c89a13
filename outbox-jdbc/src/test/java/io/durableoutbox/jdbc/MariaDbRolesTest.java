package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
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

/** What the roles of the shipped script may do, and what not, on MariaDB. */
class MariaDbRolesTest extends DatabaseTest {
  private final List<String> logins = new ArrayList<>();

  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @BeforeAll
  void makeRoles() throws Exception {
    HikariDataSource scripts =
        db.database.pool(config -> config.addDataSourceProperty("allowMultiQueries", "true"));
    run(scripts, script());
    run(scripts, script());
  }

  @AfterAll
  void dropLogins() {
    logins.forEach(login -> db.execute("DROP USER " + login));
  }

  private static String script() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            OutboxMigrations.class.getResourceAsStream("/durable-outbox/roles/mysql.sql"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A pool of a user who has a role and no other right. */
  private HikariDataSource as(String role) {
    String login = "login_" + UUID.randomUUID().toString().replace('-', '_');
    logins.add(login);
    db.execute("CREATE USER " + login + " IDENTIFIED BY 'secret'");
    db.execute("GRANT " + role + " TO " + login);
    db.execute("SET DEFAULT ROLE " + role + " FOR " + login);
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
              SQLException.class, e -> assertThat(e.getErrorCode()).isIn(1142, 1143));
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
  void aWriterAddsByTheLibraryAndBySqlAndNeitherReadsNorChangesWhatIsThere() throws Exception {
    HikariDataSource writer = as("outbox_writer");
    UUID uuid = UUID.randomUUID();
    assertThat(add(writer, TestOutbox.shown("user-1").build()).added()).isEqualTo(1);
    assertThat(add(writer, TestOutbox.shown("user-2").eventUuid(uuid).build()).added())
        .isEqualTo(1);
    assertThat(add(writer, TestOutbox.shown("user-2").eventUuid(uuid).build()).duplicates())
        .containsExactly(uuid);
    run(
        writer,
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
            + " ('user-sql', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', UTC_TIMESTAMP(6), 'web', '{}')");
    assertThat(db.count("outbox")).isEqualTo(3);
    refused(
        writer,
        "SELECT customer_id FROM outbox",
        "SELECT customer_id FROM outbox_delivered",
        "UPDATE outbox SET attempts = 1",
        "DELETE FROM outbox",
        "INSERT INTO outbox (claim_id, customer_id, action, event_time, platform, attributes) VALUES"
            + " (UUID(), 'user-sql', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', UTC_TIMESTAMP(6), 'web',"
            + " '{}')",
        "INSERT INTO outbox_workspace (workspace) VALUES ('default')");
  }

  @Test
  void aRelayDeliversRejectsAndPausesAndWritesNothingNew() {
    HikariDataSource pool = as("outbox_relay");
    db.add(TestOutbox.actions(5));
    try (SimulatedDestination destination = SimulatedDestination.start()) {
      MoEngage moEngage =
          MoEngage.workspace(destination.workspaceId(), destination.apiKey())
              .baseUrl(destination.baseUrl())
              .callTimeout(Duration.ofSeconds(5))
              .build();
      destination.refuseCustomer("user-3");
      try (Relay relay = JdbcOutbox.create(pool).relay(moEngage).build()) {
        assertThat(relay.runOnce().delivered()).isEqualTo(4);
        db.add(TestOutbox.shown("later").build());
        destination.always(Fault.status(503));
        relay.runOnce();
      }
    }
    assertThat(JdbcOutbox.create(pool).diagnose().findings())
        .extracting(f -> f.code() + " " + f.subject())
        .containsExactlyInAnyOrder("paused default", "rejected default");
    assertThat(db.count("outbox_rejected")).isEqualTo(1);
    assertThat(db.one("SELECT COUNT(*) FROM outbox_workspace WHERE paused_since IS NOT NULL"))
        .isEqualTo("1");
    refused(
        pool,
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES ('user',"
            + " 'MOE_PERSONALIZATION_MESSAGE_SHOWN', UTC_TIMESTAMP(6), 'web', '{}')",
        "UPDATE outbox SET customer_id = 'another'",
        "DELETE FROM outbox_delivered",
        "UPDATE outbox_delivered SET customer_id = NULL",
        "DELETE FROM outbox_rejected",
        "DELETE FROM outbox_request",
        "DROP TABLE outbox");
  }

  @Test
  void anAuditorSeesAllByLibraryAndBySqlAndChangesNothing() throws Exception {
    HikariDataSource auditor = as("outbox_auditor");
    run(auditor, "SELECT * FROM outbox_audit");
    run(auditor, "SELECT * FROM outbox_audit_attempt");
    db.add(TestOutbox.actions(2));
    JdbcOutbox outbox = JdbcOutbox.create(auditor);
    assertThat(outbox.audit().list(ActionFilter.all(), null, 10).actions()).hasSize(2);
    assertThat(outbox.audit().undelivered()).hasSize(1);
    assertThat(outbox.backlog()).hasSize(1);
    assertThat(outbox.workspaces()).isEmpty();
    assertThat(outbox.diagnose().findings()).isEmpty();
    refused(
        auditor,
        "DELETE FROM outbox",
        "UPDATE outbox_rejected SET reason = 'x'",
        "UPDATE outbox_operation SET performed_by = 'another'");
  }

  @Test
  void anOperatorDoesWhatPeopleDoAndCantTakeTheRecordBack() {
    HikariDataSource pool = as("outbox_operator");
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    Operator operator = outbox.operator("anna");
    db.add(TestOutbox.actions(3));
    ActionFilter one = ActionFilter.all().customerId("user-1");
    assertThat(operator.cancel(ActionFilter.all().workspace("default"), "by mistake").actions())
        .isEqualTo(3);
    assertThat(operator.requeue(Requeue.of(one, "was right")).actions()).isEqualTo(1);
    assertThat(operator.cancel(one, "was wrong").actions()).isEqualTo(1);
    operator.pause("default", "key rotation");
    assertThat(operator.resume("default", "done")).isTrue();
    assertThat(outbox.audit().list(ActionFilter.all(), null, 10).actions()).hasSize(3);
    refused(
        pool,
        "UPDATE outbox_operation SET performed_by = 'another'",
        "UPDATE outbox_operation SET reason = 'another'",
        "DELETE FROM outbox_operation",
        "DELETE FROM outbox_operation_action",
        "DELETE FROM outbox_delivered",
        "DELETE FROM outbox_attempt",
        "UPDATE outbox_delivered SET customer_id = 'another'",
        "UPDATE outbox_request SET message = 'x'",
        "UPDATE outbox SET customer_id = 'another'");
  }

  @Test
  void whoGuardsPrivacyErasesCustomersAndDoesNothingElse() {
    HikariDataSource pool = as("outbox_privacy");
    Operator privacy = JdbcOutbox.create(pool).operator("bob");
    db.add(TestOutbox.actions(3));
    db.outbox.operator("anna").cancel(ActionFilter.all().customerId("user-0"), "of user-0");
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, workspace, customer_id, action, platform, attributes) SELECT"
            + " UTC_TIMESTAMP(6), created_at, event_time, UUID(), UUID(), 1, 0,"
            + " workspace, customer_id, action, platform, attributes FROM outbox WHERE"
            + " customer_id = 'user-2'");
    db.execute("UPDATE outbox SET last_error = 'refused: user-0' WHERE customer_id = 'user-1'");
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, elements, actions, workspace, relay,"
            + " outcome, message) VALUES (UUID(), UUID(), UTC_TIMESTAMP(6), 1, 1, 'default', 'r',"
            + " 'refused', 'refused user-0')");
    assertThat(privacy.erase("user-0", "asked for it").actions()).isEqualTo(1);
    assertThat(privacy.erase("user-2", "asked for it").delivered()).isEqualTo(1);
    assertThat(db.count("outbox_operation WHERE reason LIKE '%user-0%'")).isZero();
    assertThat(db.count("outbox_audit WHERE customer_id IN ('user-0', 'user-2')")).isZero();
    refused(
        pool,
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES ('user',"
            + " 'MOE_PERSONALIZATION_MESSAGE_SHOWN', UTC_TIMESTAMP(6), 'web', '{}')",
        "UPDATE outbox_operation SET performed_by = 'another'",
        "DELETE FROM outbox_operation",
        "DELETE FROM outbox_request",
        "UPDATE outbox_delivered SET attributes = '{}'");
  }
}
