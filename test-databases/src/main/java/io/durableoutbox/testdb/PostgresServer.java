package io.durableoutbox.testdb;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A PostgreSQL server that the tests of a JVM share: one that the environment names, else a
 * container where a Docker engine answers, else one started from Maven artifacts. None found is a
 * failure, never a skipped test.
 *
 * <p>It is started when it is first asked for and stopped when the JVM ends.
 */
public final class PostgresServer {
  private static final Logger log = LoggerFactory.getLogger(PostgresServer.class);
  private static final String NEWEST_IMAGE = "postgres:18-alpine";
  private static final String OLDEST_IMAGE = "postgres:12-alpine";
  private static final String OLDEST_BINARIES = "/oldest-postgres/postgres-linux-x86_64.txz";
  private static final Duration STARTUP_WAIT = Duration.ofMinutes(1);

  private static final Shared NEWEST =
      new Shared("OUTBOX_TEST_POSTGRES_URL", NEWEST_IMAGE, PostgresServer::newestBinaries);
  private static final Shared OLDEST =
      new Shared("OUTBOX_TEST_POSTGRES_OLDEST_URL", OLDEST_IMAGE, PostgresServer::oldestBinaries);

  /** The machine's crash would lose the data, which is thrown away anyway. */
  static final Map<String, String> SETTINGS = Map.of("fsync", "off", "max_connections", "200");

  private final Login login;
  private final String version;

  private PostgresServer(Login login) throws SQLException {
    this.login = login;
    try (Connection connection = login.connect()) {
      // "18.6 (Debian 18.6-1.pgdg12+1)"
      version = connection.getMetaData().getDatabaseProductVersion().replaceFirst(" .*", "");
    }
  }

  /**
   * Returns PostgreSQL 18, or whatever {@code OUTBOX_TEST_POSTGRES_URL} (with {@code _USER} and
   * {@code _PASSWORD} in place of {@code _URL}, each {@code postgres} unless set) names.
   *
   * @throws IllegalStateException if none was found; says what was tried
   */
  public static PostgresServer newest() {
    return NEWEST.get();
  }

  /**
   * Returns PostgreSQL 12, or whatever {@code OUTBOX_TEST_POSTGRES_OLDEST_URL} (with {@code _USER}
   * and {@code _PASSWORD} in place of {@code _URL}, each {@code postgres} unless set) names.
   *
   * @throws IllegalStateException if none was found; says what was tried
   */
  public static PostgresServer oldest() {
    return OLDEST.get();
  }

  /**
   * Starts a server for one test alone, which may stop and kill it. It always comes from Maven
   * artifacts, and is durable as a server is by default.
   *
   * @throws IllegalStateException if it did not start
   */
  public static PrivatePostgres start() {
    return start(Map.of());
  }

  /**
   * As {@link #start()}, with settings of its own.
   *
   * @param settings names and values as in {@code postgresql.conf}
   */
  public static PrivatePostgres start(Map<String, String> settings) {
    return new PrivatePostgres(settings);
  }

  /** Sets a container up as the other ways set their server up. */
  static <C extends PostgreSQLContainer> C setUp(C container) {
    container.withUsername("postgres").withPassword("postgres");
    List<String> command = new ArrayList<>(List.of("postgres"));
    SETTINGS.forEach((name, value) -> Collections.addAll(command, "-c", name + "=" + value));
    container.setCommand(command.toArray(String[]::new));
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

  /** Returns for example "18.6". */
  String version() {
    return version;
  }

  void execute(String sql) {
    try (Connection connection = login.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the test's PostgreSQL refused: " + sql, e);
    }
  }

  void drop(String database) {
    if (Integer.parseInt(version.replaceFirst("\\D.*", "")) >= 13) {
      execute("DROP DATABASE " + database + " WITH (FORCE)");
    } else {
      execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
              + database
              + "'");
      execute("DROP DATABASE " + database);
    }
  }

  /**
   * Starts a server, and waits for it for a minute.
   *
   * @param data its folder; what the server says is appended to a file beside it
   * @throws IllegalStateException if it did not start; says what the server said
   */
  static EmbeddedPostgres run(EmbeddedPostgres.Builder binaries, Path data) {
    Path log = log(data);
    Redirect appended = Redirect.appendTo(log.toFile());
    try {
      return binaries
          .setDataDirectory(data)
          .setOutputRedirector(appended)
          .setErrorRedirector(appended)
          .start();
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException("PostgreSQL did not start; it said: " + said(log), e);
    }
  }

  /** Returns where the server with such a folder writes what it says. */
  static Path log(Path data) {
    return data.resolveSibling(data.getFileName() + ".log");
  }

  private static String said(Path log) {
    try {
      return Files.exists(log) ? Files.readString(log) : "nothing";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static EmbeddedPostgres.Builder newestBinaries() {
    return EmbeddedPostgres.builder().setPGStartupWait(STARTUP_WAIT);
  }

  private static EmbeddedPostgres.Builder oldestBinaries() {
    return newestBinaries()
        .setPgBinaryResolver(
            (system, architecture) ->
                Objects.requireNonNull(
                    PostgresServer.class.getResourceAsStream(OLDEST_BINARIES), OLDEST_BINARIES));
  }

  /** One server of a JVM, looked for once, whether it was found or not. */
  private static final class Shared {
    private final String variable;
    private final String image;
    private final Supplier<EmbeddedPostgres.Builder> binaries;
    private final List<String> tried = new ArrayList<>();
    private @Nullable PostgresServer server;

    Shared(String variable, String image, Supplier<EmbeddedPostgres.Builder> binaries) {
      this.variable = variable;
      this.image = image;
      this.binaries = binaries;
    }

    synchronized PostgresServer get() {
      if (server == null && tried.isEmpty()) {
        server = find();
      }
      if (server == null) {
        throw new IllegalStateException(
            "No PostgreSQL for the tests. Tried: "
                + String.join("; ", tried)
                + ". Start a Docker engine, or set "
                + variable
                + " to the JDBC URL of a server whose user may create databases.");
      }
      return server;
    }

    private @Nullable PostgresServer find() {
      // A server that somebody named and that does not answer is not replaced by another.
      if (!System.getenv().getOrDefault(variable, "").isEmpty()) {
        return fromEnvironment(System.getenv());
      }
      tried.add(variable + " (not set)");
      PostgresServer found = fromDocker();
      return found == null ? fromArtifacts() : found;
    }

    private @Nullable PostgresServer fromEnvironment(Map<String, String> environment) {
      try {
        PostgresServer found =
            new PostgresServer(Login.of(environment, variable, "postgres", "postgres"));
        log.info("PostgreSQL for tests: {}, which {} names", found.version, variable);
        return found;
      } catch (SQLException e) {
        log.warn("The PostgreSQL that {} names can't be used", variable, e);
        tried.add(variable + " (" + e.getMessage() + ")");
        return null;
      }
    }

    private @Nullable PostgresServer fromDocker() {
      if (!Docker.answers()) {
        tried.add("Testcontainers (no Docker engine answers)");
        return null;
      }
      try {
        PostgreSQLContainer container = setUp(new PostgreSQLContainer(image));
        container.start();
        Runtime.getRuntime().addShutdownHook(new Thread(container::stop));
        PostgresServer found = new PostgresServer(Login.of(container));
        log.info("PostgreSQL for tests: {}, container {}", found.version, image);
        return found;
      } catch (SQLException | RuntimeException e) {
        log.warn("The container {} did not start", image, e);
        tried.add("Testcontainers (" + e + ")");
        return null;
      }
    }

    private @Nullable PostgresServer fromArtifacts() {
      try {
        Path data = Files.createTempDirectory("outbox-test-postgres");
        log(data).toFile().deleteOnExit();
        EmbeddedPostgres.Builder builder =
            binaries
                .get()
                // Off here, it would hide what a test of this setting looks for.
                .setServerConfig("synchronous_commit", "on")
                .setCleanDataDirectory(true);
        SETTINGS.forEach(builder::setServerConfig);
        EmbeddedPostgres postgres = run(builder, data);
        PostgresServer found =
            new PostgresServer(
                new Login(
                    "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres",
                    "postgres",
                    "postgres"));
        log.info(
            "PostgreSQL for tests: {}, embedded, on port {}", found.version, postgres.getPort());
        return found;
      } catch (IOException | SQLException | RuntimeException e) {
        log.warn("The embedded PostgreSQL did not start", e);
        tried.add("the embedded one (" + e + ")");
        return null;
      }
    }
  }
}
