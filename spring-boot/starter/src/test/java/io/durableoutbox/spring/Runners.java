package io.durableoutbox.spring;

import io.durableoutbox.testkit.SimulatedDestination;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.transaction.support.TransactionTemplate;

/** Applications on H2, whose relay polls once an hour: a commit wakes it. */
final class Runners {
  private Runners() {}

  /** With no destination. */
  static ApplicationContextRunner plain() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                DataSourceAutoConfiguration.class,
                DataSourceTransactionManagerAutoConfiguration.class,
                TransactionAutoConfiguration.class,
                OutboxAutoConfiguration.class,
                OutboxActuatorAutoConfiguration.class))
        .withPropertyValues(
            "spring.datasource.generate-unique-name=true", "outbox.relay.poll-interval=1h");
  }

  /** With the simulated destination. */
  static ApplicationContextRunner sending(SimulatedDestination moEngage) {
    return plain()
        .withPropertyValues(
            "outbox.moengage.workspace-id=" + moEngage.workspaceId(),
            "outbox.moengage.api-key=" + moEngage.apiKey(),
            "outbox.moengage.base-url=" + moEngage.baseUrl());
  }

  /** Adds an action for each workspace, in one transaction. */
  static void add(ApplicationContext context, String... workspaces) {
    context
        .getBean(TransactionTemplate.class)
        .executeWithoutResult(
            transaction -> {
              for (String workspace : workspaces) {
                context
                    .getBean(TransactionalOutbox.class)
                    .add(Actions.builder().workspace(workspace).build());
              }
            });
  }
}
