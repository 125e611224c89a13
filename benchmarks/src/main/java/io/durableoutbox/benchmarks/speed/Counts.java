package io.durableoutbox.benchmarks.speed;

import java.util.EnumMap;
import java.util.Map;

/** A measured relay's counts at one time, or what was added to them since another. */
final class Counts {
  private static final String HEAD = "COUNTS";

  private final Map<Count, Long> values;

  Counts(Map<Count, Long> values) {
    this.values = new EnumMap<>(values);
  }

  long of(Count count) {
    return values.getOrDefault(count, 0L);
  }

  Counts since(Counts before) {
    Map<Count, Long> difference = new EnumMap<>(Count.class);
    values.forEach(
        (count, value) ->
            difference.put(count, count.isGauge() ? value : value - before.of(count)));
    return new Counts(difference);
  }

  /** Returns them with another value of one. */
  Counts with(Count count, long value) {
    Counts changed = new Counts(values);
    changed.values.put(count, value);
    return changed;
  }

  double deliveredPerSecond() {
    return of(Count.DELIVERED_ACTIONS) * 1e9 / of(Count.CLOCK_NANOS);
  }

  double claimMillis() {
    return of(Count.CLAIM_NANOS) / 1e6 / of(Count.CLAIMS);
  }

  /** Returns them as one line. */
  String line() {
    StringBuilder line = new StringBuilder(HEAD);
    values.forEach((count, value) -> line.append(' ').append(count).append('=').append(value));
    return line.toString();
  }

  static boolean isLine(String line) {
    return line.startsWith(HEAD + " ");
  }

  static Counts parse(String line) {
    Map<Count, Long> values = new EnumMap<>(Count.class);
    for (String pair : line.substring(HEAD.length() + 1).split(" ", -1)) {
      int at = pair.indexOf('=');
      values.put(Count.valueOf(pair.substring(0, at)), Long.valueOf(pair.substring(at + 1)));
    }
    return new Counts(values);
  }
}
