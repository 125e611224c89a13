package io.durableoutbox;

import io.durableoutbox.internal.relay.CallerScheduler;
import io.durableoutbox.internal.relay.Counters;
import io.durableoutbox.internal.relay.LoopScheduler;
import io.durableoutbox.internal.relay.RelayEngine;
import io.durableoutbox.internal.relay.RelaySettings;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.RelayStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

  private final RelaySettings settings;
  private final Duration closeTimeout;
  private final RelayStore store;
  private final List<Destination> destinations;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean wakePending = new AtomicBoolean();
  private volatile @Nullable Running running;
  private boolean closed;

  private record Running(LoopScheduler scheduler, RelayEngine engine) {}

  private Relay(Builder b) {
    this.settings = b.settings();
    this.closeTimeout = b.closeTimeout;
    this.store = b.store;
    this.destinations = b.destinations;
  }

  /**
   * Starts to build a relay.
   *
   * @param store where the actions are
   * @param destinations one for each workspace to serve, at least one; the relay closes them
   */
  public static Builder builder(RelayStore store, Destination... destinations) {
    return new Builder(store, List.of(destinations));
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
      LoopScheduler scheduler = new LoopScheduler(settings.name());
      RelayEngine engine =
          new RelayEngine(
              settings, store, destinations, scheduler, InstantSource.system(), newRandom());
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
      RelayEngine engine =
          new RelayEngine(
              settings, store, destinations, scheduler, InstantSource.system(), newRandom());
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
          c.claimed(), c.delivered(), c.retried(), c.rejected(), c.unsent(), c.fenced());
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
        if (r != null) {
          stop(r);
        }
      } finally {
        destinations.forEach(Destination::close);
      }
    } finally {
      lock.unlock();
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

  private static RandomGenerator newRandom() {
    return new SplittableRandom(new SecureRandom().nextLong());
  }

  /**
   * Builds a {@link Relay}. Each setter checks its argument; {@link #build} checks them together.
   * Not thread-safe.
   */
  public static final class Builder {
    private final RelayStore store;
    private final List<Destination> destinations;
    private String name =
        "relay-"
            + ProcessHandle.current().pid()
            + "-"
            + Integer.toHexString(new SecureRandom().nextInt());
    private Duration pollInterval = Duration.ofMillis(500);
    private Duration lease = Duration.ofSeconds(60);
    private Duration retryMin = Duration.ofSeconds(1);
    private Duration retryMax = Duration.ofMinutes(5);
    private Duration closeTimeout = Duration.ofSeconds(30);
    private int maxRequestsInFlight = 8;
    private int maxElementsPerRequest = 100;
    private int maxActionsPerRequest = 1_000;
    private int maxRequestBytes = 100_000;

    private Builder(RelayStore store, List<Destination> destinations) {
      this.store = Objects.requireNonNull(store, "store");
      this.destinations = destinations;
    }

    /**
     * Sets the name that claims and requests carry, to tell relays apart in SQL and logs; default:
     * made from the process id.
     *
     * @param value 1 to 100 letters, digits, dots, underscores or hyphens
     */
    public Builder name(String value) {
      if (!value.matches("[A-Za-z0-9._-]{1,100}")) {
        throw new IllegalArgumentException(
            "name must be 1 to 100 letters, digits, dots, underscores or hyphens");
      }
      name = value;
      return this;
    }

    /**
     * Sets how long an idle relay waits before it looks again, give or take a tenth; default 500
     * ms. It bounds how late an action leaves that nobody announced with {@link Relay#wakeUp}.
     * While more is waiting, the relay does not wait.
     *
     * @param value at least 1 ms
     */
    public Builder pollInterval(Duration value) {
      pollInterval = atLeast("pollInterval", value, Duration.ofMillis(1));
      return this;
    }

    /**
     * Sets how long claimed actions are held; default 60 s. When a relay dies, others wait so long
     * before they take over. It must exceed every destination's call timeout by 5 s.
     *
     * @param value at least 1 s
     */
    public Builder lease(Duration value) {
      lease = atLeast("lease", value, Duration.ofSeconds(1));
      return this;
    }

    /**
     * Sets the bounds of the time that failed actions and a failing destination wait; default 1 s
     * and 5 min. The wait doubles with each failure in a row and is drawn at random between the
     * lower bound and that.
     *
     * @param min at least 1 ms
     * @param max at least {@code min}
     */
    public Builder retryBackoff(Duration min, Duration max) {
      atLeast("the lower bound of retryBackoff", min, Duration.ofMillis(1));
      retryMax = atLeast("the upper bound of retryBackoff", max, min);
      retryMin = min;
      return this;
    }

    /**
     * Sets how long {@link Relay#close} waits for what is out; default 30 s.
     *
     * @param value at least 1 ms
     */
    public Builder closeTimeout(Duration value) {
      closeTimeout = atLeast("closeTimeout", value, Duration.ofMillis(1));
      return this;
    }

    /**
     * Sets how many requests may be out at once, for each workspace; default 8. The relay holds in
     * memory at most what fills twice as many requests.
     *
     * @param value from 1 to 256
     */
    public Builder maxRequestsInFlight(int value) {
      maxRequestsInFlight = within("maxRequestsInFlight", value, 1, 256);
      return this;
    }

    /**
     * Sets how many users a request may have; default 100, which is also the API's limit.
     *
     * @param value from 1 to 100
     */
    public Builder maxElementsPerRequest(int value) {
      maxElementsPerRequest = within("maxElementsPerRequest", value, 1, 100);
      return this;
    }

    /**
     * Sets how many actions a request may have; default 1,000. The API documents no limit.
     *
     * @param value from 1 to 100,000
     */
    public Builder maxActionsPerRequest(int value) {
      maxActionsPerRequest = within("maxActionsPerRequest", value, 1, 100_000);
      return this;
    }

    /**
     * Sets how large a request's body may be; default 100,000 bytes. The API documents no limit,
     * and its siblings refuse more than that. An action that is larger by itself is sent alone.
     *
     * @param value from 1,000 to 10,000,000
     */
    public Builder maxRequestBytes(int value) {
      maxRequestBytes = within("maxRequestBytes", value, 1_000, 10_000_000);
      return this;
    }

    /**
     * Builds the relay; starts nothing.
     *
     * @throws IllegalArgumentException if settings don't fit together
     */
    public Relay build() {
      if (destinations.isEmpty()) {
        throw new IllegalArgumentException("a relay needs at least one destination");
      }
      Set<String> workspaces = new HashSet<>();
      for (Destination destination : destinations) {
        if (!workspaces.add(destination.workspace())) {
          throw new IllegalArgumentException(
              "two destinations serve workspace "
                  + destination.workspace()
                  + "; give each a name of its own");
        }
        Duration needed = destination.callTimeout().plus(RelaySettings.LEASE_MARGIN);
        if (lease.compareTo(needed) <= 0) {
          throw new IllegalArgumentException(
              "lease "
                  + lease
                  + " must exceed callTimeout "
                  + destination.callTimeout()
                  + " of workspace "
                  + destination.workspace()
                  + " by more than "
                  + RelaySettings.LEASE_MARGIN);
        }
      }
      return new Relay(this);
    }

    private RelaySettings settings() {
      return new RelaySettings(
          name,
          pollInterval,
          lease,
          maxRequestsInFlight,
          maxElementsPerRequest,
          maxActionsPerRequest,
          maxRequestBytes,
          retryMin,
          retryMax);
    }

    private static Duration atLeast(String setting, Duration value, Duration min) {
      if (value.compareTo(min) < 0) {
        throw new IllegalArgumentException(setting + " must be at least " + min + ", not " + value);
      }
      if (value.compareTo(Duration.ofDays(365)) > 0) {
        throw new IllegalArgumentException(setting + " must be at most 365 days, not " + value);
      }
      return value;
    }

    private static int within(String setting, int value, int min, int max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            setting + " must be from " + min + " to " + max + ", not " + value);
      }
      return value;
    }
  }
}
