-- The `threatq` profile's tables for SQLite, for an empty database: sqlite3 gapsync.db < sql/sqlite/threatq.sql
-- Written by `gapsync schema` from the profile and the description of its columns; do not edit by hand.
-- SQLite cannot hash in a trigger: a key change clears sync_hash, there and in all rows whose key refers to the
-- row, and `gapsync fill-sync-hash` fills it.

CREATE TABLE "tlp" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "level" INTEGER,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_tlp_updated_at" ON "tlp" ("updated_at");

CREATE TABLE "object_types" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "code" VARCHAR(50) NOT NULL,
    "table_name" VARCHAR(255),
    "is_custom" BOOLEAN NOT NULL DEFAULT 0,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("code")
);
CREATE INDEX "ix_object_types_updated_at" ON "object_types" ("updated_at");

CREATE TABLE "indicator_types" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "class" VARCHAR(50),
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_indicator_types_updated_at" ON "indicator_types" ("updated_at");

CREATE TABLE "indicator_statuses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "protected" BOOLEAN NOT NULL DEFAULT 0,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_indicator_statuses_updated_at" ON "indicator_statuses" ("updated_at");

CREATE TABLE "event_types" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_event_types_updated_at" ON "event_types" ("updated_at");

CREATE TABLE "attachment_types" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "is_parsable" BOOLEAN NOT NULL DEFAULT 0,
    "parser_class" VARCHAR(255),
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_attachment_types_updated_at" ON "attachment_types" ("updated_at");

CREATE TABLE "signature_types" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_signature_types_updated_at" ON "signature_types" ("updated_at");

CREATE TABLE "signature_statuses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_signature_statuses_updated_at" ON "signature_statuses" ("updated_at");

CREATE TABLE "task_statuses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_task_statuses_updated_at" ON "task_statuses" ("updated_at");

CREATE TABLE "task_priorities" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_task_priorities_updated_at" ON "task_priorities" ("updated_at");

CREATE TABLE "object_statuses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "object_type_code" VARCHAR(50) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("object_type_code", "name")
);
CREATE INDEX "ix_object_statuses_updated_at" ON "object_statuses" ("updated_at");

CREATE TABLE "content_types" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_content_types_updated_at" ON "content_types" ("updated_at");

CREATE TABLE "attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_attributes_updated_at" ON "attributes" ("updated_at");

CREATE TABLE "tags" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_tags_updated_at" ON "tags" ("updated_at");

CREATE TABLE "users" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "email" VARCHAR(255) NOT NULL,
    "display_name" VARCHAR(255),
    "role" VARCHAR(50) NOT NULL DEFAULT 'readonly',
    "password" VARCHAR(255),
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("email")
);
CREATE INDEX "ix_users_updated_at" ON "users" ("updated_at");

CREATE TABLE "connectors" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "namespace" VARCHAR(255),
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_connectors_updated_at" ON "connectors" ("updated_at");

CREATE TABLE "sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "type" VARCHAR(50) NOT NULL,
    "reference_id" INTEGER,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("type", "name")
);
CREATE INDEX "ix_sources_tlp_id" ON "sources" ("tlp_id");
CREATE INDEX "ix_sources_type_reference_id" ON "sources" ("type", "reference_id");
CREATE INDEX "ix_sources_updated_at" ON "sources" ("updated_at");

CREATE TABLE "adversaries" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("name")
);
CREATE INDEX "ix_adversaries_updated_at" ON "adversaries" ("updated_at");

CREATE TABLE "indicators" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" TEXT NOT NULL,
    "class" VARCHAR(50),
    "type_id" INTEGER NOT NULL REFERENCES "indicator_types" ("id") ON DELETE RESTRICT,
    "status_id" INTEGER NOT NULL REFERENCES "indicator_statuses" ("id") ON DELETE RESTRICT,
    "description" TEXT,
    "score" INTEGER,
    "expires_at" TIMESTAMP TEXT,
    "published_at" TIMESTAMP TEXT,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_indicators_type_id" ON "indicators" ("type_id");
CREATE INDEX "ix_indicators_status_id" ON "indicators" ("status_id");
CREATE INDEX "ix_indicators_updated_at" ON "indicators" ("updated_at");

CREATE TABLE "events" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "title" TEXT NOT NULL,
    "type_id" INTEGER NOT NULL REFERENCES "event_types" ("id") ON DELETE RESTRICT,
    "happened_at" TIMESTAMP TEXT NOT NULL,
    "description" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_events_type_id" ON "events" ("type_id");
CREATE INDEX "ix_events_updated_at" ON "events" ("updated_at");

CREATE TABLE "attachments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "title" VARCHAR(255),
    "name" VARCHAR(255) NOT NULL,
    "type_id" INTEGER REFERENCES "attachment_types" ("id") ON DELETE RESTRICT,
    "content_type_id" INTEGER REFERENCES "content_types" ("id") ON DELETE RESTRICT,
    "hash" VARCHAR(32) NOT NULL,
    "file_size" INTEGER,
    "path" TEXT,
    "malware_locked" BOOLEAN NOT NULL DEFAULT 0,
    "description" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("hash", "name")
);
CREATE INDEX "ix_attachments_type_id" ON "attachments" ("type_id");
CREATE INDEX "ix_attachments_content_type_id" ON "attachments" ("content_type_id");
CREATE INDEX "ix_attachments_updated_at" ON "attachments" ("updated_at");

CREATE TABLE "signatures" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" TEXT,
    "value" TEXT,
    "hash" VARCHAR(32) NOT NULL,
    "type_id" INTEGER NOT NULL REFERENCES "signature_types" ("id") ON DELETE RESTRICT,
    "status_id" INTEGER REFERENCES "signature_statuses" ("id") ON DELETE RESTRICT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("type_id", "hash")
);
CREATE INDEX "ix_signatures_status_id" ON "signatures" ("status_id");
CREATE INDEX "ix_signatures_updated_at" ON "signatures" ("updated_at");

CREATE TABLE "malware" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_malware_status_id" ON "malware" ("status_id");
CREATE INDEX "ix_malware_updated_at" ON "malware" ("updated_at");

CREATE TABLE "attack_pattern" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_attack_pattern_status_id" ON "attack_pattern" ("status_id");
CREATE INDEX "ix_attack_pattern_updated_at" ON "attack_pattern" ("updated_at");

CREATE TABLE "campaign" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_campaign_status_id" ON "campaign" ("status_id");
CREATE INDEX "ix_campaign_updated_at" ON "campaign" ("updated_at");

CREATE TABLE "course_of_action" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_course_of_action_status_id" ON "course_of_action" ("status_id");
CREATE INDEX "ix_course_of_action_updated_at" ON "course_of_action" ("updated_at");

CREATE TABLE "exploit_target" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_exploit_target_status_id" ON "exploit_target" ("status_id");
CREATE INDEX "ix_exploit_target_updated_at" ON "exploit_target" ("updated_at");

CREATE TABLE "identity" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_identity_status_id" ON "identity" ("status_id");
CREATE INDEX "ix_identity_updated_at" ON "identity" ("updated_at");

CREATE TABLE "incident" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_incident_status_id" ON "incident" ("status_id");
CREATE INDEX "ix_incident_updated_at" ON "incident" ("updated_at");

CREATE TABLE "infrastructure" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_infrastructure_status_id" ON "infrastructure" ("status_id");
CREATE INDEX "ix_infrastructure_updated_at" ON "infrastructure" ("updated_at");

CREATE TABLE "intrusion_set" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_intrusion_set_status_id" ON "intrusion_set" ("status_id");
CREATE INDEX "ix_intrusion_set_updated_at" ON "intrusion_set" ("updated_at");

CREATE TABLE "report" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_report_status_id" ON "report" ("status_id");
CREATE INDEX "ix_report_updated_at" ON "report" ("updated_at");

CREATE TABLE "tool" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_tool_status_id" ON "tool" ("status_id");
CREATE INDEX "ix_tool_updated_at" ON "tool" ("updated_at");

CREATE TABLE "ttp" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_ttp_status_id" ON "ttp" ("status_id");
CREATE INDEX "ix_ttp_updated_at" ON "ttp" ("updated_at");

CREATE TABLE "vulnerability" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_vulnerability_status_id" ON "vulnerability" ("status_id");
CREATE INDEX "ix_vulnerability_updated_at" ON "vulnerability" ("updated_at");

CREATE TABLE "asset" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_asset_status_id" ON "asset" ("status_id");
CREATE INDEX "ix_asset_updated_at" ON "asset" ("updated_at");

CREATE TABLE "note" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "value" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "status_id" INTEGER REFERENCES "object_statuses" ("id") ON DELETE RESTRICT,
    "started_at" TIMESTAMP TEXT,
    "ended_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("value")
);
CREATE INDEX "ix_note_status_id" ON "note" ("status_id");
CREATE INDEX "ix_note_updated_at" ON "note" ("updated_at");

CREATE TABLE "tasks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "status_id" INTEGER REFERENCES "task_statuses" ("id") ON DELETE RESTRICT,
    "priority_id" INTEGER REFERENCES "task_priorities" ("id") ON DELETE RESTRICT,
    "assignee_id" INTEGER REFERENCES "users" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "due_at" TIMESTAMP TEXT,
    "description" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_tasks_status_id" ON "tasks" ("status_id");
CREATE INDEX "ix_tasks_priority_id" ON "tasks" ("priority_id");
CREATE INDEX "ix_tasks_assignee_id" ON "tasks" ("assignee_id");
CREATE INDEX "ix_tasks_creator_source_id" ON "tasks" ("creator_source_id");
CREATE INDEX "ix_tasks_updated_at" ON "tasks" ("updated_at");

CREATE TABLE "adversary_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "adversary_id" INTEGER NOT NULL REFERENCES "adversaries" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("adversary_id", "source_id")
);
CREATE INDEX "ix_adversary_sources_source_id" ON "adversary_sources" ("source_id");
CREATE INDEX "ix_adversary_sources_creator_source_id" ON "adversary_sources" ("creator_source_id");
CREATE INDEX "ix_adversary_sources_tlp_id" ON "adversary_sources" ("tlp_id");
CREATE INDEX "ix_adversary_sources_updated_at" ON "adversary_sources" ("updated_at");

CREATE TABLE "adversary_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "adversary_id" INTEGER NOT NULL REFERENCES "adversaries" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_adversary_attributes_adversary_id" ON "adversary_attributes" ("adversary_id");
CREATE INDEX "ix_adversary_attributes_attribute_id" ON "adversary_attributes" ("attribute_id");
CREATE INDEX "ix_adversary_attributes_updated_at" ON "adversary_attributes" ("updated_at");

CREATE TABLE "adversary_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "adversary_attribute_id" INTEGER NOT NULL REFERENCES "adversary_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("adversary_attribute_id", "source_id")
);
CREATE INDEX "ix_adversary_attribute_sources_source_id" ON "adversary_attribute_sources" ("source_id");
CREATE INDEX "ix_adversary_attribute_sources_creator_source_id" ON "adversary_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_adversary_attribute_sources_tlp_id" ON "adversary_attribute_sources" ("tlp_id");
CREATE INDEX "ix_adversary_attribute_sources_updated_at" ON "adversary_attribute_sources" ("updated_at");

CREATE TABLE "adversary_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "adversary_id" INTEGER NOT NULL REFERENCES "adversaries" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_adversary_comments_adversary_id" ON "adversary_comments" ("adversary_id");
CREATE INDEX "ix_adversary_comments_source_id" ON "adversary_comments" ("source_id");
CREATE INDEX "ix_adversary_comments_updated_at" ON "adversary_comments" ("updated_at");

CREATE TABLE "indicator_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "indicator_id" INTEGER NOT NULL REFERENCES "indicators" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("indicator_id", "source_id")
);
CREATE INDEX "ix_indicator_sources_source_id" ON "indicator_sources" ("source_id");
CREATE INDEX "ix_indicator_sources_creator_source_id" ON "indicator_sources" ("creator_source_id");
CREATE INDEX "ix_indicator_sources_tlp_id" ON "indicator_sources" ("tlp_id");
CREATE INDEX "ix_indicator_sources_updated_at" ON "indicator_sources" ("updated_at");

CREATE TABLE "indicator_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "indicator_id" INTEGER NOT NULL REFERENCES "indicators" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_indicator_attributes_indicator_id" ON "indicator_attributes" ("indicator_id");
CREATE INDEX "ix_indicator_attributes_attribute_id" ON "indicator_attributes" ("attribute_id");
CREATE INDEX "ix_indicator_attributes_updated_at" ON "indicator_attributes" ("updated_at");

CREATE TABLE "indicator_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "indicator_attribute_id" INTEGER NOT NULL REFERENCES "indicator_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("indicator_attribute_id", "source_id")
);
CREATE INDEX "ix_indicator_attribute_sources_source_id" ON "indicator_attribute_sources" ("source_id");
CREATE INDEX "ix_indicator_attribute_sources_creator_source_id" ON "indicator_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_indicator_attribute_sources_tlp_id" ON "indicator_attribute_sources" ("tlp_id");
CREATE INDEX "ix_indicator_attribute_sources_updated_at" ON "indicator_attribute_sources" ("updated_at");

CREATE TABLE "indicator_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "indicator_id" INTEGER NOT NULL REFERENCES "indicators" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_indicator_comments_indicator_id" ON "indicator_comments" ("indicator_id");
CREATE INDEX "ix_indicator_comments_source_id" ON "indicator_comments" ("source_id");
CREATE INDEX "ix_indicator_comments_updated_at" ON "indicator_comments" ("updated_at");

CREATE TABLE "event_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "event_id" INTEGER NOT NULL REFERENCES "events" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("event_id", "source_id")
);
CREATE INDEX "ix_event_sources_source_id" ON "event_sources" ("source_id");
CREATE INDEX "ix_event_sources_creator_source_id" ON "event_sources" ("creator_source_id");
CREATE INDEX "ix_event_sources_tlp_id" ON "event_sources" ("tlp_id");
CREATE INDEX "ix_event_sources_updated_at" ON "event_sources" ("updated_at");

CREATE TABLE "event_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "event_id" INTEGER NOT NULL REFERENCES "events" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_event_attributes_event_id" ON "event_attributes" ("event_id");
CREATE INDEX "ix_event_attributes_attribute_id" ON "event_attributes" ("attribute_id");
CREATE INDEX "ix_event_attributes_updated_at" ON "event_attributes" ("updated_at");

CREATE TABLE "event_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "event_attribute_id" INTEGER NOT NULL REFERENCES "event_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("event_attribute_id", "source_id")
);
CREATE INDEX "ix_event_attribute_sources_source_id" ON "event_attribute_sources" ("source_id");
CREATE INDEX "ix_event_attribute_sources_creator_source_id" ON "event_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_event_attribute_sources_tlp_id" ON "event_attribute_sources" ("tlp_id");
CREATE INDEX "ix_event_attribute_sources_updated_at" ON "event_attribute_sources" ("updated_at");

CREATE TABLE "event_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "event_id" INTEGER NOT NULL REFERENCES "events" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_event_comments_event_id" ON "event_comments" ("event_id");
CREATE INDEX "ix_event_comments_source_id" ON "event_comments" ("source_id");
CREATE INDEX "ix_event_comments_updated_at" ON "event_comments" ("updated_at");

CREATE TABLE "attachment_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "attachment_id" INTEGER NOT NULL REFERENCES "attachments" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("attachment_id", "source_id")
);
CREATE INDEX "ix_attachment_sources_source_id" ON "attachment_sources" ("source_id");
CREATE INDEX "ix_attachment_sources_creator_source_id" ON "attachment_sources" ("creator_source_id");
CREATE INDEX "ix_attachment_sources_tlp_id" ON "attachment_sources" ("tlp_id");
CREATE INDEX "ix_attachment_sources_updated_at" ON "attachment_sources" ("updated_at");

CREATE TABLE "attachment_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "attachment_id" INTEGER NOT NULL REFERENCES "attachments" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_attachment_attributes_attachment_id" ON "attachment_attributes" ("attachment_id");
CREATE INDEX "ix_attachment_attributes_attribute_id" ON "attachment_attributes" ("attribute_id");
CREATE INDEX "ix_attachment_attributes_updated_at" ON "attachment_attributes" ("updated_at");

CREATE TABLE "attachment_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "attachment_attribute_id" INTEGER NOT NULL REFERENCES "attachment_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("attachment_attribute_id", "source_id")
);
CREATE INDEX "ix_attachment_attribute_sources_source_id" ON "attachment_attribute_sources" ("source_id");
CREATE INDEX "ix_attachment_attribute_sources_creator_source_id" ON "attachment_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_attachment_attribute_sources_tlp_id" ON "attachment_attribute_sources" ("tlp_id");
CREATE INDEX "ix_attachment_attribute_sources_updated_at" ON "attachment_attribute_sources" ("updated_at");

CREATE TABLE "attachment_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "attachment_id" INTEGER NOT NULL REFERENCES "attachments" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_attachment_comments_attachment_id" ON "attachment_comments" ("attachment_id");
CREATE INDEX "ix_attachment_comments_source_id" ON "attachment_comments" ("source_id");
CREATE INDEX "ix_attachment_comments_updated_at" ON "attachment_comments" ("updated_at");

CREATE TABLE "signature_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "signature_id" INTEGER NOT NULL REFERENCES "signatures" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("signature_id", "source_id")
);
CREATE INDEX "ix_signature_sources_source_id" ON "signature_sources" ("source_id");
CREATE INDEX "ix_signature_sources_creator_source_id" ON "signature_sources" ("creator_source_id");
CREATE INDEX "ix_signature_sources_tlp_id" ON "signature_sources" ("tlp_id");
CREATE INDEX "ix_signature_sources_updated_at" ON "signature_sources" ("updated_at");

CREATE TABLE "signature_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "signature_id" INTEGER NOT NULL REFERENCES "signatures" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_signature_attributes_signature_id" ON "signature_attributes" ("signature_id");
CREATE INDEX "ix_signature_attributes_attribute_id" ON "signature_attributes" ("attribute_id");
CREATE INDEX "ix_signature_attributes_updated_at" ON "signature_attributes" ("updated_at");

CREATE TABLE "signature_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "signature_attribute_id" INTEGER NOT NULL REFERENCES "signature_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("signature_attribute_id", "source_id")
);
CREATE INDEX "ix_signature_attribute_sources_source_id" ON "signature_attribute_sources" ("source_id");
CREATE INDEX "ix_signature_attribute_sources_creator_source_id" ON "signature_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_signature_attribute_sources_tlp_id" ON "signature_attribute_sources" ("tlp_id");
CREATE INDEX "ix_signature_attribute_sources_updated_at" ON "signature_attribute_sources" ("updated_at");

CREATE TABLE "signature_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "signature_id" INTEGER NOT NULL REFERENCES "signatures" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_signature_comments_signature_id" ON "signature_comments" ("signature_id");
CREATE INDEX "ix_signature_comments_source_id" ON "signature_comments" ("source_id");
CREATE INDEX "ix_signature_comments_updated_at" ON "signature_comments" ("updated_at");

CREATE TABLE "malware_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "malware_id" INTEGER NOT NULL REFERENCES "malware" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("malware_id", "source_id")
);
CREATE INDEX "ix_malware_sources_source_id" ON "malware_sources" ("source_id");
CREATE INDEX "ix_malware_sources_creator_source_id" ON "malware_sources" ("creator_source_id");
CREATE INDEX "ix_malware_sources_tlp_id" ON "malware_sources" ("tlp_id");
CREATE INDEX "ix_malware_sources_updated_at" ON "malware_sources" ("updated_at");

CREATE TABLE "malware_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "malware_id" INTEGER NOT NULL REFERENCES "malware" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_malware_attributes_malware_id" ON "malware_attributes" ("malware_id");
CREATE INDEX "ix_malware_attributes_attribute_id" ON "malware_attributes" ("attribute_id");
CREATE INDEX "ix_malware_attributes_updated_at" ON "malware_attributes" ("updated_at");

CREATE TABLE "malware_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "malware_attribute_id" INTEGER NOT NULL REFERENCES "malware_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("malware_attribute_id", "source_id")
);
CREATE INDEX "ix_malware_attribute_sources_source_id" ON "malware_attribute_sources" ("source_id");
CREATE INDEX "ix_malware_attribute_sources_creator_source_id" ON "malware_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_malware_attribute_sources_tlp_id" ON "malware_attribute_sources" ("tlp_id");
CREATE INDEX "ix_malware_attribute_sources_updated_at" ON "malware_attribute_sources" ("updated_at");

CREATE TABLE "malware_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "malware_id" INTEGER NOT NULL REFERENCES "malware" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_malware_comments_malware_id" ON "malware_comments" ("malware_id");
CREATE INDEX "ix_malware_comments_source_id" ON "malware_comments" ("source_id");
CREATE INDEX "ix_malware_comments_updated_at" ON "malware_comments" ("updated_at");

CREATE TABLE "attack_pattern_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "attack_pattern_id" INTEGER NOT NULL REFERENCES "attack_pattern" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("attack_pattern_id", "source_id")
);
CREATE INDEX "ix_attack_pattern_sources_source_id" ON "attack_pattern_sources" ("source_id");
CREATE INDEX "ix_attack_pattern_sources_creator_source_id" ON "attack_pattern_sources" ("creator_source_id");
CREATE INDEX "ix_attack_pattern_sources_tlp_id" ON "attack_pattern_sources" ("tlp_id");
CREATE INDEX "ix_attack_pattern_sources_updated_at" ON "attack_pattern_sources" ("updated_at");

CREATE TABLE "attack_pattern_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "attack_pattern_id" INTEGER NOT NULL REFERENCES "attack_pattern" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_attack_pattern_attributes_attack_pattern_id" ON "attack_pattern_attributes" ("attack_pattern_id");
CREATE INDEX "ix_attack_pattern_attributes_attribute_id" ON "attack_pattern_attributes" ("attribute_id");
CREATE INDEX "ix_attack_pattern_attributes_updated_at" ON "attack_pattern_attributes" ("updated_at");

CREATE TABLE "attack_pattern_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "attack_pattern_attribute_id" INTEGER NOT NULL REFERENCES "attack_pattern_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("attack_pattern_attribute_id", "source_id")
);
CREATE INDEX "ix_attack_pattern_attribute_sources_source_id" ON "attack_pattern_attribute_sources" ("source_id");
CREATE INDEX "ix_attack_pattern_attribute_sources_creator_source_id" ON "attack_pattern_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_attack_pattern_attribute_sources_tlp_id" ON "attack_pattern_attribute_sources" ("tlp_id");
CREATE INDEX "ix_attack_pattern_attribute_sources_updated_at" ON "attack_pattern_attribute_sources" ("updated_at");

CREATE TABLE "attack_pattern_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "attack_pattern_id" INTEGER NOT NULL REFERENCES "attack_pattern" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_attack_pattern_comments_attack_pattern_id" ON "attack_pattern_comments" ("attack_pattern_id");
CREATE INDEX "ix_attack_pattern_comments_source_id" ON "attack_pattern_comments" ("source_id");
CREATE INDEX "ix_attack_pattern_comments_updated_at" ON "attack_pattern_comments" ("updated_at");

CREATE TABLE "campaign_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "campaign_id" INTEGER NOT NULL REFERENCES "campaign" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("campaign_id", "source_id")
);
CREATE INDEX "ix_campaign_sources_source_id" ON "campaign_sources" ("source_id");
CREATE INDEX "ix_campaign_sources_creator_source_id" ON "campaign_sources" ("creator_source_id");
CREATE INDEX "ix_campaign_sources_tlp_id" ON "campaign_sources" ("tlp_id");
CREATE INDEX "ix_campaign_sources_updated_at" ON "campaign_sources" ("updated_at");

CREATE TABLE "campaign_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "campaign_id" INTEGER NOT NULL REFERENCES "campaign" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_campaign_attributes_campaign_id" ON "campaign_attributes" ("campaign_id");
CREATE INDEX "ix_campaign_attributes_attribute_id" ON "campaign_attributes" ("attribute_id");
CREATE INDEX "ix_campaign_attributes_updated_at" ON "campaign_attributes" ("updated_at");

CREATE TABLE "campaign_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "campaign_attribute_id" INTEGER NOT NULL REFERENCES "campaign_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("campaign_attribute_id", "source_id")
);
CREATE INDEX "ix_campaign_attribute_sources_source_id" ON "campaign_attribute_sources" ("source_id");
CREATE INDEX "ix_campaign_attribute_sources_creator_source_id" ON "campaign_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_campaign_attribute_sources_tlp_id" ON "campaign_attribute_sources" ("tlp_id");
CREATE INDEX "ix_campaign_attribute_sources_updated_at" ON "campaign_attribute_sources" ("updated_at");

CREATE TABLE "campaign_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "campaign_id" INTEGER NOT NULL REFERENCES "campaign" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_campaign_comments_campaign_id" ON "campaign_comments" ("campaign_id");
CREATE INDEX "ix_campaign_comments_source_id" ON "campaign_comments" ("source_id");
CREATE INDEX "ix_campaign_comments_updated_at" ON "campaign_comments" ("updated_at");

CREATE TABLE "course_of_action_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "course_of_action_id" INTEGER NOT NULL REFERENCES "course_of_action" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("course_of_action_id", "source_id")
);
CREATE INDEX "ix_course_of_action_sources_source_id" ON "course_of_action_sources" ("source_id");
CREATE INDEX "ix_course_of_action_sources_creator_source_id" ON "course_of_action_sources" ("creator_source_id");
CREATE INDEX "ix_course_of_action_sources_tlp_id" ON "course_of_action_sources" ("tlp_id");
CREATE INDEX "ix_course_of_action_sources_updated_at" ON "course_of_action_sources" ("updated_at");

CREATE TABLE "course_of_action_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "course_of_action_id" INTEGER NOT NULL REFERENCES "course_of_action" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_course_of_action_attributes_course_of_action_id" ON "course_of_action_attributes" ("course_of_action_id");
CREATE INDEX "ix_course_of_action_attributes_attribute_id" ON "course_of_action_attributes" ("attribute_id");
CREATE INDEX "ix_course_of_action_attributes_updated_at" ON "course_of_action_attributes" ("updated_at");

CREATE TABLE "course_of_action_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "course_of_action_attribute_id" INTEGER NOT NULL REFERENCES "course_of_action_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("course_of_action_attribute_id", "source_id")
);
CREATE INDEX "ix_course_of_action_attribute_sources_source_id" ON "course_of_action_attribute_sources" ("source_id");
CREATE INDEX "ix_course_of_action_attribute_sources_creator_source_id" ON "course_of_action_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_course_of_action_attribute_sources_tlp_id" ON "course_of_action_attribute_sources" ("tlp_id");
CREATE INDEX "ix_course_of_action_attribute_sources_updated_at" ON "course_of_action_attribute_sources" ("updated_at");

CREATE TABLE "course_of_action_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "course_of_action_id" INTEGER NOT NULL REFERENCES "course_of_action" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_course_of_action_comments_course_of_action_id" ON "course_of_action_comments" ("course_of_action_id");
CREATE INDEX "ix_course_of_action_comments_source_id" ON "course_of_action_comments" ("source_id");
CREATE INDEX "ix_course_of_action_comments_updated_at" ON "course_of_action_comments" ("updated_at");

CREATE TABLE "exploit_target_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "exploit_target_id" INTEGER NOT NULL REFERENCES "exploit_target" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("exploit_target_id", "source_id")
);
CREATE INDEX "ix_exploit_target_sources_source_id" ON "exploit_target_sources" ("source_id");
CREATE INDEX "ix_exploit_target_sources_creator_source_id" ON "exploit_target_sources" ("creator_source_id");
CREATE INDEX "ix_exploit_target_sources_tlp_id" ON "exploit_target_sources" ("tlp_id");
CREATE INDEX "ix_exploit_target_sources_updated_at" ON "exploit_target_sources" ("updated_at");

CREATE TABLE "exploit_target_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "exploit_target_id" INTEGER NOT NULL REFERENCES "exploit_target" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_exploit_target_attributes_exploit_target_id" ON "exploit_target_attributes" ("exploit_target_id");
CREATE INDEX "ix_exploit_target_attributes_attribute_id" ON "exploit_target_attributes" ("attribute_id");
CREATE INDEX "ix_exploit_target_attributes_updated_at" ON "exploit_target_attributes" ("updated_at");

CREATE TABLE "exploit_target_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "exploit_target_attribute_id" INTEGER NOT NULL REFERENCES "exploit_target_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("exploit_target_attribute_id", "source_id")
);
CREATE INDEX "ix_exploit_target_attribute_sources_source_id" ON "exploit_target_attribute_sources" ("source_id");
CREATE INDEX "ix_exploit_target_attribute_sources_creator_source_id" ON "exploit_target_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_exploit_target_attribute_sources_tlp_id" ON "exploit_target_attribute_sources" ("tlp_id");
CREATE INDEX "ix_exploit_target_attribute_sources_updated_at" ON "exploit_target_attribute_sources" ("updated_at");

CREATE TABLE "exploit_target_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "exploit_target_id" INTEGER NOT NULL REFERENCES "exploit_target" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_exploit_target_comments_exploit_target_id" ON "exploit_target_comments" ("exploit_target_id");
CREATE INDEX "ix_exploit_target_comments_source_id" ON "exploit_target_comments" ("source_id");
CREATE INDEX "ix_exploit_target_comments_updated_at" ON "exploit_target_comments" ("updated_at");

CREATE TABLE "identity_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "identity_id" INTEGER NOT NULL REFERENCES "identity" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("identity_id", "source_id")
);
CREATE INDEX "ix_identity_sources_source_id" ON "identity_sources" ("source_id");
CREATE INDEX "ix_identity_sources_creator_source_id" ON "identity_sources" ("creator_source_id");
CREATE INDEX "ix_identity_sources_tlp_id" ON "identity_sources" ("tlp_id");
CREATE INDEX "ix_identity_sources_updated_at" ON "identity_sources" ("updated_at");

CREATE TABLE "identity_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "identity_id" INTEGER NOT NULL REFERENCES "identity" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_identity_attributes_identity_id" ON "identity_attributes" ("identity_id");
CREATE INDEX "ix_identity_attributes_attribute_id" ON "identity_attributes" ("attribute_id");
CREATE INDEX "ix_identity_attributes_updated_at" ON "identity_attributes" ("updated_at");

CREATE TABLE "identity_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "identity_attribute_id" INTEGER NOT NULL REFERENCES "identity_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("identity_attribute_id", "source_id")
);
CREATE INDEX "ix_identity_attribute_sources_source_id" ON "identity_attribute_sources" ("source_id");
CREATE INDEX "ix_identity_attribute_sources_creator_source_id" ON "identity_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_identity_attribute_sources_tlp_id" ON "identity_attribute_sources" ("tlp_id");
CREATE INDEX "ix_identity_attribute_sources_updated_at" ON "identity_attribute_sources" ("updated_at");

CREATE TABLE "identity_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "identity_id" INTEGER NOT NULL REFERENCES "identity" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_identity_comments_identity_id" ON "identity_comments" ("identity_id");
CREATE INDEX "ix_identity_comments_source_id" ON "identity_comments" ("source_id");
CREATE INDEX "ix_identity_comments_updated_at" ON "identity_comments" ("updated_at");

CREATE TABLE "incident_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "incident_id" INTEGER NOT NULL REFERENCES "incident" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("incident_id", "source_id")
);
CREATE INDEX "ix_incident_sources_source_id" ON "incident_sources" ("source_id");
CREATE INDEX "ix_incident_sources_creator_source_id" ON "incident_sources" ("creator_source_id");
CREATE INDEX "ix_incident_sources_tlp_id" ON "incident_sources" ("tlp_id");
CREATE INDEX "ix_incident_sources_updated_at" ON "incident_sources" ("updated_at");

CREATE TABLE "incident_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "incident_id" INTEGER NOT NULL REFERENCES "incident" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_incident_attributes_incident_id" ON "incident_attributes" ("incident_id");
CREATE INDEX "ix_incident_attributes_attribute_id" ON "incident_attributes" ("attribute_id");
CREATE INDEX "ix_incident_attributes_updated_at" ON "incident_attributes" ("updated_at");

CREATE TABLE "incident_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "incident_attribute_id" INTEGER NOT NULL REFERENCES "incident_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("incident_attribute_id", "source_id")
);
CREATE INDEX "ix_incident_attribute_sources_source_id" ON "incident_attribute_sources" ("source_id");
CREATE INDEX "ix_incident_attribute_sources_creator_source_id" ON "incident_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_incident_attribute_sources_tlp_id" ON "incident_attribute_sources" ("tlp_id");
CREATE INDEX "ix_incident_attribute_sources_updated_at" ON "incident_attribute_sources" ("updated_at");

CREATE TABLE "incident_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "incident_id" INTEGER NOT NULL REFERENCES "incident" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_incident_comments_incident_id" ON "incident_comments" ("incident_id");
CREATE INDEX "ix_incident_comments_source_id" ON "incident_comments" ("source_id");
CREATE INDEX "ix_incident_comments_updated_at" ON "incident_comments" ("updated_at");

CREATE TABLE "infrastructure_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "infrastructure_id" INTEGER NOT NULL REFERENCES "infrastructure" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("infrastructure_id", "source_id")
);
CREATE INDEX "ix_infrastructure_sources_source_id" ON "infrastructure_sources" ("source_id");
CREATE INDEX "ix_infrastructure_sources_creator_source_id" ON "infrastructure_sources" ("creator_source_id");
CREATE INDEX "ix_infrastructure_sources_tlp_id" ON "infrastructure_sources" ("tlp_id");
CREATE INDEX "ix_infrastructure_sources_updated_at" ON "infrastructure_sources" ("updated_at");

CREATE TABLE "infrastructure_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "infrastructure_id" INTEGER NOT NULL REFERENCES "infrastructure" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_infrastructure_attributes_infrastructure_id" ON "infrastructure_attributes" ("infrastructure_id");
CREATE INDEX "ix_infrastructure_attributes_attribute_id" ON "infrastructure_attributes" ("attribute_id");
CREATE INDEX "ix_infrastructure_attributes_updated_at" ON "infrastructure_attributes" ("updated_at");

CREATE TABLE "infrastructure_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "infrastructure_attribute_id" INTEGER NOT NULL REFERENCES "infrastructure_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("infrastructure_attribute_id", "source_id")
);
CREATE INDEX "ix_infrastructure_attribute_sources_source_id" ON "infrastructure_attribute_sources" ("source_id");
CREATE INDEX "ix_infrastructure_attribute_sources_creator_source_id" ON "infrastructure_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_infrastructure_attribute_sources_tlp_id" ON "infrastructure_attribute_sources" ("tlp_id");
CREATE INDEX "ix_infrastructure_attribute_sources_updated_at" ON "infrastructure_attribute_sources" ("updated_at");

CREATE TABLE "infrastructure_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "infrastructure_id" INTEGER NOT NULL REFERENCES "infrastructure" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_infrastructure_comments_infrastructure_id" ON "infrastructure_comments" ("infrastructure_id");
CREATE INDEX "ix_infrastructure_comments_source_id" ON "infrastructure_comments" ("source_id");
CREATE INDEX "ix_infrastructure_comments_updated_at" ON "infrastructure_comments" ("updated_at");

CREATE TABLE "intrusion_set_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "intrusion_set_id" INTEGER NOT NULL REFERENCES "intrusion_set" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("intrusion_set_id", "source_id")
);
CREATE INDEX "ix_intrusion_set_sources_source_id" ON "intrusion_set_sources" ("source_id");
CREATE INDEX "ix_intrusion_set_sources_creator_source_id" ON "intrusion_set_sources" ("creator_source_id");
CREATE INDEX "ix_intrusion_set_sources_tlp_id" ON "intrusion_set_sources" ("tlp_id");
CREATE INDEX "ix_intrusion_set_sources_updated_at" ON "intrusion_set_sources" ("updated_at");

CREATE TABLE "intrusion_set_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "intrusion_set_id" INTEGER NOT NULL REFERENCES "intrusion_set" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_intrusion_set_attributes_intrusion_set_id" ON "intrusion_set_attributes" ("intrusion_set_id");
CREATE INDEX "ix_intrusion_set_attributes_attribute_id" ON "intrusion_set_attributes" ("attribute_id");
CREATE INDEX "ix_intrusion_set_attributes_updated_at" ON "intrusion_set_attributes" ("updated_at");

CREATE TABLE "intrusion_set_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "intrusion_set_attribute_id" INTEGER NOT NULL REFERENCES "intrusion_set_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("intrusion_set_attribute_id", "source_id")
);
CREATE INDEX "ix_intrusion_set_attribute_sources_source_id" ON "intrusion_set_attribute_sources" ("source_id");
CREATE INDEX "ix_intrusion_set_attribute_sources_creator_source_id" ON "intrusion_set_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_intrusion_set_attribute_sources_tlp_id" ON "intrusion_set_attribute_sources" ("tlp_id");
CREATE INDEX "ix_intrusion_set_attribute_sources_updated_at" ON "intrusion_set_attribute_sources" ("updated_at");

CREATE TABLE "intrusion_set_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "intrusion_set_id" INTEGER NOT NULL REFERENCES "intrusion_set" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_intrusion_set_comments_intrusion_set_id" ON "intrusion_set_comments" ("intrusion_set_id");
CREATE INDEX "ix_intrusion_set_comments_source_id" ON "intrusion_set_comments" ("source_id");
CREATE INDEX "ix_intrusion_set_comments_updated_at" ON "intrusion_set_comments" ("updated_at");

CREATE TABLE "report_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "report_id" INTEGER NOT NULL REFERENCES "report" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("report_id", "source_id")
);
CREATE INDEX "ix_report_sources_source_id" ON "report_sources" ("source_id");
CREATE INDEX "ix_report_sources_creator_source_id" ON "report_sources" ("creator_source_id");
CREATE INDEX "ix_report_sources_tlp_id" ON "report_sources" ("tlp_id");
CREATE INDEX "ix_report_sources_updated_at" ON "report_sources" ("updated_at");

CREATE TABLE "report_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "report_id" INTEGER NOT NULL REFERENCES "report" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_report_attributes_report_id" ON "report_attributes" ("report_id");
CREATE INDEX "ix_report_attributes_attribute_id" ON "report_attributes" ("attribute_id");
CREATE INDEX "ix_report_attributes_updated_at" ON "report_attributes" ("updated_at");

CREATE TABLE "report_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "report_attribute_id" INTEGER NOT NULL REFERENCES "report_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("report_attribute_id", "source_id")
);
CREATE INDEX "ix_report_attribute_sources_source_id" ON "report_attribute_sources" ("source_id");
CREATE INDEX "ix_report_attribute_sources_creator_source_id" ON "report_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_report_attribute_sources_tlp_id" ON "report_attribute_sources" ("tlp_id");
CREATE INDEX "ix_report_attribute_sources_updated_at" ON "report_attribute_sources" ("updated_at");

CREATE TABLE "report_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "report_id" INTEGER NOT NULL REFERENCES "report" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_report_comments_report_id" ON "report_comments" ("report_id");
CREATE INDEX "ix_report_comments_source_id" ON "report_comments" ("source_id");
CREATE INDEX "ix_report_comments_updated_at" ON "report_comments" ("updated_at");

CREATE TABLE "tool_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "tool_id" INTEGER NOT NULL REFERENCES "tool" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("tool_id", "source_id")
);
CREATE INDEX "ix_tool_sources_source_id" ON "tool_sources" ("source_id");
CREATE INDEX "ix_tool_sources_creator_source_id" ON "tool_sources" ("creator_source_id");
CREATE INDEX "ix_tool_sources_tlp_id" ON "tool_sources" ("tlp_id");
CREATE INDEX "ix_tool_sources_updated_at" ON "tool_sources" ("updated_at");

CREATE TABLE "tool_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "tool_id" INTEGER NOT NULL REFERENCES "tool" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_tool_attributes_tool_id" ON "tool_attributes" ("tool_id");
CREATE INDEX "ix_tool_attributes_attribute_id" ON "tool_attributes" ("attribute_id");
CREATE INDEX "ix_tool_attributes_updated_at" ON "tool_attributes" ("updated_at");

CREATE TABLE "tool_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "tool_attribute_id" INTEGER NOT NULL REFERENCES "tool_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("tool_attribute_id", "source_id")
);
CREATE INDEX "ix_tool_attribute_sources_source_id" ON "tool_attribute_sources" ("source_id");
CREATE INDEX "ix_tool_attribute_sources_creator_source_id" ON "tool_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_tool_attribute_sources_tlp_id" ON "tool_attribute_sources" ("tlp_id");
CREATE INDEX "ix_tool_attribute_sources_updated_at" ON "tool_attribute_sources" ("updated_at");

CREATE TABLE "tool_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "tool_id" INTEGER NOT NULL REFERENCES "tool" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_tool_comments_tool_id" ON "tool_comments" ("tool_id");
CREATE INDEX "ix_tool_comments_source_id" ON "tool_comments" ("source_id");
CREATE INDEX "ix_tool_comments_updated_at" ON "tool_comments" ("updated_at");

CREATE TABLE "ttp_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "ttp_id" INTEGER NOT NULL REFERENCES "ttp" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("ttp_id", "source_id")
);
CREATE INDEX "ix_ttp_sources_source_id" ON "ttp_sources" ("source_id");
CREATE INDEX "ix_ttp_sources_creator_source_id" ON "ttp_sources" ("creator_source_id");
CREATE INDEX "ix_ttp_sources_tlp_id" ON "ttp_sources" ("tlp_id");
CREATE INDEX "ix_ttp_sources_updated_at" ON "ttp_sources" ("updated_at");

CREATE TABLE "ttp_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "ttp_id" INTEGER NOT NULL REFERENCES "ttp" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_ttp_attributes_ttp_id" ON "ttp_attributes" ("ttp_id");
CREATE INDEX "ix_ttp_attributes_attribute_id" ON "ttp_attributes" ("attribute_id");
CREATE INDEX "ix_ttp_attributes_updated_at" ON "ttp_attributes" ("updated_at");

CREATE TABLE "ttp_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "ttp_attribute_id" INTEGER NOT NULL REFERENCES "ttp_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("ttp_attribute_id", "source_id")
);
CREATE INDEX "ix_ttp_attribute_sources_source_id" ON "ttp_attribute_sources" ("source_id");
CREATE INDEX "ix_ttp_attribute_sources_creator_source_id" ON "ttp_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_ttp_attribute_sources_tlp_id" ON "ttp_attribute_sources" ("tlp_id");
CREATE INDEX "ix_ttp_attribute_sources_updated_at" ON "ttp_attribute_sources" ("updated_at");

CREATE TABLE "ttp_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "ttp_id" INTEGER NOT NULL REFERENCES "ttp" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_ttp_comments_ttp_id" ON "ttp_comments" ("ttp_id");
CREATE INDEX "ix_ttp_comments_source_id" ON "ttp_comments" ("source_id");
CREATE INDEX "ix_ttp_comments_updated_at" ON "ttp_comments" ("updated_at");

CREATE TABLE "vulnerability_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "vulnerability_id" INTEGER NOT NULL REFERENCES "vulnerability" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("vulnerability_id", "source_id")
);
CREATE INDEX "ix_vulnerability_sources_source_id" ON "vulnerability_sources" ("source_id");
CREATE INDEX "ix_vulnerability_sources_creator_source_id" ON "vulnerability_sources" ("creator_source_id");
CREATE INDEX "ix_vulnerability_sources_tlp_id" ON "vulnerability_sources" ("tlp_id");
CREATE INDEX "ix_vulnerability_sources_updated_at" ON "vulnerability_sources" ("updated_at");

CREATE TABLE "vulnerability_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "vulnerability_id" INTEGER NOT NULL REFERENCES "vulnerability" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_vulnerability_attributes_vulnerability_id" ON "vulnerability_attributes" ("vulnerability_id");
CREATE INDEX "ix_vulnerability_attributes_attribute_id" ON "vulnerability_attributes" ("attribute_id");
CREATE INDEX "ix_vulnerability_attributes_updated_at" ON "vulnerability_attributes" ("updated_at");

CREATE TABLE "vulnerability_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "vulnerability_attribute_id" INTEGER NOT NULL REFERENCES "vulnerability_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("vulnerability_attribute_id", "source_id")
);
CREATE INDEX "ix_vulnerability_attribute_sources_source_id" ON "vulnerability_attribute_sources" ("source_id");
CREATE INDEX "ix_vulnerability_attribute_sources_creator_source_id" ON "vulnerability_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_vulnerability_attribute_sources_tlp_id" ON "vulnerability_attribute_sources" ("tlp_id");
CREATE INDEX "ix_vulnerability_attribute_sources_updated_at" ON "vulnerability_attribute_sources" ("updated_at");

CREATE TABLE "vulnerability_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "vulnerability_id" INTEGER NOT NULL REFERENCES "vulnerability" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_vulnerability_comments_vulnerability_id" ON "vulnerability_comments" ("vulnerability_id");
CREATE INDEX "ix_vulnerability_comments_source_id" ON "vulnerability_comments" ("source_id");
CREATE INDEX "ix_vulnerability_comments_updated_at" ON "vulnerability_comments" ("updated_at");

CREATE TABLE "asset_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "asset_id" INTEGER NOT NULL REFERENCES "asset" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("asset_id", "source_id")
);
CREATE INDEX "ix_asset_sources_source_id" ON "asset_sources" ("source_id");
CREATE INDEX "ix_asset_sources_creator_source_id" ON "asset_sources" ("creator_source_id");
CREATE INDEX "ix_asset_sources_tlp_id" ON "asset_sources" ("tlp_id");
CREATE INDEX "ix_asset_sources_updated_at" ON "asset_sources" ("updated_at");

CREATE TABLE "asset_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "asset_id" INTEGER NOT NULL REFERENCES "asset" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_asset_attributes_asset_id" ON "asset_attributes" ("asset_id");
CREATE INDEX "ix_asset_attributes_attribute_id" ON "asset_attributes" ("attribute_id");
CREATE INDEX "ix_asset_attributes_updated_at" ON "asset_attributes" ("updated_at");

CREATE TABLE "asset_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "asset_attribute_id" INTEGER NOT NULL REFERENCES "asset_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("asset_attribute_id", "source_id")
);
CREATE INDEX "ix_asset_attribute_sources_source_id" ON "asset_attribute_sources" ("source_id");
CREATE INDEX "ix_asset_attribute_sources_creator_source_id" ON "asset_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_asset_attribute_sources_tlp_id" ON "asset_attribute_sources" ("tlp_id");
CREATE INDEX "ix_asset_attribute_sources_updated_at" ON "asset_attribute_sources" ("updated_at");

CREATE TABLE "asset_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "asset_id" INTEGER NOT NULL REFERENCES "asset" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_asset_comments_asset_id" ON "asset_comments" ("asset_id");
CREATE INDEX "ix_asset_comments_source_id" ON "asset_comments" ("source_id");
CREATE INDEX "ix_asset_comments_updated_at" ON "asset_comments" ("updated_at");

CREATE TABLE "note_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "note_id" INTEGER NOT NULL REFERENCES "note" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("note_id", "source_id")
);
CREATE INDEX "ix_note_sources_source_id" ON "note_sources" ("source_id");
CREATE INDEX "ix_note_sources_creator_source_id" ON "note_sources" ("creator_source_id");
CREATE INDEX "ix_note_sources_tlp_id" ON "note_sources" ("tlp_id");
CREATE INDEX "ix_note_sources_updated_at" ON "note_sources" ("updated_at");

CREATE TABLE "note_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "note_id" INTEGER NOT NULL REFERENCES "note" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_note_attributes_note_id" ON "note_attributes" ("note_id");
CREATE INDEX "ix_note_attributes_attribute_id" ON "note_attributes" ("attribute_id");
CREATE INDEX "ix_note_attributes_updated_at" ON "note_attributes" ("updated_at");

CREATE TABLE "note_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "note_attribute_id" INTEGER NOT NULL REFERENCES "note_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("note_attribute_id", "source_id")
);
CREATE INDEX "ix_note_attribute_sources_source_id" ON "note_attribute_sources" ("source_id");
CREATE INDEX "ix_note_attribute_sources_creator_source_id" ON "note_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_note_attribute_sources_tlp_id" ON "note_attribute_sources" ("tlp_id");
CREATE INDEX "ix_note_attribute_sources_updated_at" ON "note_attribute_sources" ("updated_at");

CREATE TABLE "note_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "note_id" INTEGER NOT NULL REFERENCES "note" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_note_comments_note_id" ON "note_comments" ("note_id");
CREATE INDEX "ix_note_comments_source_id" ON "note_comments" ("source_id");
CREATE INDEX "ix_note_comments_updated_at" ON "note_comments" ("updated_at");

CREATE TABLE "task_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "task_id" INTEGER NOT NULL REFERENCES "tasks" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("task_id", "source_id")
);
CREATE INDEX "ix_task_sources_source_id" ON "task_sources" ("source_id");
CREATE INDEX "ix_task_sources_creator_source_id" ON "task_sources" ("creator_source_id");
CREATE INDEX "ix_task_sources_tlp_id" ON "task_sources" ("tlp_id");
CREATE INDEX "ix_task_sources_updated_at" ON "task_sources" ("updated_at");

CREATE TABLE "task_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "task_id" INTEGER NOT NULL REFERENCES "tasks" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_task_attributes_task_id" ON "task_attributes" ("task_id");
CREATE INDEX "ix_task_attributes_attribute_id" ON "task_attributes" ("attribute_id");
CREATE INDEX "ix_task_attributes_updated_at" ON "task_attributes" ("updated_at");

CREATE TABLE "task_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "task_attribute_id" INTEGER NOT NULL REFERENCES "task_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("task_attribute_id", "source_id")
);
CREATE INDEX "ix_task_attribute_sources_source_id" ON "task_attribute_sources" ("source_id");
CREATE INDEX "ix_task_attribute_sources_creator_source_id" ON "task_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_task_attribute_sources_tlp_id" ON "task_attribute_sources" ("tlp_id");
CREATE INDEX "ix_task_attribute_sources_updated_at" ON "task_attribute_sources" ("updated_at");

CREATE TABLE "task_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "task_id" INTEGER NOT NULL REFERENCES "tasks" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_task_comments_task_id" ON "task_comments" ("task_id");
CREATE INDEX "ix_task_comments_source_id" ON "task_comments" ("source_id");
CREATE INDEX "ix_task_comments_updated_at" ON "task_comments" ("updated_at");

CREATE TABLE "object_links" (
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
CREATE INDEX "ix_object_links_src_type_src_object_id" ON "object_links" ("src_type", "src_object_id");
CREATE INDEX "ix_object_links_dest_type_dest_object_id" ON "object_links" ("dest_type", "dest_object_id");
CREATE INDEX "ix_object_links_updated_at" ON "object_links" ("updated_at");

CREATE TABLE "object_link_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "object_link_id" INTEGER NOT NULL REFERENCES "object_links" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("object_link_id", "source_id")
);
CREATE INDEX "ix_object_link_sources_source_id" ON "object_link_sources" ("source_id");
CREATE INDEX "ix_object_link_sources_creator_source_id" ON "object_link_sources" ("creator_source_id");
CREATE INDEX "ix_object_link_sources_tlp_id" ON "object_link_sources" ("tlp_id");
CREATE INDEX "ix_object_link_sources_updated_at" ON "object_link_sources" ("updated_at");

CREATE TABLE "object_link_attributes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "object_link_id" INTEGER NOT NULL REFERENCES "object_links" ("id") ON DELETE RESTRICT,
    "attribute_id" INTEGER NOT NULL REFERENCES "attributes" ("id") ON DELETE RESTRICT,
    "value" TEXT NOT NULL,
    "touched_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE
);
CREATE INDEX "ix_object_link_attributes_object_link_id" ON "object_link_attributes" ("object_link_id");
CREATE INDEX "ix_object_link_attributes_attribute_id" ON "object_link_attributes" ("attribute_id");
CREATE INDEX "ix_object_link_attributes_updated_at" ON "object_link_attributes" ("updated_at");

CREATE TABLE "object_link_attribute_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "object_link_attribute_id" INTEGER NOT NULL REFERENCES "object_link_attributes" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER NOT NULL REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "creator_source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "tlp_id" INTEGER REFERENCES "tlp" ("id") ON DELETE RESTRICT,
    "published_at" TIMESTAMP TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("object_link_attribute_id", "source_id")
);
CREATE INDEX "ix_object_link_attribute_sources_source_id" ON "object_link_attribute_sources" ("source_id");
CREATE INDEX "ix_object_link_attribute_sources_creator_source_id" ON "object_link_attribute_sources" ("creator_source_id");
CREATE INDEX "ix_object_link_attribute_sources_tlp_id" ON "object_link_attribute_sources" ("tlp_id");
CREATE INDEX "ix_object_link_attribute_sources_updated_at" ON "object_link_attribute_sources" ("updated_at");

CREATE TABLE "object_link_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "object_link_id" INTEGER NOT NULL REFERENCES "object_links" ("id") ON DELETE RESTRICT,
    "source_id" INTEGER REFERENCES "sources" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_object_link_comments_object_link_id" ON "object_link_comments" ("object_link_id");
CREATE INDEX "ix_object_link_comments_source_id" ON "object_link_comments" ("source_id");
CREATE INDEX "ix_object_link_comments_updated_at" ON "object_link_comments" ("updated_at");

CREATE TABLE "tagged_objects" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "tag_id" INTEGER NOT NULL REFERENCES "tags" ("id") ON DELETE RESTRICT,
    "object_type" VARCHAR(50) NOT NULL,
    "object_id" INTEGER NOT NULL,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("tag_id", "object_type", "object_id")
);
CREATE INDEX "ix_tagged_objects_object_type_object_id" ON "tagged_objects" ("object_type", "object_id");
CREATE INDEX "ix_tagged_objects_updated_at" ON "tagged_objects" ("updated_at");

CREATE TABLE "investigations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "status" VARCHAR(50),
    "priority" VARCHAR(50),
    "visibility" VARCHAR(50),
    "description" TEXT,
    "owner_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "deleted_at" TIMESTAMP TEXT,
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_investigations_owner_id" ON "investigations" ("owner_id");
CREATE INDEX "ix_investigations_updated_at" ON "investigations" ("updated_at");

CREATE TABLE "investigation_nodes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "investigation_id" INTEGER NOT NULL REFERENCES "investigations" ("id") ON DELETE RESTRICT,
    "object_type" VARCHAR(50) NOT NULL,
    "object_id" INTEGER NOT NULL,
    "x" DOUBLE,
    "y" DOUBLE,
    "committed" BOOLEAN NOT NULL DEFAULT 0,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("investigation_id", "object_type", "object_id")
);
CREATE INDEX "ix_investigation_nodes_object_type_object_id" ON "investigation_nodes" ("object_type", "object_id");
CREATE INDEX "ix_investigation_nodes_updated_at" ON "investigation_nodes" ("updated_at");

CREATE TABLE "investigation_timelines" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "investigation_id" INTEGER NOT NULL REFERENCES "investigations" ("id") ON DELETE RESTRICT,
    "object_type" VARCHAR(50),
    "object_id" INTEGER,
    "happened_at" TIMESTAMP TEXT,
    "title" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_investigation_timelines_investigation_id" ON "investigation_timelines" ("investigation_id");
CREATE INDEX "ix_investigation_timelines_object_type_object_id" ON "investigation_timelines" ("object_type", "object_id");
CREATE INDEX "ix_investigation_timelines_updated_at" ON "investigation_timelines" ("updated_at");

CREATE TABLE "investigation_comments" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "uuid" UUID TEXT NOT NULL,
    "investigation_id" INTEGER NOT NULL REFERENCES "investigations" ("id") ON DELETE RESTRICT,
    "value" TEXT,
    "created_at" TIMESTAMP TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "updated_at" TIMESTAMP TEXT DEFAULT (replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')),
    "sync_hash" VARCHAR(32) UNIQUE,
    UNIQUE ("uuid")
);
CREATE INDEX "ix_investigation_comments_investigation_id" ON "investigation_comments" ("investigation_id");
CREATE INDEX "ix_investigation_comments_updated_at" ON "investigation_comments" ("updated_at");

CREATE TRIGGER "tlp_hash_update" AFTER UPDATE OF "name" ON "tlp"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "tlp" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "object_types_hash_update" AFTER UPDATE OF "code" ON "object_types"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."code" IS NOT OLD."code")
BEGIN
    UPDATE "object_types" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "indicator_types_hash_update" AFTER UPDATE OF "name" ON "indicator_types"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "indicator_types" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "indicator_types_hash_cascade" AFTER UPDATE OF "sync_hash" ON "indicator_types"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "indicators" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "type_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "indicator_statuses_hash_update" AFTER UPDATE OF "name" ON "indicator_statuses"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "indicator_statuses" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "event_types_hash_update" AFTER UPDATE OF "name" ON "event_types"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "event_types" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "event_types_hash_cascade" AFTER UPDATE OF "sync_hash" ON "event_types"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "events" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "type_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "attachment_types_hash_update" AFTER UPDATE OF "name" ON "attachment_types"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "attachment_types" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "signature_types_hash_update" AFTER UPDATE OF "name" ON "signature_types"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "signature_types" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "signature_types_hash_cascade" AFTER UPDATE OF "sync_hash" ON "signature_types"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "signatures" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "type_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "signature_statuses_hash_update" AFTER UPDATE OF "name" ON "signature_statuses"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "signature_statuses" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "task_statuses_hash_update" AFTER UPDATE OF "name" ON "task_statuses"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "task_statuses" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "task_priorities_hash_update" AFTER UPDATE OF "name" ON "task_priorities"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "task_priorities" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "object_statuses_hash_update" AFTER UPDATE OF "object_type_code", "name" ON "object_statuses"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."object_type_code" IS NOT OLD."object_type_code" OR NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "object_statuses" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "content_types_hash_update" AFTER UPDATE OF "name" ON "content_types"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "content_types" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attributes_hash_update" AFTER UPDATE OF "name" ON "attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "adversary_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "indicator_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "event_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attachment_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "signature_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "malware_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attack_pattern_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "campaign_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "course_of_action_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "exploit_target_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "identity_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "incident_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "infrastructure_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "intrusion_set_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "report_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tool_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "ttp_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "vulnerability_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "asset_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "note_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "task_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_link_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "tags_hash_update" AFTER UPDATE OF "name" ON "tags"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "tags" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tags_hash_cascade" AFTER UPDATE OF "sync_hash" ON "tags"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "tag_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "users_hash_update" AFTER UPDATE OF "email" ON "users"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."email" IS NOT OLD."email")
BEGIN
    UPDATE "users" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "connectors_hash_update" AFTER UPDATE OF "name" ON "connectors"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "connectors" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "sources_hash_update" AFTER UPDATE OF "type", "name" ON "sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."type" IS NOT OLD."type" OR NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "sources_hash_cascade" AFTER UPDATE OF "sync_hash" ON "sources"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "adversary_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "adversary_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "indicator_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "indicator_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "event_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "event_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attachment_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attachment_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "signature_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "signature_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "malware_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "malware_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attack_pattern_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attack_pattern_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "campaign_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "campaign_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "course_of_action_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "course_of_action_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "exploit_target_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "exploit_target_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "identity_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "identity_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "incident_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "incident_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "infrastructure_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "infrastructure_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "intrusion_set_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "intrusion_set_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "report_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "report_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tool_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tool_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "ttp_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "ttp_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "vulnerability_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "vulnerability_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "asset_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "asset_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "note_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "note_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "task_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "task_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_link_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_link_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "source_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "adversaries_hash_update" AFTER UPDATE OF "name" ON "adversaries"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "adversaries" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "adversaries_hash_cascade" AFTER UPDATE OF "sync_hash" ON "adversaries"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "adversary_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "adversary_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "adversary_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "adversary_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'adversary' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'adversary' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'adversary' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'adversary' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "indicators_hash_update" AFTER UPDATE OF "type_id", "value" ON "indicators"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."type_id" IS NOT OLD."type_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "indicators" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "indicators_hash_cascade" AFTER UPDATE OF "sync_hash" ON "indicators"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "indicator_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "indicator_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "indicator_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "indicator_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'indicator' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'indicator' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'indicator' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'indicator' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "events_hash_update" AFTER UPDATE OF "type_id", "title", "happened_at" ON "events"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."type_id" IS NOT OLD."type_id" OR NEW."title" IS NOT OLD."title" OR NEW."happened_at" IS NOT OLD."happened_at")
BEGIN
    UPDATE "events" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "events_hash_cascade" AFTER UPDATE OF "sync_hash" ON "events"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "event_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "event_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "event_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "event_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'event' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'event' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'event' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'event' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "attachments_hash_update" AFTER UPDATE OF "hash", "name" ON "attachments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."hash" IS NOT OLD."hash" OR NEW."name" IS NOT OLD."name")
BEGIN
    UPDATE "attachments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attachments_hash_cascade" AFTER UPDATE OF "sync_hash" ON "attachments"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "attachment_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attachment_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attachment_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attachment_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'attachment' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'attachment' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'attachment' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'attachment' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "signatures_hash_update" AFTER UPDATE OF "type_id", "hash" ON "signatures"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."type_id" IS NOT OLD."type_id" OR NEW."hash" IS NOT OLD."hash")
BEGIN
    UPDATE "signatures" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "signatures_hash_cascade" AFTER UPDATE OF "sync_hash" ON "signatures"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "signature_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "signature_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "signature_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "signature_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'signature' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'signature' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'signature' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'signature' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "malware_hash_update" AFTER UPDATE OF "value" ON "malware"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "malware" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "malware_hash_cascade" AFTER UPDATE OF "sync_hash" ON "malware"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "malware_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "malware_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "malware_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "malware_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'malware' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'malware' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'malware' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'malware' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "attack_pattern_hash_update" AFTER UPDATE OF "value" ON "attack_pattern"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "attack_pattern" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attack_pattern_hash_cascade" AFTER UPDATE OF "sync_hash" ON "attack_pattern"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "attack_pattern_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attack_pattern_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "attack_pattern_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attack_pattern_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'attack_pattern' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'attack_pattern' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'attack_pattern' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'attack_pattern' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "campaign_hash_update" AFTER UPDATE OF "value" ON "campaign"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "campaign" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "campaign_hash_cascade" AFTER UPDATE OF "sync_hash" ON "campaign"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "campaign_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "campaign_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "campaign_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "campaign_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'campaign' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'campaign' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'campaign' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'campaign' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "course_of_action_hash_update" AFTER UPDATE OF "value" ON "course_of_action"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "course_of_action" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "course_of_action_hash_cascade" AFTER UPDATE OF "sync_hash" ON "course_of_action"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "course_of_action_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "course_of_action_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "course_of_action_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "course_of_action_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'course_of_action' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'course_of_action' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'course_of_action' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'course_of_action' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "exploit_target_hash_update" AFTER UPDATE OF "value" ON "exploit_target"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "exploit_target" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "exploit_target_hash_cascade" AFTER UPDATE OF "sync_hash" ON "exploit_target"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "exploit_target_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "exploit_target_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "exploit_target_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "exploit_target_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'exploit_target' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'exploit_target' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'exploit_target' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'exploit_target' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "identity_hash_update" AFTER UPDATE OF "value" ON "identity"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "identity" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "identity_hash_cascade" AFTER UPDATE OF "sync_hash" ON "identity"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "identity_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "identity_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "identity_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "identity_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'identity' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'identity' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'identity' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'identity' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "incident_hash_update" AFTER UPDATE OF "value" ON "incident"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "incident" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "incident_hash_cascade" AFTER UPDATE OF "sync_hash" ON "incident"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "incident_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "incident_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "incident_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "incident_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'incident' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'incident' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'incident' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'incident' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "infrastructure_hash_update" AFTER UPDATE OF "value" ON "infrastructure"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "infrastructure" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "infrastructure_hash_cascade" AFTER UPDATE OF "sync_hash" ON "infrastructure"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "infrastructure_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "infrastructure_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "infrastructure_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "infrastructure_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'infrastructure' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'infrastructure' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'infrastructure' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'infrastructure' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "intrusion_set_hash_update" AFTER UPDATE OF "value" ON "intrusion_set"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "intrusion_set" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "intrusion_set_hash_cascade" AFTER UPDATE OF "sync_hash" ON "intrusion_set"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "intrusion_set_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "intrusion_set_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "intrusion_set_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "intrusion_set_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'intrusion_set' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'intrusion_set' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'intrusion_set' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'intrusion_set' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "report_hash_update" AFTER UPDATE OF "value" ON "report"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "report" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "report_hash_cascade" AFTER UPDATE OF "sync_hash" ON "report"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "report_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "report_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "report_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "report_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'report' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'report' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'report' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'report' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "tool_hash_update" AFTER UPDATE OF "value" ON "tool"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "tool" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tool_hash_cascade" AFTER UPDATE OF "sync_hash" ON "tool"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "tool_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "tool_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tool_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "tool_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'tool' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'tool' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'tool' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'tool' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "ttp_hash_update" AFTER UPDATE OF "value" ON "ttp"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "ttp" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "ttp_hash_cascade" AFTER UPDATE OF "sync_hash" ON "ttp"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "ttp_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "ttp_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "ttp_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "ttp_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'ttp' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'ttp' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'ttp' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'ttp' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "vulnerability_hash_update" AFTER UPDATE OF "value" ON "vulnerability"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "vulnerability" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "vulnerability_hash_cascade" AFTER UPDATE OF "sync_hash" ON "vulnerability"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "vulnerability_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "vulnerability_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "vulnerability_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "vulnerability_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'vulnerability' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'vulnerability' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'vulnerability' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'vulnerability' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "asset_hash_update" AFTER UPDATE OF "value" ON "asset"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "asset" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "asset_hash_cascade" AFTER UPDATE OF "sync_hash" ON "asset"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "asset_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "asset_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "asset_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "asset_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'asset' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'asset' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'asset' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'asset' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "note_hash_update" AFTER UPDATE OF "value" ON "note"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "note" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "note_hash_cascade" AFTER UPDATE OF "sync_hash" ON "note"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "note_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "note_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "note_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "note_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'note' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'note' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'note' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'note' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "tasks_hash_update" AFTER UPDATE OF "uuid" ON "tasks"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "tasks" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tasks_hash_cascade" AFTER UPDATE OF "sync_hash" ON "tasks"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "task_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "task_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "task_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "task_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "src_type" = 'task' AND "src_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_links" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "dest_type" = 'task' AND "dest_object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "tagged_objects" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'task' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_type" = 'task' AND "object_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "adversary_sources_hash_update" AFTER UPDATE OF "adversary_id", "source_id" ON "adversary_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."adversary_id" IS NOT OLD."adversary_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "adversary_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "adversary_attributes_hash_update" AFTER UPDATE OF "adversary_id", "attribute_id", "value" ON "adversary_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."adversary_id" IS NOT OLD."adversary_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "adversary_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "adversary_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "adversary_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "adversary_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "adversary_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "adversary_attribute_sources_hash_update" AFTER UPDATE OF "adversary_attribute_id", "source_id" ON "adversary_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."adversary_attribute_id" IS NOT OLD."adversary_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "adversary_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "adversary_comments_hash_update" AFTER UPDATE OF "uuid" ON "adversary_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "adversary_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "indicator_sources_hash_update" AFTER UPDATE OF "indicator_id", "source_id" ON "indicator_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."indicator_id" IS NOT OLD."indicator_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "indicator_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "indicator_attributes_hash_update" AFTER UPDATE OF "indicator_id", "attribute_id", "value" ON "indicator_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."indicator_id" IS NOT OLD."indicator_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "indicator_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "indicator_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "indicator_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "indicator_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "indicator_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "indicator_attribute_sources_hash_update" AFTER UPDATE OF "indicator_attribute_id", "source_id" ON "indicator_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."indicator_attribute_id" IS NOT OLD."indicator_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "indicator_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "indicator_comments_hash_update" AFTER UPDATE OF "uuid" ON "indicator_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "indicator_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "event_sources_hash_update" AFTER UPDATE OF "event_id", "source_id" ON "event_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."event_id" IS NOT OLD."event_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "event_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "event_attributes_hash_update" AFTER UPDATE OF "event_id", "attribute_id", "value" ON "event_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."event_id" IS NOT OLD."event_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "event_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "event_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "event_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "event_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "event_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "event_attribute_sources_hash_update" AFTER UPDATE OF "event_attribute_id", "source_id" ON "event_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."event_attribute_id" IS NOT OLD."event_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "event_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "event_comments_hash_update" AFTER UPDATE OF "uuid" ON "event_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "event_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attachment_sources_hash_update" AFTER UPDATE OF "attachment_id", "source_id" ON "attachment_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."attachment_id" IS NOT OLD."attachment_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "attachment_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attachment_attributes_hash_update" AFTER UPDATE OF "attachment_id", "attribute_id", "value" ON "attachment_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."attachment_id" IS NOT OLD."attachment_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "attachment_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attachment_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "attachment_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "attachment_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attachment_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "attachment_attribute_sources_hash_update" AFTER UPDATE OF "attachment_attribute_id", "source_id" ON "attachment_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."attachment_attribute_id" IS NOT OLD."attachment_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "attachment_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attachment_comments_hash_update" AFTER UPDATE OF "uuid" ON "attachment_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "attachment_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "signature_sources_hash_update" AFTER UPDATE OF "signature_id", "source_id" ON "signature_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."signature_id" IS NOT OLD."signature_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "signature_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "signature_attributes_hash_update" AFTER UPDATE OF "signature_id", "attribute_id", "value" ON "signature_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."signature_id" IS NOT OLD."signature_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "signature_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "signature_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "signature_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "signature_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "signature_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "signature_attribute_sources_hash_update" AFTER UPDATE OF "signature_attribute_id", "source_id" ON "signature_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."signature_attribute_id" IS NOT OLD."signature_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "signature_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "signature_comments_hash_update" AFTER UPDATE OF "uuid" ON "signature_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "signature_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "malware_sources_hash_update" AFTER UPDATE OF "malware_id", "source_id" ON "malware_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."malware_id" IS NOT OLD."malware_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "malware_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "malware_attributes_hash_update" AFTER UPDATE OF "malware_id", "attribute_id", "value" ON "malware_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."malware_id" IS NOT OLD."malware_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "malware_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "malware_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "malware_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "malware_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "malware_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "malware_attribute_sources_hash_update" AFTER UPDATE OF "malware_attribute_id", "source_id" ON "malware_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."malware_attribute_id" IS NOT OLD."malware_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "malware_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "malware_comments_hash_update" AFTER UPDATE OF "uuid" ON "malware_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "malware_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attack_pattern_sources_hash_update" AFTER UPDATE OF "attack_pattern_id", "source_id" ON "attack_pattern_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."attack_pattern_id" IS NOT OLD."attack_pattern_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "attack_pattern_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attack_pattern_attributes_hash_update" AFTER UPDATE OF "attack_pattern_id", "attribute_id", "value" ON "attack_pattern_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."attack_pattern_id" IS NOT OLD."attack_pattern_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "attack_pattern_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attack_pattern_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "attack_pattern_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "attack_pattern_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "attack_pattern_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "attack_pattern_attribute_sources_hash_update" AFTER UPDATE OF "attack_pattern_attribute_id", "source_id" ON "attack_pattern_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."attack_pattern_attribute_id" IS NOT OLD."attack_pattern_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "attack_pattern_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "attack_pattern_comments_hash_update" AFTER UPDATE OF "uuid" ON "attack_pattern_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "attack_pattern_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "campaign_sources_hash_update" AFTER UPDATE OF "campaign_id", "source_id" ON "campaign_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."campaign_id" IS NOT OLD."campaign_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "campaign_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "campaign_attributes_hash_update" AFTER UPDATE OF "campaign_id", "attribute_id", "value" ON "campaign_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."campaign_id" IS NOT OLD."campaign_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "campaign_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "campaign_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "campaign_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "campaign_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "campaign_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "campaign_attribute_sources_hash_update" AFTER UPDATE OF "campaign_attribute_id", "source_id" ON "campaign_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."campaign_attribute_id" IS NOT OLD."campaign_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "campaign_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "campaign_comments_hash_update" AFTER UPDATE OF "uuid" ON "campaign_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "campaign_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "course_of_action_sources_hash_update" AFTER UPDATE OF "course_of_action_id", "source_id" ON "course_of_action_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."course_of_action_id" IS NOT OLD."course_of_action_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "course_of_action_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "course_of_action_attributes_hash_update" AFTER UPDATE OF "course_of_action_id", "attribute_id", "value" ON "course_of_action_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."course_of_action_id" IS NOT OLD."course_of_action_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "course_of_action_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "course_of_action_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "course_of_action_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "course_of_action_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "course_of_action_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "course_of_action_attribute_sources_hash_update" AFTER UPDATE OF "course_of_action_attribute_id", "source_id" ON "course_of_action_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."course_of_action_attribute_id" IS NOT OLD."course_of_action_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "course_of_action_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "course_of_action_comments_hash_update" AFTER UPDATE OF "uuid" ON "course_of_action_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "course_of_action_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "exploit_target_sources_hash_update" AFTER UPDATE OF "exploit_target_id", "source_id" ON "exploit_target_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."exploit_target_id" IS NOT OLD."exploit_target_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "exploit_target_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "exploit_target_attributes_hash_update" AFTER UPDATE OF "exploit_target_id", "attribute_id", "value" ON "exploit_target_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."exploit_target_id" IS NOT OLD."exploit_target_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "exploit_target_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "exploit_target_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "exploit_target_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "exploit_target_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "exploit_target_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "exploit_target_attribute_sources_hash_update" AFTER UPDATE OF "exploit_target_attribute_id", "source_id" ON "exploit_target_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."exploit_target_attribute_id" IS NOT OLD."exploit_target_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "exploit_target_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "exploit_target_comments_hash_update" AFTER UPDATE OF "uuid" ON "exploit_target_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "exploit_target_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "identity_sources_hash_update" AFTER UPDATE OF "identity_id", "source_id" ON "identity_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."identity_id" IS NOT OLD."identity_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "identity_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "identity_attributes_hash_update" AFTER UPDATE OF "identity_id", "attribute_id", "value" ON "identity_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."identity_id" IS NOT OLD."identity_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "identity_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "identity_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "identity_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "identity_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "identity_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "identity_attribute_sources_hash_update" AFTER UPDATE OF "identity_attribute_id", "source_id" ON "identity_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."identity_attribute_id" IS NOT OLD."identity_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "identity_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "identity_comments_hash_update" AFTER UPDATE OF "uuid" ON "identity_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "identity_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "incident_sources_hash_update" AFTER UPDATE OF "incident_id", "source_id" ON "incident_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."incident_id" IS NOT OLD."incident_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "incident_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "incident_attributes_hash_update" AFTER UPDATE OF "incident_id", "attribute_id", "value" ON "incident_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."incident_id" IS NOT OLD."incident_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "incident_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "incident_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "incident_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "incident_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "incident_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "incident_attribute_sources_hash_update" AFTER UPDATE OF "incident_attribute_id", "source_id" ON "incident_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."incident_attribute_id" IS NOT OLD."incident_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "incident_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "incident_comments_hash_update" AFTER UPDATE OF "uuid" ON "incident_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "incident_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "infrastructure_sources_hash_update" AFTER UPDATE OF "infrastructure_id", "source_id" ON "infrastructure_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."infrastructure_id" IS NOT OLD."infrastructure_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "infrastructure_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "infrastructure_attributes_hash_update" AFTER UPDATE OF "infrastructure_id", "attribute_id", "value" ON "infrastructure_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."infrastructure_id" IS NOT OLD."infrastructure_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "infrastructure_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "infrastructure_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "infrastructure_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "infrastructure_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "infrastructure_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "infrastructure_attribute_sources_hash_update" AFTER UPDATE OF "infrastructure_attribute_id", "source_id" ON "infrastructure_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."infrastructure_attribute_id" IS NOT OLD."infrastructure_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "infrastructure_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "infrastructure_comments_hash_update" AFTER UPDATE OF "uuid" ON "infrastructure_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "infrastructure_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "intrusion_set_sources_hash_update" AFTER UPDATE OF "intrusion_set_id", "source_id" ON "intrusion_set_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."intrusion_set_id" IS NOT OLD."intrusion_set_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "intrusion_set_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "intrusion_set_attributes_hash_update" AFTER UPDATE OF "intrusion_set_id", "attribute_id", "value" ON "intrusion_set_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."intrusion_set_id" IS NOT OLD."intrusion_set_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "intrusion_set_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "intrusion_set_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "intrusion_set_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "intrusion_set_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "intrusion_set_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "intrusion_set_attribute_sources_hash_update" AFTER UPDATE OF "intrusion_set_attribute_id", "source_id" ON "intrusion_set_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."intrusion_set_attribute_id" IS NOT OLD."intrusion_set_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "intrusion_set_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "intrusion_set_comments_hash_update" AFTER UPDATE OF "uuid" ON "intrusion_set_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "intrusion_set_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "report_sources_hash_update" AFTER UPDATE OF "report_id", "source_id" ON "report_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."report_id" IS NOT OLD."report_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "report_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "report_attributes_hash_update" AFTER UPDATE OF "report_id", "attribute_id", "value" ON "report_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."report_id" IS NOT OLD."report_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "report_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "report_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "report_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "report_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "report_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "report_attribute_sources_hash_update" AFTER UPDATE OF "report_attribute_id", "source_id" ON "report_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."report_attribute_id" IS NOT OLD."report_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "report_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "report_comments_hash_update" AFTER UPDATE OF "uuid" ON "report_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "report_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tool_sources_hash_update" AFTER UPDATE OF "tool_id", "source_id" ON "tool_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."tool_id" IS NOT OLD."tool_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "tool_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tool_attributes_hash_update" AFTER UPDATE OF "tool_id", "attribute_id", "value" ON "tool_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."tool_id" IS NOT OLD."tool_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "tool_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tool_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "tool_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "tool_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "tool_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "tool_attribute_sources_hash_update" AFTER UPDATE OF "tool_attribute_id", "source_id" ON "tool_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."tool_attribute_id" IS NOT OLD."tool_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "tool_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tool_comments_hash_update" AFTER UPDATE OF "uuid" ON "tool_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "tool_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "ttp_sources_hash_update" AFTER UPDATE OF "ttp_id", "source_id" ON "ttp_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."ttp_id" IS NOT OLD."ttp_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "ttp_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "ttp_attributes_hash_update" AFTER UPDATE OF "ttp_id", "attribute_id", "value" ON "ttp_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."ttp_id" IS NOT OLD."ttp_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "ttp_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "ttp_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "ttp_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "ttp_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "ttp_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "ttp_attribute_sources_hash_update" AFTER UPDATE OF "ttp_attribute_id", "source_id" ON "ttp_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."ttp_attribute_id" IS NOT OLD."ttp_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "ttp_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "ttp_comments_hash_update" AFTER UPDATE OF "uuid" ON "ttp_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "ttp_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "vulnerability_sources_hash_update" AFTER UPDATE OF "vulnerability_id", "source_id" ON "vulnerability_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."vulnerability_id" IS NOT OLD."vulnerability_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "vulnerability_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "vulnerability_attributes_hash_update" AFTER UPDATE OF "vulnerability_id", "attribute_id", "value" ON "vulnerability_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."vulnerability_id" IS NOT OLD."vulnerability_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "vulnerability_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "vulnerability_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "vulnerability_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "vulnerability_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "vulnerability_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "vulnerability_attribute_sources_hash_update" AFTER UPDATE OF "vulnerability_attribute_id", "source_id" ON "vulnerability_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."vulnerability_attribute_id" IS NOT OLD."vulnerability_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "vulnerability_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "vulnerability_comments_hash_update" AFTER UPDATE OF "uuid" ON "vulnerability_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "vulnerability_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "asset_sources_hash_update" AFTER UPDATE OF "asset_id", "source_id" ON "asset_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."asset_id" IS NOT OLD."asset_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "asset_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "asset_attributes_hash_update" AFTER UPDATE OF "asset_id", "attribute_id", "value" ON "asset_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."asset_id" IS NOT OLD."asset_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "asset_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "asset_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "asset_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "asset_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "asset_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "asset_attribute_sources_hash_update" AFTER UPDATE OF "asset_attribute_id", "source_id" ON "asset_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."asset_attribute_id" IS NOT OLD."asset_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "asset_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "asset_comments_hash_update" AFTER UPDATE OF "uuid" ON "asset_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "asset_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "note_sources_hash_update" AFTER UPDATE OF "note_id", "source_id" ON "note_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."note_id" IS NOT OLD."note_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "note_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "note_attributes_hash_update" AFTER UPDATE OF "note_id", "attribute_id", "value" ON "note_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."note_id" IS NOT OLD."note_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "note_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "note_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "note_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "note_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "note_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "note_attribute_sources_hash_update" AFTER UPDATE OF "note_attribute_id", "source_id" ON "note_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."note_attribute_id" IS NOT OLD."note_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "note_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "note_comments_hash_update" AFTER UPDATE OF "uuid" ON "note_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "note_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "task_sources_hash_update" AFTER UPDATE OF "task_id", "source_id" ON "task_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."task_id" IS NOT OLD."task_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "task_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "task_attributes_hash_update" AFTER UPDATE OF "task_id", "attribute_id", "value" ON "task_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."task_id" IS NOT OLD."task_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "task_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "task_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "task_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "task_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "task_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "task_attribute_sources_hash_update" AFTER UPDATE OF "task_attribute_id", "source_id" ON "task_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."task_attribute_id" IS NOT OLD."task_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "task_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "task_comments_hash_update" AFTER UPDATE OF "uuid" ON "task_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "task_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "object_links_hash_update" AFTER UPDATE OF "src_type", "src_object_id", "dest_type", "dest_object_id" ON "object_links"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."src_type" IS NOT OLD."src_type" OR NEW."src_object_id" IS NOT OLD."src_object_id" OR NEW."dest_type" IS NOT OLD."dest_type" OR NEW."dest_object_id" IS NOT OLD."dest_object_id")
BEGIN
    UPDATE "object_links" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "object_links_hash_cascade" AFTER UPDATE OF "sync_hash" ON "object_links"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "object_link_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_link_id" = NEW."id" AND "sync_hash" IS NOT NULL;
    UPDATE "object_link_attributes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_link_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "object_link_sources_hash_update" AFTER UPDATE OF "object_link_id", "source_id" ON "object_link_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."object_link_id" IS NOT OLD."object_link_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "object_link_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "object_link_attributes_hash_update" AFTER UPDATE OF "object_link_id", "attribute_id", "value" ON "object_link_attributes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."object_link_id" IS NOT OLD."object_link_id" OR NEW."attribute_id" IS NOT OLD."attribute_id" OR NEW."value" IS NOT OLD."value")
BEGIN
    UPDATE "object_link_attributes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "object_link_attributes_hash_cascade" AFTER UPDATE OF "sync_hash" ON "object_link_attributes"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "object_link_attribute_sources" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "object_link_attribute_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "object_link_attribute_sources_hash_update" AFTER UPDATE OF "object_link_attribute_id", "source_id" ON "object_link_attribute_sources"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."object_link_attribute_id" IS NOT OLD."object_link_attribute_id" OR NEW."source_id" IS NOT OLD."source_id")
BEGIN
    UPDATE "object_link_attribute_sources" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "object_link_comments_hash_update" AFTER UPDATE OF "uuid" ON "object_link_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "object_link_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "tagged_objects_hash_update" AFTER UPDATE OF "tag_id", "object_type", "object_id" ON "tagged_objects"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."tag_id" IS NOT OLD."tag_id" OR NEW."object_type" IS NOT OLD."object_type" OR NEW."object_id" IS NOT OLD."object_id")
BEGIN
    UPDATE "tagged_objects" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "investigations_hash_update" AFTER UPDATE OF "uuid" ON "investigations"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "investigations" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "investigations_hash_cascade" AFTER UPDATE OF "sync_hash" ON "investigations"
WHEN OLD."sync_hash" IS NOT NULL AND NEW."sync_hash" IS NOT OLD."sync_hash"
BEGIN
    UPDATE "investigation_nodes" SET "sync_hash" = NULL, "updated_at" = replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '') WHERE "investigation_id" = NEW."id" AND "sync_hash" IS NOT NULL;
END;

CREATE TRIGGER "investigation_nodes_hash_update" AFTER UPDATE OF "investigation_id", "object_type", "object_id" ON "investigation_nodes"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."investigation_id" IS NOT OLD."investigation_id" OR NEW."object_type" IS NOT OLD."object_type" OR NEW."object_id" IS NOT OLD."object_id")
BEGIN
    UPDATE "investigation_nodes" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "investigation_timelines_hash_update" AFTER UPDATE OF "uuid" ON "investigation_timelines"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "investigation_timelines" SET "sync_hash" = NULL WHERE "id" = NEW."id";
END;

CREATE TRIGGER "investigation_comments_hash_update" AFTER UPDATE OF "uuid" ON "investigation_comments"
WHEN NEW."sync_hash" IS NOT NULL AND NEW."sync_hash" IS OLD."sync_hash" AND (NEW."uuid" IS NOT OLD."uuid")
BEGIN
    UPDATE "investigation_comments" SET "sync_hash" = NULL WHERE "id" = NEW."id";
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
