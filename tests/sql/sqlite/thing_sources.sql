-- ===== fill-sync-hash =====

-- 1 row
SELECT count(*)
FROM "thing_sources" AS t
WHERE t."sync_hash" IS NULL;

-- 8 rows
SELECT t."id", (CASE WHEN t."thing_id" IS NULL THEN '…' ELSE ('…' || (SELECT gs_p."sync_hash"
      FROM "things" AS gs_p
      WHERE gs_p."id" = t."thing_id")) END || CASE WHEN t."origin_id" IS NULL THEN '…' ELSE ('…' || (SELECT gs_p."sync_hash"
      FROM "origins" AS gs_p
      WHERE gs_p."id" = t."origin_id")) END), t."sync_hash"
FROM "thing_sources" AS t
WHERE 1 = 1 AND t."id" <= 9223372036854775807 AND t."sync_hash" IS NULL;

-- 0 rows
SELECT 1
FROM "thing_sources"
WHERE "sync_hash" IS NOT NULL
LIMIT 1;

-- 8 rows
UPDATE "thing_sources" AS t
SET "sync_hash" = w.hash
FROM gapsync_hash AS w
WHERE w.id = t."id" AND 1 = 1 AND t."id" <= 17 AND 1 = 1;

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
FROM (SELECT COALESCE(octet_length(CAST(a."id" AS TEXT)), 2) + COALESCE(octet_length(CAST(a."thing_id" AS TEXT)), 2) + COALESCE(octet_length(CAST(a."origin_id" AS TEXT)), 2) + COALESCE(octet_length(CAST(a."second_origin_id" AS TEXT)), 2) + 26 + 26 + 26 + COALESCE(octet_length(replace(CAST(a."sync_hash" AS TEXT), '…', '…')) + 3, 2) + 8 AS w
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
CREATE TABLE "sync_import_thing_sources_PID_raw" (gs_row INTEGER PRIMARY KEY, "id" INTEGER, "thing_id" INTEGER, "origin_id" INTEGER, "second_origin_id" INTEGER, "created_at" TIMESTAMP TEXT, "updated_at" TIMESTAMP TEXT, "deleted_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32));

-- 8 rows
-- rows are loaded into sync_import_thing_sources_PID_raw (gs_row, id, thing_id, origin_id, second_origin_id, created_at, updated_at, deleted_at, sync_hash);

-- 1 row
SELECT COALESCE(gapsync_twins("sync_hash"), (SELECT count(*)
    FROM (SELECT "sync_hash"
      FROM "sync_import_thing_sources_PID_raw"
      GROUP BY "sync_hash" HAVING count(*) > 1) AS twins))
FROM "sync_import_thing_sources_PID_raw";

-- 1 row
SELECT COALESCE(max("id"), 0)
FROM "thing_sources";

-- 0 rows
CREATE TABLE "sync_import_thing_sources_PID" (gs_row INTEGER PRIMARY KEY, gs_action INTEGER, gs_created TEXT, gs_ages INTEGER, gs_kept INTEGER, "id" INTEGER, "thing_id" INTEGER, "origin_id" INTEGER, "second_origin_id" INTEGER, "updated_at" TIMESTAMP TEXT, "sync_hash" VARCHAR(32), "existing_thing_id" INTEGER, "existing_origin_id" INTEGER, "existing_second_origin_id" INTEGER, gs_seq INTEGER, existing_id INTEGER);

-- 4 rows
SELECT gs_row
FROM "sync_import_thing_sources_PID_raw"
WHERE gs_row >= ?1
ORDER BY gs_row
LIMIT 1 OFFSET ?2;
SELECT j.gs_row, j.gs_action, j.gs_ages, j.gs_kept, j."id", j."thing_id", j."origin_id", j."second_origin_id", j."updated_at", j."sync_hash", j."existing_thing_id", j."existing_origin_id", j."existing_second_origin_id", CASE WHEN j.gs_base IS NULL AND j.gs_action = 1 THEN 0 END, CASE WHEN j.gs_ignored = 0 AND j.gs_orphan = 0 AND j.gs_forged = 0 THEN j.gs_base END
FROM (SELECT k.*, k."created_at" AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 1 ELSE 0 END AS gs_ages, CASE WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 1 ELSE 0 END AS gs_kept, CASE WHEN k.gs_ignored = 1 THEN 8 WHEN k.gs_orphan = 1 THEN 9 WHEN k.gs_forged = 1 THEN 12 WHEN k.gs_base IS NULL THEN 1 WHEN ((k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) OR k.gs_content = 1) THEN 2 WHEN k.gs_fills = 1 THEN 3 WHEN (k."created_at" IS NOT NULL AND (k.gs_b_created IS NULL OR (k.gs_b_created <> k."created_at" AND gapsync_later(k.gs_b_created, k."created_at")))) THEN 4 WHEN k.gs_base IS NOT NULL AND (NOT (k."updated_at" IS NOT NULL AND (k.gs_b_date IS NULL OR (k."updated_at" <> k.gs_b_date AND gapsync_later(k."updated_at", k.gs_b_date)))) AND k.gs_content IS NULL) THEN 6 ELSE 5 END AS gs_action
  FROM (SELECT s.gs_row, s."id", s."thing_id", s."origin_id", s."second_origin_id", s."updated_at", s."sync_hash", s."created_at", p0.existing_id AS "existing_thing_id", p1.existing_id AS "existing_origin_id", p2.existing_id AS "existing_second_origin_id", CASE WHEN p0.gs_action = 8 OR p1.gs_action = 8 THEN 1 ELSE 0 END AS gs_ignored, CASE WHEN (s."thing_id" IS NOT NULL AND p0.existing_id IS NULL) OR (s."origin_id" IS NOT NULL AND p1.existing_id IS NULL) THEN 1 ELSE 0 END AS gs_orphan, CASE WHEN gapsync_md5((CASE WHEN s."thing_id" IS NULL THEN '…' ELSE ('…' || p0."sync_hash") END || CASE WHEN s."origin_id" IS NULL THEN '…' ELSE ('…' || p1."sync_hash") END)) IS NOT s."sync_hash" THEN 1 ELSE 0 END AS gs_forged, b."id" AS gs_base, b."updated_at" AS gs_b_date, b."created_at" AS gs_b_created, CASE WHEN 1=0 THEN 1 ELSE 0 END AS gs_fills, CASE WHEN b."id" IS NULL THEN NULL WHEN NOT ((s."updated_at" IS b."updated_at" OR gapsync_time(s."updated_at") IS gapsync_time(b."updated_at"))) THEN NULL WHEN ((s."deleted_at" IS NOT b."deleted_at" AND gapsync_time(s."deleted_at") IS NOT gapsync_time(b."deleted_at")) OR ((p2.existing_id IS NOT NULL OR (s."second_origin_id" IS NULL)) AND NOT (b."second_origin_id" IS p2.existing_id))) THEN 1 ELSE 0 END AS gs_content
    FROM "sync_import_thing_sources_PID_raw" AS s
    LEFT JOIN "sync_import_things_PID" AS p0 ON p0."id" = s."thing_id"
    LEFT JOIN "sync_import_origins_PID" AS p1 ON p1."id" = s."origin_id"
    LEFT JOIN "sync_import_origins_PID" AS p2 ON p2."id" = s."second_origin_id"
    LEFT JOIN "thing_sources" AS b ON b."sync_hash" = s."sync_hash"
    WHERE s.gs_row BETWEEN ?1 AND ?2
    ORDER BY s.gs_row
    LIMIT -1) AS k) AS j
WHERE j.gs_action <> 5;
INSERT INTO "sync_import_thing_sources_PID" (gs_row, gs_action, gs_ages, gs_kept, "id", "thing_id", "origin_id", "second_origin_id", "updated_at", "sync_hash", "existing_thing_id", "existing_origin_id", "existing_second_origin_id", gs_seq, existing_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- 1 row
INSERT INTO temp.gs_numbers (gs_seq)
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_thing_sources_PID";

-- 4 rows
INSERT INTO temp.gs_numbers (gs_key)
SELECT r.gs_row
FROM "sync_import_thing_sources_PID" AS r
WHERE r.gs_seq IS NULL AND r.gs_action BETWEEN 1 AND 4
ORDER BY r.gs_action > 1, r.existing_id, r.gs_row;

-- 4 rows
UPDATE "sync_import_thing_sources_PID" AS r
SET gs_seq = n.gs_seq, existing_id = COALESCE(r.existing_id, 17 + n.gs_seq)
FROM temp.gs_numbers AS n
WHERE r.gs_row = n.gs_key;

-- 1 row
SELECT COALESCE(max(gs_seq), 0)
FROM "sync_import_thing_sources_PID"
WHERE gs_action = 1;

-- 1 row
SELECT count(*)
FROM "sync_import_thing_sources_PID_raw";

-- 2 rows
SELECT q.gs_action, count(*), sum(q.gs_ages), sum(q.gs_orphans), max(q.gs_seq), sum(q.gs_kept)
FROM (SELECT r.gs_action, r.gs_ages, CASE WHEN r."thing_id" IS NOT NULL AND r."existing_thing_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN r."origin_id" IS NOT NULL AND r."existing_origin_id" IS NULL THEN 1 ELSE 0 END + CASE WHEN r."second_origin_id" IS NOT NULL AND r."existing_second_origin_id" IS NULL THEN 1 ELSE 0 END AS gs_orphans, r.gs_seq, r.gs_kept
  FROM "sync_import_thing_sources_PID" AS r
  LIMIT -1) AS q
GROUP BY q.gs_action;

-- 1 row
SELECT CAST(min(r."updated_at") AS TEXT)
FROM "sync_import_thing_sources_PID" AS r
WHERE r.gs_action BETWEEN 1 AND 4;

-- 101 rows
EXPLAIN INSERT INTO "thing_sources" ("id", "thing_id", "origin_id", "second_origin_id", "created_at", "updated_at", "deleted_at", "sync_hash")
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- 4 rows
SELECT r.existing_id, r."existing_thing_id", r."existing_origin_id", r."existing_second_origin_id", COALESCE(r.gs_created, s."created_at"), r."updated_at", s."deleted_at", r."sync_hash", r.gs_seq
FROM "sync_import_thing_sources_PID" AS r CROSS
JOIN "sync_import_thing_sources_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE r.gs_seq BETWEEN ?1 AND ?2 AND r.gs_action = 1
ORDER BY r.gs_seq;
INSERT INTO "thing_sources" ("id", "thing_id", "origin_id", "second_origin_id", "created_at", "updated_at", "deleted_at", "sync_hash")
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- 4 rows
UPDATE "thing_sources" AS b
SET "second_origin_id" = CASE WHEN r."second_origin_id" IS NOT NULL AND r."existing_second_origin_id" IS NULL THEN b."second_origin_id" ELSE r."existing_second_origin_id" END, "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END, "updated_at" = r."updated_at", "deleted_at" = s."deleted_at"
FROM "sync_import_thing_sources_PID" AS r CROSS
JOIN "sync_import_thing_sources_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action = 2 AND ((r."updated_at" IS NOT NULL AND (b."updated_at" IS NULL OR (r."updated_at" <> b."updated_at" AND gapsync_later(r."updated_at", b."updated_at")))) OR ((r."updated_at" IS b."updated_at" OR gapsync_time(r."updated_at") IS gapsync_time(b."updated_at")) AND (((s."deleted_at" IS NOT b."deleted_at" AND gapsync_time(s."deleted_at") IS NOT gapsync_time(b."deleted_at")) OR ((r."existing_second_origin_id" IS NOT NULL OR (r."second_origin_id" IS NULL)) AND NOT (b."second_origin_id" IS r."existing_second_origin_id"))))));

-- 0 rows
UPDATE "thing_sources" AS b
SET "created_at" = CASE WHEN (COALESCE(r.gs_created, s."created_at") IS NOT NULL AND (b."created_at" IS NULL OR (b."created_at" <> COALESCE(r.gs_created, s."created_at") AND gapsync_later(b."created_at", COALESCE(r.gs_created, s."created_at"))))) THEN COALESCE(r.gs_created, s."created_at") ELSE b."created_at" END
FROM "sync_import_thing_sources_PID" AS r CROSS
JOIN "sync_import_thing_sources_PID_raw" AS s ON s.gs_row = r.gs_row
WHERE b."id" = r.existing_id AND r.gs_seq BETWEEN 5 AND 8 AND r.gs_action IN (3, 4);

-- 0 rows
DROP TABLE IF EXISTS "sync_import_thing_sources_PID_raw";

-- 0 rows
DROP TABLE IF EXISTS "sync_import_thing_sources_PID";

