-- Durable Outbox, schema version 1, MariaDB 10.11 and later, MySQL 8.4 and later.
-- Plain SQL: Flyway runs this file, and so can the mariadb and mysql clients (in the database that shall hold the tables).
-- Names and columns are those of PostgreSQL; there are no partitions here. All times are in UTC: never write NOW() or
-- CURRENT_TIMESTAMP, which are the session's local time, but UTC_TIMESTAMP(6).
-- The two families have the collation that compares byte by byte, trailing spaces too, by different names: each reads its own.
-- Columns are one character wider than their limit, so that a server without strict mode can't cut what is too long to fit.

-- Waiting actions. The library allows an event_time one day ahead of the JVM's clock; the limit here is wider, so that a clock
-- that is somewhat off never fails an application's transaction. The rows lie in the order of claiming; AUTO_INCREMENT needs
-- the index of its own. UUID() would be a version 1 UUID.
CREATE TABLE outbox (
  id bigint NOT NULL AUTO_INCREMENT COMMENT 'Order of claiming. Given before commit, so gaps and late arrivals are normal.',
  created_at datetime(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'When the action was written, in UTC.',
  available_at datetime(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))
    COMMENT 'Not to be claimed before: now when written, the end of the lease while claimed, the time of the next try after a failure.',
  event_time datetime(6) NOT NULL COMMENT 'When the user saw or clicked, in UTC; sent as whole Unix seconds.',
  unknown_since datetime(6) NULL
    COMMENT 'When the first attempt was made that the destination may have taken without an answer; null if there was none.',
  event_uuid char(36) CHARACTER SET ascii NOT NULL DEFAULT (LOWER(CONCAT(
    HEX(RANDOM_BYTES(4)), '-', HEX(RANDOM_BYTES(2)), '-4', SUBSTR(HEX(RANDOM_BYTES(2)), 2), '-',
    SUBSTR('89AB', 1 + (ORD(RANDOM_BYTES(1)) & 3), 1), SUBSTR(HEX(RANDOM_BYTES(2)), 2), '-', HEX(RANDOM_BYTES(6)))))
    COMMENT 'moe_event_uuid, a version 4 UUID. Never changes: every attempt carries it, and MoEngage counts it once.',
  claim_id char(36) CHARACTER SET ascii
    COMMENT 'The claim that took this row last, the fencing token of its lease; null when nobody holds it.',
  attempts int NOT NULL DEFAULT 0
    COMMENT 'In how many requests the action was, or may have been when a relay died; one given back unsent is taken off again.',
  refusals int NOT NULL DEFAULT 0 COMMENT 'In how many requests it was a suspect: they were refused, or failed while others passed.',
  user_timezone_offset int COMMENT 'Seconds from UTC, -54000 to 54000 in steps of 900, or null when unknown.',
  validated boolean NOT NULL DEFAULT false
    COMMENT 'True only when written by the library, which checks before it writes. The relay checks all others before it sends them.',
  workspace varchar(65) NOT NULL DEFAULT 'default' COMMENT 'Name of the MoEngage workspace that the action is for.',
  customer_id varchar(513) NOT NULL COMMENT 'The user, as MoEngage knows them. Personal data.',
  action varchar(64) NOT NULL COMMENT 'MOE_PERSONALIZATION_MESSAGE_SHOWN or MOE_PERSONALIZATION_MESSAGE_CLICKED.',
  platform varchar(16) NOT NULL COMMENT 'web, android, ios or tv.',
  claimed_by varchar(255) COMMENT 'Name of the relay that claimed the row last.',
  last_error varchar(4000) COMMENT 'Why the last attempt did not deliver.',
  traceparent varchar(128) COMMENT 'The W3C traceparent of the trace that wrote the action, or null. What is no traceparent is ignored.',
  user_attributes mediumtext COMMENT 'Attributes of the user to update, a JSON object, or null. Personal data.',
  attributes mediumtext NOT NULL COMMENT 'The whole experience_context, a JSON object, sent byte for byte as it stands here.',
  PRIMARY KEY (workspace, id),
  CONSTRAINT outbox_event_uuid_key UNIQUE KEY (event_uuid),
  CONSTRAINT outbox_event_uuid_is_v4 
    CHECK (event_uuid REGEXP '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$'),
  CONSTRAINT outbox_workspace_name CHECK (CHAR_LENGTH(workspace) BETWEEN 1 AND 64 AND workspace NOT REGEXP '[^A-Za-z0-9._-]'),
  CONSTRAINT outbox_customer_id_length CHECK (CHAR_LENGTH(customer_id) BETWEEN 2 AND 512),
  CONSTRAINT outbox_action_known
    CHECK (action IN ('MOE_PERSONALIZATION_MESSAGE_SHOWN', 'MOE_PERSONALIZATION_MESSAGE_CLICKED')),
  CONSTRAINT outbox_platform_known CHECK (platform IN ('web', 'android', 'ios', 'tv')),
  CONSTRAINT outbox_event_time_not_before_2010 CHECK (event_time >= TIMESTAMP '2010-01-01 00:00:00'),
  CONSTRAINT outbox_event_time_not_in_future CHECK (event_time <= created_at + INTERVAL 48 HOUR),
  CONSTRAINT outbox_user_timezone_offset_range
    CHECK (user_timezone_offset BETWEEN -54000 AND 54000 AND MOD(user_timezone_offset, 900) = 0),
  CONSTRAINT outbox_attributes_object CHECK (JSON_VALID(attributes) AND JSON_TYPE(attributes) = 'OBJECT'),
  CONSTRAINT outbox_user_attributes_object 
    CHECK (JSON_VALID(user_attributes) AND JSON_TYPE(user_attributes) = 'OBJECT'),
  CONSTRAINT outbox_attempts_counted CHECK (attempts >= 0 AND refusals >= 0),
  CONSTRAINT outbox_traceparent_length CHECK (CHAR_LENGTH(traceparent) <= 128),
  KEY outbox_id (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'Actions that are not delivered yet. Empty is healthy. Any language may INSERT here inside its own transaction.';

-- The audit trail: append-only. The rows lie in the order of time: new ones go to the end, and old ones are deleted together.
CREATE TABLE outbox_delivered (
  sent_at datetime(6) NOT NULL COMMENT 'When the destination accepted the action, by the database''s clock.',
  created_at datetime(6) NOT NULL COMMENT 'When the action was written.',
  event_time datetime(6) NOT NULL COMMENT 'When the user saw or clicked, in UTC.',
  event_uuid char(36) CHARACTER SET ascii NOT NULL COMMENT 'moe_event_uuid, the same on every attempt.',
  request_id char(36) CHARACTER SET ascii NOT NULL
    COMMENT 'The request that delivered it: outbox_request.id, which has the req_id.',
  attempts int NOT NULL COMMENT 'How many attempts it took, the one that delivered included.',
  refusals int NOT NULL COMMENT 'In how many requests it was a suspect: they were refused, or failed while others passed.',
  user_timezone_offset int COMMENT 'Seconds from UTC as sent, or null.',
  workspace varchar(65) NOT NULL COMMENT 'Name of the MoEngage workspace.',
  customer_id varchar(513) COMMENT 'The user, as MoEngage knows them. Personal data. Null when it was redacted.',
  action varchar(64) NOT NULL COMMENT 'MOE_PERSONALIZATION_MESSAGE_SHOWN or MOE_PERSONALIZATION_MESSAGE_CLICKED.',
  platform varchar(16) NOT NULL COMMENT 'web, android, ios or tv.',
  user_attributes mediumtext COMMENT 'Attributes of the user as sent, or null. Personal data.',
  attributes mediumtext COMMENT 'The experience_context as sent; null when it was redacted.',
  PRIMARY KEY (sent_at, event_uuid),
  KEY outbox_delivered_request (request_id),
  KEY outbox_delivered_customer (customer_id, sent_at),
  KEY outbox_delivered_event_uuid (event_uuid)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'The audit trail: every action that the destination accepted. Append-only.';

CREATE TABLE outbox_rejected (
  rejected_at datetime(6) NOT NULL COMMENT 'When it was rejected, by the database''s clock.',
  created_at datetime(6) NOT NULL COMMENT 'When the action was written.',
  event_time datetime(6) NOT NULL COMMENT 'When the user saw or clicked, in UTC.',
  event_uuid char(36) CHARACTER SET ascii NOT NULL COMMENT 'moe_event_uuid, kept when the action is requeued.',
  request_id char(36) CHARACTER SET ascii
    COMMENT 'The request whose answer rejected it, or null when it was never fit to be sent.',
  operation_id char(36) CHARACTER SET ascii
    COMMENT 'The operation that cancelled it: outbox_operation.id; null when it was rejected.',
  attempts int NOT NULL COMMENT 'How many attempts were made.',
  refusals int NOT NULL COMMENT 'In how many requests it was a suspect: they were refused, or failed while others passed.',
  user_timezone_offset int COMMENT 'Seconds from UTC, or null.',
  workspace varchar(65) NOT NULL COMMENT 'Name of the MoEngage workspace.',
  customer_id varchar(513) COMMENT 'The user, as MoEngage knows them. Personal data. Null when it was redacted.',
  action varchar(64) NOT NULL COMMENT 'MOE_PERSONALIZATION_MESSAGE_SHOWN or MOE_PERSONALIZATION_MESSAGE_CLICKED.',
  platform varchar(16) NOT NULL COMMENT 'web, android, ios or tv.',
  reason varchar(4000) NOT NULL COMMENT 'Why: the relay''s finding or the server''s words.',
  user_attributes mediumtext COMMENT 'Attributes of the user, or null. Personal data.',
  attributes mediumtext
    COMMENT 'The attributes as written; null when they were redacted, and then the action can''t be requeued.',
  PRIMARY KEY (event_uuid),
  KEY outbox_rejected_rejected_at (rejected_at),
  KEY outbox_rejected_customer (customer_id),
  KEY outbox_rejected_request (request_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'Dead letters: actions refused for good, not fit to be sent, or cancelled. Never retried by themselves; can be requeued.';

CREATE TABLE outbox_request (
  id char(36) CHARACTER SET ascii NOT NULL
    COMMENT 'Made by the relay, a version 7 UUID. Equal to claim_id in the row of a claim that was never settled.',
  claim_id char(36) CHARACTER SET ascii NOT NULL COMMENT 'The claim that its actions were taken with.',
  started_at datetime(6) NOT NULL
    COMMENT 'When the request left, by the database''s clock; about when, for a claim that was never settled.',
  duration_ms int COMMENT 'Milliseconds until the answer or the failure; null when nobody saw either.',
  status int COMMENT 'HTTP status, or null without an answer.',
  elements int NOT NULL COMMENT 'Users in the request, at most 100.',
  actions int NOT NULL COMMENT 'Actions in the request.',
  bytes int COMMENT 'Size of the body in bytes; null when nobody knows.',
  workspace varchar(65) NOT NULL COMMENT 'Name of the MoEngage workspace.',
  relay varchar(255) NOT NULL COMMENT 'Name of the relay that sent it.',
  outcome varchar(16) NOT NULL
    COMMENT 'accepted; refused: the content was blamed; misconfigured: key, workspace id, data centre or address; rate_limited; unavailable: nothing arrived; unknown: it may have arrived, no usable answer.',
  req_id varchar(255) COMMENT 'The server''s id of an accepted request, which MoEngage''s support asks for.',
  message varchar(4000) COMMENT 'What the server said, or what failed; shortened.',
  PRIMARY KEY (id),
  CONSTRAINT outbox_request_outcome_known
    CHECK (outcome IN ('accepted', 'refused', 'misconfigured', 'rate_limited', 'unavailable', 'unknown')),
  KEY outbox_request_req_id (req_id),
  KEY outbox_request_started_at (started_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'One row for each HTTP request to the destination, whatever came of it, and one for each claim that its relay did not live to settle.';

CREATE TABLE outbox_attempt (
  event_uuid char(36) CHARACTER SET ascii NOT NULL COMMENT 'The action.',
  request_id char(36) CHARACTER SET ascii NOT NULL COMMENT 'The request: outbox_request.id.',
  PRIMARY KEY (event_uuid, request_id),
  KEY outbox_attempt_request (request_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'Attempts that did not deliver: which action was in which request. The delivering one is outbox_delivered.request_id.';

CREATE TABLE outbox_workspace (
  workspace varchar(65) NOT NULL COMMENT 'Name of the MoEngage workspace.',
  paused_since datetime(6) NULL COMMENT 'Since when nothing is claimed for it; null when it is not paused.',
  paused_until datetime(6) NULL COMMENT 'When one request may probe whether the pause can end; null: when somebody resumes it.',
  cause varchar(255) COMMENT 'The outcome that led a relay to pause it (refused: everything is refused); null when a person did, whose pause relays leave alone.',
  reason varchar(4000) COMMENT 'Why it is paused, in words.',
  paused_by varchar(255) COMMENT 'The relay or the person who paused it.',
  failures int NOT NULL DEFAULT 0 COMMENT 'How many requests and probes have failed in a row; pauses get longer with it.',
  probe_id char(36) CHARACTER SET ascii COMMENT 'The claim that probes whether the pause can end; null when none does.',
  probe_until datetime(6) NULL COMMENT 'When the probe''s lease ends; equals paused_until while it probes.',
  probed_open_by varchar(255) COMMENT 'The relay whose probe ended the last pause; null if somebody else did.',
  PRIMARY KEY (workspace),
  CONSTRAINT outbox_workspace_pause_has_start CHECK (paused_since IS NOT NULL OR paused_until IS NULL)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'State that all relays share. A workspace without a row here, or with paused_since null, is not paused.';

CREATE TABLE outbox_operation (
  id char(36) CHARACTER SET ascii NOT NULL COMMENT 'Made by the library.',
  kind varchar(16) NOT NULL
    COMMENT 'requeue, cancel, pause, resume, erase: a person''s; partition, purge, redact: maintenance''s.',
  workspace varchar(65) COMMENT 'The workspace, or null when it concerned no single one.',
  actions bigint NOT NULL DEFAULT 0 COMMENT 'How many actions it moved, changed or deleted; counts on while it is not finished.',
  detail varchar(4000) COMMENT 'What it was asked for, in words without personal data.',
  reason varchar(4000) COMMENT 'Why, as the person said; null for maintenance.',
  performed_by varchar(255) NOT NULL COMMENT 'The person''s name as the application gave it, or the name of the maintenance.',
  started_at datetime(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'When it began, by the database''s clock.',
  finished_at datetime(6) NULL COMMENT 'When it was complete; null while it runs, or when it was broken off.',
  PRIMARY KEY (id),
  CONSTRAINT outbox_operation_kind_known
    CHECK (kind IN ('requeue', 'cancel', 'pause', 'resume', 'erase', 'partition', 'purge', 'redact')),
  KEY outbox_operation_started_at (started_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'What people and maintenance did with actions and workspaces: never deleted by the library, and holds no personal data.';

CREATE TABLE outbox_operation_action (
  event_uuid char(36) CHARACTER SET ascii NOT NULL COMMENT 'The action.',
  operation_id char(36) CHARACTER SET ascii NOT NULL COMMENT 'The operation: outbox_operation.id.',
  PRIMARY KEY (event_uuid, operation_id),
  KEY outbox_operation_action_operation (operation_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'Which actions were requeued or cancelled by which operation.';

CREATE TABLE outbox_maintenance (
  task varchar(32) NOT NULL COMMENT 'partitions, purge, redaction.',
  last_run_at datetime(6) NULL COMMENT 'When the task was last done to its end; null: never.',
  last_run_by varchar(255) COMMENT 'The name of the maintenance that did it.',
  note varchar(4000)
    COMMENT 'What a person should know of the last run, for example that rows are deleted in batches since partitions can''t be dropped; null: nothing.',
  PRIMARY KEY (task)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
  DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80000 utf8mb4_0900_bin */
  COMMENT 'One row for each task of the maintenance; whoever holds its lock does the task, and the others leave it.';
INSERT INTO outbox_maintenance (task) VALUES ('partitions'), ('purge'), ('redaction');

-- A constant state in each part, so that a query for one state leaves the other parts alone. In ASCII, since a text without a
-- character set would have the collation of whoever made the view, and clash with that of whoever asks.
CREATE SQL SECURITY INVOKER VIEW outbox_audit AS
SELECT o.workspace, o.event_uuid, o.customer_id, o.action, o.platform, o.event_time,
       CASE WHEN o.claim_id IS NOT NULL AND o.available_at > UTC_TIMESTAMP(6) THEN _ascii'claimed'
            WHEN o.attempts > 0 THEN _ascii'retrying'
            ELSE _ascii'pending' END AS state,
       o.attempts, o.refusals, NULL AS req_id, o.created_at, NULL AS sent_at,
       NULL AS rejected_at, o.last_error, NULL AS request_id, NULL AS operation_id,
       o.available_at, o.unknown_since, o.claimed_by, o.user_timezone_offset, o.user_attributes, o.attributes
  FROM outbox o
UNION ALL
SELECT d.workspace, d.event_uuid, d.customer_id, d.action, d.platform, d.event_time,
       _ascii'delivered', d.attempts, d.refusals, r.req_id, d.created_at, d.sent_at,
       NULL, NULL, d.request_id, NULL,
       NULL, NULL, NULL, d.user_timezone_offset, d.user_attributes, d.attributes
  FROM outbox_delivered d LEFT JOIN outbox_request r ON r.id = d.request_id
UNION ALL
SELECT x.workspace, x.event_uuid, x.customer_id, x.action, x.platform, x.event_time,
       _ascii'rejected', x.attempts, x.refusals, NULL, x.created_at, NULL,
       x.rejected_at, x.reason, x.request_id, NULL,
       NULL, NULL, NULL, x.user_timezone_offset, x.user_attributes, x.attributes
  FROM outbox_rejected x
 WHERE x.operation_id IS NULL
UNION ALL
SELECT x.workspace, x.event_uuid, x.customer_id, x.action, x.platform, x.event_time,
       _ascii'cancelled', x.attempts, x.refusals, NULL, x.created_at, NULL,
       x.rejected_at, x.reason, x.request_id, x.operation_id,
       NULL, NULL, NULL, x.user_timezone_offset, x.user_attributes, x.attributes
  FROM outbox_rejected x
 WHERE x.operation_id IS NOT NULL;

-- Every attempt of every action, the one that delivered it too.
CREATE SQL SECURITY INVOKER VIEW outbox_audit_attempt AS
SELECT a.event_uuid, r.id AS request_id, r.started_at, r.duration_ms, r.workspace, r.relay, r.status, r.outcome,
       r.req_id, r.message
  FROM outbox_attempt a JOIN outbox_request r ON r.id = a.request_id
UNION ALL
SELECT d.event_uuid, r.id, r.started_at, r.duration_ms, r.workspace, r.relay, r.status, r.outcome,
       r.req_id, r.message
  FROM outbox_delivered d JOIN outbox_request r ON r.id = d.request_id;

CREATE SQL SECURITY INVOKER VIEW outbox_schema_version AS SELECT 1 AS version, 1 AS oldest_library;
