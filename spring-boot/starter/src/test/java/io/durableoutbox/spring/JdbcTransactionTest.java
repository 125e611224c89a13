package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.testdb.TestDatabase;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** With JDBC and jOOQ. */
class JdbcTransactionTest extends TransactionContract {
  JdbcTransactionTest() {
    super(
        TestDatabase.h2(),
        Application.class,
        "spring.autoconfigure.exclude="
            + HibernateJpaAutoConfiguration.class.getName()
            + ","
            + DataJpaRepositoriesAutoConfiguration.class.getName());
  }

  @Override
  void buy() {
    jdbc.sql("INSERT INTO purchase (customer) VALUES ('john@example.com')").update();
  }

  @Test
  void theManagerIsJdbcs() {
    assertThat(transactionManager()).isInstanceOf(JdbcTransactionManager.class);
  }

  @Test
  void jooqsTransactionsAreSprings() {
    context
        .getBean(DSLContext.class)
        .transaction(
            configuration -> {
              configuration
                  .dsl()
                  .execute("INSERT INTO purchase (customer) VALUES ('john@example.com')");
              outbox.add(Actions.action());
            });
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(purchases()).isEqualTo(1);
  }

  @Test
  void aSavepointTakesBackWhatWasAddedAfterIt() {
    Action kept = Actions.action();
    TransactionTemplate nested = new TransactionTemplate(transactionManager());
    nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
    transaction.executeWithoutResult(
        status -> {
          outbox.add(kept);
          nested.executeWithoutResult(
              inner -> {
                outbox.add(Actions.action());
                inner.setRollbackOnly();
              });
        });
    moEngage.awaitAccepted(1, PATIENCE);
    Await.until("settled", () -> waiting() == 0);
    assertThat(moEngage.hasAccepted(kept.eventUuid())).isTrue();
    assertThat(moEngage.acceptedCount()).isEqualTo(1);
  }

  @Test
  void onlyWhatMayHaveBeenCommittedWakesTheRelay() {
    AtomicInteger woken = new AtomicInteger();
    TransactionalOutbox counting =
        new SpringTransactionOutbox(
            context.getBean(Outbox.class),
            context.getBean(DataSource.class),
            woken::incrementAndGet);
    transaction.executeWithoutResult(
        status -> {
          counting.add(Actions.action());
          status.setRollbackOnly();
        });
    assertThat(woken).hasValue(0);
    transaction.executeWithoutResult(status -> counting.add());
    assertThat(woken).hasValue(0);
    transaction.executeWithoutResult(
        status -> {
          counting.add(Actions.action());
          counting.add(Actions.action());
        });
    assertThat(woken).hasValue(1);
    context.getBean(OutboxRelay.class).wakeUp();
  }

  @Test
  void aTransactionOfAnotherDataSourceIsAnErrorEvenIfAConnectionIsLent() {
    DataSource other = database.pool(config -> config.setAutoCommit(false));
    TransactionTemplate ofOther = new TransactionTemplate(new JdbcTransactionManager(other));
    ofOther.executeWithoutResult(
        status -> {
          assertRefused(outbox);
          // Now Spring has bound a connection of the outbox's, which nobody commits.
          waiting();
          assertRefused(outbox);
        });
    // The same on a pool with auto-commit off, where the actions would be lost in silence.
    TransactionalOutbox onOther =
        new SpringTransactionOutbox(context.getBean(Outbox.class), other, () -> {});
    transaction.executeWithoutResult(
        status -> {
          JdbcClient.create(other).sql("SELECT COUNT(*) FROM outbox").query(Long.class).single();
          assertRefused(onOther);
        });
  }

  private static void assertRefused(TransactionalOutbox outbox) {
    assertThatThrownBy(() -> outbox.add(Actions.action()))
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("not one of the outbox's data source")
        .hasMessageContaining("@OutboxDataSource");
  }

  @Test
  void aProxyThatJoinsTransactionsIsSeenThrough() {
    DataSource pool = context.getBean(DataSource.class);
    DataSource proxy = new TransactionAwareDataSourceProxy(pool);
    assertThat(
            OutboxDatabase.choose(context.getBeanProvider(DataSource.class), Providers.of(proxy)))
        .isSameAs(pool);
  }
}
