package io.durableoutbox.jdbc.internal;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/**
 * Where the steps of an operation run: each in a transaction of its own, so that a large one holds
 * few locks and goes on where it was broken off, or all in the caller's.
 */
final class Steps {
  /** How many actions one step takes. */
  static final int BATCH = 1_000;

  /** How many actions an operation in the caller's transaction takes. */
  static final int MAX_IN_CALLERS = 10_000;

  private static final int TRIES = 5;
  // Serialization failure (H2: deadlock), deadlock, H2's lock timeout: the step was rolled back.
  private static final Set<String> AGAIN = Set.of("40001", "40P01", "HYT00");

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
            for (int attempt = 1; ; attempt++) {
              try {
                return transactions.run(task, step);
              } catch (OutboxException e) {
                String state = SqlErrors.state(e);
                if (attempt == TRIES || state == null || !AGAIN.contains(state)) {
                  throw e;
                }
              }
            }
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
