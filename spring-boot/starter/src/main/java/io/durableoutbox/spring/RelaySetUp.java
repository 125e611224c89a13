package io.durableoutbox.spring;

import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Applies {@code outbox.relay}. */
final class RelaySetUp {
  private static final String PREFIX = "outbox.relay.";
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(30);

  private RelaySetUp() {}

  static void apply(
      OutboxProperties.RelaySettings settings, Duration shutdownPhase, RelayBuilder relay) {
    Setting.set(PREFIX + "name", settings.name(), relay::name);
    Setting.set(PREFIX + "poll-interval", settings.pollInterval(), relay::pollInterval);
    Setting.set(PREFIX + "lease", settings.lease(), relay::lease);
    Setting.check(
        PREFIX + "retry-min and retry-max",
        () -> relay.retryBackoff(settings.retryMin(), settings.retryMax()));
    Setting.set(PREFIX + "max-retry-after", settings.maxRetryAfter(), relay::maxRetryAfter);
    Setting.set(PREFIX + "dedupe-window", settings.dedupeWindow(), relay::dedupeWindow);
    Setting.set(
        PREFIX + "close-timeout",
        closeTimeout(settings.closeTimeout(), shutdownPhase),
        relay::closeTimeout);
    Setting.set(
        PREFIX + "min-requests-in-flight",
        settings.minRequestsInFlight(),
        relay::minRequestsInFlight);
    Setting.set(
        PREFIX + "max-requests-in-flight",
        settings.maxRequestsInFlight(),
        relay::maxRequestsInFlight);
    Setting.set(
        PREFIX + "max-requests-per-minute",
        settings.maxRequestsPerMinute(),
        relay::maxRequestsPerMinute);
    Setting.set(
        PREFIX + "max-actions-per-minute",
        settings.maxActionsPerMinute(),
        relay::maxActionsPerMinute);
    Setting.set(
        PREFIX + "max-refusals-in-a-row", settings.maxRefusalsInARow(), relay::maxRefusalsInARow);
    Setting.set(
        PREFIX + "max-elements-per-request",
        settings.maxElementsPerRequest(),
        relay::maxElementsPerRequest);
    Setting.set(
        PREFIX + "max-actions-per-request",
        settings.maxActionsPerRequest(),
        relay::maxActionsPerRequest);
    Setting.set(PREFIX + "max-request-bytes", settings.maxRequestBytes(), relay::maxRequestBytes);
  }

  static Relay build(RelayBuilder relay) {
    Relay[] built = new Relay[1];
    Setting.check("outbox.relay", () -> built[0] = relay.build());
    return built[0];
  }

  /** Spring closes the pool when the phase's time is over, so the relay must have ended before. */
  private static Duration closeTimeout(@Nullable Duration set, Duration shutdownPhase) {
    if (set == null) {
      Duration most = shutdownPhase.multipliedBy(9).dividedBy(10);
      return most.compareTo(LONGEST_CLOSE) < 0 ? most : LONGEST_CLOSE;
    }
    if (set.compareTo(shutdownPhase) >= 0) {
      throw new OutboxStartException(
          PREFIX
              + "close-timeout "
              + set
              + " must be shorter than spring.lifecycle.timeout-per-shutdown-phase "
              + shutdownPhase
              + ", after which the connection pool is closed",
          "Lower the former or raise the latter.");
    }
    return set;
  }
}
