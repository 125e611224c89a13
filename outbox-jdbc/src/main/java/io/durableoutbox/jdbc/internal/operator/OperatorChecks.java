package io.durableoutbox.jdbc.internal.operator;

import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a person asks for, checked before the database is touched; no message quotes a value. */
public final class OperatorChecks {
  /** The longest reason, in characters. */
  static final int MAX_REASON = 4_000;

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(365);

  private OperatorChecks() {}

  /** Refuses a reason that is blank, too long, or has a NUL. */
  public static void reason(String reason) {
    if (reason.isBlank() || reason.length() > MAX_REASON || reason.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("reason must be 1 to 4000 characters, and no NUL");
    }
  }

  /** Refuses a filter that requeue does not understand. */
  public static void requeued(ActionFilter filter) {
    notAll(filter, "requeue", "ActionState.REJECTED, ActionState.CANCELLED");
    states(
        filter,
        "requeue",
        "REJECTED and CANCELLED",
        state -> !state.isWaiting() && !delivered(state));
    noReqId(filter, "requeue");
  }

  /** Refuses a filter that cancel does not understand. */
  static void cancelled(ActionFilter filter) {
    notAll(filter, "cancel", "ActionState.PENDING, ActionState.RETRYING");
    states(filter, "cancel", "PENDING, RETRYING and CLAIMED", ActionState::isWaiting);
    noReqId(filter, "cancel");
    if (filter.requestId() != null) {
      throw new IllegalArgumentException(
          "filter has a requestId, but no request has decided a waiting action, so cancel would find"
              + " none; use eventUuids, workspace, reasonContains or times");
    }
  }

  private static void notAll(ActionFilter filter, String operation, String states) {
    if (filter.isEmpty()) {
      throw new IllegalArgumentException(
          "filter is empty, and "
              + operation
              + " does not take everything by accident; if that is meant, say so with states("
              + states
              + ")");
    }
  }

  private static void states(
      ActionFilter filter, String operation, String known, Predicate<ActionState> allowed) {
    if (!filter.states().stream().allMatch(allowed)) {
      throw new IllegalArgumentException(
          "filter's states are "
              + filter.states().stream().map(ActionState::name).sorted().toList()
              + ", but "
              + operation
              + " takes only "
              + known);
    }
  }

  private static void noReqId(ActionFilter filter, String operation) {
    if (filter.reqId() != null) {
      throw new IllegalArgumentException(
          "filter has a reqId, but only delivered actions have one, so "
              + operation
              + " would find none; leave it out");
    }
  }

  private static boolean delivered(ActionState state) {
    return state == ActionState.DELIVERED;
  }

  static void workspace(String workspace) {
    if (workspace.isEmpty() || workspace.length() > 64) {
      throw new IllegalArgumentException("workspace must be 1 to 64 characters");
    }
  }

  static void duration(@Nullable Duration duration) {
    if (duration != null && (duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0)) {
      throw new IllegalArgumentException("duration must be from 1 ms to 365 days, not " + duration);
    }
  }

  /** Refuses a customer id that can be in no row, and a reason that would keep it. */
  static void erased(String customerId, String reason) {
    if (customerId.length() < 2 || customerId.length() > 512 || customerId.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("customerId must have 2 to 512 characters, and no NUL");
    }
    reason(reason);
    if (reason.contains(customerId)) {
      throw new IllegalArgumentException(
          "reason has the customer's id in it, and is kept; name a ticket instead");
    }
  }
}
