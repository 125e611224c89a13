package io.durableoutbox.jdbc;

import java.util.List;
import java.util.Locale;

/**
 * What the queries of {@code docs/audit.md} find in the tests: their literals, and a little more.
 */
public final class AuditCookbookData {
  static final String EVENT = "9b2d7c1e-5f3a-4e86-8c4d-2a1b0f9e8d7c";
  static final String OPERATION = "5e0c1f6a-7b2d-4c39-a8e4-1d9f3b6c2a70";
  static final String CONTEXT =
      "{\"cid\":\"1\",\"experience\":\"Summer sale\",\"moe_variation_id\":\"1\",\"type\":\"Web\"}";

  private AuditCookbookData() {}

  /** Returns the UUID of another event, 2 to 19. */
  static String event(int n) {
    return String.format(Locale.ROOT, "00000000-0000-4000-8000-%012d", n);
  }

  static String request(int n) {
    return String.format(Locale.ROOT, "0199b4c6-0000-7000-8000-%012d", n);
  }

  private static String at(String time) {
    return "TIMESTAMP WITH TIME ZONE '2026-10-05 " + time + "+00'";
  }

  private static String ago(int minutes) {
    return "CURRENT_TIMESTAMP - INTERVAL '" + minutes + "' MINUTE";
  }

  public static void insert(TestOutbox db) {
    delivered(db);
    rejected(db);
    waiting(db);
    requests(db);
    operations(db);
  }

  private static void delivered(TestOutbox db) {
    db.execute(
        """
        INSERT INTO outbox_delivered (sent_at, created_at, event_time, event_uuid, request_id, attempts, refusals,
                                      workspace, customer_id, action, platform, attributes)
        VALUES (%s, %s, %s, '%s', '%s', 2, 0, 'default', 'john@example.com', 'MOE_PERSONALIZATION_MESSAGE_SHOWN',
                'web', '%s'),
               (%s, %s, %s, '%s', '%s', 1, 0, 'default', 'mary@example.com', 'MOE_PERSONALIZATION_MESSAGE_CLICKED',
                'ios', '%s'),
               (%s, %s, %s, '%s', '%s', 1, 0, 'default', NULL, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', NULL),
               (CURRENT_TIMESTAMP, %s, %s, '%s', '%s', 1, 0, 'default', 'sue@example.com',
                'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'tv', '%s')
        """
            .formatted(
                at("12:00:30"),
                at("12:00:00"),
                at("11:59:59"),
                EVENT,
                request(2),
                CONTEXT,
                at("12:00:30"),
                at("12:00:20"),
                at("12:00:19"),
                event(2),
                request(2),
                CONTEXT.replace("id\":\"1", "id\":\"2"),
                at("12:30:00"),
                at("12:29:58"),
                at("12:29:57"),
                event(3),
                request(3),
                ago(1),
                ago(1),
                event(4),
                request(5),
                CONTEXT));
  }

  private static void rejected(TestOutbox db) {
    for (String row :
        List.of(
            "CURRENT_TIMESTAMP, '%s', '%s', NULL, 'default', 'bob@example.com', 'refused 400: bad'"
                .formatted(event(11), request(6)),
            "CURRENT_TIMESTAMP, '%s', '%s', NULL, 'default', 'eve@example.com', 'refused 400: bad'"
                .formatted(event(12), request(6)),
            "CURRENT_TIMESTAMP, '%s', NULL, NULL, 'eu', 'eve@example.com', 'refused 413: large'"
                .formatted(event(13)),
            at("12:10:00")
                + ", '%s', NULL, NULL, 'default', 'old@example.com', 'old'".formatted(event(14)),
            at("12:20:00")
                + ", '%s', NULL, '%s', 'default', 'john@example.com', 'cancelled'"
                    .formatted(event(15), request(99)))) {
      db.execute(
          "INSERT INTO outbox_rejected (rejected_at, event_uuid, request_id, operation_id, workspace, customer_id,"
              + " reason, created_at, event_time, attempts, refusals, action, platform, attributes) VALUES ("
              + row
              + ", "
              + at("12:05:00")
              + ", "
              + at("12:05:00")
              + ", 1, 1, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '"
              + CONTEXT
              + "')");
    }
  }

  private static void waiting(TestOutbox db) {
    db.execute(
        """
        INSERT INTO outbox (event_uuid, workspace, customer_id, event_time, action, platform, attributes,
                            user_attributes, attempts, claim_id, claimed_by, available_at, unknown_since, last_error)
        VALUES ('%1$s', 'default', 'john@example.com', %4$s, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '%5$s',
                '{"a": 1}', 0, NULL, NULL, CURRENT_TIMESTAMP, NULL, NULL),
               ('%2$s', 'eu', 'ann@example.com', %4$s, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '%5$s',
                NULL, 1, '%6$s', 'relay-1', CURRENT_TIMESTAMP + INTERVAL '1' MINUTE, NULL, NULL),
               ('%3$s', 'default', 'tom@example.com', %4$s, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', 'web', '%5$s',
                NULL, 3, NULL, 'relay-1', CURRENT_TIMESTAMP, %4$s, 'timeout')
        """
            .formatted(event(7), event(8), event(9), ago(30), CONTEXT, request(98)));
    db.execute(
        "INSERT INTO outbox_workspace (workspace, paused_since, paused_until, cause, reason, paused_by, failures)"
            + " VALUES ('default', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP + INTERVAL '1' MINUTE, 'unavailable',"
            + " 'connection refused', 'relay-1', 3), ('eu', NULL, NULL, NULL, NULL, NULL, 0)");
  }

  private static void requests(TestOutbox db) {
    for (String row :
        List.of(
            "1', "
                + at("12:00:10")
                + ", 5000, 503, 1, 1, 500, 'relay-2', 'unknown', NULL, 'Unavailable'",
            "2', "
                + at("12:00:29.8")
                + ", 200, 200, 2, 2, 900, 'relay-1', 'accepted', 'SKuSLFnX', NULL",
            "3', "
                + at("12:29:59.9")
                + ", 100, 200, 1, 1, 500, 'relay-1', 'accepted', 'SKuSLFnY', NULL",
            "4', "
                + at("12:31:00")
                + ", 100, 200, 1, 1, 400, 'relay-2', 'accepted', 'SKuSLFnZ', NULL",
            "5', " + ago(1) + ", 120, 200, 1, 1, 500, 'relay-1', 'accepted', 'SKuSLFn0', NULL",
            "6', " + ago(15) + ", 80, 400, 2, 2, 500, 'relay-2', 'refused', NULL, 'bad'",
            "7', " + ago(30) + ", 20000, NULL, 1, 1, 500, 'relay-1', 'unknown', NULL, 'timeout'",
            "8', " + ago(20) + ", 5, NULL, 1, 1, 500, 'relay-1', 'unavailable', NULL, 'refused'")) {
      String id = "'" + request(0).substring(0, 35);
      db.execute(
          "INSERT INTO outbox_request (claim_id, workspace, id, started_at, duration_ms, status, elements, actions,"
              + " bytes, relay, outcome, req_id, message) VALUES ('"
              + request(97)
              + "', 'default', "
              + id
              + row
              + ")");
    }
    db.execute(
        "INSERT INTO outbox_attempt (event_uuid, request_id) VALUES ('%s', '%s'), ('%s', '%s'), ('%s', '%s'),"
                .formatted(EVENT, request(1), event(3), request(4), event(11), request(6))
            + " ('%s', '%s'), ('%s', '%s'), ('%s', '%s'), ('%s', '%s')"
                .formatted(
                    event(12),
                    request(6),
                    event(9),
                    request(7),
                    event(9),
                    request(8),
                    event(16),
                    request(4)));
  }

  private static void operations(TestOutbox db) {
    for (String row :
        List.of(
            OPERATION
                + "', 'requeue', 'default', 1, 'state rejected', 'cause mended', 'anna', "
                + at("12:00:20")
                + ", "
                + at("12:00:21"),
            request(99)
                + "', 'cancel', 'default', 1, 'one customer', 'campaign withdrawn', 'ben', "
                + at("12:20:00")
                + ", "
                + at("12:20:00"),
            request(96)
                + "', 'pause', 'eu', 0, NULL, 'key rotation', 'anna', "
                + at("12:40:00")
                + ", "
                + at("12:40:00"),
            request(95)
                + "', 'purge', NULL, 9, NULL, NULL, 'relay-1', "
                + at("12:50:00")
                + ", NULL")) {
      db.execute(
          "INSERT INTO outbox_operation (id, kind, workspace, actions, detail, reason, performed_by, started_at,"
              + " finished_at) VALUES ('"
              + row
              + ")");
    }
    db.execute(
        "INSERT INTO outbox_operation_action (event_uuid, operation_id) VALUES ('%s', '%s'), ('%s', '%s')"
            .formatted(EVENT, OPERATION, event(15), request(99)));
    db.execute(
        "UPDATE outbox_maintenance SET last_run_at = "
            + at("03:00:00")
            + ", last_run_by = 'relay-1', note = 'rows and not partitions' WHERE task = 'purge'");
  }
}
