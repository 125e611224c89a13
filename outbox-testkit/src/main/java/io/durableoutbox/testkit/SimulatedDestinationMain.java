package io.durableoutbox.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** The simulated destination as a program of its own, until it is stopped. */
public final class SimulatedDestinationMain {
  private static final String USAGE =
      "Options: --port N (default 8080), --workspace-id ID, --api-key KEY, --latency-ms N,"
          + " --no-keep (keep no payloads)";

  private SimulatedDestinationMain() {}

  /**
   * Starts it and prints its address; prints what it received when it is stopped.
   *
   * @param args see the usage that an unknown option prints, with exit code 2
   */
  public static void main(String[] args) throws InterruptedException {
    SimulatedDestination.Builder builder = SimulatedDestination.builder().port(8080);
    Duration latency = Duration.ZERO;
    try {
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--port" -> builder.port(Integer.parseInt(args[++i]));
          case "--workspace-id" -> builder.workspaceId(args[++i]);
          case "--api-key" -> builder.apiKey(args[++i]);
          case "--latency-ms" -> latency = Duration.ofMillis(Long.parseLong(args[++i]));
          case "--no-keep" -> builder.keepPayloads(false);
          default -> throw new IllegalArgumentException("unknown option " + args[i]);
        }
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      System.err.println(e.getMessage());
      System.err.println(USAGE);
      System.exit(2);
    }
    SimulatedDestination destination = builder.start();
    destination.latency(latency);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () ->
                    System.out.printf(
                        "%d requests, %d actions accepted, %d repeats%n",
                        destination.requestCount(),
                        destination.acceptedCount(),
                        destination.duplicates())));
    System.out.println("Simulated destination on " + destination.baseUrl());
    new CountDownLatch(1).await();
  }
}
