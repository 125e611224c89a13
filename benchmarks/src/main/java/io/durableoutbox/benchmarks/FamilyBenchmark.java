package io.durableoutbox.benchmarks;

import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivateMariaDb;
import io.durableoutbox.testdb.PrivatePostgres;

/**
 * PostgreSQL and MariaDB in one run and in turn: how fast applications write and a relay drains.
 */
public final class FamilyBenchmark {
  private FamilyBenchmark() {}

  /** Takes the number of rounds, 5 unless given, after one to warm up. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    StringBuilder report =
        new StringBuilder(
            "| | writes, transactions a second | drain, actions a second |\n|---|---|---|\n");
    try (PrivatePostgres postgres = PostgresServer.start(Database.SERVER);
        PrivateMariaDb mariadb = Database.startMariaDb();
        Database one = Database.create(postgres, "rates");
        Database other = Database.create(mariadb, "rates");
        DestinationProcess destination = DestinationProcess.start()) {
      new Rates(destination, report).compare("PostgreSQL", one, "MariaDB", other, rounds);
    }
    System.out.print(report);
  }
}
