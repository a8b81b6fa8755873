-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "cities" AS t
WHERE t."sync_hash" IS NULL;

-- ===== export =====

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS text)), 2) + COALESCE(octet_length(CAST(a."place_id" AS text)), 2) + COALESCE(octet_length(replace(CAST(a."name" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(CAST(a."twin_id" AS text)), 2) + COALESCE(octet_length(replace(CAST(a."description" AS text) COLLATE "C", '…', '…')) + 3, 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS text) COLLATE "C", '…', '…')) + 3, 2) + 9 AS w
  FROM "cities" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."place_id", a."name", a."twin_id", a."description", a."created_at", a."updated_at", a."deleted_at", a."sync_hash"
FROM "cities" AS a;

-- ===== import =====

-- 0 rows
SELECT 1
FROM "cities" AS t
WHERE t."sync_hash" IS NULL
LIMIT 1;

-- 0 rows
CREATE UNLOGGED TABLE "sync_import_cities_PID_raw" (gs_row bigint, "id" bigint, "place_id" bigint, "name" character varying(255), "twin_id" bigint, "description" text, "created_at" timestamp(6) without time zone, "updated_at" timestamp(6) without time zone, "deleted_at" timestamp(6) without time zone, "sync_hash" character varying(32) COLLATE pg_catalog."C");

-- 8 rows
-- rows are loaded into sync_import_cities_PID_raw (gs_row, id, place_id, name, twin_id, description, created_at, updated_at, deleted_at, sync_hash);

-- 0 rows
ANALYZE "sync_import_cities_PID_raw" ("id", "place_id", "twin_id", "sync_hash");

-- 1 row
SELECT count(*)
FROM (SELECT "sync_hash"
  FROM "sync_import_cities_PID_raw"
  GROUP BY "sync_hash" HAVING count(*) > 1) AS twins;

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "cities";

-- 8 rows
CREATE UNLOGGED TABLE "sync_import_cities_PID" AS
SELECT n.gs_seq, n.gs_row, n.gs_action, n.gs_created, n.gs_ages, n.gs_kept, n.gs_at, n."id", n."place_id", n."twin_id", n."updated_at", n."sync_hash", CASE WHEN n.gs_action = 1 THEN nextval('…') WHEN n.gs_action <= 6 THEN n.gs_base END AS existing_id, n."existing_place_id", n."existing_twin_id"
FROM (SELECT row_number() OVER (ORDER BY CASE WHEN j.gs_action = 1 THEN 0 WHEN j.gs_action <= 4 THEN 1 ELSE 2 END, j.gs_base, j.gs_row) AS gs_seq, j.*
  FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) OR (k."updated_at" IS NULL AND k.gs_b_date = '…'::timestamp)) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN (((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) OR (k."updated_at" IS NULL AND k.gs_b_date = '…'::timestamp)) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) OR (k."updated_at" IS NULL AND k.gs_b_date = '…'::timestamp)) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
    FROM (SELECT s.gs_row, s."id", s."place_id", s."twin_id", s."updated_at", s."sync_hash", s.ctid AS gs_at, s."created_at", p0.existing_id AS "existing_place_id", NULL::bigint AS "existing_twin_id", CASE WHEN p0.gs_action = 8 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN (s."place_id" IS NOT NULL AND p0.existing_id IS NULL) THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN (md5((CASE WHEN s."place_id" IS NULL THEN '…' ELSE ('…' || p0."sync_hash") END || coalesce(octet_length(s."name"::text) || '…' || s."name"::text, '…')))) COLLATE "C" IS DISTINCT FROM s."sync_hash" COLLATE "C" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN (b."description" IS NULL AND s."description" IS NOT NULL) THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT (s."updated_at" IS NOT DISTINCT FROM b."updated_at") THEN NULL WHEN ((s."description" IS NOT NULL AND (s."description")::text COLLATE "C" IS DISTINCT FROM (b."description")::text COLLATE "C") OR s."deleted_at" IS DISTINCT FROM b."deleted_at") THEN 1 ELSE 0 END AS gs_content
      FROM "sync_import_cities_PID_raw" AS s
      LEFT JOIN "sync_import_places_PID" AS p0 ON p0."id" = s."place_id"
      LEFT JOIN "cities" AS b ON b."sync_hash" = s."sync_hash" OFFSET 0) AS k) AS j) AS n;

-- 0 rows
ANALYZE "sync_import_cities_PID" ("gs_seq", "gs_action", "id");

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_cities_PID"
WHERE gs_action = 1;

-- 5 rows
UPDATE "sync_import_cities_PID" AS s
SET "existing_twin_id" = p.existing_id
FROM "sync_import_cities_PID" AS p
WHERE p."id" = s."twin_id";

-- 0 rows
UPDATE "sync_import_cities_PID" AS r
SET gs_action = 2
FROM "cities" AS b
WHERE b."id" = r.existing_id AND r.gs_action BETWEEN 3 AND 5 AND r."updated_at" IS NOT DISTINCT FROM b."updated_at" AND (((r."existing_twin_id" IS NOT NULL OR (r."twin_id" IS NULL)) AND NOT (b."twin_id" IS NOT DISTINCT FROM r."existing_twin_id")));

-- 4 rows
SELECT r.gs_action, count(*), sum(r.gs_ages), sum(CASE WHEN r."place_id" IS NOT NULL AND r."existing_place_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN r."twin_id" IS NOT NULL AND r."existing_twin_id" IS NULL THEN 1 ELSE 0 END), max(r.gs_seq), sum(r.gs_kept)
FROM "sync_import_cities_PID" AS r
GROUP BY r.gs_action;

-- 1 row
SELECT (min(r."updated_at"))::text
FROM "sync_import_cities_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 4 rows
INSERT INTO "cities" ("id", "place_id", "name", "twin_id", "description", "created_at", "updated_at", "deleted_at", "sync_hash") OVERRIDING SYSTEM VALUE
SELECT r.existing_id, r."existing_place_id", s."name", NULL, s."description", r.gs_created, CASE WHEN (r."existing_twin_id" IS NOT NULL) AND r."updated_at" IS NULL THEN '…'::timestamp WHEN NOT (r."existing_twin_id" IS NOT NULL) THEN r."updated_at" END, s."deleted_at", r."sync_hash"
FROM "sync_import_cities_PID" AS r
JOIN "sync_import_cities_PID_raw" AS s ON s.ctid = r.gs_at
WHERE r.gs_seq BETWEEN 1 AND 4 AND r.gs_action = 1
ORDER BY r.gs_seq;

-- 3 rows
UPDATE "cities" AS b
SET "twin_id" = r."existing_twin_id", "updated_at" = r."updated_at"
FROM "sync_import_cities_PID" AS r
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 1 AND 4 AND r.gs_action = 1 AND ((r."existing_twin_id" IS NOT NULL) OR b."updated_at" = '…'::timestamp);

-- 2 rows
UPDATE "cities" AS b
SET "twin_id" = CASE WHEN r."twin_id" IS NOT NULL AND r."existing_twin_id" IS NULL THEN b."twin_id" ELSE r."existing_twin_id" END, "description" = COALESCE(s."description", b."description"), "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END, "updated_at" = r."updated_at", "deleted_at" = s."deleted_at"
FROM "sync_import_cities_PID" AS r
JOIN "sync_import_cities_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action = 2 AND (((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR r."updated_at" > b."updated_at")) OR (r."updated_at" IS NULL AND b."updated_at" = '…'::timestamp)) OR (r."updated_at" IS NOT DISTINCT FROM b."updated_at" AND (((s."description" IS NOT NULL AND (s."description")::text COLLATE "C" IS DISTINCT FROM (b."description")::text COLLATE "C") OR s."deleted_at" IS DISTINCT FROM b."deleted_at") OR ((r."existing_twin_id" IS NOT NULL OR (r."twin_id" IS NULL)) AND NOT (b."twin_id" IS NOT DISTINCT FROM r."existing_twin_id")))));

-- 2 rows
UPDATE "cities" AS b
SET "description" = COALESCE(b."description", s."description"), "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END
FROM "sync_import_cities_PID" AS r
JOIN "sync_import_cities_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_cities_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_cities_PID";

