package io.durableoutbox.testkit;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * MoEngage's "report experience events" API on this machine's loopback: strict, so that what passes
 * here has kept the documented contract, and able to misbehave, so that an application's own tests
 * can see what happens then.
 *
 * <p>It deduplicates by {@code moe_event_uuid} as the API does, and keeps what it accepted in
 * memory for assertions. Each request that is being answered holds one thread. Thread-safe.
 */
public final class SimulatedDestination implements AutoCloseable {
  /** The workspace id that it expects unless told otherwise. */
  public static final String DEFAULT_WORKSPACE_ID = "TEST_WORKSPACE";

  /** The API key that it expects unless told otherwise. */
  public static final String DEFAULT_API_KEY = "TEST_KEY";

  static {
    // Read once by the JDK's server: without it small answers wait for the client's delayed
    // acknowledgement.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
  }

  private final String workspaceId;
  private final Ledger ledger;
  private final Queue<Fault> next = new ConcurrentLinkedQueue<>();
  private final Set<UUID> refusedEvents = ConcurrentHashMap.newKeySet();
  private final Set<String> refusedCustomers = ConcurrentHashMap.newKeySet();
  private final Endpoint endpoint;
  private final ExecutorService threads;
  private final int port;
  private volatile String apiKey;
  private volatile @Nullable Fault always;
  private volatile Duration latency = Duration.ZERO;
  private @Nullable HttpServer server;

  private SimulatedDestination(Builder b) {
    this.workspaceId = b.workspaceId;
    this.apiKey = b.apiKey;
    this.ledger = new Ledger(b.keepPayloads);
    this.endpoint = new Endpoint(this, ledger, b.maxBodyBytes);
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "simulated-destination");
              thread.setDaemon(true);
              return thread;
            });
    this.port = listen(b.port);
  }

  /** Starts one with the defaults, on a free port. */
  public static SimulatedDestination start() {
    return builder().start();
  }

  /** Starts to set one up. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns its address without the path, for example {@code http://127.0.0.1:40123}. */
  public String baseUrl() {
    return "http://127.0.0.1:" + port;
  }

  /** Returns the workspace id that it expects. */
  public String workspaceId() {
    return workspaceId;
  }

  /** Returns the API key that it expects. */
  public String apiKey() {
    return apiKey;
  }

  /** Expects another API key from now on, as after a rotation. */
  public void apiKey(String key) {
    apiKey = key;
  }

  /** Misbehaves for the next requests, one fault for each; then as before. */
  public void next(Fault... faults) {
    next.addAll(Arrays.asList(faults));
  }

  /** Misbehaves for all requests that no fault of {@link #next} is for, until {@link #healthy}. */
  public void always(Fault fault) {
    always = fault;
  }

  /** Forgets all faults, refusals and the latency, and listens again if it was stopped. */
  public void healthy() {
    next.clear();
    always = null;
    latency = Duration.ZERO;
    refusedEvents.clear();
    refusedCustomers.clear();
    resume();
  }

  /** Answers each request only after this time; zero by default. */
  public void latency(Duration value) {
    latency = value;
  }

  /** Refuses each request that has this event with a 400 that does not name it. */
  public void refuseEvent(UUID eventUuid) {
    refusedEvents.add(eventUuid);
  }

  /** Refuses each request that has this customer with a 400 that does not name them. */
  public void refuseCustomer(String customerId) {
    refusedCustomers.add(customerId);
  }

  /** Stops to listen, so that connections are refused, and breaks those that are open. */
  public synchronized void stop() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
  }

  /** Listens again on the same port after {@link #stop}. */
  public synchronized void resume() {
    if (server == null) {
      listen(port);
    }
  }

  /** Returns the accepted actions, each once, in the order of their first acceptance. */
  public List<AcceptedAction> accepted() {
    return ledger.accepted();
  }

  /** Returns an accepted action. */
  public Optional<AcceptedAction> accepted(UUID eventUuid) {
    return ledger.accepted(eventUuid);
  }

  /** Returns how many different actions were accepted. */
  public int acceptedCount() {
    return ledger.acceptedCount();
  }

  /** Returns how many actions came once more after they had been accepted. */
  public long duplicates() {
    return ledger.duplicates();
  }

  /** Returns the UUIDs that came again with other content, which must never happen. */
  public Set<UUID> conflicts() {
    return ledger.conflicts();
  }

  /** Returns the last 10,000 requests, oldest first. */
  public List<ReceivedRequest> requests() {
    return ledger.requests();
  }

  /** Returns how many requests came in all. */
  public long requestCount() {
    return ledger.requestCount();
  }

  /**
   * Waits until so many different actions were accepted.
   *
   * @throws AssertionError if they were not within the timeout
   */
  public void awaitAccepted(int count, Duration timeout) {
    ledger.await(count + " accepted actions", () -> ledger.acceptedCount() >= count, timeout);
  }

  /**
   * Waits until so many requests came.
   *
   * @throws AssertionError if they did not within the timeout
   */
  public void awaitRequests(long count, Duration timeout) {
    ledger.await(count + " requests", () -> ledger.requestCount() >= count, timeout);
  }

  /** Forgets all that it received and every fault. */
  public void reset() {
    healthy();
    ledger.clear();
  }

  /** Stops for good. */
  @Override
  public void close() {
    stop();
    threads.shutdownNow();
  }

  @Nullable Fault takeFault() {
    Fault fault = next.poll();
    return fault == null ? always : fault;
  }

  Duration latency() {
    return latency;
  }

  boolean refuses(AcceptedAction action) {
    return refusedEvents.contains(action.eventUuid())
        || refusedCustomers.contains(action.customerId());
  }

  private synchronized int listen(int onPort) {
    try {
      HttpServer listening =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), onPort), 256);
      listening.setExecutor(threads);
      listening.createContext("/", endpoint);
      listening.start();
      server = listening;
      return listening.getAddress().getPort();
    } catch (IOException e) {
      throw new UncheckedIOException("can't listen on port " + onPort, e);
    }
  }

  /** Sets up a {@link SimulatedDestination}. */
  public static final class Builder {
    private int port;
    private String workspaceId = DEFAULT_WORKSPACE_ID;
    private String apiKey = DEFAULT_API_KEY;
    private int maxBodyBytes = 1_000_000;
    private boolean keepPayloads = true;

    private Builder() {}

    /** Listens on this port; default 0: any that is free. */
    public Builder port(int value) {
      port = value;
      return this;
    }

    /** Expects this workspace id; default {@value SimulatedDestination#DEFAULT_WORKSPACE_ID}. */
    public Builder workspaceId(String value) {
      workspaceId = value;
      return this;
    }

    /** Expects this API key; default {@value SimulatedDestination#DEFAULT_API_KEY}. */
    public Builder apiKey(String value) {
      apiKey = value;
      return this;
    }

    /** Answers 413 to larger bodies; default 1,000,000 bytes. */
    public Builder maxBodyBytes(int value) {
      maxBodyBytes = value;
      return this;
    }

    /** Keeps the content of what it accepted; default true. Turn it off to receive millions. */
    public Builder keepPayloads(boolean value) {
      keepPayloads = value;
      return this;
    }

    /** Starts it. */
    public SimulatedDestination start() {
      return new SimulatedDestination(this);
    }
  }
}
