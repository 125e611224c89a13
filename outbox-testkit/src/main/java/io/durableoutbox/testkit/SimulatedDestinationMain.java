package io.durableoutbox.testkit;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The simulated destination as a program of its own, until it is stopped. */
public final class SimulatedDestinationMain {
  private static final String USAGE =
      """
      Options:
        --port N           listen on this port of the loopback; 0 for any that is free (default 8080)
        --workspace-id ID  expect this workspace id (default TEST_WORKSPACE)
        --api-key KEY      expect this API key (default TEST_KEY)
        --latency-ms N     answer after so many milliseconds (default 0)
        --no-keep          keep UUIDs and counts only, for many actions
        --stats            print the counts every 10 seconds, not only at the end
      """;
  private static final long STATS_SECONDS = 10;

  private final SimulatedDestination.Builder builder = SimulatedDestination.builder().port(8080);
  private Duration latency = Duration.ZERO;
  private boolean stats;

  private SimulatedDestinationMain() {}

  /**
   * Starts it, prints its address and waits. Prints what it received when the process is told to
   * stop. An unknown option ends it with a message and exit code 2, a port that is taken with 1.
   *
   * @param args {@code --port N} (default 8080), {@code --workspace-id ID}, {@code --api-key KEY},
   *     {@code --latency-ms N}, {@code --no-keep}, {@code --stats}
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public static void main(String[] args) throws InterruptedException {
    SimulatedDestinationMain main = new SimulatedDestinationMain();
    try {
      main.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(USAGE);
      System.exit(2);
    }
    try {
      main.run(System.out);
    } catch (UncheckedIOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private void parse(String[] args) {
    for (int i = 0; i < args.length; i++) {
      String option = args[i];
      switch (option) {
        case "--no-keep" -> builder.keepPayloads(false);
        case "--stats" -> stats = true;
        case "--port" -> builder.port((int) number(option, value(args, ++i), 65_535));
        case "--workspace-id" -> builder.workspaceId(value(args, ++i));
        case "--api-key" -> builder.apiKey(value(args, ++i));
        case "--latency-ms" ->
            latency = Duration.ofMillis(number(option, value(args, ++i), 3_600_000));
        // Without what follows a "=": it may be a key.
        default ->
            throw new IllegalArgumentException("unknown option " + option.replaceFirst("=.*", ""));
      }
    }
  }

  private static String value(String[] args, int i) {
    if (i >= args.length) {
      throw new IllegalArgumentException(args[i - 1] + " needs a value");
    }
    return args[i];
  }

  private static long number(String option, String value, long max) {
    if (!value.matches("\\d{1,9}") || Long.parseLong(value) > max) {
      throw new IllegalArgumentException(option + " needs a number from 0 to " + max);
    }
    return Long.parseLong(value);
  }

  private void run(PrintStream out) throws InterruptedException {
    SimulatedDestination destination = builder.start();
    destination.latency(latency);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> print(destination, out)));
    out.println("Simulated destination on " + destination.baseUrl());
    CountDownLatch never = new CountDownLatch(1);
    while (!never.await(STATS_SECONDS, TimeUnit.SECONDS)) {
      if (stats) {
        print(destination, out);
      }
    }
  }

  private static void print(SimulatedDestination destination, PrintStream out) {
    out.printf(
        "%d requests, %d actions accepted, %d repeats, %d conflicts%n",
        destination.requestCount(),
        destination.acceptedCount(),
        destination.duplicates(),
        destination.conflicts().size());
  }
}
