-- The bytes of the whole database: SQLite keeps no sizes of tables.
SELECT p.page_count * s.page_size FROM pragma_page_count AS p, pragma_page_size AS s;
