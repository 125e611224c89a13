package io.durableoutbox.jdbc.internal;

import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.RelayStore.ClaimSpec;
import io.durableoutbox.spi.RelayStore.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * What a dialect's claim found.
 *
 * @param actions in the order of claiming
 * @param more whether more may be waiting
 * @param workspace the workspace's state before
 * @param abandoned the claims that held some of them before and never settled them
 */
record ClaimedRows(
    List<ClaimedAction> actions, boolean more, State workspace, List<Abandoned> abandoned) {

  /**
   * A claim whose relay died, or was away until its lease had ended. What it sent, if anything, and
   * what was answered, is not known.
   *
   * @param sinceEndMicros how long ago its lease ended
   * @param customers the users of its actions
   * @param events its actions, as far as they are claimed now
   */
  record Abandoned(
      UUID claimId, String relay, long sinceEndMicros, Set<String> customers, List<UUID> events) {}

  private static final String ABANDONED_MESSAGE =
      "the relay did not settle this claim before its lease ended; what it sent is not known";

  /** Gathers abandoned claims, an action at a time. */
  static final class AbandonedClaims {
    private final Map<UUID, Abandoned> byId = new LinkedHashMap<>();

    /** Takes note of an action; its former claim is null if it was not abandoned. */
    void add(
        ClaimedAction action,
        @Nullable UUID claimId,
        @Nullable String relay,
        @Nullable Long sinceEndMicros) {
      if (claimId == null) {
        return;
      }
      Abandoned claim =
          byId.computeIfAbsent(
              claimId,
              id ->
                  new Abandoned(
                      id,
                      relay == null ? "" : relay,
                      sinceEndMicros == null ? 0 : sinceEndMicros,
                      new HashSet<>(),
                      new ArrayList<>()));
      claim.customers().add(action.customerId());
      claim.events().add(action.eventUuid());
    }

    List<Abandoned> all() {
      return List.copyOf(byId.values());
    }
  }

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

  /** The values of an abandoned claim's row in {@code outbox_request}, alike in every dialect. */
  static Object[] bind(ClaimSpec spec, Abandoned claim) {
    return new Object[] {
      claim.claimId(),
      claim.claimId(),
      spec.workspace(),
      claim.relay(),
      // When it was taken, if its lease was as long as this one.
      claim.sinceEndMicros() + spec.lease().toNanos() / 1_000,
      claim.customers().size(),
      claim.events().size(),
      ABANDONED_MESSAGE
    };
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
        unknownMicros == null ? null : Duration.of(unknownMicros, ChronoUnit.MICROS),
        row.get(13, String.class));
  }
}
