package io.durableoutbox.jdbc.internal.maintenance;

import io.durableoutbox.jdbc.MaintenanceReport.Task;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.OperationLog;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One task in one run: a row of transactions, each of which holds the task's row in {@code
 * outbox_maintenance}, so that no two processes work at one task at the same time. Between two
 * transactions another may take it; this one then leaves. What is done is recorded as one
 * operation, which begins in the transaction that does something first.
 */
public final class TaskRun {
  private static final int MAX_NOTE = 4_000;

  private static final String TAKE =
      """
      /* outbox:maintenance-take */
      SELECT task FROM $.outbox_maintenance WHERE task = ? ORDER BY task FOR UPDATE SKIP LOCKED
      """;

  private static final String EXISTS =
      """
      /* outbox:maintenance-exists */
      SELECT COUNT(*) FROM $.outbox_maintenance WHERE task = ?
      """;

  private static final String DONE =
      """
      /* outbox:maintenance-done */
      UPDATE $.outbox_maintenance
         SET last_run_at = CURRENT_TIMESTAMP, last_run_by = ?, note = ?
       WHERE task = ?
      """;

  private final Dialect dialect;
  private final Transactions transactions;
  private final OperationLog operations;
  private final Pauses pauses;
  private final Task task;
  private final String performedBy;
  private @Nullable UUID operation;

  /** How it waits, and how it learns that it shall end. */
  public interface Pauses {
    /**
     * Waits, unless it shall end or the thread is interrupted.
     *
     * @return whether to go on
     */
    boolean pause(Duration duration);
  }

  /** The task is another's now, or this maintenance is being closed; what is done stays done. */
  static final class Left extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final boolean toAnother;

    Left(boolean toAnother) {
      super(null, null, false, false);
      this.toAnother = toAnother;
    }
  }

  public TaskRun(
      Dialect dialect, Transactions transactions, Pauses pauses, Task task, String performedBy) {
    this.dialect = dialect;
    this.transactions = transactions;
    this.operations = new OperationLog(dialect);
    this.pauses = pauses;
    this.task = task;
    this.performedBy = performedBy;
  }

  /**
   * Runs a transaction that holds the task's row.
   *
   * @throws Left if another holds it, or this maintenance is being closed
   */
  public <T> T step(Transactions.Work<T> work) {
    pause(Duration.ZERO);
    UUID before = operation;
    Taken<T> result;
    try {
      result =
          transactions.runAgain(
              "do the maintenance's task " + sqlName(),
              connection -> {
                operation = before;
                return isTaken(connection)
                    ? new Taken<>(true, work.on(connection))
                    : new Taken<>(false, null);
              });
    } catch (RuntimeException e) {
      operation = before;
      throw e;
    }
    if (!result.taken) {
      throw new Left(true);
    }
    return result.value();
  }

  /** What a transaction returned, which may be null if its work says so. */
  private record Taken<T>(boolean taken, @Nullable T result) {
    @SuppressWarnings("NullAway") // The work's type says whether it is null.
    T value() {
      return result;
    }
  }

  private boolean isTaken(Connection connection) {
    if (dialect.using(connection).resultQuery(dialect.in(TAKE), sqlName()).fetchOne() != null) {
      return true;
    }
    if (dialect
            .using(connection)
            .resultQuery(dialect.in(EXISTS), sqlName())
            .fetchSingle(0, int.class)
        == 0) {
      throw new io.durableoutbox.OutboxException(
          "outbox_maintenance has no row for the task "
              + sqlName()
              + "; INSERT INTO outbox_maintenance (task) VALUES ('"
              + sqlName()
              + "')");
    }
    return false;
  }

  /**
   * Waits between two steps.
   *
   * @throws Left if this maintenance is being closed
   */
  public void pause(Duration duration) {
    if (!pauses.pause(duration)) {
      throw new Left(false);
    }
  }

  /** Records actions in the task's one operation, inside the transaction that changed them. */
  void did(Connection connection, OperationLog.Kind kind, String detail, long actions) {
    if (operation == null) {
      operation = operations.start(connection, kind, null, detail, null, performedBy);
    }
    if (actions > 0) {
      operations.count(connection, operation, actions);
    }
  }

  /** Records an operation of its own, complete with the transaction. */
  public void didAtOnce(
      Connection connection, OperationLog.Kind kind, String detail, long actions) {
    UUID id = operations.start(connection, kind, null, detail, null, performedBy);
    operations.count(connection, id, actions);
    operations.finish(connection, id);
  }

  /** Records that the task was done to its end. */
  void complete(@Nullable String detail, List<String> notes) {
    String note = notes.isEmpty() ? null : String.join(" ", notes);
    step(
        connection -> {
          finish(connection, detail);
          return dialect
              .using(connection)
              .query(
                  dialect.in(DONE),
                  performedBy,
                  note != null && note.length() > MAX_NOTE ? note.substring(0, MAX_NOTE) : note,
                  sqlName())
              .execute();
        });
  }

  /** Ends what was recorded of a task that was left. */
  void leave(@Nullable String detail) {
    if (operation != null) {
      transactions.run(
          "record what the maintenance did",
          connection -> {
            finish(connection, detail);
            return true;
          });
    }
  }

  private void finish(Connection connection, @Nullable String detail) {
    if (operation != null) {
      operations.finish(connection, operation, detail);
    }
  }

  Task task() {
    return task;
  }

  private String sqlName() {
    return task.name().toLowerCase(Locale.ROOT);
  }
}
