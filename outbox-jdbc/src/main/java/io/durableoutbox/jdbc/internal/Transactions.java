package io.durableoutbox.jdbc.internal;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.sql.SQLException;
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

  private final DataSource dataSource;
  // Asking for it costs a round trip, so the pool's is looked up once.
  private final boolean setsIsolation;

  private Transactions(DataSource dataSource, boolean setsIsolation) {
    this.dataSource = dataSource;
    this.setsIsolation = setsIsolation;
  }

  /** What runs inside a transaction. */
  public interface Work<T> {
    /** Works on a connection that it neither commits nor closes. */
    T on(Connection connection) throws SQLException;
  }

  /** Looks at one connection of the pool. */
  public static Transactions on(DataSource dataSource) {
    try (Connection connection = dataSource.getConnection()) {
      boolean readCommitted =
          connection.getTransactionIsolation() == Connection.TRANSACTION_READ_COMMITTED;
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      return new Transactions(dataSource, !readCommitted);
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap("connect to the outbox's database", e);
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
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      if (autoCommit) {
        connection.setAutoCommit(false);
      }
      int isolation = setsIsolation ? connection.getTransactionIsolation() : 0;
      if (setsIsolation) {
        // Asking began a transaction on some databases, and isolation can't change inside one.
        connection.rollback();
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      }
      Exception failure = null;
      try {
        T result = work.on(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        failure = e;
        throw e;
      } finally {
        restore(connection, autoCommit, isolation, failure);
      }
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap(task, e);
    }
  }

  /**
   * Never hides the failure that led here; a pool throws out a connection that can't be restored.
   */
  private void restore(
      Connection connection, boolean autoCommit, int isolation, @Nullable Exception failure) {
    try {
      if (failure != null) {
        connection.rollback();
      }
      if (setsIsolation) {
        connection.setTransactionIsolation(isolation);
      }
      if (autoCommit) {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      log.debug("A connection could not be restored (SQLState {})", e.getSQLState());
    }
  }
}
