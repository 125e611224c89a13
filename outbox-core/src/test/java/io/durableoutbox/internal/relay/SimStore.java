package io.durableoutbox.internal.relay;

import io.durableoutbox.OutboxException;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An outbox in memory that keeps to what {@link RelayStore} says, in the world's time, and fails on
 * demand. A call is one transaction: it happens at one instant, whole or not at all.
 */
final class SimStore implements RelayStore {
  /** What becomes of a call. */
  enum Fault {
    NONE,
    /** It fails and has changed nothing. */
    BEFORE,
    /** It has done its work, and the answer is lost. */
    AFTER
  }

  /** An action that is not delivered yet. */
  static final class Row {
    final long id;
    final String workspace;
    final ClaimedAction action;
    final long committedAt;
    long availableAt;
    @Nullable UUID claimId;
    int attempts;
    int refusals;
    @Nullable Long unknownSince;
    @Nullable String lastError;

    private Row(long id, String workspace, ClaimedAction action, long committedAt) {
      this.id = id;
      this.committedAt = committedAt;
      this.workspace = workspace;
      this.action = action;
    }
  }

  /** An action that was delivered: a row of the audit trail. */
  record Delivered(UUID eventUuid, String workspace, UUID requestId, int attempts, long atNanos) {}

  /** An action that is not tried again. */
  record Rejected(
      UUID eventUuid, String reason, int attempts, String workspace, ClaimedAction action) {}

  /** A claim as it was made. */
  record Claimed(ClaimSpec spec, int actions, boolean probe, long atNanos) {}

  /**
   * The state of a workspace that all relays share; {@code until} is null for a person's to end.
   */
  static final class Workspace {
    boolean paused;
    @Nullable Long until;
    @Nullable String cause;
    @Nullable String by;
    int failures;
    @Nullable UUID probeId;
    @Nullable Long probeUntil;
    @Nullable String probedOpenBy;

    /** How often somebody other than the probe's relay changed it. */
    int changes;

    private boolean probedBy(@Nullable UUID probe) {
      return probe != null && probe.equals(probeId) && Objects.equals(until, probeUntil);
    }
  }

  private final SimWorld world;
  private final TreeMap<Long, Row> outbox = new TreeMap<>();
  private final Map<String, Workspace> workspaces = new LinkedHashMap<>();
  private final Set<UUID> done = new HashSet<>();
  private long lastId;

  final List<Delivered> delivered = new ArrayList<>();
  final List<Rejected> rejected = new ArrayList<>();
  final Map<UUID, Settlement.Attempt> requests = new LinkedHashMap<>();
  final List<Claimed> claims = new ArrayList<>();
  int settles;
  int pauses;
  int failOvers;
  final Map<String, Integer> pausesOf = new LinkedHashMap<>();
  int looks;
  int fenced;
  Function<ClaimSpec, Fault> claimFault = spec -> Fault.NONE;
  Function<List<Settlement>, Fault> settleFault = settlements -> Fault.NONE;
  Supplier<Fault> pauseFault = () -> Fault.NONE;
  Supplier<Fault> lookFault = () -> Fault.NONE;
  BiConsumer<ClaimSpec, Claim> whenClaimed = (spec, claim) -> {};
  BiConsumer<List<Settlement>, Settled> whenSettled = (settlements, settled) -> {};

  SimStore(SimWorld world) {
    this.world = world;
  }

  /** Takes an id, as an insert does before its transaction is committed. */
  long nextId() {
    return ++lastId;
  }

  /** Makes an action visible: its transaction is committed. */
  void commit(String workspace, ClaimedAction action) {
    outbox.put(action.id(), new Row(action.id(), workspace, action, world.now()));
  }

  /**
   * Loses an action that waits, as a standby does that takes over without the last transactions.
   */
  void lose(long id) {
    outbox.remove(id);
  }

  /** Returns how many actions are not settled for good. */
  int pending() {
    return outbox.size();
  }

  /** Returns how many actions of a workspace some claim holds at this moment. */
  int held(String workspace) {
    int held = 0;
    for (Row row : outbox.values()) {
      if (row.claimId != null && row.availableAt > world.now() && row.workspace.equals(workspace)) {
        held++;
      }
    }
    return held;
  }

  /** Returns an action that is not settled for good, or null. */
  @Nullable Row row(long id) {
    return outbox.get(id);
  }

  /** Returns the row of an action that is not settled for good, or null. */
  @Nullable Row row(ClaimedAction action) {
    return rowOf(action.eventUuid(), action.id());
  }

  /**
   * Loses the last actions that were written, and gives their ids out again, as a standby does that
   * takes over without the last transactions. Returns what is lost.
   */
  List<UUID> failOver(int actions) {
    List<UUID> lost = new ArrayList<>();
    while (lost.size() < actions && !outbox.isEmpty()) {
      Row last = Objects.requireNonNull(outbox.pollLastEntry()).getValue();
      lost.add(last.action.eventUuid());
      lastId = last.id - 1;
    }
    failOvers++;
    return lost;
  }

  /** Puts rejected actions back, as a person does, and returns which. */
  List<UUID> requeue(Predicate<UUID> which) {
    List<UUID> requeued = new ArrayList<>();
    for (Rejected r : List.copyOf(rejected)) {
      if (which.test(r.eventUuid)) {
        rejected.remove(r);
        done.remove(r.eventUuid);
        requeued.add(r.eventUuid);
        Row row = new Row(nextId(), r.workspace, r.action, world.now());
        row.attempts = r.attempts;
        outbox.put(row.id, row);
      }
    }
    return requeued;
  }

  List<Row> rows() {
    return List.copyOf(outbox.values());
  }

  /** Returns how many attempts an action took that was delivered. */
  int attemptsOf(UUID eventUuid) {
    return delivered.stream()
        .filter(d -> d.eventUuid.equals(eventUuid))
        .findFirst()
        .orElseThrow()
        .attempts;
  }

  @Override
  public Claim claim(ClaimSpec spec) {
    return faulty(claimFault.apply(spec), () -> doClaim(spec));
  }

  private Claim doClaim(ClaimSpec spec) {
    Workspace state = workspace(spec.workspace());
    boolean mayProbe = state.paused && probeIsDue(state, spec);
    List<ClaimedAction> actions = new ArrayList<>();
    boolean more = false;
    if (!state.paused || mayProbe) {
      int most = mayProbe ? Math.min(spec.maxActions(), spec.maxProbeActions()) : spec.maxActions();
      more = take(spec, most, actions);
    }
    boolean probe = mayProbe && !actions.isEmpty();
    Pause pause = state.paused ? pauseOf(state) : null;
    if (probe) {
      state.probeId = spec.claimId();
      state.probeUntil = world.now() + spec.lease().toNanos();
      state.until = state.probeUntil;
    }
    claims.add(new Claimed(spec, actions.size(), probe, world.now()));
    Claim claim =
        new Claim(actions, more, pause, probe, state.probedOpenBy, world.clock().instant());
    whenClaimed.accept(spec, claim);
    return claim;
  }

  private boolean take(ClaimSpec spec, int most, List<ClaimedAction> actions) {
    long bytes = 0;
    for (Row row : outbox.values()) {
      if (row.availableAt > world.now()
          || row.id < spec.fromId()
          || !row.workspace.equals(spec.workspace())) {
        continue;
      }
      if (actions.size() == most
          || (!actions.isEmpty() && bytes + row.action.bytes() > spec.maxBytes())) {
        return true;
      }
      if (row.claimId != null && row.unknownSince == null) {
        row.unknownSince = row.availableAt;
      }
      row.claimId = spec.claimId();
      row.availableAt = world.now() + spec.lease().toNanos();
      row.attempts++;
      bytes += row.action.bytes();
      actions.add(asClaimed(row));
    }
    return false;
  }

  private boolean probeIsDue(Workspace state, ClaimSpec spec) {
    Long until = state.until;
    boolean probing = state.probeId != null && Objects.equals(until, state.probeUntil);
    return until != null
        && (until <= world.now()
            || (spec.newCredentials() && !probing && "misconfigured".equals(state.cause)));
  }

  private Pause pauseOf(Workspace state) {
    Duration remaining = state.until == null ? null : Duration.ofNanos(state.until - world.now());
    return new Pause(remaining, state.cause, null, state.by, state.failures);
  }

  /** Returns the state of a workspace, to look at or, as a person does, to change. */
  Workspace workspace(String name) {
    return workspaces.computeIfAbsent(name, n -> new Workspace());
  }

  /** Pauses it as a person does: for a while, or until {@link #resumeByHand}. */
  void pauseByHand(String name, @Nullable Duration duration) {
    Workspace state = anew(name);
    state.paused = true;
    state.until = duration == null ? null : world.now() + duration.toNanos();
    state.by = "a person";
  }

  /** Ends whatever pause it is in, as a person does who deletes the row. */
  void resumeByHand(String name) {
    anew(name);
  }

  private Workspace anew(String name) {
    Workspace state = new Workspace();
    state.changes = workspace(name).changes + 1;
    workspaces.put(name, state);
    return state;
  }

  @Override
  public void pause(PauseSpec spec) {
    faulty(
        pauseFault.get(),
        () -> {
          doPause(spec, workspace(spec.workspace()));
          return true;
        });
  }

  private void doPause(PauseSpec spec, Workspace state) {
    pauses++;
    pausesOf.merge(spec.workspace(), 1, Integer::sum);
    boolean probed = state.probedBy(spec.probeId());
    boolean persons = state.paused && !probed && (state.cause == null || state.until == null);
    if (persons) {
      return;
    }
    if (!probed) {
      state.changes++;
    }
    long until = world.now() + spec.duration().toNanos();
    Long before = state.until;
    state.until = !state.paused || probed || before == null ? until : Math.max(before, until);
    state.paused = true;
    state.cause = spec.cause();
    state.by = spec.relay();
    state.failures = Math.max(state.failures, spec.failures());
    state.probedOpenBy = null;
    if (probed) {
      state.probeId = null;
      state.probeUntil = null;
    }
  }

  @Override
  public void resume(String workspace, UUID probeId, String relay) {
    faulty(
        pauseFault.get(),
        () -> {
          if (workspace(workspace).probedBy(probeId)) {
            anew(workspace).probedOpenBy = relay;
          }
          return true;
        });
  }

  @Override
  public List<Backlog> backlogs() {
    looks++;
    return faulty(lookFault.get(), this::doLook);
  }

  private List<Backlog> doLook() {
    Map<String, Backlog> first = new LinkedHashMap<>();
    for (Row row : outbox.values()) {
      first.putIfAbsent(
          row.workspace,
          new Backlog(row.workspace, Duration.ofNanos(world.now() - row.committedAt)));
    }
    return List.copyOf(first.values());
  }

  @Override
  public Settled settle(List<Settlement> settlements) {
    return faulty(settleFault.apply(settlements), () -> doSettle(settlements));
  }

  private Settled doSettle(List<Settlement> settlements) {
    settles++;
    int[] counts = new int[5];
    List<UUID> vanished = new ArrayList<>();
    for (Settlement settlement : settlements) {
      for (Settlement.Attempt attempt : settlement.attempts()) {
        requests.putIfAbsent(attempt.requestId(), attempt);
      }
      for (ClaimedAction action : settlement.actions()) {
        settle(settlement, action, counts, vanished);
      }
    }
    fenced += counts[4];
    Settled settled = new Settled(counts[0], counts[1], counts[2], counts[3], counts[4], vanished);
    whenSettled.accept(settlements, settled);
    return settled;
  }

  private void settle(
      Settlement settlement, ClaimedAction action, int[] counts, List<UUID> vanished) {
    Disposition disposition = settlement.disposition();
    Row row =
        disposition instanceof Disposition.Delivered
            ? rowOf(action.eventUuid(), action.id())
            : outbox.get(action.id());
    List<Settlement.Attempt> attempts = settlement.attempts();
    if (disposition instanceof Disposition.Delivered) {
      // Whoever holds it now; a repetition finds the row gone and changes nothing.
      if (row != null) {
        outbox.remove(row.id);
        done.add(action.eventUuid());
        count(settlement, row);
        delivered.add(
            new Delivered(
                action.eventUuid(),
                row.workspace,
                attempts.get(attempts.size() - 1).requestId(),
                row.attempts,
                world.now()));
        counts[0]++;
      } else if (!done.contains(action.eventUuid()) && !vanished.contains(action.eventUuid())) {
        vanished.add(action.eventUuid());
      }
    } else if (row == null || !settlement.claimId().equals(row.claimId)) {
      counts[4]++;
    } else if (disposition instanceof Disposition.Retry retry) {
      row.claimId = null;
      row.availableAt = world.now() + retry.delay().toNanos();
      row.lastError = retry.error();
      count(settlement, row);
      boolean unknown = attempts.stream().anyMatch(a -> a.outcome() instanceof Outcome.Unknown);
      if (unknown && row.unknownSince == null) {
        row.unknownSince = world.now();
      }
      counts[1]++;
    } else if (disposition instanceof Disposition.Rejected refusal) {
      outbox.remove(row.id);
      done.add(action.eventUuid());
      count(settlement, row);
      rejected.add(
          new Rejected(
              action.eventUuid(), refusal.reason(), row.attempts, row.workspace, row.action));
      counts[2]++;
    } else {
      row.claimId = null;
      row.availableAt = world.now();
      row.attempts--;
      counts[3]++;
    }
  }

  /** Returns the row that the action waits in, under whichever id; it is mostly the given one. */
  private @Nullable Row rowOf(UUID eventUuid, long id) {
    Row row = outbox.get(id);
    if (row != null && row.action.eventUuid().equals(eventUuid)) {
      return row;
    }
    return outbox.values().stream()
        .filter(r -> r.action.eventUuid().equals(eventUuid))
        .findFirst()
        .orElse(null);
  }

  private static void count(Settlement settlement, Row row) {
    row.attempts += Math.max(0, settlement.attempts().size() - 1);
    row.refusals += settlement.refusals();
  }

  private static <T> T faulty(Fault fault, Supplier<T> transaction) {
    if (fault == Fault.BEFORE) {
      throw new OutboxException("simulated: the store can't be reached");
    }
    T result = transaction.get();
    if (fault == Fault.AFTER) {
      throw new OutboxException("simulated: the connection broke at the commit");
    }
    return result;
  }

  private ClaimedAction asClaimed(Row row) {
    ClaimedAction a = row.action;
    Long since = row.unknownSince;
    return new ClaimedAction(
        row.id,
        a.eventUuid(),
        a.customerId(),
        a.userTimezoneOffset(),
        a.userAttributes(),
        a.action(),
        a.eventTimeSeconds(),
        a.platform(),
        a.attributes(),
        a.validated(),
        row.attempts,
        row.refusals,
        since == null ? null : Duration.ofNanos(world.now() - since),
        a.traceparent(),
        a.bytes());
  }
}
