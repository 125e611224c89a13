package io.durableoutbox.jdbc.internal.maintenance;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.OperationLog.Kind;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import io.durableoutbox.jdbc.internal.postgresql.HistoryTable;
import java.sql.Connection;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what is older than it is kept, in batches: delivered rows that no partition takes with
 * it; then requests, attempts and lists of operations, but only those at which nothing points any
 * more. Waiting actions are not touched, nor are rejected ones unless it is said for how long they
 * are kept; both keep what points at them.
 */
final class Purge implements MaintenanceRun.Doing {
  private static final String DELIVERED = "$.outbox_delivered";
  private static final UUID FIRST = new UUID(0, 0);
  private static final UUID LAST = new UUID(-1, -1);

  private final Dialect dialect;
  private final RetentionSql sql;
  private final MaintenanceSettings settings;
  private final TaskRun task;
  private final RangeBatches batches;
  private final RunProgress findings;
  private String detail = "deleted what is too old";

  Purge(Dialect dialect, MaintenanceSettings settings, TaskRun task, RunProgress findings) {
    this.dialect = dialect;
    this.sql = dialect.retention();
    this.settings = settings;
    this.task = task;
    this.batches = new RangeBatches(dialect, task);
    this.findings = findings;
  }

  @Override
  public void run() {
    OffsetDateTime limit = batches.now().minus(settings.keepDelivered());
    detail = "deleted what was delivered up to " + limit;
    String delivered = delivered();
    if (delivered != null) {
      purgeDelivered(delivered, limit);
    }
    if (settings.keepRejected() != null) {
      OffsetDateTime rejectedLimit = batches.now().minus(settings.keepRejected());
      detail += ", rejected up to " + rejectedLimit;
      purgeRejected(rejectedLimit);
    }
    // A partition that is dropped a day later than its first row keeps its requests for that day.
    OffsetDateTime before = limit.minusDays(1);
    purgeRequests(before);
    purgeOperationActions(before);
  }

  @Override
  public String detail() {
    return detail
        + ": "
        + findings.delivered
        + " actions in batches, "
        + (settings.keepRejected() == null ? "" : findings.rejected + " rejected, ")
        + findings.requests
        + " requests, "
        + findings.attempts
        + " attempts";
  }

  /** Returns the table whose rows are deleted one by one, or null if all go with partitions. */
  private @Nullable String delivered() {
    if (!sql.partitions()) {
      return DELIVERED;
    }
    HistoryTable parent = task.step(connection -> HistoryTable.read(dialect, connection));
    if (parent.canDrop()) {
      return parent.defaultPartition();
    }
    findings.note(
        "Delivered rows are deleted in batches, because this user can't drop partitions of"
            + " outbox_delivered.");
    return DELIVERED;
  }

  private void purgeDelivered(String table, OffsetDateTime limit) {
    String statement = sql.purgeDelivered().replace(DELIVERED, table);
    String boundary = RetentionSql.DELIVERED_BOUNDARY.replace(DELIVERED, table);
    batches.ranges(
        RangeBatches.BEGINNING,
        limit,
        batches.boundary(boundary, limit, settings.batchSize()),
        (connection, after, to) -> {
          int rows = batches.execute(connection, statement, sql.partitions(), after, to);
          if (rows > 0) {
            task.did(connection, Kind.PURGE, detail, rows);
            findings.delivered += rows;
          }
        });
  }

  private void purgeRejected(OffsetDateTime limit) {
    batches.ranges(
        RangeBatches.BEGINNING,
        limit,
        batches.boundary(RetentionSql.REJECTED_BOUNDARY, limit, settings.batchSize()),
        (connection, after, to) -> {
          int rows = batches.execute(connection, sql.purgeRejected(), sql.partitions(), after, to);
          if (rows > 0) {
            task.did(connection, Kind.PURGE, detail, rows);
            findings.rejected += rows;
          }
        });
  }

  private void purgeRequests(OffsetDateTime before) {
    batches.lookups(
        RangeBatches.BEGINNING,
        before,
        (connection, from) -> requestsAhead(connection, from, before),
        (connection, from, to) -> {
          int attempts = batches.execute(connection, sql.purgeAttempts(), false, from, to);
          int requests = batches.execute(connection, RetentionSql.PURGE_REQUESTS, false, from, to);
          if (attempts + requests > 0) {
            task.did(connection, Kind.PURGE, detail, 0);
            findings.attempts += attempts;
            findings.requests += requests;
          }
        });
  }

  private @Nullable OffsetDateTime requestsAhead(
      Connection connection, OffsetDateTime from, OffsetDateTime before) {
    int size = settings.batchSize();
    var rows =
        dialect
            .using(connection)
            .resultQuery(
                dialect.in(RetentionSql.REQUESTS), dialect.value(from), dialect.value(before), size)
            .fetch();
    long weight = 0;
    for (Record row : rows) {
      weight += row.get(1, long.class);
      if (weight >= size) {
        return RangeBatches.time(row);
      }
    }
    return rows.size() < size ? null : RangeBatches.time(rows.get(rows.size() - 1));
  }

  private void purgeOperationActions(OffsetDateTime before) {
    int old =
        batches.onLookups(
            connection ->
                dialect
                    .using(connection)
                    .resultQuery(
                        dialect.in(RetentionSql.OLD_OPERATION_ACTIONS), dialect.value(before))
                    .fetchSingle(0, int.class));
    UUID next = old == 0 ? null : FIRST;
    while (next != null) {
      UUID after = next;
      next =
          batches
              .onLookups(connection -> purgeOperationActions(connection, after, before))
              .orElse(null);
    }
  }

  private Optional<UUID> purgeOperationActions(
      Connection connection, UUID after, OffsetDateTime before) {
    UUID end =
        dialect
            .using(connection)
            .resultQuery(
                dialect.in(RetentionSql.OPERATION_ACTION_BOUNDARY), after, settings.batchSize() - 1)
            .fetchOne(0, UUID.class);
    int rows =
        dialect
            .using(connection)
            .query(
                dialect.in(RetentionSql.PURGE_OPERATION_ACTIONS),
                after,
                end == null ? LAST : end,
                dialect.value(before))
            .execute();
    if (rows > 0) {
      task.did(connection, Kind.PURGE, detail, 0);
    }
    return Optional.ofNullable(end);
  }
}
