package io.durableoutbox.jdbc.internal.maintenance;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.MaintenanceReport;
import io.durableoutbox.jdbc.MaintenanceReport.Task;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.postgresql.Partitions;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One run of a maintenance. A task that fails does not keep the others from being done, and what it
 * has done stays done. A crash anywhere leaves whole transactions and, at worst, an operation
 * without an end; the next run needs to know nothing of it.
 */
public final class MaintenanceRun {
  private final Dialect dialect;
  private final Transactions transactions;
  private final MaintenanceSettings settings;
  private final TaskRun.Pauses pauses;
  private final RunProgress findings = new RunProgress();

  private @Nullable OutboxException failure;

  /** What is done under a task. */
  public interface Doing {
    /** Does it; leaves what can't be done now, with a note. */
    void run();

    /** Says what came of it, for the operation; null: the operations say it already. */
    @Nullable String detail();
  }

  /**
   * Makes the run; touches nothing.
   *
   * @param pauses waits for that long and returns whether to go on
   */
  public MaintenanceRun(
      Dialect dialect,
      Transactions transactions,
      MaintenanceSettings settings,
      Predicate<Duration> pauses) {
    this.dialect = dialect;
    this.transactions = transactions;
    this.settings = settings;
    this.pauses = pauses::test;
  }

  /**
   * Runs each task that nobody else is doing.
   *
   * @throws OutboxException if a task failed, after the others; the first one's
   */
  public MaintenanceReport run() {
    if (dialect.retention().partitions()) {
      attempt(task(Task.PARTITIONS), Partitions::new);
    }
    attempt(task(Task.PURGE), Purge::new);
    if (settings.redactDelivered() != null || settings.redactRejected() != null) {
      attempt(task(Task.REDACTION), Redaction::new);
    }
    if (failure != null) {
      throw failure;
    }
    return findings.report();
  }

  private interface Maker {
    Doing make(Dialect dialect, MaintenanceSettings settings, TaskRun task, RunProgress findings);
  }

  private TaskRun task(Task task) {
    return new TaskRun(dialect, transactions, pauses, task, settings.name());
  }

  private void attempt(TaskRun task, Maker maker) {
    Doing doing = maker.make(dialect, settings, task, findings);
    try {
      try {
        doing.run();
        task.complete(doing.detail(), findings.takeTaskNotes());
      } catch (TaskRun.Left e) {
        if (e.toAnother) {
          findings.leftToAnother.add(task.task());
        } else {
          findings.note("The run was ended early; the next one goes on.");
        }
        task.leave(doing.detail());
      }
    } catch (OutboxException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    } finally {
      findings.takeTaskNotes();
    }
  }
}
