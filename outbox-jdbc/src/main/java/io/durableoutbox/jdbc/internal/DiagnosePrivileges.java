package io.durableoutbox.jdbc.internal;

import static io.durableoutbox.jdbc.internal.DiagnoseLook.text;

import org.jooq.Record;

/** Whether the connection's user may do what a relay does, on PostgreSQL. */
final class DiagnosePrivileges {
  private DiagnosePrivileges() {}

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

  /**
   * The privileges that a relay needs and the user has not; those on a missing table are not, and
   * nor are those of a user who may write nothing of a relay's: an auditor.
   */
  static void relay(DiagnoseLook look) {
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
