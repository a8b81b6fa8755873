-- A database with what dumps are known to lose. `psql -v ON_ERROR_STOP=1`, as a superuser; the roles are made if they are missing.
SELECT format('CREATE ROLE %I', r) FROM unnest(ARRAY['owner one', 'reader', 'group"two']) r
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
ALTER ROLE "owner one" LOGIN PASSWORD 'geheim-role' CONNECTION LIMIT 7;
ALTER ROLE reader SET search_path TO app, "$user";
COMMENT ON ROLE reader IS 'reads; nothing else';
GRANT "group""two" TO reader;
CREATE SCHEMA app AUTHORIZATION "owner one";
CREATE SCHEMA "Odd ""schema";
COMMENT ON SCHEMA app IS 'it''s the application';
SET search_path = app, public;
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION citext SCHEMA public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TYPE pair AS (m mood, n int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY, v text, double int GENERATED ALWAYS AS (twice(length(v))) STORED,
    PRIMARY KEY (id));
INSERT INTO plain (v) SELECT repeat(md5(g::text), 1 + g % 5) FROM generate_series(1, 100000) g;
DELETE FROM plain WHERE id % 7 = 0;
UPDATE plain SET v = 'tab' || chr(9) || 'line' || chr(10) || '\N' WHERE id = 1;
CREATE TABLE wide (id int PRIMARY KEY, big text, raw bytea);
ALTER TABLE wide ALTER big SET STORAGE EXTERNAL;
INSERT INTO wide SELECT g, repeat(chr(64 + g), 300000), decode(repeat('00ff', 5000), 'hex') FROM generate_series(1, 20) g;
CREATE TABLE kinds (b bool, i2 int2, n numeric, f4 float4, f8 float8, t timestamptz, tz timetz, iv interval, d date, u uuid, j jsonb,
    js json, x xml, a int[], m mood, ms mood[], p pair, ps pair[], dom positive, doms positive[], r int4range, sp span,
    sps span[], mr int4multirange, h public.hstore, c public.citext, cs public.citext[], rc regclass, rt regtype[], rp regprocedure, o oid,
    ts tsvector, tq tsquery, bi bit varying, ip inet, ma macaddr, pt point, mo money, ch char(5), "char" "char", na name, lsn pg_lsn);
INSERT INTO kinds VALUES (true, -1, 'NaN', 'Infinity', 1e-300, '2020-02-29 12:00:00.123456+05:45', '12:00+01', '1 mon -2 days 3.5s',
    'infinity', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, null, "é"]}', '{"b":  1}', '<a>x</a>', '{{1,2},{3,NULL}}', 'ok',
    '{sad,glad}', ROW('glad', 3), ARRAY[ROW('sad', NULL)::pair], 4, '{1,2}', '[1,5)', '[0.5,2)', ARRAY['[1,2)'::span], '{[1,2),[4,6)}',
    'a=>1,b=>NULL', 'MiXed', '{A,b}', 'app.plain', '{app.mood,int4}', 'app.twice(int)', 12345, 'a:1 b:2A', 'a & !b', B'1011',
    '10.0.0.0/8', '08:00:2b:01:02:03', '(1.5,-2)', '12.34', 'ab', 'x', 'name', '16/B374D848');
INSERT INTO kinds DEFAULT VALUES;
CREATE TABLE measures (at date NOT NULL, v int) PARTITION BY RANGE (at);
CREATE TABLE measures_2024 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measures_rest (v int, at date NOT NULL);
ALTER TABLE measures ATTACH PARTITION measures_rest DEFAULT;
INSERT INTO measures SELECT DATE '2024-06-01' + g % 400, g FROM generate_series(1, 1000) g;
CREATE TABLE parent (id int, name text);
CREATE TABLE child (extra text) INHERITS (parent);
INSERT INTO parent VALUES (1, 'parent');
INSERT INTO child VALUES (2, 'child', 'x'), (3, 'child', 'y');
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE computed (one int GENERATED ALWAYS AS (1) STORED);
INSERT INTO computed DEFAULT VALUES;
CREATE TABLE dropped (a int, gone text, b text);
INSERT INTO dropped VALUES (1, 'gone', 'b');
ALTER TABLE dropped DROP gone;
CREATE UNLOGGED TABLE fast (v int);
INSERT INTO fast SELECT generate_series(1, 10);
CREATE TABLE empty (v int);
CREATE TABLE "Odd ""schema"."tab'le é" ("select" int, "a,b" text, "ü" text);
INSERT INTO "Odd ""schema"."tab'le é" VALUES (1, 'x', 'ü');
CREATE TABLE deps (id int PRIMARY KEY, of int REFERENCES wide, CHECK (of > 0));
INSERT INTO deps SELECT g, 1 + g % 20 FROM generate_series(1, 200) g;
ALTER TABLE deps REPLICA IDENTITY FULL;
CREATE TABLE secret (who text, v text);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON secret USING (who = current_user);
INSERT INTO secret VALUES ('reader', 'a'), ('nobody', 'b');
CREATE TABLE audit (v text);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.audit VALUES (TG_OP); RETURN NEW; END $$;
CREATE TRIGGER noted AFTER INSERT ON deps FOR EACH ROW EXECUTE FUNCTION noted();
INSERT INTO deps VALUES (1000, 1);
CREATE RULE ignored AS ON INSERT TO empty DO INSTEAD NOTHING;
CREATE VIEW seen AS SELECT id, v FROM plain WHERE id < 100;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM plain;
CREATE MATERIALIZED VIEW recounted AS SELECT n + 1 AS n FROM counted;
CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS n WITH NO DATA;
CREATE INDEX plain_v ON plain (lower(v)) WHERE id > 10;
CREATE STATISTICS of_two ON a, b FROM dropped;
CREATE SEQUENCE numbers INCREMENT 3 MINVALUE -10 START -4 CYCLE;
SELECT nextval('numbers'), nextval('numbers');
CREATE SEQUENCE untouched START 42;
CREATE FOREIGN DATA WRAPPER idle;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER idle;
CREATE FOREIGN TABLE far (v int) SERVER elsewhere;
CREATE PUBLICATION news FOR TABLE plain;
CREATE FUNCTION watched() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watched();
GRANT USAGE ON SCHEMA app TO reader;
GRANT SELECT ON plain, seen TO reader WITH GRANT OPTION;
GRANT UPDATE (v) ON plain TO "group""two";
ALTER TABLE plain OWNER TO "owner one";
ALTER DEFAULT PRIVILEGES FOR ROLE "owner one" IN SCHEMA app GRANT SELECT ON TABLES TO reader;
SELECT lo_from_bytea(4242, decode(repeat('0102030405', 100000), 'hex')), lo_from_bytea(4243, '');
ALTER LARGE OBJECT 4242 OWNER TO "owner one";
GRANT SELECT ON LARGE OBJECT 4243 TO reader;
COMMENT ON LARGE OBJECT 4242 IS 'large';
SELECT format('ALTER DATABASE %I SET search_path TO app, "Odd ""schema", public', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET my.own TO %L', current_database(), 'it''s, this') \gexec
SELECT format('ALTER ROLE reader IN DATABASE %I SET work_mem TO %L', current_database(), '5MB') \gexec
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO reader WITH GRANT OPTION', current_database()) \gexec
SELECT format('COMMENT ON DATABASE %I IS %L', current_database(), 'the whole') \gexec
SELECT format('ALTER DATABASE %I OWNER TO "owner one"', current_database()) \gexec
SELECT format('ALTER DATABASE %I CONNECTION LIMIT 33', current_database()) \gexec
