-- The size limit of the write-ahead log, in bytes.
SELECT pg_size_bytes(current_setting('max_wal_size'));
