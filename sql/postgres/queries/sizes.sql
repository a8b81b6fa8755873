-- The rows of each table as the planner estimates them (negative: nobody has looked yet), and its bytes with indexes and long
-- values, those of its partitions included.
SELECT c.relname, CAST(sum(k.reltuples) AS bigint), CAST(sum(pg_catalog.pg_total_relation_size(k.oid)) AS bigint)
FROM pg_catalog.pg_class c LEFT JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) t ON c.relkind = 'p'
    JOIN pg_catalog.pg_class k ON k.oid = COALESCE(t.relid, c.oid)
WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema())
    AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname;
