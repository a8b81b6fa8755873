-- The files that `migrate` has put into the tables of this database. Can be run again.
CREATE TABLE IF NOT EXISTS "gapsync_migrated" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "pipeline" VARCHAR(64) NOT NULL,
    "path" TEXT NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "bytes" INTEGER NOT NULL,
    "records" INTEGER NOT NULL,
    "fates" TEXT NOT NULL,
    "days" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,
    "migrated_at" TIMESTAMP TEXT NOT NULL
);
