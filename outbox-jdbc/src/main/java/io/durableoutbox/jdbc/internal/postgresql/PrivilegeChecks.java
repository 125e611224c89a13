package io.durableoutbox.jdbc.internal.postgresql;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;

import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext;
import java.sql.SQLException;
import org.jooq.Record;

/** Whether the connection's user may do what a relay does, on PostgreSQL. */
public final class PrivilegeChecks {
  private PrivilegeChecks() {}

  private static final String RELAY =
      """
      /* outbox:diagnose-privileges */
      SELECT n.name, string_agg(p.privilege, ', ' ORDER BY p.privilege), current_user
        FROM (SELECT ?::text AS prefix) AS s
       CROSS JOIN (VALUES ('outbox', 'SELECT,UPDATE,DELETE'), ('outbox_delivered', 'SELECT,INSERT'),
                          ('outbox_rejected', 'SELECT,INSERT,UPDATE'), ('outbox_request', 'SELECT,INSERT,UPDATE'),
                          ('outbox_attempt', 'SELECT,INSERT'), ('outbox_workspace', 'SELECT,INSERT,UPDATE'),
                          ('outbox_schema_version', 'SELECT')) AS n(name, needed)
       CROSS JOIN LATERAL unnest(string_to_array(n.needed, ',')) AS p(privilege)
       WHERE NOT coalesce(CASE p.privilege
                            WHEN 'UPDATE' THEN has_any_column_privilege(to_regclass(s.prefix || n.name), 'UPDATE')
                            ELSE has_table_privilege(to_regclass(s.prefix || n.name), p.privilege) END, true)
         AND (has_table_privilege(to_regclass(s.prefix || 'outbox'), 'DELETE')
              OR has_table_privilege(to_regclass(s.prefix || 'outbox_delivered'), 'INSERT')
              OR has_any_column_privilege(to_regclass(s.prefix || 'outbox_workspace'), 'UPDATE'))
       GROUP BY n.name
       ORDER BY n.name
      """;

  // A policy for everything that lets all rows through hides none; a restrictive one may.
  static final String ROW_SECURITY =
      """
      /* outbox:row-security */
      SELECT string_agg(n.name, ', ' ORDER BY n.name)
        FROM (SELECT ?::text AS prefix) AS s
       CROSS JOIN unnest(ARRAY['outbox', 'outbox_attempt', 'outbox_delivered', 'outbox_rejected', 'outbox_request',
                               'outbox_workspace']) AS n(name)
        JOIN pg_class c ON c.oid = to_regclass(s.prefix || n.name) AND c.relrowsecurity
       CROSS JOIN LATERAL (
             SELECT coalesce(bool_or(p.polpermissive AND p.polcmd = '*'
                                     AND pg_get_expr(p.polqual, p.polrelid) = 'true'), false) AS all_seen,
                    coalesce(bool_or(NOT p.polpermissive), false) AS restricted
               FROM pg_policy p
              WHERE p.polrelid = c.oid
                AND EXISTS (SELECT 1 FROM unnest(p.polroles) AS r(oid)
                             WHERE CASE WHEN r.oid = 0 THEN true ELSE pg_has_role(r.oid, 'USAGE') END)) AS p
       WHERE row_security_active(c.oid) AND (NOT p.all_seen OR p.restricted)
      HAVING count(*) > 0
      """;

  public static final String SEE_ALL_ROWS =
      "Let the relay's user see all rows: ALTER ROLE ... BYPASSRLS, or CREATE POLICY ... FOR ALL TO"
          + " the user USING (true) WITH CHECK (true) on each of these tables.";

  /** Row-level security, which hides rows without a word. */
  public static void rowSecurity(DiagnosisContext look) throws SQLException {
    String tables = look.dialect().hiddenBy(look.connection());
    if (tables != null) {
      look.critical(
          "row_security",
          tables,
          "Row-level security may hide rows of "
              + tables
              + " from this database user: what a relay does not see, it never sends.",
          SEE_ALL_ROWS);
    }
  }

  /**
   * The privileges that a relay needs and the user has not; those on a missing table are not, and
   * nor are those of a user who may write nothing of a relay's: an auditor.
   */
  public static void relay(DiagnosisContext look) {
    for (Record row : look.rows(RELAY, look.prefix())) {
      String table = text(row, 0);
      String missing = text(row, 1);
      look.critical(
          "privilege_missing",
          table,
          "The database user '"
              + text(row, 2)
              + "' may not "
              + missing
              + " on "
              + table
              + ", which a relay must.",
          "Grant outbox_relay to the user (docs/roles.md), or run: GRANT "
              + missing
              + " ON "
              + look.prefix()
              + table
              + " TO the user.");
    }
  }
}
