package io.durableoutbox.recipes;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.internal.arjuna.objectstore.VolatileStore;
import com.arjuna.ats.internal.jta.transaction.arjunacore.TransactionSynchronizationRegistryImple;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.agroal.narayana.NarayanaTransactionIntegration;
import jakarta.transaction.TransactionManager;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.sql.SQLException;

/** A transaction manager and pools as an application server has them: Narayana and Agroal. */
public final class Jta {
  private Jta() {}

  /**
   * Keeps Narayana's log in memory, which is enough for one database. Where several take part, keep
   * it on disk and run the recovery manager: it is what ends prepared transactions after a crash.
   */
  public static void logInMemory() {
    for (String store : new String[] {"default", "communicationStore", "stateStore"}) {
      BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, store)
          .setObjectStoreType(VolatileStore.class.getName());
    }
  }

  public static TransactionManager manager() {
    return com.arjuna.ats.jta.TransactionManager.transactionManager();
  }

  public static UserTransaction userTransaction() {
    return com.arjuna.ats.jta.UserTransaction.userTransaction();
  }

  public static TransactionSynchronizationRegistry synchronizations() {
    return new TransactionSynchronizationRegistryImple();
  }

  /**
   * Opens a pool that takes part in JTA's transactions: the business's.
   *
   * @param provider an {@code XADataSource} for two-phase commit, or a {@code Driver} or {@code
   *     DataSource} for one database alone
   */
  public static AgroalDataSource pool(Class<?> provider, String url, String user, String password)
      throws SQLException {
    return AgroalDataSource.from(
        new AgroalDataSourceConfigurationSupplier()
            .connectionPoolConfiguration(
                pool ->
                    pool.maxSize(10)
                        .transactionIntegration(
                            new NarayanaTransactionIntegration(manager(), synchronizations()))
                        .connectionFactoryConfiguration(
                            connections ->
                                connections
                                    .connectionProviderClass(provider)
                                    .jdbcUrl(url)
                                    .principal(new NamePrincipal(user))
                                    .credential(new SimplePassword(password)))));
  }
}
