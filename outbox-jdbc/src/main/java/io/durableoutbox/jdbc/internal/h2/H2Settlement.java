package io.durableoutbox.jdbc.internal.h2;

import io.durableoutbox.jdbc.internal.dialect.ClaimedRows;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.AttemptRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.DeliveredRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.Moved;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.RejectedRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.RequestRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.RetriedRow;
import io.durableoutbox.jdbc.internal.dialect.SettlementRows.Row;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import io.durableoutbox.store.Settlement.Attempt;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** SettlementRows into H2's tables, a statement for each row. */
final class H2Settlement {
  private final String recordRequestSql;
  private final String settleDeliveredSql;
  private final String settleMissedSql;
  private final String recordRepeatSql;
  private final String vanishedSql;
  private final String settleRetriedSql;
  private final String settleRejectedSql;
  private final String settleUnsentSql;
  private final String recordAttemptSql;
  private final String recordAbandonedSql;

  H2Settlement(Function<String, String> in) {
    recordRequestSql = in.apply(RECORD_REQUEST);
    settleDeliveredSql = in.apply(SETTLE_DELIVERED);
    settleMissedSql = in.apply(SETTLE_MISSED);
    recordRepeatSql = in.apply(RECORD_REPEAT);
    vanishedSql = in.apply(VANISHED);
    settleRetriedSql = in.apply(SETTLE_RETRIED);
    settleRejectedSql = in.apply(SETTLE_REJECTED);
    settleUnsentSql = in.apply(SETTLE_UNSENT);
    recordAttemptSql = in.apply(RECORD_ATTEMPT);
    recordAbandonedSql = in.apply(RECORD_ABANDONED);
  }

  private static final String RECORD_REQUEST =
      """
      /* outbox:record-requests */
      MERGE INTO $.outbox_request AS t
      USING (SELECT CAST(? AS UUID) AS id) AS s ON t.id = s.id
      WHEN NOT MATCHED THEN
        INSERT (id, claim_id, workspace, relay, started_at, duration_ms, status, elements, actions, bytes, outcome,
                req_id, message)
        VALUES (s.id, ?, ?, ?, DATEADD('MICROSECOND', -CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)), ?, ?, ?, ?, ?, ?, ?, ?)
      """;

  private static final String DELIVERED_COLUMNS =
      """
      INSERT INTO $.outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      user_timezone_offset, workspace, customer_id, action, platform,
                                      user_attributes, attributes)
      SELECT DATEADD('MICROSECOND', -CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)), created_at, event_time, event_uuid,
             CAST(? AS UUID), GREATEST(attempts, 1) + CAST(? AS INTEGER), refusals + CAST(? AS INTEGER),
             user_timezone_offset, workspace, customer_id, action, platform, user_attributes, attributes
      """;

  // By id and claim: after a sequence went back, an id alone is another action's.
  private static final String SETTLE_DELIVERED =
      "/* outbox:settle-delivered */\n"
          + DELIVERED_COLUMNS
          + "  FROM OLD TABLE (DELETE FROM $.outbox WHERE workspace = ? AND id = ? AND claim_id = ?)";

  // What the claim does not hold any more, by its UUID: delivered is delivered, whoever holds the
  // row now, and whatever its id is. A row that lost its claim has lost the attempt, too.
  private static final String SETTLE_MISSED =
      "/* outbox:settle-missed */\n"
          + DELIVERED_COLUMNS
          + "  FROM OLD TABLE (DELETE FROM $.outbox WHERE workspace = ? AND event_uuid = ?)";

  // Accepted once more, another relay had settled it first; or its row is elsewhere, or lost. Not
  // for the same settlement that is repeated.
  private static final String RECORD_REPEAT =
      """
      /* outbox:record-repeats */
      MERGE INTO $.outbox_attempt AS t
      USING (SELECT s.event_uuid, s.request_id
               FROM (SELECT CAST(? AS UUID) AS event_uuid, CAST(? AS UUID) AS request_id) AS s
              WHERE NOT EXISTS (SELECT 1 FROM $.outbox_delivered d
                                 WHERE d.event_uuid = s.event_uuid AND d.request_id = s.request_id)) AS n
         ON t.event_uuid = n.event_uuid AND t.request_id = n.request_id
      WHEN NOT MATCHED THEN INSERT (event_uuid, request_id) VALUES (n.event_uuid, n.request_id)
      """;

  // In no table at all.
  private static final String VANISHED =
      """
      /* outbox:vanished */
      SELECT s.event_uuid
        FROM (SELECT CAST(? AS UUID) AS event_uuid) AS s
       WHERE NOT EXISTS (SELECT 1 FROM $.outbox o WHERE o.event_uuid = s.event_uuid)
         AND NOT EXISTS (SELECT 1 FROM $.outbox_rejected x WHERE x.event_uuid = s.event_uuid)
         AND NOT EXISTS (SELECT 1 FROM $.outbox_delivered d WHERE d.event_uuid = s.event_uuid)
      """;

  private static final String SETTLE_RETRIED =
      """
      /* outbox:settle-retried */
      UPDATE $.outbox
         SET claim_id = NULL, available_at = DATEADD('MICROSECOND', CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)),
             last_error = ?, attempts = attempts + ?, refusals = refusals + ?,
             unknown_since = COALESCE(unknown_since,
                                      DATEADD('MICROSECOND', -CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)))
       WHERE workspace = ? AND id = ? AND claim_id = ?
      """;

  private static final String SETTLE_REJECTED =
      """
      /* outbox:settle-rejected */
      MERGE INTO $.outbox_rejected AS x
      USING (SELECT * FROM OLD TABLE (DELETE FROM $.outbox WHERE workspace = ? AND id = ? AND claim_id = ?)) AS o
         ON x.event_uuid = o.event_uuid
      WHEN MATCHED THEN UPDATE
         SET rejected_at = CURRENT_TIMESTAMP(6), reason = ?, request_id = ?, operation_id = NULL,
             attempts = x.attempts + o.attempts + ?, refusals = x.refusals + o.refusals + ?
      WHEN NOT MATCHED THEN
        INSERT (rejected_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                user_timezone_offset, workspace, customer_id, action, platform, reason,
                user_attributes, attributes)
        VALUES (CURRENT_TIMESTAMP(6), o.created_at, o.event_time, o.event_uuid, ?, o.attempts + ?, o.refusals + ?,
                o.user_timezone_offset, o.workspace, o.customer_id, o.action, o.platform, ?,
                o.user_attributes, o.attributes)
      """;

  private static final String SETTLE_UNSENT =
      """
      /* outbox:settle-unsent */
      UPDATE $.outbox
         SET claim_id = NULL, available_at = CURRENT_TIMESTAMP(6), attempts = attempts - 1
       WHERE workspace = ? AND id = ? AND claim_id = ?
      """;

  private static final String RECORD_ATTEMPT =
      """
      /* outbox:record-attempts */
      MERGE INTO $.outbox_attempt AS t
      USING (SELECT CAST(? AS UUID) AS event_uuid, CAST(? AS UUID) AS request_id) AS s
         ON t.event_uuid = s.event_uuid AND t.request_id = s.request_id
      WHEN NOT MATCHED THEN INSERT (event_uuid, request_id) VALUES (s.event_uuid, s.request_id)
      """;

  Settled settle(Connection connection, SettlementRows outcomes) throws SQLException {
    Jdbc.updateEach(connection, recordRequestSql, map(outcomes.requests(), H2Settlement::bind));
    Moved delivered = settleDelivered(connection, outcomes.deliveredRows());
    int retried =
        Jdbc.updateEach(connection, settleRetriedSql, map(outcomes.retried(), H2Settlement::bind));
    int rejected =
        Jdbc.updateEach(
            connection, settleRejectedSql, map(outcomes.rejected(), H2Settlement::bind));
    int unsent =
        Jdbc.updateEach(
            connection,
            settleUnsentSql,
            map(outcomes.unsent(), (Row r) -> row(r.workspace(), r.id(), r.claimId())));
    Jdbc.updateEach(
        connection,
        recordAttemptSql,
        map(outcomes.attempts(), (AttemptRow r) -> row(r.eventUuid(), r.requestId())));
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

  private Moved settleDelivered(Connection connection, List<DeliveredRow> rows)
      throws SQLException {
    int moved = Jdbc.updateEach(connection, settleDeliveredSql, map(rows, H2Settlement::bind));
    if (moved == rows.size()) {
      return new Moved(moved, List.of());
    }
    moved += Jdbc.updateEach(connection, settleMissedSql, map(rows, H2Settlement::bindMissed));
    Jdbc.updateEach(
        connection,
        recordRepeatSql,
        map(rows, (DeliveredRow r) -> row(r.eventUuid(), r.requestId())));
    Set<UUID> vanished = new LinkedHashSet<>();
    for (DeliveredRow row : rows) {
      vanished.addAll(Jdbc.query(connection, vanishedSql, Jdbc::uuids, row.eventUuid()));
    }
    return new Moved(moved, List.copyOf(vanished));
  }

  private static final String RECORD_ABANDONED =
      """
      /* outbox:record-abandoned */
      MERGE INTO $.outbox_request AS t
      USING (SELECT CAST(? AS UUID) AS id, CAST(? AS UUID) AS claim_id, CAST(? AS CHARACTER VARYING) AS workspace,
                    CAST(? AS CHARACTER VARYING) AS relay,
                    DATEADD('MICROSECOND', -CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)) AS started_at,
                    CAST(? AS INTEGER) AS elements, CAST(? AS INTEGER) AS actions,
                    CAST(? AS CHARACTER VARYING) AS message) AS s ON t.id = s.id
      WHEN MATCHED THEN UPDATE
         SET elements = t.elements + s.elements, actions = t.actions + s.actions
      WHEN NOT MATCHED THEN
        INSERT (id, claim_id, workspace, relay, started_at, elements, actions, outcome, message)
        VALUES (s.id, s.claim_id, s.workspace, s.relay, s.started_at, s.elements, s.actions, 'unknown', s.message)
      """;

  void recordAbandoned(Connection connection, ClaimSpec spec, List<ClaimedRows.Abandoned> claims)
      throws SQLException {
    for (ClaimedRows.Abandoned claim : claims) {
      Jdbc.update(connection, recordAbandonedSql, ClaimedRows.bind(spec, claim));
      Jdbc.updateEach(
          connection, recordAttemptSql, map(claim.events(), (UUID e) -> row(e, claim.claimId())));
    }
  }

  private static Object[] bind(RequestRow r) {
    Attempt a = r.attempt();
    return row(
        a.requestId(),
        r.claimId(),
        r.workspace(),
        a.relay(),
        r.startedMicrosAgo(),
        r.durationMillis(),
        a.outcome().status(),
        a.elements(),
        a.actions(),
        a.bytes(),
        a.outcome().name(),
        r.reqId(),
        a.outcome().message());
  }

  private static Object[] bind(DeliveredRow r) {
    return row(
        r.microsAgo(),
        r.requestId(),
        r.row().moreAttempts(),
        r.row().refusals(),
        r.row().workspace(),
        r.row().id(),
        r.row().claimId());
  }

  private static Object[] bindMissed(DeliveredRow r) {
    return row(
        r.microsAgo(),
        r.requestId(),
        r.row().moreAttempts(),
        r.row().refusals(),
        r.row().workspace(),
        r.eventUuid());
  }

  private static Object[] bind(RetriedRow r) {
    return row(
        r.delayMicros(),
        r.error(),
        r.row().moreAttempts(),
        r.row().refusals(),
        r.unknownMicrosAgo(),
        r.row().workspace(),
        r.row().id(),
        r.row().claimId());
  }

  private static Object[] bind(RejectedRow r) {
    return row(
        r.row().workspace(),
        r.row().id(),
        r.row().claimId(),
        r.reason(),
        r.requestId(),
        r.row().moreAttempts(),
        r.row().refusals(),
        r.requestId(),
        r.row().moreAttempts(),
        r.row().refusals(),
        r.reason());
  }

  private static Object[] row(@Nullable Object... values) {
    return values;
  }

  private static <R> List<Object[]> map(List<R> rows, Function<R, Object[]> bind) {
    return rows.stream().map(bind).toList();
  }
}
