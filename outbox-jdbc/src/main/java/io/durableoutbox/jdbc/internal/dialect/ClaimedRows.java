package io.durableoutbox.jdbc.internal.dialect;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import io.durableoutbox.jdbc.internal.sql.OneLine;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Pause;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a dialect's claim found.
 *
 * @param actions in the order of claiming
 * @param more whether more may be waiting
 * @param workspace the workspace's state before
 * @param abandoned the claims that held some of them before and never settled them, as far as the
 *     dialect has not recorded them by the same statement
 */
public record ClaimedRows(
    List<ClaimedAction> actions, boolean more, State workspace, List<Abandoned> abandoned) {

  /**
   * A claim whose relay died, or was away until its lease had ended. What it sent, if anything, and
   * what was answered, is not known.
   *
   * @param sinceEndMicros how long ago its lease ended
   * @param customers the users of its actions
   * @param events its actions, as far as they are claimed now
   */
  public record Abandoned(
      UUID claimId, String relay, long sinceEndMicros, Set<String> customers, List<UUID> events) {}

  public static final String ABANDONED_MESSAGE =
      "the relay did not settle this claim before its lease ended; what it sent is not known";

  /** Gathers abandoned claims, an action at a time. */
  static final class AbandonedClaims {
    private final Map<UUID, Abandoned> byId = new LinkedHashMap<>();

    /** Takes note of an action, and of the claim that held it before. */
    void add(ClaimedAction action, UUID claimId, @Nullable String relay, long sinceEndMicros) {
      Abandoned claim =
          byId.computeIfAbsent(
              claimId,
              id ->
                  new Abandoned(
                      id,
                      relay == null ? "" : relay,
                      sinceEndMicros,
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
  public record State(@Nullable Pause pause, @Nullable String probedOpenBy, Instant now) {
    public static State of(
        boolean paused,
        @Nullable Long remainingMicros,
        @Nullable String cause,
        @Nullable String reason,
        @Nullable String pausedBy,
        int failures,
        @Nullable String probedOpenBy,
        long nowMicros) {
      Duration remaining =
          remainingMicros == null ? null : Duration.of(remainingMicros, ChronoUnit.MICROS);
      return new State(
          paused
              ? new Pause(
                  remaining,
                  OneLine.orNull(cause),
                  OneLine.orNull(reason),
                  OneLine.orNull(pausedBy),
                  failures)
              : null,
          probedOpenBy,
          Instant.EPOCH.plus(nowMicros, ChronoUnit.MICROS));
    }

    /** Reads the first columns of H2's, MariaDB's and MySQL's claim, in this order. */
    public static State read(ResultSet row) throws SQLException {
      return of(
          row.getBoolean(1),
          Jdbc.nullableLong(row, 2),
          row.getString(3),
          row.getString(4),
          row.getString(5),
          row.getInt(6),
          row.getString(7),
          row.getLong(8));
    }
  }

  /**
   * The values of an abandoned claim's row in {@code outbox_request}, alike in H2, MariaDB and
   * MySQL.
   */
  public static Object[] bind(ClaimSpec spec, Abandoned claim) {
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

  /**
   * Reads rows in the order of claiming, each with its former claim in the three columns after an
   * action's, as long as what is before them has fewer bytes.
   *
   * @param limit how many were asked for
   */
  public static ClaimedRows upTo(long maxBytes, int limit, ResultSet rows, State state)
      throws SQLException {
    List<ClaimedAction> actions = new ArrayList<>();
    AbandonedClaims abandoned = new AbandonedClaims();
    long bytes = 0;
    boolean next = rows.next();
    while (next && bytes < maxBytes) {
      ClaimedAction action = read(rows, 1);
      bytes += action.bytes();
      actions.add(action);
      UUID former = Jdbc.uuid(rows, 15);
      if (former != null) {
        abandoned.add(action, former, rows.getString(16), rows.getLong(17));
      }
      next = rows.next();
    }
    boolean more = next || (!actions.isEmpty() && actions.size() == limit);
    return new ClaimedRows(actions, more, state, abandoned.all());
  }

  /** Reads the columns that every dialect's claim returns, in this order, from the given one on. */
  public static ClaimedAction read(ResultSet row, int from) throws SQLException {
    Long unknownMicros = Jdbc.nullableLong(row, from + 12);
    return ClaimedAction.of(
        row.getLong(from),
        Objects.requireNonNull(Jdbc.uuid(row, from + 1)),
        row.getString(from + 2),
        Jdbc.nullableInt(row, from + 3),
        row.getString(from + 4),
        row.getString(from + 5),
        row.getLong(from + 6),
        row.getString(from + 7),
        row.getString(from + 8),
        row.getBoolean(from + 9),
        row.getInt(from + 10),
        row.getInt(from + 11),
        unknownMicros == null ? null : Duration.of(unknownMicros, ChronoUnit.MICROS),
        row.getString(from + 13));
  }
}
