package io.durableoutbox.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Counts the connections of a pool that are out at once. */
final class LentConnections {
  private final AtomicInteger lent = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  /** Returns the pool as it is, but counted. */
  DataSource of(DataSource pool) {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (self, method, args) -> {
              Object result = call(pool, method, args);
              return result instanceof Connection connection ? lend(connection) : result;
            });
  }

  private Connection lend(Connection connection) {
    most.accumulateAndGet(lent.incrementAndGet(), Math::max);
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (self, method, args) -> {
              if (method.getName().equals("close") && !connection.isClosed()) {
                lent.decrementAndGet();
              }
              return call(connection, method, args);
            });
  }

  private static @Nullable Object call(Object of, Method method, Object @Nullable [] args)
      throws Throwable {
    try {
      return method.invoke(of, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Returns how many were out at once at most. */
  int most() {
    return most.get();
  }
}
