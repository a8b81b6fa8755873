-- The triggers on inserts (4) and updates (16) that are not switched off: table and name.
SELECT c.relname, t.tgname
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema())
    AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgtype & 20) <> 0
ORDER BY c.relname, t.tgname;
