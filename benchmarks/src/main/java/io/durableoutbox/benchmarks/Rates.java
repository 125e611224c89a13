package io.durableoutbox.benchmarks;

import io.durableoutbox.relay.Relay;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/** How fast applications write and a relay drains, on two databases in turn. */
final class Rates {
  private static final long WRITE_NANOS = 10_000_000_000L;
  private static final int WRITERS = 4;
  private static final int DRAIN = 200_000;

  private final DestinationProcess destination;
  private final StringBuilder report;

  Rates(DestinationProcess destination, StringBuilder report) {
    this.destination = destination;
    this.report = report;
  }

  private record Side(String name, Database database, List<Double> writes, List<Double> drains) {}

  /** With a large history and with none. */
  void compare(Database empty, Database full, int rounds) throws Exception {
    compare("empty history", empty, "full history", full, rounds);
  }

  /** Measures both; the first forgets its history after each round. */
  void compare(String firstName, Database first, String secondName, Database second, int rounds)
      throws Exception {
    List<Side> sides =
        List.of(
            new Side(firstName, first, new ArrayList<>(), new ArrayList<>()),
            new Side(secondName, second, new ArrayList<>(), new ArrayList<>()));
    for (int round = 0; round <= rounds; round++) {
      for (Side side : sides) {
        double writes = write(side.database);
        double drains = drain(side.database);
        // The first round warms up.
        if (round > 0) {
          side.writes.add(writes);
          side.drains.add(drains);
        }
        if (side.database == first) {
          first.forget();
        }
      }
    }
    for (Side side : sides) {
      report.append(
          String.format(
              Locale.ROOT,
              "| %s | %,.0f | %,.0f |%n",
              side.name,
              Figures.median(side.writes),
              Figures.median(side.drains)));
    }
    report.append(
        String.format(
            Locale.ROOT,
            "| ratio | %.2f | %.2f |%n",
            Figures.median(sides.get(1).writes) / Figures.median(sides.get(0).writes),
            Figures.median(sides.get(1).drains) / Figures.median(sides.get(0).drains)));
  }

  /** Returns transactions a second, each with one action. */
  private static double write(Database database) throws Exception {
    long started = System.nanoTime();
    int transactions;
    try (Load load = new Load(database, WRITERS, 0)) {
      LockSupport.parkNanos(WRITE_NANOS);
      transactions = load.take().length;
    }
    return transactions * 1e9 / (System.nanoTime() - started);
  }

  /** Returns actions a second. */
  private double drain(Database database) throws SQLException {
    long there = database.number("SELECT count(*) FROM outbox WHERE workspace = 'default'");
    if (there < DRAIN) {
      database.fill(DRAIN - there);
    }
    long actions = database.number("SELECT count(*) FROM outbox WHERE workspace = 'default'");
    long started = System.nanoTime();
    try (Relay relay = database.outbox.relay(destination.workspace()).build()) {
      relay.start();
      database.untilEmpty();
      return actions * 1e9 / (System.nanoTime() - started);
    }
  }
}
