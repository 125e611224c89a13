package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.ActionRules;
import io.durableoutbox.internal.relay.Batch.Ready;
import io.durableoutbox.internal.relay.Batch.Settling;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.RelayStore.Claim;
import io.durableoutbox.spi.RelayStore.ClaimSpec;
import io.durableoutbox.spi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one workspace's actions: claims them as there is room, and hands them to the courier.
 * Lanes share the loop and the settler and nothing else, so one that waits delays no other.
 *
 * <p>Invariants, on the loop: an action is <em>held</em> from its claim until its settlement is
 * written or abandoned, and what is held is bounded, so memory is; at most one claim is out; while
 * the relay runs, a claim is out, is wanted, or has a timer.
 *
 * <p>A crash at any point leaves rows whose lease ends: they are claimed again and the same UUIDs
 * go out. Before the claim is committed nothing has happened; between claim and send the attempt is
 * counted though nothing left; between send and settlement the destination may have the actions and
 * gets them once more, which only their UUIDs make harmless.
 */
final class Lane {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);

  private static final int MAX_CLAIM = 2_000;

  private final RelayEngine engine;
  private final RelaySettings settings;
  private final RelayStore store;
  private final Destination destination;
  private final Scheduler scheduler;
  private final Settler settler;
  private final Packer packer;
  private final Uuids uuids;
  private final Backoff backoff;
  private final Gate gate;
  private final Courier courier;
  private final Floor floor;

  private final FailureSeries failing;
  private int heldActions;
  private long heldBytes;
  private boolean claiming;
  private boolean claimWanted;
  private boolean woken;
  private boolean resting;
  private boolean stopping;
  private long movedNanos;
  private Scheduler.@Nullable Timer poll;

  Lane(
      RelayEngine engine,
      RelayStore store,
      Destination destination,
      Scheduler scheduler,
      Settler settler,
      Uuids uuids,
      Backoff backoff,
      Evidence evidence) {
    this.engine = engine;
    this.settings = engine.settings();
    this.store = store;
    this.destination = destination;
    this.scheduler = scheduler;
    this.settler = settler;
    this.packer = new Packer(settings, uuids);
    this.uuids = uuids;
    this.backoff = backoff;
    evidence.rejectingAtMost(settings.retries().maxRefusalsInARow());
    this.gate = new Gate(engine, store, destination, scheduler, backoff, evidence, this::gateMoved);
    this.courier =
        new Courier(
            engine,
            destination,
            scheduler,
            settler,
            packer,
            gate,
            evidence,
            backoff,
            this::answered);
    this.failing =
        new FailureSeries(
            scheduler,
            "Relay " + settings.name() + " can't claim for workspace " + workspace(),
            "it tries again",
            "Relay " + settings.name() + " claims again for workspace " + workspace());
    this.movedNanos = scheduler.nanoTime();
    this.floor = new Floor(movedNanos);
  }

  String workspace() {
    return destination.workspace();
  }

  boolean isIdle() {
    return !claiming && courier.isIdle() && gate.isIdle();
  }

  /**
   * Claims as soon as a request could leave, because something may be waiting. Until then what is
   * committed gathers in the store: small claims make small requests, and a queue of those holds up
   * what comes behind.
   */
  void wake() {
    if (gate.isClosed()) {
      // What was committed meanwhile waits like the others, and the next look comes by itself.
      return;
    }
    woken = true;
    pump();
  }

  /** Claims no more and gives back what has not left. */
  void stop() {
    stopping = true;
    cancelPoll();
    courier.stop();
  }

  /**
   * Takes note that actions are no longer held.
   *
   * @param gone whether they have left the outbox
   */
  void released(Collection<ClaimedAction> actions, boolean gone) {
    if (!gone) {
      floor.lookAtAll();
    }
    heldActions -= actions.size();
    heldBytes -= bytes(actions);
    movedNanos = scheduler.nanoTime();
    pump();
  }

  /** Goes on after a step that failed unexpectedly. */
  void recover() {
    recount();
    courier.recover();
    if (!claiming && !claimWanted && poll == null) {
      pollAfter(engine.untilNextPoll());
    }
    pump();
  }

  /**
   * Finds what a step that failed has dropped: held by nobody, it would count as held for ever. Its
   * rows come back when their lease ends.
   */
  private void recount() {
    List<Batch> batches = courier.batches();
    settler.batchesOf(this, batches);
    int actions = 0;
    long bytes = 0;
    for (Batch batch : batches) {
      actions += batch.actions().size();
      bytes += bytes(batch.actions());
    }
    int dropped = heldActions - actions;
    heldActions = actions;
    heldBytes = bytes;
    if (dropped > 0) {
      floor.lookAtAll();
      engine.abandoned(dropped);
    }
  }

  /** Adds what a person should know, which does not make the relay less healthy. */
  void hints(List<String> hints) {
    courier.hints(hints);
  }

  /** Adds what a person should know of it. */
  void problems(List<String> broken, List<String> paused) {
    long now = scheduler.nanoTime();
    if (failing.isLong()) {
      broken.add(
          "nothing can be claimed for workspace "
              + workspace()
              + failing.since()
              + "; look at the database and the pool");
    } else if (heldActions > 0
        && now - movedNanos
            > settings.lease().plus(settings.lease()).plus(RelayEngine.DOWN_AFTER).toNanos()) {
      broken.add(
          "workspace "
              + workspace()
              + " has made no progress since "
              + Duration.ofNanos(now - movedNanos).toSeconds()
              + " s; look whether outcomes can be written");
    }
    String problem = gate.problem();
    if (problem != null) {
      paused.add(problem);
    }
  }

  private void answered() {
    movedNanos = scheduler.nanoTime();
    pump();
    engine.moved();
  }

  private void gateMoved(Duration atLeast) {
    floor.lookAtAll();
    if (gate.isClosed()) {
      lookAfter(atLeast.isZero() ? gate.untilNextLook() : atLeast);
    } else if (engine.isContinuous()) {
      claimWanted = true;
    }
    pump();
    engine.moved();
  }

  private void pump() {
    courier.pump();
    if (woken && courier.couldSend()) {
      claimWanted = true;
    }
    if (!claimWanted || claiming || stopping || !hasRoom()) {
      return;
    }
    if (gate.mayClaim()) {
      claim();
    } else if (!gate.untilNextRequest().isZero()) {
      courier.pumpAfter(gate.untilNextRequest());
    }
  }

  /**
   * Claims ahead while requests are out and outcomes are written, so that neither waits for the
   * next claim. What waits to be sent is not claimed further ahead than half of what may be out: a
   * slow destination would let its lease run down.
   */
  private boolean hasRoom() {
    int share = gate.actionsToClaim();
    return courier.waitingActions() <= share / 2
        && heldActions <= 2 * share
        && heldBytes <= 2 * bytesToClaim();
  }

  /** Not all that may be out at once, so that the first is sent while the next is claimed. */
  private int claimSize() {
    return Math.min(gate.actionsToClaim(), MAX_CLAIM);
  }

  private long bytesToClaim() {
    return (long) gate.requestsToClaim() * settings.requests().maxBytes();
  }

  private void claim() {
    boolean onlyLook = gate.onlyLooks();
    ClaimSpec spec =
        new ClaimSpec(
            workspace(),
            uuids.next(),
            settings.name(),
            onlyLook ? 0 : claimSize(),
            gate.probeSize(),
            bytesToClaim(),
            settings.lease(),
            fromId(),
            gate.hasOtherCredentials());
    claiming = true;
    claimWanted = false;
    woken = false;
    cancelPoll();
    long started = scheduler.nanoTime();
    engine.callStore(
        "claim",
        workspace(),
        () -> engine.skew().measured(() -> store.claim(spec)),
        (claim, failure) -> onClaim(spec, started, claim, failure));
  }

  private long fromId() {
    if (gate.isClosed()) {
      return gate.probeFrom();
    }
    return engine.isContinuous() ? floor.next(scheduler.nanoTime()) : 0;
  }

  private void onClaim(
      ClaimSpec spec, long startedNanos, @Nullable Claim claim, @Nullable Throwable failure) {
    claiming = false;
    if (claim == null) {
      onClaimFailure(failure);
    } else {
      failing.succeeded();
      settler.storeAnswered();
      accept(spec, startedNanos, claim);
    }
    pump();
    engine.moved();
  }

  private void onClaimFailure(@Nullable Throwable failure) {
    failing.failed(failure);
    engine.failedOnce(failure);
    engine.tellFailure("claim", failure);
    pollAfter(backoff.after(failing.failures()));
  }

  private void accept(ClaimSpec spec, long startedNanos, Claim claim) {
    long now = scheduler.nanoTime();
    movedNanos = now;
    engine.counters().claimed += claim.actions().size();
    engine.tell(
        new RelayEvent.Claimed(
            workspace(),
            claim.actions().size(),
            Duration.ofNanos(now - startedNanos),
            Objects.requireNonNullElse(engine.skew().last(), Duration.ZERO)));
    boolean onlyLooked = spec.maxActions() == 0;
    boolean skipped = false;
    if (claim.pause() != null || onlyLooked) {
      floor.lookAtAll();
    } else {
      skipped = floor.claimed(spec.fromId(), claim.actions(), claim.more(), startedNanos, now);
    }
    boolean may = gate.claimed(spec.claimId(), claim, spec.fromId(), startedNanos, onlyLooked);
    long leaseEnd = startedNanos + settings.lease().toNanos();
    List<Ready> requests = pack(spec.claimId(), leaseEnd, claim.actions());
    if (gate.isClosed()) {
      lookAfter(gate.untilNextLook());
    } else if ((claim.more() || skipped) && engine.isContinuous()) {
      claimWanted = true;
    } else {
      rest();
    }
    courier.add(requests);
    if (stopping || !may || gate.looksForAnother(claim.actions())) {
      courier.giveBackAll();
    } else if (requests.isEmpty()) {
      gate.returnProbe();
    }
  }

  /** Rejects what is not fit to be sent, and makes requests of the rest. */
  private List<Ready> pack(UUID claimId, long leaseEnd, List<ClaimedAction> actions) {
    heldActions += actions.size();
    heldBytes += bytes(actions);
    List<ClaimedAction> good = new ArrayList<>(actions.size());
    List<Ready> requests = new ArrayList<>();
    try {
      List<Settling> unfit = new ArrayList<>();
      for (ClaimedAction action : actions) {
        Optional<String> problem =
            action.validated() ? Optional.empty() : ActionRules.problem(action);
        if (problem.isPresent()) {
          Batch one = new Batch(this, claimId, leaseEnd, List.of(action));
          unfit.add(new Settling(one, new Disposition.Rejected(problem.get()), null));
        } else {
          good.add(action);
        }
      }
      for (Request request : packer.pack(good)) {
        requests.add(new Ready(request, new Batch(this, claimId, leaseEnd, request.actions())));
      }
      for (Settling one : unfit) {
        log.warn(
            "Action {} is not fit to be sent and is rejected",
            one.batch().actions().get(0).eventUuid());
        settler.add(one);
      }
    } catch (RuntimeException | Error e) {
      // Nothing of the claim is under way: it comes back when its lease ends.
      heldActions -= actions.size();
      heldBytes -= bytes(actions);
      engine.stepFailed(e);
      return List.of();
    }
    engine.tellLongUnknown(workspace(), good);
    return requests;
  }

  /** Waits for the next poll, or for the shared look to find something. */
  private void rest() {
    boolean shared = engine.looksForLanes();
    pollAfter(shared ? engine.untilOwnPoll() : engine.untilNextPoll());
    resting = shared;
  }

  /** Returns whether it waits for the shared look. */
  boolean isResting() {
    return resting;
  }

  /** Claims, since something may wait. */
  void claimNow() {
    resting = false;
    claimWanted = true;
    pump();
  }

  /** Claims no sooner than that, since nothing could be sent. */
  private void lookAfter(Duration delay) {
    claimWanted = false;
    woken = false;
    pollAfter(delay);
  }

  private void pollAfter(Duration delay) {
    cancelPoll();
    if (engine.isContinuous() && !stopping) {
      poll =
          scheduler.schedule(
              delay,
              () -> {
                poll = null;
                claimNow();
              });
    }
  }

  private void cancelPoll() {
    resting = false;
    if (poll != null) {
      poll.cancel();
      poll = null;
    }
  }

  private static long bytes(Collection<ClaimedAction> actions) {
    long sum = 0;
    for (ClaimedAction action : actions) {
      sum += action.bytes();
    }
    return sum;
  }
}
