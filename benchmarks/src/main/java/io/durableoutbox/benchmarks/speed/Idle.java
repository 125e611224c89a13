package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What a relay costs that has nothing to do. */
final class Idle implements Section {
  private static final int WARM_UP = 20_000;
  private static final String CLAIMS = "claims a second when idle";
  private static final String TRANSACTIONS = "transactions a second when idle";
  private static final String JVM = "JVM's processor when idle, % of a core";
  private static final String SERVER = "server's processor when idle, % of a core";
  private static final String BOTH = "both processors when idle, % of a core";
  private static final String POLLING = "relay";
  private static final String STOPPED = "relay stopped";
  private static final String DIFFERENCE = "difference";

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public void measure(Bench bench) throws Exception {
    int seconds = bench.size(60, 5);
    try (Database database = bench.database("idle");
        DestinationProcess destination = DestinationProcess.start();
        MeasuredRelay relay =
            MeasuredRelay.of(
                bench, database, destination.baseUrl(), MeasuredRelay.Settings.DEFAULT)) {
      Drains.fill(database, WARM_UP);
      relay.start(Integer.MAX_VALUE);
      database.untilEmpty();
      relay.stop();
      // As one that has run for hours: else what is seen is mostly the JVM's compiler.
      relay.pollEvery(2);
      relay.start(Integer.MAX_VALUE);
      Drains.pause(bench.size(20, 3) * 1_000);
      relay.stop();
      relay.pollEvery(500);
      relay.start(Integer.MAX_VALUE);
      Drains.pause(bench.size(20, 3) * 1_000);
      for (int round = 0; round < bench.rounds(); round++) {
        double polling = measure(bench, database, relay, POLLING, seconds);
        relay.stop();
        double stopped = measure(bench, database, relay, STOPPED, seconds);
        bench.samples().add(BOTH, DIFFERENCE, polling - stopped);
        relay.start(Integer.MAX_VALUE);
        Drains.pause(bench.size(5, 1) * 1_000);
      }
    }
    write(bench, seconds);
  }

  /** Returns the part of a core that the relay's process and the server took. */
  private static double measure(
      Bench bench, Database database, MeasuredRelay relay, String side, int seconds)
      throws Exception {
    long transactions = transactions(database);
    Duration server = bench.serverCpu();
    Counts before = relay.counts();
    Drains.pause(seconds * 1_000);
    Counts counts = relay.counts().since(before);
    double serverPart =
        bench.serverCpu().minus(server).toNanos() * 100.0 / counts.of(Count.CLOCK_NANOS);
    // Each of the looks from here is a transaction, too.
    long own = database.isPostgres() ? 2 : 0;
    double since = transactions(database) - transactions - own;
    double jvmPart = counts.of(Count.CPU_NANOS) * 100.0 / counts.of(Count.CLOCK_NANOS);
    Samples samples = bench.samples();
    samples.add(CLAIMS, side, counts.of(Count.EMPTY_CLAIMS) * 1e9 / counts.of(Count.CLOCK_NANOS));
    if (bench.family() != Bench.Family.H2) {
      samples.add(TRANSACTIONS, side, since * 1e9 / counts.of(Count.CLOCK_NANOS));
      samples.add(SERVER, side, serverPart);
    }
    samples.add(JVM, side, jvmPart);
    samples.add(BOTH, side, jvmPart + serverPart);
    return jvmPart + serverPart;
  }

  private static long transactions(Database database) throws SQLException {
    if (database.isPostgres()) {
      return database.number(
          "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname ="
              + " current_database()");
    }
    return database.isMariaDb()
        ? database.number(
            "SELECT sum(variable_value) FROM information_schema.global_status WHERE variable_name"
                + " IN ('COM_COMMIT', 'COM_ROLLBACK')")
        : 0;
  }

  private static void write(Bench bench, int seconds) {
    Report report = bench.report();
    Samples samples = report.samples();
    boolean h2 = bench.family() == Bench.Family.H2;
    report.heading("Idle");
    report.text(
        """
        A relay with default settings, which polls every 500 ms, has drained 20,000 actions and then polled some thousand times,
        as one that has run for long; then it has nothing to do for %d s, and the same process with its pool goes on for as long with
        the relay stopped, %d times in turn: a service has its JVM and its database anyway, so what the relay costs is the difference.
        Transactions are counted by the server: claims, what the pool asks to see whether a connection lives, and the server's
        own. %s"""
            .formatted(
                seconds,
                bench.rounds(),
                h2 ? "On H2 relay and database are one process, with the benchmark." : ""));
    List<List<String>> rows = new ArrayList<>();
    for (String what :
        h2 ? List.of(CLAIMS, BOTH) : List.of(CLAIMS, TRANSACTIONS, JVM, SERVER, BOTH)) {
      boolean both = what.equals(BOTH);
      rows.add(
          List.of(
              what,
              samples.range(what, POLLING),
              samples.range(what, STOPPED),
              both ? samples.range(what, DIFFERENCE) : "",
              both ? "< 0.5" : what.equals(CLAIMS) ? "about 2" : ""));
    }
    report.table(List.of("", "relay polls", "relay stopped", DIFFERENCE, "target"), rows);
  }
}
