package io.durableoutbox.jdbc.internal.h2;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Claims waiting actions: locks rows, takes each. */
final class H2Claim {
  // DATEDIFF would compare local times, and not every session has the same time zone.
  private static final String STATE =
      """
      /* outbox:claim */
      SELECT w.paused_since IS NOT NULL,
             CAST((EXTRACT(EPOCH FROM w.paused_until) - EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(6))) * 1000000 AS BIGINT),
             w.cause, w.reason, w.paused_by, w.failures, w.probed_open_by,
             CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(6)) * 1000000 AS BIGINT)
        FROM (VALUES (1)) AS one(n) LEFT JOIN $.outbox_workspace w ON w.workspace = ?
      """;

  private static final String PICK =
      """
      /* outbox:claim */
      SELECT o.id, o.event_uuid, o.customer_id, o.user_timezone_offset, o.user_attributes, o.action,
             CAST(FLOOR(EXTRACT(EPOCH FROM o.event_time)) AS BIGINT), o.platform, o.attributes, o.validated,
             o.attempts + 1, o.refusals,
             CAST((EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(6))
                   - EXTRACT(EPOCH FROM COALESCE(o.unknown_since,
                                                 CASE WHEN o.claim_id IS NOT NULL THEN o.available_at END)))
                  * 1000000 AS BIGINT),
             o.traceparent, o.claim_id, o.claimed_by,
             CAST((EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(6)) - EXTRACT(EPOCH FROM o.available_at)) * 1000000 AS BIGINT)
        FROM $.outbox o
       WHERE o.workspace = ?
         AND o.id >= ?
         AND o.available_at <= CURRENT_TIMESTAMP(6)
       ORDER BY o.id
       LIMIT ?
         FOR UPDATE SKIP LOCKED
      """;

  // A row with a claim was left by a relay that did not settle it: what became of it is unknown.
  private static final String CLAIM =
      """
      /* outbox:claim */
      UPDATE $.outbox
         SET unknown_since = CASE WHEN claim_id IS NULL THEN unknown_since
                                  ELSE COALESCE(unknown_since, available_at) END,
             claim_id = ?, claimed_by = ?, attempts = attempts + 1,
             available_at = DATEADD('MICROSECOND', CAST(? AS BIGINT), CURRENT_TIMESTAMP(6))
       WHERE workspace = ? AND id = ?
      """;

  private final String stateSql;
  private final String pickSql;
  private final String claimSql;
  private final H2Settlement settling;

  H2Claim(UnaryOperator<String> in, H2Settlement settling) {
    stateSql = in.apply(STATE);
    pickSql = in.apply(PICK);
    claimSql = in.apply(CLAIM);
    this.settling = settling;
  }

  ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe) throws SQLException {
    ClaimedRows.State state =
        Jdbc.query(
            connection,
            stateSql,
            row -> {
              row.next();
              return ClaimedRows.State.read(row);
            },
            spec.workspace());
    if (state.pause() != null && !probe) {
      return new ClaimedRows(List.of(), false, state, List.of());
    }
    int limit = probe ? Math.min(spec.maxActions(), spec.maxProbeActions()) : spec.maxActions();
    ClaimedRows claim =
        Jdbc.query(
            connection,
            pickSql,
            rows -> ClaimedRows.upTo(spec.maxBytes(), limit, rows, state),
            spec.workspace(),
            spec.fromId(),
            limit);
    List<@Nullable Object[]> updates = new ArrayList<>(claim.actions().size());
    for (ClaimedAction action : claim.actions()) {
      updates.add(
          new Object[] {
            spec.claimId(),
            spec.relay(),
            spec.lease().toNanos() / 1_000,
            spec.workspace(),
            action.id()
          });
    }
    Jdbc.updateEach(connection, claimSql, updates);
    settling.recordAbandoned(connection, spec, claim.abandoned());
    return claim;
  }
}
