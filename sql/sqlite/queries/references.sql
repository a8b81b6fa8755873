-- The foreign keys of one column of a table, its parameter.
SELECT min("from"), min("table"), min("to")
FROM pragma_foreign_key_list(?) GROUP BY id HAVING count(*) = 1
ORDER BY id DESC;
