package io.durableoutbox.jdbc.internal;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.Settlement;
import io.durableoutbox.spi.Settlement.Attempt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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

  /** A waiting row, and the claim that must still hold it. */
  record Row(String workspace, long id, UUID claimId) {}

  record RequestRow(UUID claimId, String workspace, Attempt attempt) {
    long startedMicrosAgo() {
      return micros(attempt.sinceAnswer()) + micros(attempt.duration());
    }

    @Nullable String reqId() {
      return attempt.outcome() instanceof Outcome.Accepted accepted ? accepted.reqId() : null;
    }

    int durationMillis() {
      return (int) Math.min(attempt.duration().toMillis(), Integer.MAX_VALUE);
    }
  }

  record DeliveredRow(Row row, UUID eventUuid, UUID requestId, long microsAgo) {}

  record RetriedRow(Row row, long delayMicros, String error, boolean refused) {}

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
    for (Settlement settlement : settlements) {
      all.add(settlement);
    }
    Comparator<Row> order = Comparator.comparing(Row::workspace).thenComparingLong(Row::id);
    all.delivered.sort(Comparator.comparing(DeliveredRow::row, order));
    all.retried.sort(Comparator.comparing(RetriedRow::row, order));
    all.rejected.sort(Comparator.comparing(RejectedRow::row, order));
    all.unsent.sort(order);
    return all;
  }

  private void add(Settlement s) {
    Attempt attempt = s.attempt();
    UUID requestId = attempt == null ? null : attempt.requestId();
    if (attempt != null) {
      requests.add(new RequestRow(s.claimId(), s.workspace(), attempt));
    }
    for (ClaimedAction action : s.actions()) {
      Row row = new Row(s.workspace(), action.id(), s.claimId());
      Disposition to = s.disposition();
      if (to instanceof Disposition.Delivered && attempt != null && requestId != null) {
        delivered.add(
            new DeliveredRow(row, action.eventUuid(), requestId, micros(attempt.sinceAnswer())));
        continue;
      } else if (to instanceof Disposition.Retry retry) {
        retried.add(new RetriedRow(row, micros(retry.delay()), retry.error(), retry.refused()));
      } else if (to instanceof Disposition.Rejected reject) {
        rejected.add(new RejectedRow(row, reject.reason(), requestId));
      } else {
        unsent.add(row);
      }
      if (requestId != null) {
        attempts.add(new AttemptRow(action.eventUuid(), requestId));
      }
    }
  }

  private static long micros(java.time.Duration duration) {
    return duration.toNanos() / 1_000;
  }
}
