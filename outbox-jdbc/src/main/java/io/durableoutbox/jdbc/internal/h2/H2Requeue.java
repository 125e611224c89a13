package io.durableoutbox.jdbc.internal.h2;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RequeueBatch;
import java.sql.Connection;
import java.util.List;
import java.util.UUID;

/** Copies rejected rows into the outbox. */
final class H2Requeue {
  private static final String REQUEUE =
      """
      /* outbox:requeue */
      SELECT event_uuid FROM FINAL TABLE (
        INSERT INTO $.outbox (created_at, available_at, event_time, event_uuid, attempts, refusals,
                              user_timezone_offset, validated, workspace, customer_id, action, platform,
                              last_error, user_attributes, attributes)
        SELECT n.created_at,
               COALESCE($time{?}, $now) + n.place * CAST(? AS BIGINT) * INTERVAL '0.000001' SECOND,
               n.event_time, n.event_uuid, n.attempts, n.refusals, n.user_timezone_offset, FALSE, n.workspace,
               n.customer_id, n.action, n.platform, n.reason, n.user_attributes, n.attributes
          FROM (SELECT x.*, CAST(? AS BIGINT) + ROW_NUMBER() OVER (ORDER BY x.created_at, x.event_uuid) - 1 AS place
                  FROM $.outbox_rejected x
                 WHERE x.event_uuid $any) AS n
         WHERE NOT EXISTS (SELECT 1 FROM $.outbox o WHERE o.event_uuid = n.event_uuid)
         ORDER BY n.place)
      """;

  private H2Requeue() {}

  static List<UUID> requeue(Dialect dialect, Connection connection, RequeueBatch batch) {
    return batch.run(dialect, connection, REQUEUE);
  }
}
