package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.relay.limit.Backoff;
import io.durableoutbox.internal.relay.limit.RequestLimits;
import io.durableoutbox.internal.relay.request.Batch.Answer;
import io.durableoutbox.internal.relay.request.Evidence;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.Pause;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether a workspace may be sent to, and how much at once.
 *
 * <p>The store knows whether the workspace is paused, for all relays; this knows what the store
 * last said. A failure that is not an action's closes the breaker at once and is then written to
 * the store. What failed waits a little longer than the pause, so that the probe takes other
 * actions if there are any. While it is closed, claims go on at the poll interval, since they tell
 * when the pause is over, has been ended, or is this relay's to probe. One request is the probe; if
 * it is answered, the pause is ended in the store before anything else is claimed, and the window
 * grows from its lower bound.
 *
 * <p>A crash leaves a pause with an end. That of a probe is the end of its lease.
 */
final class CircuitBreaker {
  /**
   * How much longer than the pause what failed waits; a relay looks as soon as the pause is over.
   */
  private static final Duration AFTER_PAUSE = Duration.ofMillis(500);

  /** How often in one pause it looks for a better probe; each look costs a poll interval. */
  private static final int MAX_LOOKS = 8;

  /** The cause of a pause that began because everything was refused. */
  private static final String REFUSED = "refused";

  private enum State {
    /** Requests leave. */
    CLOSED,
    /** The workspace is paused. */
    OPEN,
    /** One request, the probe, may leave. */
    HALF_OPEN
  }

  private final RelayContext context;
  private final RelaySettings settings;
  private final Destination destination;
  private final Scheduler scheduler;
  private final Backoff backoff;
  private final PauseCalls calls;
  private final Evidence evidence;
  private final RequestLimits limits;
  private final RefusedCredentials credentials;
  private final PauseInfo info;
  private State state = State.CLOSED;
  private @Nullable UUID probeId;
  private int failures;
  private long openedNanos;
  private boolean everOpened;
  private long probeFrom;
  private boolean probesAll;
  private int looks;
  private @Nullable String reason;

  /**
   * Makes an open breaker.
   *
   * @param whenStoreAnswered told when claims may go on after a pause was written or ended, and how
   *     long to wait before if that failed
   */
  CircuitBreaker(
      RelayContext context,
      Destination destination,
      RequestLimits limits,
      Evidence evidence,
      Consumer<Duration> whenStoreAnswered) {
    this.context = context;
    this.settings = context.settings();
    this.destination = destination;
    this.scheduler = context.scheduler();
    this.backoff = context.backoff();
    this.evidence = evidence;
    this.calls = new PauseCalls(context, destination.workspace(), whenStoreAnswered);
    this.info = new PauseInfo(destination, settings.name(), scheduler);
    this.limits = limits;
    this.credentials = new RefusedCredentials(destination, scheduler);
  }

  // What the poller asks

  /** Returns how many requests may be out at once. */
  int width() {
    return switch (state) {
      case CLOSED -> limits.inFlight();
      case HALF_OPEN -> 1;
      case OPEN -> 0;
    };
  }

  /** Returns whether a claim makes sense: to find actions, or to learn how the pause is. */
  boolean mayClaim() {
    return calls.isIdle()
        && state != State.HALF_OPEN
        && (state == State.OPEN || limits.untilNextRequest().isZero());
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  boolean isProbing() {
    return state == State.HALF_OPEN;
  }

  /** Returns whether it probes a pause that began because everything was refused. */
  boolean probesRefusals() {
    return state == State.HALF_OPEN && REFUSED.equals(info.cause());
  }

  boolean isIdle() {
    return calls.isIdle();
  }

  /**
   * Returns how many actions the probe of its pause may have: fewer after each failure, since one
   * of many may be to blame wherever a probe looks, and one action alone says the most.
   */
  int probeSize() {
    boolean alone = REFUSED.equals(info.cause());
    return alone ? 1 : Math.max(1, settings.requests().maxElements() >> Math.min(failures, 30));
  }

  /** Returns the smallest id for a probe to look at: it takes other actions than the last one. */
  long probeFrom() {
    return isOpen() ? probeFrom : 0;
  }

  /** Returns whether it probes with all that waits, so that there is nothing to compare it with. */
  boolean probesAllThatWaits() {
    return state == State.HALF_OPEN && probesAll;
  }

  /** Returns how long what failed should wait, so that others are tried before it. */
  Duration untilTriedAgain() {
    Duration left = info.remaining();
    if (state != State.OPEN || left == null) {
      return Duration.ZERO;
    }
    return left.isNegative() ? AFTER_PAUSE : left.plus(AFTER_PAUSE);
  }

  /** Returns when to claim again while it is closed. */
  Duration untilNextLook() {
    Duration poll = context.jittered(settings.pollInterval());
    Duration left = info.remaining();
    return left == null || left.compareTo(poll) > 0
        ? poll
        : left.isNegative() || left.isZero() ? poll : left;
  }

  /** Returns whether the next claim should only look, since it could send nothing. */
  boolean onlyLooks() {
    return credentials.holdBack() && !(state == State.OPEN && info.isOver());
  }

  /** Returns whether a pause for wrong credentials may be probed before its time. */
  boolean hasOtherCredentials() {
    return !destination.credentialsRefused();
  }

  // What the poller tells

  /**
   * Takes note of what a claim says of the workspace.
   *
   * @return whether its actions may be sent
   */
  boolean claimed(UUID claimId, Claim claim, long fromId, long startedNanos, boolean onlyLooked) {
    Pause pause = claim.pause();
    if (pause != null) {
      failures = Math.max(failures, pause.failures());
      if (REFUSED.equals(pause.cause())) {
        evidence.everythingIsRefused();
      }
      if (claim.probe()) {
        probesAll = fromId == 0 && !claim.more();
        probes(claimId, pause);
        return true;
      }
      boolean wasOver = pause.remaining() != null && pause.remaining().toNanos() <= 0;
      if (fromId != 0 && wasOver) {
        // Nothing waits behind what failed.
        probeFrom = 0;
        looks = MAX_LOOKS;
      }
      learn(pause);
      return false;
    }
    if (state == State.OPEN && everOpened && startedNanos - openedNanos <= 0) {
      // It was out when the breaker closed, and knows nothing of that.
      return false;
    }
    if (onlyLooked || (credentials.holdBack() && claim.probedOpenBy() != null)) {
      // Another relay, with other credentials, may send.
      credentials.sentByAnother(claim.probedOpenBy() != null);
      info.lasts(credentials.remaining());
      return false;
    }
    if (state == State.OPEN) {
      credentials.accepted();
      if (claim.probedOpenBy() != null) {
        evidence.acceptedElsewhere();
      }
      close();
    }
    return true;
  }

  private void probes(UUID claimId, Pause pause) {
    info.learned(pause, state != State.OPEN);
    reason = pause.reason();
    state = State.HALF_OPEN;
    probeId = claimId;
  }

  /** Takes note that the destination works. */
  void succeeded(Answer answer) {
    limits.answered(answer.startedNanos(), answer.answeredNanos());
    UUID probe = probeId;
    boolean news = !everOpened || answer.startedNanos() - openedNanos > 0;
    if (news) {
      failures = 0;
      credentials.accepted();
    }
    if (news && state == State.HALF_OPEN && probe != null) {
      probeId = null;
      close();
      calls.resume(probe);
    }
  }

  /**
   * Takes note that a request failed, and not by its actions' fault, as far as anybody knows.
   *
   * @param lastId the last of its actions; the next probe begins behind it
   * @param news whether it makes the pause longer
   */
  void failed(Answer answer, long lastId, boolean news) {
    Outcome outcome = answer.outcome();
    probeFrom = lastId + 1;
    // Requests that were out together fail together, which is one failure and not several.
    boolean known = everOpened && answer.startedNanos() - openedNanos <= 0;
    Duration asked = outcome.asksToWait();
    if (known && (asked == null || isCoveredByPause(asked))) {
      return;
    }
    if (!known) {
      failures = news ? failures + 1 : Math.max(1, failures);
      limits.failed();
    }
    Duration duration = pauseAfter(asked);
    if (outcome instanceof Outcome.Misconfigured) {
      credentials.refused(settings.retries().max());
    }
    pauseFor(duration, answer, answer.words());
  }

  /** Takes note that many actions of different customers were refused, and none was accepted. */
  void refusesEverything(Answer answer) {
    failures++;
    limits.failed();
    pauseFor(
        backoff.after(failures),
        answer,
        "everything is refused, nothing was accepted in between; the last: " + answer.words());
  }

  private void pauseFor(Duration duration, Answer answer, String words) {
    UUID probe = state == State.HALF_OPEN ? probeId : null;
    String causeName = answer.outcome().name();
    info.failed(causeName, answer.label(), state == State.CLOSED, duration);
    open(causeName, duration);
    looks = 0;
    calls.pause(duration, causeName, words, failures, probe);
  }

  /**
   * Looks for a better probe than one whose actions failed before while others passed: its failure
   * would say nothing of the destination. When everything is refused, any action is as good as
   * another.
   *
   * @return whether there may be another one
   */
  boolean looksForAnother(List<ClaimedAction> probe) {
    if (state != State.HALF_OPEN
        || looks >= MAX_LOOKS
        || probesRefusals()
        || !probe.stream().allMatch(ClaimedAction::suspect)) {
      return false;
    }
    looks++;
    probeFrom = probe.get(probe.size() - 1).id() + 1;
    return true;
  }

  /** Gives the probe back that could not be sent, so that others needn't wait for its lease. */
  void returnProbe() {
    UUID probe = probeId;
    if (state == State.HALF_OPEN && probe != null) {
      String why = Objects.requireNonNullElse(info.cause(), "unknown");
      open(why, Duration.ZERO);
      calls.pause(
          Duration.ZERO,
          why,
          Objects.requireNonNullElse(reason, why),
          Math.max(1, failures),
          probe);
    }
  }

  /** Returns what a person should know of it, or null if it is open. */
  @Nullable String problem() {
    return state == State.CLOSED ? null : info.words(state == State.HALF_OPEN);
  }

  private void learn(Pause pause) {
    boolean news = state != State.OPEN;
    if (news) {
      limits.failed();
    }
    boolean endedBefore = info.remaining() != null;
    String causeBefore = info.cause();
    info.learned(pause, news);
    state = State.OPEN;
    probeId = null;
    if (news) {
      everOpened = true;
      openedNanos = scheduler.nanoTime();
    }
    if (news
        || endedBefore != (pause.remaining() != null)
        || !Objects.equals(causeBefore, pause.cause())) {
      context.tell(
          new RelayEvent.Paused(destination.workspace(), pause.cause(), pause.remaining()));
    }
  }

  private void open(String causeName, Duration duration) {
    state = State.OPEN;
    probeId = null;
    everOpened = true;
    openedNanos = scheduler.nanoTime();
    info.made(causeName, duration);
    context.tell(new RelayEvent.Paused(destination.workspace(), causeName, duration));
  }

  private void close() {
    state = State.CLOSED;
    probeFrom = 0;
    looks = 0;
    info.ended();
    context.tell(new RelayEvent.Resumed(destination.workspace()));
  }

  private Duration pauseAfter(@Nullable Duration asked) {
    RelaySettings.Retries retries = settings.retries();
    if (asked != null) {
      Duration atLeast = asked.compareTo(retries.min()) < 0 ? retries.min() : asked;
      return atLeast.compareTo(retries.maxRetryAfter()) > 0 ? retries.maxRetryAfter() : atLeast;
    }
    return backoff.after(failures);
  }

  private boolean isCoveredByPause(Duration asked) {
    Duration left = info.remaining();
    Duration clamped = pauseAfter(asked);
    return state == State.OPEN && (left == null || clamped.compareTo(left) <= 0);
  }
}
