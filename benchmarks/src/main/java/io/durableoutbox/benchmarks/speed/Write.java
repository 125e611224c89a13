package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.Action;
import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.hot.Sample;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What writing actions costs the caller's transaction. */
final class Write implements Section {
  private static final String ALONE = "order alone";
  private static final String BY_HAND = "order and INSERT by hand";
  private static final String ADD = "order and add of 1";
  private static final String ADD_10 = "order and add of 10";
  private static final String ADD_100 = "order and add of 100";
  private static final String SINGLES_100 = "order and 100 times add of 1";
  private static final int[] THREADS = {1, 4, 16};
  private static final int TURN_MILLIS = 300;

  @Override
  public String name() {
    return "write";
  }

  /** What a transaction does after its order is written; the INSERT by hand is prepared already. */
  private interface Step {
    void on(Connection connection, PreparedStatement insert) throws SQLException;
  }

  @Override
  public void measure(Bench bench) throws Exception {
    bench.report().heading("Write");
    bench
        .report()
        .text(
            """
            Transactions a second; each inserts an order, writes actions and commits, on a connection that its thread
            keeps. The INSERT by hand has one row of the same columns, prepared once. In turns: the same threads change between
            the two every %d ms, %d times, on tables that are emptied once; the ratio is of the medians.
            """
                .formatted(TURN_MILLIS, turns(bench)));
    try (Database database = bench.database("writing")) {
      Map<String, Step> sides = sides(database);
      for (int threads : THREADS) {
        for (int round = 0; round <= bench.rounds(); round++) {
          for (Map.Entry<String, Step> side : sides.entrySet()) {
            one(bench, database, threads, side, round > 0);
          }
        }
        turns(bench, database, threads, sides);
      }
      report(bench, sides.keySet());
    }
  }

  private static String what(int threads) {
    return "write with " + threads + (threads == 1 ? " thread" : " threads") + ", transactions/s";
  }

  private static String wal(int threads) {
    return what(threads).replace("transactions/s", "WAL bytes a transaction");
  }

  private static String inTurns(int threads) {
    return "in turns, " + what(threads);
  }

  private static int turns(Bench bench) {
    return bench.size(20 * bench.rounds(), 3);
  }

  /**
   * Compares closer what differs by less than two runs of the same do: sides take turns, each first
   * in every other one, while threads, connections and tables stay.
   */
  private static void turns(Bench bench, Database database, int threads, Map<String, Step> sides)
      throws Exception {
    database.execute("TRUNCATE TABLE outbox");
    database.execute("TRUNCATE TABLE orders");
    Writers writers = new Writers(database, threads, side(sides, BY_HAND));
    LockSupport.parkNanos(TURN_MILLIS * 1_000_000L);
    for (int turn = 0; turn < turns(bench); turn++) {
      for (String side : turn % 2 == 0 ? List.of(BY_HAND, ADD) : List.of(ADD, BY_HAND)) {
        writers.step = side(sides, side);
        // Until no thread is within a transaction of the other side.
        LockSupport.parkNanos(TURN_MILLIS / 10 * 1_000_000L);
        bench.samples().add(inTurns(threads), side, writers.rate(TURN_MILLIS));
      }
    }
    writers.close();
  }

  private static Step side(Map<String, Step> sides, String name) {
    return Objects.requireNonNull(sides.get(name));
  }

  private static Map<String, Step> sides(Database database) {
    Map<String, Step> sides = new LinkedHashMap<>();
    sides.put(ALONE, (connection, insert) -> {});
    sides.put(BY_HAND, (connection, insert) -> byHand(insert));
    sides.put(ADD, (connection, insert) -> database.outbox.add(connection, Sample.action(user())));
    sides.put(ADD_10, (connection, insert) -> database.outbox.add(connection, actions(10)));
    sides.put(ADD_100, (connection, insert) -> database.outbox.add(connection, actions(100)));
    sides.put(
        SINGLES_100,
        (connection, insert) -> {
          for (int i = 0; i < 100; i++) {
            database.outbox.add(connection, Sample.action(user()));
          }
        });
    return sides;
  }

  private static int user() {
    return ThreadLocalRandom.current().nextInt(50_000);
  }

  private static List<Action> actions(int count) {
    List<Action> actions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      actions.add(Sample.action(user()));
    }
    return actions;
  }

  private static String insert(Database database) {
    String json = database.isPostgres() ? "?::json" : "?";
    String time =
        database.isPostgres()
            ? "to_timestamp(?)"
            : database.isMariaDb()
                ? "FROM_UNIXTIME(?)"
                : "DATEADD('SECOND', ?, TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00')";
    return "INSERT INTO outbox (event_uuid, customer_id, user_timezone_offset, action, event_time, platform, attributes,"
        + " validated) VALUES (?, ?, ?, ?, "
        + time
        + ", ?, "
        + json
        + ", true)";
  }

  private static void byHand(PreparedStatement insert) throws SQLException {
    insert.setObject(1, UUID.randomUUID());
    insert.setString(2, Sample.customerId(user()));
    insert.setInt(3, Sample.OFFSET);
    insert.setString(4, "MOE_PERSONALIZATION_MESSAGE_SHOWN");
    insert.setLong(5, System.currentTimeMillis() / 1_000);
    insert.setString(6, "web");
    insert.setString(7, Sample.CONTEXT);
    insert.executeUpdate();
  }

  private static void one(
      Bench bench, Database database, int threads, Map.Entry<String, Step> side, boolean counts)
      throws Exception {
    database.execute("TRUNCATE TABLE outbox");
    database.execute("TRUNCATE TABLE orders");
    Writers writers = new Writers(database, threads, side.getValue());
    LockSupport.parkNanos(bench.size(500, 200) * 1_000_000L);
    long transactions = writers.transactions.get();
    long wal = database.isPostgres() ? database.wal() : 0;
    double rate = writers.rate(bench.size(2_000, 500));
    if (counts) {
      bench.samples().add(what(threads), side.getKey(), rate);
      if (database.isPostgres()) {
        double bytes = database.wal() - wal;
        bench
            .samples()
            .add(wal(threads), side.getKey(), bytes / (writers.transactions.get() - transactions));
      }
    }
    writers.close();
  }

  private static final class Writers {
    private final AtomicLong transactions = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile Step step;
    private volatile boolean stopping;

    Writers(Database database, int count, Step step) {
      this.step = step;
      for (int i = 0; i < count; i++) {
        Thread thread = new Thread(() -> write(database), "writer-" + i);
        threads.add(thread);
        thread.start();
      }
    }

    private void write(Database database) {
      try (Connection connection = database.pool.getConnection();
          PreparedStatement order =
              connection.prepareStatement("INSERT INTO orders (note) VALUES ('an order')");
          PreparedStatement insert = connection.prepareStatement(insert(database))) {
        connection.setAutoCommit(false);
        while (!stopping) {
          order.executeUpdate();
          step.on(connection, insert);
          connection.commit();
          transactions.incrementAndGet();
        }
        connection.setAutoCommit(true);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Returns transactions a second, counted for so long. */
    double rate(int millis) {
      long started = System.nanoTime();
      long before = transactions.get();
      LockSupport.parkNanos(millis * 1_000_000L);
      return (transactions.get() - before) * 1e9 / (System.nanoTime() - started);
    }

    void close() throws InterruptedException {
      stopping = true;
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private static void report(Bench bench, Iterable<String> sides) throws Exception {
    Samples samples = bench.samples();
    List<List<String>> rows = new ArrayList<>();
    Map<String, double[]> plotted = new LinkedHashMap<>();
    for (String side : sides) {
      List<String> row = new ArrayList<>(List.of(side));
      double[] medians = new double[THREADS.length];
      for (int i = 0; i < THREADS.length; i++) {
        row.add(samples.range(what(THREADS[i]), side));
        medians[i] = samples.median(what(THREADS[i]), side);
      }
      rows.add(row);
      plotted.put(side, medians);
    }
    bench.report().table(List.of("", "1 thread", "4 threads", "16 threads"), rows);
    List<List<String>> ratios = new ArrayList<>();
    ratios.add(ratio(samples, "by hand / order alone", BY_HAND, ALONE));
    ratios.add(ratio(samples, "add of 1 / order alone", ADD, ALONE));
    ratios.add(ratio(samples, "add of 1 / by hand", ADD, BY_HAND));
    List<String> inTurns = new ArrayList<>(List.of("add of 1 / by hand, in turns (at least 0.97)"));
    for (int threads : THREADS) {
      inTurns.add(Samples.number(samples.ratio(inTurns(threads), ADD, BY_HAND)));
    }
    ratios.add(inTurns);
    ratios.add(
        ratio(samples, "add of 100 / 100 times add of 1 in one transaction", ADD_100, SINGLES_100));
    List<String> transactions =
        new ArrayList<>(List.of("add of 100 / 100 transactions with add of 1 (at least 8)"));
    for (int threads : THREADS) {
      transactions.add(Samples.number(100 * samples.ratio(what(threads), ADD_100, ADD)));
    }
    ratios.add(transactions);
    bench.report().table(List.of("ratio of rates", "1 thread", "4 threads", "16 threads"), ratios);
    if (bench.family() == Bench.Family.POSTGRESQL) {
      bench
          .report()
          .table(
              List.of("WAL, bytes a transaction", "1 thread", "4 threads", "16 threads"),
              wal(samples));
    }
    bench
        .report()
        .plot(
            "write.svg",
            "Writing",
            Plots.bars(
                "Writing",
                "transactions/s",
                List.of("1 thread", "4 threads", "16 threads"),
                plotted));
  }

  private static List<List<String>> wal(Samples samples) {
    List<List<String>> rows = new ArrayList<>();
    for (String side : List.of(ALONE, BY_HAND, ADD, ADD_10, ADD_100)) {
      List<String> row = new ArrayList<>(List.of(side));
      for (int threads : THREADS) {
        row.add(samples.range(wal(threads), side));
      }
      rows.add(row);
    }
    List<String> ratio = new ArrayList<>(List.of("more by add of 1 / more by hand (at most 1.05)"));
    for (int threads : THREADS) {
      double alone = samples.median(wal(threads), ALONE);
      ratio.add(
          Samples.number(
              (samples.median(wal(threads), ADD) - alone)
                  / (samples.median(wal(threads), BY_HAND) - alone)));
    }
    rows.add(ratio);
    return rows;
  }

  private static List<String> ratio(Samples samples, String name, String side, String base) {
    List<String> row = new ArrayList<>(List.of(name));
    for (int threads : THREADS) {
      row.add(Samples.number(samples.ratio(what(threads), side, base)));
    }
    return row;
  }
}
