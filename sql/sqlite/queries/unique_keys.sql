-- The unique indexes of a table, its parameter, that have no condition and are not its primary key. A column
-- is NULL if it is an expression.
SELECT l.name, i.name
FROM pragma_index_list(?) AS l, pragma_index_info(l.name) AS i
WHERE l."unique" AND NOT l.partial AND l.origin <> 'pk'
ORDER BY l.seq DESC, i.seqno;
