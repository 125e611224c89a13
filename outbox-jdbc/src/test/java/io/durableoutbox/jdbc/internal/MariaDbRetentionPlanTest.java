package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.testdb.TestDatabase;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** No statement of retention reads the whole history to find a batch of it. */
class MariaDbRetentionPlanTest {
  private final OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);

  private final TestOutbox db = new TestOutbox(TestDatabase.mariadb(), config -> {});
  private final Dialect dialect = new MySqlDialect("", "MariaDB");

  @BeforeEach
  void fill() {
    String rows = " FROM (SELECT seq AS n FROM seq_1_to_20000) AS s";
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, workspace, customer_id, action, platform, attributes) SELECT"
            + " UTC_TIMESTAMP(6) - INTERVAL n MINUTE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UUID(),"
            + " UUID(), 1, 0, 'default', CASE WHEN n < 1000 THEN 'user-1' END,"
            + " 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '{}'"
            + rows);
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, elements, actions, workspace, relay,"
            + " outcome, message) SELECT UUID(), UUID(), UTC_TIMESTAMP(6) - INTERVAL n MINUTE, 1, 1,"
            + " 'default', 'relay-1', 'unknown', 'no answer'"
            + rows);
    db.query("ANALYZE TABLE outbox_delivered, outbox_request");
  }

  @AfterEach
  void close() {
    db.close();
  }

  /** Tables, indexes and how many rows it thinks that it reads. */
  private void reads(String statement, String table, String index, int atMost, Object... more) {
    Object[] values = new Object[2 + more.length];
    values[0] = dialect.value(now.minusDays(10));
    values[1] = dialect.value(now.minusDays(10).plusHours(2));
    System.arraycopy(more, 0, values, 2, more.length);
    var plan =
        db.inTransaction(
            connection ->
                dialect
                    .using(connection)
                    .resultQuery("EXPLAIN " + dialect.in(statement), values)
                    .fetch());
    var row =
        plan.stream()
            .filter(r -> table.equals(r.get("table", String.class)))
            .findFirst()
            .orElseThrow();
    assertThat(row.get("key", String.class)).as(plan.toString()).isEqualTo(index);
    assertThat(row.get("rows", Integer.class)).as(plan.toString()).isLessThanOrEqualTo(atMost);
  }

  @Test
  void aBatchIsFoundByItsTime() {
    RetentionSql sql = dialect.retention();
    reads(sql.purgeDelivered(), "d", "PRIMARY", 500);
    reads(sql.redactDelivered(), "outbox_delivered", "PRIMARY", 500);
    reads(RetentionSql.DELIVERED_BOUNDARY, "outbox_delivered", "PRIMARY", 500, 1999);
    reads(RetentionSql.DELIVERED_TO_REDACT, "outbox_delivered", "outbox_delivered_customer", 2_000);
    reads(sql.purgeAttempts(), "r", "outbox_request_started_at", 500);
    reads(RetentionSql.PURGE_REQUESTS, "r", "outbox_request_started_at", 500);
    reads(RetentionSql.REDACT_MESSAGES, "outbox_request", "outbox_request_started_at", 500);
  }
}
