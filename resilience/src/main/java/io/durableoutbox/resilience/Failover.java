package io.durableoutbox.resilience;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.Relay;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
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
import java.util.concurrent.locks.LockSupport;

/**
 * A PostgreSQL primary with an asynchronous standby, two relays and four writers. While requests
 * are out the primary is killed, and the standby, which lacks the last transactions, takes over:
 * its sequence has gone back, so new actions get the ids of those whose answers are still to come.
 *
 * <p>Each transaction also writes a row of the application's for each action. What of these the
 * promoted server has is what must arrive.
 */
public final class Failover {
  private static final Duration LONGEST_DRAIN = Duration.ofMinutes(3);
  private static final int WRITERS = 4;

  private final StandbyPair servers;
  private final int perSecond;
  private final Duration lag;
  private final Duration latency;
  private final long seed;
  private final AtomicInteger committed = new AtomicInteger();
  private final Set<UUID> toldDelivered = ConcurrentHashMap.newKeySet();
  private final Set<UUID> toldVanished = ConcurrentHashMap.newKeySet();
  private final List<Throwable> failures = new ArrayList<>();
  private volatile boolean writing = true;

  /**
   * What became of it, in actions.
   *
   * @param committed whose commit was answered, by either server
   * @param kept that the promoted server has, or were written to it
   * @param lost kept, and never accepted by the destination
   * @param wrong recorded as delivered, and never accepted by the destination
   * @param left still waiting at the end
   * @param vanished accepted, told as vanished, and findable by UUID
   * @param silent accepted, in no table, and told by no relay
   * @param repeats requests' actions that the destination had accepted before
   */
  record Report(
      int committed,
      int kept,
      int lost,
      int wrong,
      int left,
      int vanished,
      int silent,
      long repeats) {
    /** Returns whether nothing that is kept is lost, and nothing is recorded that is not so. */
    boolean holds() {
      return lost == 0 && wrong == 0 && left == 0 && silent == 0;
    }
  }

  private Failover(StandbyPair servers, Options options) {
    this.servers = servers;
    this.perSecond = (int) options.number("rate", 400);
    this.lag = Duration.ofMillis(options.number("lag", 700));
    this.latency = Duration.ofMillis(options.number("latency", 500));
    this.seed = options.number("seed", 1);
  }

  /**
   * Options: {@code --runs n} (5), {@code --rate n} actions a second (400), {@code --lag n}
   * milliseconds that the standby lacks (700), {@code --latency n} milliseconds of the destination
   * (500), {@code --seed n}.
   */
  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    boolean holds = true;
    for (int run = 1; run <= options.number("runs", 5); run++) {
      try (StandbyPair servers = StandbyPair.start()) {
        Report report = new Failover(servers, options).run();
        System.out.println("run " + run + ": " + report);
        holds &= report.holds();
      }
    }
    System.out.println(holds ? "all holds" : "NOT what must be");
    System.exit(holds ? 0 : 1);
  }

  private Report run() throws Exception {
    try (HikariDataSource pool = pool();
        HikariDataSource first = pool();
        HikariDataSource second = pool();
        SimulatedDestination destination = SimulatedDestination.start()) {
      destination.latency(latency);
      OutboxMigrations.of(pool).migrate();
      execute(pool, "CREATE TABLE shown_message (event_uuid uuid PRIMARY KEY)");
      List<Thread> writers = startWriters(pool);
      List<Relay> relays = List.of(relay(first, destination), relay(second, destination));
      letRelaysKeepUp(destination);
      servers.holdBackTheStandby();
      Chaos.rest(lag);
      servers.killPrimary();
      servers.promote();
      Chaos.rest(Duration.ofSeconds(8));
      writing = false;
      for (Thread writer : writers) {
        writer.join();
      }
      long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
      while (Soak.number(pool, "SELECT count(*) FROM outbox") > 0 && System.nanoTime() < end) {
        Chaos.rest(Duration.ofMillis(50));
      }
      relays.forEach(Relay::close);
      if (!failures.isEmpty()) {
        throw new IllegalStateException("a writer failed", failures.get(0));
      }
      return report(pool, destination);
    }
  }

  /** Rests until what is written leaves soon: then it is on its way when the primary dies. */
  private void letRelaysKeepUp(SimulatedDestination destination) {
    long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
    int before = 2 * perSecond;
    while (System.nanoTime() < end
        && (committed.get() < before
            || committed.get() - destination.acceptedCount() > perSecond / 4)) {
      Chaos.rest(Duration.ofMillis(50));
    }
  }

  private HikariDataSource pool() {
    return Pools.open(servers.jdbcUrl(), "postgres", "", 6);
  }

  private Relay relay(HikariDataSource pool, SimulatedDestination destination) {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .build();
    return JdbcOutbox.create(pool)
        .relay(moEngage)
        .pollInterval(Duration.ofMillis(50))
        .retryBackoff(Duration.ofMillis(100), Duration.ofSeconds(1))
        .listener(this::note)
        .build()
        .start();
  }

  private void note(RelayEvent event) {
    if (event instanceof RelayEvent.Delivered delivered) {
      toldDelivered.addAll(delivered.eventUuids());
    } else if (event instanceof RelayEvent.Vanished vanished) {
      toldVanished.addAll(vanished.eventUuids());
    }
  }

  private List<Thread> startWriters(HikariDataSource pool) {
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      Thread writer = new Thread(() -> write(pool, outbox, random), "writer-" + i);
      writer.setUncaughtExceptionHandler(
          (thread, failure) -> {
            synchronized (failures) {
              failures.add(failure);
            }
          });
      writers.add(writer);
      writer.start();
    }
    return writers;
  }

  private void write(HikariDataSource pool, JdbcOutbox outbox, SplittableRandom random) {
    long nanosForOne = 1_000_000_000L * WRITERS / perSecond;
    long next = System.nanoTime();
    while (writing) {
      List<Action> actions = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(5); i++) {
        String user = "user-" + random.nextInt(5_000);
        actions.add(Action.shown(user, Writers.CONTEXT).platform(Platform.WEB).build());
      }
      if (transaction(pool, outbox, actions)) {
        committed.addAndGet(actions.size());
        next += actions.size() * nanosForOne;
        LockSupport.parkNanos(Math.max(0, next - System.nanoTime()));
      } else {
        Chaos.rest(Duration.ofMillis(20));
        next = System.nanoTime();
      }
    }
  }

  /** Returns whether its commit was answered. */
  private static boolean transaction(
      HikariDataSource pool, JdbcOutbox outbox, List<Action> actions) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, actions);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO shown_message VALUES (?)")) {
        for (Action action : actions) {
          insert.setObject(1, action.eventUuid());
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
      return true;
    } catch (SQLException | OutboxException e) {
      return false;
    }
  }

  private Report report(HikariDataSource pool, SimulatedDestination destination)
      throws SQLException {
    Set<UUID> accepted = new HashSet<>();
    destination.accepted().stream().map(AcceptedAction::eventUuid).forEach(accepted::add);
    Set<UUID> kept = uuids(pool, "SELECT event_uuid FROM shown_message");
    Set<UUID> inTables = uuids(pool, "SELECT event_uuid FROM outbox_audit");
    Set<UUID> findable =
        uuids(pool, "SELECT event_uuid FROM outbox_audit_attempt WHERE outcome = 'accepted'");
    Set<UUID> lost = new HashSet<>(kept);
    lost.removeAll(accepted);
    Set<UUID> wrong = uuids(pool, "SELECT event_uuid FROM outbox_delivered");
    wrong.removeAll(accepted);
    Set<UUID> vanished = new HashSet<>(toldVanished);
    vanished.retainAll(findable);
    vanished.removeAll(inTables);
    Set<UUID> silent = new HashSet<>(accepted);
    silent.removeAll(inTables);
    silent.removeAll(toldDelivered);
    silent.removeAll(vanished);
    return new Report(
        committed.get(),
        kept.size(),
        lost.size(),
        wrong.size(),
        (int) Soak.number(pool, "SELECT count(*) FROM outbox"),
        vanished.size(),
        silent.size(),
        destination.duplicates());
  }

  private static Set<UUID> uuids(HikariDataSource pool, String sql) throws SQLException {
    Set<UUID> uuids = new HashSet<>();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        uuids.add(rows.getObject(1, UUID.class));
      }
    }
    return uuids;
  }

  private static void execute(HikariDataSource pool, String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
