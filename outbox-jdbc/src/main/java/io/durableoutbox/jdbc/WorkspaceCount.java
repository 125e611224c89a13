package io.durableoutbox.jdbc;

import java.time.Instant;

/**
 * How many actions of a workspace are in a state that is not delivered.
 *
 * @param workspace name of the MoEngage workspace
 * @param state their state
 * @param actions how many, at least 1
 * @param oldest when the oldest was written, or the first was rejected or cancelled
 */
public record WorkspaceCount(String workspace, ActionState state, long actions, Instant oldest) {}
