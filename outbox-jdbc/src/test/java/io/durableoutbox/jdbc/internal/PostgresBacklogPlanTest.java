package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.WorkspaceBacklog;
import io.durableoutbox.jdbc.internal.audit.Backlogs;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import io.durableoutbox.testdb.TestDatabase;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;

/** A look at the backlog reads no more than it counts, whatever the statistics say. */
class PostgresBacklogPlanTest extends DatabaseTest {
  private static final String COLUMNS =
      "(customer_id, action, event_time, platform, attributes, validated) SELECT 'user-' || n,"
          + " 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\":\"1\"}', true FROM"
          + " generate_series(1, 200000) n";

  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Test
  void theCountGoesAlongThePrimaryKeyThoughTheTableWasEmptyWhenItWasAnalyzed() {
    db.execute("ANALYZE outbox");
    db.execute("INSERT INTO outbox " + COLUMNS);
    PostgresDialect dialect = new PostgresDialect("");
    String plan =
        db.inTransaction(
            connection -> {
              DSLContext sql = Backlogs.setUp(dialect, connection);
              return sql.fetch(
                      "EXPLAIN (ANALYZE, TIMING OFF) " + dialect.in(Backlogs.COUNT_WAITING),
                      "default",
                      WorkspaceBacklog.MAX_COUNT)
                  .getValues(0)
                  .toString();
            });
    assertThat(plan).contains("using outbox_pk").contains("rows=100000").doesNotContain("Sort");
    assertThat(plan).doesNotContain("rows=200000");
  }

  @Test
  void theRejectedAreCountedFromTheNewestOn() {
    PostgresDialect dialect = new PostgresDialect("");
    String plan =
        db.inTransaction(
            connection ->
                Backlogs.setUp(dialect, connection)
                    .fetch(
                        "EXPLAIN " + dialect.in(Backlogs.COUNT_REJECTED),
                        WorkspaceBacklog.MAX_COUNT)
                    .getValues(0)
                    .toString());
    assertThat(plan).contains("Index Scan Backward using outbox_rejected_rejected_at");
  }
}
