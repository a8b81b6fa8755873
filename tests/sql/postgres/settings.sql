-- ===== export =====

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS text)), 2) + COALESCE(octet_length(replace(CAST(a."area" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."name" AS text) COLLATE "C", '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."value" AS text) COLLATE "C", '…', '…')) + 3, 2) + 26 + 26 + 6 AS w
  FROM "settings" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."area", a."name", a."value", a."created_at", a."updated_at"
FROM "settings" AS a;

-- ===== import =====

-- 0 rows
CREATE UNLOGGED TABLE "sync_import_settings_PID_raw" (gs_row bigint, "id" bigint, "area" character varying(50), "name" character varying(255), "value" text, "created_at" timestamp(6) without time zone, "updated_at" timestamp(6) without time zone);

-- 8 rows
-- rows are loaded into sync_import_settings_PID_raw (gs_row, id, area, name, value, created_at, updated_at);

-- 0 rows
ANALYZE "sync_import_settings_PID_raw" ("id", "area", "name");

-- 1 row
SELECT count(*)
FROM (SELECT 1 AS gs_one
  FROM "sync_import_settings_PID_raw" AS s
  GROUP BY s."area", s."name" HAVING count(*) > 1
  LIMIT 1) AS twins;

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "settings";

-- 8 rows
CREATE UNLOGGED TABLE "sync_import_settings_PID" AS
SELECT n.gs_seq, n.gs_row, n.gs_action, n.gs_created, n.gs_ages, n.gs_kept, n.gs_at, n."id", n."area", n."name", n."updated_at", CASE WHEN n.gs_action = 1 THEN nextval('…') WHEN n.gs_action <= 6 THEN n.gs_base END AS existing_id
FROM (SELECT row_number() OVER (ORDER BY CASE WHEN j.gs_action = 1 THEN 0 WHEN j.gs_action <= 4 THEN 1 ELSE 2 END, j.gs_base, j.gs_row) AS gs_seq, j.*
  FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR k.gs_b_created > k."created_at")) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR k."updated_at" > k.gs_b_date)) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
    FROM (SELECT s.gs_row, s."id", s."area", s."name", s."updated_at", s.ctid AS gs_at, s."created_at", CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT (s."updated_at" IS NOT DISTINCT FROM b."updated_at") THEN NULL WHEN ((s."value")::text COLLATE "C" IS DISTINCT FROM (b."value")::text COLLATE "C") THEN 1 ELSE 0 END AS gs_content
      FROM "sync_import_settings_PID_raw" AS s
      LEFT JOIN "settings" AS b ON b."area" = s."area" AND b."name" = s."name" OFFSET 0) AS k) AS j
  WHERE j.gs_action <> 5) AS n;

-- 0 rows
ANALYZE "sync_import_settings_PID" ("gs_seq", "gs_action", "id");

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_settings_PID"
WHERE gs_action = 1;

-- 1 row
SELECT count(*)
FROM "sync_import_settings_PID_raw";

-- 3 rows
SELECT r.gs_action, count(*), sum(r.gs_ages), sum(0), max(r.gs_seq), sum(r.gs_kept)
FROM "sync_import_settings_PID" AS r
GROUP BY r.gs_action;

-- 1 row
SELECT (min(r."updated_at"))::text
FROM "sync_import_settings_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 4 rows
INSERT INTO "settings" ("id", "area", "name", "value", "created_at", "updated_at") OVERRIDING SYSTEM VALUE
SELECT r.existing_id, r."area", r."name", s."value", r.gs_created, r."updated_at"
FROM "sync_import_settings_PID" AS r
JOIN "sync_import_settings_PID_raw" AS s ON s.ctid = r.gs_at
WHERE r.gs_seq BETWEEN 1 AND 4 AND r.gs_action = 1
ORDER BY r.gs_seq;

-- 3 rows
UPDATE "settings" AS b
SET "value" = s."value", "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END, "updated_at" = r."updated_at"
FROM "sync_import_settings_PID" AS r
JOIN "sync_import_settings_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR r."updated_at" > b."updated_at")) OR (r."updated_at" IS NOT DISTINCT FROM b."updated_at" AND (((s."value")::text COLLATE "C" IS DISTINCT FROM (b."value")::text COLLATE "C"))));

-- 1 row
UPDATE "settings" AS b
SET "created_at" = CASE WHEN (r.gs_created IS NOT NULL AND (b."created_at" IS NULL OR b."created_at" > r.gs_created)) THEN r.gs_created ELSE b."created_at" END
FROM "sync_import_settings_PID" AS r
JOIN "sync_import_settings_PID_raw" AS s ON s.ctid = r.gs_at
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_settings_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_settings_PID";

