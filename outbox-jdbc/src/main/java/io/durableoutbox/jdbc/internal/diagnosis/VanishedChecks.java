package io.durableoutbox.jdbc.internal.diagnosis;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.number;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.plural;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.words;

import io.durableoutbox.jdbc.internal.dialect.RetentionSql;
import java.time.Duration;
import org.jooq.Record;

/** What the destination accepted and the outbox does not have any more. */
final class VanishedChecks {
  private VanishedChecks() {}

  // Attempts of accepted requests are few: what was delivered has none. So the cost is a look into
  // the index for each of the newest accepted requests.
  private static final String VANISHED =
      """
      /* outbox:diagnose-vanished */
      SELECT r.workspace, COUNT(DISTINCT a.event_uuid),
             CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM MAX(r.started_at)) AS BIGINT)
        FROM (SELECT q.id, q.workspace, q.started_at
                FROM $.outbox_request q
               WHERE q.started_at > CURRENT_TIMESTAMP - INTERVAL '168' HOUR AND q.outcome = 'accepted'
               ORDER BY q.started_at DESC, q.id
               LIMIT 20000) AS r
             JOIN $.outbox_attempt a ON a.request_id = r.id
       WHERE %s
       GROUP BY r.workspace
       ORDER BY r.workspace
       LIMIT 1000
      """
          .formatted(RetentionSql.NOWHERE);

  /** Of the last 7 days, and of the newest 20,000 accepted requests. */
  static void actions(DiagnosisContext look) {
    String lookups = look.dialect().retention().lookups();
    if (lookups != null) {
      look.row(lookups);
    }
    for (Record row : look.rows(VANISHED)) {
      String workspace = text(row, 0);
      boolean one = number(row, 1) == 1;
      look.warning(
          "vanished",
          workspace,
          plural(number(row, 1), "action")
              + " of workspace '"
              + workspace
              + "' "
              + (one ? "was" : "were")
              + " accepted by the destination and "
              + (one ? "is" : "are")
              + " in no table; the last such request was made "
              + words(Duration.ofSeconds(number(row, 2)))
              + " ago.",
          "Rows were lost while their request was out: a standby without the last transactions took"
              + " over, a backup was restored, rows were deleted, or a customer was erased. Question"
              + " 32 of docs/audit.md has their UUIDs; docs/failure-modes.md says what to do.");
    }
  }
}
