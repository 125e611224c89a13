-- Durable Outbox: commits wake relays by NOTIFY, on PostgreSQL 12 and later. Optional, and not a migration: run it by hand, as the
-- tables' owner, after the migrations, with the search path set to the outbox's schema. Running it again does nothing new. What it
-- costs, and when not to: docs/wake-up.md. The undo is postgresql-undo.sql.
--
--   psql -1 -v ON_ERROR_STOP=1 -c 'SET search_path TO my_schema' -f postgresql.sql my_database

CREATE OR REPLACE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Without a payload, so that one transaction sends one notification however often it inserts.
  PERFORM pg_catalog.pg_notify(TG_ARGV[0], '');
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION outbox_notify() IS 'Wakes the relays that LISTEN to the channel which is the trigger''s argument, when the transaction commits.';

DROP TRIGGER IF EXISTS outbox_notify ON outbox;
-- The argument is the channel. Channels are the database's, not the schema's: where two schemas have an outbox, give each its own
-- here and in PostgresWakeUps.
CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify('outbox');
