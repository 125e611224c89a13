package io.durableoutbox.spring;

import io.durableoutbox.RelayHealth;
import io.durableoutbox.spring.OutboxProperties.PausedStatus;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * The relay's health as Actuator's. A pause is UP unless a setting says otherwise: the application
 * works and its actions are kept, so nothing is gained by taking it out of service.
 */
final class OutboxHealthIndicator implements HealthIndicator {
  private final OutboxRelay relay;
  private final Status whilePaused;

  OutboxHealthIndicator(OutboxRelay relay, PausedStatus whilePaused) {
    this.relay = relay;
    this.whilePaused = new Status(whilePaused.name());
  }

  @Override
  public Health health() {
    RelayHealth health = relay.health();
    Health.Builder builder =
        switch (health.status()) {
          case UP -> Health.up();
          case PAUSED -> Health.status(whilePaused);
          case DOWN -> Health.down();
        };
    builder.withDetail("relay", relay.name());
    builder.withDetail("delivery", health.status().name());
    if (!health.reasons().isEmpty()) {
      builder.withDetail("reasons", health.reasons());
    }
    if (health.clockSkew() != null) {
      builder.withDetail("clockSkew", health.clockSkew().toString());
    }
    return builder.build();
  }
}
