package io.durableoutbox.cli.option;

import io.durableoutbox.relay.RelayBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a relay works; what is not given is as {@link RelayBuilder} has it. */
public final class RelayOptions {
  @Option(
      names = "--name",
      paramLabel = "NAME",
      descriptionKey = "OUTBOX_RELAY_NAME",
      order = 230,
      description =
          "What its claims and requests carry, to tell relays apart; default: made from the process"
              + " id. [OUTBOX_RELAY_NAME]")
  @Nullable String name;

  @Option(
      names = "--poll-interval",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_POLL_INTERVAL",
      order = 231,
      converter = Converters.OfDuration.class,
      description =
          "How long an idle relay waits before it looks again; default 500ms."
              + " [OUTBOX_POLL_INTERVAL]")
  @Nullable Duration pollInterval;

  @Option(
      names = "--lease",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_LEASE",
      order = 232,
      converter = Converters.OfDuration.class,
      description =
          "How long claimed actions are held: when a relay is killed, others take over after so"
              + " long. More than the call timeout by 5s; default 60s. [OUTBOX_LEASE]")
  @Nullable Duration lease;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      descriptionKey = "OUTBOX_IN_FLIGHT",
      order = 233,
      description =
          "How many requests may be out at once per workspace; default 8. [OUTBOX_IN_FLIGHT]")
  @Nullable Integer inFlight;

  @Option(
      names = "--requests-per-minute",
      paramLabel = "N",
      descriptionKey = "OUTBOX_REQUESTS_PER_MINUTE",
      order = 234,
      description =
          "How many requests this relay may send to each workspace in a minute; default any number."
              + " [OUTBOX_REQUESTS_PER_MINUTE]")
  @Nullable Integer requestsPerMinute;

  @Option(
      names = "--actions-per-minute",
      paramLabel = "N",
      descriptionKey = "OUTBOX_ACTIONS_PER_MINUTE",
      order = 235,
      description =
          "How many actions this relay may send to each workspace in a minute; default any number."
              + " [OUTBOX_ACTIONS_PER_MINUTE]")
  @Nullable Integer actionsPerMinute;

  @Option(
      names = "--retry-min",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_RETRY_MIN",
      defaultValue = "1s",
      order = 236,
      converter = Converters.OfDuration.class,
      description =
          "The shortest pause after a failure of the destination; default ${DEFAULT-VALUE}."
              + " [OUTBOX_RETRY_MIN]")
  Duration retryMin = Duration.ofSeconds(1);

  @Option(
      names = "--retry-max",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_RETRY_MAX",
      defaultValue = "5m",
      order = 237,
      converter = Converters.OfDuration.class,
      description = "The longest one; default ${DEFAULT-VALUE}. [OUTBOX_RETRY_MAX]")
  Duration retryMax = Duration.ofMinutes(5);

  @Option(
      names = "--refusals-in-a-row",
      paramLabel = "N",
      descriptionKey = "OUTBOX_REFUSALS_IN_A_ROW",
      order = 238,
      description =
          "How many actions of different customers are rejected one after the other while nothing"
              + " is accepted, before the workspace is paused; default 20."
              + " [OUTBOX_REFUSALS_IN_A_ROW]")
  @Nullable Integer refusalsInARow;

  @Option(
      names = "--close-timeout",
      paramLabel = "DURATION",
      descriptionKey = "OUTBOX_CLOSE_TIMEOUT",
      defaultValue = "25s",
      order = 239,
      converter = Converters.OfDuration.class,
      description =
          "How long it waits for what is out when it is told to stop; default ${DEFAULT-VALUE}."
              + " [OUTBOX_CLOSE_TIMEOUT]")
  public Duration closeTimeout = Duration.ofSeconds(25);

  public RelayBuilder on(RelayBuilder builder) {
    builder.retryBackoff(retryMin, retryMax);
    if (name != null) {
      builder.name(name);
    }
    if (pollInterval != null) {
      builder.pollInterval(pollInterval);
    }
    if (lease != null) {
      builder.lease(lease);
    }
    if (inFlight != null) {
      builder.maxRequestsInFlight(inFlight);
    }
    if (requestsPerMinute != null) {
      builder.maxRequestsPerMinute(requestsPerMinute);
    }
    if (actionsPerMinute != null) {
      builder.maxActionsPerMinute(actionsPerMinute);
    }
    if (refusalsInARow != null) {
      builder.maxRefusalsInARow(refusalsInARow);
    }
    return builder.closeTimeout(closeTimeout);
  }
}
