package io.durableoutbox.micrometer;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A relay that went through success, a lost answer, an outage, a refusal and wrong credentials,
 * with its meters in a Prometheus registry. Made once, for all tests that only look.
 */
final class RelayRun implements AutoCloseable {
  private static final String CONTEXT =
      "{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test Server"
          + " side"
          + " experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\",\"audience_name\":\"All"
          + " Users\",\"audience_id\":\"5A\",\"type\":\"Web Personalization\"}";

  private static final class Once {
    private static final RelayRun RUN = new RelayRun();
  }

  final TestDatabase database = TestDatabase.h2();
  final HikariDataSource pool = database.pool();
  final SimulatedDestination destination = SimulatedDestination.start();
  final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final JdbcOutbox outbox;
  final OutboxMetrics metrics;

  // What the meters forget after a minute or two is read when the run ends.
  double leaseMarginSeconds;
  double clockSkewSeconds;
  double mostUsers;

  private RelayRun() {
    OutboxMigrations.of(pool).migrate();
    outbox = JdbcOutbox.create(pool);
    metrics = OutboxMetrics.builder().outbox(outbox).refreshInterval(Duration.ofSeconds(1)).build();
    metrics.bindTo(registry);
    run();
  }

  /** Returns the one run. */
  static RelayRun once() {
    return Once.RUN;
  }

  private void run() {
    add("user-1", "user-2", "user-3");
    relayOnce();
    destination.next(Fault.dropAfterAccepting());
    add("user-4");
    relayOnce();
    goOn();
    destination.stop();
    add("user-5", "user-6");
    relayOnce();
    destination.resume();
    goOn();
    destination.refuseCustomer("user-7");
    add("user-7", "user-8", "user-9");
    relayOnce();
    destination.next(Fault.unauthorized());
    add("user-10");
    // The pause is still there when the meters are read.
    relayOnce(Duration.ofMinutes(5));
    Await.until(() -> registry.get("outbox.paused").gauge().value() == 1);
    leaseMarginSeconds = seconds("outbox.lease.margin");
    clockSkewSeconds = seconds("outbox.clock.skew");
    mostUsers = registry.get("outbox.request.users").summary().max();
  }

  private double seconds(String gauge) {
    return registry.get(gauge).timeGauge().value(TimeUnit.SECONDS);
  }

  /** With a client of its own each time, so that no connection is left over. */
  private void relayOnce() {
    relayOnce(Duration.ofMillis(1));
  }

  private void relayOnce(Duration shortestPause) {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .build();
    try (Relay relay =
        outbox
            .relay(moEngage)
            .retryBackoff(shortestPause, Duration.ofMinutes(5))
            .listener(metrics)
            .build()) {
      relay.runOnce();
    }
  }

  /** Lets the pause be over, and delivers what waited for that. */
  private void goOn() {
    execute("UPDATE outbox_workspace SET paused_until = CURRENT_TIMESTAMP WHERE cause IS NOT NULL");
    execute("UPDATE outbox SET available_at = CURRENT_TIMESTAMP");
    relayOnce();
  }

  private void add(String... users) {
    List<Action> actions = new ArrayList<>();
    for (String user : users) {
      actions.add(Action.shown(user, CONTEXT).platform(Platform.WEB).build());
    }
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.add(connection, actions);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void execute(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  long count(String what) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM " + what)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    metrics.close();
    destination.close();
    database.close();
  }
}
