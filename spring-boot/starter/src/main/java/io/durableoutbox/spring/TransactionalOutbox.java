package io.durableoutbox.spring;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.AddResult;
import java.util.Collection;

/**
 * Where an application writes its actions, in the Spring transaction that is under way: they exist
 * if and only if it commits, and then the relay is woken. Inject it.
 *
 * <p>Works in the transactions of {@code JdbcTransactionManager}, {@code
 * DataSourceTransactionManager} (so with jOOQ, too) and {@code JpaTransactionManager} with
 * Hibernate, on the outbox's data source; savepoints and {@code REQUIRES_NEW} as for any other
 * statement. It runs one INSERT at once and on the transaction's own connection, so entities that
 * Hibernate has not flushed yet are written after it: the order of statements may differ, what is
 * committed does not.
 *
 * <p>An interface, so that an application's own tests can replace it. Thread-safe.
 */
public interface TransactionalOutbox {
  /**
   * Writes actions as a part of the current transaction.
   *
   * @param actions at most {@value io.durableoutbox.jdbc.JdbcOutbox#MAX_ACTIONS}; none is allowed
   * @return how many were written, and which were there already
   * @throws io.durableoutbox.InvalidActionException if an action is null or larger than {@code
   *     outbox.max-action-bytes}; nothing was written
   * @throws io.durableoutbox.OutboxException if no transaction is under way on the outbox's data
   *     source, if it is read-only, or if the database refuses
   */
  AddResult add(Action... actions);

  /**
   * Writes actions as a part of the current transaction; see {@link #add(Action...)}.
   *
   * @param actions what to write
   * @return how many were written, and which were there already
   */
  AddResult add(Collection<Action> actions);
}
