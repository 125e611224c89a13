package io.durableoutbox.micrometer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of a PromQL expression as can be compared with a scrape. */
final class Query {
  private static final Pattern METRIC =
      Pattern.compile("\\b(outbox_[a-z0-9_]*)(?:\\s*\\{([^}]*)})?");
  private static final Pattern MATCHER =
      Pattern.compile("([a-zA-Z_]+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
  private static final Pattern WORD = Pattern.compile("\\b([a-z_]+)\\b(?=\\s*\\()");
  private static final Set<String> FUNCTIONS =
      Set.of(
          "abs",
          "absent",
          "and",
          "by",
          "deriv",
          "increase",
          "label_values",
          "max",
          "min",
          "or",
          "rate",
          "sum",
          "unless");

  private Query() {}

  /** Returns what of it does not exist, in words. */
  static List<String> problems(String expression, Scrape scrape) {
    List<String> problems = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    Matcher metric = METRIC.matcher(expression);
    while (metric.find()) {
      String name = metric.group(1);
      names.add(name);
      if (!scrape.series().containsKey(name)) {
        problems.add("no metric " + name);
      }
      Matcher label = MATCHER.matcher(metric.group(2) == null ? "" : metric.group(2));
      while (label.find()) {
        if (!scrape.hasLabel(name, label.group(1))) {
          problems.add(name + " has no label " + label.group(1));
        } else if (label.group(2).equals("=")
            && !scrape.hasValue(name, label.group(1), label.group(3))) {
          problems.add(name + " has no " + label.group(1) + " " + label.group(3));
        }
      }
    }
    if (names.isEmpty()) {
      problems.add("no metric in " + expression);
    }
    groupings(expression)
        .forEach(
            label -> {
              if (names.stream().noneMatch(name -> scrape.hasLabel(name, label))) {
                problems.add("nothing in it has a label " + label);
              }
            });
    Matcher word = WORD.matcher(expression);
    while (word.find()) {
      if (!FUNCTIONS.contains(word.group(1))) {
        problems.add("an unknown function " + word.group(1));
      }
    }
    if (expression.chars().filter(c -> c == '(').count()
        != expression.chars().filter(c -> c == ')').count()) {
      problems.add("brackets that don't match");
    }
    return problems;
  }

  /** Returns the labels that its results have, where it names them. */
  static Set<String> groupings(String expression) {
    Set<String> labels = new TreeSet<>();
    Matcher grouping = GROUPING.matcher(expression);
    while (grouping.find()) {
      for (String label : grouping.group(1).split(",", -1)) {
        labels.add(label.trim());
      }
    }
    return labels;
  }
}
