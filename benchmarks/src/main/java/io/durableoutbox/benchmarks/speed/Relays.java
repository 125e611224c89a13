package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Several relays, each in its own JVM, on one backlog; beside them the loop written by hand. */
final class Relays implements Section {
  private static final int[] NUMBERS = {1, 2, 4};
  private static final int[] LATER = {20, 50};
  private static final int WARM_UPS = 8;
  private static final int WORKERS = 4;
  private static final String RELAY = "relay";
  private static final String BY_HAND = "by hand";
  private static final String RATE = "drain, actions/s";
  private static final String CLAIM = "actions a claim";
  private static final String REQUEST = "actions a request";
  private static final String CPU = "their CPU, µs/action";
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
    report.text(
        """
        A backlog drained by 1, 2 and 4 relays with default settings, each in its own JVM, which live through all rounds and
        are started at once; %d rounds, to and fro, and one before that does not count. All share the machine's cores with the
        database and the destination."""
            .formatted(rounds(bench)));
    List<String> sides = new ArrayList<>(List.of(RELAY));
    if (bench.family() == Bench.Family.POSTGRESQL) {
      sides.add(BY_HAND);
    }
    measure(bench, 0, bench.size(300_000, 20_000), sides, WARM_UPS);
    for (int delay : LATER) {
      measure(bench, delay, bench.size(200_000, 20_000), List.of(RELAY), 1);
    }
  }

  /** More than others have: what is compared here differs by less than repetitions do. */
  private static int rounds(Bench bench) {
    return 2 * bench.rounds();
  }

  /** Relays of one kind; one that is to be fewer is the first of them. */
  private record Side(String name, List<MeasuredRelay> relays) {}

  private record Setting(
      Bench bench, Database database, DestinationProcess destination, int actions) {}

  private static void measure(Bench bench, int delay, int actions, List<String> sides, int warmUps)
      throws Exception {
    List<Side> all = new ArrayList<>();
    try (Database database = bench.database("relays" + delay);
        DestinationProcess destination = DestinationProcess.start(delay)) {
      Setting setting = new Setting(bench, database, destination, actions);
      try {
        for (String name : sides) {
          Side side = new Side(name, new ArrayList<>());
          all.add(side);
          for (int i = 0; i < NUMBERS[NUMBERS.length - 1]; i++) {
            side.relays.add(start(setting, name));
          }
        }
        warmUp(setting, all, warmUps);
        for (int round = 0; round <= rounds(bench); round++) {
          for (int i = 0; i < NUMBERS.length; i++) {
            // To and fro, so that none is always the last, on a machine that gets slower.
            int number = NUMBERS[round % 2 == 0 ? NUMBERS.length - 1 - i : i];
            for (Side side : all) {
              Drained drained = drain(setting, side.relays.subList(0, number));
              if (round > 0) {
                note(bench.samples(), what(delay), side(side.name, number), drained, actions);
              }
            }
          }
        }
      } finally {
        for (Side side : all) {
          for (MeasuredRelay relay : side.relays) {
            relay.close();
          }
        }
      }
    }
    write(bench.report(), delay, actions, sides, warmUps);
  }

  private static MeasuredRelay start(Setting setting, String side) throws IOException {
    return RelayProcess.start(
        setting.database,
        setting.destination.baseUrl(),
        side.equals(BY_HAND)
            ? MeasuredRelay.Settings.byHand(WORKERS)
            : MeasuredRelay.Settings.DEFAULT);
  }

  /**
   * Has each do much before it counts, for a JVM's compiler takes more than the relay at first, and
   * of a round four relays do a quarter each.
   */
  private static void warmUp(Setting setting, List<Side> sides, int times)
      throws IOException, SQLException {
    for (Side side : sides) {
      for (MeasuredRelay relay : side.relays) {
        for (int i = 0; i < times; i++) {
          drain(setting, List.of(relay));
        }
      }
    }
  }

  private record Drained(long nanos, Duration serverCpu, long deadlocks, List<Counts> relays) {
    private long sum(Count count) {
      return relays.stream().mapToLong(one -> one.of(count)).sum();
    }
  }

  private static Drained drain(Setting setting, List<MeasuredRelay> relays)
      throws IOException, SQLException {
    Database database = setting.database;
    Drains.fill(database, setting.actions);
    List<Counts> before = new ArrayList<>();
    for (MeasuredRelay relay : relays) {
      before.add(relay.counts());
    }
    long deadlocks = deadlocks(database);
    Duration server = setting.bench.serverCpu();
    long started = System.nanoTime();
    for (MeasuredRelay relay : relays) {
      relay.start(Integer.MAX_VALUE);
    }
    database.untilEmpty();
    long took = System.nanoTime() - started;
    List<Counts> done = new ArrayList<>();
    for (int i = 0; i < relays.size(); i++) {
      relays.get(i).stop();
      done.add(relays.get(i).counts().since(before.get(i)));
    }
    Drained drained =
        new Drained(
            took, setting.bench.serverCpu().minus(server), deadlocks(database) - deadlocks, done);
    database.forget();
    setting.destination.forget();
    return drained;
  }

  private static String what(int delay) {
    return "several at " + delay + " ms, ";
  }

  private static String side(String side, int number) {
    return number + " × " + side;
  }

  private static void note(
      Samples samples, String what, String side, Drained drained, int actions) {
    samples.add(what + RATE, side, actions * 1e9 / drained.nanos);
    samples.add(what + CPU, side, drained.sum(Count.CPU_NANOS) / 1e3 / actions);
    samples.add(what + SERVER, side, drained.serverCpu.toNanos() / 1e3 / actions);
    samples.add(what + DEADLOCKS, side, (double) drained.deadlocks);
    if (!side.endsWith(BY_HAND)) {
      samples.add(
          what + REQUEST,
          side,
          (double) drained.sum(Count.SENT_ACTIONS) / drained.sum(Count.REQUESTS));
      samples.add(
          what + CLAIM,
          side,
          (double) drained.sum(Count.CLAIMED_ACTIONS) / drained.sum(Count.CLAIMS));
      samples.add(what + FAILED, side, (double) drained.sum(Count.FAILURES));
    }
  }

  /** Those that the server has seen; a relay does again what lost one. */
  private static long deadlocks(Database database) throws SQLException {
    return database.number(
        database.isPostgres()
            ? "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            : "SELECT coalesce(max(variable_value), 0) FROM information_schema.global_status WHERE"
                + " variable_name = 'INNODB_DEADLOCKS'");
  }

  private static void write(
      Report report, int delay, int actions, List<String> sides, int warmUps) {
    Samples samples = report.samples();
    String what = what(delay);
    report.text(
        "%,d actions, answered after %d ms; each relay has done it %d times alone before."
            .formatted(actions, delay, warmUps));
    if (sides.contains(BY_HAND)) {
      report.text(
          """
          By hand: as many processes of the loop in the drain section, with %d workers and connections each; the ratio is to
          one of them."""
              .formatted(WORKERS));
    }
    List<List<String>> rows = new ArrayList<>();
    for (String side : sides) {
      for (int number : NUMBERS) {
        String one = side(side, number);
        List<String> row = new ArrayList<>();
        row.add(one);
        row.add(samples.range(what + RATE, one));
        row.add(Samples.number(samples.ratio(what + RATE, one, side(side, 1))));
        for (String column : List.of(SERVER, CPU, CLAIM, REQUEST, FAILED, DEADLOCKS)) {
          row.add(samples.has(what + column, one) ? samples.range(what + column, one) : "");
        }
        rows.add(row);
      }
    }
    report.table(
        List.of(
            "", RATE, "ratio to one, at least 1", SERVER, CPU, CLAIM, REQUEST, FAILED, DEADLOCKS),
        rows);
  }
}
