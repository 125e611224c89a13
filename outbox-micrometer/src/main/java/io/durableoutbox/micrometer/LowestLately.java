package io.durableoutbox.micrometer;

import io.micrometer.core.instrument.Clock;
import java.util.concurrent.TimeUnit;

/**
 * The lowest of the values of the last one to two minutes, so that a scrape of every minute misses
 * none; NaN without any.
 */
final class LowestLately {
  private static final long WINDOW = TimeUnit.MINUTES.toNanos(1);

  private final Clock clock;
  private long startedNanos;
  private double before = Double.NaN;
  private double now = Double.NaN;

  LowestLately(Clock clock) {
    this.clock = clock;
    this.startedNanos = clock.monotonicTime();
  }

  synchronized void record(double value) {
    turn();
    now = lower(now, value);
  }

  synchronized double get() {
    turn();
    return lower(before, now);
  }

  private void turn() {
    long passed = clock.monotonicTime() - startedNanos;
    if (passed >= WINDOW) {
      before = passed < 2 * WINDOW ? now : Double.NaN;
      now = Double.NaN;
      startedNanos += passed - passed % WINDOW;
    }
  }

  private static double lower(double a, double b) {
    return Double.isNaN(a) || b < a ? b : a;
  }
}
