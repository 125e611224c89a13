package io.durableoutbox.jdbc.internal.postgresql;

import static io.durableoutbox.jdbc.internal.postgresql.PostgresDialect.column;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes actions. */
final class PostgresAdd {
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
      """;

  // One action, which is what most callers add: a SELECT that casts its values took 4 % more
  // of the whole transaction.
  private static final String ADD_ONE =
      """
      /* outbox:add */
      INSERT INTO $.outbox (traceparent, workspace, event_uuid, customer_id, user_timezone_offset, user_attributes,
                            action, event_time, platform, attributes, validated)
      VALUES (?, ?, ?, ?, ?, ?::json, ?, to_timestamp(?), ?, ?::json, true)
      """;

  // Only for what is not fresh: the look-ups cost, and so does the preparation for a conflict: a
  // look into the index, a lock and a record of WAL. A conflict is skipped and not an error, since
  // an error would abort the caller's transaction.
  //
  // The look into the history names the days, in the text and not as values: each partition that
  // is planned for is locked with all its indexes until the caller's transaction ends, 5 entries of
  // the server's lock table, and a plan for any values is one for all partitions. No action is
  // delivered before it was written, and none is written more than 48 hours before its event_time,
  // which outbox_event_time_not_in_future sees to; a day more is for clocks.
  private static final String UNLESS_KNOWN =
      """
       WHERE NOT EXISTS (SELECT 1 FROM $.outbox_delivered d
                          WHERE d.event_uuid = a.event_uuid
                            AND d.sent_at >= '$from 00:00:00+00' AND d.sent_at < '$to 00:00:00+00')
         AND NOT EXISTS (SELECT 1 FROM $.outbox_rejected r WHERE r.event_uuid = a.event_uuid)
          ON CONFLICT (event_uuid) DO NOTHING
      RETURNING event_uuid
      """;

  private final String addOneSql;
  private final String addSql;
  private final String addUnlessKnownSql;

  PostgresAdd(UnaryOperator<String> in) {
    addOneSql = in.apply(ADD_ONE);
    addSql = in.apply(ADD);
    addUnlessKnownSql = in.apply(ADD + UNLESS_KNOWN);
  }

  Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent)
      throws SQLException {
    boolean fresh = true;
    for (Action action : actions) {
      fresh &= action.takeFresh();
    }
    if (!fresh) {
      return Jdbc.query(
          connection, unlessKnown(actions), PostgresAdd::uuids, columns(actions, traceparent));
    }
    if (actions.size() == 1) {
      Jdbc.update(connection, addOneSql, values(actions.get(0), traceparent));
    } else {
      Jdbc.update(connection, addSql, columns(actions, traceparent));
    }
    Set<UUID> added = new HashSet<>();
    actions.forEach(action -> added.add(action.eventUuid()));
    return added;
  }

  private String unlessKnown(List<Action> actions) {
    Instant oldest =
        actions.stream().map(Action::eventTime).min(Comparator.naturalOrder()).orElseThrow();
    return addUnlessKnownSql
        .replace("$from", day(oldest).minusDays(3).toString())
        .replace("$to", day(Instant.now()).plusDays(2).toString());
  }

  private static LocalDate day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }

  private static @Nullable Object[] values(Action action, @Nullable String traceparent) {
    return new Object[] {
      traceparent,
      action.workspace(),
      action.eventUuid(),
      action.customerId(),
      offset(action),
      action.userAttributes().orElse(null),
      action.type().wireName(),
      action.eventTime().getEpochSecond(),
      action.platform().wireName(),
      action.attributes()
    };
  }

  private static @Nullable Object[] columns(List<Action> actions, @Nullable String traceparent) {
    return new Object[] {
      traceparent,
      column(actions, String[]::new, Action::workspace),
      column(actions, UUID[]::new, Action::eventUuid),
      column(actions, String[]::new, Action::customerId),
      column(actions, Integer[]::new, PostgresAdd::offset),
      column(actions, String[]::new, a -> a.userAttributes().orElse(null)),
      column(actions, String[]::new, a -> a.type().wireName()),
      column(actions, Long[]::new, a -> a.eventTime().getEpochSecond()),
      column(actions, String[]::new, a -> a.platform().wireName()),
      column(actions, String[]::new, Action::attributes)
    };
  }

  private static Set<UUID> uuids(ResultSet rows) throws SQLException {
    Set<UUID> uuids = new HashSet<>();
    while (rows.next()) {
      uuids.add(rows.getObject(1, UUID.class));
    }
    return uuids;
  }

  private static @Nullable Integer offset(Action action) {
    return action.userTimezoneOffset().isPresent() ? action.userTimezoneOffset().getAsInt() : null;
  }
}
