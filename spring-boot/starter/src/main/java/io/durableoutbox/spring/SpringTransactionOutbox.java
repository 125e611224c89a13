package io.durableoutbox.spring;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.AddResult;
import io.durableoutbox.jdbc.Outbox;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the connection of the current Spring transaction.
 *
 * <p>Only a connection that a transaction manager has bound will do. {@link
 * org.springframework.jdbc.datasource.DataSourceUtils} binds one as well, inside a transaction of
 * another data source: nobody would commit it, so on a pool with auto-commit off the actions would
 * be lost in silence.
 */
final class SpringTransactionOutbox implements TransactionalOutbox {
  /** Tells who bound a holder; protected, and there is no other way to know. */
  static final String TRANSACTION_ACTIVE = "isTransactionActive";

  private static final @Nullable Method ACTIVE = transactionActive();

  private final Outbox outbox;
  private final DataSource dataSource;
  // One object for all transactions: they keep it in a set, so each of them has it once.
  private final TransactionSynchronization wakeAfterCommit;

  SpringTransactionOutbox(Outbox outbox, DataSource dataSource, Runnable wakeUp) {
    this.outbox = outbox;
    this.dataSource = dataSource;
    this.wakeAfterCommit =
        new TransactionSynchronization() {
          @Override
          public void afterCompletion(int status) {
            if (status != STATUS_ROLLED_BACK) {
              wakeUp.run();
            }
          }
        };
  }

  @Override
  public AddResult add(Action... actions) {
    return add(Arrays.asList(actions));
  }

  @Override
  public AddResult add(Collection<Action> actions) {
    ConnectionHolder holder = holder();
    holder.requested();
    try {
      AddResult result = outbox.add(holder.getConnection(), actions);
      if (result.added() > 0) {
        TransactionSynchronizationManager.registerSynchronization(wakeAfterCommit);
      }
      return result;
    } finally {
      holder.released();
    }
  }

  private ConnectionHolder holder() {
    if (!TransactionSynchronizationManager.isActualTransactionActive()) {
      throw new OutboxException(
          "There is no transaction to add actions to. Annotate the method that calls add with"
              + " @Transactional and call it through its Spring bean (not through this, not before"
              + " the bean is ready, not on another thread), or use a TransactionTemplate");
    }
    if (!TransactionSynchronizationManager.isSynchronizationActive()) {
      throw new OutboxException(
          "The transaction has ended already, and nothing would commit what is added now. Add"
              + " before it commits (a @TransactionalEventListener of phase BEFORE_COMMIT), or in a"
              + " transaction of its own with Propagation.REQUIRES_NEW");
    }
    if (TransactionSynchronizationManager.isCurrentTransactionReadOnly()) {
      throw new OutboxException(
          "The current transaction is read-only, so no actions can be added to it. Remove readOnly"
              + " from the @Transactional that began it, or add in a transaction of its own with"
              + " Propagation.REQUIRES_NEW");
    }
    Object holder = TransactionSynchronizationManager.getResource(dataSource);
    if (holder instanceof ConnectionHolder connections && isOfTransaction(connections)) {
      return connections;
    }
    throw new OutboxException(
        "The current transaction"
            + named(TransactionSynchronizationManager.getCurrentTransactionName())
            + " is not one of the outbox's data source. Check that @Transactional names the"
            + " transaction manager of the same DataSource (mark it with @OutboxDataSource if there"
            + " are several), and that a JpaTransactionManager has Hibernate's dialect, which lends"
            + " its JDBC connection. Within JTA call Outbox.add with a connection of your own");
  }

  private static String named(@Nullable String transaction) {
    return transaction == null ? "" : " " + transaction;
  }

  private static boolean isOfTransaction(ConnectionHolder holder) {
    // JPA's holders are of the transaction's, and have neither mark.
    return !holder.isSynchronizedWithTransaction()
        || ACTIVE == null
        || Boolean.TRUE.equals(ReflectionUtils.invokeMethod(ACTIVE, holder));
  }

  private static @Nullable Method transactionActive() {
    Method method = ReflectionUtils.findMethod(ConnectionHolder.class, TRANSACTION_ACTIVE);
    if (method != null) {
      ReflectionUtils.makeAccessible(method);
    }
    return method;
  }
}
