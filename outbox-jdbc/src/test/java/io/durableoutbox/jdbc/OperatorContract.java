package io.durableoutbox.jdbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.OutboxException;
import io.durableoutbox.RunResult;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Operator} promises of requeue and cancel, on any database. */
abstract class OperatorContract extends DatabaseTest {
  private static final ActionFilter REJECTED = ActionFilter.all().states(ActionState.REJECTED);
  private static final ActionFilter WAITING =
      ActionFilter.all().states(ActionState.PENDING, ActionState.RETRYING);
  private static final String OPERATIONS =
      "SELECT kind, workspace, actions, detail, reason, performed_by, CASE WHEN finished_at IS NULL THEN 'open' ELSE 'done' END FROM"
          + " outbox_operation ORDER BY started_at";

  @SuppressWarnings("NullAway.Init")
  private Operator anna;

  @BeforeEach
  void makeOperator() {
    anna = db.outbox.operator("anna");
  }

  // Requeue

  @Test
  void requeuedActionsAreDeliveredUnderTheirUuidsByARelay() {
    Action action = TestOutbox.shown("user-1").build();
    db.add(action);
    try (SimulatedDestination destination = SimulatedDestination.start();
        Relay relay =
            db.outbox
                .relay(
                    MoEngage.workspace(destination.workspaceId(), destination.apiKey())
                        .baseUrl(destination.baseUrl())
                        .build())
                .build()) {
      destination.next(Fault.status(400, "{\"error\":{\"message\":\"bad\"}}"));
      assertThat(relay.runOnce()).isEqualTo(new RunResult(1, 0, 0, 1, 0, 0, 0));
      OperationResult result = anna.requeue(Requeue.of(REJECTED, "mended"));
      assertThat(result.actions()).isEqualTo(1);
      assertThat(result.skipped()).isZero();
      assertThat(db.query("SELECT state, attempts, refusals, last_error FROM outbox_audit"))
          .containsExactly("retrying|1|1|refused 400: bad");
      assertThat(db.query("SELECT event_uuid, operation_id FROM outbox_operation_action"))
          .containsExactly(action.eventUuid() + "|" + result.operationId());
      assertThat(relay.runOnce()).isEqualTo(new RunResult(1, 1, 0, 0, 0, 0, 0));
      assertThat(destination.accepted(action.eventUuid())).isPresent();
      assertThat(destination.accepted(action.eventUuid()).orElseThrow().eventTime())
          .isEqualTo(action.eventTime());
    }
    assertThat(db.query("SELECT state, attempts FROM outbox_audit")).containsExactly("delivered|2");
    assertThat(db.query(OPERATIONS))
        .singleElement()
        .asString()
        .isEqualTo("requeue|null|1|state rejected|mended|anna|done");
  }

  @Test
  void onlyWhatTheFilterLetsPassIsRequeued() {
    rejected(6);
    db.execute("UPDATE outbox_rejected SET workspace = 'eu' WHERE customer_id = 'user-0'");
    db.execute("UPDATE outbox_rejected SET reason = 'refused 413' WHERE customer_id = 'user-1'");
    db.execute("UPDATE outbox_rejected SET operation_id = event_uuid WHERE customer_id = 'user-2'");
    db.execute(
        "UPDATE outbox_rejected SET rejected_at = CURRENT_TIMESTAMP - INTERVAL '1' DAY WHERE"
            + " customer_id = 'user-3'");
    db.execute("UPDATE outbox_rejected SET request_id = event_uuid WHERE customer_id = 'user-4'");
    var uuid =
        UUID.fromString(
            requireNonNull(
                db.one("SELECT event_uuid FROM outbox_rejected WHERE customer_id = 'user-4'")));
    ActionFilter all = ActionFilter.all();
    requeues(all.workspace("eu"), "user-0");
    requeues(all.reasonContains("413"), "user-1");
    requeues(all.states(ActionState.CANCELLED), "user-2");
    requeues(all.to(Instant.now().minus(Duration.ofHours(2))), "user-3");
    requeues(all.requestId(uuid), "user-4");
    requeues(all.eventUuids(Set.of(uuid)), "user-4");
    requeues(all.customerId("user-5").from(Instant.EPOCH), "user-5");
  }

  private void requeues(ActionFilter filter, String customer) {
    assertThat(anna.requeue(Requeue.of(filter, "why").asDryRun()).actions()).isEqualTo(1);
    assertThat(anna.requeue(Requeue.of(filter, "why")).actions()).isEqualTo(1);
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly(customer);
    assertThat(db.one("SELECT reason FROM outbox_operation ORDER BY started_at DESC LIMIT 1"))
        .doesNotContain(customer);
    rejectAll("refused 400");
  }

  @Test
  void whatWasRedactedOrWrittenAgainStaysRejectedAndIsCounted() {
    rejected(5);
    db.execute(
        "INSERT INTO outbox (event_uuid, customer_id, action, event_time, platform, attributes)"
            + " SELECT event_uuid, customer_id, action, event_time, platform, attributes FROM"
            + " outbox_rejected WHERE customer_id = 'user-0'");
    db.execute("UPDATE outbox_rejected SET attributes = NULL WHERE customer_id = 'user-1'");
    db.execute("UPDATE outbox_rejected SET customer_id = NULL WHERE customer_id = 'user-2'");
    OperationResult dry = anna.requeue(Requeue.of(REJECTED, "why").asDryRun());
    assertThat(dry).isEqualTo(new OperationResult(null, 2, 3));
    assertThat(db.count("outbox_operation")).isZero();
    assertThat(db.count("outbox_rejected")).isEqualTo(5);
    OperationResult result = anna.requeue(Requeue.of(REJECTED, "why"));
    assertThat(result.actions()).isEqualTo(2);
    assertThat(result.skipped()).isEqualTo(3);
    assertThat(db.count("outbox_rejected")).isEqualTo(3);
    assertThat(db.count("outbox")).isEqualTo(3);
  }

  @Test
  void aRateSpreadsWhenTheActionsAreAvailableOverAllBatches() {
    rejected(2_500);
    anna.requeue(Requeue.of(REJECTED, "why").perMinute(100));
    assertThat(
            db.one(
                "SELECT COUNT(DISTINCT available_at), CAST(EXTRACT(EPOCH FROM MAX(available_at)) -"
                    + " EXTRACT(EPOCH FROM MIN(available_at)) AS BIGINT) FROM outbox"))
        .isEqualTo("2500|" + 2_499 * 60 / 100);
    assertThat(db.count("outbox WHERE available_at <= CURRENT_TIMESTAMP")).isLessThan(100);
    assertThat(db.one("SELECT detail FROM outbox_operation"))
        .isEqualTo("state rejected; 100 a minute");
  }

  @Test
  void aRequeueThatIsBrokenOffGoesOnWhereItStoppedAndAtItsRate() {
    rejected(2_500);
    db.execute("ALTER TABLE outbox_operation ADD CONSTRAINT made_to_fail CHECK (actions < 1500)");
    Requeue requeue = Requeue.of(REJECTED, "why").perMinute(60);
    try {
      assertThatThrownBy(() -> anna.requeue(requeue))
          .isInstanceOf(OutboxException.class)
          .hasMessageStartingWith("Could not requeue actions");
    } finally {
      db.execute("ALTER TABLE outbox_operation DROP CONSTRAINT made_to_fail");
    }
    assertThat(db.count("outbox")).isEqualTo(1_000);
    assertThat(db.query("SELECT actions, finished_at FROM outbox_operation"))
        .containsExactly("1000|null");
    assertThat(anna.requeue(requeue).actions()).isEqualTo(1_500);
    assertThat(db.count("outbox_rejected")).isZero();
    assertThat(db.count("outbox_operation_action")).isEqualTo(2_500);
    assertThat(
            db.one(
                "SELECT COUNT(DISTINCT available_at), CAST(EXTRACT(EPOCH FROM MAX(available_at)) -"
                    + " EXTRACT(EPOCH FROM MIN(available_at)) AS BIGINT) FROM outbox"))
        .isEqualTo("2500|2499");
  }

  @Test
  void twoOperatorsAtOnceRequeueEachActionOnce() throws Exception {
    rejected(3_000);
    ExecutorService two = Executors.newFixedThreadPool(2);
    try {
      var ben = db.outbox.operator("ben");
      var first =
          CompletableFuture.supplyAsync(() -> anna.requeue(Requeue.of(REJECTED, "why")), two);
      var second =
          CompletableFuture.supplyAsync(() -> ben.requeue(Requeue.of(REJECTED, "why")), two);
      long moved = first.get().actions() + second.get().actions();
      moved += anna.requeue(Requeue.of(REJECTED, "what either left")).actions();
      assertThat(moved).isEqualTo(3_000);
    } finally {
      two.shutdown();
    }
    assertThat(db.count("outbox")).isEqualTo(3_000);
    assertThat(db.count("outbox_rejected")).isZero();
    assertThat(db.one("SELECT COUNT(DISTINCT event_uuid), COUNT(*) FROM outbox_operation_action"))
        .isEqualTo("3000|3000");
  }

  @Test
  void aRequeueDoesNotWaitForRowsThatAnotherHoldsAndLeavesThem() throws Exception {
    rejectedLongAgo(3);
    try (Connection other = db.pool.getConnection()) {
      other.setAutoCommit(false);
      db.outbox
          .operator("ben")
          .requeue(other, Requeue.of(ActionFilter.all().customerId("user-0"), "mine"));
      OperationResult result = anna.requeue(Requeue.of(REJECTED, "why"));
      assertThat(result.actions() + result.skipped()).isEqualTo(3);
      assertThat(result.skipped()).isPositive();
      other.commit();
    }
    anna.requeue(Requeue.of(REJECTED, "the rest"));
    assertThat(db.count("outbox")).isEqualTo(3);
  }

  @Test
  void whatIsRejectedWhileARequeueRunsIsNotTakenAgain() {
    rejected(1);
    Between picks = new Between("requeue-pick", 0, () -> {});
    for (String statement : List.of("requeue-find", "requeue-pick")) {
      Between rejected =
          new Between(
              statement,
              1,
              () ->
                  db.execute(
                      "UPDATE outbox_rejected SET rejected_at = CURRENT_TIMESTAMP + INTERVAL '1'"
                          + " SECOND"));
      Operator operator = JdbcOutbox.create(rejected.of(picks.of(db.pool))).operator("anna");
      assertThat(operator.requeue(Requeue.of(REJECTED, "why")).actions()).as(statement).isZero();
      assertThat(db.count("outbox_rejected")).as(statement).isEqualTo(1);
      db.execute("UPDATE outbox_rejected SET rejected_at = CURRENT_TIMESTAMP");
    }
    assertThat(picks.count()).as("found before it was rejected again").isEqualTo(1);
  }

  @Test
  void whatIsWrittenAgainBetweenTheLookAndTheMoveStaysRejected() throws Exception {
    rejected(2);
    String event = db.one("SELECT event_uuid FROM outbox_rejected WHERE customer_id = 'user-0'");
    Between written =
        new Between(
            "requeue",
            1,
            () ->
                db.execute(
                    "INSERT INTO outbox (event_uuid, customer_id, action, event_time, platform,"
                        + " attributes) VALUES ('"
                        + event
                        + "', 'user-0', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', CURRENT_TIMESTAMP,"
                        + " 'web', '{\"cid\":\"1\"}')"));
    // In the caller's transaction, which nothing can do again.
    try (Connection transaction = written.of(db.pool).getConnection()) {
      transaction.setAutoCommit(false);
      OperationResult result = anna.requeue(transaction, Requeue.of(REJECTED, "why"));
      assertThat(result.actions()).isEqualTo(1);
      assertThat(result.skipped()).isEqualTo(1);
      transaction.commit();
    }
    assertThat(db.query("SELECT customer_id FROM outbox_rejected")).containsExactly("user-0");
    assertThat(db.count("outbox")).isEqualTo(2);
  }

  @Test
  void whatIsRequeuedIsCheckedAgainAndClaimedInTheOrderInWhichItWasWritten() {
    rejected(3);
    db.execute(
        "UPDATE outbox_rejected SET created_at = created_at - INTERVAL '1' HOUR WHERE customer_id ="
            + " 'user-2'");
    db.execute(
        "UPDATE outbox_rejected SET created_at = created_at - INTERVAL '2' HOUR WHERE customer_id ="
            + " 'user-1'");
    anna.requeue(Requeue.of(REJECTED, "why"));
    assertThat(db.query("SELECT customer_id FROM outbox ORDER BY id"))
        .containsExactly("user-1", "user-2", "user-0");
    assertThat(db.count("outbox WHERE validated")).isZero();
  }

  @Test
  void aRateBeginsAtOnceUnlessWhatWaitsForItWasRequeuedByOneThatRuns() {
    rejected(4);
    requeueByTheMinute("user-0");
    requeueByTheMinute("user-1");
    assertThat(db.count("outbox WHERE available_at <= CURRENT_TIMESTAMP")).isEqualTo(2);
    db.execute("UPDATE outbox_operation SET finished_at = NULL");
    // A relay holds it: when it is available again says nothing of the rate.
    claim("user-1");
    requeueByTheMinute("user-2");
    assertThat(db.count("outbox WHERE available_at <= CURRENT_TIMESTAMP")).isEqualTo(2);
    db.execute("UPDATE outbox_operation SET finished_at = NULL");
    db.execute(
        "UPDATE outbox SET available_at = CURRENT_TIMESTAMP + INTERVAL '1' MINUTE WHERE"
            + " customer_id = 'user-2'");
    db.execute("UPDATE outbox_operation SET finished_at = started_at");
    requeueByTheMinute("user-3");
    assertThat(db.count("outbox WHERE available_at <= CURRENT_TIMESTAMP")).isEqualTo(2);
  }

  private void requeueByTheMinute(String customer) {
    ActionFilter one = ActionFilter.all().customerId(customer).states(ActionState.REJECTED);
    assertThat(anna.requeue(Requeue.of(one, "why").perMinute(1)).actions()).isEqualTo(1);
  }

  @Test
  void aTimeSpanHasItsBeginningAndNotItsEnd() {
    Instant time = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    String literal =
        "TIMESTAMP WITH TIME ZONE '" + time.toString().replace("T", " ").replace("Z", "+00") + "'";
    ActionFilter before = ActionFilter.all().to(time);
    ActionFilter since = ActionFilter.all().from(time).to(time.plusSeconds(1));
    rejected(1);
    db.execute("UPDATE outbox_rejected SET rejected_at = " + literal);
    assertThat(anna.requeue(Requeue.of(before, "why")).actions()).isZero();
    assertThat(anna.requeue(Requeue.of(since, "why")).actions()).isEqualTo(1);
    db.execute("UPDATE outbox SET created_at = " + literal);
    assertThat(anna.cancel(before, "why").actions()).isZero();
    assertThat(anna.cancel(since, "why").actions()).isEqualTo(1);
  }

  // Cancel

  @Test
  void whatARelayClaimsBetweenTheLookAndTheLockIsNotCancelled() {
    db.add(TestOutbox.actions(2));
    OperationResult result =
        annaWhile("cancel-pick", () -> claim("user-0"))
            .cancel(ActionFilter.all().workspace("default"), "why");
    assertThat(result.actions()).isEqualTo(1);
    assertThat(result.skipped()).isEqualTo(1);
    assertThat(db.query("SELECT customer_id, state FROM outbox_audit ORDER BY customer_id"))
        .containsExactly("user-0|claimed", "user-1|cancelled");
  }

  @Test
  void whatIsWrittenWhileACancelRunsIsNotCancelled() {
    db.add(TestOutbox.actions(1));
    OperationResult result =
        annaWhile("cancel-find", () -> db.add(TestOutbox.shown("late").build()))
            .cancel(ActionFilter.all().workspace("default"), "why");
    assertThat(result.actions()).isEqualTo(1);
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly("late");
  }

  @Test
  void aCancelDoesNotWaitForRowsThatAnotherHoldsAndLeavesThem() throws Exception {
    List<Action> actions = TestOutbox.actions(2);
    db.add(actions);
    try (Connection other = db.pool.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "SELECT id FROM outbox WHERE event_uuid = '"
              + actions.get(0).eventUuid()
              + "' FOR UPDATE");
      OperationResult result = anna.cancel(ActionFilter.all().workspace("default"), "why");
      assertThat(result.actions()).isEqualTo(1);
      assertThat(result.skipped()).isEqualTo(1);
      other.rollback();
    }
  }

  private Operator annaWhile(String statement, Between.Meanwhile meanwhile) {
    return Between.outbox(db.pool, statement, meanwhile).operator("anna");
  }

  @Test
  void cancelTakesWhatWaitsAndLeavesAndCountsWhatIsInFlight() {
    db.add(TestOutbox.actions(4));
    claim("user-0");
    claim("user-1");
    db.execute(
        "UPDATE outbox SET available_at = CURRENT_TIMESTAMP - INTERVAL '1' SECOND WHERE customer_id"
            + " = 'user-1'");
    db.execute("UPDATE outbox SET attempts = 2, refusals = 1 WHERE customer_id = 'user-2'");
    OperationResult result =
        anna.cancel(ActionFilter.all().workspace("default"), "campaign withdrawn");
    assertThat(result.actions()).isEqualTo(3);
    assertThat(result.skipped()).isEqualTo(1);
    assertThat(db.query("SELECT customer_id, state FROM outbox_audit ORDER BY customer_id"))
        .containsExactly(
            "user-0|claimed", "user-1|cancelled", "user-2|cancelled", "user-3|cancelled");
    assertThat(
            db.query(
                "SELECT attempts, refusals, last_error FROM outbox_audit WHERE operation_id = '"
                    + result.operationId()
                    + "' AND customer_id = 'user-2'"))
        .containsExactly("2|1|cancelled: campaign withdrawn");
    assertThat(db.count("outbox_operation_action")).isEqualTo(3);
    assertThat(db.query(OPERATIONS))
        .singleElement()
        .asString()
        .isEqualTo("cancel|default|3|workspace default|campaign withdrawn|anna|done");
    assertThat(anna.requeue(Requeue.of(ActionFilter.all().workspace("default"), "no")).actions())
        .as("cancelled ones can come back")
        .isEqualTo(3);
  }

  @Test
  void cancelledStatesAreThoseOfTheView() {
    db.add(TestOutbox.actions(3));
    claim("user-0");
    db.execute("UPDATE outbox SET attempts = 1 WHERE customer_id = 'user-1'");
    assertThat(anna.cancel(ActionFilter.all().states(ActionState.CLAIMED), "why"))
        .matches(r -> r.actions() == 0 && r.skipped() == 1);
    assertThat(anna.cancel(ActionFilter.all().states(ActionState.RETRYING), "why"))
        .matches(r -> r.actions() == 1 && r.skipped() == 0);
    assertThat(anna.cancel(ActionFilter.all().states(ActionState.PENDING), "why"))
        .matches(r -> r.actions() == 1 && r.skipped() == 0);
    assertThat(db.query("SELECT customer_id FROM outbox")).containsExactly("user-0");
  }

  @Test
  void aCancelThatIsBrokenOffGoesOnWhereItStopped() {
    addAll(2_500);
    db.execute("ALTER TABLE outbox_operation ADD CONSTRAINT made_to_fail CHECK (actions < 1500)");
    try {
      assertThatThrownBy(() -> anna.cancel(WAITING, "why")).isInstanceOf(OutboxException.class);
    } finally {
      db.execute("ALTER TABLE outbox_operation DROP CONSTRAINT made_to_fail");
    }
    assertThat(db.count("outbox")).isEqualTo(1_500);
    assertThat(anna.cancel(WAITING, "x".repeat(4_000)).actions()).isEqualTo(1_500);
    assertThat(db.count("outbox_rejected WHERE operation_id IS NOT NULL")).isEqualTo(2_500);
    assertThat(db.count("outbox_operation_action")).isEqualTo(2_500);
  }

  @Test
  void whatWasCancelledAndWrittenAgainIsCancelledAgain() {
    db.add(TestOutbox.actions(1));
    anna.cancel(WAITING, "once");
    db.execute(
        "INSERT INTO outbox (event_uuid, customer_id, action, event_time, platform, attributes)"
            + " SELECT event_uuid, customer_id, action, event_time, platform, attributes FROM"
            + " outbox_rejected");
    db.execute("UPDATE outbox SET attempts = 2, refusals = 1");
    db.execute("UPDATE outbox_rejected SET attempts = 3, refusals = 2");
    assertThat(anna.cancel(WAITING, "twice").actions()).isEqualTo(1);
    assertThat(db.query("SELECT reason, attempts, refusals FROM outbox_rejected"))
        .containsExactly("cancelled: twice|5|3");
    assertThat(db.count("outbox")).isZero();
  }

  // The caller's transaction

  @Test
  void inTheCallersTransactionWhatWasRejectedSinceItBeganIsRequeuedToo() throws Exception {
    try (Connection transaction = db.pool.getConnection();
        Statement statement = transaction.createStatement()) {
      transaction.setAutoCommit(false);
      statement.execute("SELECT CURRENT_TIMESTAMP");
      rejected(1);
      assertThat(anna.requeue(transaction, Requeue.of(REJECTED, "why")).actions()).isEqualTo(1);
      transaction.commit();
    }
  }

  @Test
  void inTheCallersTransactionAllIsUndoneIfItRollsBack() throws Exception {
    rejected(2);
    db.add(TestOutbox.actions(2));
    try (Connection transaction = db.pool.getConnection()) {
      transaction.setAutoCommit(false);
      anna.cancel(transaction, WAITING, "why");
      anna.requeue(transaction, Requeue.of(REJECTED, "why"));
      transaction.rollback();
      assertThat(db.query("SELECT state, COUNT(*) FROM outbox_audit GROUP BY state ORDER BY state"))
          .containsExactly("pending|2", "rejected|2");
      assertThat(db.count("outbox_operation")).isZero();
      assertThat(db.count("outbox_operation_action")).isZero();
      anna.cancel(transaction, WAITING, "why");
      anna.requeue(transaction, Requeue.of(REJECTED, "why").perMinute(1));
      transaction.commit();
      assertThat(db.query("SELECT state, COUNT(*) FROM outbox_audit GROUP BY state ORDER BY state"))
          .containsExactly("cancelled|2", "pending|2");
      assertThat(db.query("SELECT kind, actions FROM outbox_operation ORDER BY kind"))
          .containsExactly("cancel|2", "requeue|2");
      transaction.setAutoCommit(true);
      assertThatThrownBy(() -> anna.cancel(transaction, WAITING, "why"))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("auto-commit");
    }
  }

  @Test
  void whileTheCallersTransactionIsOpenOthersWriteAndAreRelayed() throws Exception {
    rejectedLongAgo(2);
    db.add(TestOutbox.actions(2));
    try (Connection transaction = db.pool.getConnection();
        SimulatedDestination destination = SimulatedDestination.start();
        Relay relay =
            db.outbox
                .relay(
                    MoEngage.workspace(destination.workspaceId(), destination.apiKey())
                        .baseUrl(destination.baseUrl())
                        .build())
                .build()) {
      transaction.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      transaction.setAutoCommit(false);
      anna.cancel(transaction, ActionFilter.all().customerId("user-0"), "why");
      anna.requeue(transaction, Requeue.of(REJECTED.customerId("user-1"), "why"));
      var other =
          CompletableFuture.supplyAsync(
              () -> {
                db.add(TestOutbox.shown("user-2").build());
                destination.next(Fault.status(400, "{\"error\":{\"message\":\"bad\"}}"));
                return relay.runOnce();
              });
      assertThat(other.get(20, TimeUnit.SECONDS).claimed()).isEqualTo(2);
      transaction.commit();
    }
    assertThat(db.count("outbox_audit WHERE state = 'cancelled'")).isEqualTo(1);
  }

  @Test
  void theCallersTransactionTakesTenThousandAndIsToldTheWayOut() throws Exception {
    addAll(10_001);
    try (Connection transaction = db.pool.getConnection()) {
      transaction.setAutoCommit(false);
      assertThatThrownBy(() -> anna.cancel(transaction, WAITING, "why"))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("10000")
          .hasMessageContaining("without a connection");
      transaction.rollback();
      rejectAll("refused 400");
      assertThatThrownBy(() -> anna.requeue(transaction, Requeue.of(REJECTED, "why")))
          .hasMessageContaining("without a connection");
      transaction.rollback();
    }
    assertThat(db.count("outbox_operation")).isZero();
    assertThat(db.count("outbox_rejected")).isEqualTo(10_001);
  }

  @Test
  void whatCantBeIsRefusedByNameBeforeTheDatabaseIsTouched() {
    ActionFilter all = ActionFilter.all();
    refused(() -> Requeue.of(all, "why"), "filter is empty");
    refused(() -> Requeue.of(all.states(ActionState.PENDING), "why"), "PENDING");
    refused(() -> Requeue.of(all.states(ActionState.DELIVERED), "why"), "REJECTED and CANCELLED");
    refused(() -> Requeue.of(all.reqId("x"), "why"), "reqId");
    refused(() -> Requeue.of(REJECTED, " "), "reason");
    refused(() -> Requeue.of(REJECTED, "a\0b"), "reason");
    refused(() -> Requeue.of(REJECTED, "why").perMinute(0), "perMinute");
    refused(() -> anna.cancel(all, "why"), "filter is empty");
    refused(() -> anna.cancel(all.states(ActionState.REJECTED), "why"), "PENDING");
    refused(() -> anna.cancel(all.reqId("x"), "why"), "reqId");
    refused(() -> anna.cancel(all.requestId(UUID.randomUUID()), "why"), "requestId");
    refused(() -> anna.cancel(WAITING, "x".repeat(4_001)), "reason");
    assertThat(db.count("outbox_operation")).isZero();
  }

  private static void refused(Runnable bad, String word) {
    assertThatThrownBy(bad::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(word);
  }

  private void rejected(int n) {
    addAll(n);
    rejectAll("refused 400");
  }

  /** Unlike a row that was in the outbox just now, it has left nothing there. */
  private void rejectedLongAgo(int n) {
    for (int i = 0; i < n; i++) {
      new AuditRows(db)
          .rejected(AuditContract.NOON, null, null, "default", "user-" + i, "refused 400");
    }
  }

  private void addAll(int n) {
    List<Action> actions = TestOutbox.actions(n);
    for (int from = 0; from < n; from += 5_000) {
      db.add(actions.subList(from, Math.min(n, from + 5_000)));
    }
  }

  private void rejectAll(String reason) {
    db.execute(
        "INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, attempts,"
            + " refusals, workspace, customer_id, action, platform, reason, attributes) SELECT"
            + " CURRENT_TIMESTAMP, created_at, event_time, event_uuid, attempts, refusals,"
            + " workspace, customer_id, action, platform, '"
            + reason
            + "', attributes FROM outbox");
    db.execute("DELETE FROM outbox");
  }

  private void claim(String customer) {
    db.execute(
        "UPDATE outbox SET claim_id = event_uuid, claimed_by = 'relay-1', attempts = attempts + 1,"
            + " available_at = CURRENT_TIMESTAMP + INTERVAL '1' MINUTE WHERE customer_id = '"
            + customer
            + "'");
  }
}
