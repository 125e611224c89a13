package io.durableoutbox.benchmarks;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/** The time from a commit to its action's acceptance, under a steady load. */
public final class CommitToAcceptance implements AutoCloseable {
  private static final int WRITERS = 4;
  private static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test Server side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";

  private final Database database;
  private final int perSecond;
  private final int seconds;
  private final DestinationProcess destination;

  /**
   * What was measured: from commits to acceptances, in milliseconds.
   *
   * @param half the median
   * @param most the 99th percentile
   */
  public record Delays(
      int actions,
      double half,
      double most,
      double longest,
      long requests,
      double claimsPerSecond) {
    /** Returns a row of a table. */
    String row(String name) {
      return String.format(
          Locale.ROOT,
          "| %s | %,d | %.1f | %.1f | %.1f | %,d | %.1f | %.0f |%n",
          name,
          actions,
          half,
          most,
          longest,
          requests,
          (double) actions / requests,
          claimsPerSecond);
    }
  }

  /**
   * Starts the destination.
   *
   * @param perSecond transactions with one action each
   * @param answerMillis until the destination answers
   * @param seconds of each measurement, after a third of that to get warm
   */
  public CommitToAcceptance(Database database, int perSecond, int answerMillis, int seconds)
      throws IOException {
    this.database = database;
    this.perSecond = perSecond;
    this.seconds = seconds;
    destination = DestinationProcess.startTimed(answerMillis);
  }

  /**
   * Measures one way of waking a relay of this process.
   *
   * @param signalled whether writers wake it after their commit
   */
  public Delays of(UnaryOperator<RelayBuilder> setUp, boolean signalled) throws Exception {
    AtomicLong claims = new AtomicLong();
    RelayBuilder builder =
        database
            .outbox
            .relay(destination.workspace())
            .listener(
                event -> {
                  if (event instanceof RelayEvent.Claimed) {
                    claims.incrementAndGet();
                  }
                });
    try (Relay relay = setUp.apply(builder).build()) {
      relay.start();
      Runnable afterCommit = signalled ? relay::wakeUp : () -> {};
      write(seconds / 3, afterCommit);
      untilDelivered();
      destination.forget();
      claims.set(0);
      Map<UUID, Instant> committed = write(seconds, afterCommit);
      long claimed = claims.get();
      untilDelivered();
      return delays(committed, destination.accepted(), claimed);
    }
  }

  private Delays delays(Map<UUID, Instant> committed, Map<UUID, Instant> accepted, long claims) {
    List<Long> nanos = new ArrayList<>();
    committed.forEach(
        (event, at) -> {
          Instant then = accepted.get(event);
          if (then == null) {
            throw new IllegalStateException("an action was not accepted: " + event);
          }
          nanos.add(Duration.between(at, then).toNanos());
        });
    // Requests have times of their own, to the microsecond.
    long requests = accepted.values().stream().distinct().count();
    long[] sorted = Figures.sorted(nanos);
    return new Delays(
        sorted.length,
        Figures.millis(sorted, 0.5),
        Figures.millis(sorted, 0.99),
        Figures.millis(sorted, 1),
        requests,
        (double) claims / seconds);
  }

  /** Returns when each action's commit had returned. */
  private Map<UUID, Instant> write(int forSeconds, Runnable afterCommit)
      throws InterruptedException {
    Map<UUID, Instant> committed = new ConcurrentHashMap<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Thread thread = new Thread(() -> write(forSeconds, afterCommit, committed), "writer-" + i);
      threads.add(thread);
      thread.start();
      LockSupport.parkNanos(1_000_000_000L / perSecond);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return committed;
  }

  private void write(int forSeconds, Runnable afterCommit, Map<UUID, Instant> committed) {
    long pause = 1_000_000_000L * WRITERS / perSecond;
    try (Connection connection = database.pool.getConnection();
        PreparedStatement order =
            connection.prepareStatement("INSERT INTO orders (note) VALUES ('an order')")) {
      connection.setAutoCommit(false);
      long next = System.nanoTime();
      long end = next + forSeconds * 1_000_000_000L;
      while (next < end) {
        Action action =
            Action.shown("user-" + committed.size(), CONTEXT).platform(Platform.WEB).build();
        order.executeUpdate();
        database.outbox.add(connection, action);
        connection.commit();
        committed.put(action.eventUuid(), Instant.now());
        afterCommit.run();
        next += pause;
        if (next > System.nanoTime()) {
          LockSupport.parkNanos(next - System.nanoTime());
        }
      }
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void untilDelivered() throws SQLException {
    while (database.number("SELECT count(*) FROM outbox") > 0) {
      LockSupport.parkNanos(20_000_000);
    }
  }

  @Override
  public void close() {
    destination.close();
  }
}
