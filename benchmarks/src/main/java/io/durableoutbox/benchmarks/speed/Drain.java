package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.Relay;
import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.benchmarks.DestinationProcess;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** How fast a backlog is delivered, beside the loop written by hand. */
final class Drain implements Section {
  static final String RELAY = "relay";
  static final String BY_HAND = "written by hand";

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
    List<List<String>> rows = new ArrayList<>();
    try (Database database = bench.database("drain")) {
      for (int delay : new int[] {0, 50, 200}) {
        try (DestinationProcess destination = DestinationProcess.start(delay)) {
          String what = "drain at " + delay + " ms, actions/s";
          for (int round = 0; round <= bench.rounds(); round++) {
            one(bench, database, destination, actions, what, RELAY, round > 0);
            one(bench, database, destination, actions, what, BY_HAND, round > 0);
          }
          rows.add(
              List.of(
                  delay + " ms",
                  bench.samples().range(what, BY_HAND),
                  bench.samples().range(what, RELAY),
                  Samples.number(bench.samples().ratio(what, RELAY, BY_HAND))));
        }
      }
    }
    bench.report().table(List.of("answers after", BY_HAND, RELAY, "ratio"), rows);
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
    database.fill(actions);
    database.execute("VACUUM ANALYZE outbox");
    database.execute("CHECKPOINT");
    Duration server = bench.serverCpu();
    Duration own = Bench.ownCpu();
    long started = System.nanoTime();
    long took;
    if (side.equals(RELAY)) {
      try (Relay relay =
          database.outbox.relay(destination.workspace()).maxRequestsInFlight(IN_FLIGHT).build()) {
        relay.start();
        took = untilEmpty(database, started);
      }
    } else {
      try (HandWrittenRelay relay =
          new HandWrittenRelay(database, destination.baseUrl(), WORKERS)) {
        relay.start();
        took = untilEmpty(database, started);
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
      bench.samples().add(what + ": client's CPU, µs/action", side, ownMicros);
    }
  }

  private static long untilEmpty(Database database, long started) throws SQLException {
    while (database.number("SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 1) x") > 0) {
      LockSupport.parkNanos(10_000_000);
    }
    return System.nanoTime() - started;
  }
}
