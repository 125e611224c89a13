package io.durableoutbox.jdbc.internal.diagnosis;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.seconds;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.words;

import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import java.time.Duration;
import java.time.Instant;
import org.jooq.Record;

/** Clocks, operations and maintenance. */
final class UpkeepChecks {
  private static final String NEVER = "has never run";

  private UpkeepChecks() {}

  private static final String POSTGRES_TIME =
      """
      /* outbox:diagnose-time */
      SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)
      """;

  private static final String TIME =
      """
      /* outbox:diagnose-time */
      SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(6)) * 1000 AS BIGINT)
      """;

  /** The database's clock against the JVM's, give or take the time that it takes to ask. */
  static void clocks(DiagnosisContext look) {
    boolean postgres = look.dialect() instanceof PostgresDialect;
    Instant before = look.jvmTime();
    Instant database =
        Instant.ofEpochMilli(DiagnosisContext.number(look.row(postgres ? POSTGRES_TIME : TIME), 0));
    Instant after = look.jvmTime();
    Duration ahead = Duration.between(after, database);
    Duration behind = Duration.between(database, before);
    Duration skew = ahead.compareTo(behind) > 0 ? ahead : behind;
    if (skew.compareTo(look.limits().clockSkew()) > 0) {
      look.warning(
          "clock_skew",
          "",
          "The database's clock is "
              + words(skew)
              + (ahead.compareTo(behind) > 0 ? " ahead of" : " behind")
              + " this JVM's.",
          "Correct the time synchronisation of both machines; delivery does not depend on it, but"
              + " the times of events come from the JVM, and all others from the database.");
    }
  }

  private static final String UNFINISHED =
      """
      /* outbox:diagnose-unfinished */
      SELECT CAST(o.id AS VARCHAR(36)), o.kind, o.performed_by,
             CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM o.started_at) AS BIGINT), o.actions
        FROM $.outbox_operation o
       WHERE o.finished_at IS NULL
       ORDER BY o.started_at, o.id
       LIMIT 20
      """;

  /** Operations that were broken off, or take very long. */
  static void operations(DiagnosisContext look) {
    for (Record row : look.rows(UNFINISHED)) {
      Duration since = seconds(row, 3);
      if (since != null && since.compareTo(look.limits().unfinished()) > 0) {
        look.warning(
            "operation_unfinished",
            text(row, 0),
            "Operation "
                + text(row, 1)
                + " ("
                + text(row, 0)
                + ") by '"
                + text(row, 2)
                + "' began "
                + words(since)
                + " ago and has not ended; "
                + DiagnosisContext.plural(DiagnosisContext.number(row, 4), "action")
                + " so far.",
            "If it does not run any more, what it did stays done: do it again for the rest.");
      }
    }
  }

  private static final String MAINTENANCE =
      """
      /* outbox:diagnose-maintenance */
      SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)
                  - EXTRACT(EPOCH FROM (SELECT MIN(r.started_at) FROM $.outbox_request r)) AS BIGINT),
             CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM MAX(m.last_run_at)) AS BIGINT)
        FROM $.outbox_maintenance m
       WHERE m.task IN ('partitions', 'purge')
      """;

  private static final String NOTES =
      """
      /* outbox:diagnose-notes */
      SELECT m.task, m.note FROM $.outbox_maintenance m WHERE m.note IS NOT NULL ORDER BY m.task
      """;

  /** Whether maintenance runs, once there is something to maintain, and what it had to say. */
  static void maintenance(DiagnosisContext look) {
    Record row = look.row(MAINTENANCE);
    Duration used = seconds(row, 0);
    Duration run = seconds(row, 1);
    Duration allowed = look.limits().maintained();
    if (used != null
        && used.compareTo(allowed) > 0
        && (run == null || run.compareTo(allowed) > 0)) {
      look.warning(
          "maintenance_late",
          "outbox_maintenance",
          "Maintenance "
              + (run == null ? NEVER : "has not run for " + words(run))
              + ", and the outbox has been in use for "
              + words(used)
              + ": no days are made and none are dropped.",
          "Start it in one of the services, as the tables' owner, or run it from a scheduler.");
    }
    for (Record note : look.rows(NOTES)) {
      look.warning(
          "maintenance_note",
          text(note, 0),
          "The last run of maintenance's task " + text(note, 0) + " says: " + text(note, 1),
          "See docs/diagnosis.md.");
    }
  }
}
