package io.durableoutbox.examples;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/** The smallest program: one order and one action in one transaction, delivered. */
public final class QuickStart {
  private QuickStart() {}

  /** Runs against H2 in memory and the simulated destination; prints what was accepted. */
  public static void main(String[] args) throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl("jdbc:h2:mem:quickstart;DB_CLOSE_DELAY=-1");
    Map<String, String> experienceContext =
        Map.of(
            "cid", "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A",
            "experience", "Test Server side experience",
            "moe_locale_id", "0",
            "moe_variation_id", "2",
            "audience_name", "All Users",
            "audience_id", "5A");
    try (HikariDataSource dataSource = new HikariDataSource(config);
        SimulatedDestination simulated = SimulatedDestination.start()) {
      try (Connection c = dataSource.getConnection();
          Statement s = c.createStatement()) {
        s.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
      }
      run(dataSource, simulated, experienceContext);
    }
  }

  private static void run(
      HikariDataSource dataSource,
      SimulatedDestination simulated,
      Map<String, String> experienceContext)
      throws SQLException {
    OutboxMigrations.of(dataSource).migrate(); // once, or run the plain SQL yourself
    Outbox outbox = JdbcOutbox.create(dataSource);

    try (Connection tx = dataSource.getConnection()) {
      tx.setAutoCommit(false);
      try (Statement s = tx.createStatement()) {
        s.executeUpdate("INSERT INTO orders (id) VALUES (1)"); // your own work
      }
      outbox.add(
          tx, Action.shown("john@example.com", experienceContext).platform(Platform.WEB).build());
      tx.commit(); // the action exists if and only if this commits
    }

    MoEngage moEngage =
        MoEngage.workspace(simulated.workspaceId(), simulated.apiKey())
            .baseUrl(simulated.baseUrl()) // in production: .dataCenter("01")
            .build();
    try (Relay relay = outbox.relay(moEngage).build().start()) {
      simulated.awaitAccepted(1, Duration.ofSeconds(30));
      System.out.println(relay.name() + " delivered " + simulated.accepted().get(0).reqIds());
    } // close() waits for what is out, and gives back the rest
  }
}
