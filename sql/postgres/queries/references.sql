-- The foreign keys of one column.
SELECT c.relname, a.attname, p.relname, b.attname
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
    JOIN pg_catalog.pg_attribute b ON b.attrelid = p.oid AND b.attnum = k.confkey[1]
WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema())
    AND k.contype = 'f' AND k.conparentid = 0
    AND cardinality(k.conkey) = 1
ORDER BY c.relname, k.conname;
