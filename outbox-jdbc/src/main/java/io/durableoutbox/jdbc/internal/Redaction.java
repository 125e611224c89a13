package io.durableoutbox.jdbc.internal;

import io.durableoutbox.jdbc.internal.OperationLog.Kind;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
  private final Batches batches;
  private final Findings findings;
  private String detail = "redacted";

  Redaction(Dialect dialect, MaintenanceSettings settings, TaskRun task, Findings findings) {
    this.dialect = dialect;
    this.sql = dialect.retention();
    this.settings = settings;
    this.task = task;
    this.batches = new Batches(dialect, task);
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

  private void redactDelivered(OffsetDateTime to) {
    Set<OffsetDateTime> days = new HashSet<>();
    while (true) {
      OffsetDateTime found = first(RetentionSql.DELIVERED_TO_REDACT, to);
      if (found == null) {
        return;
      }
      OffsetDateTime day = found.truncatedTo(ChronoUnit.DAYS);
      if (!days.add(day)) {
        findings.note(
            "Some delivered rows were locked by others and are not redacted yet; the next run tries"
                + " again.");
        return;
      }
      OffsetDateTime end = day.plusDays(1).minus(STEP);
      redact(
          RetentionSql.REDACT_DELIVERED_BOUNDARY,
          sql.redactDelivered(),
          day.minus(STEP),
          end.isBefore(to) ? end : to);
    }
  }

  private void redactRejected(OffsetDateTime to) {
    if (first(RetentionSql.REJECTED_TO_REDACT, to) != null) {
      redact(RetentionSql.REDACT_REJECTED_BOUNDARY, sql.redactRejected(), Batches.BEGINNING, to);
    }
  }

  private void redact(String boundary, String statement, OffsetDateTime from, OffsetDateTime to) {
    batches.run(
        from,
        to,
        batches.boundary(boundary, to, settings.batchSize()),
        (connection, after, end) -> {
          int rows = batches.execute(connection, statement, sql.partitions(), after, end);
          if (rows > 0) {
            task.did(connection, Kind.REDACT, detail, rows);
            findings.redacted += rows;
          }
        });
  }

  private void redactMessages(OffsetDateTime to) {
    batches.run(
        Batches.BEGINNING,
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

  private @Nullable OffsetDateTime first(String statement, OffsetDateTime to) {
    return batches
        .step(
            connection ->
                Optional.ofNullable(
                    Batches.utc(
                        dialect
                            .using(connection)
                            .resultQuery(dialect.in(statement), to)
                            .fetchOne(0, OffsetDateTime.class))))
        .orElse(null);
  }
}
