-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "labelled" AS t
WHERE t."sync_hash" IS NULL AND NOT ((t."object_id" IS NOT NULL AND (t."object_type" IS NULL OR t."object_type" NOT IN ('…', '…', '…', '…'))));

-- 1 row
SELECT count(*)
FROM "labelled" AS t
WHERE t."sync_hash" IS NULL AND ((t."object_id" IS NOT NULL AND (t."object_type" IS NULL OR t."object_type" NOT IN ('…', '…', '…', '…'))));

-- 8 rows
SELECT t."id", (CASE WHEN t."label_id" IS NULL THEN '…' ELSE ('…' || (SELECT gs_p."sync_hash"
      FROM "labels" AS gs_p
      WHERE gs_p."id" = t."label_id")) END || (coalesce(length(CAST(t."object_type" AS BLOB)) || '…' || t."object_type", '…') || CASE WHEN t."object_id" IS NULL THEN '…' ELSE ('…' || CASE t."object_type" WHEN '…' THEN (SELECT gs_p."sync_hash"
        FROM "cities" AS gs_p
        WHERE gs_p."id" = t."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
        FROM "places" AS gs_p
        WHERE gs_p."id" = t."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
        FROM "samples" AS gs_p
        WHERE gs_p."id" = t."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
        FROM "things" AS gs_p
        WHERE gs_p."id" = t."object_id") END) END)), t."sync_hash"
FROM "labelled" AS t
WHERE 1 = 1 AND t."id" <= 9223372036854775807 AND t."sync_hash" IS NULL AND NOT ((t."object_id" IS NOT NULL AND (t."object_type" IS NULL OR t."object_type" NOT IN ('…', '…', '…', '…'))));

-- 0 rows
SELECT 1
FROM "labelled"
WHERE "sync_hash" IS NOT NULL
LIMIT 1;

-- 8 rows
UPDATE "labelled" AS t
SET "sync_hash" = w.hash
FROM gapsync_hash AS w
WHERE w.id = t."id" AND 1 = 1 AND t."id" <= 17 AND 1 = 1;

-- ===== export =====

-- 0 rows
SELECT a."id"
FROM "labelled" AS a
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
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS TEXT)), 2) + COALESCE(octet_length(CAST(a."label_id" AS TEXT)), 2) + COALESCE(octet_length(replace(CAST(a."object_type" AS TEXT), '…', '…')) + 3, 2) + COALESCE(octet_length(CAST(a."object_id" AS TEXT)), 2) + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS TEXT), '…', '…')) + 3, 2) + 7 AS w
  FROM "labelled" AS a
  LIMIT 100000) AS sample;

-- 8 rows
SELECT a."id", a."label_id", a."object_type", a."object_id", a."created_at", a."updated_at", a."sync_hash"
FROM "labelled" AS a;

-- ===== import =====

-- 0 rows
SELECT 1
FROM "labelled" AS t
WHERE t."sync_hash" IS NULL AND NOT ((t."object_id" IS NOT NULL AND (t."object_type" IS NULL OR t."object_type" NOT IN ('…', '…', '…', '…'))))
LIMIT 1;

-- 0 rows
CREATE TABLE "sync_import_labelled_PID_raw" (gs_row INTEGER PRIMARY KEY, "id" INTEGER, "label_id" INTEGER, "object_type" VARCHAR(50), "object_id" INTEGER, "created_at" TIMESTAMP TEXT, "updated_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32));

-- 8 rows
-- rows are loaded into sync_import_labelled_PID_raw (gs_row, id, label_id, object_type, object_id, created_at, updated_at, sync_hash);

-- 1 row
SELECT COALESCE(gapsync_twins("sync_hash"), (SELECT count(*)
    FROM (SELECT "sync_hash"
      FROM "sync_import_labelled_PID_raw"
      GROUP BY "sync_hash" HAVING count(*) > 1) AS twins))
FROM "sync_import_labelled_PID_raw";

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "labelled";

-- 0 rows
CREATE TABLE "sync_import_labelled_PID" (gs_row INTEGER PRIMARY KEY, gs_action INTEGER, gs_created TEXT, gs_ages INTEGER, gs_kept INTEGER, "id" INTEGER, "label_id" INTEGER, "object_type" VARCHAR(50), "object_id" INTEGER, "updated_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32), "existing_label_id" INTEGER, "existing_object_id" INTEGER, gs_seq INTEGER, existing_id INTEGER);

-- 4 rows
SELECT gs_row
FROM "sync_import_labelled_PID_raw"
WHERE gs_row >= ?1
ORDER BY gs_row
LIMIT 1 OFFSET ?2;
SELECT j.gs_row, j.gs_action, j.gs_ages, j.gs_kept, j."id", j."label_id", j."object_type", j."object_id", j."updated_at", j."sync_hash", j."existing_label_id", j."existing_object_id", CASE WHEN j.gs_base IS NULL AND j.gs_action = 1 THEN 0 END, CASE WHEN j.gs_ignored = 0 AND j.gs_orphan = 0 AND j.gs_forged = 0 THEN j.gs_base END
FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
  FROM (SELECT s.gs_row, s."id", s."label_id", s."object_type", s."object_id", s."updated_at", s."sync_hash", s."created_at", p0.existing_id AS "existing_label_id", (CASE s."object_type" WHEN '…' THEN (SELECT p1.existing_id
        FROM "sync_import_cities_PID" AS p1
        WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
        FROM "sync_import_places_PID" AS p1
        WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
        FROM "sync_import_samples_PID" AS p1
        WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
        FROM "sync_import_things_PID" AS p1
        WHERE p1."id" = s."object_id") END) AS "existing_object_id", CASE WHEN p0.gs_action = 8 OR (s."object_id" IS NOT NULL AND s."object_type" IS NOT NULL AND s."object_type" NOT IN ('…', '…', '…', '…')) THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN (s."label_id" IS NOT NULL AND p0.existing_id IS NULL) OR (s."object_id" IS NOT NULL AND (CASE s."object_type" WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_cities_PID" AS p1
          WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_places_PID" AS p1
          WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_samples_PID" AS p1
          WHERE p1."id" = s."object_id") WHEN '…' THEN (SELECT p1.existing_id
          FROM "sync_import_things_PID" AS p1
          WHERE p1."id" = s."object_id") END) IS NULL) THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN gapsync_md5((CASE WHEN s."label_id" IS NULL THEN '…' ELSE ('…' || p0."sync_hash") END || (coalesce(length(CAST(s."object_type" AS BLOB)) || '…' || s."object_type", '…') || CASE WHEN s."object_id" IS NULL THEN '…' ELSE ('…' || CASE s."object_type" WHEN '…' THEN (SELECT gs_p."sync_hash"
              FROM "sync_import_cities_PID" AS gs_p
              WHERE gs_p."id" = s."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
              FROM "sync_import_places_PID" AS gs_p
              WHERE gs_p."id" = s."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
              FROM "sync_import_samples_PID" AS gs_p
              WHERE gs_p."id" = s."object_id") WHEN '…' THEN (SELECT gs_p."sync_hash"
              FROM "sync_import_things_PID" AS gs_p
              WHERE gs_p."id" = s."object_id") END) END))) IS NOT s."sync_hash" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT ((s."updated_at" IS b."updated_at" OR gapsync_time(s."updated_at") IS gapsync_time(b."updated_at"))) THEN NULL WHEN 1=0 THEN 1 ELSE 0 END AS gs_content
    FROM "sync_import_labelled_PID_raw" AS s
    LEFT JOIN "sync_import_labels_PID" AS p0 ON p0."id" = s."label_id"
    LEFT JOIN "labelled" AS b ON b."sync_hash" = s."sync_hash"
    WHERE s.gs_row BETWEEN ?1 AND ?2
    ORDER BY s.gs_row
    LIMIT -1) AS k) AS j
WHERE j.gs_action <> 5;
INSERT INTO "sync_import_labelled_PID" (gs_row, gs_action, gs_ages, gs_kept, "id", "label_id", "object_type", "object_id", "updated_at", "sync_hash", "existing_label_id", "existing_object_id", gs_seq, existing_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 1 row
INSERT INTO temp.gs_numbers (gs_seq)
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_labelled_PID";

-- 4 rows
INSERT INTO temp.gs_numbers (gs_key)
SELECT r.gs_row
FROM "sync_import_labelled_PID" AS r
WHERE r.gs_seq IS NULL AND r.gs_action BETWEEN 1 AND 4
ORDER BY r.gs_action > 1, r.existing_id, r.gs_row;

-- 4 rows
UPDATE "sync_import_labelled_PID" AS r
SET gs_seq = n.gs_seq, existing_id = COALESCE(r.existing_id, 17 + n.gs_seq)
FROM temp.gs_numbers AS n
WHERE r.gs_row = n.gs_key;

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_labelled_PID"
WHERE gs_action = 1;

-- 1 row
SELECT count(*)
FROM "sync_import_labelled_PID_raw";

-- 2 rows
SELECT q.gs_action, count(*), sum(q.gs_ages), sum(q.gs_orphans), max(q.gs_seq), sum(q.gs_kept)
FROM (SELECT r.gs_action, r.gs_ages, CASE WHEN r."label_id" IS NOT NULL AND r."existing_label_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN r."object_id" IS NOT NULL AND r."existing_object_id" IS NULL THEN 1 ELSE 0 END AS gs_orphans, r.gs_seq, r.gs_kept
  FROM "sync_import_labelled_PID" AS r
  LIMIT -1) AS q
GROUP BY q.gs_action;

-- 1 row
SELECT CAST(min(r."updated_at") AS TEXT)
FROM "sync_import_labelled_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 82 rows
EXPLAIN INSERT INTO "labelled" ("id", "label_id", "object_type", "object_id", "created_at", "updated_at", "sync_hash")
VALUES (?, ?, ?, ?, ?, ?, ?);

-- 4 rows
SELECT r.existing_id, r."existing_label_id", r."object_type", r."existing_object_id", COALESCE(r.gs_created, s."created_at"), r."updated_at", r."sync_hash", r.gs_seq
FROM "sync_import_labelled_PID" AS r CROSS
JOIN "sync_import_labelled_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE r.gs_seq BETWEEN ?1 AND ?2 AND r.gs_action = 1
ORDER BY r.gs_seq;
INSERT INTO "labelled" ("id", "label_id", "object_type", "object_id", "created_at", "updated_at", "sync_hash")
VALUES (?, ?, ?, ?, ?, ?, ?);

-- 4 rows
UPDATE "labelled" AS b
SET "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END, "updated_at" = r."updated_at"
FROM "sync_import_labelled_PID" AS r CROSS
JOIN "sync_import_labelled_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR (r."updated_at" <> b."updated_at" AND gapsync_later(r."updated_at", b."updated_at")))) OR ((r."updated_at" IS b."updated_at" OR gapsync_time(r."updated_at") IS gapsync_time(b."updated_at")) AND (1=0)));

-- 0 rows
UPDATE "labelled" AS b
SET "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END
FROM "sync_import_labelled_PID" AS r CROSS
JOIN "sync_import_labelled_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_labelled_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_labelled_PID";

