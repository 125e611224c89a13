package io.durableoutbox.jdbc;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which actions are meant. What is not given does not matter; what is given must all be so. Begins
 * with {@link #all()}, and each method returns a narrower one:
 *
 * <pre>{@code
 * ActionFilter.all().workspace("eu").states(ActionState.REJECTED).from(thisMorning)
 * }</pre>
 *
 * @param workspace the workspace, or null
 * @param customerId the user, or null; personal data, and never in {@link #toString}
 * @param states any of these; none means any
 * @param eventUuids any of these, at most {@value #MAX_UUIDS}; none means any
 * @param requestId the request that decided them, {@code outbox_request.id}, or null
 * @param reqId the server's id of the request that delivered them, or null
 * @param reasonContains a part of the last error or the reason of the rejection, by its exact case,
 *     or null
 * @param from not before, or null: when it was delivered, rejected or cancelled; while it waits,
 *     when it was written
 * @param to before, or null
 */
public record ActionFilter(
    @Nullable String workspace,
    @Nullable String customerId,
    Set<ActionState> states,
    Set<UUID> eventUuids,
    @Nullable UUID requestId,
    @Nullable String reqId,
    @Nullable String reasonContains,
    @Nullable Instant from,
    @Nullable Instant to) {
  /** How many UUIDs one filter takes. */
  public static final int MAX_UUIDS = 10_000;

  private static final ActionFilter ALL =
      new ActionFilter(null, null, Set.of(), Set.of(), null, null, null, null, null);

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if a text is empty, there are too many UUIDs, or {@code from}
   *     is not before {@code to}
   */
  public ActionFilter {
    notEmpty("workspace", workspace);
    notEmpty("customerId", customerId);
    notEmpty("reqId", reqId);
    notEmpty("reasonContains", reasonContains);
    states = Set.copyOf(states);
    eventUuids = Set.copyOf(eventUuids);
    if (eventUuids.size() > MAX_UUIDS) {
      throw new IllegalArgumentException(
          "eventUuids has "
              + eventUuids.size()
              + " UUIDs, but takes at most "
              + MAX_UUIDS
              + "; use several filters");
    }
    if (from != null && to != null && !from.isBefore(to)) {
      throw new IllegalArgumentException("from " + from + " must be before to " + to);
    }
  }

  private static void notEmpty(String name, @Nullable String text) {
    if (text != null && (text.isEmpty() || text.length() > 4_000 || text.indexOf('\0') >= 0)) {
      throw new IllegalArgumentException(name + " must have 1 to 4000 characters, and no NUL");
    }
  }

  /** Returns the filter that lets every action pass. */
  public static ActionFilter all() {
    return ALL;
  }

  /** Returns whether every action passes. */
  public boolean isEmpty() {
    return equals(ALL);
  }

  /** Returns a filter for one workspace. */
  public ActionFilter workspace(String name) {
    return new ActionFilter(
        name, customerId, states, eventUuids, requestId, reqId, reasonContains, from, to);
  }

  /** Returns a filter for one user. */
  public ActionFilter customerId(String id) {
    return new ActionFilter(
        workspace, id, states, eventUuids, requestId, reqId, reasonContains, from, to);
  }

  /** Returns a filter for actions in any of these states. */
  public ActionFilter states(ActionState first, ActionState... more) {
    return new ActionFilter(
        workspace,
        customerId,
        EnumSet.of(first, more),
        eventUuids,
        requestId,
        reqId,
        reasonContains,
        from,
        to);
  }

  /**
   * Returns a filter for these actions.
   *
   * @throws IllegalArgumentException if there are none, which would mean all
   */
  public ActionFilter eventUuids(Set<UUID> uuids) {
    if (uuids.isEmpty()) {
      throw new IllegalArgumentException(
          "eventUuids is empty, which would mean all actions; give at least one UUID");
    }
    return new ActionFilter(
        workspace, customerId, states, uuids, requestId, reqId, reasonContains, from, to);
  }

  /** Returns a filter for the actions that a request decided. */
  public ActionFilter requestId(UUID id) {
    return new ActionFilter(
        workspace, customerId, states, eventUuids, id, reqId, reasonContains, from, to);
  }

  /** Returns a filter for the actions that were delivered with the server's {@code req_id}. */
  public ActionFilter reqId(String id) {
    return new ActionFilter(
        workspace, customerId, states, eventUuids, requestId, id, reasonContains, from, to);
  }

  /** Returns a filter for actions whose last error or reason has this text. */
  public ActionFilter reasonContains(String text) {
    return new ActionFilter(
        workspace, customerId, states, eventUuids, requestId, reqId, text, from, to);
  }

  /** Returns a filter for actions at this time or later. */
  public ActionFilter from(Instant time) {
    return new ActionFilter(
        workspace, customerId, states, eventUuids, requestId, reqId, reasonContains, time, to);
  }

  /** Returns a filter for actions before this time. */
  public ActionFilter to(Instant time) {
    return new ActionFilter(
        workspace, customerId, states, eventUuids, requestId, reqId, reasonContains, from, time);
  }

  /** Says what is asked for, without personal data. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    if (workspace != null) {
      parts.add("workspace " + workspace);
    }
    if (customerId != null) {
      parts.add("one customer");
    }
    if (!states.isEmpty()) {
      parts.add(
          "state "
              + String.join(" or ", states.stream().map(ActionState::sqlName).sorted().toList()));
    }
    if (!eventUuids.isEmpty()) {
      parts.add(
          eventUuids.size() == 1
              ? "UUID " + eventUuids.iterator().next()
              : eventUuids.size() + " UUIDs");
    }
    if (requestId != null) {
      parts.add("request " + requestId);
    }
    if (reqId != null) {
      parts.add("req_id " + reqId);
    }
    if (reasonContains != null) {
      parts.add("a text in the reason");
    }
    if (from != null) {
      parts.add("from " + from);
    }
    if (to != null) {
      parts.add("before " + to);
    }
    return parts.isEmpty() ? "all actions" : String.join(", ", parts);
  }
}
