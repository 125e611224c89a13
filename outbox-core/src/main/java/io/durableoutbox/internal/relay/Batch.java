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
 * answers of the requests that they were in since and that were split.
 */
record Batch(
    Lane lane, UUID claimId, long leaseEndNanos, List<ClaimedAction> actions, List<Answer> split) {

  Batch(Lane lane, UUID claimId, long leaseEndNanos, List<ClaimedAction> actions) {
    this(lane, claimId, leaseEndNanos, actions, List.of());
  }

  private Batch part(List<ClaimedAction> some) {
    return new Batch(lane, claimId, leaseEndNanos, some, split);
  }

  /** Returns whether all its actions were suspects before. */
  boolean suspected() {
    return !split.isEmpty() || actions.stream().allMatch(ClaimedAction::suspect);
  }

  /** Returns how often the least suspected of its actions was a suspect. */
  int suspicions() {
    return split.size() + actions.stream().mapToInt(ClaimedAction::refusals).min().orElse(0);
  }

  /** Returns the largest id of its actions. */
  long lastId() {
    return actions.stream().mapToLong(ClaimedAction::id).max().orElse(0);
  }

  /** Returns how often the freshest of its actions was tried, this time included. */
  int attempts() {
    return actions.stream().mapToInt(ClaimedAction::attempts).min().orElse(1);
  }

  /** A request that is ready to leave. */
  record Ready(Request request, Batch batch) {
    /** Returns one of the parts that it is split into before it leaves. */
    Ready part(Request part) {
      return new Ready(part, batch.part(part.actions()));
    }

    /** Returns one of the parts that it is split into after an answer. */
    Ready part(Request part, Answer answer) {
      List<Answer> split = new ArrayList<>(batch.split);
      split.add(answer);
      return new Ready(
          part,
          new Batch(
              batch.lane, batch.claimId, batch.leaseEndNanos, part.actions(), List.copyOf(split)));
    }
  }

  /**
   * What came of a batch, waiting to be written.
   *
   * @param answer the one that decided, or null
   * @param suspects whether that answer makes its actions suspects
   */
  record Settling(Batch batch, Disposition disposition, @Nullable Answer answer, boolean suspects) {
    Settling(Batch batch, Disposition disposition, @Nullable Answer answer) {
      this(batch, disposition, answer, false);
    }

    boolean delivered() {
      return disposition instanceof Disposition.Delivered;
    }

    /** Returns whether its actions leave the outbox. */
    boolean leaves() {
      return delivered() || disposition instanceof Disposition.Rejected;
    }

    Settlement toSettlement(String relay, long nowNanos) {
      List<Settlement.Attempt> attempts = new ArrayList<>(batch.split.size() + 1);
      for (Answer earlier : batch.split) {
        attempts.add(earlier.toAttempt(relay, nowNanos, true));
      }
      if (answer != null) {
        attempts.add(answer.toAttempt(relay, nowNanos, suspects));
      }
      return new Settlement(
          batch.lane.workspace(), batch.claimId, batch.actions, disposition, attempts);
    }

    /** Returns the same for each half of its actions, of which it must have at least two. */
    List<Settling> halves() {
      List<ClaimedAction> all = batch.actions;
      int middle = all.size() / 2;
      return List.of(
          new Settling(batch.part(all.subList(0, middle)), disposition, answer, suspects),
          new Settling(batch.part(all.subList(middle, all.size())), disposition, answer, suspects));
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

    /**
     * Returns the outcome for logs: with its status, or without an answer with the failure's words.
     * A server's words stay out of it, since they may quote what the server was sent.
     */
    String label() {
      if (outcome.status() != null) {
        return outcome.name() + " " + outcome.status();
      }
      return outcome.name() + (outcome.message() == null ? "" : ": " + outcome.message());
    }

    Settlement.Attempt toAttempt(String relay, long nowNanos, boolean suspects) {
      return new Settlement.Attempt(
          requestId,
          relay,
          Duration.ofNanos(nowNanos - answeredNanos),
          took(),
          elements,
          actions,
          bytes,
          outcome,
          suspects);
    }
  }
}
