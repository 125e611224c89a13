package io.durableoutbox.jdbc.internal.mysql;

import io.durableoutbox.jdbc.internal.dialect.Workspaces;

/**
 * What MariaDB and MySQL are asked of workspaces. {@code ?n} is the n-th value. An UPDATE sets its
 * columns one after the other, so each reads only what is not set before it.
 */
final class MySqlWorkspaces {
  private MySqlWorkspaces() {}

  private static final String TAKE_PROBE =
      """
      /* outbox:take-probe */
      UPDATE $.outbox_workspace
         SET probe_id = ?1,
             paused_until = UTC_TIMESTAMP(6) + INTERVAL ?2 MICROSECOND,
             probe_until = UTC_TIMESTAMP(6) + INTERVAL ?3 MICROSECOND
       WHERE workspace = ?4
         AND paused_since IS NOT NULL
         AND (paused_until <= UTC_TIMESTAMP(6)
              OR (?5 AND cause = 'misconfigured' AND NOT (paused_until <=> probe_until)))
         AND EXISTS (SELECT 1 FROM $.outbox o WHERE o.workspace = ?4 AND o.available_at <= UTC_TIMESTAMP(6))
      """;

  private static final String RETURN_PROBE =
      """
      /* outbox:return-probe */
      UPDATE $.outbox_workspace
         SET paused_until = UTC_TIMESTAMP(6), probe_id = NULL, probe_until = NULL
       WHERE workspace = ?1 AND probe_id = ?2
      """;

  private static final String ENSURE =
      """
      /* outbox:workspace */
      INSERT INTO $.outbox_workspace (workspace) VALUES (?1)
          ON DUPLICATE KEY UPDATE failures = failures
      """;

  // A person's pause has no cause or no end, and stays as it is unless this was its probe.
  private static final String PAUSE =
      """
      /* outbox:pause */
      UPDATE $.outbox_workspace
         SET paused_until = CASE WHEN paused_since IS NULL OR (probe_id = ?7 AND paused_until = probe_until)
                                 THEN UTC_TIMESTAMP(6) + INTERVAL ?2 MICROSECOND
                                 ELSE GREATEST(paused_until, UTC_TIMESTAMP(6) + INTERVAL ?2 MICROSECOND) END,
             paused_since = COALESCE(paused_since, UTC_TIMESTAMP(6)),
             cause = ?3, reason = ?4, paused_by = ?5,
             failures = GREATEST(failures, ?6),
             probe_until = CASE WHEN probe_id = ?7 THEN NULL ELSE probe_until END,
             probe_id = CASE WHEN probe_id = ?7 THEN NULL ELSE probe_id END,
             probed_open_by = NULL
       WHERE workspace = ?1
         AND (paused_since IS NULL
              OR (cause IS NOT NULL AND paused_until IS NOT NULL)
              OR (probe_id = ?7 AND paused_until = probe_until))
      """;

  // Not if somebody has changed the pause while the probe was out.
  private static final String RESUME =
      """
      /* outbox:resume */
      UPDATE $.outbox_workspace
         SET paused_since = NULL, paused_until = NULL, cause = NULL, reason = NULL, paused_by = NULL, failures = 0,
             probe_id = NULL, probe_until = NULL, probed_open_by = ?1
       WHERE workspace = ?2 AND probe_id = ?3 AND paused_until = probe_until
      """;

  // From one workspace to the next by the primary key, however many rows each has.
  private static final String BACKLOGS =
      """
      /* outbox:backlogs */
      SELECT f.workspace, TIMESTAMPDIFF(MICROSECOND, o.created_at, UTC_TIMESTAMP(6)) DIV 1000
        FROM (SELECT workspace, MIN(id) AS id FROM $.outbox FORCE INDEX (PRIMARY)
               GROUP BY workspace ORDER BY workspace LIMIT 1000) AS f
             JOIN $.outbox o ON o.workspace = f.workspace AND o.id = f.id
       ORDER BY f.workspace
      """;

  private static final String PAUSE_BY_HAND =
      """
      /* outbox:pause-by-hand */
      UPDATE $.outbox_workspace
         SET paused_since = COALESCE(paused_since, UTC_TIMESTAMP(6)),
             paused_until = UTC_TIMESTAMP(6) + INTERVAL ?2 MICROSECOND,
             cause = NULL, reason = ?3, paused_by = ?4, probe_id = NULL, probe_until = NULL, probed_open_by = NULL
       WHERE workspace = ?1
      """;

  private static final String RESUME_BY_HAND =
      """
      /* outbox:resume-by-hand */
      UPDATE $.outbox_workspace
         SET paused_since = NULL, paused_until = NULL, cause = NULL, reason = NULL, paused_by = NULL, failures = 0,
             probe_id = NULL, probe_until = NULL, probed_open_by = NULL
       WHERE workspace = ?1 AND paused_since IS NOT NULL
      """;

  private static final String STATES =
      """
      /* outbox:workspaces */
      SELECT workspace, TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', paused_since),
             TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', paused_until), cause, reason, paused_by
        FROM $.outbox_workspace
       ORDER BY workspace
       LIMIT 1000
      """;

  static final Workspaces.Statements ALL =
      new Workspaces.Statements(
          ENSURE,
          TAKE_PROBE,
          RETURN_PROBE,
          PAUSE,
          RESUME,
          BACKLOGS,
          PAUSE_BY_HAND,
          RESUME_BY_HAND,
          STATES);
}
