package io.durableoutbox.internal.relay;

import io.durableoutbox.internal.ActionRules;
import io.durableoutbox.internal.relay.Batch.Answer;
import io.durableoutbox.internal.relay.Batch.Settling;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.RelayStore.Claim;
import io.durableoutbox.spi.RelayStore.ClaimSpec;
import io.durableoutbox.spi.Reply;
import io.durableoutbox.spi.Request;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one workspace's actions: claim, pack, send, decide. Lanes share the loop and the
 * settler and nothing else, so one that waits delays no other.
 *
 * <p>Invariants, on the loop: an action is <em>held</em> from its claim until its settlement is
 * written or abandoned, and what is held is bounded, so memory is; at most one claim is out; a
 * request leaves only while its lease outlasts the call.
 *
 * <p>A crash at any point leaves rows whose lease ends: they are claimed again and the same UUIDs
 * go out. Before the claim is committed nothing has happened; between claim and send the attempt is
 * counted though nothing left; between send and settlement the destination may have the actions and
 * gets them once more, which only their UUIDs make harmless.
 */
final class Lane {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);

  private record Ready(Request request, Batch batch) {}

  private final RelayEngine engine;
  private final RelaySettings settings;
  private final RelayStore store;
  private final Destination destination;
  private final Scheduler scheduler;
  private final Settler settler;
  private final Packer packer;
  private final Uuids uuids;
  private final Backoff backoff;
  private final Duration watch;
  private final long sendNeedsNanos;

  private final Deque<Ready> ready = new ArrayDeque<>();
  private int heldActions;
  private long heldBytes;
  private int sending;
  private boolean claiming;
  private boolean claimWanted;
  private boolean stopping;
  private int claimFailures;

  // After a failure that is not the actions': nothing is claimed until the timer, then one request
  // probes.
  private int sendFailures;
  private long failedNanos;
  private boolean probing;
  private Scheduler.@Nullable Timer pause;
  private Scheduler.@Nullable Timer poll;

  Lane(
      RelayEngine engine,
      RelayStore store,
      Destination destination,
      Scheduler scheduler,
      Settler settler,
      Uuids uuids,
      Backoff backoff) {
    this.engine = engine;
    this.settings = engine.settings();
    this.store = store;
    this.destination = destination;
    this.scheduler = scheduler;
    this.settler = settler;
    this.packer = new Packer(settings, uuids);
    this.uuids = uuids;
    this.backoff = backoff;
    this.watch = destination.callTimeout().plus(RelaySettings.SEND_MARGIN.dividedBy(2));
    this.sendNeedsNanos = destination.callTimeout().plus(RelaySettings.SEND_MARGIN).toNanos();
  }

  String workspace() {
    return destination.workspace();
  }

  boolean isIdle() {
    return !claiming && sending == 0 && ready.isEmpty();
  }

  /** Claims as soon as there is room, because something may be waiting. */
  void wake() {
    claimWanted = true;
    pump();
  }

  /** Claims no more and gives back what has not left. */
  void stop() {
    stopping = true;
    poll = cancel(poll);
    pause = cancel(pause);
    giveBackReady();
  }

  /** Takes note that actions are no longer held. */
  void released(Collection<ClaimedAction> actions) {
    heldActions -= actions.size();
    heldBytes -= bytes(actions);
    pump();
  }

  private void pump() {
    while (!ready.isEmpty()
        && pause == null
        && sending < (probing ? 1 : settings.maxRequestsInFlight())) {
      send(ready.removeFirst());
    }
    if (claimWanted && !claiming && !stopping && pause == null && hasRoom()) {
      claim();
    }
  }

  /**
   * Room for a whole claim, not for the few that were settled last: small claims make small
   * requests.
   */
  private boolean hasRoom() {
    if (probing && (sending > 0 || !ready.isEmpty())) {
      return false;
    }
    return heldActions + claimActions() <= settings.maxHeldActions()
        && heldBytes + claimBytes() <= settings.maxHeldBytes();
  }

  private int claimActions() {
    return probing ? settings.maxElementsPerRequest() : settings.claimActions();
  }

  private long claimBytes() {
    return probing ? settings.maxRequestBytes() : settings.claimBytes();
  }

  private void claim() {
    claiming = true;
    claimWanted = false;
    poll = cancel(poll);
    UUID claimId = uuids.next();
    long leaseEnd = scheduler.nanoTime() + settings.lease().toNanos();
    ClaimSpec spec =
        new ClaimSpec(
            workspace(), claimId, settings.name(), claimActions(), claimBytes(), settings.lease());
    scheduler.call(
        () -> store.claim(spec), (claim, failure) -> onClaim(claimId, leaseEnd, claim, failure));
  }

  private void onClaim(
      UUID claimId, long leaseEnd, @Nullable Claim claim, @Nullable Throwable failure) {
    claiming = false;
    if (claim == null) {
      onClaimFailure(failure);
    } else {
      if (claimFailures > 0) {
        log.info("Relay {} claims again for workspace {}", settings.name(), workspace());
        claimFailures = 0;
      }
      settler.storeAnswered();
      accept(claimId, leaseEnd, claim);
    }
    pump();
    engine.moved();
  }

  private void onClaimFailure(@Nullable Throwable failure) {
    claimFailures++;
    if (claimFailures == 1) {
      log.warn(
          "Relay {} can't claim for workspace {}; it tries again",
          settings.name(),
          workspace(),
          failure);
    } else {
      log.debug(
          "Relay {} still can't claim for workspace {}", settings.name(), workspace(), failure);
    }
    engine.failedOnce(failure);
    pollAfter(backoff.after(claimFailures));
  }

  private void accept(UUID claimId, long leaseEnd, Claim claim) {
    engine.counters().claimed += claim.actions().size();
    heldActions += claim.actions().size();
    heldBytes += bytes(claim.actions());
    if (claim.more() && engine.isContinuous()) {
      claimWanted = true;
    } else {
      pollAfter(engine.jittered(settings.pollInterval()));
    }
    List<ClaimedAction> good = new ArrayList<>(claim.actions().size());
    for (ClaimedAction action : claim.actions()) {
      Optional<String> problem =
          action.validated()
              ? Optional.empty()
              : ActionRules.problem(action, settings.maxRequestBytes());
      if (problem.isPresent()) {
        log.warn("Action {} is not fit to be sent and is rejected", action.eventUuid());
        Batch one = new Batch(this, claimId, leaseEnd, List.of(action));
        settler.add(new Settling(one, new Disposition.Rejected(problem.get()), null));
      } else {
        good.add(action);
      }
    }
    for (Request request : packer.pack(good)) {
      ready.add(new Ready(request, new Batch(this, claimId, leaseEnd, request.actions())));
    }
    if (stopping || pause != null) {
      giveBackReady();
    }
  }

  private void send(Ready next) {
    if (next.batch.leaseEndNanos() - scheduler.nanoTime() < sendNeedsNanos) {
      log.debug("Request {} waited too long for its lease and is given back", next.request.id());
      giveBack(next.batch);
      if (!claimWanted) {
        // Not at once: a store so slow that its leases are short when they come would be asked
        // without end.
        pollAfter(engine.jittered(settings.pollInterval()));
      }
      return;
    }
    sending++;
    engine.counters().requests++;
    long started = scheduler.nanoTime();
    Call call = new Call(next, started);
    call.watchdog =
        scheduler.schedule(
            watch,
            () -> call.end(new Reply(new Outcome.Unknown(null, "no answer in callTimeout"), 0)));
    CompletionStage<Reply> stage;
    try {
      stage = destination.send(next.request);
    } catch (RuntimeException e) {
      scheduler.execute(() -> call.end(failed(e)));
      return;
    }
    stage.whenComplete(
        (reply, failure) ->
            scheduler.execute(() -> call.end(reply == null ? failed(failure) : reply)));
  }

  private static Reply failed(@Nullable Throwable failure) {
    String type = failure == null ? "nothing" : failure.getClass().getName();
    return new Reply(new Outcome.Unknown(null, "the destination failed with " + type), 0);
  }

  /** A request that is out: ends once, by its reply or by the watchdog. */
  private final class Call {
    private final Ready sent;
    private final long startedNanos;
    private Scheduler.@Nullable Timer watchdog;
    private boolean ended;

    private Call(Ready sent, long startedNanos) {
      this.sent = sent;
      this.startedNanos = startedNanos;
    }

    void end(Reply reply) {
      if (ended) {
        return;
      }
      ended = true;
      watchdog = cancel(watchdog);
      sending--;
      Answer answer =
          new Answer(
              sent.request.id(),
              sent.request.elements().size(),
              sent.batch.actions().size(),
              reply.bytes(),
              startedNanos,
              scheduler.nanoTime(),
              reply.outcome());
      log.debug(
          "Request {} with {} actions: {}",
          sent.request.id(),
          sent.batch.actions().size(),
          reply.outcome().name());
      settler.add(new Settling(sent.batch, decide(sent.batch, answer), answer));
      pump();
      engine.moved();
    }
  }

  /** The one place that turns an outcome into where its actions go and what the lane does next. */
  private Disposition decide(Batch batch, Answer answer) {
    Outcome outcome = answer.outcome();
    if (outcome instanceof Outcome.Accepted) {
      succeeded(answer);
      return new Disposition.Delivered();
    } else if (outcome instanceof Outcome.Refused) {
      // The destination works, so the lane goes on; these actions wait.
      succeeded(answer);
      int attempts = batch.actions().get(0).attempts();
      return new Disposition.Retry(backoff.after(attempts), errorOf(outcome), true);
    }
    return new Disposition.Retry(pauseAfter(answer), errorOf(outcome), false);
  }

  private static String errorOf(Outcome outcome) {
    return outcome.name()
        + (outcome.status() == null ? "" : " " + outcome.status())
        + (outcome.message() == null ? "" : ": " + outcome.message());
  }

  private void succeeded(Answer answer) {
    if (sendFailures == 0) {
      return;
    }
    if (answer.startedNanos() - failedNanos < 0) {
      // It was out with the one that failed, and says nothing of the time since.
      return;
    }
    log.info("Workspace {} is delivered to again", workspace());
    sendFailures = 0;
    probing = false;
  }

  private Duration pauseAfter(Answer answer) {
    // Requests that were out together fail together, which is one failure and not several.
    if (sendFailures == 0 || answer.startedNanos() - failedNanos > 0) {
      sendFailures++;
      failedNanos = answer.answeredNanos();
    }
    Duration delay = backoff.after(sendFailures);
    if (sendFailures == 1 && !probing) {
      log.warn(
          "Workspace {} can't be delivered to ({}{}); its actions wait and are tried again",
          workspace(),
          answer.outcome().name(),
          answer.outcome().status() == null ? "" : " " + answer.outcome().status());
    }
    probing = true;
    giveBackReady();
    pause = cancel(pause);
    if (!stopping && engine.isContinuous()) {
      pause =
          scheduler.schedule(
              delay,
              () -> {
                pause = null;
                wake();
              });
    }
    return delay;
  }

  private void giveBackReady() {
    while (!ready.isEmpty()) {
      giveBack(ready.removeFirst().batch);
    }
  }

  private void giveBack(Batch batch) {
    settler.add(new Settling(batch, new Disposition.Unsent(), null));
  }

  private void pollAfter(Duration delay) {
    poll = cancel(poll);
    if (engine.isContinuous() && !stopping) {
      poll =
          scheduler.schedule(
              delay,
              () -> {
                poll = null;
                wake();
              });
    }
  }

  private static Scheduler.@Nullable Timer cancel(Scheduler.@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
    return null;
  }

  private static long bytes(Collection<ClaimedAction> actions) {
    long sum = 0;
    for (ClaimedAction action : actions) {
      sum += action.bytes();
    }
    return sum;
  }
}
