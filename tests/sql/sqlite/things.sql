-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "things" AS t
WHERE t."sync_hash" IS NULL;

-- 8 rows
SELECT t."id", (CASE WHEN t."kind_id" IS NULL THEN '…' ELSE ('…' || (SELECT gs_p."sync_hash"
      FROM "kinds" AS gs_p
      WHERE gs_p."id" = t."kind_id")) END || coalesce(length(CAST(t."value" AS BLOB)) || '…' || t."value", '…')), t."sync_hash"
FROM "things" AS t
WHERE 1 = 1 AND t."id" <= 9223372036854775807 AND t."sync_hash" IS NULL;

-- 0 rows
SELECT 1
FROM "things"
WHERE "sync_hash" IS NOT NULL
LIMIT 1;

-- 8 rows
UPDATE "things" AS t
SET "sync_hash" = w.hash
FROM gapsync_hash AS w
WHERE w.id = t."id" AND 1 = 1 AND t."id" <= 17 AND 1 = 1;

-- ===== export =====

-- 1 row
SELECT count(*), COALESCE(sum(w), 0), COALESCE(max(w), 0)
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS TEXT)), 2) + COALESCE(octet_length(CAST(a."kind_id" AS TEXT)), 2) + COALESCE(octet_length(replace(CAST(a."value" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."description" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."notes" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(CAST(a."n" AS TEXT)), 2) + COALESCE(octet_length(CAST(a."small" AS TEXT)), 2) + COALESCE(octet_length(CAST(a."amount" AS TEXT)), 2) + 26 + 2 + COALESCE(2 * octet_length(CAST(a."raw" AS BLOB)) + 3, 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."doc" AS TEXT), '…', '…')) + 3, 2) + 38 + COALESCE(octet_length(replace(CAST(a."serial" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(replace(CAST(a."short" AS TEXT), '…', '…')) + 3, 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS TEXT), '…', '…')) + 3, 2) + 22 AS w
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
CREATE TABLE "sync_import_things_PID_raw" (gs_row INTEGER PRIMARY KEY, "id" INTEGER, "kind_id" INTEGER, "value" TEXT, "description" TEXT, "notes" TEXT, "n" INTEGER, "small" INTEGER, "amount" DECIMAL TEXT(30,10), "ratio" DOUBLE, "flag" BOOLEAN, "raw" BLOB, "day" DATE TEXT, "clock" TIME TEXT, "moment" TIMESTAMP TEXT, "doc" JSON TEXT, "ref" UUID TEXT, "serial" VARCHAR(20), "short" VARCHAR(10), "created_at" TIMESTAMP TEXT, "updated_at" TIMESTAMP TEXT, "deleted_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32));

-- 8 rows
-- rows are loaded into sync_import_things_PID_raw (gs_row, id, kind_id, value, description, notes, n, small, amount, ratio, flag, raw, day, clock, moment, doc, ref, serial, short, created_at, updated_at, deleted_at, sync_hash);

-- 1 row
SELECT COALESCE(gapsync_twins("sync_hash"), (SELECT count(*)
    FROM (SELECT "sync_hash"
      FROM "sync_import_things_PID_raw"
      GROUP BY "sync_hash" HAVING count(*) > 1) AS twins))
FROM "sync_import_things_PID_raw";

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "things";

-- 0 rows
CREATE TABLE "sync_import_things_PID" (gs_row INTEGER, gs_action INTEGER, gs_created TEXT, gs_ages INTEGER, gs_kept INTEGER, "id" INTEGER PRIMARY KEY, "kind_id" INTEGER, "updated_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32), "existing_kind_id" INTEGER, gs_seq INTEGER, existing_id INTEGER);

-- 4 rows
SELECT gs_row
FROM "sync_import_things_PID_raw"
WHERE gs_row >= ?1
ORDER BY gs_row
LIMIT 1 OFFSET ?2;
SELECT j.gs_row, j.gs_action, j.gs_ages, j.gs_kept, j."id", j."kind_id", j."updated_at", j."sync_hash", j."existing_kind_id", CASE WHEN j.gs_base IS NULL AND j.gs_action = 1 THEN 0 END, CASE WHEN j.gs_ignored = 0 AND j.gs_orphan = 0 AND j.gs_forged = 0 THEN j.gs_base END
FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
  FROM (SELECT s.gs_row, s."id", s."kind_id", s."updated_at", s."sync_hash", s."created_at", p0.existing_id AS "existing_kind_id", CASE WHEN p0.gs_action = 8 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN (s."kind_id" IS NOT NULL AND p0.existing_id IS NULL) THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN gapsync_md5((CASE WHEN s."kind_id" IS NULL THEN '…' ELSE ('…' || p0."sync_hash") END || coalesce(length(CAST(s."value" AS BLOB)) || '…' || s."value", '…'))) IS NOT s."sync_hash" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN (b."description" IS NULL AND s."description" IS NOT NULL) OR (b."notes" IS NULL AND s."notes" IS NOT NULL) THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT ((s."updated_at" IS b."updated_at" OR gapsync_time(s."updated_at") IS gapsync_time(b."updated_at"))) THEN NULL WHEN ((s."description" IS NOT NULL AND s."description" COLLATE BINARY IS NOT b."description" COLLATE BINARY) OR (s."notes" IS NOT NULL AND s."notes" COLLATE BINARY IS NOT b."notes" COLLATE BINARY) OR (s."n" IS NOT b."n" AND CAST(s."n" AS NUMERIC) IS NOT CAST(b."n" AS NUMERIC)) OR (s."small" IS NOT b."small" AND CAST(s."small" AS NUMERIC) IS NOT CAST(b."small" AS NUMERIC)) OR (s."amount" IS NOT b."amount" AND CASE WHEN instr(CAST(s."amount" AS TEXT), '…') THEN rtrim(rtrim(CAST(s."amount" AS TEXT), '…'), '…') ELSE CAST(s."amount" AS TEXT) END IS NOT CASE WHEN instr(CAST(b."amount" AS TEXT), '…') THEN rtrim(rtrim(CAST(b."amount" AS TEXT), '…'), '…') ELSE CAST(b."amount" AS TEXT) END) OR (s."ratio" IS NOT b."ratio" AND CAST(s."ratio" AS NUMERIC) IS NOT CAST(b."ratio" AS NUMERIC)) OR (s."flag" IS NOT b."flag" AND CAST(s."flag" AS NUMERIC) IS NOT CAST(b."flag" AS NUMERIC)) OR s."raw" COLLATE BINARY IS NOT b."raw" COLLATE BINARY OR s."day" COLLATE BINARY IS NOT b."day" COLLATE BINARY OR (s."clock" IS NOT b."clock" AND gapsync_time(s."clock") IS NOT gapsync_time(b."clock")) OR (s."moment" IS NOT b."moment" AND gapsync_time(s."moment") IS NOT gapsync_time(b."moment")) OR s."doc" COLLATE BINARY IS NOT b."doc" COLLATE BINARY OR (s."ref" IS NOT b."ref" AND lower(s."ref") IS NOT lower(b."ref")) OR s."serial" COLLATE BINARY IS NOT b."serial" COLLATE BINARY OR s."short" COLLATE BINARY IS NOT b."short" COLLATE BINARY OR (s."deleted_at" IS NOT b."deleted_at" AND gapsync_time(s."deleted_at") IS NOT gapsync_time(b."deleted_at"))) THEN 1 ELSE 0 END AS gs_content
    FROM "sync_import_things_PID_raw" AS s
    LEFT JOIN "sync_import_kinds_PID" AS p0 ON p0."id" = s."kind_id"
    LEFT JOIN "things" AS b ON b."sync_hash" = s."sync_hash"
    WHERE s.gs_row BETWEEN ?1 AND ?2
    ORDER BY s.gs_row
    LIMIT -1) AS k) AS j;
INSERT INTO "sync_import_things_PID" (gs_row, gs_action, gs_ages, gs_kept, "id", "kind_id", "updated_at", "sync_hash", "existing_kind_id", gs_seq, existing_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 1 row
INSERT INTO temp.gs_numbers (gs_seq)
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_things_PID";

-- 4 rows
INSERT INTO temp.gs_numbers (gs_key)
SELECT r."id"
FROM "sync_import_things_PID" AS r
WHERE r.gs_seq IS NULL AND r.gs_action BETWEEN 1 AND 4
ORDER BY r.gs_action > 1, r.existing_id, r.gs_row;

-- 4 rows
UPDATE "sync_import_things_PID" AS r
SET gs_seq = n.gs_seq, existing_id = COALESCE(r.existing_id, 17 + n.gs_seq)
FROM temp.gs_numbers AS n
WHERE r."id" = n.gs_key;

-- 0 rows
UPDATE "sync_import_things_PID" AS r
SET existing_id = CASE WHEN gs_action = 1 THEN NULL ELSE existing_id END, gs_action = 10
FROM "sync_import_things_PID_raw" AS s
WHERE s.gs_row = r.gs_row AND r.gs_action IN (1, 2) AND EXISTS (SELECT 1
  FROM "things" AS b
  WHERE b."serial" = s."serial" AND b."id" <> r.existing_id);

-- 0 rows
UPDATE "sync_import_things_PID"
SET existing_id = CASE WHEN gs_action = 1 THEN NULL ELSE existing_id END, gs_action = 10
WHERE gs_row IN (SELECT q.gs_row
  FROM (SELECT r.gs_row, row_number() OVER (PARTITION BY s."serial"
      ORDER BY r.gs_row) AS gs_rank
    FROM "sync_import_things_PID" AS r CROSS
    JOIN "sync_import_things_PID_raw" AS s ON s.gs_row = r.gs_row
    WHERE r.gs_action IN (1, 2) AND s."serial" IS NOT NULL) AS q
  WHERE q.gs_rank > 1);

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_things_PID"
WHERE gs_action = 1;

-- 2 rows
SELECT q.gs_action, count(*), sum(q.gs_ages), sum(q.gs_orphans), max(q.gs_seq), sum(q.gs_kept)
FROM (SELECT r.gs_action, r.gs_ages, CASE WHEN r."kind_id" IS NOT NULL AND r."existing_kind_id" IS NULL THEN 1 ELSE 0 END AS gs_orphans, r.gs_seq, r.gs_kept
  FROM "sync_import_things_PID" AS r
  LIMIT -1) AS q
GROUP BY q.gs_action;

-- 1 row
SELECT CAST(min(r."updated_at") AS TEXT)
FROM "sync_import_things_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 93 rows
EXPLAIN INSERT INTO "things" ("id", "kind_id", "value", "description", "notes", "n", "small", "amount", "ratio", "flag", "raw", "day", "clock", "moment", "doc", "ref", "serial", "short", "created_at", "updated_at", "deleted_at", "sync_hash")
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 4 rows
SELECT r.existing_id, r."existing_kind_id", s."value", s."description", s."notes", s."n", s."small", s."amount", s."ratio", s."flag", s."raw", s."day", s."clock", s."moment", s."doc", s."ref", s."serial", s."short", COALESCE(r.gs_created, s."created_at"), r."updated_at", s."deleted_at", r."sync_hash", r.gs_seq
FROM "sync_import_things_PID" AS r CROSS
JOIN "sync_import_things_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE r.gs_seq BETWEEN ?1 AND ?2 AND r.gs_action = 1
ORDER BY r.gs_seq;
INSERT INTO "things" ("id", "kind_id", "value", "description", "notes", "n", "small", "amount", "ratio", "flag", "raw", "day", "clock", "moment", "doc", "ref", "serial", "short", "created_at", "updated_at", "deleted_at", "sync_hash")
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 4 rows
UPDATE "things" AS b
SET "description" = COALESCE(s."description", b."description"), "notes" = COALESCE(s."notes", b."notes"), "n" = s."n", "small" = s."small", "amount" = s."amount", "ratio" = s."ratio", "flag" = s."flag", "raw" = s."raw", "day" = s."day", "clock" = s."clock", "moment" = s."moment", "doc" = s."doc", "ref" = s."ref", "serial" = s."serial", "short" = s."short", "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END, "updated_at" = r."updated_at", "deleted_at" = s."deleted_at"
FROM "sync_import_things_PID" AS r CROSS
JOIN "sync_import_things_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR (r."updated_at" <> b."updated_at" AND gapsync_later(r."updated_at", b."updated_at")))) OR ((r."updated_at" IS b."updated_at" OR gapsync_time(r."updated_at") IS gapsync_time(b."updated_at")) AND (((s."description" IS NOT NULL AND s."description" COLLATE BINARY IS NOT b."description" COLLATE BINARY) OR (s."notes" IS NOT NULL AND s."notes" COLLATE BINARY IS NOT b."notes" COLLATE BINARY) OR (s."n" IS NOT b."n" AND CAST(s."n" AS NUMERIC) IS NOT CAST(b."n" AS NUMERIC)) OR (s."small" IS NOT b."small" AND CAST(s."small" AS NUMERIC) IS NOT CAST(b."small" AS NUMERIC)) OR (s."amount" IS NOT b."amount" AND CASE WHEN instr(CAST(s."amount" AS TEXT), '…') THEN rtrim(rtrim(CAST(s."amount" AS TEXT), '…'), '…') ELSE CAST(s."amount" AS TEXT) END IS NOT CASE WHEN instr(CAST(b."amount" AS TEXT), '…') THEN rtrim(rtrim(CAST(b."amount" AS TEXT), '…'), '…') ELSE CAST(b."amount" AS TEXT) END) OR (s."ratio" IS NOT b."ratio" AND CAST(s."ratio" AS NUMERIC) IS NOT CAST(b."ratio" AS NUMERIC)) OR (s."flag" IS NOT b."flag" AND CAST(s."flag" AS NUMERIC) IS NOT CAST(b."flag" AS NUMERIC)) OR s."raw" COLLATE BINARY IS NOT b."raw" COLLATE BINARY OR s."day" COLLATE BINARY IS NOT b."day" COLLATE BINARY OR (s."clock" IS NOT b."clock" AND gapsync_time(s."clock") IS NOT gapsync_time(b."clock")) OR (s."moment" IS NOT b."moment" AND gapsync_time(s."moment") IS NOT gapsync_time(b."moment")) OR s."doc" COLLATE BINARY IS NOT b."doc" COLLATE BINARY OR (s."ref" IS NOT b."ref" AND lower(s."ref") IS NOT lower(b."ref")) OR s."serial" COLLATE BINARY IS NOT b."serial" COLLATE BINARY OR s."short" COLLATE BINARY IS NOT b."short" COLLATE BINARY OR (s."deleted_at" IS NOT b."deleted_at" AND gapsync_time(s."deleted_at") IS NOT gapsync_time(b."deleted_at"))))));

-- 0 rows
UPDATE "things" AS b
SET "description" = COALESCE(b."description", s."description"), "notes" = COALESCE(b."notes", s."notes"), "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END
FROM "sync_import_things_PID" AS r CROSS
JOIN "sync_import_things_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_things_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_things_PID";

