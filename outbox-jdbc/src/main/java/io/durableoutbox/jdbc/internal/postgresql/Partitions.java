package io.durableoutbox.jdbc.internal.postgresql;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.dialect.OperationLog.Kind;
import io.durableoutbox.jdbc.internal.maintenance.MaintenanceRun;
import io.durableoutbox.jdbc.internal.maintenance.MaintenanceSettings;
import io.durableoutbox.jdbc.internal.maintenance.RunProgress;
import io.durableoutbox.jdbc.internal.maintenance.TaskRun;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * The daily partitions of {@code outbox_delivered} on PostgreSQL: made ahead and dropped behind.
 *
 * <p>Invariants: only what the catalog says is a partition of our table, and whose upper bound is
 * too old, is ever dropped, and that is looked up again under the lock. Each partition is one
 * transaction, so a crash leaves it done or not begun. Locks that others would wait behind are
 * waited for {@value #LOCK_TIMEOUT} at most, some times, and then left for the next run. No
 * statement takes longer than {@value #STATEMENT_TIMEOUT}.
 *
 * <p>Locks (PostgreSQL manual, "ALTER TABLE" and "DROP TABLE"): ATTACH takes SHARE UPDATE EXCLUSIVE
 * on the table and ACCESS EXCLUSIVE on its default partition, whose rows it reads; DROP takes
 * ACCESS EXCLUSIVE on the table, the partition and the default partition, for milliseconds.
 */
public final class Partitions implements MaintenanceRun.Doing {
  static final String LOCK_TIMEOUT = "100ms";
  static final String STATEMENT_TIMEOUT = "5s";

  /** How many rows are moved out of the default partition while it is locked. */
  static final int MAX_MOVED = 10_000;

  /** How large the default partition may be to be read while it is locked, for each new one. */
  public static final long MAX_READ_BYTES = 64L << 20;

  /** Up to this size a partition's rows are counted before it is dropped; else it is estimated. */
  private static final long COUNTED_BYTES = 16L << 20;

  private static final int TRIES = 5;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private final Dialect dialect;
  private final MaintenanceSettings settings;
  private final TaskRun task;
  private final RunProgress findings;
  private final long maxReadBytes;

  private record Missing(String name, String from, String to, String quoted, boolean taken) {}

  private record Expired(long oid, String name, String quoted, String to) {}

  private enum Done {
    YES,
    NO,
    SLOW,
    BUSY
  }

  private interface Change {
    boolean make(Connection connection) throws SQLException;
  }

  public Partitions(
      Dialect dialect, MaintenanceSettings settings, TaskRun task, RunProgress findings) {
    this(dialect, settings, task, findings, MAX_READ_BYTES);
  }

  public Partitions(
      Dialect dialect,
      MaintenanceSettings settings,
      TaskRun task,
      RunProgress findings,
      long maxReadBytes) {
    this.maxReadBytes = maxReadBytes;
    this.dialect = dialect;
    this.settings = settings;
    this.task = task;
    this.findings = findings;
  }

  @Override
  public void run() {
    HistoryTable parent = task.step(connection -> HistoryTable.read(dialect, connection));
    if (!parent.partitioned()) {
      findings.note("outbox_delivered is not partitioned by sent_at, so no partitions are made.");
    } else if (!parent.owned()) {
      findings.note(
          "This user does not own outbox_delivered and can't make or drop its partitions; rows are"
              + " deleted in batches.");
    } else if (createAll(parent)) {
      dropAll(parent);
    }
  }

  @Override
  public @Nullable String detail() {
    return null;
  }

  private boolean createAll(HistoryTable parent) {
    List<Missing> days = task.step(connection -> missing(connection, parent));
    if (!days.isEmpty() && !parent.mayCreate()) {
      findings.note(
          "This user may not create tables in the outbox's schema, so no partitions are made; new"
              + " rows go to the default partition.");
      return true;
    }
    if (!days.isEmpty() && task.step(connection -> tooLargeToRead(connection, parent))) {
      findings.note(
          "The default partition has more than 64 MB and would be read while it is locked, so no"
              + " partitions are made; exclude the days to come by a constraint, as"
              + " docs/retention.md has it.");
      return true;
    }
    for (Missing day : days) {
      if (day.taken) {
        findings.note(
            "The name " + day.name + " is taken by a table that is no partition; rename it.");
        continue;
      }
      Done done =
          change("make partition " + day.name, connection -> create(connection, parent, day));
      if (done == Done.BUSY) {
        return false;
      }
      if (done == Done.YES) {
        findings.created.add(day.name);
      }
      if (done == Done.SLOW) {
        // So would be the others, with the default partition locked for as long each time.
        return true;
      }
    }
    return true;
  }

  private boolean tooLargeToRead(Connection connection, HistoryTable parent) {
    return parent.defaultPartition() != null
        && dialect
            .using(connection)
            .resultQuery(PartitionSql.TOO_LARGE, maxReadBytes, parent.defaultPartition())
            .fetchSingle()
            .get(0, boolean.class);
  }

  private void dropAll(HistoryTable parent) {
    for (Expired old : task.step(this::expired)) {
      long rows = task.step(connection -> rows(connection, old));
      Done done =
          change("drop partition " + old.name, connection -> drop(connection, parent, old, rows));
      if (done == Done.BUSY) {
        return;
      }
      if (done == Done.YES) {
        findings.dropped.add(old.name);
      }
    }
  }

  /** Tries some times; what can't be done is noted. */
  private Done change(String what, Change change) {
    Duration pause = FIRST_PAUSE;
    for (int tries = 1; ; tries++) {
      try {
        boolean made =
            task.step(
                connection -> {
                  set(connection);
                  return change.make(connection);
                });
        return made ? Done.YES : Done.NO;
      } catch (OutboxException e) {
        String state = SqlErrors.state(e);
        if (state == null || state.startsWith("08") || state.startsWith("57P")) {
          throw e;
        }
        boolean busy = state.equals("55P03") || state.equals("40P01");
        if (busy && tries < TRIES) {
          task.pause(pause);
          pause = pause.multipliedBy(2);
          continue;
        }
        findings.note(reason(what, state));
        if (busy) {
          return Done.BUSY;
        }
        return state.equals("57014") ? Done.SLOW : Done.NO;
      }
    }
  }

  private static String reason(String what, String state) {
    return switch (state) {
      case "55P03", "40P01" ->
          "Could not "
              + what
              + ", since a transaction held a lock on outbox_delivered for too long; the next run"
              + " tries again.";
      case "57014" ->
          "Could not "
              + what
              + " within "
              + STATEMENT_TIMEOUT
              + "; the default partition may be too large to be read while it is locked.";
      default -> "Could not " + what + " (SQLState " + state + ").";
    };
  }

  private void set(Connection connection) {
    dialect
        .using(connection)
        .resultQuery(PartitionSql.SETTINGS, LOCK_TIMEOUT, STATEMENT_TIMEOUT)
        .fetch();
  }

  private List<Missing> missing(Connection connection, HistoryTable parent) {
    set(connection);
    return dialect
        .using(connection)
        .resultQuery(dialect.in(PartitionSql.MISSING), parent.schema(), settings.partitionsAhead())
        .fetch(
            row ->
                new Missing(
                    row.get(0, String.class),
                    row.get(1, String.class),
                    row.get(2, String.class),
                    parent.schema() + row.get(3, String.class),
                    row.get(4, boolean.class)));
  }

  private List<Expired> expired(Connection connection) {
    set(connection);
    return dialect
        .using(connection)
        .resultQuery(dialect.in(PartitionSql.EXPIRED), settings.keepDelivered().toNanos() / 1_000)
        .fetch(
            row ->
                new Expired(
                    row.get(0, Long.class),
                    row.get(1, String.class),
                    row.get(2, String.class),
                    row.get(3, String.class)));
  }

  // CREATE ... PARTITION OF would lock the whole table. Indexes come with ATTACH.
  private boolean create(Connection connection, HistoryTable parent, Missing day)
      throws SQLException {
    String range = " WHERE sent_at >= '" + day.from + "' AND sent_at < '" + day.to + "'";
    try (Statement sql = connection.createStatement()) {
      if (parent.defaultPartition() != null
          && tooManyToMove(sql, parent.defaultPartition(), range)) {
        findings.note(
            "The default partition has more than "
                + MAX_MOVED
                + " rows of "
                + day.from.substring(0, 10)
                + " already, so that day stays there.");
        return false;
      }
      sql.execute(
          "/* outbox:partition-create */ CREATE TABLE "
              + day.quoted
              + " (LIKE "
              + parent.name()
              + " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)");
      if (parent.otherOwner() != null) {
        sql.execute(
            "/* outbox:partition-owner */ ALTER TABLE "
                + day.quoted
                + " OWNER TO "
                + parent.otherOwner());
      }
      sql.execute(
          "/* outbox:partition-lock */ LOCK TABLE ONLY "
              + parent.name()
              + " IN SHARE UPDATE EXCLUSIVE MODE");
      int moved = 0;
      if (parent.defaultPartition() != null) {
        // Before its rows are moved, or a row that comes meanwhile would make ATTACH fail.
        sql.execute(
            "/* outbox:partition-lock */ LOCK TABLE "
                + parent.defaultPartition()
                + " IN ACCESS EXCLUSIVE MODE");
        moved =
            sql.executeUpdate(
                "/* outbox:partition-move */ WITH moved AS (DELETE FROM "
                    + parent.defaultPartition()
                    + range
                    + " RETURNING *) INSERT INTO "
                    + day.quoted
                    + " ("
                    + parent.columns()
                    + ") SELECT "
                    + parent.columns()
                    + " FROM moved");
      }
      sql.execute(
          "/* outbox:partition-attach */ ALTER TABLE "
              + parent.name()
              + " ATTACH PARTITION "
              + day.quoted
              + " FOR VALUES FROM ('"
              + day.from
              + "') TO ('"
              + day.to
              + "')");
      task.didAtOnce(
          connection,
          Kind.PARTITION,
          "made partition "
              + day.name
              + (moved == 0 ? "" : ", and moved rows to it from the default partition"),
          moved);
      return true;
    }
  }

  private static boolean tooManyToMove(Statement sql, String from, String range)
      throws SQLException {
    try (var row =
        sql.executeQuery(
            "/* outbox:partition-count */ SELECT count(*) FROM (SELECT 1 FROM "
                + from
                + range
                + " ORDER BY sent_at LIMIT "
                + (MAX_MOVED + 1)
                + ") AS r")) {
      row.next();
      return row.getInt(1) > MAX_MOVED;
    }
  }

  private long rows(Connection connection, Expired old) throws SQLException {
    Record size =
        dialect.using(connection).resultQuery(PartitionSql.SIZE, old.quoted).fetchSingle();
    if (size.get(0, long.class) > COUNTED_BYTES) {
      return size.get(1, long.class);
    }
    try (Statement sql = connection.createStatement();
        var row =
            sql.executeQuery("/* outbox:partition-count */ SELECT count(*) FROM " + old.quoted)) {
      row.next();
      return row.getLong(1);
    }
  }

  private boolean drop(Connection connection, HistoryTable parent, Expired old, long rows)
      throws SQLException {
    try (Statement sql = connection.createStatement()) {
      sql.execute(
          "/* outbox:partition-lock */ LOCK TABLE ONLY "
              + parent.name()
              + " IN ACCESS EXCLUSIVE MODE");
      if (!expired(connection).contains(old)) {
        findings.note("Partition " + old.name + " was changed by somebody and is left alone.");
        return false;
      }
      sql.execute("/* outbox:partition-drop */ DROP TABLE " + old.quoted);
    }
    task.didAtOnce(
        connection,
        Kind.PURGE,
        "dropped partition "
            + old.name
            + ", delivered before "
            + old.to
            + ", about "
            + rows
            + " actions",
        rows);
    return true;
  }
}
