package io.durableoutbox.jdbc.internal.h2;

import io.durableoutbox.jdbc.internal.dialect.Workspaces;

/** What H2 is asked of workspaces. */
final class H2Workspaces {
  private H2Workspaces() {}

  private static final String TAKE_PROBE =
      """
      /* outbox:take-probe */
      UPDATE $.outbox_workspace AS w
         SET probe_id = ?,
             paused_until = DATEADD('MICROSECOND', CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)),
             probe_until = DATEADD('MICROSECOND', CAST(? AS BIGINT), CURRENT_TIMESTAMP(6))
       WHERE w.workspace = ?
         AND w.paused_since IS NOT NULL
         AND (w.paused_until <= CURRENT_TIMESTAMP(6)
              OR (CAST(? AS BOOLEAN) AND w.cause = 'misconfigured'
                  AND w.paused_until IS DISTINCT FROM w.probe_until))
         AND EXISTS (SELECT 1 FROM $.outbox o
                      WHERE o.workspace = w.workspace AND o.available_at <= CURRENT_TIMESTAMP(6))
      """;

  private static final String RETURN_PROBE =
      """
      /* outbox:return-probe */
      UPDATE $.outbox_workspace
         SET paused_until = CURRENT_TIMESTAMP(6), probe_id = NULL, probe_until = NULL
       WHERE workspace = ? AND probe_id = ?
      """;

  // A person's pause has no cause or no end, and stays as it is unless this was its probe.
  private static final String PAUSE =
      """
      /* outbox:pause */
      MERGE INTO $.outbox_workspace AS w
      USING (SELECT CAST(? AS CHARACTER VARYING) AS workspace,
                    DATEADD('MICROSECOND', CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)) AS until,
                    CAST(? AS CHARACTER VARYING) AS cause, CAST(? AS CHARACTER VARYING) AS reason,
                    CAST(? AS CHARACTER VARYING) AS relay, CAST(? AS INTEGER) AS failures, CAST(? AS UUID) AS probe) AS s
         ON w.workspace = s.workspace
      WHEN MATCHED AND (w.paused_since IS NULL
                        OR (w.cause IS NOT NULL AND w.paused_until IS NOT NULL)
                        OR (w.probe_id = s.probe AND w.paused_until = w.probe_until)) THEN UPDATE
         SET paused_since = COALESCE(w.paused_since, CURRENT_TIMESTAMP(6)),
             paused_until = CASE WHEN w.paused_since IS NULL OR (w.probe_id = s.probe AND w.paused_until = w.probe_until)
                                 THEN s.until
                                 ELSE GREATEST(w.paused_until, s.until) END,
             cause = s.cause, reason = s.reason, paused_by = s.relay,
             failures = GREATEST(w.failures, s.failures),
             probe_id = CASE WHEN w.probe_id = s.probe THEN NULL ELSE w.probe_id END,
             probe_until = CASE WHEN w.probe_id = s.probe THEN NULL ELSE w.probe_until END,
             probed_open_by = NULL
      WHEN NOT MATCHED THEN
        INSERT (workspace, paused_since, paused_until, cause, reason, paused_by, failures)
        VALUES (s.workspace, CURRENT_TIMESTAMP(6), s.until, s.cause, s.reason, s.relay, s.failures)
      """;

  // Not if somebody has changed the pause while the probe was out.
  private static final String RESUME =
      """
      /* outbox:resume */
      UPDATE $.outbox_workspace
         SET paused_since = NULL, paused_until = NULL, cause = NULL, reason = NULL, paused_by = NULL, failures = 0,
             probe_id = NULL, probe_until = NULL, probed_open_by = ?
       WHERE workspace = ? AND probe_id = ? AND paused_until = probe_until
      """;

  private static final String BACKLOGS =
      """
      /* outbox:backlogs */
      SELECT workspace,
             CAST((EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(6)) - EXTRACT(EPOCH FROM MIN(created_at))) * 1000 AS BIGINT)
        FROM $.outbox
       GROUP BY workspace
       ORDER BY workspace
       LIMIT 1000
      """;

  private static final String PAUSE_BY_HAND =
      """
      /* outbox:pause-by-hand */
      MERGE INTO $.outbox_workspace AS w
      USING (SELECT CAST(? AS CHARACTER VARYING) AS workspace,
                    DATEADD('MICROSECOND', CAST(? AS BIGINT), CURRENT_TIMESTAMP(6)) AS until,
                    CAST(? AS CHARACTER VARYING) AS reason, CAST(? AS CHARACTER VARYING) AS person) AS s
         ON w.workspace = s.workspace
      WHEN MATCHED THEN UPDATE
         SET paused_since = COALESCE(w.paused_since, CURRENT_TIMESTAMP(6)), paused_until = s.until,
             cause = NULL, reason = s.reason, paused_by = s.person,
             probe_id = NULL, probe_until = NULL, probed_open_by = NULL
      WHEN NOT MATCHED THEN
        INSERT (workspace, paused_since, paused_until, reason, paused_by)
        VALUES (s.workspace, CURRENT_TIMESTAMP(6), s.until, s.reason, s.person)
      """;

  private static final String RESUME_BY_HAND =
      """
      /* outbox:resume-by-hand */
      UPDATE $.outbox_workspace
         SET paused_since = NULL, paused_until = NULL, cause = NULL, reason = NULL, paused_by = NULL, failures = 0,
             probe_id = NULL, probe_until = NULL, probed_open_by = NULL
       WHERE workspace = ? AND paused_since IS NOT NULL
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
