package io.durableoutbox.jdbc.internal;

/**
 * Copies locked rows of {@code outbox_rejected} into {@code outbox} and returns the UUIDs that were
 * not there already. Parameters: microseconds from one to the next; when the operation's first is
 * available, or null for now; how many it has moved before; the UUIDs.
 */
final class RequeueSql {
  private RequeueSql() {}

  static final String POSTGRES =
      """
      /* outbox:requeue */
      INSERT INTO $.outbox (created_at, available_at, event_time, event_uuid, attempts, refusals,
                            user_timezone_offset, validated, workspace, customer_id, action, platform, last_error,
                            user_attributes, attributes)
      SELECT n.created_at, n.place * ?::bigint * interval '1 microsecond' + coalesce(?::timestamptz, now()),
             n.event_time, n.event_uuid, n.attempts, n.refusals, n.user_timezone_offset, false, n.workspace,
             n.customer_id, n.action, n.platform, n.reason, n.user_attributes, n.attributes
        FROM (SELECT x.*, ?::bigint + row_number() OVER (ORDER BY x.created_at, x.event_uuid) - 1 AS place
                FROM $.outbox_rejected x
               WHERE x.event_uuid = ANY(?::uuid[])) AS n
       ORDER BY n.place
          ON CONFLICT (event_uuid) DO NOTHING
      RETURNING event_uuid
      """;

  static final String H2 =
      """
      /* outbox:requeue */
      SELECT event_uuid FROM FINAL TABLE (
        INSERT INTO $.outbox (created_at, available_at, event_time, event_uuid, attempts, refusals,
                              user_timezone_offset, validated, workspace, customer_id, action, platform,
                              last_error, user_attributes, attributes)
        SELECT n.created_at,
               DATEADD('MICROSECOND', n.place * CAST(? AS BIGINT),
                       COALESCE(CAST(? AS TIMESTAMP(6) WITH TIME ZONE), CURRENT_TIMESTAMP(6))),
               n.event_time, n.event_uuid, n.attempts, n.refusals, n.user_timezone_offset, FALSE, n.workspace,
               n.customer_id, n.action, n.platform, n.reason, n.user_attributes, n.attributes
          FROM (SELECT x.*, CAST(? AS BIGINT) + ROW_NUMBER() OVER (ORDER BY x.created_at, x.event_uuid) - 1 AS place
                  FROM $.outbox_rejected x
                 WHERE x.event_uuid = ANY(CAST(? AS UUID ARRAY))) AS n
         WHERE NOT EXISTS (SELECT 1 FROM $.outbox o WHERE o.event_uuid = n.event_uuid)
         ORDER BY n.place)
      """;
}
