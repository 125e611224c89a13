package io.durableoutbox.jdbc.internal;

import static java.util.Objects.requireNonNull;

import io.durableoutbox.jdbc.ErasureResult;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.Result;

/**
 * Everything of one customer, gone.
 *
 * <p>An action moves while this runs: a requeue takes it from the rejected to the waiting ones, a
 * relay from there to the delivered or back. So the tables are emptied of the customer in that
 * order, again and again until one statement, which sees all three at one moment, finds nothing.
 *
 * <p>Each step takes the id out of the messages of the requests that its actions were in, and only
 * then, in the same transaction, deletes what leads to those requests: broken off anywhere, doing
 * it again finds the rest. Last come the texts that other rows took over from such messages.
 *
 * <p>Rows that a relay is settling are waited for one at a time, holding no other row of {@code
 * outbox}, since a relay's order of locking is not ours.
 */
final class Erasing {
  private static final int BATCH = Steps.BATCH;

  private final Dialect dialect;
  private final OperationLog log;

  Erasing(Dialect dialect, OperationLog log) {
    this.dialect = dialect;
    this.log = log;
  }

  private static final String COUNT =
      """
      /* outbox:erase-count */
      SELECT (SELECT COUNT(*) FROM $.outbox WHERE customer_id = $text{?})
             + (SELECT COUNT(*) FROM $.outbox_rejected WHERE customer_id = $text{?})
             + (SELECT COUNT(*) FROM $.outbox_delivered WHERE customer_id = $text{?})
      """;

  private static final String PICK_REJECTED =
      """
      /* outbox:erase-pick-rejected */
      SELECT event_uuid, request_id
        FROM $.outbox_rejected
       WHERE customer_id = $text{?}
       ORDER BY event_uuid
       LIMIT ?
         FOR UPDATE
      """;

  private static final String PICK_WAITING =
      """
      /* outbox:erase-pick-waiting */
      SELECT event_uuid, CASE WHEN claim_id IS NOT NULL AND available_at > $now THEN 1 ELSE 0 END
        FROM $.outbox
       WHERE customer_id = $text{?}
       ORDER BY workspace, id
       LIMIT ?
         FOR UPDATE
      """;

  private static final String PICK_DELIVERED =
      """
      /* outbox:erase-pick-delivered */
      SELECT event_uuid, request_id, $read{sent_at}
        FROM $.outbox_delivered
       WHERE customer_id = $text{?}
       ORDER BY sent_at, event_uuid
       LIMIT ?
         FOR UPDATE
      """;

  private static final String ATTEMPTS =
      """
      /* outbox:erase-attempts */
      SELECT DISTINCT request_id FROM $.outbox_attempt WHERE event_uuid $any
      """;

  private static final String MASK_MESSAGES =
      """
      /* outbox:erase-messages */
      UPDATE $.outbox_request
         SET message = REPLACE(message, $text{?}, $text{?})
       WHERE id $any AND POSITION($text{?} IN message) > 0
      """;

  private static final List<String> DELETE_TRACES =
      List.of(
          "/* outbox:erase-attempts */ DELETE FROM $.outbox_attempt" + " WHERE event_uuid $any",
          "/* outbox:erase-operations */ DELETE FROM $.outbox_operation_action"
              + " WHERE event_uuid $any");

  private static final String DELETE_REJECTED =
      "/* outbox:erase-rejected */ DELETE FROM $.outbox_rejected" + " WHERE event_uuid $any";

  private static final String DELETE_WAITING =
      "/* outbox:erase-waiting */ DELETE FROM $.outbox WHERE event_uuid $any";

  // One at a time by the whole primary key, and with the time as a time and not as a text that
  // jOOQ would make of it: so each is looked for in one partition.
  private static final String DELETE_DELIVERED =
      """
      /* outbox:erase-delivered */
      DELETE FROM $.outbox_delivered WHERE event_uuid = ? AND sent_at = ?
      """;

  // A relay that was late wrote down an answer after its action had been erased: only the time
  // leads to it.
  private static final String MASK_RECENT =
      """
      /* outbox:erase-recent-messages */
      UPDATE $.outbox_request
         SET message = REPLACE(message, $text{?}, $text{?})
       WHERE started_at > $now - INTERVAL '1' DAY
         AND POSITION($text{?} IN message) > 0
      """;

  private static final String MASK_PAUSES =
      """
      /* outbox:erase-pauses */
      UPDATE $.outbox_workspace
         SET reason = REPLACE(reason, $text{?}, $text{?})
       WHERE POSITION($text{?} IN reason) > 0
      """;

  private static final String MASK_REASONS =
      """
      /* outbox:erase-reasons */
      UPDATE $.outbox_operation
         SET reason = REPLACE(reason, $text{?}, $text{?})
       WHERE POSITION($text{?} IN reason) > 0
      """;

  // "refused 400: the server's words": only the words can quote, and a customer may be called 400.
  private static final String MASK_WORDS =
      """
      /* outbox:erase-words */
      UPDATE $.%1$s
         SET %2$s = CONCAT(SUBSTRING(%2$s FROM 1 FOR POSITION($text{?} IN %2$s)),
                           REPLACE(SUBSTRING(%2$s FROM POSITION($text{?} IN %2$s) + 1),
                                   $text{?}, $text{?}))
       WHERE POSITION($text{?}
                      IN SUBSTRING(%2$s FROM POSITION($text{?} IN %2$s) + 1)) > 0
      """;

  /** Counts of one step, or of several. */
  private record Erased(long waiting, long delivered, long rejected, long inFlight) {
    static final Erased NOTHING = new Erased(0, 0, 0, 0);

    long actions() {
      return waiting + delivered + rejected;
    }

    Erased plus(Erased more) {
      return new Erased(
          waiting + more.waiting,
          delivered + more.delivered,
          rejected + more.rejected,
          inFlight + more.inFlight);
    }
  }

  /** What one step deletes, and the counts of that. */
  private interface Step {
    Erased on(Connection tx) throws SQLException;
  }

  ErasureResult run(Steps steps, String customer, String reason, String person)
      throws SQLException {
    UUID operation =
        steps.run(
            tx -> {
              if (steps.areCallers()) {
                steps.checkSize(
                    count(tx, customer),
                    "erase in its own transactions, by the form without a connection");
              }
              return log.start(tx, OperationLog.Kind.ERASE, null, "one customer", reason, person);
            });
    Erased all = Erased.NOTHING;
    do {
      all = all.plus(repeat(steps, operation, BATCH, tx -> rejected(tx, customer)));
      all = all.plus(repeat(steps, operation, BATCH, tx -> waiting(tx, customer, BATCH, true)));
      all = all.plus(repeat(steps, operation, 1, tx -> waiting(tx, customer, 1, false)));
      all = all.plus(repeat(steps, operation, BATCH, tx -> delivered(tx, customer)));
    } while (steps.run(tx -> count(tx, customer)) > 0);
    maskTexts(steps, customer);
    Erased erased = all;
    steps.run(
        tx -> {
          log.detail(
              tx,
              operation,
              "one customer: "
                  + erased.waiting()
                  + " waiting, "
                  + erased.delivered()
                  + " delivered, "
                  + erased.rejected()
                  + " rejected");
          log.finish(tx, operation);
          return true;
        });
    return new ErasureResult(
        operation, all.waiting(), all.delivered(), all.rejected(), all.inFlight());
  }

  /** Does a step until it finds less than it takes. */
  private Erased repeat(Steps steps, UUID operation, int batch, Step step) throws SQLException {
    Erased all = Erased.NOTHING;
    Erased done;
    do {
      done =
          steps.run(
              tx -> {
                Erased erased = step.on(tx);
                log.count(tx, operation, erased.actions());
                return erased;
              });
      all = all.plus(done);
    } while (done.actions() == batch);
    return all;
  }

  private Erased rejected(Connection tx, String customer) {
    Result<Record> rows = dialect.resultQuery(tx, PICK_REJECTED, customer, BATCH).fetch();
    if (!rows.isEmpty()) {
      UUID[] events = traces(tx, customer, rows, rows.getValues(1, UUID.class));
      dialect.query(tx, DELETE_REJECTED, (Object) events).execute();
    }
    return new Erased(0, 0, rows.size(), 0);
  }

  private Erased waiting(Connection tx, String customer, int limit, boolean skipLocked) {
    String pick = skipLocked ? PICK_WAITING.strip() + " SKIP LOCKED" : PICK_WAITING;
    Result<Record> rows = dialect.resultQuery(tx, pick, customer, limit).fetch();
    if (!rows.isEmpty()) {
      UUID[] events = traces(tx, customer, rows, List.of());
      dialect.query(tx, DELETE_WAITING, (Object) events).execute();
    }
    long held = rows.getValues(1, Integer.class).stream().mapToInt(Integer::intValue).sum();
    return new Erased(rows.size(), 0, 0, held);
  }

  private Erased delivered(Connection tx, String customer) throws SQLException {
    Result<Record> rows = dialect.resultQuery(tx, PICK_DELIVERED, customer, BATCH).fetch();
    if (!rows.isEmpty()) {
      traces(tx, customer, rows, rows.getValues(1, UUID.class));
      try (PreparedStatement delete = tx.prepareStatement(dialect.in(DELETE_DELIVERED))) {
        for (Record row : rows) {
          Instant sentAt = requireNonNull(Times.instant(row, 2));
          delete.setObject(1, dialect.value(row.get(0, UUID.class)));
          delete.setObject(2, dialect.value(sentAt.atOffset(ZoneOffset.UTC)));
          delete.addBatch();
        }
        delete.executeBatch();
      }
    }
    return new Erased(0, rows.size(), 0, 0);
  }

  /** Takes the id out of their requests' messages and deletes what points at the actions. */
  private UUID[] traces(Connection tx, String customer, Result<Record> rows, List<UUID> deciding) {
    UUID[] events = rows.getValues(0, UUID.class).toArray(UUID[]::new);
    Set<UUID> requests =
        new HashSet<>(dialect.resultQuery(tx, ATTEMPTS, (Object) events).fetch(0, UUID.class));
    deciding.stream().filter(Objects::nonNull).forEach(requests::add);
    dialect
        .query(tx, MASK_MESSAGES, customer, mask(customer), requests.toArray(UUID[]::new), customer)
        .execute();
    for (String delete : DELETE_TRACES) {
      dialect.query(tx, delete, (Object) events).execute();
    }
    return events;
  }

  private void maskTexts(Steps steps, String customer) throws SQLException {
    String mask = mask(customer);
    for (String statement : List.of(MASK_RECENT, MASK_PAUSES, MASK_REASONS)) {
      steps.run(tx -> dialect.query(tx, statement, customer, mask, customer).execute());
    }
    // An id with a colon may itself reach over the end of what stands before the words.
    String before = customer.indexOf(':') < 0 ? ": " : "\u0001";
    for (String statement :
        List.of(
            MASK_WORDS.formatted("outbox", "last_error"),
            MASK_WORDS.formatted("outbox_rejected", "reason"))) {
      steps.run(
          tx ->
              dialect
                  .query(tx, statement, before, before, customer, mask, customer, before)
                  .execute());
    }
  }

  /** Returns what stands for the id: never longer, and without a character of it. */
  private static String mask(String customer) {
    return List.of("*", "#", "_", "-").stream()
        .filter(sign -> !customer.contains(sign))
        .findFirst()
        .map(sign -> sign + sign)
        .orElse("*");
  }

  private long count(Connection tx, String customer) {
    return dialect
        .resultQuery(tx, COUNT, customer, customer, customer)
        .fetchSingle()
        .get(0, Long.class);
  }
}
