package io.durableoutbox.resilience;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A PostgreSQL primary and its asynchronous standby, of a server package that has {@code
 * pg_basebackup}: Debian's {@code postgresql-15}, or whatever {@code OUTBOX_POSTGRES_BIN} names.
 * For one thread; closing it ends both and deletes their data.
 */
final class StandbyPair implements AutoCloseable {
  private final Path bin;
  private final Path home;
  private final int primaryPort = freePort();
  private final int standbyPort = freePort();

  private StandbyPair() {
    bin = binaries();
    try {
      home = Files.createTempDirectory("outbox-failover");
      // PostgreSQL does not run as root; its user makes the data below.
      Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes and starts both; the standby streams. */
  static StandbyPair start() {
    StandbyPair pair = new StandbyPair();
    try {
      pair.makePrimary();
      pair.makeStandby();
      return pair;
    } catch (IOException | RuntimeException e) {
      pair.close();
      throw new IllegalStateException("the two servers did not start", e);
    }
  }

  private void makePrimary() throws IOException {
    run("initdb", "-D", data("primary"), "-U", "postgres", "-A", "trust", "-N");
    Path settings = home.resolve("settings");
    Files.writeString(
        settings,
        """
        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        wal_level = replica
        max_wal_senders = 4
        max_connections = 60
        hot_standby = on
        synchronous_commit = on
        """);
    control("primary", primaryPort, settings);
  }

  private void makeStandby() {
    run(
        "pg_basebackup",
        "-D",
        data("standby"),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
        "-h",
        "127.0.0.1",
        "-p",
        Integer.toString(primaryPort),
        "-U",
        "postgres");
    control("standby", standbyPort, home.resolve("settings"));
  }

  private void control(String server, int port, Path settings) {
    List<String> options = new ArrayList<>();
    try (Stream<String> lines = Files.lines(settings)) {
      lines.forEach(line -> options.add("-c " + line.replace(" = ", "=")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    options.add("-p " + port);
    run(
        "pg_ctl",
        "-D",
        data(server),
        "-w",
        "-t",
        "120",
        "-l",
        data(server) + ".log",
        "-o",
        String.join(" ", options),
        "start");
  }

  /** Returns the URL of whichever of the two is the primary now. */
  String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:"
        + primaryPort
        + ",127.0.0.1:"
        + standbyPort
        + "/postgres?targetServerType=primary&hostRecheckSeconds=0";
  }

  /** Stops the process that sends to the standby: what is committed from now on is only here. */
  void holdBackTheStandby() throws SQLException, IOException {
    try (Connection connection = onPrimary();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT coalesce(max(pid), 0) FROM pg_stat_replication")) {
      row.next();
      long sender = row.getLong(1);
      if (sender == 0) {
        throw new IllegalStateException("the standby does not stream");
      }
      new ProcessBuilder("kill", "-STOP", Long.toString(sender)).start().onExit().join();
    }
  }

  /** Kills all of the primary's processes at once, and returns when they are gone. */
  void killPrimary() throws IOException {
    long pid =
        Long.parseLong(
            Files.readAllLines(Path.of(data("primary"), "postmaster.pid")).get(0).strip());
    ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
    List<ProcessHandle> all =
        Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    CompletableFuture.allOf(
            all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .join();
  }

  /** Makes the standby the primary, and returns when it is. */
  void promote() {
    run("pg_ctl", "-D", data("standby"), "-w", "-t", "120", "promote");
  }

  private Connection onPrimary() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + primaryPort + "/postgres", "postgres", "");
  }

  private String data(String server) {
    return home.resolve(server).toString();
  }

  private void run(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    command.add(bin.resolve(program).toString());
    command.addAll(List.of(arguments));
    Path output = home.resolve("output-" + program);
    try {
      Files.deleteIfExists(output);
      Process process =
          new ProcessBuilder(command)
              .directory(home.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      int result = process.waitFor();
      if (result != 0) {
        throw new IllegalStateException(
            program + " ended with " + result + ": " + Files.readString(output));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Path binaries() {
    String given = System.getenv("OUTBOX_POSTGRES_BIN");
    if (given != null) {
      return Path.of(given);
    }
    Path debian = Path.of("/usr/lib/postgresql");
    try (Stream<Path> versions = Files.exists(debian) ? Files.list(debian) : Stream.empty()) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(folder -> Files.isExecutable(folder.resolve("pg_basebackup")))
          .max(Comparator.naturalOrder())
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "no PostgreSQL server with pg_basebackup: install Debian's postgresql-15, or"
                          + " name the folder of its programs by OUTBOX_POSTGRES_BIN"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    for (String server : List.of("primary", "standby")) {
      if (Files.exists(home.resolve(server).resolve("postmaster.pid"))) {
        try {
          run("pg_ctl", "-D", data(server), "-m", "immediate", "-w", "stop");
        } catch (IllegalStateException e) {
          // It was killed.
        }
      }
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
