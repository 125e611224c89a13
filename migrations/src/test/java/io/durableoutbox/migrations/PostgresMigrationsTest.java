package io.durableoutbox.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class PostgresMigrationsTest extends MigrationsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  List<String> catalog(DataSource dataSource) throws SQLException {
    List<String> all = new ArrayList<>();
    for (String sql :
        List.of(
            "SELECT c.relkind, c.relname, c.reloptions, obj_description(c.oid),"
                + " pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid)"
                + " FROM pg_class c WHERE relname LIKE 'outbox%' AND relname NOT LIKE '%history%'"
                + " ORDER BY relname",
            "SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),"
                + " a.attnotnull, a.attidentity, a.attcollation, pg_get_expr(d.adbin, d.adrelid),"
                + " col_description(c.oid, a.attnum)"
                + " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                + " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
                + " WHERE relname LIKE 'outbox%' AND relname NOT LIKE '%history%'"
                + " ORDER BY relname, attnum",
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
                + " WHERE conname LIKE 'outbox%' AND conname NOT LIKE '%history%' ORDER BY 1, 2",
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'outbox%'"
                + " AND indexname NOT LIKE '%history%' ORDER BY 1, 2",
            "SELECT viewname, definition FROM pg_views WHERE viewname LIKE 'outbox%' ORDER BY 1")) {
      all.addAll(query(dataSource, sql));
    }
    return all;
  }

  @Test
  void everyTableViewAndTheirColumnsHaveAComment() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    assertThat(
            query(
                dataSource,
                "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v') AND NOT"
                    + " c.relispartition AND c.relname LIKE 'outbox%' AND c.relname NOT LIKE"
                    + " '%history%' AND obj_description(c.oid) IS NULL"))
        .isEmpty();
    assertThat(
            query(
                dataSource,
                "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid ="
                    + " c.oid AND a.attnum > 0 WHERE c.relkind IN ('r', 'p') AND NOT"
                    + " c.relispartition AND c.relname LIKE 'outbox%' AND c.relname NOT LIKE"
                    + " '%history%' AND col_description(c.oid, a.attnum) IS NULL"))
        .isEmpty();
  }

  @Test
  void theQueueHasTwoIndexesAndNoneOnWhatAClaimChanges() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    assertThat(
            query(
                dataSource,
                "SELECT indexname, substring(indexdef from '\\(.*') FROM pg_indexes"
                    + " WHERE tablename = 'outbox' ORDER BY 1"))
        .containsExactly("outbox_event_uuid_key|(event_uuid)", "outbox_pk|(workspace, id)");
  }

  @Test
  void aClaimIsAHotUpdate() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    execute(
        dataSource,
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) SELECT 'user-'"
            + " || n, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\": \""
            + "x".repeat(300)
            + "\"}' FROM generate_series(1, 1000) AS n");
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "UPDATE outbox SET claim_id = gen_random_uuid(), claimed_by = 'relay-1', attempts ="
              + " attempts + 1, available_at = now() + interval '1 minute'");
      try (ResultSet hot =
          statement.executeQuery(
              "SELECT pg_stat_get_xact_tuples_hot_updated('outbox'::regclass)")) {
        hot.next();
        assertThat(hot.getLong(1)).isGreaterThan(950);
      }
      connection.rollback();
    }
  }

  @Test
  void whatIsDeliveredGoesToItsDaysPartitionAndOutsideOfThemToTheDefault() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    String insert =
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, workspace, customer_id, action, platform, attributes) VALUES"
            + " (now() + interval '%s', now(), now(), gen_random_uuid(), gen_random_uuid(), 1, 0,"
            + " 'default', 'user-1', 'a', 'web', '{}')";
    for (String ahead : List.of("0 days", "13 days", "1000 days")) {
      execute(dataSource, insert.formatted(ahead));
    }
    assertThat(
            query(
                dataSource,
                "SELECT CASE WHEN tableoid::regclass::text = 'outbox_delivered_' || to_char(sent_at"
                    + " AT TIME ZONE 'UTC', 'YYYYMMDD') THEN 'day' ELSE tableoid::regclass::text"
                    + " END FROM outbox_delivered ORDER BY sent_at"))
        .containsExactly("day", "day", "outbox_delivered_default");
  }
}
