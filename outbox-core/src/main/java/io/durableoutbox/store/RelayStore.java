package io.durableoutbox.store;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where the actions are, and the state of the workspaces that all relays share, as a relay sees
 * them. Each method is one short transaction of its own, or two for a claim that probes, by the
 * store's clock, and may block; a relay calls it from at most two threads at once. It throws {@link
 * io.durableoutbox.OutboxException} when the store can't be reached or refuses, and then nothing
 * has been changed, or, when even that is unknown, the same call may be made again.
 */
public interface RelayStore {
  /**
   * Takes waiting actions for a bounded time, oldest first. No two claims hold the same row at
   * once, and nobody waits for another's claim.
   *
   * <p>Nothing is taken while the workspace is paused. Once the pause's time is over, the first
   * claim that finds anything becomes its probe: it takes at most {@code maxProbeActions}, and the
   * pause goes on for the others until {@link #resume}, {@link #pause} or the end of its lease.
   */
  Claim claim(ClaimSpec spec);

  /**
   * Writes what came of claimed actions. Repeating the same settlements changes nothing more.
   *
   * <p>An action is its {@link ClaimedAction#eventUuid}, and never its {@link ClaimedAction#id}
   * alone: sequences go back when a standby without the last transactions takes over, or a table is
   * truncated, and then another action has the id. {@link Disposition.Delivered} counts whoever
   * holds the action's row now, and whatever its id is now; the others are written only while the
   * claim still holds it. A row of another action is never touched.
   */
  Settled settle(List<Settlement> settlements);

  /**
   * Pauses a workspace for all relays, or makes a relay's pause longer, never shorter, except that
   * a probe replaces the pause that it was for. A pause that a person made stays as it is.
   */
  void pause(PauseSpec spec);

  /**
   * Ends the pause that a probe was for, unless somebody has changed it meanwhile.
   *
   * @param probeId the claim that was the probe
   */
  void resume(String workspace, UUID probeId, String relay);

  /** Returns the workspaces that have undelivered actions, at most 1,000 of them. */
  List<Backlog> backlogs();

  /**
   * What to claim.
   *
   * @param workspace the workspace
   * @param claimId the fencing token, never used before
   * @param relay the name of the relay
   * @param maxActions at most so many actions; 0 only looks at the workspace
   * @param maxProbeActions at most so many if the claim is the probe of a pause
   * @param maxBytes at most so many {@link ClaimedAction#bytes}, except that one action is always
   *     given
   * @param lease how long they are held
   * @param fromId rows with smaller ids may be left out, but need not: they are known to be gone,
   *     or are looked for later; 0 to leave out none
   * @param newCredentials whether a pause as {@link Outcome.Misconfigured} may be probed before its
   *     time
   */
  record ClaimSpec(
      String workspace,
      UUID claimId,
      String relay,
      int maxActions,
      int maxProbeActions,
      long maxBytes,
      Duration lease,
      long fromId,
      boolean newCredentials) {}

  /**
   * What was claimed.
   *
   * @param actions in the order of claiming
   * @param more whether more may be waiting
   * @param pause the pause that the workspace is in, or null
   * @param probe whether the actions are the probe of that pause
   * @param probedOpenBy the relay whose probe ended the last pause; null if nobody paused since
   *     anybody else ended one
   * @param storeTime the store's clock at the end of the claim
   */
  record Claim(
      List<ClaimedAction> actions,
      boolean more,
      @Nullable Pause pause,
      boolean probe,
      @Nullable String probedOpenBy,
      Instant storeTime) {
    /** Copies the list. */
    public Claim {
      actions = List.copyOf(actions);
    }
  }

  /**
   * Why and for how long nothing is sent to a workspace.
   *
   * @param remaining for how long; not positive when it waits for a probe; null until somebody
   *     resumes it
   * @param cause {@link Outcome#name} of the outcome that led to it, or null when a person made it
   * @param reason why, or null if nobody said
   * @param by the relay or the person who made it, or null if nobody said
   * @param failures how many probes and requests in a row have failed
   */
  record Pause(
      @Nullable Duration remaining,
      @Nullable String cause,
      @Nullable String reason,
      @Nullable String by,
      int failures) {}

  /**
   * A pause to be made.
   *
   * @param workspace the workspace
   * @param relay the name of the relay that makes it
   * @param duration from now on
   * @param cause {@link Outcome#name} of the outcome that leads to it
   * @param reason the outcome in words
   * @param failures how many probes and requests in a row have failed, at least 1
   * @param probeId the claim that was the probe of the pause that this one replaces, or null
   */
  record PauseSpec(
      String workspace,
      String relay,
      Duration duration,
      String cause,
      String reason,
      int failures,
      @Nullable UUID probeId) {}

  /**
   * A workspace with undelivered actions.
   *
   * @param workspace the workspace
   * @param age how long ago the first of them in the order of claiming was written
   */
  record Backlog(String workspace, Duration age) {}

  /**
   * How many actions were settled in which way.
   *
   * @param delivered moved to the delivered ones
   * @param retried set back
   * @param rejected moved to the rejected ones
   * @param unsent given back
   * @param fenced not written: the row was no longer this claim's, or is gone
   * @param vanished delivered actions that are not in the store at all, waiting, delivered or
   *     rejected: their rows are lost. Each is recorded as an attempt with the request that the
   *     destination accepted, and is told again when the same settlements are repeated
   */
  record Settled(
      int delivered, int retried, int rejected, int unsent, int fenced, List<UUID> vanished) {
    /** Copies the list. */
    public Settled {
      vanished = List.copyOf(vanished);
    }
  }
}
