package io.durableoutbox.jdbc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.MaintenanceReport.Task;
import io.durableoutbox.testdb.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Maintenance} promises, on any database. */
abstract class MaintenanceContract extends DatabaseTest {
  static final String LAST_RUN =
      "SELECT task, last_run_by, note FROM outbox_maintenance WHERE last_run_at IS NOT NULL ORDER"
          + " BY task";

  @BeforeEach
  void keepAwayFromMidnight() {
    Midnight.keepAwayFrom(db.database);
  }

  /** Writes a delivered action of some days ago, and its request. */
  String delivered(double daysAgo) {
    return delivered(daysAgo, request(daysAgo, "accepted"));
  }

  String delivered(double daysAgo, String request) {
    String event = UUID.randomUUID().toString();
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, user_timezone_offset, workspace, customer_id, action, platform,"
            + " user_attributes, attributes) VALUES ("
            + ago(daysAgo)
            + ", "
            + ago(daysAgo)
            + ", "
            + ago(daysAgo)
            + ", '"
            + event
            + "', '"
            + request
            + "', 1, 0, 3600, 'eu', 'secret-user', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web',"
            + " '{\"name\": \"secret\"}', '{\"cid\": \"secret\"}')");
    return event;
  }

  String rejected(double daysAgo, String request) {
    String event = UUID.randomUUID().toString();
    db.execute(
        "INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, request_id,"
            + " attempts, refusals, user_timezone_offset, workspace, customer_id, action, platform,"
            + " reason, user_attributes, attributes) VALUES ("
            + ago(daysAgo)
            + ", "
            + ago(daysAgo)
            + ", "
            + ago(daysAgo)
            + ", '"
            + event
            + "', '"
            + request
            + "', 2, 1, 3600, 'eu', 'secret-user', 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web',"
            + " 'secret is bad', '{\"name\": \"secret\"}', '{\"cid\": \"secret\"}')");
    return event;
  }

  String request(double daysAgo, String outcome) {
    String id = UUID.randomUUID().toString();
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, duration_ms, status, elements,"
            + " actions, bytes, workspace, relay, outcome, req_id, message) VALUES ('"
            + id
            + "', '"
            + UUID.randomUUID()
            + "', "
            + ago(daysAgo)
            + ", 5, 200, 1, 1, 100, 'eu', 'relay-1', '"
            + outcome
            + "', 'req-1', 'secret was said')");
    return id;
  }

  void attempt(String event, String request) {
    db.execute("INSERT INTO outbox_attempt VALUES ('" + event + "', '" + request + "')");
  }

  private String operation(double daysAgo, String kind, String event) {
    String id = UUID.randomUUID().toString();
    db.execute(
        "INSERT INTO outbox_operation (id, kind, performed_by, started_at, finished_at) VALUES ('"
            + id
            + "', '"
            + kind
            + "', 'anna', "
            + ago(daysAgo)
            + ", "
            + ago(daysAgo)
            + ")");
    db.execute("INSERT INTO outbox_operation_action VALUES ('" + event + "', '" + id + "')");
    return id;
  }

  static String ago(double days) {
    return "CURRENT_TIMESTAMP - INTERVAL '" + Math.round(days * 86_400) + "' SECOND";
  }

  Maintenance.Builder maintenance() {
    return db.outbox.maintenance().name("m1");
  }

  private List<String> events(String table) {
    return db.query("SELECT event_uuid FROM " + table + " ORDER BY event_uuid");
  }

  // What is kept and what is not

  @Test
  void deliveredActionsAreKeptAsLongAsToldAndNoLonger() {
    delivered(40);
    delivered(31.5);
    String kept = delivered(29);
    String young = delivered(0);
    MaintenanceReport report = maintenance().keepDelivered(Duration.ofDays(30)).build().runOnce();
    assertThat(events("outbox_delivered")).containsExactlyInAnyOrder(kept, young);
    assertThat(report.deliveredPurged()).isEqualTo(2);
    assertThat(report.leftToAnother()).isEmpty();
    assertThat(report.didSomething()).isTrue();
    assertThat(
            db.query(
                "SELECT kind, performed_by, actions FROM outbox_operation WHERE finished_at IS NOT"
                    + " NULL AND kind = 'purge'"))
        .containsExactly("purge|m1|2");
    assertThat(db.one("SELECT detail FROM outbox_operation WHERE kind = 'purge'"))
        .contains("deleted what was delivered up to 20")
        .contains("2 actions in batches, 2 requests, 0 attempts");
    assertThat(db.query(LAST_RUN)).contains("purge|m1|null");
  }

  @Test
  void theDefaultIsNinetyDaysAndNoRedaction() {
    delivered(92);
    String kept = delivered(89);
    MaintenanceReport report = maintenance().build().runOnce();
    assertThat(events("outbox_delivered")).containsExactly(kept);
    assertThat(report.redacted()).isZero();
    assertThat(db.count("outbox_delivered WHERE customer_id IS NULL")).isZero();
    assertThat(db.query(LAST_RUN)).noneMatch(run -> run.startsWith("redaction"));
  }

  @Test
  void whatWaitsOrWasRejectedIsNeverDeletedNorWhatPointsAtIt() {
    db.add(TestOutbox.actions(3));
    db.execute("UPDATE outbox SET created_at = " + ago(1_000) + ", event_time = " + ago(1_000));
    String waiting = requireNonNull(db.one("SELECT event_uuid FROM outbox ORDER BY id"));
    String refused = request(500, "refused");
    String timeout = request(500, "unknown");
    String rejected = rejected(500, refused);
    attempt(rejected, timeout);
    attempt(waiting, timeout);
    String cancelled = rejected(400, request(400, "unknown"));
    operation(400, "cancel", cancelled);
    MaintenanceReport report = maintenance().keepDelivered(Duration.ofDays(1)).build().runOnce();
    assertThat(report.didSomething()).isEqualTo(!report.partitionsCreated().isEmpty());
    assertThat(db.count("outbox")).isEqualTo(3);
    assertThat(events("outbox_rejected")).containsExactlyInAnyOrder(rejected, cancelled);
    assertThat(db.count("outbox_request")).isEqualTo(3);
    assertThat(db.count("outbox_attempt")).isEqualTo(2);
    assertThat(db.count("outbox_operation_action")).isEqualTo(1);
    assertThat(db.count("outbox_rejected WHERE reason = 'secret is bad'")).isEqualTo(2);
  }

  @Test
  void rejectedAndCancelledActionsGoWithAllThatPointsAtThemWhenToldFor() {
    String refused = request(500, "refused");
    String timeout = request(500, "unknown");
    attempt(rejected(500, refused), timeout);
    String cancelled = rejected(400, request(400, "unknown"));
    operation(400, "cancel", cancelled);
    String young = rejected(99, request(99, "refused"));
    MaintenanceReport report =
        maintenance()
            .keepDelivered(Duration.ofDays(30))
            .keepRejected(Duration.ofDays(100))
            .batchSize(1)
            .build()
            .runOnce();
    assertThat(events("outbox_rejected")).containsExactly(young);
    assertThat(report.rejectedPurged()).isEqualTo(2);
    assertThat(report.requestsPurged()).isEqualTo(3);
    assertThat(report.attemptsPurged()).isEqualTo(1);
    assertThat(report.didSomething()).isTrue();
    assertThat(db.count("outbox_request")).as("the young one's").isEqualTo(1);
    assertThat(db.count("outbox_operation_action")).isZero();
    assertThat(db.one("SELECT detail FROM outbox_operation WHERE kind = 'purge'"))
        .contains(", rejected up to 20")
        .contains("2 rejected, ");
    assertThat(db.one("SELECT SUM(actions) FROM outbox_operation WHERE kind = 'purge'"))
        .isEqualTo("2");
  }

  @Test
  void requestsAndAttemptsGoADayAfterTheLastThatPointsAtThem() {
    String timeout = request(33, "unknown");
    attempt(delivered(33), timeout);
    String shared = request(33, "unknown");
    attempt(delivered(33), shared);
    String alive = delivered(29, request(33, "accepted"));
    attempt(alive, shared);
    request(30.5, "unavailable");
    request(32, "unavailable");
    MaintenanceReport report = maintenance().keepDelivered(Duration.ofDays(30)).build().runOnce();
    assertThat(db.query("SELECT event_uuid, request_id FROM outbox_attempt"))
        .containsExactly(alive + "|" + shared);
    assertThat(report.attemptsPurged()).isEqualTo(2);
    assertThat(report.requestsPurged()).as("two accepted, a timeout and an outage").isEqualTo(4);
    assertThat(db.count("outbox_request")).isEqualTo(3);
    assertThat(db.count("outbox_audit_attempt WHERE event_uuid = '" + alive + "'")).isEqualTo(2);
  }

  @Test
  void anAttemptOfAYoungRequestStaysThoughItsActionIsGone() {
    attempt(UUID.randomUUID().toString(), request(10, "unknown"));
    MaintenanceReport report = maintenance().keepDelivered(Duration.ofDays(30)).build().runOnce();
    assertThat(report.attemptsPurged()).isZero();
    assertThat(db.count("outbox_request")).isEqualTo(1);
  }

  @Test
  void theListOfAnOperationGoesWithItsActionsAndTheOperationStays() {
    operation(100, "requeue", UUID.randomUUID().toString());
    String kept = delivered(2);
    String operation = operation(100, "requeue", kept);
    operation(10, "requeue", UUID.randomUUID().toString());
    maintenance().keepDelivered(Duration.ofDays(30)).batchSize(1).build().runOnce();
    assertThat(db.count("outbox_operation WHERE kind = 'requeue'")).isEqualTo(3);
    assertThat(db.count("outbox_operation_action")).isEqualTo(2);
    assertThat(db.query("SELECT operation_id FROM outbox_operation_action")).contains(operation);
  }

  @Test
  void smallBatchesComeToTheSameAsLargeOnes() {
    for (int i = 0; i < 23; i++) {
      String event = delivered(50 + Math.floorDiv(i, 5));
      attempt(event, request(50 + Math.floorDiv(i, 5), "unknown"));
    }
    delivered(3);
    MaintenanceReport report =
        maintenance().keepDelivered(Duration.ofDays(30)).batchSize(4).build().runOnce();
    assertThat(report.deliveredPurged()).isEqualTo(23);
    assertThat(report.requestsPurged()).isEqualTo(46);
    assertThat(report.attemptsPurged()).isEqualTo(23);
    assertThat(db.count("outbox_delivered")).isEqualTo(1);
    assertThat(db.count("outbox_request")).isEqualTo(1);
    assertThat(db.query("SELECT actions FROM outbox_operation WHERE kind = 'purge'"))
        .containsExactly("23");
  }

  @Test
  void aBatchOfRequestsIsBoundedByTheAttemptsThatPointAtThem() {
    for (int i = 0; i < 4; i++) {
      request(40 + i, "unknown");
    }
    db.execute("UPDATE outbox_request SET actions = 100");
    Between purged = new Between("purge-attempts", 0, () -> {});
    JdbcOutbox.create(purged.of(db.pool))
        .maintenance()
        .name("m1")
        .keepDelivered(Duration.ofDays(30))
        .batchSize(150)
        .build()
        .runOnce();
    assertThat(db.count("outbox_request")).isZero();
    assertThat(purged.count()).as("batches").isBetween(2, 4);
  }

  @Test
  void whatIsTriedAgainAfterALostDeadlockIsRecordedOnce() {
    delivered(40);
    Between lost =
        new Between(
            "operation-count",
            1,
            () -> {
              throw new SQLException("a deadlock was lost", "40001");
            });
    JdbcOutbox.create(lost.of(db.pool))
        .maintenance()
        .name("m1")
        .keepDelivered(Duration.ofDays(30))
        .build()
        .runOnce();
    assertThat(lost.count()).isGreaterThan(1);
    assertThat(db.count("outbox_delivered")).isZero();
    assertThat(db.query("SELECT actions FROM outbox_operation WHERE kind = 'purge'"))
        .containsExactly("1");
  }

  @Test
  void rowsOfOneMomentAreOneBatchHoweverManyTheyAre() {
    for (int i = 0; i < 5; i++) {
      delivered(40);
    }
    db.execute("UPDATE outbox_delivered SET sent_at = " + ago(40));
    db.execute("UPDATE outbox_request SET started_at = " + ago(40));
    MaintenanceReport report =
        maintenance().keepDelivered(Duration.ofDays(30)).batchSize(2).build().runOnce();
    assertThat(report.deliveredPurged()).isEqualTo(5);
    assertThat(report.requestsPurged()).isEqualTo(5);
  }

  @Test
  void aSecondRunFindsNothingToDoAndRecordsNoOperation() {
    delivered(40);
    rejected(40, request(40, "refused"));
    Maintenance maintenance =
        maintenance()
            .keepDelivered(Duration.ofDays(30))
            .redactDelivered(Duration.ofDays(10))
            .redactRejected(Duration.ofDays(10))
            .build();
    assertThat(maintenance.runOnce().didSomething()).isTrue();
    int operations = db.count("outbox_operation");
    assertThat(maintenance.runOnce().didSomething()).isFalse();
    assertThat(db.count("outbox_operation")).isEqualTo(operations);
    assertThat(db.query(LAST_RUN)).contains("purge|m1|null", "redaction|m1|null");
  }

  // Redaction

  @Test
  void redactionTakesThePersonAndLeavesWhatHappened() {
    String old = delivered(20);
    String young = delivered(2);
    MaintenanceReport report = maintenance().redactDelivered(Duration.ofDays(10)).build().runOnce();
    assertThat(report.redacted()).isEqualTo(1);
    assertThat(report.messagesRedacted()).isEqualTo(1);
    String redacted =
        "SELECT customer_id, user_attributes, attributes, user_timezone_offset, attempts,"
            + " workspace, action, platform, state, req_id FROM outbox_audit WHERE event_uuid = '";
    assertThat(db.query(redacted + old + "'"))
        .containsExactly(
            "null|null|null|null|1|eu|MOE_PERSONALIZATION_MESSAGE_SHOWN|web|delivered|req-1");
    assertThat(db.query(redacted + young + "'").get(0)).startsWith("secret-user|{");
    assertThat(db.query("SELECT message FROM outbox_request ORDER BY started_at"))
        .containsExactly("null", "secret was said");
    assertThat(
            db.query(
                "SELECT kind, actions, performed_by FROM outbox_operation WHERE kind ="
                    + " 'redact' AND finished_at IS NOT NULL"))
        .containsExactly("redact|1|m1");
    assertThat(db.one("SELECT detail FROM outbox_operation WHERE kind = 'redact'"))
        .contains("1 actions, 1 messages")
        .doesNotContain("secret");
    assertThat(db.query(LAST_RUN)).contains("redaction|m1|null");
  }

  @Test
  void onlyWholeDaysOfTheHistoryAreRedacted() {
    String sameDay = delivered(10.00001);
    String dayBefore = delivered(11.001);
    maintenance().redactDelivered(Duration.ofDays(10)).batchSize(1).build().runOnce();
    assertThat(db.query("SELECT event_uuid FROM outbox_delivered WHERE customer_id IS NULL"))
        .containsExactly(dayBefore);
    assertThat(db.query("SELECT event_uuid FROM outbox_delivered WHERE attributes IS NOT NULL"))
        .containsExactly(sameDay);
  }

  @Test
  void rejectedActionsAreRedactedTooAndTheirReasonSaysSo() {
    String old = rejected(20, request(20, "refused"));
    rejected(2, request(2, "refused"));
    MaintenanceReport report = maintenance().redactRejected(Duration.ofDays(10)).build().runOnce();
    assertThat(report.redacted()).isEqualTo(1);
    assertThat(report.messagesRedacted()).isEqualTo(1);
    assertThat(
            db.query(
                "SELECT event_uuid, customer_id, user_attributes, attributes, user_timezone_offset,"
                    + " attempts, refusals FROM outbox_rejected WHERE reason = 'redacted'"))
        .containsExactly(old + "|null|null|null|null|2|1");
    assertThat(db.count("outbox_rejected WHERE customer_id = 'secret-user'")).isEqualTo(1);
  }

  @Test
  void redactionInSmallBatchesIsTheSame() {
    for (int i = 0; i < 11; i++) {
      delivered(20 + Math.floorDiv(i, 3));
      rejected(20 + Math.floorDiv(i, 3), request(20, "refused"));
    }
    MaintenanceReport report =
        maintenance()
            .redactDelivered(Duration.ofDays(10))
            .redactRejected(Duration.ofDays(15))
            .batchSize(2)
            .build()
            .runOnce();
    assertThat(report.redacted()).isEqualTo(22);
    assertThat(report.messagesRedacted()).isEqualTo(22);
    assertThat(db.count("outbox_delivered WHERE customer_id IS NOT NULL")).isZero();
    assertThat(db.count("outbox_rejected WHERE customer_id IS NOT NULL")).isZero();
    assertThat(db.query("SELECT actions FROM outbox_operation WHERE kind = 'redact'"))
        .containsExactly("22");
  }

  @Test
  void messagesGoAtTheShorterTime() {
    request(20, "refused");
    maintenance()
        .redactDelivered(Duration.ofDays(30))
        .redactRejected(Duration.ofDays(10))
        .build()
        .runOnce();
    assertThat(db.count("outbox_request WHERE message IS NOT NULL")).isZero();
  }

  // Several

  @Test
  void aTaskThatAnotherIsDoingIsLeftToIt() throws Exception {
    delivered(40);
    try (Connection other = db.pool.getConnection()) {
      other.setAutoCommit(false);
      try (var statement = other.createStatement()) {
        statement.execute(
            "SELECT task FROM outbox_maintenance WHERE task = 'purge' ORDER BY task FOR UPDATE");
      }
      MaintenanceReport report = maintenance().keepDelivered(Duration.ofDays(30)).build().runOnce();
      assertThat(report.leftToAnother()).containsExactly(Task.PURGE);
      assertThat(report.deliveredPurged()).isZero();
      assertThat(db.query(LAST_RUN)).noneMatch(run -> run.startsWith("purge"));
      other.rollback();
    }
    assertThat(maintenance().keepDelivered(Duration.ofDays(30)).build().runOnce().deliveredPurged())
        .isEqualTo(1);
  }

  @Test
  void manyAtOnceDoEachRowOnceAndNeverDeadlock() throws Exception {
    int rows = 120;
    for (int i = 0; i < rows; i++) {
      delivered(40 + i % 4);
      delivered(15 + i % 4);
    }
    int processes = 3;
    CyclicBarrier start = new CyclicBarrier(processes);
    ExecutorService threads = Executors.newFixedThreadPool(processes);
    List<CompletableFuture<MaintenanceReport>> runs = new ArrayList<>();
    try {
      for (int i = 0; i < processes; i++) {
        Maintenance maintenance =
            db.outbox
                .maintenance()
                .name("m" + i)
                .keepDelivered(Duration.ofDays(30))
                .redactDelivered(Duration.ofDays(10))
                .batchSize(3)
                .build();
        runs.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    start.await(1, TimeUnit.MINUTES);
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                  return maintenance.runOnce();
                },
                threads));
      }
      List<MaintenanceReport> reports = runs.stream().map(CompletableFuture::join).toList();
      MaintenanceReport rest =
          maintenance()
              .keepDelivered(Duration.ofDays(30))
              .redactDelivered(Duration.ofDays(10))
              .build()
              .runOnce();
      assertThat(
              reports.stream().mapToLong(MaintenanceReport::deliveredPurged).sum()
                  + rest.deliveredPurged())
          .isEqualTo(rows);
      // One may redact what another is about to delete.
      long redacted =
          reports.stream().mapToLong(MaintenanceReport::redacted).sum() + rest.redacted();
      assertThat(redacted).isBetween((long) rows, 2L * rows);
      assertThat(db.count("outbox_delivered WHERE customer_id IS NULL")).isEqualTo(rows);
      assertThat(db.count("outbox_delivered")).isEqualTo(rows);
      assertThat(
              db.one(
                  "SELECT SUM(actions) FROM outbox_operation WHERE kind IN ('purge', 'redact') AND"
                      + " finished_at IS NOT NULL"))
          .isEqualTo(String.valueOf(rows + redacted));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aTaskThatFailsDoesNotKeepTheOthersFromBeingDone() {
    delivered(40);
    delivered(20);
    db.execute("DELETE FROM outbox_maintenance WHERE task = 'purge'");
    try {
      Maintenance maintenance =
          maintenance()
              .keepDelivered(Duration.ofDays(30))
              .redactDelivered(Duration.ofDays(10))
              .build();
      assertThatThrownBy(maintenance::runOnce)
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("INSERT INTO outbox_maintenance (task) VALUES ('purge')");
      assertThat(db.count("outbox_delivered WHERE customer_id IS NULL")).isEqualTo(2);
    } finally {
      db.execute("INSERT INTO outbox_maintenance (task) VALUES ('purge')");
    }
  }

  // Running by itself

  @Test
  void startedItRunsAtOnceAndAgainAndNoFailureEndsIt() {
    delivered(40);
    try (Maintenance maintenance =
        maintenance()
            .keepDelivered(Duration.ofDays(30))
            .redactDelivered(Duration.ofDays(10))
            .interval(Duration.ofSeconds(1))
            .build()
            .start()) {
      String purgedRuns =
          "SELECT COUNT(*) FROM outbox_maintenance WHERE task = 'purge' AND last_run_by = 'm1'";
      Await.equal(purgedRuns, List.of("1"), () -> db.query(purgedRuns));
      assertThat(db.count("outbox_delivered")).isZero();
      db.execute("DELETE FROM outbox_maintenance WHERE task = 'purge'");
      try {
        // The first may be done by a run that began before; the second by one whose purge fails.
        for (int i = 0; i < 2; i++) {
          delivered(20);
          Await.equal(
              "what is not redacted",
              0,
              () -> db.count("outbox_delivered WHERE customer_id IS NOT NULL"));
        }
      } finally {
        // For this test and, if it fails, for those after it.
        db.execute("INSERT INTO outbox_maintenance (task) VALUES ('purge')");
      }
      Await.equal(purgedRuns, List.of("1"), () -> db.query(purgedRuns));
      assertThatThrownBy(maintenance::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is started already");
    }
  }

  @Test
  void closedItRunsNoMore() {
    Maintenance maintenance = maintenance().build();
    assertThat(maintenance.name()).isEqualTo("m1");
    maintenance.close();
    maintenance.close();
    assertThatThrownBy(maintenance::runOnce)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
    assertThatThrownBy(maintenance::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anInterruptEndsARunBetweenTwoBatches() {
    delivered(40);
    Thread.currentThread().interrupt();
    MaintenanceReport report;
    boolean interrupted;
    try {
      report = maintenance().keepDelivered(Duration.ofDays(30)).build().runOnce();
    } finally {
      interrupted = Thread.interrupted();
    }
    assertThat(interrupted).isTrue();
    assertThat(report.didSomething()).isFalse();
    assertThat(report.notes()).containsExactly("The run was ended early; the next one goes on.");
    assertThat(db.query(LAST_RUN)).isEmpty();
    assertThat(db.count("outbox_delivered")).isEqualTo(1);
  }

  // Building

  @Test
  void optionsThatCantBeAreRefused() {
    for (Runnable bad :
        List.<Runnable>of(
            () -> maintenance().keepDelivered(Duration.ofHours(23)),
            () -> maintenance().keepDelivered(Duration.ofDays(3_651)),
            () -> maintenance().keepRejected(Duration.ofHours(23)),
            () -> maintenance().keepRejected(Duration.ofDays(3_651)),
            () -> maintenance().redactDelivered(Duration.ZERO),
            () -> maintenance().redactRejected(Duration.ofDays(4_000)),
            () -> maintenance().partitionsAhead(1),
            () -> maintenance().partitionsAhead(367),
            () -> maintenance().batchSize(0),
            () -> maintenance().batchSize(100_001),
            () -> maintenance().interval(Duration.ofMillis(999)),
            () -> maintenance().interval(Duration.ofDays(2)),
            () -> db.outbox.maintenance().name("two words"))) {
      assertThatThrownBy(bad::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(" must be ");
    }
    assertThatThrownBy(() -> maintenance().redactDelivered(Duration.ofDays(90)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "redactDelivered PT2160H must be shorter than keepDelivered PT2160H, after which the"
                + " actions are deleted");
    Duration week = Duration.ofDays(7);
    assertThatThrownBy(() -> maintenance().redactRejected(week).keepRejected(week).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "redactRejected PT168H must be shorter than keepRejected PT168H, after which the"
                + " actions are deleted");
    assertThatThrownBy(
            () -> maintenance().keepDelivered(Duration.ofDays(5)).keepDelivered(Duration.ofDays(6)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("keepDelivered is set already");
  }
}
