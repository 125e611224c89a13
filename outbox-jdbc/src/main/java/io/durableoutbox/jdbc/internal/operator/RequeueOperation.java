package io.durableoutbox.jdbc.internal.operator;

import static java.util.Objects.requireNonNull;

import io.durableoutbox.jdbc.OperationResult;
import io.durableoutbox.jdbc.Requeue;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.OperationLog;
import io.durableoutbox.jdbc.internal.dialect.RequeueBatch;
import io.durableoutbox.jdbc.internal.sql.Times;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.Result;
import org.jspecify.annotations.Nullable;

/**
 * Rejected and cancelled actions back into the outbox, in the order in which they were rejected.
 *
 * <p>Each step finds some rows and locks those of {@code outbox_rejected} that nobody else has
 * locked, so two operators at once take different ones and never wait for each other; then copies
 * and deletes them and records that, in one transaction. A crash leaves whole steps, and an
 * operation without an end; doing it again takes what is left. What is rejected once more while it
 * runs is not taken again, or an API that refuses everything would keep it running for ever.
 */
final class RequeueOperation {
  private static final OffsetDateTime EVER =
      OffsetDateTime.of(9999, 12, 31, 0, 0, 0, 0, ZoneOffset.UTC);
  private static final OffsetDateTime NEVER =
      OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
  private static final long MINUTE_MICROS = 60_000_000;

  private final Dialect dialect;
  private final OperationLog log;

  RequeueOperation(Dialect dialect, OperationLog log) {
    this.dialect = dialect;
    this.log = log;
  }

  private static final String WHOLE = "x.customer_id IS NOT NULL AND x.attributes IS NOT NULL";

  private static final String FITS =
      WHOLE + "\n   AND NOT EXISTS (SELECT 1 FROM $.outbox o WHERE o.event_uuid = x.event_uuid)";

  private static final String COUNT =
      """
      /* outbox:requeue-count */
      SELECT COUNT(*), COUNT(CASE WHEN %s THEN 1 END)
        FROM $.outbox_rejected x
       WHERE %s
         AND x.rejected_at <= $time{?}
      """;

  // Without a lock, since MariaDB and MySQL lock whatever a locking query reads, subqueries too.
  private static final String FIND =
      """
      /* outbox:requeue-find */
      SELECT x.event_uuid, $read{x.rejected_at}
        FROM $.outbox_rejected x
       WHERE %s
         AND %s
         AND x.rejected_at <= $time{?}
         AND $after{x.rejected_at; $time{?}; x.event_uuid; $uuid{?}}
       ORDER BY x.rejected_at, x.event_uuid
       LIMIT ?
      """;

  private static final String PICK =
      """
      /* outbox:requeue-pick */
      SELECT x.event_uuid
        FROM $.outbox_rejected x
       WHERE %s
         AND %s
         AND x.rejected_at <= $time{?}
         AND x.event_uuid $any
       ORDER BY x.event_uuid
         FOR UPDATE SKIP LOCKED
      """;

  private static final String DELETE =
      """
      /* outbox:requeue-delete */
      DELETE FROM $.outbox_rejected WHERE event_uuid $any
      """;

  // Those of an operation that was broken off, or of another that runs, still use up its rate.
  private static final String LAST_AVAILABLE =
      """
      /* outbox:requeue-last-available */
      SELECT $read{$now}, $read{MAX(o.available_at)}
        FROM $.outbox_operation p
        JOIN $.outbox_operation_action a ON a.operation_id = p.id
        JOIN $.outbox o ON o.event_uuid = a.event_uuid
       WHERE p.kind = 'requeue' AND p.finished_at IS NULL
         AND o.claim_id IS NULL AND o.available_at > $now
      """;

  /**
   * A run.
   *
   * @param upTo what was rejected later is not taken
   * @param first when its first action is available, or null: each at once
   */
  private record Run(
      FilteredRows rows,
      UUID operation,
      OffsetDateTime upTo,
      @Nullable OffsetDateTime first,
      long stepMicros) {}

  /** How far it has come. */
  private record Place(OffsetDateTime rejectedAt, UUID event, int found, int moved) {}

  OperationResult run(Steps steps, Requeue requeue, String person) throws SQLException {
    FilteredRows rows = FilteredRows.rejected(requeue.filter());
    if (requeue.dryRun()) {
      Record counted = steps.run(tx -> count(tx, rows, EVER));
      long fitting = counted.get(1, Long.class);
      return new OperationResult(null, fitting, counted.get(0, Long.class) - fitting);
    }
    Run run = steps.run(tx -> start(tx, steps, requeue, rows, person));
    long moved = 0;
    Place place = new Place(NEVER, new UUID(0, 0), Steps.BATCH, 0);
    while (place.found() == Steps.BATCH) {
      Place from = place;
      long before = moved;
      place = steps.run(tx -> step(tx, run, from, before));
      moved += place.moved();
    }
    long left =
        steps.run(
            tx -> {
              log.finish(tx, run.operation());
              return count(tx, rows, run.upTo()).get(0, Long.class);
            });
    return new OperationResult(run.operation(), moved, left);
  }

  private Run start(Connection tx, Steps steps, Requeue requeue, FilteredRows rows, String person) {
    if (steps.areCallers()) {
      steps.checkSize(
          count(tx, rows, EVER).get(1, Long.class),
          "requeue in its own transactions, by the form without a connection, or with a narrower"
              + " filter");
    }
    Record times = dialect.resultQuery(tx, LAST_AVAILABLE).fetchSingle();
    OffsetDateTime now = requireNonNull(time(times, 0));
    Integer perMinute = requeue.perMinute();
    long stepMicros = perMinute == null ? 0 : MINUTE_MICROS / perMinute;
    OffsetDateTime last = time(times, 1);
    OffsetDateTime first =
        perMinute == null ? null : last == null ? now : last.plusNanos(stepMicros * 1_000);
    UUID operation =
        log.start(
            tx,
            OperationLog.Kind.REQUEUE,
            requeue.filter().workspace(),
            requeue.filter() + (perMinute == null ? "" : "; " + perMinute + " a minute"),
            requeue.reason(),
            person);
    // A relay can't reject again what the caller has not committed.
    return new Run(rows, operation, steps.areCallers() ? EVER : now, first, stepMicros);
  }

  private Place step(Connection tx, Run run, Place from, long movedBefore) {
    Result<Record> found =
        dialect
            .resultQuery(
                tx,
                FIND.formatted(run.rows().condition(), FITS),
                run.rows()
                    .valuesAnd(
                        run.upTo(),
                        from.rejectedAt(),
                        from.rejectedAt(),
                        from.event(),
                        Steps.BATCH))
            .fetch();
    if (found.isEmpty()) {
      return new Place(from.rejectedAt(), from.event(), 0, 0);
    }
    UUID[] candidates = found.getValues(0, UUID.class).toArray(UUID[]::new);
    List<UUID> picked =
        dialect
            .resultQuery(
                tx,
                PICK.formatted(run.rows().condition(), WHOLE),
                run.rows().valuesAnd(run.upTo(), candidates))
            .fetch(0, UUID.class);
    List<UUID> moved =
        dialect.requeue(tx, new RequeueBatch(picked, run.stepMicros(), run.first(), movedBefore));
    dialect.query(tx, DELETE, (Object) moved.toArray(UUID[]::new)).execute();
    log.countActions(tx, run.operation(), moved);
    Record last = found.get(found.size() - 1);
    return new Place(
        requireNonNull(time(last, 1)), last.get(0, UUID.class), found.size(), moved.size());
  }

  private Record count(Connection tx, FilteredRows rows, OffsetDateTime upTo) {
    return dialect
        .resultQuery(tx, COUNT.formatted(FITS, rows.condition()), rows.valuesAnd(upTo))
        .fetchSingle();
  }

  private static @Nullable OffsetDateTime time(Record row, int column) {
    Instant time = Times.instant(row, column);
    return time == null ? null : time.atOffset(ZoneOffset.UTC);
  }
}
