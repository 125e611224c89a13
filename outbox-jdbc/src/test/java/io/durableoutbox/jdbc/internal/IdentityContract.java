package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Action;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import io.durableoutbox.store.Settlement;
import io.durableoutbox.store.Settlement.Attempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A settlement touches only the actions that it is about, on any database, whatever became of their
 * rows and their ids while the request was out: a standby without the last transactions took over,
 * a table was truncated, a sequence was set back.
 */
abstract class IdentityContract extends DatabaseTest {
  static final Duration LEASE = Duration.ofMinutes(1);

  @SuppressWarnings("NullAway.Init")
  RelayStore store;

  /** Returns the database's connections as some users' data source lends them. */
  protected DataSource lending() {
    return db.pool;
  }

  @BeforeAll
  void makeStore() {
    Transactions transactions = Transactions.on(lending());
    store =
        new JdbcRelayStore(
            transactions.run("make the dialect", c -> Families.dialect(c, null)), transactions);
  }

  @Test
  void anActionThatGotTheIdOfOneOnItsWayIsNotTouchedByWhateverBecomesOfThat() {
    for (String workspace : List.of("default", "other")) {
      db.clear();
      List<ClaimedAction> out = claimedAndOut(4);
      db.execute("DELETE FROM outbox");
      List<Action> others = new ArrayList<>();
      for (ClaimedAction lost : out) {
        Action other = TestOutbox.shown("other").workspace(workspace).build();
        others.add(other);
        db.add(other);
        giveId(lost.id(), other.eventUuid());
      }
      List<String> before = waiting();
      Attempt accepted = attempt(new Outcome.Accepted(200, "late", null), 1);
      Settled settled =
          store.settle(
              List.of(
                  settlement(out.get(0), new Disposition.Delivered(), accepted),
                  settlement(
                      out.get(1),
                      retry(Duration.ofHours(1), false),
                      attempt(new Outcome.Unavailable(503, "down"), 1)),
                  settlement(
                      out.get(2),
                      new Disposition.Rejected("bad"),
                      attempt(new Outcome.Refused(400, "bad"), 1)),
                  settlement(out.get(3), new Disposition.Unsent(), null)));
      assertThat(settled)
          .as(workspace)
          .isEqualTo(new Settled(0, 0, 0, 0, 3, List.of(out.get(0).eventUuid())));
      assertThat(waiting()).as(workspace).isEqualTo(before).hasSize(4);
      assertThat(db.count("outbox_delivered")).isZero();
      assertThat(db.count("outbox_rejected")).isZero();
      assertThat(claim(workspace, 10).actions())
          .extracting(ClaimedAction::eventUuid)
          .containsExactlyInAnyOrderElementsOf(others.stream().map(Action::eventUuid).toList());
    }
  }

  @Test
  void anActionThatGotTheIdOfOneOnItsWayAndIsClaimedBySomeoneElseStaysWithThem() {
    ClaimedAction out = claimedAndOut(1).get(0);
    db.execute("DELETE FROM outbox");
    Action other = TestOutbox.shown("other").build();
    db.add(other);
    giveId(out.id(), other.eventUuid());
    UUID successor = UUID.randomUUID();
    List<ClaimedAction> theirs = claimOf(successor, 10, 1_000_000).actions();
    Attempt late = attempt(new Outcome.Accepted(200, "late", null), 1);
    Attempt retried = attempt(new Outcome.Unavailable(503, "down"), 1);
    // Both in one settlement: an id of one claim and the other claim are no pair.
    List<Settlement> settlements =
        List.of(
            settlement(out, new Disposition.Delivered(), late),
            new Settlement(
                "default", successor, theirs, retry(Duration.ofHours(1), false), List.of(retried)));
    assertThat(store.settle(settlements))
        .isEqualTo(new Settled(0, 1, 0, 0, 0, List.of(out.eventUuid())));
    assertThat(db.query("SELECT event_uuid, state, attempts FROM outbox_audit"))
        .containsExactly(other.eventUuid() + "|retrying|1");
  }

  @Test
  void twoActionsWithOneIdInOneSettlementAreEachSettledAsThemselves() {
    ClaimedAction out = claimedAndOut(1).get(0);
    db.execute("DELETE FROM outbox");
    Action other = TestOutbox.shown("other").build();
    db.add(other);
    giveId(out.id(), other.eventUuid());
    UUID successor = UUID.randomUUID();
    List<ClaimedAction> theirs = claimOf(successor, 10, 1_000_000).actions();
    for (boolean lostFirst : List.of(true, false)) {
      Settlement lost =
          settlement(
              out,
              new Disposition.Delivered(),
              attempt(new Outcome.Accepted(200, "lost", null), 1));
      Settlement kept =
          new Settlement(
              "default",
              successor,
              theirs,
              new Disposition.Delivered(),
              List.of(attempt(new Outcome.Accepted(200, "kept", null), 1)));
      Settled settled = store.settle(lostFirst ? List.of(lost, kept) : List.of(kept, lost));
      assertThat(settled)
          .isEqualTo(new Settled(lostFirst ? 1 : 0, 0, 0, 0, 0, List.of(out.eventUuid())));
    }
    assertThat(db.query("SELECT event_uuid, state, req_id FROM outbox_audit"))
        .containsExactly(other.eventUuid() + "|delivered|kept");
  }

  @Test
  void whatWasTruncatedWithItsSequenceIsVanishedAndWhatWasWrittenSinceWaits() {
    List<ClaimedAction> out = claimedAndOut(10);
    db.execute(
        db.database.family().equals("mysql")
            ? "TRUNCATE TABLE outbox"
            : "TRUNCATE TABLE outbox RESTART IDENTITY");
    db.add(TestOutbox.actions(10));
    giveIds(out);
    List<String> before = waiting();
    Attempt accepted = attempt(new Outcome.Accepted(200, "late", null), 10);
    Settled settled = settle(CLAIM, out, new Disposition.Delivered(), accepted);
    assertThat(settled.delivered()).isZero();
    assertThat(settled.vanished()).containsExactlyInAnyOrderElementsOf(uuids(out));
    assertThat(waiting()).isEqualTo(before).hasSize(10);
    assertThat(db.count("outbox_delivered")).isZero();
  }

  @Test
  void whatIsAcceptedAndHasLostItsRowStaysFindableByItsUuid() {
    List<ClaimedAction> out = claimedAndOut(3);
    UUID lost = out.get(1).eventUuid();
    db.execute("DELETE FROM outbox WHERE event_uuid = '" + lost + "'");
    Attempt accepted = attempt(new Outcome.Accepted(200, "SKuSLFnX", null), 3);
    for (int time = 1; time <= 2; time++) {
      assertThat(settle(CLAIM, out, new Disposition.Delivered(), accepted))
          .as("the settlement, repeated too")
          .isEqualTo(new Settled(time == 1 ? 2 : 0, 0, 0, 0, 0, List.of(lost)));
      assertThat(db.query("SELECT event_uuid FROM outbox_audit ORDER BY event_uuid"))
          .containsExactlyInAnyOrder(
              out.get(0).eventUuid().toString(), out.get(2).eventUuid().toString());
      assertThat(db.query("SELECT event_uuid, request_id FROM outbox_attempt"))
          .containsExactly(lost + "|" + accepted.requestId());
    }
    assertThat(db.outbox.audit().attempts(lost))
        .singleElement()
        .satisfies(a -> assertThat(a.outcome()).isEqualTo("accepted"))
        .satisfies(a -> assertThat(a.reqId()).isEqualTo("SKuSLFnX"));
  }

  @Test
  void whatCameBackUnderAnotherIdIsDelivered() {
    List<ClaimedAction> out = claimedAndOut(2);
    UUID event = out.get(0).eventUuid();
    giveId(out.get(0).id() + 1_000, event);
    db.execute(
        "UPDATE outbox SET claim_id = NULL, attempts = 0, available_at = CURRENT_TIMESTAMP"
            + " WHERE event_uuid = '"
            + event
            + "'");
    Attempt accepted = attempt(new Outcome.Accepted(200, "late", null), 2);
    assertThat(settle(CLAIM, out, new Disposition.Delivered(), accepted))
        .isEqualTo(new Settled(2, 0, 0, 0, 0, List.of()));
    assertThat(db.query("SELECT state, attempts, req_id FROM outbox_audit"))
        .containsExactly("delivered|1|late", "delivered|1|late");
    assertThat(db.count("outbox_attempt")).isZero();
  }

  @Test
  void whatWaitsForAnotherWorkspaceNowIsNotDeliveredByAnAnswerOfTheFirst() {
    ClaimedAction out = claimedAndOut(1).get(0);
    db.execute("UPDATE outbox SET workspace = 'eu', claim_id = NULL");
    Attempt accepted = attempt(new Outcome.Accepted(200, "elsewhere", null), 1);
    assertThat(settle(CLAIM, List.of(out), new Disposition.Delivered(), accepted))
        .isEqualTo(new Settled(0, 0, 0, 0, 0, List.of()));
    assertThat(db.query("SELECT event_uuid, workspace FROM outbox"))
        .containsExactly(out.eventUuid() + "|eu");
    assertThat(db.query("SELECT outcome FROM outbox_audit_attempt")).containsExactly("accepted");
  }

  @Test
  void whatWasRejectedMeanwhileStaysSoAndTheAcceptedRequestIsOneOfItsAttempts() {
    List<ClaimedAction> out = claimedAndOut(1);
    db.letTimePass();
    UUID successor = UUID.randomUUID();
    settle(
        successor,
        claimOf(successor, 10, 1_000_000).actions(),
        new Disposition.Rejected("bad"),
        attempt(new Outcome.Refused(400, "bad"), 1));
    Attempt accepted = attempt(new Outcome.Accepted(200, "late", null), 1);
    assertThat(settle(CLAIM, out, new Disposition.Delivered(), accepted))
        .isEqualTo(new Settled(0, 0, 0, 0, 0, List.of()));
    assertThat(db.query("SELECT state FROM outbox_audit")).containsExactly("rejected");
    assertThat(db.query("SELECT req_id FROM outbox_audit_attempt WHERE outcome = 'accepted'"))
        .containsExactly("late");
  }

  private static final UUID CLAIM = UUID.fromString("0199b4c6-0000-4000-8000-000000000001");

  /** Writes actions and claims them. */
  private List<ClaimedAction> claimedAndOut(int n) {
    db.add(TestOutbox.actions(n));
    return claimOf(CLAIM, n, 10_000_000).actions();
  }

  /** Gives the waiting actions the ids of those that were lost. */
  private void giveIds(List<ClaimedAction> lost) {
    List<String> waiting = db.query("SELECT event_uuid FROM outbox ORDER BY id");
    db.execute("UPDATE outbox SET id = id + 1000000");
    for (int i = 0; i < lost.size(); i++) {
      giveId(lost.get(i).id(), UUID.fromString(waiting.get(i)));
    }
  }

  private void giveId(long id, UUID eventUuid) {
    db.execute("UPDATE outbox SET id = " + id + " WHERE event_uuid = '" + eventUuid + "'");
  }

  private List<String> waiting() {
    return db.query("SELECT * FROM outbox ORDER BY id");
  }

  private static List<UUID> uuids(List<ClaimedAction> actions) {
    return actions.stream().map(ClaimedAction::eventUuid).toList();
  }

  private static Settlement settlement(
      ClaimedAction action, Disposition disposition, @Nullable Attempt attempt) {
    return new Settlement(
        "default",
        CLAIM,
        List.of(action),
        disposition,
        attempt == null ? List.of() : List.of(attempt));
  }

  final Claim claim(int max) {
    return claim("default", max);
  }

  final Claim claim(String workspace, int max) {
    return store.claim(
        new ClaimSpec(
            workspace, UUID.randomUUID(), "relay-1", max, 100, 10_000_000, LEASE, 0, false));
  }

  final Claim claimOf(UUID claimId, int max, long bytes) {
    return store.claim(
        new ClaimSpec("default", claimId, "relay-1", max, 100, bytes, LEASE, 0, false));
  }

  final Settled settle(
      UUID claimId,
      List<ClaimedAction> actions,
      Disposition disposition,
      @Nullable Attempt attempt) {
    List<Attempt> attempts = attempt == null ? List.of() : List.of(attempt);
    return store.settle(
        List.of(new Settlement("default", claimId, actions, disposition, attempts)));
  }

  static Disposition retry(Duration delay, boolean refused) {
    return new Disposition.Retry(delay, refused ? "refused 400" : "unavailable 503");
  }

  static Attempt attempt(Outcome outcome, int actions) {
    return new Attempt(
        UUID.randomUUID(),
        "relay-1",
        Duration.ofMillis(250),
        Duration.ofMillis(1500),
        actions,
        actions,
        900,
        outcome);
  }
}
