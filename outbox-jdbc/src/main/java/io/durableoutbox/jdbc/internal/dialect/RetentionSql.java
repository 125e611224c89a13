package io.durableoutbox.jdbc.internal.dialect;

import org.jspecify.annotations.Nullable;

/**
 * What a family is asked when rows are deleted or redacted in batches. A batch is all rows of a
 * range of time: after the first bound, up to and with the second. {@code BOUNDARY} statements find
 * the range's end: the time of the n-th row. Their order does not end in a unique column, because
 * only that time is used, which is the same whichever of several equal rows is the n-th; a unique
 * column would make the older PostgreSQL sort all that is left, for each batch. Times are told in
 * microseconds since 1970, which every family and driver gives alike.
 *
 * @param ranges what a transaction begins with that works on a range of rows, or null
 * @param lookups what a transaction begins with that looks for what points at rows, or null
 * @param purgeDelivered deletes a range of delivered rows
 * @param purgeRejected deletes a range of rejected rows
 * @param purgeAttempts deletes the attempts of a range of requests whose actions are nowhere any
 *     more
 * @param redactDelivered redacts a range of delivered rows
 * @param redactRejected redacts a range of rejected rows
 * @param partitions whether old rows may be in partitions that are dropped; then what works on
 *     delivered and rejected rows takes the range's bounds twice
 */
public record RetentionSql(
    @Nullable String ranges,
    @Nullable String lookups,
    String purgeDelivered,
    String purgeRejected,
    String purgeAttempts,
    String redactDelivered,
    String redactRejected,
    boolean partitions) {

  public static final String NOW =
      """
      /* outbox:retention-now */
      SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)
      """;

  public static final String DELIVERED_BOUNDARY =
      """
      /* outbox:purge-boundary */
      SELECT CAST(EXTRACT(EPOCH FROM sent_at) * 1000000 AS BIGINT) FROM $.outbox_delivered
       WHERE sent_at > CAST(? AS timestamp(6) with time zone) AND sent_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY sent_at LIMIT 1 OFFSET CAST(? AS integer)
      """;

  public static final String REJECTED_BOUNDARY =
      """
      /* outbox:purge-rejected-boundary */
      SELECT CAST(EXTRACT(EPOCH FROM rejected_at) * 1000000 AS BIGINT) FROM $.outbox_rejected
       WHERE rejected_at > CAST(? AS timestamp(6) with time zone)
         AND rejected_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY rejected_at LIMIT 1 OFFSET CAST(? AS integer)
      """;

  // What may have many attempts counts with all its actions, so that a batch is bounded.
  public static final String REQUESTS =
      """
      /* outbox:purge-requests-ahead */
      SELECT CAST(EXTRACT(EPOCH FROM started_at) * 1000000 AS BIGINT), CASE WHEN outcome = 'accepted' THEN 1 ELSE actions END
        FROM $.outbox_request
       WHERE started_at > CAST(? AS timestamp(6) with time zone) AND started_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY started_at LIMIT CAST(? AS integer)
      """;

  // CASE keeps the order: what is cheap to find comes first, and the history with all its
  // partitions last.
  public static final String NOWHERE =
      """
      CASE WHEN EXISTS (SELECT 1 FROM $.outbox_rejected x WHERE x.event_uuid = a.event_uuid) THEN FALSE
           WHEN EXISTS (SELECT 1 FROM $.outbox o WHERE o.event_uuid = a.event_uuid) THEN FALSE
           WHEN EXISTS (SELECT 1 FROM $.outbox_delivered d WHERE d.event_uuid = a.event_uuid) THEN FALSE
           ELSE TRUE END
      """;

  public static final String PURGE_REQUESTS =
      """
      /* outbox:purge-requests */
      DELETE FROM $.outbox_request r /*! FORCE INDEX (outbox_request_started_at) */
       WHERE r.started_at > CAST(? AS timestamp(6) with time zone)
         AND r.started_at <= CAST(? AS timestamp(6) with time zone)
         AND CASE WHEN EXISTS (SELECT 1 FROM $.outbox_attempt a WHERE a.request_id = r.id) THEN FALSE
                  WHEN EXISTS (SELECT 1 FROM $.outbox_rejected x WHERE x.request_id = r.id) THEN FALSE
                  WHEN EXISTS (SELECT 1 FROM $.outbox_delivered d WHERE d.request_id = r.id) THEN FALSE
                  ELSE TRUE END
      """;

  // Else the whole table would be gone through for nothing.
  public static final String OLD_OPERATION_ACTIONS =
      """
      /* outbox:purge-operation-actions-any */
      SELECT COUNT(*)
        FROM (SELECT 1 AS n) AS one
       WHERE EXISTS (SELECT 1 FROM $.outbox_operation o
                      WHERE o.started_at <= CAST(? AS timestamp(6) with time zone)
                        AND o.kind IN ('requeue', 'cancel')
                        AND EXISTS (SELECT 1 FROM $.outbox_operation_action a WHERE a.operation_id = o.id))
      """;

  public static final String OPERATION_ACTION_BOUNDARY =
      """
      /* outbox:purge-operation-actions-boundary */
      SELECT event_uuid FROM $.outbox_operation_action
       WHERE event_uuid > CAST(? AS uuid)
       ORDER BY event_uuid LIMIT 1 OFFSET CAST(? AS integer)
      """;

  public static final String PURGE_OPERATION_ACTIONS =
      """
      /* outbox:purge-operation-actions */
      DELETE FROM $.outbox_operation_action a /*! FORCE INDEX (PRIMARY) */
       WHERE a.event_uuid > CAST(? AS uuid) AND a.event_uuid <= CAST(? AS uuid)
         AND CASE WHEN NOT EXISTS (SELECT 1 FROM $.outbox_operation p
                                    WHERE p.id = a.operation_id
                                      AND p.started_at <= CAST(? AS timestamp(6) with time zone)) THEN FALSE
                  ELSE %s END
      """
          .formatted(NOWHERE);

  // Any one will do, so equals need no order. By the customer's index: it holds no entry of a day
  // that is redacted, so this stays cheap however long the history is. Through sent_at it would
  // read all of it each time. MariaDB and MySQL read /*! ... */, which is a comment to others.
  public static final String DELIVERED_TO_REDACT =
      """
      /* outbox:redact-delivered-any */
      SELECT CAST(EXTRACT(EPOCH FROM sent_at) * 1000000 AS BIGINT)
        FROM $.outbox_delivered /*! FORCE INDEX (outbox_delivered_customer) */
       WHERE customer_id IS NOT NULL
         AND sent_at > CAST(? AS timestamp(6) with time zone) AND sent_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY customer_id, sent_at LIMIT 1
      """;

  public static final String REDACT_DELIVERED_BOUNDARY =
      """
      /* outbox:redact-delivered-boundary */
      SELECT CAST(EXTRACT(EPOCH FROM sent_at) * 1000000 AS BIGINT) FROM $.outbox_delivered
       WHERE customer_id IS NOT NULL
         AND sent_at > CAST(? AS timestamp(6) with time zone) AND sent_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY sent_at LIMIT 1 OFFSET CAST(? AS integer)
      """;

  public static final String REJECTED_TO_REDACT =
      """
      /* outbox:redact-rejected-any */
      SELECT CAST(EXTRACT(EPOCH FROM rejected_at) * 1000000 AS BIGINT)
        FROM $.outbox_rejected /*! FORCE INDEX (outbox_rejected_customer) */
       WHERE customer_id IS NOT NULL
         AND rejected_at > CAST(? AS timestamp(6) with time zone)
         AND rejected_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY customer_id LIMIT 1
      """;

  public static final String REDACT_REJECTED_BOUNDARY =
      """
      /* outbox:redact-rejected-boundary */
      SELECT CAST(EXTRACT(EPOCH FROM rejected_at) * 1000000 AS BIGINT) FROM $.outbox_rejected
       WHERE customer_id IS NOT NULL
         AND rejected_at > CAST(? AS timestamp(6) with time zone)
         AND rejected_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY rejected_at LIMIT 1 OFFSET CAST(? AS integer)
      """;

  public static final String REDACT_MESSAGES_BOUNDARY =
      """
      /* outbox:redact-messages-boundary */
      SELECT CAST(EXTRACT(EPOCH FROM started_at) * 1000000 AS BIGINT) FROM $.outbox_request
       WHERE message IS NOT NULL
         AND started_at > CAST(? AS timestamp(6) with time zone)
         AND started_at <= CAST(? AS timestamp(6) with time zone)
       ORDER BY started_at LIMIT 1 OFFSET CAST(? AS integer)
      """;

  public static final String REDACT_MESSAGES =
      """
      /* outbox:redact-messages */
      UPDATE $.outbox_request /*! FORCE INDEX (outbox_request_started_at) */
         SET message = NULL
       WHERE message IS NOT NULL
         AND started_at > CAST(? AS timestamp(6) with time zone)
         AND started_at <= CAST(? AS timestamp(6) with time zone)
      """;

  // The planner knows little of a batch and of a day that was just written. Left to itself it may
  // compare each row of a batch with each other one, or read the whole history to look up a few.
  // A disabled scan looks costly enough to compile the query, and a plan for any bounds would open
  // every partition.
  private static final String POSTGRES_RANGES =
      """
      /* outbox:retention-ranges */
      SELECT set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true),
             set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)
      """;

  private static final String POSTGRES_LOOKUPS =
      """
      /* outbox:retention-lookups */
      SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
             set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
             set_config('plan_cache_mode', 'force_custom_plan', true)
      """;

  // Whoever holds a row, for example to erase it, is not waited for: no deadlock is possible. The
  // outer bounds let the planner leave out the other partitions.
  public static final RetentionSql POSTGRES =
      new RetentionSql(
          POSTGRES_RANGES,
          POSTGRES_LOOKUPS,
          """
          /* outbox:purge-delivered */
          WITH old AS MATERIALIZED (
            SELECT d.event_uuid, d.sent_at FROM $.outbox_delivered d
             WHERE d.sent_at > ?::timestamptz AND d.sent_at <= ?::timestamptz
             ORDER BY d.sent_at, d.event_uuid
               FOR UPDATE SKIP LOCKED)
          DELETE FROM $.outbox_delivered d USING old
           WHERE d.event_uuid = old.event_uuid AND d.sent_at = old.sent_at
             AND d.sent_at > ?::timestamptz AND d.sent_at <= ?::timestamptz
          """,
          """
          /* outbox:purge-rejected */
          WITH old AS MATERIALIZED (
            SELECT x.event_uuid FROM $.outbox_rejected x
             WHERE x.rejected_at > ?::timestamptz AND x.rejected_at <= ?::timestamptz
             ORDER BY x.rejected_at, x.event_uuid
               FOR UPDATE SKIP LOCKED)
          DELETE FROM $.outbox_rejected x USING old
           WHERE x.event_uuid = old.event_uuid
             AND x.rejected_at > ?::timestamptz AND x.rejected_at <= ?::timestamptz
          """,
          // MATERIALIZED: else all attempts may be looked for in the history before their age is.
          """
          /* outbox:purge-attempts */
          WITH a AS MATERIALIZED (
            SELECT t.event_uuid, t.request_id
              FROM $.outbox_request r JOIN $.outbox_attempt t ON t.request_id = r.id
             WHERE r.started_at > ?::timestamptz AND r.started_at <= ?::timestamptz)
          DELETE FROM $.outbox_attempt t USING a
           WHERE t.event_uuid = a.event_uuid AND t.request_id = a.request_id
             AND %s
          """
              .formatted(NOWHERE),
          """
          /* outbox:redact-delivered */
          WITH old AS MATERIALIZED (
            SELECT d.event_uuid, d.sent_at FROM $.outbox_delivered d
             WHERE d.sent_at > ?::timestamptz AND d.sent_at <= ?::timestamptz AND d.customer_id IS NOT NULL
             ORDER BY d.sent_at, d.event_uuid
               FOR UPDATE SKIP LOCKED)
          UPDATE $.outbox_delivered d
             SET customer_id = NULL, user_timezone_offset = NULL, user_attributes = NULL, attributes = NULL
            FROM old
           WHERE d.event_uuid = old.event_uuid AND d.sent_at = old.sent_at
             AND d.sent_at > ?::timestamptz AND d.sent_at <= ?::timestamptz
          """,
          """
          /* outbox:redact-rejected */
          WITH old AS MATERIALIZED (
            SELECT x.event_uuid FROM $.outbox_rejected x
             WHERE x.rejected_at > ?::timestamptz AND x.rejected_at <= ?::timestamptz AND x.customer_id IS NOT NULL
             ORDER BY x.rejected_at, x.event_uuid
               FOR UPDATE SKIP LOCKED)
          UPDATE $.outbox_rejected x
             SET customer_id = NULL, user_timezone_offset = NULL, user_attributes = NULL, attributes = NULL,
                 reason = 'redacted'
            FROM old
           WHERE x.event_uuid = old.event_uuid
             AND x.rejected_at > ?::timestamptz AND x.rejected_at <= ?::timestamptz
          """,
          true);

  public static final RetentionSql H2 =
      new RetentionSql(
          null,
          null,
          """
          /* outbox:purge-delivered */
          DELETE FROM $.outbox_delivered
           WHERE sent_at > CAST(? AS timestamp(6) with time zone) AND sent_at <= CAST(? AS timestamp(6) with time zone)
          """,
          """
          /* outbox:purge-rejected */
          DELETE FROM $.outbox_rejected
           WHERE rejected_at > CAST(? AS timestamp(6) with time zone)
             AND rejected_at <= CAST(? AS timestamp(6) with time zone)
          """,
          """
          /* outbox:purge-attempts */
          DELETE FROM $.outbox_attempt a
           WHERE a.request_id IN (SELECT r.id FROM $.outbox_request r
                                   WHERE r.started_at > CAST(? AS timestamp(6) with time zone)
                                     AND r.started_at <= CAST(? AS timestamp(6) with time zone))
             AND %s
          """
              .formatted(NOWHERE),
          """
          /* outbox:redact-delivered */
          UPDATE $.outbox_delivered
             SET customer_id = NULL, user_timezone_offset = NULL, user_attributes = NULL, attributes = NULL
           WHERE sent_at > CAST(? AS timestamp(6) with time zone) AND sent_at <= CAST(? AS timestamp(6) with time zone)
             AND customer_id IS NOT NULL
          """,
          """
          /* outbox:redact-rejected */
          UPDATE $.outbox_rejected
             SET customer_id = NULL, user_timezone_offset = NULL, user_attributes = NULL, attributes = NULL,
                 reason = 'redacted'
           WHERE rejected_at > CAST(? AS timestamp(6) with time zone)
             AND rejected_at <= CAST(? AS timestamp(6) with time zone)
             AND customer_id IS NOT NULL
          """,
          false);

  // The indexes are named, since a statement that goes through a table locks each row for a moment,
  // and would wait for what relays have just written. A DELETE locks what its subqueries find, too:
  // here rows that point at requests as old as the history. A deadlock that is lost is tried again.
  public static final RetentionSql MYSQL =
      new RetentionSql(
          null,
          null,
          """
          /* outbox:purge-delivered */
          DELETE d FROM $.outbox_delivered d FORCE INDEX (PRIMARY)
           WHERE d.sent_at > CAST(? AS datetime(6)) AND d.sent_at <= CAST(? AS datetime(6))
          """,
          """
          /* outbox:purge-rejected */
          DELETE x FROM $.outbox_rejected x FORCE INDEX (outbox_rejected_rejected_at)
           WHERE x.rejected_at > CAST(? AS datetime(6)) AND x.rejected_at <= CAST(? AS datetime(6))
          """,
          """
          /* outbox:purge-attempts */
          DELETE a FROM $.outbox_request r FORCE INDEX (outbox_request_started_at)
                        STRAIGHT_JOIN $.outbox_attempt a FORCE INDEX (outbox_attempt_request) ON a.request_id = r.id
           WHERE r.started_at > CAST(? AS datetime(6)) AND r.started_at <= CAST(? AS datetime(6))
             AND %s
          """
              .formatted(NOWHERE),
          """
          /* outbox:redact-delivered */
          UPDATE $.outbox_delivered FORCE INDEX (PRIMARY)
             SET customer_id = NULL, user_timezone_offset = NULL, user_attributes = NULL, attributes = NULL
           WHERE sent_at > CAST(? AS datetime(6)) AND sent_at <= CAST(? AS datetime(6)) AND customer_id IS NOT NULL
          """,
          """
          /* outbox:redact-rejected */
          UPDATE $.outbox_rejected FORCE INDEX (outbox_rejected_rejected_at)
             SET customer_id = NULL, user_timezone_offset = NULL, user_attributes = NULL, attributes = NULL,
                 reason = 'redacted'
           WHERE rejected_at > CAST(? AS datetime(6)) AND rejected_at <= CAST(? AS datetime(6))
             AND customer_id IS NOT NULL
          """,
          false);
}
