-- Sets what newer servers have beside the settings of every session: they end sessions for further reasons.
-- Older ones do not know these names.
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
WHERE name IN ('idle_session_timeout', 'transaction_timeout');
