package io.durableoutbox.jdbc.internal.postgresql;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RequeueBatch;
import java.sql.Connection;
import java.util.List;
import java.util.UUID;

/** Copies rejected rows into the outbox. */
final class PostgresRequeue {
  private static final String REQUEUE =
      """
      /* outbox:requeue */
      INSERT INTO $.outbox (created_at, available_at, event_time, event_uuid, attempts, refusals,
                            user_timezone_offset, validated, workspace, customer_id, action, platform, last_error,
                            user_attributes, attributes)
      SELECT n.created_at, coalesce(?::timestamptz, now()) + n.place * ?::bigint * interval '1 microsecond',
             n.event_time, n.event_uuid, n.attempts, n.refusals, n.user_timezone_offset, false, n.workspace,
             n.customer_id, n.action, n.platform, n.reason, n.user_attributes, n.attributes
        FROM (SELECT x.*, ?::bigint + row_number() OVER (ORDER BY x.created_at, x.event_uuid) - 1 AS place
                FROM $.outbox_rejected x
               WHERE x.event_uuid $any) AS n
       ORDER BY n.place
          ON CONFLICT (event_uuid) DO NOTHING
      RETURNING event_uuid
      """;

  private PostgresRequeue() {}

  static List<UUID> requeue(Dialect dialect, Connection connection, RequeueBatch batch) {
    return batch.run(dialect, connection, REQUEUE);
  }
}
