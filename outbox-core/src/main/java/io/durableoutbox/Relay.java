package io.durableoutbox;

import io.durableoutbox.internal.relay.CallerScheduler;
import io.durableoutbox.internal.relay.Counters;
import io.durableoutbox.internal.relay.LoopScheduler;
import io.durableoutbox.internal.relay.RelayEngine;
import io.durableoutbox.internal.relay.RelaySettings;
import io.durableoutbox.internal.relay.Scheduler;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.WakeUpSource;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean wakePending = new AtomicBoolean();
  private volatile @Nullable Running running;
  private boolean closed;

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
   */
  public Relay start() {
    lock.lock();
    try {
      requireOpen();
      if (running != null) {
        throw new IllegalStateException("relay " + settings.name() + " is started already");
      }
      if (wakeUpSource != null) {
        wakeUpSource.start(this::wakeUp);
      }
      LoopScheduler scheduler = new LoopScheduler(settings.name());
      RelayEngine engine = engine(scheduler);
      if (wakeUpSource != null) {
        engine.wokenWhile(wakeUpSource::isUp, pollIntervalWhileWoken);
      }
      running = new Running(scheduler, engine);
      engine.start();
      log.info("Relay {} started for workspaces {}", settings.name(), workspaces());
      return this;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Claims once in each workspace, sends what was claimed and writes the outcomes, all on the
   * calling thread (the HTTP client has its own). Call it again at once while {@link
   * RunResult#claimed} is large, for example greater than 0.
   *
   * <p>An interrupt ends it early: what has not left is given back, what is out is waited for, and
   * the interrupt stays set.
   *
   * @throws OutboxException if the store can't be reached; what was claimed comes back when its
   *     lease ends
   * @throws IllegalStateException if this relay was started or closed
   */
  public RunResult runOnce() {
    lock.lock();
    try {
      requireOpen();
      if (running != null) {
        throw new IllegalStateException(
            "relay " + settings.name() + " is started and needs no runOnce; build another for it");
      }
      CallerScheduler scheduler = new CallerScheduler();
      RelayEngine engine = engine(scheduler);
      engine.runOnce(scheduler::end);
      scheduler.run(() -> engine.stop(scheduler::end));
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
      lock.unlock();
    }
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
   * does not answer within a second, or when it has made no progress for half a minute or more.
   * Asks the relay's own thread, so don't call it from a listener.
   */
  public RelayHealth health() {
    Running r = running;
    if (r == null) {
      return down("relay " + name() + " is not running; start it, or build a new one");
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
   * in that time comes back when its lease ends. Calling it again does nothing.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      Running r = running;
      running = null;
      try {
        if (wakeUpSource != null) {
          wakeUpSource.close();
        }
      } finally {
        end(r);
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(@Nullable Running r) {
    try {
      if (r != null) {
        stop(r);
      }
    } finally {
      destinations.forEach(Destination::close);
    }
  }

  private void stop(Running r) {
    CountDownLatch stopped = new CountDownLatch(1);
    r.engine.stop(stopped::countDown);
    try {
      if (stopped.await(closeTimeout.toNanos(), TimeUnit.NANOSECONDS)) {
        log.info("Relay {} stopped", settings.name());
      } else {
        log.warn(
            "Relay {} stopped with work left after {}; it comes back when its lease ends",
            settings.name(),
            closeTimeout);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      log.warn("Relay {} was interrupted while stopping", settings.name());
    } finally {
      r.scheduler.close();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("relay " + settings.name() + " is closed; build a new one");
    }
  }

  private List<String> workspaces() {
    return destinations.stream().map(Destination::workspace).toList();
  }

  private RelayEngine engine(Scheduler scheduler) {
    RandomGenerator random = new SplittableRandom(new SecureRandom().nextLong());
    return new RelayEngine(
        settings, store, destinations, scheduler, InstantSource.system(), random, listener);
  }
}
