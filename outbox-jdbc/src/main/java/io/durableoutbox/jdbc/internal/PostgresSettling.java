package io.durableoutbox.jdbc.internal;

import static io.durableoutbox.jdbc.internal.PostgresDialect.column;

import io.durableoutbox.jdbc.internal.Outcomes.AttemptRow;
import io.durableoutbox.jdbc.internal.Outcomes.DeliveredRequest;
import io.durableoutbox.jdbc.internal.Outcomes.DeliveredRow;
import io.durableoutbox.jdbc.internal.Outcomes.RejectedRow;
import io.durableoutbox.jdbc.internal.Outcomes.RequestRow;
import io.durableoutbox.jdbc.internal.Outcomes.RetriedRow;
import io.durableoutbox.jdbc.internal.Outcomes.Row;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.RelayStore.ClaimSpec;
import io.durableoutbox.spi.RelayStore.Settled;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Outcomes into PostgreSQL's tables, one statement for each kind. */
final class PostgresSettling {
  private final String recordRequestsSql;
  private final String settleDeliveredSql;
  private final String recordRepeatsSql;
  private final String settleRetriedSql;
  private final String settleRejectedSql;
  private final String settleUnsentSql;
  private final String recordAttemptsSql;
  private final String recordAbandonedSql;

  PostgresSettling(Function<String, String> in) {
    recordRequestsSql = in.apply(RECORD_REQUESTS);
    settleDeliveredSql = in.apply(SETTLE_DELIVERED);
    recordRepeatsSql = in.apply(RECORD_REPEATS);
    settleRetriedSql = in.apply(SETTLE_RETRIED);
    settleRejectedSql = in.apply(SETTLE_REJECTED);
    settleUnsentSql = in.apply(SETTLE_UNSENT);
    recordAttemptsSql = in.apply(RECORD_ATTEMPTS);
    recordAbandonedSql = in.apply(RECORD_ABANDONED);
  }

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
          ON CONFLICT (id) DO NOTHING
      """;

  // One array element for each request, with the ids of its actions as the text of an array in it.
  // By id alone: delivered is delivered, whoever holds the row now.
  private static final String SETTLE_DELIVERED =
      """
      /* outbox:settle-delivered */
      WITH settled AS MATERIALIZED (
        SELECT r.workspace, i.id, r.request_id, r.micros_ago, r.more_attempts, r.refused
          FROM unnest(?::text[], ?::text[], ?::uuid[], ?::bigint[], ?::integer[], ?::integer[])
                 AS r(workspace, ids, request_id, micros_ago, more_attempts, refused),
               unnest(r.ids::bigint[]) AS i(id)
         ORDER BY r.workspace, i.id),
      gone AS (
        DELETE FROM $.outbox o USING settled s
         WHERE o.workspace = s.workspace AND o.id = s.id
        RETURNING now() - s.micros_ago * interval '1 microsecond' AS sent_at, s.request_id, s.more_attempts,
                  s.refused, o.*)
      INSERT INTO $.outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      user_timezone_offset, workspace, customer_id, action, platform,
                                      user_attributes, attributes)
      SELECT sent_at, created_at, event_time, event_uuid, request_id, attempts + more_attempts, refusals + refused,
             user_timezone_offset, workspace, customer_id, action, platform,
             user_attributes, attributes
        FROM gone
      """;

  // Accepted once more: another relay had settled it first. Not for the same settlement that is
  // repeated.
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

  Settled settle(Connection connection, Outcomes outcomes) throws SQLException {
    recordRequests(connection, outcomes.requests());
    int delivered = settleDelivered(connection, outcomes);
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
    return new Settled(delivered, retried, rejected, unsent, fenced);
  }

  // Claims in part by several successors add up.
  private static final String RECORD_ABANDONED =
      """
      /* outbox:record-abandoned */
      INSERT INTO $.outbox_request AS r (id, claim_id, workspace, relay, started_at, elements, actions, outcome, message)
      VALUES (?::uuid, ?::uuid, ?::text, ?::text, now() - ?::bigint * interval '1 microsecond', ?::integer, ?::integer,
              'unknown', ?::text)
          ON CONFLICT (id) DO UPDATE
         SET elements = r.elements + excluded.elements, actions = r.actions + excluded.actions
      """;

  void recordAbandoned(Connection connection, ClaimSpec spec, List<ClaimedRows.Abandoned> claims)
      throws SQLException {
    for (ClaimedRows.Abandoned claim : claims) {
      FixedSql.update(connection, recordAbandonedSql, ClaimedRows.bind(spec, claim));
      recordAttempts(
          connection,
          claim.events().stream().map(e -> new AttemptRow(e, claim.claimId())).toList());
    }
  }

  private void recordRequests(Connection connection, List<RequestRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    FixedSql.update(
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

  private int settleDelivered(Connection connection, Outcomes outcomes) throws SQLException {
    List<DeliveredRequest> requests = outcomes.delivered();
    if (requests.isEmpty()) {
      return 0;
    }
    int moved =
        FixedSql.update(
            connection,
            settleDeliveredSql,
            column(requests, String[]::new, DeliveredRequest::workspace),
            column(requests, String[]::new, r -> ids(r.actions())),
            column(requests, UUID[]::new, DeliveredRequest::requestId),
            column(requests, Long[]::new, DeliveredRequest::microsAgo),
            column(requests, Integer[]::new, DeliveredRequest::moreAttempts),
            column(requests, Integer[]::new, DeliveredRequest::refusals));
    int actions = requests.stream().mapToInt(r -> r.actions().size()).sum();
    if (moved < actions) {
      List<DeliveredRow> rows = outcomes.deliveredRows();
      FixedSql.update(
          connection,
          recordRepeatsSql,
          column(rows, UUID[]::new, DeliveredRow::eventUuid),
          column(rows, UUID[]::new, DeliveredRow::requestId));
    }
    return moved;
  }

  private static String ids(List<ClaimedAction> actions) {
    StringBuilder ids = new StringBuilder(actions.size() * 8).append('{');
    for (ClaimedAction action : actions) {
      ids.append(ids.length() == 1 ? "" : ",").append(action.id());
    }
    return ids.append('}').toString();
  }

  private int settleRetried(Connection connection, List<RetriedRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    return FixedSql.update(
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
    return FixedSql.update(
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
    return FixedSql.update(
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
    FixedSql.update(
        connection,
        recordAttemptsSql,
        column(rows, UUID[]::new, AttemptRow::eventUuid),
        column(rows, UUID[]::new, AttemptRow::requestId));
  }
}
