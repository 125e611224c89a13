package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.relay.Batch.Answer;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.RelayStore.Claim;
import io.durableoutbox.spi.RelayStore.Pause;
import io.durableoutbox.spi.RelayStore.PauseSpec;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a workspace may be sent to, and how much at once.
 *
 * <p>The store knows whether the workspace is paused, for all relays; this knows what the store
 * last said. A failure that is not the actions' closes the gate at once and is then written to the
 * store. While it is closed, claims go on at the poll interval, since they tell when the pause is
 * over, has been ended, or is this relay's to probe. One request is the probe; if it is answered,
 * the pause is ended in the store before anything else is claimed, and the window grows from its
 * lower bound.
 *
 * <p>A crash leaves a pause with an end. That of a probe is the end of its lease.
 */
final class Gate {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);

  private enum State {
    OPEN,
    PAUSED,
    PROBING
  }

  private final RelayEngine engine;
  private final RelaySettings settings;
  private final RelayStore store;
  private final Destination destination;
  private final Scheduler scheduler;
  private final Backoff backoff;
  private final Consumer<Duration> whenStoreAnswered;
  private final Window window;
  private final Pace requestPace;
  private final Pace actionPace;

  private State state = State.OPEN;
  private @Nullable UUID probeId;
  private int failures;
  private long closedNanos;
  private boolean everClosed;
  private @Nullable String cause;
  private @Nullable String pausedBy;
  private @Nullable Duration remaining;
  private long remainingNanos;
  private int storeCalls;
  // Credentials that were refused are not tried again because another relay, with others, may send.
  private boolean heldBack;
  private long heldBackUntilNanos;

  /**
   * Makes an open gate.
   *
   * @param whenStoreAnswered told when claims may go on after a pause was written or ended, and how
   *     long to wait before if that failed
   */
  Gate(
      RelayEngine engine,
      RelayStore store,
      Destination destination,
      Scheduler scheduler,
      Backoff backoff,
      Consumer<Duration> whenStoreAnswered) {
    this.engine = engine;
    this.settings = engine.settings();
    this.store = store;
    this.destination = destination;
    this.scheduler = scheduler;
    this.backoff = backoff;
    this.whenStoreAnswered = whenStoreAnswered;
    RelaySettings.Requests requests = settings.requests();
    this.window = new Window(requests.minInFlight(), requests.maxInFlight());
    long now = scheduler.nanoTime();
    this.requestPace = new Pace(requests.perMinute(), now);
    this.actionPace = new Pace(requests.actionsPerMinute(), now);
  }

  // What the lane asks

  /** Returns how many requests may be out at once. */
  int width() {
    return switch (state) {
      case OPEN -> window.size();
      case PROBING -> 1;
      case PAUSED -> 0;
    };
  }

  /** Returns how long to wait before the next request may leave. */
  Duration untilNextRequest() {
    long now = scheduler.nanoTime();
    Duration requests = requestPace.untilNext(now);
    Duration actions = actionPace.untilNext(now);
    return requests.compareTo(actions) > 0 ? requests : actions;
  }

  /** Returns whether a claim makes sense: to find actions, or to learn how the pause is. */
  boolean mayClaim() {
    return storeCalls == 0
        && state != State.PROBING
        && (state == State.PAUSED || untilNextRequest().isZero());
  }

  /** Returns how many requests a claim should fill: what may leave while its lease lasts. */
  int requestsToClaim() {
    int soon = requestPace.within(settings.lease().dividedBy(4));
    return Math.max(1, Math.min(window.size(), soon));
  }

  /** Returns how many actions a claim should hold at most. */
  int actionsToClaim() {
    int fill = requestsToClaim() * settings.requests().maxElements();
    return Math.min(fill, actionPace.within(settings.lease().dividedBy(4)));
  }

  boolean isClosed() {
    return state == State.PAUSED;
  }

  boolean isIdle() {
    return storeCalls == 0;
  }

  /** Returns when to claim again while it is closed. */
  Duration untilNextLook() {
    Duration poll = engine.jittered(settings.pollInterval());
    Duration left = remainingNow();
    return left == null || left.compareTo(poll) > 0
        ? poll
        : left.isNegative() || left.isZero() ? poll : left;
  }

  /** Returns whether the next claim should only look, since it could send nothing. */
  boolean onlyLooks() {
    return heldBack
        && heldBackUntilNanos - scheduler.nanoTime() > 0
        && destination.credentialsRefused();
  }

  /** Returns whether a pause for wrong credentials may be probed before its time. */
  boolean hasOtherCredentials() {
    return !destination.credentialsRefused();
  }

  // What the lane tells

  /**
   * Takes note of what a claim says of the workspace.
   *
   * @return whether its actions may be sent
   */
  boolean claimed(UUID claimId, Claim claim, long startedNanos, boolean onlyLooked) {
    Pause pause = claim.pause();
    if (pause != null) {
      failures = Math.max(failures, pause.failures());
      if (claim.probe()) {
        state = State.PROBING;
        probeId = claimId;
        return true;
      }
      learn(pause);
      return false;
    }
    if (state == State.PAUSED && everClosed && startedNanos - closedNanos <= 0) {
      // It was out when the gate closed, and knows nothing of that.
      return false;
    }
    if (onlyLooked) {
      heldBack = claim.probedOpenBy() != null;
      return false;
    }
    if (state == State.PAUSED) {
      heldBack = false;
      open();
    }
    return true;
  }

  /** Takes note that a request leaves. */
  void sent(int actions) {
    long now = scheduler.nanoTime();
    requestPace.take(1, now);
    actionPace.take(actions, now);
  }

  /** Takes note that the destination works. */
  void succeeded(Answer answer) {
    window.answered(answer.startedNanos(), answer.answeredNanos());
    UUID probe = probeId;
    boolean news = !everClosed || answer.startedNanos() - closedNanos > 0;
    if (news) {
      failures = 0;
      heldBack = false;
    }
    if (news && state == State.PROBING && probe != null) {
      probeId = null;
      open();
      call("resume", Duration.ZERO, () -> resume(probe));
    }
  }

  private boolean resume(UUID probe) {
    store.resume(destination.workspace(), probe, settings.name());
    return true;
  }

  /** Takes note that a request failed, and not by its actions' fault. */
  void failed(Answer answer) {
    Outcome outcome = answer.outcome();
    UUID probe = state == State.PROBING ? probeId : null;
    // Requests that were out together fail together, which is one failure and not several.
    boolean known = everClosed && answer.startedNanos() - closedNanos <= 0;
    Duration asked = outcome.asksToWait();
    if (known && (asked == null || isCoveredByPause(asked))) {
      return;
    }
    if (!known) {
      failures++;
      window.failed();
    }
    Duration duration = pauseAfter(outcome, asked);
    if (outcome instanceof Outcome.Misconfigured) {
      heldBack = true;
      heldBackUntilNanos = scheduler.nanoTime() + duration.toNanos();
    }
    if (state == State.OPEN) {
      log.warn(
          "Workspace {} can't be delivered to ({}); it is paused, and its actions wait",
          destination.workspace(),
          answer.label());
    }
    close(outcome.name(), settings.name(), duration);
    String reason = answer.words();
    int inARow = failures;
    call("pause", duration, () -> pause(duration, outcome.name(), reason, inARow, probe));
  }

  private boolean pause(
      Duration duration, String causeName, String reason, int inARow, @Nullable UUID probe) {
    store.pause(
        new PauseSpec(
            destination.workspace(), settings.name(), duration, causeName, reason, inARow, probe));
    return true;
  }

  /** Gives the probe back that could not be sent, so that others needn't wait for its lease. */
  void returnProbe() {
    UUID probe = probeId;
    if (state == State.PROBING && probe != null) {
      String why = cause == null ? "unknown" : cause;
      close(why, settings.name(), Duration.ZERO);
      int inARow = Math.max(1, failures);
      call(
          "pause",
          Duration.ZERO,
          () -> pause(Duration.ZERO, why, "the probe could not be sent", inARow, probe));
    }
  }

  /** Returns what a person should know of it, or null if it is open. */
  @Nullable String problem() {
    if (state == State.OPEN) {
      return null;
    }
    String causeNow = cause;
    Duration left = remainingNow();
    return "workspace "
        + destination.workspace()
        + " is paused"
        + (pausedBy == null ? "" : " by " + pausedBy)
        + (causeNow == null ? "" : " (" + causeNow + ")")
        + (left == null
            ? ", until somebody resumes it"
            : ", for another " + Math.max(0, left.toSeconds()) + " s")
        + advice(causeNow);
  }

  private static String advice(@Nullable String cause) {
    if ("misconfigured".equals(cause)) {
      return "; give the right API key, workspace id and data centre";
    }
    return cause == null
        ? "; outbox_workspace says why, and a person's resume ends it"
        : "; nothing is lost, it is tried again by itself";
  }

  private void learn(Pause pause) {
    boolean news = state != State.PAUSED;
    if (news) {
      window.failed();
      log.info(
          "Workspace {} is paused by {} ({})",
          destination.workspace(),
          pause.by(),
          pause.cause() == null ? "by hand" : pause.cause());
    }
    Duration before = remainingNow();
    state = State.PAUSED;
    probeId = null;
    cause = pause.cause();
    pausedBy = pause.by();
    remaining = pause.remaining();
    remainingNanos = scheduler.nanoTime();
    if (news) {
      everClosed = true;
      closedNanos = scheduler.nanoTime();
    }
    if (news || (before == null) != (remaining == null)) {
      engine.tell(new RelayEvent.Paused(destination.workspace(), cause, remaining));
    }
  }

  private void close(String causeName, String by, Duration duration) {
    state = State.PAUSED;
    probeId = null;
    everClosed = true;
    closedNanos = scheduler.nanoTime();
    cause = causeName;
    pausedBy = by;
    remaining = duration;
    remainingNanos = closedNanos;
    engine.tell(new RelayEvent.Paused(destination.workspace(), causeName, duration));
  }

  private void open() {
    state = State.OPEN;
    log.info("Workspace {} is delivered to again", destination.workspace());
    engine.tell(new RelayEvent.Resumed(destination.workspace()));
  }

  private Duration pauseAfter(Outcome outcome, @Nullable Duration asked) {
    RelaySettings.Retries retries = settings.retries();
    if (asked != null) {
      Duration atLeast = asked.compareTo(retries.min()) < 0 ? retries.min() : asked;
      return atLeast.compareTo(retries.maxRetryAfter()) > 0 ? retries.maxRetryAfter() : atLeast;
    }
    if (outcome instanceof Outcome.Misconfigured) {
      // Waiting mends nothing here: what changes the credentials is noticed at once, and the probe
      // is for what was changed elsewhere.
      return retries.max();
    }
    return backoff.after(failures);
  }

  private boolean isCoveredByPause(Duration asked) {
    Duration left = remainingNow();
    Duration clamped = pauseAfter(new Outcome.Unknown(null, null, asked), asked);
    return state == State.PAUSED && (left == null || clamped.compareTo(left) <= 0);
  }

  private @Nullable Duration remainingNow() {
    Duration r = remaining;
    return r == null ? null : r.minusNanos(scheduler.nanoTime() - remainingNanos);
  }

  /** Calls the store; while it has not answered, nothing is claimed. */
  private void call(String step, Duration waitIfItFails, Callable<Boolean> work) {
    storeCalls++;
    engine.callStore(
        work,
        (done, failure) -> {
          storeCalls--;
          if (failure != null) {
            log.warn(
                "Relay {} can't {} workspace {} in the store; it goes on by itself",
                settings.name(),
                step,
                destination.workspace(),
                failure);
            engine.tell(new RelayEvent.Failed(step, failure));
          }
          whenStoreAnswered.accept(failure == null ? Duration.ZERO : waitIfItFails);
        });
  }
}
