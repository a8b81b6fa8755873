-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "case_items" AS t
WHERE t."sync_hash" IS NULL AND NOT ((t."object_id" IS NOT NULL AND (t."object_type" IS NULL OR t."object_type" NOT IN ('…', '…', '…', '…'))));

-- 1 row
SELECT count(*)
FROM "case_items" AS t
WHERE t."sync_hash" IS NULL AND ((t."object_id" IS NOT NULL AND (t."object_type" IS NULL OR t."object_type" NOT IN ('…', '…', '…', '…'))));

-- ===== export =====

-- 0 rows
SELECT a."id"
FROM "case_items" AS a
WHERE NOT ((CASE a."object_type" WHEN '…' THEN (a."object_id" IS NULL OR EXISTS (SELECT 1
        FROM "cities" AS p0
        WHERE p0."id" = a."object_id")) WHEN '…' THEN (a."object_id" IS NULL OR EXISTS (SELECT 1
        FROM "places" AS p0
        WHERE p0."id" = a."object_id")) WHEN '…' THEN (a."object_id" IS NULL OR EXISTS (SELECT 1
        FROM "samples" AS p0
        WHERE p0."id" = a."object_id")) WHEN '…' THEN (a."object_id" IS NULL OR EXISTS (SELECT 1
        FROM "things" AS p0
        WHERE p0."id" = a."object_id")) ELSE 1=0 END))
LIMIT 201;

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS text)), 2) + COALESCE(octet_length(CAST(a."case_id" AS text)), 2) + COALESCE(octet_length(replace(CAST(a."object_type" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(CAST(a."object_id" AS text)), 2) + 26 + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS text) COLLATE "C", '…', '…')) + 3, 2) + 9 AS w
  FROM "case_items" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."case_id", a."object_type", a."object_id", a."x", a."y", a."created_at", a."updated_at", a."sync_hash"
FROM "case_items" AS a;

-- ===== import =====

-- 0 rows
SELECT 1
FROM "case_items" AS t
WHERE t."sync_hash" IS NULL AND NOT ((t."object_id" IS NOT NULL AND (t."object_type" IS NULL OR t."object_type" NOT IN ('…', '…', '…', '…'))))
LIMIT 1;

-- 0 rows
CREATE UNLOGGED TABLE "sync_import_case_items_PID_raw" (gs_row bigint, "id" bigint, "case_id" bigint, "object_type" character varying(50), "object_id" bigint, "x" double precision, "y" double precision, "created_at" timestamp(6) without time zone, "updated_at" timestamp(6) without time zone, "sync_hash" character varying(32) COLLATE pg_catalog."C");

-- 8 rows
-- rows are loaded into sync_import_case_items_PID_raw (gs_row, id, case_id, object_type, object_id, x, y, created_at, updated_at, sync_hash);

-- 0 rows
ANALYZE "sync_import_case_items_PID_raw" ("id", "case_id", "object_type", "object_id", "sync_hash");

-- 1 row
SELECT count(*)
FROM (SELECT "sync_hash"
  FROM "sync_import_case_items_PID_raw"
  GROUP BY "sync_hash" HAVING count(*) > 1) AS twins;

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "case_items";

-- 8 rows
CREATE UNLOGGED TABLE "sync_import_case_items_PID" AS
SELECT n.gs_seq, n.gs_row, n.gs_action, n.gs_created, n.gs_ages, n.gs_kept, n.gs_at, n."id", n."case_id", n."object_type", n."object_id", n."updated_at", n."sync_hash", CASE WHEN n.gs_action = 1 THEN nextval('…') WHEN n.gs_action <= 6 THEN n.gs_base END AS existing_id, n."existing_case_id", n."existing_object_id"
FROM (SELECT row_number() OVER (ORDER BY CASE WHEN j.gs_action = 1 THEN 0 WHEN j.gs_action <= 4 THEN 1 ELSE 2 END, j.gs_base, j.gs_row) AS gs_seq, j.*
  FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
    FROM (SELECT s.gs_row, s."id", s."case_id", s."object_type", s."object_id", s."updated_at", s."sync_hash", s.ctid AS gs_at, s."created_at", p0.existing_id AS "existing_case_id", (CASE s."object_type" WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_cities_PID" AS p1
          WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_places_PID" AS p1
          WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_samples_PID" AS p1
          WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_things_PID" AS p1
          WHERE p1."id" = s."object_id") END) AS "existing_object_id", CASE WHEN p0.gs_action = 8 OR (s."object_id" IS NOT NULL AND s."object_type" IS NOT NULL AND s."object_type" NOT IN ('…', '…', '…', '…')) THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN (s."case_id" IS NOT NULL AND p0.existing_id IS NULL) OR (s."object_id" IS NOT NULL AND (CASE s."object_type" WHEN '…' THEN (SELECT p1.existing_id
            FROM "sync_import_cities_PID" AS p1
            WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
            FROM "sync_import_places_PID" AS p1
            WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
            FROM "sync_import_samples_PID" AS p1
            WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
            FROM "sync_import_things_PID" AS p1
            WHERE p1."id" = s."object_id") END) IS NULL) THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN (md5((CASE WHEN s."case_id" IS NULL THEN '…' ELSE ('…' || p0."sync_hash") END || (coalesce(octet_length(s."object_type"::text) || '…' || s."object_type"::text, '…') || CASE WHEN s."object_id" IS NULL THEN '…' ELSE ('…' || CASE s."object_type" WHEN '…' THEN (SELECT gs_p."sync_hash"
                  FROM "sync_import_cities_PID" AS gs_p
                  WHERE gs_p."id" = s."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
                  FROM "sync_import_places_PID" AS gs_p
                  WHERE gs_p."id" = s."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
                  FROM "sync_import_samples_PID" AS gs_p
                  WHERE gs_p."id" = s."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
                  FROM "sync_import_things_PID" AS gs_p
                  WHERE gs_p."id" = s."object_id") END) END)))) COLLATE "C" IS DISTINCT FROM s."sync_hash" COLLATE "C" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT (s."updated_at" IS NOT DISTINCT FROM b."updated_at") THEN NULL WHEN (s."x" IS DISTINCT FROM b."x" OR s."y" IS DISTINCT FROM b."y") THEN 1 ELSE 0 END AS gs_content
      FROM "sync_import_case_items_PID_raw" AS s
      LEFT JOIN "sync_import_cases_PID" AS p0 ON p0."id" = s."case_id"
      LEFT JOIN "case_items" AS b ON b."sync_hash" = s."sync_hash" OFFSET 0) AS k) AS j
  WHERE j.gs_action <> 5) AS n;

-- 0 rows
ANALYZE "sync_import_case_items_PID" ("gs_seq", "gs_action", "id");

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_case_items_PID"
WHERE gs_action = 1;

-- 1 row
SELECT count(*)
FROM "sync_import_case_items_PID_raw";

-- 3 rows
SELECT r.gs_action, count(*), sum(r.gs_ages), sum(CASE WHEN r."case_id" IS NOT NULL AND r."existing_case_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN r."object_id" IS NOT NULL AND r."existing_object_id" IS NULL THEN 1 ELSE 0 END), max(r.gs_seq), sum(r.gs_kept)
FROM "sync_import_case_items_PID" AS r
GROUP BY r.gs_action;

-- 1 row
SELECT (min(r."updated_at"))::text
FROM "sync_import_case_items_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 4 rows
INSERT INTO "case_items" ("id", "case_id", "object_type", "object_id", "x", "y", "created_at", "updated_at", "sync_hash") OVERRIDING SYSTEM VALUE
SELECT r.existing_id, r."existing_case_id", r."object_type", r."existing_object_id", s."x", s."y", r.gs_created, r."updated_at", r."sync_hash"
FROM "sync_import_case_items_PID" AS r
JOIN "sync_import_case_items_PID_raw" AS s ON s.ctid = r.gs_at
WHERE r.gs_seq BETWEEN 1 AND 4 AND r.gs_action = 1
ORDER BY r.gs_seq;

-- 3 rows
UPDATE "case_items" AS b
SET "x" = s."x", "y" = s."y", "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END, "updated_at" = r."updated_at"
FROM "sync_import_case_items_PID" AS r
JOIN "sync_import_case_items_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 7 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR r."updated_at" > b."updated_at")) OR (r."updated_at" IS NOT DISTINCT FROM b."updated_at" AND ((s."x" IS DISTINCT FROM b."x" OR s."y" IS DISTINCT FROM b."y"))));

-- 0 rows
UPDATE "case_items" AS b
SET "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END
FROM "sync_import_case_items_PID" AS r
JOIN "sync_import_case_items_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 7 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_case_items_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_case_items_PID";

