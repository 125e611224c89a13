package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@link Audit} promises, on any database. */
abstract class AuditContract extends DatabaseTest {
  static final Instant NOON = Instant.parse("2026-10-05T12:00:00Z");
  private static final UUID REQUEST = UUID.fromString("0199b4c6-0000-7000-8000-000000000001");

  @SuppressWarnings("NullAway.Init")
  private Audit audit;

  @SuppressWarnings("NullAway.Init")
  private AuditRows rows;

  @BeforeAll
  void open() {
    audit = db.outbox.audit();
    rows = new AuditRows(db);
  }

  // One action

  @Test
  void aWaitingActionIsFoundWithWhatIsKnownOfIt() {
    UUID uuid = UUID.randomUUID();
    db.add(
        TestOutbox.shown("anna")
            .eventUuid(uuid)
            .eventTime(NOON)
            .workspace("eu")
            .userTimezoneOffset(-3600)
            .userAttributes("{\"a\": 1}")
            .build());
    AuditedAction action = audit.find(uuid).orElseThrow();
    assertThat(action)
        .isEqualTo(
            new AuditedAction(
                "eu",
                uuid,
                "anna",
                "MOE_PERSONALIZATION_MESSAGE_SHOWN",
                "web",
                NOON,
                ActionState.PENDING,
                0,
                0,
                null,
                action.createdAt(),
                null,
                null,
                null,
                null,
                null,
                action.createdAt(),
                null,
                null,
                -3600,
                "{\"a\": 1}",
                TestOutbox.CONTEXT));
    assertThat(action.createdAt()).isAfter(NOON);
    db.execute(
        "UPDATE outbox SET attempts = 2, refusals = 1, last_error = 'timeout', claimed_by = 'relay-1',"
            + " unknown_since = created_at");
    AuditedAction retrying = audit.find(uuid).orElseThrow();
    assertThat(retrying.state()).isEqualTo(ActionState.RETRYING);
    assertThat(retrying.attempts()).isEqualTo(2);
    assertThat(retrying.refusals()).isEqualTo(1);
    assertThat(retrying.lastError()).isEqualTo("timeout");
    assertThat(retrying.claimedBy()).isEqualTo("relay-1");
    assertThat(retrying.unknownSince()).isEqualTo(action.createdAt());
  }

  @Test
  void aDeliveredActionIsFoundWithItsRequestAlsoWhenItIsRedacted() {
    rows.request(REQUEST, "SKuSLFnX");
    UUID uuid = rows.delivered(NOON, REQUEST, "eu", "anna");
    AuditedAction action = audit.find(uuid).orElseThrow();
    assertThat(action.state()).isEqualTo(ActionState.DELIVERED);
    assertThat(action.sentAt()).isEqualTo(NOON);
    assertThat(action.requestId()).isEqualTo(REQUEST);
    assertThat(action.reqId()).isEqualTo("SKuSLFnX");
    assertThat(action.customerId()).isEqualTo("anna");
    assertThat(action.availableAt()).isNull();
    db.execute(
        "UPDATE outbox_delivered SET customer_id = NULL, attributes = NULL, user_attributes = NULL");
    AuditedAction redacted = audit.find(uuid).orElseThrow();
    assertThat(redacted.customerId()).isNull();
    assertThat(redacted.attributes()).isNull();
    assertThat(audit.list(ActionFilter.all(), null, 10).actions()).containsExactly(redacted);
  }

  @Test
  void aRejectedAndACancelledActionSayWhyAndWhen() {
    UUID rejected = rows.rejected(NOON, REQUEST, null, "eu", "anna", "refused 400");
    UUID operation = UUID.randomUUID();
    UUID cancelled = rows.rejected(NOON, null, operation, "eu", "anna", "cancelled");
    AuditedAction first = audit.find(rejected).orElseThrow();
    assertThat(first.state()).isEqualTo(ActionState.REJECTED);
    assertThat(first.lastError()).isEqualTo("refused 400");
    assertThat(first.requestId()).isEqualTo(REQUEST);
    assertThat(first.rejectedAt()).isEqualTo(NOON);
    AuditedAction second = audit.find(cancelled).orElseThrow();
    assertThat(second.state()).isEqualTo(ActionState.CANCELLED);
    assertThat(second.operationId()).isEqualTo(operation);
  }

  @Test
  void whatIsNowhereIsNotFound() {
    assertThat(audit.find(UUID.randomUUID())).isEmpty();
    assertThat(audit.attempts(UUID.randomUUID())).isEmpty();
  }

  @Test
  void ofTwoRowsWithOneUuidTheOneThatWasWrittenLastIsFound() {
    UUID uuid = rows.delivered(NOON, REQUEST, "default", "anna");
    db.execute("UPDATE outbox_delivered SET created_at = sent_at");
    db.execute(
        "INSERT INTO outbox (event_uuid, customer_id, action, event_time, platform, attributes)"
            + " SELECT event_uuid, customer_id, action, event_time, platform, attributes FROM"
            + " outbox_delivered");
    assertThat(audit.find(uuid).orElseThrow().state()).isEqualTo(ActionState.PENDING);
  }

  @Test
  void attemptsAreInOrderOfTimeWithTheOneThatDelivered() {
    UUID failed = UUID.randomUUID();
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, elements, actions, workspace, relay,"
            + " outcome, message) VALUES ('"
            + failed
            + "', '"
            + failed
            + "', "
            + AuditRows.literal(NOON.minusSeconds(60))
            + ", 1, 1, 'eu', 'relay-1', 'unknown', 'nobody knows')");
    rows.request(REQUEST, "SKuSLFnX");
    UUID uuid = rows.delivered(NOON, REQUEST, "eu", "anna");
    db.execute("INSERT INTO outbox_attempt VALUES ('" + uuid + "', '" + failed + "')");
    assertThat(audit.attempts(uuid))
        .containsExactly(
            new AuditedAttempt(
                uuid,
                failed,
                NOON.minusSeconds(60),
                null,
                "eu",
                "relay-1",
                null,
                "unknown",
                null,
                "nobody knows"),
            new AuditedAttempt(
                uuid,
                REQUEST,
                NOON,
                Duration.ofMillis(150),
                "default",
                "relay-1",
                200,
                "accepted",
                "SKuSLFnX",
                null));
  }

  @Test
  void ofVeryManyAttemptsTheNewestAreTold() {
    UUID uuid = UUID.randomUUID();
    List<String> requests = new ArrayList<>();
    List<String> attempts = new ArrayList<>();
    for (int i = 0; i < Audit.MAX_ATTEMPTS + 5; i++) {
      UUID id = new UUID(7, i);
      requests.add(
          "('"
              + id
              + "', '"
              + id
              + "', "
              + AuditRows.literal(NOON.plusSeconds(i))
              + ", 1, 1, 'default', 'relay-1', 'unavailable')");
      attempts.add("('" + uuid + "', '" + id + "')");
    }
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, elements, actions, workspace, relay,"
            + " outcome) VALUES "
            + String.join(", ", requests));
    db.execute("INSERT INTO outbox_attempt VALUES " + String.join(", ", attempts));
    List<AuditedAttempt> told = audit.attempts(uuid);
    assertThat(told).hasSize(Audit.MAX_ATTEMPTS);
    assertThat(told.get(0).startedAt()).isEqualTo(NOON.plusSeconds(5));
    assertThat(told).isSortedAccordingTo((a, b) -> a.startedAt().compareTo(b.startedAt()));
  }

  @Test
  void noTextOfARecordHasPersonalData() {
    rows.rejected(NOON, REQUEST, null, "eu", "anna@example.com", "refused: anna@example.com");
    AuditPage page = audit.list(ActionFilter.all(), null, 10);
    assertThat(page.actions()).hasSize(1);
    assertThat(page.toString()).contains("rejected").doesNotContain("anna").doesNotContain("cid");
    assertThat(
            new AuditedAttempt(
                REQUEST, REQUEST, NOON, null, "eu", "r", 400, "refused", null, "anna@example.com"))
        .asString()
        .contains("refused 400")
        .doesNotContain("anna");
  }

  // Counts

  @Test
  void whatIsNotDeliveredIsCountedByWorkspaceAndState() {
    db.add(TestOutbox.actions(3));
    db.execute("UPDATE outbox SET attempts = 1 WHERE customer_id = 'user-1'");
    db.execute(
        "UPDATE outbox SET claim_id = event_uuid, available_at = CURRENT_TIMESTAMP + INTERVAL '1'"
            + " HOUR WHERE customer_id = 'user-2'");
    rows.rejected(NOON.plusSeconds(1), REQUEST, null, "eu", "anna", "400");
    rows.rejected(NOON, REQUEST, null, "eu", "anna", "400");
    rows.rejected(NOON, null, UUID.randomUUID(), "eu", "anna", "no");
    rows.delivered(NOON, REQUEST, "eu", "anna");
    List<WorkspaceCount> counts = audit.undelivered();
    assertThat(counts)
        .extracting(c -> c.workspace() + " " + c.state() + " " + c.actions())
        .containsExactly(
            "default CLAIMED 1",
            "default PENDING 1",
            "default RETRYING 1",
            "eu CANCELLED 1",
            "eu REJECTED 2");
    assertThat(counts.get(4).oldest()).isEqualTo(NOON);
    assertThat(counts.get(0).oldest()).isAfter(NOON);
  }

  // Pages

  @Test
  void whateverTheFilterAndThePageEachActionIsListedOnceAndNoOther() {
    Random random = new Random(20261005);
    rows.fill(random, 400);
    int nonEmpty = 0;
    for (int round = 0; round < 120; round++) {
      AuditFilters.Drawn drawn = AuditFilters.draw(random, db);
      List<String> expected =
          db.query("SELECT event_uuid FROM outbox_audit WHERE " + drawn.predicate());
      int size = AuditFilters.pick(random, List.of(1, 3, 17, 100, 1_000));
      // One by one through hundreds takes long and shows no more.
      size = expected.size() > 80 ? Math.max(size, 7) : size;
      List<AuditedAction> listed = listAll(drawn.filter(), size);
      assertThat(listed)
          .as("%s in pages of %s", drawn.predicate(), size)
          .extracting(a -> a.eventUuid().toString())
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(listed.stream().map(AuditContract::rank)).isSorted();
      nonEmpty += expected.isEmpty() ? 0 : 1;
    }
    assertThat(nonEmpty).as("rounds that found something").isGreaterThan(60);
  }

  /** The order that is promised, without what only the database knows. */
  private static String rank(AuditedAction action) {
    if (action.state().isWaiting()) {
      return "1";
    }
    return action.rejectedAt() != null ? "2 " + action.rejectedAt() : "3 " + action.sentAt();
  }

  @Test
  void whatIsListedIsWhatIsFound() {
    Random random = new Random(7);
    rows.fill(random, 60);
    for (AuditedAction action : listAll(ActionFilter.all(), 7)) {
      assertThat(audit.find(action.eventUuid())).contains(action);
    }
  }

  @Test
  void anActionThatIsDeliveredOrRejectedBetweenTwoPagesIsNotMissed() {
    db.add(TestOutbox.actions(6));
    rows.delivered(NOON, REQUEST, "default", "before");
    AuditPage first = audit.list(ActionFilter.all(), null, 2);
    assertThat(first.actions())
        .extracting(AuditedAction::customerId)
        .containsExactly("user-0", "user-1");
    db.execute(
        "INSERT INTO outbox_delivered SELECT CURRENT_TIMESTAMP, created_at, event_time, event_uuid,"
            + " event_uuid, 1, 0, NULL, workspace, customer_id, action, platform, NULL, attributes"
            + " FROM outbox WHERE customer_id IN ('user-1', 'user-2', 'user-3')");
    db.execute("DELETE FROM outbox WHERE customer_id IN ('user-1', 'user-2', 'user-3')");
    db.execute(
        "INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, attempts, refusals,"
            + " workspace, customer_id, action, platform, reason, attributes) SELECT CURRENT_TIMESTAMP,"
            + " created_at, event_time, event_uuid, 1, 0, workspace, customer_id, action, platform, 'no',"
            + " attributes FROM outbox WHERE customer_id = 'user-4'");
    db.execute("DELETE FROM outbox WHERE customer_id = 'user-4'");
    List<AuditedAction> rest = rest(ActionFilter.all(), first.next(), 2);
    assertThat(rest)
        .extracting(a -> a.customerId() + " " + a.state().sqlName())
        .containsExactlyInAnyOrder(
            "user-5 pending",
            "user-4 rejected",
            "before delivered",
            "user-1 delivered",
            "user-2 delivered",
            "user-3 delivered");
  }

  @Test
  void aPageSaysWhetherThereIsAnother() {
    db.add(TestOutbox.actions(4));
    assertThat(audit.list(ActionFilter.all(), null, 4).next()).isNull();
    assertThat(audit.list(ActionFilter.all(), null, 5).next()).isNull();
    AuditPage page = audit.list(ActionFilter.all(), null, 3);
    assertThat(page.next()).isNotNull();
    assertThat(audit.list(ActionFilter.all(), page.next(), 3))
        .satisfies(last -> assertThat(last.actions()).hasSize(1))
        .satisfies(last -> assertThat(last.next()).isNull());
    assertThat(audit.list(ActionFilter.all().workspace("none"), null, 3))
        .isEqualTo(new AuditPage(List.of(), null));
  }

  @Test
  void aBrokenCursorIsRefusedAndNotQuoted() {
    db.add(TestOutbox.actions(3));
    String next = String.valueOf(audit.list(ActionFilter.all(), null, 1).next());
    for (String broken :
        List.of(
            "",
            "null",
            "%%%",
            next.substring(1),
            next.substring(0, next.length() - 1),
            next + "A",
            next + "=",
            next.toUpperCase(Locale.ROOT),
            "QUFB")) {
      assertThatThrownBy(() -> audit.list(ActionFilter.all(), broken, 1))
          .as(broken)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("after must be the text that AuditPage.next() returned")
          .hasNoCause();
    }
  }

  @Test
  void aLimitThatCantBeIsRefusedByName() {
    for (int limit : List.of(-1, 0, 1_001)) {
      assertThatThrownBy(() -> audit.list(ActionFilter.all(), null, limit))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("limit must be from 1 to 1000");
    }
  }

  private List<AuditedAction> listAll(ActionFilter filter, int size) {
    return rest(filter, null, size);
  }

  private List<AuditedAction> rest(ActionFilter filter, @Nullable String after, int size) {
    List<AuditedAction> all = new ArrayList<>();
    String next = after;
    do {
      AuditPage page = audit.list(filter, next, size);
      next = page.next();
      assertThat(page.actions()).hasSizeLessThanOrEqualTo(size);
      assertThat(next == null || page.actions().size() == size).as("pages are full").isTrue();
      all.addAll(page.actions());
    } while (next != null);
    return all;
  }
}
