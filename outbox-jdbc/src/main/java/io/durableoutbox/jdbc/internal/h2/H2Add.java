package io.durableoutbox.jdbc.internal.h2;

import io.durableoutbox.Action;
import io.durableoutbox.jdbc.internal.sql.Jdbc;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes actions, one statement for each. */
final class H2Add {
  private static final String DUPLICATE_KEY = "23505";

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

  private final String knownSql;
  private final String addSql;

  H2Add(UnaryOperator<String> in) {
    knownSql = in.apply(KNOWN);
    addSql = in.apply(ADD);
  }

  Set<UUID> add(Connection connection, List<Action> actions, @Nullable String traceparent)
      throws SQLException {
    Set<UUID> added = new HashSet<>();
    try (PreparedStatement insert = connection.prepareStatement(addSql)) {
      for (Action action : actions) {
        if (!action.takeFresh() && isKnown(connection, action.eventUuid())) {
          continue;
        }
        Jdbc.bind(
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
    return Jdbc.query(connection, knownSql, ResultSet::next, eventUuid, eventUuid);
  }
}
