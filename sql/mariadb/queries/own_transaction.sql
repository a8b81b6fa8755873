-- How far the server's times of transactions are from UTC, in seconds, as seen in this session's own
-- transaction. No row: the list is older than it.
SELECT timestampdiff(SECOND, trx_started, utc_timestamp()) FROM information_schema.INNODB_TRX
WHERE trx_mysql_thread_id = connection_id();
