package io.durableoutbox.migrations;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One transaction on PostgreSQL that is lent as a data source: whoever borrows several connections
 * of it works on this one, and what they commit is a savepoint until the whole is committed.
 *
 * <p>A pooler may give each transaction to another of its server's connections, so a lock, a search
 * path or a role that is set in one and undone in the next would stay behind, for somebody else.
 */
final class OneTransaction {
  private static final String BEFORE =
      """
      SELECT (SELECT CASE WHEN s.source = 'session' THEN s.setting END
                FROM pg_settings s WHERE s.name = 'search_path'),
             current_setting('role')
      """;

  private final Connection connection;
  private final @Nullable String searchPath;
  private final String role;
  private Savepoint committed;

  /** Begins in a transaction that holds what must outlast all that is undone. */
  OneTransaction(Connection connection) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(BEFORE)) {
      row.next();
      searchPath = row.getString(1);
      role = row.getString(2);
    }
    committed = connection.setSavepoint();
  }

  /** Commits all, and sets back what the session was set to meanwhile. */
  void commit() throws SQLException {
    try (var path = connection.prepareStatement("SELECT set_config('search_path', ?, false)");
        var self = connection.prepareStatement("SELECT set_config('role', ?, false)");
        Statement reset = connection.createStatement()) {
      if (searchPath == null) {
        reset.execute("RESET search_path");
      } else {
        path.setString(1, searchPath);
        path.execute();
      }
      if (role.equals("none")) {
        reset.execute("RESET ROLE");
      } else {
        self.setString(1, role);
        self.execute();
      }
    }
    connection.commit();
  }

  DataSource dataSource() {
    return proxy(
        DataSource.class,
        (self, method, args) -> {
          if (method.getName().equals("getConnection")) {
            return proxy(Connection.class, new View());
          }
          throw new UnsupportedOperationException(method.getName());
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private void mark() throws SQLException {
    connection.releaseSavepoint(committed);
    committed = connection.setSavepoint();
  }

  /** A borrower's connection, with an auto-commit of its own. */
  private final class View implements InvocationHandler {
    private boolean autoCommit = true;
    private boolean closed;

    @Override
    public @Nullable Object invoke(Object self, Method method, Object @Nullable [] args)
        throws Throwable {
      switch (method.getName()) {
        case "close" -> closed = true;
        case "isClosed" -> {
          return closed;
        }
        case "getAutoCommit" -> {
          return autoCommit;
        }
        case "setAutoCommit" -> {
          autoCommit = args != null && Boolean.TRUE.equals(args[0]);
          mark();
        }
        case "commit" -> mark();
        case "rollback" -> {
          if (args != null) {
            return pass(method, args);
          }
          connection.rollback(committed);
        }
        default -> {
          return pass(method, args);
        }
      }
      return null;
    }

    private @Nullable Object pass(Method method, Object @Nullable [] args) throws Throwable {
      try {
        return method.invoke(connection, args);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }
}
