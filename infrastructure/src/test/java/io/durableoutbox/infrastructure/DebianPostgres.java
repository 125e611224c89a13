package io.durableoutbox.infrastructure;

import io.durableoutbox.testdb.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * A server of Debian's {@code postgresql-15}, which has {@code pg_basebackup}, {@code pg_rewind}
 * and {@code pg_dump}. For one thread; closing it ends it and deletes its data.
 */
final class DebianPostgres implements AutoCloseable {
  private final Path home;
  private final int port = Packages.freePort();

  private DebianPostgres() {
    home = Packages.folder("postgres");
  }

  /**
   * Makes and starts one.
   *
   * @param settings lines of {@code postgresql.conf}
   */
  static DebianPostgres start(String settings) {
    DebianPostgres server = new DebianPostgres();
    try {
      // Small segments of WAL: a limit on the size of files then meets the tables' files first.
      server.run(
          "initdb",
          "-D",
          server.data(),
          "-U",
          "postgres",
          "-A",
          "trust",
          "-N",
          "-k",
          "--no-locale",
          "-E",
          "UTF8",
          "--wal-segsize=1");
      server.configure(
          """
          listen_addresses = '127.0.0.1'
          unix_socket_directories = ''
          max_connections = 60
          hot_standby = on
          # Enough for a standby that comes back.
          wal_keep_size = '64MB'
          max_wal_size = '64MB'
          """
              + settings);
      server.start();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Makes and starts a standby of this server, which streams when this returns. */
  DebianPostgres standby() {
    DebianPostgres standby = new DebianPostgres();
    try {
      standby.run(
          "pg_basebackup",
          "-D",
          standby.data(),
          "-R",
          "-X",
          "stream",
          "-c",
          "fast",
          "-h",
          "127.0.0.1",
          "-p",
          Integer.toString(port),
          "-U",
          "postgres");
      standby.start();
      awaitStandby();
      return standby;
    } catch (RuntimeException e) {
      standby.close();
      throw e;
    }
  }

  /** Makes this server, whose primary was replaced, a standby of the new primary, and starts it. */
  void rejoin(DebianPostgres primary) {
    // Until then pg_rewind does not see that it was promoted, and rewinds nothing.
    primary.execute("CHECKPOINT");
    run(
        "pg_rewind",
        "-D",
        data(),
        "-R",
        "--source-server",
        "host=127.0.0.1 port=" + primary.port + " user=postgres dbname=postgres");
    start();
    primary.awaitStandby();
  }

  /** Waits until a standby has applied what is committed now. */
  void awaitStandby() {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      String now = text(statement, "SELECT pg_current_wal_lsn()");
      Await.equal(
          "a standby has what is committed",
          "t",
          () ->
              text(
                  statement,
                  "SELECT coalesce(bool_or(state = 'streaming' AND replay_lsn >= '"
                      + now
                      + "'), false) FROM pg_stat_replication"));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  void configure(String settings) {
    try {
      Files.writeString(Path.of(data(), "postgresql.conf"), settings, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void start() {
    control("-l", home.resolve("log").toString(), "-o", "-p " + port, "start");
  }

  /** Stops it as an administrator would; open connections are ended. */
  void stop() {
    control("-m", "fast", "stop");
  }

  /** Makes this standby a primary, and returns when it is one. */
  void promote() {
    control("promote");
  }

  /** Kills all of its processes at once, and returns when they are gone. */
  void kill() {
    List<ProcessHandle> all = processes();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(one -> one.onExit().join());
  }

  /** Returns its main process and all that it started. */
  List<ProcessHandle> processes() {
    try (Stream<String> lines = Files.lines(Path.of(data(), "postmaster.pid"))) {
      ProcessHandle postmaster =
          ProcessHandle.of(Long.parseLong(lines.findFirst().orElseThrow().strip())).orElseThrow();
      return Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl(), "postgres", "");
  }

  void execute(String... statements) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Dumps the database into a file. */
  void dump(Path file, String... options) {
    List<String> arguments =
        Stream.concat(
                Stream.of("-h", "127.0.0.1", "-p", Integer.toString(port), "-U", "postgres"),
                Stream.concat(Stream.of(options), Stream.of("-f", file.toString(), "postgres")))
            .toList();
    run("pg_dump", arguments.toArray(String[]::new));
  }

  private void control(String... arguments) {
    List<String> all =
        Stream.concat(Stream.of("-D", data(), "-w", "-t", "120"), Stream.of(arguments)).toList();
    run("pg_ctl", all.toArray(String[]::new));
  }

  private String data() {
    return home.resolve("data").toString();
  }

  private void run(String program, String... arguments) {
    Packages.output(Packages.asNobody(Packages.program("postgresql", program), arguments));
  }

  @Override
  public void close() {
    if (Files.exists(Path.of(data(), "postmaster.pid"))) {
      try {
        control("-m", "immediate", "stop");
      } catch (IllegalStateException e) {
        // It was killed.
      }
    }
    Packages.delete(home);
  }
}
