package io.durableoutbox.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What was received and accepted. All methods hold its monitor, which waiting assertions wait on.
 */
final class Ledger {
  private static final int MAX_REQUESTS = 10_000;

  private final boolean keepPayloads;
  private final Map<UUID, AcceptedAction> accepted = new LinkedHashMap<>();
  private final Set<UUID> conflicts = new LinkedHashSet<>();
  private final Deque<ReceivedRequest> requests = new ArrayDeque<>();
  private long requestCount;
  private long duplicates;

  Ledger(boolean keepPayloads) {
    this.keepPayloads = keepPayloads;
  }

  synchronized void accept(List<AcceptedAction> actions, String reqId) {
    for (AcceptedAction action : actions) {
      AcceptedAction before = accepted.get(action.eventUuid());
      if (before == null) {
        accepted.put(
            action.eventUuid(), (keepPayloads ? action : slim(action)).acceptedAgain(reqId));
      } else {
        duplicates++;
        accepted.put(action.eventUuid(), before.acceptedAgain(reqId));
        if (keepPayloads && !before.sameEvent(action)) {
          conflicts.add(action.eventUuid());
        }
      }
    }
    notifyAll();
  }

  private static AcceptedAction slim(AcceptedAction a) {
    return new AcceptedAction(
        a.eventUuid(), "", null, null, a.action(), a.eventTime(), a.platform(), "{}", List.of());
  }

  synchronized void received(
      int status, @Nullable String reqId, int elements, int actions, int bytes) {
    requestCount++;
    requests.addLast(new ReceivedRequest(Instant.now(), status, reqId, elements, actions, bytes));
    if (requests.size() > MAX_REQUESTS) {
      requests.removeFirst();
    }
    notifyAll();
  }

  synchronized List<AcceptedAction> accepted() {
    return new ArrayList<>(accepted.values());
  }

  synchronized Optional<AcceptedAction> accepted(UUID uuid) {
    return Optional.ofNullable(accepted.get(uuid));
  }

  synchronized int acceptedCount() {
    return accepted.size();
  }

  synchronized long duplicates() {
    return duplicates;
  }

  synchronized Set<UUID> conflicts() {
    return new LinkedHashSet<>(conflicts);
  }

  synchronized List<ReceivedRequest> requests() {
    return new ArrayList<>(requests);
  }

  synchronized long requestCount() {
    return requestCount;
  }

  synchronized void clear() {
    accepted.clear();
    conflicts.clear();
    requests.clear();
    requestCount = 0;
    duplicates = 0;
  }

  /** Waits until it holds; the condition is read under the monitor. */
  synchronized void await(String what, BooleanSupplier holds, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    while (!holds.getAsBoolean()) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new AssertionError(
            "waited "
                + timeout
                + " for "
                + what
                + ", but accepted "
                + accepted.size()
                + " actions in "
                + requestCount
                + " requests");
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what, e);
      }
    }
  }
}
