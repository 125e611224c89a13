package io.durableoutbox.recipes.quarkus;

import io.agroal.api.AgroalDataSource;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.quarkus.agroal.DataSource;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** One outbox and one relay, which lives as long as the application. */
@ApplicationScoped
public class OutboxBeans {
  /** The outbox's own short transactions run on a pool that JTA knows nothing of. */
  @Produces
  @ApplicationScoped
  Outbox outbox(@DataSource("outbox") AgroalDataSource withoutJta) {
    OutboxMigrations.of(withoutJta).migrate(); // or by the deployment
    return JdbcOutbox.create(withoutJta);
  }

  @Produces
  @Singleton
  Relay relay(Outbox outbox, MoEngageSettings settings) {
    return outbox.relay(settings.workspace()).pollInterval(settings.pollInterval()).build();
  }

  void start(@Observes StartupEvent started, Relay relay) {
    relay.start();
  }

  void wake(
      @Observes(during = TransactionPhase.AFTER_SUCCESS) ActionsWritten written, Relay relay) {
    relay.wakeUp();
  }

  void stop(@Observes ShutdownEvent stopping, Relay relay) {
    relay.close(); // the pools are still open
  }
}
