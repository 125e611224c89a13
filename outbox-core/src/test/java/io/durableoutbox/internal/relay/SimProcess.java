package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimTrace.Kind;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import io.durableoutbox.store.Settlement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One life of a relay, watched: what it was given, what it wrote, and what it said. Its listener
 * and its clock are out of order now and then.
 */
final class SimProcess {
  private record Held(UUID claimId, long id) {}

  private final SimRelays sim;
  private final SimInvariants invariants;
  private final SimTrace trace;
  private final SimFaults faults;
  private final Running running;
  private final Map<String, SimLink> links = new LinkedHashMap<>();
  private final SimSettings settings;
  private final String name;

  /** Claimed and not written, each with the end of its lease as the relay reckons it. */
  private final Map<Held, Long> held = new HashMap<>();

  private final Map<String, Integer> heldOf = new HashMap<>();
  private int abandoned;
  private boolean stopped;
  private long stoppingNanos = Long.MAX_VALUE;
  private long lastClaimCalledNanos = -1;
  private long lastCalledNanos = -1;

  SimProcess(
      SimRelays sim,
      SimInvariants invariants,
      SimRequestRules rules,
      SimTrace trace,
      SimFaults faults,
      SimSettings settings,
      InstantSource clock,
      List<SimDestination> servers,
      Runnable beforeStep) {
    this.sim = sim;
    this.invariants = invariants;
    this.trace = trace;
    this.faults = faults;
    this.settings = settings;
    this.name = settings.name();
    for (SimDestination server : servers) {
      SimLink link = new SimLink(sim.world, server, settings, rules, () -> diesHere(beforeStep));
      links.put(server.workspace(), link);
    }
    running =
        sim.relay(
            settings,
            clock,
            faults.throwing(sim.world.newRandom()),
            this::told,
            links.values().toArray(SimLink[]::new));
    running.scheduler().survives = faults::isInjected;
    running.scheduler().beforeStep = beforeStep;
    running.scheduler().stillArrives = faults::callStillArrives;
    running.scheduler().whenReturned = this::returned;
    running.engine().start();
  }

  private boolean diesHere(Runnable beforeStep) {
    if (!scheduler().isDead()) {
      beforeStep.run();
    }
    return scheduler().isDead();
  }

  SimScheduler scheduler() {
    return running.scheduler();
  }

  void wakeUp() {
    running.engine().wakeUp();
  }

  void giveNewCredentials() {
    links.values().forEach(SimLink::giveNewCredentials);
  }

  /** Checks that the only thing that a wrong clock changes is what the relay shows of it. */
  void checkSkew(Duration clockIsAhead, long sinceNanos) {
    Duration shown = running.engine().health().clockSkew();
    if (lastClaimCalledNanos > sinceNanos && !clockIsAhead.negated().equals(shown)) {
      invariants.broke("{} shows a skew of {} and not -{}", name, shown, clockIsAhead);
    }
  }

  /** Begins to stop it: once its loop has heard of it, nothing of it may leave. */
  void beginStop() {
    running.engine().stop(() -> stopped = true);
    running
        .scheduler()
        .execute(
            () -> {
              stoppingNanos = sim.world.now();
              links.values().forEach(SimLink::stops);
            });
  }

  /** Checks that it ends, and that it has lost nothing from sight. */
  void checkStopped(Duration within) {
    if (!sim.world.runUntil(() -> stopped, within)) {
      invariants.broke("{} does not stop", name);
    } else if (held.size() != abandoned && !faults.stepsFail()) {
      invariants.broke("{} lost {} actions from sight", name, held.size() - abandoned);
    }
  }

  private void returned(@Nullable Object result, long calledNanos) {
    if (calledNanos < lastCalledNanos) {
      trace.happened(Kind.STORE_CALL_OVERTAKEN);
    }
    lastCalledNanos = Math.max(lastCalledNanos, calledNanos);
    if (result instanceof Claim claim) {
      ClaimSpec spec = invariants.specOf(claim);
      lastClaimCalledNanos = calledNanos;
      if (calledNanos > stoppingNanos) {
        invariants.broke("{} claims though it stops", name);
      }
      long leaseEnd = calledNanos + spec.lease().toNanos();
      claim.actions().forEach(a -> held.put(new Held(spec.claimId(), a.id()), leaseEnd));
      checkRoom(spec.workspace(), claim.actions().size());
      link(spec.workspace()).claimed(spec, claim, calledNanos);
    } else if (result instanceof Settled settled) {
      invariants.settlementsOf(settled).forEach(this::written);
    }
  }

  private void written(Settlement settlement) {
    heldOf.merge(settlement.workspace(), -settlement.actions().size(), Integer::sum);
    for (ClaimedAction action : settlement.actions()) {
      if (held.remove(new Held(settlement.claimId(), action.id())) == null) {
        invariants.broke("{} writes two outcomes of {}", name, action);
      }
    }
  }

  private void checkRoom(String workspace, int claimed) {
    int most = 3 * settings.inFlight() * settings.elements();
    int holds = heldOf.merge(workspace, claimed, Integer::sum);
    // What a step that failed has dropped is no longer held, though nobody has written it.
    if (holds > most + abandoned && !faults.stepsFail()) {
      invariants.broke("{} holds more than {} actions of {}", name, most, workspace);
    }
  }

  private void gaveUp(int actions) {
    abandoned += actions;
    trace.happened(Kind.ABANDONED, actions);
    if (!faults.stepsFail()
        && held.values().stream().filter(end -> end <= sim.world.now()).count() < abandoned) {
      invariants.broke("{} gives up outcomes whose lease lasts", name);
    }
  }

  private void told(RelayEvent event) {
    if (scheduler().isDead()) {
      return;
    }
    trace.add(event.getClass().getSimpleName(), 0);
    if (event instanceof RelayEvent.Answered answered) {
      link(answered.workspace()).answered(answered);
    } else if (event instanceof RelayEvent.Paused paused) {
      link(paused.workspace()).paused(paused.cause());
    } else if (event instanceof RelayEvent.Delivered delivered) {
      invariants.toldDelivered(delivered);
    } else if (event instanceof RelayEvent.Vanished vanished) {
      invariants.toldVanished(vanished);
    } else if (event instanceof RelayEvent.Abandoned outcomes) {
      gaveUp(outcomes.actions());
    }
    faults.inListener();
  }

  private SimLink link(String workspace) {
    return Objects.requireNonNull(links.get(workspace));
  }
}
