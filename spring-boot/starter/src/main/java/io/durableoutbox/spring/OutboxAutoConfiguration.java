package io.durableoutbox.spring;

import io.durableoutbox.OutboxException;
import io.durableoutbox.RelayListener;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Maintenance;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * Makes the {@link Outbox}, a {@link TransactionalOutbox} on it, and with {@code outbox.relay} and
 * {@code outbox.maintenance} what runs beside. Each bean of the application's own takes the place
 * of the one here.
 */
@AutoConfiguration(after = DataSourceAutoConfiguration.class)
@ConditionalOnProperty(name = "outbox.enabled", matchIfMissing = true)
@EnableConfigurationProperties({OutboxProperties.class, LifecycleProperties.class})
@ImportRuntimeHints(OutboxRuntimeHints.class)
public final class OutboxAutoConfiguration {
  OutboxAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  @DependsOnDatabaseInitialization
  Outbox outbox(
      OutboxProperties properties,
      ObjectProvider<DataSource> dataSources,
      @OutboxDataSource ObjectProvider<DataSource> marked) {
    DataSource dataSource = OutboxDatabase.choose(dataSources, marked);
    if (properties.migrations() == OutboxProperties.Migrations.RUN) {
      OutboxDatabase.migrate(dataSource, properties.schema());
    }
    JdbcOutbox.Builder builder = JdbcOutbox.builder(dataSource);
    Setting.set("outbox.schema", properties.schema(), builder::schema);
    Setting.set("outbox.max-action-bytes", properties.maxActionBytes(), builder::maxActionBytes);
    builder.asynchronousCommit(properties.asynchronousCommit());
    try {
      return builder.build();
    } catch (OutboxException e) {
      throw OutboxDatabase.refused(properties, e);
    }
  }

  @Bean
  @ConditionalOnMissingBean
  TransactionalOutbox transactionalOutbox(
      Outbox outbox,
      ObjectProvider<DataSource> dataSources,
      @OutboxDataSource ObjectProvider<DataSource> marked,
      ObjectProvider<OutboxRelay> relay) {
    return new SpringTransactionOutbox(
        outbox,
        OutboxDatabase.choose(dataSources, marked),
        // Looked up when it is needed: a listener of the relay may have this outbox injected.
        () -> relay.ifAvailable(OutboxRelay::wakeUp));
  }

  /** Lazy beans are made when somebody asks for them, and nobody asks for these. */
  @Bean
  static LazyInitializationExcludeFilter outboxRunsEagerly() {
    return LazyInitializationExcludeFilter.forBeanTypes(OutboxRelay.class, OutboxMaintenance.class);
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = "outbox.relay.enabled", matchIfMissing = true)
  static class RelayConfiguration {
    @Bean
    @ConditionalOnMissingBean
    MoEngageConnectionDetails moEngageConnectionDetails(
        OutboxProperties properties, ObjectProvider<MoEngageApiKeys> keys) {
      return Destinations.fromSettings(properties, keys.getIfAvailable());
    }

    @Bean
    OutboxRelay outboxRelay(
        Outbox outbox,
        OutboxProperties properties,
        LifecycleProperties lifecycle,
        MoEngageConnectionDetails details,
        ObjectProvider<RelayListener> listeners,
        ObjectProvider<RelayCustomizer> customizers,
        Environment environment) {
      List<RelayListener> told = listeners.orderedStream().toList();
      List<RelayCustomizer> changes = customizers.orderedStream().toList();
      ThreadFactory threads = virtualThreads(environment);
      Duration shutdown = lifecycle.getTimeoutPerShutdownPhase();
      Supplier<Relay> relays =
          () -> {
            RelayBuilder relay = outbox.relay(Destinations.of(details, properties, threads));
            RelaySetUp.apply(properties.relay(), shutdown, relay);
            relay.listener(new AllListeners(told));
            changes.forEach(change -> change.customize(relay));
            return RelaySetUp.build(relay);
          };
      return new OutboxRelay(relays);
    }

    /** For the calls, which wait; the relay's own three threads wait in JDBC drivers. */
    private static @Nullable ThreadFactory virtualThreads(Environment environment) {
      return Threading.VIRTUAL.isActive(environment)
          ? new VirtualThreadTaskExecutor("outbox-http-").getVirtualThreadFactory()
          : null;
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty("outbox.maintenance.enabled")
  static class MaintenanceConfiguration {
    @Bean
    OutboxMaintenance outboxMaintenance(Outbox outbox, OutboxProperties properties) {
      Supplier<Maintenance> maintenances =
          () -> MaintenanceSetUp.build(properties.maintenance(), outbox.maintenance());
      return new OutboxMaintenance(maintenances);
    }
  }
}
