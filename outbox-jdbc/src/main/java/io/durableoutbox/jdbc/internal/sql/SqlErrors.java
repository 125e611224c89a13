package io.durableoutbox.jdbc.internal.sql;

import io.durableoutbox.OutboxException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns what the database says into an exception without personal data. */
public final class SqlErrors {
  private SqlErrors() {}

  // MariaDB and MySQL: the server or the transaction is read-only; 1290 is of other options, too.
  private static final Set<Integer> MYSQL_READ_ONLY = Set.of(1290, 1792, 1836);
  private static final Set<String> READ_ONLY = Set.of("25006", "90097");

  // A CHECK constraint of MySQL and of MariaDB; MySQL gives it a state that says nothing.
  private static final Set<Integer> MYSQL_CHECK = Set.of(3819, 4025);
  private static final String INTEGRITY = "23000";

  private static final int MYSQL_LOCK_TIMEOUT = 1205;

  // A prepared statement that is not there, is there already, or has other parameters.
  private static final Set<String> PREPARED = Set.of("26000", "42P05", "08P01");

  private static final String WAY_OUT_OF_READ_ONLY =
      ": the database is read-only, which a standby is, or a server or user that is set so"
          + " (default_transaction_read_only, read_only); connect to the primary, on PostgreSQL"
          + " with targetServerType=primary if there are several";

  private static final String WAY_OUT_OF_POOLER =
      ": the connection has prepared statements of another session, as it happens behind PgBouncer"
          + " in transaction mode; add prepareThreshold=0 to the JDBC URL, for the application's"
          + " own statements too, or set max_prepared_statements of PgBouncer 1.21 or later";

  // "WSREP has not yet prepared node for application use", under the state of a lost connection.
  private static final int GALERA_NOT_READY = 1047;

  private static final String WAY_OUT_OF_GALERA_NOT_READY =
      ": this node of a Galera cluster has no quorum, or is not synced yet, and takes no statement;"
          + " connect to a node that does (wsrep_ready), or bring the others back";

  // PgBouncer's words, under the SQLState of a protocol violation.
  private static final String STATEMENT_MODE = "statement pooling mode";

  private static final String WAY_OUT_OF_STATEMENT_MODE =
      ": PgBouncer is in statement mode, where there are no transactions; set pool_mode to"
          + " transaction or session for this database or user";

  // PostgreSQL and H2; the others have one state for all constraints.
  private static final String DUPLICATE = "23505";

  private static final String WAY_OUT_OF_DUPLICATE =
      ": a row has this id or UUID already; if a UUID of yours was not added twice at the same"
          + " moment, the sequence of outbox.id is behind its rows, as after a copy of the tables"
          + " without it; set it beyond max(id)";

  /**
   * Wraps a failure; an {@link OutboxException} stays as it is. Only what {@link SqlTexts} lets
   * pass of the database's words is in the chain of causes, which applications log.
   *
   * @param task what was being done, to follow "Could not"
   */
  public static OutboxException wrap(String task, Exception failure) {
    if (failure instanceof OutboxException e) {
      return e;
    }
    String state = state(failure);
    if (state == null) {
      return new OutboxException(
          "Could not " + task + ": " + failure.getClass().getSimpleName(), failure);
    }
    return new OutboxException(
        "Could not " + task + " (SQLState " + state + ")" + wayOut(failure, state),
        state.equals(INTEGRITY) ? null : SqlTexts.cause(failure));
  }

  private static String wayOut(Exception failure, String state) {
    if (isReadOnly(failure)) {
      return WAY_OUT_OF_READ_ONLY;
    }
    if (code(failure) == GALERA_NOT_READY) {
      return WAY_OUT_OF_GALERA_NOT_READY;
    }
    if (says(failure, STATEMENT_MODE)) {
      return WAY_OUT_OF_STATEMENT_MODE;
    }
    if (PREPARED.contains(state)) {
      return WAY_OUT_OF_POOLER;
    }
    if (state.equals(DUPLICATE)) {
      return WAY_OUT_OF_DUPLICATE;
    }
    return isLockTimeout(failure)
        ? ": a lock was waited for too long (code 1205), which undoes the statement only; roll"
            + " back, and look for a transaction that stays open"
        : "";
  }

  private static boolean says(Throwable failure, String words) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException && String.valueOf(t.getMessage()).contains(words)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether the server takes no writes on this connection. */
  static boolean isReadOnly(Throwable failure) {
    String state = state(failure);
    return MYSQL_READ_ONLY.contains(code(failure)) || (state != null && READ_ONLY.contains(state));
  }

  /**
   * Returns whether MariaDB or MySQL waited for a lock for too long. MySQL's driver gives it the
   * SQLState of a deadlock, but only the statement was undone, and it took long.
   */
  static boolean isLockTimeout(Throwable failure) {
    return code(failure) == MYSQL_LOCK_TIMEOUT;
  }

  /** Returns the family's own code of the first SQL error in the chain of causes, or 0. */
  public static int code(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e) {
        return e.getErrorCode();
      }
    }
    return 0;
  }

  /**
   * Returns the first SQLState in the chain of causes, or null; for a CHECK constraint of MySQL's,
   * that of any other constraint.
   */
  public static @Nullable String state(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e && e.getSQLState() != null) {
        return MYSQL_CHECK.contains(e.getErrorCode()) ? INTEGRITY : e.getSQLState();
      }
    }
    return null;
  }
}
