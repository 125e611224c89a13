package io.durableoutbox.jdbc.internal.mysql;

import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext;
import io.durableoutbox.jdbc.internal.diagnosis.SchemaDescription;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@link SchemaDescription} reads of MariaDB and MySQL, in words that come out alike on both:
 * without what each words in its own way, which are the conditions of checks and the types of
 * views' columns. Each statement takes the name of the database, or nothing for the connection's.
 */
public final class MySqlCatalog {
  private MySqlCatalog() {}

  private static final String OURS =
      """
      table_schema = COALESCE(NULLIF(?, ''), DATABASE())
         AND %1$s.table_name IN ('outbox', 'outbox_attempt', 'outbox_audit', 'outbox_audit_attempt', 'outbox_delivered',
                                 'outbox_maintenance', 'outbox_operation', 'outbox_operation_action',
                                 'outbox_rejected', 'outbox_request', 'outbox_schema_version', 'outbox_workspace')\
      """;

  private static final String TABLES =
      """
      /* outbox:diagnose-schema */
      SELECT CONCAT(CASE WHEN t.table_type = 'VIEW' THEN 'view ' ELSE 'table ' END, t.table_name),
             CASE WHEN t.table_type = 'VIEW' THEN 'view' ELSE CONCAT(t.engine, ', ', t.row_format) END
        FROM information_schema.tables t
       WHERE t.%s
       ORDER BY t.table_name
      """
          .formatted(OURS.formatted("t"));

  // The collation of each family that compares byte by byte is told of neither. MariaDB says NULL
  // in
  // words where there is no default.
  private static final String COLUMNS =
      """
      /* outbox:diagnose-schema */
      SELECT CONCAT('column ', c.table_name, '.', c.column_name),
             CASE WHEN c.table_name IN ('outbox_audit', 'outbox_audit_attempt', 'outbox_schema_version') THEN 'of the view'
                  ELSE CONCAT(c.data_type,
                              CASE WHEN c.data_type IN ('char', 'varchar') THEN CONCAT('(', c.character_maximum_length, ')')
                                   WHEN c.data_type = 'datetime' THEN CONCAT('(', c.datetime_precision, ')') ELSE '' END,
                              CASE WHEN c.collation_name IS NULL
                                        OR c.collation_name IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin') THEN ''
                                   ELSE CONCAT(' collate ', c.collation_name) END,
                              CASE WHEN c.is_nullable = 'NO' THEN ' not null' ELSE '' END,
                              CASE WHEN c.extra LIKE '%%auto_increment%%' THEN ' auto_increment'
                                   WHEN c.column_default IS NOT NULL AND c.column_default <> 'NULL' THEN ' default'
                                   ELSE '' END) END
        FROM information_schema.columns c
       WHERE c.%s
       ORDER BY c.table_name, c.column_name
      """
          .formatted(OURS.formatted("c"));

  private static final String INDEXES =
      """
      /* outbox:diagnose-schema */
      SELECT CONCAT(CASE WHEN i.non_unique = 0 THEN 'constraint ' ELSE 'index ' END, i.table_name, '.', i.index_name),
             CONCAT(CASE WHEN i.index_name = 'PRIMARY' THEN 'PRIMARY KEY ' WHEN i.non_unique = 0 THEN 'UNIQUE '
                         ELSE '' END,
                    '(', GROUP_CONCAT(CONCAT(i.column_name,
                                             CASE WHEN i.sub_part IS NULL THEN '' ELSE CONCAT('(', i.sub_part, ')') END)
                                      ORDER BY i.seq_in_index SEPARATOR ', '), ')')
        FROM information_schema.statistics i
       WHERE i.%s
       GROUP BY i.table_name, i.index_name, i.non_unique
       ORDER BY i.table_name, i.index_name
      """
          .formatted(OURS.formatted("i"));

  private static final String CHECKS =
      """
      /* outbox:diagnose-schema */
      SELECT CONCAT('constraint ', k.table_name, '.', k.constraint_name), 'CHECK'
        FROM information_schema.table_constraints k
       WHERE k.%s
         AND k.constraint_type = 'CHECK'
       ORDER BY k.table_name, k.constraint_name
      """
          .formatted(OURS.formatted("k"));

  private static final String WITH_CONSTRAINTS =
      """
      /* outbox:diagnose-constraints */
      SELECT DISTINCT k.table_name
        FROM information_schema.table_constraints k
       WHERE k.%s
       ORDER BY k.table_name
      """
          .formatted(OURS.formatted("k"));

  /** Returns the tables whose constraints the user sees: those that he may do more than read. */
  public static Set<String> withConstraints(DiagnosisContext look) {
    Set<String> tables = new TreeSet<>();
    look.rows(WITH_CONSTRAINTS, SchemaDescription.schema(look.prefix()))
        .forEach(row -> tables.add(DiagnosisContext.text(row, 0)));
    return tables;
  }

  public static final List<String> STATEMENTS = List.of(TABLES, COLUMNS, INDEXES, CHECKS);
}
