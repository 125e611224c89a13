package io.durableoutbox.benchmarks;

import java.util.Arrays;
import java.util.List;

/** Order statistics of some measurements. */
public final class Figures {
  private Figures() {}

  public static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int n = sorted.length;
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  }

  /** Returns the p-th part of sorted nanoseconds, in milliseconds. */
  public static double millis(long[] sortedNanos, double p) {
    if (sortedNanos.length == 0) {
      return Double.NaN;
    }
    int at = (int) Math.min(sortedNanos.length - 1, Math.floor(p * sortedNanos.length));
    return sortedNanos[at] / 1e6;
  }

  public static long[] sorted(List<Long> nanos) {
    long[] array = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(array);
    return array;
  }
}
