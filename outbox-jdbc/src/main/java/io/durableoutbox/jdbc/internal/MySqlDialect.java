package io.durableoutbox.jdbc.internal;

import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.RelayStore.Settled;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Configuration;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

/**
 * MariaDB 10.11 and later and MySQL 9.7 and later, in the words that both know.
 *
 * <p>Times are in UTC: they are made by {@code UTC_TIMESTAMP(6)} and read as microseconds since
 * 1970, never by the session's or the driver's time zone. Rows are locked in the order of the
 * primary key, by the primary key.
 */
final class MySqlDialect implements Dialect {
  static final int DUPLICATE_KEY = 1062;

  /** A statement's values stay well below the smallest {@code max_allowed_packet} in use, 1 MB. */
  private static final int MAX_BYTES = 400_000;

  private static final int MAX_ROWS = 500;

  private final Configuration configuration;
  private final String addSql;
  private final String stateSql;
  private final String pickSql;
  private final String claimSql;
  private final String versionSql;
  private final MySqlSettling settling;
  private final Workspaces workspaces;
  private final String prefix;

  /**
   * Makes it.
   *
   * @param product as the driver says: jOOQ warns of the version if it takes one for the other
   */
  MySqlDialect(String prefix, String product) {
    this.prefix = prefix;
    configuration =
        Dialect.configuration(product.equals("MySQL") ? SQLDialect.MYSQL : SQLDialect.MARIADB);
    Function<String, String> in = this::in;
    addSql = in.apply(ADD);
    stateSql = in.apply(STATE);
    pickSql = in.apply(PICK);
    claimSql = in.apply(CLAIM);
    settling = new MySqlSettling(in);
    workspaces = new Workspaces(this::using, MySqlWorkspaceSql.ALL.in(in));
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
    return SharedSql.mySql(MySqlWords.of(statement), prefix);
  }

  @Override
  public @Nullable Object value(@Nullable Object value) {
    return SharedSql.mySqlValue(value);
  }

  @Override
  public Query query(Connection connection, String statement, @Nullable Object... values) {
    SharedSql.Bound bound = SharedSql.spread(in(statement), values);
    return using(connection).query(bound.text(), bound.values().toArray());
  }

  @Override
  public ResultQuery<Record> resultQuery(
      Connection connection, String statement, @Nullable Object... values) {
    SharedSql.Bound bound = SharedSql.spread(in(statement), values);
    return using(connection).resultQuery(bound.text(), bound.values().toArray());
  }

  @Override
  public RetentionSql retention() {
    return RetentionSql.MYSQL;
  }

  @Override
  public String versionSql() {
    return versionSql;
  }

  private static final String KNOWN =
      """
      /* outbox:known */
      SELECT event_uuid FROM $.outbox_delivered WHERE event_uuid IN (%1$s)
      UNION ALL
      SELECT event_uuid FROM $.outbox_rejected WHERE event_uuid IN (%1$s)
      """;

  private static final String ADD =
      """
      /* outbox:add */
      INSERT INTO $.outbox (workspace, event_uuid, customer_id, user_timezone_offset, user_attributes,
                            action, event_time, platform, attributes, traceparent, validated)
      VALUES\s""";

  private static final String ADDED_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, TRUE)";

  @Override
  public Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent)
      throws SQLException {
    Set<UUID> known = known(connection, actions);
    Set<UUID> added = new HashSet<>();
    List<Action> rows = new ArrayList<>();
    int bytes = 0;
    for (Action action : actions) {
      if (known.contains(action.eventUuid())) {
        continue;
      }
      int more = bytes(action);
      if (!rows.isEmpty() && (rows.size() == MAX_ROWS || bytes + more > MAX_BYTES)) {
        insert(connection, rows, traceparent, added);
        rows.clear();
        bytes = 0;
      }
      rows.add(action);
      bytes += more;
    }
    if (!rows.isEmpty()) {
      insert(connection, rows, traceparent, added);
    }
    return added;
  }

  /** A fresh one can't be known, and the look-up costs. */
  private Set<UUID> known(Connection connection, List<Action> actions) throws SQLException {
    List<String> given =
        actions.stream()
            .filter(action -> !action.takeFresh())
            .map(action -> action.eventUuid().toString())
            .toList();
    Set<UUID> known = new HashSet<>();
    for (int from = 0; from < given.size(); from += MAX_ROWS) {
      List<String> some = given.subList(from, Math.min(from + MAX_ROWS, given.size()));
      List<String> twice = new ArrayList<>(some);
      twice.addAll(some);
      known.addAll(
          FixedSql.query(
              connection,
              in(KNOWN.formatted(marks("?", some.size()))),
              rows -> {
                Set<UUID> found = new HashSet<>();
                while (rows.next()) {
                  found.add(UUID.fromString(rows.getString(1)));
                }
                return found;
              },
              twice.toArray()));
    }
    return known;
  }

  private static String marks(String mark, int times) {
    return String.join(", ", Collections.nCopies(times, mark));
  }

  /**
   * A duplicate undoes the statement alone and keeps the caller's transaction, so it is looked for
   * when it is met, by halves. {@code INSERT IGNORE} would hide other errors, too.
   */
  private void insert(
      Connection connection, List<Action> rows, @Nullable String traceparent, Set<UUID> added)
      throws SQLException {
    List<@Nullable Object> values = new ArrayList<>(rows.size() * 10);
    rows.forEach(action -> bind(action, traceparent, values));
    try {
      FixedSql.update(connection, addSql + marks(ADDED_ROW, rows.size()), values.toArray());
      rows.forEach(action -> added.add(action.eventUuid()));
    } catch (SQLException e) {
      if (e.getErrorCode() != DUPLICATE_KEY) {
        throw e;
      }
      int half = rows.size() / 2;
      if (half > 0) {
        insert(connection, rows.subList(0, half), traceparent, added);
        insert(connection, rows.subList(half, rows.size()), traceparent, added);
      }
    }
  }

  private static void bind(
      Action action, @Nullable String traceparent, List<@Nullable Object> values) {
    values.add(action.workspace());
    values.add(action.eventUuid().toString());
    values.add(action.customerId());
    values.add(
        action.userTimezoneOffset().isPresent() ? action.userTimezoneOffset().getAsInt() : null);
    values.add(action.userAttributes().orElse(null));
    values.add(action.type().wireName());
    // As text, which no driver shifts by its time zone.
    values.add(
        LocalDateTime.ofEpochSecond(action.eventTime().getEpochSecond(), 0, ZoneOffset.UTC)
            .toString()
            .replace('T', ' '));
    values.add(action.platform().wireName());
    values.add(action.attributes());
    values.add(traceparent);
  }

  private static int bytes(Action action) {
    return action.attributes().getBytes(StandardCharsets.UTF_8).length
        + action.userAttributes().map(a -> a.getBytes(StandardCharsets.UTF_8).length).orElse(0)
        + 3_000;
  }

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

  @Override
  public ClaimedRows claim(Connection connection, ClaimSpec spec, boolean probe)
      throws SQLException {
    Begin begin =
        FixedSql.query(
            connection,
            stateSql,
            row -> {
              row.next();
              return new Begin(ClaimedRows.State.read(row), FixedSql.nullableLong(row, 9));
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
        FixedSql.query(
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
    FixedSql.update(connection, claimSql.formatted(marks("?", actions.size())), values.toArray());
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
  public void checkErasing(Connection transaction) throws SQLException {
    if (transaction.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
      throw new OutboxException(
          "On MariaDB and MySQL a transaction that erases a customer must be READ COMMITTED, or it would"
              + " miss what has moved since its first read, and keep relays waiting; call"
              + " setTransactionIsolation before it begins, or use the form without a connection");
    }
  }

  @Override
  public List<UUID> requeue(Connection connection, RequeueSql.Batch batch) {
    return RequeueSql.runOnMySql(this, connection, batch);
  }
}
