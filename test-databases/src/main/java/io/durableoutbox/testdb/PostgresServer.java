package io.durableoutbox.testdb;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A PostgreSQL server for tests: one that the environment names, else a container where a Docker
 * engine answers, else one started from Maven artifacts. None found is a failure, never a skipped
 * test.
 */
public final class PostgresServer {
  private static final Logger log = LoggerFactory.getLogger(PostgresServer.class);
  private static final String NEWEST_IMAGE = "postgres:18-alpine";
  private static final String OLDEST_IMAGE = "postgres:12-alpine";
  private static final String OLDEST_BINARIES = "/oldest-postgres/postgres-linux-x86_64.txz";

  private final String urlPattern;
  private final String user;
  private final String password;

  private PostgresServer(String urlPattern, String user, String password) {
    this.urlPattern = urlPattern;
    this.user = user;
    this.password = password;
  }

  // Started when first asked for, one of each in a JVM.
  private static final class Newest {
    static final PostgresServer SERVER =
        find("OUTBOX_TEST_POSTGRES_URL", NEWEST_IMAGE, EmbeddedPostgres.builder());
  }

  private static final class Oldest {
    static final PostgresServer SERVER =
        find(
            "OUTBOX_TEST_OLDEST_POSTGRES_URL",
            OLDEST_IMAGE,
            EmbeddedPostgres.builder()
                .setPgBinaryResolver(
                    (system, architecture) ->
                        Objects.requireNonNull(
                            PostgresServer.class.getResourceAsStream(OLDEST_BINARIES),
                            OLDEST_BINARIES)));
  }

  /** Returns PostgreSQL 18, or whatever {@code OUTBOX_TEST_POSTGRES_URL} names. */
  public static PostgresServer newest() {
    return Newest.SERVER;
  }

  /** Returns PostgreSQL 12, or whatever {@code OUTBOX_TEST_OLDEST_POSTGRES_URL} names. */
  public static PostgresServer oldest() {
    return Oldest.SERVER;
  }

  String jdbcUrl(String database) {
    return urlPattern.replace("$", database);
  }

  String user() {
    return user;
  }

  String password() {
    return password;
  }

  void execute(String sql) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl("postgres"), user, password);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the test's PostgreSQL refused: " + sql, e);
    }
  }

  private static PostgresServer find(
      String variable, String image, EmbeddedPostgres.Builder embedded) {
    List<String> tried = new ArrayList<>();
    PostgresServer server = fromEnvironment(variable, tried);
    if (server == null) {
      server = fromDocker(image, tried);
    }
    if (server == null) {
      server = fromArtifacts(embedded, tried);
    }
    if (server == null) {
      throw new IllegalStateException(
          "No PostgreSQL for the tests. Tried: "
              + String.join("; ", tried)
              + ". Set "
              + variable
              + " to the JDBC URL of one whose user may create databases.");
    }
    return server;
  }

  private static @Nullable PostgresServer fromEnvironment(String variable, List<String> tried) {
    String url = System.getenv(variable);
    if (url == null || url.isEmpty()) {
      tried.add(variable + " (not set)");
      return null;
    }
    log.info("PostgreSQL for tests: the one that {} names", variable);
    return new PostgresServer(
        url.replaceFirst("(//[^/]+/)[^?]*", "$1\\$"),
        System.getenv().getOrDefault(variable.replace("_URL", "_USER"), "postgres"),
        System.getenv().getOrDefault(variable.replace("_URL", "_PASSWORD"), "postgres"));
  }

  private static @Nullable PostgresServer fromDocker(String image, List<String> tried) {
    boolean mayAnswer =
        System.getenv("DOCKER_HOST") != null || new File("/var/run/docker.sock").exists();
    if (!mayAnswer || !DockerClientFactory.instance().isDockerAvailable()) {
      tried.add("Testcontainers (no Docker engine answers)");
      return null;
    }
    PostgreSQLContainer container = new PostgreSQLContainer(image);
    container.start();
    log.info("PostgreSQL for tests: container {}", image);
    return new PostgresServer(
        container.getJdbcUrl().replaceFirst("(//[^/]+/)[^?]*", "$1\\$"),
        container.getUsername(),
        container.getPassword());
  }

  private static @Nullable PostgresServer fromArtifacts(
      EmbeddedPostgres.Builder builder, List<String> tried) {
    try {
      File data = Files.createTempDirectory("outbox-test-postgres").toFile();
      EmbeddedPostgres postgres =
          builder
              .setServerConfig("max_connections", "200")
              // The machine's crash would lose it, and the data is thrown away anyway.
              .setServerConfig("fsync", "off")
              .setDataDirectory(data)
              .setCleanDataDirectory(true)
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> close(postgres)));
      log.info("PostgreSQL for tests: embedded, on port {}", postgres.getPort());
      return new PostgresServer(
          "jdbc:postgresql://localhost:" + postgres.getPort() + "/$", "postgres", "postgres");
    } catch (IOException | RuntimeException e) {
      log.warn("The embedded PostgreSQL did not start", e);
      tried.add("the embedded one (" + e + ")");
      return null;
    }
  }

  private static void close(EmbeddedPostgres postgres) {
    try {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
