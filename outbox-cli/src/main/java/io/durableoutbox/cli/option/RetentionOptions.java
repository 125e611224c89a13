package io.durableoutbox.cli.option;

import io.durableoutbox.jdbc.Maintenance;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How long what is kept. */
public final class RetentionOptions {
  @Option(
      names = "--keep-delivered",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_KEEP_DELIVERED",
      defaultValue = "90d",
      order = 220,
      converter = Converters.OfDuration.class,
      description =
          "Keep delivered actions so long; at least 1d, default ${DEFAULT-VALUE}."
              + " [OUTBOX_KEEP_DELIVERED]")
  public Duration keepDelivered = Duration.ofDays(90);

  @Option(
      names = "--keep-rejected",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_KEEP_REJECTED",
      order = 221,
      converter = Converters.OfDuration.class,
      description =
          "Keep rejected and cancelled actions so long; at least 1d, default for ever."
              + " [OUTBOX_KEEP_REJECTED]")
  public @Nullable Duration keepRejected;

  @Option(
      names = "--redact-delivered",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_REDACT_DELIVERED",
      order = 222,
      converter = Converters.OfDuration.class,
      description =
          "Take personal data out of delivered actions after so long; default never."
              + " [OUTBOX_REDACT_DELIVERED]")
  @Nullable Duration redactDelivered;

  @Option(
      names = "--redact-rejected",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_REDACT_REJECTED",
      order = 223,
      converter = Converters.OfDuration.class,
      description =
          "Take personal data out of rejected actions after so long, which then can't be requeued;"
              + " default never. [OUTBOX_REDACT_REJECTED]")
  @Nullable Duration redactRejected;

  @Option(
      names = "--partitions-ahead",
      paramLabel = "DAYS",
      descriptionKey = "OUTBOX_PARTITIONS_AHEAD",
      defaultValue = "14",
      order = 224,
      description =
          "Have a partition for each of so many days from today on; PostgreSQL only, default"
              + " ${DEFAULT-VALUE}. [OUTBOX_PARTITIONS_AHEAD]")
  int partitionsAhead = 14;

  public Maintenance.Builder on(Maintenance.Builder builder) {
    builder.keepDelivered(keepDelivered).partitionsAhead(partitionsAhead);
    if (keepRejected != null) {
      builder.keepRejected(keepRejected);
    }
    if (redactDelivered != null) {
      builder.redactDelivered(redactDelivered);
    }
    if (redactRejected != null) {
      builder.redactRejected(redactRejected);
    }
    return builder;
  }
}
