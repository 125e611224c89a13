package io.durableoutbox.jdbc.internal.postgresql;

import static io.durableoutbox.jdbc.internal.postgresql.PostgresDialect.column;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.AttemptRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.DeliveredRequest;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.DeliveredRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.Moved;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.RejectedRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.RequestRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.RetriedRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.Row;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import io.durableoutbox.store.RelayStore.Settled;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * SettlementRows into PostgreSQL's tables, one statement for each kind, of delivered ones one for
 * each workspace.
 */
final class PostgresSettlement {
  private final String recordRequestsSql;
  private final String settleDeliveredSql;
  private final String settleMissedSql;
  private final String recordRepeatsSql;
  private final String vanishedSql;
  private final String settleRetriedSql;
  private final String settleRejectedSql;
  private final String settleUnsentSql;
  private final String recordAttemptsSql;

  PostgresSettlement(Function<String, String> in) {
    recordRequestsSql = in.apply(RECORD_REQUESTS);
    settleDeliveredSql = in.apply(SETTLE_DELIVERED);
    settleMissedSql = in.apply(SETTLE_MISSED);
    recordRepeatsSql = in.apply(RECORD_REPEATS);
    vanishedSql = in.apply(VANISHED);
    settleRetriedSql = in.apply(SETTLE_RETRIED);
    settleRejectedSql = in.apply(SETTLE_REJECTED);
    settleUnsentSql = in.apply(SETTLE_UNSENT);
    recordAttemptsSql = in.apply(RECORD_ATTEMPTS);
  }

  // No scans of the whole queue from here on, for the reason that PostgresClaim.BY_INDEX tells.
  private static final String RECORD_REQUESTS =
      """
      /* outbox:record-requests */
      INSERT INTO $.outbox_request (id, claim_id, workspace, relay, started_at, duration_ms, status, elements, actions,
                                    bytes, outcome, req_id, message)
      SELECT r.id, r.claim_id, r.workspace, r.relay, now() - r.started_ago * interval '1 microsecond', r.duration_ms,
             r.status, r.elements, r.actions, r.bytes, r.outcome, r.req_id, r.message
        FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::bigint[], ?::integer[], ?::integer[], ?::integer[],
                    ?::integer[], ?::integer[], ?::text[], ?::text[], ?::text[])
          AS r(id, claim_id, workspace, relay, started_ago, duration_ms, status, elements, actions, bytes, outcome,
               req_id, message)
       WHERE set_config('synchronous_commit', $commit, true) IS NOT NULL
         AND set_config('enable_seqscan', 'off', true) IS NOT NULL
          ON CONFLICT (id) DO NOTHING
      """;

  // By id and claim: after a sequence went back, an id alone is another action's. The ids are one
  // condition of the index and not a join: since PostgreSQL 17 they are found in one walk over its
  // pages. The first and the last of them bound what is read where statistics make the array a
  // filter. width_bucket finds by bisection where a row's id is among them, and so which request it
  // was in, and by which claim.
  private static final String SETTLE_DELIVERED =
      """
      /* outbox:settle-delivered */
      WITH gone AS (
        DELETE FROM $.outbox o
         WHERE o.workspace = ?::text AND o.id = ANY (?::bigint[]) AND o.id BETWEEN ?::bigint AND ?::bigint
           AND o.claim_id = (?::uuid[])[(?::integer[])[width_bucket(o.id, ?::bigint[])]]
        RETURNING o.*)
      INSERT INTO $.outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      user_timezone_offset, workspace, customer_id, action, platform,
                                      user_attributes, attributes)
      SELECT now() - (?::bigint[])[r] * interval '1 microsecond', created_at, event_time, event_uuid, (?::uuid[])[r],
             attempts + (?::integer[])[r], refusals + (?::integer[])[r],
             user_timezone_offset, workspace, customer_id, action, platform,
             user_attributes, attributes
        FROM (SELECT g.*, (?::integer[])[width_bucket(g.id, ?::bigint[])] AS r FROM gone g OFFSET 0) AS x
      """;

  // What the claim does not hold any more, by its UUID: delivered is delivered, whoever holds the
  // row now, and whatever its id is. A row that lost its claim has lost the attempt, too.
  private static final String SETTLE_MISSED =
      """
      /* outbox:settle-missed */
      WITH missed AS MATERIALIZED (
        SELECT DISTINCT ON (s.event_uuid) s.*
          FROM unnest(?::text[], ?::uuid[], ?::uuid[], ?::bigint[], ?::integer[], ?::integer[])
            AS s(workspace, event_uuid, request_id, micros_ago, more_attempts, refused)
         ORDER BY s.event_uuid, s.micros_ago DESC, s.request_id),
      gone AS (
        DELETE FROM $.outbox o USING missed s
         WHERE o.event_uuid = s.event_uuid AND o.workspace = s.workspace
        RETURNING s.request_id, s.micros_ago, s.more_attempts, s.refused, o.*)
      INSERT INTO $.outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      user_timezone_offset, workspace, customer_id, action, platform,
                                      user_attributes, attributes)
      SELECT now() - micros_ago * interval '1 microsecond', created_at, event_time, event_uuid, request_id,
             greatest(attempts, 1) + more_attempts, refusals + refused,
             user_timezone_offset, workspace, customer_id, action, platform,
             user_attributes, attributes
        FROM gone
      """;

  // Accepted once more, another relay had settled it first; or its row is elsewhere, or lost. Not
  // for the same settlement that is repeated.
  private static final String RECORD_REPEATS =
      """
      /* outbox:record-repeats */
      INSERT INTO $.outbox_attempt (event_uuid, request_id)
      SELECT s.event_uuid, s.request_id
        FROM unnest(?::uuid[], ?::uuid[]) AS s(event_uuid, request_id)
       WHERE NOT EXISTS (SELECT 1 FROM $.outbox_delivered d
                          WHERE d.event_uuid = s.event_uuid AND d.request_id = s.request_id)
          ON CONFLICT (event_uuid, request_id) DO NOTHING
      """;

  // In no table at all.
  private static final String VANISHED =
      """
      /* outbox:vanished */
      SELECT DISTINCT s.event_uuid
        FROM unnest(?::uuid[]) AS s(event_uuid)
       WHERE NOT EXISTS (SELECT 1 FROM $.outbox o WHERE o.event_uuid = s.event_uuid)
         AND NOT EXISTS (SELECT 1 FROM $.outbox_rejected x WHERE x.event_uuid = s.event_uuid)
         AND NOT EXISTS (SELECT 1 FROM $.outbox_delivered d WHERE d.event_uuid = s.event_uuid)
       ORDER BY s.event_uuid
      """;

  private static final String SETTLE_RETRIED =
      """
      /* outbox:settle-retried */
      UPDATE $.outbox o
         SET claim_id = NULL, available_at = now() + s.delay * interval '1 microsecond', last_error = s.error,
             attempts = o.attempts + s.more_attempts, refusals = o.refusals + s.refused,
             unknown_since = coalesce(o.unknown_since, now() - s.unknown_ago * interval '1 microsecond')
        FROM unnest(?::text[], ?::bigint[], ?::uuid[], ?::bigint[], ?::text[], ?::integer[], ?::integer[], ?::bigint[])
          AS s(workspace, id, claim_id, delay, error, more_attempts, refused, unknown_ago)
       WHERE o.workspace = s.workspace AND o.id = s.id AND o.claim_id = s.claim_id
      """;

  private static final String SETTLE_REJECTED =
      """
      /* outbox:settle-rejected */
      WITH settled AS MATERIALIZED (
        SELECT * FROM unnest(?::text[], ?::bigint[], ?::uuid[], ?::text[], ?::uuid[], ?::integer[], ?::integer[])
                   AS s(workspace, id, claim_id, reason, request_id, more_attempts, refused)),
      gone AS (
        DELETE FROM $.outbox o USING settled s
         WHERE o.workspace = s.workspace AND o.id = s.id AND o.claim_id = s.claim_id
        RETURNING s.reason, s.request_id, s.more_attempts, s.refused, o.*)
      INSERT INTO $.outbox_rejected AS x (rejected_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                     user_timezone_offset, workspace, customer_id, action, platform, reason,
                                     user_attributes, attributes)
      SELECT now(), created_at, event_time, event_uuid, request_id, attempts + more_attempts, refusals + refused,
             user_timezone_offset, workspace, customer_id, action, platform, reason,
             user_attributes, attributes
        FROM gone
          ON CONFLICT (event_uuid) DO UPDATE
         SET rejected_at = excluded.rejected_at, reason = excluded.reason, request_id = excluded.request_id,
             operation_id = NULL,
             attempts = x.attempts + excluded.attempts, refusals = x.refusals + excluded.refusals
      """;

  private static final String SETTLE_UNSENT =
      """
      /* outbox:settle-unsent */
      UPDATE $.outbox o
         SET claim_id = NULL, available_at = now(), attempts = o.attempts - 1
        FROM unnest(?::text[], ?::bigint[], ?::uuid[]) AS s(workspace, id, claim_id)
       WHERE o.workspace = s.workspace AND o.id = s.id AND o.claim_id = s.claim_id
      """;

  private static final String RECORD_ATTEMPTS =
      """
      /* outbox:record-attempts */
      INSERT INTO $.outbox_attempt (event_uuid, request_id)
      SELECT s.event_uuid, s.request_id
        FROM unnest(?::uuid[], ?::uuid[]) AS s(event_uuid, request_id)
          ON CONFLICT (event_uuid, request_id) DO NOTHING
      """;

  Settled settle(Connection connection, SettlementRows outcomes) throws SQLException {
    recordRequests(connection, outcomes.requests());
    Moved delivered = settleDelivered(connection, outcomes);
    int retried = settleRetried(connection, outcomes.retried());
    int rejected = settleRejected(connection, outcomes.rejected());
    int unsent = settleUnsent(connection, outcomes.unsent());
    recordAttempts(connection, outcomes.attempts());
    int fenced =
        outcomes.retried().size()
            + outcomes.rejected().size()
            + outcomes.unsent().size()
            - retried
            - rejected
            - unsent;
    return new Settled(
        delivered.actions(), retried, rejected, unsent, fenced, delivered.vanished());
  }

  private void recordRequests(Connection connection, List<RequestRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    Jdbc.update(
        connection,
        recordRequestsSql,
        column(rows, UUID[]::new, r -> r.attempt().requestId()),
        column(rows, UUID[]::new, RequestRow::claimId),
        column(rows, String[]::new, RequestRow::workspace),
        column(rows, String[]::new, r -> r.attempt().relay()),
        column(rows, Long[]::new, RequestRow::startedMicrosAgo),
        column(rows, Integer[]::new, RequestRow::durationMillis),
        column(rows, Integer[]::new, r -> r.attempt().outcome().status()),
        column(rows, Integer[]::new, r -> r.attempt().elements()),
        column(rows, Integer[]::new, r -> r.attempt().actions()),
        column(rows, Integer[]::new, r -> r.attempt().bytes()),
        column(rows, String[]::new, r -> r.attempt().outcome().name()),
        column(rows, String[]::new, RequestRow::reqId),
        column(rows, String[]::new, r -> r.attempt().outcome().message()));
  }

  /** An action's id, and which request it was in, counted from 1. */
  private record Numbered(long id, int request) {}

  private static List<Numbered> byId(List<DeliveredRequest> requests) {
    List<Numbered> all = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      for (ClaimedAction action : requests.get(i).actions()) {
        all.add(new Numbered(action.id(), i + 1));
      }
    }
    all.sort(Comparator.comparingLong(Numbered::id));
    return all;
  }

  private Moved settleDelivered(Connection connection, SettlementRows outcomes)
      throws SQLException {
    int moved = 0;
    int actions = 0;
    for (List<DeliveredRequest> requests : outcomes.deliveredByWorkspace()) {
      List<Numbered> byId = byId(requests);
      actions += byId.size();
      Long[] ids = column(byId, Long[]::new, Numbered::id);
      Integer[] numbers = column(byId, Integer[]::new, Numbered::request);
      moved +=
          Jdbc.update(
              connection,
              settleDeliveredSql,
              requests.get(0).workspace(),
              ids,
              ids[0],
              ids[ids.length - 1],
              column(requests, UUID[]::new, DeliveredRequest::claimId),
              numbers,
              ids,
              column(requests, Long[]::new, DeliveredRequest::microsAgo),
              column(requests, UUID[]::new, DeliveredRequest::requestId),
              column(requests, Integer[]::new, DeliveredRequest::moreAttempts),
              column(requests, Integer[]::new, DeliveredRequest::refusals),
              numbers,
              ids);
    }
    return moved == actions
        ? new Moved(moved, List.of())
        : settleMissed(connection, outcomes.deliveredRows(), moved);
  }

  /** Goes by UUID through all that was delivered; what has moved already is a repeat of itself. */
  private Moved settleMissed(Connection connection, List<DeliveredRow> rows, int moved)
      throws SQLException {
    UUID[] events = column(rows, UUID[]::new, DeliveredRow::eventUuid);
    UUID[] requests = column(rows, UUID[]::new, DeliveredRow::requestId);
    int late =
        Jdbc.update(
            connection,
            settleMissedSql,
            column(rows, String[]::new, r -> r.row().workspace()),
            events,
            requests,
            column(rows, Long[]::new, DeliveredRow::microsAgo),
            column(rows, Integer[]::new, r -> r.row().moreAttempts()),
            column(rows, Integer[]::new, r -> r.row().refusals()));
    Jdbc.update(connection, recordRepeatsSql, events, requests);
    return new Moved(
        moved + late, Jdbc.query(connection, vanishedSql, Jdbc::uuids, (Object) events));
  }

  private int settleRetried(Connection connection, List<RetriedRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    return Jdbc.update(
        connection,
        settleRetriedSql,
        column(rows, String[]::new, r -> r.row().workspace()),
        column(rows, Long[]::new, r -> r.row().id()),
        column(rows, UUID[]::new, r -> r.row().claimId()),
        column(rows, Long[]::new, RetriedRow::delayMicros),
        column(rows, String[]::new, RetriedRow::error),
        column(rows, Integer[]::new, r -> r.row().moreAttempts()),
        column(rows, Integer[]::new, r -> r.row().refusals()),
        column(rows, Long[]::new, RetriedRow::unknownMicrosAgo));
  }

  private int settleRejected(Connection connection, List<RejectedRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    return Jdbc.update(
        connection,
        settleRejectedSql,
        column(rows, String[]::new, r -> r.row().workspace()),
        column(rows, Long[]::new, r -> r.row().id()),
        column(rows, UUID[]::new, r -> r.row().claimId()),
        column(rows, String[]::new, RejectedRow::reason),
        column(rows, UUID[]::new, RejectedRow::requestId),
        column(rows, Integer[]::new, r -> r.row().moreAttempts()),
        column(rows, Integer[]::new, r -> r.row().refusals()));
  }

  private int settleUnsent(Connection connection, List<Row> rows) throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    return Jdbc.update(
        connection,
        settleUnsentSql,
        column(rows, String[]::new, Row::workspace),
        column(rows, Long[]::new, Row::id),
        column(rows, UUID[]::new, Row::claimId));
  }

  private void recordAttempts(Connection connection, List<AttemptRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    Jdbc.update(
        connection,
        recordAttemptsSql,
        column(rows, UUID[]::new, AttemptRow::eventUuid),
        column(rows, UUID[]::new, AttemptRow::requestId));
  }
}
