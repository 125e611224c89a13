package io.durableoutbox.jdbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.OutboxException;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.jdbc.internal.Families;
import io.durableoutbox.jdbc.internal.JdbcRelayStore;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.PauseSpec;
import io.durableoutbox.store.Settlement;
import io.durableoutbox.store.Settlement.Attempt;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Operator#erase} promises, on any database. */
abstract class ErasureContract extends DatabaseTest {
  private static final String EVE = "eve@example.com";
  private static final String QUOTE = "the user " + EVE + " is not known";

  @SuppressWarnings("NullAway.Init")
  private RelayStore store;

  @SuppressWarnings("NullAway.Init")
  private Operator anna;

  @BeforeAll
  void makeStore() {
    Transactions transactions = Transactions.on(db.pool);
    store =
        new JdbcRelayStore(
            transactions.run("make the dialect", c -> Families.dialect(c, null)), transactions);
  }

  @BeforeEach
  void makeOperator() {
    anna = db.outbox.operator("anna");
  }

  /** Eve in every state, together with Bob, and quoted wherever a server can be. */
  private void scene() {
    accepted(eve(), bob());
    accepted(eve());
    // Refused together, and retried: Bob's row has a message that quotes Eve.
    db.add(eve(), bob());
    settle(claim(), new Disposition.Retry(Duration.ofHours(1), "refused 400: " + QUOTE), refused());
    // Rejected together, by one request.
    db.add(eve(), bob());
    settle(claim(), new Disposition.Rejected("refused 400: " + QUOTE), refused());
    db.add(eve());
    anna.cancel(ActionFilter.all().customerId(EVE).states(ActionState.PENDING), "why");
    store.pause(
        new PauseSpec("default", "relay-1", Duration.ofHours(1), "misconfigured", QUOTE, 1, null));
    anna.evenIfUnknown().pause("eu", "because of " + EVE);
    db.add(eve());
  }

  @Test
  void nothingInAnyTableHasTheIdAfterwardsAndOthersKeepTheirs() {
    scene();
    String bobs =
        "SELECT event_uuid, state, attempts, attributes FROM outbox_audit"
            + " WHERE customer_id = 'bob' ORDER BY event_uuid";
    List<String> before = db.query(bobs);
    assertThat(dump()).anyMatch(cell -> cell.contains(EVE));
    ErasureResult result = anna.erase(EVE, "ticket 4711");
    assertThat(result).isEqualTo(new ErasureResult(result.operationId(), 2, 2, 2, 0));
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
    assertThat(db.query(bobs)).hasSize(3).isEqualTo(before);
    assertThat(
            db.query("SELECT DISTINCT last_error FROM outbox_audit WHERE last_error IS NOT NULL"))
        .containsExactly("refused 400: the user ** is not known");
    assertThat(db.query("SELECT DISTINCT message FROM outbox_request WHERE outcome = 'refused'"))
        .containsExactly("the user ** is not known");
    assertThat(db.count("outbox_attempt")).as("Bob's").isEqualTo(2);
    assertThat(db.count("outbox_operation_action")).isZero();
    assertThat(
            db.query(
                "SELECT actions, detail, reason, performed_by,"
                    + " CASE WHEN finished_at IS NULL THEN 'open' ELSE 'done' END"
                    + " FROM outbox_operation WHERE kind = 'erase'"))
        .containsExactly(
            "6|one customer: 2 waiting, 2 delivered, 2 rejected|ticket 4711|anna|done");
    assertThat(anna.erase(EVE, "to be sure").actions()).isZero();
  }

  @Test
  void messagesLoseTheIdHoweverOldTheyAre() {
    scene();
    db.execute("UPDATE outbox_request SET started_at = started_at - INTERVAL '10' DAY");
    anna.erase(EVE, "ticket 4711");
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
  }

  @Test
  void theMessageOfAnAnswerThatCameAfterAnErasureGoesWithTheNextOneOfTheDay() {
    scene();
    db.execute("DELETE FROM outbox_attempt");
    db.execute("UPDATE outbox_rejected SET request_id = NULL");
    db.execute("UPDATE outbox_request SET started_at = started_at - INTERVAL '23' HOUR");
    anna.erase(EVE, "ticket 4711");
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
  }

  @Test
  void whatMovesWhileAnErasureRunsIsErasedToo() {
    db.add(eve());
    Between.outbox(
            db.pool,
            "erase-find-waiting",
            () -> settle(claim(), new Disposition.Rejected("refused 400: " + QUOTE), refused()))
        .operator("anna")
        .erase(EVE, "ticket 4711");
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
  }

  @Test
  void anErasureThatWaitsForARowHoldsNoOther() throws Exception {
    Action first = eve();
    Action second = eve();
    db.add(first, second);
    try (Connection relay = db.pool.getConnection();
        Statement statement = relay.createStatement()) {
      relay.setAutoCommit(false);
      String lock = "SELECT id FROM outbox WHERE event_uuid = '%s' FOR UPDATE";
      statement.execute(lock.formatted(second.eventUuid()));
      var erased = CompletableFuture.supplyAsync(() -> anna.erase(EVE, "why"));
      Await.value(
          "all but the held one is erased",
          Duration.ofSeconds(20),
          () -> db.count("outbox"),
          left -> left == 1);
      relay.commit();
      assertThat(erased.get(20, TimeUnit.SECONDS).waiting()).isEqualTo(2);
    }
  }

  @Test
  void whatIsInFlightIsDeletedAndALateAnswerBringsNoRowBack() {
    for (Disposition late :
        List.of(
            new Disposition.Delivered(),
            new Disposition.Retry(Duration.ZERO, "refused 400: " + QUOTE),
            new Disposition.Rejected("refused 400: " + QUOTE))) {
      db.add(eve());
      Claimed claimed = claim();
      assertThat(anna.erase(EVE, "why").inFlight()).isEqualTo(1);
      boolean delivered = late instanceof Disposition.Delivered;
      settle(claimed, late, delivered ? new Outcome.Accepted(200, "req-1", QUOTE) : refused());
      assertThat(db.count("outbox_audit")).isZero();
      assertThat(db.count("outbox_request WHERE message LIKE '%eve%'")).isEqualTo(1);
      assertThat(anna.erase(EVE, "once more, since one was in flight").actions()).isZero();
      assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
    }
  }

  @Test
  void anIdThatIsAStatusDoesNotSpoilWhatTheLibraryWrote() {
    db.add(TestOutbox.shown("400").build(), bob());
    settle(
        claim(),
        new Disposition.Retry(Duration.ZERO, "refused 400: user 400 is not known"),
        new Outcome.Refused(400, "user 400 is not known"));
    anna.erase("400", "why");
    assertThat(db.query("SELECT customer_id, last_error FROM outbox"))
        .containsExactly("bob|refused 400: user ** is not known");
  }

  @Test
  void idsWithWhatSqlAndMasksAreMadeOfAreErased() {
    for (String id : List.of("it's: a % test_*", "*#_-", "Анна \uD83D\uDE00", "a'b\"c\\d")) {
      db.add(TestOutbox.shown(id).build(), bob());
      settle(
          claim(),
          new Disposition.Retry(Duration.ZERO, "refused 400: no " + id + "; no"),
          new Outcome.Refused(400, id));
      assertThat(anna.erase(id, "why").waiting()).isEqualTo(1);
      assertThat(dump()).noneMatch(cell -> cell.contains(id));
      assertThat(db.query("SELECT customer_id FROM outbox_audit")).containsExactly("bob");
      db.clear();
    }
  }

  @Test
  void anErasureThatIsBrokenOffGoesOnWhereItStopped() {
    List<Action> eves = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      eves.add(eve());
    }
    accepted(eves.toArray(Action[]::new));
    accepted(bob());
    db.execute("ALTER TABLE outbox_operation ADD CONSTRAINT made_to_fail CHECK (actions < 1500)");
    try {
      assertThatThrownBy(() -> anna.erase(EVE, "why"))
          .isInstanceOf(OutboxException.class)
          .hasMessageStartingWith("Could not erase a customer");
    } finally {
      db.execute("ALTER TABLE outbox_operation DROP CONSTRAINT made_to_fail");
    }
    assertThat(db.count("outbox_delivered")).isEqualTo(1_501);
    assertThat(anna.erase(EVE, "again").delivered()).isEqualTo(1_500);
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
    assertThat(db.query("SELECT customer_id FROM outbox_audit")).containsExactly("bob");
    assertThat(
            db.query("SELECT actions, finished_at IS NULL FROM outbox_operation ORDER BY actions"))
        .satisfiesExactly(
            row -> assertThat(row).matches("1000\\|(t|TRUE|1)"),
            row -> assertThat(row).matches("1500\\|(f|FALSE|0)"));
  }

  @Test
  void inTheCallersTransactionNothingIsErasedIfItRollsBack() throws Exception {
    scene();
    List<String> before = dump();
    try (Connection transaction = db.pool.getConnection()) {
      transaction.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      transaction.setAutoCommit(false);
      assertThat(anna.erase(transaction, EVE, "why").actions()).isEqualTo(6);
      transaction.rollback();
      assertThat(dump()).isEqualTo(before);
      anna.erase(transaction, EVE, "why");
      transaction.commit();
    }
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
  }

  @Test
  void anErasureWaitsForARowThatARelayIsSettling() throws Exception {
    db.add(eve(), bob());
    try (Connection relay = db.pool.getConnection()) {
      relay.setAutoCommit(false);
      relay
          .createStatement()
          .execute("UPDATE outbox SET attempts = 1 WHERE customer_id = '" + EVE + "'");
      var erased = CompletableFuture.supplyAsync(() -> anna.erase(EVE, "why"));
      relay.commit();
      assertThat(erased.get().waiting()).isEqualTo(1);
    }
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
  }

  @Test
  void anErasureDoesNotWaitForActionsThatOthersWriteAndHaveNotCommitted() throws Exception {
    db.add(eve());
    try (Connection other = db.pool.getConnection()) {
      other.setAutoCommit(false);
      db.outbox.add(other, bob());
      var erased = CompletableFuture.supplyAsync(() -> anna.erase(EVE, "why"));
      assertThat(erased.get(20, TimeUnit.SECONDS).waiting()).isEqualTo(1);
      other.commit();
    }
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly("bob");
  }

  @Test
  void whileTheCallersTransactionIsOpenOthersWriteAndAreRelayed() throws Exception {
    scene();
    anna.resume("default", "why");
    try (Connection transaction = db.pool.getConnection()) {
      transaction.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      transaction.setAutoCommit(false);
      assertThat(anna.erase(transaction, EVE, "why").actions()).isEqualTo(6);
      var other =
          CompletableFuture.runAsync(
              () -> {
                accepted(TestOutbox.shown("carol").build());
                db.add(TestOutbox.shown("dave").build());
                settle(claim(), new Disposition.Rejected("no"), new Outcome.Refused(400, "no"));
              });
      other.get(20, TimeUnit.SECONDS);
      transaction.commit();
    }
    assertThat(db.count("outbox_audit WHERE customer_id = '" + EVE + "'")).isZero();
    assertThat(db.query("SELECT customer_id, state FROM outbox_audit WHERE customer_id <> 'bob'"))
        .containsExactlyInAnyOrder("carol|delivered", "dave|rejected");
  }

  @Test
  void anErasureWhileARelayRunsHurtsNobodyElse() {
    List<Action> both = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      both.add(eve());
      both.add(TestOutbox.shown("user-" + i).build());
    }
    db.add(both);
    try (SimulatedDestination destination = SimulatedDestination.start();
        Relay relay =
            db.outbox
                .relay(
                    MoEngage.workspace(destination.workspaceId(), destination.apiKey())
                        .baseUrl(destination.baseUrl())
                        .build())
                .pollInterval(Duration.ofMillis(10))
                .build()
                .start()) {
      destination.awaitAccepted(200, Duration.ofSeconds(30));
      anna.erase(EVE, "why");
      Await.equal("what still waits", 0, () -> db.count("outbox"));
      assertThat(relay.health().reasons()).isEmpty();
    }
    anna.erase(EVE, "once more");
    assertThat(dump()).noneMatch(cell -> cell.contains(EVE));
    assertThat(db.one("SELECT COUNT(*), COUNT(DISTINCT customer_id) FROM outbox_delivered"))
        .isEqualTo("1000|1000");
  }

  @Test
  void whatCantBeIsRefusedWithoutTheId() {
    assertThatThrownBy(() -> anna.erase("e", "why"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("customerId");
    assertThatThrownBy(() -> anna.erase(EVE, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("reason");
    assertThatThrownBy(() -> anna.erase(EVE, "asked by " + EVE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("reason")
        .hasMessageNotContaining(EVE);
    assertThat(db.count("outbox_operation")).isZero();
  }

  // Every cell of every table, not only of those that are known here.
  private List<String> dump() {
    return db.inTransaction(
        connection -> {
          List<String> cells = new ArrayList<>();
          for (String table : tables(connection)) {
            try (var statement = connection.createStatement();
                ResultSet rows =
                    statement.executeQuery(
                        TestDatabase.words(connection, "SELECT * FROM \"" + table + "\""))) {
              while (rows.next()) {
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                  cells.add(table + "." + i + " " + rows.getString(i));
                }
              }
            }
          }
          return cells.stream().sorted().toList();
        });
  }

  private static List<String> tables(Connection connection) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (ResultSet found =
        connection
            .getMetaData()
            .getTables(
                connection.getCatalog(),
                connection.getSchema(),
                null,
                new String[] {"TABLE", "BASE TABLE", "PARTITIONED TABLE"})) {
      while (found.next()) {
        tables.add(found.getString("TABLE_NAME"));
      }
    }
    assertThat(tables.stream().map(String::toLowerCase))
        .contains("outbox", "outbox_delivered", "outbox_request", "outbox_operation");
    return tables;
  }

  private static Action eve() {
    return TestOutbox.shown(EVE).userAttributes("{\"email\":\"" + EVE + "\"}").build();
  }

  private static Action bob() {
    return TestOutbox.shown("bob").build();
  }

  private static Outcome refused() {
    return new Outcome.Refused(400, QUOTE);
  }

  private record Claimed(UUID claimId, List<ClaimedAction> actions) {}

  private Claimed claim() {
    UUID id = UUID.randomUUID();
    return new Claimed(
        id,
        store
            .claim(
                new ClaimSpec(
                    "default",
                    id,
                    "relay-1",
                    10_000,
                    100,
                    100_000_000,
                    Duration.ofMinutes(1),
                    0,
                    false))
            .actions());
  }

  private void accepted(Action... actions) {
    db.add(actions);
    settle(
        claim(),
        new Disposition.Delivered(),
        new Outcome.Accepted(200, "req-" + requireNonNull(actions[0]).eventUuid(), QUOTE));
  }

  private void settle(Claimed claimed, Disposition to, Outcome outcome) {
    assertThat(claimed.actions()).isNotEmpty();
    store.settle(
        List.of(
            new Settlement(
                "default",
                claimed.claimId(),
                claimed.actions(),
                to,
                List.of(
                    new Attempt(
                        UUID.randomUUID(),
                        "relay-1",
                        Duration.ofMillis(250),
                        Duration.ZERO,
                        1,
                        1,
                        900,
                        outcome)))));
  }
}
