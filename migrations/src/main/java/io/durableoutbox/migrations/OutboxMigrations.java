package io.durableoutbox.migrations;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Brings a database to the outbox's newest schema with Flyway. The outbox itself never runs DDL, so
 * an application calls this when it starts, or a deployment does.
 *
 * <p>It keeps a history of its own, in {@code outbox_schema_history}, and so works beside the
 * application's own Flyway and beside tables that exist already. Running it again does nothing.
 * Several processes may run it at once; on H2, only several threads of one process.
 *
 * <p>Without Flyway: the migrations are plain SQL, in this module's jar below {@code
 * durable-outbox/postgresql}, {@code durable-outbox/mysql} (for MariaDB, too) and {@code
 * durable-outbox/h2}; run them in the order of their numbers, with the search path set to the
 * schema, or in the database, which is what MariaDB and MySQL call a schema.
 *
 * <p>Thread-safe.
 */
public final class OutboxMigrations {
  /** The advisory lock that those who migrate a PostgreSQL database take in turn: "outbox". */
  static final long LOCK_KEY = 0x6f75_7462_6f78L;

  /** The lock that those who migrate on a MariaDB or MySQL server take in turn. */
  static final String LOCK_NAME = "outbox_migrations";

  private static final String HISTORY_TABLE = "outbox_schema_history";
  private static final Object ONE_AT_A_TIME = new Object();

  private final DataSource dataSource;
  private final @Nullable String schema;

  private OutboxMigrations(DataSource dataSource, @Nullable String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  /**
   * Makes the migrations of the connections' own default schema.
   *
   * @param dataSource connections of a user who may create tables, three at once (on PostgreSQL
   *     one), which come back as they were lent; PostgreSQL 12 also needs the extension pgcrypto,
   *     or the right to create it
   */
  public static OutboxMigrations of(DataSource dataSource) {
    return new OutboxMigrations(Objects.requireNonNull(dataSource, "dataSource"), null);
  }

  /**
   * Returns the migrations of a named schema, which is created if it does not exist. On MariaDB and
   * MySQL a schema is a database of the same server.
   *
   * @param name its exact name: a letter or underscore, then up to 62 letters, digits or
   *     underscores
   * @throws IllegalArgumentException if the name is another
   */
  public OutboxMigrations inSchema(String name) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
      throw new IllegalArgumentException(
          "the schema's name must be a letter or underscore and then up to 62 letters, digits or"
              + " underscores");
    }
    return new OutboxMigrations(dataSource, name);
  }

  /**
   * Runs the migrations that are missing; waits while another does.
   *
   * @return how many were run; 0 if the schema is up to date
   * @throws IllegalStateException if the database can't be reached, takes no writes (a standby, a
   *     replica, a read-only session), or is none of PostgreSQL, MariaDB, MySQL and H2
   * @throws org.flywaydb.core.api.FlywayException if a migration fails, or one that was run before
   *     has been changed
   */
  public int migrate() {
    // One of a JVM at a time, so that those who wait can't use up the pool.
    synchronized (ONE_AT_A_TIME) {
      try (Connection connection = dataSource.getConnection()) {
        String family = family(connection);
        ReadOnly.refuse(connection, family);
        return switch (family) {
          case "postgresql" -> migratePostgres(connection);
          case "mysql" -> migrateMySql(connection);
          default -> flyway(dataSource, family).migrate().migrationsExecuted;
        };
      } catch (SQLException e) {
        throw new IllegalStateException(
            "The outbox's schema could not be migrated (SQLState " + e.getSQLState() + ")", e);
      }
    }
  }

  private Flyway flyway(DataSource dataSource, String family) {
    FluentConfiguration flyway =
        Flyway.configure(OutboxMigrations.class.getClassLoader())
            .dataSource(dataSource)
            .locations("classpath:durable-outbox/" + family)
            // Else, in a jar that was repackaged without them, nothing would be run and all be
            // well.
            .failOnMissingLocations(true)
            .table(HISTORY_TABLE)
            .placeholderReplacement(false)
            .validateOnMigrate(true)
            .validateMigrationNaming(true)
            // The application's own tables may be there; without version 0 the first migration
            // would be taken as run.
            .baselineOnMigrate(true)
            .baselineVersion("0");
    if (schema != null) {
      flyway.schemas(schema).defaultSchema(schema).createSchemas(true);
    }
    return flyway.load();
  }

  /**
   * In one transaction, which leaves nothing behind in the session, and nothing half done.
   *
   * <p>Flyway locks its history table, but two first runs at once fail before it exists: one sees
   * what the other just made, and takes it for an application's tables without a history. So each
   * takes a lock before; of the transaction, and not of the session.
   */
  private int migratePostgres(Connection connection) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    boolean committed = false;
    try {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SELECT pg_advisory_xact_lock(" + LOCK_KEY + ")");
      }
      OneTransaction transaction = new OneTransaction(connection);
      int count = flyway(transaction.dataSource(), "postgresql").migrate().migrationsExecuted;
      transaction.commit();
      committed = true;
      return count;
    } finally {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(autoCommit);
    }
  }

  /** Under a lock of the session, since here each DDL statement ends the transaction. */
  private int migrateMySql(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT GET_LOCK('" + LOCK_NAME + "', 3600)")) {
      if (!row.next() || row.getInt(1) != 1) {
        throw new SQLException("another has migrated for an hour", "HYT00");
      }
    }
    try {
      return flyway(dataSource, "mysql").migrate().migrationsExecuted;
    } finally {
      try (Statement statement = connection.createStatement()) {
        statement.execute("DO RELEASE_LOCK('" + LOCK_NAME + "')");
      }
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    }
  }

  private static String family(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    return switch (product) {
      case "PostgreSQL" -> "postgresql";
      case "H2" -> "h2";
      case "MariaDB", "MySQL" -> "mysql";
      default ->
          throw new IllegalStateException(
              "The outbox has migrations for PostgreSQL, MariaDB, MySQL and H2, and this database"
                  + " says that it is "
                  + product);
    };
  }
}
