package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.benchmarks.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Threads that write actions steadily, ten in a transaction, until closed. */
final class Writers implements AutoCloseable {
  private static final int THREADS = 4;
  private static final int BATCH = 10;
  private static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test Server side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\"}";

  private final Database database;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong written = new AtomicLong();
  private volatile boolean stopping;

  Writers(Database database, int perSecond) {
    this.database = database;
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(() -> write(1_000_000_000L * THREADS * BATCH / perSecond));
      threads.add(thread);
      thread.start();
    }
  }

  private void write(long pauseNanos) {
    try (Connection connection = database.pool.getConnection()) {
      connection.setAutoCommit(false);
      long next = System.nanoTime();
      while (!stopping) {
        List<Action> actions = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          actions.add(
              Action.shown("user-" + written.incrementAndGet() % 50_000, CONTEXT)
                  .platform(Platform.WEB)
                  .build());
        }
        database.outbox.add(connection, actions);
        connection.commit();
        next += pauseNanos;
        LockSupport.parkNanos(next - System.nanoTime());
      }
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Fails if one of them has failed. */
  void check() {
    if (threads.stream().anyMatch(thread -> !thread.isAlive())) {
      throw new IllegalStateException("a writer has ended");
    }
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
