package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.relay.Batch.Answer;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.RelayStore.Claim;
import io.durableoutbox.spi.RelayStore.Pause;
import io.durableoutbox.spi.RelayStore.PauseSpec;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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
 * last said. A failure that is not an action's closes the gate at once and is then written to the
 * store. What failed waits a little longer than the pause, so that the probe takes other actions if
 * there are any. While it is closed, claims go on at the poll interval, since they tell when the
 * pause is over, has been ended, or is this relay's to probe. One request is the probe; if it is
 * answered, the pause is ended in the store before anything else is claimed, and the window grows
 * from its lower bound.
 *
 * <p>A crash leaves a pause with an end. That of a probe is the end of its lease.
 */
final class Gate {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);

  /**
   * How much longer than the pause what failed waits; a relay looks as soon as the pause is over.
   */
  private static final Duration AFTER_PAUSE = Duration.ofMillis(500);

  /** How often in one pause it looks for a better probe; each look costs a poll interval. */
  private static final int MAX_LOOKS = 8;

  /** The cause of a pause that began because everything was refused. */
  private static final String REFUSED = "refused";

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
  private final Evidence evidence;
  private final Window window;
  private final Pace requestPace;
  private final Pace actionPace;

  private final PauseInfo info;
  private State state = State.OPEN;
  private @Nullable UUID probeId;
  private int failures;
  private long closedNanos;
  private boolean everClosed;
  private int storeCalls;
  private long probeFrom;
  private boolean probesAll;
  private int looks;
  private @Nullable String reason;
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
      Evidence evidence,
      Consumer<Duration> whenStoreAnswered) {
    this.engine = engine;
    this.settings = engine.settings();
    this.store = store;
    this.destination = destination;
    this.scheduler = scheduler;
    this.backoff = backoff;
    this.evidence = evidence;
    this.whenStoreAnswered = whenStoreAnswered;
    this.info = new PauseInfo(destination, settings.name(), scheduler);
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

  boolean isProbing() {
    return state == State.PROBING;
  }

  /** Returns whether it probes a pause that began because everything was refused. */
  boolean probesRefusals() {
    return state == State.PROBING && REFUSED.equals(info.cause());
  }

  boolean isIdle() {
    return storeCalls == 0;
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
    return isClosed() ? probeFrom : 0;
  }

  /** Returns whether it probes with all that waits, so that there is nothing to compare it with. */
  boolean probesAllThatWaits() {
    return state == State.PROBING && probesAll;
  }

  /** Returns how long what failed should wait, so that others are tried before it. */
  Duration untilTriedAgain() {
    Duration left = info.remaining();
    if (state != State.PAUSED || left == null) {
      return Duration.ZERO;
    }
    return left.isNegative() ? AFTER_PAUSE : left.plus(AFTER_PAUSE);
  }

  /** Returns when to claim again while it is closed. */
  Duration untilNextLook() {
    Duration poll = engine.jittered(settings.pollInterval());
    Duration left = info.remaining();
    return left == null || left.compareTo(poll) > 0
        ? poll
        : left.isNegative() || left.isZero() ? poll : left;
  }

  /** Returns whether the next claim should only look, since it could send nothing. */
  boolean onlyLooks() {
    return isHeldBack() && !(state == State.PAUSED && info.isOver());
  }

  private boolean isHeldBack() {
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
    if (state == State.PAUSED && everClosed && startedNanos - closedNanos <= 0) {
      // It was out when the gate closed, and knows nothing of that.
      return false;
    }
    if (onlyLooked || (isHeldBack() && claim.probedOpenBy() != null)) {
      // Another relay, with other credentials, may send.
      heldBack = claim.probedOpenBy() != null;
      info.lasts(Duration.ofNanos(heldBack ? heldBackUntilNanos - scheduler.nanoTime() : 0));
      return false;
    }
    if (state == State.PAUSED) {
      heldBack = false;
      if (claim.probedOpenBy() != null) {
        evidence.acceptedElsewhere();
      }
      open();
    }
    return true;
  }

  private void probes(UUID claimId, Pause pause) {
    info.learned(pause, state != State.PAUSED);
    reason = pause.reason();
    state = State.PROBING;
    probeId = claimId;
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
    boolean known = everClosed && answer.startedNanos() - closedNanos <= 0;
    Duration asked = outcome.asksToWait();
    if (known && (asked == null || isCoveredByPause(asked))) {
      return;
    }
    if (!known) {
      failures = news ? failures + 1 : Math.max(1, failures);
      window.failed();
    }
    Duration duration = pauseAfter(asked);
    if (outcome instanceof Outcome.Misconfigured) {
      heldBack = true;
      heldBackUntilNanos = scheduler.nanoTime() + settings.retries().max().toNanos();
    }
    pauseFor(duration, answer, answer.words());
  }

  /** Takes note that many actions of different customers were refused, and none was accepted. */
  void refusesEverything(Answer answer) {
    failures++;
    window.failed();
    pauseFor(
        backoff.after(failures),
        answer,
        "everything is refused, nothing was accepted in between; the last: " + answer.words());
  }

  private void pauseFor(Duration duration, Answer answer, String words) {
    UUID probe = state == State.PROBING ? probeId : null;
    String causeName = answer.outcome().name();
    info.failed(causeName, answer.label(), state == State.OPEN, duration);
    close(causeName, duration);
    int inARow = failures;
    looks = 0;
    call("pause", duration, () -> pause(duration, causeName, words, inARow, probe));
  }

  private boolean pause(
      Duration duration, String causeName, String reason, int inARow, @Nullable UUID probe) {
    store.pause(
        new PauseSpec(
            destination.workspace(), settings.name(), duration, causeName, reason, inARow, probe));
    return true;
  }

  /**
   * Looks for a better probe than one whose actions failed before while others passed: its failure
   * would say nothing of the destination. When everything is refused, any action is as good as
   * another.
   *
   * @return whether there may be another one
   */
  boolean looksForAnother(List<ClaimedAction> probe) {
    if (state != State.PROBING
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
    if (state == State.PROBING && probe != null) {
      String why = Objects.requireNonNullElse(info.cause(), "unknown");
      close(why, Duration.ZERO);
      int inARow = Math.max(1, failures);
      call(
          "pause",
          Duration.ZERO,
          () -> pause(Duration.ZERO, why, Objects.requireNonNullElse(reason, why), inARow, probe));
    }
  }

  /** Returns what a person should know of it, or null if it is open. */
  @Nullable String problem() {
    return state == State.OPEN ? null : info.words(state == State.PROBING);
  }

  private void learn(Pause pause) {
    boolean news = state != State.PAUSED;
    if (news) {
      window.failed();
    }
    boolean endedBefore = info.remaining() != null;
    String causeBefore = info.cause();
    info.learned(pause, news);
    state = State.PAUSED;
    probeId = null;
    if (news) {
      everClosed = true;
      closedNanos = scheduler.nanoTime();
    }
    if (news
        || endedBefore != (pause.remaining() != null)
        || !Objects.equals(causeBefore, pause.cause())) {
      engine.tell(new RelayEvent.Paused(destination.workspace(), pause.cause(), pause.remaining()));
    }
  }

  private void close(String causeName, Duration duration) {
    state = State.PAUSED;
    probeId = null;
    everClosed = true;
    closedNanos = scheduler.nanoTime();
    info.made(causeName, duration);
    engine.tell(new RelayEvent.Paused(destination.workspace(), causeName, duration));
  }

  private void open() {
    state = State.OPEN;
    probeFrom = 0;
    looks = 0;
    info.ended();
    engine.tell(new RelayEvent.Resumed(destination.workspace()));
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
    return state == State.PAUSED && (left == null || clamped.compareTo(left) <= 0);
  }

  /** Calls the store; while it has not answered, nothing is claimed. */
  private void call(String step, Duration waitIfItFails, Callable<Boolean> work) {
    storeCalls++;
    engine.callStore(
        step,
        destination.workspace(),
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
