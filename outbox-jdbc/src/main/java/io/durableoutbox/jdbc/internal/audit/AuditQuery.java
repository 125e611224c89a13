package io.durableoutbox.jdbc.internal.audit;

import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.internal.audit.AuditCursor.Part;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

/**
 * The statement that reads a page of one {@link Part}. Its text is put together from the fixed
 * pieces below, only those that the filter asks for, since {@code (? IS NULL OR x = ?)} would hide
 * the indexes; every value is bound. The same text is for all families, but for the order of
 * waiting rows, which is that of the primary key.
 */
public final class AuditQuery {
  private static final String TIME = "$time{?}";

  private static final String STATE_OF_WAITING =
      """
      CASE WHEN o.claim_id IS NOT NULL AND o.available_at > $now THEN 'claimed'
           WHEN o.attempts > 0 THEN 'retrying'
           ELSE 'pending' END""";

  // The columns of the view in its order, then what only the order needs.
  private static final String WAITING =
      """
      /* outbox:audit-waiting */
      SELECT o.workspace, o.event_uuid, o.customer_id, o.action, o.platform, $read{o.event_time}, %s,
             o.attempts, o.refusals, NULL, $read{o.created_at}, NULL, NULL, o.last_error, NULL, NULL,
             $read{o.available_at}, $read{o.unknown_since}, o.claimed_by, o.user_timezone_offset,
             $text{o.user_attributes}, $text{o.attributes}, o.id
        FROM $.outbox o
       WHERE 1 = 1
      """
          .formatted(STATE_OF_WAITING);

  private static final String REJECTED =
      """
      /* outbox:audit-rejected */
      SELECT x.workspace, x.event_uuid, x.customer_id, x.action, x.platform, $read{x.event_time},
             CASE WHEN x.operation_id IS NULL THEN 'rejected' ELSE 'cancelled' END,
             x.attempts, x.refusals, NULL, $read{x.created_at}, NULL, $read{x.rejected_at}, x.reason, x.request_id,
             x.operation_id,
             NULL, NULL, NULL, x.user_timezone_offset,
             $text{x.user_attributes}, $text{x.attributes}, NULL
        FROM $.outbox_rejected x
       WHERE 1 = 1
      """;

  private static final String DELIVERED =
      """
      /* outbox:audit-delivered */
      SELECT d.workspace, d.event_uuid, d.customer_id, d.action, d.platform, $read{d.event_time}, 'delivered',
             d.attempts, d.refusals, r.req_id, $read{d.created_at}, $read{d.sent_at}, NULL, NULL, d.request_id, NULL,
             NULL, NULL, NULL, d.user_timezone_offset,
             $text{d.user_attributes}, $text{d.attributes}, NULL
        FROM $.outbox_delivered d LEFT JOIN $.outbox_request r ON r.id = d.request_id
       WHERE 1 = 1
      """;

  private final StringBuilder text;
  private final List<Object> values = new ArrayList<>();

  private AuditQuery(String text) {
    this.text = new StringBuilder(text);
  }

  public String text() {
    return text.toString();
  }

  public Object[] values() {
    return values.toArray();
  }

  /** Tells whether a part can have what the filter asks for. */
  public static boolean mayHave(Part part, ActionFilter filter) {
    return switch (part) {
      case WAITING ->
          filter.requestId() == null
              && filter.reqId() == null
              && any(filter, ActionState.PENDING, ActionState.CLAIMED, ActionState.RETRYING);
      case REJECTED ->
          filter.reqId() == null && any(filter, ActionState.REJECTED, ActionState.CANCELLED);
      case DELIVERED -> filter.reasonContains() == null && any(filter, ActionState.DELIVERED);
    };
  }

  private static boolean any(ActionFilter filter, ActionState... states) {
    return filter.states().isEmpty()
        || !Collections.disjoint(filter.states(), Arrays.asList(states));
  }

  /** Returns the statement for what comes after the cursor, or from the part's beginning. */
  public static AuditQuery of(
      Part part, ActionFilter filter, @Nullable AuditCursor after, int limit, SQLDialect family) {
    return switch (part) {
      case WAITING -> waiting(filter, after, limit, family);
      case REJECTED -> rejected(filter, after, limit);
      case DELIVERED -> delivered(filter, after, limit);
    };
  }

  private static AuditQuery waiting(
      ActionFilter filter, @Nullable AuditCursor after, int limit, SQLDialect family) {
    AuditQuery s = new AuditQuery(WAITING);
    Set<ActionState> states =
        EnumSet.of(ActionState.PENDING, ActionState.CLAIMED, ActionState.RETRYING);
    if (!filter.states().isEmpty() && !filter.states().containsAll(states)) {
      states.retainAll(filter.states());
      s.and(
          STATE_OF_WAITING + (states.size() == 1 ? " IN (?)" : " IN (?, ?)"),
          states.stream().map(ActionState::sqlName).toArray());
    }
    s.andIf(filter.workspace(), "o.workspace = ?");
    s.andIf(filter.customerId(), "o.customer_id = ?");
    s.andUuids("o.event_uuid $any", filter);
    s.andText("o.last_error LIKE ? ESCAPE '!'", filter);
    s.andTimes("o.created_at >= " + TIME, "o.created_at < " + TIME, filter);
    boolean h2 = family == SQLDialect.H2;
    if (after != null && h2) {
      s.and("o.id > ?", after.number());
    } else if (after != null) {
      s.and("$after{o.workspace; ?; o.id; ?}", after.key(), after.key(), after.number());
    }
    return s.end(h2 ? "ORDER BY o.id" : "ORDER BY o.workspace, o.id", limit);
  }

  private static AuditQuery rejected(ActionFilter filter, @Nullable AuditCursor after, int limit) {
    AuditQuery s = new AuditQuery(REJECTED);
    if (!filter.states().isEmpty() && !filter.states().contains(ActionState.CANCELLED)) {
      s.and("x.operation_id IS NULL");
    } else if (!filter.states().isEmpty() && !filter.states().contains(ActionState.REJECTED)) {
      s.and("x.operation_id IS NOT NULL");
    }
    s.andIf(filter.workspace(), "x.workspace = ?");
    s.andIf(filter.customerId(), "x.customer_id = ?");
    s.andUuids("x.event_uuid $any", filter);
    s.andIf(filter.requestId(), "x.request_id = ?");
    s.andText("x.reason LIKE ? ESCAPE '!'", filter);
    s.andTimes("x.rejected_at >= " + TIME, "x.rejected_at < " + TIME, filter);
    if (after != null) {
      OffsetDateTime time = utc(after.time());
      s.and("$after{x.rejected_at; $time{?}; x.event_uuid; ?}", time, time, after.eventUuid());
    }
    return s.end("ORDER BY x.rejected_at, x.event_uuid", limit);
  }

  // The first of the cursor's two conditions is the one that prunes partitions.
  private static AuditQuery delivered(ActionFilter filter, @Nullable AuditCursor after, int limit) {
    AuditQuery s = new AuditQuery(DELIVERED);
    s.andIf(filter.workspace(), "d.workspace = ?");
    s.andIf(filter.customerId(), "d.customer_id = ?");
    s.andUuids("d.event_uuid $any", filter);
    s.andIf(filter.requestId(), "d.request_id = ?");
    s.andIf(filter.reqId(), "r.req_id = ?");
    s.andTimes("d.sent_at >= " + TIME, "d.sent_at < " + TIME, filter);
    if (after != null) {
      OffsetDateTime time = utc(after.time());
      s.and("$after{d.sent_at; $time{?}; d.event_uuid; ?}", time, time, after.eventUuid());
    }
    return s.end("ORDER BY d.sent_at, d.event_uuid", limit);
  }

  private void andIf(@Nullable Object given, String condition) {
    if (given != null) {
      and(condition, given);
    }
  }

  private void and(String condition, Object... bound) {
    text.append("   AND ").append(condition).append('\n');
    Collections.addAll(values, bound);
  }

  private void andUuids(String condition, ActionFilter filter) {
    if (!filter.eventUuids().isEmpty()) {
      and(condition, (Object) filter.eventUuids().toArray(UUID[]::new));
    }
  }

  private void andText(String condition, ActionFilter filter) {
    String part = filter.reasonContains();
    if (part != null) {
      and(condition, "%" + part.replaceAll("([!%_])", "!$1") + "%");
    }
  }

  private void andTimes(String notBefore, String before, ActionFilter filter) {
    Instant from = filter.from();
    Instant to = filter.to();
    andIf(from == null ? null : utc(from), notBefore);
    andIf(to == null ? null : utc(to), before);
  }

  private AuditQuery end(String order, int limit) {
    text.append(' ').append(order).append("\n LIMIT ?\n");
    values.add(limit);
    return this;
  }

  private static OffsetDateTime utc(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }
}
