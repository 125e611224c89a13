package io.durableoutbox.jdbc;

import java.sql.Connection;
import java.time.Duration;

/**
 * What a person may do to a running outbox, on behalf of the name that {@link Outbox#operator} was
 * given. All relays follow within their poll interval, on whichever machine. Thread-safe.
 *
 * <p>Each operation has two forms. The one without a connection runs in transactions of its own;
 * where it concerns many actions they are many, each of some thousand actions: what is broken off
 * stays done so far, and doing it again goes on with the rest. The other is a part of the caller's
 * transaction, whose connection MUST have auto-commit off and is never committed, rolled back or
 * closed; it takes at most 10,000 actions. On MariaDB and MySQL it SHOULD be READ COMMITTED, or
 * writers and relays may wait for its commit.
 *
 * <p>Each is recorded in {@code outbox_operation}, by whom and why, in the same transactions;
 * {@code finished_at} stays null when it was broken off. The reason has 1 to 4,000 characters, no
 * NUL, and MUST hold no personal data, since it is kept.
 */
public interface Operator {
  /**
   * Returns an operator of the same name that also pauses and resumes workspaces that the outbox
   * has not heard of yet, for example before their first action is written.
   */
  Operator evenIfUnknown();

  /**
   * Stops sending to a workspace until somebody resumes it. What is out is finished; what waits is
   * kept. Replaces whatever pause there was.
   *
   * <p>A workspace is known if an action waits for it or was rejected, a request was made for it,
   * or it was paused before. A misspelt name is refused, since the workspace that was meant would
   * go on; {@link #evenIfUnknown} allows it. Only an unknown name makes it read all of {@code
   * outbox_request}.
   *
   * @param workspace the workspace
   * @param reason why, 1 to 4,000 characters, for {@code outbox_workspace.reason}; no personal data
   * @throws IllegalArgumentException if the workspace's name or the reason can't be
   * @throws io.durableoutbox.OutboxException if the workspace is unknown, which the message says
   *     with up to 20 that are known, or the database refuses
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
   * @throws io.durableoutbox.OutboxException if the workspace is unknown, as for {@link
   *     #pause(String, String)}, or the database refuses
   */
  void pause(String workspace, Duration duration, String reason);

  /** As {@link #pause(String, Duration, String)}, as a part of the caller's transaction. */
  void pause(Connection transaction, String workspace, Duration duration, String reason);

  /**
   * Ends a workspace's pause, a person's or a relay's, whatever its end. Recorded if there was one.
   *
   * @param workspace the workspace
   * @param reason why
   * @return whether it was paused
   * @throws IllegalArgumentException if the workspace's name or the reason can't be
   * @throws io.durableoutbox.OutboxException if the workspace is unknown, as for {@link
   *     #pause(String, String)}, or the database refuses
   */
  boolean resume(String workspace, String reason);

  /** As {@link #resume(String, String)}, as a part of the caller's transaction. */
  boolean resume(Connection transaction, String workspace, String reason);

  /**
   * Puts rejected and cancelled actions back into the outbox, under their UUIDs, with their times,
   * attempts and refusals; those that were refused before travel with other suspects only. The
   * relay checks each again before it sends it.
   *
   * <p>Skipped are those whose customer or attributes were redacted, those that are in the outbox
   * already since somebody wrote them again, and those that another operator has in hand. Several
   * at once are safe: no action is requeued twice. What is rejected again while it runs stays
   * rejected.
   *
   * <p>With {@link Requeue#perMinute} nothing waits: the actions get {@code available_at} one after
   * the other, after those that an unfinished requeue has still out.
   *
   * @param requeue which, why, and how fast
   * @return how many were requeued, and how many skipped
   * @throws io.durableoutbox.OutboxException if the database refuses; doing it again goes on
   */
  OperationResult requeue(Requeue requeue);

  /**
   * As {@link #requeue(Requeue)}, as a part of the caller's transaction.
   *
   * @throws io.durableoutbox.OutboxException if there are more than 10,000, auto-commit is on, or
   *     the database refuses
   */
  OperationResult requeue(Connection transaction, Requeue requeue);

  /**
   * Takes waiting actions out before they are delivered: they move to {@code outbox_rejected} with
   * the operation's id, and can be requeued. Those that a relay holds now are left and counted as
   * skipped, as are those that are locked; do it again after the lease. One that was tried before
   * may have arrived all the same, if its {@code unknown_since} is not null.
   *
   * @param filter which of the waiting ones; not empty, and its states only waiting ones
   * @param reason why
   * @return how many were cancelled, and how many left
   * @throws IllegalArgumentException if the filter is empty or asks for what can't be cancelled, or
   *     the reason can't be
   * @throws io.durableoutbox.OutboxException if the database refuses; doing it again goes on
   */
  OperationResult cancel(ActionFilter filter, String reason);

  /**
   * As {@link #cancel(ActionFilter, String)}, as a part of the caller's transaction.
   *
   * @throws io.durableoutbox.OutboxException if there are more than 10,000, auto-commit is on, or
   *     the database refuses
   */
  OperationResult cancel(Connection transaction, ActionFilter filter, String reason);

  /**
   * Deletes everything of one customer in all workspaces: waiting, delivered, rejected and
   * cancelled actions, their attempts and operations; and takes the id out of what servers and
   * people said, where it stands in its plain form: {@code outbox_request.message} of the requests
   * that carried the actions and of the last 24 hours, the reasons of others' rows, of pauses and
   * of operations.
   *
   * <p>Not reached are: what a relay has in memory, which may still go out, and whose answer may
   * quote the id ({@link ErasureResult#inFlight}; erase once more when the lease has ended); what
   * the destination has; the attributes of other customers' actions; backups; and what the
   * application writes afterwards, so stop that first. A message that was cut in the midst of the
   * id keeps the part.
   *
   * <p>Finds waiting actions by a scan of {@code outbox}, which is small, and all others by index.
   *
   * @param customerId the user, as written, 2 to 512 characters
   * @param reason why, without the id; a ticket's number, for example
   * @return how many actions were deleted
   * @throws IllegalArgumentException if the id or the reason can't be, or the reason has the id in
   *     it
   * @throws io.durableoutbox.OutboxException if the database refuses; doing it again goes on
   */
  ErasureResult erase(String customerId, String reason);

  /**
   * As {@link #erase(String, String)}, as a part of the caller's transaction. It may wait for a
   * relay that is settling, and be the loser of a deadlock with it; then do it again.
   *
   * @throws io.durableoutbox.OutboxException if there are more than 10,000, auto-commit is on, the
   *     database refuses, or it is MariaDB or MySQL and the transaction not READ COMMITTED
   */
  ErasureResult erase(Connection transaction, String customerId, String reason);
}
