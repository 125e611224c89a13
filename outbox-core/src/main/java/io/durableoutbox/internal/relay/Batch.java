package io.durableoutbox.internal.relay;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.Request;
import io.durableoutbox.spi.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Actions of one claim on their way: the claim that holds them, when its lease ends, and the
 * refused requests that they were in since.
 */
record Batch(
    Lane lane,
    UUID claimId,
    long leaseEndNanos,
    List<ClaimedAction> actions,
    List<Answer> refused) {

  Batch(Lane lane, UUID claimId, long leaseEndNanos, List<ClaimedAction> actions) {
    this(lane, claimId, leaseEndNanos, actions, List.of());
  }

  private Batch part(List<ClaimedAction> some) {
    return new Batch(lane, claimId, leaseEndNanos, some, refused);
  }

  /** A request that is ready to leave. */
  record Ready(Request request, Batch batch) {
    /** Returns one of the parts that it is split into after a refusal. */
    Ready part(Request part, Answer refusal) {
      List<Answer> refused = new ArrayList<>(batch.refused);
      refused.add(refusal);
      return new Ready(
          part,
          new Batch(
              batch.lane,
              batch.claimId,
              batch.leaseEndNanos,
              part.actions(),
              List.copyOf(refused)));
    }
  }

  /** What came of a batch, waiting to be written; {@code answer} is the one that decided. */
  record Settling(Batch batch, Disposition disposition, @Nullable Answer answer) {
    boolean delivered() {
      return disposition instanceof Disposition.Delivered;
    }

    /** Returns whether its actions leave the outbox. */
    boolean leaves() {
      return delivered() || disposition instanceof Disposition.Rejected;
    }

    Settlement toSettlement(String relay, long nowNanos) {
      List<Settlement.Attempt> attempts = new ArrayList<>(batch.refused.size() + 1);
      for (Answer refusal : batch.refused) {
        attempts.add(refusal.toAttempt(relay, nowNanos));
      }
      if (answer != null) {
        attempts.add(answer.toAttempt(relay, nowNanos));
      }
      return new Settlement(
          batch.lane.workspace(), batch.claimId, batch.actions, disposition, attempts);
    }

    /** Returns the same for each half of its actions, of which it must have at least two. */
    List<Settling> halves() {
      List<ClaimedAction> all = batch.actions;
      int middle = all.size() / 2;
      return List.of(
          new Settling(batch.part(all.subList(0, middle)), disposition, answer),
          new Settling(batch.part(all.subList(middle, all.size())), disposition, answer));
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
    Duration took() {
      return Duration.ofNanos(answeredNanos - startedNanos);
    }

    /** Returns the outcome in words, for {@code last_error}. */
    String words() {
      return outcome.name()
          + (outcome.status() == null ? "" : " " + outcome.status())
          + (outcome.message() == null ? "" : ": " + outcome.message());
    }

    /** Returns the outcome without the server's words, which may quote what they were sent. */
    String label() {
      return outcome.name() + (outcome.status() == null ? "" : " " + outcome.status());
    }

    Settlement.Attempt toAttempt(String relay, long nowNanos) {
      return new Settlement.Attempt(
          requestId,
          relay,
          Duration.ofNanos(nowNanos - answeredNanos),
          took(),
          elements,
          actions,
          bytes,
          outcome);
    }
  }
}
