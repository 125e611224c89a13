package io.durableoutbox.jdbc.internal.postgresql;

import io.durableoutbox.jdbc.internal.dialect.Workspaces;

/**
 * What PostgreSQL is asked of workspaces. What relays change is committed as their claims are: a
 * relay that waited for a standby that is gone could neither pause nor go on. What people change
 * waits for the disk, and for the standby.
 */
final class PostgresWorkspaces {
  private PostgresWorkspaces() {}

  // Two relays that want the same probe wait for one another's row, and the second finds it taken.
  private static final String TAKE_PROBE =
      """
      /* outbox:take-probe */
      UPDATE $.outbox_workspace w
         SET probe_id = ?::uuid,
             paused_until = now() + ?::bigint * interval '1 microsecond',
             probe_until = now() + ?::bigint * interval '1 microsecond'
       WHERE w.workspace = ?::text
         AND w.paused_since IS NOT NULL
         AND (w.paused_until <= now()
              OR (?::boolean AND w.cause = 'misconfigured' AND w.paused_until IS DISTINCT FROM w.probe_until))
         AND EXISTS (SELECT 1 FROM $.outbox o WHERE o.workspace = w.workspace AND o.available_at <= now())
         AND set_config('synchronous_commit', $commit, true) IS NOT NULL
      """;

  private static final String RETURN_PROBE =
      """
      /* outbox:return-probe */
      UPDATE $.outbox_workspace
         SET paused_until = now(), probe_id = NULL, probe_until = NULL
       WHERE workspace = ?::text AND probe_id = ?::uuid
         AND set_config('synchronous_commit', $commit, true) IS NOT NULL
      """;

  // A person's pause has no cause or no end, and stays as it is unless this was its probe.
  private static final String PAUSE =
      """
      /* outbox:pause */
      WITH s AS (
        SELECT ?::text AS workspace, now() + ?::bigint * interval '1 microsecond' AS until, ?::text AS cause,
               ?::text AS reason, ?::text AS relay, ?::integer AS failures, ?::uuid AS probe
         WHERE set_config('synchronous_commit', $commit, true) IS NOT NULL)
      INSERT INTO $.outbox_workspace AS w (workspace, paused_since, paused_until, cause, reason, paused_by, failures)
      SELECT workspace, now(), until, cause, reason, relay, failures FROM s
          ON CONFLICT (workspace) DO UPDATE
         SET paused_since = coalesce(w.paused_since, excluded.paused_since),
             paused_until = CASE WHEN w.probe_id = (SELECT probe FROM s) AND w.paused_until = w.probe_until
                                 THEN excluded.paused_until
                                 ELSE greatest(w.paused_until, excluded.paused_until) END,
             cause = excluded.cause, reason = excluded.reason, paused_by = excluded.paused_by,
             failures = greatest(w.failures, excluded.failures),
             probe_id = CASE WHEN w.probe_id = (SELECT probe FROM s) THEN NULL ELSE w.probe_id END,
             probe_until = CASE WHEN w.probe_id = (SELECT probe FROM s) THEN NULL ELSE w.probe_until END,
             probed_open_by = NULL
       WHERE w.paused_since IS NULL
          OR (w.cause IS NOT NULL AND w.paused_until IS NOT NULL)
          OR (w.probe_id = (SELECT probe FROM s) AND w.paused_until = w.probe_until)
      """;

  // Not if somebody has changed the pause while the probe was out.
  private static final String RESUME =
      """
      /* outbox:resume */
      UPDATE $.outbox_workspace
         SET paused_since = NULL, paused_until = NULL, cause = NULL, reason = NULL, paused_by = NULL, failures = 0,
             probe_id = NULL, probe_until = NULL, probed_open_by = ?::text
       WHERE workspace = ?::text AND probe_id = ?::uuid AND paused_until = probe_until
         AND set_config('synchronous_commit', $commit, true) IS NOT NULL
      """;

  // From one workspace to the next by the primary key, however many rows each has.
  private static final String BACKLOGS =
      """
      /* outbox:backlogs */
      WITH RECURSIVE found AS (
        SELECT min(o.workspace) AS workspace, 1 AS n FROM $.outbox o
         UNION ALL
        SELECT (SELECT min(o.workspace) FROM $.outbox o WHERE o.workspace > f.workspace), f.n + 1
          FROM found f
         WHERE f.workspace IS NOT NULL AND f.n < 1000)
      SELECT f.workspace,
             (SELECT (extract(epoch FROM now() - o.created_at) * 1000)::bigint
                FROM $.outbox o WHERE o.workspace = f.workspace ORDER BY o.id LIMIT 1)
        FROM found f
       WHERE f.workspace IS NOT NULL
       ORDER BY f.workspace
      """;

  private static final String PAUSE_BY_HAND =
      """
      /* outbox:pause-by-hand */
      INSERT INTO $.outbox_workspace AS w (workspace, paused_since, paused_until, reason, paused_by)
      VALUES (?::text, now(), now() + ?::bigint * interval '1 microsecond', ?::text, ?::text)
          ON CONFLICT (workspace) DO UPDATE
         SET paused_since = coalesce(w.paused_since, excluded.paused_since), paused_until = excluded.paused_until,
             cause = NULL, reason = excluded.reason, paused_by = excluded.paused_by,
             probe_id = NULL, probe_until = NULL, probed_open_by = NULL
      """;

  private static final String RESUME_BY_HAND =
      """
      /* outbox:resume-by-hand */
      UPDATE $.outbox_workspace
         SET paused_since = NULL, paused_until = NULL, cause = NULL, reason = NULL, paused_by = NULL, failures = 0,
             probe_id = NULL, probe_until = NULL, probed_open_by = NULL
       WHERE workspace = ?::text AND paused_since IS NOT NULL
      """;

  private static final String STATES =
      """
      /* outbox:workspaces */
      SELECT workspace, paused_since, paused_until, cause, reason, paused_by
        FROM $.outbox_workspace
       ORDER BY workspace
       LIMIT 1000
      """;

  static final Workspaces.Statements ALL =
      new Workspaces.Statements(
          null,
          TAKE_PROBE,
          RETURN_PROBE,
          PAUSE,
          RESUME,
          BACKLOGS,
          PAUSE_BY_HAND,
          RESUME_BY_HAND,
          STATES);
}
