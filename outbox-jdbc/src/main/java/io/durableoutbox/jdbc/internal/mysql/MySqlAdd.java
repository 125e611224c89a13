package io.durableoutbox.jdbc.internal.mysql;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes actions, many in one statement. */
final class MySqlAdd {
  /** A statement's values stay well below the smallest {@code max_allowed_packet} in use, 1 MB. */
  private static final int MAX_BYTES = 400_000;

  private static final int MAX_ROWS = 500;

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

  private final UnaryOperator<String> in;
  private final String addSql;

  MySqlAdd(UnaryOperator<String> in) {
    this.in = in;
    addSql = in.apply(ADD);
  }

  Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent)
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
          Jdbc.query(
              connection,
              in.apply(KNOWN.formatted(MySqlDialect.marks("?", some.size()))),
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
      Jdbc.update(
          connection, addSql + MySqlDialect.marks(ADDED_ROW, rows.size()), values.toArray());
      rows.forEach(action -> added.add(action.eventUuid()));
    } catch (SQLException e) {
      if (e.getErrorCode() != MySqlDialect.DUPLICATE_KEY) {
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
}
