-- Sets the memory for a statement's sorts and joins. The server's own setting remains if it is higher.
SELECT pg_catalog.set_config(name, '256MB', false)
FROM (VALUES ('work_mem'), ('maintenance_work_mem')) AS settings (name)
WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting(name)) < 268435456;
