package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.relay.limit.Backoff;
import io.durableoutbox.internal.relay.request.Batch;
import io.durableoutbox.internal.relay.request.Batch.Settling;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.Settled;
import io.durableoutbox.store.Settlement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Writes outcomes back in groups: what gathered while the last one ran, and more than one at a time
 * only while whole groups wait.
 *
 * <p>When writing fails, outcomes are kept and tried again: retries, rejections and unsent ones
 * until their lease has ended, since the rows then come back by themselves; delivered ones for as
 * long as the store is away, since forgetting one means to send it again. They still count as held,
 * so what is kept is bounded. After a failure the group is one batch only, and grows again with
 * each success, so that one that can't be written does not keep the others; when the store answers
 * other calls meanwhile, it is halved, and given up with its lease, delivered or not.
 */
final class Settler {
  private static final Logger log = RelayLog.LOG;
  private static final int MAX_GROUP_ACTIONS = 2_000;

  /** How many are written at once, if no claim runs. */
  private static final int MAX_RUNNING = 2;

  private final RelayContext context;
  private final RelayStore store;
  private final Scheduler scheduler;
  private final Backoff backoff;
  private final int groupActions;
  private final FailureSeries failing;
  private final Deque<Entry> queue = new ArrayDeque<>();
  private final Set<List<Entry>> groupsOut = Collections.newSetFromMap(new IdentityHashMap<>());
  private int maxGroup = Integer.MAX_VALUE;
  private long successes;
  private int queuedActions;
  private Scheduler.@Nullable Timer retry;

  /**
   * An outcome, and how many calls of the store had succeeded when it first failed; -1 before that.
   */
  private static final class Entry {
    private final Settling settling;
    private long successesWhenFailed = -1;

    private Entry(Settling settling) {
      this.settling = settling;
    }

    private Entry(Settling settling, long successesWhenFailed) {
      this.settling = settling;
      this.successesWhenFailed = successesWhenFailed;
    }

    private Batch batch() {
      return settling.batch();
    }
  }

  Settler(RelayContext context) {
    this.context = context;
    this.store = context.store();
    this.scheduler = context.scheduler();
    this.backoff = context.backoff();
    String relay = "Relay " + context.settings().name();
    this.failing =
        new FailureSeries(
            scheduler,
            relay + " can't write outcomes",
            "they are kept and tried again",
            relay + " writes outcomes again");
    RelaySettings.Requests requests = context.settings().requests();
    this.groupActions =
        Math.min(MAX_GROUP_ACTIONS, requests.maxInFlight() * requests.maxElements());
  }

  void add(Settling settling) {
    enqueue(new Entry(settling));
    settleNext();
  }

  /** Takes note that the store works: what waits to be tried again is tried now. */
  void storeAnswered() {
    successes++;
    if (retry != null) {
      retry.cancel();
      retry = null;
      settleNext();
    }
  }

  /** Adds what a person should know of it. */
  void problems(List<String> broken) {
    if (failing.isLong()) {
      broken.add(
          "outcomes can't be written" + failing.since() + "; look at the database and its disk");
    }
  }

  boolean isIdle() {
    return groupsOut.isEmpty() && queue.isEmpty();
  }

  /** Goes on after a step that failed unexpectedly. */
  void recover() {
    settleNext();
  }

  /** Adds the holder's batches whose outcome is not written yet. */
  void batchesOf(Batch.Holder holder, List<Batch> batches) {
    List<Entry> all = new ArrayList<>(queue);
    groupsOut.forEach(all::addAll);
    for (Entry entry : all) {
      if (entry.batch().holder() == holder) {
        batches.add(entry.batch());
      }
    }
  }

  private void enqueue(Entry entry) {
    queue.addLast(entry);
    queuedActions += entry.batch().actions().size();
  }

  private void settleNext() {
    while (mayBegin()) {
      settle(nextGroup());
    }
  }

  /** Beside another one only a whole group, since small ones cost more for each action. */
  private boolean mayBegin() {
    if (queue.isEmpty() || retry != null) {
      return false;
    }
    return groupsOut.isEmpty()
        || (groupsOut.size() < MAX_RUNNING
            && failing.failures() == 0
            && queuedActions >= groupActions);
  }

  private void settle(List<Entry> group) {
    long started = scheduler.nanoTime();
    groupsOut.add(group);
    context.callStore(
        "settle",
        null,
        () -> {
          long now = scheduler.nanoTime();
          List<Settlement> settlements = new ArrayList<>(group.size());
          for (Entry s : group) {
            settlements.add(s.settling.toSettlement(context.settings().name(), now));
          }
          return store.settle(settlements);
        },
        (settled, failure) -> onSettled(group, started, settled, failure));
  }

  private List<Entry> nextGroup() {
    List<Entry> group = new ArrayList<>();
    int actions = 0;
    while (!queue.isEmpty()
        && group.size() < maxGroup
        && (group.isEmpty()
            || actions + queue.getFirst().batch().actions().size() <= groupActions)) {
      Entry next = queue.removeFirst();
      actions += next.batch().actions().size();
      group.add(next);
    }
    queuedActions -= actions;
    return group;
  }

  private void onSettled(
      List<Entry> group,
      long startedNanos,
      @Nullable Settled settled,
      @Nullable Throwable failure) {
    groupsOut.remove(group);
    if (settled != null) {
      failing.succeeded();
      storeAnswered();
      maxGroup = maxGroup > Integer.MAX_VALUE / 2 ? Integer.MAX_VALUE : maxGroup * 2;
      context.counters().settled(settled);
      tellSettled(group, startedNanos);
      if (settled.fenced() > 0) {
        log.warn(
            "Relay {} came too late to settle {} actions: their lease had ended and another claim"
                + " holds them, or their rows are gone",
            context.settings().name(),
            settled.fenced());
        context.tell(new RelayEvent.Fenced(settled.fenced()));
      }
      Set<UUID> vanished = Set.copyOf(settled.vanished());
      warnOf(settled.vanished());
      for (Entry s : group) {
        tell(s.settling, vanished);
        s.batch().release(s.settling.leaves());
      }
    } else {
      onFailure(group, failure);
    }
    settleNext();
    context.moved();
  }

  private void tellSettled(List<Entry> group, long startedNanos) {
    long now = scheduler.nanoTime();
    int actions = 0;
    long leaseLeft = Long.MAX_VALUE;
    for (Entry s : group) {
      actions += s.batch().actions().size();
      leaseLeft = Math.min(leaseLeft, s.batch().leaseEndNanos() - now);
    }
    context.tell(
        new RelayEvent.Settled(
            actions, Duration.ofNanos(now - startedNanos), Duration.ofNanos(leaseLeft)));
  }

  private void warnOf(List<UUID> vanished) {
    if (!vanished.isEmpty()) {
      log.warn(
          "Relay {} delivered {} actions whose rows are gone from the outbox, the first is {}: they"
              + " were lost while their request was out. Query outbox_audit_attempt by UUID, and see"
              + " \"Rows that are gone\" in docs/failure-modes.md",
          context.settings().name(),
          vanished.size(),
          vanished.get(0));
    }
  }

  private void tell(Settling settling, Set<UUID> vanished) {
    String workspace = settling.batch().workspace();
    List<UUID> events = new ArrayList<>(settling.batch().actions().size());
    settling.batch().actions().forEach(a -> events.add(a.eventUuid()));
    Disposition to = settling.disposition();
    if (to instanceof Disposition.Delivered && settling.answer() != null) {
      UUID request = settling.answer().requestId();
      if (!vanished.isEmpty()) {
        List<UUID> gone = events.stream().filter(vanished::contains).toList();
        if (!gone.isEmpty()) {
          context.tell(new RelayEvent.Vanished(workspace, request, gone));
          events.removeAll(vanished);
        }
      }
      if (!events.isEmpty()) {
        context.tell(
            new RelayEvent.Delivered(workspace, request, Collections.unmodifiableList(events)));
      }
    } else if (to instanceof Disposition.Retry) {
      context.tell(new RelayEvent.Retried(workspace, Collections.unmodifiableList(events)));
    } else if (to instanceof Disposition.Rejected) {
      context.tell(new RelayEvent.Rejected(workspace, Collections.unmodifiableList(events)));
    }
  }

  /**
   * Keeps it for later; in halves when it failed alone and the store works, to free what it holds
   * up.
   */
  private void keep(Entry entry, boolean failedAlone) {
    if (failedAlone
        && entry.successesWhenFailed != successes
        && entry.batch().actions().size() > 1) {
      for (Settling half : entry.settling.halves()) {
        enqueue(new Entry(half, entry.successesWhenFailed));
      }
    } else {
      enqueue(entry);
    }
  }

  private boolean isWorthKeeping(Entry entry, long now) {
    boolean leaseHolds = entry.batch().leaseEndNanos() - now > 0;
    boolean storeIsAway = entry.successesWhenFailed == successes;
    return leaseHolds || (entry.settling.delivered() && storeIsAway && context.isContinuous());
  }

  private void onFailure(List<Entry> group, @Nullable Throwable failure) {
    failing.failed(failure);
    maxGroup = 1;
    Duration delay = backoff.after(failing.failures());
    context.tellFailure("settle", failure);
    long now = scheduler.nanoTime();
    for (Entry s : group) {
      if (s.successesWhenFailed < 0) {
        s.successesWhenFailed = successes;
      }
      if (isWorthKeeping(s, now)) {
        keep(s, group.size() == 1);
      } else {
        log.warn(
            "Relay {} gives up writing the outcome of {} actions: their lease has ended, they will"
                + " be claimed and sent again with the same UUIDs",
            context.settings().name(),
            s.batch().actions().size());
        context.abandoned(s.batch().actions().size());
        s.batch().release(false);
      }
    }
    if (retry != null) {
      retry.cancel();
    }
    retry =
        scheduler.schedule(
            delay,
            () -> {
              retry = null;
              settleNext();
            });
  }
}
