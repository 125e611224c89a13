package io.durableoutbox.jdbc;

import java.util.List;
import java.util.UUID;

/**
 * What {@link Outbox#add} wrote.
 *
 * @param added how many actions were written
 * @param duplicates the UUIDs that were not, because an action with the same UUID exists already
 *     (or came earlier in the same call); what is there was left as it is
 */
public record AddResult(int added, List<UUID> duplicates) {
  /** Copies the list. */
  public AddResult {
    duplicates = List.copyOf(duplicates);
  }
}
