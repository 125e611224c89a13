package io.durableoutbox.benchmarks;

import io.durableoutbox.jdbc.ErasureResult;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Erases the one customer with many actions, and looks for the id in all that is left. */
final class CustomerErasure {
  private final Database database;
  private final StringBuilder report;

  CustomerErasure(Database database, StringBuilder report) {
    this.database = database;
    this.report = report;
  }

  void measure() throws SQLException {
    long before = occurrences();
    long started = System.nanoTime();
    ErasureResult result =
        database.outbox.operator("benchmark").erase(History.CUSTOMER, "a request by the customer");
    double seconds = (System.nanoTime() - started) / 1e9;
    report.append(
        String.format(
            Locale.ROOT,
            "%s in %.2f s. The id is in %,d rows of all tables before, in %,d after.%n",
            result,
            seconds,
            before,
            occurrences()));
  }

  /** Counts the rows of all tables whose text has the id. */
  private long occurrences() throws SQLException {
    long found = 0;
    try (Connection connection = database.pool.getConnection();
        Statement statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
                  + " 'public'::regnamespace ORDER BY relname")) {
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
      }
      for (String table : tables) {
        found +=
            database.number(
                "SELECT count(*) FROM \""
                    + table
                    + "\" AS t WHERE position('"
                    + History.CUSTOMER
                    + "' IN t::text) > 0");
      }
    }
    return found;
  }
}
