package io.durableoutbox.jdbc.internal.mysql;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RequeueBatch;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.exception.DataAccessException;

/** Copies rejected rows into the outbox. */
final class MySqlRequeue {
  private static final String REQUEUE =
      """
      /* outbox:requeue */
      INSERT INTO $.outbox (created_at, available_at, event_time, event_uuid, attempts, refusals,
                            user_timezone_offset, validated, workspace, customer_id, action, platform, last_error,
                            user_attributes, attributes)
      SELECT n.created_at, COALESCE($time{?}, $now) + INTERVAL (n.place * ?) MICROSECOND,
             n.event_time, n.event_uuid, n.attempts, n.refusals, n.user_timezone_offset, FALSE, n.workspace,
             n.customer_id, n.action, n.platform, n.reason, n.user_attributes, n.attributes
        FROM (SELECT x.*, ? + ROW_NUMBER() OVER (ORDER BY x.created_at, x.event_uuid) - 1 AS place
                FROM $.outbox_rejected x
               WHERE x.event_uuid $any) AS n
       ORDER BY n.place
      """;

  private static final String PRESENT =
      """
      /* outbox:requeue-present */
      SELECT event_uuid FROM $.outbox WHERE event_uuid $any ORDER BY event_uuid LOCK IN SHARE MODE
      """;

  private MySqlRequeue() {}

  /**
   * Copies them. A duplicate undoes the statement and keeps the transaction: it is then looked for
   * and left out. The look-up has a lock, and so sees what was committed after the caller's
   * transaction began.
   *
   * @return the UUIDs that were not there already
   */
  static List<UUID> requeue(Dialect dialect, Connection tx, RequeueBatch batch) {
    List<UUID> left = new ArrayList<>(batch.events());
    while (!left.isEmpty()) {
      UUID[] events = left.toArray(UUID[]::new);
      try {
        dialect
            .query(tx, REQUEUE, batch.first(), batch.stepMicros(), batch.movedBefore(), events)
            .execute();
        return left;
      } catch (DataAccessException e) {
        if (SqlErrors.code(e) != MySqlDialect.DUPLICATE_KEY) {
          throw e;
        }
        left.removeAll(dialect.resultQuery(tx, PRESENT, (Object) events).fetch(0, UUID.class));
      }
    }
    return left;
  }
}
