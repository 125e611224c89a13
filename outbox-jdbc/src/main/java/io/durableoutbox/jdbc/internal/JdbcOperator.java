package io.durableoutbox.jdbc.internal;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.Operator;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A person's operations, checked, and run in their own transaction or the caller's. */
public final class JdbcOperator implements Operator {
  private static final Logger log = LoggerFactory.getLogger(JdbcOperator.class);
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(365);
  private static final int MAX_REASON = 4_000;

  private final Workspaces workspaces;
  private final Transactions transactions;
  private final String person;

  /** Makes the operator; touches nothing. */
  public JdbcOperator(Dialect dialect, Transactions transactions, String person) {
    if (person.isBlank() || person.length() > 255) {
      throw new IllegalArgumentException("the operator's name must be 1 to 255 characters");
    }
    this.workspaces = dialect.workspaces();
    this.transactions = transactions;
    this.person = person;
  }

  @Override
  public void pause(String workspace, String reason) {
    check(workspace, null, reason);
    transactions.run("pause a workspace", tx -> doPause(tx, workspace, null, reason));
  }

  @Override
  public void pause(Connection transaction, String workspace, String reason) {
    check(workspace, null, reason);
    inTransaction(transaction, "pause a workspace", tx -> doPause(tx, workspace, null, reason));
  }

  @Override
  public void pause(String workspace, Duration duration, String reason) {
    check(workspace, duration, reason);
    transactions.run("pause a workspace", tx -> doPause(tx, workspace, duration, reason));
  }

  @Override
  public void pause(Connection transaction, String workspace, Duration duration, String reason) {
    check(workspace, duration, reason);
    inTransaction(transaction, "pause a workspace", tx -> doPause(tx, workspace, duration, reason));
  }

  @Override
  public boolean resume(String workspace) {
    return transactions.run("resume a workspace", tx -> doResume(tx, workspace));
  }

  @Override
  public boolean resume(Connection transaction, String workspace) {
    return inTransaction(transaction, "resume a workspace", tx -> doResume(tx, workspace));
  }

  private boolean doPause(
      Connection tx, String workspace, @Nullable Duration duration, String reason) {
    workspaces.pauseByHand(tx, workspace, duration, reason, person);
    log.info("Workspace {} is paused by hand", workspace);
    return true;
  }

  private boolean doResume(Connection tx, String workspace) {
    boolean was = workspaces.resumeByHand(tx, workspace);
    log.info("Workspace {} is resumed by hand", workspace);
    return was;
  }

  private static <T> T inTransaction(
      Connection transaction, String task, Transactions.Work<T> work) {
    try {
      if (transaction.getAutoCommit()) {
        throw new OutboxException(
            "The connection has auto-commit on, so there is no transaction to be part of; call"
                + " setAutoCommit(false), or use the form without a connection");
      }
      return work.on(transaction);
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap(task, e);
    }
  }

  private static void check(String workspace, @Nullable Duration duration, String reason) {
    if (workspace.isEmpty() || workspace.length() > 64) {
      throw new IllegalArgumentException("workspace must be 1 to 64 characters");
    }
    if (duration != null && (duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0)) {
      throw new IllegalArgumentException("duration must be from 1 ms to 365 days, not " + duration);
    }
    if (reason.isBlank() || reason.length() > MAX_REASON || reason.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("reason must be 1 to 4000 characters, and no NUL");
    }
  }
}
