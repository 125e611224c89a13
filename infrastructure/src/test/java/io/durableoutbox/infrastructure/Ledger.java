package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * The truth of a scenario, kept outside of the library: what writers have committed, what the
 * database kept of it, and what a strict destination of its own accepted.
 *
 * <p>Each transaction writes one to five actions and, for each, a row of the application's table
 * {@code shown_message}; one of ten is rolled back. What the application's table has in the end is
 * what must have arrived, whatever was lost with a server.
 */
final class Ledger implements AutoCloseable {
  static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test Server side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";

  final SimulatedDestination destination;
  private final Set<UUID> committed = ConcurrentHashMap.newKeySet();
  private final Set<UUID> rolledBack = ConcurrentHashMap.newKeySet();

  /** Those whose commit was not answered. */
  private final Set<UUID> unsure = ConcurrentHashMap.newKeySet();

  private final Set<UUID> toldVanished = ConcurrentHashMap.newKeySet();
  private final Set<UUID> toldDelivered = ConcurrentHashMap.newKeySet();
  private final List<Thread> writers = new ArrayList<>();
  private final List<Relay> relays = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();
  private final List<String> pauses = new CopyOnWriteArrayList<>();
  private final AtomicInteger retried = new AtomicInteger();
  private volatile boolean writing = true;
  private String baseUrl;

  Ledger() {
    this(SimulatedDestination.builder());
  }

  Ledger(SimulatedDestination.Builder destination) {
    this.destination = destination.start();
    baseUrl = this.destination.baseUrl();
  }

  /** Has the relays that are made from now on send to another address, which leads here. */
  void sendTo(String url) {
    baseUrl = url;
  }

  /** Returns a pool as an application would have it, with bounds for every wait. */
  static HikariDataSource pool(String jdbcUrl, String user, String password, int size) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(3_000);
    config.setValidationTimeout(1_000);
    config.setInitializationFailTimeout(60_000);
    // In seconds for PostgreSQL's driver, in milliseconds for the others.
    String unit = jdbcUrl.startsWith("jdbc:postgresql:") ? "" : "000";
    config.addDataSourceProperty("socketTimeout", "5" + unit);
    config.addDataSourceProperty("connectTimeout", "3" + unit);
    config.addDataSourceProperty("tcpKeepAlive", "true");
    return new HikariDataSource(config);
  }

  /** Makes the outbox's tables and the application's. */
  void migrate(DataSource database) {
    OutboxMigrations.of(database).migrate();
    execute(database, "CREATE TABLE shown_message (event_uuid CHAR(36) PRIMARY KEY)");
  }

  /**
   * Starts writers, on each of the pools in turn. One whose transaction fails rests a moment and
   * goes on with other actions.
   *
   * @param perSecond actions of all writers together
   */
  void write(int number, int perSecond, long seed, List<? extends DataSource> pools) {
    writing = true;
    for (int i = 0; i < number; i++) {
      DataSource pool = pools.get(i % pools.size());
      JdbcOutbox outbox = JdbcOutbox.create(pool);
      SplittableRandom random = new SplittableRandom(seed + i);
      long nanosForOne = 1_000_000_000L * number / perSecond;
      Thread writer = new Thread(() -> write(pool, outbox, random, nanosForOne), "writer-" + i);
      writer.setUncaughtExceptionHandler(
          (thread, failure) -> {
            synchronized (failures) {
              failures.add(failure);
            }
          });
      writers.add(writer);
      writer.start();
    }
  }

  private void write(
      DataSource pool, JdbcOutbox outbox, SplittableRandom random, long nanosForOne) {
    long next = System.nanoTime();
    while (writing) {
      List<Action> actions = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(5); i++) {
        String user = "user-" + random.nextInt(5_000);
        actions.add(Action.shown(user, CONTEXT).platform(Platform.WEB).build());
      }
      if (transaction(pool, outbox, actions, random.nextInt(10) > 0)) {
        next = Math.max(next + actions.size() * nanosForOne, System.nanoTime() - 100_000_000);
        LockSupport.parkNanos(Math.max(0, next - System.nanoTime()));
      } else {
        rest(Duration.ofMillis(20));
        next = System.nanoTime();
      }
    }
  }

  /** Returns whether the end of it was answered. */
  private boolean transaction(
      DataSource pool, JdbcOutbox outbox, List<Action> actions, boolean commit) {
    Set<UUID> fate = rolledBack;
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, actions);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO shown_message VALUES (?)")) {
        for (Action action : actions) {
          insert.setString(1, action.eventUuid().toString());
          insert.addBatch();
        }
        insert.executeBatch();
      }
      if (commit) {
        fate = unsure;
        connection.commit();
        fate = committed;
      } else {
        connection.rollback();
      }
      return true;
    } catch (SQLException | OutboxException e) {
      return false;
    } finally {
      for (Action action : actions) {
        fate.add(action.eventUuid());
      }
    }
  }

  /** Returns a relay that polls and tries again often; {@link #start} makes it run. */
  RelayBuilder relay(DataSource database) {
    return relay(JdbcOutbox.create(database), Duration.ofSeconds(60));
  }

  /**
   * As {@link #relay(DataSource)}, of an outbox with settings of its own.
   *
   * @param lease how long what a dead relay, or a dead database, left waits; more than 6 seconds
   */
  RelayBuilder relay(JdbcOutbox outbox, Duration lease) {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(baseUrl)
            .callTimeout(lease.dividedBy(3))
            .build();
    return outbox
        .relay(moEngage)
        .lease(lease)
        .pollInterval(Duration.ofMillis(50))
        .retryBackoff(Duration.ofMillis(100), Duration.ofSeconds(1))
        .listener(
            event -> {
              if (event instanceof RelayEvent.Vanished vanished) {
                toldVanished.addAll(vanished.eventUuids());
              } else if (event instanceof RelayEvent.Delivered delivered) {
                toldDelivered.addAll(delivered.eventUuids());
              } else if (event instanceof RelayEvent.Paused paused) {
                pauses.add(String.valueOf(paused.cause()));
              } else if (event instanceof RelayEvent.Retried again) {
                retried.addAndGet(again.eventUuids().size());
              }
            });
  }

  /** Starts a relay, which {@link #end} closes. */
  Relay start(RelayBuilder builder) {
    Relay relay = builder.build().start();
    relays.add(relay);
    return relay;
  }

  /** Returns how many actions' commits were answered so far. */
  int committed() {
    return committed.size();
  }

  /** Returns why relays paused, each time that one did. */
  List<String> pauses() {
    return pauses;
  }

  /** Returns how many actions' attempts ended without a verdict. */
  int retried() {
    return retried.get();
  }

  /** Ends the writers when their transactions are over. */
  void endWriters() {
    writing = false;
    for (Thread writer : writers) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    writers.clear();
    synchronized (failures) {
      if (!failures.isEmpty()) {
        throw new IllegalStateException("a writer failed", failures.get(0));
      }
    }
  }

  /**
   * Ends the writers, lets the relays send what waits, closes them, and compares.
   *
   * @param database the one that applications use in the end
   * @param longest how long what waits may take
   */
  Report end(DataSource database, Duration longest) {
    endWriters();
    long started = System.nanoTime();
    while (number(database, "SELECT count(*) FROM outbox") > 0
        && System.nanoTime() - started < longest.toNanos()) {
      rest(Duration.ofMillis(50));
    }
    Duration drained = Duration.ofNanos(System.nanoTime() - started);
    relays.forEach(Relay::close);
    relays.clear();
    return report(database, drained);
  }

  private Report report(DataSource database, Duration drained) {
    Set<UUID> accepted = new HashSet<>();
    destination.accepted().stream().map(AcceptedAction::eventUuid).forEach(accepted::add);
    Set<UUID> kept = uuids(database, "SELECT event_uuid FROM shown_message");
    Set<UUID> delivered = uuids(database, "SELECT event_uuid FROM outbox_delivered");
    Set<UUID> rejected = uuids(database, "SELECT event_uuid FROM outbox_rejected");
    Set<UUID> waiting = uuids(database, "SELECT event_uuid FROM outbox");
    Set<UUID> lost = new HashSet<>(kept);
    lost.removeAll(accepted);
    lost.removeAll(rejected);
    lost.removeAll(waiting);
    Set<UUID> wrong = new HashSet<>(delivered);
    wrong.removeAll(accepted);
    Set<UUID> unaudited = new HashSet<>(kept);
    unaudited.removeAll(delivered);
    unaudited.removeAll(rejected);
    unaudited.removeAll(waiting);
    Set<UUID> strange = new HashSet<>(accepted);
    strange.removeAll(kept);
    strange.removeAll(committed);
    strange.removeAll(unsure);
    Set<UUID> silent = new HashSet<>(accepted);
    silent.removeAll(delivered);
    silent.removeAll(toldVanished);
    silent.removeAll(waiting);
    // The record of it was lost with a server, and the application's row with it.
    silent.removeIf(uuid -> !kept.contains(uuid) && toldDelivered.contains(uuid));
    Set<UUID> forgotten = new HashSet<>(committed);
    forgotten.removeAll(kept);
    return new Report(
        committed.size(),
        forgotten.size(),
        rolledBack.size(),
        kept.size(),
        delivered.size(),
        rejected.size(),
        waiting.size(),
        lost.size(),
        wrong.size(),
        unaudited.size(),
        number(database, "SELECT count(*) FROM outbox_delivered") - delivered.size(),
        strange.size(),
        silent.size(),
        destination.conflicts().size(),
        destination.duplicates(),
        drained);
  }

  /**
   * What became of it, in actions.
   *
   * @param committed whose commit was answered
   * @param forgotten committed, and lost with a server: no row is kept
   * @param kept whose rows the application's table has in the end
   * @param lost kept, and neither accepted nor rejected nor waiting
   * @param wrong recorded as delivered, and never accepted
   * @param unaudited kept, and in no table of the outbox
   * @param doubled rows of {@code outbox_delivered} beyond one for an action
   * @param strange accepted, though no transaction of it was committed or left unanswered
   * @param silent accepted, neither recorded nor waiting nor told as vanished, nor told as
   *     delivered before its row was lost with a server
   * @param conflicts UUIDs that came with other content
   * @param repeats that the destination had accepted before, under the same UUID
   * @param drained how long it took after the last write until nothing waited
   */
  record Report(
      int committed,
      int forgotten,
      int rolledBack,
      int kept,
      int delivered,
      int rejected,
      int waiting,
      int lost,
      int wrong,
      int unaudited,
      long doubled,
      int strange,
      int silent,
      int conflicts,
      long repeats,
      Duration drained) {

    /** Checks what must be so after everything: all that was kept has arrived, and is told once. */
    void holds() {
      assertThat(committed).as("committed").isPositive();
      assertThat(this)
          .returns(0, Report::waiting)
          .returns(0, Report::lost)
          .returns(0, Report::wrong)
          .returns(0, Report::unaudited)
          .returns(0L, Report::doubled)
          .returns(0, Report::strange)
          .returns(0, Report::silent)
          .returns(0, Report::conflicts)
          .returns(0, Report::rejected);
    }
  }

  static void rest(Duration duration) {
    LockSupport.parkNanos(duration.toNanos());
  }

  static void execute(DataSource database, String sql) {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static long number(DataSource database, String sql) {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Set<UUID> uuids(DataSource database, String sql) {
    Set<UUID> uuids = new HashSet<>();
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        uuids.add(UUID.fromString(rows.getString(1)));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return uuids;
  }

  @Override
  public void close() {
    writing = false;
    relays.forEach(Relay::close);
    destination.close();
  }
}
