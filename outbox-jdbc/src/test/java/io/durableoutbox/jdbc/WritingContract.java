package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.InvalidActionException;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.migrations.OutboxMigrations;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What {@link Outbox#add} promises, on any database. */
abstract class WritingContract extends DatabaseTest {
  @Test
  void anActionExistsWhenTheTransactionCommits() {
    Action action = TestOutbox.shown("john@example.com").build();
    AddResult result = db.add(action);
    assertThat(result).isEqualTo(new AddResult(1, List.of()));
    assertThat(db.query("SELECT event_uuid, customer_id, state, attempts FROM outbox_audit"))
        .containsExactly(action.eventUuid() + "|john@example.com|pending|0");
  }

  @Test
  void anActionNeverExistsWhenTheTransactionRollsBack() throws Exception {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      db.outbox.add(connection, TestOutbox.actions(3));
      connection.rollback();
    }
    assertThat(db.count("outbox_audit")).isZero();
  }

  @Test
  void aSavepointThatIsRolledBackTakesItsActionsWithIt() throws Exception {
    Action kept = TestOutbox.shown("kept").build();
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      db.outbox.add(connection, kept);
      Savepoint savepoint = connection.setSavepoint();
      db.outbox.add(connection, TestOutbox.shown("dropped").build());
      connection.rollback(savepoint);
      connection.commit();
    }
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly("kept");
  }

  @Test
  void everyFieldIsStoredAsItIsSent() {
    UUID uuid = UUID.randomUUID();
    String attributes =
        "{ \"cid\" : \"ü\\u0041\\\"\", \"n\":1.50 ," + TestOutbox.CONTEXT.substring(1);
    String context = attributes.replaceFirst("\"cid\":\"66d[^\"]*\", ", "");
    Action action =
        Action.clicked("\uD83D\uDE00 Anna ", context)
            .platform(Platform.TV)
            .eventUuid(uuid)
            .eventTime(Instant.parse("2026-03-29T01:30:00.999Z"))
            .userTimezoneOffset(-54000)
            .userAttributes("{\"name\":\"Anna\", \"vip\":true}")
            .bId("button-1")
            .build();
    db.add(action);
    assertThat(
            db.query(
                "SELECT workspace, customer_id, user_timezone_offset, action, platform,"
                    + " user_attributes, attributes, CAST(EXTRACT(EPOCH FROM event_time) AS"
                    + " BIGINT), CASE WHEN validated THEN 1 ELSE 0 END FROM outbox"))
        .containsExactly(
            "default|\uD83D\uDE00 Anna |-54000|MOE_PERSONALIZATION_MESSAGE_CLICKED|tv|"
                + "{\"name\":\"Anna\", \"vip\":true}|"
                + context.substring(0, context.length() - 1)
                + ",\"b_id\":\"button-1\"}|"
                + Instant.parse("2026-03-29T01:30:00Z").getEpochSecond()
                + "|1");
  }

  @Test
  void everyActionOfACallCarriesTheTraceparentThatIsAskedForOnce() {
    AtomicInteger calls = new AtomicInteger();
    JdbcOutbox traced =
        JdbcOutbox.builder(db.pool)
            .traceparent(
                () ->
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333%d-01"
                        .formatted(calls.incrementAndGet()))
            .build();
    assertThat(calls).hasValue(0);
    db.inTransaction(
        c -> {
          traced.add(c, TestOutbox.actions(2));
          return traced.add(c, List.of());
        });
    assertThat(db.query("SELECT DISTINCT traceparent FROM outbox"))
        .containsExactly("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assertThat(calls).hasValue(1);
  }

  @Test
  void aTracerThatFailsNeverHurtsTheTransaction() {
    List<Supplier<@Nullable String>> bad =
        List.of(
            () -> null,
            () -> "no traceparent",
            () -> "x".repeat(1_000),
            () -> {
              throw new IllegalStateException("broken");
            },
            () -> {
              throw new AssertionError("broken");
            });
    db.inTransaction(
        c -> {
          for (Supplier<@Nullable String> supplier : bad) {
            JdbcOutbox.builder(db.pool)
                .traceparent(supplier)
                .build()
                .add(c, TestOutbox.shown("user-1").build());
          }
          return 0;
        });
    assertThat(db.query("SELECT COUNT(*), COUNT(traceparent) FROM outbox")).containsExactly("5|0");
  }

  @Test
  void aDuplicateIsAResultAndTheTransactionGoesOn() {
    Action first = TestOutbox.shown("user-1").build();
    Action second = TestOutbox.shown("user-2").build();
    db.add(first);
    AddResult result = db.add(first, second, second);
    assertThat(result.added()).isEqualTo(1);
    assertThat(result.duplicates()).containsExactly(first.eventUuid(), second.eventUuid());
    assertThat(db.count("outbox")).isEqualTo(2);
  }

  @Test
  void anActionThatIsAddedAgainAloneIsADuplicateAndTheTransactionGoesOn() {
    Action action = TestOutbox.shown("user-1").build();
    assertThat(db.add(action).added()).isEqualTo(1);
    AddResult again =
        db.inTransaction(
            c -> {
              AddResult result = db.outbox.add(c, action);
              db.outbox.add(c, TestOutbox.shown("user-2").build());
              return result;
            });
    assertThat(again.added()).isZero();
    assertThat(again.duplicates()).containsExactly(action.eventUuid());
    assertThat(db.count("outbox")).isEqualTo(2);
  }

  @Test
  void aUuidThatTheCallerBringsIsADuplicateAfterItWasDeliveredOrRejectedToo() {
    UUID delivered = UUID.randomUUID();
    UUID rejected = UUID.randomUUID();
    for (String row :
        List.of(
            "outbox_delivered (sent_at, request_id, event_uuid|'"
                + UUID.randomUUID()
                + "', '"
                + delivered,
            "outbox_rejected (rejected_at, reason, event_uuid|'because', '" + rejected)) {
      String[] parts = row.split("\\|", -1);
      db.execute(
          "INSERT INTO %s, created_at, event_time, attempts, refusals, workspace, customer_id, action, platform, attributes) VALUES (CURRENT_TIMESTAMP, %s', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1, 0, 'default', 'user-1', 'a', 'web', '{}')"
              .formatted(parts[0], parts[1]));
    }
    AddResult result =
        db.add(
            TestOutbox.shown("user-1").eventUuid(delivered).build(),
            TestOutbox.shown("user-1").eventUuid(rejected).build(),
            TestOutbox.shown("user-1").eventUuid(UUID.randomUUID()).build());
    assertThat(result.duplicates()).containsExactly(delivered, rejected);
    assertThat(result.added()).isEqualTo(1);
  }

  @Test
  void anActionThatWasDeliveredMeanwhileIsADuplicateWhenItIsAddedAgain() {
    Action action = TestOutbox.shown("user-1").build();
    assertThat(db.add(action, TestOutbox.shown("user-2").build()).added()).isEqualTo(2);
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, request_id, event_uuid, created_at, event_time,"
            + " attempts, refusals, workspace, customer_id, action, platform, attributes) VALUES"
            + " (CURRENT_TIMESTAMP, '%s', '%s', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1, 0,"
                .formatted(UUID.randomUUID(), action.eventUuid())
            + " 'default', 'user-1', 'a', 'web', '{}')");
    db.execute("DELETE FROM outbox WHERE event_uuid = '" + action.eventUuid() + "'");
    AddResult again = db.add(action, TestOutbox.shown("user-3").build());
    assertThat(again.duplicates()).containsExactly(action.eventUuid());
    assertThat(db.query("SELECT customer_id FROM outbox ORDER BY id"))
        .containsExactly("user-2", "user-3");
  }

  @Test
  void anActionWhoseTransactionRolledBackIsWrittenWhenItIsAddedAgain() throws Exception {
    Action action = TestOutbox.shown("user-1").build();
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      assertThat(db.outbox.add(connection, action).added()).isEqualTo(1);
      connection.rollback();
    }
    assertThat(db.add(action).added()).isEqualTo(1);
    assertThat(db.count("outbox")).isEqualTo(1);
  }

  @Test
  void anActionThatIsTwiceInOneCallIsWrittenOnce() {
    Action action = TestOutbox.shown("user-1").build();
    assertThat(db.add(action, action)).isEqualTo(new AddResult(1, List.of(action.eventUuid())));
    assertThat(db.count("outbox")).isEqualTo(1);
  }

  @Test
  void autoCommitIsRefused() throws Exception {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(true);
      assertThatThrownBy(() -> db.outbox.add(connection, TestOutbox.actions(1)))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("auto-commit")
          .hasMessageContaining("setAutoCommit(false)");
    }
    assertThat(db.count("outbox")).isZero();
  }

  @Test
  void anActionOverTheLimitIsRefusedBeforeAnythingIsWritten() {
    String big = "x".repeat(66_000);
    Action tooBig =
        Action.shown("user-1", TestOutbox.CONTEXT.replace("Web Personalization", big))
            .platform(Platform.WEB)
            .build();
    db.inTransaction(
        connection -> {
          assertThatThrownBy(
                  () -> db.outbox.add(connection, TestOutbox.shown("user-2").build(), tooBig))
              .isInstanceOf(InvalidActionException.class)
              .hasMessageContaining("attributes")
              .hasMessageContaining("65536")
              .hasMessageContaining("maxActionBytes");
          return db.outbox.add(connection, TestOutbox.shown("user-3").build());
        });
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly("user-3");
    JdbcOutbox larger = JdbcOutbox.builder(db.pool).maxActionBytes(100_000).build();
    db.inTransaction(connection -> larger.add(connection, tooBig));
    assertThat(db.count("outbox")).isEqualTo(2);
  }

  @Test
  @SuppressWarnings("NullAway")
  void aNullActionIsRefusedBeforeAnythingIsWritten() {
    List<Action> withNull = Arrays.asList(TestOutbox.shown("user-1").build(), null);
    db.inTransaction(
        connection -> {
          assertThatThrownBy(() -> db.outbox.add(connection, withNull))
              .isInstanceOf(InvalidActionException.class)
              .hasMessageContaining("action");
          return 0;
        });
    assertThat(db.count("outbox")).isZero();
  }

  @Test
  void noneIsAllowedAndTenThousandAreInOneCallButNotMore() {
    assertThat(db.add(List.of())).isEqualTo(new AddResult(0, List.of()));
    List<Action> many = new ArrayList<>(TestOutbox.actions(JdbcOutbox.MAX_ACTIONS));
    assertThat(db.add(many).added()).isEqualTo(JdbcOutbox.MAX_ACTIONS);
    many.add(TestOutbox.shown("one-more").build());
    assertThatThrownBy(() -> db.add(many))
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("10000");
    assertThat(db.count("outbox")).isEqualTo(JdbcOutbox.MAX_ACTIONS);
  }

  @Test
  void aTransactionThatTheDatabaseRefusesSaysTheSqlStateAndNoPersonalData() {
    db.inTransaction(
        connection -> {
          try (var statement = connection.createStatement()) {
            statement.execute("DROP VIEW outbox_audit");
            statement.execute("ALTER TABLE outbox RENAME TO outbox_away");
          }
          assertThatThrownBy(
                  () -> db.outbox.add(connection, TestOutbox.shown("secret-canary").build()))
              .isInstanceOf(OutboxException.class)
              .hasMessageContaining("SQLState 42")
              .satisfies(e -> assertThat(e).hasStackTraceContaining("SQLState"))
              .satisfies(
                  e -> assertThat(String.valueOf(e.getMessage())).doesNotContain("secret-canary"));
          connection.rollback();
          return 0;
        });
    repairAfterDdl();
  }

  /** Some commit with each DDL statement, and need their table and view back. */
  private void repairAfterDdl() {
    switch (db.database.family()) {
      case "h2" -> db.execute("DROP ALL OBJECTS");
      case "mysql" ->
          db.query(
                  "SELECT CONCAT('DROP ', IF(table_type = 'VIEW', 'VIEW ', 'TABLE '), table_name)"
                      + " FROM information_schema.tables WHERE table_schema = DATABASE()")
              .forEach(db::execute);
      default -> {
        return;
      }
    }
    OutboxMigrations.of(db.pool).migrate();
  }

  @Test
  void jooqLendsItsTransactionsConnection() {
    SQLDialect dialect =
        switch (db.database.family()) {
          case "h2" -> SQLDialect.H2;
          case "mysql" -> SQLDialect.MARIADB;
          default -> SQLDialect.POSTGRES;
        };
    DSL.using(db.pool, dialect)
        .transaction(
            outer -> {
              outer.dsl().connection(c -> db.outbox.add(c, TestOutbox.shown("in-outer").build()));
              try {
                outer
                    .dsl()
                    .transaction(
                        nested -> {
                          nested
                              .dsl()
                              .connection(
                                  c -> db.outbox.add(c, TestOutbox.shown("in-nested").build()));
                          throw new IllegalArgumentException("rolls the nested one back");
                        });
              } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageContaining("nested");
              }
            });
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly("in-outer");
  }

  @Test
  void springsJdbcTemplateLendsItsTransactionsConnection() {
    JdbcTemplate jdbc = new JdbcTemplate(db.pool);
    TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(db.pool));
    transactions.executeWithoutResult(
        status ->
            jdbc.execute(
                (ConnectionCallback<AddResult>)
                    c -> db.outbox.add(c, TestOutbox.shown("committed").build())));
    transactions.executeWithoutResult(
        status -> {
          jdbc.execute(
              (ConnectionCallback<AddResult>)
                  c -> db.outbox.add(c, TestOutbox.shown("rolled-back").build()));
          status.setRollbackOnly();
        });
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly("committed");
  }

  @Test
  void aNamedSchemaIsUsedWhateverTheSearchPathIs() {
    OutboxMigrations.of(db.pool).inSchema("events").migrate();
    JdbcOutbox inSchema = JdbcOutbox.builder(db.pool).schema("events").build();
    db.inTransaction(c -> inSchema.add(c, TestOutbox.shown("user-1").build()));
    assertThat(db.count("\"events\".outbox")).isEqualTo(1);
    assertThat(db.count("outbox")).isZero();
    db.execute("DROP SCHEMA \"events\" CASCADE");
  }

  @Test
  void theSchemaIsTheOneThatWasFoundWhenTheOutboxWasMade() {
    // Another of the same names, as of another tenant.
    OutboxMigrations.of(db.pool).inSchema("tenant").migrate();
    db.inTransaction(
        c -> {
          boolean mySql = db.database.family().equals("mysql");
          String before = mySql ? c.getCatalog() : c.getSchema();
          choose(c, "tenant");
          try {
            // The search path is the caller's business, and the outbox is where it was.
            db.outbox.add(c, TestOutbox.shown("user-1").build());
            return true;
          } finally {
            choose(c, before);
          }
        });
    assertThat(db.count("outbox")).isEqualTo(1);
    assertThat(db.count("\"tenant\".outbox")).isZero();
    db.execute("DROP SCHEMA \"tenant\" CASCADE");
  }

  private void choose(Connection connection, String schema) throws SQLException {
    if (db.database.family().equals("mysql")) {
      connection.setCatalog(schema);
    } else {
      connection.setSchema(schema);
    }
  }

  @Test
  void aMissingSchemaIsSaidClearlyWhenTheOutboxIsMade() {
    assertThatThrownBy(() -> JdbcOutbox.builder(db.pool).schema("nowhere").build())
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("tables are missing")
        .hasMessageContaining("OutboxMigrations");
    assertThatThrownBy(() -> JdbcOutbox.builder(db.pool).schema("a\"b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("schema");
  }

  @Test
  void aSchemaOfAnotherVersionIsRefused() {
    db.execute("CREATE SCHEMA versions");
    String view =
        "CREATE VIEW versions.outbox_schema_version AS SELECT %d AS version, %d AS oldest_library";
    String schema = db.database.family().equals("h2") ? "VERSIONS" : "versions";
    db.execute(view.formatted(0, 0));
    assertThatThrownBy(() -> JdbcOutbox.builder(db.pool).schema(schema).build())
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("version 0")
        .hasMessageContaining("OutboxMigrations");
    db.execute("DROP VIEW versions.outbox_schema_version");
    db.execute(view.formatted(9, 8));
    assertThatThrownBy(() -> JdbcOutbox.builder(db.pool).schema(schema).build())
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("version 9")
        .hasMessageContaining("upgrade the library");
    db.execute("DROP VIEW versions.outbox_schema_version");
    db.execute(
        "CREATE VIEW versions.outbox_schema_version AS SELECT 9 AS version, 1 AS oldest_library");
    assertThat(JdbcOutbox.builder(db.pool).schema(schema).build()).isNotNull();
    db.execute("DROP SCHEMA versions CASCADE");
  }
}
