package io.durableoutbox.migrations;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Refuses a database that takes no writes, with the reason. Flyway would find nothing missing there
 * and call that a success, or fail with words that name no way out.
 */
final class ReadOnly {
  // MariaDB and MySQL: the option read_only, and innodb_read_only.
  private static final int OPTION_PREVENTS = 1290;
  private static final int SERVER_IS_READ_ONLY = 1836;

  private ReadOnly() {}

  static void refuse(Connection connection, String family) throws SQLException {
    String why =
        switch (family) {
          case "postgresql" -> postgres(connection);
          case "mysql" -> mySql(connection);
          default ->
              connection.isReadOnly() ? "it was opened by an URL with ACCESS_MODE_DATA=r" : "";
        };
    if (!why.isEmpty()) {
      // The SQLState that PostgreSQL has for it, for whoever looks at the cause.
      throw new IllegalStateException(
          "The outbox's schema can't be migrated, because the database takes no writes: "
              + why
              + "; point the JDBC URL at the primary, or at a session that may write",
          new SQLException("read-only", "25006"));
    }
  }

  private static String postgres(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'")) {
      row.next();
      if (row.getBoolean(1)) {
        return "the server is a standby";
      }
      return row.getBoolean(2)
          ? "default_transaction_read_only is on, or the pool makes its connections read-only"
          : "";
    } finally {
      endTransaction(connection);
    }
  }

  /** By a write, since the server's setting and the user's privileges decide together. */
  private static String mySql(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      try {
        // The server refuses it for its own setting before it looks for the table.
        statement.execute("DELETE FROM mysql.outbox_no_such_table WHERE 1 = 0");
      } catch (SQLException e) {
        if (e.getErrorCode() == OPTION_PREVENTS || e.getErrorCode() == SERVER_IS_READ_ONLY) {
          return "read_only is on, as on a replica";
        }
      }
      try (ResultSet row =
          statement.executeQuery(
              "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_read_only',"
                  + " 'transaction_read_only') AND Value = 'ON'")) {
        return row.next() || connection.isReadOnly()
            ? "the session's transactions are read-only"
            : "";
      }
    } finally {
      endTransaction(connection);
    }
  }

  private static void endTransaction(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
    }
  }
}
