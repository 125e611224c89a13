package io.durableoutbox.jdbc.internal.dialect;

import java.sql.Connection;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Locked rows of {@code outbox_rejected} that are copied into {@code outbox}.
 *
 * @param stepMicros microseconds from when one is available to when the next is
 * @param first when the operation's first is available, or null for now
 * @param movedBefore how many the operation has moved before
 */
public record RequeueBatch(
    List<UUID> events, long stepMicros, @Nullable OffsetDateTime first, long movedBefore) {
  /**
   * Copies by a statement that returns the UUIDs that were not there already.
   *
   * @return those UUIDs
   */
  public List<UUID> run(Dialect dialect, Connection tx, String statement) {
    return dialect
        .resultQuery(tx, statement, first, stepMicros, movedBefore, events.toArray(UUID[]::new))
        .fetch(0, UUID.class);
  }
}
