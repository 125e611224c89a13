package io.durableoutbox.internal.relay;

import io.durableoutbox.OutboxException;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store's contract in memory, in simulated time, with calls that may fail before or after they
 * took effect.
 */
final class SimStore implements RelayStore {
  enum Failure {
    NONE,
    BEFORE,
    AFTER
  }

  static final class Row {
    final ClaimedAction action;
    final String workspace;
    long availableAt;
    int attempts;
    int refusals;
    @Nullable UUID claimId;

    Row(ClaimedAction action, String workspace) {
      this.action = action;
      this.workspace = workspace;
    }
  }

  final TreeMap<Long, Row> outbox = new TreeMap<>();
  final List<UUID> delivered = new ArrayList<>();
  final List<UUID> rejected = new ArrayList<>();
  final List<String> reasons = new ArrayList<>();
  Supplier<Failure> failing = () -> Failure.NONE;
  int claims;
  int settles;
  private final SimScheduler.Time time;

  SimStore(SimScheduler.Time time) {
    this.time = time;
  }

  void add(String workspace, ClaimedAction action) {
    Row row = new Row(action, workspace);
    row.availableAt = time.now();
    outbox.put(action.id(), row);
  }

  Row row(long id) {
    return Objects.requireNonNull(outbox.get(id));
  }

  @Override
  public Claim claim(ClaimSpec spec) {
    claims++;
    return failing(
        () -> {
          List<ClaimedAction> taken = new ArrayList<>();
          boolean more = false;
          long bytes = 0;
          for (Row row : outbox.values()) {
            if (!row.workspace.equals(spec.workspace()) || row.availableAt > time.now()) {
              continue;
            }
            if (taken.size() == spec.maxActions() || bytes >= spec.maxBytes()) {
              more = true;
              break;
            }
            row.claimId = spec.claimId();
            row.availableAt = time.now() + spec.lease().toNanos();
            row.attempts++;
            bytes += row.action.bytes();
            taken.add(withAttempts(row));
          }
          return new Claim(taken, more);
        });
  }

  private static ClaimedAction withAttempts(Row row) {
    ClaimedAction a = row.action;
    return ClaimedAction.of(
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
        row.attempts);
  }

  @Override
  public Settled settle(List<Settlement> settlements) {
    settles++;
    return failing(
        () -> {
          int[] n = new int[5];
          for (Settlement settlement : settlements) {
            for (ClaimedAction action : settlement.actions()) {
              n[settle(settlement, action)]++;
            }
          }
          return new Settled(n[0], n[1], n[2], n[3], n[4]);
        });
  }

  private int settle(Settlement settlement, ClaimedAction action) {
    Row row = outbox.get(action.id());
    if (settlement.disposition() instanceof Disposition.Delivered) {
      if (row != null) {
        outbox.remove(action.id());
        delivered.add(action.eventUuid());
      }
      return 0;
    }
    if (row == null || !settlement.claimId().equals(row.claimId)) {
      return 4;
    }
    row.claimId = null;
    if (settlement.disposition() instanceof Disposition.Retry retry) {
      row.availableAt = time.now() + retry.delay().toNanos();
      row.refusals += retry.refused() ? 1 : 0;
      return 1;
    } else if (settlement.disposition() instanceof Disposition.Rejected reject) {
      outbox.remove(action.id());
      rejected.add(action.eventUuid());
      reasons.add(reject.reason());
      return 2;
    }
    row.availableAt = time.now();
    row.attempts--;
    return 3;
  }

  private <T> T failing(Supplier<T> work) {
    Failure failure = failing.get();
    if (failure == Failure.BEFORE) {
      throw new OutboxException("the simulated store is away");
    }
    T result = work.get();
    if (failure == Failure.AFTER) {
      throw new OutboxException("the simulated store committed, and its answer is lost");
    }
    return result;
  }
}
