package io.durableoutbox.internal.relay;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Request;
import io.durableoutbox.spi.Request.Element;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Folds actions by user into requests, oldest first.
 *
 * <p>Invariants: each action is in exactly one request; a request has at most one element for a
 * customer_id; elements, actions and bytes are within their bounds, except that one action alone
 * may be larger; a user's actions keep their order, within a request and from one request to the
 * next. Two actions of a user with different offsets or attributes can't share an element, so the
 * later one goes to a later request.
 */
final class Packer {
  // {"elements":[ and ]}
  private static final int ENVELOPE_BYTES = 16;

  private final int maxElements;
  private final int maxActions;
  private final int maxBytes;
  private final Uuids uuids;

  Packer(RelaySettings settings, Uuids uuids) {
    this.maxElements = settings.maxElementsPerRequest();
    this.maxActions = settings.maxActionsPerRequest();
    this.maxBytes = settings.maxRequestBytes();
    this.uuids = uuids;
  }

  List<Request> pack(List<ClaimedAction> actions) {
    List<Request> requests = new ArrayList<>();
    List<ClaimedAction> rest = actions;
    while (!rest.isEmpty()) {
      List<ClaimedAction> later = new ArrayList<>();
      requests.add(fill(rest, later));
      rest = later;
    }
    return requests;
  }

  /** Takes what fits into one request, and leaves the others in {@code later}, in order. */
  private Request fill(List<ClaimedAction> actions, List<ClaimedAction> later) {
    Map<String, List<ClaimedAction>> byUser = new LinkedHashMap<>();
    Set<String> usersOfLater = new HashSet<>();
    long bytes = ENVELOPE_BYTES;
    int count = 0;
    for (ClaimedAction action : actions) {
      String user = action.customerId();
      List<ClaimedAction> same = byUser.get(user);
      boolean room =
          count == 0
              || (count < maxActions
                  && bytes + action.bytes() <= maxBytes
                  && (same != null || byUser.size() < maxElements));
      if (!room
          || (same != null && !shareElement(same.get(0), action))
          || usersOfLater.contains(user)) {
        usersOfLater.add(user);
        later.add(action);
        continue;
      }
      if (same == null) {
        same = new ArrayList<>(1);
        byUser.put(user, same);
      }
      same.add(action);
      bytes += action.bytes();
      count++;
    }
    List<Element> elements = new ArrayList<>(byUser.size());
    for (Map.Entry<String, List<ClaimedAction>> e : byUser.entrySet()) {
      ClaimedAction first = e.getValue().get(0);
      elements.add(
          new Element(
              e.getKey(), first.userTimezoneOffset(), first.userAttributes(), e.getValue()));
    }
    return new Request(uuids.next(), elements);
  }

  private static boolean shareElement(ClaimedAction a, ClaimedAction b) {
    return Objects.equals(a.userTimezoneOffset(), b.userTimezoneOffset())
        && Objects.equals(a.userAttributes(), b.userAttributes());
  }
}
