package io.durableoutbox.jdbc;

import java.util.List;
import java.util.Set;

/**
 * What one run of a {@link Maintenance} did.
 *
 * @param partitionsCreated the names of the partitions that were made, in order
 * @param partitionsDropped the names of the partitions that were dropped with all their rows, in
 *     order; about how many rows each had stands in {@code outbox_operation}
 * @param deliveredPurged how many rows of {@code outbox_delivered} were deleted in batches; those
 *     of dropped partitions are not counted
 * @param rejectedPurged how many rows of {@code outbox_rejected} were deleted
 * @param requestsPurged how many rows of {@code outbox_request} were deleted
 * @param attemptsPurged how many rows of {@code outbox_attempt} were deleted
 * @param redacted from how many delivered and rejected actions personal data was taken
 * @param messagesRedacted from how many requests the server's message was taken
 * @param leftToAnother the tasks that another maintenance was doing, so that this one left them
 * @param notes what a person should know, in sentences without personal data; empty when all is
 *     well
 */
public record MaintenanceReport(
    List<String> partitionsCreated,
    List<String> partitionsDropped,
    long deliveredPurged,
    long rejectedPurged,
    long requestsPurged,
    long attemptsPurged,
    long redacted,
    long messagesRedacted,
    Set<Task> leftToAnother,
    List<String> notes) {
  /** What a maintenance does, each by one process at a time. */
  public enum Task {
    /** Makes partitions ahead and drops those that are too old; nothing on H2. */
    PARTITIONS,
    /** Deletes what is too old and can't be dropped. */
    PURGE,
    /** Takes personal data out of what is kept. */
    REDACTION
  }

  /** Copies the collections. */
  public MaintenanceReport {
    partitionsCreated = List.copyOf(partitionsCreated);
    partitionsDropped = List.copyOf(partitionsDropped);
    leftToAnother = Set.copyOf(leftToAnother);
    notes = List.copyOf(notes);
  }

  /** Returns whether it changed anything. */
  public boolean didSomething() {
    return !partitionsCreated.isEmpty()
        || !partitionsDropped.isEmpty()
        || deliveredPurged + rejectedPurged + requestsPurged + attemptsPurged > 0
        || redacted + messagesRedacted > 0;
  }
}
