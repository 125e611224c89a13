package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.CommitToAcceptance;
import io.durableoutbox.benchmarks.CommitToAcceptance.Delays;
import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.Latency;
import java.util.ArrayList;
import java.util.List;

/** From a commit to its acceptance, by each kind of wake-up. */
final class Latencies implements Section {
  private static final int PER_SECOND = 100;
  private static final String POLLED = "polling alone, every 500 ms";
  private static final String SIGNALLED = "in-process signal";
  private static final String NOTIFIED = "NOTIFY";
  private static final String HALF = "commit to acceptance, p50, ms";
  private static final String MOST = "commit to acceptance, p99, ms";
  private static final String ALL = "commit to acceptance, longest, ms";
  private static final String CLAIMS = "claims a second at 100 actions/s";

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    int seconds = bench.size(15, 3);
    boolean postgres = bench.family() == Bench.Family.POSTGRESQL;
    try (Database database = bench.database("latency");
        CommitToAcceptance measured = new CommitToAcceptance(database, PER_SECOND, 0, seconds)) {
      for (int round = 0; round < bench.rounds(); round++) {
        note(bench, POLLED, measured.of(builder -> builder, false));
        note(bench, SIGNALLED, measured.of(builder -> builder, true));
        if (postgres) {
          database.execute(Latency.script("postgresql.sql"));
          note(bench, NOTIFIED, measured.of(builder -> Latency.notified(builder, database), false));
          database.execute(Latency.script("postgresql-undo.sql"));
        }
      }
    }
    write(
        bench,
        seconds,
        postgres ? List.of(SIGNALLED, NOTIFIED, POLLED) : List.of(SIGNALLED, POLLED));
  }

  private static void note(Bench bench, String side, Delays delays) {
    Samples samples = bench.samples();
    samples.add(HALF, side, delays.half());
    samples.add(MOST, side, delays.most());
    samples.add(ALL, side, delays.longest());
    samples.add(CLAIMS, side, delays.claimsPerSecond());
  }

  private static void write(Bench bench, int seconds, List<String> sides) {
    Report report = bench.report();
    Samples samples = report.samples();
    report.heading("Latency");
    report.text(
        """
        From when `commit()` has returned to when the destination, a process of its own that answers at once, had read the
        request. %d transactions a second by 4 threads, each with an order and one action, for %d s after a third of that to get
        warm; the relay runs in the writers' JVM with default settings; %d rounds in turn. Targets: with the in-process signal
        p50 at most 2 ms and p99 at most 10 ms; by polling alone p99 at most 20 ms more than the poll interval of 500 ms."""
            .formatted(PER_SECOND, seconds, bench.rounds()));
    List<List<String>> rows = new ArrayList<>();
    for (String side : sides) {
      rows.add(
          List.of(
              side,
              samples.range(HALF, side),
              samples.range(MOST, side),
              samples.range(ALL, side),
              samples.range(CLAIMS, side)));
    }
    report.table(List.of("woken by", HALF, MOST, ALL, CLAIMS), rows);
  }
}
