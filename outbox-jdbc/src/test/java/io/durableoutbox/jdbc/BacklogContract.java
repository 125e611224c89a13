package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.OutboxException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link Outbox#backlog} promises, on any database. */
abstract class BacklogContract extends DatabaseTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void anEmptyOutboxHasNoBacklog() {
    assertThat(db.outbox.backlog()).isEmpty();
  }

  @Test
  void whatWaitsIsCountedForEachWorkspaceWithTheAgeOfTheFirst() {
    db.add(TestOutbox.actions(3));
    db.add(TestOutbox.shown("user-1").workspace("eu").build());
    db.execute(
        "UPDATE outbox SET created_at = CURRENT_TIMESTAMP - INTERVAL '90' SECOND WHERE customer_id ="
            + " 'user-0'");
    List<WorkspaceBacklog> backlog = db.outbox.backlog();
    assertThat(backlog).extracting(WorkspaceBacklog::workspace).containsExactly("default", "eu");
    assertThat(backlog).extracting(WorkspaceBacklog::waiting).containsExactly(3L, 1L);
    assertThat(backlog.get(0).oldestWaiting())
        .isBetween(Duration.ofSeconds(90), MINUTE.plus(MINUTE));
    assertThat(backlog.get(1).oldestWaiting()).isBetween(Duration.ZERO, MINUTE);
    assertThat(backlog).extracting(WorkspaceBacklog::rejected).containsOnly(0L);
    assertThat(backlog).extracting(WorkspaceBacklog::pausedFor).containsOnlyNulls();
  }

  @Test
  void whatIsRejectedIsCountedAndWhatPeopleCancelledIsNot() {
    db.add(TestOutbox.actions(3));
    db.execute(
        "INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, attempts,"
            + " refusals, workspace, customer_id, action, platform, reason, attributes) SELECT"
            + " CURRENT_TIMESTAMP, created_at, event_time, event_uuid, attempts, refusals,"
            + " workspace, customer_id, action, platform, 'refused 400', attributes FROM outbox");
    db.execute("DELETE FROM outbox");
    db.execute("UPDATE outbox_rejected SET operation_id = event_uuid WHERE customer_id = 'user-1'");
    assertThat(db.outbox.backlog())
        .containsExactly(new WorkspaceBacklog("default", 0, null, 2, null));
  }

  @Test
  void aPauseIsToldWithItsAgeUntilItIsOver() {
    Operator anna = db.outbox.operator("anna").evenIfUnknown();
    anna.pause("eu", "why");
    anna.pause("us", "why");
    db.execute(
        "UPDATE outbox_workspace SET paused_since = CURRENT_TIMESTAMP - INTERVAL '90' SECOND WHERE"
            + " workspace = 'eu'");
    db.execute(
        "UPDATE outbox_workspace SET paused_until = CURRENT_TIMESTAMP - INTERVAL '1' SECOND WHERE"
            + " workspace = 'us'");
    assertThat(db.outbox.backlog())
        .singleElement()
        .satisfies(
            eu -> {
              assertThat(eu.workspace()).isEqualTo("eu");
              assertThat(eu.pausedFor()).isBetween(Duration.ofSeconds(89), MINUTE.plus(MINUTE));
            });
    anna.resume("eu", "mended");
    assertThat(db.outbox.backlog()).isEmpty();
  }

  @Test
  void aDatabaseThatRefusesIsAnExceptionAndNotAnEmptyBacklog() {
    db.execute("ALTER TABLE outbox_rejected RENAME TO gone");
    try {
      assertThatThrownBy(db.outbox::backlog)
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("read what waits");
    } finally {
      db.execute("ALTER TABLE gone RENAME TO outbox_rejected");
    }
  }
}
