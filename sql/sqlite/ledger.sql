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
