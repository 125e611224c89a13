package io.durableoutbox.recipes.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.SimulatedDestination;
import io.micronaut.context.ApplicationContext;
import io.micronaut.data.connection.jdbc.advice.DelegatingDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class MicronautRecipeTest {
  private static final String CONTEXT =
      """
      {"cid": "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A", "experience": "Test",
       "moe_locale_id": "0", "moe_variation_id": "2", "audience_name": "All Users",
       "audience_id": "5A"}\
      """;

  @Test
  void deliversWhatCommittedAtOnceAndNothingOfARollback() throws SQLException {
    try (SimulatedDestination simulated = SimulatedDestination.start();
        ApplicationContext application = application(simulated)) {
      DataSource pool =
          DelegatingDataSource.unwrapDataSource(application.getBean(DataSource.class));
      Orders orders = application.getBean(Orders.class);
      oneBookIsInStock(pool);

      orders.place(1, "john@example.com", CONTEXT);
      simulated.awaitAccepted(1, Duration.ofSeconds(30));

      assertThatThrownBy(() -> orders.place(2, "anna@example.com", CONTEXT))
          .isInstanceOf(SQLException.class);

      assertThat(count(pool, "orders")).isEqualTo(1);
      assertThat(count(pool, "outbox_audit")).isEqualTo(1);
      assertThat(simulated.accepted().get(0).customerId()).isEqualTo("john@example.com");
    }
  }

  @Test
  void theRelayRunsAsLongAsTheApplicationDoes() {
    Relay relay;
    try (SimulatedDestination simulated = SimulatedDestination.start();
        ApplicationContext application = application(simulated)) {
      relay = application.getBean(Relay.class);
      assertThat(relay.health().status()).isEqualTo(RelayHealth.Status.UP);
    }
    assertThat(relay.health().status()).isEqualTo(RelayHealth.Status.DOWN);
  }

  @Test
  void theConnectionOutsideOfATransactionIsRefused() {
    try (SimulatedDestination simulated = SimulatedDestination.start();
        ApplicationContext application = application(simulated)) {
      Outbox outbox = application.getBean(Outbox.class);
      Connection outside = application.getBean(Connection.class);
      Action action = Action.shown("john@example.com", CONTEXT).platform(Platform.WEB).build();
      assertThatThrownBy(() -> outbox.add(outside, action)).isInstanceOf(OutboxException.class);
    }
  }

  private static ApplicationContext application(SimulatedDestination simulated) {
    return ApplicationContext.run(
        Map.of(
            "moengage.workspace-id", simulated.workspaceId(),
            "moengage.api-key", simulated.apiKey(),
            "moengage.base-url", simulated.baseUrl(),
            "moengage.poll-interval", "1h")); // so that only being woken explains a delivery
  }

  private static void oneBookIsInStock(DataSource pool) throws SQLException {
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement()) {
      s.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
      s.execute("CREATE TABLE stock (item text PRIMARY KEY, pieces integer CHECK (pieces >= 0))");
      s.execute("INSERT INTO stock VALUES ('book', 1)");
    }
  }

  private static int count(DataSource pool, String table) throws SQLException {
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement();
        ResultSet rows = s.executeQuery("SELECT count(*) FROM " + table)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
