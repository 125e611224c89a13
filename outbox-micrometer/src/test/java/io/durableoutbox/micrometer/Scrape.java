package io.durableoutbox.micrometer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Prometheus reads: each series' name, and its labels with their values. */
record Scrape(Map<String, List<Map<String, String>>> series) {
  private static final Pattern LINE = Pattern.compile("([a-z_]+)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");

  static Scrape parse(String text) {
    Map<String, List<Map<String, String>>> series = new TreeMap<>();
    for (String line : text.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line);
      if (!line.startsWith("#") && matcher.matches()) {
        series
            .computeIfAbsent(matcher.group(1), name -> new ArrayList<>())
            .add(labels(matcher.group(2)));
      }
    }
    return new Scrape(series);
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new LinkedHashMap<>();
    Matcher label = LABEL.matcher(text == null ? "" : text);
    while (label.find()) {
      labels.put(label.group(1), label.group(2));
    }
    return labels;
  }

  boolean hasLabel(String name, String label) {
    return series.getOrDefault(name, List.of()).stream().anyMatch(each -> each.containsKey(label));
  }

  boolean hasValue(String name, String label, String value) {
    return series.getOrDefault(name, List.of()).stream()
        .anyMatch(each -> value.equals(each.get(label)));
  }
}
