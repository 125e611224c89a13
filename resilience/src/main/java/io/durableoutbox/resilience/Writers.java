package io.durableoutbox.resilience;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * An application's threads that commit actions and sometimes roll back, and know afterwards what
 * became of each transaction, as far as an application can know.
 */
final class Writers {
  static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test Server side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";
  private static final int MOST_AT_ONCE = 5;
  private static final int USERS = 5_000;

  private final HikariDataSource pool;
  private final JdbcOutbox outbox;
  private final SimulatedDestination destination;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;

  final Set<UUID> committed = ConcurrentHashMap.newKeySet();
  final Set<UUID> rolledBack = ConcurrentHashMap.newKeySet();

  /** Those whose commit was not answered. */
  final Set<UUID> unsure = ConcurrentHashMap.newKeySet();

  /** Those that the destination refuses whatever comes with them. */
  final Set<UUID> bad = ConcurrentHashMap.newKeySet();

  Writers(HikariDataSource pool, SimulatedDestination destination) {
    this.pool = pool;
    this.outbox = JdbcOutbox.create(pool);
    this.destination = destination;
  }

  /** Starts threads that write so many actions a second together. */
  void start(int writers, int perSecond, long seed) {
    for (int i = 0; i < writers; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      long nanosForOne = 1_000_000_000L * writers / perSecond;
      Thread thread = new Thread(() -> write(random, nanosForOne), "writer-" + i);
      threads.add(thread);
      thread.start();
    }
  }

  private void write(SplittableRandom random, long nanosForOne) {
    long next = System.nanoTime();
    while (!stopping) {
      int n = 1 + random.nextInt(MOST_AT_ONCE);
      List<Action> actions = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        Action action =
            Action.shown("user-" + random.nextInt(USERS), CONTEXT).platform(Platform.WEB).build();
        if (random.nextInt(1_000) == 0) {
          bad.add(action.eventUuid());
          destination.refuseEvent(action.eventUuid());
        }
        actions.add(action);
      }
      transaction(actions, random.nextInt(10) > 0);
      next += n * nanosForOne;
      long wait = next - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      } else {
        // What an outage has held up is not made up for.
        next = System.nanoTime();
      }
    }
  }

  private void transaction(List<Action> actions, boolean commit) {
    Set<UUID> fate = rolledBack;
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, actions);
      if (commit) {
        fate = unsure;
        connection.commit();
        fate = committed;
      } else {
        connection.rollback();
      }
    } catch (SQLException | RuntimeException e) {
      LockSupport.parkNanos(50_000_000);
    }
    for (Action action : actions) {
      fate.add(action.eventUuid());
    }
  }

  /** Ends the threads when their transactions are over. */
  void end() throws InterruptedException {
    stopping = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
