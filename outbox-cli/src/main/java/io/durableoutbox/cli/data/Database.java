package io.durableoutbox.cli.data;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.migrations.OutboxMigrations;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A small pool of connections, and the outbox there. */
public final class Database implements AutoCloseable {
  // A migration takes three at once; a relay takes two, and a maintenance one more.
  private static final int CONNECTIONS = 4;

  private final HikariDataSource pool;
  private final @Nullable String schema;
  private @Nullable Outbox outbox;

  private Database(HikariDataSource pool, @Nullable String schema) {
    this.pool = pool;
    this.schema = schema;
  }

  /** Makes a first connection, so that what is wrong is told before anything is begun. */
  public static Database open(
      String url,
      @Nullable String user,
      @Nullable String password,
      @Nullable String schema,
      DriverTimeouts timeouts) {
    requireDriver(url);
    if (schema != null && !schema.matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
      throw CliException.usage(
          "--schema or OUTBOX_SCHEMA must be a letter or underscore and then up to 62 letters,"
              + " digits or underscores");
    }
    HikariConfig config = new HikariConfig();
    config.setPoolName("outbox-cli");
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(DriverTimeouts.CONNECT.toMillis());
    timeouts.properties(url).forEach(config::addDataSourceProperty);
    try {
      return new Database(new HikariDataSource(config), schema);
    } catch (PoolInitializationException e) {
      String state = DatabaseFailures.state(e);
      String hint =
          DatabaseFailures.hint(
              e, url, (password != null && !password.isEmpty()) || hasPassword(url));
      throw new CliException(
          ExitCode.FAILED,
          "can't connect to the database"
              + (state == null ? "" : " (SQLState " + state + ")")
              + (hint.isEmpty()
                  ? ": check OUTBOX_JDBC_URL; --debug shows the driver's words"
                  : ": " + hint),
          e);
    }
  }

  /** Returns whether a URL has a password in one of the forms that drivers know. */
  public static boolean hasPassword(String url) {
    return url.matches("(?is).*([?&;]password=.|//[^/?@]*:[^/?@]+@).*");
  }

  /** The message has neither the URL, which may hold a password, nor what the driver says of it. */
  private static void requireDriver(String url) {
    boolean known =
        DriverManager.drivers()
            .anyMatch(
                driver -> {
                  try {
                    return driver.acceptsURL(url);
                  } catch (SQLException e) {
                    return false;
                  }
                });
    if (!known) {
      if (url.startsWith("jdbc:mysql:")) {
        throw CliException.usage(
            "no driver takes a JDBC URL with jdbc:mysql:; begin it with jdbc:mariadb: for the driver"
                + " that is here, or add MySQL's: java -cp outbox-cli.jar:mysql-connector-j.jar "
                + "io.durableoutbox.cli.OutboxCli");
      }
      throw CliException.usage(
          "no driver takes the JDBC URL; it begins like jdbc:postgresql://host/database,"
              + " jdbc:mariadb://host/database or jdbc:h2:file:./outbox, and the drivers here are "
              + DriverManager.drivers()
                  .map(driver -> driver.getClass().getName())
                  .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  /** Returns the outbox, after a check of its schema. */
  public Outbox outbox() {
    if (outbox == null) {
      JdbcOutbox.Builder builder = JdbcOutbox.builder(pool);
      if (schema != null) {
        builder.schema(schema);
      }
      outbox = builder.build();
    }
    return outbox;
  }

  public OutboxMigrations migrations() {
    OutboxMigrations migrations = OutboxMigrations.of(pool);
    return schema == null ? migrations : migrations.inSchema(schema);
  }

  /** Returns the questions that only this program asks. */
  public Figures figures() {
    return new Figures(pool, schema);
  }

  public DataSource dataSource() {
    return pool;
  }

  @Override
  public void close() {
    pool.close();
  }
}
