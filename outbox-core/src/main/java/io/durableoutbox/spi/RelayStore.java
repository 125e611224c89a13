package io.durableoutbox.spi;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Where the actions are, as a relay sees it. Each method is one short transaction of its own, by
 * the store's clock, and may block; a relay calls it from at most two threads at once. It throws
 * {@link io.durableoutbox.OutboxException} when the store can't be reached or refuses, and then
 * nothing has been changed, or, when even that is unknown, the same call may be made again.
 */
public interface RelayStore {
  /**
   * Takes waiting actions for a bounded time, oldest first. No two claims hold the same row at
   * once, and nobody waits for another's claim.
   */
  Claim claim(ClaimSpec spec);

  /**
   * Writes what came of claimed actions. Repeating the same settlements changes nothing more.
   *
   * <p>{@link Disposition.Delivered} counts whoever holds the row now; the others are written only
   * while the claim still holds it.
   */
  Settled settle(List<Settlement> settlements);

  /**
   * What to claim.
   *
   * @param workspace the workspace
   * @param claimId the fencing token, never used before
   * @param relay the name of the relay
   * @param maxActions at most so many actions, at least 1
   * @param maxBytes at most so many {@link ClaimedAction#bytes}, except that one action is always
   *     given
   * @param lease how long they are held
   */
  record ClaimSpec(
      String workspace,
      UUID claimId,
      String relay,
      int maxActions,
      long maxBytes,
      Duration lease) {}

  /**
   * What was claimed.
   *
   * @param actions in the order of claiming
   * @param more whether more may be waiting
   */
  record Claim(List<ClaimedAction> actions, boolean more) {
    /** Copies the list. */
    public Claim {
      actions = List.copyOf(actions);
    }
  }

  /**
   * How many actions were settled in which way.
   *
   * @param delivered moved to the delivered ones
   * @param retried set back
   * @param rejected moved to the rejected ones
   * @param unsent given back
   * @param fenced not written: the row was no longer this claim's
   */
  record Settled(int delivered, int retried, int rejected, int unsent, int fenced) {}
}
