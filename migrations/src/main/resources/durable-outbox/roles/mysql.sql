-- Durable Outbox: least privilege on MariaDB 10.11 and later and MySQL 8.4 and later. Not a migration: run it by hand, as a user who may
-- make roles and grant, after the migrations, in the outbox's database; again, after each upgrade. Running it again does nothing new.
--
--   mariadb my_database < mysql.sql
--
-- It makes five roles, if they are missing, to be granted to those that log in, and to be made their default:
--   GRANT outbox_writer TO the_shop;
--   GRANT outbox_relay TO the_shop;            -- as well, if the relay is in the same service
--   GRANT outbox_auditor TO anna;
--   GRANT outbox_operator TO the_back_office;
--   GRANT outbox_privacy TO bob;               -- erases customers, which nobody else may
--   SET DEFAULT ROLE outbox_writer FOR the_shop;               -- MariaDB, which has one default role: make a role of both, if need be
--   SET DEFAULT ROLE outbox_writer, outbox_relay TO the_shop;  -- MySQL
-- Without a default role a new connection has none of these privileges. Migrations need a user who may create tables and views.

CREATE ROLE IF NOT EXISTS outbox_writer, outbox_relay, outbox_auditor, outbox_operator, outbox_privacy;

-- Writers. In plain SQL: what is theirs to say, and nothing that is a relay's (claims, attempts, when it is available).
GRANT INSERT (workspace, event_uuid, customer_id, user_timezone_offset, user_attributes, action, event_time, platform, attributes,
              traceparent, validated) ON outbox TO outbox_writer;
-- And for Outbox.add where callers bring their own UUIDs: to see whether they were delivered or rejected before.
GRANT SELECT (event_uuid) ON outbox_delivered TO outbox_writer;
GRANT SELECT (event_uuid) ON outbox_rejected TO outbox_writer;
-- For JdbcOutbox.create.
GRANT SELECT ON outbox_schema_version TO outbox_writer;

-- Relays: claim, settle, pause, look for workspaces that nobody serves. A waiting action itself, and what was delivered, they can't change. What
-- they record they insert, or leave as it is if it is there already; for that statement the servers ask for UPDATE of all columns it inserts.
GRANT SELECT, DELETE ON outbox TO outbox_relay;
GRANT UPDATE (available_at, claim_id, claimed_by, attempts, refusals, unknown_since, last_error) ON outbox TO outbox_relay;
GRANT SELECT, INSERT ON outbox_delivered TO outbox_relay;
GRANT SELECT, INSERT, UPDATE ON outbox_attempt TO outbox_relay;
GRANT SELECT, INSERT, UPDATE ON outbox_rejected TO outbox_relay;
GRANT SELECT, INSERT, UPDATE ON outbox_request TO outbox_relay;
GRANT SELECT, INSERT, UPDATE ON outbox_workspace TO outbox_relay;
GRANT SELECT ON outbox_schema_version TO outbox_relay;
-- And for Outbox.diagnose; no personal data is in these.
GRANT SELECT ON outbox_operation TO outbox_relay;
GRANT SELECT ON outbox_maintenance TO outbox_relay;

-- Auditors. A view here has the privileges of who reads it, so they read its tables, too.
GRANT SELECT ON outbox_audit TO outbox_auditor;
GRANT SELECT ON outbox_audit_attempt TO outbox_auditor;
GRANT SELECT ON outbox TO outbox_auditor;
GRANT SELECT ON outbox_delivered TO outbox_auditor;
GRANT SELECT ON outbox_rejected TO outbox_auditor;
GRANT SELECT ON outbox_attempt TO outbox_auditor;
GRANT SELECT ON outbox_request TO outbox_auditor;
GRANT SELECT ON outbox_operation TO outbox_auditor;
GRANT SELECT ON outbox_operation_action TO outbox_auditor;
GRANT SELECT ON outbox_workspace TO outbox_auditor;
GRANT SELECT ON outbox_maintenance TO outbox_auditor;
GRANT SELECT ON outbox_schema_version TO outbox_auditor;

-- Operators: what Outbox.operator does but erase (requeue, cancel, pause, resume), and Outbox.audit and diagnose to see it. What they do is
-- recorded, and they can't take the record back, nor what was delivered, requested or attempted.
GRANT SELECT ON outbox_audit TO outbox_operator;
GRANT SELECT ON outbox_audit_attempt TO outbox_operator;
GRANT SELECT ON outbox TO outbox_operator;
GRANT SELECT ON outbox_delivered TO outbox_operator;
GRANT SELECT ON outbox_rejected TO outbox_operator;
GRANT SELECT ON outbox_attempt TO outbox_operator;
GRANT SELECT ON outbox_request TO outbox_operator;
GRANT SELECT ON outbox_operation TO outbox_operator;
GRANT SELECT ON outbox_operation_action TO outbox_operator;
GRANT SELECT ON outbox_workspace TO outbox_operator;
GRANT SELECT ON outbox_maintenance TO outbox_operator;
GRANT SELECT ON outbox_schema_version TO outbox_operator;
GRANT INSERT, DELETE, UPDATE (last_error) ON outbox TO outbox_operator;
GRANT INSERT, DELETE, UPDATE (rejected_at, reason, request_id, operation_id, attempts, refusals) ON outbox_rejected TO outbox_operator;
GRANT INSERT, UPDATE ON outbox_workspace TO outbox_operator;
GRANT INSERT, UPDATE (actions, detail, finished_at) ON outbox_operation TO outbox_operator;
GRANT INSERT ON outbox_operation_action TO outbox_operator;

-- Privacy: erases a customer everywhere, which takes rows out of the history and out of the records of attempts and operations.
GRANT SELECT ON outbox_audit TO outbox_privacy;
GRANT SELECT ON outbox_audit_attempt TO outbox_privacy;
GRANT SELECT ON outbox TO outbox_privacy;
GRANT SELECT ON outbox_delivered TO outbox_privacy;
GRANT SELECT ON outbox_rejected TO outbox_privacy;
GRANT SELECT ON outbox_attempt TO outbox_privacy;
GRANT SELECT ON outbox_request TO outbox_privacy;
GRANT SELECT ON outbox_operation TO outbox_privacy;
GRANT SELECT ON outbox_operation_action TO outbox_privacy;
GRANT SELECT ON outbox_workspace TO outbox_privacy;
GRANT SELECT ON outbox_schema_version TO outbox_privacy;
GRANT DELETE, UPDATE (last_error) ON outbox TO outbox_privacy;
GRANT DELETE, UPDATE (reason) ON outbox_rejected TO outbox_privacy;
GRANT DELETE ON outbox_delivered TO outbox_privacy;
GRANT DELETE ON outbox_attempt TO outbox_privacy;
GRANT UPDATE (message) ON outbox_request TO outbox_privacy;
GRANT UPDATE (reason) ON outbox_workspace TO outbox_privacy;
GRANT INSERT, UPDATE (actions, detail, finished_at, reason) ON outbox_operation TO outbox_privacy;
GRANT DELETE ON outbox_operation_action TO outbox_privacy;
