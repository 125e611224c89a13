-- Durable Outbox: least privilege on PostgreSQL 12 and later. Not a migration: run it by hand, as the tables' owner or a superuser,
-- after the migrations, with the search path set to the outbox's schema; again, after each upgrade. Running it again does nothing new.
--
--   psql -v ON_ERROR_STOP=1 -c 'SET search_path TO my_schema' -f postgresql.sql my_database
--
-- It makes five roles that can't log in, if they are missing (which needs CREATEROLE), to be granted to those that can:
--   GRANT outbox_writer TO the_shop;
--   GRANT outbox_relay TO the_shop_s_relay;    -- a service that writes and relays gets both
--   GRANT outbox_auditor TO anna;
--   GRANT outbox_operator TO the_back_office;
--   GRANT outbox_privacy TO bob;               -- erases customers, which nobody else may
-- Migrations, and a maintenance that makes and drops partitions, need the tables' owner. It ends with an error if a grant had no effect,
-- which PostgreSQL only warns of.

DO $$
DECLARE
  role text;
  home text := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = 'outbox'::regclass);
BEGIN
  FOREACH role IN ARRAY ARRAY['outbox_writer', 'outbox_relay', 'outbox_auditor', 'outbox_operator', 'outbox_privacy'] LOOP
    IF to_regrole(role) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- Somebody else made it just now: roles are the whole server's.
      END;
    END IF;
    BEGIN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, role);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- Told below.
    END;
    IF NOT has_schema_privilege(role, home, 'USAGE') THEN
      RAISE EXCEPTION 'Role % may not use schema %, which this user does not own', role, home
        USING ERRCODE = 'insufficient_privilege',
              HINT = format('As the owner of the schema run GRANT USAGE ON SCHEMA %I TO outbox_writer, outbox_relay, outbox_auditor, '
                            'outbox_operator, outbox_privacy, and then this script again.', home);
    END IF;
  END LOOP;
END
$$;

-- Writers. In plain SQL: what is theirs to say, and nothing that is a relay's (claims, attempts, when it is available).
GRANT INSERT (workspace, event_uuid, customer_id, user_timezone_offset, user_attributes, action, event_time, platform, attributes,
              traceparent, validated) ON outbox TO outbox_writer;
-- And for Outbox.add: to pass over what is there already (ON CONFLICT) and tell which were written (RETURNING).
GRANT SELECT (event_uuid) ON outbox TO outbox_writer;
-- Where callers bring their own UUIDs: to see whether they were delivered or rejected before.
GRANT SELECT (event_uuid, sent_at) ON outbox_delivered TO outbox_writer;
GRANT SELECT (event_uuid) ON outbox_rejected TO outbox_writer;
-- For JdbcOutbox.create.
GRANT SELECT ON outbox_schema_version TO outbox_writer;

-- Relays: claim, settle, pause, look for workspaces that nobody serves. An action itself, and what was recorded, they can't change, but for
-- two counts of a claim that several took over, and what becomes of an action that is rejected again.
GRANT SELECT, DELETE ON outbox TO outbox_relay;
GRANT UPDATE (available_at, claim_id, claimed_by, attempts, refusals, unknown_since, last_error) ON outbox TO outbox_relay;
GRANT SELECT, INSERT ON outbox_delivered, outbox_attempt, outbox_rejected, outbox_request, outbox_workspace TO outbox_relay;
GRANT UPDATE (rejected_at, reason, request_id, operation_id, attempts, refusals) ON outbox_rejected TO outbox_relay;
GRANT UPDATE (elements, actions) ON outbox_request TO outbox_relay;
GRANT UPDATE (paused_since, paused_until, cause, reason, paused_by, failures, probe_id, probe_until, probed_open_by)
   ON outbox_workspace TO outbox_relay;
GRANT SELECT ON outbox_schema_version TO outbox_relay;
-- And for Outbox.diagnose; no personal data is in these.
GRANT SELECT ON outbox_operation, outbox_maintenance TO outbox_relay;

-- Auditors: the views for SQL, and their tables for Outbox.audit, backlog and diagnose, which is find, status, rejected and check of the command
-- line. They show customer ids; to hide those, leave them SQL alone:
--   REVOKE SELECT ON outbox, outbox_delivered, outbox_rejected, outbox_audit FROM outbox_auditor;
--   GRANT SELECT (workspace, event_uuid, state, attempts, req_id, created_at, sent_at) ON outbox_audit TO outbox_auditor;
GRANT SELECT ON outbox_audit, outbox_audit_attempt, outbox, outbox_delivered, outbox_rejected, outbox_attempt, outbox_request,
                outbox_operation, outbox_operation_action, outbox_workspace, outbox_maintenance, outbox_schema_version TO outbox_auditor;

-- Operators: what Outbox.operator does but erase (requeue, cancel, pause, resume), and Outbox.audit and diagnose to see it. What they do is
-- recorded, and they can't take the record back, nor what was delivered, requested or attempted.
GRANT SELECT ON outbox_audit, outbox_audit_attempt, outbox, outbox_delivered, outbox_rejected, outbox_attempt, outbox_request,
                outbox_operation, outbox_operation_action, outbox_workspace, outbox_maintenance, outbox_schema_version TO outbox_operator;
GRANT INSERT, DELETE ON outbox, outbox_rejected TO outbox_operator;
-- For its lock on the row: PostgreSQL has no other privilege for it.
GRANT UPDATE (last_error) ON outbox TO outbox_operator;
GRANT UPDATE (rejected_at, reason, request_id, operation_id, attempts, refusals) ON outbox_rejected TO outbox_operator;
GRANT INSERT ON outbox_workspace, outbox_operation, outbox_operation_action TO outbox_operator;
GRANT UPDATE (paused_since, paused_until, cause, reason, paused_by, failures, probe_id, probe_until, probed_open_by)
   ON outbox_workspace TO outbox_operator;
GRANT UPDATE (actions, detail, finished_at) ON outbox_operation TO outbox_operator;

-- Privacy: erases a customer everywhere, which takes rows out of the history and out of the records of attempts and operations.
GRANT SELECT ON outbox_audit, outbox_audit_attempt, outbox, outbox_delivered, outbox_rejected, outbox_attempt, outbox_request,
                outbox_operation, outbox_operation_action, outbox_workspace, outbox_schema_version TO outbox_privacy;
GRANT DELETE ON outbox, outbox_rejected, outbox_delivered, outbox_attempt, outbox_operation_action TO outbox_privacy;
GRANT UPDATE (last_error) ON outbox TO outbox_privacy;
GRANT UPDATE (reason) ON outbox_rejected, outbox_workspace TO outbox_privacy;
GRANT UPDATE (customer_id) ON outbox_delivered TO outbox_privacy;
GRANT UPDATE (message) ON outbox_request TO outbox_privacy;
GRANT INSERT ON outbox_operation TO outbox_privacy;
GRANT UPDATE (actions, detail, finished_at, reason) ON outbox_operation TO outbox_privacy;

-- A grant by a user who neither owns the table nor may grant is no error but a warning.
DO $$
BEGIN
  IF NOT (has_column_privilege('outbox_writer', 'outbox', 'customer_id', 'INSERT')
          AND has_table_privilege('outbox_relay', 'outbox_delivered', 'INSERT')
          AND has_table_privilege('outbox_auditor', 'outbox_audit', 'SELECT')
          AND has_table_privilege('outbox_operator', 'outbox_operation', 'INSERT')
          AND has_table_privilege('outbox_privacy', 'outbox_delivered', 'DELETE')) THEN
    RAISE EXCEPTION 'Not all was granted, since this user does not own all tables of the outbox'
      USING ERRCODE = 'insufficient_privilege', HINT = 'Run this script as their owner.';
  END IF;
END
$$;
