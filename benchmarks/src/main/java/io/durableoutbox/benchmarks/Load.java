package io.durableoutbox.benchmarks;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** An application's threads: each transaction writes an order and reports one action. */
final class Load implements AutoCloseable {
  private static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test Server side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";

  private final Database database;
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
  private final AtomicLong transactions = new AtomicLong();
  private volatile boolean stopping;

  /**
   * Starts to write.
   *
   * @param perSecond transactions a second of all threads; 0 as fast as it goes
   */
  Load(Database database, int writers, int perSecond) {
    this.database = database;
    for (int i = 0; i < writers; i++) {
      long pause = perSecond == 0 ? 0 : 1_000_000_000L * writers / perSecond;
      Thread thread = new Thread(() -> write(pause), "writer-" + i);
      threads.add(thread);
      thread.start();
    }
  }

  private void write(long pauseNanos) {
    try (Connection connection = database.pool.getConnection();
        PreparedStatement order =
            connection.prepareStatement("INSERT INTO orders (note) VALUES ('an order')")) {
      connection.setAutoCommit(false);
      long next = System.nanoTime();
      while (!stopping) {
        long started = System.nanoTime();
        order.executeUpdate();
        database.outbox.add(
            connection,
            Action.shown("user-" + transactions.incrementAndGet() % 50_000, CONTEXT)
                .platform(Platform.WEB)
                .build());
        connection.commit();
        nanos.add(System.nanoTime() - started);
        next += pauseNanos;
        if (pauseNanos > 0 && next > System.nanoTime()) {
          LockSupport.parkNanos(next - System.nanoTime());
        }
      }
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns how long each transaction took since the last call, in nanoseconds, sorted. */
  long[] take() {
    List<Long> taken = new ArrayList<>();
    for (Long one = nanos.poll(); one != null; one = nanos.poll()) {
      taken.add(one);
    }
    return Figures.sorted(taken);
  }

  @Override
  public void close() {
    stopping = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
