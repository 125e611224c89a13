package io.durableoutbox.testdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.JdbcDatabaseContainer;
import org.testcontainers.mariadb.MariaDBContainer;
import org.testcontainers.mysql.MySQLContainer;

/**
 * A MariaDB or MySQL server that the tests of a JVM share: one that the environment names, else a
 * container where a Docker engine answers, else a MariaDB started from Maven artifacts, or a MySQL
 * started by the script that the property {@code outbox.test.mysql} names. None found is a failure,
 * never a skipped test.
 *
 * <p>It is started when it is first asked for and stopped when the JVM ends. It knows the time
 * zones that the tests name.
 */
public final class MySqlServer {
  private static final Logger log = LoggerFactory.getLogger(MySqlServer.class);
  private static final String MARIADB_IMAGE = "mariadb:11.4";
  private static final String MYSQL_IMAGE = "mysql:9";

  private static final Shared MARIADB = new Shared("mariadb", "OUTBOX_TEST_MARIADB_URL");
  private static final Shared MYSQL = new Shared("mysql", "OUTBOX_TEST_MYSQL_URL");

  /** The machine's crash would lose the last second, which is thrown away anyway. */
  static final List<String> OPTIONS =
      List.of("--innodb-flush-log-at-trx-commit=2", "--max-connections=200");

  private final String name;
  private final Login login;

  private MySqlServer(String kind, Login login) throws SQLException {
    this.login = login;
    try (Connection connection = login.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT VERSION()")) {
      row.next();
      // "11.4.5-MariaDB-log"
      String version = row.getString(1);
      if (version.contains("MariaDB") != kind.equals("mariadb")) {
        throw new IllegalStateException("the server says that it is " + version);
      }
      name = kind + " " + version.replaceFirst("[^\\d.].*", "");
      TimeZones.load(connection);
    }
  }

  /**
   * Returns MariaDB 11.4, or whatever {@code OUTBOX_TEST_MARIADB_URL} (with {@code _USER} and
   * {@code _PASSWORD} in place of {@code _URL}, {@code root} and empty unless set) names.
   *
   * @throws IllegalStateException if none was found; says what was tried
   */
  public static MySqlServer mariadb() {
    return MARIADB.get();
  }

  /**
   * Returns MySQL, 9 as a container, or whatever {@code OUTBOX_TEST_MYSQL_URL} (with {@code _USER}
   * and {@code _PASSWORD} in place of {@code _URL}, {@code root} and empty unless set) names.
   *
   * @throws IllegalStateException if none was found; says what was tried
   */
  public static MySqlServer mysql() {
    return MYSQL.get();
  }

  /**
   * Starts a MariaDB for one test alone, from Maven artifacts, which may kill it. It is as durable
   * as a server is by default.
   *
   * @param options as on its command line, for example {@code --innodb-lock-wait-timeout=1}
   * @throws IllegalStateException if it did not start
   */
  public static PrivateMariaDb start(String... options) {
    return new PrivateMariaDb(List.of(options));
  }

  /** Sets a container up as the other ways set their server up. */
  static <C extends JdbcDatabaseContainer<?>> C setUp(C container) {
    container.withUsername("root").withPassword("outbox");
    container.setCommand(OPTIONS.toArray(String[]::new));
    return container;
  }

  String jdbcUrl(String database) {
    return login.url(database);
  }

  String user() {
    return login.user();
  }

  String password() {
    return login.password();
  }

  /** Returns for example "mariadb 11.4.5". */
  String name() {
    return name;
  }

  void execute(String sql) {
    try (Connection connection = login.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the test's " + name + " refused: " + sql, e);
    }
  }

  /**
   * Drops it, and those that a test has made beside it and whose names begin with its own and an
   * underscore. Ends first all that still uses it, which would hold up the drop.
   */
  void drop(String database) {
    try (Connection connection = login.connect();
        Statement statement = connection.createStatement()) {
      for (String one :
          column(
              statement,
              "SELECT id FROM information_schema.processlist WHERE db = '" + database + "'")) {
        kill(statement, one);
      }
      for (String one :
          column(
              statement,
              "SELECT schema_name FROM information_schema.schemata WHERE schema_name = '%s' OR"
                      .formatted(database)
                  + " LEFT(schema_name, %d) = '%s_'".formatted(database.length() + 1, database))) {
        statement.execute("DROP DATABASE `" + one + "`");
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the test's " + name + " did not drop " + database, e);
    }
  }

  private static List<String> column(Statement statement, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  private static void kill(Statement statement, String connection) throws SQLException {
    try {
      statement.execute("KILL " + connection);
    } catch (SQLException e) {
      int gone = 1094;
      if (e.getErrorCode() != gone) {
        throw e;
      }
    }
  }

  /** One server of a JVM, looked for once, whether it was found or not. */
  private static final class Shared {
    private final String kind;
    private final String variable;
    private final List<String> tried = new ArrayList<>();
    private @Nullable MySqlServer server;

    Shared(String kind, String variable) {
      this.kind = kind;
      this.variable = variable;
    }

    synchronized MySqlServer get() {
      if (server == null && tried.isEmpty()) {
        server = find();
      }
      if (server == null) {
        throw new IllegalStateException(
            "No "
                + kind
                + " for the tests. Tried: "
                + String.join("; ", tried)
                + ". Start a Docker engine, or set "
                + variable
                + " to the JDBC URL of a server whose user may create databases.");
      }
      return server;
    }

    private @Nullable MySqlServer find() {
      // A server that somebody named and that does not answer is not replaced by another.
      if (!System.getenv().getOrDefault(variable, "").isEmpty()) {
        return fromEnvironment(System.getenv());
      }
      tried.add(variable + " (not set)");
      MySqlServer found = fromDocker();
      if (found != null) {
        return found;
      }
      return kind.equals("mariadb") ? fromArtifacts() : fromPackages();
    }

    /** MySQL is in no Maven artifact; a script knows packages that have it. */
    private @Nullable MySqlServer fromPackages() {
      String script = System.getProperty("outbox.test.mysql");
      if (script == null) {
        tried.add("Debian's packages (mvn -Pinfrastructure uses them)");
        return null;
      }
      try {
        String port;
        try (ServerSocket socket = new ServerSocket(0)) {
          port = Integer.toString(socket.getLocalPort());
        }
        List<String> start = List.of(script, "start", port, "--sync-binlog=0");
        run(Stream.concat(start.stream(), OPTIONS.stream()).toList());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> run(List.of(script, "stop", port))));
        MySqlServer found =
            new MySqlServer(
                kind, new Login("jdbc:mysql://127.0.0.1:" + port + "/mysql", "root", ""));
        log.info("Database for tests: {}, from packages, on port {}", found.name, port);
        return found;
      } catch (IOException | SQLException | RuntimeException e) {
        log.warn("The packaged MySQL did not start", e);
        tried.add("Debian's packages (" + e + ")");
        return null;
      }
    }

    private static void run(List<String> command) {
      try {
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
          throw new IllegalStateException(command + " ended with " + status);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    private @Nullable MySqlServer fromEnvironment(Map<String, String> environment) {
      try {
        MySqlServer found = new MySqlServer(kind, Login.of(environment, variable, "root", ""));
        log.info("Database for tests: {}, which {} names", found.name, variable);
        return found;
      } catch (SQLException | IllegalStateException e) {
        log.warn("The {} that {} names can't be used", kind, variable, e);
        tried.add(variable + " (" + e.getMessage() + ")");
        return null;
      }
    }

    private @Nullable MySqlServer fromDocker() {
      if (!Docker.answers()) {
        tried.add("Testcontainers (no Docker engine answers)");
        return null;
      }
      try {
        JdbcDatabaseContainer<?> container =
            setUp(
                kind.equals("mariadb")
                    ? new MariaDBContainer(MARIADB_IMAGE)
                    : new MySQLContainer(MYSQL_IMAGE));
        container.start();
        Runtime.getRuntime().addShutdownHook(new Thread(container::stop));
        MySqlServer found = new MySqlServer(kind, Login.of(container));
        log.info("Database for tests: {}, a container", found.name);
        return found;
      } catch (SQLException | RuntimeException e) {
        log.warn("The container of {} did not start", kind, e);
        tried.add("Testcontainers (" + e + ")");
        return null;
      }
    }

    private @Nullable MySqlServer fromArtifacts() {
      try {
        EmbeddedMariaDb embedded = EmbeddedMariaDb.start(OPTIONS);
        Runtime.getRuntime().addShutdownHook(new Thread(embedded::close));
        MySqlServer found = new MySqlServer(kind, new Login(embedded.jdbcUrl(), "root", ""));
        log.info("Database for tests: {}, embedded, on port {}", found.name, embedded.port());
        return found;
      } catch (IOException | SQLException | RuntimeException e) {
        log.warn("The embedded MariaDB did not start", e);
        tried.add("the embedded one (" + e + ")");
        return null;
      }
    }
  }
}
