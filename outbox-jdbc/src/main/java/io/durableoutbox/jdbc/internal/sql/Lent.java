package io.durableoutbox.jdbc.internal.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One borrowed connection, from {@link Connections#lend} until it is given back as it came. What
 * can't be brought back to that is ended, so that its pool throws it out.
 */
final class Lent {
  private static final Logger log = LoggerFactory.getLogger(Transactions.class);
  private static final int UNKNOWN = -1;

  private final Connections from;
  private final Connection connection;
  private final boolean autoCommit;
  private boolean begun;
  private boolean committed;
  private boolean setWritable;
  private int isolation = UNKNOWN;
  private int silence = UNKNOWN;

  Lent(Connections from, Connection connection, boolean autoCommit, Duration bound)
      throws SQLException {
    this.from = from;
    this.connection = connection;
    this.autoCommit = autoCommit;
    bound(bound);
    if (from.lendsReadOnly() && connection.isReadOnly()) {
      connection.setReadOnly(false);
      setWritable = true;
    }
  }

  /** Costs nothing: the driver sets it on its socket. H2 and some others take no notice. */
  private void bound(Duration bound) throws SQLException {
    try {
      int before = connection.getNetworkTimeout();
      int millis = Math.toIntExact(bound.toMillis());
      if (before == 0 || before > millis) {
        connection.setNetworkTimeout(Runnable::run, millis);
        silence = before;
      }
    } catch (SQLFeatureNotSupportedException
        | UnsupportedOperationException
        | AbstractMethodError e) {
      log.debug("The driver knows no network timeout", e);
    }
  }

  Connection connection() {
    return connection;
  }

  /** Returns whether a statement commits by itself, and is READ COMMITTED. */
  boolean commitsByItself() {
    return autoCommit && from.lendsReadCommitted();
  }

  /** Begins a transaction, after what somebody left open was rolled back. */
  void begin() throws SQLException {
    Session session = from.session();
    if (autoCommit) {
      connection.setAutoCommit(false);
    }
    boolean isolated = from.lendsReadCommitted();
    boolean own = session.begins(connection, isolated);
    if (!own) {
      from.endOld(connection, false);
      own = session.begins(connection, isolated);
    }
    begun = own;
    if (session == Session.H2) {
      isolate();
    }
  }

  /** On H2, whose transactions have their session's isolation. */
  private void isolate() throws SQLException {
    if (!autoCommit) {
      // Only reads can be in it, and they would keep its clock.
      connection.rollback();
    }
    if (!from.lendsReadCommitted()) {
      isolation = connection.getTransactionIsolation();
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
  }

  void commit() throws SQLException {
    connection.commit();
    committed = true;
  }

  /**
   * Undoes what was not committed, and gives it back. Never hides the failure that led here.
   *
   * @param failure what the work or its commit threw, or null
   */
  void giveBack(@Nullable Throwable failure) {
    boolean asItCame = false;
    try {
      if (begun && !committed) {
        connection.rollback();
      }
      asItCame = !isOfReadOnlyServer(failure);
      if (asItCame) {
        restore();
      }
    } catch (SQLException | RuntimeException e) {
      asItCame = false;
      log.debug("A connection could not be restored (SQLState {})", SqlErrors.state(e));
    } finally {
      giveBack(asItCame);
    }
  }

  private void giveBack(boolean asItCame) {
    try {
      if (!asItCame) {
        end();
      }
    } finally {
      close(connection);
    }
  }

  /** A pool would go on lending it for as long as half an hour after a fail-over. */
  private boolean isOfReadOnlyServer(@Nullable Throwable failure) throws SQLException {
    // H2 has no other server.
    if (failure == null || from.session() == Session.H2 || !SqlErrors.isReadOnly(failure)) {
      return false;
    }
    if (connection.isReadOnly()) {
      from.sawReadOnly();
      return false;
    }
    return true;
  }

  private void restore() throws SQLException {
    if (isolation != UNKNOWN) {
      connection.setTransactionIsolation(isolation);
    }
    if (setWritable) {
      connection.setReadOnly(true);
    }
    if (autoCommit && begun) {
      connection.setAutoCommit(true);
    }
    if (silence != UNKNOWN) {
      connection.setNetworkTimeout(Runnable::run, silence);
    }
  }

  /** Ends the session, and lets the pool see that it has. */
  private void end() {
    try {
      Connection physical = connection.unwrap(Connection.class);
      connection.abort(Runnable::run);
      if (!physical.isClosed()) {
        physical.close(); // H2 does nothing when it is told to abort.
      }
      connection.createStatement().close();
    } catch (SQLException | RuntimeException e) {
      log.debug("A connection is ended (SQLState {})", SqlErrors.state(e));
    }
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      log.debug("A connection could not be closed (SQLState {})", SqlErrors.state(e));
    }
  }
}
