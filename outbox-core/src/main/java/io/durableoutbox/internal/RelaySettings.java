package io.durableoutbox.internal;

import java.time.Duration;

/** What {@link io.durableoutbox.relay.RelayBuilder} has checked. */
public record RelaySettings(
    String name, Duration pollInterval, Duration lease, Requests requests, Retries retries) {

  /** By how much a lease must exceed the call timeout. */
  public static final Duration LEASE_MARGIN = Duration.ofSeconds(5);

  /** How long something fails before the relay counts as down. */
  public static final Duration DOWN_AFTER = Duration.ofSeconds(30);

  /** What of the margin must be left when a request leaves; the rest is for the claim. */
  public static final Duration SEND_MARGIN = LEASE_MARGIN.dividedBy(2);

  /**
   * The bounds of requests.
   *
   * @param perMinute the most a minute, or 0 for any number
   * @param actionsPerMinute the most actions a minute, or 0 for any number
   */
  public record Requests(
      int minInFlight,
      int maxInFlight,
      int maxElements,
      int maxActions,
      int maxBytes,
      int perMinute,
      int actionsPerMinute) {}

  /**
   * How long to wait after what, and from when on a repetition is told before it leaves.
   *
   * @param maxRefusalsInARow how many actions of different customers are rejected one after the
   *     other while nothing is accepted
   */
  public record Retries(
      Duration min,
      Duration max,
      Duration maxRetryAfter,
      Duration dedupeWindow,
      int maxRefusalsInARow) {}
}
