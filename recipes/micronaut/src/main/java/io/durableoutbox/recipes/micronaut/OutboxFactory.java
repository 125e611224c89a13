package io.durableoutbox.recipes.micronaut;

import io.durableoutbox.MoEngage;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Value;
import io.micronaut.data.connection.jdbc.advice.DelegatingDataSource;
import jakarta.inject.Singleton;
import java.time.Duration;
import javax.sql.DataSource;

/** One outbox and one relay. */
@Factory
public class OutboxFactory {
  @Singleton
  Outbox outbox(DataSource dataSource) {
    // The bean lends the current transaction's connection; the outbox needs some of its own.
    DataSource pool = DelegatingDataSource.unwrapDataSource(dataSource);
    OutboxMigrations.of(pool).migrate(); // or by the deployment
    return JdbcOutbox.create(pool);
  }

  @Singleton
  Relay relay(
      Outbox outbox,
      @Value("${moengage.workspace-id}") String workspaceId,
      @Value("${moengage.api-key}") String apiKey,
      @Value("${moengage.base-url}") String baseUrl,
      @Value("${moengage.poll-interval:500ms}") Duration pollInterval) {
    return outbox
        .relay(MoEngage.workspace(workspaceId, apiKey).baseUrl(baseUrl).build())
        .pollInterval(pollInterval)
        .build();
  }
}
