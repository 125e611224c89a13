package io.durableoutbox.resilience;

import java.util.HashMap;
import java.util.Map;

/** Options of a main: {@code --name number}. */
final class Options {
  private final Map<String, Long> values = new HashMap<>();

  Options(String[] args) {
    for (int i = 0; i < args.length; i += 2) {
      if (!args[i].startsWith("--") || i + 1 == args.length) {
        throw new IllegalArgumentException("expected --name number, not " + args[i]);
      }
      values.put(args[i].substring(2), Long.valueOf(args[i + 1]));
    }
  }

  long number(String name, long otherwise) {
    return values.getOrDefault(name, otherwise);
  }
}
