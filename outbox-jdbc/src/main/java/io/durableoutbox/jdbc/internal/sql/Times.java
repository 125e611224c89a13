package io.durableoutbox.jdbc.internal.sql;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** Times as the families give them. */
public final class Times {
  private Times() {}

  /** Reads a time with its zone, or the microseconds since 1970, in UTC. */
  public static @Nullable Instant instant(Record row, int column) {
    Object value = row.get(column);
    // First: what a driver says is the type of a NULL is none that jOOQ makes a time of.
    if (value == null) {
      return null;
    }
    if (value instanceof Number micros) {
      return Instant.EPOCH.plus(micros.longValue(), ChronoUnit.MICROS);
    }
    return requireNonNull(row.get(column, OffsetDateTime.class)).toInstant();
  }
}
