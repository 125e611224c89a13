package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.MaintenanceReport;
import io.durableoutbox.jdbc.MaintenanceReport.Task;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.maintenance.MaintenanceSettings;
import io.durableoutbox.jdbc.internal.maintenance.RunProgress;
import io.durableoutbox.jdbc.internal.maintenance.TaskRun;
import io.durableoutbox.jdbc.internal.postgresql.Partitions;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A default partition that is too large to be read while it is locked is left alone, and told of.
 */
class PostgresLargeDefaultPartitionTest {
  @Test
  void noLockIsTakenThatWouldBeHeldForLong() throws Exception {
    try (TestOutbox db = new TestOutbox(TestDatabase.postgres(), config -> {})) {
      db.execute(
          "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
              + " attempts, refusals, workspace, action, platform) SELECT now() - interval '9 days',"
              + " now(), now(), gen_random_uuid(), gen_random_uuid(), 1, 0, 'default', 'a', 'web'"
              + " FROM generate_series(1, 100)");
      MaintenanceReport left;
      try (Connection reader = db.pool.getConnection();
          Statement statement = reader.createStatement()) {
        // A lock that is asked for would be waited for, and noted.
        reader.setAutoCommit(false);
        statement.execute("LOCK TABLE outbox_delivered_default IN ACCESS SHARE MODE");
        left = run(db, 1);
        reader.rollback();
      }
      assertThat(left.partitionsCreated()).isEmpty();
      assertThat(left.notes())
          .singleElement()
          .asString()
          .contains("default partition", "no partitions are made", "docs/retention.md");
      assertThat(run(db, Partitions.MAX_READ_BYTES).partitionsCreated()).hasSize(2);
      db.execute(
          "ALTER TABLE outbox_delivered_default ADD CONSTRAINT not_ahead CHECK (sent_at < now() OR"
              + " sent_at >= now() + interval '90 days')");
      assertThat(run(db, 1, 18).partitionsCreated()).hasSize(2);
    }
  }

  private static MaintenanceReport run(TestOutbox db, long maxReadBytes) {
    return run(db, maxReadBytes, 16);
  }

  private static MaintenanceReport run(TestOutbox db, long maxReadBytes, int ahead) {
    Transactions transactions = Transactions.on(db.pool);
    Dialect dialect =
        transactions.run("find the dialect", connection -> Families.dialect(connection, null));
    MaintenanceSettings settings =
        new MaintenanceSettings("m1", Duration.ofDays(30), null, null, null, ahead, 100);
    RunProgress findings = new RunProgress();
    TaskRun task = new TaskRun(dialect, transactions, pause -> true, Task.PARTITIONS, "m1");
    new Partitions(dialect, settings, task, findings, maxReadBytes).run();
    return findings.report();
  }
}
