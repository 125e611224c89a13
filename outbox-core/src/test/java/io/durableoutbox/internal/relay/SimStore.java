package io.durableoutbox.internal.relay;

import io.durableoutbox.OutboxException;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.Settlement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
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
    long availableAt;
    @Nullable UUID claimId;
    int attempts;
    @Nullable String lastError;

    private Row(long id, String workspace, ClaimedAction action) {
      this.id = id;
      this.workspace = workspace;
      this.action = action;
    }
  }

  /** An action that was delivered: a row of the audit trail. */
  record Delivered(UUID eventUuid, String workspace, UUID requestId, int attempts, long atNanos) {}

  /** An action that is not tried again. */
  record Rejected(UUID eventUuid, String reason, int attempts) {}

  /** A claim as it was made. */
  record Claimed(ClaimSpec spec, int actions, long atNanos) {}

  private final SimWorld world;
  private final TreeMap<Long, Row> outbox = new TreeMap<>();
  private long lastId;

  final List<Delivered> delivered = new ArrayList<>();
  final List<Rejected> rejected = new ArrayList<>();
  final Map<UUID, Settlement.Attempt> requests = new LinkedHashMap<>();
  final List<Claimed> claims = new ArrayList<>();
  int settles;
  int fenced;
  Function<ClaimSpec, Fault> claimFault = spec -> Fault.NONE;
  Function<List<Settlement>, Fault> settleFault = settlements -> Fault.NONE;

  SimStore(SimWorld world) {
    this.world = world;
  }

  /** Takes an id, as an insert does before its transaction is committed. */
  long nextId() {
    return ++lastId;
  }

  /** Makes an action visible: its transaction is committed. */
  void commit(String workspace, ClaimedAction action) {
    outbox.put(action.id(), new Row(action.id(), workspace, action));
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
    List<ClaimedAction> actions = new ArrayList<>();
    long bytes = 0;
    boolean more = false;
    for (Row row : outbox.values()) {
      if (row.availableAt > world.now() || !row.workspace.equals(spec.workspace())) {
        continue;
      }
      if (actions.size() == spec.maxActions()
          || (!actions.isEmpty() && bytes + row.action.bytes() > spec.maxBytes())) {
        more = true;
        break;
      }
      row.claimId = spec.claimId();
      row.availableAt = world.now() + spec.lease().toNanos();
      row.attempts++;
      bytes += row.action.bytes();
      actions.add(withAttempts(row.action, row.attempts));
    }
    claims.add(new Claimed(spec, actions.size(), world.now()));
    return new Claim(actions, more);
  }

  @Override
  public Settled settle(List<Settlement> settlements) {
    return faulty(settleFault.apply(settlements), () -> doSettle(settlements));
  }

  private Settled doSettle(List<Settlement> settlements) {
    settles++;
    int[] counts = new int[5];
    for (Settlement settlement : settlements) {
      Settlement.Attempt attempt = settlement.attempt();
      if (attempt != null) {
        requests.putIfAbsent(attempt.requestId(), attempt);
      }
      for (ClaimedAction action : settlement.actions()) {
        settle(settlement, action, counts);
      }
    }
    fenced += counts[4];
    return new Settled(counts[0], counts[1], counts[2], counts[3], counts[4]);
  }

  private void settle(Settlement settlement, ClaimedAction action, int[] counts) {
    Row row = outbox.get(action.id());
    Disposition disposition = settlement.disposition();
    if (disposition instanceof Disposition.Delivered) {
      // Whoever holds it now; a repetition finds the row gone and changes nothing.
      Settlement.Attempt attempt = settlement.attempt();
      if (row != null && attempt != null) {
        outbox.remove(row.id);
        delivered.add(
            new Delivered(
                action.eventUuid(), row.workspace, attempt.requestId(), row.attempts, world.now()));
        counts[0]++;
      }
    } else if (row == null || !settlement.claimId().equals(row.claimId)) {
      counts[4]++;
    } else if (disposition instanceof Disposition.Retry retry) {
      row.claimId = null;
      row.availableAt = world.now() + retry.delay().toNanos();
      row.lastError = retry.error();
      counts[1]++;
    } else if (disposition instanceof Disposition.Rejected refusal) {
      outbox.remove(row.id);
      rejected.add(new Rejected(action.eventUuid(), refusal.reason(), row.attempts));
      counts[2]++;
    } else {
      row.claimId = null;
      row.availableAt = world.now();
      row.attempts--;
      counts[3]++;
    }
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

  private static ClaimedAction withAttempts(ClaimedAction a, int attempts) {
    return new ClaimedAction(
        a.id(),
        a.eventUuid(),
        a.customerId(),
        a.userTimezoneOffset(),
        a.userAttributes(),
        a.action(),
        a.eventTimeSeconds(),
        a.platform(),
        a.attributes(),
        a.validated(),
        attempts,
        a.bytes());
  }
}
