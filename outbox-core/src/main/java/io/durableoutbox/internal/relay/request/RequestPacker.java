package io.durableoutbox.internal.relay.request;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import io.durableoutbox.destination.Request.Element;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.Uuids;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Folds actions by user into requests, oldest first.
 *
 * <p>Invariants: each action is in exactly one request; a request has at most one element for a
 * customer_id; elements, actions and bytes are within their bounds, except that one action alone
 * may be larger; a user's actions that were not tried before keep their order, within a request and
 * from one request to the next. Two actions of a user with different offsets or attributes can't
 * share an element, so the later one goes to a later request.
 *
 * <p>What was tried before travels apart from what was not, so that what fails again is told from
 * what is new. A suspect travels with suspects only, and in company at most half as large for each
 * time that it was one: so a search that was broken off goes on where it was, and delays nobody
 * else.
 */
public final class RequestPacker {
  // {"elements":[ and ]}
  private static final int ENVELOPE_BYTES = 16;

  private final int maxElements;
  private final int maxActions;
  private final int maxBytes;
  private final Uuids uuids;

  public RequestPacker(RelaySettings settings, Uuids uuids) {
    this.maxElements = settings.requests().maxElements();
    this.maxActions = settings.requests().maxActions();
    this.maxBytes = settings.requests().maxBytes();
    this.uuids = uuids;
  }

  public List<Request> pack(List<ClaimedAction> actions) {
    List<ClaimedAction> fresh = new ArrayList<>(actions.size());
    List<ClaimedAction> triedBefore = new ArrayList<>();
    Map<Integer, List<ClaimedAction>> suspects = new TreeMap<>();
    for (ClaimedAction action : actions) {
      if (action.suspect()) {
        suspects.computeIfAbsent(action.refusals(), n -> new ArrayList<>()).add(action);
      } else {
        (action.triedBefore() ? triedBefore : fresh).add(action);
      }
    }
    List<Request> requests = new ArrayList<>();
    pack(fresh, maxActions, requests);
    pack(triedBefore, maxActions, requests);
    suspects.forEach(
        (refusals, group) ->
            pack(group, Math.max(1, maxElements >> Math.min(refusals, 31)), requests));
    return requests;
  }

  /**
   * Splits a request in two, which have half of its actions each, give or take one. It must have at
   * least two.
   */
  public List<Request> split(Request request) {
    return split(request, (request.actions().size() + 1) / 2);
  }

  /** Splits a request of at least two actions into its first action and the others. */
  List<Request> splitFirst(Request request) {
    return split(request, 1);
  }

  private List<Request> split(Request request, int middle) {
    List<Element> first = new ArrayList<>();
    List<Element> second = new ArrayList<>();
    int before = 0;
    for (Element element : request.elements()) {
      int cut = Math.min(Math.max(middle - before, 0), element.actions().size());
      addPart(first, element, 0, cut);
      addPart(second, element, cut, element.actions().size());
      before += element.actions().size();
    }
    return List.of(new Request(uuids.next(), first), new Request(uuids.next(), second));
  }

  private static void addPart(List<Element> to, Element element, int from, int until) {
    if (from < until) {
      to.add(
          new Element(
              element.customerId(),
              element.userTimezoneOffset(),
              element.userAttributes(),
              element.actions().subList(from, until)));
    }
  }

  private void pack(List<ClaimedAction> actions, int atMost, List<Request> requests) {
    List<ClaimedAction> rest = actions;
    while (!rest.isEmpty()) {
      List<ClaimedAction> later = new ArrayList<>();
      requests.add(fill(rest, atMost, later));
      rest = later;
    }
  }

  /** Takes what fits into one request, and leaves the others in {@code later}, in order. */
  private Request fill(List<ClaimedAction> actions, int atMost, List<ClaimedAction> later) {
    Map<String, List<ClaimedAction>> byUser = new LinkedHashMap<>();
    Set<String> usersOfLater = new HashSet<>();
    long bytes = ENVELOPE_BYTES;
    int count = 0;
    for (ClaimedAction action : actions) {
      String user = action.customerId();
      List<ClaimedAction> same = byUser.get(user);
      boolean room =
          count == 0
              || (count < atMost
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
