package io.durableoutbox.jdbc;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What waits of a workspace, at one moment, by the database's clock.
 *
 * @param workspace name of the MoEngage workspace
 * @param waiting how many actions are not delivered yet; {@value #MAX_COUNT} means so many or more
 * @param oldestWaiting for how long the first of them in the order of claiming has waited, or null
 *     if none waits
 * @param rejected how many were rejected and wait for a person, among the {@value #MAX_COUNT} that
 *     were rejected or cancelled last in all workspaces
 * @param pausedFor for how long nothing has been sent to it, or null if it is not paused; a pause
 *     that is over and waits for a probe is none
 */
public record WorkspaceBacklog(
    String workspace,
    long waiting,
    @Nullable Duration oldestWaiting,
    long rejected,
    @Nullable Duration pausedFor) {
  /** How far is counted, so that a look stays cheap however much waits. */
  public static final int MAX_COUNT = 100_000;
}
