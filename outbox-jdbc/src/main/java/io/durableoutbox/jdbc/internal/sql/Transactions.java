package io.durableoutbox.jdbc.internal.sql;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The library's own short transactions, READ COMMITTED, on a pool of the application's. Only what
 * began here is committed, whatever else is thrown undoes it, and every connection goes back as it
 * came: docs/adr/0040.
 */
public final class Transactions {
  private static final Logger log = LoggerFactory.getLogger(Transactions.class);

  /** How long the server may be silent, unless said otherwise: an audit may search for long. */
  private static final Duration SILENCE = Duration.ofMinutes(10);

  private static final int TRIES = 8;
  private static final long PAUSE_NANOS = 10_000_000;
  private static final String SERIALIZATION_FAILURE = "40001";
  // Serialization failure (H2, MariaDB, MySQL: deadlock), deadlock, H2's lock timeout: the
  // transaction was rolled back. Unique violation: H2's MERGE is two steps, and of two relays that
  // insert the same row at once one fails; after that it finds the row.
  private static final Set<String> AGAIN = Set.of(SERIALIZATION_FAILURE, "40P01", "HYT00", "23505");

  private final Connections connections;
  private final Duration silence;

  private Transactions(Connections connections, Duration silence) {
    this.connections = connections;
    this.silence = silence;
  }

  /** What runs inside a transaction. */
  public interface Work<T> {
    /** Works on a connection that it neither commits nor closes. */
    T on(Connection connection) throws SQLException;
  }

  /**
   * Looks at how the data source lends its connections.
   *
   * @throws OutboxException if it lends the caller's transaction, the database can't be reached, or
   *     is of an unknown family
   */
  public static Transactions on(DataSource dataSource) {
    try {
      return new Transactions(Connections.of(dataSource), SILENCE);
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap("connect to the outbox's database", e);
    }
  }

  /**
   * Returns the same transactions with another bound on how long the server may be silent; after
   * that the connection is ended and the work has failed.
   */
  public Transactions within(Duration bound) {
    return new Transactions(connections, bound);
  }

  /**
   * As {@link #run}, but does work again that met another's, a few times, each after a short random
   * pause; and at once, on another connection, if this one's server has become read-only.
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
        if (!isDoneAgain(task, e, attempt)) {
          throw SqlErrors.wrap(task, e);
        }
      }
    }
  }

  private boolean isDoneAgain(String task, Exception failure, int attempt) {
    String state = SqlErrors.state(failure);
    if (attempt == TRIES || state == null) {
      return false;
    }
    if (SqlErrors.isLockTimeout(failure)) {
      // Each try takes as long as the server waits for a lock, 50 seconds by default.
      if (attempt == 1) {
        log.warn(
            "Could not {}: a lock was waited for too long (SQLState {}, code {}), trying once more;"
                + " look for a transaction that stays open",
            task,
            state,
            SqlErrors.code(failure));
      }
      return attempt == 1;
    }
    if (SqlErrors.isReadOnly(failure) && connections.session() != Session.H2) {
      log.debug("Could not {} (SQLState {}), trying on another connection", task, state);
      return true;
    }
    if (!AGAIN.contains(state)) {
      return false;
    }
    if (state.equals(SERIALIZATION_FAILURE)) {
      connections.sawOtherIsolation();
    }
    log.debug("Could not {} (SQLState {}), trying again", task, state);
    // Two that met would meet again: each waits for a time of its own, longer each time.
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(PAUSE_NANOS * attempt) + 1);
    return true;
  }

  /**
   * Runs the work and commits; rolls back if it throws, be it an {@link Error}.
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
    Lent lent = connections.lend(silence);
    Throwable failure = null;
    try {
      if (oneStatement && lent.commitsByItself()) {
        return work.on(lent.connection());
      }
      lent.begin();
      T result = work.on(lent.connection());
      lent.commit();
      return result;
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      lent.giveBack(failure);
    }
  }
}
