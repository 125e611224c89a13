package io.durableoutbox.jdbc.internal;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.Lookalikes;
import io.durableoutbox.jdbc.internal.h2.H2Dialect;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import io.durableoutbox.jdbc.internal.sql.Session;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The families of databases: the one place that knows them all. */
public final class Families {
  private Families() {}

  /**
   * Finds the dialect of a connection's database.
   *
   * @param schema the schema of the tables by its exact name; or null for the one in which this
   *     connection finds them, wherever another connection would
   */
  public static Dialect dialect(Connection connection, @Nullable String schema)
      throws SQLException {
    return dialect(connection, schema, true);
  }

  /**
   * As {@link #dialect(Connection, String)}.
   *
   * @param asynchronousCommit whether claims and outcomes may be committed before they are on disk,
   *     where a transaction can choose
   */
  public static Dialect dialect(
      Connection connection, @Nullable String schema, boolean asynchronousCommit)
      throws SQLException {
    Session session = Session.of(connection);
    Lookalikes.refuse(connection, session);
    String name = schema == null ? session.schema(connection) : schema;
    char quote = session == Session.MYSQL ? '`' : '"';
    // A name that was found may hold anything, also what it is quoted with.
    String prefix =
        name == null ? "" : quote + name.replace("" + quote, "" + quote + quote) + quote + '.';
    return switch (session) {
      case POSTGRES -> new PostgresDialect(prefix, asynchronousCommit);
      case H2 -> new H2Dialect(prefix);
      case MYSQL -> new MySqlDialect(prefix, connection.getMetaData().getDatabaseProductName());
    };
  }
}
