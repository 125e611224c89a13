package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.internal.ClockSkew;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.Uuids;
import io.durableoutbox.internal.relay.limit.Backoff;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.RelayStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What the parts of one relay share: its settings, store, clock and randomness, and the way to tell
 * of what happens. On the loop.
 */
final class RelayContext {
  private static final Logger log = RelayLog.LOG;

  private final RelaySettings settings;
  private final RelayStore store;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final RelayListener listener;
  private final ClockSkew clockSkew;
  private final Backoff backoff;
  private final Uuids uuids;
  private final StoreCalls storeCalls;
  private final Counters counters = new Counters();
  private Runnable whenMoved = () -> {};
  private boolean continuous = true;
  private boolean listenerFailed;
  private @Nullable Throwable failure;
  private @Nullable WakeUps wakeUps;

  /** A source of wake-ups, and how often to poll while it is up. */
  private record WakeUps(BooleanSupplier isUp, Duration pollInterval) {}

  RelayContext(
      RelaySettings settings,
      RelayStore store,
      Scheduler scheduler,
      InstantSource clock,
      RandomGenerator random,
      RelayListener listener) {
    this.settings = settings;
    this.store = store;
    this.scheduler = scheduler;
    this.random = random;
    this.listener = listener;
    this.clockSkew = new ClockSkew(clock);
    this.backoff = new Backoff(settings.retries().min(), settings.retries().max(), random);
    this.uuids = new Uuids(clock, random);
    this.storeCalls = new StoreCalls(settings.name(), scheduler, this::tell);
  }

  RelaySettings settings() {
    return settings;
  }

  RelayStore store() {
    return store;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  ClockSkew clockSkew() {
    return clockSkew;
  }

  Backoff backoff() {
    return backoff;
  }

  Uuids uuids() {
    return uuids;
  }

  StoreCalls storeCalls() {
    return storeCalls;
  }

  Counters counters() {
    return counters;
  }

  // One run or many

  /** Returns whether the relay claims until it is stopped. */
  boolean isContinuous() {
    return continuous;
  }

  /** Has every poller claim once only. */
  void claimOnce() {
    continuous = false;
  }

  /** Takes note of a claim's failure, which a single run reports. */
  void claimFailed(@Nullable Throwable claimFailure) {
    if (!continuous) {
      failure = claimFailure;
    }
    tellFailure("claim", claimFailure);
  }

  /** Returns why a claim of a single run failed, or null. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Sets who is told when less is under way than before. */
  void whenMoved(Runnable then) {
    whenMoved = then;
  }

  /** Tells whoever waits for it that less is under way than before. */
  void moved() {
    whenMoved.run();
  }

  // Polls

  void wokenWhile(BooleanSupplier isUp, Duration pollInterval) {
    wakeUps = new WakeUps(isUp, pollInterval);
  }

  /** Returns whether there is a source of wake-ups that is down. */
  boolean misses() {
    return wakeUps != null && !isWoken();
  }

  private boolean isWoken() {
    try {
      return wakeUps != null && wakeUps.isUp.getAsBoolean();
    } catch (RuntimeException | Error e) {
      log.debug("The source of wake-ups failed", e);
      return false;
    }
  }

  /** Returns how long to wait when nothing more was there. */
  Duration untilNextPoll() {
    return jittered(wakeUps != null && isWoken() ? wakeUps.pollInterval : settings.pollInterval());
  }

  /** Returns the duration or up to its half, so that many pollers don't poll at once. */
  Duration spread(Duration duration) {
    long half = duration.dividedBy(2).toNanos();
    return Duration.ofNanos(half + random.nextLong(half));
  }

  /**
   * Returns up to 4 % less, so that relays don't poll in step for long; never more, since pools
   * test a connection that has rested for longer, HikariCP after 500 ms.
   */
  Duration jittered(Duration duration) {
    long nanos = duration.toNanos();
    return Duration.ofNanos(nanos - random.nextLong(nanos / 25 + 1));
  }

  // The store

  /** Calls the store; see {@link StoreCalls#call}. */
  <T> void callStore(
      String step,
      @Nullable String workspace,
      Callable<T> work,
      BiConsumer<@Nullable T, @Nullable Throwable> then) {
    storeCalls.call(step, workspace, work, then);
  }

  // Events

  /** Tells the listener, which can't hurt whatever it throws. */
  void tell(RelayEvent event) {
    try {
      listener.on(event);
    } catch (Throwable t) {
      try {
        if (!listenerFailed) {
          log.warn("The listener failed with {}; the relay goes on", t.getClass().getName());
        }
        log.debug("The listener failed", t);
        listenerFailed = true;
      } catch (Throwable andAgain) {
        // Out of memory, most likely; there is nothing left to say it with.
      }
    }
  }

  void tellFailure(String step, @Nullable Throwable cause) {
    if (cause != null) {
      tell(new RelayEvent.Failed(step, cause));
    }
  }

  void stepFailed(Throwable t) {
    log.error("A step of relay {} failed; the relay goes on", settings.name(), t);
    tellFailure("step", t);
  }

  /** Takes note of actions whose outcome will not be written; they come back with their lease. */
  void abandoned(int actions) {
    counters.abandoned += actions;
    tell(new RelayEvent.Abandoned(actions));
  }

  /** Tells of actions whose repetition may come too late for the destination's dedupe. */
  void tellLongUnknown(String workspace, List<ClaimedAction> actions) {
    List<UUID> old = new ArrayList<>();
    for (ClaimedAction action : actions) {
      Duration unknownFor = action.unknownFor();
      if (unknownFor != null && unknownFor.compareTo(settings.retries().dedupeWindow()) >= 0) {
        old.add(action.eventUuid());
      }
    }
    if (!old.isEmpty()) {
      log.warn(
          "{} actions of workspace {} are sent again more than {} after an attempt with an unknown"
              + " outcome, {} first: the destination may count them twice",
          old.size(),
          workspace,
          settings.retries().dedupeWindow(),
          old.get(0));
      tell(new RelayEvent.LongUnknown(workspace, List.copyOf(old)));
    }
  }
}
