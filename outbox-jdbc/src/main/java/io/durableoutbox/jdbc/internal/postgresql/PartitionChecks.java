package io.durableoutbox.jdbc.internal.postgresql;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;

import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** The days of outbox_delivered on PostgreSQL: made ahead, dropped behind, and none in between. */
public final class PartitionChecks {
  private static final int DAYS_AHEAD = 2;

  private PartitionChecks() {}

  /** A partition's bounds; those without an end are far away. */
  private record Day(String name, OffsetDateTime from, OffsetDateTime to) {
    boolean holds(OffsetDateTime time) {
      return !time.isBefore(from) && time.isBefore(to);
    }
  }

  // The bounds' text is "FOR VALUES FROM ('...') TO ('...')", with MINVALUE or MAXVALUE at the
  // ends.
  private static final String DAYS =
      """
      /* outbox:diagnose-partitions */
      SELECT b.name,
             coalesce(substring(b.bounds FROM 'FROM \\(''([^'']*)''\\)')::timestamptz, '0001-01-01 00:00:00+00'),
             coalesce(substring(b.bounds FROM 'TO \\(''([^'']*)''\\)')::timestamptz, '9999-01-01 00:00:00+00'),
             now()
        FROM (SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
                FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
               WHERE h.inhparent = to_regclass(?::text)) AS b
       WHERE b.bounds LIKE 'FOR VALUES FROM%'
       ORDER BY 2, b.name
      """;

  private static final String NOW =
      """
      /* outbox:diagnose-now */
      SELECT now()
      """;

  public static void days(DiagnosisContext look) {
    List<Record> rows = look.rows(DAYS, look.prefix() + "outbox_delivered");
    List<Day> days = new ArrayList<>();
    for (Record row : rows) {
      days.add(new Day(text(row, 0), time(row, 1), time(row, 2)));
    }
    OffsetDateTime now = time(look.row(NOW), 0);
    ahead(look, days, now);
    inNoDay(look, days);
    behind(look, days, now);
  }

  private static void ahead(DiagnosisContext look, List<Day> days, OffsetDateTime now) {
    for (int n = 0; n <= DAYS_AHEAD; n++) {
      OffsetDateTime time = now.plusDays(n);
      if (days.stream().noneMatch(day -> day.holds(time))) {
        look.warning(
            "partitions_ahead",
            "outbox_delivered",
            "Table outbox_delivered has no partition for "
                + DateTimeFormatter.ISO_LOCAL_DATE.format(time)
                + (n == 0
                    ? ", which is today: what is delivered goes to the default partition."
                    : ", which is in " + DiagnosisContext.plural(n, "day") + "."),
            "Run outbox.maintenance().build(), as the tables' owner.");
        return;
      }
    }
  }

  private static final String IN_NO_DAY =
      """
      /* outbox:diagnose-default-partition */
      SELECT d.sent_at
        FROM $.outbox_delivered d
       WHERE d.sent_at >= ?::timestamptz AND d.sent_at < ?::timestamptz
       ORDER BY d.sent_at, d.event_uuid
       LIMIT 1
      """;

  /**
   * Asks the table for the times without a partition, since the default one needs its own grant.
   */
  private static void inNoDay(DiagnosisContext look, List<Day> days) {
    OffsetDateTime from = OffsetDateTime.parse("0001-01-01T00:00:00Z");
    List<Day> inOrder = new ArrayList<>(days);
    inOrder.sort(Comparator.comparing(Day::from));
    inOrder.add(new Day("", OffsetDateTime.parse("9999-01-01T00:00:00Z"), from));
    for (Day day : inOrder) {
      if (from.isBefore(day.from())) {
        List<Record> first = look.rows(IN_NO_DAY, from, day.from());
        if (!first.isEmpty()) {
          look.warning(
              "default_partition",
              "outbox_delivered",
              "Rows of "
                  + DateTimeFormatter.ISO_LOCAL_DATE.format(time(first.get(0), 0))
                  + " are in the default partition of outbox_delivered: they are found as any other,"
                  + " but no partition can be made for their day, and they are not dropped with one.",
              "Run outbox.maintenance().build(); see docs/diagnosis.md for how to move them by hand.");
          return;
        }
      }
      from = day.to().isAfter(from) ? day.to() : from;
    }
  }

  private static final String LAST_RUN =
      """
      /* outbox:diagnose-last-run */
      SELECT extract(epoch FROM now() - max(m.last_run_at))::bigint
        FROM $.outbox_maintenance m
       WHERE m.task IN ('partitions', 'purge')
      """;

  /**
   * Days that should have been dropped; how long they are kept is known to the maintenance only.
   */
  private static void behind(DiagnosisContext look, List<Day> days, OffsetDateTime now) {
    Duration run = DiagnosisContext.seconds(look.row(LAST_RUN), 0);
    if (run != null && run.compareTo(look.limits().maintained()) <= 0) {
      return;
    }
    OffsetDateTime oldest = now.minus(look.limits().kept());
    List<Day> due = days.stream().filter(day -> day.to().isBefore(oldest)).toList();
    if (!due.isEmpty()) {
      look.warning(
          "partitions_behind",
          "outbox_delivered",
          DiagnosisContext.plural(due.size(), "partition")
              + " of outbox_delivered, from "
              + due.get(0).name()
              + " on, "
              + (due.size() == 1 ? "is" : "are")
              + " older than "
              + look.limits().kept().toDays()
              + " days, and no maintenance drops them.",
          "Run outbox.maintenance().build(), as the tables' owner.");
    }
  }

  private static OffsetDateTime time(Record row, int column) {
    @Nullable OffsetDateTime time = row.get(column, OffsetDateTime.class);
    return time == null ? OffsetDateTime.MIN : time.withOffsetSameInstant(java.time.ZoneOffset.UTC);
  }
}
