-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "things" AS t
WHERE t."sync_hash" IS NULL;

-- ===== export =====

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS text)), 2) + COALESCE(octet_length(CAST(a."kind_id" AS text)), 2) + COALESCE(octet_length(replace(CAST(a."value" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."description" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."notes" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(CAST(a."n" AS text)), 2) + COALESCE(octet_length(CAST(a."small" AS text)), 2) + COALESCE(octet_length(CAST(a."amount" AS text)), 2) + 26 + 2 + COALESCE(2 * octet_length(a."raw") + 3, 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."doc" AS text) COLLATE "C", '…', '…')) + 3, 2) + 38 + COALESCE(octet_length(replace(CAST(a."serial" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."short" AS text) COLLATE "C", '…', '…')) + 3, 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS text) COLLATE "C", '…', '…')) + 3, 2) + 22 AS w
  FROM "things" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."kind_id", a."value", a."description", a."notes", a."n", a."small", a."amount", a."ratio", a."flag", a."raw", a."day", a."clock", a."moment", a."doc", a."ref", a."serial", a."short", a."created_at", a."updated_at", a."deleted_at", a."sync_hash"
FROM "things" AS a;

-- ===== import =====

-- 0 rows
SELECT 1
FROM "things" AS t
WHERE t."sync_hash" IS NULL
LIMIT 1;

-- 0 rows
CREATE UNLOGGED TABLE "sync_import_things_PID_raw" (gs_row bigint, "id" bigint, "kind_id" bigint, "value" text, "description" text, "notes" text, "n" bigint, "small" integer, "amount" numeric(30,10), "ratio" double precision, "flag" boolean, "raw" bytea, "day" date, "clock" time(6) without time zone, "moment" timestamp(6) without time zone, "doc" json, "ref" uuid, "serial" character varying(20), "short" character varying(10), "created_at" timestamp(6) without time zone, "updated_at" timestamp(6) without time zone, "deleted_at" timestamp(6) without time zone, "sync_hash" character varying(32) COLLATE pg_catalog."C");

-- 8 rows
-- rows are loaded into sync_import_things_PID_raw (gs_row, id, kind_id, value, description, notes, n, small, amount, ratio, flag, raw, day, clock, moment, doc, ref, serial, short, created_at, updated_at, deleted_at, sync_hash);

-- 0 rows
ANALYZE "sync_import_things_PID_raw" ("id", "kind_id", "sync_hash");

-- 1 row
SELECT count(*)
FROM (SELECT "sync_hash"
  FROM "sync_import_things_PID_raw"
  GROUP BY "sync_hash" HAVING count(*) > 1) AS twins;

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "things";

-- 8 rows
CREATE UNLOGGED TABLE "sync_import_things_PID" AS
SELECT n.gs_seq, n.gs_row, n.gs_action, n.gs_created, n.gs_ages, n.gs_kept, n.gs_at, n."id", n."kind_id", n."updated_at", n."sync_hash", CASE WHEN n.gs_action = 1 THEN nextval('…') WHEN n.gs_action <= 6 THEN n.gs_base END AS existing_id, n."existing_kind_id"
FROM (SELECT row_number() OVER (ORDER BY CASE WHEN j.gs_action = 1 THEN 0 WHEN j.gs_action <= 4 THEN 1 ELSE 2 END, j.gs_base, j.gs_row) AS gs_seq, j.*
  FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
    FROM (SELECT s.gs_row, s."id", s."kind_id", s."updated_at", s."sync_hash", s.ctid AS gs_at, s."created_at", p0.existing_id AS "existing_kind_id", CASE WHEN p0.gs_action = 8 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN (s."kind_id" IS NOT NULL AND p0.existing_id IS NULL) THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN (md5((CASE WHEN s."kind_id" IS NULL THEN '…' ELSE ('…' || p0."sync_hash") END || coalesce(octet_length(s."value"::text) || '…' || s."value"::text, '…')))) COLLATE "C" IS DISTINCT FROM s."sync_hash" COLLATE "C" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN (b."description" IS NULL AND s."description" IS NOT NULL) OR (b."notes" IS NULL AND s."notes" IS NOT NULL) THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT (s."updated_at" IS NOT DISTINCT FROM b."updated_at") THEN NULL WHEN ((s."description" IS NOT NULL AND (s."description")::text COLLATE "C" IS DISTINCT FROM (b."description")::text COLLATE "C") OR (s."notes" IS NOT NULL AND (s."notes")::text COLLATE "C" IS DISTINCT FROM (b."notes")::text COLLATE "C") OR s."n" IS DISTINCT FROM b."n" OR s."small" IS DISTINCT FROM b."small" OR s."amount" IS DISTINCT FROM b."amount" OR s."ratio" IS DISTINCT FROM b."ratio" OR s."flag" IS DISTINCT FROM b."flag" OR s."raw" IS DISTINCT FROM b."raw" OR s."day" IS DISTINCT FROM b."day" OR s."clock" IS DISTINCT FROM b."clock" OR s."moment" IS DISTINCT FROM b."moment" OR (s."doc")::text COLLATE "C" IS DISTINCT FROM (b."doc")::text COLLATE "C" OR s."ref" IS DISTINCT FROM b."ref" OR (s."serial")::text COLLATE "C" IS DISTINCT FROM (b."serial")::text COLLATE "C" OR (s."short")::text COLLATE "C" IS DISTINCT FROM (b."short")::text COLLATE "C" OR s."deleted_at" IS DISTINCT FROM b."deleted_at") THEN 1 ELSE 0 END AS gs_content
      FROM "sync_import_things_PID_raw" AS s
      LEFT JOIN "sync_import_kinds_PID" AS p0 ON p0."id" = s."kind_id"
      LEFT JOIN "things" AS b ON b."sync_hash" = s."sync_hash" OFFSET 0) AS k) AS j) AS n;

-- 0 rows
ANALYZE "sync_import_things_PID" ("gs_seq", "gs_action", "id");

-- 0 rows
UPDATE "sync_import_things_PID" AS r
SET existing_id = CASE WHEN gs_action = 1 THEN NULL ELSE existing_id END, gs_action = 10
FROM "sync_import_things_PID_raw" AS s
WHERE s.ctid = r.gs_at AND r.gs_action IN (1, 2) AND EXISTS (SELECT 1
  FROM "things" AS b
  WHERE b."serial" = s."serial" AND b."id" <> r.existing_id);

-- 0 rows
UPDATE "sync_import_things_PID"
SET existing_id = CASE WHEN gs_action = 1 THEN NULL ELSE existing_id END, gs_action = 10
WHERE gs_row IN (SELECT q.gs_row
  FROM (SELECT r.gs_row, row_number() OVER (PARTITION BY s."serial"
      ORDER BY r.gs_row) AS gs_rank
    FROM "sync_import_things_PID" AS r
    JOIN "sync_import_things_PID_raw" AS s ON s.ctid = r.gs_at
    WHERE r.gs_action IN (1, 2) AND s."serial" IS NOT NULL) AS q
  WHERE q.gs_rank > 1);

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_things_PID"
WHERE gs_action = 1;

-- 3 rows
SELECT r.gs_action, count(*), sum(r.gs_ages), sum(CASE WHEN r."kind_id" IS NOT NULL AND r."existing_kind_id" IS NULL THEN 1 ELSE 0 END), max(r.gs_seq), sum(r.gs_kept)
FROM "sync_import_things_PID" AS r
GROUP BY r.gs_action;

-- 1 row
SELECT (min(r."updated_at"))::text
FROM "sync_import_things_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 4 rows
INSERT INTO "things" ("id", "kind_id", "value", "description", "notes", "n", "small", "amount", "ratio", "flag", "raw", "day", "clock", "moment", "doc", "ref", "serial", "short", "created_at", "updated_at", "deleted_at", "sync_hash") OVERRIDING SYSTEM VALUE
SELECT r.existing_id, r."existing_kind_id", s."value", s."description", s."notes", s."n", s."small", s."amount", s."ratio", s."flag", s."raw", s."day", s."clock", s."moment", s."doc", s."ref", s."serial", s."short", r.gs_created, r."updated_at", s."deleted_at", r."sync_hash"
FROM "sync_import_things_PID" AS r
JOIN "sync_import_things_PID_raw" AS s ON s.ctid = r.gs_at
WHERE r.gs_seq BETWEEN 1 AND 4 AND r.gs_action = 1
ORDER BY r.gs_seq;

-- 3 rows
UPDATE "things" AS b
SET "description" = COALESCE(s."description", b."description"), "notes" = COALESCE(s."notes", b."notes"), "n" = s."n", "small" = s."small", "amount" = s."amount", "ratio" = s."ratio", "flag" = s."flag", "raw" = s."raw", "day" = s."day", "clock" = s."clock", "moment" = s."moment", "doc" = s."doc", "ref" = s."ref", "serial" = s."serial", "short" = s."short", "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END, "updated_at" = r."updated_at", "deleted_at" = s."deleted_at"
FROM "sync_import_things_PID" AS r
JOIN "sync_import_things_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR r."updated_at" > b."updated_at")) OR (r."updated_at" IS NOT DISTINCT FROM b."updated_at" AND (((s."description" IS NOT NULL AND (s."description")::text COLLATE "C" IS DISTINCT FROM (b."description")::text COLLATE "C") OR (s."notes" IS NOT NULL AND (s."notes")::text COLLATE "C" IS DISTINCT FROM (b."notes")::text COLLATE "C") OR s."n" IS DISTINCT FROM b."n" OR s."small" IS DISTINCT FROM b."small" OR s."amount" IS DISTINCT FROM b."amount" OR s."ratio" IS DISTINCT FROM b."ratio" OR s."flag" IS DISTINCT FROM b."flag" OR s."raw" IS DISTINCT FROM b."raw" OR s."day" IS DISTINCT FROM b."day" OR s."clock" IS DISTINCT FROM b."clock" OR s."moment" IS DISTINCT FROM b."moment" OR (s."doc")::text COLLATE "C" IS DISTINCT FROM (b."doc")::text COLLATE "C" OR s."ref" IS DISTINCT FROM b."ref" OR (s."serial")::text COLLATE "C" IS DISTINCT FROM (b."serial")::text COLLATE "C" OR (s."short")::text COLLATE "C" IS DISTINCT FROM (b."short")::text COLLATE "C" OR s."deleted_at" IS DISTINCT FROM b."deleted_at"))));

-- 1 row
UPDATE "things" AS b
SET "description" = COALESCE(b."description", s."description"), "notes" = COALESCE(b."notes", s."notes"), "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END
FROM "sync_import_things_PID" AS r
JOIN "sync_import_things_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_things_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_things_PID";

