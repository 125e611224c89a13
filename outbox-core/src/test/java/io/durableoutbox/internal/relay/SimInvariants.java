package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.internal.relay.SimTrace.Kind;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import io.durableoutbox.store.Settlement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

/**
 * What must hold at each step of a simulation, whatever fails. What does not is kept for the end:
 * thrown at once, it would look like a broken store or destination.
 */
final class SimInvariants {
  /** What an action is, which says what must become of it. */
  enum Nature {
    /** Must be delivered. */
    GOOD,
    /** Must be rejected before it is sent. */
    UNFIT,
    /** Looks fit, and every request that has it is refused: must be rejected. */
    BAD,
    /** Every request that has it fails until the faults end: must be delivered then. */
    POISON
  }

  /** An action that was committed. */
  record Committed(ClaimedAction action, Nature nature, String workspace, long atNanos) {}

  private record Held(UUID claimId, long leaseEndNanos) {}

  private static final int MOST_REPORTED = 5;

  /** Of an action that fails alone for two minutes, with the search for it and its outages. */
  private static final int MOST_ATTEMPTS = 50;

  private final SimWorld world;
  private final SimStore store;
  private final SimTrace trace;
  private final List<String> broken = new ArrayList<>();
  private final Map<UUID, Committed> committed = new HashMap<>();
  private final Map<UUID, Committed> lost = new HashMap<>();
  private final Map<UUID, Held> held = new HashMap<>();
  private final Set<UUID> claimIds = new HashSet<>();
  private final Map<UUID, Long> leaseEnds = new HashMap<>();
  private final Map<UUID, Integer> changesAtProbe = new HashMap<>();
  private final IdentityHashMap<Claim, ClaimSpec> specs = new IdentityHashMap<>();
  private final IdentityHashMap<Settled, List<Settlement>> settlements = new IdentityHashMap<>();
  private final Map<String, Long> pausedByHandUntil = new HashMap<>();
  private final Set<UUID> delivered = new HashSet<>();
  private final Set<UUID> rejected = new HashSet<>();
  private final Set<UUID> everRejected = new HashSet<>();
  private int checkedDelivered;
  private int checkedRejected;
  private long longestWaitNanos;

  SimInvariants(SimRelays sim, SimTrace trace) {
    world = sim.world;
    store = sim.store;
    this.trace = trace;
    store.whenClaimed = this::claimed;
    store.whenSettled = this::settled;
  }

  void broke(String what, @Nullable Object... with) {
    broken.add(world.time() + ": " + MessageFormatter.arrayFormat(what, with).getMessage());
  }

  void committed(String workspace, ClaimedAction action, Nature nature) {
    committed.put(action.eventUuid(), new Committed(action, nature, workspace, world.now()));
    trace.happened(Kind.COMMITTED);
  }

  int probes() {
    return changesAtProbe.size();
  }

  /** Returns what an action was when it was committed, or null if it never was. */
  @Nullable Committed committed(UUID event) {
    Committed c = committed.get(event);
    return c == null ? lost.get(event) : c;
  }

  /** Takes note of actions that a standby lacks which has taken over. */
  void lost(List<UUID> events) {
    for (UUID event : events) {
      lost.put(event, Objects.requireNonNull(committed.remove(event)));
    }
    trace.happened(Kind.LOST_BY_FAIL_OVER, events.size());
  }

  /** Takes note of rejected actions that a person put back. */
  void requeued(List<UUID> events) {
    rejected.removeAll(events);
    checkedRejected = store.rejected.size();
    trace.happened(Kind.REQUEUED, events.size());
  }

  /** Returns how many actions are rejected that are not at fault. */
  long innocentAndRejected() {
    return rejected.stream().filter(this::isInnocent).count();
  }

  void toldVanished(RelayEvent.Vanished event) {
    if (!lost.keySet().containsAll(event.eventUuids())) {
      broke("{} are told as vanished and are not", event.eventUuids());
    }
    trace.happened(Kind.VANISHED, event.eventUuids().size());
  }

  /** Returns until when a claim holds its actions, or null if it has none. */
  @Nullable Long leaseEnd(UUID claimId) {
    return leaseEnds.get(claimId);
  }

  /** Returns how often the pause had been changed by others when the claim became its probe. */
  @Nullable Integer changesAtProbe(UUID claimId) {
    return changesAtProbe.get(claimId);
  }

  boolean isBad(ClaimedAction action) {
    return is(action, Nature.BAD);
  }

  boolean isPoison(ClaimedAction action) {
    return is(action, Nature.POISON);
  }

  private boolean is(ClaimedAction action, Nature nature) {
    Committed c = committed(action.eventUuid());
    return c != null && c.nature == nature;
  }

  boolean isInnocent(UUID event) {
    Committed c = committed.get(event);
    return c != null && c.nature == Nature.GOOD;
  }

  void pausedByHand(String workspace, long untilNanos) {
    pausedByHandUntil.put(workspace, untilNanos);
  }

  void resumedByHand(String workspace) {
    pausedByHandUntil.remove(workspace);
  }

  /** Returns what the answer of a claim was for. */
  ClaimSpec specOf(Claim claim) {
    return Objects.requireNonNull(specs.remove(claim));
  }

  /** Returns what the answer of a settling was for. */
  List<Settlement> settlementsOf(Settled settled) {
    return Objects.requireNonNull(settlements.remove(settled));
  }

  // The store

  private void claimed(ClaimSpec spec, Claim claim) {
    long now = world.now();
    specs.put(claim, spec);
    trace.add("claim", claim.actions().size());
    if (!claimIds.add(spec.claimId())) {
      broke("claim {} was made before", spec.claimId());
    }
    if (claim.actions().isEmpty()) {
      return;
    }
    trace.happened(Kind.CLAIMED, claim.actions().size());
    if (claim.probe()) {
      trace.happened(Kind.PROBE);
      changesAtProbe.put(spec.claimId(), store.workspace(spec.workspace()).changes);
    }
    int most = claim.probe() ? spec.maxProbeActions() : spec.maxActions();
    if (claim.actions().size() > most) {
      broke("{} are claimed and {} were asked for", claim.actions().size(), most);
    }
    if (pausedByHandUntil.getOrDefault(spec.workspace(), now) > now) {
      broke("{} is claimed from in a pause made by hand", spec.workspace());
    }
    long leaseEnd = now + spec.lease().toNanos();
    leaseEnds.put(spec.claimId(), leaseEnd);
    for (ClaimedAction action : claim.actions()) {
      Held before = held.put(action.eventUuid(), new Held(spec.claimId(), leaseEnd));
      if (before != null && before.leaseEndNanos > now) {
        broke("{} is held by two claims", action);
      }
    }
  }

  private void settled(List<Settlement> written, Settled settled) {
    int actions = 0;
    for (Settlement settlement : written) {
      actions += settlement.actions().size();
      for (ClaimedAction action : settlement.actions()) {
        Held holder = held.get(action.eventUuid());
        boolean holds = holder != null && holder.claimId.equals(settlement.claimId());
        if (holds || settlement.disposition() instanceof Disposition.Delivered) {
          held.remove(action.eventUuid());
        }
      }
      if (settlement.disposition() instanceof Disposition.Unsent) {
        trace.happened(Kind.GIVEN_BACK, settlement.actions().size());
      }
    }
    settlements.put(settled, written);
    trace.add("settle", actions);
    checkNewlySettled();
    if (committed.size() != store.delivered.size() + store.rejected.size() + store.pending()) {
      broke(
          "{} committed are not {} delivered, {} rejected and {} waiting",
          committed.size(),
          store.delivered.size(),
          store.rejected.size(),
          store.pending());
    }
  }

  private void checkNewlySettled() {
    for (; checkedDelivered < store.delivered.size(); checkedDelivered++) {
      SimStore.Delivered d = store.delivered.get(checkedDelivered);
      trace.happened(Kind.DELIVERED);
      if (!delivered.add(d.eventUuid())) {
        broke("{} is delivered twice", d.eventUuid());
      }
      if (d.attempts() < 1 || !store.requests.containsKey(d.requestId())) {
        broke("{} is delivered by no request", d.eventUuid());
      }
    }
    for (; checkedRejected < store.rejected.size(); checkedRejected++) {
      trace.happened(Kind.REJECTED);
      everRejected.add(store.rejected.get(checkedRejected).eventUuid());
      if (!rejected.add(store.rejected.get(checkedRejected).eventUuid())) {
        broke("{} is rejected twice", store.rejected.get(checkedRejected));
      }
    }
  }

  void toldDelivered(RelayEvent.Delivered event) {
    for (UUID uuid : event.eventUuids()) {
      // What another relay has rejected meanwhile stays so, with the accepted request beside.
      if (!delivered.contains(uuid) && !everRejected.contains(uuid)) {
        broke("{} is told as delivered and is not", uuid);
      }
    }
  }

  // The end

  /** Checks that each action has become what it had to. */
  void checkEnd(Map<String, SimDestination> servers) {
    for (Committed c : committed.values()) {
      UUID event = c.action.eventUuid();
      boolean good = c.nature == Nature.GOOD || c.nature == Nature.POISON;
      if (good && rejected.contains(event)) {
        broke("{} is innocent and rejected", event);
      } else if (!(good ? delivered : rejected).contains(event)) {
        broke("{} is {} and waits for ever", event, c.nature);
      } else if (!good && delivered.contains(event)) {
        broke("{} is {} and delivered", event, c.nature);
      }
      SimDestination server = Objects.requireNonNull(servers.get(c.workspace));
      if (server.taken.containsKey(event) != good) {
        broke("{} is {}, and the destination has it or not", event, c.nature);
      }
    }
    for (SimStore.Delivered d : store.delivered) {
      Committed c = committed.get(d.eventUuid());
      if (c != null && c.nature == Nature.POISON && d.attempts() > MOST_ATTEMPTS) {
        broke("{} was tried too often: {} times", d.eventUuid(), d.attempts());
      }
    }
    trace.happened(Kind.FENCED, store.fenced);
  }

  /** Returns the longest time from a commit to the delivery in a workspace. */
  long longestWaitNanos(String workspace) {
    Map<UUID, Long> commits = new HashMap<>();
    committed.values().stream()
        .filter(c -> c.nature == Nature.GOOD)
        .forEach(c -> commits.put(c.action.eventUuid(), c.atNanos));
    for (SimStore.Delivered d : store.delivered) {
      if (d.workspace().equals(workspace)) {
        long wait = d.atNanos() - commits.getOrDefault(d.eventUuid(), d.atNanos());
        longestWaitNanos = Math.max(longestWaitNanos, wait);
      }
    }
    return longestWaitNanos;
  }

  /** Throws if anything did not hold. */
  void throwIfBroken() {
    if (!broken.isEmpty()) {
      throw new AssertionError(
          broken.size()
              + " times broken:\n"
              + String.join("\n", broken.subList(0, Math.min(MOST_REPORTED, broken.size()))));
    }
  }
}
