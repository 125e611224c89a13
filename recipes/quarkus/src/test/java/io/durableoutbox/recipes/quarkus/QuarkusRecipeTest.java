package io.durableoutbox.recipes.quarkus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agroal.api.AgroalDataSource;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.SimulatedDestination;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(SimulatedMoEngage.class)
class QuarkusRecipeTest {
  private static final String CONTEXT =
      """
      {"cid": "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A", "experience": "Test",
       "moe_locale_id": "0", "moe_variation_id": "2", "audience_name": "All Users",
       "audience_id": "5A"}\
      """;

  @Inject Orders orders;
  @Inject Relay relay;
  @Inject AgroalDataSource dataSource;

  @SuppressWarnings("NullAway.Init") // SimulatedMoEngage sets it.
  SimulatedDestination simulated;

  @BeforeEach
  void oneBookIsInStock() throws SQLException {
    simulated.reset();
    try (Connection c = dataSource.getConnection();
        Statement s = c.createStatement()) {
      s.execute("DROP TABLE IF EXISTS orders");
      s.execute("DROP TABLE IF EXISTS stock");
      s.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
      s.execute("CREATE TABLE stock (item text PRIMARY KEY, pieces integer CHECK (pieces >= 0))");
      s.execute("INSERT INTO stock VALUES ('book', 1)");
    }
  }

  @Test
  void deliversWhatCommittedAtOnceAndNothingOfARollback() throws SQLException {
    orders.place(1, "john@example.com", CONTEXT);
    simulated.awaitAccepted(1, Duration.ofSeconds(30));

    assertThatThrownBy(() -> orders.place(2, "anna@example.com", CONTEXT))
        .isInstanceOf(SQLException.class);

    assertThat(count("orders")).isEqualTo(1);
    assertThat(count("outbox_audit")).isEqualTo(1);
    assertThat(simulated.accepted().get(0).customerId()).isEqualTo("john@example.com");
  }

  @Test
  void theRelayRunsWhenTheApplicationDoes() {
    assertThat(relay.health().status()).isEqualTo(RelayHealth.Status.UP);
  }

  private int count(String table) throws SQLException {
    try (Connection c = dataSource.getConnection();
        Statement s = c.createStatement();
        ResultSet rows = s.executeQuery("SELECT count(*) FROM " + table)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
