-- Whether the server is a standby, when the oldest open transaction of this database began, how many sessions
-- hide theirs, and when the oldest prepared transaction was prepared.
SELECT pg_catalog.pg_is_in_recovery(),
    (SELECT min(xact_start) AT TIME ZONE 'UTC' FROM pg_catalog.pg_stat_activity
        WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
            AND backend_type IS DISTINCT FROM 'autovacuum worker'),
    (SELECT count(*) FROM pg_catalog.pg_stat_activity
        WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
            AND (query = '<insufficient privilege>' OR state = 'disabled')),
    (SELECT min(prepared) AT TIME ZONE 'UTC' FROM pg_catalog.pg_prepared_xacts
        WHERE database = pg_catalog.current_database());
