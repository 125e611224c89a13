package io.durableoutbox.jdbc.internal.maintenance;

import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import io.durableoutbox.jdbc.internal.sql.Times;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Goes through rows in the order of a time, some at a time, each batch in a transaction of the
 * task. A batch is a range of time, after the one before it: so a run ends, though rows that it
 * must leave stay behind it.
 */
public final class RangeBatches {
  /** Before anything that was ever written, and the first time that MariaDB and MySQL know. */
  public static final OffsetDateTime BEGINNING =
      OffsetDateTime.of(1000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private final Dialect dialect;
  private final RetentionSql sql;
  private final TaskRun task;

  /** Works on the rows of a range: after {@code from}, up to and with {@code to}. */
  interface Work {
    void on(Connection connection, OffsetDateTime from, OffsetDateTime to) throws SQLException;
  }

  /** Finds the end of a batch that begins after a time; null: all that is left is one batch. */
  interface Boundary {
    @Nullable OffsetDateTime after(Connection connection, OffsetDateTime from) throws SQLException;
  }

  RangeBatches(Dialect dialect, TaskRun task) {
    this.dialect = dialect;
    this.sql = dialect.retention();
    this.task = task;
  }

  /** Runs a transaction of the task that works on a range of rows. */
  <T> T onRange(Transactions.Work<T> work) {
    return step(sql.ranges(), work);
  }

  /** Runs a transaction of the task that looks for what points at rows. */
  <T> T onLookups(Transactions.Work<T> work) {
    return step(sql.lookups(), work);
  }

  private <T> T step(@Nullable String settings, Transactions.Work<T> work) {
    return task.step(
        connection -> {
          if (settings != null) {
            dialect.using(connection).fetch(settings);
          }
          return work.on(connection);
        });
  }

  /** Works through all rows after {@code from}, up to and with {@code to}. */
  void ranges(OffsetDateTime from, OffsetDateTime to, Boundary boundary, Work work) {
    OffsetDateTime next = from;
    while (next.isBefore(to)) {
      OffsetDateTime after = next;
      next = onRange(connection -> batch(connection, after, to, boundary, work));
    }
  }

  /** As {@link #ranges}, for work that looks for what points at rows. */
  void lookups(OffsetDateTime from, OffsetDateTime to, Boundary boundary, Work work) {
    OffsetDateTime next = from;
    while (next.isBefore(to)) {
      OffsetDateTime after = next;
      next = onLookups(connection -> batch(connection, after, to, boundary, work));
    }
  }

  private static OffsetDateTime batch(
      Connection connection, OffsetDateTime after, OffsetDateTime to, Boundary boundary, Work work)
      throws SQLException {
    OffsetDateTime found = boundary.after(connection, after);
    OffsetDateTime end = found == null ? to : found;
    work.on(connection, after, end);
    return end;
  }

  /** Finds the n-th time by a statement that takes both bounds and an offset. */
  Boundary boundary(String statement, OffsetDateTime to, int size) {
    String text = dialect.in(statement);
    return (connection, from) ->
        time(
            dialect
                .using(connection)
                .resultQuery(text, dialect.value(from), dialect.value(to), size - 1)
                .fetchOne());
  }

  /** Executes a statement on a range whose bounds it takes once, or twice where it must be. */
  int execute(
      Connection connection,
      String statement,
      boolean twice,
      OffsetDateTime from,
      OffsetDateTime to) {
    var using = dialect.using(connection);
    String text = dialect.in(statement);
    Object first = dialect.value(from);
    Object last = dialect.value(to);
    return twice
        ? using.query(text, first, last, first, last).execute()
        : using.query(text, first, last).execute();
  }

  /** Returns the database's time. */
  OffsetDateTime now() {
    return task.step(
        connection ->
            Objects.requireNonNull(
                time(dialect.using(connection).fetchSingle(dialect.in(RetentionSql.NOW)))));
  }

  /** Reads the first column, a time in microseconds; null if there is no row or no time. */
  static @Nullable OffsetDateTime time(@Nullable Record row) {
    Instant instant = row == null ? null : Times.instant(row, 0);
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }
}
