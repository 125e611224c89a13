package io.durableoutbox.jdbc.internal;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** Times as the families give them. */
final class Times {
  private Times() {}

  /** Reads a time with its zone, or the microseconds since 1970, in UTC. */
  static @Nullable Instant instant(Record row, int column) {
    if (row.get(column) instanceof Number micros) {
      return Instant.EPOCH.plus(micros.longValue(), ChronoUnit.MICROS);
    }
    OffsetDateTime time = row.get(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
