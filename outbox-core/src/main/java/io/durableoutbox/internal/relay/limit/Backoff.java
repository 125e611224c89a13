package io.durableoutbox.internal.relay.limit;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential delays with full jitter: any time between the lower bound and the doubled one, so
 * that relays which failed together don't come back together.
 */
public final class Backoff {
  private final long minNanos;
  private final long maxNanos;
  private final RandomGenerator random;

  public Backoff(Duration min, Duration max, RandomGenerator random) {
    this.minNanos = min.toNanos();
    this.maxNanos = max.toNanos();
    this.random = random;
  }

  /** Returns the delay after so many failures in a row, at least 1. */
  public Duration after(int failures) {
    int doublings = Math.min(Math.max(failures, 1), 62);
    long ceiling = minNanos > maxNanos >> doublings ? maxNanos : minNanos << doublings;
    return Duration.ofNanos(
        ceiling <= minNanos ? minNanos : random.nextLong(minNanos, ceiling + 1));
  }
}
