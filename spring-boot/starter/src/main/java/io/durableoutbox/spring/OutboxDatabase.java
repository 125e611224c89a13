package io.durableoutbox.spring;

import io.durableoutbox.OutboxException;
import io.durableoutbox.migrations.OutboxMigrations;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.util.ClassUtils;

/** Which database the outbox is in, and its schema. */
final class OutboxDatabase {
  private static final Logger log = LoggerFactory.getLogger(OutboxDatabase.class);
  private static final String MIGRATIONS = "io.durableoutbox.migrations.OutboxMigrations";

  private OutboxDatabase() {}

  /** The marked one, or the only or primary one; without the proxy that joins transactions. */
  static DataSource choose(
      ObjectProvider<DataSource> dataSources, ObjectProvider<DataSource> marked) {
    DataSource chosen;
    try {
      chosen = marked.getIfAvailable();
    } catch (NoUniqueBeanDefinitionException e) {
      throw new OutboxStartException(
          "Several DataSources are marked with @OutboxDataSource: " + e.getBeanNamesFound(),
          "Mark the one that the outbox's tables are in.",
          e);
    }
    if (chosen == null) {
      chosen = dataSources.getIfUnique();
    }
    if (chosen == null) {
      long count = dataSources.stream().count();
      throw count == 0
          ? new OutboxStartException(
              "The outbox needs a DataSource, and there is none",
              "Set spring.datasource.url, and add the database's driver; or set"
                  + " outbox.enabled=false.")
          : new OutboxStartException(
              "The outbox can't tell which of " + count + " DataSources its tables are in",
              "Mark the @Bean method of one with @OutboxDataSource, or make it @Primary.");
    }
    // The outbox's own transactions must never join the application's.
    while (chosen instanceof TransactionAwareDataSourceProxy proxy
        && proxy.getTargetDataSource() != null) {
      chosen = proxy.getTargetDataSource();
    }
    return chosen;
  }

  static void migrate(DataSource dataSource, @Nullable String schema) {
    if (!ClassUtils.isPresent(MIGRATIONS, null)) {
      throw new OutboxStartException(
          "outbox.migrations is run, but outbox-migrations is not on the class path",
          "Add io.durableoutbox:outbox-migrations, or set outbox.migrations=check.");
    }
    Migrating.run(dataSource, schema);
  }

  /** What the outbox says of its schema, and what to do in the application. */
  static OutboxStartException refused(OutboxProperties properties, OutboxException e) {
    String schema = properties.schema();
    String where = schema == null ? "" : " (outbox.schema is " + schema + ")";
    String action =
        properties.migrations() == OutboxProperties.Migrations.CHECK
            ? "Run the outbox's migrations before the application starts, with a user who may; or"
                + " set outbox.migrations=run, and the application does. If the tables are in"
                + " another schema, name it with outbox.schema."
            : "Check that the database can be reached and that its user may use the outbox's"
                + " tables.";
    return new OutboxStartException(e.getMessage() + where, action, e);
  }

  private static String kind(RuntimeException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e && e.getSQLState() != null) {
        return failure.getClass().getSimpleName() + ", SQLState " + e.getSQLState();
      }
    }
    return failure.getClass().getSimpleName();
  }

  /** Apart, so that the application can go without the migrations' jar. */
  private static final class Migrating {
    static void run(DataSource dataSource, @Nullable String schema) {
      OutboxMigrations[] migrations = {OutboxMigrations.of(dataSource)};
      Setting.set("outbox.schema", schema, name -> migrations[0] = migrations[0].inSchema(name));
      try {
        int count = migrations[0].migrate();
        if (count > 0) {
          log.info("The outbox's schema was migrated: {} migrations", count);
        }
      } catch (RuntimeException e) {
        // Without its words, which may quote the database's URL and what stands in it.
        throw new OutboxStartException(
            "The outbox's tables could not be made or upgraded (" + kind(e) + ")",
            "The database's user needs to create tables, and the pool to lend three connections at"
                + " once; or let a deployment run the migrations and set outbox.migrations=check."
                + " Start with --debug to see the cause.",
            e);
      }
    }
  }
}
