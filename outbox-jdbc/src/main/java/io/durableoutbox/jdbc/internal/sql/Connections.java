package io.durableoutbox.jdbc.internal.sql;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Borrows connections of the application's, and learns how its data source lends them.
 *
 * <p>A borrowed connection has a past. It may be in a transaction: one that the application's
 * thread is in (then it is refused, and nothing is done to it), or one that somebody left in the
 * pool (then it is rolled back, since its {@code now()} is old). The two look alike, so the thread
 * asks for a second connection: only a data source that lends the thread's transaction lends the
 * same session twice. That is asked only if a transaction is open, or if a connection comes without
 * auto-commit from a data source whose connections have it; a usual one costs no question.
 */
final class Connections {
  private static final Logger log = LoggerFactory.getLogger(Transactions.class);

  private final DataSource dataSource;
  private final Session session;
  private volatile boolean lendsAutoCommit;
  private volatile boolean lendsReadOnly;
  private volatile boolean lendsReadCommitted;

  private Connections(DataSource dataSource, Session session) {
    this.dataSource = dataSource;
    this.session = session;
  }

  /** Looks at one connection of the data source. */
  static Connections of(DataSource dataSource) throws SQLException {
    refuseByName(dataSource);
    boolean autoCommit;
    try (Connection connection = dataSource.getConnection()) {
      autoCommit = connection.getAutoCommit();
    }
    boolean joins = !autoCommit && staysOpen(dataSource);
    try (Connection connection = dataSource.getConnection()) {
      Connections all = new Connections(dataSource, Session.of(connection));
      all.lendsAutoCommit = autoCommit;
      if (joins || (!autoCommit && all.session.isInTransaction(connection))) {
        all.refuseTheCallers(connection);
      }
      all.lendsReadOnly = connection.isReadOnly();
      // Each has its own on MariaDB and MySQL, and a proxy may lend either.
      all.lendsReadCommitted =
          all.session != Session.MYSQL
              && connection.getTransactionIsolation() == Connection.TRANSACTION_READ_COMMITTED;
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      return all;
    }
  }

  /** Before it can do harm, outside of a transaction, where it can't be told by what it does. */
  private static void refuseByName(DataSource dataSource) {
    for (Class<?> type = dataSource.getClass(); type != null; type = type.getSuperclass()) {
      if (type.getSimpleName().startsWith("TransactionAware")) {
        throw refused();
      }
    }
  }

  private static OutboxException refused() {
    return new OutboxException(
        "The data source lends the transaction that the calling thread is in, which is not the"
            + " outbox's to commit or roll back; give it the pool itself (of Spring's"
            + " TransactionAwareDataSourceProxy, the target): add takes the connection of your"
            + " transaction, and all else needs one of its own");
  }

  /** A statement of one's own connection is closed with it, but not of somebody else's. */
  private static boolean staysOpen(DataSource dataSource) throws SQLException {
    Connection connection = dataSource.getConnection();
    try (Statement statement = connection.createStatement()) {
      connection.close();
      return !statement.isClosed();
    } finally {
      connection.close();
    }
  }

  private void refuseTheCallers(Connection first) throws SQLException {
    if (isLentTwice(first)) {
      throw refused();
    }
  }

  private boolean isLentTwice(Connection first) throws SQLException {
    String id = session.id(first);
    Connection second;
    try {
      second = dataSource.getConnection();
    } catch (SQLException e) {
      log.debug("There is no second connection (SQLState {})", e.getSQLState());
      return false;
    }
    try (second) {
      boolean same = session.id(second).equals(id);
      if (!same && !second.getAutoCommit()) {
        second.rollback();
      }
      return same;
    }
  }

  /**
   * Borrows one that is in no transaction.
   *
   * @param bound how long the server may be silent, before the connection is given up
   * @throws OutboxException if it is the caller's
   */
  Lent lend(Duration bound) throws SQLException {
    Connection connection = dataSource.getConnection();
    boolean lent = false;
    try {
      boolean autoCommit = connection.getAutoCommit();
      boolean unusual = lendsAutoCommit && !autoCommit;
      if (unusual || (session == Session.POSTGRES && session.isInTransaction(connection))) {
        endOld(connection, autoCommit);
        lendsAutoCommit &= !unusual;
      }
      Lent result = new Lent(this, connection, autoCommit, bound);
      lent = true;
      return result;
    } finally {
      if (!lent) {
        Lent.close(connection);
      }
    }
  }

  /** Rolls back what somebody left in the pool. */
  void endOld(Connection connection, boolean autoCommit) throws SQLException {
    refuseTheCallers(connection);
    log.debug("The pool lent a connection that was in a transaction, which is rolled back");
    if (autoCommit) {
      connection.setAutoCommit(false);
    }
    connection.rollback();
    if (autoCommit) {
      connection.setAutoCommit(true);
    }
  }

  Session session() {
    return session;
  }

  boolean lendsReadOnly() {
    return lendsReadOnly;
  }

  boolean lendsReadCommitted() {
    return lendsReadCommitted;
  }

  /** Takes note of a connection that was read-only by its own setting. */
  void sawReadOnly() {
    lendsReadOnly = true;
  }

  /** Takes note of a failure that READ COMMITTED does not have. */
  void sawOtherIsolation() {
    lendsReadCommitted = false;
  }
}
