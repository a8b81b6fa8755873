-- When the oldest transaction of another session began, in the zone of the server or of the session.
SELECT min(trx_started) FROM information_schema.INNODB_TRX
WHERE trx_mysql_thread_id <> connection_id();
