package io.durableoutbox.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the migrations promise, on any database. */
abstract class MigrationsContract {
  static final List<String> TABLES =
      List.of(
          "outbox",
          "outbox_attempt",
          "outbox_delivered",
          "outbox_rejected",
          "outbox_request",
          "outbox_workspace");

  private static final String ATTRIBUTES =
      "{\"cid\":\"c\",\"experience\":\"e\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\","
          + "\"audience_name\":\"All\",\"audience_id\":\"5A\"}";
  private static final String SHOWN = "MOE_PERSONALIZATION_MESSAGE_SHOWN";

  private final List<TestDatabase> databases = new ArrayList<>();
  DataSource dataSource;

  abstract TestDatabase newDatabase();

  /** Everything that the catalog says of the outbox's objects, one line each, in order. */
  abstract List<String> catalog(DataSource dataSource) throws SQLException;

  DataSource another() {
    TestDatabase database = newDatabase();
    databases.add(database);
    return database.pool();
  }

  TestDatabase database() {
    return databases.get(0);
  }

  @BeforeEach
  void open() {
    dataSource = another();
  }

  @AfterEach
  void close() {
    databases.forEach(TestDatabase::close);
  }

  @Test
  void theFirstRunMakesTheTablesAndTheSecondDoesNothing() throws Exception {
    assertThat(OutboxMigrations.of(dataSource).migrate()).isEqualTo(1);
    assertThat(OutboxMigrations.of(dataSource).migrate()).isZero();
    for (String table : TABLES) {
      assertThat(count(dataSource, table)).isZero();
    }
    assertThat(query(dataSource, "SELECT version, oldest_library FROM outbox_schema_version"))
        .containsExactly("1|1");
  }

  @Test
  void thePlainSqlMakesTheSameSchemaAsFlyway() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    DataSource plain = another();
    execute(plain, script());
    assertThat(catalog(dataSource)).isNotEmpty().isEqualTo(catalog(plain));
  }

  @Test
  void itWorksBesideTheApplicationsOwnFlywayAndTables() throws Exception {
    execute(dataSource, "CREATE TABLE orders (id integer PRIMARY KEY)");
    Flyway application =
        Flyway.configure()
            .dataSource(dataSource)
            .baselineOnMigrate(true)
            .locations("classpath:application-migrations")
            .load();
    application.migrate();
    assertThat(OutboxMigrations.of(dataSource).migrate()).isEqualTo(1);
    assertThat(application.migrate().migrationsExecuted).isZero();
    assertThat(application.validateWithResult().validationSuccessful).isTrue();
    assertThat(count(dataSource, "outbox")).isZero();
  }

  @Test
  void aNamedSchemaIsCreatedAndStandsBesideTheDefaultOne() throws Exception {
    assertThat(OutboxMigrations.of(dataSource).inSchema("events").migrate()).isEqualTo(1);
    assertThat(OutboxMigrations.of(dataSource).migrate()).isEqualTo(1);
    execute(dataSource, insert("\"events\".outbox", "user-1", SHOWN, "web", ATTRIBUTES));
    assertThat(count(dataSource, "\"events\".outbox_audit")).isEqualTo(1);
    assertThat(count(dataSource, "outbox_audit")).isZero();
  }

  @Test
  void aPoolWithAutoCommitOffWillDo() throws Exception {
    DataSource pool = database().pool(config -> config.setAutoCommit(false));
    assertThat(OutboxMigrations.of(pool).migrate()).isEqualTo(1);
    assertThat(count(dataSource, "outbox")).isZero();
  }

  @Test
  void twoAtOnceMakeItOnce() throws Exception {
    var first = CompletableFuture.supplyAsync(() -> OutboxMigrations.of(dataSource).migrate());
    var second = CompletableFuture.supplyAsync(() -> OutboxMigrations.of(dataSource).migrate());
    assertThat(first.get() + second.get()).isEqualTo(1);
  }

  @Test
  void aNameThatIsNoIdentifierIsRefused() {
    for (String name : List.of("", "a b", "x\"; DROP TABLE orders; --", "1a", "a".repeat(64))) {
      assertThatThrownBy(() -> OutboxMigrations.of(dataSource).inSchema(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("schema");
    }
  }

  @Test
  void anInsertOfThePublicColumnsIsFilledUpWithDefaults() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    execute(dataSource, insert("outbox", "user-1", SHOWN, "web", ATTRIBUTES));
    assertThat(
            query(
                dataSource,
                "SELECT workspace, attempts, refusals, CASE WHEN validated THEN 1 ELSE 0 END,"
                    + " SUBSTRING(CAST(event_uuid AS VARCHAR(36)) FROM 15 FOR 1), claim_id"
                    + " FROM outbox"))
        .containsExactly("default|0|0|0|4|null");
    assertThat(query(dataSource, "SELECT state FROM outbox_audit")).containsExactly("pending");
  }

  @Test
  void customerIdsThatDifferInCaseOrTrailingSpaceAreDifferentUsers() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    for (String id : List.of("anna", "Anna", "anna ", "änna", "\uD83D\uDE00\uD83D\uDE00")) {
      execute(dataSource, insert("outbox", id, SHOWN, "web", ATTRIBUTES));
    }
    assertThat(query(dataSource, "SELECT COUNT(DISTINCT customer_id) FROM outbox"))
        .containsExactly("5");
    assertThat(query(dataSource, "SELECT COUNT(*) FROM outbox WHERE customer_id = 'anna'"))
        .containsExactly("1");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "outbox_event_uuid_is_v4          | event_uuid | 'a3bb189e-8bf9-3888-9912-ace4e6543002'",
        "outbox_workspace_length          | workspace | ''",
        "outbox_customer_id_length        | customer_id | 'x'",
        "outbox_action_known              | action | 'moe_personalization_message_shown'",
        "outbox_platform_known            | platform | 'WEB'",
        "outbox_event_time_not_before_2010| event_time | TIMESTAMP WITH TIME ZONE '2009-12-31 00:00:00+00'",
        "outbox_event_time_not_in_future  | event_time | TIMESTAMP WITH TIME ZONE '2199-01-01 00:00:00+00'",
        "outbox_user_timezone_offset_range| user_timezone_offset | 54001",
        "outbox_attributes_object         | attributes | '[1]'",
        "outbox_user_attributes_object    | user_attributes | '\"a\"'",
        "outbox_attempts_counted          | attempts | -1",
        "customer_id                      | customer_id | NULL",
        "action                           | action | NULL",
        "platform                         | platform | NULL",
        "event_time                       | event_time | NULL",
        "attributes                       | attributes | NULL",
        "workspace                        | workspace | NULL",
        "event_uuid                       | event_uuid | NULL",
      })
  void theDatabaseRefusesWhatCantBeSent(String named, String column, String value)
      throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    execute(dataSource, insert("outbox", "user-1", SHOWN, "web", ATTRIBUTES));
    assertThatThrownBy(() -> execute(dataSource, "UPDATE outbox SET " + column + " = " + value))
        .isInstanceOf(SQLException.class)
        .satisfies(e -> assertThat(e.getMessage()).containsIgnoringCase(named))
        .satisfies(e -> assertThat(((SQLException) e).getSQLState()).startsWith("23"));
  }

  @Test
  void aUuidIsInTheOutboxOnce() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    String copy =
        "INSERT INTO outbox (event_uuid, customer_id, action, event_time, platform, attributes)"
            + " SELECT event_uuid, customer_id, action, event_time, platform, attributes FROM"
            + " outbox";
    execute(dataSource, insert("outbox", "user-1", SHOWN, "web", ATTRIBUTES));
    assertThatThrownBy(() -> execute(dataSource, copy))
        .isInstanceOf(SQLException.class)
        .satisfies(e -> assertThat(((SQLException) e).getSQLState()).isEqualTo("23505"));
  }

  private static String insert(
      String table, String customer, String action, String platform, String attributes) {
    return "INSERT INTO %s (customer_id, action, event_time, platform, attributes) VALUES ('%s', '%s', CURRENT_TIMESTAMP, '%s', '%s')"
        .formatted(table, customer, action, platform, attributes);
  }

  String script() throws IOException {
    String path = "/durable-outbox/" + database().family() + "/V1__outbox.sql";
    try (InputStream in =
        Objects.requireNonNull(OutboxMigrations.class.getResourceAsStream(path))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static long count(DataSource dataSource, String table) throws SQLException {
    return Long.parseLong(query(dataSource, "SELECT COUNT(*) FROM " + table).get(0));
  }

  static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static List<String> query(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          line.append(i == 1 ? "" : "|").append(rows.getString(i));
        }
        lines.add(line.toString());
      }
      return lines;
    }
  }
}
