package io.durableoutbox.jdbc.internal.mysql;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.number;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.seconds;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.words;

import io.durableoutbox.jdbc.internal.diagnosis.Diagnoser;
import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext;
import io.durableoutbox.jdbc.internal.diagnosis.SchemaDescription;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;

/** What is asked of MariaDB and MySQL alone. */
public final class InnoDbChecks {
  private static final List<String> OF_RELAYS =
      List.of(
          "outbox",
          "outbox_attempt",
          "outbox_delivered",
          "outbox_rejected",
          "outbox_request",
          "outbox_workspace");

  private InnoDbChecks() {}

  /**
   * Returns the tables and views that are there and that the user may not read; one that a relay
   * must read is a finding.
   *
   * @param seen what the catalogs show to the user, as in a {@link SchemaDescription}
   */
  public static Set<String> hidden(DiagnosisContext look, Set<String> seen) {
    Set<String> hidden = new TreeSet<>();
    for (String table : SchemaDescription.tables()) {
      if (!seen.contains("table " + table) && !seen.contains("view " + table)) {
        try {
          look.rows("/* outbox:diagnose-hidden */ SELECT 1 FROM $." + table + " LIMIT 0");
        } catch (DataAccessException e) {
          // One that is missing is another finding.
          if (Diagnoser.isDenied(e)) {
            hidden.add(table);
          }
        }
      }
    }
    OF_RELAYS.stream()
        .filter(hidden::contains)
        .forEach(
            table ->
                look.critical(
                    "privilege_missing",
                    table,
                    "The database user may not SELECT on " + table + ", which a relay must.",
                    "Grant outbox_relay to the user and make it the default role"
                        + " (docs/roles.md)."));
    return hidden;
  }

  // Their start is told in the server's own time zone.
  private static final String TRANSACTIONS =
      """
      /* outbox:diagnose-transactions */
      SELECT t.trx_mysql_thread_id, p.user, p.command,
             TIMESTAMPDIFF(SECOND, t.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))
        FROM information_schema.innodb_trx t
             LEFT JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
       WHERE t.trx_mysql_thread_id <> CONNECTION_ID()
         AND t.trx_started < CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM') - INTERVAL ? SECOND
       ORDER BY t.trx_started, t.trx_id
       LIMIT 20
      """;

  /** Transactions that keep every row that was deleted since; seen only with PROCESS. */
  public static void transactions(DiagnosisContext look) {
    List<Record> open;
    try {
      open = look.rows(TRANSACTIONS, look.limits().openTransaction().toSeconds());
    } catch (DataAccessException e) {
      if (Diagnoser.isDenied(e)) {
        // A relay's own user need not see other users' sessions.
        return;
      }
      throw e;
    }
    for (Record row : open) {
      long id = number(row, 0);
      Duration since = seconds(row, 3);
      String held =
          " has been open for "
              + words(since == null ? Duration.ZERO : since)
              + "; no row that was deleted since can be cleaned away.";
      if (id == 0) {
        look.warning(
            "prepared_transaction",
            "",
            "A transaction without a connection, prepared for XA," + held,
            "Run XA RECOVER, and XA COMMIT or XA ROLLBACK what is forgotten.");
      } else {
        look.warning(
            "open_transaction",
            "connection " + id,
            "The transaction of connection "
                + id
                + " of user '"
                + text(row, 1)
                + "' ("
                + text(row, 2)
                + ")"
                + held,
            "End it in the application, or run: KILL " + id + ";");
      }
    }
  }
}
