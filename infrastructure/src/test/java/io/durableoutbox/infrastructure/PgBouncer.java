package io.durableoutbox.infrastructure;

import io.durableoutbox.testdb.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

/** A PgBouncer before a PostgreSQL. For one thread. */
final class PgBouncer implements AutoCloseable {
  private final Path home = Packages.folder("pgbouncer");
  private final int port = Packages.freePort();
  private final String name;
  private final String database;
  private Program program;

  private PgBouncer(String name, String database) {
    this.name = name;
    this.database = database;
  }

  /**
   * Starts one.
   *
   * @param name which, as in {@code bin/packages}
   * @param databaseUrl the JDBC URL of a server on this host, whose user is {@code postgres}
   * @param settings lines of its file, such as {@code pool_mode = transaction}
   */
  static PgBouncer start(String name, String databaseUrl, String... settings) {
    URI server = URI.create(databaseUrl.substring("jdbc:".length()));
    PgBouncer bouncer = new PgBouncer(name, server.getPath().substring(1));
    String file =
        """
        [databases]
        * = host=127.0.0.1 port=%d user=postgres password=postgres
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = any
        ignore_startup_parameters = extra_float_digits
        max_client_conn = 200
        %s
        """
            .formatted(server.getPort(), bouncer.port, String.join("\n", settings));
    try {
      Files.writeString(bouncer.home.resolve("pgbouncer.ini"), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    bouncer.run();
    return bouncer;
  }

  private void run() {
    program =
        Program.start(
            Packages.asNobody(
                Packages.program(name, "pgbouncer"), home.resolve("pgbouncer.ini").toString()),
            home.resolve("log"));
    Await.value(
        name + " answers",
        Duration.ofSeconds(30),
        () -> {
          if (!program.isAlive()) {
            throw new IllegalStateException(name + " ended: " + program.said());
          }
          return answers();
        },
        answers -> answers);
  }

  private boolean answers() {
    try {
      DriverManager.getConnection(url("?prepareThreshold=0"), "postgres", "postgres").close();
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  /** Returns the URL of the database through it. */
  String url(String parameters) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + parameters;
  }

  /** Has it read its file again, which ends nobody's transaction. */
  void reload() {
    program.signal("HUP");
  }

  /** Kills it, with all connections through it, and starts it again. */
  void killAndStart() {
    program.kill();
    run();
  }

  @Override
  public void close() {
    program.close();
    Packages.delete(home);
  }
}
