package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Figures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** All that was measured, repetition by repetition. Not thread-safe. */
final class Samples {
  private final Map<Key, List<Double>> values = new LinkedHashMap<>();

  private record Key(String what, String side) {}

  /**
   * Takes note of one repetition.
   *
   * @param what the quantity with its unit, such as "drain at 50 ms, actions/s"
   * @param side whose it is, such as "relay"
   */
  void add(String what, String side, double value) {
    values.computeIfAbsent(new Key(what, side), key -> new ArrayList<>()).add(value);
  }

  /** Returns whether there is any repetition of it. */
  boolean has(String what, String side) {
    return values.containsKey(new Key(what, side));
  }

  double median(String what, String side) {
    return Figures.median(of(what, side));
  }

  /** Returns the median of one side over that of the other. */
  double ratio(String what, String side, String base) {
    return median(what, side) / median(what, base);
  }

  /** Returns the median with the smallest and the largest, to be read. */
  String range(String what, String side) {
    List<Double> all = of(what, side);
    return number(Figures.median(all))
        + " ("
        + number(Collections.min(all))
        + "–"
        + number(Collections.max(all))
        + ")";
  }

  /** Writes a number with about three digits that count. */
  static String number(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, format, value);
  }

  /** Returns them as comma-separated values with a line of names. */
  String csv() {
    StringBuilder csv = new StringBuilder("what,side,repetition,value\n");
    values.forEach(
        (key, list) -> {
          for (int i = 0; i < list.size(); i++) {
            csv.append('"')
                .append(key.what)
                .append("\",\"")
                .append(key.side)
                .append("\",")
                .append(i + 1)
                .append(',')
                .append(list.get(i))
                .append('\n');
          }
        });
    return csv.toString();
  }

  private List<Double> of(String what, String side) {
    List<Double> list = values.get(new Key(what, side));
    if (list == null) {
      throw new IllegalArgumentException("nothing was measured of " + what + " by " + side);
    }
    return list;
  }
}
