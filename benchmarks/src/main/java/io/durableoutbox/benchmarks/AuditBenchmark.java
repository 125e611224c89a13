package io.durableoutbox.benchmarks;

import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;

/** The audit at size. */
public final class AuditBenchmark {
  private AuditBenchmark() {}

  /** Options: the number of delivered actions, in millions. */
  public static void main(String[] args) throws Exception {
    int millions = args.length > 0 ? Integer.parseInt(args[0]) : 10;
    StringBuilder report = new StringBuilder();
    try (PrivatePostgres postgres = PostgresServer.start(Database.SERVER);
        DestinationProcess destination = DestinationProcess.start();
        Database empty = Database.create(postgres, "without_history");
        Database full = Database.create(postgres, "with_history")) {
      long all = millions * 1_000_000L;
      long first = all / 10;
      new History(full, 30, first, (all - first) / 29, 10_000, 100_000).fill();
      new Rates(destination, report).compare(empty, full, 3);
    }
    System.out.println(report);
  }
}
