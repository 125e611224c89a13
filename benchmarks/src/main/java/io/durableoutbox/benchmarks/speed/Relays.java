package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Several relays, each in its own JVM, on one backlog. */
final class Relays implements Section {
  private static final int[] NUMBERS = {1, 2, 4};
  private static final int WARM_UPS = 4;
  private static final String RATE = "drain by several relays, actions/s";
  private static final String CLAIM = "actions a claim";
  private static final String REQUEST = "actions a request";
  private static final String CPU = "relays' CPU, µs/action";
  private static final String SERVER = "server's CPU, µs/action";
  private static final String FAILED = "failures and pauses";
  private static final String DEADLOCKS = "deadlocks";

  @Override
  public String name() {
    return "relays";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    Report report = bench.report();
    report.heading("Several relays");
    if (bench.family() == Bench.Family.H2) {
      report.text("Not on H2, whose file takes one process.");
      return;
    }
    int actions = bench.size(300_000, 20_000);
    List<MeasuredRelay> relays = new ArrayList<>();
    try (Database database = bench.database("relays");
        DestinationProcess destination = DestinationProcess.start()) {
      try {
        for (int i = 0; i < NUMBERS[NUMBERS.length - 1]; i++) {
          relays.add(
              RelayProcess.start(database, destination.baseUrl(), MeasuredRelay.Settings.DEFAULT));
        }
        // Each has done much before it counts, for a JVM's compiler takes more than the relay at
        // first, and of a round four relays do a quarter each.
        for (MeasuredRelay relay : relays) {
          for (int i = 0; i < WARM_UPS; i++) {
            drain(bench, database, List.of(relay), actions);
          }
        }
        for (int round = 0; round <= bench.rounds(); round++) {
          for (int i = 0; i < NUMBERS.length; i++) {
            // To and fro, so that none is always the last, on a machine that gets slower.
            int number = NUMBERS[round % 2 == 0 ? NUMBERS.length - 1 - i : i];
            long before = deadlocks(database);
            List<MeasuredRelay> draining = relays.subList(0, number);
            Drained drained = drain(bench, database, draining, actions);
            if (round > 0) {
              double deadlocks = deadlocks(database) - before;
              bench.samples().add(DEADLOCKS, String.valueOf(number), deadlocks);
              note(bench.samples(), String.valueOf(number), drained, actions);
            }
          }
        }
      } finally {
        for (MeasuredRelay relay : relays) {
          relay.close();
        }
      }
    }
    write(report, actions, bench.rounds());
  }

  private record Drained(long nanos, Duration serverCpu, List<Counts> relays) {}

  private static Drained drain(
      Bench bench, Database database, List<MeasuredRelay> relays, int actions)
      throws IOException, SQLException {
    Drains.fill(database, actions);
    List<Counts> before = new ArrayList<>();
    for (MeasuredRelay relay : relays) {
      before.add(relay.counts());
    }
    Duration server = bench.serverCpu();
    long started = System.nanoTime();
    for (MeasuredRelay relay : relays) {
      relay.start(Integer.MAX_VALUE);
    }
    Drains.untilEmpty(database);
    long took = System.nanoTime() - started;
    List<Counts> done = new ArrayList<>();
    for (int i = 0; i < relays.size(); i++) {
      relays.get(i).stop();
      done.add(relays.get(i).counts().since(before.get(i)));
    }
    Drained drained = new Drained(took, bench.serverCpu().minus(server), done);
    database.forget();
    return drained;
  }

  private static void note(Samples samples, String side, Drained drained, int actions) {
    List<Counts> counts = drained.relays();
    samples.add(RATE, side, actions * 1e9 / drained.nanos());
    samples.add(
        REQUEST, side, (double) sum(counts, Count.SENT_ACTIONS) / sum(counts, Count.REQUESTS));
    samples.add(
        CLAIM, side, (double) sum(counts, Count.CLAIMED_ACTIONS) / sum(counts, Count.CLAIMS));
    samples.add(CPU, side, sum(counts, Count.CPU_NANOS) / 1e3 / actions);
    samples.add(SERVER, side, drained.serverCpu().toNanos() / 1e3 / actions);
    samples.add(FAILED, side, (double) sum(counts, Count.FAILURES));
  }

  /** Those that the server has seen; a relay does again what lost one. */
  private static long deadlocks(Database database) throws SQLException {
    return database.number(
        database.isPostgres()
            ? "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            : "SELECT coalesce(max(variable_value), 0) FROM information_schema.global_status WHERE"
                + " variable_name = 'INNODB_DEADLOCKS'");
  }

  private static long sum(List<Counts> counts, Count count) {
    return counts.stream().mapToLong(one -> one.of(count)).sum();
  }

  private static void write(Report report, int actions, int rounds) {
    Samples samples = report.samples();
    report.text(
        """
        %,d actions drained by 1, 2 and 4 relays, each in its own JVM, which live through all rounds and are started at
        once; %d rounds, to and fro, after %d such drains by each alone and a round that does not count. All share the machine's cores with the database and the destination."""
            .formatted(actions, rounds, WARM_UPS));
    List<List<String>> rows = new ArrayList<>();
    for (int number : NUMBERS) {
      String side = String.valueOf(number);
      rows.add(
          List.of(
              side,
              samples.range(RATE, side),
              Samples.number(samples.ratio(RATE, side, "1")),
              samples.range(CLAIM, side),
              samples.range(REQUEST, side),
              samples.range(CPU, side),
              samples.range(SERVER, side),
              samples.range(FAILED, side),
              samples.range(DEADLOCKS, side)));
    }
    report.table(
        List.of(
            "relays", RATE, "ratio, at least 1", CLAIM, REQUEST, CPU, SERVER, FAILED, DEADLOCKS),
        rows);
  }
}
