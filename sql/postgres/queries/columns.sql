-- The columns of the tables in the current schema. A domain is treated as its underlying type, and as NOT
-- NULL if any domain on the way says so.
WITH RECURSIVE found AS (
    SELECT c.relname, a.attname, a.attnum, a.attcollation, a.atthasdef, a.attidentity, a.attgenerated,
        a.atttypid AS typid, a.atttypmod AS typmod, a.attnotnull AS filled
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema())
        AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
    SELECT f.relname, f.attname, f.attnum, f.attcollation, f.atthasdef, f.attidentity, f.attgenerated,
        t.typbasetype, t.typtypmod, f.filled OR t.typnotnull
    FROM found f JOIN pg_catalog.pg_type t ON t.oid = f.typid WHERE t.typtype = 'd'
)
SELECT f.relname, f.attname, pg_catalog.format_type(f.typid, f.typmod), t.typname, f.typmod, f.filled,
    f.atthasdef OR f.attidentity <> '', f.attgenerated <> '',
    CASE WHEN f.attcollation NOT IN (0, t.typcollation)
        THEN (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
            FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
            WHERE l.oid = f.attcollation) END,
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = f.typid)
FROM found f JOIN pg_catalog.pg_type t ON t.oid = f.typid WHERE t.typtype <> 'd' ORDER BY f.relname, f.attnum;
