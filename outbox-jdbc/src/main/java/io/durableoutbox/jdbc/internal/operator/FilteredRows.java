package io.durableoutbox.jdbc.internal.operator;

import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A filter as a condition on one table's rows: its text, and the values of it in their order. */
final class FilteredRows {
  private static final String TIME = "$time{?}";
  private static final String TEXT = "$text{?}";

  private final List<String> conditions = new ArrayList<>();
  private final List<Object> values = new ArrayList<>();

  private FilteredRows() {}

  /** On {@code outbox_rejected x}. */
  static FilteredRows rejected(ActionFilter filter) {
    FilteredRows rows = new FilteredRows();
    rows.common(filter, "x");
    rows.add("x.request_id = $uuid{?}", filter.requestId());
    rows.add("POSITION(" + TEXT + " IN x.reason) > 0", filter.reasonContains());
    rows.add("x.rejected_at >= " + TIME, time(filter.from()));
    rows.add("x.rejected_at < " + TIME, time(filter.to()));
    boolean rejected = filter.states().contains(ActionState.REJECTED);
    boolean cancelled = filter.states().contains(ActionState.CANCELLED);
    if (rejected != cancelled) {
      rows.conditions.add("x.operation_id IS " + (cancelled ? "NOT NULL" : "NULL"));
    }
    return rows;
  }

  /** On {@code outbox o}. */
  static FilteredRows waiting(ActionFilter filter) {
    FilteredRows rows = new FilteredRows();
    rows.common(filter, "o");
    rows.add("POSITION(" + TEXT + " IN o.last_error) > 0", filter.reasonContains());
    rows.add("o.created_at >= " + TIME, time(filter.from()));
    rows.add("o.created_at < " + TIME, time(filter.to()));
    List<String> states = new ArrayList<>();
    for (ActionState state : filter.states()) {
      states.add(
          switch (state) {
            case CLAIMED -> "o.claim_id IS NOT NULL AND o.available_at > $now";
            case RETRYING -> NOT_HELD + " AND o.attempts > 0";
            default -> NOT_HELD + " AND o.attempts = 0";
          });
    }
    if (!states.isEmpty()) {
      rows.conditions.add("(" + String.join(" OR ", states) + ")");
    }
    return rows;
  }

  /** That no relay holds a row of {@code outbox o} now. */
  static final String NOT_HELD = "(o.claim_id IS NULL OR o.available_at <= $now)";

  private void common(ActionFilter filter, String table) {
    add(table + ".workspace = " + TEXT, filter.workspace());
    add(table + ".customer_id = " + TEXT, filter.customerId());
    if (!filter.eventUuids().isEmpty()) {
      add(table + ".event_uuid $any", filter.eventUuids().toArray(UUID[]::new));
    }
  }

  private void add(String condition, @Nullable Object value) {
    if (value != null) {
      conditions.add(condition);
      values.add(value);
    }
  }

  private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  /** The condition, to stand after WHERE or AND. */
  String condition() {
    return conditions.isEmpty() ? "TRUE" : String.join("\n   AND ", conditions);
  }

  /** Its values, followed by those of what comes after it. */
  Object[] valuesAnd(Object... more) {
    List<Object> all = new ArrayList<>(values);
    all.addAll(Arrays.asList(more));
    return all.toArray();
  }
}
