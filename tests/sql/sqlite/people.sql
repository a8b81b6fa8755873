-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "people" AS t
WHERE t."sync_hash" IS NULL;

-- 8 rows
SELECT t."id", coalesce(length(CAST(t."email" AS BLOB)) || '…' || t."email", '…'), t."sync_hash"
FROM "people" AS t
WHERE 1 = 1 AND t."id" <= 9223372036854775807 AND t."sync_hash" IS NULL;

-- 0 rows
SELECT 1
FROM "people"
WHERE "sync_hash" IS NOT NULL
LIMIT 1;

-- 8 rows
UPDATE "people" AS t
SET "sync_hash" = w.hash
FROM gapsync_hash AS w
WHERE w.id = t."id" AND 1 = 1 AND t."id" <= 17 AND 1 = 1;

-- ===== export =====

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS TEXT)), 2) + COALESCE(octet_length(replace(CAST(a."email" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."name" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(CAST(a."manager_id" AS TEXT)), 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS TEXT), '…', '…')) + 3, 2) + 8 AS w
  FROM "people" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."email", a."name", a."manager_id", a."created_at", a."updated_at", a."deleted_at", a."sync_hash"
FROM "people" AS a;

-- ===== import =====

-- 0 rows
SELECT 1
FROM "people" AS t
WHERE t."sync_hash" IS NULL
LIMIT 1;

-- 0 rows
CREATE TABLE "sync_import_people_PID_raw" (gs_row INTEGER PRIMARY KEY, "id" INTEGER, "email" VARCHAR(255), "name" VARCHAR(255), "manager_id" INTEGER, "created_at" TIMESTAMP TEXT, "updated_at" TIMESTAMP TEXT, "deleted_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32));

-- 8 rows
-- rows are loaded into sync_import_people_PID_raw (gs_row, id, email, name, manager_id, created_at, updated_at, deleted_at, sync_hash);

-- 1 row
SELECT COALESCE(gapsync_twins("sync_hash"), (SELECT count(*)
    FROM (SELECT "sync_hash"
      FROM "sync_import_people_PID_raw"
      GROUP BY "sync_hash" HAVING count(*) > 1) AS twins))
FROM "sync_import_people_PID_raw";

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "people";

-- 0 rows
CREATE TABLE "sync_import_people_PID" (gs_row INTEGER, gs_action INTEGER, gs_created TEXT, gs_ages INTEGER, gs_kept INTEGER, "id" INTEGER PRIMARY KEY, "manager_id" INTEGER, "updated_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32), "existing_manager_id" INTEGER, gs_seq INTEGER, existing_id INTEGER);

-- 4 rows
SELECT gs_row
FROM "sync_import_people_PID_raw"
WHERE gs_row >= ?1
ORDER BY gs_row
LIMIT 1 OFFSET ?2;
SELECT j.gs_row, j.gs_action, j.gs_ages, j.gs_kept, j."id", j."manager_id", j."updated_at", j."sync_hash", j."existing_manager_id", CASE WHEN j.gs_base IS NULL AND j.gs_action = 1 THEN 0 END, CASE WHEN j.gs_ignored = 0 AND j.gs_orphan = 0 AND j.gs_forged = 0 THEN j.gs_base END
FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) OR (k."updated_at" IS NULL AND gapsync_time(k.gs_b_date) = gapsync_time('…'))) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN (((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) OR (k."updated_at" IS NULL AND gapsync_time(k.gs_b_date) = gapsync_time('…'))) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) OR (k."updated_at" IS NULL AND gapsync_time(k.gs_b_date) = gapsync_time('…'))) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
  FROM (SELECT s.gs_row, s."id", s."manager_id", s."updated_at", s."sync_hash", s."created_at", CAST(NULL AS INTEGER) AS "existing_manager_id", CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN gapsync_md5(coalesce(length(CAST(s."email" AS BLOB)) || '…' || s."email", '…')) IS NOT s."sync_hash" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT ((s."updated_at" IS b."updated_at" OR gapsync_time(s."updated_at") IS gapsync_time(b."updated_at"))) THEN NULL WHEN (s."name" COLLATE BINARY IS NOT b."name" COLLATE BINARY OR (s."deleted_at" IS NOT b."deleted_at" AND gapsync_time(s."deleted_at") IS NOT gapsync_time(b."deleted_at"))) THEN 1 ELSE 0 END AS gs_content
    FROM "sync_import_people_PID_raw" AS s
    LEFT JOIN "people" AS b ON b."sync_hash" = s."sync_hash"
    WHERE s.gs_row BETWEEN ?1 AND ?2
    ORDER BY s.gs_row
    LIMIT -1) AS k) AS j;
INSERT INTO "sync_import_people_PID" (gs_row, gs_action, gs_ages, gs_kept, "id", "manager_id", "updated_at", "sync_hash", "existing_manager_id", gs_seq, existing_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 1 row
INSERT INTO temp.gs_numbers (gs_seq)
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_people_PID";

-- 3 rows
INSERT INTO temp.gs_numbers (gs_key)
SELECT r."id"
FROM "sync_import_people_PID" AS r
WHERE r.gs_seq IS NULL AND r.gs_action BETWEEN 1 AND 4
ORDER BY r.gs_action > 1, r.existing_id, r.gs_row;

-- 3 rows
UPDATE "sync_import_people_PID" AS r
SET gs_seq = n.gs_seq, existing_id = COALESCE(r.existing_id, 17 + n.gs_seq)
FROM temp.gs_numbers AS n
WHERE r."id" = n.gs_key;

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_people_PID"
WHERE gs_action = 1;

-- 1 row
SELECT "id"
FROM "people"
WHERE "role" IN ('…') AND "deleted_at" IS NULL
ORDER BY ("created_at" IS NULL), "created_at" DESC, "id" DESC
LIMIT 1;

-- 6 rows
UPDATE "sync_import_people_PID" AS s
SET "existing_manager_id" = p.existing_id
FROM "sync_import_people_PID" AS p
WHERE p."id" = s."manager_id";

-- 0 rows
UPDATE "sync_import_people_PID" AS r
SET gs_action = 2
FROM "people" AS b
WHERE b."id" = r.existing_id AND r.gs_action BETWEEN 3 AND 5 AND (r."updated_at" IS b."updated_at" OR gapsync_time(r."updated_at") IS gapsync_time(b."updated_at")) AND (((r."existing_manager_id" IS NOT NULL OR (r."manager_id" IS NULL)) AND NOT (b."manager_id" IS r."existing_manager_id")));

-- 3 rows
SELECT q.gs_action, count(*), sum(q.gs_ages), sum(q.gs_orphans), max(q.gs_seq), sum(q.gs_kept)
FROM (SELECT r.gs_action, r.gs_ages, CASE WHEN r."manager_id" IS NOT NULL AND r."existing_manager_id" IS NULL THEN 1 ELSE 0 END AS gs_orphans, r.gs_seq, r.gs_kept
  FROM "sync_import_people_PID" AS r
  LIMIT -1) AS q
GROUP BY q.gs_action;

-- 1 row
SELECT CAST(min(r."updated_at") AS TEXT)
FROM "sync_import_people_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 82 rows
EXPLAIN INSERT INTO "people" ("id", "email", "name", "manager_id", "created_at", "updated_at", "deleted_at", "sync_hash", "role")
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 4 rows
SELECT r.existing_id, s."email", s."name", NULL, COALESCE(r.gs_created, s."created_at"), CASE WHEN (r."existing_manager_id" IS NOT NULL) AND r."updated_at" IS NULL THEN '…' WHEN NOT (r."existing_manager_id" IS NOT NULL) THEN r."updated_at" END, s."deleted_at", r."sync_hash", '…', r.gs_seq
FROM "sync_import_people_PID" AS r CROSS
JOIN "sync_import_people_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE r.gs_seq BETWEEN ?1 AND ?2 AND r.gs_action = 1
ORDER BY r.gs_seq;
INSERT INTO "people" ("id", "email", "name", "manager_id", "created_at", "updated_at", "deleted_at", "sync_hash", "role")
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 3 rows
UPDATE "people" AS b
SET "manager_id" = r."existing_manager_id", "updated_at" = r."updated_at"
FROM "sync_import_people_PID" AS r
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 1 AND 4 AND r.gs_action = 1 AND ((r."existing_manager_id" IS NOT NULL) OR b."updated_at" = '…');

-- 3 rows
UPDATE "people" AS b
SET "name" = s."name", "manager_id" = CASE WHEN r."manager_id" IS NOT NULL AND r."existing_manager_id" IS NULL THEN b."manager_id" ELSE r."existing_manager_id" END, "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END, "updated_at" = r."updated_at", "deleted_at" = s."deleted_at"
FROM "sync_import_people_PID" AS r CROSS
JOIN "sync_import_people_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 7 AND r.gs_action = 2 AND (((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR (r."updated_at" <> b."updated_at" AND gapsync_later(r."updated_at", b."updated_at")))) OR (r."updated_at" IS NULL AND gapsync_time(b."updated_at") = gapsync_time('…'))) OR ((r."updated_at" IS b."updated_at" OR gapsync_time(r."updated_at") IS gapsync_time(b."updated_at")) AND ((s."name" COLLATE BINARY IS NOT b."name" COLLATE BINARY OR (s."deleted_at" IS NOT b."deleted_at" AND gapsync_time(s."deleted_at") IS NOT gapsync_time(b."deleted_at"))) OR ((r."existing_manager_id" IS NOT NULL OR (r."manager_id" IS NULL)) AND NOT (b."manager_id" IS r."existing_manager_id")))));

-- 0 rows
UPDATE "people" AS b
SET "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END
FROM "sync_import_people_PID" AS r CROSS
JOIN "sync_import_people_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 7 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_people_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_people_PID";

