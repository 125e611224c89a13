package io.durableoutbox.jdbc.internal.diagnosis;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.mysql.MySqlCatalog;
import io.durableoutbox.jdbc.internal.mysql.MySqlDialect;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jooq.Record;

/**
 * What the outbox's tables and views are made of, as lines of "object: definition": the shipped
 * description, which is a resource, and a database's own, read from its catalogs. The same on every
 * version of a family that is supported. Partitions are not part of it, since they vary by the day.
 */
public final class SchemaDescription {
  private static final List<String> NAMES =
      List.of(
          "outbox",
          "outbox_attempt",
          "outbox_audit",
          "outbox_audit_attempt",
          "outbox_delivered",
          "outbox_maintenance",
          "outbox_operation",
          "outbox_operation_action",
          "outbox_rejected",
          "outbox_request",
          "outbox_schema_version",
          "outbox_workspace");

  private SchemaDescription() {}

  /** Returns the names of the tables and views. */
  public static String[] tables() {
    return NAMES.toArray(new String[0]);
  }

  /** Reads the shipped description of a family. */
  public static Map<String, String> shipped(Dialect dialect) {
    String name = "schema-" + family(dialect) + ".txt";
    Map<String, String> lines = new LinkedHashMap<>();
    try (InputStream in =
            Objects.requireNonNull(SchemaDescription.class.getResourceAsStream(name), name);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      reader
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(
              line -> {
                int colon = line.indexOf(": ");
                lines.put(line.substring(0, colon), line.substring(colon + 2));
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  private static String family(Dialect dialect) {
    if (dialect instanceof PostgresDialect) {
      return "postgresql";
    }
    return dialect instanceof MySqlDialect ? "mysql" : "h2";
  }

  /** Reads a database's own, in order of the objects. */
  public static Map<String, String> actual(DiagnosisContext look) {
    Map<String, String> lines = new TreeMap<>();
    for (Record row : rows(look)) {
      lines.put(DiagnosisContext.text(row, 0), DiagnosisContext.text(row, 1));
    }
    return lines;
  }

  private static List<Record> rows(DiagnosisContext look) {
    if (look.dialect() instanceof PostgresDialect) {
      return look.rows(POSTGRES, look.prefix(), tables());
    }
    String schema = schema(look.prefix());
    if (look.dialect() instanceof MySqlDialect) {
      return MySqlCatalog.STATEMENTS.stream()
          .flatMap(statement -> look.rows(statement, schema).stream())
          .toList();
    }
    return look.rows(H2, schema);
  }

  /** The name inside a quoted prefix, or nothing if no tables were found. */
  public static String schema(String prefix) {
    if (prefix.isEmpty()) {
      return "";
    }
    String quote = prefix.substring(0, 1);
    return prefix.substring(1, prefix.length() - 2).replace(quote + quote, quote);
  }

  // NOT NULL is told of columns: since PostgreSQL 18 it is a constraint (contype n) as well. An
  // index that belongs to a constraint is told as the constraint.
  private static final String POSTGRES =
      """
      /* outbox:diagnose-schema */
      WITH ours AS (
        SELECT c.oid, c.relkind, n.name
          FROM (SELECT ?::text AS prefix) AS p
         CROSS JOIN unnest(?::text[]) AS n(name)
          JOIN pg_class c ON c.oid = to_regclass(p.prefix || n.name))
      SELECT CASE WHEN o.relkind = 'v' THEN 'view ' ELSE 'table ' END || o.name AS object,
             CASE o.relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(o.oid) WHEN 'v' THEN 'view'
                            ELSE 'table' END AS definition
        FROM ours o
      UNION ALL
      SELECT 'column ' || o.name || '.' || a.attname,
             format_type(a.atttypid, a.atttypmod)
             || CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || l.collname ELSE '' END
             || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
             || CASE WHEN a.attidentity <> '' THEN ' identity' WHEN a.atthasdef THEN ' default' ELSE '' END
        FROM ours o
        JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
      UNION ALL
      SELECT 'constraint ' || o.name || '.' || k.conname, pg_get_constraintdef(k.oid)
        FROM ours o JOIN pg_constraint k ON k.conrelid = o.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')
      UNION ALL
      SELECT 'index ' || o.name || '.' || c.relname,
             CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
             || substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$')
        FROM ours o
        JOIN pg_index i ON i.indrelid = o.oid
        JOIN pg_class c ON c.oid = i.indexrelid
       WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k
                          WHERE k.conindid = i.indexrelid AND k.conrelid = o.oid AND k.contype IN ('p', 'u', 'x'))
       ORDER BY 1
      """;

  // Without the conditions of checks, which each version of H2 words in its own way.
  private static final String H2 =
      """
      /* outbox:diagnose-schema */
      WITH place(name) AS (
        SELECT CASE WHEN s.name = '' THEN CURRENT_SCHEMA ELSE s.name END
          FROM (SELECT CAST(? AS CHARACTER VARYING) AS name) AS s)
      SELECT CASE WHEN t.table_type = 'VIEW' THEN 'view ' ELSE 'table ' END || LOWER(t.table_name) AS object,
             CASE WHEN t.table_type = 'VIEW' THEN 'view' ELSE 'table' END AS definition
        FROM information_schema.tables t
       WHERE t.table_schema = (SELECT name FROM place)
         AND (t.table_name = 'OUTBOX' OR t.table_name LIKE 'OUTBOX^_%' ESCAPE '^')
      UNION ALL
      SELECT 'column ' || LOWER(c.table_name) || '.' || LOWER(c.column_name),
             LOWER(c.data_type)
             || CASE WHEN c.data_type = 'CHARACTER VARYING' THEN '(' || c.character_maximum_length || ')' ELSE '' END
             || CASE WHEN c.is_nullable = 'NO' THEN ' not null' ELSE '' END
             || CASE WHEN c.is_identity = 'YES' THEN ' identity'
                     WHEN c.column_default IS NOT NULL THEN ' default' ELSE '' END
        FROM information_schema.columns c
       WHERE c.table_schema = (SELECT name FROM place)
         AND (c.table_name = 'OUTBOX' OR c.table_name LIKE 'OUTBOX^_%' ESCAPE '^')
      UNION ALL
      SELECT 'constraint ' || LOWER(k.table_name) || '.' || LOWER(k.constraint_name),
             k.constraint_type
             || COALESCE((SELECT ' (' || LISTAGG(LOWER(u.column_name), ', ') WITHIN GROUP (ORDER BY u.ordinal_position)
                                 || ')'
                            FROM information_schema.key_column_usage u
                           WHERE u.constraint_schema = k.constraint_schema AND u.constraint_name = k.constraint_name
                             AND k.constraint_type <> 'CHECK'), '')
        FROM information_schema.table_constraints k
       WHERE k.table_schema = (SELECT name FROM place)
         AND (k.table_name = 'OUTBOX' OR k.table_name LIKE 'OUTBOX^_%' ESCAPE '^')
      UNION ALL
      SELECT 'index ' || LOWER(i.table_name) || '.' || LOWER(i.index_name),
             (SELECT '(' || LISTAGG(LOWER(u.column_name), ', ') WITHIN GROUP (ORDER BY u.ordinal_position) || ')'
                FROM information_schema.index_columns u
               WHERE u.index_schema = i.index_schema AND u.index_name = i.index_name)
        FROM information_schema.indexes i
       WHERE i.table_schema = (SELECT name FROM place) AND NOT i.is_generated
         AND (i.table_name = 'OUTBOX' OR i.table_name LIKE 'OUTBOX^_%' ESCAPE '^')
       ORDER BY 1
      """;
}
