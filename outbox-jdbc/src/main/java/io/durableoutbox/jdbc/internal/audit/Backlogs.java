package io.durableoutbox.jdbc.internal.audit;

import static io.durableoutbox.jdbc.WorkspaceBacklog.MAX_COUNT;

import io.durableoutbox.jdbc.WorkspaceBacklog;
import io.durableoutbox.jdbc.internal.diagnosis.QueueChecks;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.postgresql.PostgresDialect;
import io.durableoutbox.store.RelayStore.Backlog;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.DSLContext;
import org.jooq.Record;

/** Reads {@link WorkspaceBacklog}s; no statement reads more rows than are counted. */
public final class Backlogs {
  private Backlogs() {}

  // With statistics from before the rows came PostgreSQL expects few, and would sort them all to
  // count the first: an index has the order of each statement here.
  private static final String POSTGRES_BY_INDEX =
      """
      /* outbox:count-setup */
      SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
             set_config('enable_sort', 'off', true), set_config('jit', 'off', true),
             set_config('statement_timeout', '5s', true), set_config('lock_timeout', '1s', true)
      """;

  public static final String COUNT_WAITING =
      """
      /* outbox:count-waiting */
      SELECT COUNT(*)
        FROM (SELECT o.id FROM $.outbox o WHERE o.workspace = ? ORDER BY o.id LIMIT ?) w
      """;

  // The bound is on what is read: rows that people cancelled must not make it long.
  public static final String COUNT_REJECTED =
      """
      /* outbox:count-rejected */
      SELECT r.workspace, COUNT(*)
        FROM (SELECT x.workspace, x.operation_id
                FROM $.outbox_rejected x
               ORDER BY x.rejected_at DESC
               LIMIT ?) r
       WHERE r.operation_id IS NULL
       GROUP BY r.workspace
       ORDER BY r.workspace
       LIMIT 1000
      """;

  /** Reads all in the transaction of the connection. */
  public static List<WorkspaceBacklog> read(Dialect dialect, Connection connection) {
    DSLContext sql = setUp(dialect, connection);
    Map<String, Duration> ages = new HashMap<>();
    for (Backlog backlog : dialect.workspaces().backlogs(connection)) {
      ages.put(backlog.workspace(), notNegative(backlog.age()));
    }
    Map<String, Long> rejected = new HashMap<>();
    for (Record row : sql.fetch(dialect.in(COUNT_REJECTED), MAX_COUNT)) {
      rejected.put(row.get(0, String.class), row.get(1, Long.class));
    }
    Map<String, Duration> paused = new HashMap<>();
    for (Record row : sql.fetch(dialect.in(QueueChecks.PAUSED))) {
      paused.put(row.get(0, String.class), notNegative(Duration.ofSeconds(row.get(3, Long.class))));
    }
    String countWaiting = dialect.in(COUNT_WAITING);
    Set<String> workspaces = new TreeSet<>(ages.keySet());
    workspaces.addAll(rejected.keySet());
    workspaces.addAll(paused.keySet());
    List<WorkspaceBacklog> backlogs = new ArrayList<>(workspaces.size());
    for (String workspace : workspaces) {
      long waiting =
          ages.containsKey(workspace)
              ? sql.fetchSingle(countWaiting, workspace, MAX_COUNT).get(0, Long.class)
              : 0;
      backlogs.add(
          new WorkspaceBacklog(
              workspace,
              waiting,
              ages.get(workspace),
              rejected.getOrDefault(workspace, 0L),
              paused.get(workspace)));
    }
    return List.copyOf(backlogs);
  }

  public static DSLContext setUp(Dialect dialect, Connection connection) {
    DSLContext sql = dialect.using(connection);
    if (dialect instanceof PostgresDialect) {
      sql.fetch(POSTGRES_BY_INDEX);
    }
    return sql;
  }

  /** A database's clock may be set back. */
  private static Duration notNegative(Duration age) {
    return age.isNegative() ? Duration.ZERO : age;
  }
}
