package io.durableoutbox.jdbc.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Data sources as people put them around their pools, or instead of one. */
final class WrappedPool {
  private WrappedPool() {}

  /** Where connections come from. */
  interface Source {
    Connection get() throws SQLException;
  }

  /** What becomes of a call. */
  interface Calls {
    @Nullable Object call(Connection connection, Method method, Object @Nullable [] args)
        throws Throwable;
  }

  /** Returns a data source that lends what the source gives. */
  static DataSource of(Source source) {
    InvocationHandler handler =
        (self, method, args) ->
            switch (method.getName()) {
              case "getConnection" -> source.get();
              case "isWrapperFor" -> false;
              case "toString" -> "a data source";
              case "hashCode" -> System.identityHashCode(self);
              default -> throw new UnsupportedOperationException(method.getName());
            };
    return (DataSource)
        Proxy.newProxyInstance(
            WrappedPool.class.getClassLoader(), new Class<?>[] {DataSource.class}, handler);
  }

  /** Returns a connection whose calls are somebody else's. */
  static Connection connection(Connection connection, Calls calls) {
    return (Connection)
        Proxy.newProxyInstance(
            WrappedPool.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (self, method, args) -> calls.call(connection, method, args));
  }

  /** Makes the call. */
  static @Nullable Object pass(Connection connection, Method method, Object @Nullable [] args)
      throws Throwable {
    try {
      return method.invoke(connection, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Returns a data source without a pool: each connection is opened and closed. */
  static DataSource plain(String url, String user, String password) {
    return of(() -> DriverManager.getConnection(url, user, password));
  }

  /**
   * Returns a pool that takes connections back as they are: transaction, auto-commit and all. Keeps
   * one, and whoever lends a second while it is out gets another, which is closed.
   */
  static DataSource careless(DataSource pool, Connection kept) {
    boolean[] out = {false};
    return of(
        () -> {
          if (out[0]) {
            return pool.getConnection();
          }
          out[0] = true;
          return connection(
              kept,
              (connection, method, args) -> {
                if (method.getName().equals("close")) {
                  out[0] = false;
                  return null;
                }
                return pass(connection, method, args);
              });
        });
  }

  /** Returns a data source that lends one transaction to whoever asks, and does not close it. */
  static DataSource joining(Connection transaction) {
    return of(
        () ->
            connection(
                transaction,
                (connection, method, args) ->
                    method.getName().equals("close") ? null : pass(connection, method, args)));
  }

  /** What somebody did to a connection, and did not set back. */
  interface Habit {
    void on(Connection connection) throws SQLException;
  }

  /** Returns a pool whose connections come with what somebody did to them before. */
  static DataSource used(DataSource pool, Habit habit) {
    return of(
        () -> {
          Connection connection = pool.getConnection();
          habit.on(connection);
          return connection;
        });
  }

  /** Leaves a transaction open, in which something was written and the time stands still. */
  static void leaveTransaction(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM outbox_workspace WHERE workspace = 'nobody'");
    }
  }
}
