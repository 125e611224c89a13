package io.durableoutbox.migrations;

import java.sql.Connection;
import java.sql.SQLException;
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
 * application's own Flyway and beside tables that exist already. Running it again does nothing;
 * several may run it at once.
 *
 * <p>Without Flyway: the migrations are plain SQL, in this module's jar below {@code
 * durable-outbox/postgresql} and {@code durable-outbox/h2}; run them in the order of their numbers,
 * with the search path set to the schema.
 *
 * <p>Thread-safe.
 */
public final class OutboxMigrations {
  private static final String HISTORY_TABLE = "outbox_schema_history";

  private final DataSource dataSource;
  private final @Nullable String schema;

  private OutboxMigrations(DataSource dataSource, @Nullable String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  /**
   * Makes the migrations of the connections' own default schema.
   *
   * @param dataSource connections of a user who may create tables, two at once; PostgreSQL 12 also
   *     needs the extension pgcrypto, or the right to create it
   */
  public static OutboxMigrations of(DataSource dataSource) {
    return new OutboxMigrations(Objects.requireNonNull(dataSource, "dataSource"), null);
  }

  /**
   * Returns the migrations of a named schema, which is created if it does not exist.
   *
   * @param name its exact name: a letter or underscore, then up to 62 letters, digits or
   *     underscores
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
   * Runs the migrations that are missing.
   *
   * @return how many were run; 0 if the schema is up to date
   * @throws IllegalStateException if the database can't be reached or is of an unknown family
   * @throws org.flywaydb.core.api.FlywayException if a migration fails, or one that was run before
   *     has been changed
   */
  public int migrate() {
    FluentConfiguration flyway =
        Flyway.configure(OutboxMigrations.class.getClassLoader())
            .dataSource(dataSource)
            .locations("classpath:durable-outbox/" + family())
            .table(HISTORY_TABLE)
            .placeholderReplacement(false)
            .validateMigrationNaming(true)
            // The application's own tables may be there; without version 0 the first migration
            // would be taken as run.
            .baselineOnMigrate(true)
            .baselineVersion("0");
    if (schema != null) {
      flyway.schemas(schema).defaultSchema(schema).createSchemas(true);
    }
    return flyway.load().migrate().migrationsExecuted;
  }

  private String family() {
    try (Connection connection = dataSource.getConnection()) {
      String product = connection.getMetaData().getDatabaseProductName();
      return switch (product) {
        case "PostgreSQL" -> "postgresql";
        case "H2" -> "h2";
        default ->
            throw new IllegalStateException(
                "The outbox has migrations for PostgreSQL and H2, and this database says that it is "
                    + product);
      };
    } catch (SQLException e) {
      throw new IllegalStateException(
          "Could not connect to the outbox's database (SQLState " + e.getSQLState() + ")", e);
    }
  }
}
