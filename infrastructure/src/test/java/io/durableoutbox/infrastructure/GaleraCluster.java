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
import java.util.Map;

/** Three nodes of a MariaDB Galera cluster on this host. For one thread. */
final class GaleraCluster implements AutoCloseable {
  static final String USER = "outbox";
  static final String PASSWORD = "outbox";
  private static final String PACKAGE = "galera";
  private static final Duration START = Duration.ofMinutes(1);

  private final Path home = Packages.folder("galera");
  private final Path server = Packages.program(PACKAGE, "mariadbd");
  private final Path files = server.getParent().getParent().resolve("usr");
  private final List<Node> nodes = new ArrayList<>();

  /** One of them. */
  private final class Node {
    private final int number;
    private final int port = Packages.freePort();
    private final int replication = Packages.freePort();
    private final int wholeState = Packages.freePort();
    private final int missedState = Packages.freePort();
    private Program program;

    private Node(int number) {
      this.number = number;
    }

    private Path data() {
      return home.resolve("node" + number);
    }

    private void start(String cluster, String... more) {
      List<String> arguments = new ArrayList<>(common(data()));
      arguments.addAll(
          List.of(
              "--port=" + port,
              "--bind-address=127.0.0.1",
              "--socket=" + home.resolve("socket" + number),
              "--pid-file=" + home.resolve("pid" + number),
              "--max-connections=100",
              "--skip-name-resolve",
              "--binlog-format=ROW",
              "--innodb-autoinc-lock-mode=2",
              "--innodb-flush-log-at-trx-commit=2",
              "--wsrep-on=ON",
              "--wsrep-provider=" + files.resolve("lib/galera/libgalera_smm.so"),
              "--wsrep-cluster-name=outbox",
              "--wsrep-cluster-address=gcomm://" + cluster,
              "--wsrep-node-name=node" + number,
              "--wsrep-node-address=127.0.0.1:" + replication,
              "--wsrep-sst-method=rsync",
              "--wsrep-sst-receive-address=127.0.0.1:" + wholeState,
              "--wsrep-provider-options=base_port="
                  + replication
                  + ";gmcast.listen_addr=tcp://127.0.0.1:"
                  + replication
                  + ";ist.recv_addr=127.0.0.1:"
                  + missedState
                  // Else a dead node is missed after 15 s only.
                  + ";gcache.size=64M;evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT3S"
                  + ";evs.inactive_timeout=PT6S"));
      arguments.addAll(List.of(more));
      program =
          Program.start(
              Packages.asNobody(server, arguments.toArray(String[]::new)),
              home.resolve("log" + number),
              // Its scripts call rsync.
              Map.of(
                  "PATH",
                  server.getParent() + ":" + files.resolve("bin") + ":" + System.getenv("PATH")));
    }

    private void awaitSynced() {
      Await.value(
          "node " + number + " is synced",
          START,
          () -> {
            if (!program.isAlive()) {
              throw new IllegalStateException("node " + number + " ended: " + program.said());
            }
            return status(number, "wsrep_local_state_comment");
          },
          "Synced"::equals);
    }
  }

  private List<String> common(Path data) {
    return List.of(
        "--no-defaults",
        "--basedir=" + files,
        "--lc-messages-dir=" + files.resolve("share/mysql"),
        "--character-sets-dir=" + files.resolve("share/mysql/charsets"),
        "--plugin-dir=" + files.resolve("lib/mysql/plugin"),
        "--innodb-buffer-pool-size=128M",
        "--datadir=" + data);
  }

  /** Makes and starts all three, and an empty database {@code outbox}. */
  static GaleraCluster start() {
    GaleraCluster cluster = new GaleraCluster();
    try {
      for (int i = 0; i < 3; i++) {
        cluster.nodes.add(cluster.new Node(i));
        Packages.output(Packages.asNobody(Path.of("mkdir"), cluster.node(i).data().toString()));
      }
      cluster.makeSystemTables();
      cluster.node(0).start("", "--init-file=" + cluster.users());
      cluster.node(0).awaitSynced();
      for (int i = 1; i < 3; i++) {
        cluster.join(i);
      }
      cluster.execute(0, "CREATE DATABASE outbox");
      return cluster;
    } catch (IOException | RuntimeException | AssertionError e) {
      cluster.close();
      throw new IllegalStateException("the cluster did not start", e);
    }
  }

  private Node node(int number) {
    return nodes.get(number);
  }

  private void makeSystemTables() throws IOException {
    StringBuilder script =
        new StringBuilder(
            "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n");
    for (String part :
        List.of(
            "mysql_system_tables.sql",
            "mysql_performance_tables.sql",
            "mysql_system_tables_data.sql")) {
      script.append(Files.readString(files.resolve("share/mysql").resolve(part)));
    }
    Path file = home.resolve("system-tables.sql");
    Files.writeString(file, script);
    List<String> arguments = new ArrayList<>(common(node(0).data()));
    arguments.add("--bootstrap");
    Packages.output(Packages.asNobody(server, arguments.toArray(String[]::new)), file);
  }

  private Path users() throws IOException {
    Path file = home.resolve("users.sql");
    Files.writeString(
        file,
        """
        CREATE USER IF NOT EXISTS '%1$s'@'127.0.0.1' IDENTIFIED BY '%2$s';
        GRANT ALL ON *.* TO '%1$s'@'127.0.0.1' WITH GRANT OPTION;
        """
            .formatted(USER, PASSWORD));
    return file;
  }

  /** Starts a node, which gets what it lacks from the others, and waits until it has it. */
  void join(int number) {
    List<String> others =
        nodes.stream()
            .filter(n -> n.number != number && n.program != null && n.program.isAlive())
            .map(n -> "127.0.0.1:" + n.replication)
            .toList();
    node(number).start(String.join(",", others));
    node(number).awaitSynced();
  }

  /** Returns the URL of the database on one node. */
  String url(int number) {
    return url(number, "outbox");
  }

  private String url(int number, String database) {
    return "jdbc:mariadb://127.0.0.1:" + node(number).port + "/" + database + "?sslMode=disable";
  }

  /** Kills a node by SIGKILL. */
  void kill(int number) {
    node(number).program.kill();
  }

  /** Stops all threads of a node, until {@link #thaw}. */
  void freeze(int number) {
    node(number).program.signal("STOP");
  }

  void thaw(int number) {
    node(number).program.signal("CONT");
  }

  void awaitSynced(int number) {
    node(number).awaitSynced();
  }

  /** Returns a variable of {@code SHOW STATUS}, or an empty text if the node does not answer. */
  String status(int number, String variable) {
    try (Connection connection = DriverManager.getConnection(url(number, ""), USER, PASSWORD);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW STATUS LIKE '" + variable + "'")) {
      return row.next() ? row.getString(2) : "";
    } catch (SQLException e) {
      return "";
    }
  }

  /** Returns the sum of a counter over all nodes. */
  long sum(String variable) {
    long sum = 0;
    for (int i = 0; i < 3; i++) {
      sum += Long.parseLong(status(i, variable));
    }
    return sum;
  }

  private void execute(int number, String sql) {
    try (Connection connection = DriverManager.getConnection(url(number, ""), USER, PASSWORD);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  @Override
  public void close() {
    for (Node node : nodes) {
      if (node.program != null) {
        node.program.kill();
      }
    }
    Packages.delete(home);
  }
}
