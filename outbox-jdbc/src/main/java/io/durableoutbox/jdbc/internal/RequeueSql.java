package io.durableoutbox.jdbc.internal;

import java.sql.Connection;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/** Copies locked rows of {@code outbox_rejected} into {@code outbox}. */
final class RequeueSql {
  private RequeueSql() {}

  /**
   * What is copied.
   *
   * @param stepMicros microseconds from when one is available to when the next is
   * @param first when the operation's first is available, or null for now
   * @param movedBefore how many the operation has moved before
   */
  record Batch(
      List<UUID> events, long stepMicros, @Nullable OffsetDateTime first, long movedBefore) {}

  static final String POSTGRES =
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

  static final String H2 =
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

  private static final String MYSQL =
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

  private static final String MYSQL_PRESENT =
      """
      /* outbox:requeue-present */
      SELECT event_uuid FROM $.outbox WHERE event_uuid $any ORDER BY event_uuid LOCK IN SHARE MODE
      """;

  /**
   * Copies by a statement that returns the UUIDs that were not there already.
   *
   * @return those UUIDs
   */
  static List<UUID> run(Dialect dialect, Connection tx, String statement, Batch batch) {
    return dialect
        .resultQuery(
            tx,
            statement,
            batch.first(),
            batch.stepMicros(),
            batch.movedBefore(),
            batch.events().toArray(UUID[]::new))
        .fetch(0, UUID.class);
  }

  /**
   * The same for MariaDB and MySQL, where a duplicate undoes the statement and keeps the
   * transaction: it is then looked for and left out. The look-up has a lock, and so sees what was
   * committed after the caller's transaction began.
   */
  static List<UUID> runOnMySql(Dialect dialect, Connection tx, Batch batch) {
    List<UUID> left = new ArrayList<>(batch.events());
    while (!left.isEmpty()) {
      UUID[] events = left.toArray(UUID[]::new);
      try {
        dialect
            .query(tx, MYSQL, batch.first(), batch.stepMicros(), batch.movedBefore(), events)
            .execute();
        return left;
      } catch (DataAccessException e) {
        if (SqlErrors.code(e) != MySqlDialect.DUPLICATE_KEY) {
          throw e;
        }
        left.removeAll(
            dialect.resultQuery(tx, MYSQL_PRESENT, (Object) events).fetch(0, UUID.class));
      }
    }
    return left;
  }
}
