package io.durableoutbox.internal.relay;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.relay.SimInvariants.Committed;
import io.durableoutbox.internal.relay.SimInvariants.Nature;
import io.durableoutbox.internal.relay.SimTrace.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** What must hold for each request that leaves: its content, bounds, leases, pauses and limits. */
final class SimRequestRules {
  private record Sendings(int claims, UUID lastClaimId) {}

  private static final int ENVELOPE_BYTES = 16;

  private final SimWorld world;
  private final SimStore store;
  private final SimTrace trace;
  private final SimInvariants invariants;
  private final boolean stepsFail;
  private final List<SimLink> links = new ArrayList<>();
  private final Map<UUID, Sendings> sendings = new HashMap<>();
  private final Map<UUID, Map<String, Long>> lastOfUser = new HashMap<>();
  private final Set<UUID> requestIds = new HashSet<>();

  /**
   * Makes the rules.
   *
   * @param stepsFail whether a step may fail that would have made a pause
   */
  SimRequestRules(SimRelays sim, SimTrace trace, SimInvariants invariants, boolean stepsFail) {
    this.stepsFail = stepsFail;
    world = sim.world;
    store = sim.store;
    this.trace = trace;
    this.invariants = invariants;
  }

  void watch(SimLink link) {
    links.add(link);
  }

  /** Checks a request that leaves. */
  void leaves(SimLink link, Request request) {
    trace.happened(Kind.SENT, request.actions().size());
    if (!requestIds.add(request.id())) {
      invariants.broke("{} leaves a second time", request);
    }
    checkBounds(link.settings, request);
    checkPause(link);
    if (link.out() >= link.settings.inFlight()) {
      invariants.broke("{} leaves with more requests out than allowed", request);
    }
    if (link.isTooFast(request)) {
      invariants.broke("{} leaves faster than the limits per minute", request);
    }
    for (Request.Element element : request.elements()) {
      for (ClaimedAction action : element.actions()) {
        trace.add("send", action.id());
        checkContent(link.workspace(), element, action);
        checkLease(link, action);
      }
    }
  }

  private void checkBounds(SimSettings settings, Request request) {
    List<ClaimedAction> actions = request.actions();
    int bytes = ENVELOPE_BYTES + actions.stream().mapToInt(ClaimedAction::bytes).sum();
    long users = request.elements().stream().map(Request.Element::customerId).distinct().count();
    if (request.elements().size() > settings.elements()
        || actions.size() > settings.actions()
        || (actions.size() > 1 && bytes > SimSettings.MAX_BYTES)
        || users != request.elements().size()) {
      invariants.broke(
          "{} is over its bounds: {} users in {} elements, {} actions, {} bytes",
          request,
          users,
          request.elements().size(),
          actions.size(),
          bytes);
    }
  }

  private void checkContent(String workspace, Request.Element element, ClaimedAction action) {
    Committed c = invariants.committed(action.eventUuid());
    if (c == null || c.nature() == Nature.UNFIT || !c.workspace().equals(workspace)) {
      invariants.broke("{} is sent, and is not committed, not fit or not of {}", action, workspace);
      return;
    }
    ClaimedAction first = c.action();
    boolean same =
        first.eventUuid().equals(action.eventUuid())
            && first.customerId().equals(element.customerId())
            && first.customerId().equals(action.customerId())
            && Objects.equals(first.userTimezoneOffset(), element.userTimezoneOffset())
            && Objects.equals(first.userAttributes(), element.userAttributes())
            && first.action().equals(action.action())
            && first.eventTimeSeconds() == action.eventTimeSeconds()
            && first.platform().equals(action.platform())
            && first.attributes().equals(action.attributes());
    if (!same) {
      invariants.broke("{} differs from what was committed as {}", action, first);
    }
  }

  private void checkLease(SimLink link, ClaimedAction action) {
    UUID claimId = link.claimOf(action);
    Long leaseEnd = claimId == null ? null : invariants.leaseEnd(claimId);
    if (claimId == null || leaseEnd == null) {
      invariants.broke("{} is sent and was not claimed", action);
      return;
    }
    SimStore.Row row = store.row(action);
    long needed = world.now() + SimSettings.CALL_TIMEOUT.toNanos();
    if (leaseEnd < needed
        || (row != null && (!claimId.equals(row.claimId) || row.availableAt < needed))) {
      invariants.broke("{} is sent without a lease for the call", action);
    }
    Sendings before = sendings.get(action.eventUuid());
    int earlier = before == null ? 0 : before.claims;
    if (before != null) {
      trace.happened(Kind.SENT_AGAIN);
    }
    if (before == null || !before.lastClaimId.equals(claimId)) {
      if (action.attempts() <= earlier) {
        invariants.broke(
            "{} is sent as attempt {} after {} others", action, action.attempts(), earlier);
      }
      sendings.put(action.eventUuid(), new Sendings(earlier + 1, claimId));
      checkOrder(claimId, action);
    }
  }

  private void checkOrder(UUID claimId, ClaimedAction action) {
    if (!action.suspect() && !action.triedBefore()) {
      Long before =
          lastOfUser
              .computeIfAbsent(claimId, id -> new HashMap<>())
              .put(action.customerId(), action.id());
      if (before != null && before > action.id()) {
        invariants.broke("{} is sent after a later action of its user", action);
      }
    }
  }

  private void checkPause(SimLink link) {
    if (link.isStopping()) {
      invariants.broke("a request leaves though its relay stops");
    }
    if (link.isHeldBack()) {
      invariants.broke("a request leaves with credentials that were refused");
    }
    if (link.doubts() && !stepsFail) {
      invariants.broke("a request leaves after a failure that nothing contradicts");
    }
    if (link.isClosed()) {
      invariants.broke("a request leaves in a pause that its relay knows of");
    }
    UUID probe = link.probe();
    if (probe == null) {
      return;
    }
    if (link.out() > 0) {
      invariants.broke("a probe leaves beside another request of its relay");
    }
    for (SimLink other : links) {
      UUID otherProbe = other.probeThatIsOut();
      // A pause that others changed meanwhile may have a probe of its own.
      if (otherProbe != null
          && other != link
          && other.workspace().equals(link.workspace())
          && Objects.equals(
              invariants.changesAtProbe(otherProbe), invariants.changesAtProbe(probe))) {
        invariants.broke("two probes of one pause are out at once");
      }
    }
  }
}
