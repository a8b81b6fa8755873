-- The `mini` profile's tables for SQLite, for an empty database: sqlite3 gapsync.db < sql/sqlite/mini.sql
-- Written by `gapsync schema` from the profile and the description of its columns; do not edit by hand.
-- SQLite cannot hash in a trigger: a key change clears sync_hash, there and in all rows whose key refers to the
-- row, and `gapsync fill-sync-hash` fills it.

CREATE TABLE "kinds" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_kinds_updated_at" ON "kinds" ("updated_at");

CREATE TABLE "people" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "email" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255),
    "role" VARCHAR(50) NOT NULL DEFAULT 'reader',
    "secret" VARCHAR(255),
    "manager_id" INTEGER REFERENCES "people" ("id") ON DELETE RESTRICT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("email")
);
CREATE INDEX "ix_people_manager_id" ON "people" ("manager_id");
CREATE INDEX "ix_people_updated_at" ON "people" ("updated_at");

CREATE TABLE "labels" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_labels_updated_at" ON "labels" ("updated_at");

CREATE TABLE "origins" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "type" VARCHAR(50) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "reference_id" INTEGER,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("type", "name")
);
CREATE INDEX "ix_origins_type_reference_id" ON "origins" ("type", "reference_id");
CREATE INDEX "ix_origins_updated_at" ON "origins" ("updated_at");

CREATE TABLE "things" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "kind_id" INTEGER NOT NULL REFERENCES "kinds" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "description" TEXT,
    "notes" TEXT,
    "n" INTEGER,
    "small" INTEGER,
    "amount" DECIMAL TEXT(30,10),
    "ratio" DOUBLE,
    "flag" BOOLEAN,
    "raw" BLOB,
    "day" DATE TEXT,
    "clock" TIME TEXT,
    "moment" TIMESTAMP TEXT,
    "doc" JSON TEXT,
    "ref" UUID TEXT,
    "serial" VARCHAR(20) UNIQUE,
    "short" VARCHAR(10),
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_things_kind_id" ON "things" ("kind_id");
CREATE INDEX "ix_things_updated_at" ON "things" ("updated_at");

CREATE TABLE "samples" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "kind_id" INTEGER REFERENCES "kinds" ("id") ON DELETE RESTRICT,
    "title" VARCHAR(255),
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_samples_kind_id" ON "samples" ("kind_id");
CREATE INDEX "ix_samples_updated_at" ON "samples" ("updated_at");

CREATE TABLE "thing_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "thing_id" INTEGER NOT NULL REFERENCES "things" ("id") ON DELETE RESTRICT,
    "origin_id" INTEGER NOT NULL REFERENCES "origins" ("id") ON DELETE RESTRICT,
    "second_origin_id" INTEGER REFERENCES "origins" ("id") ON DELETE RESTRICT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("thing_id", "origin_id")
);
CREATE INDEX "ix_thing_sources_origin_id" ON "thing_sources" ("origin_id");
CREATE INDEX "ix_thing_sources_second_origin_id" ON "thing_sources" ("second_origin_id");
CREATE INDEX "ix_thing_sources_updated_at" ON "thing_sources" ("updated_at");

CREATE TABLE "thing_notes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "thing_id" INTEGER NOT NULL REFERENCES "things" ("id") ON DELETE RESTRICT,
    "moment" TIMESTAMP TEXT NOT NULL,
    "level" INTEGER,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("thing_id", "moment", "level")
);
CREATE INDEX "ix_thing_notes_updated_at" ON "thing_notes" ("updated_at");

CREATE TABLE "cases" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "title" VARCHAR(255),
    "description" TEXT,
    "owner_id" INTEGER NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_cases_owner_id" ON "cases" ("owner_id");
CREATE INDEX "ix_cases_updated_at" ON "cases" ("updated_at");

CREATE TABLE "settings" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "area" VARCHAR(50) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    UNIQUE ("area", "name")
);
CREATE INDEX "ix_settings_updated_at" ON "settings" ("updated_at");

CREATE TABLE "papers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "digest" VARCHAR(32) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "path" TEXT,
    "type_id" INTEGER REFERENCES "kinds" ("id") ON DELETE RESTRICT,
    "description" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("digest", "name")
);
CREATE INDEX "ix_papers_type_id" ON "papers" ("type_id");
CREATE INDEX "ix_papers_updated_at" ON "papers" ("updated_at");

CREATE TABLE "places" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "code" VARCHAR(40) NOT NULL,
    "description" TEXT,
    "parent_id" INTEGER REFERENCES "places" ("id") ON DELETE RESTRICT,
    "capital_id" INTEGER REFERENCES "cities" ("id") ON DELETE RESTRICT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("code")
);
CREATE INDEX "ix_places_parent_id" ON "places" ("parent_id");
CREATE INDEX "ix_places_capital_id" ON "places" ("capital_id");
CREATE INDEX "ix_places_updated_at" ON "places" ("updated_at");

CREATE TABLE "cities" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "place_id" INTEGER NOT NULL REFERENCES "places" ("id") ON DELETE RESTRICT,
    "name" VARCHAR(255) NOT NULL,
    "twin_id" INTEGER REFERENCES "cities" ("id") ON DELETE RESTRICT,
    "description" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("place_id", "name")
);
CREATE INDEX "ix_cities_twin_id" ON "cities" ("twin_id");
CREATE INDEX "ix_cities_updated_at" ON "cities" ("updated_at");

CREATE TABLE "links" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "src_type" VARCHAR(50) NOT NULL,
    "src_object_id" INTEGER NOT NULL,
    "dest_type" VARCHAR(50) NOT NULL,
    "dest_object_id" INTEGER NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_links_src_type_src_object_id" ON "links" ("src_type", "src_object_id");
CREATE INDEX "ix_links_dest_type_dest_object_id" ON "links" ("dest_type", "dest_object_id");
CREATE INDEX "ix_links_updated_at" ON "links" ("updated_at");

CREATE TABLE "link_notes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "link_id" INTEGER NOT NULL REFERENCES "links" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "level" INTEGER,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_link_notes_link_id" ON "link_notes" ("link_id");
CREATE INDEX "ix_link_notes_updated_at" ON "link_notes" ("updated_at");

CREATE TABLE "labelled" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "label_id" INTEGER NOT NULL REFERENCES "labels" ("id") ON DELETE RESTRICT,
    "object_type" VARCHAR(50) NOT NULL,
    "object_id" INTEGER NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("label_id", "object_type", "object_id")
);
CREATE INDEX "ix_labelled_object_type_object_id" ON "labelled" ("object_type", "object_id");
CREATE INDEX "ix_labelled_updated_at" ON "labelled" ("updated_at");

CREATE TABLE "case_items" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "case_id" INTEGER NOT NULL REFERENCES "cases" ("id") ON DELETE RESTRICT,
    "object_type" VARCHAR(50) NOT NULL,
    "object_id" INTEGER NOT NULL,
    "x" DOUBLE,
    "y" DOUBLE,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("case_id", "object_type", "object_id")
);
CREATE INDEX "ix_case_items_object_type_object_id" ON "case_items" ("object_type", "object_id");
CREATE INDEX "ix_case_items_updated_at" ON "case_items" ("updated_at");

CREATE TRIGGER "kinds_hash_update" AFTER UPDATE OF "name" ON "kinds"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "kinds" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "kinds_hash_cascade" AFTER UPDATE OF "sync_hash" ON "kinds"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "things" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "kind_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "people_hash_update" AFTER UPDATE OF "email" ON "people"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."email" IS NOT OLD."email")
BEGIN
    UPDATE "people" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "labels_hash_update" AFTER UPDATE OF "name" ON "labels"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "labels" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "labels_hash_cascade" AFTER UPDATE OF "sync_hash" ON "labels"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "labelled" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "label_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "origins_hash_update" AFTER UPDATE OF "type", "name" ON "origins"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."type" IS NOT OLD."type" OR NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "origins" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "origins_hash_cascade" AFTER UPDATE OF "sync_hash" ON "origins"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "thing_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "origin_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "things_hash_update" AFTER UPDATE OF "kind_id", "value" ON "things"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."kind_id" IS NOT OLD."kind_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "things" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "things_hash_cascade" AFTER UPDATE OF "sync_hash" ON "things"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "thing_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "thing_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "thing_notes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "thing_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'thing' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'thing' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "labelled" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'thing' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "case_items" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'thing' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "samples_hash_update" AFTER UPDATE OF "uuid" ON "samples"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "samples" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "samples_hash_cascade" AFTER UPDATE OF "sync_hash" ON "samples"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'sample' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'sample' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "labelled" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'sample' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "case_items" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'sample' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "thing_sources_hash_update" AFTER UPDATE OF "thing_id", "origin_id" ON "thing_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."thing_id" IS NOT OLD."thing_id" OR NEW."origin_id" IS NOT OLD."origin_id")
BEGIN
    UPDATE "thing_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "thing_notes_hash_update" AFTER UPDATE OF "thing_id", "moment", "level" ON "thing_notes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."thing_id" IS NOT OLD."thing_id" OR NEW."moment" IS NOT OLD."moment" OR NEW."level" IS NOT OLD."level")
BEGIN
    UPDATE "thing_notes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "cases_hash_update" AFTER UPDATE OF "uuid" ON "cases"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "cases" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "cases_hash_cascade" AFTER UPDATE OF "sync_hash" ON "cases"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "case_items" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "case_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "papers_hash_update" AFTER UPDATE OF "digest", "name" ON "papers"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."digest" IS NOT OLD."digest" OR NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "papers" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "places_hash_update" AFTER UPDATE OF "code" ON "places"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."code" IS NOT OLD."code")
BEGIN
    UPDATE "places" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "places_hash_cascade" AFTER UPDATE OF "sync_hash" ON "places"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "cities" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "place_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'place' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'place' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "labelled" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'place' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "case_items" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'place' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "cities_hash_update" AFTER UPDATE OF "place_id", "name" ON "cities"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."place_id" IS NOT OLD."place_id" OR NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "cities" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "cities_hash_cascade" AFTER UPDATE OF "sync_hash" ON "cities"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'city' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'city' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "labelled" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'city' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "case_items" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'city' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "links_hash_update" AFTER UPDATE OF "src_type", "src_object_id", "dest_type", "dest_object_id" ON "links"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."src_type" IS NOT OLD."src_type" OR NEW."src_object_id" IS NOT OLD."src_object_id" OR NEW."dest_type" IS NOT OLD."dest_type" OR NEW."dest_object_id" IS NOT OLD."dest_object_id")
BEGIN
    UPDATE "links" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "links_hash_cascade" AFTER UPDATE OF "sync_hash" ON "links"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "link_notes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "link_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "link_notes_hash_update" AFTER UPDATE OF "link_id", "value" ON "link_notes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."link_id" IS NOT OLD."link_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "link_notes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "labelled_hash_update" AFTER UPDATE OF "label_id", "object_type", "object_id" ON "labelled"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."label_id" IS NOT OLD."label_id" OR NEW."object_type" IS NOT OLD."object_type" OR NEW."object_id" IS NOT OLD."object_id")
BEGIN
    UPDATE "labelled" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "case_items_hash_update" AFTER UPDATE OF "case_id", "object_type", "object_id" ON "case_items"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."case_id" IS NOT OLD."case_id" OR NEW."object_type" IS NOT OLD."object_type" OR NEW."object_id" IS NOT OLD."object_id")
BEGIN
    UPDATE "case_items" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

-- gapsync's own tables. Can be run again, and on a database of another make.
CREATE TABLE IF NOT EXISTS "synchronizations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "type" VARCHAR(10) NOT NULL,
    "started_at" TIMESTAMP TEXT NOT NULL,
    "finished_at" TIMESTAMP TEXT,
    "config_json" TEXT NOT NULL,
    "report_json" TEXT,
    "pid" INTEGER NOT NULL,
    "hash" VARCHAR(32) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', ''))
);
CREATE TABLE IF NOT EXISTS "gapsync_installation" (
    "uuid" VARCHAR(36) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', ''))
);
CREATE TABLE IF NOT EXISTS "gapsync_lock" (
    "name" VARCHAR(50) NOT NULL PRIMARY KEY,
    "host" VARCHAR(255) NOT NULL,
    "pid" INTEGER NOT NULL,
    "token" VARCHAR(36) NOT NULL,
    "acquired_at" TIMESTAMP TEXT NOT NULL,
    "heartbeat" TIMESTAMP TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS "gapsync_checkpoint" (
    "run_id" INTEGER NOT NULL,
    "part" VARCHAR(10) NOT NULL,
    "state" TEXT NOT NULL,
    "updated_at" TIMESTAMP TEXT NOT NULL,
    PRIMARY KEY ("run_id", "part")
);
CREATE TABLE IF NOT EXISTS "gapsync_applied" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "sha256" VARCHAR(64) NOT NULL,
    "stream" VARCHAR(32) NOT NULL,
    "receiver" VARCHAR(64),
    "source" VARCHAR(100) NOT NULL,
    "engine" VARCHAR(100) NOT NULL,
    "profile" VARCHAR(100) NOT NULL,
    "scope" TEXT NOT NULL,
    "sequence" INTEGER,
    "covers" INTEGER,
    "parent" VARCHAR(64),
    "window_start" VARCHAR(26),
    "window_end" VARCHAR(26),
    "created_at" VARCHAR(26) NOT NULL,
    "bundle" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,
    "applied_at" TIMESTAMP TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS "gapsync_gap" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "stream" VARCHAR(32) NOT NULL,
    "receiver" VARCHAR(64),
    "source" VARCHAR(100) NOT NULL,
    "engine" VARCHAR(100) NOT NULL,
    "profile" VARCHAR(100) NOT NULL,
    "scope" TEXT NOT NULL,
    "from_sequence" INTEGER,
    "to_sequence" INTEGER,
    "last_sha256" VARCHAR(64),
    "last_created_at" VARCHAR(26),
    "window_start" VARCHAR(26),
    "window_end" VARCHAR(26) NOT NULL,
    "run_id" INTEGER NOT NULL,
    "opened_at" TIMESTAMP TEXT NOT NULL,
    "closed_by" INTEGER,
    "closed_at" TIMESTAMP TEXT
);
