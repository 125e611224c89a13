package io.durableoutbox.recipes;

import io.durableoutbox.Action;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.relay.Relay;
import jakarta.transaction.HeuristicMixedException;
import jakarta.transaction.HeuristicRollbackException;
import jakarta.transaction.NotSupportedException;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** JTA: the container's transaction, on a pool that takes part in it. */
public final class JtaOrders {
  private final UserTransaction transaction;
  private final TransactionSynchronizationRegistry synchronizations;
  private final DataSource jtaPool;
  private final Outbox outbox;
  private final Relay relay;

  public JtaOrders(
      UserTransaction transaction,
      TransactionSynchronizationRegistry synchronizations,
      DataSource jtaPool,
      Outbox outbox,
      Relay relay) {
    this.transaction = transaction;
    this.synchronizations = synchronizations;
    this.jtaPool = jtaPool;
    this.outbox = outbox;
    this.relay = relay;
  }

  /** Places an order of the last book and writes its action, or neither. */
  public void place(int id, String customer, String experienceContext)
      throws SQLException,
          NotSupportedException,
          SystemException,
          RollbackException,
          HeuristicMixedException,
          HeuristicRollbackException {
    Action action = Action.clicked(customer, experienceContext).platform(Platform.WEB).build();
    transaction.begin();
    try (Connection tx = jtaPool.getConnection()) { // has auto-commit off inside a transaction
      JdbcOrders.insertOrder(tx, id);
      outbox.add(tx, action);
      JdbcOrders.takeBook(tx);
      synchronizations.registerInterposedSynchronization(new WakeUp(relay));
    } catch (SQLException | RuntimeException e) {
      transaction.rollback();
      throw e;
    }
    transaction.commit();
  }

  /** Wakes the relay when the transaction has committed, in all of its databases. */
  record WakeUp(Relay relay) implements Synchronization {
    @Override
    public void beforeCompletion() {}

    @Override
    public void afterCompletion(int status) {
      if (status == Status.STATUS_COMMITTED) {
        relay.wakeUp();
      }
    }
  }
}
