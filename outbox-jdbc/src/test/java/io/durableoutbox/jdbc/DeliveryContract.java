package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.RunResult;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.ReceivedRequest;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * From the caller's transaction to the destination and into the audit, over real HTTP, on any
 * database.
 */
abstract class DeliveryContract extends DatabaseTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @SuppressWarnings("NullAway.Init")
  private SimulatedDestination destination;

  @BeforeAll
  void startDestination() {
    destination = SimulatedDestination.start();
  }

  @BeforeEach
  void resetDestination() {
    destination.reset();
  }

  @AfterAll
  void closeDestination() {
    destination.close();
  }

  private MoEngage.Builder moEngage() {
    return MoEngage.workspace(destination.workspaceId(), destination.apiKey())
        .baseUrl(destination.baseUrl())
        .callTimeout(Duration.ofSeconds(20));
  }

  private RelayBuilder relay() {
    return db.outbox
        .relay(moEngage().build())
        .pollInterval(Duration.ofMillis(50))
        .retryBackoff(Duration.ofMillis(1), Duration.ofMillis(50));
  }

  @Test
  void whatIsCommittedArrivesOnceAndByteForByteAndIsAuditedWithItsReqId() {
    List<Action> actions = TestOutbox.actions(250);
    db.add(actions);
    RunResult result;
    try (Relay relay = relay().build()) {
      result = relay.runOnce();
      assertThat(relay.runOnce().claimed()).isZero();
    }
    assertThat(result).isEqualTo(new RunResult(250, 250, 0, 0, 0, 0, 0));
    assertThat(destination.requests())
        .extracting(ReceivedRequest::elements)
        .containsExactlyInAnyOrder(100, 100, 50);
    for (Action action : actions) {
      AcceptedAction accepted = destination.accepted(action.eventUuid()).orElseThrow();
      assertThat(accepted.attributes()).isEqualTo(action.attributes());
      assertThat(accepted.eventTime()).isEqualTo(action.eventTime());
      assertThat(accepted.customerId()).isEqualTo(action.customerId());
      assertThat(
              db.query(
                  "SELECT state, attempts, req_id FROM outbox_audit WHERE event_uuid = '"
                      + action.eventUuid()
                      + "'"))
          .containsExactly("delivered|1|" + accepted.reqIds().get(0));
    }
    assertThat(
            db.one("SELECT SUM(bytes), SUM(actions), COUNT(DISTINCT req_id) FROM outbox_request"))
        .isEqualTo(
            destination.requests().stream().mapToInt(ReceivedRequest::bytes).sum() + "|250|3");
  }

  @Test
  void aUsersActionsShareAnElementUnlessTheirOffsetsDiffer() {
    db.add(
        TestOutbox.shown("anna").userTimezoneOffset(3600).build(),
        TestOutbox.shown("anna").userTimezoneOffset(3600).build(),
        TestOutbox.shown("anna").userTimezoneOffset(7200).build(),
        TestOutbox.shown("Anna").build());
    try (Relay relay = relay().build()) {
      assertThat(relay.runOnce().delivered()).isEqualTo(4);
    }
    assertThat(destination.requests())
        .extracting(r -> r.elements() + " of " + r.actions())
        .containsExactlyInAnyOrder("2 of 3", "1 of 1");
  }

  @Test
  void anOutageKeepsEveryActionAndItsUuidUntilTheDestinationIsBack() {
    List<Action> actions = TestOutbox.actions(300);
    db.add(actions);
    destination.stop();
    try (Relay relay = relay().build().start()) {
      Await.value(
          "failed attempts", () -> number("SELECT COUNT(*) FROM outbox_attempt"), n -> n > 0);
      destination.resume();
      destination.awaitAccepted(300, SOON);
      awaitEmptyOutbox();
      assertThat(relay.name()).isNotEmpty();
    }
    assertThat(destination.accepted())
        .extracting(AcceptedAction::eventUuid)
        .containsExactlyInAnyOrderElementsOf(actions.stream().map(Action::eventUuid).toList());
    assertThat(destination.duplicates()).isZero();
    assertThat(db.count("outbox_delivered WHERE attempts > 1")).isGreaterThan(0);
    assertThat(db.count("outbox_delivered")).isEqualTo(300);
    assertThat(db.count("outbox_attempt")).isGreaterThan(0);
    assertThat(db.query("SELECT DISTINCT outcome FROM outbox_request ORDER BY outcome"))
        .containsExactly("accepted", "unavailable");
  }

  @Test
  void anAnswerThatIsLostIsRepeatedUnderTheSameUuidsAndCountedOnce() {
    db.add(TestOutbox.actions(20));
    destination.next(
        Fault.dropAfterAccepting(), Fault.dropBeforeAccepting(), Fault.status(500, "{}"));
    try (Relay relay = relay().build()) {
      for (int i = 0; i < 3; i++) {
        assertThat(relay.runOnce().retried()).isEqualTo(20);
        db.letTimePass();
      }
      assertThat(relay.runOnce().delivered()).isEqualTo(20);
    }
    assertThat(destination.acceptedCount()).isEqualTo(20);
    assertThat(destination.duplicates()).isEqualTo(20);
    assertThat(destination.conflicts()).isEmpty();
    assertThat(db.query("SELECT DISTINCT attempts, state FROM outbox_audit"))
        .containsExactly("4|delivered");
    assertThat(db.query("SELECT outcome FROM outbox_request ORDER BY started_at"))
        .containsExactly("unknown", "unknown", "unknown", "accepted");
  }

  @Test
  void aRowThatCantBeSentIsRejectedWithAReasonAndHoldsUpNobody() {
    db.execute(
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
            + " ('raw-1', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', CURRENT_TIMESTAMP, 'web', '{\"cid\":"
            + " 7}')");
    db.execute(
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
            + " ('guest', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', CURRENT_TIMESTAMP, 'web', '"
            + TestOutbox.CONTEXT
            + "')");
    db.execute(
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
            + " ('raw-good', 'MOE_PERSONALIZATION_MESSAGE_CLICKED', CURRENT_TIMESTAMP, 'tv', '"
            + TestOutbox.CONTEXT
            + "')");
    db.add(TestOutbox.actions(5));
    try (Relay relay = relay().build()) {
      assertThat(relay.runOnce()).isEqualTo(new RunResult(8, 6, 0, 2, 0, 0, 0));
    }
    assertThat(destination.acceptedCount()).isEqualTo(6);
    assertThat(
            db.query(
                "SELECT customer_id, last_error FROM outbox_audit WHERE state = 'rejected' ORDER BY"
                    + " customer_id"))
        .satisfiesExactly(
            row -> assertThat(row).startsWith("guest|customer_id: is a placeholder"),
            row -> assertThat(row).startsWith("raw-1|attributes.cid: must be a string"));
  }

  @Test
  void anActionLargerThanARequestIsSentAloneWhoeverWroteIt() {
    String large = TestOutbox.CONTEXT.replace("Web Personalization", "x".repeat(3_000));
    String tooLarge = TestOutbox.CONTEXT.replace("Web Personalization", "x".repeat(261_900));
    String insert =
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes) VALUES"
            + " ('%s', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', CURRENT_TIMESTAMP, 'web', '%s')";
    db.add(Action.shown("added", large).platform(Platform.WEB).build());
    db.execute(insert.formatted("written", large));
    db.execute(insert.formatted("too-large", tooLarge));
    db.add(TestOutbox.actions(2));
    try (Relay relay = relay().maxRequestBytes(2_000).build()) {
      int delivered = 0;
      int rejected = 0;
      for (RunResult r = relay.runOnce(); r.claimed() > 0; r = relay.runOnce()) {
        delivered += r.delivered();
        rejected += r.rejected();
      }
      assertThat(delivered).isEqualTo(4);
      assertThat(rejected).isEqualTo(1);
    }
    assertThat(destination.requests().stream().filter(r -> r.bytes() > 2_000))
        .extracting(ReceivedRequest::actions)
        .containsExactly(1, 1);
    assertThat(
            db.query("SELECT customer_id, last_error FROM outbox_audit WHERE state = 'rejected'"))
        .satisfiesExactly(
            row ->
                assertThat(row)
                    .startsWith("too-large|attributes: make the action ")
                    .endsWith("bytes, but at most 262144 are possible; send less"));
  }

  @Test
  void wakingItUpSendsBeforeTheNextPoll() {
    db.add(TestOutbox.shown("found at the start").build());
    try (Relay relay = relay().pollInterval(Duration.ofHours(1)).build().start()) {
      destination.awaitAccepted(1, SOON);
      Action action = TestOutbox.shown("user-1").build();
      db.add(action);
      relay.wakeUp();
      destination.awaitAccepted(2, SOON);
      assertThat(destination.accepted(action.eventUuid())).isPresent();
    }
  }

  @Test
  void closingWaitsForWhatIsOutAndGivesBackWhatHasNotLeft() {
    // More than can leave before it is closed, be the machine as busy as it will.
    db.add(TestOutbox.actions(3_000));
    destination.latency(Duration.ofMillis(300));
    Relay relay = relay().maxRequestsInFlight(2).build().start();
    destination.awaitRequests(2, SOON);
    relay.close();
    int delivered = db.count("outbox_delivered");
    assertThat(delivered).isEqualTo(destination.acceptedCount()).isGreaterThanOrEqualTo(200);
    assertThat(
            db.query(
                "SELECT DISTINCT state, attempts FROM outbox_audit WHERE state <> 'delivered'"))
        .containsExactly("pending|0");
    assertThat(db.count("outbox_audit")).isEqualTo(3_000);
  }

  @Test
  void closingTwiceIsOnceAndAClosedRelaySaysSo() {
    Relay relay = relay().build().start();
    assertThatThrownBy(relay::start).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(relay::runOnce).isInstanceOf(IllegalStateException.class);
    relay.close();
    relay.close();
    relay.wakeUp();
    assertThatThrownBy(relay::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void twoWorkspacesGoTheirOwnWays() {
    try (SimulatedDestination eu = SimulatedDestination.builder().workspaceId("EU").start()) {
      db.add(
          TestOutbox.shown("user-1").workspace("eu").build(), TestOutbox.shown("user-2").build());
      db.add(TestOutbox.shown("user-3").workspace("unknown").build());
      destination.always(Fault.unauthorized());
      MoEngage euDestination =
          MoEngage.workspace("EU", eu.apiKey()).name("eu").baseUrl(eu.baseUrl()).build();
      try (Relay relay = db.outbox.relay(moEngage().build(), euDestination).build()) {
        assertThat(relay.runOnce()).isEqualTo(new RunResult(2, 1, 1, 0, 0, 0, 0));
      }
      assertThat(eu.acceptedCount()).isEqualTo(1);
    }
    assertThat(db.query("SELECT workspace, state FROM outbox_audit ORDER BY workspace"))
        .containsExactly("default|retrying", "eu|delivered", "unknown|pending");
  }

  @Test
  void aRelayTakesTwoConnectionsAtMostHoweverManyItsWorkspaces() {
    for (String workspace : List.of("eu", "us")) {
      db.add(
          IntStream.range(0, 2_000)
              .mapToObj(u -> TestOutbox.shown("user-" + u).workspace(workspace).build())
              .toList());
    }
    LentConnections lent = new LentConnections();
    try (Relay relay =
        JdbcOutbox.create(lent.of(db.pool))
            .relay(moEngage().name("eu").build(), moEngage().name("us").build())
            .build()
            .start()) {
      awaitEmptyOutbox();
      assertThat(relay.health().reasons()).isEmpty();
    }
    assertThat(destination.acceptedCount()).isEqualTo(4_000);
    assertThat(lent.most()).isBetween(1, 2);
  }

  @Test
  void aKeyThatIsReplacedIsUsedAtOnce() {
    List<String> keys = new ArrayList<>(List.of("old"));
    db.add(TestOutbox.actions(1));
    MoEngage rotating =
        MoEngage.workspace(destination.workspaceId(), () -> keys.get(keys.size() - 1))
            .baseUrl(destination.baseUrl())
            .build();
    try (Relay relay = db.outbox.relay(rotating).build()) {
      assertThat(relay.runOnce().retried()).isEqualTo(1);
      assertThat(relay.runOnce().claimed()).as("the same key is not tried again").isZero();
      keys.add(destination.apiKey());
      assertThat(relay.runOnce().delivered()).isEqualTo(1);
    }
    assertThat(db.query("SELECT status FROM outbox_request ORDER BY started_at"))
        .containsExactly("401", "200");
  }

  @Test
  void twoRelaysDeliverTenThousandActionsOnceEach() {
    int n = 10_000;
    List<UUID> committed = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      List<Action> actions =
          IntStream.range(i * 1_000, (i + 1) * 1_000)
              .mapToObj(u -> TestOutbox.shown("user-" + u % 3_000).build())
              .toList();
      db.add(actions);
      actions.forEach(a -> committed.add(a.eventUuid()));
    }
    try (Relay one = relay().name("one").build().start();
        Relay two = relay().name("two").build().start()) {
      destination.awaitAccepted(n, Duration.ofSeconds(60));
      awaitEmptyOutbox();
      assertThat(one.name()).isNotEqualTo(two.name());
    }
    assertThat(destination.accepted())
        .extracting(AcceptedAction::eventUuid)
        .containsExactlyInAnyOrderElementsOf(committed);
    assertThat(destination.duplicates()).isZero();
    assertThat(db.count("outbox_delivered")).isEqualTo(n);
    assertThat(db.one("SELECT COUNT(DISTINCT event_uuid), MAX(attempts) FROM outbox_delivered"))
        .isEqualTo(n + "|1");
  }

  private long number(String sql) {
    return Long.parseLong(String.valueOf(db.one(sql)));
  }

  private void awaitEmptyOutbox() {
    Await.equal("what is left", 0L, () -> number("SELECT COUNT(*) FROM outbox"));
  }
}
