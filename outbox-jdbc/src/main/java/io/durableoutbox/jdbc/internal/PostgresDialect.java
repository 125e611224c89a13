package io.durableoutbox.jdbc.internal;

import io.durableoutbox.Action;
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
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL 12 and later. Many rows go in one statement, as one array for each column, so that a
 * statement's text is the same for any number of rows and is prepared once.
 */
final class PostgresDialect implements Dialect {
  private final Configuration configuration = Dialect.configuration(SQLDialect.POSTGRES);
  private final String addSql;
  private final String addUnlessKnownSql;
  private final String claimSql;
  private final String versionSql;
  private final PostgresSettling settling;
  private final Workspaces workspaces;
  private final String prefix;

  PostgresDialect(String prefix) {
    this.prefix = prefix;
    Function<String, String> in = this::in;
    addSql = in.apply(ADD.formatted(""));
    addUnlessKnownSql = in.apply(ADD.formatted(UNLESS_KNOWN));
    claimSql = in.apply(CLAIM);
    settling = new PostgresSettling(in);
    workspaces = new Workspaces(this::using, PostgresWorkspaceSql.ALL.in(in));
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
    return SharedSql.standard(statement, prefix);
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
                            action, event_time, platform, attributes, traceparent, validated)
      SELECT a.workspace, a.event_uuid, a.customer_id, a.user_timezone_offset, a.user_attributes::json,
             a.action, to_timestamp(a.event_time), a.platform, a.attributes::json, ?::text, true
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
  public Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent) {
    boolean anyGiven = actions.stream().anyMatch(Action::eventUuidGiven);
    return new HashSet<>(
        using(connection)
            .resultQuery(
                anyGiven ? addUnlessKnownSql : addSql,
                traceparent,
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
                  o.traceparent, (SELECT by_id FROM abandoned) -> o.id::text AS before)
      SELECT c.*, (SELECT count(*) FROM picked), s.*, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
             c.before ->> 0, c.before ->> 1, c.before ->> 2
        FROM state s LEFT JOIN claimed c ON true
       ORDER BY c.id
      """;

  @Override
  public ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe) {
    var rows = claimQuery(connection, "", spec, probe).fetch();
    Record first = rows.get(0);
    long picked = first.get(15, Long.class);
    List<ClaimedAction> actions = new ArrayList<>(rows.size());
    ClaimedRows.AbandonedClaims abandoned = new ClaimedRows.AbandonedClaims();
    if (first.get(0) != null) {
      for (Record row : rows) {
        ClaimedAction action = ClaimedRows.read(row);
        actions.add(action);
        abandoned.add(
            action, row.get(24, UUID.class), row.get(25, String.class), row.get(26, Long.class));
      }
    }
    return new ClaimedRows(
        actions,
        picked > 0 && (picked == limit(spec, probe) || picked > actions.size()),
        ClaimedRows.State.read(first, 16),
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
  public void recordAbandoned(
      Connection connection, ClaimSpec spec, List<ClaimedRows.Abandoned> claims) {
    settling.recordAbandoned(using(connection), spec, claims);
  }

  @Override
  public Settled settle(Connection connection, Outcomes outcomes) {
    return settling.settle(using(connection), outcomes);
  }

  @Override
  public Workspaces workspaces() {
    return workspaces;
  }

  @Override
  public List<UUID> requeue(Connection connection, RequeueSql.Batch batch) {
    return RequeueSql.run(this, connection, RequeueSql.POSTGRES, batch);
  }

  /** Makes the array of one column's values. */
  static <R, C> C[] column(List<R> rows, IntFunction<C[]> array, Function<R, ? extends C> value) {
    C[] column = array.apply(rows.size());
    for (int i = 0; i < column.length; i++) {
      column[i] = value.apply(rows.get(i));
    }
    return column;
  }
}
