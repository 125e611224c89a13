package io.durableoutbox.jdbc.internal.dialect;

import java.sql.Connection;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@code outbox_operation}: what people and maintenance did. Rows hold no personal data: who passes
 * a detail or a reason sees to that. Each method is a part of the given transaction, the same one
 * that does what is recorded, so that the record is true whatever crashes.
 */
public final class OperationLog {
  private final Dialect dialect;

  /** Makes the log; touches nothing. */
  public OperationLog(Dialect dialect) {
    this.dialect = dialect;
  }

  /** What {@code outbox_operation.kind} may be. */
  public enum Kind {
    REQUEUE,
    CANCEL,
    PAUSE,
    RESUME,
    ERASE,
    PARTITION,
    PURGE,
    REDACT;

    String sqlName() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static final String START =
      """
      /* outbox:operation-start */
      INSERT INTO $.outbox_operation (id, kind, workspace, detail, reason, performed_by) VALUES (?, ?, ?, ?, ?, ?)
      """;

  private static final String COUNT =
      """
      /* outbox:operation-count */
      UPDATE $.outbox_operation SET actions = actions + ? WHERE id = ?
      """;

  private static final String FINISH =
      """
      /* outbox:operation-finish */
      UPDATE $.outbox_operation SET finished_at = $now WHERE id = ?
      """;

  private static final String DETAIL =
      """
      /* outbox:operation-detail */
      UPDATE $.outbox_operation SET detail = ? WHERE id = ?
      """;

  private static final String ACTION =
      """
      /* outbox:operation-action */
      INSERT INTO $.outbox_operation_action (event_uuid, operation_id) VALUES (?, ?)
      """;

  /**
   * Begins an operation; it counts as unfinished until {@link #finish}.
   *
   * @return its id
   */
  public UUID start(
      Connection connection,
      Kind kind,
      @Nullable String workspace,
      @Nullable String detail,
      @Nullable String reason,
      String performedBy) {
    UUID id = UUID.randomUUID();
    dialect
        .query(connection, START, id, kind.sqlName(), workspace, detail, reason, performedBy)
        .execute();
    return id;
  }

  /** Adds to the actions that an operation has moved, changed or deleted. */
  public void count(Connection connection, UUID operation, long actions) {
    dialect.query(connection, COUNT, actions, operation).execute();
  }

  /** Records which actions an operation has moved, and counts them. */
  public void countActions(Connection connection, UUID operation, Collection<UUID> events) {
    if (!events.isEmpty()) {
      var batch = dialect.using(connection).batch(dialect.in(ACTION));
      for (UUID event : events) {
        batch = batch.bind(dialect.value(event), dialect.value(operation));
      }
      batch.execute();
    }
    count(connection, operation, events.size());
  }

  /** Says more exactly what it did. */
  public void detail(Connection connection, UUID operation, String detail) {
    dialect.query(connection, DETAIL, detail, operation).execute();
  }

  /** Marks it as complete. */
  public void finish(Connection connection, UUID operation) {
    dialect.query(connection, FINISH, operation).execute();
  }

  /** Marks it as complete, and says what came of it if that is known only now. */
  public void finish(Connection connection, UUID operation, @Nullable String detail) {
    if (detail != null) {
      detail(connection, operation, detail);
    }
    finish(connection, operation);
  }
}
