package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.Settlement;
import io.durableoutbox.store.Settlement.Attempt;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The claim statement under plans and sizes that a small test would not meet. */
class PostgresClaimPlanTest {
  private final TestOutbox db = new TestOutbox(TestDatabase.postgres(), config -> {});
  private final PostgresDialect dialect = new PostgresDialect("");

  @AfterEach
  void close() {
    db.close();
  }

  private static final String SCANNED =
      "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'outbox'";

  /** VACUUM runs in no transaction. */
  private void vacuum() {
    try (Connection connection = db.database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("VACUUM ANALYZE outbox");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void insert(int rows, String availableAt) {
    db.execute(
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes, available_at)"
            + " SELECT 'user-' || n, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web', '{\"cid\":"
            + " \"1\"}', "
            + availableAt
            + " FROM generate_series(1, "
            + rows
            + ") AS n");
  }

  private static ClaimSpec spec(int max) {
    return new ClaimSpec(
        "default",
        UUID.randomUUID(),
        "relay-1",
        max,
        100,
        10_000_000,
        Duration.ofMinutes(1),
        0,
        false);
  }

  private String explainClaim(int max) {
    return db.inTransaction(
        connection ->
            String.join(
                "\n", dialect.explainClaim(connection, "EXPLAIN (ANALYZE, BUFFERS)", spec(max))));
  }

  @Test
  void aForcedNestedLoopClaimsNoMoreThanItsLimit() {
    insert(500, "now()");
    ClaimedRows claim =
        db.inTransaction(
            connection -> {
              try (Statement statement = connection.createStatement()) {
                for (String method : List.of("hashjoin", "mergejoin", "bitmapscan", "seqscan")) {
                  statement.execute("SET LOCAL enable_" + method + " = off");
                }
              }
              return dialect.claim(connection, spec(5), false);
            });
    assertThat(claim.actions()).hasSize(5);
    assertThat(db.count("outbox WHERE claim_id IS NOT NULL")).isEqualTo(5);
  }

  @Test
  void amongManyRowsAClaimReadsByTheIndexOnlyWhatItTakes() {
    insert(300_000, "now()");
    db.execute("ANALYZE outbox");
    String plan = explainClaim(800);
    assertThat(plan).contains("Index Scan using outbox_pk").doesNotContain("Seq Scan on outbox o");
    Matcher buffers = Pattern.compile("Buffers: shared hit=(\\d+)(?: read=(\\d+))?").matcher(plan);
    int most = buffers.results().mapToInt(b -> Integer.parseInt(b.group(1))).max().orElseThrow();
    // 800 rows looked up and written, at a few pages each; for the whole index it is one a row.
    assertThat(most).isBetween(800, 20_000);
    assertThat(db.count("outbox WHERE claim_id IS NOT NULL")).isEqualTo(800);
  }

  @Test
  void statisticsFromBeforeTheWorkspaceHadRowsDoNotMakeAClaimReadThemAll() {
    insert(20_000, "now()");
    db.execute("UPDATE outbox SET workspace = 'another'");
    vacuum();
    insert(20_000, "now()");
    String plan = explainClaim(800);
    assertThat(plan).doesNotContain("Join Filter").doesNotContain("Seq Scan on outbox o");
    assertThat(plan)
        .as("rows of the index that are read to be updated")
        .containsPattern("Index Scan using outbox_pk on outbox o_1 .*rows=800");
    assertThat(db.count("outbox WHERE claim_id IS NOT NULL")).isEqualTo(800);
  }

  @Test
  void aClaimStepsOverAHundredThousandRowsThatAreSetBack() {
    insert(100_000, "now() + interval '1 hour'");
    insert(1_000, "now()");
    db.execute("ANALYZE outbox");
    String plan = explainClaim(100);
    assertThat(plan).contains("Index Scan using outbox_pk");
    assertThat(db.count("outbox WHERE claim_id IS NOT NULL")).isEqualTo(100);
  }

  @Test
  void plansFromWhenTheTableWasEmptyDoNotMakeARelayReadItAll() throws SQLException {
    readsNoWholeTableByPlansOfAnEmptyOne(db);
  }

  @Test
  void norDoTheyOnTheOldestPostgres() throws SQLException {
    try (TestOutbox oldest = new TestOutbox(TestDatabase.oldestPostgres(), config -> {})) {
      readsNoWholeTableByPlansOfAnEmptyOne(oldest);
    }
  }

  @Test
  void statisticsOfAHundredRowsAmongRemainsDoNotMakeAClaimReadAllThatWaits() throws SQLException {
    insert(50_000, "now()");
    db.execute("DELETE FROM outbox WHERE id > (SELECT min(id) + 99 FROM outbox)");
    db.execute("ANALYZE outbox");
    insert(20_000, "now()");
    try (Connection connection = db.database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      String fetched =
          "SELECT coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'outbox'";
      assertThat(dialect.claim(connection, spec(100), false).actions()).hasSize(100);
      assertThat(Integer.parseInt(setting(statement, fetched))).isBetween(100, 1_000);
      connection.rollback();
    }
  }

  /** A server keeps the plan of a statement that it has prepared, until it analyses the table. */
  private void readsNoWholeTableByPlansOfAnEmptyOne(TestOutbox outbox) throws SQLException {
    try (Connection connection = outbox.database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("VACUUM ANALYZE outbox");
      for (int i = 0; i < 15; i++) {
        outbox.add(TestOutbox.actions(1));
        claimAndSettle(connection, 1);
      }
      assertThat(setting(statement, "SHOW enable_seqscan")).as("after it").isEqualTo("on");
      outbox.add(TestOutbox.actions(5_000));
      claimAndSettle(connection, 100);
    }
  }

  private void claimAndSettle(Connection connection, int actions) throws SQLException {
    // The first ones commit by themselves, as a relay's do; the last one's scans are to be seen.
    connection.setAutoCommit(actions == 1);
    ClaimSpec spec = spec(actions);
    List<ClaimedAction> claimed = dialect.claim(connection, spec, false).actions();
    assertThat(claimed).hasSize(actions);
    Attempt attempt =
        new Attempt(
            UUID.randomUUID(),
            "relay-1",
            Duration.ZERO,
            Duration.ZERO,
            actions,
            actions,
            900,
            new Outcome.Accepted(200, "req-1", null));
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      dialect.settle(
          connection,
          SettlementRows.of(
              List.of(
                  new Settlement(
                      "default",
                      spec.claimId(),
                      claimed,
                      new Disposition.Delivered(),
                      List.of(attempt)))));
      assertThat(setting(statement, SCANNED)).as("rows read by scans").isEqualTo("0");
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  private static String setting(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
