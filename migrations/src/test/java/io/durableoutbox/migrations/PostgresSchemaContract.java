package io.durableoutbox.migrations;

import static io.durableoutbox.migrations.Sql.execute;
import static io.durableoutbox.migrations.Sql.query;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the tables promise on PostgreSQL alone. */
abstract class PostgresSchemaContract extends SchemaContract {
  @Override
  List<String> constraints() throws SQLException {
    return query(
        dataSource,
        "SELECT o.conname FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE c.relname"
            + " LIKE 'outbox%' AND c.relname NOT LIKE 'outbox_schema_history%' AND NOT"
            + " c.relispartition AND o.contype IN ('c', 'p', 'u', 'x', 'f')");
  }

  @Override
  List<String> withoutComment() throws SQLException {
    return query(
        dataSource,
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND"
            + " a.attnum > 0 WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition AND"
            + " c.relname LIKE 'outbox%' AND c.relname <> 'outbox_schema_history' AND"
            + " (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS"
            + " NULL)");
  }

  @Test
  void theQueueHasTwoIndexesAndNoneOnWhatAClaimChanges() throws Exception {
    assertThat(
            query(
                dataSource,
                "SELECT indexname, substring(indexdef from '\\(.*') FROM pg_indexes"
                    + " WHERE tablename = 'outbox' ORDER BY 1"))
        .containsExactly("outbox_event_uuid_key|(event_uuid)", "outbox_pk|(workspace, id)");
  }

  /** As a dump writes it, and the server that it is restored into reads it. */
  @Test
  void eachConstraintIsTheSameAfterADumpIsRestored() throws Exception {
    String checks =
        "SELECT c.relname, o.conname, pg_get_constraintdef(o.oid) FROM pg_constraint o JOIN pg_class"
            + " c ON c.oid = o.conrelid WHERE c.relname LIKE 'outbox%' AND NOT c.relispartition AND"
            + " o.contype = 'c' ORDER BY 1, 2";
    List<String> before = query(dataSource, checks);
    assertThat(before).hasSizeGreaterThan(10);
    for (String check : before) {
      String[] parts = check.split("\\|", 3);
      String table = "ALTER TABLE " + parts[0];
      execute(dataSource, table + " DROP CONSTRAINT " + parts[1]);
      execute(dataSource, table + " ADD CONSTRAINT " + parts[1] + " " + parts[2]);
    }
    assertThat(query(dataSource, checks)).isEqualTo(before);
  }

  @Test
  void aClaimIsAHotUpdate() throws Exception {
    execute(
        dataSource,
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) SELECT 'user-'"
            + " || n, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\": \""
            + "x".repeat(300)
            + "\"}' FROM generate_series(1, 1000) AS n");
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      assertThat(
              statement.executeUpdate(
                  "UPDATE outbox SET claim_id = gen_random_uuid(), claimed_by = 'relay-1', attempts"
                      + " = attempts + 1, available_at = now() + interval '1 minute'"))
          .isEqualTo(1000);
      String hot = "SELECT pg_stat_get_xact_tuples_hot_updated('outbox'::regclass)";
      assertThat(Integer.parseInt(query(connection, hot).get(0))).isGreaterThanOrEqualTo(900);
      connection.rollback();
    }
    // Else the next rows of this class's tests would go between the dead ones.
    execute(dataSource, "TRUNCATE outbox");
  }

  @Test
  void theTriggerThatNotifiesComesAndGoesAsOftenAsItsScriptsRun() throws Exception {
    String triggers = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'outbox'::regclass";
    String functions = "SELECT proname FROM pg_proc WHERE proname = 'outbox_notify'";
    for (int i = 0; i < 2; i++) {
      execute(dataSource, resource("notify/postgresql.sql"));
    }
    assertThat(query(dataSource, triggers)).containsExactly("outbox_notify");
    execute(
        dataSource,
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES ('user-1',"
            + " 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\": \"1\"}')");
    for (int i = 0; i < 2; i++) {
      execute(dataSource, resource("notify/postgresql-undo.sql"));
    }
    assertThat(query(dataSource, triggers)).isEmpty();
    assertThat(query(dataSource, functions)).isEmpty();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            OutboxMigrations.class.getResourceAsStream("/durable-outbox/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void thereIsAPartitionForEachOfTheNextFourteenDays() throws Exception {
    List<String> partitions =
        query(
            dataSource,
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class"
                + " c ON c.oid = i.inhrelid WHERE i.inhparent = 'outbox_delivered'::regclass ORDER"
                + " BY 1");
    LocalDate today =
        LocalDate.parse(
            query(
                    dataSource,
                    "SELECT (installed_on AT TIME ZONE current_setting('TimeZone') AT TIME ZONE"
                        + " 'UTC')::date FROM outbox_schema_history WHERE version = '1'")
                .get(0));
    assertThat(partitions).map(line -> line.replaceFirst("\\|.*", "")).isEqualTo(names(today));
    assertThat(partitions).filteredOn(line -> line.endsWith("|DEFAULT")).hasSize(1);
  }

  private static List<String> names(LocalDate first) {
    return Stream.concat(
            first
                .datesUntil(first.plusDays(14))
                .map(day -> "outbox_delivered_" + day.format(DateTimeFormatter.BASIC_ISO_DATE)),
            Stream.of("outbox_delivered_default"))
        .toList();
  }

  @Test
  void whatIsDeliveredGoesToItsDaysPartitionAndOutsideOfThemToTheDefault() throws Exception {
    for (String sent :
        List.of(
            "now()",
            "now() + interval '12 days'",
            "timestamptz '2000-01-01 00:00:00+00'",
            "now() + interval '5 years'")) {
      execute(
          dataSource,
          insert("outbox_delivered", with(row("outbox_delivered"), Map.of("sent_at", sent))));
    }
    assertThat(
            query(
                dataSource,
                "SELECT CASE WHEN tableoid::regclass::text = 'outbox_delivered_' || to_char(sent_at"
                    + " AT TIME ZONE 'UTC', 'YYYYMMDD') THEN 'day' ELSE tableoid::regclass::text"
                    + " END FROM outbox_delivered ORDER BY sent_at"))
        .containsExactly("outbox_delivered_default", "day", "day", "outbox_delivered_default");
  }
}
