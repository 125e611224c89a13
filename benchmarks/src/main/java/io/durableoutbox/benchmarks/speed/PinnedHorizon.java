package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * A transaction is left open for long, so that no vacuum can take away what was delivered since.
 */
final class PinnedHorizon implements Section {
  private static final int PER_SECOND = 1_000;
  private static final int WINDOW_SECONDS = 10;
  private static final int BURST = 30_000;
  private static final String FREED = "ended";
  private static final String RATE = "drain of 30,000 with the horizon pinned, actions/s";
  private static final String BURST_CLAIM = "claim in that drain, ms";
  private static final String CLAIM = "claim at a steady load with the horizon pinned, ms";
  private static final String DELIVERED = "delivered at a steady load, actions/s";

  /** What was seen in some seconds of the steady load, and at their end. */
  private record Window(
      int second, Counts counts, long deadRows, long tableBytes, long indexBytes) {
    static Window at(int second, Counts counts, Database database) throws SQLException {
      return new Window(
          second,
          counts,
          database.number("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'outbox'"),
          database.number("SELECT pg_table_size('outbox')"),
          database.number("SELECT pg_indexes_size('outbox')"));
    }

    double longestMillis() {
      return counts.of(Count.LONGEST_CLAIM_NANOS) / 1e6;
    }

    List<String> row() {
      return List.of(
          String.valueOf(second),
          Samples.number(counts.deliveredPerSecond()),
          Samples.number((double) counts.of(Count.CLAIMED_ACTIONS) / counts.of(Count.CLAIMS)),
          Samples.number(counts.claimMillis()),
          Samples.number(longestMillis()),
          String.format(Locale.ROOT, "%,d", deadRows),
          Samples.number(tableBytes / 1e6),
          Samples.number(indexBytes / 1e6));
    }
  }

  @Override
  public String name() {
    return "pinned";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    Report report = bench.report();
    report.heading("A transaction left open");
    if (bench.family() != Bench.Family.POSTGRESQL) {
      report.text("PostgreSQL only: the others keep old versions of rows elsewhere.");
      return;
    }
    int seconds = bench.size(600, 20);
    report.text(
        """
        A transaction with an id and a snapshot is left open for %,d s, so that no vacuum takes away dead rows and dead index
        entries, while 4 threads write %,d actions a second, 10 in a transaction, and a relay in its own JVM delivers them, polling
        every 100 ms; the first and the last 30 s are compared. Before the transaction begins and at its end, with it open still,
        writers rest and the relay, which runs on, drains 30,000 actions that are committed at once, %d times; the time is from the first
        claim to when 30,000 are settled. Once more when it has ended and VACUUM has run: the history is as long then, so the
        difference is the open transaction's own part."""
            .formatted(seconds, PER_SECOND, bursts(bench)));
    List<Window> seen = new ArrayList<>();
    try (Database database = bench.database("pinned");
        DestinationProcess destination = DestinationProcess.start();
        MeasuredRelay relay =
            MeasuredRelay.of(
                bench, database, destination.baseUrl(), MeasuredRelay.Settings.DEFAULT)) {
      relay.pollEvery(100);
      for (int i = 0; i < 2; i++) {
        Drains.fill(database, BURST);
        Drains.burst(relay, BURST);
      }
      bursts(bench, database, relay, "start");
      database.forget();
      database.execute("VACUUM (ANALYZE) outbox");
      steady(database, relay, 1);
      try (Connection pinning = database.pool.getConnection()) {
        pinning.setAutoCommit(false);
        pinning.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = pinning.createStatement()) {
          statement.execute("SELECT txid_current()");
        }
        seen.addAll(steady(database, relay, seconds / WINDOW_SECONDS));
        note(bench.samples(), seen);
        bursts(bench, database, relay, "end");
        pinning.rollback();
      }
      database.execute("VACUUM (ANALYZE) outbox");
      bursts(bench, database, relay, FREED);
    }
    write(report, seen);
  }

  private static int bursts(Bench bench) {
    return 2 * bench.rounds() - 1;
  }

  private static void bursts(Bench bench, Database database, MeasuredRelay relay, String side)
      throws IOException, SQLException {
    relay.start(Integer.MAX_VALUE);
    try (Writers writers = new Writers(database, PER_SECOND)) {
      Drains.pause(bench.size(5_000, 1_000));
      writers.check();
    }
    database.untilEmpty();
    for (int i = 0; i < bursts(bench); i++) {
      Counts before = relay.counts();
      relay.countBurst(BURST);
      database.fill(BURST);
      Counts burst = Drains.untilBurst(relay).since(before);
      bench.samples().add(RATE, side, Drains.rate(burst, BURST));
      bench.samples().add(BURST_CLAIM, side, burst.claimMillis());
      database.untilEmpty();
    }
    relay.stop();
  }

  /** The first and the last windows are compared. */
  private static void note(Samples samples, List<Window> seen) {
    int edge = Math.min(3, seen.size() / 2);
    for (int i = 0; i < seen.size(); i++) {
      String side = i < edge ? "start" : i < seen.size() - edge ? "between" : "end";
      samples.add(CLAIM, side, seen.get(i).counts().claimMillis());
      samples.add(DELIVERED, side, seen.get(i).counts().deliveredPerSecond());
    }
  }

  private static List<Window> steady(Database database, MeasuredRelay relay, int windows)
      throws IOException, SQLException {
    List<Window> seen = new ArrayList<>();
    relay.start(Integer.MAX_VALUE);
    try (Writers writers = new Writers(database, PER_SECOND)) {
      Counts before = relay.counts();
      for (int window = 1; window <= windows; window++) {
        Drains.pause(WINDOW_SECONDS * 1_000);
        writers.check();
        Counts now = relay.counts();
        Counts counts = now.since(before);
        before = now;
        seen.add(Window.at(window * WINDOW_SECONDS, counts, database));
      }
    }
    database.untilEmpty();
    relay.stop();
    return seen;
  }

  private static void write(Report report, List<Window> seen) throws IOException {
    Samples samples = report.samples();
    report.table(
        List.of(
            "",
            "before or at the start",
            "at the end",
            "ratio, at least 0.8",
            "after it had ended",
            "ratio to that"),
        List.of(
            row(samples, RATE, false),
            row(samples, DELIVERED, false),
            row(samples, BURST_CLAIM, true),
            row(samples, CLAIM, true)));
    report.table(
        List.of(
            "second",
            "delivered/s",
            "actions a claim",
            "claim, ms",
            "longest claim, ms",
            "dead rows",
            "table, MB",
            "indexes, MB"),
        seen.stream().map(Window::row).toList());
    plot(
        report,
        "pinned-claims.svg",
        "Claims while a transaction is open",
        "ms",
        Map.of(
            "mean",
            line(seen, window -> window.counts().claimMillis()),
            "longest",
            line(seen, Window::longestMillis)));
    plot(
        report,
        "pinned-rate.svg",
        "Delivered while a transaction is open",
        "actions/s",
        Map.of("delivered", line(seen, window -> window.counts().deliveredPerSecond())));
  }

  private static void plot(
      Report report, String file, String title, String axis, Map<String, List<double[]>> lines)
      throws IOException {
    report.plot(file, title, Plots.lines(title, "seconds", axis, new TreeMap<>(lines)));
  }

  private static List<double[]> line(List<Window> seen, ToDoubleFunction<Window> value) {
    return seen.stream()
        .map(window -> new double[] {window.second(), value.applyAsDouble(window)})
        .toList();
  }

  private static List<String> row(Samples samples, String what, boolean lessIsBetter) {
    boolean freed = samples.has(what, FREED);
    return List.of(
        what,
        samples.range(what, "start"),
        samples.range(what, "end"),
        ratio(samples, what, "start", lessIsBetter),
        freed ? samples.range(what, FREED) : "",
        freed ? ratio(samples, what, FREED, lessIsBetter) : "");
  }

  private static String ratio(Samples samples, String what, String base, boolean lessIsBetter) {
    return Samples.number(
        lessIsBetter ? samples.ratio(what, base, "end") : samples.ratio(what, "end", base));
  }
}
