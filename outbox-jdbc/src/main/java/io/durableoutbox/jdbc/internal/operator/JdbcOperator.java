package io.durableoutbox.jdbc.internal.operator;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ErasureResult;
import io.durableoutbox.jdbc.OperationResult;
import io.durableoutbox.jdbc.Operator;
import io.durableoutbox.jdbc.Requeue;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.KnownWorkspaces;
import io.durableoutbox.jdbc.internal.dialect.OperationLog;
import io.durableoutbox.jdbc.internal.dialect.OperationLog.Kind;
import io.durableoutbox.jdbc.internal.dialect.Workspaces;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A person's operations, checked, recorded, and run in their own transactions or the caller's. */
public final class JdbcOperator implements Operator {
  private static final Logger log = LoggerFactory.getLogger(JdbcOperator.class);

  private final Dialect dialect;
  private final Workspaces workspaces;
  private final Transactions transactions;
  private final OperationLog operations;
  private final RequeueOperation requeueing;
  private final CancelOperation cancelling;
  private final EraseOperation erasing;
  private final String person;
  private final boolean evenIfUnknown;

  /** Makes the operator; touches nothing. */
  public JdbcOperator(Dialect dialect, Transactions transactions, String person) {
    this(dialect, transactions, person, false);
  }

  private JdbcOperator(
      Dialect dialect, Transactions transactions, String person, boolean evenIfUnknown) {
    if (person.isBlank() || person.length() > 255 || person.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the operator's name must be 1 to 255 characters, and no NUL");
    }
    this.dialect = dialect;
    this.workspaces = dialect.workspaces();
    this.transactions = transactions;
    this.operations = new OperationLog(dialect);
    this.requeueing = new RequeueOperation(dialect, operations);
    this.cancelling = new CancelOperation(dialect, operations);
    this.erasing = new EraseOperation(dialect, operations);
    this.person = person;
    this.evenIfUnknown = evenIfUnknown;
  }

  @Override
  public Operator evenIfUnknown() {
    return new JdbcOperator(dialect, transactions, person, true);
  }

  @Override
  public void pause(String workspace, String reason) {
    own("pause a workspace", steps -> pause(steps, workspace, null, reason));
  }

  @Override
  public void pause(Connection transaction, String workspace, String reason) {
    in(transaction, "pause a workspace", steps -> pause(steps, workspace, null, reason));
  }

  @Override
  public void pause(String workspace, Duration duration, String reason) {
    own("pause a workspace", steps -> pause(steps, workspace, duration, reason));
  }

  @Override
  public void pause(Connection transaction, String workspace, Duration duration, String reason) {
    in(transaction, "pause a workspace", steps -> pause(steps, workspace, duration, reason));
  }

  @Override
  public boolean resume(String workspace, String reason) {
    return own("resume a workspace", steps -> resume(steps, workspace, reason));
  }

  @Override
  public boolean resume(Connection transaction, String workspace, String reason) {
    return in(transaction, "resume a workspace", steps -> resume(steps, workspace, reason));
  }

  @Override
  public OperationResult requeue(Requeue requeue) {
    return own("requeue actions", steps -> requeue(steps, requeue));
  }

  @Override
  public OperationResult requeue(Connection transaction, Requeue requeue) {
    return in(transaction, "requeue actions", steps -> requeue(steps, requeue));
  }

  @Override
  public OperationResult cancel(ActionFilter filter, String reason) {
    return own("cancel actions", steps -> cancel(steps, filter, reason));
  }

  @Override
  public OperationResult cancel(Connection transaction, ActionFilter filter, String reason) {
    return in(transaction, "cancel actions", steps -> cancel(steps, filter, reason));
  }

  @Override
  public ErasureResult erase(String customerId, String reason) {
    return own("erase a customer", steps -> erase(steps, customerId, reason));
  }

  @Override
  public ErasureResult erase(Connection transaction, String customerId, String reason) {
    return in(transaction, "erase a customer", steps -> erase(steps, customerId, reason));
  }

  private boolean pause(Steps steps, String workspace, @Nullable Duration duration, String reason)
      throws SQLException {
    OperatorChecks.workspace(workspace);
    OperatorChecks.duration(duration);
    OperatorChecks.reason(reason);
    steps.run(
        tx -> {
          requireKnown(tx, workspace);
          workspaces.pauseByHand(tx, workspace, duration, reason, person);
          String until = duration == null ? "until it is resumed" : "for " + duration;
          record(tx, Kind.PAUSE, workspace, until, reason);
          return true;
        });
    log.info("Workspace {} is paused by hand", workspace);
    return true;
  }

  private boolean resume(Steps steps, String workspace, String reason) throws SQLException {
    OperatorChecks.workspace(workspace);
    OperatorChecks.reason(reason);
    boolean was =
        steps.run(
            tx -> {
              boolean paused = workspaces.resumeByHand(tx, workspace);
              if (paused) {
                record(tx, Kind.RESUME, workspace, null, reason);
              } else {
                requireKnown(tx, workspace);
              }
              return paused;
            });
    if (was) {
      log.info("Workspace {} is resumed by hand", workspace);
    }
    return was;
  }

  private void requireKnown(Connection tx, String workspace) {
    if (!evenIfUnknown) {
      KnownWorkspaces.require(dialect, tx, workspace);
    }
  }

  private void record(
      Connection tx, Kind kind, String workspace, @Nullable String detail, String reason) {
    operations.finish(tx, operations.start(tx, kind, workspace, detail, reason, person));
  }

  private OperationResult requeue(Steps steps, Requeue requeue) throws SQLException {
    OperationResult result = requeueing.run(steps, requeue, person);
    if (!requeue.dryRun()) {
      log.info(
          "{} actions are requeued by hand, {} are skipped (operation {})",
          result.actions(),
          result.skipped(),
          result.operationId());
    }
    return result;
  }

  private OperationResult cancel(Steps steps, ActionFilter filter, String reason)
      throws SQLException {
    OperatorChecks.cancelled(filter);
    OperatorChecks.reason(reason);
    OperationResult result = cancelling.run(steps, filter, reason, person);
    log.info(
        "{} actions are cancelled by hand, {} are skipped (operation {})",
        result.actions(),
        result.skipped(),
        result.operationId());
    return result;
  }

  private ErasureResult erase(Steps steps, String customerId, String reason) throws SQLException {
    OperatorChecks.erased(customerId, reason);
    ErasureResult result = erasing.run(steps, customerId, reason, person);
    UUID operation = result.operationId();
    log.info("{} actions of a customer are erased (operation {})", result.actions(), operation);
    return result;
  }

  /** What runs in one or more steps. */
  private interface Operation<T> {
    T in(Steps steps) throws SQLException;
  }

  private <T> T own(String task, Operation<T> operation) {
    try {
      return operation.in(Steps.own(transactions, task));
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap(task, e);
    }
  }

  private static <T> T in(Connection transaction, String task, Operation<T> operation) {
    try {
      if (transaction.getAutoCommit()) {
        throw new OutboxException(
            "The connection has auto-commit on, so there is no transaction to be part of; call"
                + " setAutoCommit(false), or use the form without a connection");
      }
      return operation.in(Steps.in(transaction));
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (SQLException | RuntimeException e) {
      throw SqlErrors.wrap(task, e);
    }
  }
}
