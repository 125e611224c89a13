package io.durableoutbox.relay;

import io.durableoutbox.OutboxException;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.RelayListener;
import io.durableoutbox.RunResult;
import io.durableoutbox.WakeUpSource;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.relay.Counters;
import io.durableoutbox.internal.relay.RelayEngine;
import io.durableoutbox.internal.relay.request.Evidence;
import io.durableoutbox.internal.schedule.CallerScheduler;
import io.durableoutbox.internal.schedule.LoopScheduler;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.relay.RelayEnd.Run;
import io.durableoutbox.store.RelayStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries actions from the outbox to their destinations, until they are accepted.
 *
 * <p>Either {@link #start} it, and it polls on threads of its own until {@link #close}; or call
 * {@link #runOnce} from a scheduler that you have. Several relays, in one process or on many
 * machines, may serve one outbox with no other coordination. A relay that dies at any point loses
 * nothing: what it held is claimed by another when the lease has ended, and goes out with the same
 * UUIDs.
 *
 * <p>Thread-safe.
 */
public final class Relay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  private static final Duration HEALTH_WAIT = Duration.ofSeconds(1);

  private final RelaySettings settings;
  private final Duration closeTimeout;
  private final RelayStore store;
  private final List<Destination> destinations;
  private final RelayListener listener;
  private final @Nullable WakeUpSource wakeUpSource;
  private final Duration pollIntervalWhileWoken;
  private final Map<String, Evidence> evidence = new ConcurrentHashMap<>();
  // Held while it runs once or starts, so that one of these is done at a time.
  private final ReentrantLock runLock = new ReentrantLock();
  // Held for moments only, so that close() never waits for what runs.
  private final ReentrantLock stateLock = new ReentrantLock();
  private final AtomicBoolean wakePending = new AtomicBoolean();
  private volatile @Nullable Running running;
  private @Nullable Run run;
  private @Nullable RelayEnd end;

  private record Running(LoopScheduler scheduler, RelayEngine engine) {}

  Relay(RelayBuilder b) {
    this.settings = b.settings();
    this.closeTimeout = b.timeToClose();
    this.store = b.store();
    this.destinations = b.destinations();
    this.listener = b.listener();
    this.wakeUpSource = b.wakeUpSource();
    this.pollIntervalWhileWoken = b.timeToPollWhileWoken();
  }

  /**
   * Starts to build a relay.
   *
   * @param store where the actions are
   * @param destinations one for each workspace to serve, at least one; the relay closes them
   */
  public static RelayBuilder builder(RelayStore store, Destination... destinations) {
    return new RelayBuilder(store, List.of(destinations));
  }

  /**
   * Starts to claim and send, on three daemon threads.
   *
   * @return this
   * @throws IllegalStateException if it was started or closed before
   * @throws RuntimeException what the source of wake-ups throws; the relay is closed then
   */
  public Relay start() {
    lockToRun("start");
    try {
      LoopScheduler scheduler = new LoopScheduler(settings.name());
      RelayEngine engine = engine(scheduler);
      try {
        begin(scheduler, engine);
      } catch (RuntimeException | Error e) {
        scheduler.close();
        throw e;
      }
      try {
        if (wakeUpSource != null) {
          engine.wokenWhile(wakeUpSource::isUp, pollIntervalWhileWoken);
          wakeUpSource.start(this::wakeUp);
        }
        engine.start();
      } catch (RuntimeException | Error e) {
        close();
        throw e;
      }
      if (!isClosed()) {
        log.info("Relay {} started for workspaces {}", settings.name(), workspaces());
      } else if (wakeUpSource != null) {
        // It may have begun after it was closed.
        wakeUpSource.close();
      }
      return this;
    } finally {
      runLock.unlock();
    }
  }

  private void begin(LoopScheduler scheduler, RelayEngine engine) {
    CompletableFuture<Boolean> idle = new CompletableFuture<>();
    begin(
        new Run(
            engine,
            idle,
            () -> engine.stop(() -> idle.complete(true)),
            scheduler::isLoop,
            scheduler::end));
    running = new Running(scheduler, engine);
  }

  /**
   * Claims once in each workspace, sends what was claimed and writes the outcomes, all on the
   * calling thread (the HTTP client has its own). Call it again at once while {@link
   * RunResult#claimed} is large, for example greater than 0. A call by another thread meanwhile
   * waits for its turn.
   *
   * <p>An interrupt ends it early, and so does {@link #close}: what has not left is given back,
   * what is out is waited for, and an interrupt stays set. It is not seen while the store is
   * called, and a store that never answers keeps the calling thread: give the driver a
   * socketTimeout.
   *
   * @throws OutboxException if the store can't be reached; what was claimed comes back when its
   *     lease ends
   * @throws IllegalStateException if this relay was started or closed, or is called from a listener
   *     of its own run
   */
  public RunResult runOnce() {
    lockToRun("runOnce");
    try {
      CallerScheduler scheduler = new CallerScheduler();
      RelayEngine engine = engine(scheduler);
      CompletableFuture<Boolean> idle = new CompletableFuture<>();
      Run once =
          new Run(
              engine,
              idle,
              () -> engine.stop(scheduler::end),
              runLock::isHeldByCurrentThread,
              () -> false);
      begin(once);
      try {
        engine.runOnce(scheduler::end);
        scheduler.run(once.stop());
      } finally {
        ended(once);
      }
      Throwable failure = engine.failure();
      if (failure != null) {
        throw failure instanceof OutboxException e
            ? e
            : new OutboxException("the store failed while claiming", failure);
      }
      Counters c = engine.counters();
      return new RunResult(
          c.claimed(),
          c.delivered(),
          c.retried(),
          c.rejected(),
          c.unsent(),
          c.fenced(),
          c.vanished());
    } finally {
      runLock.unlock();
    }
  }

  private void lockToRun(String what) {
    if (runLock.isHeldByCurrentThread()) {
      throw new IllegalStateException(
          "relay "
              + settings.name()
              + " runs already on this thread; don't call "
              + what
              + " from its listener");
    }
    runLock.lock();
  }

  private void begin(Run begun) {
    stateLock.lock();
    try {
      requireOpen();
      if (run != null) {
        throw new IllegalStateException(
            "relay "
                + settings.name()
                + " is started already and needs no start or runOnce; build another for that");
      }
      run = begun;
    } finally {
      stateLock.unlock();
    }
  }

  private void ended(Run once) {
    stateLock.lock();
    try {
      run = null;
    } finally {
      stateLock.unlock();
    }
    once.idle().complete(true);
  }

  /**
   * Tells a started relay that something was committed, so that it claims now and not at the next
   * poll. Cheap, never blocks, may be called as often as you like; does nothing when the relay is
   * not running.
   */
  public void wakeUp() {
    Running r = running;
    if (r != null && wakePending.compareAndSet(false, true)) {
      r.scheduler.execute(() -> wakePending.set(false));
      r.engine.wakeUp();
    }
  }

  /**
   * Returns how the relay is: {@link RelayHealth.Status#DOWN} when it is not running, when its loop
   * does not answer within a second, or when it has made no progress for half a minute or more. May
   * be called from a listener too.
   */
  public RelayHealth health() {
    Running r = running;
    if (r == null) {
      return down("relay " + name() + " is not running; start it, or build a new one");
    }
    if (r.scheduler.isLoop()) {
      return r.engine.health();
    }
    CompletableFuture<RelayHealth> health = new CompletableFuture<>();
    r.scheduler.execute(() -> health.complete(r.engine.health()));
    try {
      return health.get(HEALTH_WAIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return down(
          "the loop of relay "
              + name()
              + " does not answer; a listener or the supplier of the API key may block it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return down("interrupted while asking relay " + name() + "; ask again");
    }
  }

  private static RelayHealth down(String reason) {
    return new RelayHealth(RelayHealth.Status.DOWN, List.of(reason), null);
  }

  /** Returns the relay's name, which its claims and requests carry. */
  public String name() {
    return settings.name();
  }

  /**
   * Claims no more, gives back what has not left, waits at most {@code closeTimeout} for what is
   * out, writes the outcomes and ends the threads and the destinations. What could not be written
   * in that time comes back when its lease ends. A {@link #runOnce} that another thread is in ends
   * early, likewise. Calling it again waits for the first call's end and does nothing more.
   *
   * <p>Returns within {@code closeTimeout} and half a second, whatever blocks; that goes on in the
   * background then. From a listener, or whatever else the relay calls on its own thread, it begins
   * the end and returns at once. No thread is interrupted for it: a database in a file may close
   * the file when a thread is interrupted that reads it. A call of the store that hangs is left
   * behind on its daemon thread.
   */
  @Override
  public void close() {
    @Nullable RelayEnd before;
    RelayEnd ending;
    stateLock.lock();
    try {
      before = end;
      ending = before == null ? new RelayEnd(settings.name(), closeTimeout, run) : before;
      end = ending;
      running = null;
    } finally {
      stateLock.unlock();
    }
    if (before == null) {
      ending.begin(wakeUpSource, destinations);
    }
    ending.await();
  }

  private boolean isClosed() {
    stateLock.lock();
    try {
      return end != null;
    } finally {
      stateLock.unlock();
    }
  }

  private void requireOpen() {
    if (isClosed()) {
      throw new IllegalStateException("relay " + settings.name() + " is closed; build a new one");
    }
  }

  private List<String> workspaces() {
    return destinations.stream().map(Destination::workspace).toList();
  }

  private RelayEngine engine(Scheduler scheduler) {
    RandomGenerator random = new SplittableRandom(new SecureRandom().nextLong());
    return new RelayEngine(
        settings,
        store,
        destinations,
        scheduler,
        InstantSource.system(),
        random,
        listener,
        evidence);
  }
}
