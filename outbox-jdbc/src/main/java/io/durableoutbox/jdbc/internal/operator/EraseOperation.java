package io.durableoutbox.jdbc.internal.operator;

import static java.util.Objects.requireNonNull;

import io.durableoutbox.jdbc.ErasureResult;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.OperationLog;
import io.durableoutbox.jdbc.internal.sql.Times;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
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
 * <p>Waiting rows have no index by customer: they are found without a lock, and then locked by
 * their UUIDs, since MariaDB and MySQL lock whatever a locking query reads, and would wait for
 * every writer.
 *
 * <p>Rows that a relay is settling are waited for one at a time, holding no other row of {@code
 * outbox}, since a relay's order of locking is not ours.
 */
final class EraseOperation {
  private static final int BATCH = Steps.BATCH;

  private final Dialect dialect;
  private final OperationLog log;

  EraseOperation(Dialect dialect, OperationLog log) {
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

  private static final String FIND_WAITING =
      """
      /* outbox:erase-find-waiting */
      SELECT event_uuid FROM $.outbox WHERE customer_id = $text{?} ORDER BY workspace, id LIMIT ?
      """;

  private static final String PICK_WAITING =
      """
      /* outbox:erase-pick-waiting */
      SELECT event_uuid, CASE WHEN claim_id IS NOT NULL AND available_at > $now THEN 1 ELSE 0 END
        FROM $.outbox
       WHERE event_uuid $any AND customer_id = $text{?}
       ORDER BY workspace, id
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
      SELECT request_id FROM $.outbox_attempt WHERE event_uuid $any
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
          "/* outbox:erase-attempts */ DELETE FROM $.outbox_attempt WHERE event_uuid $any",
          "/* outbox:erase-operations */ DELETE FROM $.outbox_operation_action"
              + " WHERE event_uuid $any");

  private static final String DELETE_REJECTED =
      "/* outbox:erase-rejected */ DELETE FROM $.outbox_rejected WHERE event_uuid $any";

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
  private static final String FIND_RECENT =
      """
      /* outbox:erase-recent-messages */
      SELECT id
        FROM $.outbox_request
       WHERE started_at > $now - INTERVAL '1' DAY
         AND POSITION($text{?} IN message) > 0
       ORDER BY id
      """;

  private static final String FIND_TEXTS =
      """
      /* outbox:erase-texts */
      SELECT %3$s FROM $.%1$s WHERE POSITION($text{?} IN %2$s) > 0 ORDER BY %3$s
      """;

  private static final String MASK_TEXT =
      """
      /* outbox:erase-texts */
      UPDATE $.%1$s SET %2$s = REPLACE(%2$s, $text{?}, $text{?}) WHERE %3$s = ?
      """;

  // "refused 400: the server's words": only the words can quote, and a customer may be called 400.
  private static final String FIND_WORDS =
      """
      /* outbox:erase-words */
      SELECT %3$s
        FROM $.%1$s
       WHERE POSITION($text{?} IN SUBSTRING(%2$s FROM POSITION($text{?} IN %2$s) + 1)) > 0
       ORDER BY %3$s
      """;

  private static final String MASK_WORDS =
      """
      /* outbox:erase-words */
      UPDATE $.%1$s
         SET %2$s = CONCAT(SUBSTRING(%2$s FROM 1 FOR POSITION($text{?} IN %2$s)),
                           REPLACE(SUBSTRING(%2$s FROM POSITION($text{?} IN %2$s) + 1),
                                   $text{?}, $text{?}))
       WHERE %3$s = ?
      """;

  /** A column with texts, and the key of its table. */
  private record Texts(String table, String column, String key) {
    String in(String statement) {
      return statement.formatted(table, column, key);
    }
  }

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
    Done on(Connection tx) throws SQLException;
  }

  /**
   * What a step has done.
   *
   * @param found how many it saw, those included that somebody else had locked
   */
  private record Done(Erased erased, int found) {}

  ErasureResult run(Steps steps, String customer, String reason, String person)
      throws SQLException {
    UUID operation =
        steps.run(
            tx -> {
              if (steps.areCallers()) {
                dialect.checkErasing(tx);
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

  /** Does a step until it finds less than it takes, or can take none of it. */
  private Erased repeat(Steps steps, UUID operation, int batch, Step step) throws SQLException {
    Erased all = Erased.NOTHING;
    Done done;
    do {
      done =
          steps.run(
              tx -> {
                Done now = step.on(tx);
                log.count(tx, operation, now.erased().actions());
                return now;
              });
      all = all.plus(done.erased());
    } while (done.found() == batch && done.erased().actions() > 0);
    return all;
  }

  private Done rejected(Connection tx, String customer) {
    Result<Record> rows = dialect.resultQuery(tx, PICK_REJECTED, customer, BATCH).fetch();
    if (!rows.isEmpty()) {
      UUID[] events = traces(tx, customer, rows, rows.getValues(1, UUID.class));
      dialect.query(tx, DELETE_REJECTED, (Object) events).execute();
    }
    return new Done(new Erased(0, 0, rows.size(), 0), rows.size());
  }

  private Done waiting(Connection tx, String customer, int limit, boolean skipLocked) {
    List<UUID> found = dialect.resultQuery(tx, FIND_WAITING, customer, limit).fetch(0, UUID.class);
    if (found.isEmpty()) {
      return new Done(Erased.NOTHING, 0);
    }
    String pick = skipLocked ? PICK_WAITING.strip() + " SKIP LOCKED" : PICK_WAITING;
    Result<Record> rows =
        dialect.resultQuery(tx, pick, found.toArray(UUID[]::new), customer).fetch();
    if (!rows.isEmpty()) {
      UUID[] events = traces(tx, customer, rows, List.of());
      dialect.query(tx, DELETE_WAITING, (Object) events).execute();
    }
    long held = rows.getValues(1, Integer.class).stream().mapToInt(Integer::intValue).sum();
    return new Done(new Erased(rows.size(), 0, 0, held), found.size());
  }

  private Done delivered(Connection tx, String customer) throws SQLException {
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
    return new Done(new Erased(0, rows.size(), 0, 0), rows.size());
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
    Texts messages = new Texts("outbox_request", "message", "id");
    maskEach(steps, FIND_RECENT, List.of(customer), messages.in(MASK_TEXT), customer, mask);
    for (Texts texts :
        List.of(
            new Texts("outbox_workspace", "reason", "workspace"),
            new Texts("outbox_operation", "reason", "id"))) {
      maskEach(steps, texts.in(FIND_TEXTS), List.of(customer), texts.in(MASK_TEXT), customer, mask);
    }
    // An id with a colon may itself reach over the end of what stands before the words.
    String before = customer.indexOf(':') < 0 ? ": " : "\u0001";
    for (Texts texts :
        List.of(
            new Texts("outbox", "last_error", "event_uuid"),
            new Texts("outbox_rejected", "reason", "event_uuid"))) {
      maskEach(
          steps,
          texts.in(FIND_WORDS),
          List.of(customer, before),
          texts.in(MASK_WORDS),
          before,
          before,
          customer,
          mask);
    }
  }

  /** Finds rows without a lock, and changes each by its key, which comes after the values. */
  private void maskEach(
      Steps steps, String find, List<Object> findValues, String mask, Object... values)
      throws SQLException {
    steps.run(
        tx -> {
          List<?> keys = dialect.resultQuery(tx, find, findValues.toArray()).fetch(0);
          for (Object key : keys) {
            Object[] all = Arrays.copyOf(values, values.length + 1);
            all[values.length] = key;
            dialect.query(tx, mask, all).execute();
          }
          return keys.size();
        });
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
