package io.durableoutbox.jdbc.internal.mysql;

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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * SettlementRows into the tables of MariaDB and MySQL. The rows of a statement are one JSON array.
 * There is no {@code DELETE ... RETURNING} for many tables, so a row that moves is locked and
 * copied first, and then deleted.
 */
final class MySqlSettlement {
  private final String recordRequestsSql;
  private final String copyDeliveredSql;
  private final String deleteDeliveredSql;
  private final String copyMissedSql;
  private final String deleteMissedSql;
  private final String recordRepeatsSql;
  private final String vanishedSql;
  private final String settleRetriedSql;
  private final String copyRejectedSql;
  private final String deleteRejectedSql;
  private final String settleUnsentSql;
  private final String recordAttemptsSql;
  private final String recordAbandonedSql;

  MySqlSettlement(Function<String, String> in) {
    recordRequestsSql = in.apply(RECORD_REQUESTS);
    copyDeliveredSql = in.apply(COPY_DELIVERED);
    deleteDeliveredSql = in.apply(DELETE_DELIVERED);
    copyMissedSql = in.apply(COPY_MISSED);
    deleteMissedSql = in.apply(DELETE_MISSED);
    recordRepeatsSql = in.apply(RECORD_REPEATS);
    vanishedSql = in.apply(VANISHED);
    settleRetriedSql = in.apply(SETTLE_RETRIED);
    copyRejectedSql = in.apply(COPY_REJECTED);
    deleteRejectedSql = in.apply(DELETE_REJECTED);
    settleUnsentSql = in.apply(SETTLE_UNSENT);
    recordAttemptsSql = in.apply(RECORD_ATTEMPTS);
    recordAbandonedSql = in.apply(RECORD_ABANDONED);
  }

  // The UPDATE changes nothing: the request is known.
  private static final String RECORD_REQUESTS =
      """
      /* outbox:record-requests */
      INSERT INTO $.outbox_request (id, claim_id, workspace, relay, started_at, duration_ms, status, elements, actions,
                                    bytes, outcome, req_id, message)
      SELECT r.r_id, r.claim, r.ws, r.by_relay, UTC_TIMESTAMP(6) - INTERVAL r.started_ago MICROSECOND, r.took,
             r.http_status, r.n_elements, r.n_actions, r.n_bytes, r.what, r.server_id, r.words
        FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               r_id char(36) CHARACTER SET ascii PATH '$[0]', claim char(36) CHARACTER SET ascii PATH '$[1]',
               ws varchar(65) PATH '$[2]', by_relay varchar(255) PATH '$[3]', started_ago bigint PATH '$[4]',
               took int PATH '$[5]', http_status int PATH '$[6]', n_elements int PATH '$[7]',
               n_actions int PATH '$[8]', n_bytes int PATH '$[9]', what varchar(16) PATH '$[10]',
               server_id varchar(255) PATH '$[11]', words varchar(4000) PATH '$[12]')) AS r
          ON DUPLICATE KEY UPDATE id = r.r_id
      """;

  // By id and claim: after an AUTO_INCREMENT went back, an id alone is another action's.
  private static final String COPY_DELIVERED =
      """
      /* outbox:settle-delivered */
      INSERT INTO $.outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      user_timezone_offset, workspace, customer_id, action, platform,
                                      user_attributes, attributes)
      SELECT UTC_TIMESTAMP(6) - INTERVAL s.micros_ago MICROSECOND, o.created_at, o.event_time, o.event_uuid, s.request,
             o.attempts + s.more_attempts, o.refusals + s.refused, o.user_timezone_offset, o.workspace, o.customer_id,
             o.action, o.platform, o.user_attributes, o.attributes
        FROM (SELECT j.* FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', row_id bigint PATH '$[1]', claim char(36) CHARACTER SET ascii PATH '$[2]',
               request char(36) CHARACTER SET ascii PATH '$[3]', micros_ago bigint PATH '$[4]',
               more_attempts int PATH '$[5]', refused int PATH '$[6]')) AS j) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (PRIMARY) ON o.workspace = s.ws AND o.id = s.row_id
       WHERE o.claim_id = s.claim
         FOR UPDATE
      """;

  private static final String DELETE_DELIVERED =
      """
      /* outbox:settle-delivered */
      DELETE o
        FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', row_id bigint PATH '$[1]',
               claim char(36) CHARACTER SET ascii PATH '$[2]')) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (PRIMARY) ON o.workspace = s.ws AND o.id = s.row_id
       WHERE o.claim_id = s.claim
      """;

  // What the claim does not hold any more, by its UUID: delivered is delivered, whoever holds the
  // row now, and whatever its id is. A row that lost its claim has lost the attempt, too.
  private static final String COPY_MISSED =
      """
      /* outbox:settle-missed */
      INSERT INTO $.outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      user_timezone_offset, workspace, customer_id, action, platform,
                                      user_attributes, attributes)
      SELECT UTC_TIMESTAMP(6) - INTERVAL s.micros_ago MICROSECOND, o.created_at, o.event_time, o.event_uuid, s.request,
             GREATEST(o.attempts, 1) + s.more_attempts, o.refusals + s.refused, o.user_timezone_offset, o.workspace,
             o.customer_id, o.action, o.platform, o.user_attributes, o.attributes
        FROM (SELECT j.* FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', event char(36) CHARACTER SET ascii PATH '$[1]',
               request char(36) CHARACTER SET ascii PATH '$[2]', micros_ago bigint PATH '$[3]',
               more_attempts int PATH '$[4]', refused int PATH '$[5]')) AS j) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (outbox_event_uuid_key) ON o.event_uuid = s.event
       WHERE o.workspace = s.ws
         FOR UPDATE
      """;

  private static final String DELETE_MISSED =
      """
      /* outbox:settle-missed */
      DELETE o
        FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', event char(36) CHARACTER SET ascii PATH '$[1]')) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (outbox_event_uuid_key) ON o.event_uuid = s.event
       WHERE o.workspace = s.ws
      """;

  // Accepted once more, another relay had settled it first; or its row is elsewhere, or lost. Not
  // for the same settlement that is repeated.
  private static final String RECORD_REPEATS =
      """
      /* outbox:record-repeats */
      INSERT INTO $.outbox_attempt (event_uuid, request_id)
      SELECT s.event, s.request
        FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               event char(36) CHARACTER SET ascii PATH '$[0]',
               request char(36) CHARACTER SET ascii PATH '$[1]')) AS s
       WHERE NOT EXISTS (SELECT 1 FROM $.outbox_delivered d
                          WHERE d.event_uuid = s.event AND d.request_id = s.request)
          ON DUPLICATE KEY UPDATE request_id = s.request
      """;

  // In no table at all.
  private static final String VANISHED =
      """
      /* outbox:vanished */
      SELECT DISTINCT s.event
        FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (event char(36) CHARACTER SET ascii PATH '$[0]')) AS s
       WHERE NOT EXISTS (SELECT 1 FROM $.outbox o WHERE o.event_uuid = s.event)
         AND NOT EXISTS (SELECT 1 FROM $.outbox_rejected x WHERE x.event_uuid = s.event)
         AND NOT EXISTS (SELECT 1 FROM $.outbox_delivered d WHERE d.event_uuid = s.event)
       ORDER BY s.event
      """;

  private static final String SETTLE_RETRIED =
      """
      /* outbox:settle-retried */
      UPDATE JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', row_id bigint PATH '$[1]', claim char(36) CHARACTER SET ascii PATH '$[2]',
               delay bigint PATH '$[3]', error varchar(4000) PATH '$[4]', more_attempts int PATH '$[5]',
               refused int PATH '$[6]', unknown_ago bigint PATH '$[7]')) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (PRIMARY) ON o.workspace = s.ws AND o.id = s.row_id
         SET o.claim_id = NULL, o.available_at = UTC_TIMESTAMP(6) + INTERVAL s.delay MICROSECOND,
             o.last_error = s.error, o.attempts = o.attempts + s.more_attempts, o.refusals = o.refusals + s.refused,
             o.unknown_since = COALESCE(o.unknown_since, UTC_TIMESTAMP(6) - INTERVAL s.unknown_ago MICROSECOND)
       WHERE o.claim_id = s.claim
      """;

  private static final String COPY_REJECTED =
      """
      /* outbox:settle-rejected */
      INSERT INTO $.outbox_rejected (rejected_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                     user_timezone_offset, workspace, customer_id, action, platform, reason,
                                     user_attributes, attributes)
      SELECT UTC_TIMESTAMP(6), o.created_at, o.event_time, o.event_uuid, s.request, o.attempts + s.more_attempts,
             o.refusals + s.refused, o.user_timezone_offset, o.workspace, o.customer_id, o.action, o.platform,
             s.why, o.user_attributes, o.attributes
        FROM (SELECT j.* FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', row_id bigint PATH '$[1]', claim char(36) CHARACTER SET ascii PATH '$[2]',
               why varchar(4000) PATH '$[3]', request char(36) CHARACTER SET ascii PATH '$[4]',
               more_attempts int PATH '$[5]', refused int PATH '$[6]')) AS j) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (PRIMARY) ON o.workspace = s.ws AND o.id = s.row_id
       WHERE o.claim_id = s.claim
         FOR UPDATE
          ON DUPLICATE KEY UPDATE
             rejected_at = UTC_TIMESTAMP(6), reason = s.why, request_id = s.request, operation_id = NULL,
             attempts = outbox_rejected.attempts + o.attempts + s.more_attempts,
             refusals = outbox_rejected.refusals + o.refusals + s.refused
      """;

  private static final String DELETE_REJECTED =
      """
      /* outbox:settle-rejected */
      DELETE o
        FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', row_id bigint PATH '$[1]',
               claim char(36) CHARACTER SET ascii PATH '$[2]')) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (PRIMARY) ON o.workspace = s.ws AND o.id = s.row_id
       WHERE o.claim_id = s.claim
      """;

  private static final String SETTLE_UNSENT =
      """
      /* outbox:settle-unsent */
      UPDATE JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               ws varchar(65) PATH '$[0]', row_id bigint PATH '$[1]',
               claim char(36) CHARACTER SET ascii PATH '$[2]')) AS s
             STRAIGHT_JOIN $.outbox o FORCE INDEX (PRIMARY) ON o.workspace = s.ws AND o.id = s.row_id
         SET o.claim_id = NULL, o.available_at = UTC_TIMESTAMP(6), o.attempts = o.attempts - 1
       WHERE o.claim_id = s.claim
      """;

  private static final String RECORD_ATTEMPTS =
      """
      /* outbox:record-attempts */
      INSERT INTO $.outbox_attempt (event_uuid, request_id)
      SELECT s.event, s.request
        FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (
               event char(36) CHARACTER SET ascii PATH '$[0]',
               request char(36) CHARACTER SET ascii PATH '$[1]')) AS s
          ON DUPLICATE KEY UPDATE request_id = s.request
      """;

  // Claims in part by several successors add up.
  private static final String RECORD_ABANDONED =
      """
      /* outbox:record-abandoned */
      INSERT INTO $.outbox_request (id, claim_id, workspace, relay, started_at, elements, actions, outcome, message)
      SELECT s.r_id, s.claim, s.ws, s.by_relay, UTC_TIMESTAMP(6) - INTERVAL s.started_ago MICROSECOND, s.n_elements,
             s.n_actions, 'unknown', s.words
        FROM (SELECT ? AS r_id, ? AS claim, ? AS ws, ? AS by_relay, ? AS started_ago, ? AS n_elements, ? AS n_actions,
                     ? AS words) AS s
          ON DUPLICATE KEY UPDATE elements = elements + s.n_elements, actions = actions + s.n_actions
      """;

  Settled settle(Connection connection, SettlementRows outcomes) throws SQLException {
    JsonRows.of(outcomes.requests(), MySqlSettlement::request).run(connection, recordRequestsSql);
    Moved delivered = settleDelivered(connection, outcomes.deliveredRows());
    int retried =
        JsonRows.of(outcomes.retried(), MySqlSettlement::retried).run(connection, settleRetriedSql);
    int rejected = settleRejected(connection, outcomes.rejected());
    int unsent =
        JsonRows.of(
                outcomes.unsent(),
                (JsonRows.Line line, Row r) -> line.add(r.workspace()).add(r.id()).add(r.claimId()))
            .run(connection, settleUnsentSql);
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

  void recordAbandoned(Connection connection, ClaimSpec spec, List<ClaimedRows.Abandoned> claims)
      throws SQLException {
    for (ClaimedRows.Abandoned claim : claims) {
      Jdbc.update(connection, recordAbandonedSql, texts(ClaimedRows.bind(spec, claim)));
      recordAttempts(
          connection,
          claim.events().stream().map((UUID e) -> new AttemptRow(e, claim.claimId())).toList());
    }
  }

  /** Not every driver takes a UUID. */
  private static Object[] texts(Object[] values) {
    Object[] texts = values.clone();
    for (int i = 0; i < texts.length; i++) {
      if (texts[i] instanceof UUID) {
        texts[i] = texts[i].toString();
      }
    }
    return texts;
  }

  private Moved settleDelivered(Connection connection, List<DeliveredRow> rows)
      throws SQLException {
    List<DeliveredRow> once = onceEach(rows);
    int moved =
        JsonRows.of(once, MySqlSettlement::delivered)
            .run(connection, copyDeliveredSql, deleteDeliveredSql);
    if (moved == rows.size()) {
      return new Moved(moved, List.of());
    }
    moved +=
        JsonRows.of(once, MySqlSettlement::missed).run(connection, copyMissedSql, deleteMissedSql);
    JsonRows.of(
            rows,
            (JsonRows.Line line, DeliveredRow r) -> line.add(r.eventUuid()).add(r.requestId()))
        .run(connection, recordRepeatsSql);
    List<UUID> vanished =
        JsonRows.of(once, (JsonRows.Line line, DeliveredRow r) -> line.add(r.eventUuid()))
            .uuids(connection, vanishedSql);
    return new Moved(moved, vanished);
  }

  /** The first row of each action: a join with two would copy the action twice. */
  private static List<DeliveredRow> onceEach(List<DeliveredRow> rows) {
    Set<UUID> events = new HashSet<>();
    return rows.stream().filter(row -> events.add(row.eventUuid())).toList();
  }

  private static void missed(JsonRows.Line line, DeliveredRow r) {
    line.add(r.row().workspace())
        .add(r.eventUuid())
        .add(r.requestId())
        .add(r.microsAgo())
        .add(r.row().moreAttempts())
        .add(r.row().refusals());
  }

  private int settleRejected(Connection connection, List<RejectedRow> rows) throws SQLException {
    return JsonRows.of(rows, MySqlSettlement::rejected)
        .run(connection, copyRejectedSql, deleteRejectedSql);
  }

  private void recordAttempts(Connection connection, List<AttemptRow> rows) throws SQLException {
    JsonRows.of(
            rows, (JsonRows.Line line, AttemptRow r) -> line.add(r.eventUuid()).add(r.requestId()))
        .run(connection, recordAttemptsSql);
  }

  private static void request(JsonRows.Line line, RequestRow r) {
    Attempt a = r.attempt();
    line.add(a.requestId())
        .add(r.claimId())
        .add(r.workspace())
        .add(a.relay())
        .add(r.startedMicrosAgo())
        .add(r.durationMillis())
        .add(a.outcome().status())
        .add(a.elements())
        .add(a.actions())
        .add(a.bytes())
        .add(a.outcome().name())
        .add(r.reqId())
        .add(a.outcome().message());
  }

  private static void delivered(JsonRows.Line line, DeliveredRow r) {
    line.add(r.row().workspace())
        .add(r.row().id())
        .add(r.row().claimId())
        .add(r.requestId())
        .add(r.microsAgo())
        .add(r.row().moreAttempts())
        .add(r.row().refusals());
  }

  private static void retried(JsonRows.Line line, RetriedRow r) {
    line.add(r.row().workspace())
        .add(r.row().id())
        .add(r.row().claimId())
        .add(r.delayMicros())
        .add(r.error())
        .add(r.row().moreAttempts())
        .add(r.row().refusals())
        .add(r.unknownMicrosAgo());
  }

  private static void rejected(JsonRows.Line line, RejectedRow r) {
    line.add(r.row().workspace())
        .add(r.row().id())
        .add(r.row().claimId())
        .add(r.reason())
        .add(r.requestId())
        .add(r.row().moreAttempts())
        .add(r.row().refusals());
  }
}
