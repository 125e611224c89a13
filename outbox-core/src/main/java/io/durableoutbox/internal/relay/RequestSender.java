package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Reply;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.relay.limit.Backoff;
import io.durableoutbox.internal.relay.limit.RequestLimits;
import io.durableoutbox.internal.relay.request.Batch;
import io.durableoutbox.internal.relay.request.Batch.Answer;
import io.durableoutbox.internal.relay.request.Batch.Ready;
import io.durableoutbox.internal.relay.request.Batch.Settling;
import io.durableoutbox.internal.relay.request.Evidence;
import io.durableoutbox.internal.relay.request.Evidence.Refusal;
import io.durableoutbox.internal.relay.request.FailingAlone;
import io.durableoutbox.internal.relay.request.NoReply;
import io.durableoutbox.internal.relay.request.ReadyRequests;
import io.durableoutbox.internal.relay.request.RequestPacker;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.Disposition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Sends a poller's requests, several at a time, and decides by each answer where the actions go.
 *
 * <p>A request leaves only while its lease outlasts the call, and ends once: by its answer or by
 * the watchdog. One that is refused is split in halves, which go next, until the action at fault
 * stands alone: for one among n that is at most 2·⌈log2 n⌉ more requests, for k among n at most 2·Σ
 * min(2^i, k) over the ⌈log2 n⌉ levels i.
 *
 * <p>One that fails otherwise waits for the other requests that are out: while it does, nothing
 * leaves. If one of them passes, the failed one is split too, in halves that go last, and its last
 * action waits with a delay of its own. If none does, the workspace is paused.
 */
final class RequestSender {
  private static final Logger log = RelayLog.LOG;

  private final RelayContext context;
  private final Destination destination;
  private final Scheduler scheduler;
  private final Settler settler;
  private final RequestPacker packer;
  private final RequestLimits limits;
  private final CircuitBreaker breaker;
  private final Evidence evidence;
  private final FailingAlone failingAlone;
  private final Backoff backoff;
  private final Runnable whenAnswered;
  private final Duration watch;
  private final long sendNeedsNanos;

  private final ReadyRequests ready;
  private final Set<Call> out = new LinkedHashSet<>();
  private final List<Doubted> doubted = new ArrayList<>();
  private boolean stopping;
  private Scheduler.@Nullable Timer pace;

  /** A request that failed while others are out. */
  private record Doubted(Ready sent, Answer answer) {}

  RequestSender(
      RelayContext context,
      Destination destination,
      Settler settler,
      RequestPacker packer,
      RequestLimits limits,
      CircuitBreaker breaker,
      Evidence evidence,
      Runnable whenAnswered) {
    this.context = context;
    this.destination = destination;
    this.scheduler = context.scheduler();
    this.settler = settler;
    this.packer = packer;
    this.ready = new ReadyRequests(packer);
    this.limits = limits;
    this.breaker = breaker;
    this.evidence = evidence;
    this.failingAlone = new FailingAlone(destination.workspace());
    this.backoff = context.backoff();
    this.whenAnswered = whenAnswered;
    this.watch = destination.callTimeout().plus(RelaySettings.SEND_MARGIN.dividedBy(2));
    this.sendNeedsNanos = destination.callTimeout().plus(RelaySettings.SEND_MARGIN).toNanos();
  }

  boolean isIdle() {
    return out.isEmpty() && ready.isEmpty() && doubted.isEmpty();
  }

  /** Returns whether one more request would leave at once, as far as the width goes. */
  boolean couldSend() {
    return ready.isEmpty() && hasWidth();
  }

  private boolean hasWidth() {
    int width = breaker.width();
    return doubted.isEmpty() && width > 0 && out.size() < Math.max(1, width - evidence.narrowing());
  }

  /** Returns how many actions wait to be sent. */
  int waitingActions() {
    return ready.actions();
  }

  /** Returns what it has in hand: waiting, on its way, or in doubt. */
  List<Batch> batches() {
    List<Batch> all = new ArrayList<>();
    ready.forEach(r -> all.add(r.batch()));
    out.forEach(call -> all.add(call.sent.batch()));
    doubted.forEach(d -> all.add(d.sent.batch()));
    return all;
  }

  void add(List<Ready> requests) {
    requests.forEach(ready::addLast);
  }

  /** Takes the next request; only its first action while everything is refused. */
  private Ready takeNext() {
    boolean alone = evidence.asksOneByOne() || breaker.probesRefusals();
    return alone ? ready.takeFirstAction() : ready.takeFirst();
  }

  /** Gives back what has not left, now and later. */
  void stop() {
    stopping = true;
    giveBackAll();
  }

  /** Sends what may leave now. */
  void pump() {
    while (!ready.isEmpty() && hasWidth()) {
      Duration wait = limits.untilNextRequest();
      if (!wait.isZero()) {
        pumpAfter(wait);
        return;
      }
      send(takeNext());
    }
  }

  /** Adds what a person should know, which does not make the relay less healthy. */
  void hints(List<String> hints) {
    failingAlone.hints(hints, scheduler.nanoTime());
  }

  /** Asks the poller to pump when the pace allows it again. */
  void pumpAfter(Duration wait) {
    if (pace == null) {
      pace =
          scheduler.schedule(
              wait,
              () -> {
                pace = null;
                whenAnswered.run();
              });
    }
  }

  private void send(Ready next) {
    if (next.batch().leaseEndNanos() - scheduler.nanoTime() < sendNeedsNanos) {
      log.debug("Request {} waited too long for its lease and is given back", next.request().id());
      giveBack(next.batch());
      return;
    }
    int actions = next.batch().actions().size();
    Call call = new Call(next, scheduler.nanoTime());
    out.add(call);
    limits.sent(actions);
    context.counters().requests++;
    context.tell(
        new RelayEvent.Sent(
            destination.workspace(),
            next.request().id(),
            next.request().elements().size(),
            actions));
    CompletionStage<Reply> stage;
    try {
      call.watchdog = scheduler.schedule(watch, () -> call.end(NoReply.inTime()));
      stage = destination.send(next.request());
    } catch (Throwable t) {
      scheduler.execute(() -> call.end(NoReply.failed(t)));
      return;
    }
    stage.whenComplete(
        (reply, failure) ->
            scheduler.execute(() -> call.end(reply == null ? NoReply.failed(failure) : reply)));
  }

  /** A request that is out. */
  private final class Call {
    private final Ready sent;
    private final long startedNanos;
    private Scheduler.@Nullable Timer watchdog;

    private Call(Ready sent, long startedNanos) {
      this.sent = sent;
      this.startedNanos = startedNanos;
    }

    void end(Reply reply) {
      if (!out.remove(this)) {
        return;
      }
      if (watchdog != null) {
        watchdog.cancel();
      }
      Answer answer =
          new Answer(
              sent.request().id(),
              sent.request().elements().size(),
              sent.batch().actions().size(),
              reply.bytes(),
              startedNanos,
              scheduler.nanoTime(),
              reply.outcome());
      log.debug(
          "Request {} with {} actions: {}", answer.requestId(), answer.actions(), answer.label());
      context.tell(
          new RelayEvent.Answered(
              destination.workspace(),
              answer.requestId(),
              answer.elements(),
              answer.actions(),
              answer.bytes(),
              answer.took(),
              answer.outcome()));
      decide(sent, answer);
      recover();
      whenAnswered.run();
    }
  }

  /** The one place that turns an outcome into where its actions go and what happens next. */
  private void decide(Ready sent, Answer answer) {
    Batch batch = sent.batch();
    Outcome outcome = answer.outcome();
    if (outcome instanceof Outcome.Accepted) {
      evidence.accepted(answer.answeredNanos());
      breaker.succeeded(answer);
      failingAlone.passed(batch);
      settler.add(new Settling(batch, new Disposition.Delivered(), answer));
      blameDoubted();
    } else if (outcome instanceof Outcome.Refused && !breaker.probesRefusals()) {
      evidence.refused(answer.answeredNanos());
      breaker.succeeded(answer);
      failingAlone.passed(batch);
      refused(sent, answer);
      blameDoubted();
    } else if (!Evidence.mayBeOfItsActions(outcome) || breaker.isProbing() || breaker.isOpen()) {
      fail(sent, answer);
    } else if (evidence.blames(batch, answer)) {
      blame(sent, answer);
    } else if (out.isEmpty()) {
      fail(sent, answer);
    } else {
      doubted.add(new Doubted(sent, answer));
    }
  }

  private void refused(Ready sent, Answer answer) {
    Batch batch = sent.batch();
    if (batch.actions().size() > 1) {
      split(sent, answer, true);
      return;
    }
    ClaimedAction action = batch.actions().get(0);
    Refusal refusal = evidence.refusedAlone(action);
    if (refusal == Refusal.REJECT) {
      log.warn(
          "Action {} is rejected: the destination refused it alone ({})",
          action.eventUuid(),
          answer.label());
      settler.add(new Settling(batch, new Disposition.Rejected(answer.words()), answer, true));
      return;
    }
    if (refusal == Refusal.PAUSE && !breaker.isOpen()) {
      breaker.refusesEverything(answer);
      giveBackAll();
    }
    Duration delay = breaker.isOpen() ? breaker.untilTriedAgain() : ownDelay(batch);
    settler.add(new Settling(batch, new Disposition.Retry(delay, answer.words()), answer, true));
  }

  /** The failure is one of its actions'; nobody else waits for them. */
  private void blame(Ready sent, Answer answer) {
    Batch batch = sent.batch();
    if (batch.actions().size() > 1) {
      split(sent, answer, false);
      return;
    }
    Duration delay = ownDelay(batch);
    failingAlone.failed(batch.actions().get(0).eventUuid(), answer, delay);
    settler.add(new Settling(batch, new Disposition.Retry(delay, answer.words()), answer, true));
  }

  private Duration ownDelay(Batch batch) {
    return backoff.after(batch.suspicions() + 1);
  }

  /** The failure is the destination's or the configuration's, as far as anybody knows. */
  private void fail(Ready sent, Answer answer) {
    Batch batch = sent.batch();
    Outcome outcome = answer.outcome();
    boolean suspects = outcome instanceof Outcome.Refused;
    boolean ownDelay = suspects || outcome instanceof Outcome.Unknown;
    // The same actions once more, and no others to compare them with, say nothing new of the
    // destination: they wait longer, and what is written next is tried soon.
    boolean sameAgain = breaker.probesAllThatWaits() && batch.attempts() > 1;
    // When everything is refused, one that was refused before says as much as any other.
    boolean suspected = batch.suspected() && !breaker.probesRefusals();
    boolean news = !ownDelay || !(sameAgain || suspected);
    evidence.failed();
    breaker.failed(answer, batch.lastId(), news);
    Duration delay = Duration.ZERO;
    if (ownDelay) {
      Duration pause = breaker.untilTriedAgain();
      Duration own = news || pause.isZero() ? Duration.ZERO : backoff.after(batch.attempts() - 1);
      delay = own.compareTo(pause) > 0 ? own : pause;
    }
    settler.add(
        new Settling(batch, new Disposition.Retry(delay, answer.words()), answer, suspects));
    giveBackAll();
  }

  private void blameDoubted() {
    while (!doubted.isEmpty()) {
      Doubted first = doubted.remove(0);
      blame(first.sent, first.answer);
    }
  }

  private void failDoubted() {
    while (!doubted.isEmpty()) {
      Doubted first = doubted.remove(0);
      fail(first.sent, first.answer);
    }
  }

  /**
   * Splits a request in halves.
   *
   * @param next whether the halves go next; else last, so that others pass or fail in between
   */
  private void split(Ready sent, Answer answer, boolean next) {
    List<Ready> halves =
        packer.split(sent.request()).stream().map(half -> sent.part(half, answer)).toList();
    if (stopping || breaker.isOpen()) {
      halves.forEach(half -> giveBack(half.batch()));
    } else if (next) {
      ready.addFirst(halves.get(1));
      ready.addFirst(halves.get(0));
    } else {
      add(halves);
    }
  }

  void giveBackAll() {
    while (!ready.isEmpty()) {
      giveBack(ready.takeFirst().batch());
    }
  }

  private void giveBack(Batch batch) {
    List<Answer> split = batch.split();
    settler.add(
        new Settling(
            batch,
            split.isEmpty()
                ? new Disposition.Unsent()
                : new Disposition.Retry(Duration.ZERO, split.get(split.size() - 1).words()),
            null));
    returnUnsentProbe();
  }

  /** Ends what nothing that is out will end; also after a step that failed unexpectedly. */
  void recover() {
    if (out.isEmpty()) {
      failDoubted();
    }
    returnUnsentProbe();
  }

  /** The probe may have been given back while requests from before the pause were still out. */
  private void returnUnsentProbe() {
    if (isIdle()) {
      breaker.returnProbe();
    }
  }
}
