package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.RelayListener;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.RelayStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A relay without threads: one lane for each workspace, the settler that they share and the
 * look-out, all on the scheduler's loop. It never reads the system's clock, starts a thread or
 * draws a random number of its own.
 */
public final class RelayEngine {
  /** How long something fails before the relay counts as down. */
  static final Duration DOWN_AFTER = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  private final RelaySettings settings;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final RelayListener listener;
  private final Skew skew;
  private final Counters counters = new Counters();
  private final List<Lane> lanes = new ArrayList<>();
  private final StoreCalls storeCalls;
  private final Settler settler;
  private final LookOut lookOut;
  private final SharedLook sharedLook;
  private int mostOwnPolls = SharedLook.MOST_OWN_POLLS;
  private boolean continuous = true;
  private boolean stopping;
  private @Nullable Runnable whenIdle;
  private @Nullable Throwable failure;
  private boolean listenerFailed;
  private @Nullable Wakening wakening;

  private record Wakening(BooleanSupplier isUp, Duration pollInterval) {}

  /**
   * Makes an engine that does nothing until {@link #start} or {@link #runOnce}.
   *
   * @param evidence what earlier engines have learned of each workspace; added to
   */
  public RelayEngine(
      RelaySettings settings,
      RelayStore store,
      List<Destination> destinations,
      Scheduler scheduler,
      InstantSource clock,
      RandomGenerator random,
      RelayListener listener,
      Map<String, Evidence> evidence) {
    this.settings = settings;
    this.scheduler = scheduler;
    this.random = random;
    this.listener = listener;
    this.skew = new Skew(clock);
    Backoff backoff = new Backoff(settings.retries().min(), settings.retries().max(), random);
    Uuids uuids = new Uuids(clock, random);
    this.storeCalls = new StoreCalls(settings.name(), scheduler, this::tell);
    this.settler = new Settler(this, store, scheduler, backoff);
    this.lookOut = new LookOut(this, store, scheduler, destinations);
    this.sharedLook = new SharedLook(this, store, scheduler, lanes);
    for (Destination destination : destinations) {
      Evidence known = evidence.computeIfAbsent(destination.workspace(), w -> new Evidence());
      lanes.add(new Lane(this, store, destination, scheduler, settler, uuids, backoff, known));
    }
  }

  /**
   * Polls less often while a source of wake-ups is up. Before {@link #start}.
   *
   * @param isUp whether it is; asked on the loop
   */
  public void wokenWhile(BooleanSupplier isUp, Duration pollInterval) {
    wakening = new Wakening(isUp, pollInterval);
  }

  /** Has more lanes than that share their looks. Before {@link #start}. */
  void shareLooksAbove(int lanesWithOwnPolls) {
    mostOwnPolls = lanesWithOwnPolls;
  }

  /** Claims and sends until {@link #stop}. */
  public void start() {
    wakeUp();
    scheduler.execute(
        () -> {
          beat();
          lookOut.start();
          if (looksForLanes()) {
            sharedLook.start();
          }
        });
  }

  /**
   * Claims once in each workspace, and calls {@code whenDone} when all that was claimed is settled.
   */
  public void runOnce(Runnable whenDone) {
    continuous = false;
    whenIdle = whenDone;
    wakeUp();
  }

  /** Claims now instead of at the next poll. From any thread. */
  public void wakeUp() {
    scheduler.execute(
        () -> {
          for (Lane lane : lanes) {
            if (!lane.isResting()) {
              lane.wake();
            }
          }
          if (looksForLanes()) {
            sharedLook.now();
          }
          moved();
        });
  }

  /**
   * Claims no more, gives back what has not left, and calls {@code whenDone} when all is settled.
   * From any thread.
   */
  public void stop(Runnable whenDone) {
    scheduler.execute(
        () -> {
          whenIdle = whenDone;
          stopping = true;
          lookOut.stop();
          sharedLook.stop();
          for (Lane lane : lanes) {
            lane.stop();
          }
          moved();
        });
  }

  /** Returns what it did so far. Read it on the loop or after the end. */
  public Counters counters() {
    return counters;
  }

  /** Returns why a claim of {@link #runOnce} failed, or null. */
  public @Nullable Throwable failure() {
    return failure;
  }

  /** Returns how it is. On the loop. */
  public RelayHealth health() {
    List<String> broken = new ArrayList<>();
    List<String> paused = new ArrayList<>();
    storeCalls.problems(broken);
    settler.problems(broken);
    for (Lane lane : lanes) {
      lane.problems(broken, paused);
    }
    Status status = !broken.isEmpty() ? Status.DOWN : !paused.isEmpty() ? Status.PAUSED : Status.UP;
    List<String> reasons = new ArrayList<>(broken);
    reasons.addAll(paused);
    lanes.forEach(lane -> lane.hints(reasons));
    lookOut.problems(reasons);
    if (wakening != null && !isWoken()) {
      reasons.add(
          "nothing wakes this relay, so it polls every "
              + settings.pollInterval()
              + "; the log of the source of its wake-ups says why");
    }
    return new RelayHealth(status, reasons, skew.last());
  }

  RelaySettings settings() {
    return settings;
  }

  Skew skew() {
    return skew;
  }

  boolean isContinuous() {
    return continuous;
  }

  void failedOnce(@Nullable Throwable claimFailure) {
    if (!continuous) {
      failure = claimFailure;
    }
  }

  /** Whether idle lanes may leave it to the shared look to find something for them. */
  boolean looksForLanes() {
    return continuous && lanes.size() > mostOwnPolls && sharedLook.isOn();
  }

  /** How long to wait when nothing more was there. */
  Duration untilNextPoll() {
    return jittered(
        wakening != null && isWoken() ? wakening.pollInterval : settings.pollInterval());
  }

  /** How long a lane waits that rests; spread, so that many don't poll at once. */
  Duration untilOwnPoll() {
    long half = SharedLook.OWN_POLL.dividedBy(2).toNanos();
    return Duration.ofNanos(half + random.nextLong(half));
  }

  private boolean isWoken() {
    try {
      return wakening != null && wakening.isUp.getAsBoolean();
    } catch (RuntimeException | Error e) {
      log.debug("The source of wake-ups failed", e);
      return false;
    }
  }

  /**
   * Up to 4 % less, so that relays don't poll in step for long; never more, since pools ask whether
   * a connection lives that has rested for longer, HikariCP after 500 ms.
   */
  Duration jittered(Duration duration) {
    long nanos = duration.toNanos();
    return Duration.ofNanos(nanos - random.nextLong(nanos / 25 + 1));
  }

  /** Tells whoever waits for it that nothing is under way any more. */
  void moved() {
    if (whenIdle != null && settler.isIdle() && lanes.stream().allMatch(Lane::isIdle)) {
      Runnable done = whenIdle;
      whenIdle = null;
      done.run();
    }
  }

  /** Calls the store; see {@link StoreCalls#call}. */
  <T> void callStore(
      String step,
      @Nullable String workspace,
      Callable<T> work,
      BiConsumer<@Nullable T, @Nullable Throwable> then) {
    storeCalls.call(step, workspace, work, then);
  }

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

  /** Takes note of actions whose outcome will not be written; they come back with their lease. */
  void abandoned(int actions) {
    counters.abandoned += actions;
    tell(new RelayEvent.Abandoned(actions));
  }

  void stepFailed(Throwable t) {
    log.error("A step of relay {} failed; the relay goes on", settings.name(), t);
    tellFailure("step", t);
  }

  /** Whatever a step that failed has left behind, the lanes go on. */
  private void beat() {
    if (!stopping || whenIdle != null) {
      scheduler.schedule(HEARTBEAT, this::beat);
      settler.recover();
      lanes.forEach(Lane::recover);
      sharedLook.recover();
      storeCalls.watch();
      moved();
    }
  }
}
