package io.durableoutbox.jdbc.internal;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The library's own short transactions, READ COMMITTED, on a pool of the application's: every
 * connection goes back with the auto-commit and the isolation that it came with.
 */
public final class Transactions {
  private static final Logger log = LoggerFactory.getLogger(Transactions.class);

  private static final int TRIES = 8;
  private static final long PAUSE_NANOS = 10_000_000;
  // Serialization failure (H2, MariaDB, MySQL: deadlock), deadlock, H2's lock timeout: the
  // transaction was rolled back. Unique violation: H2's MERGE is two steps, and of two relays that
  // insert the same row at once one fails; after that it finds the row.
  private static final Set<String> AGAIN = Set.of("40001", "40P01", "HYT00", "23505");

  private final DataSource dataSource;
  // Asking for it costs a round trip, so the pool's is looked up once.
  private final Isolation isolation;

  private enum Isolation {
    /** READ COMMITTED already. */
    KEPT,
    /** Set on the session, and set back. */
    OF_THE_SESSION,
    /** Set for the next transaction, which costs one statement and leaves the session alone. */
    OF_THE_TRANSACTION
  }

  private Transactions(DataSource dataSource, Isolation isolation) {
    this.dataSource = dataSource;
    this.isolation = isolation;
  }

  /** What runs inside a transaction. */
  public interface Work<T> {
    /** Works on a connection that it neither commits nor closes. */
    T on(Connection connection) throws SQLException;
  }

  /** Looks at one connection of the pool. */
  public static Transactions on(DataSource dataSource) {
    try (Connection connection = dataSource.getConnection()) {
      Isolation isolation;
      if (Dialect.isMySql(connection)) {
        // Whatever this connection has: another may differ, and a proxy may lend either.
        isolation = Isolation.OF_THE_TRANSACTION;
      } else if (connection.getTransactionIsolation() == Connection.TRANSACTION_READ_COMMITTED) {
        isolation = Isolation.KEPT;
      } else {
        isolation = Isolation.OF_THE_SESSION;
      }
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      return new Transactions(dataSource, isolation);
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap("connect to the outbox's database", e);
    }
  }

  /**
   * As {@link #run}, but does work again that met another's, a few times, each after a short random
   * pause.
   *
   * @param work may be done again from its beginning
   */
  public <T> T runAgain(String task, Work<T> work) {
    return again(task, work, false);
  }

  /**
   * As {@link #runAgain}, for work that is one statement: it commits by itself where connections
   * come so, which saves a round trip.
   */
  public <T> T runStatementAgain(String task, Work<T> statement) {
    return again(task, statement, true);
  }

  private <T> T again(String task, Work<T> work, boolean oneStatement) {
    for (int attempt = 1; ; attempt++) {
      try {
        return once(work, oneStatement);
      } catch (SQLException | RuntimeException e) {
        String state = SqlErrors.state(e);
        if (attempt == TRIES || state == null || !AGAIN.contains(state)) {
          throw SqlErrors.wrap(task, e);
        }
        log.debug("Could not {} (SQLState {}), trying again", task, state);
        // Two that met would meet again: each waits for a time of its own, longer each time.
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(PAUSE_NANOS * attempt) + 1);
      }
    }
  }

  /**
   * Runs the work and commits; rolls back if it throws.
   *
   * @param task what is being done, to follow "Could not" in a message
   * @throws OutboxException if the work or the commit failed; after a failed commit it may have
   *     taken effect
   */
  public <T> T run(String task, Work<T> work) {
    try {
      return once(work, false);
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap(task, e);
    }
  }

  private <T> T once(Work<T> work, boolean oneStatement) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      if (autoCommit && oneStatement && isolation == Isolation.KEPT) {
        return work.on(connection);
      }
      if (autoCommit) {
        connection.setAutoCommit(false);
      }
      int before = setIsolation(connection);
      Exception failure = null;
      try {
        T result = work.on(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        failure = e;
        throw e;
      } finally {
        restore(connection, autoCommit, before, failure);
      }
    }
  }

  /** Returns what to set back, if anything. */
  private int setIsolation(Connection connection) throws SQLException {
    int before = isolation == Isolation.OF_THE_SESSION ? connection.getTransactionIsolation() : 0;
    if (isolation != Isolation.KEPT) {
      // Asking began a transaction on some databases, and isolation can't change inside one.
      connection.rollback();
    }
    if (isolation == Isolation.OF_THE_SESSION) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    } else if (isolation == Isolation.OF_THE_TRANSACTION) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      }
    }
    return before;
  }

  /**
   * Never hides the failure that led here; a pool throws out a connection that can't be restored.
   */
  private void restore(
      Connection connection, boolean autoCommit, int before, @Nullable Exception failure) {
    try {
      if (failure != null) {
        connection.rollback();
      }
      if (isolation == Isolation.OF_THE_SESSION) {
        connection.setTransactionIsolation(before);
      }
      if (autoCommit) {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      log.debug("A connection could not be restored (SQLState {})", e.getSQLState());
    }
  }
}
