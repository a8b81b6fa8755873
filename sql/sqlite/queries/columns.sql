-- The columns of a table, its parameter. `max(pk)` is the number of columns of its primary key.
SELECT name, type, "notnull", dflt_value IS NOT NULL, pk, hidden, max(pk) OVER ()
FROM pragma_table_xinfo(?)
ORDER BY cid;
