package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import io.durableoutbox.store.Settlement;
import io.durableoutbox.store.Settlement.Attempt;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What {@link io.durableoutbox.store.RelayStore} promises, on any database. */
abstract class StoreContract extends IdentityContract {
  @Test
  void whatIsClaimedIsWhatWasWrittenInTheOrderOfWriting() {
    Instant time = Instant.parse("2026-10-25T00:30:00Z");
    Action action =
        Action.clicked("\uD83D\uDE00 Anna", TestOutbox.CONTEXT)
            .platform(Platform.IOS)
            .eventTime(time)
            .userTimezoneOffset(7200)
            .userAttributes("{\"a\": 1}")
            .build();
    db.add(action, TestOutbox.shown("user-2").build());
    Claim claim = claim(10);
    assertThat(claim.more()).isFalse();
    assertThat(claim.actions())
        .extracting(ClaimedAction::customerId)
        .containsExactly("\uD83D\uDE00 Anna", "user-2");
    ClaimedAction first = claim.actions().get(0);
    assertThat(first)
        .isEqualTo(
            ClaimedAction.of(
                first.id(),
                action.eventUuid(),
                "\uD83D\uDE00 Anna",
                7200,
                "{\"a\": 1}",
                "MOE_PERSONALIZATION_MESSAGE_CLICKED",
                time.getEpochSecond(),
                "ios",
                TestOutbox.CONTEXT,
                true,
                1,
                0,
                null,
                null));
    assertThat(claim.actions().get(1).userTimezoneOffset()).isNull();
    assertThat(claim.actions().get(1).userAttributes()).isNull();
  }

  @Test
  void whatWasWrittenFirstIsClaimedFirst() {
    db.add(TestOutbox.shown("user-2").build(), TestOutbox.shown("user-1").build());
    assertThat(claim(1).actions()).extracting(ClaimedAction::customerId).containsExactly("user-2");
  }

  @Test
  void aTraceparentIsClaimedAsItIsStoredOnEveryAttempt() {
    db.add(TestOutbox.actions(2));
    db.execute("UPDATE outbox SET traceparent = 'no traceparent' WHERE customer_id = 'user-1'");
    for (int attempt = 1; attempt <= 2; attempt++) {
      assertThat(claim(10).actions())
          .extracting(ClaimedAction::traceparent)
          .containsExactly(null, "no traceparent");
      db.letTimePass();
    }
  }

  @Test
  void aClaimedActionIsHeldUntilItsLeaseEnds() {
    db.add(TestOutbox.actions(3));
    assertThat(claim(10).actions()).hasSize(3);
    assertThat(claim(10).actions()).isEmpty();
    assertThat(db.one("SELECT MIN(state) FROM outbox_audit")).isEqualTo("claimed");
    db.letTimePass();
    assertThat(db.one("SELECT MIN(state) FROM outbox_audit")).isEqualTo("retrying");
    Claim again = claim(10);
    assertThat(again.actions()).hasSize(3).allMatch(a -> a.attempts() == 2);
  }

  @Test
  void aClaimTakesAtMostItsActionsAndSaysThatThereAreMore() {
    db.add(TestOutbox.actions(5));
    Claim first = claim(3);
    assertThat(first.actions()).hasSize(3);
    assertThat(first.more()).isTrue();
    Claim second = claim(3);
    assertThat(second.actions()).hasSize(2);
    assertThat(second.more()).isFalse();
    assertThat(second.actions().get(0).id()).isGreaterThan(first.actions().get(2).id());
  }

  @Test
  void aClaimThatBeginsAtAnIdLeavesOutTheRowsBefore() {
    db.add(TestOutbox.actions(5));
    long third = Long.parseLong(db.query("SELECT id FROM outbox ORDER BY id").get(2));
    Claim later =
        store.claim(
            new ClaimSpec(
                "default", UUID.randomUUID(), "relay-1", 2, 100, 10_000_000, LEASE, third, false));
    assertThat(later.actions()).extracting(ClaimedAction::id).first().isEqualTo(third);
    assertThat(later.actions()).hasSize(2);
    assertThat(later.more()).isTrue();
    assertThat(claim(10).actions()).hasSize(3);
  }

  @Test
  void aClaimTakesAtMostItsBytesButAlwaysOne() {
    db.add(TestOutbox.actions(5));
    int one = claimOf(UUID.randomUUID(), 1, 1).actions().get(0).bytes();
    Claim two = claimOf(UUID.randomUUID(), 10, one + 1);
    assertThat(two.actions()).hasSize(2);
    assertThat(two.more()).isTrue();
    assertThat(claimOf(UUID.randomUUID(), 10, one).actions()).hasSize(1);
    assertThat(claimOf(UUID.randomUUID(), 10, 1_000_000).actions()).hasSize(1);
  }

  @Test
  void aClaimTakesOnlyItsWorkspaceAndNothingOfAPausedOne() {
    db.add(TestOutbox.shown("user-1").workspace("eu").build(), TestOutbox.shown("user-2").build());
    db.execute(
        "INSERT INTO outbox_workspace (workspace, paused_since, reason) VALUES ('default',"
            + " CURRENT_TIMESTAMP, 'key rotation')");
    assertThat(claim(10).actions()).isEmpty();
    assertThat(claim("eu", 10).actions()).hasSize(1);
    db.execute("UPDATE outbox_workspace SET paused_until = CURRENT_TIMESTAMP + INTERVAL '1' HOUR");
    assertThat(claim(10).actions()).isEmpty();
    db.execute("UPDATE outbox_workspace SET paused_until = CURRENT_TIMESTAMP - INTERVAL '1' HOUR");
    assertThat(claim(10).actions()).hasSize(1);
  }

  @Test
  void whatIsWrittenAndNotCommittedIsNotClaimedAndHoldsUpNobody() throws Exception {
    try (Connection open = db.pool.getConnection()) {
      open.setAutoCommit(false);
      db.outbox.add(open, TestOutbox.shown("early-id-late-commit").build());
      db.add(TestOutbox.shown("later-id").build());
      assertThat(claim(10).actions())
          .extracting(ClaimedAction::customerId)
          .containsExactly("later-id");
      open.commit();
    }
    assertThat(claim(10).actions())
        .extracting(ClaimedAction::customerId)
        .containsExactly("early-id-late-commit");
  }

  @Test
  void claimsAtTheSameTimeAreDisjoint() throws Exception {
    db.add(TestOutbox.actions(400));
    assertThat(idsClaimedAtOnce("outbox WHERE claim_id IS NULL"))
        .hasSize(400)
        .doesNotHaveDuplicates();
  }

  @Test
  void deliveredActionsMoveToTheHistoryWithTheirRequest() {
    db.add(TestOutbox.actions(2));
    UUID claimId = UUID.randomUUID();
    Claim claim = claimOf(claimId, 10, 1_000_000);
    Attempt attempt = attempt(new Outcome.Accepted(200, "SKuSLFnX", "ok"), 2);
    Settled settled = settle(claimId, claim.actions(), new Disposition.Delivered(), attempt);
    assertThat(settled).isEqualTo(new Settled(2, 0, 0, 0, 0, List.of()));
    assertThat(db.count("outbox")).isZero();
    assertThat(db.query("SELECT state, attempts, req_id, last_error FROM outbox_audit"))
        .containsExactly("delivered|1|SKuSLFnX|null", "delivered|1|SKuSLFnX|null");
    assertThat(
            db.query(
                "SELECT id, claim_id, workspace, relay, status, elements, actions, bytes, outcome,"
                    + " req_id, message, duration_ms FROM outbox_request"))
        .containsExactly(
            attempt.requestId()
                + "|"
                + claimId
                + "|default|relay-1|200|2|2|900|accepted|SKuSLFnX|ok|1500");
    assertThat(
            db.count(
                "outbox_delivered WHERE attributes IS NOT NULL AND sent_at < CURRENT_TIMESTAMP"))
        .isEqualTo(2);
    assertThat(
            db.count(
                "outbox_request r JOIN outbox_delivered d ON d.request_id = r.id AND d.sent_at >"
                    + " r.started_at"))
        .isEqualTo(2);
    // Of the answer, which was 250 ms before the settlement and 1,500 ms after the request.
    assertThat(
            db.count(
                "outbox_request r JOIN outbox_delivered d ON d.request_id = r.id AND d.sent_at <"
                    + " r.started_at + INTERVAL '1.6' SECOND"))
        .isEqualTo(2);
  }

  @Test
  void eachOfManyDeliveredActionsGetsItsOwnRequestWhateverTheirOrder() {
    db.add(TestOutbox.actions(7));
    db.add(TestOutbox.shown("user-1").workspace("other").build());
    UUID claimId = UUID.randomUUID();
    List<ClaimedAction> claimed = claimOf(claimId, 10, 1_000_000).actions();
    List<ClaimedAction> others = claim("other", 10).actions();
    List<List<ClaimedAction>> parts =
        List.of(
            List.of(claimed.get(5), claimed.get(0), claimed.get(3)),
            others,
            List.of(claimed.get(1), claimed.get(6)),
            List.of(claimed.get(4), claimed.get(2)));
    List<Settlement> settlements = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Attempt attempt = attempt(new Outcome.Accepted(200, "req-" + i, null), parts.get(i).size());
      String workspace = parts.get(i) == others ? "other" : "default";
      settlements.add(
          new Settlement(
              workspace, claimId, parts.get(i), new Disposition.Delivered(), List.of(attempt)));
      for (ClaimedAction action : parts.get(i)) {
        expected.add(action.eventUuid() + "|" + workspace + "|req-" + i);
      }
    }
    assertThat(store.settle(settlements)).isEqualTo(new Settled(8, 0, 0, 0, 0, List.of()));
    assertThat(db.query("SELECT event_uuid, workspace, req_id FROM outbox_audit"))
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(db.count("outbox_attempt")).isZero();
  }

  @Test
  void anActionThatTwoRequestsOfOneSettlementDeliveredIsOneRowAndARepeat() {
    db.add(TestOutbox.actions(1));
    UUID claimId = UUID.randomUUID();
    List<ClaimedAction> claimed = claimOf(claimId, 10, 1_000_000).actions();
    List<Settlement> settlements = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      settlements.add(
          new Settlement(
              "default",
              claimId,
              claimed,
              new Disposition.Delivered(),
              List.of(attempt(new Outcome.Accepted(200, "req-" + i, null), 1))));
    }
    assertThat(store.settle(settlements).delivered()).isEqualTo(1);
    assertThat(db.count("outbox_delivered")).isEqualTo(1);
    assertThat(db.count("outbox_attempt")).isEqualTo(1);
    assertThat(db.count("outbox_audit_attempt")).isEqualTo(2);
  }

  @Test
  void settlingTheSameAgainChangesNothing() {
    db.add(TestOutbox.actions(4));
    UUID claimId = UUID.randomUUID();
    List<ClaimedAction> claimed = claimOf(claimId, 10, 1_000_000).actions();
    List<Settlement> settlements =
        List.of(
            new Settlement(
                "default",
                claimId,
                claimed.subList(0, 1),
                new Disposition.Delivered(),
                List.of(attempt(new Outcome.Accepted(200, "a", null), 1))),
            new Settlement(
                "default",
                claimId,
                claimed.subList(1, 2),
                retry(Duration.ZERO, true),
                List.of(attempt(new Outcome.Refused(400, "bad"), 1))),
            new Settlement(
                "default",
                claimId,
                claimed.subList(2, 3),
                new Disposition.Rejected("bad"),
                List.of(attempt(new Outcome.Refused(400, "bad"), 1))),
            new Settlement(
                "default", claimId, claimed.subList(3, 4), new Disposition.Unsent(), List.of()));
    assertThat(store.settle(settlements)).isEqualTo(new Settled(1, 1, 1, 1, 0, List.of()));
    List<String> once = audit();
    assertThat(store.settle(settlements)).isEqualTo(new Settled(0, 0, 0, 0, 3, List.of()));
    assertThat(audit()).isEqualTo(once);
    assertThat(db.count("outbox_request")).isEqualTo(3);
    assertThat(db.count("outbox_attempt")).isEqualTo(2);
  }

  private List<String> audit() {
    return db.query(
        "SELECT event_uuid, state, attempts, refusals, req_id, last_error FROM outbox_audit ORDER"
            + " BY event_uuid");
  }

  @Test
  void aRetriedActionWaitsForItsDelayAndKeepsItsUuid() {
    Action action = TestOutbox.shown("user-1").build();
    db.add(action);
    UUID claimId = UUID.randomUUID();
    settle(
        claimId,
        claimOf(claimId, 1, 1_000_000).actions(),
        retry(Duration.ofHours(1), false),
        attempt(new Outcome.Unavailable(503, "down"), 1));
    assertThat(claim(10).actions()).isEmpty();
    assertThat(db.query("SELECT state, attempts, refusals, last_error FROM outbox_audit"))
        .containsExactly("retrying|1|0|unavailable 503");
    assertThat(db.query("SELECT event_uuid FROM outbox_attempt"))
        .containsExactly(action.eventUuid().toString());
    db.letTimePass();
    assertThat(claim(10).actions())
        .singleElement()
        .satisfies(a -> assertThat(a.eventUuid()).isEqualTo(action.eventUuid()))
        .satisfies(a -> assertThat(a.attempts()).isEqualTo(2));
  }

  @Test
  void aRejectedActionIsKeptWithItsReasonAndNeverClaimedAgain() {
    db.add(TestOutbox.actions(1));
    UUID claimId = UUID.randomUUID();
    settle(
        claimId,
        claimOf(claimId, 1, 1_000_000).actions(),
        new Disposition.Rejected("attributes.cid: is missing"),
        null);
    db.letTimePass();
    assertThat(claim(10).actions()).isEmpty();
    assertThat(db.query("SELECT state, last_error, request_id FROM outbox_audit"))
        .containsExactly("rejected|attributes.cid: is missing|null");
    assertThat(db.count("outbox_rejected WHERE attributes IS NOT NULL")).isEqualTo(1);
  }

  @Test
  void anActionThatIsRejectedTwiceKeepsTheLaterReason() {
    Action action = TestOutbox.shown("user-1").build();
    for (String reason : List.of("first", "second")) {
      // As if somebody had cancelled it in between.
      db.execute("UPDATE outbox_rejected SET operation_id = event_uuid");
      db.execute("DELETE FROM outbox");
      db.add(TestOutbox.shown("user-1").build());
      db.execute("UPDATE outbox SET event_uuid = '" + action.eventUuid() + "'");
      UUID claimId = UUID.randomUUID();
      settle(
          claimId,
          claimOf(claimId, 1, 1_000_000).actions(),
          new Disposition.Rejected(reason),
          null);
    }
    assertThat(db.query("SELECT event_uuid, reason, attempts, operation_id FROM outbox_rejected"))
        .containsExactly(action.eventUuid() + "|second|2|null");
  }

  @Test
  void whatWasNotSentIsFreeAtOnceAndTheAttemptDoesNotCount() {
    db.add(TestOutbox.actions(1));
    UUID claimId = UUID.randomUUID();
    settle(claimId, claimOf(claimId, 1, 1_000_000).actions(), new Disposition.Unsent(), null);
    assertThat(db.query("SELECT state, attempts FROM outbox_audit")).containsExactly("pending|0");
    assertThat(claim(10).actions()).hasSize(1);
  }

  @Test
  void aLateSettlementIsFencedOffExceptThatDeliveredIsDelivered() {
    db.add(TestOutbox.actions(3));
    UUID late = UUID.randomUUID();
    List<ClaimedAction> held = claimOf(late, 10, 1_000_000).actions();
    db.letTimePass();
    UUID successor = UUID.randomUUID();
    assertThat(claimOf(successor, 10, 1_000_000).actions()).hasSize(3);

    assertThat(
            settle(
                    late,
                    held.subList(0, 1),
                    retry(Duration.ZERO, true),
                    attempt(new Outcome.Unknown(null, "x", null), 1))
                .fenced())
        .isEqualTo(1);
    assertThat(settle(late, held.subList(1, 2), new Disposition.Rejected("x"), null).fenced())
        .isEqualTo(1);
    assertThat(settle(late, held.subList(1, 2), new Disposition.Unsent(), null).fenced())
        .isEqualTo(1);
    assertThat(db.query("SELECT DISTINCT state, attempts, refusals FROM outbox_audit"))
        .containsExactly("claimed|2|0");
    assertThat(db.count("outbox_rejected")).isZero();

    Attempt accepted = attempt(new Outcome.Accepted(200, "late", null), 1);
    assertThat(settle(late, held.subList(2, 3), new Disposition.Delivered(), accepted).delivered())
        .isEqualTo(1);
    // The successor's own acceptance of the same action is a repeat, and is recorded as one.
    Attempt repeat = attempt(new Outcome.Accepted(200, "again", null), 1);
    Settled settled = settle(successor, held.subList(2, 3), new Disposition.Delivered(), repeat);
    assertThat(settled.delivered()).isZero();
    assertThat(db.query("SELECT req_id FROM outbox_audit WHERE state = 'delivered'"))
        .containsExactly("late");
    assertThat(db.query("SELECT event_uuid, request_id FROM outbox_attempt"))
        .contains(held.get(2).eventUuid() + "|" + repeat.requestId());
  }

  @Test
  void eachRequestThatWasSplitCountsAsAnAttemptAndARefusalOfAllThatWereInIt() {
    db.add(TestOutbox.actions(3));
    UUID claimId = UUID.randomUUID();
    List<ClaimedAction> claimed = claimOf(claimId, 10, 1_000_000).actions();
    Attempt all = attempt(new Outcome.Refused(400, "bad"), 3);
    Attempt good = attempt(new Outcome.Accepted(200, "good", null), 1);
    Attempt suspects = attempt(new Outcome.Refused(400, "bad"), 2);
    Attempt bad = attempt(new Outcome.Refused(400, "it is you"), 1);
    List<Settlement> settlements =
        List.of(
            new Settlement(
                "default",
                claimId,
                claimed.subList(0, 1),
                new Disposition.Delivered(),
                List.of(all, good)),
            new Settlement(
                "default",
                claimId,
                claimed.subList(1, 2),
                new Disposition.Retry(Duration.ZERO, "refused 400"),
                List.of(all, suspects)),
            new Settlement(
                "default",
                claimId,
                claimed.subList(2, 3),
                new Disposition.Rejected("refused 400: it is you"),
                List.of(all, suspects, bad)));
    assertThat(store.settle(settlements)).isEqualTo(new Settled(1, 1, 1, 0, 0, List.of()));
    assertThat(store.settle(settlements)).isEqualTo(new Settled(0, 0, 0, 0, 2, List.of()));
    assertThat(
            db.query(
                "SELECT state, attempts, refusals FROM outbox_audit ORDER BY attempts, refusals"))
        .containsExactly("delivered|2|1", "retrying|2|2", "rejected|3|3");
    assertThat(db.query("SELECT outcome, COUNT(*) FROM outbox_request GROUP BY outcome"))
        .containsExactlyInAnyOrder("accepted|1", "refused|3");
    assertThat(db.count("outbox_attempt")).isEqualTo(1 + 2 + 3);
    assertThat(claim(10).actions())
        .singleElement()
        .satisfies(a -> assertThat(a.suspect()).isTrue())
        .satisfies(a -> assertThat(a.refusals()).isEqualTo(2))
        .satisfies(a -> assertThat(a.attempts()).isEqualTo(3));
  }

  @Test
  void theFirstUnknownOutcomeIsRememberedWithTheAction() {
    db.add(TestOutbox.actions(1));
    for (Outcome outcome :
        List.of(
            new Outcome.Unavailable(null, "refused"),
            new Outcome.Unknown(null, "timeout", null),
            new Outcome.Unknown(500, "oops", null))) {
      db.execute("UPDATE outbox SET unknown_since = unknown_since - INTERVAL '25' HOUR");
      UUID claimId = UUID.randomUUID();
      List<ClaimedAction> claimed = claimOf(claimId, 1, 1_000_000).actions();
      boolean before = claimed.get(0).unknownFor() != null;
      assertThat(before).isEqualTo(outcome.equals(new Outcome.Unknown(500, "oops", null)));
      settle(claimId, claimed, retry(Duration.ZERO, false), attempt(outcome, 1));
    }
    assertThat(claim(1).actions().get(0).unknownFor()).isGreaterThan(Duration.ofHours(25));
  }

  @Test
  void whatADeadRelayHeldMayHaveArrived() {
    db.add(TestOutbox.actions(2));
    UUID unsent = UUID.randomUUID();
    settle(unsent, claimOf(unsent, 1, 1_000_000).actions(), new Disposition.Unsent(), null);
    assertThat(claim(1).actions().get(0).unknownFor()).as("was given back").isNull();
    db.letTimePass();
    List<ClaimedAction> again = claim(10).actions();
    assertThat(again.get(0).unknownFor()).as("was left").isNotNull();
    assertThat(again.get(1).unknownFor()).as("was never taken").isNull();
    assertThat(db.count("outbox WHERE unknown_since IS NOT NULL")).isEqualTo(1);
    db.execute("UPDATE outbox SET unknown_since = unknown_since - INTERVAL '25' HOUR");
    for (int deaths = 0; deaths < 2; deaths++) {
      db.letTimePass();
      assertThat(claim(10).actions().get(0).unknownFor())
          .as("since the first")
          .isGreaterThan(Duration.ofHours(25));
    }
  }

  @Test
  void aClaimThatItsRelayNeverSettledIsARequestWithUnknownOutcomeAndAnAttemptOfItsActions() {
    db.add(
        TestOutbox.shown("user-1").build(),
        TestOutbox.shown("user-1").build(),
        TestOutbox.shown("user-2").build());
    UUID dead = UUID.randomUUID();
    claimOf(dead, 10, 10_000_000);
    db.letTimePass();
    assertThat(db.count("outbox_request")).isZero();
    // Two successors take what it held, in parts.
    List<ClaimedAction> part = claim(2).actions();
    List<ClaimedAction> rest = claim(10).actions();
    assertThat(rest).hasSize(1);
    assertThat(
            db.query(
                "SELECT id, claim_id, workspace, relay, outcome, status, elements, actions, bytes,"
                    + " duration_ms, req_id FROM outbox_request"))
        .containsExactly(dead + "|" + dead + "|default|relay-1|unknown|null|2|3|null|null|null");
    assertThat(db.one("SELECT message FROM outbox_request")).contains("lease ended");
    assertThat(
            db.count("outbox_request WHERE started_at < CURRENT_TIMESTAMP - INTERVAL '50' SECOND"))
        .as("its lease of a minute had ended")
        .isEqualTo(1);
    List<String> attempts = new ArrayList<>();
    part.forEach(a -> attempts.add(a.eventUuid() + "|" + dead));
    rest.forEach(a -> attempts.add(a.eventUuid() + "|" + dead));
    assertThat(db.query("SELECT event_uuid, request_id FROM outbox_attempt"))
        .containsExactlyInAnyOrderElementsOf(attempts);
  }

  @Test
  void whatAClaimLeavesForItsBytesOfADeadRelaysIsOfTheClaimThatTakesIt() {
    db.add(TestOutbox.actions(5));
    UUID dead = UUID.randomUUID();
    int one = claimOf(dead, 5, 10_000_000).actions().get(0).bytes();
    db.letTimePass();
    assertThat(claimOf(UUID.randomUUID(), 10, one + 1).actions()).hasSize(2);
    assertThat(db.query("SELECT id, actions FROM outbox_request")).containsExactly(dead + "|2");
    assertThat(db.count("outbox_attempt")).isEqualTo(2);
    assertThat(claim(10).actions()).hasSize(3).allMatch(a -> a.unknownFor() != null);
    assertThat(db.query("SELECT id, actions FROM outbox_request")).containsExactly(dead + "|5");
    assertThat(db.count("outbox_attempt")).isEqualTo(5);
  }

  @Test
  void relaysThatTakeOverTheSameDeadClaimsAtOnceCountEachActionOnce() throws Exception {
    db.add(TestOutbox.actions(400));
    List<UUID> dead = List.of(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
    for (int i = 0; i < 40; i++) {
      claimOf(dead.get(i % 3), 10, 10_000_000);
    }
    db.letTimePass();
    assertThat(idsClaimedAtOnce("outbox WHERE attempts = 1")).hasSize(400).doesNotHaveDuplicates();
    assertThat(db.query("SELECT id, actions FROM outbox_request"))
        .containsExactlyInAnyOrder(
            dead.get(0) + "|140", dead.get(1) + "|130", dead.get(2) + "|130");
    assertThat(db.count("outbox_attempt")).isEqualTo(400);
  }

  @Test
  void aRelayDoesNotChangeTheConnectionsThatItBorrows() throws Exception {
    boolean before;
    int isolation;
    try (Connection connection = db.pool.getConnection()) {
      before = connection.getAutoCommit();
      isolation = connection.getTransactionIsolation();
    }
    db.add(TestOutbox.actions(1));
    claim(1);
    Set<String> after = new TreeSet<>();
    for (int i = 0; i < 3; i++) {
      try (Connection connection = db.pool.getConnection()) {
        after.add(connection.getAutoCommit() + " " + connection.getTransactionIsolation());
      }
    }
    assertThat(after).containsExactly(before + " " + isolation);
  }

  /** Has four claim at once, as long as there are such rows, and returns what they got. */
  private List<Long> idsClaimedAtOnce(String rows) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<List<Long>>> claims = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        claims.add(
            CompletableFuture.supplyAsync(
                () -> {
                  List<Long> ids = new ArrayList<>();
                  while (db.count(rows) > 0) {
                    claim(20).actions().forEach(a -> ids.add(a.id()));
                  }
                  return ids;
                },
                threads));
      }
      List<Long> all = new ArrayList<>();
      for (var claim : claims) {
        all.addAll(claim.get());
      }
      return all;
    } finally {
      threads.shutdown();
    }
  }
}
