package io.durableoutbox.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** How the destination is to misbehave. Thread-safe. */
final class Faults {
  private record Poison(Predicate<AcceptedAction> which, Fault fault) {}

  private final Queue<Fault> next = new ConcurrentLinkedQueue<>();
  private final List<Predicate<AcceptedAction>> refused = new CopyOnWriteArrayList<>();
  private final List<Poison> poisons = new CopyOnWriteArrayList<>();
  private volatile Fault always = Fault.none();
  private volatile Duration latency = Duration.ZERO;

  void next(List<Fault> faults) {
    next.addAll(faults);
  }

  void always(Fault fault) {
    always = fault;
  }

  void latency(Duration value) {
    latency = value;
  }

  void refuse(Predicate<AcceptedAction> which) {
    refused.add(which);
  }

  void poison(Predicate<AcceptedAction> which, Fault fault) {
    poisons.add(new Poison(which, fault));
  }

  void clear() {
    next.clear();
    always = Fault.none();
    latency = Duration.ZERO;
    refused.clear();
    poisons.clear();
  }

  /** Takes the fault that is due for a request. */
  Fault take() {
    Fault fault = next.poll();
    return fault == null ? always : fault;
  }

  Duration latency() {
    return latency;
  }

  boolean refuses(AcceptedAction action) {
    return refused.stream().anyMatch(which -> which.test(action));
  }

  /** Returns the fault for a request with these actions, or none. */
  Fault poisonIn(List<AcceptedAction> actions) {
    for (Poison poison : poisons) {
      if (actions.stream().anyMatch(poison.which)) {
        return poison.fault;
      }
    }
    return Fault.none();
  }
}
