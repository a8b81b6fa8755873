-- ===== export =====

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS TEXT)), 2) + COALESCE(octet_length(replace(CAST(a."area" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."name" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."value" AS TEXT), '…', '…')) + 3, 2) + 26 + 26 + 6 AS w
  FROM "settings" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."area", a."name", a."value", a."created_at", a."updated_at"
FROM "settings" AS a;

-- ===== import =====

-- 0 rows
CREATE TABLE "sync_import_settings_PID_raw" (gs_row INTEGER PRIMARY KEY, "id" INTEGER, "area" VARCHAR(50), "name" VARCHAR(255), "value" TEXT, "created_at" TIMESTAMP TEXT, "updated_at" TIMESTAMP TEXT);

-- 8 rows
-- rows are loaded into sync_import_settings_PID_raw (gs_row, id, area, name, value, created_at, updated_at);

-- 1 row
SELECT COALESCE(gapsync_twins(gapsync_md5((coalesce(length(CAST(s."area" AS BLOB)) || '…' || s."area", '…') || coalesce(length(CAST(s."name" AS BLOB)) || '…' || s."name", '…')))), (SELECT count(*)
    FROM (SELECT 1 AS gs_one
      FROM "sync_import_settings_PID_raw" AS s
      GROUP BY gapsync_md5((coalesce(length(CAST(s."area" AS BLOB)) || '…' || s."area", '…') || coalesce(length(CAST(s."name" AS BLOB)) || '…' || s."name", '…'))) HAVING count(*) > 1
      LIMIT 1) AS twins))
FROM "sync_import_settings_PID_raw" AS s;

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "settings";

-- 0 rows
CREATE TABLE "sync_import_settings_PID" (gs_row INTEGER PRIMARY KEY, gs_action INTEGER, gs_created TEXT, gs_ages INTEGER, gs_kept INTEGER, "id" INTEGER, "area" VARCHAR(50), "name" VARCHAR(255), "updated_at" TIMESTAMP TEXT, gs_twins INTEGER, gs_seq INTEGER, existing_id INTEGER);

-- 4 rows
SELECT gs_row
FROM "sync_import_settings_PID_raw"
WHERE gs_row >= ?1
ORDER BY gs_row
LIMIT 1 OFFSET ?2;
SELECT j.gs_row, j.gs_action, j.gs_ages, j.gs_kept, j."id", j."area", j."name", j."updated_at", j.gs_twins, CASE WHEN j.gs_base IS NULL AND j.gs_action = 1 THEN 0 END, CASE WHEN j.gs_ignored = 0 AND j.gs_orphan = 0 AND j.gs_forged = 0 THEN j.gs_base END
FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
  FROM (SELECT s.gs_row, s."id", s."area", s."name", s."updated_at", s."created_at", CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT ((s."updated_at" IS b."updated_at" OR gapsync_time(s."updated_at") IS gapsync_time(b."updated_at"))) THEN NULL WHEN (s."value" COLLATE BINARY IS NOT b."value" COLLATE BINARY) THEN 1 ELSE 0 END AS gs_content, CASE WHEN b."id" IS NOT NULL AND (s."area" COLLATE BINARY IS NOT b."area" COLLATE BINARY OR s."name" COLLATE BINARY IS NOT b."name" COLLATE BINARY) THEN -1 ELSE 1 END AS gs_twins
    FROM "sync_import_settings_PID_raw" AS s
    LEFT JOIN "settings" AS b ON b."area" = s."area" AND b."name" = s."name"
    WHERE s.gs_row BETWEEN ?1 AND ?2
    ORDER BY s.gs_row
    LIMIT -1) AS k) AS j
WHERE j.gs_action <> 5 OR j.gs_twins <> 1;
INSERT INTO "sync_import_settings_PID" (gs_row, gs_action, gs_ages, gs_kept, "id", "area", "name", "updated_at", gs_twins, gs_seq, existing_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 1 row
INSERT INTO temp.gs_numbers (gs_seq)
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_settings_PID";

-- 4 rows
INSERT INTO temp.gs_numbers (gs_key)
SELECT r.gs_row
FROM "sync_import_settings_PID" AS r
WHERE r.gs_seq IS NULL AND r.gs_action BETWEEN 1 AND 4
ORDER BY r.gs_action > 1, r.existing_id, r.gs_row;

-- 4 rows
UPDATE "sync_import_settings_PID" AS r
SET gs_seq = n.gs_seq, existing_id = COALESCE(r.existing_id, 17 + n.gs_seq)
FROM temp.gs_numbers AS n
WHERE r.gs_row = n.gs_key;

-- 1 row
SELECT COALESCE(sum(CASE WHEN gs_twins > 1 THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE WHEN gs_twins < 0 THEN 1 ELSE 0 END), 0)
FROM "sync_import_settings_PID";

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_settings_PID"
WHERE gs_action = 1;

-- 1 row
SELECT count(*)
FROM "sync_import_settings_PID_raw";

-- 3 rows
SELECT q.gs_action, count(*), sum(q.gs_ages), sum(q.gs_orphans), max(q.gs_seq), sum(q.gs_kept)
FROM (SELECT r.gs_action, r.gs_ages, 0 AS gs_orphans, r.gs_seq, r.gs_kept
  FROM "sync_import_settings_PID" AS r
  LIMIT -1) AS q
GROUP BY q.gs_action;

-- 1 row
SELECT CAST(min(r."updated_at") AS TEXT)
FROM "sync_import_settings_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 58 rows
EXPLAIN INSERT INTO "settings" ("id", "area", "name", "value", "created_at", "updated_at")
VALUES (?, ?, ?, ?, ?, ?);

-- 4 rows
SELECT r.existing_id, r."area", r."name", s."value", COALESCE(r.gs_created, s."created_at"), r."updated_at", r.gs_seq
FROM "sync_import_settings_PID" AS r CROSS
JOIN "sync_import_settings_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE r.gs_seq BETWEEN ?1 AND ?2 AND r.gs_action = 1
ORDER BY r.gs_seq;
INSERT INTO "settings" ("id", "area", "name", "value", "created_at", "updated_at")
VALUES (?, ?, ?, ?, ?, ?);

-- 3 rows
UPDATE "settings" AS b
SET "value" = s."value", "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END, "updated_at" = r."updated_at"
FROM "sync_import_settings_PID" AS r CROSS
JOIN "sync_import_settings_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR (r."updated_at" <> b."updated_at" AND gapsync_later(r."updated_at", b."updated_at")))) OR ((r."updated_at" IS b."updated_at" OR gapsync_time(r."updated_at") IS gapsync_time(b."updated_at")) AND ((s."value" COLLATE BINARY IS NOT b."value" COLLATE BINARY))));

-- 1 row
UPDATE "settings" AS b
SET "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END
FROM "sync_import_settings_PID" AS r CROSS
JOIN "sync_import_settings_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_settings_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_settings_PID";

