package io.durableoutbox.internal.moengage;

import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import okhttp3.Connection;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;

/**
 * The connections to the destination, in generations: when no answer comes on one of them, it and
 * all that were opened before are not used again, so that a network which has forgotten them costs
 * one wait and not one for each. What is out on them goes on.
 *
 * <p>Idle connections live for 2 s only, which is less than servers, load balancers and NATs keep
 * them. A busy relay opens none for that, and an idle one pays a handshake for each request.
 * Thread-safe.
 */
final class Connections implements AutoCloseable {
  private static final int MAX_IDLE = 64;
  static final Duration MAX_IDLE_TIME = Duration.ofSeconds(2);

  private final Set<Connection> used =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
  private final Duration maxIdleTime;
  private OkHttpClient current;
  private boolean closed;

  Connections(OkHttpClient.Builder client, Duration maxIdleTime) {
    this.maxIdleTime = maxIdleTime;
    this.current = client.connectionPool(pool()).build();
  }

  private ConnectionPool pool() {
    return new ConnectionPool(MAX_IDLE, maxIdleTime.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns the client that new calls are to use. */
  synchronized OkHttpClient current() {
    return current;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Lets later calls use none of the connections that this client has. */
  synchronized void abandon(OkHttpClient client) {
    if (client == current && !closed) {
      current = client.newBuilder().connectionPool(pool()).build();
    }
    client.connectionPool().evictAll();
  }

  /** Takes note that a call uses this connection, and returns whether another one did before. */
  boolean reused(Connection connection) {
    return !used.add(connection);
  }

  @Override
  public synchronized void close() {
    closed = true;
    current.dispatcher().cancelAll();
    current.connectionPool().evictAll();
  }
}
