package io.durableoutbox.jdbc.internal.maintenance;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.OperationLog.Kind;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes personal data out of rows that are kept: whole days of delivered rows, rejected rows, and
 * the server's messages, which may quote either. It has no state: a row that still has a customer
 * is one that is still to be redacted, and a crash leaves batches that are done.
 */
final class Redaction implements MaintenanceRun.Doing {
  private static final Duration STEP = Duration.of(1, ChronoUnit.MICROS);

  private final Dialect dialect;
  private final RetentionSql sql;
  private final MaintenanceSettings settings;
  private final TaskRun task;
  private final RangeBatches batches;
  private final RunProgress findings;
  private String detail = "redacted";

  Redaction(Dialect dialect, MaintenanceSettings settings, TaskRun task, RunProgress findings) {
    this.dialect = dialect;
    this.sql = dialect.retention();
    this.settings = settings;
    this.task = task;
    this.batches = new RangeBatches(dialect, task);
    this.findings = findings;
  }

  @Override
  public void run() {
    OffsetDateTime now = batches.now();
    OffsetDateTime delivered = before(now, settings.redactDelivered());
    OffsetDateTime rejected = before(now, settings.redactRejected());
    if (delivered != null) {
      // Whole days only: all of such a partition is redacted, and it is never looked at again.
      delivered = delivered.truncatedTo(ChronoUnit.DAYS).minus(STEP);
      detail += ", delivered up to " + delivered;
    }
    if (rejected != null) {
      detail += ", rejected up to " + rejected;
    }
    if (delivered != null) {
      redactDelivered(delivered);
    }
    if (rejected != null) {
      redactRejected(rejected);
    }
    redactMessages(later(delivered, rejected));
  }

  @Override
  public String detail() {
    return detail
        + ": "
        + findings.redacted
        + " actions, "
        + findings.messages
        + " messages of requests";
  }

  private static @Nullable OffsetDateTime before(OffsetDateTime now, @Nullable Duration after) {
    return after == null ? null : now.minus(after);
  }

  private static OffsetDateTime later(@Nullable OffsetDateTime a, @Nullable OffsetDateTime b) {
    if (a == null || b == null) {
      return Objects.requireNonNull(a == null ? b : a, "one of both is to be redacted");
    }
    return a.isAfter(b) ? a : b;
  }

  private record Range(OffsetDateTime from, OffsetDateTime to) {}

  // Any day that has something is done, and then what is before and after it, so that rows which
  // others hold keep no other day from being done, and the run ends.
  private void redactDelivered(OffsetDateTime limit) {
    Deque<Range> ranges = new ArrayDeque<>();
    ranges.push(new Range(RangeBatches.BEGINNING, limit));
    while (!ranges.isEmpty()) {
      Range range = ranges.pop();
      OffsetDateTime found = first(RetentionSql.DELIVERED_TO_REDACT, range);
      if (found == null) {
        continue;
      }
      OffsetDateTime before = found.truncatedTo(ChronoUnit.DAYS).minus(STEP);
      OffsetDateTime end = before.plusDays(1);
      Range day = new Range(before, end);
      redact(RetentionSql.REDACT_DELIVERED_BOUNDARY, sql.redactDelivered(), day);
      if (first(RetentionSql.DELIVERED_TO_REDACT, day) != null) {
        findings.note(
            "Some delivered rows were locked by others and are not redacted yet; the next run tries"
                + " again.");
      }
      ranges.push(new Range(end, range.to));
      ranges.push(new Range(range.from, before));
    }
  }

  private void redactRejected(OffsetDateTime limit) {
    Range range = new Range(RangeBatches.BEGINNING, limit);
    if (first(RetentionSql.REJECTED_TO_REDACT, range) != null) {
      redact(RetentionSql.REDACT_REJECTED_BOUNDARY, sql.redactRejected(), range);
    }
  }

  private void redact(String boundary, String statement, Range range) {
    batches.ranges(
        range.from,
        range.to,
        batches.boundary(boundary, range.to, settings.batchSize()),
        (connection, after, end) -> {
          int rows = batches.execute(connection, statement, sql.partitions(), after, end);
          if (rows > 0) {
            task.did(connection, Kind.REDACT, detail, rows);
            findings.redacted += rows;
          }
        });
  }

  private void redactMessages(OffsetDateTime to) {
    batches.ranges(
        RangeBatches.BEGINNING,
        to,
        batches.boundary(RetentionSql.REDACT_MESSAGES_BOUNDARY, to, settings.batchSize()),
        (connection, after, end) -> {
          int rows = batches.execute(connection, RetentionSql.REDACT_MESSAGES, false, after, end);
          if (rows > 0) {
            task.did(connection, Kind.REDACT, detail, 0);
            findings.messages += rows;
          }
        });
  }

  private @Nullable OffsetDateTime first(String statement, Range range) {
    return batches
        .onRange(
            connection ->
                Optional.ofNullable(
                    RangeBatches.time(
                        dialect
                            .using(connection)
                            .resultQuery(
                                dialect.in(statement),
                                dialect.value(range.from),
                                dialect.value(range.to))
                            .fetchOne())))
        .orElse(null);
  }
}
