package io.durableoutbox.jdbc.internal.postgresql;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Claims waiting actions, in one statement and one round trip. */
public final class PostgresClaim {
  /**
   * Keeps the planner to the index and its order until the transaction ends, sent before a
   * statement in the same round trip. The server keeps the plan of a prepared statement until the
   * table is analysed, and one that it made when the table was empty, or had a hundred rows among
   * many remains, reads and sorts all that waits, on each claim. And a claim does not wait for a
   * table's lock for ever, when nobody would know any more what became of it.
   *
   * <p>It has as many columns as the claim: a driver with {@code prepareThreshold=-1} asks for the
   * columns of the last statement of a text, and wants them from each.
   */
  public static final String BY_INDEX =
      "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off',"
          + " true), set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN"
          + " '30s' ELSE current_setting('lock_timeout') END, true)"
          + ", NULL".repeat(12);

  // MATERIALIZED: under a nested loop an IN (SELECT ... LIMIT ... SKIP LOCKED) runs again for each
  // row and takes more than its limit. = ANY (ARRAY(...)): the array is made once, and is a
  // condition of the index. A join has an order, and with statistics from before the workspace had
  // rows it is the wrong one: all of its rows, and for each of them all that was picked. What is
  // locked beyond the bytes is free again at commit.
  //
  // A row with a claim was left by a relay that did not settle it, so what became of it is unknown,
  // and is recorded so, in one row for each such claim; those taken in part by several successors
  // add up.
  //
  // The rows come from what was picked and not from the UPDATE's RETURNING: a CTE's result is kept
  // until it is read, and whole rows would be kept twice. The first row tells of the workspace,
  // even if nothing is claimed, in columns of the same types: beside each claimed row it would be
  // written, sent and read a thousand times. The commit need not wait for the disk: a claim that is
  // forgotten, or an outcome, is claimed and sent again with the same UUIDs.
  private static final String CLAIM =
      """
      /* outbox:claim */
      WITH state AS MATERIALIZED (
        SELECT w.paused_since IS NOT NULL AS paused,
               (extract(epoch FROM w.paused_until - now()) * 1000000)::bigint AS remaining,
               w.cause, w.reason, w.paused_by, w.failures, w.probed_open_by,
               (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS clock,
               set_config('synchronous_commit', $commit, true)
          FROM (VALUES (1)) AS one LEFT JOIN $.outbox_workspace w ON w.workspace = ?::text),
      picked AS MATERIALIZED (
        SELECT o.id, o.event_uuid, o.customer_id, o.user_timezone_offset, o.user_attributes, o.action, o.event_time,
               o.platform, o.attributes, o.validated, o.attempts, o.refusals, o.unknown_since, o.traceparent,
               o.claim_id, o.claimed_by, o.available_at,
               octet_length(o.attributes::text) + coalesce(octet_length(o.user_attributes::text), 0)
               + octet_length(o.customer_id) + 256 AS bytes
          FROM $.outbox o
         WHERE o.workspace = ?::text
           AND o.id >= ?::bigint
           AND o.available_at <= now()
           AND (?::boolean OR NOT (SELECT paused FROM state))
         ORDER BY o.id
         LIMIT ?
           FOR UPDATE OF o SKIP LOCKED),
      fitting AS MATERIALIZED (
        SELECT max(a.id) AS last, max(a.n) AS n
          FROM (SELECT p.id, sum(p.bytes) OVER (ORDER BY p.id) - p.bytes AS bytes_before, count(*) OVER () AS n
                  FROM picked p) AS a
         WHERE a.bytes_before < ?::bigint),
      claimed AS (
        UPDATE $.outbox o
           SET claim_id = ?::uuid, claimed_by = ?::text, attempts = o.attempts + 1,
               available_at = now() + ?::bigint * interval '1 microsecond',
               unknown_since = CASE WHEN o.claim_id IS NULL THEN o.unknown_since
                                    ELSE coalesce(o.unknown_since, o.available_at) END
         WHERE o.workspace = ?::text
           AND o.id = ANY (ARRAY(SELECT p.id FROM picked p WHERE p.id <= (SELECT last FROM fitting)))),
      abandoned AS (
        INSERT INTO $.outbox_request AS r (id, claim_id, workspace, relay, started_at, elements, actions, outcome,
                                           message)
        SELECT p.claim_id, p.claim_id, ?::text, coalesce(min(p.claimed_by), ''),
               min(p.available_at) - ?::bigint * interval '1 microsecond',
               count(DISTINCT p.customer_id), count(*), 'unknown', ?::text
          FROM picked p
         WHERE p.claim_id IS NOT NULL AND p.id <= (SELECT last FROM fitting)
         GROUP BY p.claim_id
            ON CONFLICT (id) DO UPDATE
           SET elements = r.elements + excluded.elements, actions = r.actions + excluded.actions),
      attempted AS (
        INSERT INTO $.outbox_attempt (event_uuid, request_id)
        SELECT p.event_uuid, p.claim_id
          FROM picked p
         WHERE p.claim_id IS NOT NULL AND p.id <= (SELECT last FROM fitting)
            ON CONFLICT (event_uuid, request_id) DO NOTHING)
      SELECT true AS is_state, (SELECT n FROM fitting) AS id, NULL::uuid AS event_uuid, s.cause AS customer_id,
             s.failures AS user_timezone_offset, NULL::json AS user_attributes, s.paused_by AS action,
             s.clock AS event_time, s.probed_open_by AS platform, NULL::json AS attributes, s.paused AS validated,
             NULL::integer AS attempts, NULL::integer AS refusals, s.remaining AS unknown_for, s.reason AS traceparent
        FROM state s
      UNION ALL
      SELECT false, p.id, p.event_uuid, p.customer_id, p.user_timezone_offset, p.user_attributes, p.action,
             floor(date_part('epoch', p.event_time))::bigint, p.platform, p.attributes, p.validated,
             p.attempts + 1, p.refusals,
             (extract(epoch FROM now() - CASE WHEN p.claim_id IS NULL THEN p.unknown_since
                                              ELSE coalesce(p.unknown_since, p.available_at) END) * 1000000)::bigint,
             p.traceparent
        FROM picked p
       WHERE p.id <= (SELECT last FROM fitting)
      """;

  private final String claimSql;

  PostgresClaim(UnaryOperator<String> in) {
    claimSql = in.apply(CLAIM);
  }

  /**
   * Claims.
   *
   * @param twoStatements whether the connection takes two statements in one round trip
   */
  ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe, boolean twoStatements)
      throws SQLException {
    Jdbc.Reader<ClaimedRows> reader = rows -> read(rows, limit(spec, probe));
    if (twoStatements) {
      return Jdbc.querySecond(connection, BY_INDEX + ";" + claimSql, reader, values(spec, probe));
    }
    Jdbc.query(connection, BY_INDEX, ResultSet::next);
    return Jdbc.query(connection, claimSql, reader, values(spec, probe));
  }

  private static ClaimedRows read(ResultSet rows, int limit) throws SQLException {
    List<ClaimedAction> actions = new ArrayList<>(limit);
    ClaimedRows.State state = null;
    long picked = 0;
    while (rows.next()) {
      if (rows.getBoolean(1)) {
        picked = rows.getLong(2);
        state = state(rows);
      } else {
        actions.add(ClaimedRows.read(rows, 2));
      }
    }
    // In order already as a rule, which the statement does not promise; there it would sort rows.
    actions.sort(Comparator.comparingLong(ClaimedAction::id));
    return new ClaimedRows(
        actions,
        picked > 0 && (picked == limit || picked > actions.size()),
        Objects.requireNonNull(state),
        List.of());
  }

  private static ClaimedRows.State state(ResultSet row) throws SQLException {
    return ClaimedRows.State.of(
        row.getBoolean(11),
        Jdbc.nullableLong(row, 14),
        row.getString(4),
        row.getString(15),
        row.getString(7),
        row.getInt(5),
        row.getString(9),
        row.getLong(8));
  }

  private static int limit(ClaimSpec spec, boolean probe) {
    return probe ? Math.min(spec.maxActions(), spec.maxProbeActions()) : spec.maxActions();
  }

  static Object[] values(ClaimSpec spec, boolean probe) {
    long lease = spec.lease().toNanos() / 1_000;
    return new Object[] {
      spec.workspace(),
      spec.workspace(),
      spec.fromId(),
      probe,
      limit(spec, probe),
      spec.maxBytes(),
      spec.claimId(),
      spec.relay(),
      lease,
      spec.workspace(),
      spec.workspace(),
      lease,
      ClaimedRows.ABANDONED_MESSAGE
    };
  }

  String sql() {
    return claimSql;
  }
}
