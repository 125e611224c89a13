package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.relay.limit.RequestLimits;
import io.durableoutbox.internal.relay.request.Batch;
import io.durableoutbox.internal.relay.request.Batch.Ready;
import io.durableoutbox.internal.relay.request.Batch.Settling;
import io.durableoutbox.internal.relay.request.Claimed;
import io.durableoutbox.internal.relay.request.Evidence;
import io.durableoutbox.internal.relay.request.HeldActions;
import io.durableoutbox.internal.relay.request.RequestPacker;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The way of one workspace's actions: claims them as there is room, and hands them to the sender.
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
final class WorkspacePoller implements Batch.Holder {
  private static final Logger log = RelayLog.LOG;

  /** How often an idle poller claims all the same when it shares its polls. */
  static final Duration OWN_POLL = Duration.ofMinutes(1);

  private static final int MAX_CLAIM = 2_000;

  private final RelayContext context;
  private final RelaySettings settings;
  private final RelayStore store;
  private final Destination destination;
  private final Scheduler scheduler;
  private final Settler settler;
  private final RequestPacker packer;
  private final BooleanSupplier sharesPolls;
  private final RequestLimits limits;
  private final CircuitBreaker breaker;
  private final RequestSender sender;
  private final ClaimStart claimStart;

  private final PollTimer poll;
  private final HeldActions held = new HeldActions();
  private final FailureSeries failing;
  private boolean claiming;
  private boolean claimWanted;
  private boolean woken;
  private boolean resting;
  private boolean stopping;
  private long movedNanos;

  /**
   * Makes a poller that claims nothing yet.
   *
   * @param evidence what earlier relays of this process have learned of the workspace; added to
   * @param sharesPolls whether it may leave it to the shared poll to find something
   */
  WorkspacePoller(
      RelayContext context,
      Destination destination,
      Settler settler,
      Evidence evidence,
      BooleanSupplier sharesPolls) {
    this.context = context;
    this.settings = context.settings();
    this.store = context.store();
    this.destination = destination;
    this.scheduler = context.scheduler();
    this.settler = settler;
    this.packer = new RequestPacker(settings, context.uuids());
    this.sharesPolls = sharesPolls;
    evidence.rejectingAtMost(settings.retries().maxRefusalsInARow());
    this.limits = new RequestLimits(settings, scheduler::nanoTime);
    this.breaker = new CircuitBreaker(context, destination, limits, evidence, this::breakerMoved);
    this.sender =
        new RequestSender(
            context, destination, settler, packer, limits, breaker, evidence, this::answered);
    this.failing =
        new FailureSeries(
            scheduler,
            "Relay " + settings.name() + " can't claim for workspace " + workspace(),
            "it tries again",
            "Relay " + settings.name() + " claims again for workspace " + workspace());
    this.poll = new PollTimer(scheduler, this::claimNow);
    this.movedNanos = scheduler.nanoTime();
    this.claimStart = new ClaimStart(movedNanos);
  }

  @Override
  public String workspace() {
    return destination.workspace();
  }

  boolean isIdle() {
    return !claiming && sender.isIdle() && breaker.isIdle();
  }

  /**
   * Claims as soon as a request could leave, because something may be waiting. Until then what is
   * committed gathers in the store: small claims make small requests, and a queue of those holds up
   * what comes behind.
   */
  void wake() {
    if (breaker.isOpen()) {
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
    sender.stop();
  }

  @Override
  public void released(Collection<ClaimedAction> actions, boolean gone) {
    if (!gone) {
      claimStart.lookAtAll();
    }
    held.remove(actions);
    movedNanos = scheduler.nanoTime();
    pump();
  }

  /** Goes on after a step that failed unexpectedly. */
  void recover() {
    recount();
    sender.recover();
    if (!claiming && !claimWanted && !poll.isSet()) {
      pollAfter(context.untilNextPoll());
    }
    pump();
  }

  /**
   * Finds what a step that failed has dropped: held by nobody, it would count as held for ever. Its
   * rows come back when their lease ends.
   */
  private void recount() {
    List<Batch> batches = sender.batches();
    settler.batchesOf(this, batches);
    int dropped = held.recount(batches);
    if (dropped > 0) {
      claimStart.lookAtAll();
      context.abandoned(dropped);
    }
  }

  /** Adds what a person should know, which does not make the relay less healthy. */
  void hints(List<String> hints) {
    sender.hints(hints);
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
    } else if (held.actions() > 0
        && now - movedNanos
            > settings.lease().plus(settings.lease()).plus(RelaySettings.DOWN_AFTER).toNanos()) {
      broken.add(
          "workspace "
              + workspace()
              + " has made no progress since "
              + Duration.ofNanos(now - movedNanos).toSeconds()
              + " s; look whether outcomes can be written");
    }
    String problem = breaker.problem();
    if (problem != null) {
      paused.add(problem);
    }
  }

  private void answered() {
    movedNanos = scheduler.nanoTime();
    pump();
    context.moved();
  }

  private void breakerMoved(Duration atLeast) {
    claimStart.lookAtAll();
    if (breaker.isOpen()) {
      lookAfter(atLeast.isZero() ? breaker.untilNextLook() : atLeast);
    } else if (context.isContinuous()) {
      claimWanted = true;
    }
    pump();
    context.moved();
  }

  private void pump() {
    sender.pump();
    if (woken && sender.couldSend()) {
      claimWanted = true;
    }
    if (!claimWanted || claiming || stopping || !hasRoom()) {
      return;
    }
    if (breaker.mayClaim()) {
      claim();
    } else if (!limits.untilNextRequest().isZero()) {
      sender.pumpAfter(limits.untilNextRequest());
    }
  }

  /**
   * Claims ahead while requests are out and outcomes are written, so that neither waits for the
   * next claim. What waits to be sent is not claimed further ahead than half of what may be out: a
   * slow destination would let its lease run down.
   */
  private boolean hasRoom() {
    int share = limits.actionsToClaim();
    return sender.waitingActions() <= share / 2
        && held.actions() <= 2 * share
        && held.bytes() <= 2 * bytesToClaim();
  }

  private long bytesToClaim() {
    return (long) limits.requestsToClaim() * settings.requests().maxBytes();
  }

  private void claim() {
    boolean onlyLook = breaker.onlyLooks();
    ClaimSpec spec =
        new ClaimSpec(
            workspace(),
            context.uuids().next(),
            settings.name(),
            // Not all that may be out at once, so that the first is sent while the next is claimed.
            onlyLook ? 0 : Math.min(limits.actionsToClaim(), MAX_CLAIM),
            breaker.probeSize(),
            bytesToClaim(),
            settings.lease(),
            fromId(),
            breaker.hasOtherCredentials());
    claiming = true;
    claimWanted = false;
    woken = false;
    cancelPoll();
    long started = scheduler.nanoTime();
    context.callStore(
        "claim",
        workspace(),
        () -> context.clockSkew().measured(() -> store.claim(spec)),
        (claim, failure) -> onClaim(spec, started, claim, failure));
  }

  private long fromId() {
    if (breaker.isOpen()) {
      return breaker.probeFrom();
    }
    return context.isContinuous() ? claimStart.next(scheduler.nanoTime()) : 0;
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
    context.moved();
  }

  private void onClaimFailure(@Nullable Throwable failure) {
    failing.failed(failure);
    context.claimFailed(failure);
    pollAfter(context.backoff().after(failing.failures()));
  }

  private void accept(ClaimSpec spec, long startedNanos, Claim claim) {
    long now = scheduler.nanoTime();
    movedNanos = now;
    context.counters().claimed += claim.actions().size();
    context.tell(
        new RelayEvent.Claimed(
            workspace(),
            claim.actions().size(),
            Duration.ofNanos(now - startedNanos),
            Objects.requireNonNullElse(context.clockSkew().last(), Duration.ZERO)));
    boolean onlyLooked = spec.maxActions() == 0;
    boolean skipped = false;
    if (claim.pause() != null || onlyLooked) {
      claimStart.lookAtAll();
    } else {
      skipped = claimStart.claimed(spec.fromId(), claim.actions(), claim.more(), startedNanos, now);
    }
    boolean may = breaker.claimed(spec.claimId(), claim, spec.fromId(), startedNanos, onlyLooked);
    long leaseEnd = startedNanos + settings.lease().toNanos();
    List<Ready> requests = pack(spec.claimId(), leaseEnd, claim.actions());
    if (breaker.isOpen()) {
      lookAfter(breaker.untilNextLook());
    } else if ((claim.more() || skipped) && context.isContinuous()) {
      claimWanted = true;
    } else {
      rest();
    }
    sender.add(requests);
    if (stopping || !may || breaker.looksForAnother(claim.actions())) {
      sender.giveBackAll();
    } else if (requests.isEmpty()) {
      breaker.returnProbe();
    }
  }

  /** Rejects what is not fit to be sent, and makes requests of the rest. */
  private List<Ready> pack(UUID claimId, long leaseEnd, List<ClaimedAction> actions) {
    held.add(actions);
    Claimed claimed;
    try {
      claimed = Claimed.of(actions, this, claimId, leaseEnd, destination, packer);
      for (Settling one : claimed.unfit()) {
        log.warn(
            "Action {} is not fit to be sent and is rejected",
            one.batch().actions().get(0).eventUuid());
        settler.add(one);
      }
    } catch (RuntimeException | Error e) {
      // Nothing of the claim is under way: it comes back when its lease ends.
      held.remove(actions);
      context.stepFailed(e);
      return List.of();
    }
    context.tellLongUnknown(workspace(), claimed.fit());
    return claimed.requests();
  }

  /** Waits for the next poll, or for the shared look to find something. */
  private void rest() {
    boolean shared = sharesPolls.getAsBoolean();
    pollAfter(shared ? context.spread(OWN_POLL) : context.untilNextPoll());
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
    if (context.isContinuous() && !stopping) {
      poll.after(delay);
    }
  }

  private void cancelPoll() {
    resting = false;
    poll.cancel();
  }
}
