package io.durableoutbox.jdbc.internal.sql;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a database family says of the session behind a connection. None of this leaves anything
 * behind in the session, which a pooler may give to somebody else with the next transaction.
 */
public enum Session {
  POSTGRES(
      "SELECT pg_backend_pid()",
      """
      /* outbox:schema */
      SELECT n.nspname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.oid = to_regclass('outbox_schema_version')
      """) {
    /**
     * The driver knows without asking the server, and says so to whoever sets what does not change.
     */
    @Override
    boolean isInTransaction(Connection connection) throws SQLException {
      try {
        connection.setReadOnly(connection.isReadOnly());
        return false;
      } catch (SQLException e) {
        if (ACTIVE_TRANSACTION.equals(e.getSQLState())) {
          return true;
        }
        throw e;
      }
    }

    @Override
    boolean begins(Connection connection, boolean isolated) throws SQLException {
      if (isInTransaction(connection)) {
        return false;
      }
      if (!isolated) {
        execute(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      }
      return true;
    }
  },

  MYSQL("SELECT CONNECTION_ID()", "/* outbox:schema */ SELECT DATABASE()") {
    /** Refuses in a transaction, which is how it is found out; and it needs no question before. */
    @Override
    boolean begins(Connection connection, boolean isolated) throws SQLException {
      try {
        execute(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE");
        return true;
      } catch (SQLException e) {
        if (e.getErrorCode() == TRANSACTION_IN_PROGRESS) {
          return false;
        }
        throw e;
      }
    }

    @Override
    boolean isInTransaction(Connection connection) throws SQLException {
      return !begins(connection, false);
    }
  },

  H2(
      "SELECT SESSION_ID()",
      // The current schema, then those of the search path in their order.
      """
      /* outbox:schema */
      SELECT t.TABLE_SCHEMA
        FROM INFORMATION_SCHEMA.TABLES t
       WHERE UPPER(t.TABLE_NAME) = 'OUTBOX_SCHEMA_VERSION'
         AND (t.TABLE_SCHEMA = CURRENT_SCHEMA OR LOCATE('"' || t.TABLE_SCHEMA || '"', CURRENT_PATH) > 0)
       ORDER BY t.TABLE_SCHEMA = CURRENT_SCHEMA DESC,
                LOCATE('"' || t.TABLE_SCHEMA || '"', CURRENT_PATH), t.TABLE_SCHEMA
       LIMIT 1
      """) {
    @Override
    boolean isInTransaction(Connection connection) throws SQLException {
      return !connection.getAutoCommit()
          && is(
              connection,
              "SELECT CONTAINS_UNCOMMITTED FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID ="
                  + " SESSION_ID()");
    }

    // It has no isolation of one transaction only: whoever lends sets the session's, and sets it
    // back.
    @Override
    boolean begins(Connection connection, boolean isolated) throws SQLException {
      return !isInTransaction(connection);
    }
  };

  private static final String ACTIVE_TRANSACTION = "25001";
  private static final int TRANSACTION_IN_PROGRESS = 1568;
  private static final String FAILED_TRANSACTION = "25P02";

  private final String idSql;
  private final String schemaSql;

  Session(String idSql, String schemaSql) {
    this.idSql = idSql;
    this.schemaSql = schemaSql;
  }

  /** Finds the family by what the connection says of its database. */
  public static Session of(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    return switch (product) {
      case "PostgreSQL" -> POSTGRES;
      case "H2" -> H2;
      case "MariaDB", "MySQL" -> MYSQL;
      default ->
          throw new OutboxException(
              "The outbox knows PostgreSQL, MariaDB, MySQL and H2, and this database says that it"
                  + " is "
                  + product);
    };
  }

  /** Returns whether a transaction is open, as far as that can be known; changes nothing. */
  abstract boolean isInTransaction(Connection connection) throws SQLException;

  /**
   * Begins a transaction on a connection without auto-commit, READ COMMITTED where a transaction
   * can have an isolation of its own.
   *
   * @param isolated whether it has that isolation already
   * @return false if one is open, to which nothing was done
   */
  abstract boolean begins(Connection connection, boolean isolated) throws SQLException;

  /** Returns which of the server's sessions it is, as long as its transaction is open. */
  public String id(Connection connection) throws SQLException {
    try {
      return all(connection, idSql);
    } catch (SQLException e) {
      if (FAILED_TRANSACTION.equals(e.getSQLState())) {
        return FAILED_TRANSACTION;
      }
      throw e;
    }
  }

  /**
   * Returns the schema in which this connection finds the outbox's tables, or null if it does not.
   */
  @Nullable
  public String schema(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(schemaSql)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static boolean is(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** Returns the first column of all rows, joined. */
  private static String all(Connection connection, String sql) throws SQLException {
    StringBuilder values = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        values.append(Objects.requireNonNullElse(row.getString(1), "")).append(' ');
      }
    }
    return values.toString();
  }
}
