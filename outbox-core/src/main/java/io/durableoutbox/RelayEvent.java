package io.durableoutbox;

import io.durableoutbox.destination.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that a relay did or that happened to it. None has customer ids, attributes or keys;
 * only {@link Outcome#message} may quote what was sent, and is not for logs or metrics.
 */
public sealed interface RelayEvent {
  /**
   * Actions were claimed; none, if nothing waits.
   *
   * @param workspace the workspace
   * @param actions how many
   * @param took how long the store needed
   * @param clockSkew by how much the store's clock is ahead of this JVM's, give or take half of
   *     {@code took}; negative if it is behind. For information: nothing depends on the JVM's clock
   */
  record Claimed(String workspace, int actions, Duration took, Duration clockSkew)
      implements RelayEvent {}

  /**
   * A request leaves.
   *
   * @param workspace the workspace
   * @param requestId {@code outbox_request.id}
   * @param elements users in it
   * @param actions actions in it
   */
  record Sent(String workspace, UUID requestId, int elements, int actions) implements RelayEvent {}

  /**
   * A request ended.
   *
   * @param workspace the workspace
   * @param requestId {@code outbox_request.id}
   * @param elements users in it
   * @param actions actions in it
   * @param bytes size of its body
   * @param took from sending to the answer or the failure
   * @param outcome what came of it
   */
  record Answered(
      String workspace,
      UUID requestId,
      int elements,
      int actions,
      int bytes,
      Duration took,
      Outcome outcome)
      implements RelayEvent {}

  /**
   * Outcomes were written in one transaction, of one workspace or of several. What became of the
   * actions is told next.
   *
   * @param actions how many
   * @param took how long the store needed
   * @param leaseLeft by how much the shortest of their leases outlasts the writing: the relay's
   *     margin. Negative if it had ended before
   */
  record Settled(int actions, Duration took, Duration leaseLeft) implements RelayEvent {}

  /**
   * Actions are in {@code outbox_delivered}, by this relay or another.
   *
   * @param workspace the workspace
   * @param requestId the request that the server accepted
   * @param eventUuids which
   */
  record Delivered(String workspace, UUID requestId, List<UUID> eventUuids) implements RelayEvent {}

  /**
   * Actions wait in {@code outbox} to be tried again, unless {@link Fenced} says otherwise.
   *
   * @param workspace the workspace
   * @param eventUuids which
   */
  record Retried(String workspace, List<UUID> eventUuids) implements RelayEvent {}

  /**
   * Actions are in {@code outbox_rejected}, unless {@link Fenced} says otherwise.
   *
   * @param workspace the workspace
   * @param eventUuids which
   */
  record Rejected(String workspace, List<UUID> eventUuids) implements RelayEvent {}

  /**
   * Nothing is sent to a workspace for a while; told again when the pause becomes another.
   *
   * @param workspace the workspace
   * @param cause {@link Outcome#name} of the outcome that led to it, or null when a person made it
   * @param remaining for how long, or null until somebody resumes it
   */
  record Paused(String workspace, @Nullable String cause, @Nullable Duration remaining)
      implements RelayEvent {}

  /**
   * A workspace is sent to again.
   *
   * @param workspace the workspace
   */
  record Resumed(String workspace) implements RelayEvent {}

  /**
   * Outcomes came too late and were not written: another claim held the actions meanwhile, or their
   * rows are gone.
   *
   * @param actions how many
   */
  record Fenced(int actions) implements RelayEvent {}

  /**
   * The destination accepted actions that are in no table of the outbox any more: their rows were
   * lost while the request was out, for example with a primary whose standby lacked the last
   * transactions, or were deleted by hand or by an erasure. Each stays findable by its UUID in
   * {@code outbox_audit_attempt}. Whoever writes the same actions once more, with the same UUIDs,
   * loses and doubles nothing.
   *
   * @param workspace the workspace
   * @param requestId the request that the server accepted
   * @param eventUuids which
   */
  record Vanished(String workspace, UUID requestId, List<UUID> eventUuids) implements RelayEvent {}

  /**
   * Outcomes could not be written while their lease lasted: the actions will be sent again.
   *
   * @param actions how many
   */
  record Abandoned(int actions) implements RelayEvent {}

  /**
   * Actions are about to be sent again of which an attempt with an unknown outcome is older than
   * the dedupe window: should the destination have taken that one, it may count them twice.
   *
   * @param workspace the workspace
   * @param eventUuids which
   */
  record LongUnknown(String workspace, List<UUID> eventUuids) implements RelayEvent {}

  /**
   * Actions wait of a workspace that this relay has no destination for.
   *
   * @param workspace the workspace
   * @param age how long ago the first of them was written
   */
  record Unserved(String workspace, Duration age) implements RelayEvent {}

  /**
   * A call of the store or a step of the loop failed, or a call has not ended for half a minute;
   * the relay goes on. A call that fails after that is told once more.
   *
   * @param step what was tried: claim, settle, pause, resume, look, step
   * @param failure what it failed with
   */
  record Failed(String step, Throwable failure) implements RelayEvent {}
}
