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

  /** By how much a lease must exceed the call timeout. */
  public static final Duration LEASE_MARGIN = Duration.ofSeconds(5);

  /** What of it must be left when a request leaves; the rest is for the claim. */
  static final Duration SEND_MARGIN = LEASE_MARGIN.dividedBy(2);

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
