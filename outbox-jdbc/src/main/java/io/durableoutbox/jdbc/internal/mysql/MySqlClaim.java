package io.durableoutbox.jdbc.internal.mysql;

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

/** Claims waiting actions: finds where to begin, locks rows, takes them. */
final class MySqlClaim {
  // And where to begin, read without a lock: else each claim would lock and free all rows that
  // stand in front and are set back or claimed.
  private static final String STATE =
      """
      /* outbox:claim */
      SELECT w.paused_since IS NOT NULL, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), w.paused_until),
             w.cause, w.reason, w.paused_by, w.failures, w.probed_open_by,
             TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', UTC_TIMESTAMP(6)),
             CASE WHEN w.paused_since IS NULL OR ? THEN
               (SELECT o.id FROM $.outbox o FORCE INDEX (PRIMARY)
                 WHERE o.workspace = ? AND o.id >= ? AND o.available_at <= UTC_TIMESTAMP(6) ORDER BY o.id LIMIT 1) END
        FROM (SELECT 1 AS n) AS one LEFT JOIN $.outbox_workspace w ON w.workspace = ?
      """;

  private static final String PICK =
      """
      /* outbox:claim */
      SELECT o.id, o.event_uuid, o.customer_id, o.user_timezone_offset, o.user_attributes, o.action,
             TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', o.event_time), o.platform, o.attributes,
             o.validated, o.attempts + 1, o.refusals,
             TIMESTAMPDIFF(MICROSECOND,
                           COALESCE(o.unknown_since, CASE WHEN o.claim_id IS NOT NULL THEN o.available_at END),
                           UTC_TIMESTAMP(6)),
             o.traceparent, o.claim_id, o.claimed_by, TIMESTAMPDIFF(MICROSECOND, o.available_at, UTC_TIMESTAMP(6))
        FROM $.outbox o FORCE INDEX (PRIMARY)
       WHERE o.workspace = ?
         AND o.id >= ?
         AND o.available_at <= UTC_TIMESTAMP(6)
       ORDER BY o.id
       LIMIT ?
         FOR UPDATE SKIP LOCKED
      """;

  // A row with a claim was left by a relay that did not settle it: what became of it is unknown.
  // The columns are set in this order, and the first reads two that the next ones change.
  private static final String CLAIM =
      """
      /* outbox:claim */
      UPDATE $.outbox FORCE INDEX (PRIMARY)
         SET unknown_since = CASE WHEN claim_id IS NULL THEN unknown_since
                                  ELSE COALESCE(unknown_since, available_at) END,
             claim_id = ?, claimed_by = ?, attempts = attempts + 1,
             available_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND
       WHERE workspace = ? AND id IN (%s)
      """;

  private final String stateSql;
  private final String pickSql;
  private final String claimSql;
  private final MySqlSettlement settling;

  MySqlClaim(UnaryOperator<String> in, MySqlSettlement settling) {
    stateSql = in.apply(STATE);
    pickSql = in.apply(PICK);
    claimSql = in.apply(CLAIM);
    this.settling = settling;
  }

  ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe) throws SQLException {
    Begin begin =
        Jdbc.query(
            connection,
            stateSql,
            row -> {
              row.next();
              return new Begin(ClaimedRows.State.read(row), Jdbc.nullableLong(row, 9));
            },
            probe,
            spec.workspace(),
            spec.fromId(),
            spec.workspace());
    if (begin.firstId == null) {
      return new ClaimedRows(List.of(), false, begin.state, List.of());
    }
    int limit = probe ? Math.min(spec.maxActions(), spec.maxProbeActions()) : spec.maxActions();
    ClaimedRows claim =
        Jdbc.query(
            connection,
            pickSql,
            rows -> ClaimedRows.upTo(spec.maxBytes(), limit, rows, begin.state),
            spec.workspace(),
            begin.firstId,
            limit);
    take(connection, spec, claim.actions());
    settling.recordAbandoned(connection, spec, claim.abandoned());
    return claim;
  }

  /** The workspace's state, and the first row that may be claimed, if any. */
  private record Begin(ClaimedRows.State state, @Nullable Long firstId) {}

  private void take(Connection connection, ClaimSpec spec, List<ClaimedAction> actions)
      throws SQLException {
    if (actions.isEmpty()) {
      return;
    }
    List<Object> values = new ArrayList<>(actions.size() + 4);
    values.add(spec.claimId().toString());
    values.add(spec.relay());
    values.add(spec.lease().toNanos() / 1_000);
    values.add(spec.workspace());
    actions.forEach(action -> values.add(action.id()));
    Jdbc.update(
        connection, claimSql.formatted(MySqlDialect.marks("?", actions.size())), values.toArray());
  }
}
