package io.durableoutbox.internal.relay;

import java.time.Duration;

/** What {@link io.durableoutbox.Relay.Builder} has checked. */
public record RelaySettings(
    String name,
    Duration pollInterval,
    Duration lease,
    int maxRequestsInFlight,
    int maxElementsPerRequest,
    int maxActionsPerRequest,
    int maxRequestBytes,
    Duration retryMin,
    Duration retryMax) {

  /**
   * What a lease must have left, beyond the call timeout, for a request to leave and be settled.
   */
  public static final Duration LEASE_MARGIN = Duration.ofSeconds(5);

  /** One claim fills the requests that may be in flight. */
  int claimActions() {
    return maxRequestsInFlight * maxElementsPerRequest;
  }

  long claimBytes() {
    return (long) maxRequestsInFlight * maxRequestBytes;
  }

  /** Twice a claim: one is in flight while the next one is claimed ahead. */
  int maxHeldActions() {
    return 2 * claimActions();
  }

  long maxHeldBytes() {
    return 2 * claimBytes();
  }
}
