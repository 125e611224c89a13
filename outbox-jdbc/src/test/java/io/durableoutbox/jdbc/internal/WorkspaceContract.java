package io.durableoutbox.jdbc.internal;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.Between;
import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.Operator;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.WorkspaceState;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.Backlog;
import io.durableoutbox.store.RelayStore.Claim;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.PauseSpec;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@link RelayStore} and {@link Operator} promise of paused workspaces, on any database. */
abstract class WorkspaceContract extends DatabaseTest {
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String ROW =
      "SELECT paused_since, paused_until, probe_id, probe_until FROM outbox_workspace";

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
    anna = db.outbox.operator("anna");
  }

  // Pauses of relays

  @Test
  void aPausedWorkspaceIsNotClaimedFromAndSaysWhy() {
    db.add(TestOutbox.actions(2));
    db.add(TestOutbox.shown("user-1").workspace("eu").build());
    store.pause(pause(MINUTE, "unavailable", 3, null));
    Claim claim = claim(UUID.randomUUID());
    assertThat(claim.actions()).isEmpty();
    assertThat(claim.probe()).isFalse();
    RelayStore.Pause pause = requireNonNull(claim.pause());
    assertThat(pause.cause()).isEqualTo("unavailable");
    assertThat(pause.reason()).isEqualTo("unavailable: connection refused");
    assertThat(pause.by()).isEqualTo("relay-1");
    assertThat(pause.failures()).isEqualTo(3);
    assertThat(pause.remaining()).isBetween(Duration.ofSeconds(50), MINUTE);
    assertThat(claimIn("eu").actions()).hasSize(1);
    assertThat(claimIn("eu").pause()).isNull();
  }

  @Test
  void theFirstClaimAfterAPauseIsItsOnlyProbe() {
    db.add(TestOutbox.actions(20));
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    Claim probe = claim(UUID.randomUUID());
    assertThat(probe.probe()).isTrue();
    assertThat(probe.actions()).as("one request's worth").hasSize(5);
    assertThat(probe.pause()).isNotNull();
    Claim other = claim(UUID.randomUUID());
    assertThat(other.probe()).isFalse();
    assertThat(other.actions()).isEmpty();
    assertThat(requireNonNull(other.pause()).remaining()).isBetween(Duration.ofSeconds(50), LEASE);
  }

  @Test
  void aPauseThatIsOverIsNotProbedWhileNothingWaits() {
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    String before = db.one(ROW);
    Claim nothing = claim(UUID.randomUUID());
    assertThat(nothing.probe()).isFalse();
    assertThat(nothing.pause()).isNotNull();
    assertThat(db.one(ROW)).isEqualTo(before);
    db.add(TestOutbox.actions(1));
    assertThat(claim(UUID.randomUUID()).probe()).isTrue();
  }

  @Test
  void aProbeThatGetsNothingIsGivenBack() throws Exception {
    List<Action> actions = TestOutbox.actions(1);
    db.add(actions);
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    try (Connection other = db.pool.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "SELECT id FROM outbox WHERE event_uuid = '"
              + actions.get(0).eventUuid()
              + "' FOR UPDATE");
      assertThat(claim(UUID.randomUUID()).probe()).isFalse();
      assertThat(db.count("outbox_workspace WHERE probe_id IS NOT NULL")).isZero();
      other.rollback();
    }
    assertThat(claim(UUID.randomUUID()).probe()).isTrue();
  }

  @Test
  void aWorkspaceThatIsResumedMeanwhileIsNotProbed() {
    db.add(TestOutbox.actions(1));
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    Transactions transactions =
        Transactions.on(
            new Between("take-probe", 1, () -> anna.resume("default", "why")).of(db.pool));
    RelayStore late =
        new JdbcRelayStore(
            transactions.run("make the dialect", c -> Families.dialect(c, null)), transactions);
    assertThat(late.claim(spec(UUID.randomUUID(), 10, false)).probe()).isFalse();
    assertThat(db.count("outbox_workspace WHERE probe_id IS NOT NULL")).isZero();
  }

  @Test
  void aProbeThatIsAnsweredEndsThePauseAndSaysWhoDid() {
    db.add(TestOutbox.actions(20));
    store.pause(pause(MINUTE, "unknown", 4, null));
    endPause();
    UUID probe = UUID.randomUUID();
    claim(probe);
    store.resume("default", UUID.randomUUID(), "somebody else");
    assertThat(claim(UUID.randomUUID()).pause()).as("not their probe").isNotNull();
    store.resume("default", probe, "relay-1");
    Claim open = claim(UUID.randomUUID());
    assertThat(open.pause()).isNull();
    assertThat(open.probedOpenBy()).isEqualTo("relay-1");
    assertThat(open.actions()).hasSize(10);
    store.pause(pause(MINUTE, "unknown", 1, null));
    assertThat(pauseNow().failures()).as("counted anew").isEqualTo(1);
  }

  @Test
  void aProbeThatFailsReplacesThePauseThatItWasFor() {
    db.add(TestOutbox.actions(20));
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    UUID probe = UUID.randomUUID();
    claim(probe);
    store.pause(pause(Duration.ofSeconds(10), "rate_limited", 2, probe));
    RelayStore.Pause pause = pauseNow();
    assertThat(pause.remaining()).as("not its lease").isLessThan(Duration.ofSeconds(11));
    assertThat(pause.cause()).isEqualTo("rate_limited");
    assertThat(pause.failures()).isEqualTo(2);
    store.resume("default", probe, "relay-1");
    assertThat(claim(UUID.randomUUID()).pause()).as("no probe any more").isNotNull();
  }

  @Test
  void theProbeOfADeadRelayIsAnotherOnesAfterItsLease() {
    db.add(TestOutbox.actions(20));
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    UUID dead = UUID.randomUUID();
    claim(dead);
    db.execute(
        "UPDATE outbox_workspace SET paused_until = CURRENT_TIMESTAMP, probe_until ="
            + " CURRENT_TIMESTAMP");
    UUID successor = UUID.randomUUID();
    assertThat(claim(successor).probe()).isTrue();
    store.resume("default", dead, "relay-dead");
    assertThat(claim(UUID.randomUUID()).pause()).as("fenced").isNotNull();
    store.resume("default", successor, "relay-1");
    assertThat(claim(UUID.randomUUID()).pause()).isNull();
  }

  @Test
  void aProbeTakesOverOneRequestsWorthOfWhatADeadRelayHeld() {
    db.add(TestOutbox.actions(8));
    UUID dead = UUID.randomUUID();
    claim(dead);
    db.letTimePass();
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    Claim probe = claim(UUID.randomUUID());
    assertThat(probe.probe()).isTrue();
    assertThat(probe.actions()).hasSize(5).allMatch(a -> a.unknownFor() != null);
    assertThat(db.query("SELECT id, actions FROM outbox_request")).containsExactly(dead + "|5");
    assertThat(db.count("outbox_attempt")).isEqualTo(5);
  }

  @Test
  void relaysMakeAPauseLongerAndNeverShorter() {
    store.pause(pause(MINUTE, "unknown", 1, null));
    String since = db.one("SELECT paused_since FROM outbox_workspace");
    store.pause(pause(Duration.ofSeconds(1), "unknown", 2, null));
    assertThat(db.one("SELECT paused_since FROM outbox_workspace")).isEqualTo(since);
    assertThat(pauseNow().remaining()).isGreaterThan(Duration.ofSeconds(50));
    store.pause(pause(Duration.ofHours(1), "rate_limited", 1, null));
    RelayStore.Pause pause = pauseNow();
    assertThat(pause.remaining()).isGreaterThan(Duration.ofMinutes(50));
    assertThat(pause.failures()).isEqualTo(2);
  }

  @Test
  void otherCredentialsProbeAPauseForWrongOnesAtOnceAndNoOther() {
    db.add(TestOutbox.actions(20));
    store.pause(pause(MINUTE, "unknown", 1, null));
    assertThat(claim(UUID.randomUUID(), 10, true).probe()).isFalse();
    store.pause(pause(MINUTE, "misconfigured", 1, null));
    assertThat(claim(UUID.randomUUID(), 10, false).probe()).isFalse();
    assertThat(claim(UUID.randomUUID(), 10, true).probe()).isTrue();
    assertThat(claim(UUID.randomUUID(), 10, true).probe()).as("one is out").isFalse();
  }

  @Test
  void aLookTakesNothing() {
    db.add(TestOutbox.actions(2));
    Claim look = claim(UUID.randomUUID(), 0, false);
    assertThat(look.actions()).isEmpty();
    assertThat(look.more()).isFalse();
    assertThat(look.pause()).isNull();
    store.pause(pause(MINUTE, "misconfigured", 1, null));
    endPause();
    String before = db.one(ROW);
    assertThat(claim(UUID.randomUUID(), 0, true).probe()).isFalse();
    assertThat(db.one(ROW)).isEqualTo(before);
    assertThat(claim(UUID.randomUUID(), 0, true).pause()).isNotNull();
    assertThat(db.count("outbox WHERE claim_id IS NOT NULL")).isZero();
  }

  @Test
  void aClaimTellsTheDatabasesTime() {
    Instant before = Instant.now().minusSeconds(5);
    assertThat(claim(UUID.randomUUID()).storeTime())
        .isBetween(before, before.plus(Duration.ofMinutes(1)));
  }

  @Test
  void theWorkspacesWithABacklogAreToldWithTheAgeOfTheirFirst() {
    assertThat(store.backlogs()).isEmpty();
    db.add(TestOutbox.actions(3));
    db.add(TestOutbox.shown("user-1").workspace("zz").build());
    db.add(TestOutbox.shown("user-1").workspace("eu").build());
    db.execute(
        "UPDATE outbox SET created_at = created_at - INTERVAL '1' HOUR WHERE workspace = 'eu'");
    assertThat(store.backlogs())
        .extracting(Backlog::workspace)
        .containsExactly("default", "eu", "zz");
    assertThat(store.backlogs().get(0).age()).isBetween(Duration.ZERO, MINUTE);
    assertThat(store.backlogs().get(1).age())
        .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
  }

  // Pauses of people

  @Test
  void aPersonsPauseLastsUntilAPersonResumesIt() {
    db.add(TestOutbox.actions(2));
    anna.pause("default", "key rotation");
    assertThat(db.outbox.workspaces())
        .singleElement()
        .satisfies(w -> assertThat(w.isPaused()).isTrue())
        .satisfies(w -> assertThat(w.pausedSince()).isNotNull())
        .satisfies(w -> assertThat(w.pausedUntil()).isNull())
        .satisfies(w -> assertThat(w.cause()).isNull())
        .satisfies(w -> assertThat(w.reason()).isEqualTo("key rotation"))
        .satisfies(w -> assertThat(w.pausedBy()).isEqualTo("anna"));
    Claim claim = claim(UUID.randomUUID(), 10, true);
    assertThat(claim.actions()).isEmpty();
    assertThat(requireNonNull(claim.pause()).remaining()).isNull();
    store.pause(pause(Duration.ofMillis(1), "unavailable", 1, null));
    assertThat(db.outbox.workspaces().get(0).pausedBy()).as("stays hers").isEqualTo("anna");
    assertThat(anna.resume("default", "over")).isTrue();
    assertThat(anna.resume("default", "over")).isFalse();
    assertThat(db.outbox.workspaces())
        .singleElement()
        .isEqualTo(new WorkspaceState("default", null, null, null, null, null));
    assertThat(claim(UUID.randomUUID()).actions()).hasSize(2);
    assertThat(claim(UUID.randomUUID()).probedOpenBy()).isNull();
  }

  @Test
  void aPersonsPauseWithAnEndIsProbedAfterIt() {
    db.add(TestOutbox.actions(2));
    anna.pause("default", Duration.ofHours(1), "maintenance over there");
    store.pause(pause(Duration.ofHours(2), "unknown", 1, null));
    RelayStore.Pause pause = pauseNow();
    assertThat(pause.remaining()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
    assertThat(pause.cause()).isNull();
    endPause();
    UUID probe = UUID.randomUUID();
    assertThat(claim(probe).probe()).isTrue();
    store.pause(pause(MINUTE, "unknown", 1, probe));
    assertThat(pauseNow().cause()).isEqualTo("unknown");
  }

  @Test
  void aPersonWhoPausesDuringAProbeIsNotOverruledByItsAnswer() {
    db.add(TestOutbox.actions(20));
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    UUID probe = UUID.randomUUID();
    claim(probe);
    anna.pause("default", "wait");
    assertThat(db.count("outbox_workspace WHERE probe_id IS NOT NULL")).isZero();
    store.resume("default", probe, "relay-1");
    assertThat(claim(UUID.randomUUID()).pause()).isNotNull();
    store.pause(pause(MINUTE, "unknown", 2, probe));
    assertThat(db.outbox.workspaces().get(0).pausedBy()).isEqualTo("anna");
  }

  @Test
  void aPauseBySqlDuringAProbeIsNotOverruledByItsAnswer() {
    db.add(TestOutbox.actions(20));
    store.pause(pause(MINUTE, "unknown", 1, null));
    endPause();
    UUID probe = UUID.randomUUID();
    claim(probe);
    db.execute("UPDATE outbox_workspace SET paused_until = NULL, reason = 'by SQL'");
    store.resume("default", probe, "relay-1");
    store.pause(pause(MINUTE, "unknown", 2, probe));
    assertThat(db.query("SELECT paused_until, reason FROM outbox_workspace"))
        .containsExactly("null|by SQL");
  }

  @Test
  void inTheCallersTransactionAPauseExistsIfAndOnlyIfItCommits() throws Exception {
    try (Connection transaction = db.pool.getConnection()) {
      transaction.setAutoCommit(false);
      anna.evenIfUnknown().pause(transaction, "default", "rolled back");
      transaction.rollback();
      assertThat(db.count("outbox_operation")).isZero();
      assertThat(db.count("outbox_workspace")).isZero();
      anna.evenIfUnknown().pause(transaction, "default", MINUTE, "committed");
      transaction.commit();
      assertThat(db.outbox.workspaces().get(0).isPaused()).isTrue();
      assertThat(anna.resume(transaction, "default", "over")).isTrue();
      transaction.rollback();
      assertThat(db.outbox.workspaces().get(0).isPaused()).isTrue();
      transaction.setAutoCommit(true);
      assertThatThrownBy(() -> anna.resume(transaction, "default", "over"))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("auto-commit");
    }
  }

  @Test
  void pausesAndResumesByHandAreRecordedIfTheyDidSomething() {
    db.add(TestOutbox.actions(1));
    anna.pause("default", "why");
    anna.evenIfUnknown().pause("eu", Duration.ofHours(1), "because");
    assertThat(anna.resume("default", "over")).isTrue();
    assertThat(anna.resume("default", "once more")).isFalse();
    assertThat(
            db.query(
                "SELECT kind, workspace, actions, detail, reason, performed_by FROM"
                    + " outbox_operation WHERE finished_at IS NOT NULL ORDER BY started_at"))
        .containsExactly(
            "pause|default|0|until it is resumed|why|anna",
            "pause|eu|0|for PT1H|because|anna",
            "resume|default|0|null|over|anna");
  }

  @Test
  void aMisspeltWorkspaceIsNeitherPausedNorResumed() throws Exception {
    assertThatThrownBy(() -> anna.pause("default", "why"))
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("known are none yet");
    db.add(TestOutbox.actions(1));
    db.add(TestOutbox.shown("user-1").workspace("eu").build());
    Operator ahead = anna.evenIfUnknown();
    ahead.pause("us", "not before Monday");
    try (Connection transaction = db.pool.getConnection()) {
      transaction.setAutoCommit(false);
      for (ThrowingCallable misspelt :
          List.<ThrowingCallable>of(
              () -> anna.pause("defualt", "why"),
              () -> anna.pause("defualt", MINUTE, "why"),
              () -> anna.resume("defualt", "why"),
              () -> anna.pause(transaction, "defualt", "why"),
              () -> anna.pause(transaction, "defualt", MINUTE, "why"),
              () -> anna.resume(transaction, "defualt", "why"))) {
        assertThatThrownBy(misspelt)
            .isInstanceOf(OutboxException.class)
            .hasMessageContaining("workspace is unknown")
            .hasMessageContaining("known are default, eu, us;")
            .hasMessageContaining("evenIfUnknown()")
            .hasMessageNotContaining("defualt");
      }
      transaction.rollback();
    }
    assertThat(db.query("SELECT workspace FROM outbox_workspace")).containsExactly("us");
    assertThat(db.count("outbox_operation")).isEqualTo(1);
    assertThat(ahead.resume("defualt", "why")).isFalse();
    assertThat(anna.resume("eu", "known, and not paused")).isFalse();
    assertThat(anna.resume("us", "Monday")).isTrue();
  }

  @Test
  void aWorkspaceOfWhichOnlyRequestsOrRejectedActionsAreLeftIsKnown() {
    db.add(TestOutbox.actions(1));
    db.execute(
        "INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, attempts,"
            + " refusals, workspace, customer_id, action, platform, reason) SELECT"
            + " CURRENT_TIMESTAMP, created_at, event_time, event_uuid, 1, 0, 'us', customer_id,"
            + " action, platform, 'refused 400' FROM outbox");
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, workspace, relay, started_at, elements, actions,"
            + " outcome) SELECT event_uuid, event_uuid, 'eu', 'relay-1', CURRENT_TIMESTAMP, 1, 1,"
            + " 'accepted' FROM outbox");
    anna.pause("us", "why");
    anna.pause("eu", "why");
    assertThat(db.outbox.workspaces()).allMatch(WorkspaceState::isPaused).hasSize(2);
  }

  @Test
  void whatCantBeAPauseIsRefusedBeforeTheDatabaseIsTouched() {
    for (Runnable bad :
        List.<Runnable>of(
            () -> anna.pause("", "why"),
            () -> anna.pause("w".repeat(65), "why"),
            () -> anna.pause("default", " "),
            () -> anna.pause("default", "x".repeat(4_001)),
            () -> anna.pause("default", Duration.ZERO, "why"),
            () -> anna.pause("default", Duration.ofDays(366), "why"),
            () -> anna.resume("default", ""),
            () -> anna.resume("", "why"),
            () -> db.outbox.operator(" "))) {
      assertThatThrownBy(bad::run).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(db.count("outbox_workspace")).isZero();
  }

  private void endPause() {
    db.execute(
        "UPDATE outbox_workspace SET paused_until = CURRENT_TIMESTAMP - INTERVAL '1' SECOND");
  }

  private static PauseSpec pause(
      Duration duration, String cause, int failures, @Nullable UUID probe) {
    return new PauseSpec(
        "default", "relay-1", duration, cause, cause + ": connection refused", failures, probe);
  }

  private RelayStore.Pause pauseNow() {
    return requireNonNull(claim(UUID.randomUUID()).pause());
  }

  private Claim claim(UUID claimId) {
    return claim(claimId, 10, false);
  }

  private Claim claim(UUID claimId, int max, boolean newCredentials) {
    return store.claim(spec(claimId, max, newCredentials));
  }

  private static ClaimSpec spec(UUID claimId, int max, boolean newCredentials) {
    return new ClaimSpec(
        "default", claimId, "relay-1", max, 5, 10_000_000, LEASE, 0, newCredentials);
  }

  private Claim claimIn(String workspace) {
    return store.claim(
        new ClaimSpec(workspace, UUID.randomUUID(), "relay-1", 10, 5, 10_000_000, LEASE, 0, false));
  }
}
