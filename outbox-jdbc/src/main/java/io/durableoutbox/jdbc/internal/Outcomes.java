package io.durableoutbox.jdbc.internal;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.Settlement;
import io.durableoutbox.spi.Settlement.Attempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Settlements as rows, by what happens to each. Rows are in the order of their ids, so that two
 * relays which settle the same rows lock them in one order.
 */
record Outcomes(
    List<RequestRow> requests,
    List<DeliveredRow> delivered,
    List<RetriedRow> retried,
    List<RejectedRow> rejected,
    List<Row> unsent,
    List<AttemptRow> attempts) {

  /**
   * A waiting row, the claim that must still hold it, and what the claim adds to its counts:
   * attempts beyond the one that the claim counted, and refusals.
   */
  record Row(String workspace, long id, UUID claimId, int moreAttempts, int refusals) {}

  record RequestRow(UUID claimId, String workspace, Attempt attempt) {
    long startedMicrosAgo() {
      return startedAgo(attempt);
    }

    @Nullable String reqId() {
      return attempt.outcome() instanceof Outcome.Accepted accepted ? accepted.reqId() : null;
    }

    int durationMillis() {
      return (int) Math.min(attempt.duration().toMillis(), Integer.MAX_VALUE);
    }
  }

  record DeliveredRow(Row row, UUID eventUuid, UUID requestId, long microsAgo) {}

  /** {@code unknownMicrosAgo} is when an attempt was made that may have arrived, or null. */
  record RetriedRow(Row row, long delayMicros, String error, @Nullable Long unknownMicrosAgo) {}

  record RejectedRow(Row row, String reason, @Nullable UUID requestId) {}

  record AttemptRow(UUID eventUuid, UUID requestId) {}

  static Outcomes of(List<Settlement> settlements) {
    Outcomes all =
        new Outcomes(
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
    Comparator<Row> order = Comparator.comparing(Row::workspace).thenComparingLong(Row::id);
    all.delivered.sort(Comparator.comparing(DeliveredRow::row, order));
    all.retried.sort(Comparator.comparing(RetriedRow::row, order));
    all.rejected.sort(Comparator.comparing(RejectedRow::row, order));
    all.unsent.sort(order);
    return all;
  }

  private void add(Settlement s) {
    List<Attempt> made = s.attempts();
    Attempt last = made.isEmpty() ? null : made.get(made.size() - 1);
    int moreAttempts = Math.max(0, made.size() - 1);
    int refusals = s.refusals();
    boolean delivers = s.disposition() instanceof Disposition.Delivered;
    List<Attempt> undelivered = delivers ? made.subList(0, made.size() - 1) : made;
    for (ClaimedAction action : s.actions()) {
      Row row = new Row(s.workspace(), action.id(), s.claimId(), moreAttempts, refusals);
      addRow(s.disposition(), row, action.eventUuid(), last);
      for (Attempt attempt : undelivered) {
        attempts.add(new AttemptRow(action.eventUuid(), attempt.requestId()));
      }
    }
  }

  private void addRow(Disposition to, Row row, UUID eventUuid, @Nullable Attempt last) {
    if (to instanceof Disposition.Delivered && last != null) {
      delivered.add(new DeliveredRow(row, eventUuid, last.requestId(), micros(last.sinceAnswer())));
    } else if (to instanceof Disposition.Retry retry) {
      Long unknownAgo =
          last != null && last.outcome() instanceof Outcome.Unknown ? startedAgo(last) : null;
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
