package io.durableoutbox.benchmarks.peers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@link PeerMain} is told. */
record Options(
    String peer,
    String mode,
    String url,
    String user,
    String password,
    String destination,
    int events,
    int threads,
    int seconds,
    int rounds) {

  static Options parse(String[] args) {
    if (args.length < 2 || args.length % 2 != 0) {
      throw new IllegalArgumentException(
          "expected: PEER drain|write --url U --user U --password P --destination URL"
              + " --events N --threads N --seconds N --rounds N");
    }
    Map<String, String> given = new HashMap<>();
    for (int i = 2; i < args.length; i += 2) {
      given.put(args[i], args[i + 1]);
    }
    Options options =
        new Options(
            args[0],
            args[1],
            required(given, "--url"),
            required(given, "--user"),
            required(given, "--password"),
            given.getOrDefault("--destination", ""),
            number(given, "--events", 1000),
            number(given, "--threads", 16),
            number(given, "--seconds", 5),
            number(given, "--rounds", 3));
    given
        .keySet()
        .removeAll(
            List.of(
                "--url",
                "--user",
                "--password",
                "--destination",
                "--events",
                "--threads",
                "--seconds",
                "--rounds"));
    if (!given.isEmpty()) {
      throw new IllegalArgumentException("unknown options " + given.keySet());
    }
    return options;
  }

  /** Returns the same without the password. */
  @Override
  public String toString() {
    return peer + " " + mode + ", " + events + " events, " + threads + " threads";
  }

  private static String required(Map<String, String> given, String name) {
    String value = given.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  private static int number(Map<String, String> given, String name, int unlessGiven) {
    int value = Integer.parseInt(given.getOrDefault(name, String.valueOf(unlessGiven)));
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1");
    }
    return value;
  }
}
