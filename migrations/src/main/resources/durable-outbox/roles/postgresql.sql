-- Durable Outbox: least privilege on PostgreSQL 12 and later. Not a migration: run it by hand, as the tables' owner or a superuser,
-- after the migrations, with the search path set to the outbox's schema; again, after each upgrade. Running it again does nothing new.
--
--   psql -v ON_ERROR_STOP=1 -c 'SET search_path TO my_schema' -f postgresql.sql my_database
--
-- It makes four roles that can't log in, if they are missing (which needs CREATEROLE), to be granted to those that can:
--   GRANT outbox_writer TO the_shop;
--   GRANT outbox_relay TO the_shop_s_relay;    -- a service that writes and relays gets both
--   GRANT outbox_auditor TO anna;
--   GRANT outbox_operator TO the_back_office;
-- Migrations, and a maintenance that makes and drops partitions, need the tables' owner.

DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['outbox_writer', 'outbox_relay', 'outbox_auditor', 'outbox_operator'] LOOP
    IF to_regrole(role) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- Somebody else made it just now: roles are the whole server's.
      END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I',
                   (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE c.oid = 'outbox'::regclass), role);
  END LOOP;
END
$$;

-- Writers. In plain SQL: what is theirs to say, and nothing that is a relay's (claims, attempts, when it is available).
GRANT INSERT (workspace, event_uuid, customer_id, user_timezone_offset, user_attributes, action, event_time, platform, attributes,
              traceparent, validated) ON outbox TO outbox_writer;
-- And for Outbox.add: to pass over what is there already (ON CONFLICT) and tell which were written (RETURNING).
GRANT SELECT (event_uuid) ON outbox TO outbox_writer;
-- Where callers bring their own UUIDs: to see whether they were delivered or rejected before.
GRANT SELECT (event_uuid) ON outbox_delivered, outbox_rejected TO outbox_writer;
-- For JdbcOutbox.create.
GRANT SELECT ON outbox_schema_version TO outbox_writer;

-- Relays: claim, settle, pause, look for workspaces that nobody serves.
GRANT SELECT, UPDATE, DELETE ON outbox TO outbox_relay;
GRANT SELECT, INSERT ON outbox_delivered, outbox_attempt TO outbox_relay;
GRANT SELECT, INSERT, UPDATE ON outbox_rejected, outbox_request, outbox_workspace TO outbox_relay;
GRANT SELECT ON outbox_schema_version TO outbox_relay;
-- And for Outbox.diagnose; no personal data is in these.
GRANT SELECT ON outbox_operation, outbox_maintenance TO outbox_relay;

-- Auditors. The views show customer ids; to hide those, grant some of their columns instead:
--   REVOKE SELECT ON outbox_audit FROM outbox_auditor;
--   GRANT SELECT (workspace, event_uuid, state, attempts, req_id, created_at, sent_at) ON outbox_audit TO outbox_auditor;
GRANT SELECT ON outbox_audit, outbox_audit_attempt, outbox_request, outbox_operation, outbox_operation_action,
                outbox_workspace, outbox_maintenance TO outbox_auditor;

-- Operators: what Outbox.operator does (requeue, cancel, pause, resume, erase a customer), and Outbox.audit and diagnose to see it.
-- What they do is recorded, and they can't take the record back.
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, outbox_rejected TO outbox_operator;
GRANT SELECT, UPDATE, DELETE ON outbox_delivered TO outbox_operator;
GRANT SELECT, UPDATE ON outbox_request TO outbox_operator;
GRANT SELECT, DELETE ON outbox_attempt TO outbox_operator;
GRANT SELECT, INSERT, UPDATE ON outbox_workspace, outbox_operation TO outbox_operator;
GRANT SELECT, INSERT, DELETE ON outbox_operation_action TO outbox_operator;
GRANT SELECT ON outbox_audit, outbox_audit_attempt, outbox_maintenance, outbox_schema_version TO outbox_operator;
