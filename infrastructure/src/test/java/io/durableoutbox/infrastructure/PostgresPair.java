package io.durableoutbox.infrastructure;

import io.durableoutbox.testdb.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A PostgreSQL primary and its standby, which is asynchronous until {@link #waitForTheStandby}. For
 * one thread; closing it ends both and deletes their data.
 */
final class PostgresPair implements AutoCloseable {
  private static final String PACKAGE = "postgresql";
  private static final String SETTINGS =
      """
      listen_addresses=127.0.0.1
      unix_socket_directories=
      wal_level=replica
      wal_log_hints=on
      max_wal_senders=4
      max_connections=60
      hot_standby=on
      synchronous_commit=on
      fsync=off
      """;

  private final Path home = Packages.folder("pair");
  private final Node first = new Node("first");
  private final Node second = new Node("second");
  private Node primary = first;
  private Node standby = second;

  /** One of the two servers. */
  private final class Node {
    private final String name;
    private final int port = Packages.freePort();

    private Node(String name) {
      this.name = name;
    }

    private String data() {
      return home.resolve(name).toString();
    }

    private void start() {
      List<String> options = new ArrayList<>();
      SETTINGS.lines().forEach(line -> options.add("-c " + line));
      options.add("-p " + port);
      run(
          "pg_ctl",
          "-D",
          data(),
          "-w",
          "-t",
          "120",
          "-l",
          data() + ".log",
          "-o",
          String.join(" ", options),
          "start");
    }

    private boolean runs() {
      return Files.exists(Path.of(data(), "postmaster.pid"));
    }

    private Connection connect() throws SQLException {
      return DriverManager.getConnection(
          "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "");
    }

    private void execute(String sql) {
      try (Connection connection = connect();
          Statement statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    private String ask(String sql) {
      try (Connection connection = connect();
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        row.next();
        return row.getString(1);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Makes and starts both; the standby streams. */
  static PostgresPair start() {
    PostgresPair pair = new PostgresPair();
    try {
      pair.run("initdb", "-D", pair.first.data(), "-U", "postgres", "-A", "trust", "-N");
      pair.first.start();
      pair.copyPrimaryTo(pair.second);
      return pair;
    } catch (RuntimeException | AssertionError e) {
      pair.close();
      throw e;
    }
  }

  private void copyPrimaryTo(Node node) {
    run(
        "pg_basebackup",
        "-D",
        node.data(),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
        "-h",
        "127.0.0.1",
        "-p",
        Integer.toString(primary.port),
        "-U",
        "postgres");
    node.start();
    awaitStreaming();
  }

  private void awaitStreaming() {
    Await.value(
        "the standby streams",
        Duration.ofMinutes(1),
        () -> primary.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"),
        "1"::equals);
  }

  /** Returns the URL of whichever of the two is the primary now. */
  String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:"
        + first.port
        + ",127.0.0.1:"
        + second.port
        + "/postgres?targetServerType=primary&hostRecheckSeconds=0";
  }

  /** Returns the URL of the primary alone, as long as it is that. */
  String primaryUrl() {
    return "jdbc:postgresql://127.0.0.1:" + primary.port + "/postgres";
  }

  /** Returns the URL of the standby alone, as long as it is that. */
  String standbyUrl() {
    return "jdbc:postgresql://127.0.0.1:" + standby.port + "/postgres";
  }

  /** Makes commits wait until the standby has applied them, unless they ask for less. */
  void waitForTheStandby() {
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.execute("ALTER SYSTEM SET synchronous_commit = 'remote_apply'");
    primary.execute("SELECT pg_reload_conf()");
    Await.value(
        "the standby is synchronous",
        Duration.ofMinutes(1),
        () -> primary.ask("SELECT max(sync_state) FROM pg_stat_replication"),
        "sync"::equals);
  }

  /** Ends what {@link #waitForTheStandby} began; a standby that is promoted has it, too. */
  void doNotWaitForAStandby() {
    primary.execute("ALTER SYSTEM RESET synchronous_standby_names");
    primary.execute("SELECT pg_reload_conf()");
  }

  /** Stops the process that sends to the standby: what is committed from now on is only here. */
  void holdBackTheStandby() {
    sender("STOP");
  }

  private void sender(String signal) {
    String pid = primary.ask("SELECT max(pid) FROM pg_stat_replication");
    Packages.output(List.of("kill", "-" + signal, pid));
  }

  /** Kills all of the primary's processes at once, and returns when they are gone. */
  void killPrimary() {
    kill(primary);
  }

  /** Kills all of the standby's processes at once, and returns when they are gone. */
  void killStandby() {
    kill(standby);
  }

  private static void kill(Node node) {
    try {
      long pid =
          Long.parseLong(Files.readAllLines(Path.of(node.data(), "postmaster.pid")).get(0).strip());
      ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
      List<ProcessHandle> all =
          Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
      all.forEach(ProcessHandle::destroyForcibly);
      CompletableFuture.allOf(
              all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
          .join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the standby again after a kill; it goes on streaming. */
  void startStandby() {
    standby.start();
    awaitStreaming();
  }

  /** Makes the standby the primary, and returns when it is; the old one is left as it is. */
  void promote() {
    run("pg_ctl", "-D", standby.data(), "-w", "-t", "120", "promote");
    Node before = primary;
    primary = standby;
    standby = before;
  }

  /** Stops the primary in order, which waits for the standby, and makes the standby the primary. */
  void switchOver() {
    run("pg_ctl", "-D", primary.data(), "-m", "fast", "-w", "-t", "120", "stop");
    promote();
  }

  /** Makes the old primary, which has been stopped or killed, a standby of the new one. */
  void rejoinOldPrimary() {
    if (standby.runs()) {
      // It was killed: pg_rewind wants one that has ended in order.
      Packages.output(List.of("rm", "-f", standby.data() + "/postmaster.pid"));
    }
    Packages.delete(Path.of(standby.data()));
    copyPrimaryTo(standby);
  }

  private void run(String program, String... arguments) {
    Packages.output(Packages.asNobody(Packages.program(PACKAGE, program), arguments));
  }

  @Override
  public void close() {
    for (Node node : List.of(first, second)) {
      if (node.runs()) {
        try {
          run("pg_ctl", "-D", node.data(), "-m", "immediate", "-w", "stop");
        } catch (IllegalStateException e) {
          // It was killed.
        }
      }
    }
    Packages.delete(home);
  }
}
