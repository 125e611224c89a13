package io.durableoutbox.jdbc.internal.dialect;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.WorkspaceState;
import io.durableoutbox.jdbc.internal.diagnosis.TextEncoding;
import io.durableoutbox.jdbc.internal.sql.SharedSql;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * What the library asks of a database, in the words of one family. All run on a connection whose
 * transaction is another's business.
 */
public interface Dialect {
  /** The schema that this library was made for: the number of the last migration. */
  int SCHEMA_VERSION = 1;

  /** MySQL's code, since its SQLState is that of a syntax error. */
  int UNKNOWN_DATABASE = 1049;

  /**
   * Writes actions that don't exist yet and returns the UUIDs of those written.
   *
   * @param traceparent what all of them carry, or null
   */
  Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent)
      throws SQLException;

  /**
   * Takes waiting actions, and records claims that held some of them before and were never settled,
   * as requests of which nobody knows; see {@link io.durableoutbox.store.RelayStore#claim}.
   *
   * @param probe whether to take them though the workspace is paused, and how many
   */
  ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe) throws SQLException;

  /** Returns whether a claim is one statement, which needs no transaction around it. */
  default boolean claimsInOneStatement() {
    return false;
  }

  /** Finds out what the data source takes, once, before it is used. */
  default void learn(Transactions transactions) {}

  /**
   * Returns the tables of which the user may not see all rows, joined; or null. What a policy hides
   * is never sent, and looks like an empty outbox.
   */
  default @Nullable String hiddenBy(Connection connection) throws SQLException {
    return null;
  }

  /** Writes outcomes; see {@link io.durableoutbox.store.RelayStore#settle}. */
  Settled settle(Connection connection, SettlementRows outcomes) throws SQLException;

  /** What it does with workspaces. */
  Workspaces workspaces();

  /** Copies rejected rows into the outbox and returns the UUIDs that were not there already. */
  List<UUID> requeue(Connection connection, RequeueBatch batch);

  /** Refuses a caller's transaction that can't erase a customer. */
  default void checkErasing(Connection transaction) throws SQLException {}

  /** Returns the workspaces that are or were paused, by name. */
  default List<WorkspaceState> workspaces(Connection connection) {
    return workspaces().states(connection);
  }

  /** What it is asked when old rows are deleted or redacted; {@code $.} is still in it. */
  RetentionSql retention();

  /** Returns a statement with its {@code $} words in those of the family; see {@link SharedSql}. */
  String in(String statement);

  /** Returns a UUID or a time as the family's driver takes it; all else stays as it is. */
  default @Nullable Object value(@Nullable Object value) {
    return value;
  }

  /** Makes a shared statement's query; see {@link SharedSql}. */
  default Query query(Connection connection, String statement, @Nullable Object... values) {
    return using(connection).query(in(statement), values);
  }

  /** Makes a shared statement's query that returns rows; see {@link SharedSql}. */
  default ResultQuery<Record> resultQuery(
      Connection connection, String statement, @Nullable Object... values) {
    return using(connection).resultQuery(in(statement), values);
  }

  /** The statement that reads {@code outbox_schema_version}. */
  String versionSql();

  /** The configuration that its statements run with. */
  Configuration configuration();

  /** Refuses a schema that is missing or that this library does not work with. */
  default void checkVersion(Connection connection) {
    int version;
    int oldestLibrary;
    try {
      var row = using(connection).fetchSingle(versionSql());
      version = row.get(0, Integer.class);
      oldestLibrary = row.get(1, Integer.class);
    } catch (DataAccessException e) {
      String state = SqlErrors.state(e);
      // Undefined table or schema: PostgreSQL 42P01 and 3F000, H2 42S02 to 42S04 and 90079,
      // MariaDB and MySQL 42S02, and MySQL 1049 for a database.
      if (state != null
          && (state.equals("42P01")
              || state.equals("3F000")
              || state.startsWith("42S0")
              || state.equals("90079")
              || SqlErrors.code(e) == UNKNOWN_DATABASE)) {
        throw new OutboxException(
            "The outbox's tables are missing or not on the search path; run OutboxMigrations or"
                + " the plain SQL of outbox-migrations, and name the schema if it is not the"
                + " default one",
            e);
      }
      throw e;
    }
    if (version < SCHEMA_VERSION) {
      throw new OutboxException(
          "The outbox's schema has version "
              + version
              + ", but this library needs "
              + SCHEMA_VERSION
              + "; run OutboxMigrations or the newer plain SQL");
    }
    if (oldestLibrary > SCHEMA_VERSION) {
      throw new OutboxException(
          "The outbox's schema has version "
              + version
              + ", which works with libraries made for version "
              + oldestLibrary
              + " or later, but this one was made for "
              + SCHEMA_VERSION
              + "; upgrade the library");
    }
  }

  /** Refuses a database or a connection that does not keep every text. */
  default void checkEncoding(Connection connection) {
    TextEncoding.check(this, connection);
  }

  /** Lends the connection to jOOQ for some statements. */
  default DSLContext using(Connection connection) {
    return DSL.using(
        configuration().derive(new org.jooq.impl.DefaultConnectionProvider(connection)));
  }

  /** A guest's configuration: no log of statements with values, no greeting, nothing cached. */
  static Configuration configuration(SQLDialect family) {
    setUnlessSet("org.jooq.no-logo");
    setUnlessSet("org.jooq.no-tips");
    return new DefaultConfiguration()
        .set(family)
        .set(
            new Settings()
                .withExecuteLogging(false)
                .withFetchWarnings(false)
                .withCacheRecordMappers(false));
  }

  /** jOOQ has no other switch for its greeting; who wants it sets these to false. */
  private static void setUnlessSet(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, "true");
    }
  }
}
