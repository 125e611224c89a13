package io.durableoutbox.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A gauge that can't read says NaN, and goes on when it can. */
class UnreadableDatabaseTest {
  @Test
  void theGaugesSayNanWhileATableIsGoneAndGoOnAfterwards() {
    try (TestDatabase database = TestDatabase.h2()) {
      HikariDataSource pool = database.pool();
      OutboxMigrations.of(pool).migrate();
      execute(
          pool,
          "INSERT INTO outbox (workspace, customer_id, action, event_time, platform, attributes)"
              + " VALUES ('shop', 'user-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', CURRENT_TIMESTAMP, 'web',"
              + " '{}')");
      SimpleMeterRegistry registry = new SimpleMeterRegistry();
      try (OutboxMetrics metrics =
          OutboxMetrics.builder()
              .outbox(JdbcOutbox.create(pool))
              .refreshInterval(Duration.ofSeconds(1))
              .build()) {
        metrics.bindTo(registry);
        Await.until(() -> registry.find("outbox.waiting").gauge() != null);
        Await.until(() -> waiting(registry) == 1);
        execute(pool, "ALTER TABLE outbox RENAME TO gone");
        Await.until(() -> Double.isNaN(waiting(registry)));
        assertThat(registry.get("outbox.backlog.readable").gauge().value()).isZero();
        assertThat(registry.get("outbox.paused").gauge().value()).isNaN();
        execute(pool, "ALTER TABLE gone RENAME TO outbox");
        Await.until(() -> waiting(registry) == 1);
        assertThat(registry.get("outbox.backlog.readable").gauge().value()).isEqualTo(1);
      }
      assertThat(registry.find("outbox.waiting").gauge()).isNull();
    }
  }

  private static double waiting(SimpleMeterRegistry registry) {
    return registry.get("outbox.waiting").tag("workspace", "shop").gauge().value();
  }

  private static void execute(HikariDataSource pool, String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
