package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.Outcome;
import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.Workspaces;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.PauseSpec;
import io.durableoutbox.store.Settlement;
import io.durableoutbox.store.Settlement.Attempt;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Whether commits wait for the disk. */
class PostgresCommitTest extends DatabaseTest {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Test
  void claimsAndOutcomesDoNotWaitForTheDisk() throws SQLException {
    assertThat(claimAndSettle(true)).containsExactly("UPDATE off", "DELETE off");
    try (Connection connection = db.pool.getConnection()) {
      assertThat(synchronousCommit(connection)).isEqualTo("on");
    }
  }

  @Test
  void theyWaitForItWhereThatIsAskedFor() {
    assertThat(claimAndSettle(false)).containsExactly("UPDATE on", "DELETE on");
  }

  @Test
  void noChangeOfAPauseByARelayWaitsEitherAndThoseOfPeopleDo() {
    assertThat(pauseProbeAndResume(true))
        .containsExactly(
            "pause off", "probe off", "return off", "probe off", "resume off", "by hand on");
    assertThat(pauseProbeAndResume(false))
        .containsExactly(
            "pause on", "probe on", "return on", "probe on", "resume on", "by hand on");
  }

  @Test
  void whatACallerWritesIsCommittedAsTheCallerHasIt() throws SQLException {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      JdbcOutbox.create(db.pool).add(connection, TestOutbox.actions(2));
      assertThat(synchronousCommit(connection)).isEqualTo("on");
      connection.rollback();
    }
  }

  /** Returns what was set when each of these changed the workspace's row. */
  private List<String> pauseProbeAndResume(boolean asynchronousCommit) {
    db.clear();
    db.add(TestOutbox.actions(1));
    Transactions transactions = Transactions.on(db.pool);
    Dialect dialect =
        transactions.run("make the dialect", c -> Families.dialect(c, null, asynchronousCommit));
    Workspaces workspaces = dialect.workspaces();
    UUID claimId = UUID.randomUUID();
    ClaimSpec spec =
        new ClaimSpec(
            "default", claimId, "relay-1", 10, 100, 10_000, Duration.ofMinutes(1), 0, false);
    List<String> seen = new ArrayList<>();
    Change pause =
        c ->
            workspaces.pause(
                c, new PauseSpec("default", "relay-1", Duration.ZERO, "unknown", "down", 1, null));
    Change probe = c -> assertThat(workspaces.takeProbe(c, spec)).isTrue();
    seen.add("pause " + commitOf(transactions, pause));
    seen.add("probe " + commitOf(transactions, probe));
    seen.add("return " + commitOf(transactions, c -> workspaces.returnProbe(c, spec)));
    seen.add("probe " + commitOf(transactions, probe));
    seen.add(
        "resume "
            + commitOf(transactions, c -> workspaces.resume(c, "default", claimId, "relay-1")));
    seen.add(
        "by hand "
            + commitOf(
                transactions, c -> workspaces.pauseByHand(c, "default", null, "why", "anna")));
    assertThat(db.one("SELECT paused_by FROM outbox_workspace")).isEqualTo("anna");
    return seen;
  }

  private interface Change {
    void on(Connection connection);
  }

  /** Returns what is set where the transaction that makes a change is committed. */
  private static String commitOf(Transactions transactions, Change change) {
    return transactions.run(
        "change a workspace",
        connection -> {
          change.on(connection);
          return synchronousCommit(connection);
        });
  }

  /** Returns what was set at the end of the statements that changed the outbox. */
  private List<String> claimAndSettle(boolean asynchronousCommit) {
    db.add(TestOutbox.actions(3));
    db.execute("CREATE TABLE IF NOT EXISTS seen (n serial, setting text)");
    db.execute("TRUNCATE seen");
    db.execute(
        """
        CREATE OR REPLACE FUNCTION note_setting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO seen (setting) VALUES (TG_OP || ' ' || current_setting('synchronous_commit'));
          RETURN NULL;
        END $$""");
    db.execute(
        "CREATE OR REPLACE TRIGGER note_setting AFTER UPDATE OR DELETE ON outbox EXECUTE FUNCTION"
            + " note_setting()");
    Transactions transactions = Transactions.on(db.pool);
    JdbcRelayStore store =
        new JdbcRelayStore(
            transactions.run(
                "make the dialect", c -> Families.dialect(c, null, asynchronousCommit)),
            transactions);
    UUID claimId = UUID.randomUUID();
    Claim claim =
        store.claim(
            new ClaimSpec(
                "default", claimId, "relay-1", 10, 100, 10_000, Duration.ofMinutes(1), 0, false));
    Attempt attempt =
        new Attempt(
            UUID.randomUUID(),
            "relay-1",
            Duration.ZERO,
            Duration.ofMillis(5),
            3,
            3,
            900,
            new Outcome.Accepted(200, "req-1", null));
    store.settle(
        List.of(
            new Settlement(
                "default",
                claimId,
                claim.actions(),
                new Disposition.Delivered(),
                List.of(attempt))));
    assertThat(db.count("outbox_delivered")).isEqualTo(3);
    List<String> seen = db.query("SELECT setting FROM seen ORDER BY n");
    db.execute("DROP TRIGGER note_setting ON outbox");
    return seen;
  }

  private static String synchronousCommit(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW synchronous_commit")) {
      row.next();
      return row.getString(1);
    }
  }
}
