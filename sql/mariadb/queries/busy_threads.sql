-- The commands of all threads that do something, and their age in milliseconds. Without the PROCESS
-- privilege, the list has only this user's threads and no system thread.
SELECT command, CAST(time_ms AS SIGNED) FROM information_schema.PROCESSLIST
WHERE id <> connection_id() AND command NOT IN ('Sleep', 'Binlog Dump', 'Binlog Dump GTID', 'Daemon');
