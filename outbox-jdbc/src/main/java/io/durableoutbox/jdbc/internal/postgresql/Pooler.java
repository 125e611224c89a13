package io.durableoutbox.jdbc.internal.postgresql;

import io.durableoutbox.jdbc.internal.sql.Session;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pooler between PostgreSQL's driver and its server, such as PgBouncer. The driver was told the
 * process of its session when it connected, and behind a pooler another one answers.
 *
 * <p>In transaction mode each transaction may be another server's session, where a statement that
 * the driver has prepared is unknown, or is another client's: then a COMMIT may be executed as a
 * ROLLBACK. That is the driver's and the pooler's, and hits the application's own writes, too; so
 * it is told once, when an outbox is made.
 */
public final class Pooler {
  private static final Logger log = LoggerFactory.getLogger(Pooler.class);

  private Pooler() {}

  /** Warns if there is one and the driver prepares statements; other drivers are not known. */
  static void warn(Transactions transactions) {
    Object threshold = transactions.run("look for a pooler", Pooler::threshold);
    if (!threshold.equals(0)) {
      log.warn(
          "The database is reached through a pooler, such as PgBouncer, and the driver prepares"
              + " statements on the server (prepareThreshold is {}). In transaction mode that mixes"
              + " up statements, and can lose the application's committed writes: add"
              + " prepareThreshold=0 to the JDBC URL. It is needless with sessions of one's own, or"
              + " with PgBouncer 1.21 or later and max_prepared_statements",
          threshold);
    }
  }

  /** Returns how often a statement runs before it is prepared, or 0 if there is no pooler. */
  private static Object threshold(Connection connection) throws SQLException {
    try {
      ClassLoader driver = connection.unwrap(Connection.class).getClass().getClassLoader();
      Class<?> type = Class.forName("org.postgresql.PGConnection", false, driver);
      Object known = connection.unwrap(type);
      Object threshold = type.getMethod("getPrepareThreshold").invoke(known);
      String told = type.getMethod("getBackendPID").invoke(known).toString();
      return told.equals(Session.POSTGRES.id(connection).trim()) ? 0 : threshold;
    } catch (ReflectiveOperationException | RuntimeException e) {
      log.debug("Whether there is a pooler is not known of this driver", e);
      return 0;
    }
  }
}
