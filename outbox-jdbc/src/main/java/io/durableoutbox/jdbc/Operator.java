package io.durableoutbox.jdbc;

import java.sql.Connection;
import java.time.Duration;

/**
 * What a person may do to a running outbox, on behalf of the name that {@link Outbox#operator} was
 * given. All relays follow within their poll interval, on whichever machine. Thread-safe.
 *
 * <p>Each operation has two forms: one in a transaction of its own, and one in the caller's, whose
 * connection MUST have auto-commit off and is never committed, rolled back or closed.
 */
public interface Operator {
  /**
   * Stops sending to a workspace until somebody resumes it. What is out is finished; what waits is
   * kept. Replaces whatever pause there was.
   *
   * @param workspace the workspace
   * @param reason why, 1 to 4,000 characters, for {@code outbox_workspace.reason}; no personal data
   * @throws IllegalArgumentException if the workspace's name or the reason can't be
   * @throws io.durableoutbox.OutboxException if the database refuses
   */
  void pause(String workspace, String reason);

  /** As {@link #pause(String, String)}, as a part of the caller's transaction. */
  void pause(Connection transaction, String workspace, String reason);

  /**
   * Stops sending to a workspace for a while; then one request probes, and if it is answered, all
   * goes on.
   *
   * @param workspace the workspace
   * @param duration at least 1 ms and at most 365 days, by the database's clock
   * @param reason why, 1 to 4,000 characters, for {@code outbox_workspace.reason}; no personal data
   * @throws IllegalArgumentException if an argument can't be
   * @throws io.durableoutbox.OutboxException if the database refuses
   */
  void pause(String workspace, Duration duration, String reason);

  /** As {@link #pause(String, Duration, String)}, as a part of the caller's transaction. */
  void pause(Connection transaction, String workspace, Duration duration, String reason);

  /**
   * Ends a workspace's pause, a person's or a relay's, whatever its end.
   *
   * @param workspace the workspace
   * @return whether it was paused
   * @throws io.durableoutbox.OutboxException if the database refuses
   */
  boolean resume(String workspace);

  /** As {@link #resume(String)}, as a part of the caller's transaction. */
  boolean resume(Connection transaction, String workspace);
}
