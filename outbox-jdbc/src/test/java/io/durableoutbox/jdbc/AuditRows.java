package io.durableoutbox.jdbc;

import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes rows as they would be after a while, for tests of the audit. */
final class AuditRows {
  private final TestOutbox db;

  AuditRows(TestOutbox db) {
    this.db = db;
  }

  static String literal(Instant time) {
    return "TIMESTAMP WITH TIME ZONE '"
        + time.toString().replace('T', ' ').replace("Z", "+00")
        + "'";
  }

  private static String text(@Nullable Object value) {
    return value == null ? "NULL" : "'" + value.toString().replace("'", "''") + "'";
  }

  void request(UUID id, String reqId) {
    db.execute(
        "INSERT INTO outbox_request (id, claim_id, started_at, duration_ms, status, elements, actions, bytes,"
            + " workspace, relay, outcome, req_id) VALUES ("
            + text(id)
            + ", "
            + text(id)
            + ", "
            + literal(AuditContract.NOON)
            + ", 150, 200, 1, 1, 500, 'default', 'relay-1', 'accepted', "
            + text(reqId)
            + ")");
  }

  UUID delivered(Instant sentAt, UUID request, String workspace, @Nullable String customer) {
    UUID uuid = UUID.randomUUID();
    db.execute(
        "INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts,"
            + " refusals, workspace, customer_id, action, platform, attributes) VALUES ("
            + String.join(
                ", ",
                literal(sentAt),
                literal(sentAt.minusSeconds(7)),
                literal(sentAt.minusSeconds(8)),
                text(uuid),
                text(request),
                "1, 0",
                text(workspace),
                text(customer),
                "'MOE_PERSONALIZATION_MESSAGE_CLICKED', 'ios'",
                text(TestOutbox.CONTEXT))
            + ")");
    return uuid;
  }

  UUID rejected(
      Instant at,
      @Nullable UUID request,
      @Nullable UUID operation,
      String workspace,
      @Nullable String customer,
      String reason) {
    UUID uuid = UUID.randomUUID();
    db.execute(
        "INSERT INTO outbox_rejected (rejected_at, created_at, event_time, event_uuid, request_id, operation_id,"
            + " attempts, refusals, workspace, customer_id, action, platform, reason, attributes) VALUES ("
            + String.join(
                ", ",
                literal(at),
                literal(at.minusSeconds(9)),
                literal(at.minusSeconds(9)),
                text(uuid),
                text(request),
                text(operation),
                "1, 1",
                text(workspace),
                text(customer),
                "'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'tv'",
                text(reason),
                text(TestOutbox.CONTEXT))
            + ")");
    return uuid;
  }

  /** Actions in all states, with many equal times, customers, requests and reasons. */
  void fill(Random random, int n) {
    for (int i = 0; i < AuditFilters.REQUESTS.size() - 1; i++) {
      request(AuditFilters.REQUESTS.get(i), "req-" + i / 2);
    }
    for (int i = 0; i < n; i++) {
      String workspace = AuditFilters.pick(random, AuditFilters.WORKSPACES);
      String customer = AuditFilters.pick(random, AuditFilters.CUSTOMERS);
      Instant time = AuditFilters.pick(random, AuditFilters.TIMES);
      UUID request = AuditFilters.pick(random, AuditFilters.REQUESTS);
      String reason = AuditFilters.pick(random, AuditFilters.REASONS);
      boolean redacted = random.nextInt(6) == 0;
      switch (random.nextInt(4)) {
        case 0 -> delivered(time, request, workspace, redacted ? null : customer);
        case 1 ->
            rejected(
                time,
                random.nextBoolean() ? request : null,
                random.nextBoolean() ? UUID.randomUUID() : null,
                workspace,
                redacted ? null : customer,
                reason);
        default -> waiting(random, time, workspace, customer, reason);
      }
    }
  }

  private void waiting(
      Random random, Instant time, String workspace, String customer, String reason) {
    int kind = random.nextInt(4);
    String claim = kind == 1 || kind == 2 ? text(UUID.randomUUID()) : "NULL";
    String hours = kind == 1 ? "+ INTERVAL '2' HOUR" : "- INTERVAL '1' HOUR";
    db.execute(
        "INSERT INTO outbox (created_at, available_at, event_time, claim_id, attempts, workspace, customer_id,"
            + " action, platform, last_error, attributes) VALUES ("
            + String.join(
                ", ",
                literal(time),
                "CURRENT_TIMESTAMP " + hours,
                literal(time),
                claim,
                kind == 0 ? "0" : "1",
                // No other may wait; the history may have some from before.
                text(workspace.matches("\\w+") ? workspace : "default"),
                text(customer),
                "'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'tv'",
                kind == 0 ? "NULL" : text(reason),
                text(TestOutbox.CONTEXT))
            + ")");
  }
}
