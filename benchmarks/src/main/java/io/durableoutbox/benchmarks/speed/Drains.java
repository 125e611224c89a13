package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/** Steps of measuring how fast relays drain. */
final class Drains {
  private static final long LONGEST_NANOS = 120_000_000_000L;

  private Drains() {}

  /** Fills it with so many, and leaves the server with nothing to do about them. */
  static void fill(Database database, int actions) throws SQLException {
    database.fill(actions);
    if (database.isPostgres()) {
      database.execute("VACUUM (ANALYZE) outbox");
      database.execute("CHECKPOINT");
    } else if (database.isMariaDb()) {
      database.execute("ANALYZE TABLE outbox");
    }
  }

  /**
   * Starts a relay that was stopped, and stops it when it has delivered so many.
   *
   * @return what it did meanwhile
   */
  static Counts burst(MeasuredRelay relay, int actions) throws IOException {
    Counts before = relay.counts();
    relay.start(actions);
    Counts now = untilBurst(relay);
    relay.stop();
    return now.since(before);
  }

  /** Waits until a running relay has delivered as many as were asked for. */
  static Counts untilBurst(MeasuredRelay relay) throws IOException {
    long end = System.nanoTime() + LONGEST_NANOS;
    Counts now;
    do {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("a burst has not ended: is too little waiting?");
      }
      pause(5);
      now = relay.counts();
    } while (now.of(Count.BURST_NANOS) == 0);
    return now;
  }

  /** Returns actions a second. */
  static double rate(Counts burst, int actions) {
    return actions * 1e9 / burst.of(Count.BURST_NANOS);
  }

  static void pause(int millis) {
    long end = System.nanoTime() + millis * 1_000_000L;
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
