package io.durableoutbox.internal.relay.limit;

import java.time.Duration;

/**
 * So many a minute, evenly: at most what a second allows may be taken at once, or one, and whatever
 * was taken is made up for by waiting.
 */
public final class TokenBucket {
  private static final double MINUTE_NANOS = 60e9;

  private final boolean limited;
  private final double perNano;
  private final double burst;
  private double credit;
  private long creditNanos;

  /**
   * Makes a pace.
   *
   * @param perMinute 0 for no limit
   */
  public TokenBucket(int perMinute, long nowNanos) {
    limited = perMinute > 0;
    perNano = perMinute / MINUTE_NANOS;
    burst = Math.max(1, perMinute / 60.0);
    credit = burst;
    creditNanos = nowNanos;
  }

  /** Returns how long to wait before the next may be taken; zero for now. */
  public Duration untilNext(long nowNanos) {
    refill(nowNanos);
    double missing = 1 - credit;
    return !limited || missing <= 0
        ? Duration.ZERO
        : Duration.ofNanos((long) Math.ceil(missing / perNano));
  }

  /** Takes as many, even more than there are: then nothing may be taken until they are made up. */
  public void take(int n, long nowNanos) {
    refill(nowNanos);
    credit -= n;
  }

  /** Returns how many can be taken within a time, at least 1. */
  public int within(Duration time) {
    double n = limited ? Math.max(0, credit) + perNano * time.toNanos() : Integer.MAX_VALUE;
    return (int) Math.max(1, Math.min(n, Integer.MAX_VALUE));
  }

  private void refill(long nowNanos) {
    credit = Math.min(burst, credit + perNano * (nowNanos - creditNanos));
    creditNanos = nowNanos;
  }
}
