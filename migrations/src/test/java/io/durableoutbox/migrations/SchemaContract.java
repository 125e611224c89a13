package io.durableoutbox.migrations;

import static io.durableoutbox.migrations.Sql.execute;
import static io.durableoutbox.migrations.Sql.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the tables take and refuse, on any database. All tests of a class share one database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SchemaContract {
  private static final String UUID_1 = "'11111111-1111-4111-8111-111111111111'";
  private static final String UUID_2 = "'22222222-2222-4222-8222-222222222222'";
  private static final String NOW = "CURRENT_TIMESTAMP";
  private static final String SHOWN = "'MOE_PERSONALIZATION_MESSAGE_SHOWN'";

  /** What the public contract asks for. */
  private static final Map<String, String> MINIMAL =
      ordered(
          "customer_id", "'user-1'",
          "action", SHOWN,
          "event_time", NOW,
          "platform", "'web'",
          "attributes", "'{\"cid\":\"c\"}'");

  private static final Map<String, String> DECIDED =
      with(
          MINIMAL,
          ordered(
              "created_at",
              NOW,
              "event_uuid",
              UUID_1,
              "attempts",
              "1",
              "refusals",
              "0",
              "workspace",
              "'default'"));

  /** A row of each table that has a value in exactly the columns that must have one. */
  static final Map<String, Map<String, String>> ROWS =
      Map.of(
          "outbox",
          with(
              DECIDED,
              ordered("id", "1000000", "available_at", NOW, "validated", "FALSE", "attempts", "0")),
          "outbox_delivered",
          with(
              without(DECIDED, "customer_id", "attributes"),
              ordered("sent_at", NOW, "request_id", UUID_2)),
          "outbox_rejected",
          with(
              without(DECIDED, "customer_id", "attributes"),
              ordered("rejected_at", NOW, "reason", "'too long'")),
          "outbox_request",
          ordered(
              "id", UUID_2,
              "claim_id", UUID_1,
              "started_at", NOW,
              "elements", "1",
              "actions", "1",
              "workspace", "'default'",
              "relay", "'relay-1'",
              "outcome", "'accepted'"),
          "outbox_attempt",
          ordered("event_uuid", UUID_1, "request_id", UUID_2),
          "outbox_workspace",
          ordered("workspace", "'default'", "failures", "0"),
          "outbox_operation",
          ordered(
              "id",
              UUID_1,
              "kind",
              "'requeue'",
              "actions",
              "1",
              "performed_by",
              "'me'",
              "started_at",
              NOW),
          "outbox_operation_action",
          ordered("event_uuid", UUID_1, "operation_id", UUID_2),
          "outbox_maintenance",
          ordered("task", "'another'"));

  private TestDatabase database;
  DataSource dataSource;

  abstract TestDatabase newDatabase();

  /** Names of the tables' CHECK and unique constraints, in small letters. */
  abstract List<String> constraints() throws SQLException;

  /** Tables, views, and columns that have no comment. */
  abstract List<String> withoutComment() throws SQLException;

  /** Whether a null in the column that the database counts is a request for the next number. */
  boolean nullIsTheNextId() {
    return false;
  }

  @BeforeAll
  void open() {
    database = newDatabase();
    dataSource = database.pool();
    OutboxMigrations.of(dataSource).migrate();
  }

  @AfterAll
  void close() {
    database.close();
  }

  @AfterEach
  void empty() throws SQLException {
    for (String table : ROWS.keySet()) {
      execute(dataSource, "DELETE FROM " + table);
    }
  }

  @Test
  void aMinimalInsertIsFilledUpWithDefaults() throws Exception {
    execute(dataSource, insert("outbox", MINIMAL));
    execute(dataSource, insert("outbox", MINIMAL));
    assertThat(
            query(
                dataSource,
                "SELECT workspace, CASE WHEN validated THEN 1 ELSE 0 END, attempts, refusals,"
                    + " claim_id, claimed_by, last_error, user_timezone_offset, user_attributes,"
                    + " attributes, CASE WHEN available_at = created_at THEN 1 ELSE 0 END FROM"
                    + " outbox"))
        .hasSize(2)
        .containsOnly("default|0|0|0|null|null|null|null|null|{\"cid\":\"c\"}|1");
    assertThat(query(dataSource, "SELECT event_uuid FROM outbox"))
        .map(UUID::fromString)
        .doesNotHaveDuplicates()
        .allSatisfy(uuid -> assertThat(uuid.version()).isEqualTo(4))
        .allSatisfy(uuid -> assertThat(uuid.variant()).isEqualTo(2));
  }

  /** Returns a condition on rows of {@code information_schema}, where it tells of all databases. */
  String inThisDatabase() {
    return "";
  }

  @Test
  void exactlyTheseColumnsMustHaveAValue() throws Exception {
    for (Map.Entry<String, Map<String, String>> row : ROWS.entrySet()) {
      assertThat(
              query(
                  dataSource,
                  "SELECT LOWER(column_name) FROM information_schema.columns WHERE is_nullable ="
                      + " 'NO' AND LOWER(table_name) = '"
                      + row.getKey()
                      + "'"
                      + inThisDatabase()))
          .as(row.getKey())
          .containsExactlyInAnyOrderElementsOf(row.getValue().keySet());
      execute(dataSource, insert(row.getKey(), row.getValue()));
    }
  }

  static Stream<Arguments> columnsThatMustHaveAValue() {
    return ROWS.entrySet().stream()
        .flatMap(row -> row.getValue().keySet().stream().map(c -> Arguments.of(row.getKey(), c)));
  }

  @ParameterizedTest(name = "{0}.{1}")
  @MethodSource("columnsThatMustHaveAValue")
  void aMissingValueIsRefused(String table, String column) throws Exception {
    String insert = insert(table, with(row(table), ordered(column, "NULL")));
    if (column.equals("id") && table.equals("outbox") && nullIsTheNextId()) {
      execute(dataSource, insert);
      return;
    }
    refused(insert, "23502|23000", column);
  }

  @ParameterizedTest(name = "{1}: {2} = {3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "outbox|outbox_event_uuid_is_v4|event_uuid|'a3bb189e-8bf9-3888-9912-ace4e6543002'",
        "outbox|outbox_event_uuid_is_v4|event_uuid|'00000000-0000-0000-0000-000000000000'",
        "outbox|outbox_workspace_name|workspace|''",
        "outbox|outbox_workspace_name|workspace|'my workspace'",
        "outbox|outbox_workspace_name|workspace|'münchen'",
        "outbox|outbox_workspace_name|workspace|'default/1'",
        "outbox|outbox_customer_id_length|customer_id|'x'",
        "outbox|outbox_action_known|action|'moe_personalization_message_shown'",
        "outbox|outbox_platform_known|platform|'WEB'",
        "outbox|outbox_event_time_not_before_2010|event_time"
            + "|TIMESTAMP WITH TIME ZONE '2009-12-31 23:59:59+00'",
        "outbox|outbox_event_time_not_in_future|event_time|CURRENT_TIMESTAMP + INTERVAL '49' HOUR",
        "outbox|outbox_user_timezone_offset_range|user_timezone_offset|-54001",
        "outbox|outbox_user_timezone_offset_range|user_timezone_offset|54001",
        "outbox|outbox_user_timezone_offset_range|user_timezone_offset|5.5",
        "outbox|outbox_user_timezone_offset_range|user_timezone_offset|-3.5",
        "outbox|outbox_user_timezone_offset_range|user_timezone_offset|330",
        "outbox|outbox_attributes_object|attributes|'[1]'",
        "outbox|outbox_attributes_object|attributes|'null'",
        "outbox|outbox_user_attributes_object|user_attributes|'\"a\"'",
        "outbox|outbox_attempts_counted|attempts|-1",
        "outbox|outbox_attempts_counted|refusals|-1",
        "outbox_request|outbox_request_outcome_known|outcome|'fine'",
        "outbox_workspace|outbox_workspace_pause_has_start|paused_until|CURRENT_TIMESTAMP",
        "outbox_operation|outbox_operation_kind_known|kind|'delete'",
      })
  void whatCantBeSentIsRefused(String table, String constraint, String column, String value) {
    // H2 and the others disagree on the code.
    refused(insert(table, with(row(table), ordered(column, value))), "2351[34]|23000", constraint);
  }

  @ParameterizedTest(name = "{1} = {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "outbox|action|'MOE_PERSONALIZATION_MESSAGE_CLICKED'",
        "outbox|platform|'android'",
        "outbox|platform|'ios'",
        "outbox|platform|'tv'",
        "outbox|customer_id|'xy'",
        "outbox|workspace|'w'",
        "outbox|workspace|'Shop_2.eu-west'",
        "outbox|user_timezone_offset|20700",
        "outbox|user_timezone_offset|0",
        "outbox|event_time|TIMESTAMP WITH TIME ZONE '2010-01-01 00:00:00+00'",
        "outbox|event_time|CURRENT_TIMESTAMP + INTERVAL '23' HOUR",
        "outbox|user_timezone_offset|-54000",
        "outbox|user_timezone_offset|54000",
        "outbox|user_attributes|'{\"name\":\"O''Neill ${name}\"}'",
        "outbox|claim_id|'33333333-3333-4333-8333-333333333333'",
        "outbox_request|outcome|'refused'",
        "outbox_request|outcome|'unavailable'",
        "outbox_request|outcome|'unknown'",
        "outbox_workspace|paused_since|CURRENT_TIMESTAMP",
      })
  void theLimitsThemselvesAreTaken(String table, String column, String value) throws Exception {
    execute(dataSource, insert(table, with(row(table), ordered(column, value))));
  }

  @Test
  void aNameOfAWorkspaceHasNoLineBreakThatWouldForgeALogsLine() {
    for (String name : List.of("'default\n'", "'\ndefault'", "'de\rfault'", "'de\u001b[2Jfault'")) {
      refused(
          insert("outbox", with(MINIMAL, ordered("workspace", name))),
          "2351[34]|23000",
          "outbox_workspace_name");
    }
  }

  @Test
  void namesAreTakenUpToTheirLengthAndRefusedBeyond() throws Exception {
    for (Map.Entry<String, Integer> limit :
        Map.of("workspace", 64, "customer_id", 512, "traceparent", 128).entrySet()) {
      String longest = "'" + "x".repeat(limit.getValue()) + "'";
      String longer = "'" + "x".repeat(limit.getValue() + 1) + "'";
      execute(dataSource, insert("outbox", with(MINIMAL, ordered(limit.getKey(), longest))));
      refused(
          insert("outbox", with(MINIMAL, ordered(limit.getKey(), longer))),
          // By the constraint, or by the column's type where that has a length.
          "23514|22001|23000",
          "(outbox_)?" + limit.getKey() + "(_length|_name)?");
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "outbox, outbox_pk, id",
    "outbox, outbox_event_uuid_key, event_uuid",
    "outbox_delivered, outbox_delivered_pk, event_uuid sent_at",
    "outbox_rejected, outbox_rejected_pk, event_uuid",
    "outbox_request, outbox_request_pk, id",
    "outbox_attempt, outbox_attempt_pk, event_uuid request_id",
    "outbox_workspace, outbox_workspace_pk, workspace",
    "outbox_operation, outbox_operation_pk, id",
    "outbox_operation_action, outbox_operation_action_pk, event_uuid operation_id",
    "outbox_maintenance, outbox_maintenance_pk, task",
  })
  void aSecondOfTheSameIsRefused(String table, String constraint, String key) throws Exception {
    Map<String, String> first = with(row(table), ordered("sent_at", "DATE '2030-01-01'"));
    Map<String, String> second = new LinkedHashMap<>(first);
    if (!table.equals("outbox_delivered")) {
      first.remove("sent_at");
      second.remove("sent_at");
    }
    if (table.equals("outbox")) {
      // One key of the two is another, so that the one that refuses is known.
      second.put("id", "2000000");
      second.put("event_uuid", UUID_2);
      second.put(key, first.get(key));
    }
    execute(dataSource, insert(table, first));
    refused(
        insert(table, second),
        "23505|23000",
        constraint + "|" + table + "_default_pkey" + primary(constraint));
  }

  @Test
  void everyConstraintOfTheTablesIsTestedHere() throws Exception {
    assertThat(constraints())
        .containsExactlyInAnyOrder(
            "outbox_action_known",
            "outbox_attempts_counted",
            "outbox_attributes_object",
            "outbox_customer_id_length",
            "outbox_event_time_not_before_2010",
            "outbox_event_time_not_in_future",
            "outbox_event_uuid_is_v4",
            "outbox_event_uuid_key",
            "outbox_pk",
            "outbox_platform_known",
            "outbox_traceparent_length",
            "outbox_user_attributes_object",
            "outbox_user_timezone_offset_range",
            "outbox_workspace_name",
            "outbox_attempt_pk",
            "outbox_delivered_pk",
            "outbox_maintenance_pk",
            "outbox_operation_action_pk",
            "outbox_operation_kind_known",
            "outbox_operation_pk",
            "outbox_rejected_pk",
            "outbox_request_outcome_known",
            "outbox_request_pk",
            "outbox_workspace_pause_has_start",
            "outbox_workspace_pk");
  }

  @Test
  void everyTableViewAndColumnHasAComment() throws Exception {
    assertThat(withoutComment()).isEmpty();
  }

  @Test
  void customerIdsThatDifferInCaseOrTrailingSpaceAreDifferentUsers() throws Exception {
    List<String> ids =
        List.of("anna", "Anna", "anna ", " anna", "ànna", "a\u0300nna", "\uD83D\uDE00\uD83D\uDE00");
    for (String id : ids) {
      execute(dataSource, insert("outbox", with(MINIMAL, ordered("customer_id", "'" + id + "'"))));
    }
    assertThat(query(dataSource, "SELECT DISTINCT customer_id FROM outbox"))
        .containsExactlyInAnyOrderElementsOf(ids);
    for (String id : ids) {
      assertThat(query(dataSource, "SELECT 1 FROM outbox WHERE customer_id = '" + id + "'"))
          .as(id)
          .hasSize(1);
    }
  }

  @Test
  void theAuditShowsEveryActionOnceWithItsState() throws Exception {
    String soon = NOW + " + INTERVAL '1' HOUR";
    String past = NOW + " - INTERVAL '1' HOUR";
    String delivered = "'44444444-4444-4444-8444-444444444444'";
    String rejected = "'55555555-5555-4555-8555-555555555555'";
    waiting("a-pending", Map.of());
    waiting("b-claimed", Map.of("claim_id", UUID_1, "available_at", soon, "attempts", "1"));
    waiting("c-lease-ended", Map.of("claim_id", UUID_1, "available_at", past, "attempts", "1"));
    waiting("d-set-back", Map.of("available_at", soon, "attempts", "2", "last_error", "'503'"));
    waiting("e-given-back", Map.of("available_at", past));
    request(delivered, Map.of("req_id", "'req-1'", "status", "200"));
    request(rejected, Map.of("outcome", "'refused'", "status", "400"));
    decided("outbox_delivered", "f-delivered", Map.of("request_id", delivered));
    decided("outbox_rejected", "g-rejected", Map.of("request_id", rejected));
    decided("outbox_rejected", "h-unreadable", Map.of("attempts", "0"));

    assertThat(
            query(
                dataSource,
                "SELECT customer_id, state, attempts, req_id, CASE WHEN sent_at IS NULL THEN"
                    + " 'unsent' ELSE 'sent' END, last_error, request_id FROM outbox_audit ORDER"
                    + " BY customer_id"))
        .containsExactly(
            "a-pending|pending|0|null|unsent|null|null",
            "b-claimed|claimed|1|null|unsent|null|null",
            "c-lease-ended|retrying|1|null|unsent|null|null",
            "d-set-back|retrying|2|null|unsent|503|null",
            "e-given-back|pending|0|null|unsent|null|null",
            "f-delivered|delivered|1|req-1|sent|null|44444444-4444-4444-8444-444444444444",
            "g-rejected|rejected|1|null|unsent|too long|55555555-5555-4555-8555-555555555555",
            "h-unreadable|rejected|0|null|unsent|too long|null");
    assertThat(
            query(
                dataSource,
                "SELECT COUNT(*), COUNT(workspace), COUNT(event_uuid), COUNT(action),"
                    + " COUNT(platform), COUNT(event_time), COUNT(created_at), COUNT(refusals) FROM"
                    + " outbox_audit"))
        .containsExactly("8|8|8|8|8|8|8|8");
  }

  private void waiting(String customer, Map<String, String> values) throws SQLException {
    Map<String, String> row = with(MINIMAL, ordered("customer_id", "'" + customer + "'"));
    execute(dataSource, insert("outbox", with(row, values)));
  }

  private void decided(String table, String customer, Map<String, String> values)
      throws SQLException {
    String uuid = "'" + UUID.randomUUID() + "'";
    Map<String, String> row =
        with(row(table), ordered("customer_id", "'" + customer + "'", "event_uuid", uuid));
    execute(dataSource, insert(table, with(row, values)));
  }

  private void request(String id, Map<String, String> values) throws SQLException {
    Map<String, String> row = with(row("outbox_request"), ordered("id", id));
    execute(dataSource, insert("outbox_request", with(row, values)));
  }

  /** MariaDB and MySQL give no other name to a primary key. */
  private static String primary(String constraint) {
    return constraint.endsWith("_pk") ? "|primary" : "";
  }

  /** MySQL gives its general state to a CHECK constraint, and a code of its own. */
  private static String state(SQLException e) {
    int check = 3819;
    return e.getErrorCode() == check ? "23514" : e.getSQLState();
  }

  private void refused(String insert, String sqlState, String name) {
    assertThatThrownBy(() -> execute(dataSource, insert))
        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(state(e)).matches(sqlState))
        .extracting(e -> String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT))
        .asString()
        .containsPattern("\\b(" + name + ")\\b");
  }

  static Map<String, String> row(String table) {
    return with(Map.of(), ROWS.getOrDefault(table, Map.of()));
  }

  static String insert(String table, Map<String, String> row) {
    return "INSERT INTO "
        + table
        + " ("
        + String.join(", ", row.keySet())
        + ") VALUES ("
        + String.join(", ", row.values())
        + ")";
  }

  static Map<String, String> with(Map<String, String> row, Map<String, String> values) {
    Map<String, String> all = new LinkedHashMap<>(row);
    all.putAll(values);
    return all;
  }

  private static Map<String, String> without(Map<String, String> row, String... columns) {
    Map<String, String> rest = new LinkedHashMap<>(row);
    rest.keySet().removeAll(List.of(columns));
    return rest;
  }

  private static Map<String, String> ordered(String... columnsAndValues) {
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 0; i < columnsAndValues.length; i += 2) {
      row.put(columnsAndValues[i], columnsAndValues[i + 1]);
    }
    return row;
  }
}
