package io.durableoutbox.store;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Request;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * What came of some actions of one claim. It holds all that is to be recorded of them, so that
 * writing it twice is the same as once, and no other settlement has to be written before it.
 *
 * @param workspace the workspace
 * @param claimId the claim that holds them
 * @param actions which; at least one
 * @param disposition where they go
 * @param attempts the requests of this claim that they were in, in their order: those that were
 *     split, and then the one that decided; none if none left. Several settlements may have the
 *     same split request
 */
public record Settlement(
    String workspace,
    UUID claimId,
    List<ClaimedAction> actions,
    Disposition disposition,
    List<Attempt> attempts) {
  /** Copies the lists. */
  public Settlement {
    actions = List.copyOf(actions);
    attempts = List.copyOf(attempts);
    if (actions.isEmpty()) {
      throw new IllegalArgumentException("a settlement has at least one action");
    }
    if (attempts.isEmpty() && disposition instanceof Disposition.Delivered) {
      throw new IllegalArgumentException("nothing is delivered without a request");
    }
    if (!attempts.isEmpty() && disposition instanceof Disposition.Unsent) {
      throw new IllegalArgumentException("what is unsent was in no request");
    }
  }

  /** Returns in how many of the requests these actions were suspects. */
  public int refusals() {
    int suspicions = 0;
    for (Attempt attempt : attempts) {
      if (attempt.suspects()) {
        suspicions++;
      }
    }
    return suspicions;
  }

  /**
   * One request that left: a row of {@code outbox_request}.
   *
   * @param requestId {@link Request#id}
   * @param relay the name of the relay
   * @param sinceAnswer how long ago the answer came; the store reckons its times from its own clock
   * @param duration from sending to the answer or the failure
   * @param elements users in the request
   * @param actions actions in the request
   * @param bytes size of the body
   * @param outcome what came of it
   * @param suspects whether one of its actions is to blame: the request was refused, or it failed
   *     while other requests passed
   */
  public record Attempt(
      UUID requestId,
      String relay,
      Duration sinceAnswer,
      Duration duration,
      int elements,
      int actions,
      int bytes,
      Outcome outcome,
      boolean suspects) {
    /** Makes an attempt whose actions are suspects if it was refused. */
    public Attempt(
        UUID requestId,
        String relay,
        Duration sinceAnswer,
        Duration duration,
        int elements,
        int actions,
        int bytes,
        Outcome outcome) {
      this(
          requestId,
          relay,
          sinceAnswer,
          duration,
          elements,
          actions,
          bytes,
          outcome,
          outcome instanceof Outcome.Refused);
    }
  }
}
