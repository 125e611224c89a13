package io.durableoutbox.testdb;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * An empty database of its own, and connection pools to it as users have them. Closing it closes
 * its pools and drops it.
 */
public final class TestDatabase implements AutoCloseable {
  /** A server may outlive the process that used it, and another process may get its number. */
  private static final String RUN =
      "t"
          + ProcessHandle.current().pid()
          + "x"
          + Integer.toHexString(new SecureRandom().nextInt(1 << 16));

  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final String family;
  private final String name;
  private final String jdbcUrl;
  private final String user;
  private final String password;
  private final Drop drop;
  private final List<HikariDataSource> pools = new CopyOnWriteArrayList<>();

  private boolean closed;

  private interface Drop {
    void run() throws SQLException;
  }

  private TestDatabase(
      String family, String name, String jdbcUrl, String user, String password, Drop drop) {
    this.family = family;
    this.name = name;
    this.jdbcUrl = jdbcUrl;
    this.user = user;
    this.password = password;
    this.drop = drop;
  }

  /** Makes an H2 database in memory, in its regular mode. */
  public static TestDatabase h2() {
    String url = "jdbc:h2:mem:" + uniqueName() + ";DB_CLOSE_DELAY=-1";
    return new TestDatabase(
        "h2",
        "h2",
        url,
        "sa",
        "",
        () -> {
          try (Connection connection = DriverManager.getConnection(url, "sa", "");
              Statement statement = connection.createStatement()) {
            statement.execute("SHUTDOWN");
          }
        });
  }

  /**
   * Makes a database on the newest PostgreSQL that is tested; see {@link PostgresServer#newest}.
   *
   * @throws IllegalStateException if no PostgreSQL was found
   */
  public static TestDatabase postgres() {
    return on(PostgresServer.newest());
  }

  /**
   * Makes a database on the oldest PostgreSQL that is tested; see {@link PostgresServer#oldest}.
   *
   * @throws IllegalStateException if no PostgreSQL was found
   */
  public static TestDatabase oldestPostgres() {
    return on(PostgresServer.oldest());
  }

  /**
   * Makes a database on the newest PostgreSQL, in an encoding such as LATIN1.
   *
   * @throws IllegalStateException if no PostgreSQL was found
   */
  public static TestDatabase postgresIn(String encoding) {
    return on(
        PostgresServer.newest(),
        " TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING '" + encoding + "'");
  }

  /** Makes a database on a server. */
  public static TestDatabase on(PostgresServer server) {
    return on(server, "");
  }

  private static TestDatabase on(PostgresServer server, String options) {
    String name = uniqueName();
    server.execute("CREATE DATABASE " + name + options);
    return new TestDatabase(
        "postgresql",
        "postgresql " + server.version(),
        server.jdbcUrl(name),
        server.user(),
        server.password(),
        () -> server.drop(name));
  }

  /**
   * Makes a database on the MariaDB that is tested; see {@link MySqlServer#mariadb}.
   *
   * @throws IllegalStateException if no MariaDB was found
   */
  public static TestDatabase mariadb() {
    return on(MySqlServer.mariadb());
  }

  /**
   * Makes a database on the MySQL that is tested; see {@link MySqlServer#mysql}.
   *
   * @throws IllegalStateException if no MySQL was found
   */
  public static TestDatabase mysql() {
    return on(MySqlServer.mysql());
  }

  /** Makes a database on a server, in the character set that is the server's default. */
  public static TestDatabase on(MySqlServer server) {
    String name = uniqueName();
    server.execute("CREATE DATABASE " + name);
    return new TestDatabase(
        "mysql",
        server.name(),
        server.jdbcUrl(name),
        server.user(),
        server.password(),
        () -> server.drop(name));
  }

  private static String uniqueName() {
    return RUN + "_" + COUNTER.incrementAndGet();
  }

  /** Returns "h2", "postgresql", or "mysql" for MariaDB and MySQL. */
  public String family() {
    return family;
  }

  /**
   * Returns what to call it in a test's name, for example "h2", "postgresql 18.6" or "mariadb
   * 11.4.5".
   */
  public String name() {
    return name;
  }

  public String jdbcUrl() {
    return jdbcUrl;
  }

  /**
   * Returns a test's statement in the words of a connection's family. Tests write in those that
   * PostgreSQL and H2 share.
   */
  public static String words(Connection connection, String sql) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    if (!product.equals("MariaDB") && !product.equals("MySQL")) {
      return sql;
    }
    String[] parts =
        sql.replaceAll("TIMESTAMP WITH TIME ZONE '([^'+]*)[^']*'", "TIMESTAMP '$1'").split("'", -1);
    // Every second part is a text, which stays as it is but for what escapes there.
    for (int i = 1; i < parts.length; i += 2) {
      parts[i] = parts[i].replace("\\", "\\\\");
    }
    for (int i = 0; i < parts.length; i += 2) {
      parts[i] =
          parts[i]
              // Not the function of that name, which is in the session's zone.
              .replaceAll("\\bCURRENT_TIMESTAMP\\b(\\(6\\))?", "UTC_TIMESTAMP(6)")
              .replaceAll(
                  "EXTRACT\\(EPOCH FROM ([^()]+(\\([^()]*\\))?)\\)",
                  "(TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', $1) / 1000000)")
              .replaceAll("(?i)\\bAS bigint\\b", "AS SIGNED")
              .replaceAll("\\bCASCADE\\b", "")
              .replaceAll("(?i)\\bAS (text|character varying|varchar)\\b", "AS CHAR")
              .replace('"', '`');
    }
    return String.join("'", parts);
  }

  public String user() {
    return user;
  }

  public String password() {
    return password;
  }

  /** Opens a pool with HikariCP's defaults: up to 10 connections, opened as they are needed. */
  public HikariDataSource pool() {
    return pool(config -> {});
  }

  /** Opens a pool that is set up as a user may have it, for example with auto-commit off. */
  public HikariDataSource pool(Consumer<HikariConfig> setUp) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setUsername(user);
    config.setPassword(password);
    // Many pools of 10 idle connections would use up the server's.
    config.setMinimumIdle(0);
    setUp.accept(config);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return pool;
  }

  /** Closes its pools and drops it; again is nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    pools.forEach(HikariDataSource::close);
    try {
      drop.run();
    } catch (SQLException e) {
      throw new IllegalStateException("could not drop a test's database", e);
    }
  }
}
