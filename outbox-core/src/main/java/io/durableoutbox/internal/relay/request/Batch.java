package io.durableoutbox.internal.relay.request;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Request;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Actions of one claim on their way: the claim that holds them, when its lease ends, and the
 * answers of the requests that they were in since and that were split.
 */
public record Batch(
    Holder holder,
    UUID claimId,
    long leaseEndNanos,
    List<ClaimedAction> actions,
    List<Answer> split) {

  /** Who holds the actions of a batch until they are settled. */
  public interface Holder {
    String workspace();

    /**
     * Takes note that actions are no longer held.
     *
     * @param gone whether they have left the outbox
     */
    void released(Collection<ClaimedAction> actions, boolean gone);
  }

  Batch(Holder holder, UUID claimId, long leaseEndNanos, List<ClaimedAction> actions) {
    this(holder, claimId, leaseEndNanos, actions, List.of());
  }

  public String workspace() {
    return holder.workspace();
  }

  /** Takes note that its actions are no longer held; see {@link Holder#released}. */
  public void release(boolean gone) {
    holder.released(actions, gone);
  }

  private Batch part(List<ClaimedAction> some) {
    return new Batch(holder, claimId, leaseEndNanos, some, split);
  }

  /** Returns whether all its actions were suspects before. */
  public boolean suspected() {
    return !split.isEmpty() || actions.stream().allMatch(ClaimedAction::suspect);
  }

  /** Returns how often the least suspected of its actions was a suspect. */
  public int suspicions() {
    return split.size() + actions.stream().mapToInt(ClaimedAction::refusals).min().orElse(0);
  }

  /** Returns the largest id of its actions. */
  public long lastId() {
    return actions.stream().mapToLong(ClaimedAction::id).max().orElse(0);
  }

  /** Returns how often the freshest of its actions was tried, this time included. */
  public int attempts() {
    return actions.stream().mapToInt(ClaimedAction::attempts).min().orElse(1);
  }

  /** A request that is ready to leave. */
  public record Ready(Request request, Batch batch) {
    /** Returns one of the parts that it is split into before it leaves. */
    public Ready part(Request part) {
      return new Ready(part, batch.part(part.actions()));
    }

    /** Returns one of the parts that it is split into after an answer. */
    public Ready part(Request part, Answer answer) {
      List<Answer> split = new ArrayList<>(batch.split);
      split.add(answer);
      return new Ready(
          part,
          new Batch(
              batch.holder,
              batch.claimId,
              batch.leaseEndNanos,
              part.actions(),
              List.copyOf(split)));
    }
  }

  /**
   * What came of a batch, waiting to be written.
   *
   * @param answer the one that decided, or null
   * @param suspects whether that answer makes its actions suspects
   */
  public record Settling(
      Batch batch, Disposition disposition, @Nullable Answer answer, boolean suspects) {
    public Settling(Batch batch, Disposition disposition, @Nullable Answer answer) {
      this(batch, disposition, answer, false);
    }

    public boolean delivered() {
      return disposition instanceof Disposition.Delivered;
    }

    /** Returns whether its actions leave the outbox. */
    public boolean leaves() {
      return delivered() || disposition instanceof Disposition.Rejected;
    }

    public Settlement toSettlement(String relay, long nowNanos) {
      List<Settlement.Attempt> attempts = new ArrayList<>(batch.split.size() + 1);
      for (Answer earlier : batch.split) {
        attempts.add(earlier.toAttempt(relay, nowNanos, true));
      }
      if (answer != null) {
        attempts.add(answer.toAttempt(relay, nowNanos, suspects));
      }
      return new Settlement(batch.workspace(), batch.claimId, batch.actions, disposition, attempts);
    }

    /** Returns the same for each half of its actions, of which it must have at least two. */
    public List<Settling> halves() {
      List<ClaimedAction> all = batch.actions;
      int middle = all.size() / 2;
      return List.of(
          new Settling(batch.part(all.subList(0, middle)), disposition, answer, suspects),
          new Settling(batch.part(all.subList(middle, all.size())), disposition, answer, suspects));
    }
  }

  /** What a destination said of a request, and when by the loop's clock. */
  public record Answer(
      UUID requestId,
      int elements,
      int actions,
      int bytes,
      long startedNanos,
      long answeredNanos,
      Outcome outcome) {
    public Duration took() {
      return Duration.ofNanos(answeredNanos - startedNanos);
    }

    /** Returns the outcome in words, for {@code last_error}. */
    public String words() {
      return outcome.name()
          + (outcome.status() == null ? "" : " " + outcome.status())
          + (outcome.message() == null ? "" : ": " + outcome.message());
    }

    /**
     * Returns the outcome for logs: with its status, or without an answer with the failure's words.
     * A server's words stay out of it, since they may quote what the server was sent.
     */
    public String label() {
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
