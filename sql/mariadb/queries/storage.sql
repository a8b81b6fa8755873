-- Where the server keeps its data and its temporary tables.
SELECT @@datadir, @@tmpdir;
