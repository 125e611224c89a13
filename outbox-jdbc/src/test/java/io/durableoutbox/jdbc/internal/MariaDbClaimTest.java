package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a claim locks in InnoDB, with 100,000 rows in front that are set back. */
class MariaDbClaimTest extends DatabaseTest {
  private static final int SET_BACK = 100_000;

  private long lastSetBack;

  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @BeforeEach
  void fill() {
    // In the order of their UUIDs, which is quicker.
    db.execute(
        "INSERT INTO outbox (customer_id, event_uuid, action, event_time, platform, attributes,"
            + " available_at) SELECT CONCAT('user-', seq), CONCAT(LPAD(HEX(seq), 8, '0'),"
            + " '-0000-4000-8000-000000000000'), 'MOE_PERSONALIZATION_MESSAGE_SHOWN',"
            + " CURRENT_TIMESTAMP, 'web', '{}', CURRENT_TIMESTAMP + INTERVAL '1' HOUR FROM seq_1_to_"
            + SET_BACK);
    lastSetBack = Long.parseLong(String.valueOf(db.one("SELECT MAX(id) FROM outbox")));
    db.add(TestOutbox.actions(20));
  }

  @Test
  void aClaimTakesWhatIsBehindThemAndLocksNothingElse() throws Exception {
    try (Connection first = db.pool.getConnection();
        Connection second = db.pool.getConnection()) {
      assertThat(customers(claim(first, 10))).startsWith("user-0").endsWith("user-9");
      // Another relay meets no lock, before the first one's commit, and gets the next.
      assertThat(customers(claim(second, 20))).startsWith("user-10").endsWith("user-19");
      try (Connection third = db.pool.getConnection();
          Statement statement = third.createStatement()) {
        // Whoever wants one that is set back does not wait either.
        statement.execute("SET SESSION innodb_lock_wait_timeout = 1");
        assertThat(
                statement.executeUpdate(
                    "UPDATE outbox SET available_at = UTC_TIMESTAMP(6) WHERE workspace = 'default'"
                        + " AND id = "
                        + lastSetBack))
            .isEqualTo(1);
        statement.execute("SET SESSION innodb_lock_wait_timeout = DEFAULT");
      }
      first.rollback();
      second.rollback();
    }
  }

  private static List<String> customers(List<ClaimedAction> actions) {
    return actions.stream().map(ClaimedAction::customerId).toList();
  }

  private static List<ClaimedAction> claim(Connection connection, int most) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    }
    return Families.dialect(connection, null)
        .claim(
            connection,
            new ClaimSpec(
                "default",
                UUID.randomUUID(),
                "relay-1",
                most,
                1,
                1_000_000,
                Duration.ofMinutes(1),
                0,
                false),
            false)
        .actions();
  }
}
