package io.durableoutbox.recipes.micronaut;

import io.durableoutbox.relay.Relay;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.context.event.StartupEvent;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Singleton;

/** The relay lives as long as the application. */
@Singleton
public class RelayLifecycle {
  private final Relay relay;

  RelayLifecycle(Relay relay) {
    this.relay = relay;
  }

  @EventListener
  void start(StartupEvent started) {
    relay.start();
  }

  @TransactionalEventListener // after the commit
  void wake(ActionsWritten written) {
    relay.wakeUp();
  }

  @EventListener
  void stop(ShutdownEvent stopping) {
    relay.close(); // the pool is still open
  }
}
