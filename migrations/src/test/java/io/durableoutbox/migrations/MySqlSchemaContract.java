package io.durableoutbox.migrations;

import static io.durableoutbox.migrations.Sql.execute;
import static io.durableoutbox.migrations.Sql.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the tables promise on MariaDB and MySQL alone. */
abstract class MySqlSchemaContract extends SchemaContract {
  @Override
  List<String> constraints() throws SQLException {
    return query(
        dataSource,
        "SELECT CASE constraint_name WHEN 'PRIMARY' THEN CONCAT(table_name, '_pk') ELSE"
            + " constraint_name END FROM information_schema.table_constraints WHERE"
            + " constraint_schema = DATABASE() AND table_name LIKE 'outbox%' AND table_name <>"
            + " 'outbox_schema_history'");
  }

  @Override
  String inThisDatabase() {
    return " AND table_schema = DATABASE()";
  }

  @Override
  List<String> withoutComment() throws SQLException {
    // There are no comments on views.
    return query(
        dataSource,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
            + " table_name LIKE 'outbox%' AND table_name <> 'outbox_schema_history' AND"
            + " table_comment = '' UNION ALL SELECT CONCAT(c.table_name, '.', c.column_name) FROM"
            + " information_schema.columns c JOIN information_schema.tables t ON t.table_schema ="
            + " c.table_schema AND t.table_name = c.table_name WHERE c.table_schema = DATABASE() AND"
            + " c.table_name LIKE 'outbox%' AND c.table_name <> 'outbox_schema_history' AND"
            + " t.table_type = 'BASE TABLE' AND c.column_comment = ''");
  }

  @Override
  boolean nullIsTheNextId() {
    return true;
  }

  @Test
  void everyTextIsUtf8AndComparedByteByByte() throws Exception {
    assertThat(
            query(
                dataSource,
                "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema"
                    + " = DATABASE() AND table_name IN ('outbox', 'outbox_delivered',"
                    + " 'outbox_rejected', 'outbox_request', 'outbox_workspace',"
                    + " 'outbox_operation', 'outbox_maintenance') AND collation_name IS NOT NULL"
                    + " ORDER BY 1"))
        .hasSize(2)
        .contains("ascii_general_ci")
        .anyMatch(name -> name.equals("utf8mb4_nopad_bin") || name.equals("utf8mb4_0900_bin"));
  }

  @Test
  void aUuidIsTheSameInCapitals() throws Exception {
    String small = "'abcdefab-cdef-4abc-8def-abcdefabcdef'";
    execute(dataSource, insert("outbox", with(row("outbox"), Map.of("event_uuid", small))));
    assertThatThrownBy(
            () ->
                execute(
                    dataSource,
                    insert(
                        "outbox",
                        with(
                            row("outbox"),
                            Map.of("id", "2000000", "event_uuid", "UPPER(" + small + ")")))))
        .hasMessageContaining("outbox_event_uuid_key");
  }

  @Test
  void aServerWithoutStrictModeRefusesTheSame() throws Exception {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION sql_mode = ''");
      for (Map<String, String> values :
          List.of(
              Map.of("customer_id", "'" + "x".repeat(600) + "'"),
              Map.of("customer_id", "''"),
              Map.of("workspace", "'" + "w".repeat(70) + "'"),
              Map.of("platform", "'web-and-something-longer'"),
              Map.of("platform", "'web                      '"),
              Map.of("event_time", "'0000-00-00'"),
              Map.of("event_time", "'yesterday'"),
              Map.of("attributes", "''"))) {
        assertThatThrownBy(() -> statement.execute(insert("outbox", with(row("outbox"), values))))
            .as(values.toString())
            .isInstanceOf(SQLException.class);
      }
      assertThatThrownBy(
              () ->
                  statement.execute(
                      "INSERT INTO outbox (customer_id, action, platform, attributes) VALUES"
                          + " ('user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '{}')"))
          .isInstanceOf(SQLException.class);
      // The session goes back to the pool.
      statement.execute("SET SESSION sql_mode = DEFAULT");
    }
  }

  @Test
  void timesAreInUtcWhateverTheSessionsZone() throws Exception {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION time_zone = 'America/New_York'");
      statement.execute(
          "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
              + " ('user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', UTC_TIMESTAMP(6), 'web', '{}')");
      assertThat(
              query(
                  connection,
                  "SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(6))) < 60,"
                      + " ABS(TIMESTAMPDIFF(SECOND, available_at, UTC_TIMESTAMP(6))) < 60 FROM"
                      + " outbox"))
          .containsExactly("1|1");
      statement.execute("SET SESSION time_zone = DEFAULT");
    }
  }
}
