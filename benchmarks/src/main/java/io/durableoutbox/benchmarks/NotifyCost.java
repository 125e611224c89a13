package io.durableoutbox.benchmarks;

import io.durableoutbox.postgresql.PostgresWakeUps;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/** How many transactions a second applications commit with the trigger and without, in turn. */
final class NotifyCost {
  private static final int ROUNDS = 3;

  private final Database database;
  private final DataSource direct;
  private final int seconds;

  NotifyCost(Database database, DataSource direct, int seconds) {
    this.database = database;
    this.direct = direct;
    this.seconds = seconds;
  }

  private record Side(List<Double> rates, List<Double> p50, List<Double> p99) {
    Side() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  /** Returns a part of the report. */
  String measure() throws Exception {
    StringBuilder report = new StringBuilder();
    report.append(
        String.format(
            Locale.ROOT,
            "As fast as they go, each transaction with an order and one action; no relay claims, one"
                + " connection listens; medians of %d rounds of %d s, in turn.%n%n",
            ROUNDS,
            Math.max(1, seconds / 6)));
    report.append(
        "| writers | without the trigger: transactions/s | p50 / p99, ms | with it | p50 / p99, ms |"
            + " ratio |\n|---|---|---|---|---|---|\n");
    try (PostgresWakeUps listening = PostgresWakeUps.builder(direct).build()) {
      listening.start(() -> {});
      for (int writers : new int[] {1, 4, 15}) {
        report.append(row(writers));
      }
    }
    return report.toString();
  }

  private String row(int writers) throws Exception {
    Side without = new Side();
    Side with = new Side();
    for (int round = 0; round <= ROUNDS; round++) {
      // The first round warms up.
      write(writers, round == 0 ? new Side() : without);
      database.execute(Latency.script("postgresql.sql"));
      write(writers, round == 0 ? new Side() : with);
      database.execute(Latency.script("postgresql-undo.sql"));
    }
    return String.format(
        Locale.ROOT,
        "| %d | %,.0f | %.1f / %.1f | %,.0f | %.1f / %.1f | %.2f |%n",
        writers,
        Figures.median(without.rates),
        Figures.median(without.p50),
        Figures.median(without.p99),
        Figures.median(with.rates),
        Figures.median(with.p50),
        Figures.median(with.p99),
        Figures.median(with.rates) / Figures.median(without.rates));
  }

  private void write(int writers, Side side) throws Exception {
    database.execute("TRUNCATE outbox, orders");
    long started = System.nanoTime();
    long[] transactions;
    try (Load load = new Load(database, writers, 0)) {
      LockSupport.parkNanos(Math.max(1, seconds / 6) * 1_000_000_000L);
      transactions = load.take();
      side.rates.add(transactions.length * 1e9 / (System.nanoTime() - started));
    }
    side.p50.add(Figures.millis(transactions, 0.5));
    side.p99.add(Figures.millis(transactions, 0.99));
  }
}
