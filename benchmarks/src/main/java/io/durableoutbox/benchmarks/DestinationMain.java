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
 * The simulated destination in a process of its own, see {@link DestinationProcess}. For each line
 * on its input it forgets what it accepted, after telling of it when it was asked to keep times: a
 * line for each action, with its UUID and when its request was received. An empty line ends that.
 */
public final class DestinationMain {
  static final String READY = "Destination on ";

  private DestinationMain() {}

  /** Takes the milliseconds until each answer, and whether to keep times. */
  public static void main(String[] args) throws IOException {
    Duration latency = Duration.ofMillis(Long.parseLong(args[0]));
    boolean times = Boolean.parseBoolean(args[1]);
    try (SimulatedDestination destination =
        SimulatedDestination.builder().keepPayloads(times).start()) {
      destination.latency(latency);
      System.out.println(READY + destination.baseUrl());
      BufferedReader input =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      while (input.readLine() != null) {
        if (times) {
          tell(destination.requests(), destination.accepted());
        }
        destination.reset();
        destination.latency(latency);
        System.out.println();
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
  }
}
