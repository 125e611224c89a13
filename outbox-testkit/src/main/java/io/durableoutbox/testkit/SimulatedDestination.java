package io.durableoutbox.testkit;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * MoEngage's "report experience events" API on this machine's loopback: strict, so that what passes
 * here has kept the documented contract, and able to misbehave, so that an application's own tests
 * can see what happens then.
 *
 * <p>It deduplicates by {@code moe_event_uuid} as the API does, and keeps what it accepted in
 * memory for assertions. A request is judged and recorded as soon as it has been read; latency and
 * delays come before its answer, and hold no thread. The number of connections has no limit, and a
 * thread is used only while a request is read, judged or written. Thread-safe.
 *
 * <p>The JDK's HTTP server reads some system properties once. Those of them that are not set when
 * this class is first used get values that suit tests: {@code sun.net.httpserver.nodelay=true},
 * without which each answer waits 40 ms for the client's acknowledgement, and {@code
 * sun.net.httpserver.maxIdleConnections=10000}, since above it kept-alive connections are closed.
 */
public final class SimulatedDestination implements AutoCloseable {
  /** The workspace id that it expects unless told otherwise: {@value}. */
  public static final String DEFAULT_WORKSPACE_ID = "TEST_WORKSPACE";

  /** The API key that it expects unless told otherwise: {@value}. */
  public static final String DEFAULT_API_KEY = "TEST_KEY";

  static {
    setUnlessSet("sun.net.httpserver.nodelay", "true");
    setUnlessSet("sun.net.httpserver.maxIdleConnections", "10000");
  }

  private final String workspaceId;
  private final String firstApiKey;
  private final Ledger ledger;
  private final Faults faults = new Faults();
  private final Endpoint endpoint;
  private final Threads threads = new Threads();
  private volatile String apiKey;
  private final Listener listener;
  private boolean closed;

  private SimulatedDestination(Builder b) {
    this.workspaceId = b.workspaceId;
    this.firstApiKey = b.apiKey;
    this.apiKey = b.apiKey;
    this.ledger = new Ledger(b.keepPayloads);
    this.endpoint = new Endpoint(this, ledger, b.maxBodyBytes, threads);
    this.listener = new Listener(endpoint, threads, b.gateway);
    try {
      listener.listen(b.port);
    } catch (UncheckedIOException e) {
      threads.stop();
      throw e;
    }
  }

  /**
   * Starts one with the defaults, on a free port.
   *
   * @throws UncheckedIOException if it can't listen
   */
  public static SimulatedDestination start() {
    return builder().start();
  }

  /** Starts to set one up. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns its address without the path, for example {@code http://127.0.0.1:40123}; the same
   * after {@link #stop} and {@link #resume}.
   */
  public String baseUrl() {
    return "http://127.0.0.1:" + listener.port();
  }

  /** Returns the workspace id that it expects. */
  public String workspaceId() {
    return workspaceId;
  }

  /** Returns the API key that it expects. */
  public String apiKey() {
    return apiKey;
  }

  /** Expects another API key from now on, as after a rotation, until {@link #reset}. */
  public void apiKey(String key) {
    apiKey = Objects.requireNonNull(key);
  }

  /**
   * Misbehaves for the next requests, whatever they are, one fault for each; then as before. Queues
   * behind the faults that still wait.
   */
  public void next(Fault... faults) {
    this.faults.next(List.of(faults));
  }

  /**
   * Misbehaves for all requests that no fault of {@link #next} is for, until {@link #healthy}. With
   * {@link Fault#invalidField} it refuses everything.
   */
  public void always(Fault fault) {
    faults.always(Objects.requireNonNull(fault));
  }

  /** Forgets all faults, refusals and the latency, and listens again if it was stopped. */
  public void healthy() {
    faults.clear();
    resume();
    listener.healthy();
  }

  /**
   * Answers each request only after this time, which adds to the delay of a fault; zero by default.
   * Any number of requests can wait at once.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void latency(Duration value) {
    faults.latency(Fault.notNegative(value));
  }

  /**
   * Refuses each request that has this event, until {@link #healthy}, with a 400 that does not name
   * it.
   */
  public void refuseEvent(UUID eventUuid) {
    faults.refuse(action -> action.eventUuid().equals(eventUuid));
  }

  /**
   * Refuses each request that has this customer, until {@link #healthy}, with a 400 that does not
   * name them.
   */
  public void refuseCustomer(String customerId) {
    faults.refuse(action -> action.customerId().equals(customerId));
  }

  /**
   * Misbehaves for each request that has this event and for which no other fault is due, until
   * {@link #healthy}: as a firewall that finds one event odd, or a server that fails at it.
   */
  public void poison(UUID eventUuid, Fault fault) {
    poison(action -> action.eventUuid().equals(eventUuid), fault);
  }

  /**
   * Misbehaves for each request that has an action of which this is true and for which no other
   * fault is due, until {@link #healthy}.
   *
   * @param which asked by several threads, about actions that keep the contract
   */
  public void poison(Predicate<AcceptedAction> which, Fault fault) {
    faults.poison(Objects.requireNonNull(which), Objects.requireNonNull(fault));
  }

  /**
   * Never answers again on the connections that are open now, as when a NAT has forgotten them; new
   * ones work. Their requests are not seen.
   *
   * @throws IllegalStateException unless it was built with {@link Builder#gateway}
   */
  public void forgetConnections() {
    listener.gateway("forgetConnections").forgetConnections();
  }

  /**
   * Closes each connection on which nothing passed for so long after an answer, as servers and load
   * balancers do, until {@link #healthy}.
   *
   * @param idle zero to close none
   * @throws IllegalStateException unless it was built with {@link Builder#gateway}
   */
  public void closeIdleConnections(Duration idle) {
    listener.gateway("closeIdleConnections").closeIdleAfter(Fault.notNegative(idle));
  }

  /**
   * Stops to listen, so that connections are refused, and breaks those that are open: answers that
   * are still to come are lost. Does nothing if it is stopped.
   */
  public synchronized void stop() {
    listener.stop();
  }

  /**
   * Listens again on the same port after {@link #stop}, with all that was received and all faults
   * as they were. Does nothing if it listens.
   *
   * @throws IllegalStateException if it was closed
   * @throws UncheckedIOException if another process has taken the port
   */
  public synchronized void resume() {
    if (closed) {
      throw new IllegalStateException("the simulated destination was closed; start another");
    }
    listener.resume();
  }

  /**
   * Returns the accepted actions, each once, in the order of their first acceptance: a snapshot.
   *
   * @throws IllegalStateException if the payloads are not kept
   */
  public List<AcceptedAction> accepted() {
    return ledger.accepted();
  }

  /**
   * Returns an accepted action.
   *
   * @throws IllegalStateException if the payloads are not kept
   */
  public Optional<AcceptedAction> accepted(UUID eventUuid) {
    return Optional.ofNullable(ledger.accepted(eventUuid));
  }

  /** Returns whether an action was accepted, also when the payloads are not kept. */
  public boolean hasAccepted(UUID eventUuid) {
    return ledger.hasAccepted(eventUuid);
  }

  /** Returns how many different actions were accepted. */
  public int acceptedCount() {
    return ledger.acceptedCount();
  }

  /** Returns how many times an action was accepted that had been accepted before. */
  public long duplicates() {
    return ledger.duplicates();
  }

  /**
   * Returns the UUIDs that came again with other content than at first, which must never happen: a
   * snapshot. Without payloads it compares 32-bit hashes.
   */
  public Set<UUID> conflicts() {
    return ledger.conflicts();
  }

  /** Returns the last 10,000 requests, oldest first: a snapshot. */
  public List<ReceivedRequest> requests() {
    return ledger.requests();
  }

  /** Returns how many requests came in all, whatever became of them. */
  public long requestCount() {
    return ledger.requestCount();
  }

  /**
   * Waits until at least so many different actions were accepted; their answers may still be due.
   *
   * @throws AssertionError with the counts, if they were not within the timeout or the thread was
   *     interrupted
   */
  public void awaitAccepted(int count, Duration timeout) {
    ledger.await(count + " accepted actions", () -> ledger.acceptedCount() >= count, timeout);
  }

  /**
   * Waits until at least so many requests came; their answers may still be due.
   *
   * @throws AssertionError with the counts, if they did not within the timeout or the thread was
   *     interrupted
   */
  public void awaitRequests(long count, Duration timeout) {
    ledger.await(count + " requests", () -> ledger.requestCount() >= count, timeout);
  }

  /**
   * Forgets all that it received, every fault and another API key, as if it were new. Requests that
   * are being read meanwhile may still be recorded afterwards.
   *
   * @throws IllegalStateException if it was closed
   */
  public void reset() {
    healthy();
    apiKey = firstApiKey;
    ledger.clear();
  }

  /** Stops for good. What was received can still be asked for. */
  @Override
  public synchronized void close() {
    stop();
    closed = true;
    threads.stop();
  }

  Faults faults() {
    return faults;
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** Sets up a {@link SimulatedDestination}. Can start several. Not thread-safe. */
  public static final class Builder {
    private int port;
    private String workspaceId = DEFAULT_WORKSPACE_ID;
    private String apiKey = DEFAULT_API_KEY;
    private int maxBodyBytes = 1_000_000;
    private boolean keepPayloads = true;
    private boolean gateway;

    private Builder() {}

    /**
     * Listens on this port of the loopback; default 0: any that is free.
     *
     * @throws IllegalArgumentException if it is not 0 to 65,535
     */
    public Builder port(int value) {
      if (value < 0 || value > 65_535) {
        throw new IllegalArgumentException("port must be 0 to 65535, not " + value);
      }
      port = value;
      return this;
    }

    /**
     * Expects this workspace id; default {@value SimulatedDestination#DEFAULT_WORKSPACE_ID}.
     *
     * @throws IllegalArgumentException if it is empty or has a colon, which Basic credentials can't
     *     carry
     */
    public Builder workspaceId(String value) {
      if (value.isEmpty() || value.indexOf(':') >= 0) {
        throw new IllegalArgumentException("workspaceId must be neither empty nor have a colon");
      }
      workspaceId = value;
      return this;
    }

    /** Expects this API key; default {@value SimulatedDestination#DEFAULT_API_KEY}. */
    public Builder apiKey(String value) {
      apiKey = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Answers 413 to larger bodies; default 1,000,000 bytes.
     *
     * @throws IllegalArgumentException if it is not 1 to 100,000,000
     */
    public Builder maxBodyBytes(int value) {
      if (value < 1 || value > 100_000_000) {
        throw new IllegalArgumentException("maxBodyBytes must be 1 to 100,000,000, not " + value);
      }
      maxBodyBytes = value;
      return this;
    }

    /**
     * Keeps the content of what it accepted; default true. With false it keeps each UUID and a
     * hash, about 100 bytes an action, so that a benchmark can send millions; then {@link
     * SimulatedDestination#accepted()} can't be asked.
     */
    public Builder keepPayloads(boolean value) {
      keepPayloads = value;
      return this;
    }

    /**
     * Puts a gateway in front, whose connections can be closed and forgotten; default false. It
     * takes two threads for each connection and makes requests slower.
     */
    public Builder gateway(boolean value) {
      gateway = value;
      return this;
    }

    /**
     * Starts it.
     *
     * @throws UncheckedIOException if the port is taken
     */
    public SimulatedDestination start() {
      return new SimulatedDestination(this);
    }
  }
}
