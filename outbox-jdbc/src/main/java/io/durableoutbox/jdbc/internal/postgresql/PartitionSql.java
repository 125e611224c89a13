package io.durableoutbox.jdbc.internal.postgresql;

/**
 * What PostgreSQL is asked of the partitions of {@code outbox_delivered}. Names that are put into
 * DDL come from {@code format('%I')}, and what a partition holds from its bounds and never from its
 * name.
 */
final class PartitionSql {
  private PartitionSql() {}

  // Bounds are printed and read again as the session's settings say, so these must be unambiguous.
  static final String SETTINGS =
      """
      /* outbox:partitions-settings */
      SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
             set_config('lock_timeout', ?, true), set_config('statement_timeout', ?, true)
      """;

  static final String PARENT =
      """
      /* outbox:partitions-parent */
      SELECT coalesce(pg_get_partkeydef(c.oid) = 'RANGE (sent_at)', false),
             pg_has_role(c.relowner, 'USAGE'),
             has_schema_privilege(c.relnamespace, 'CREATE'),
             format('%I.%I', n.nspname, c.relname),
             format('%I.', n.nspname),
             CASE WHEN pg_get_userbyid(c.relowner) <> current_user THEN format('%I', pg_get_userbyid(c.relowner)) END,
             (SELECT format('%I.%I', dn.nspname, d.relname)
                FROM pg_partitioned_table p JOIN pg_class d ON d.oid = p.partdefid
                JOIN pg_namespace dn ON dn.oid = d.relnamespace
               WHERE p.partrelid = c.oid),
             (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.oid = to_regclass('$.outbox_delivered')
      """;

  // MINVALUE and MAXVALUE are not quoted.
  private static final String PARTS =
      """
      parts AS MATERIALIZED (
        SELECT c.oid, n.nspname, c.relname, c.relkind,
               coalesce(substring(b.bound FROM ' FROM [(]''([^'']*)''[)]')::timestamptz, '-infinity') AS lower,
               coalesce(substring(b.bound FROM ' TO [(]''([^'']*)''[)]')::timestamptz, 'infinity') AS upper
          FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         CROSS JOIN LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bound) AS b
         WHERE i.inhparent = to_regclass('$.outbox_delivered')
           AND c.relispartition
           AND b.bound LIKE 'FOR VALUES FROM %')
      """;

  // A name may be taken by a table that is no partition of ours.
  static final String MISSING =
      """
      /* outbox:partitions-missing */
      WITH %s
      SELECT n.name, to_char(d.day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(d.day + 1, 'YYYY-MM-DD') || ' 00:00:00+00',
             format('%%I', n.name), to_regclass(?::text || format('%%I', n.name)) IS NOT NULL
        FROM generate_series(0, ?::integer - 1) AS ahead
       CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE 'UTC')::date + ahead AS day) AS d
       CROSS JOIN LATERAL (SELECT 'outbox_delivered_' || to_char(d.day, 'YYYYMMDD') AS name) AS n
       WHERE NOT EXISTS (SELECT 1 FROM parts p
                          WHERE p.lower < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
                            AND p.upper > d.day::timestamp AT TIME ZONE 'UTC')
       ORDER BY d.day
      """
          .formatted(PARTS);

  static final String EXPIRED =
      """
      /* outbox:partitions-expired */
      WITH %s
      SELECT p.oid::bigint, p.relname::text, format('%%I.%%I', p.nspname, p.relname), p.upper::text
        FROM parts p
       WHERE p.upper <= now() - ?::bigint * interval '1 microsecond'
         AND p.relkind IN ('r', 'p')
       ORDER BY p.upper, p.oid
      """
          .formatted(PARTS);

  // The planner needs no look at the rows if a constraint says that none is of the new days.
  static final String TOO_LARGE =
      """
      /* outbox:partitions-default */
      SELECT pg_relation_size(p.oid) > ?::bigint
             AND NOT EXISTS (SELECT 1 FROM pg_constraint k
                              WHERE k.conrelid = p.oid AND k.contype = 'c' AND k.convalidated
                                AND pg_get_constraintdef(k.oid) LIKE '%sent_at%')
        FROM (SELECT ?::text::regclass AS oid) AS p
      """;

  static final String SIZE =
      """
      /* outbox:partitions-size */
      SELECT coalesce(sum(pg_relation_size(c.oid)), 0)::bigint, coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
        FROM pg_partition_tree(?::text::regclass) AS t JOIN pg_class c ON c.oid = t.relid
       WHERE t.isleaf
      """;
}
