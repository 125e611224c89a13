package io.durableoutbox.jdbc.internal.postgresql;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.number;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;

import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext;
import io.durableoutbox.jdbc.internal.diagnosis.SchemaDescription;
import io.durableoutbox.store.RelayStore.Backlog;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;

/** Indexes on PostgreSQL: whether they are valid, cost a claim too much, and are used by it. */
public final class IndexChecks {
  private static final int EXPLAINED_WORKSPACES = 3;
  // What a relay claims at most with the standard limits.
  private static final int CLAIMED = 800;
  private static final int BYTES_BEFORE_FIRST_ANALYZE = 8 * 1024 * 1024;

  private IndexChecks() {}

  private static final String INVALID =
      """
      /* outbox:diagnose-invalid-indexes */
      WITH ours AS (
        SELECT c.oid
          FROM pg_class c
         WHERE c.relkind IN ('r', 'p') AND c.oid IN (SELECT to_regclass(?::text || n) FROM unnest(?::text[]) AS n)
        UNION
        SELECT h.inhrelid FROM pg_inherits h WHERE h.inhparent = to_regclass(?::text))
      SELECT format('%I.%I', n.nspname, c.relname), t.relname, c.relkind = 'I', c.relname
        FROM ours o
        JOIN pg_index i ON i.indrelid = o.oid
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT i.indisvalid
         AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index b WHERE b.index_relid = i.indexrelid)
       ORDER BY n.nspname, c.relname
       LIMIT 20
      """;

  /** Indexes that every write keeps up and no query uses; one that is being built is left alone. */
  public static void invalid(DiagnosisContext look) {
    for (Record row :
        look.rows(
            INVALID,
            look.prefix(),
            SchemaDescription.tables(),
            look.prefix() + "outbox_delivered")) {
      String name = text(row, 0);
      look.warning(
          "invalid_index",
          text(row, 3),
          "The index "
              + name
              + " of table "
              + text(row, 1)
              + " is invalid: every write keeps it up, and no query uses it.",
          DiagnosisContext.is(row, 2)
              ? "Make it on each partition that lacks it, and ALTER INDEX "
                  + name
                  + " ATTACH PARTITION each of them."
              : "Run: REINDEX INDEX CONCURRENTLY "
                  + name
                  + "; or, if it is not one of the outbox's own: DROP INDEX CONCURRENTLY "
                  + name
                  + ";");
    }
  }

  // Columns of keys, expressions and conditions alike. BRIN does not prevent HOT updates since 16.
  private static final String HOT =
      """
      /* outbox:diagnose-hot-updates */
      SELECT format('%I.%I', n.nspname, c.relname), c.relname, string_agg(a.attname, ', ' ORDER BY a.attname)
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am m ON m.oid = c.relam
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = i.indrelid
       WHERE i.indrelid = to_regclass(?::text)
         AND a.attname IN ('available_at', 'claim_id', 'claimed_by', 'attempts', 'refusals', 'unknown_since', 'last_error')
         AND (m.amname <> 'brin' OR current_setting('server_version_num')::integer < 160000)
         AND (a.attnum = ANY (i.indkey)
              OR EXISTS (SELECT 1 FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                            AND d.refobjsubid = a.attnum))
       GROUP BY n.nspname, c.relname
       ORDER BY n.nspname, c.relname
       LIMIT 20
      """;

  /** Indexes of table outbox that make each claim write to every index. */
  public static void hot(DiagnosisContext look) {
    for (Record row : look.rows(HOT, look.prefix() + "outbox")) {
      look.warning(
          "index_slows_claims",
          text(row, 1),
          "The index "
              + text(row, 0)
              + " of table outbox holds "
              + text(row, 2)
              + ", which every claim changes, so that no claim is a HOT update any more.",
          "Run: DROP INDEX CONCURRENTLY " + text(row, 0) + "; the audit views need no such index.");
    }
  }

  private static final String SIZE =
      """
      /* outbox:diagnose-size */
      SELECT greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid)
        FROM pg_class c
       WHERE c.oid = to_regclass(?::text)
      """;

  /** Whether the claim would read all of a large outbox; asks for the plan and runs nothing. */
  public static void plan(DiagnosisContext look) {
    long rows = 0;
    for (Record size : look.rows(SIZE, look.prefix() + "outbox")) {
      boolean never = number(size, 0) == 0 && number(size, 1) > BYTES_BEFORE_FIRST_ANALYZE;
      rows = never ? look.limits().planRows() + 1 : number(size, 0);
    }
    if (rows <= look.limits().planRows()) {
      return;
    }
    PostgresDialect dialect = (PostgresDialect) look.dialect();
    List<Backlog> backlogs = dialect.workspaces().backlogs(look.connection());
    for (Backlog backlog : backlogs.subList(0, Math.min(backlogs.size(), EXPLAINED_WORKSPACES))) {
      List<String> plan =
          dialect.explainClaim(look.connection(), "EXPLAIN", claim(backlog.workspace()));
      if (picksBySeqScan(plan)) {
        look.warning(
            "claim_reads_all",
            "outbox",
            "A claim of workspace '"
                + backlog.workspace()
                + "' would read all of table outbox, about "
                + DiagnosisContext.plural(rows, "row")
                + ", instead of using outbox_pk.",
            "Run: ANALYZE "
                + look.prefix()
                + "outbox; if it stays so, see whether outbox_pk is there, and whether"
                + " enable_indexscan is off.");
      }
    }
  }

  private static ClaimSpec claim(String workspace) {
    return new ClaimSpec(
        workspace,
        UUID.randomUUID(),
        "diagnosis",
        CLAIMED,
        CLAIMED,
        Integer.MAX_VALUE,
        Duration.ofMinutes(1),
        0,
        false);
  }

  /** Only the picking: to look the picked rows up again, reading a small table is right. */
  static boolean picksBySeqScan(List<String> plan) {
    boolean picking = false;
    for (String line : plan) {
      if (line.strip().startsWith("CTE ")) {
        picking = line.strip().equals("CTE picked");
      }
      if (picking && line.contains("Seq Scan on ") && line.contains("outbox o")) {
        return true;
      }
    }
    return false;
  }
}
