package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import io.durableoutbox.relay.Relay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How fast a backlog is delivered, beside the loop written by hand. */
final class Drain implements Section {
  static final String RELAY = "relay";
  static final String BY_HAND = "written by hand";

  private static final int[] DELAYS = {0, 50, 200};
  private static final List<String> COLUMNS =
      List.of(
          "answers after",
          "",
          "actions/s",
          "ratio to by hand",
          "of what the requests in flight allow",
          "server's CPU, µs/action",
          "own CPU, µs/action",
          "WAL, bytes/action");
  // What runs in the first is mostly the JVM's compiler, and a relay runs for months.
  private static final int FIRST_WARM_UPS = 3;
  private static final int WORKERS = 4;
  private static final int IN_FLIGHT = WORKERS * HandWrittenRelay.CLAIM / HandWrittenRelay.REQUEST;

  @Override
  public String name() {
    return "drain";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    int actions = bench.size(300_000, 20_000);
    bench.report().heading("Drain");
    boolean byHand = bench.family() == Bench.Family.POSTGRESQL;
    bench
        .report()
        .text(
            """
            A backlog of %,d actions of 50,000 users, with up to %d requests in flight, in this process; the destination is
            in another. Time from the start to an empty outbox, starting included. %d rounds warm up, and one more
            for each later delay.
            """
                .formatted(actions, IN_FLIGHT, FIRST_WARM_UPS));
    if (byHand) {
      bench
          .report()
          .text(
              """
              Written by hand: %d workers, each claims 1,000 rows by a lease, sends ten requests at once, waits for all of them, and
              moves the rows to the same tables with the same columns and indexes, on plain JDBC and OkHttp. It has none of the
              library's checks, no pauses, no halving, no metrics, and ends at the first failure.
              """
                  .formatted(WORKERS));
    }
    List<List<String>> rows = new ArrayList<>();
    Map<String, double[]> plotted = new LinkedHashMap<>();
    plotted.put(RELAY, new double[DELAYS.length]);
    if (byHand) {
      plotted.put(BY_HAND, new double[DELAYS.length]);
    }
    try (Database database = bench.database("drain")) {
      for (int i = 0; i < DELAYS.length; i++) {
        int delay = DELAYS[i];
        try (DestinationProcess destination = DestinationProcess.start(delay)) {
          String what = "drain at " + delay + " ms, actions/s";
          for (int round = i == 0 ? -FIRST_WARM_UPS : -1; round < bench.rounds(); round++) {
            for (String side : plotted.keySet()) {
              one(bench, database, destination, actions, what, side, round >= 0);
            }
          }
          plotted.forEach(
              (side, values) -> addTo(values, delay, bench.samples().median(what, side)));
          rows.addAll(rows(bench.samples(), what, delay, plotted.keySet()));
        }
      }
    }
    bench.report().table(COLUMNS, rows);
    bench
        .report()
        .plot(
            "drain.svg",
            "Draining",
            Plots.bars(
                "Draining, by how late the destination answers",
                "actions/s",
                Arrays.stream(DELAYS).mapToObj(delay -> delay + " ms").toList(),
                plotted));
  }

  private static void addTo(double[] values, int delay, double median) {
    for (int i = 0; i < DELAYS.length; i++) {
      if (DELAYS[i] == delay) {
        values[i] = median;
      }
    }
  }

  private static List<List<String>> rows(
      Samples samples, String what, int delay, Iterable<String> sides) {
    List<List<String>> rows = new ArrayList<>();
    for (String side : sides) {
      String limit =
          delay == 0
              ? ""
              : Samples.number(samples.median(what, side) / (IN_FLIGHT * 100e3 / delay));
      rows.add(
          List.of(
              delay + " ms",
              side,
              samples.range(what, side),
              samples.has(what, BY_HAND) ? Samples.number(samples.ratio(what, side, BY_HAND)) : "",
              limit,
              samples.range(what + ": server's CPU, µs/action", side),
              samples.range(what + ": own CPU, µs/action", side),
              samples.has(what + ": WAL, bytes/action", side)
                  ? samples.range(what + ": WAL, bytes/action", side)
                  : ""));
    }
    return rows;
  }

  private static void one(
      Bench bench,
      Database database,
      DestinationProcess destination,
      int actions,
      String what,
      String side,
      boolean counts)
      throws Exception {
    database.forget();
    destination.forget();
    database.fill(actions);
    if (database.isPostgres()) {
      database.execute("VACUUM ANALYZE outbox");
      database.execute("CHECKPOINT");
    }
    long wal = database.isPostgres() ? database.wal() : 0;
    Duration server = bench.serverCpu();
    Duration own = Bench.ownCpu();
    long started = System.nanoTime();
    long took;
    if (side.equals(RELAY)) {
      try (Relay relay =
          database.outbox.relay(destination.workspace()).maxRequestsInFlight(IN_FLIGHT).build()) {
        relay.start();
        database.untilEmpty();
        took = System.nanoTime() - started;
      }
    } else {
      try (HandWrittenRelay relay =
          new HandWrittenRelay(database.pool, destination.baseUrl(), WORKERS)) {
        relay.start();
        database.untilEmpty();
        took = System.nanoTime() - started;
      }
    }
    double serverMicros = bench.serverCpu().minus(server).toNanos() / 1e3 / actions;
    double ownMicros = Bench.ownCpu().minus(own).toNanos() / 1e3 / actions;
    System.out.printf(
        "%s %s: %,.0f/s, server %.1f us, client %.1f us%n",
        what, side, actions * 1e9 / took, serverMicros, ownMicros);
    if (counts) {
      bench.samples().add(what, side, actions * 1e9 / took);
      bench.samples().add(what + ": server's CPU, µs/action", side, serverMicros);
      bench.samples().add(what + ": own CPU, µs/action", side, ownMicros);
      if (database.isPostgres()) {
        bench
            .samples()
            .add(what + ": WAL, bytes/action", side, (database.wal() - wal) / (double) actions);
      }
    }
  }
}
