package io.durableoutbox.jdbc.internal.diagnosis;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import java.sql.Connection;
import java.util.List;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Whether the database keeps every text: users' ids and attributes, and the destination's words. In
 * one that does not, an answer with a typographic quote can't be recorded, so that its actions are
 * sent again with each lease.
 */
public final class TextEncoding {
  private static final String POSTGRES =
      "/* outbox:encoding */ SELECT current_setting('server_encoding')";

  // No character set for results: they come as the column has them, and the columns have utf8mb4.
  private static final String MYSQL =
      """
      /* outbox:encoding */
      SELECT @@character_set_client, @@character_set_connection, COALESCE(@@character_set_results, 'utf8mb4')
      """;

  private TextEncoding() {}

  /** What is wrong, and what to do about it. */
  record Problem(String message, String wayOut) {}

  /**
   * Refuses a database or a connection that does not keep every text.
   *
   * @throws OutboxException if so; says which encoding it has, and what to do
   */
  public static void check(Dialect dialect, Connection connection) {
    Problem problem = problem(dialect, connection);
    if (problem != null) {
      throw new OutboxException(problem.message + " " + problem.wayOut);
    }
  }

  /** Returns what is wrong, or null. */
  static @Nullable Problem problem(Dialect dialect, Connection connection) {
    if (dialect instanceof PostgresDialect) {
      String encoding = text(dialect.using(connection).fetchSingle(POSTGRES), 0);
      return encoding.equals("UTF8") ? null : ofPostgres(encoding);
    }
    if (dialect instanceof MySqlDialect) {
      Record row = dialect.using(connection).fetchSingle(MYSQL);
      for (int i : List.of(0, 1, 2)) {
        if (!text(row, i).equals("utf8mb4")) {
          return ofMySql(text(row, i));
        }
      }
    }
    return null;
  }

  private static String text(Record row, int column) {
    return String.valueOf(row.get(column));
  }

  private static Problem ofPostgres(String encoding) {
    return new Problem(
        "The database's encoding is "
            + encoding
            + ", which does not hold every text of users and destinations; the outbox needs UTF8.",
        "Make a database WITH ENCODING 'UTF8' TEMPLATE template0, and move this one there by pg_dump"
            + " and pg_restore (docs/databases.md).");
  }

  private static Problem ofMySql(String charset) {
    return new Problem(
        "The connection's character set is "
            + charset
            + ", which does not hold every text of users and destinations; the outbox needs"
            + " utf8mb4.",
        "Remove characterEncoding from the JDBC URL or set it to UTF-8, and remove SET NAMES from the"
            + " pool's initial statement (docs/databases.md).");
  }
}
