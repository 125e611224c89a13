package io.durableoutbox.jdbc.internal;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.internal.Outcomes.AttemptRow;
import io.durableoutbox.jdbc.internal.Outcomes.DeliveredRow;
import io.durableoutbox.jdbc.internal.Outcomes.RejectedRow;
import io.durableoutbox.jdbc.internal.Outcomes.RequestRow;
import io.durableoutbox.jdbc.internal.Outcomes.RetriedRow;
import io.durableoutbox.jdbc.internal.Outcomes.Row;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.RelayStore.ClaimSpec;
import io.durableoutbox.spi.RelayStore.Settled;
import io.durableoutbox.spi.Settlement.Attempt;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;

/**
 * H2 2.4 and later in its regular mode, embedded: no network, so a statement for each row costs no
 * round trip. It has no data-modifying CTE; a row moves by {@code INSERT ... SELECT FROM OLD TABLE
 * (DELETE ...)}.
 */
final class H2Dialect implements Dialect {
  private static final String DUPLICATE_KEY = "23505";

  private final Configuration configuration = Dialect.configuration(SQLDialect.H2);
  private final String knownSql;
  private final String addSql;
  private final String stateSql;
  private final String pickSql;
  private final String claimSql;
  private final String recordRequestSql;
  private final String settleDeliveredSql;
  private final String recordRepeatSql;
  private final String settleRetriedSql;
  private final String settleRejectedSql;
  private final String settleUnsentSql;
  private final String recordAttemptSql;
  private final String recordAbandonedSql;
  private final String versionSql;
  private final Workspaces workspaces;
  private final String requeueSql;
  private final String prefix;

  H2Dialect(String prefix) {
    this.prefix = prefix;
    Function<String, String> in = this::in;
    knownSql = in.apply(KNOWN);
    addSql = in.apply(ADD);
    stateSql = in.apply(STATE);
    pickSql = in.apply(PICK);
    claimSql = in.apply(CLAIM);
    recordRequestSql = in.apply(RECORD_REQUEST);
    settleDeliveredSql = in.apply(SETTLE_DELIVERED);
    recordRepeatSql = in.apply(RECORD_REPEAT);
    settleRetriedSql = in.apply(SETTLE_RETRIED);
    settleRejectedSql = in.apply(SETTLE_REJECTED);
    settleUnsentSql = in.apply(SETTLE_UNSENT);
    recordAttemptSql = in.apply(RECORD_ATTEMPT);
    recordAbandonedSql = in.apply(RECORD_ABANDONED);
    workspaces = new Workspaces(this::using, H2WorkspaceSql.ALL.in(in));
    requeueSql = in.apply(RequeueSql.H2);
    versionSql =
        in.apply(
            "/* outbox:version */ SELECT version, oldest_library FROM $.outbox_schema_version");
  }

  @Override
  public Configuration configuration() {
    return configuration;
  }

  @Override
  public String in(String statement) {
    return statement.replace("$.", prefix);
  }

  @Override
  public RetentionSql retention() {
    return RetentionSql.H2;
  }

  @Override
  public String versionSql() {
    return versionSql;
  }

  private static final String KNOWN =
      """
      /* outbox:known */
      SELECT 1 FROM $.outbox_delivered WHERE event_uuid = ?
      UNION ALL
      SELECT 1 FROM $.outbox_rejected WHERE event_uuid = ?
      """;

  private static final String ADD =
      """
      /* outbox:add */
      INSERT INTO $.outbox (workspace, event_uuid, customer_id, user_timezone_offset, user_attributes,
                            action, event_time, platform, attributes, validated)
      VALUES (?, ?, ?, ?, ?, ?, DATEADD('SECOND', CAST(? AS BIGINT), TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00'),
              ?, ?, TRUE)
      """;

  @Override
  public Set<UUID> add(Connection connection, List<Action> actions) {
    DSLContext sql = using(connection);
    Set<UUID> added = new HashSet<>();
    for (Action action : actions) {
      if (action.eventUuidGiven()
          && !sql.resultQuery(knownSql, action.eventUuid(), action.eventUuid()).fetch().isEmpty()) {
        continue;
      }
      try {
        sql.query(
                addSql,
                action.workspace(),
                action.eventUuid(),
                action.customerId(),
                action.userTimezoneOffset().isPresent()
                    ? action.userTimezoneOffset().getAsInt()
                    : null,
                action.userAttributes().orElse(null),
                action.type().wireName(),
                action.eventTime().getEpochSecond(),
                action.platform().wireName(),
                action.attributes())
            .execute();
        added.add(action.eventUuid());
      } catch (DataAccessException e) {
        // H2 undoes the statement and keeps the transaction, so here a duplicate may be an error.
        if (!DUPLICATE_KEY.equals(SqlErrors.state(e))) {
          throw e;
        }
      }
    }
    return added;
  }

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
             o.claim_id, o.claimed_by,
             CAST((EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(6)) - EXTRACT(EPOCH FROM o.available_at)) * 1000000 AS BIGINT)
        FROM $.outbox o
       WHERE o.workspace = ?
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
       WHERE id = ?
      """;

  @Override
  public ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe) {
    DSLContext sql = using(connection);
    ClaimedRows.State state =
        ClaimedRows.State.read(sql.resultQuery(stateSql, spec.workspace()).fetchSingle(), 0);
    if (state.pause() != null && !probe) {
      return new ClaimedRows(List.of(), false, state, List.of());
    }
    int limit = probe ? Math.min(spec.maxActions(), spec.maxProbeActions()) : spec.maxActions();
    var rows = sql.resultQuery(pickSql, spec.workspace(), limit).fetch();
    List<ClaimedAction> actions = new ArrayList<>(rows.size());
    List<Object[]> updates = new ArrayList<>(rows.size());
    ClaimedRows.AbandonedClaims abandoned = new ClaimedRows.AbandonedClaims();
    long bytes = 0;
    for (Record row : rows) {
      if (bytes >= spec.maxBytes()) {
        break;
      }
      ClaimedAction action = ClaimedRows.read(row);
      bytes += action.bytes();
      actions.add(action);
      abandoned.add(
          action, row.get(13, UUID.class), row.get(14, String.class), row.get(15, Long.class));
      updates.add(
          new Object[] {spec.claimId(), spec.relay(), spec.lease().toNanos() / 1_000, action.id()});
    }
    batch(sql, claimSql, updates);
    boolean more = !rows.isEmpty() && (rows.size() == limit || rows.size() > actions.size());
    return new ClaimedRows(actions, more, state, abandoned.all());
  }

  @Override
  public Workspaces workspaces() {
    return workspaces;
  }

  @Override
  public String requeueSql() {
    return requeueSql;
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

  // By id alone: delivered is delivered, whoever holds the row now.
  private static final String SETTLE_DELIVERED =
      """
      /* outbox:settle-delivered */
      INSERT INTO $.outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      user_timezone_offset, workspace, customer_id, action, platform,
                                      user_attributes, attributes)
      SELECT DATEADD('MICROSECOND', -CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)), created_at, event_time, event_uuid,
             CAST(? AS UUID), attempts + CAST(? AS INTEGER), refusals + CAST(? AS INTEGER), user_timezone_offset, workspace, customer_id, action, platform,
             user_attributes, attributes
        FROM OLD TABLE (DELETE FROM $.outbox WHERE id = ?)
      """;

  // Accepted once more: another relay had settled it first. Not for the same settlement that is
  // repeated.
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

  private static final String SETTLE_RETRIED =
      """
      /* outbox:settle-retried */
      UPDATE $.outbox
         SET claim_id = NULL, available_at = DATEADD('MICROSECOND', CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)),
             last_error = ?, attempts = attempts + ?, refusals = refusals + ?,
             unknown_since = COALESCE(unknown_since,
                                      DATEADD('MICROSECOND', -CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)))
       WHERE id = ? AND claim_id = ?
      """;

  private static final String SETTLE_REJECTED =
      """
      /* outbox:settle-rejected */
      MERGE INTO $.outbox_rejected AS x
      USING (SELECT * FROM OLD TABLE (DELETE FROM $.outbox WHERE id = ? AND claim_id = ?)) AS o
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
       WHERE id = ? AND claim_id = ?
      """;

  private static final String RECORD_ATTEMPT =
      """
      /* outbox:record-attempts */
      MERGE INTO $.outbox_attempt AS t
      USING (SELECT CAST(? AS UUID) AS event_uuid, CAST(? AS UUID) AS request_id) AS s
         ON t.event_uuid = s.event_uuid AND t.request_id = s.request_id
      WHEN NOT MATCHED THEN INSERT (event_uuid, request_id) VALUES (s.event_uuid, s.request_id)
      """;

  @Override
  public Settled settle(Connection connection, Outcomes outcomes) {
    DSLContext sql = using(connection);
    batch(sql, recordRequestSql, map(outcomes.requests(), H2Dialect::bind));
    int delivered = batch(sql, settleDeliveredSql, map(outcomes.delivered(), H2Dialect::bind));
    if (delivered < outcomes.delivered().size()) {
      batch(
          sql,
          recordRepeatSql,
          map(outcomes.delivered(), (DeliveredRow r) -> row(r.eventUuid(), r.requestId())));
    }
    int retried = batch(sql, settleRetriedSql, map(outcomes.retried(), H2Dialect::bind));
    int rejected = batch(sql, settleRejectedSql, map(outcomes.rejected(), H2Dialect::bind));
    int unsent =
        batch(sql, settleUnsentSql, map(outcomes.unsent(), (Row r) -> row(r.id(), r.claimId())));
    batch(
        sql,
        recordAttemptSql,
        map(outcomes.attempts(), (AttemptRow r) -> row(r.eventUuid(), r.requestId())));
    int fenced =
        outcomes.retried().size()
            + outcomes.rejected().size()
            + outcomes.unsent().size()
            - retried
            - rejected
            - unsent;
    return new Settled(delivered, retried, rejected, unsent, fenced);
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

  @Override
  public void recordAbandoned(
      Connection connection, ClaimSpec spec, List<ClaimedRows.Abandoned> claims) {
    DSLContext sql = using(connection);
    for (ClaimedRows.Abandoned claim : claims) {
      sql.query(recordAbandonedSql, ClaimedRows.bind(spec, claim)).execute();
      batch(sql, recordAttemptSql, map(claim.events(), (UUID e) -> row(e, claim.claimId())));
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
        r.microsAgo(), r.requestId(), r.row().moreAttempts(), r.row().refusals(), r.row().id());
  }

  private static Object[] bind(RetriedRow r) {
    return row(
        r.delayMicros(),
        r.error(),
        r.row().moreAttempts(),
        r.row().refusals(),
        r.unknownMicrosAgo(),
        r.row().id(),
        r.row().claimId());
  }

  private static Object[] bind(RejectedRow r) {
    return row(
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

  private static Object[] row(@org.jspecify.annotations.Nullable Object... values) {
    return values;
  }

  private static <R> List<Object[]> map(List<R> rows, Function<R, Object[]> bind) {
    return rows.stream().map(bind).toList();
  }

  /** Executes a statement for each row and returns how many rows it changed in all. */
  private static int batch(DSLContext sql, String statement, List<Object[]> rows) {
    int changed = 0;
    for (Object[] row : rows) {
      changed += sql.query(statement, row).execute();
    }
    return changed;
  }
}
