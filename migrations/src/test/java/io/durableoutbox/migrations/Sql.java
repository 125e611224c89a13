package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Plain SQL on a connection with auto-commit on. */
final class Sql {
  private Sql() {}

  static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(TestDatabase.words(connection, sql));
    }
  }

  /** Returns a line for each row, its values with a bar between them. */
  static List<String> query(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return query(connection, sql);
    }
  }

  static List<String> query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(TestDatabase.words(connection, sql))) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          values.add(String.valueOf(rows.getString(i)));
        }
        lines.add(String.join("|", values));
      }
      return lines;
    }
  }

  static long count(DataSource dataSource, String table) throws SQLException {
    return Long.parseLong(query(dataSource, "SELECT COUNT(*) FROM " + table).get(0));
  }
}
