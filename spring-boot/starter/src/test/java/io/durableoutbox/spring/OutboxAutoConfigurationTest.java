package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.RelayListener;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.testkit.SimulatedDestination;
import io.durableoutbox.testkit.SimulatedDestinationExtension;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@ExtendWith(SimulatedDestinationExtension.class)
class OutboxAutoConfigurationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SimulatedDestination moEngage;
  private final ApplicationContextRunner runner = Runners.plain();
  private final ApplicationContextRunner sending;

  OutboxAutoConfigurationTest(SimulatedDestination moEngage) {
    this.moEngage = moEngage;
    this.sending = Runners.sending(moEngage);
  }

  private static List<String> relayThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("outbox-spring-test"))
        .toList();
  }

  @Test
  void whatIsCommittedIsDelivered() {
    sending.run(
        context -> {
          Runners.add(context, "default");
          moEngage.awaitAccepted(1, PATIENCE);
          assertThat(context.getBean(OutboxRelay.class).health().status())
              .isEqualTo(RelayHealth.Status.UP);
        });
  }

  @Test
  void severalWorkspacesAreServedByOneRelay() {
    sending
        .withPropertyValues(
            "outbox.workspaces.eu.workspace-id=" + moEngage.workspaceId(),
            "outbox.workspaces.eu.api-key=" + moEngage.apiKey(),
            "outbox.workspaces.eu.base-url=" + moEngage.baseUrl())
        .run(
            context -> {
              Runners.add(context, "default", "eu");
              moEngage.awaitAccepted(2, PATIENCE);
            });
  }

  @Test
  void withoutARelayItOnlyWritesAndNeedsNoDestination() {
    runner
        .withPropertyValues("outbox.relay.enabled=false")
        .run(
            context -> {
              Runners.add(context, "default");
              assertThat(context).doesNotHaveBean(OutboxRelay.class);
              assertThat(context).doesNotHaveBean(HealthIndicator.class);
              assertThat(waiting(context)).isEqualTo(1);
            });
  }

  @Test
  void disabledItMakesNothing() {
    runner
        .withPropertyValues("outbox.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Outbox.class));
  }

  @Test
  void theContextsStopEndsTheRelaysThreadsAndItsStartMakesNewOnes() {
    sending
        .withPropertyValues("outbox.relay.name=spring-test")
        .run(
            context -> {
              assertThat(relayThreads()).hasSize(3);
              context.getSourceApplicationContext().stop();
              Await.until("no thread of the relay", () -> relayThreads().isEmpty());
              assertThat(context.getBean(OutboxRelay.class).health().reasons().get(0))
                  .contains("stopped, as the application context is");
              Runners.add(context, "default");
              context.getSourceApplicationContext().start();
              moEngage.awaitAccepted(1, PATIENCE);
            });
    Await.until("no thread of the relay", () -> relayThreads().isEmpty());
  }

  @Test
  void aLazyApplicationSendsToo() {
    sending
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .run(context -> assertThat(context.getBean(OutboxRelay.class).isRunning()).isTrue());
  }

  @Test
  void aRotatedKeyIsAskedFor() {
    AtomicReference<String> key = new AtomicReference<>("OLD");
    runner
        .withPropertyValues(
            "outbox.moengage.workspace-id=" + moEngage.workspaceId(),
            "outbox.moengage.base-url=" + moEngage.baseUrl(),
            "outbox.relay.poll-interval=10ms")
        .withBean(MoEngageApiKeys.class, () -> workspace -> Objects.requireNonNull(key.get()))
        .run(
            context -> {
              Runners.add(context, "default");
              moEngage.awaitRequests(1, PATIENCE);
              assertThat(moEngage.acceptedCount()).isZero();
              key.set(moEngage.apiKey());
              moEngage.awaitAccepted(1, PATIENCE);
            });
  }

  @Test
  void allListenersAreToldThoughOneThrowsAndACustomizerChangesTheRelay() {
    ConcurrentLinkedQueue<RelayEvent> told = new ConcurrentLinkedQueue<>();
    sending
        .withBean(
            "a",
            RelayListener.class,
            () ->
                event -> {
                  throw new IllegalStateException("of a listener");
                })
        .withBean("b", RelayListener.class, () -> told::add)
        .withBean(RelayCustomizer.class, () -> relay -> relay.name("customized"))
        .run(
            context -> {
              Runners.add(context, "default");
              Await.until(
                  "a delivery was told",
                  () -> told.stream().anyMatch(RelayEvent.Delivered.class::isInstance));
              assertThat(context.getBean(OutboxRelay.class).name()).isEqualTo("customized");
            });
  }

  @Test
  void maintenanceRunsWhenItIsEnabled() {
    sending
        .withPropertyValues(
            "outbox.maintenance.enabled=true", "outbox.maintenance.name=spring-test-upkeep")
        .run(
            context -> {
              JdbcClient jdbc = client(context);
              Await.until(
                  "a run of the maintenance",
                  () ->
                      jdbc.sql(
                                  "SELECT COUNT(*) FROM outbox_maintenance WHERE last_run_at IS NOT NULL")
                              .query(Long.class)
                              .single()
                          > 0);
            });
    Await.until("no thread of the maintenance", () -> relayThreads().isEmpty());
  }

  @Test
  void theDatabaseMayBeOneWithoutAPool() {
    sending
        .withPropertyValues(
            "spring.datasource.type=" + SimpleDriverDataSource.class.getName(),
            "spring.datasource.url=jdbc:h2:mem:unpooled;DB_CLOSE_DELAY=-1")
        .run(
            context -> {
              Runners.add(context, "default");
              moEngage.awaitAccepted(1, PATIENCE);
              Await.until("settled", () -> waiting(context) == 0);
              context
                  .getBean(Outbox.class)
                  .operator("me")
                  .evenIfUnknown()
                  .pause("default", "for a test");
              assertThat(context.getBean(Outbox.class).workspaces()).hasSize(1);
            });
  }

  @Test
  void theTablesMayBeInASchemaOfTheirOwn() {
    sending
        .withPropertyValues("outbox.schema=messaging")
        .run(
            context -> {
              Runners.add(context, "default");
              moEngage.awaitAccepted(1, PATIENCE);
              JdbcClient jdbc = client(context);
              assertThat(
                      jdbc.sql("SELECT COUNT(*) FROM \"messaging\".\"outbox_schema_history\"")
                          .query(Long.class)
                          .single())
                  .isPositive();
            });
  }

  @Test
  void theMarkedOfSeveralDataSourcesHasTheOutbox() {
    JdbcDataSource marked = new JdbcDataSource();
    marked.setUrl("jdbc:h2:mem:marked;DB_CLOSE_DELAY=-1");
    JdbcDataSource primary = new JdbcDataSource();
    primary.setUrl("jdbc:h2:mem:primary;DB_CLOSE_DELAY=-1");
    sending
        .withBean("primary", DataSource.class, () -> primary, bean -> bean.setPrimary(true))
        .withBean(
            "marked",
            DataSource.class,
            () -> marked,
            bean ->
                ((AbstractBeanDefinition) bean)
                    .addQualifier(new AutowireCandidateQualifier(OutboxDataSource.class)))
        .run(
            context -> {
              new TransactionTemplate(new JdbcTransactionManager(marked))
                  .executeWithoutResult(
                      status -> context.getBean(TransactionalOutbox.class).add(Actions.action()));
              moEngage.awaitAccepted(1, PATIENCE);
              assertThatThrownBy(() -> Runners.add(context, "default"))
                  .hasMessageContaining("not one of the outbox's data source");
            });
  }

  @Test
  void virtualThreadsWaitForTheAnswersWhereTheApplicationHasThem() {
    sending
        .withPropertyValues("spring.threads.virtual.enabled=true")
        .run(
            context -> {
              Runners.add(context, "default");
              moEngage.awaitAccepted(1, PATIENCE);
              Await.until(
                  "a platform thread on a JDK without virtual ones, and none on another",
                  () -> httpThread() == (Runtime.version().feature() < 21));
            });
  }

  /** OkHttp names the thread of a call after its URL. */
  private static boolean httpThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .anyMatch(name -> name.startsWith("outbox-http") || name.startsWith("OkHttp http"));
  }

  private static long waiting(ApplicationContext context) {
    return client(context).sql("SELECT COUNT(*) FROM outbox").query(Long.class).single();
  }

  private static JdbcClient client(ApplicationContext context) {
    return JdbcClient.create(context.getBean(DataSource.class));
  }
}
