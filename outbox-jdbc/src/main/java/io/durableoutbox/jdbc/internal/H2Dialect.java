package io.durableoutbox.jdbc.internal;

import io.durableoutbox.Action;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Configuration;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

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
  private final String versionSql;
  private final H2Settling settling;
  private final Workspaces workspaces;
  private final String prefix;

  H2Dialect(String prefix) {
    this.prefix = prefix;
    Function<String, String> in = this::in;
    knownSql = in.apply(KNOWN);
    addSql = in.apply(ADD);
    stateSql = in.apply(STATE);
    pickSql = in.apply(PICK);
    claimSql = in.apply(CLAIM);
    settling = new H2Settling(in);
    workspaces = new Workspaces(this::using, H2WorkspaceSql.ALL.in(in));
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
                            action, event_time, platform, attributes, traceparent, validated)
      VALUES (?, ?, ?, ?, ?, ?, DATEADD('SECOND', CAST(? AS BIGINT), TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00'),
              ?, ?, ?, TRUE)
      """;

  @Override
  public Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent)
      throws SQLException {
    Set<UUID> added = new HashSet<>();
    try (PreparedStatement insert = connection.prepareStatement(addSql)) {
      for (Action action : actions) {
        if (!action.takeFresh() && isKnown(connection, action.eventUuid())) {
          continue;
        }
        FixedSql.bind(
            insert,
            action.workspace(),
            action.eventUuid(),
            action.customerId(),
            action.userTimezoneOffset().isPresent() ? action.userTimezoneOffset().getAsInt() : null,
            action.userAttributes().orElse(null),
            action.type().wireName(),
            action.eventTime().getEpochSecond(),
            action.platform().wireName(),
            action.attributes(),
            traceparent);
        try {
          insert.executeUpdate();
          added.add(action.eventUuid());
        } catch (SQLException e) {
          // H2 undoes the statement and keeps the transaction, so here a duplicate may be an error.
          if (!DUPLICATE_KEY.equals(e.getSQLState())) {
            throw e;
          }
        }
      }
    }
    return added;
  }

  private boolean isKnown(Connection connection, UUID eventUuid) throws SQLException {
    return FixedSql.query(connection, knownSql, ResultSet::next, eventUuid, eventUuid);
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

  @Override
  public ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe)
      throws SQLException {
    ClaimedRows.State state =
        FixedSql.query(
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
        FixedSql.query(
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
    FixedSql.updateEach(connection, claimSql, updates);
    settling.recordAbandoned(connection, spec, claim.abandoned());
    return claim;
  }

  @Override
  public Settled settle(Connection connection, Outcomes outcomes) throws SQLException {
    return settling.settle(connection, outcomes);
  }

  @Override
  public Workspaces workspaces() {
    return workspaces;
  }

  @Override
  public List<UUID> requeue(Connection connection, RequeueSql.Batch batch) {
    return RequeueSql.run(this, connection, RequeueSql.H2, batch);
  }
}
