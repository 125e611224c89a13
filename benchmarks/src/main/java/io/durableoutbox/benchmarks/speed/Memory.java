package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a relay needs of its JVM's memory. */
final class Memory implements Section {
  private static final String RATE = "drain by heap, actions/s";
  private static final String ALLOCATED = "allocated, bytes an action";
  private static final String COLLECTED = "garbage collections";
  private static final String COLLECTING = "in garbage collections, ms";
  private static final String PEAK = "peak heap, MB";
  private static final int SMALL = 64;
  private static final int LARGE = 512;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    Report report = bench.report();
    report.heading("Memory");
    if (bench.family() == Bench.Family.H2) {
      report.text("Not on H2, whose file takes one process: the database would be in the heap.");
      return;
    }
    int actions = bench.size(1_000_000, 30_000);
    try (Database database = bench.database("memory");
        DestinationProcess destination = DestinationProcess.start()) {
      for (int round = 0; round <= bench.rounds(); round++) {
        for (int heap : List.of(SMALL, LARGE)) {
          measure(bench, database, destination, heap, round == 0 ? actions / 5 : actions, round);
        }
      }
    }
    write(report, actions, bench.rounds());
  }

  private static void measure(
      Bench bench,
      Database database,
      DestinationProcess destination,
      int heap,
      int actions,
      int round)
      throws Exception {
    Drains.fill(database, actions);
    MeasuredRelay.Settings settings = MeasuredRelay.Settings.DEFAULT.heapMegabytes(heap);
    try (MeasuredRelay relay = RelayProcess.start(database, destination.baseUrl(), settings)) {
      Counts before = relay.counts();
      Counts drain = drain(relay, actions).since(before);
      relay.stop();
      if (round > 0) {
        String side = "-Xmx" + heap + "m";
        Samples samples = bench.samples();
        samples.add(RATE, side, Drains.rate(drain, actions));
        samples.add(ALLOCATED, side, (double) drain.of(Count.ALLOCATED_BYTES) / actions);
        samples.add(COLLECTED, side, (double) drain.of(Count.COLLECTIONS));
        samples.add(COLLECTING, side, (double) drain.of(Count.COLLECTION_MILLIS));
        samples.add(PEAK, side, drain.of(Count.PEAK_HEAP_BYTES) / 1e6);
      }
    }
    database.untilEmpty();
    database.forget();
    destination.forget();
  }

  private static Counts drain(MeasuredRelay relay, int actions) throws IOException {
    relay.start(actions);
    long peak = 0;
    Counts now;
    do {
      Drains.pause(20);
      now = relay.counts();
      peak = Math.max(peak, now.of(Count.PEAK_HEAP_BYTES));
    } while (now.of(Count.BURST_NANOS) == 0);
    return now.with(Count.PEAK_HEAP_BYTES, peak);
  }

  private static void write(Report report, int actions, int rounds) {
    Samples samples = report.samples();
    report.text(
        """
        %,d actions drained by a relay in a JVM of 64 MB of heap and of 512 MB, in turn, %d times, each time a new JVM, so
        that both warm up within. Allocations are those of all threads of the JVM."""
            .formatted(actions, rounds));
    String small = "-Xmx" + SMALL + "m";
    String large = "-Xmx" + LARGE + "m";
    List<List<String>> rows = new ArrayList<>();
    for (String what : List.of(RATE, ALLOCATED, COLLECTED, COLLECTING, PEAK)) {
      rows.add(
          List.of(
              what,
              samples.range(what, small),
              samples.range(what, large),
              what.equals(RATE) ? Samples.number(samples.ratio(what, small, large)) : ""));
    }
    report.table(List.of("", small, large, "ratio, at least 0.9"), rows);
  }
}
