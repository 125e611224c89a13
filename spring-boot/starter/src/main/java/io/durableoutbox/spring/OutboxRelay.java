package io.durableoutbox.spring;

import io.durableoutbox.RelayHealth;
import io.durableoutbox.relay.Relay;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * The relay of this application context, which starts and stops with it. A {@link Relay} runs once;
 * since a context may be started again after a stop, each start makes a new one.
 *
 * <p>It starts after the web server, and stops together with the web server's graceful shutdown,
 * while the connection pool is open. What it could not send by then waits in the database for
 * another relay or the next start. Thread-safe.
 */
public final class OutboxRelay implements SmartLifecycle, DisposableBean {
  /** The phase of a web server's graceful shutdown. */
  static final int PHASE = DEFAULT_PHASE - 1024;

  private final Supplier<Relay> relays;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile Relay relay;
  private volatile boolean running;
  // Whether it was stopped, so that the next start needs another.
  private boolean used;

  OutboxRelay(Supplier<Relay> relays) {
    this.relays = relays;
    // Now, so that wrong settings end the start of the application before its work begins.
    this.relay = relays.get();
  }

  /**
   * Returns how the relay is; {@link Relay#health} says how. The reasons say what is wrong and what
   * to do.
   */
  public RelayHealth health() {
    if (!running) {
      return new RelayHealth(
          RelayHealth.Status.DOWN,
          List.of(
              "relay "
                  + name()
                  + " is stopped, as the application context is; start the context, and it sends"
                  + " what waits"),
          null);
    }
    return relay.health();
  }

  /**
   * Tells the relay that something was committed. {@link TransactionalOutbox} does it by itself;
   * call it after you have added by another way. Cheap, never blocks.
   */
  public void wakeUp() {
    relay.wakeUp();
  }

  /** Returns the relay's name, which its claims and requests carry. */
  public String name() {
    return relay.name();
  }

  @Override
  public void start() {
    lock.lock();
    try {
      if (running) {
        return;
      }
      if (used) {
        relay = relays.get();
      }
      used = true;
      relay.start();
      running = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stop() {
    lock.lock();
    try {
      running = false;
      used = true;
      relay.close();
    } finally {
      lock.unlock();
    }
  }

  /** Stops on a thread of its own, so that the web server's requests end meanwhile. */
  @Override
  public void stop(Runnable callback) {
    stopAside(this::stop, callback);
  }

  static void stopAside(Runnable stop, Runnable callback) {
    Thread stopping =
        new Thread(
            () -> {
              try {
                stop.run();
              } finally {
                callback.run();
              }
            },
            "outbox-stop");
    stopping.setDaemon(true);
    stopping.start();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  /** Frees what was never started. */
  @Override
  public void destroy() {
    stop();
  }
}
