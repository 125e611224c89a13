package io.durableoutbox.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What was received and accepted. All methods hold its monitor, which waiting assertions wait on.
 */
final class Ledger {
  private static final int MAX_REQUESTS = 10_000;

  /** A request whose answer may still be under way; guarded by the ledger's monitor. */
  static final class Entry {
    private final ReceivedRequest request;
    private boolean answered;

    private Entry(ReceivedRequest request) {
      this.request = request;
    }
  }

  private final boolean keepPayloads;
  private final Map<UUID, AcceptedAction> kept = new LinkedHashMap<>();
  private final Map<UUID, Integer> fingerprints = new HashMap<>();
  private final Set<UUID> conflicts = new LinkedHashSet<>();
  private final Deque<Entry> requests = new ArrayDeque<>();
  private long requestCount;
  private long duplicates;

  Ledger(boolean keepPayloads) {
    this.keepPayloads = keepPayloads;
  }

  /** Records a request and, if it has a req_id, accepts its actions, both at one moment. */
  synchronized Entry received(
      int status, @Nullable String reqId, int elements, List<AcceptedAction> actions, int bytes) {
    if (reqId != null) {
      actions.forEach(action -> accept(action, reqId));
    }
    Entry entry =
        new Entry(
            new ReceivedRequest(
                status, elements, actions.size(), bytes, reqId, Instant.now(), false));
    requestCount++;
    requests.addLast(entry);
    if (requests.size() > MAX_REQUESTS) {
      requests.removeFirst();
    }
    notifyAll();
    return entry;
  }

  private void accept(AcceptedAction action, String reqId) {
    UUID uuid = action.eventUuid();
    boolean repeat;
    boolean same;
    if (keepPayloads) {
      AcceptedAction before = kept.get(uuid);
      repeat = before != null;
      same = before == null || before.sameEvent(action);
      kept.put(uuid, before == null ? action.with(List.of(reqId)) : before.acceptedAgain(reqId));
    } else {
      Integer before = fingerprints.putIfAbsent(uuid, action.fingerprint());
      repeat = before != null;
      same = before == null || before == action.fingerprint();
    }
    if (repeat) {
      duplicates++;
    }
    if (!same) {
      conflicts.add(uuid);
    }
  }

  synchronized void answered(Entry entry, boolean whole) {
    entry.answered = whole;
  }

  synchronized List<AcceptedAction> accepted() {
    requirePayloads();
    return new ArrayList<>(kept.values());
  }

  synchronized @Nullable AcceptedAction accepted(UUID eventUuid) {
    requirePayloads();
    return kept.get(eventUuid);
  }

  synchronized boolean hasAccepted(UUID eventUuid) {
    return kept.containsKey(eventUuid) || fingerprints.containsKey(eventUuid);
  }

  synchronized int acceptedCount() {
    return kept.size() + fingerprints.size();
  }

  synchronized long duplicates() {
    return duplicates;
  }

  synchronized Set<UUID> conflicts() {
    return new LinkedHashSet<>(conflicts);
  }

  synchronized List<ReceivedRequest> requests() {
    List<ReceivedRequest> snapshot = new ArrayList<>(requests.size());
    for (Entry entry : requests) {
      ReceivedRequest r = entry.request;
      snapshot.add(
          new ReceivedRequest(
              r.status(),
              r.elements(),
              r.actions(),
              r.bytes(),
              r.reqId(),
              r.receivedAt(),
              entry.answered));
    }
    return snapshot;
  }

  synchronized long requestCount() {
    return requestCount;
  }

  synchronized void clear() {
    kept.clear();
    fingerprints.clear();
    conflicts.clear();
    requests.clear();
    requestCount = 0;
    duplicates = 0;
  }

  /** Waits until it holds; the condition is read under the monitor. */
  synchronized void await(String what, BooleanSupplier holds, Duration timeout) {
    long start = System.nanoTime();
    while (!holds.getAsBoolean()) {
      Duration left = timeout.minusNanos(System.nanoTime() - start);
      if (left.isNegative() || left.isZero()) {
        throw new AssertionError("waited " + timeout + " for " + what + ", but " + counts());
      }
      try {
        // Rounded up, so that it never spins through its last millisecond.
        TimeUnit.MILLISECONDS.timedWait(
            this, left.compareTo(Duration.ofDays(1)) > 0 ? 86_400_000 : left.toMillis() + 1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what + ": " + counts(), e);
      }
    }
  }

  private String counts() {
    Entry last = requests.peekLast();
    return "accepted "
        + acceptedCount()
        + " actions in "
        + requestCount
        + " requests, "
        + duplicates
        + " repeats; "
        + (last == null ? "no request came" : "the last status was " + last.request.status());
  }

  private void requirePayloads() {
    if (!keepPayloads) {
      throw new IllegalStateException(
          "the content is not kept, because of keepPayloads(false); ask hasAccepted(UUID),"
              + " acceptedCount() and conflicts()");
    }
  }
}
