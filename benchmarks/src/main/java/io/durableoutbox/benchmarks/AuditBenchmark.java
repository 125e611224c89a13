package io.durableoutbox.benchmarks;

import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;

/**
 * The audit at size: its questions, the rates of writing and draining beside an empty history, a
 * day dropped while work goes on, and a customer erased. Prints the report.
 */
public final class AuditBenchmark {
  private static final int DAYS = 30;
  private static final int CUSTOMERS_ACTIONS = 10_400;
  private static final int WAITING = 100_000;

  private AuditBenchmark() {}

  /** Takes the number of delivered actions in millions, 10 unless given. */
  public static void main(String[] args) throws Exception {
    int millions = args.length > 0 ? Integer.parseInt(args[0]) : 10;
    long all = millions * 1_000_000L;
    long firstDay = all / 10;
    StringBuilder report = new StringBuilder();
    try (PrivatePostgres postgres = PostgresServer.start(Database.SERVER);
        DestinationProcess destination = DestinationProcess.start();
        Database empty = Database.create(postgres, "without_history");
        Database full = Database.create(postgres, "with_history")) {
      new History(full, DAYS, firstDay, (all - firstDay) / (DAYS - 1), CUSTOMERS_ACTIONS, WAITING)
          .fill();
      report.append("| question | rows | median, ms | slowest of 7, ms |\n|---|---|---|---|\n");
      new Questions(full, report).ask();
      report.append(
          "\n| | transactions/s with one action each | drained actions/s |\n|---|---|---|\n");
      new Rates(destination, report).compare(empty, full, 3);
      report.append(
          "\n| | transaction p50, ms | p99 | longest | claim p99 | longest | longest time without a"
              + " delivery |\n|---|---|---|---|---|---|---|\n");
      new DayDrop(destination, report).measure(full, DAYS - 1);
      report.append('\n');
      new CustomerErasure(full, report).measure();
      System.out.println(report);
    }
  }
}
