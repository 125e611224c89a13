package io.durableoutbox.jdbc.internal.dialect;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.Settlement;
import io.durableoutbox.store.Settlement.Attempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Settlements as rows, by what happens to each. Rows are in the order of their ids, so that two
 * transactions which write the same rows lock them in one order.
 */
public record SettlementRows(
    List<RequestRow> requests,
    List<DeliveredRequest> delivered,
    List<RetriedRow> retried,
    List<RejectedRow> rejected,
    List<Row> unsent,
    List<AttemptRow> attempts) {

  /**
   * A waiting row, the claim that must still hold it, and what the claim adds to its counts:
   * attempts beyond the one that the claim counted, and refusals.
   */
  public record Row(String workspace, long id, UUID claimId, int moreAttempts, int refusals) {}

  public record RequestRow(UUID claimId, String workspace, Attempt attempt) {
    public long startedMicrosAgo() {
      return startedAgo(attempt);
    }

    @Nullable
    public String reqId() {
      return attempt.outcome() instanceof Outcome.Accepted accepted ? accepted.reqId() : null;
    }

    public int durationMillis() {
      return (int) Math.min(attempt.duration().toMillis(), Integer.MAX_VALUE);
    }
  }

  /** Actions that one request delivered, and how many microseconds ago it was answered. */
  public record DeliveredRequest(
      String workspace,
      UUID claimId,
      UUID requestId,
      long microsAgo,
      int moreAttempts,
      int refusals,
      List<ClaimedAction> actions) {}

  public record DeliveredRow(Row row, UUID eventUuid, UUID requestId, long microsAgo) {}

  /** {@code unknownMicrosAgo} is when an attempt was made that may have arrived, or null. */
  public record RetriedRow(
      Row row, long delayMicros, String error, @Nullable Long unknownMicrosAgo) {}

  public record RejectedRow(Row row, String reason, @Nullable UUID requestId) {}

  public record AttemptRow(UUID eventUuid, UUID requestId) {}

  /** How many actions moved to the delivered ones, and which are in no table at all. */
  public record Moved(int actions, List<UUID> vanished) {}

  private static final Comparator<Row> ORDER =
      Comparator.comparing(Row::workspace).thenComparingLong(Row::id);

  public static SettlementRows of(List<Settlement> settlements) {
    SettlementRows all =
        new SettlementRows(
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    // A refused request that was split is in the settlement of each part.
    Map<UUID, RequestRow> requests = new LinkedHashMap<>();
    for (Settlement settlement : settlements) {
      for (Attempt attempt : settlement.attempts()) {
        requests.putIfAbsent(
            attempt.requestId(),
            new RequestRow(settlement.claimId(), settlement.workspace(), attempt));
      }
      all.add(settlement);
    }
    all.requests.addAll(requests.values());
    all.requests.sort(Comparator.comparing(r -> r.attempt().requestId()));
    all.retried.sort(Comparator.comparing(RetriedRow::row, ORDER));
    all.rejected.sort(Comparator.comparing(RejectedRow::row, ORDER));
    all.unsent.sort(ORDER);
    return all;
  }

  private void add(Settlement s) {
    List<Attempt> made = s.attempts();
    Attempt last = made.isEmpty() ? null : made.get(made.size() - 1);
    int moreAttempts = Math.max(0, made.size() - 1);
    int refusals = s.refusals();
    List<Attempt> undelivered = made;
    if (s.disposition() instanceof Disposition.Delivered && last != null) {
      delivered.add(
          new DeliveredRequest(
              s.workspace(),
              s.claimId(),
              last.requestId(),
              micros(last.sinceAnswer()),
              moreAttempts,
              refusals,
              s.actions()));
      undelivered = made.subList(0, made.size() - 1);
    }
    for (ClaimedAction action : s.actions()) {
      if (!(s.disposition() instanceof Disposition.Delivered)) {
        Row row = new Row(s.workspace(), action.id(), s.claimId(), moreAttempts, refusals);
        addRow(s.disposition(), row, made);
      }
      for (Attempt attempt : undelivered) {
        attempts.add(new AttemptRow(action.eventUuid(), attempt.requestId()));
      }
    }
  }

  /** Returns what was delivered, the requests of each workspace together, in their order. */
  public Collection<List<DeliveredRequest>> deliveredByWorkspace() {
    Map<String, List<DeliveredRequest>> byWorkspace = new TreeMap<>();
    for (DeliveredRequest request : delivered) {
      byWorkspace.computeIfAbsent(request.workspace, w -> new ArrayList<>()).add(request);
    }
    return byWorkspace.values();
  }

  /** Returns what was delivered, row by row. */
  public List<DeliveredRow> deliveredRows() {
    List<DeliveredRow> rows = new ArrayList<>();
    for (DeliveredRequest r : delivered) {
      for (ClaimedAction action : r.actions) {
        Row row = new Row(r.workspace, action.id(), r.claimId, r.moreAttempts, r.refusals);
        rows.add(new DeliveredRow(row, action.eventUuid(), r.requestId, r.microsAgo));
      }
    }
    rows.sort(Comparator.comparing(DeliveredRow::row, ORDER));
    return rows;
  }

  private void addRow(Disposition to, Row row, List<Attempt> made) {
    Attempt last = made.isEmpty() ? null : made.get(made.size() - 1);
    if (to instanceof Disposition.Retry retry) {
      Long unknownAgo =
          made.stream()
              .filter(attempt -> attempt.outcome() instanceof Outcome.Unknown)
              .map(SettlementRows::startedAgo)
              .findFirst()
              .orElse(null);
      retried.add(new RetriedRow(row, micros(retry.delay()), retry.error(), unknownAgo));
    } else if (to instanceof Disposition.Rejected reject) {
      rejected.add(new RejectedRow(row, reject.reason(), last == null ? null : last.requestId()));
    } else {
      unsent.add(row);
    }
  }

  private static long startedAgo(Attempt attempt) {
    return micros(attempt.sinceAnswer()) + micros(attempt.duration());
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1_000;
  }
}
