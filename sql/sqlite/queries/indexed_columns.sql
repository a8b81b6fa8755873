-- The table and first column of each index over whole tables.
SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c
WHERE t.type = 'table' AND c.seqno = 0 AND c.name IS NOT NULL AND NOT i.partial;
