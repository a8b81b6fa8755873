-- Where the server keeps its data, and where this database is if that is elsewhere.
SELECT current_setting('data_directory'), NULLIF(pg_tablespace_location(t.oid), '')
FROM pg_database AS d JOIN pg_tablespace AS t ON t.oid = d.dattablespace
WHERE d.datname = current_database();
