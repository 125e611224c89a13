package io.durableoutbox.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.MoEngage;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What each recipe keeps: the order and its action, or neither; and the relay knows at once. */
@SuppressWarnings("NullAway.Init") // JUnit calls open().
abstract class RecipeContract {
  static final String CONTEXT =
      """
      {"cid": "66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A", "experience": "Test",
       "moe_locale_id": "0", "moe_variation_id": "2", "audience_name": "All Users",
       "audience_id": "5A"}\
      """;

  /** Where a database is. */
  record Place(String url, String user, String password) {}

  /** What a recipe does. */
  interface Orders {
    void place(int id, String customer, String experienceContext) throws Exception;
  }

  private final SimulatedDestination simulated = SimulatedDestination.start();
  private @Nullable TestDatabase database;
  private Delivery delivery;
  HikariDataSource pool;
  Outbox outbox;
  Relay relay;
  Orders orders;

  /** Makes the recipe; its own resources are closed by the test. */
  abstract Orders orders() throws Exception;

  /** Changes the pool that the outbox has, and those recipes that need no other. */
  void setUp(HikariConfig config) {}

  /** Returns a new, empty database. */
  Place place() {
    TestDatabase h2 = TestDatabase.h2();
    database = h2;
    return new Place(h2.jdbcUrl(), h2.user(), h2.password());
  }

  @BeforeEach
  void open() throws Exception {
    Place place = place();
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(place.url());
    config.setUsername(place.user());
    config.setPassword(place.password());
    config.setMinimumIdle(0);
    setUp(config);
    pool = new HikariDataSource(config);
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement()) {
      s.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
      s.execute(
          "CREATE TABLE stock (item varchar(255) PRIMARY KEY,"
              + " pieces integer NOT NULL CHECK (pieces >= 0))");
      s.execute("INSERT INTO stock VALUES ('book', 1)");
      if (!c.getAutoCommit()) {
        c.commit();
      }
    }
    delivery =
        new Delivery(
            pool,
            MoEngage.workspace(simulated.workspaceId(), simulated.apiKey())
                .baseUrl(simulated.baseUrl())
                .build(),
            Duration.ofHours(1)); // so that only being woken explains a delivery
    outbox = delivery.outbox();
    relay = delivery.relay();
    orders = orders();
  }

  @AfterEach
  void close() {
    delivery.close();
    pool.close();
    if (database != null) {
      database.close();
    }
    simulated.close();
  }

  @Test
  void anOrderThatCommitsIsReportedAtOnceAndOneThatIsRolledBackNever() throws Exception {
    orders.place(1, "john@example.com", CONTEXT);
    simulated.awaitAccepted(1, Duration.ofSeconds(30));

    assertThatThrownBy(() -> orders.place(2, "anna@example.com", CONTEXT))
        .hasStackTraceContaining("SQLException");
    assertThat(count("orders")).isEqualTo(1);
    assertThat(count("outbox_audit")).isEqualTo(1);
    assertThat(simulated.accepted().get(0).customerId()).isEqualTo("john@example.com");
  }

  @Test
  void anActionThatIsRefusedTakesTheOrderWithIt() throws Exception {
    assertThatThrownBy(() -> orders.place(1, "john@example.com", "{}")).hasMessageContaining("cid");
    assertThat(count("orders")).isZero();
    assertThat(count("outbox")).isZero();
  }

  int count(String table) throws SQLException {
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement();
        ResultSet rows = s.executeQuery("SELECT count(*) FROM " + table)) {
      rows.next();
      int count = rows.getInt(1);
      if (!c.getAutoCommit()) {
        c.rollback();
      }
      return count;
    }
  }
}
