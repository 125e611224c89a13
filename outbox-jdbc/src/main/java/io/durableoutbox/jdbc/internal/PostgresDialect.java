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
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;

/**
 * PostgreSQL 12 and later. Many rows go in one statement, as one array for each column, so that a
 * statement's text is the same for any number of rows and is prepared once.
 */
final class PostgresDialect implements Dialect {
  private final Configuration configuration = Dialect.configuration(SQLDialect.POSTGRES);
  private final String addSql;
  private final String addUnlessKnownSql;
  private final String claimSql;
  private final String recordRequestsSql;
  private final String settleDeliveredSql;
  private final String recordRepeatsSql;
  private final String settleRetriedSql;
  private final String settleRejectedSql;
  private final String settleUnsentSql;
  private final String recordAttemptsSql;
  private final String recordAbandonedSql;
  private final String versionSql;
  private final Workspaces workspaces;
  private final String requeueSql;
  private final String prefix;

  PostgresDialect(String prefix) {
    this.prefix = prefix;
    Function<String, String> in = this::in;
    addSql = in.apply(ADD.formatted(""));
    addUnlessKnownSql = in.apply(ADD.formatted(UNLESS_KNOWN));
    claimSql = in.apply(CLAIM);
    recordRequestsSql = in.apply(RECORD_REQUESTS);
    settleDeliveredSql = in.apply(SETTLE_DELIVERED);
    recordRepeatsSql = in.apply(RECORD_REPEATS);
    settleRetriedSql = in.apply(SETTLE_RETRIED);
    settleRejectedSql = in.apply(SETTLE_REJECTED);
    settleUnsentSql = in.apply(SETTLE_UNSENT);
    recordAttemptsSql = in.apply(RECORD_ATTEMPTS);
    recordAbandonedSql = in.apply(RECORD_ABANDONED);
    workspaces = new Workspaces(this::using, PostgresWorkspaceSql.ALL.in(in));
    requeueSql = in.apply(RequeueSql.POSTGRES);
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
    return RetentionSql.POSTGRES;
  }

  @Override
  public String versionSql() {
    return versionSql;
  }

  // A conflict is skipped and not an error, since an error would abort the caller's transaction.
  private static final String ADD =
      """
      /* outbox:add */
      INSERT INTO $.outbox (workspace, event_uuid, customer_id, user_timezone_offset, user_attributes,
                            action, event_time, platform, attributes, validated)
      SELECT a.workspace, a.event_uuid, a.customer_id, a.user_timezone_offset, a.user_attributes::json,
             a.action, to_timestamp(a.event_time), a.platform, a.attributes::json, true
        FROM unnest(?::text[], ?::uuid[], ?::text[], ?::integer[], ?::text[], ?::text[], ?::bigint[],
                    ?::text[], ?::text[])
          AS a(workspace, event_uuid, customer_id, user_timezone_offset, user_attributes, action, event_time,
               platform, attributes)
      %s
          ON CONFLICT (event_uuid) DO NOTHING
      RETURNING event_uuid
      """;

  // Only for UUIDs that callers brought: a fresh one can't be known, and the look-up costs.
  private static final String UNLESS_KNOWN =
      """
       WHERE NOT EXISTS (SELECT 1 FROM $.outbox_delivered d WHERE d.event_uuid = a.event_uuid)
         AND NOT EXISTS (SELECT 1 FROM $.outbox_rejected r WHERE r.event_uuid = a.event_uuid)
      """;

  @Override
  public Set<UUID> add(Connection connection, List<Action> actions) {
    boolean anyGiven = actions.stream().anyMatch(Action::eventUuidGiven);
    return new HashSet<>(
        using(connection)
            .resultQuery(
                anyGiven ? addUnlessKnownSql : addSql,
                column(actions, String[]::new, Action::workspace),
                column(actions, UUID[]::new, Action::eventUuid),
                column(actions, String[]::new, Action::customerId),
                column(
                    actions,
                    Integer[]::new,
                    a ->
                        a.userTimezoneOffset().isPresent()
                            ? a.userTimezoneOffset().getAsInt()
                            : null),
                column(actions, String[]::new, a -> a.userAttributes().orElse(null)),
                column(actions, String[]::new, a -> a.type().wireName()),
                column(actions, Long[]::new, a -> a.eventTime().getEpochSecond()),
                column(actions, String[]::new, a -> a.platform().wireName()),
                column(actions, String[]::new, Action::attributes))
            .fetch(0, UUID.class));
  }

  // MATERIALIZED: under a nested loop an IN (SELECT ... LIMIT ... SKIP LOCKED) runs again for each
  // row and takes more than its limit. = ANY (ARRAY(...)): the array is made once, and is a
  // condition of the index. A join has an order, and with statistics from before the workspace had
  // rows it is the wrong one: all of its rows, and for each of them all that was picked. The
  // running sum stops at the bytes; what is locked beyond that is free again at commit. A row with
  // a claim was left by a relay that did not settle it, so what became of it is unknown. One row is
  // returned even if nothing is claimed.
  private static final String CLAIM =
      """
      /* outbox:claim */
      WITH state AS MATERIALIZED (
        SELECT w.paused_since IS NOT NULL AS paused,
               (extract(epoch FROM w.paused_until - now()) * 1000000)::bigint AS remaining,
               w.cause, w.reason, w.paused_by, w.failures, w.probed_open_by
          FROM (VALUES (1)) AS one LEFT JOIN $.outbox_workspace w ON w.workspace = ?::text),
      picked AS MATERIALIZED (
        SELECT o.id, o.claim_id AS before_id, o.claimed_by AS before_by, o.available_at AS before_until,
               octet_length(o.attributes::text) + coalesce(octet_length(o.user_attributes::text), 0)
               + octet_length(o.customer_id) + 256 AS bytes
          FROM $.outbox o
         WHERE o.workspace = ?::text
           AND o.available_at <= now()
           AND (?::boolean OR NOT (SELECT paused FROM state))
         ORDER BY o.id
         LIMIT ?
           FOR UPDATE OF o SKIP LOCKED),
      fitting AS MATERIALIZED (
        SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM picked),
      abandoned AS MATERIALIZED (
        SELECT jsonb_object_agg(id, jsonb_build_array(before_id, before_by,
                                    (extract(epoch FROM now() - before_until) * 1000000)::bigint)) AS by_id
          FROM picked
         WHERE before_id IS NOT NULL),
      claimed AS (
        UPDATE $.outbox o
           SET claim_id = ?::uuid, claimed_by = ?::text, attempts = o.attempts + 1,
               available_at = now() + ?::bigint * interval '1 microsecond',
               unknown_since = CASE WHEN o.claim_id IS NULL THEN o.unknown_since
                                    ELSE coalesce(o.unknown_since, o.available_at) END
         WHERE o.workspace = ?::text
           AND o.id = ANY (ARRAY(SELECT f.id FROM fitting f WHERE f.bytes_before < ?::bigint))
        RETURNING o.id, o.event_uuid, o.customer_id, o.user_timezone_offset,
                  o.user_attributes::text AS user_attributes, o.action,
                  floor(extract(epoch FROM o.event_time))::bigint AS event_time, o.platform,
                  o.attributes::text AS attributes, o.validated, o.attempts, o.refusals,
                  (extract(epoch FROM now() - o.unknown_since) * 1000000)::bigint AS unknown_for,
                  (SELECT by_id FROM abandoned) -> o.id::text AS before)
      SELECT c.*, (SELECT count(*) FROM picked), s.*, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
             c.before ->> 0, c.before ->> 1, c.before ->> 2
        FROM state s LEFT JOIN claimed c ON true
       ORDER BY c.id
      """;

  @Override
  public ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe) {
    var rows = claimQuery(connection, "", spec, probe).fetch();
    Record first = rows.get(0);
    long picked = first.get(14, Long.class);
    List<ClaimedAction> actions = new ArrayList<>(rows.size());
    ClaimedRows.AbandonedClaims abandoned = new ClaimedRows.AbandonedClaims();
    if (first.get(0) != null) {
      for (Record row : rows) {
        ClaimedAction action = ClaimedRows.read(row);
        actions.add(action);
        abandoned.add(
            action, row.get(23, UUID.class), row.get(24, String.class), row.get(25, Long.class));
      }
    }
    return new ClaimedRows(
        actions,
        picked > 0 && (picked == limit(spec, probe) || picked > actions.size()),
        ClaimedRows.State.read(first, 15),
        abandoned.all());
  }

  private static int limit(ClaimSpec spec, boolean probe) {
    return probe ? Math.min(spec.maxActions(), spec.maxProbeActions()) : spec.maxActions();
  }

  /** Binds the claim statement; what stands before it is for tests, which explain it. */
  ResultQuery<Record> claimQuery(
      Connection connection, String before, ClaimSpec spec, boolean probe) {
    return using(connection)
        .resultQuery(
            before + claimSql,
            spec.workspace(),
            spec.workspace(),
            probe,
            limit(spec, probe),
            spec.claimId(),
            spec.relay(),
            spec.lease().toNanos() / 1_000,
            spec.workspace(),
            spec.maxBytes());
  }

  @Override
  public Workspaces workspaces() {
    return workspaces;
  }

  @Override
  public String requeueSql() {
    return requeueSql;
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
          ON CONFLICT (id) DO NOTHING
      """;

  // By id alone: delivered is delivered, whoever holds the row now.
  private static final String SETTLE_DELIVERED =
      """
      /* outbox:settle-delivered */
      WITH settled AS MATERIALIZED (
        SELECT * FROM unnest(?::text[], ?::bigint[], ?::uuid[], ?::bigint[], ?::integer[], ?::integer[])
                   AS s(workspace, id, request_id, micros_ago, more_attempts, refused)),
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

  @Override
  public Settled settle(Connection connection, Outcomes outcomes) {
    DSLContext sql = using(connection);
    recordRequests(sql, outcomes.requests());
    int delivered = settleDelivered(sql, outcomes.delivered());
    int retried = settleRetried(sql, outcomes.retried());
    int rejected = settleRejected(sql, outcomes.rejected());
    int unsent = settleUnsent(sql, outcomes.unsent());
    recordAttempts(sql, outcomes.attempts());
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

  @Override
  public void recordAbandoned(
      Connection connection, ClaimSpec spec, List<ClaimedRows.Abandoned> claims) {
    DSLContext sql = using(connection);
    for (ClaimedRows.Abandoned claim : claims) {
      sql.query(recordAbandonedSql, ClaimedRows.bind(spec, claim)).execute();
      recordAttempts(
          sql, claim.events().stream().map(e -> new AttemptRow(e, claim.claimId())).toList());
    }
  }

  private void recordRequests(DSLContext sql, List<RequestRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    sql.query(
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
            column(rows, String[]::new, r -> r.attempt().outcome().message()))
        .execute();
  }

  private int settleDelivered(DSLContext sql, List<DeliveredRow> rows) {
    if (rows.isEmpty()) {
      return 0;
    }
    UUID[] requestIds = column(rows, UUID[]::new, DeliveredRow::requestId);
    int moved =
        sql.query(
                settleDeliveredSql,
                column(rows, String[]::new, r -> r.row().workspace()),
                column(rows, Long[]::new, r -> r.row().id()),
                requestIds,
                column(rows, Long[]::new, DeliveredRow::microsAgo),
                column(rows, Integer[]::new, r -> r.row().moreAttempts()),
                column(rows, Integer[]::new, r -> r.row().refusals()))
            .execute();
    if (moved < rows.size()) {
      sql.query(recordRepeatsSql, column(rows, UUID[]::new, DeliveredRow::eventUuid), requestIds)
          .execute();
    }
    return moved;
  }

  private int settleRetried(DSLContext sql, List<RetriedRow> rows) {
    if (rows.isEmpty()) {
      return 0;
    }
    return sql.query(
            settleRetriedSql,
            column(rows, String[]::new, r -> r.row().workspace()),
            column(rows, Long[]::new, r -> r.row().id()),
            column(rows, UUID[]::new, r -> r.row().claimId()),
            column(rows, Long[]::new, RetriedRow::delayMicros),
            column(rows, String[]::new, RetriedRow::error),
            column(rows, Integer[]::new, r -> r.row().moreAttempts()),
            column(rows, Integer[]::new, r -> r.row().refusals()),
            column(rows, Long[]::new, RetriedRow::unknownMicrosAgo))
        .execute();
  }

  private int settleRejected(DSLContext sql, List<RejectedRow> rows) {
    if (rows.isEmpty()) {
      return 0;
    }
    return sql.query(
            settleRejectedSql,
            column(rows, String[]::new, r -> r.row().workspace()),
            column(rows, Long[]::new, r -> r.row().id()),
            column(rows, UUID[]::new, r -> r.row().claimId()),
            column(rows, String[]::new, RejectedRow::reason),
            column(rows, UUID[]::new, RejectedRow::requestId),
            column(rows, Integer[]::new, r -> r.row().moreAttempts()),
            column(rows, Integer[]::new, r -> r.row().refusals()))
        .execute();
  }

  private int settleUnsent(DSLContext sql, List<Row> rows) {
    if (rows.isEmpty()) {
      return 0;
    }
    return sql.query(
            settleUnsentSql,
            column(rows, String[]::new, Row::workspace),
            column(rows, Long[]::new, Row::id),
            column(rows, UUID[]::new, Row::claimId))
        .execute();
  }

  private void recordAttempts(DSLContext sql, List<AttemptRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    sql.query(
            recordAttemptsSql,
            column(rows, UUID[]::new, AttemptRow::eventUuid),
            column(rows, UUID[]::new, AttemptRow::requestId))
        .execute();
  }

  private static <R, C> C[] column(
      List<R> rows, IntFunction<C[]> array, Function<R, ? extends C> value) {
    C[] column = array.apply(rows.size());
    for (int i = 0; i < column.length; i++) {
      column[i] = value.apply(rows.get(i));
    }
    return column;
  }
}
