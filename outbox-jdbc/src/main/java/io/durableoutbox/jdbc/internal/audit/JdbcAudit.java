package io.durableoutbox.jdbc.internal.audit;

import static java.util.Objects.requireNonNull;

import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.Audit;
import io.durableoutbox.jdbc.AuditPage;
import io.durableoutbox.jdbc.AuditedAction;
import io.durableoutbox.jdbc.AuditedAttempt;
import io.durableoutbox.jdbc.WorkspaceCount;
import io.durableoutbox.jdbc.internal.audit.AuditCursor.Part;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.sql.Times;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** The {@link Audit} on the tables and views; statements are the same for all families. */
public final class JdbcAudit implements Audit {
  private final Dialect dialect;
  private final Transactions transactions;

  /** Makes the audit; touches nothing. */
  public JdbcAudit(Dialect dialect, Transactions transactions) {
    this.dialect = dialect;
    this.transactions = transactions;
  }

  private static final String FIND =
      """
      /* outbox:audit-find */
      SELECT workspace, event_uuid, customer_id, action, platform, $read{event_time}, state, attempts, refusals, req_id,
             $read{created_at}, $read{sent_at}, $read{rejected_at}, last_error, request_id, operation_id,
             $read{available_at}, $read{unknown_since},
             claimed_by, user_timezone_offset,
             $text{user_attributes}, $text{attributes}
        FROM $.outbox_audit
       WHERE event_uuid = ?
       ORDER BY created_at DESC, CASE WHEN sent_at IS NULL THEN 1 ELSE 0 END, sent_at DESC, state
       LIMIT 1
      """;

  private static final String ATTEMPTS =
      """
      /* outbox:audit-attempts */
      SELECT event_uuid, request_id, $read{started_at}, duration_ms, workspace, relay, status, outcome, req_id, message
        FROM $.outbox_audit_attempt
       WHERE event_uuid = ?
       ORDER BY started_at DESC, request_id DESC
       LIMIT ?
      """;

  private static final String UNDELIVERED =
      """
      /* outbox:audit-undelivered */
      SELECT u.workspace, u.state, COUNT(*), $read{MIN(u.since)}
        FROM (SELECT o.workspace, o.created_at AS since,
                     CASE WHEN o.claim_id IS NOT NULL AND o.available_at > $now THEN 'claimed'
                          WHEN o.attempts > 0 THEN 'retrying'
                          ELSE 'pending' END AS state
                FROM $.outbox o
               UNION ALL
              SELECT x.workspace, x.rejected_at, CASE WHEN x.operation_id IS NULL THEN 'rejected' ELSE 'cancelled' END
                FROM $.outbox_rejected x) u
       GROUP BY u.workspace, u.state
       ORDER BY u.workspace, u.state
       LIMIT 1000
      """;

  @Override
  public Optional<AuditedAction> find(UUID eventUuid) {
    requireNonNull(eventUuid, "eventUuid");
    return transactions.run(
        "read an action",
        connection ->
            dialect.resultQuery(connection, FIND, eventUuid).fetchOptional(JdbcAudit::action));
  }

  @Override
  public List<AuditedAttempt> attempts(UUID eventUuid) {
    requireNonNull(eventUuid, "eventUuid");
    return transactions.run(
        "read an action's attempts",
        connection -> {
          List<AuditedAttempt> attempts =
              new ArrayList<>(
                  dialect
                      .resultQuery(connection, ATTEMPTS, eventUuid, MAX_ATTEMPTS)
                      .fetch(JdbcAudit::attempt));
          Collections.reverse(attempts);
          return List.copyOf(attempts);
        });
  }

  @Override
  public AuditPage list(ActionFilter filter, @Nullable String after, int limit) {
    requireNonNull(filter, "filter");
    if (limit < 1 || limit > MAX_PAGE) {
      throw new IllegalArgumentException(
          "limit must be from 1 to " + MAX_PAGE + ", not " + limit + "; ask for several pages");
    }
    AuditCursor start = after == null ? null : AuditCursor.parse(after);
    return transactions.run("list actions", connection -> page(connection, filter, start, limit));
  }

  /** An action, and where it stands in the order. */
  private record Placed(AuditedAction action, AuditCursor place) {}

  /** Reads one action more than the page has, to know whether there is a next page. */
  private AuditPage page(
      Connection connection, ActionFilter filter, @Nullable AuditCursor start, int limit) {
    List<Placed> found = new ArrayList<>();
    for (Part part : Part.values()) {
      boolean passed = start != null && part.compareTo(start.part()) < 0;
      if (passed || found.size() > limit || !AuditQuery.mayHave(part, filter)) {
        continue;
      }
      AuditCursor after = start != null && part == start.part() ? start : null;
      int room = limit + 1 - found.size();
      AuditQuery statement =
          AuditQuery.of(part, filter, after, room, dialect.configuration().dialect());
      found.addAll(
          dialect
              .resultQuery(connection, statement.text(), statement.values())
              .fetch(row -> placed(part, row)));
    }
    boolean more = found.size() > limit;
    List<Placed> page = more ? found.subList(0, limit) : found;
    return new AuditPage(
        page.stream().map(Placed::action).toList(),
        more ? page.get(limit - 1).place().text() : null);
  }

  private static Placed placed(Part part, Record row) {
    AuditedAction action = action(row);
    AuditCursor place =
        switch (part) {
          case WAITING -> AuditCursor.waiting(action.workspace(), row.get(22, Long.class));
          case REJECTED ->
              AuditCursor.at(part, requireNonNull(action.rejectedAt()), action.eventUuid());
          case DELIVERED ->
              AuditCursor.at(part, requireNonNull(action.sentAt()), action.eventUuid());
        };
    return new Placed(action, place);
  }

  @Override
  public List<WorkspaceCount> undelivered() {
    return transactions.run(
        "count actions",
        connection ->
            List.copyOf(
                dialect
                    .resultQuery(connection, UNDELIVERED)
                    .fetch(
                        row ->
                            new WorkspaceCount(
                                row.get(0, String.class),
                                ActionState.ofSqlName(row.get(1, String.class)),
                                row.get(2, Long.class),
                                time(row, 3)))));
  }

  private static AuditedAction action(Record row) {
    return new AuditedAction(
        row.get(0, String.class),
        row.get(1, UUID.class),
        row.get(2, String.class),
        row.get(3, String.class),
        row.get(4, String.class),
        time(row, 5),
        ActionState.ofSqlName(row.get(6, String.class)),
        row.get(7, Integer.class),
        row.get(8, Integer.class),
        row.get(9, String.class),
        time(row, 10),
        Times.instant(row, 11),
        Times.instant(row, 12),
        row.get(13, String.class),
        row.get(14, UUID.class),
        row.get(15, UUID.class),
        Times.instant(row, 16),
        Times.instant(row, 17),
        row.get(18, String.class),
        row.get(19, Integer.class),
        row.get(20, String.class),
        row.get(21, String.class));
  }

  private static AuditedAttempt attempt(Record row) {
    Long millis = row.get(3, Long.class);
    return new AuditedAttempt(
        row.get(0, UUID.class),
        row.get(1, UUID.class),
        time(row, 2),
        millis == null ? null : Duration.ofMillis(millis),
        row.get(4, String.class),
        row.get(5, String.class),
        row.get(6, Integer.class),
        row.get(7, String.class),
        row.get(8, String.class),
        row.get(9, String.class));
  }

  private static Instant time(Record row, int column) {
    return requireNonNull(Times.instant(row, column));
  }
}
