package io.durableoutbox.resilience;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.MySqlServer;
import io.durableoutbox.testdb.PrivateMariaDb;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Two relays and four writers on one MariaDB, with what makes its applications deadlock: every
 * isolation at once, and transactions that change the same rows in another order. A writer does a
 * transaction again that lost a deadlock, as an application would, and rolls some back.
 */
public final class Cluster {
  private static final Duration LONGEST_DRAIN = Duration.ofMinutes(10);
  private static final int ACCOUNTS = 10;
  private static final int[] ISOLATIONS = {
    Connection.TRANSACTION_REPEATABLE_READ,
    Connection.TRANSACTION_SERIALIZABLE,
    Connection.TRANSACTION_READ_COMMITTED,
    Connection.TRANSACTION_REPEATABLE_READ
  };

  private final HikariDataSource pool;
  private final int actionsOfAWriter;
  private final long seed;
  private final Set<UUID> committed = ConcurrentHashMap.newKeySet();
  private final Set<UUID> rolledBack = ConcurrentHashMap.newKeySet();
  private final AtomicInteger deadlocks = new AtomicInteger();
  private final List<Throwable> failures = new ArrayList<>();

  /**
   * What became of it.
   *
   * @param writersDeadlocks transactions of writers that lost a deadlock, and were done again
   * @param serversDeadlocks all that the server counted, those of relays too
   * @param lost committed and neither delivered nor waiting
   * @param doubled delivered more than once by the audit
   * @param strange arrived though never committed
   */
  public record Report(
      int committed,
      int rolledBack,
      int writersDeadlocks,
      long serversDeadlocks,
      long left,
      int lost,
      long doubled,
      int strange,
      long repeats,
      Duration written,
      Duration drained) {

    /** Returns whether all arrived, and once. */
    public boolean holds() {
      return left == 0 && lost == 0 && doubled == 0 && strange == 0 && repeats == 0;
    }
  }

  /**
   * Prepares a run.
   *
   * @param pool connections to an empty database of MariaDB, ten at least
   */
  public Cluster(HikariDataSource pool, int actionsOfAWriter, long seed) {
    this.pool = pool;
    this.actionsOfAWriter = actionsOfAWriter;
    this.seed = seed;
  }

  /** Options: {@code --actions n} of each writer (50,000), {@code --seed n}. */
  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    Report report;
    try (PrivateMariaDb server = MySqlServer.start("--innodb-buffer-pool-size=512M")) {
      report = run(server, options);
    }
    System.out.println(report);
    System.out.println(report.holds() ? "all holds" : "NOT what must be");
    System.exit(report.holds() ? 0 : 1);
  }

  private static Report run(PrivateMariaDb server, Options options) throws Exception {
    try (Connection connection =
            DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE outbox");
    }
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl().replace("/mysql", "/outbox"));
    config.setUsername(server.user());
    config.setPassword(server.password());
    config.setMaximumPoolSize(12);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      return new Cluster(pool, (int) options.number("actions", 50_000), options.number("seed", 1))
          .run();
    }
  }

  /** Runs it to the end. */
  public Report run() throws Exception {
    OutboxMigrations.of(pool).migrate();
    execute("CREATE TABLE accounts (id int PRIMARY KEY, n int NOT NULL)");
    for (int i = 0; i < ACCOUNTS; i++) {
      execute("INSERT INTO accounts VALUES (" + i + ", 0)");
    }
    long deadlocksBefore = serversDeadlocks();
    try (SimulatedDestination destination = SimulatedDestination.start()) {
      long started = System.nanoTime();
      List<Relay> relays = List.of(relay(destination), relay(destination));
      write();
      Duration written = Duration.ofNanos(System.nanoTime() - started);
      long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
      long left = 1;
      while (left > 0 && System.nanoTime() < end) {
        Chaos.rest(Duration.ofMillis(20));
        left = Soak.number(pool, "SELECT count(*) FROM outbox");
      }
      Duration drained = Duration.ofNanos(System.nanoTime() - started);
      relays.forEach(Relay::close);
      return report(destination, serversDeadlocks() - deadlocksBefore, left, written, drained);
    }
  }

  private Relay relay(SimulatedDestination destination) {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .build();
    return JdbcOutbox.create(pool)
        .relay(moEngage)
        .pollInterval(Duration.ofMillis(20))
        .build()
        .start();
  }

  private void write() throws Exception {
    List<Thread> writers = new ArrayList<>();
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    for (int i = 0; i < ISOLATIONS.length; i++) {
      int isolation = ISOLATIONS[i];
      SplittableRandom random = new SplittableRandom(seed + i);
      Thread writer = new Thread(() -> write(outbox, random, isolation), "writer-" + i);
      writer.setUncaughtExceptionHandler(
          (thread, failure) -> {
            synchronized (failures) {
              failures.add(failure);
            }
          });
      writers.add(writer);
      writer.start();
    }
    for (Thread writer : writers) {
      writer.join();
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("a writer failed", failures.get(0));
    }
  }

  private void write(JdbcOutbox outbox, SplittableRandom random, int isolation) {
    int written = 0;
    while (written < actionsOfAWriter) {
      List<Action> actions = new ArrayList<>();
      int n = Math.min(1 + random.nextInt(10), actionsOfAWriter - written);
      for (int i = 0; i < n; i++) {
        Action.Builder action =
            Action.shown("user-" + random.nextInt(5_000), Writers.CONTEXT).platform(Platform.WEB);
        // A UUID that was brought is looked up in the history.
        actions.add(
            random.nextInt(10) == 0 ? action.eventUuid(UUID.randomUUID()).build() : action.build());
      }
      boolean commit = random.nextInt(10) > 0;
      int first = random.nextInt(ACCOUNTS);
      int second = random.nextInt(ACCOUNTS);
      while (!transaction(outbox, actions, isolation, first, second, commit)) {
        deadlocks.incrementAndGet();
      }
      Set<UUID> fate = commit ? committed : rolledBack;
      actions.forEach(action -> fate.add(action.eventUuid()));
      written += commit ? n : 0;
    }
  }

  /** Returns whether it was done; else it lost a deadlock, and all of it is undone. */
  private boolean transaction(
      JdbcOutbox outbox,
      List<Action> actions,
      int isolation,
      int first,
      int second,
      boolean commit) {
    try (Connection connection = pool.getConnection()) {
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(false);
      try {
        change(connection, first);
        outbox.add(connection, actions);
        change(connection, second);
        if (commit) {
          connection.commit();
          return true;
        }
        connection.rollback();
        return true;
      } catch (SQLException | OutboxException e) {
        connection.rollback();
        if ("40001".equals(state(e))) {
          return false;
        }
        throw e;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void change(Connection connection, int account) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE accounts SET n = n + 1 WHERE id = ?")) {
      statement.setInt(1, account);
      statement.executeUpdate();
    }
  }

  private static @Nullable String state(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException e && e.getSQLState() != null) {
        return e.getSQLState();
      }
    }
    return null;
  }

  private Report report(
      SimulatedDestination destination,
      long serversDeadlocks,
      long left,
      Duration written,
      Duration drained)
      throws SQLException {
    Set<UUID> accepted = new HashSet<>();
    destination.accepted().stream().map(AcceptedAction::eventUuid).forEach(accepted::add);
    Set<UUID> delivered = new HashSet<>();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT event_uuid FROM outbox_delivered")) {
      while (rows.next()) {
        delivered.add(UUID.fromString(rows.getString(1)));
      }
    }
    Set<UUID> lost = new HashSet<>(committed);
    lost.removeIf(uuid -> delivered.contains(uuid) && accepted.contains(uuid));
    Set<UUID> strange = new HashSet<>(accepted);
    strange.removeAll(committed);
    return new Report(
        committed.size(),
        rolledBack.size(),
        deadlocks.get(),
        serversDeadlocks,
        left,
        lost.size(),
        Soak.number(pool, "SELECT count(*) - count(DISTINCT event_uuid) FROM outbox_audit"),
        strange.size(),
        destination.duplicates(),
        written,
        drained);
  }

  private long serversDeadlocks() throws SQLException {
    return Soak.number(
        pool,
        "SELECT `count` FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
