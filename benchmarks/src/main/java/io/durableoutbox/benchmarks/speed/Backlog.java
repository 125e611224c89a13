package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How the rate of draining depends on how much waits. */
final class Backlog implements Section {
  private static final int BURST = 8_000;
  private static final int MARGIN = 2_000;
  private static final int SUSTAINED_SECONDS = 15;
  private static final String RATE = "first 8,000 of a backlog, actions/s";
  private static final String CLAIM = "claim in that, microseconds an action";
  private static final String SUSTAINED = "15 s of a backlog, actions/s";

  private record Side(int rows, Database database, MeasuredRelay relay) {
    String name() {
      return "%,d".formatted(rows);
    }

    boolean isSmall() {
      return rows == BURST + MARGIN;
    }
  }

  @Override
  public String name() {
    return "backlog";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    List<Side> sides = new ArrayList<>();
    try (DestinationProcess destination = DestinationProcess.start()) {
      try {
        for (int rows : rows(bench)) {
          Database database = bench.database("backlog" + rows);
          sides.add(
              new Side(
                  rows,
                  database,
                  MeasuredRelay.of(
                      bench, database, destination.baseUrl(), MeasuredRelay.Settings.DEFAULT)));
        }
        measure(bench, destination, sides);
      } finally {
        for (Side side : sides) {
          side.relay.close();
          side.database.close();
        }
      }
    }
    write(bench, sides);
  }

  private static int bursts(Bench bench) {
    return bench.rounds() * bench.size(7, 2);
  }

  private static List<Integer> rows(Bench bench) {
    int small = BURST + MARGIN;
    int middle = bench.size(1_000_000, 100_000);
    return bench.family() == Bench.Family.POSTGRESQL
        ? List.of(small, middle, bench.size(10_000_000, 200_000))
        : List.of(small, middle);
  }

  private static void measure(Bench bench, DestinationProcess destination, List<Side> sides)
      throws IOException, SQLException {
    for (Side side : sides) {
      if (!side.isSmall()) {
        Drains.fill(side.database, side.rows);
      }
    }
    for (int i = -bench.size(5, 2); i < bursts(bench); i++) {
      destination.forget();
      for (Side side : sides) {
        prepare(side);
        Counts burst = Drains.burst(side.relay, BURST);
        if (i >= 0) {
          bench.samples().add(RATE, side.name(), Drains.rate(burst, BURST));
          bench
              .samples()
              .add(
                  CLAIM,
                  side.name(),
                  burst.of(Count.CLAIM_NANOS) / 1e3 / burst.of(Count.CLAIMED_ACTIONS));
        }
      }
    }
    for (Side side : sides.subList(1, sides.size())) {
      side.relay.start(Integer.MAX_VALUE);
      Counts before = side.relay.counts();
      Drains.pause(bench.size(SUSTAINED_SECONDS, 1) * 1_000);
      Counts counts = side.relay.counts().since(before);
      side.relay.stop();
      bench.samples().add(SUSTAINED, side.name(), counts.deliveredPerSecond());
    }
  }

  /**
   * Fills the small backlog again, and makes alike what is no part of a backlog's size: a relay
   * that has just run, how much history there is, no dead rows before the head, and which pages go
   * to the WAL whole, since a checkpoint was after they were written.
   */
  private static void prepare(Side side) throws IOException, SQLException {
    if (side.isSmall()) {
      side.relay.start(Integer.MAX_VALUE);
      side.database.untilEmpty();
      side.relay.stop();
      side.database.forget();
      Drains.fill(side.database, side.rows);
    } else {
      Drains.burst(side.relay, MARGIN);
      side.database.forget();
      if (side.database.isPostgres()) {
        side.database.execute("VACUUM (INDEX_CLEANUP ON) outbox");
        side.database.execute("CHECKPOINT");
      }
    }
  }

  private static void write(Bench bench, List<Side> sides) throws IOException {
    Report report = bench.report();
    Samples samples = report.samples();
    String small = sides.get(0).name();
    report.heading("Backlog");
    report.text(
        """
        The rate at the head of a backlog, the same for each size: a warm relay is started and the time taken from the beginning of
        its first claim to when 8,000 actions are settled; then it is stopped. %d such starts for each size, in turn, each size with a
        database and a relay's JVM of its own. The small backlog is drained and filled anew before each start, the others are filled
        once. Before each start every relay delivers some actions, the history is emptied, dead rows are vacuumed away, and a
        checkpoint is made. So each rate has the same ramp and no tail, and no other work is done meanwhile. The last column has no
        counterpart for the small one: it is the mean over %d s from a start, without the small backlog's pauses."""
            .formatted(bursts(bench), bench.size(SUSTAINED_SECONDS, 1)));
    List<List<String>> rows = new ArrayList<>();
    for (Side side : sides) {
      rows.add(
          List.of(
              side.name(),
              samples.range(RATE, side.name()),
              Samples.number(samples.ratio(RATE, side.name(), small)),
              samples.range(CLAIM, side.name()),
              side.isSmall() ? "" : samples.range(SUSTAINED, side.name())));
    }
    report.table(List.of("rows waiting", RATE, "ratio, at least 0.9", CLAIM, SUSTAINED), rows);
    report.plot(
        "backlog.svg",
        RATE,
        Plots.bars(
            "Rate at the head of a backlog",
            "actions/s",
            sides.stream().map(side -> side.name() + " rows").toList(),
            Map.of(
                "rate",
                sides.stream().mapToDouble(side -> samples.median(RATE, side.name())).toArray())));
  }
}
