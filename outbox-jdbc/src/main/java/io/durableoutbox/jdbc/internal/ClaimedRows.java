package io.durableoutbox.jdbc.internal;

import io.durableoutbox.spi.ClaimedAction;
import java.util.UUID;
import org.jooq.Record;

/** Reads the columns that every dialect's claim returns, in this order. */
final class ClaimedRows {
  private ClaimedRows() {}

  static ClaimedAction read(Record row) {
    return ClaimedAction.of(
        row.get(0, Long.class),
        row.get(1, UUID.class),
        row.get(2, String.class),
        row.get(3, Integer.class),
        row.get(4, String.class),
        row.get(5, String.class),
        row.get(6, Long.class),
        row.get(7, String.class),
        row.get(8, String.class),
        row.get(9, Boolean.class),
        row.get(10, Integer.class));
  }
}
