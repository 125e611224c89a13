package io.durableoutbox.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What others do between two statements of one operation. */
public final class Between {
  private final String statement;
  private final int times;
  private final Meanwhile meanwhile;
  private final AtomicInteger count = new AtomicInteger();

  /** What happens just before a statement; what it throws is thrown in the statement's place. */
  public interface Meanwhile {
    void happens() throws SQLException;
  }

  /**
   * Prepares it.
   *
   * @param statement the statement's name, as its comment has it after "outbox:"
   * @param times before how many of these statements it happens
   */
  public Between(String statement, int times, Meanwhile meanwhile) {
    this.statement = "/* outbox:" + statement + " */";
    this.times = times;
    this.meanwhile = meanwhile;
  }

  /** Returns an outbox on a pool, on whose connections it happens. */
  public static JdbcOutbox outbox(DataSource pool, String statement, Meanwhile meanwhile) {
    return JdbcOutbox.create(new Between(statement, 1, meanwhile).of(pool));
  }

  /** Returns the pool, on whose connections it happens. */
  public DataSource of(DataSource pool) {
    return proxy(
        DataSource.class,
        (method, args) -> {
          Object result = call(pool, method, args);
          return result instanceof Connection connection ? connection(connection) : result;
        });
  }

  private Connection connection(Connection connection) {
    return proxy(
        Connection.class,
        (method, args) -> {
          look(args);
          Object result = call(connection, method, args);
          return result instanceof Statement plain && method.getName().equals("createStatement")
              ? statement(plain)
              : result;
        });
  }

  private Statement statement(Statement plain) {
    return proxy(
        Statement.class,
        (method, args) -> {
          look(args);
          return call(plain, method, args);
        });
  }

  private void look(Object @Nullable [] args) throws SQLException {
    if (args != null
        && args.length > 0
        && args[0] instanceof String text
        && text.contains(statement)
        && count.getAndIncrement() < times) {
      meanwhile.happens();
    }
  }

  /** Returns how many of these statements there were. */
  public int count() {
    return count.get();
  }

  private interface Handler {
    @Nullable Object call(Method method, Object @Nullable [] args) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Handler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            Between.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, args) -> handler.call(method, args)));
  }

  private static @Nullable Object call(Object of, Method method, Object @Nullable [] args)
      throws Throwable {
    try {
      return method.invoke(of, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
