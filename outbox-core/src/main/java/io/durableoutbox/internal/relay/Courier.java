package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.relay.Batch.Answer;
import io.durableoutbox.internal.relay.Batch.Ready;
import io.durableoutbox.internal.relay.Batch.Settling;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.Reply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a lane's requests, several at a time, and decides by each answer where the actions go.
 *
 * <p>A request leaves only while its lease outlasts the call, and ends once: by its answer or by
 * the watchdog. One that is refused is split in halves, which go next, until the action at fault
 * stands alone: for one among n that is at most 2·⌈log2 n⌉ more requests, for k among n at most 2·Σ
 * min(2^i, k) over the ⌈log2 n⌉ levels i.
 */
final class Courier {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);

  private final RelayEngine engine;
  private final Destination destination;
  private final Scheduler scheduler;
  private final Settler settler;
  private final Packer packer;
  private final Gate gate;
  private final Runnable whenAnswered;
  private final Duration watch;
  private final long sendNeedsNanos;

  private final Deque<Ready> ready = new ArrayDeque<>();
  private int waitingActions;
  private int sending;
  private boolean stopping;
  private Scheduler.@Nullable Timer pace;

  Courier(
      RelayEngine engine,
      Destination destination,
      Scheduler scheduler,
      Settler settler,
      Packer packer,
      Gate gate,
      Runnable whenAnswered) {
    this.engine = engine;
    this.destination = destination;
    this.scheduler = scheduler;
    this.settler = settler;
    this.packer = packer;
    this.gate = gate;
    this.whenAnswered = whenAnswered;
    this.watch = destination.callTimeout().plus(RelaySettings.SEND_MARGIN.dividedBy(2));
    this.sendNeedsNanos = destination.callTimeout().plus(RelaySettings.SEND_MARGIN).toNanos();
  }

  boolean isIdle() {
    return sending == 0 && ready.isEmpty();
  }

  boolean hasWaiting() {
    return !ready.isEmpty();
  }

  /** Returns whether one more request would leave at once, as far as the width goes. */
  boolean couldSend() {
    return ready.isEmpty() && hasWidth();
  }

  private boolean hasWidth() {
    return sending < gate.width();
  }

  /** Returns how many actions wait to be sent. */
  int waitingActions() {
    return waitingActions;
  }

  void add(List<Ready> requests) {
    for (Ready request : requests) {
      ready.addLast(request);
      waitingActions += request.batch().actions().size();
    }
  }

  private Ready takeFirst() {
    Ready first = ready.removeFirst();
    waitingActions -= first.batch().actions().size();
    return first;
  }

  /** Gives back what has not left, now and later. */
  void stop() {
    stopping = true;
    giveBackAll();
  }

  /** Sends what may leave now. */
  void pump() {
    while (!ready.isEmpty() && hasWidth()) {
      Duration wait = gate.untilNextRequest();
      if (!wait.isZero()) {
        pumpAfter(wait);
        return;
      }
      send(takeFirst());
    }
  }

  /** Asks the lane to pump when the pace allows it again. */
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
    sending++;
    gate.sent(actions);
    engine.counters().requests++;
    engine.tell(
        new RelayEvent.Sent(
            destination.workspace(),
            next.request().id(),
            next.request().elements().size(),
            actions));
    CompletionStage<Reply> stage;
    try {
      call.watchdog = scheduler.schedule(watch, () -> call.end(noAnswer()));
      stage = destination.send(next.request());
    } catch (Throwable t) {
      scheduler.execute(() -> call.end(failed(t)));
      return;
    }
    stage.whenComplete(
        (reply, failure) ->
            scheduler.execute(() -> call.end(reply == null ? failed(failure) : reply)));
  }

  private static Reply noAnswer() {
    return new Reply(new Outcome.Unknown(null, "no answer in callTimeout", null), 0);
  }

  private static Reply failed(@Nullable Throwable failure) {
    String type = failure == null ? "nothing" : failure.getClass().getName();
    return new Reply(new Outcome.Unknown(null, "the destination failed with " + type, null), 0);
  }

  /** A request that is out. */
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
      if (watchdog != null) {
        watchdog.cancel();
      }
      sending--;
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
      engine.tell(
          new RelayEvent.Answered(
              destination.workspace(),
              answer.requestId(),
              answer.elements(),
              answer.actions(),
              answer.bytes(),
              answer.took(),
              answer.outcome()));
      decide(sent, answer);
      returnUnsentProbe();
      whenAnswered.run();
    }
  }

  /** The one place that turns an outcome into where its actions go and what happens next. */
  private void decide(Ready sent, Answer answer) {
    Batch batch = sent.batch();
    Outcome outcome = answer.outcome();
    if (outcome instanceof Outcome.Accepted) {
      gate.succeeded(answer);
      settler.add(new Settling(batch, new Disposition.Delivered(), answer));
    } else if (outcome instanceof Outcome.Refused) {
      // The destination works; it is these actions, or one of them.
      gate.succeeded(answer);
      if (batch.actions().size() == 1) {
        log.warn(
            "Action {} is rejected: the destination refused it alone ({})",
            batch.actions().get(0).eventUuid(),
            answer.label());
        settler.add(new Settling(batch, new Disposition.Rejected(answer.words()), answer));
      } else {
        split(sent, answer);
      }
    } else {
      gate.failed(answer);
      settler.add(
          new Settling(batch, new Disposition.Retry(Duration.ZERO, answer.words()), answer));
      giveBackAll();
    }
  }

  private void split(Ready sent, Answer refusal) {
    List<Ready> halves =
        packer.split(sent.request()).stream().map(half -> sent.part(half, refusal)).toList();
    if (stopping || gate.isClosed()) {
      halves.forEach(half -> giveBack(half.batch()));
      return;
    }
    for (int i = halves.size() - 1; i >= 0; i--) {
      ready.addFirst(halves.get(i));
      waitingActions += halves.get(i).batch().actions().size();
    }
  }

  void giveBackAll() {
    while (!ready.isEmpty()) {
      giveBack(takeFirst().batch());
    }
  }

  private void giveBack(Batch batch) {
    List<Answer> refused = batch.refused();
    settler.add(
        new Settling(
            batch,
            refused.isEmpty()
                ? new Disposition.Unsent()
                : new Disposition.Retry(Duration.ZERO, refused.get(refused.size() - 1).words()),
            null));
    returnUnsentProbe();
  }

  /** The probe may have been given back while requests from before the pause were still out. */
  private void returnUnsentProbe() {
    if (sending == 0 && ready.isEmpty()) {
      gate.returnProbe();
    }
  }
}
