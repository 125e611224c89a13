package io.durableoutbox.jdbc.internal.maintenance;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a maintenance was built with, checked; a duration that is null means never. */
public record MaintenanceSettings(
    String name,
    Duration keepDelivered,
    @Nullable Duration keepRejected,
    @Nullable Duration redactDelivered,
    @Nullable Duration redactRejected,
    int partitionsAhead,
    int batchSize) {}
