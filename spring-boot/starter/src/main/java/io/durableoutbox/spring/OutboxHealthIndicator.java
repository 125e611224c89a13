package io.durableoutbox.spring;

import io.durableoutbox.RelayHealth;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** The relay's health as Actuator's. */
final class OutboxHealthIndicator implements HealthIndicator {
  private final OutboxRelay relay;

  OutboxHealthIndicator(OutboxRelay relay) {
    this.relay = relay;
  }

  @Override
  public Health health() {
    RelayHealth health = relay.health();
    Health.Builder builder =
        switch (health.status()) {
          case UP -> Health.up();
          case PAUSED -> Health.outOfService();
          case DOWN -> Health.down();
        };
    builder.withDetail("relay", relay.name());
    if (!health.reasons().isEmpty()) {
      builder.withDetail("reasons", health.reasons());
    }
    if (health.clockSkew() != null) {
      builder.withDetail("clockSkew", health.clockSkew().toString());
    }
    return builder.build();
  }
}
