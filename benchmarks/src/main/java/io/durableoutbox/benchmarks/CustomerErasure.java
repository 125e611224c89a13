package io.durableoutbox.benchmarks;

import io.durableoutbox.jdbc.ErasureResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.postgresql.PGConnection;

/** Erases the one customer with many actions, and looks for the id in all that is left. */
final class CustomerErasure {
  private final Database database;
  private final StringBuilder report;

  CustomerErasure(Database database, StringBuilder report) {
    this.database = database;
    this.report = report;
  }

  void measure() throws SQLException, IOException {
    long before = occurrences();
    long started = System.nanoTime();
    ErasureResult result =
        database.outbox.operator("benchmark").erase(History.CUSTOMER, "a request by the customer");
    double seconds = (System.nanoTime() - started) / 1e9;
    report.append(
        String.format(
            Locale.ROOT,
            "%s in %.2f s. The id is in a dump of all tables %,d times before, %,d times after.%n",
            result,
            seconds,
            before,
            occurrences()));
  }

  /** Dumps every table as text and counts the rows that have the id. */
  private long occurrences() throws SQLException, IOException {
    Count count = new Count();
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
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut("COPY \"" + table + "\" TO STDOUT", count);
      }
    }
    return count.rows;
  }

  /** Counts the writes that have the id; a row of COPY comes as one. */
  private static final class Count extends OutputStream {
    private long rows;

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] row, int offset, int length) {
      if (new String(row, offset, length, StandardCharsets.UTF_8).contains(History.CUSTOMER)) {
        rows++;
      }
    }
  }
}
