-- The base tables.
SELECT name FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
    AND sql NOT LIKE 'CREATE VIRTUAL%'
ORDER BY name;
