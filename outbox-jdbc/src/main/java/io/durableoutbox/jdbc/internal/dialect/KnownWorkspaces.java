package io.durableoutbox.jdbc.internal.dialect;

import io.durableoutbox.OutboxException;
import java.sql.Connection;
import java.util.List;
import java.util.TreeSet;

/**
 * Which workspaces the outbox has heard of. Any name may be paused, and a misspelt one would be,
 * while the one that was meant goes on.
 */
public final class KnownWorkspaces {
  private static final int MAX_NAMED = 20;

  // The cheap ones first; what is unknown reads the requests to their end.
  private static final String IS_KNOWN =
      """
      /* outbox:workspace-known */
      SELECT CASE WHEN EXISTS (SELECT 1 FROM $.outbox_workspace w WHERE w.workspace = ?) THEN 1
                  WHEN EXISTS (SELECT 1 FROM $.outbox o WHERE o.workspace = ?) THEN 1
                  WHEN EXISTS (SELECT 1 FROM $.outbox_request r WHERE r.workspace = ?) THEN 1
                  WHEN EXISTS (SELECT 1 FROM $.outbox_rejected x WHERE x.workspace = ?) THEN 1
                  ELSE 0 END
      """;

  private static final String OF_LATE =
      """
      /* outbox:workspaces-of-late */
      SELECT DISTINCT r.workspace
        FROM (SELECT q.workspace FROM $.outbox_request q ORDER BY q.started_at DESC, q.id LIMIT 1000) AS r
       ORDER BY r.workspace
      """;

  private KnownWorkspaces() {}

  /**
   * Refuses a name that no action, request or pause has had.
   *
   * @throws OutboxException with the names that are known, 20 at most
   */
  public static void require(Dialect dialect, Connection connection, String workspace) {
    int known =
        dialect
            .using(connection)
            .resultQuery(dialect.in(IS_KNOWN), workspace, workspace, workspace, workspace)
            .fetchSingle(0, Integer.class);
    if (known == 0) {
      throw new OutboxException(
          "The workspace is unknown: no action, request or pause has had that name; known are "
              + names(dialect, connection)
              + "; correct it, or use Operator.evenIfUnknown() for one that is still to come");
    }
  }

  private static String names(Dialect dialect, Connection connection) {
    TreeSet<String> names = new TreeSet<>();
    dialect.workspaces().backlogs(connection).forEach(b -> names.add(b.workspace()));
    dialect.workspaces(connection).forEach(w -> names.add(w.workspace()));
    names.addAll(dialect.using(connection).resultQuery(dialect.in(OF_LATE)).fetch(0, String.class));
    if (names.isEmpty()) {
      return "none yet";
    }
    List<String> first = names.stream().limit(MAX_NAMED).toList();
    int others = names.size() - first.size();
    return String.join(", ", first) + (others == 0 ? "" : " and " + others + " more");
  }
}
