package io.durableoutbox.internal.relay.limit;

/**
 * How many requests may be out at once: one more for each windowful that was answered well, a
 * quarter less when answers get slow, and from the lower bound again after a failure, doubling
 * until half of what it was before.
 *
 * <p>Slow means: the recent answers took twice as long as they long did, and not just by some
 * milliseconds. A latency that stays is taken for the usual one after some hundred answers.
 */
public final class ConcurrencyLimit {
  private static final double RECENT = 0.3;
  private static final double LONG_RISING = 0.01;
  private static final double LONG_FALLING = 0.2;
  private static final double TOLERATED = 2.0;
  private static final double SLACK_NANOS = 50e6;
  private static final double DECREASE = 0.75;

  private final int min;
  private final int max;
  private double size;
  private double doubleUntil;
  private double recentNanos;
  private double longNanos;
  private boolean shrunk;
  private long shrunkNanos;

  public ConcurrencyLimit(int min, int max) {
    this.min = min;
    this.max = max;
    this.size = max;
    this.doubleUntil = max;
  }

  public int size() {
    return (int) size;
  }

  /** Takes note of a request that was answered. */
  public void answered(long startedNanos, long answeredNanos) {
    double took = answeredNanos - startedNanos;
    if (longNanos == 0) {
      recentNanos = took;
      longNanos = took;
    }
    recentNanos += RECENT * (took - recentNanos);
    longNanos += (took > longNanos ? LONG_RISING : LONG_FALLING) * (took - longNanos);
    boolean slow = recentNanos > TOLERATED * longNanos + SLACK_NANOS;
    // What was out when the window shrank is as slow as it, and says nothing of its new size.
    boolean news = !shrunk || startedNanos - shrunkNanos >= 0;
    if (slow && news) {
      size = Math.max(min, size * DECREASE);
      doubleUntil = size;
      shrunk = true;
      shrunkNanos = answeredNanos;
    } else if (!slow) {
      size = Math.min(max, size + (size < doubleUntil ? 1 : 1 / size));
    }
  }

  /** Takes note that the destination failed or asked for patience. */
  public void failed() {
    doubleUntil = Math.max(min, size / 2);
    size = min;
  }
}
