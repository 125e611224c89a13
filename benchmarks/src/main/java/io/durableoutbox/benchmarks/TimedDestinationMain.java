package io.durableoutbox.benchmarks;

import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.ReceivedRequest;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The simulated destination in a process of its own, which tells when it accepted what: for each
 * line on its input a line for each action, with its UUID and the time, then an empty one.
 */
public final class TimedDestinationMain {
  static final String READY = "Timed destination on ";

  private TimedDestinationMain() {}

  /** Takes the milliseconds until each answer. */
  public static void main(String[] args) throws IOException {
    try (SimulatedDestination destination = SimulatedDestination.start()) {
      destination.latency(Duration.ofMillis(Long.parseLong(args[0])));
      System.out.println(READY + destination.baseUrl());
      BufferedReader input =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      while (input.readLine() != null) {
        tell(destination.requests(), destination.accepted());
        destination.reset();
        destination.latency(Duration.ofMillis(Long.parseLong(args[0])));
      }
    }
  }

  private static void tell(List<ReceivedRequest> requests, List<AcceptedAction> actions) {
    Map<String, Instant> times = new HashMap<>();
    for (ReceivedRequest request : requests) {
      if (request.reqId() != null) {
        times.put(request.reqId(), request.receivedAt());
      }
    }
    for (AcceptedAction action : actions) {
      System.out.println(action.eventUuid() + " " + times.get(action.reqIds().get(0)));
    }
    System.out.println();
  }
}
