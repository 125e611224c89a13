package io.durableoutbox.jdbc.internal.operator;

import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.OperationResult;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.OperationLog;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.Result;

/**
 * Waiting actions that no relay holds, out of the outbox, in the order of claiming.
 *
 * <p>As relays do, each step locks only rows that nobody has locked, so neither waits for the
 * other. A crash leaves whole steps and an operation without an end; doing it again takes what is
 * left. What is written while it runs has a higher id and is not taken.
 */
final class CancelOperation {
  private final Dialect dialect;
  private final OperationLog log;

  CancelOperation(Dialect dialect, OperationLog log) {
    this.dialect = dialect;
    this.log = log;
  }

  private static final String LAST_ID =
      """
      /* outbox:cancel-last-id */
      SELECT COALESCE(MAX(o.id), 0), COUNT(*) FROM $.outbox o WHERE %s
      """;

  // Without a lock, since MariaDB and MySQL lock whatever a locking query reads.
  private static final String FIND =
      """
      /* outbox:cancel-find */
      SELECT o.event_uuid, o.workspace, o.id
        FROM $.outbox o
       WHERE %s
         AND %s
         AND o.id <= $long{?}
         AND $after{o.workspace; $text{?}; o.id; $long{?}}
       ORDER BY o.workspace, o.id
       LIMIT ?
      """;

  private static final String PICK =
      """
      /* outbox:cancel-pick */
      SELECT o.event_uuid
        FROM $.outbox o
       WHERE %s
         AND %s
         AND o.event_uuid $any
       ORDER BY o.workspace, o.id
         FOR UPDATE SKIP LOCKED
      """;

  private static final String LEFT =
      """
      /* outbox:cancel-left */
      SELECT COUNT(*) FROM $.outbox o WHERE %s AND o.id <= $long{?}
      """;

  // It was rejected before, and then written again: one row has the attempts of both.
  private static final String AGAIN =
      """
      /* outbox:cancel-again */
      UPDATE $.outbox_rejected x
         SET rejected_at = $now, reason = $text{?}, request_id = NULL,
             operation_id = $uuid{?},
             attempts = x.attempts + (SELECT o.attempts FROM $.outbox o WHERE o.event_uuid = x.event_uuid),
             refusals = x.refusals + (SELECT o.refusals FROM $.outbox o WHERE o.event_uuid = x.event_uuid)
       WHERE x.event_uuid $any
      """;

  private static final String CANCEL =
      """
      /* outbox:cancel */
      INSERT INTO $.outbox_rejected (rejected_at, created_at, event_time, event_uuid, operation_id, attempts, refusals,
                                     user_timezone_offset, workspace, customer_id, action, platform, reason,
                                     user_attributes, attributes)
      SELECT $now, o.created_at, o.event_time, o.event_uuid, $uuid{?}, o.attempts, o.refusals,
             o.user_timezone_offset, o.workspace, o.customer_id, o.action, o.platform, $text{?},
             o.user_attributes, o.attributes
        FROM $.outbox o
       WHERE o.event_uuid $any
         AND NOT EXISTS (SELECT 1 FROM $.outbox_rejected x WHERE x.event_uuid = o.event_uuid)
      """;

  private static final String DELETE =
      """
      /* outbox:cancel-delete */
      DELETE FROM $.outbox WHERE event_uuid $any
      """;

  private record Run(FilteredRows rows, UUID operation, long lastId, String reason) {}

  /** How far it has come. */
  private record Place(String workspace, long id, int found, int cancelled) {}

  OperationResult run(Steps steps, ActionFilter filter, String reason, String person)
      throws SQLException {
    FilteredRows rows = FilteredRows.waiting(filter);
    Run run = steps.run(tx -> start(tx, steps, filter, rows, reason, person));
    long cancelled = 0;
    Place place = new Place("", Long.MIN_VALUE, Steps.BATCH, 0);
    while (place.found() == Steps.BATCH) {
      Place from = place;
      place = steps.run(tx -> step(tx, run, from));
      cancelled += place.cancelled();
    }
    long left =
        steps.run(
            tx -> {
              log.finish(tx, run.operation());
              return dialect
                  .using(tx)
                  .fetchSingle(
                      dialect.in(LEFT.formatted(rows.condition())), rows.valuesAnd(run.lastId()))
                  .get(0, Long.class);
            });
    return new OperationResult(run.operation(), cancelled, left);
  }

  private Run start(
      Connection tx,
      Steps steps,
      ActionFilter filter,
      FilteredRows rows,
      String reason,
      String person) {
    Record found =
        dialect
            .resultQuery(tx, LAST_ID.formatted(rows.condition()), rows.valuesAnd())
            .fetchSingle();
    steps.checkSize(
        found.get(1, Long.class),
        "cancel in its own transactions, by the form without a connection, or with a narrower"
            + " filter");
    UUID operation =
        log.start(
            tx, OperationLog.Kind.CANCEL, filter.workspace(), filter.toString(), reason, person);
    return new Run(rows, operation, found.get(0, Long.class), words(reason));
  }

  /** The whole reason is the operation's; here it is cut, though no pair in two. */
  private static String words(String reason) {
    String words = "cancelled: " + reason;
    if (words.length() <= OperatorChecks.MAX_REASON) {
      return words;
    }
    int end = OperatorChecks.MAX_REASON;
    return words.substring(0, Character.isHighSurrogate(words.charAt(end - 1)) ? end - 1 : end);
  }

  private Place step(Connection tx, Run run, Place from) {
    Result<Record> found =
        dialect
            .resultQuery(
                tx,
                FIND.formatted(run.rows().condition(), FilteredRows.NOT_HELD),
                run.rows()
                    .valuesAnd(
                        run.lastId(), from.workspace(), from.workspace(), from.id(), Steps.BATCH))
            .fetch();
    if (found.isEmpty()) {
      return new Place(from.workspace(), from.id(), 0, 0);
    }
    UUID[] candidates = found.getValues(0, UUID.class).toArray(UUID[]::new);
    List<UUID> events =
        dialect
            .resultQuery(
                tx,
                PICK.formatted(run.rows().condition(), FilteredRows.NOT_HELD),
                run.rows().valuesAnd((Object) candidates))
            .fetch(0, UUID.class);
    UUID[] uuids = events.toArray(UUID[]::new);
    dialect.query(tx, AGAIN, run.reason(), run.operation(), uuids).execute();
    dialect.query(tx, CANCEL, run.operation(), run.reason(), uuids).execute();
    dialect.query(tx, DELETE, (Object) uuids).execute();
    log.countActions(tx, run.operation(), events);
    Record last = found.get(found.size() - 1);
    return new Place(
        last.get(1, String.class), last.get(2, Long.class), found.size(), events.size());
  }
}
