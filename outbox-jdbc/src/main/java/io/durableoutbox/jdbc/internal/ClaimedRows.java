package io.durableoutbox.jdbc.internal;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.RelayStore.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * What a dialect's claim found.
 *
 * @param actions in the order of claiming
 * @param more whether more may be waiting
 * @param workspace the workspace's state before
 */
record ClaimedRows(List<ClaimedAction> actions, boolean more, State workspace) {

  /** The workspace's pause if it is in one, who opened it if a relay's probe did, and the time. */
  record State(@Nullable Pause pause, @Nullable String probedOpenBy, Instant now) {
    /** Reads the columns that every dialect selects, in this order, from the given one on. */
    static State read(Record row, int from) {
      Long remaining = row.get(from + 1, Long.class);
      Integer failures = row.get(from + 5, Integer.class);
      boolean paused = Boolean.TRUE.equals(row.get(from, Boolean.class));
      return new State(
          paused
              ? new Pause(
                  remaining == null ? null : Duration.of(remaining, ChronoUnit.MICROS),
                  row.get(from + 2, String.class),
                  row.get(from + 3, String.class),
                  row.get(from + 4, String.class),
                  failures == null ? 0 : failures)
              : null,
          row.get(from + 6, String.class),
          Instant.EPOCH.plus(row.get(from + 7, Long.class), ChronoUnit.MICROS));
    }
  }

  /** Reads the columns that every dialect's claim returns, in this order. */
  static ClaimedAction read(Record row) {
    Long unknownMicros = row.get(12, Long.class);
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
        row.get(10, Integer.class),
        row.get(11, Integer.class),
        unknownMicros == null ? null : Duration.of(unknownMicros, ChronoUnit.MICROS));
  }
}
