package io.durableoutbox.internal.relay;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Actions of one claim on their way: the claim that holds them and when its lease ends. */
record Batch(Lane lane, UUID claimId, long leaseEndNanos, List<ClaimedAction> actions) {

  private Batch part(int from, int to) {
    return new Batch(lane, claimId, leaseEndNanos, actions.subList(from, to));
  }

  /** What came of a batch, waiting to be written. */
  record Settling(Batch batch, Disposition disposition, @Nullable Answer answer) {
    boolean delivered() {
      return disposition instanceof Disposition.Delivered;
    }

    Settlement toSettlement(String relay, long nowNanos) {
      return new Settlement(
          batch.lane.workspace(),
          batch.claimId,
          batch.actions,
          disposition,
          answer == null ? null : answer.toAttempt(relay, nowNanos));
    }

    /** Returns the same for each half of its actions, of which it must have at least two. */
    List<Settling> halves() {
      int middle = batch.actions.size() / 2;
      return List.of(
          new Settling(batch.part(0, middle), disposition, answer),
          new Settling(batch.part(middle, batch.actions.size()), disposition, answer));
    }
  }

  /** What a destination said of a request, and when by the loop's clock. */
  record Answer(
      UUID requestId,
      int elements,
      int actions,
      int bytes,
      long startedNanos,
      long answeredNanos,
      Outcome outcome) {
    Settlement.Attempt toAttempt(String relay, long nowNanos) {
      return new Settlement.Attempt(
          requestId,
          relay,
          Duration.ofNanos(nowNanos - answeredNanos),
          Duration.ofNanos(answeredNanos - startedNanos),
          elements,
          actions,
          bytes,
          outcome);
    }
  }
}
