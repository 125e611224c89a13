package io.durableoutbox.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/** When a source wakes and when it says that it is up, on a real server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresWakeUpsTest {
  /** Also for how long a check waits for its answer: a busy machine shall not make one late. */
  private static final Duration CHECK = Duration.ofMillis(500);

  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test\","
          + "\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All\","
          + "\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";
  private static final String SESSIONS =
      " FROM pg_stat_activity WHERE application_name = 'wake-ups' AND datname = current_database()";
  private static final String INSERT =
      "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
          + " ('user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\": \"1\"}')";

  // Set before any test runs.
  @SuppressWarnings("NullAway.Init")
  private TestDatabase database;

  @SuppressWarnings("NullAway.Init")
  private HikariDataSource pool;

  private final AtomicInteger wakeUps = new AtomicInteger();

  @BeforeAll
  void open() {
    database = TestDatabase.postgres();
    pool = database.pool();
    OutboxMigrations.of(pool).migrate();
  }

  @AfterAll
  void close() {
    database.close();
  }

  @BeforeEach
  void installTheTrigger() {
    // A server may notice a bit later that a connection of the test before is gone.
    Await.equal("no connection of another test", 0L, () -> number("SELECT count(*)" + SESSIONS));
    execute(script("postgresql.sql"), "DELETE FROM outbox", "DELETE FROM outbox_delivered");
    wakeUps.set(0);
  }

  private static String script(String name) {
    try (InputStream in =
        Objects.requireNonNull(
            OutboxMigrations.class.getResourceAsStream("/durable-outbox/notify/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs the statements in one transaction. */
  private void execute(String... statements) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long number(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private DataSource direct() {
    PGSimpleDataSource direct = new PGSimpleDataSource();
    direct.setURL(database.jdbcUrl());
    direct.setUser(database.user());
    direct.setPassword(database.password());
    direct.setApplicationName("wake-ups");
    return direct;
  }

  private PostgresWakeUps.Builder builder(DataSource dataSource) {
    return PostgresWakeUps.builder(dataSource).checkInterval(CHECK);
  }

  private PostgresWakeUps started() {
    PostgresWakeUps source = builder(direct()).build();
    source.start(wakeUps::incrementAndGet);
    await("it is up", source::isUp);
    return source;
  }

  private static void await(String what, BooleanSupplier condition) {
    Await.until(what, condition::getAsBoolean);
  }

  /** Waits until so many wake-ups came; one more for having come up. */
  private void awaitWakeUps(int count) {
    Await.value(count + " wake-ups", wakeUps::get, came -> came >= count);
  }

  @Test
  void eachTransactionThatCommitsAnActionWakesOnceHoweverItWasWritten() {
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    try (PostgresWakeUps source = started()) {
      awaitWakeUps(1);
      execute(INSERT, INSERT, INSERT);
      awaitWakeUps(2);
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        outbox.add(connection, action("user-2"), action("user-3"));
        connection.rollback();
        outbox.add(connection, action("user-2"), action("user-3"));
        connection.commit();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
      awaitWakeUps(3);
      // What comes after proves that nothing else came before.
      execute(INSERT);
      awaitWakeUps(4);
      assertThat(wakeUps).hasValue(4);
      assertThat(source.isUp()).isTrue();
    }
  }

  private static Action action(String customer) {
    return Action.shown(customer, CONTEXT).platform(Platform.WEB).build();
  }

  @Test
  void aRelayDeliversAtOnceThoughItPollsOnceInTenMinutes() {
    JdbcOutbox outbox = JdbcOutbox.create(pool);
    try (SimulatedDestination destination = SimulatedDestination.start();
        Relay relay =
            outbox
                .relay(
                    MoEngage.workspace(destination.workspaceId(), destination.apiKey())
                        .baseUrl(destination.baseUrl())
                        .build())
                .pollInterval(Duration.ofMinutes(10))
                .wakeUpBy(builder(direct()).build())
                .build()
                .start()) {
      await("it is up", () -> relay.health().reasons().isEmpty());
      for (int i = 1; i <= 3; i++) {
        execute(INSERT.replace("{\"cid\": \"1\"}", CONTEXT));
        destination.awaitAccepted(i, LONG);
      }
    }
  }

  @Test
  void aConnectionThatEndsIsNoticedAndReplacedAndBothWake() {
    try (PostgresWakeUps source = started()) {
      awaitWakeUps(1);
      assertThat(number("SELECT count(pg_terminate_backend(pid))" + SESSIONS)).isEqualTo(1);
      // One for the loss and one for the new connection.
      awaitWakeUps(3);
      await("it is up again", source::isUp);
      execute(INSERT);
      awaitWakeUps(4);
      assertThat(wakeUps).hasValue(4);
    }
  }

  @Test
  void itIsUpOnlyWhileTheTriggerIsThereAndEnabledAndOfItsChannel() {
    String[] away = {
      script("postgresql-undo.sql"),
      "ALTER TABLE outbox DISABLE TRIGGER outbox_notify",
      script("postgresql.sql").replace("outbox_notify('outbox')", "outbox_notify('another')")
    };
    try (PostgresWakeUps source = started()) {
      int changes = 1;
      for (String sql : away) {
        awaitWakeUps(changes);
        execute(sql);
        await("it is not up", () -> !source.isUp());
        awaitWakeUps(++changes);
        execute(script("postgresql.sql"));
        await("it is up", source::isUp);
        changes++;
      }
      awaitWakeUps(changes);
      assertThat(wakeUps).hasValue(changes);
    }
  }

  @Test
  void aServerThatIsAwayAtTheStartHoldsNobodyUp() {
    AtomicInteger tries = new AtomicInteger();
    DataSource direct = direct();
    DataSource late =
        with(
            DataSource.class,
            direct,
            "getConnection",
            () -> {
              if (tries.incrementAndGet() <= 2) {
                throw new SQLException("away", "08001");
              }
              return direct.getConnection();
            });
    try (PostgresWakeUps source = builder(late).build()) {
      source.start(wakeUps::incrementAndGet);
      assertThat(source.isUp()).isFalse();
      await("it is up", source::isUp);
      assertThat(tries).hasValueGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void behindAPoolerItNeverListensSinceThatWouldGoOnForWhoeverIsGivenTheSessionNext() {
    DataSource direct = direct();
    AtomicInteger tries = new AtomicInteger();
    DataSource pooler =
        with(
            DataSource.class,
            direct,
            "getConnection",
            () -> {
              Connection connection = direct.getConnection();
              tries.incrementAndGet();
              PGConnection postgres = connection.unwrap(PGConnection.class);
              PGConnection other = with(PGConnection.class, postgres, "getBackendPID", () -> -1);
              return with(Connection.class, connection, "unwrap", () -> other);
            });
    try (PostgresWakeUps source = builder(pooler).build()) {
      source.start(wakeUps::incrementAndGet);
      await("it has looked and tries again", () -> tries.get() > 1);
      execute(INSERT);
      assertThat(source.isUp()).isFalse();
      assertThat(number("SELECT count(*)" + SESSIONS + " AND query LIKE '%LISTEN%'")).isZero();
    }
    assertThat(wakeUps).hasValue(0);
  }

  private long listeners() {
    return number("SELECT count(*)" + SESSIONS + " AND query LIKE '/* outbox:wake-up-check */%'");
  }

  private interface Answer {
    Object get() throws SQLException;
  }

  /** Returns the object with one method replaced. */
  private static <T> T with(Class<T> type, T object, String method, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, args) -> {
              if (called.getName().equals(method)) {
                return answer.get();
              }
              try {
                return called.invoke(object, args);
              } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
              }
            }));
  }

  @Test
  void aSchemaAndAChannelOfItsOwnAreUsed() {
    OutboxMigrations.of(pool).inSchema("events").migrate();
    execute(
        "SET LOCAL search_path TO events",
        script("postgresql.sql").replace("outbox_notify('outbox')", "outbox_notify('events_1')"));
    try (PostgresWakeUps source = builder(direct()).schema("events").channel("events_1").build()) {
      source.start(wakeUps::incrementAndGet);
      await("it is up", source::isUp);
      awaitWakeUps(1);
      execute(INSERT);
      execute(INSERT.replace("INTO outbox", "INTO events.outbox"));
      awaitWakeUps(2);
      assertThat(wakeUps).hasValue(2);
    }
  }

  @Test
  void aPoolGetsNoConnectionBackThatListens() {
    try (HikariDataSource two = database.pool(config -> config.setMaximumPoolSize(2))) {
      PostgresWakeUps source = builder(two).build();
      source.start(wakeUps::incrementAndGet);
      await("it is up", source::isUp);
      source.close();
      await("its connection is gone", () -> two.getHikariPoolMXBean().getActiveConnections() == 0);
      try (Connection one = two.getConnection();
          Connection other = two.getConnection()) {
        for (Connection connection : new Connection[] {one, other}) {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery("SELECT count(*) FROM pg_listening_channels()")) {
            row.next();
            assertThat(row.getInt(1)).isZero();
          }
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void closingEndsTheThreadAndTheConnectionAndItCantBeStartedAgain() {
    PostgresWakeUps source = started();
    source.close();
    source.close();
    assertThat(source.isUp()).isFalse();
    await("the connection is gone", () -> listeners() == 0);
    await(
        "the thread has ended",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("outbox-wake-ups")));
    assertThatIllegalStateException()
        .isThrownBy(() -> source.start(() -> {}))
        .withMessageContaining("build one for each relay");
  }
}
