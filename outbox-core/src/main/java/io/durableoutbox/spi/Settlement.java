package io.durableoutbox.spi;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What came of some actions of one claim.
 *
 * @param workspace the workspace
 * @param claimId the claim that holds them
 * @param actions which; at least one
 * @param disposition where they go
 * @param attempt the request that they were in, or null if none left
 */
public record Settlement(
    String workspace,
    UUID claimId,
    List<ClaimedAction> actions,
    Disposition disposition,
    @Nullable Attempt attempt) {
  /** Copies the list. */
  public Settlement {
    actions = List.copyOf(actions);
    if (actions.isEmpty()) {
      throw new IllegalArgumentException("a settlement has at least one action");
    }
    if (attempt == null && disposition instanceof Disposition.Delivered) {
      throw new IllegalArgumentException("nothing is delivered without a request");
    }
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
   */
  public record Attempt(
      UUID requestId,
      String relay,
      Duration sinceAnswer,
      Duration duration,
      int elements,
      int actions,
      int bytes,
      Outcome outcome) {}
}
