-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "thing_sources" AS t
WHERE t."sync_hash" IS NULL;

-- ===== export =====

-- 17 rows
SELECT '…', count(*), (SELECT 1
  FROM "thing_sources" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "thing_sources" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "origins" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "origins" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "people" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "people" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "thing_notes" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "thing_notes" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "link_notes" AS h
  WHERE h."sync_hash" IS NULL AND NOT (EXISTS (SELECT 1
      FROM "links" AS k0
      WHERE k0."id" = h."link_id" AND ((k0."src_object_id" IS NOT NULL AND (k0."src_type" IS NULL OR k0."src_type" NOT IN ('…', '…', '…', '…'))) OR (k0."dest_object_id" IS NOT NULL AND (k0."dest_type" IS NULL OR k0."dest_type" NOT IN ('…', '…', '…', '…'))))))
  LIMIT 1)
FROM "link_notes" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "links" AS h
  WHERE h."sync_hash" IS NULL AND NOT ((h."src_object_id" IS NOT NULL AND (h."src_type" IS NULL OR h."src_type" NOT IN ('…', '…', '…', '…'))) OR (h."dest_object_id" IS NOT NULL AND (h."dest_type" IS NULL OR h."dest_type" NOT IN ('…', '…', '…', '…'))))
  LIMIT 1)
FROM "links" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "labelled" AS h
  WHERE h."sync_hash" IS NULL AND NOT ((h."object_id" IS NOT NULL AND (h."object_type" IS NULL OR h."object_type" NOT IN ('…', '…', '…', '…'))))
  LIMIT 1)
FROM "labelled" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "labels" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "labels" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "case_items" AS h
  WHERE h."sync_hash" IS NULL AND NOT ((h."object_id" IS NOT NULL AND (h."object_type" IS NULL OR h."object_type" NOT IN ('…', '…', '…', '…'))))
  LIMIT 1)
FROM "case_items" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "places" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "places" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "cities" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "cities" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "things" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "things" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "samples" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "samples" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "cases" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "cases" AS a
UNION ALL
SELECT '…', count(*), NULL
FROM "settings" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "papers" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "papers" AS a
UNION ALL
SELECT '…', count(*), (SELECT 1
  FROM "kinds" AS h
  WHERE h."sync_hash" IS NULL
  LIMIT 1)
FROM "kinds" AS a;

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS text)), 2) + COALESCE(octet_length(CAST(a."thing_id" AS text)), 2) + COALESCE(octet_length(CAST(a."origin_id" AS text)), 2) + COALESCE(octet_length(CAST(a."second_origin_id" AS text)), 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS text) COLLATE "C", '…', '…')) + 3, 2) + 8 AS w
  FROM "thing_sources" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."thing_id", a."origin_id", a."second_origin_id", a."created_at", a."updated_at", a."deleted_at", a."sync_hash"
FROM "thing_sources" AS a;

-- ===== import =====

-- 0 rows
SELECT 1
FROM "thing_sources" AS t
WHERE t."sync_hash" IS NULL
LIMIT 1;

-- 0 rows
CREATE UNLOGGED TABLE "sync_import_thing_sources_PID_raw" (gs_row bigint, "id" bigint, "thing_id" bigint, "origin_id" bigint, "second_origin_id" bigint, "created_at" timestamp(6) without time zone, "updated_at" timestamp(6) without time zone, "deleted_at" timestamp(6) without time zone, "sync_hash" character varying(32) COLLATE pg_catalog."C");

-- 8 rows
-- rows are loaded into sync_import_thing_sources_PID_raw (gs_row, id, thing_id, origin_id, second_origin_id, created_at, updated_at, deleted_at, sync_hash);

-- 0 rows
ANALYZE "sync_import_thing_sources_PID_raw" ("id", "thing_id", "origin_id", "second_origin_id", "sync_hash");

-- 1 row
SELECT count(*)
FROM (SELECT "sync_hash"
  FROM "sync_import_thing_sources_PID_raw"
  GROUP BY "sync_hash" HAVING count(*) > 1) AS twins;

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "thing_sources";

-- 8 rows
CREATE UNLOGGED TABLE "sync_import_thing_sources_PID" AS
SELECT n.gs_seq, n.gs_row, n.gs_action, n.gs_created, n.gs_ages, n.gs_kept, n.gs_at, n."id", n."thing_id", n."origin_id", n."second_origin_id", n."updated_at", n."sync_hash", CASE WHEN n.gs_action = 1 THEN nextval('…') WHEN n.gs_action <= 6 THEN n.gs_base END AS existing_id, n."existing_thing_id", n."existing_origin_id", n."existing_second_origin_id"
FROM (SELECT row_number() OVER (ORDER BY CASE WHEN j.gs_action = 1 THEN 0 WHEN j.gs_action <= 4 THEN 1 ELSE 2 END, j.gs_base, j.gs_row) AS gs_seq, j.*
  FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
    FROM (SELECT s.gs_row, s."id", s."thing_id", s."origin_id", s."second_origin_id", s."updated_at", s."sync_hash", s.ctid AS gs_at, s."created_at", p0.existing_id AS "existing_thing_id", p1.existing_id AS "existing_origin_id", p2.existing_id AS "existing_second_origin_id", CASE WHEN p0.gs_action = 8 OR p1.gs_action = 8 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN (s."thing_id" IS NOT NULL AND p0.existing_id IS NULL) OR (s."origin_id" IS NOT NULL AND p1.existing_id IS NULL) THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN (md5((CASE WHEN s."thing_id" IS NULL THEN '…' ELSE ('…' || p0."sync_hash") END || CASE WHEN s."origin_id" IS NULL THEN '…' ELSE ('…' || p1."sync_hash") END))) COLLATE "C" IS DISTINCT FROM s."sync_hash" COLLATE "C" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT (s."updated_at" IS NOT DISTINCT FROM b."updated_at") THEN NULL WHEN (s."deleted_at" IS DISTINCT FROM b."deleted_at" OR ((p2.existing_id IS NOT NULL OR (s."second_origin_id" IS NULL)) AND NOT (b."second_origin_id" IS NOT DISTINCT FROM p2.existing_id))) THEN 1 ELSE 0 END AS gs_content
      FROM "sync_import_thing_sources_PID_raw" AS s
      LEFT JOIN "sync_import_things_PID" AS p0 ON p0."id" = s."thing_id"
      LEFT JOIN "sync_import_origins_PID" AS p1 ON p1."id" = s."origin_id"
      LEFT JOIN "sync_import_origins_PID" AS p2 ON p2."id" = s."second_origin_id"
      LEFT JOIN "thing_sources" AS b ON b."sync_hash" = s."sync_hash" OFFSET 0) AS k) AS j
  WHERE j.gs_action <> 5) AS n;

-- 0 rows
ANALYZE "sync_import_thing_sources_PID" ("gs_seq", "gs_action", "id");

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_thing_sources_PID"
WHERE gs_action = 1;

-- 1 row
SELECT count(*)
FROM "sync_import_thing_sources_PID_raw";

-- 4 rows
SELECT r.gs_action, count(*), sum(r.gs_ages), sum(CASE WHEN r."thing_id" IS NOT NULL AND r."existing_thing_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN r."origin_id" IS NOT NULL AND r."existing_origin_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN r."second_origin_id" IS NOT NULL AND r."existing_second_origin_id" IS NULL THEN 1 ELSE 0 END), max(r.gs_seq), sum(r.gs_kept)
FROM "sync_import_thing_sources_PID" AS r
GROUP BY r.gs_action;

-- 1 row
SELECT (min(r."updated_at"))::text
FROM "sync_import_thing_sources_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 4 rows
INSERT INTO "thing_sources" ("id", "thing_id", "origin_id", "second_origin_id", "created_at", "updated_at", "deleted_at", "sync_hash") OVERRIDING SYSTEM VALUE
SELECT r.existing_id, r."existing_thing_id", r."existing_origin_id", r."existing_second_origin_id", r.gs_created, r."updated_at", s."deleted_at", r."sync_hash"
FROM "sync_import_thing_sources_PID" AS r
JOIN "sync_import_thing_sources_PID_raw" AS s ON s.ctid = r.gs_at
WHERE r.gs_seq BETWEEN 1 AND 4 AND r.gs_action = 1
ORDER BY r.gs_seq;

-- 2 rows
UPDATE "thing_sources" AS b
SET "second_origin_id" = CASE WHEN r."second_origin_id" IS NOT NULL AND r."existing_second_origin_id" IS NULL THEN b."second_origin_id" ELSE r."existing_second_origin_id" END, "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END, "updated_at" = r."updated_at", "deleted_at" = s."deleted_at"
FROM "sync_import_thing_sources_PID" AS r
JOIN "sync_import_thing_sources_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 7 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR r."updated_at" > b."updated_at")) OR (r."updated_at" IS NOT DISTINCT FROM b."updated_at" AND ((s."deleted_at" IS DISTINCT FROM b."deleted_at" OR ((r."existing_second_origin_id" IS NOT NULL OR (r."second_origin_id" IS NULL)) AND NOT (b."second_origin_id" IS NOT DISTINCT FROM r."existing_second_origin_id"))))));

-- 1 row
UPDATE "thing_sources" AS b
SET "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END
FROM "sync_import_thing_sources_PID" AS r
JOIN "sync_import_thing_sources_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 7 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_thing_sources_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_thing_sources_PID";

