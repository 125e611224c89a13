package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.AddResult;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What holds in the transactions of each manager. The application has migrations of its own, and a
 * relay that polls once an hour: what arrives was announced by a commit.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TransactionContract {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final SimulatedDestination moEngage = SimulatedDestination.start();
  final TestDatabase database;
  final ConfigurableApplicationContext context;
  final TransactionalOutbox outbox;
  final TransactionTemplate transaction;
  final JdbcClient jdbc;

  TransactionContract(TestDatabase database, Class<?> application, String... properties) {
    this.database = database;
    this.context =
        new SpringApplicationBuilder(application)
            .web(WebApplicationType.NONE)
            .properties(properties)
            .properties(
                "spring.datasource.url=" + database.jdbcUrl(),
                "spring.datasource.username=" + database.user(),
                "spring.datasource.password=" + database.password(),
                "outbox.moengage.workspace-id=" + moEngage.workspaceId(),
                "outbox.moengage.api-key=" + moEngage.apiKey(),
                "outbox.moengage.base-url=" + moEngage.baseUrl(),
                "outbox.relay.poll-interval=1h")
            .run();
    this.outbox = context.getBean(TransactionalOutbox.class);
    this.transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
    this.jdbc = context.getBean(JdbcClient.class);
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Listeners.class)
  static class Application {}

  /** Does the application's own work in the transaction. */
  abstract void buy();

  final long purchases() {
    return jdbc.sql("SELECT COUNT(*) FROM purchase").query(Long.class).single();
  }

  final long waiting() {
    return jdbc.sql("SELECT COUNT(*) FROM outbox").query(Long.class).single();
  }

  final TransactionTemplate inTransactionOfItsOwn() {
    TransactionTemplate own = new TransactionTemplate(transactionManager());
    own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    return own;
  }

  final PlatformTransactionManager transactionManager() {
    return context.getBean(PlatformTransactionManager.class);
  }

  @BeforeEach
  final void empty() {
    // In a transaction, since the pool's connections may have auto-commit off.
    transaction.executeWithoutResult(status -> jdbc.sql("DELETE FROM purchase").update());
    Await.until("all of the test before was sent", () -> waiting() == 0);
    moEngage.reset();
  }

  @AfterAll
  final void close() {
    context.close();
    database.close();
    moEngage.close();
  }

  @Test
  final void theOutboxsMigrationsRanAfterTheApplicationsOwnInAHistoryOfTheirOwn() {
    // Flyway would have refused a schema that has tables and no history.
    assertThat(
            jdbc.sql("SELECT \"description\" FROM \"flyway_schema_history\"")
                .query(String.class)
                .list())
        .contains("application");
    assertThat(
            jdbc.sql("SELECT COUNT(*) FROM \"outbox_schema_history\"").query(Long.class).single())
        .isPositive();
  }

  @Test
  final void aCommitWritesBothAndWakesTheRelay() {
    List<Action> actions = List.of(Actions.action(), Actions.action());
    transaction.executeWithoutResult(
        status -> {
          buy();
          AddResult result = outbox.add(actions);
          assertThat(result.added()).isEqualTo(2);
          outbox.add(Actions.action());
          assertThat(TransactionSynchronizationManager.getSynchronizations().stream())
              .filteredOn(s -> s.getClass().getName().contains("SpringTransactionOutbox"))
              .hasSize(1);
        });
    moEngage.awaitAccepted(3, PATIENCE);
    assertThat(purchases()).isEqualTo(1);
  }

  @Test
  final void aRollbackWritesNeither() {
    transaction.executeWithoutResult(
        status -> {
          buy();
          outbox.add(Actions.action());
          status.setRollbackOnly();
        });
    assertThat(purchases()).isZero();
    assertThat(waiting()).isZero();
    assertThat(moEngage.requestCount()).isZero();
  }

  @Test
  final void anExceptionAfterwardsTakesTheActionBack() {
    assertThatThrownBy(
            () ->
                transaction.executeWithoutResult(
                    status -> {
                      outbox.add(Actions.action());
                      throw new IllegalStateException("the application's own");
                    }))
        .hasMessage("the application's own");
    assertThat(waiting()).isZero();
  }

  @Test
  final void aDuplicateIsAResultAndTheTransactionGoesOn() {
    UUID uuid = UUID.randomUUID();
    transaction.executeWithoutResult(
        status -> {
          outbox.add(Actions.builder().eventUuid(uuid).build());
          assertThat(outbox.add(Actions.builder().eventUuid(uuid).build()).duplicates())
              .containsExactly(uuid);
          buy();
        });
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(purchases()).isEqualTo(1);
  }

  @Test
  final void outsideATransactionIsAnErrorThatSaysWhatToDo() {
    assertThatThrownBy(() -> outbox.add(Actions.action()))
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("There is no transaction")
        .hasMessageContaining("@Transactional");
    assertThat(waiting()).isZero();
  }

  @Test
  final void aTransactionThatSupportsOnlyIsNone() {
    TransactionTemplate supports = new TransactionTemplate(transactionManager());
    supports.setPropagationBehavior(TransactionDefinition.PROPAGATION_SUPPORTS);
    assertThatThrownBy(() -> supports.executeWithoutResult(status -> outbox.add(Actions.action())))
        .hasMessageContaining("There is no transaction");
  }

  @Test
  final void aReadOnlyTransactionIsAnErrorThatSaysWhatToDo() {
    TransactionTemplate readOnly = new TransactionTemplate(transactionManager());
    readOnly.setReadOnly(true);
    assertThatThrownBy(() -> readOnly.executeWithoutResult(status -> outbox.add(Actions.action())))
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("read-only");
  }

  @Test
  final void aTransactionOfItsOwnCommitsThoughTheOuterOneIsRolledBack() {
    Action inner = Actions.action();
    transaction.executeWithoutResult(
        status -> {
          outbox.add(Actions.action());
          inTransactionOfItsOwn().executeWithoutResult(own -> outbox.add(inner));
          outbox.add(Actions.action());
          status.setRollbackOnly();
        });
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(moEngage.hasAccepted(inner.eventUuid())).isTrue();
    Await.until("settled", () -> waiting() == 0);
    assertThat(moEngage.acceptedCount()).isEqualTo(1);
  }

  @Test
  final void aSuspendedTransactionIsNotWrittenTo() {
    TransactionTemplate without = new TransactionTemplate(transactionManager());
    without.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
    transaction.executeWithoutResult(
        status ->
            without.executeWithoutResult(
                suspended ->
                    assertThatThrownBy(() -> outbox.add(Actions.action()))
                        .hasMessageContaining("There is no transaction")));
  }

  @Test
  final void aListenerBeforeTheCommitAddsToTheTransaction() {
    transaction.executeWithoutResult(
        status -> context.publishEvent(new Listeners.Before(Actions.action())));
    moEngage.awaitAccepted(1, PATIENCE);
  }

  @Test
  final void aListenerAfterTheCommitNeedsATransactionOfItsOwn() {
    Listeners.After event = new Listeners.After(Actions.action());
    transaction.executeWithoutResult(status -> context.publishEvent(event));
    assertThat(event.failure())
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("has ended already")
        .hasMessageContaining("REQUIRES_NEW");
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(moEngage.hasAccepted(event.action().eventUuid())).isTrue();
  }
}
