package io.durableoutbox.jdbc;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a workspace that all relays share: a row of {@code outbox_workspace}.
 *
 * @param workspace the workspace
 * @param pausedSince since when nothing is sent to it, or null if it is not paused
 * @param pausedUntil when one request may probe whether the pause can end, or null: when somebody
 *     resumes it
 * @param cause the outcome that led a relay to pause it, or null when a person did
 * @param reason why, in words; it may quote the server's answer
 * @param pausedBy the relay or the person who paused it
 */
public record WorkspaceState(
    String workspace,
    @Nullable Instant pausedSince,
    @Nullable Instant pausedUntil,
    @Nullable String cause,
    @Nullable String reason,
    @Nullable String pausedBy) {
  /** Returns whether nothing is sent to it. */
  public boolean isPaused() {
    return pausedSince != null;
  }
}
