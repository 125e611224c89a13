package io.durableoutbox.spring;

import io.durableoutbox.jdbc.Maintenance;

/** Applies {@code outbox.maintenance}. */
final class MaintenanceSetUp {
  private static final String PREFIX = "outbox.maintenance.";

  private MaintenanceSetUp() {}

  static Maintenance build(
      OutboxProperties.MaintenanceSettings settings, Maintenance.Builder maintenance) {
    Setting.set(PREFIX + "name", settings.name(), maintenance::name);
    Setting.set(PREFIX + "keep-delivered", settings.keepDelivered(), maintenance::keepDelivered);
    Setting.set(PREFIX + "keep-rejected", settings.keepRejected(), maintenance::keepRejected);
    Setting.set(
        PREFIX + "redact-delivered", settings.redactDelivered(), maintenance::redactDelivered);
    Setting.set(PREFIX + "redact-rejected", settings.redactRejected(), maintenance::redactRejected);
    Setting.set(
        PREFIX + "partitions-ahead", settings.partitionsAhead(), maintenance::partitionsAhead);
    Setting.set(PREFIX + "batch-size", settings.batchSize(), maintenance::batchSize);
    Setting.set(PREFIX + "interval", settings.interval(), maintenance::interval);
    Maintenance[] built = new Maintenance[1];
    Setting.check("outbox.maintenance", () -> built[0] = maintenance.build());
    return built[0];
  }
}
