package io.durableoutbox.jdbc.internal.postgresql;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.is;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.number;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.seconds;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.words;

import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext;
import java.time.Duration;
import java.util.List;
import org.jooq.Record;

/** Whether PostgreSQL gets rid of the dead rows of table outbox, and what keeps it from that. */
public final class VacuumChecks {
  private VacuumChecks() {}

  private static final String OUTBOX =
      """
      /* outbox:diagnose-vacuum */
      SELECT s.n_dead_tup, s.n_live_tup,
             extract(epoch FROM clock_timestamp() - greatest(s.last_vacuum, s.last_autovacuum))::bigint,
             current_setting('autovacuum')::boolean AND current_setting('track_counts')::boolean,
             coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) AS o
                        WHERE o.option_name = 'autovacuum_enabled'), true)
        FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid
       WHERE s.relid = to_regclass(?::text)
      """;

  /** Dead rows that stay, and an autovacuum that is off. */
  public static void outbox(DiagnosisContext look) {
    for (Record row : look.rows(OUTBOX, look.prefix() + "outbox")) {
      if (!is(row, 3)) {
        look.warning(
            "autovacuum_off",
            "",
            "Autovacuum, or track_counts, is off on this server, so that dead rows stay for ever.",
            "Set autovacuum = on and track_counts = on in the server's configuration.");
      }
      if (!is(row, 4)) {
        look.warning(
            "autovacuum_off",
            "outbox",
            "Autovacuum is off for table outbox, so that its dead rows stay for ever.",
            "Run: ALTER TABLE " + look.prefix() + "outbox RESET (autovacuum_enabled);");
      }
      if (isNeglected(look, row)) {
        Duration since = seconds(row, 2);
        look.warning(
            "dead_rows",
            "outbox",
            "Table outbox has about "
                + number(row, 0)
                + " dead rows and "
                + number(row, 1)
                + " live ones, and "
                + (since == null
                    ? "no vacuum has ended since the statistics began."
                    : "the last vacuum ended " + words(since) + " ago."),
            "Run: VACUUM " + look.prefix() + "outbox; if they stay, something holds them back.");
      }
    }
  }

  private static boolean isNeglected(DiagnosisContext look, Record row) {
    Duration since = seconds(row, 2);
    return number(row, 0) > look.limits().deadRows()
        && number(row, 0) > 2 * number(row, 1)
        && (since == null || since.compareTo(look.limits().vacuumedWithin()) > 0);
  }

  // Of others, a user without pg_read_all_stats sees that they are there and nothing else.
  private static final String TRANSACTIONS =
      """
      /* outbox:diagnose-transactions */
      SELECT a.pid, a.application_name, a.state, extract(epoch FROM clock_timestamp() - a.xact_start)::bigint
        FROM pg_stat_activity a
       WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
         AND a.xact_start < clock_timestamp() - ?::bigint * interval '1 second'
         AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL OR a.state LIKE 'idle in transaction%')
       ORDER BY a.xact_start, a.pid
       LIMIT 20
      """;

  private static final String HIDDEN =
      """
      /* outbox:diagnose-hidden-sessions */
      SELECT count(*)
        FROM pg_stat_activity a
       WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
         AND NOT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
         AND NOT pg_has_role(current_user, a.usesysid, 'USAGE')
      """;

  /** Sessions that keep a transaction open, and so every row that died since. */
  public static void transactions(DiagnosisContext look) {
    List<Record> open = look.rows(TRANSACTIONS, look.limits().openTransaction().toSeconds());
    for (Record row : open) {
      String pid = text(row, 0);
      look.warning(
          "open_transaction",
          "pid " + pid,
          "The session with pid "
              + pid
              + " of application '"
              + text(row, 1)
              + "' ("
              + text(row, 2)
              + ") has had a transaction open for "
              + words(secondsOrZero(row, 3))
              + "; no row that died since can be cleaned away.",
          "End it in the application, or run: SELECT pg_terminate_backend(" + pid + ");");
    }
    long hidden = number(look.row(HIDDEN), 0);
    // Only where it matters, since a relay's own user need not see other users' sessions.
    if (open.isEmpty()
        && hidden > 0
        && look.rows(OUTBOX, look.prefix() + "outbox").stream()
            .anyMatch(row -> isNeglected(look, row))) {
      look.warning(
          "sessions_hidden",
          "",
          "Whether one of "
              + DiagnosisContext.plural(hidden, "session")
              + " of other users keeps the dead rows of table outbox can't be seen by this user.",
          "Run the diagnosis as a user with the role pg_read_all_stats.");
    }
  }

  private static final String PREPARED =
      """
      /* outbox:diagnose-prepared */
      SELECT p.gid, extract(epoch FROM clock_timestamp() - p.prepared)::bigint
        FROM pg_prepared_xacts p
       WHERE p.database = current_database() AND p.prepared < clock_timestamp() - ?::bigint * interval '1 second'
       ORDER BY p.prepared, p.gid
       LIMIT 20
      """;

  /** Transactions that were prepared for two-phase commit and then forgotten. */
  public static void prepared(DiagnosisContext look) {
    for (Record row : look.rows(PREPARED, look.limits().openTransaction().toSeconds())) {
      look.warning(
          "prepared_transaction",
          text(row, 0),
          "The prepared transaction '"
              + text(row, 0)
              + "' has waited for "
              + words(secondsOrZero(row, 1))
              + "; no row that died since can be cleaned away.",
          "Let its transaction manager end it, or run COMMIT PREPARED or ROLLBACK PREPARED.");
    }
  }

  private static final String SLOTS =
      """
      /* outbox:diagnose-slots */
      SELECT s.slot_name, s.active, age(s.xmin)
        FROM pg_replication_slots s
       WHERE s.xmin IS NOT NULL AND age(s.xmin) > ?::bigint
       ORDER BY s.slot_name
       LIMIT 20
      """;

  /** Replication slots of standbys that are gone or far behind. */
  public static void slots(DiagnosisContext look) {
    for (Record row : look.rows(SLOTS, look.limits().slotAge())) {
      look.warning(
          "replication_slot",
          text(row, 0),
          "The replication slot '"
              + text(row, 0)
              + "' ("
              + (is(row, 1) ? "active" : "not in use")
              + ") holds back the cleaning of rows that died in the last "
              + number(row, 2)
              + " transactions.",
          "See to the standby that it is for; if that is gone for good, run"
              + " pg_drop_replication_slot.");
    }
  }

  private static Duration secondsOrZero(Record row, int column) {
    Duration value = seconds(row, column);
    return value == null ? Duration.ZERO : value;
  }
}
