package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import io.durableoutbox.jdbc.internal.maintenance.RangeBatches;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import io.durableoutbox.testdb.TestDatabase;
import java.time.OffsetDateTime;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The statements of retention under sizes that a small test would not meet. */
class PostgresRetentionPlanTest {
  private final TestOutbox db = new TestOutbox(TestDatabase.postgres(), config -> {});
  private final Dialect dialect = new PostgresDialect("");

  @AfterEach
  void close() {
    db.close();
  }

  private String explain(String settings, String statement, Object... values) {
    return db.inTransaction(
        connection -> {
          dialect.using(connection).fetch(settings);
          return String.join(
              "\n",
              dialect
                  .using(connection)
                  .resultQuery("EXPLAIN (ANALYZE, COSTS OFF) " + dialect.in(statement), values)
                  .fetch(0, String.class));
        });
  }

  @Test
  void attemptsOfYoungRequestsAreNotLookedForInTheHistory() {
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, elements, actions, workspace, relay,"
            + " outcome) SELECT md5(n::text)::uuid, md5(n::text)::uuid, now() - n * interval '1"
            + " minute', 1, 100, 'default', 'relay-1', 'unknown' FROM generate_series(1, 100) AS n");
    db.execute(
        "INSERT INTO outbox_attempt SELECT md5('e' || n)::uuid, md5((1 + n % 100)::text)::uuid FROM"
            + " generate_series(1, 10000) AS n");
    db.execute("ANALYZE outbox_attempt, outbox_request");
    OffsetDateTime old = OffsetDateTime.parse("2020-01-01T00:00:00Z");
    String plan =
        explain(
            Objects.requireNonNull(RetentionSql.POSTGRES.lookups()),
            RetentionSql.POSTGRES.purgeAttempts(),
            RangeBatches.BEGINNING,
            old);
    assertThat(plan.lines().filter(line -> line.contains("on outbox_delivered")))
        .isNotEmpty()
        .allMatch(line -> line.contains("never executed"));
  }

  @Test
  void aRangeIsNotRedactedByComparingEachRowWithEachOther() {
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, workspace, customer_id, action, platform, attributes) SELECT"
            + " now() - n * interval '1 ms', now(), now(), md5(n::text)::uuid, md5(n::text)::uuid,"
            + " 1, 0, 'default', 'user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '{}' FROM"
            + " generate_series(1, 5000) AS n");
    OffsetDateTime now = OffsetDateTime.now(java.time.ZoneOffset.UTC).plusDays(1);
    String plan =
        explain(
            Objects.requireNonNull(RetentionSql.POSTGRES.ranges()),
            RetentionSql.POSTGRES.redactDelivered(),
            now.minusDays(3),
            now,
            now.minusDays(3),
            now);
    assertThat(plan).doesNotContain("Nested Loop");
    assertThat(db.count("outbox_delivered WHERE customer_id IS NULL")).isEqualTo(5_000);
  }
}
