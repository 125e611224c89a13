-- Durable Outbox: the undo of notify/postgresql.sql. Relays poll as usual from the moment that they notice.
--
--   psql -1 -v ON_ERROR_STOP=1 -c 'SET search_path TO my_schema' -f postgresql-undo.sql my_database

DROP TRIGGER IF EXISTS outbox_notify ON outbox;
DROP FUNCTION IF EXISTS outbox_notify();
