package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.RelayBuilder;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/** An outbox, its destination, and what both must hold in the end. */
final class Scene implements AutoCloseable {
  final HikariDataSource pool;
  final JdbcOutbox outbox;
  final SimulatedDestination destination;
  final List<UUID> committed = new ArrayList<>();

  Scene(String jdbcUrl, String user, String password) {
    this(jdbcUrl, user, password, SimulatedDestination.builder());
  }

  Scene(String jdbcUrl, String user, String password, SimulatedDestination.Builder builder) {
    destination = builder.start();
    pool = Pools.open(jdbcUrl, user, password, 8);
    OutboxMigrations.of(pool).migrate();
    outbox = JdbcOutbox.create(pool);
  }

  void commit(int actions) throws SQLException {
    List<Action> all = new ArrayList<>();
    for (int i = 0; i < actions; i++) {
      all.add(
          Action.shown("user-" + committed.size() + "-" + i, Writers.CONTEXT)
              .platform(Platform.WEB)
              .build());
    }
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, all);
      connection.commit();
    }
    all.forEach(action -> committed.add(action.eventUuid()));
  }

  /**
   * A relay in this JVM with short pauses, on this pool or another. No answer is late for it, be
   * the machine as busy as it will, unless it is meant to be.
   */
  RelayBuilder relay(DataSource dataSource) {
    return relay(dataSource, Duration.ofSeconds(15), Duration.ofSeconds(30));
  }

  /** A relay that soon gives up waiting for an answer, and whose leases are short. */
  RelayBuilder hastyRelay(DataSource dataSource) {
    return relay(dataSource, Duration.ofSeconds(1), Duration.ofSeconds(7));
  }

  RelayBuilder relay(DataSource dataSource, Duration callTimeout, Duration lease) {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .callTimeout(callTimeout)
            .build();
    return JdbcOutbox.create(dataSource)
        .relay(moEngage)
        .lease(lease)
        .pollInterval(Duration.ofMillis(20))
        .maxElementsPerRequest(10)
        .retryBackoff(Duration.ofMillis(10), Duration.ofMillis(200));
  }

  long number(String sql) {
    try {
      return Soak.number(pool, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the rows, columns joined by "|". */
  List<String> query(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(TestDatabase.words(connection, sql))) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          line.append(i == 1 ? "" : "|").append(rows.getString(i));
        }
        lines.add(line.toString());
      }
      return lines;
    }
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(TestDatabase.words(connection, sql));
    }
  }

  /** Waits, asking again and again. */
  static void await(String what, Duration within, BooleanSupplier condition) {
    Await.value(what, within, condition::getAsBoolean, holds -> holds);
  }

  /** Waits until the query's number is as wanted. */
  void awaitNumber(long wanted, Duration within, String sql) {
    Await.value(sql, within, () -> number(sql), now -> now == wanted);
  }

  /** Waits until nothing is left, and checks that all arrived and is audited once. */
  void everythingArrives(Duration within) {
    awaitNumber(0, within, "SELECT count(*) FROM outbox");
    assertThat(destination.accepted())
        .extracting(AcceptedAction::eventUuid)
        .containsExactlyInAnyOrderElementsOf(committed);
    assertThat(destination.conflicts()).isEmpty();
    assertThat(number("SELECT count(*) FROM outbox_rejected")).isZero();
    assertThat(number("SELECT count(*) FROM outbox_delivered")).isEqualTo(committed.size());
    assertThat(number("SELECT count(DISTINCT event_uuid) FROM outbox_delivered"))
        .isEqualTo(committed.size());
  }

  @Override
  public void close() {
    destination.close();
    pool.close();
  }
}
