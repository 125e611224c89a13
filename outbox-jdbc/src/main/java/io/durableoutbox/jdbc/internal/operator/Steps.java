package io.durableoutbox.jdbc.internal.operator;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Where the steps of an operation run: each in a transaction of its own, so that a large one holds
 * few locks and goes on where it was broken off, or all in the caller's.
 */
final class Steps {
  /** How many actions one step takes. */
  static final int BATCH = 1_000;

  /** How many actions an operation in the caller's transaction takes. */
  static final int MAX_IN_CALLERS = 10_000;

  private final Runner runner;
  private final boolean callers;

  private interface Runner {
    <T> T run(Transactions.Work<T> step) throws SQLException;
  }

  private Steps(Runner runner, boolean callers) {
    this.runner = runner;
    this.callers = callers;
  }

  /** Each in its own transaction; one that lost a deadlock is done again. */
  static Steps own(Transactions transactions, String task) {
    return new Steps(
        new Runner() {
          @Override
          public <T> T run(Transactions.Work<T> step) {
            return transactions.runAgain(task, step);
          }
        },
        false);
  }

  /** All in the caller's. */
  static Steps in(Connection transaction) {
    return new Steps(
        new Runner() {
          @Override
          public <T> T run(Transactions.Work<T> step) throws SQLException {
            return step.on(transaction);
          }
        },
        true);
  }

  /** Does a step, which may be done again from its beginning. */
  <T> T run(Transactions.Work<T> step) throws SQLException {
    return runner.run(step);
  }

  /** Returns whether the caller's transaction is used. */
  boolean areCallers() {
    return callers;
  }

  /** Refuses more than the caller's transaction should hold. */
  void checkSize(long actions, String wayOut) {
    if (callers && actions > MAX_IN_CALLERS) {
      throw new OutboxException(
          "More than "
              + MAX_IN_CALLERS
              + " actions are meant, which is too much for one transaction; "
              + wayOut);
    }
  }
}
