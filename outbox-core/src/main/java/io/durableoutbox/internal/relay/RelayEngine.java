package io.durableoutbox.internal.relay;

import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.RelayStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A relay without threads: one lane for each workspace and the settler that they share, all on the
 * scheduler's loop. It never reads the system's clock, starts a thread or draws a random number of
 * its own.
 */
public final class RelayEngine {
  private final RelaySettings settings;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Counters counters = new Counters();
  private final List<Lane> lanes = new ArrayList<>();
  private final Settler settler;
  private boolean continuous = true;
  private @Nullable Runnable whenIdle;
  private @Nullable Throwable failure;

  /** Makes an engine that does nothing until {@link #start} or {@link #runOnce}. */
  public RelayEngine(
      RelaySettings settings,
      RelayStore store,
      List<Destination> destinations,
      Scheduler scheduler,
      InstantSource clock,
      RandomGenerator random) {
    this.settings = settings;
    this.scheduler = scheduler;
    this.random = random;
    Backoff backoff = new Backoff(settings.retryMin(), settings.retryMax(), random);
    Uuids uuids = new Uuids(clock, random);
    this.settler = new Settler(this, store, scheduler, backoff);
    for (Destination destination : destinations) {
      lanes.add(new Lane(this, store, destination, scheduler, settler, uuids, backoff));
    }
  }

  /** Claims and sends until {@link #stop}. */
  public void start() {
    wakeUp();
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
            lane.wake();
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

  RelaySettings settings() {
    return settings;
  }

  boolean isContinuous() {
    return continuous;
  }

  void failedOnce(@Nullable Throwable claimFailure) {
    if (!continuous) {
      failure = claimFailure;
    }
  }

  /** Between nine tenths and eleven tenths, so that relays don't poll in step. */
  Duration jittered(Duration duration) {
    long nanos = duration.toNanos();
    return Duration.ofNanos(nanos - nanos / 10 + random.nextLong(nanos / 5 + 1));
  }

  /** Tells whoever waits for it that nothing is under way any more. */
  void moved() {
    if (whenIdle != null && settler.isIdle() && lanes.stream().allMatch(Lane::isIdle)) {
      Runnable done = whenIdle;
      whenIdle = null;
      done.run();
    }
  }
}
