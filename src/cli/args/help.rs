//! The text around the options in a command's help: what the command does, an example and its exit codes.

use crate::error::ExitStatus::{
    self, Check, Damaged, Database, Difference, Done, File, Gap, Internal, Interrupted, Locked, MissingHash, Rejected,
    Schema, Service, Usage,
};

pub(super) const PROGRAM: &str = "\
Settings come from the command line, then the environment, then the configuration file. The result goes to standard output, \
progress and messages go to standard error. `gapsync COMMAND --help` lists a command's options and exit codes.";

/// Layout of a command's help page. The list of commands shows the one line about it, its own page this paragraph instead.
pub(super) const PAGE: &str = "{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

pub(super) const EXPORT: &str = "\
Reads the profile's tables in one consistent snapshot and writes them as a bundle into the target folder, together with \
`<bundle>.sha256` and a report. Without dates, the window begins where the last export of the same stream (the same receiver and scope) \
ended. The first export includes everything. Rows that an exported row refers to are included.";

pub(super) const IMPORT: &str = "\
Merges a bundle into the database: new rows are inserted, rows that are newer in the bundle are updated, everything else is \
left unchanged. The whole bundle is read and checked before any table is changed, and the same bundle may be imported again. Rows \
that cannot be imported go to `<bundle without .tar.gz>-rejects.csv`.";

pub(super) const HASH: &str = "\
Fills the `sync_hash` column of the profile's tables where it is NULL. Lists rows that share a natural key, of which only one can \
have the hash, and tables with rows that refer to a missing row.";

pub(super) const MIGRATE: &str = "\
Reads the old files of Apache Spot's pipelines, by way of staging tables where they are needed, into the tables of its \
successor. Files that were migrated before are left out, so that a migration can simply be repeated. When every record is \
accounted for, the old files move to the folder `backup` beside them. Records that cannot be migrated go to a rejects file.";

pub(super) const SNAPSHOT: &str = "\
Saves the stores of a platform as one recovery point in one bundle, and restores them. A platform file says what the platform \
consists of: services, checks and stores.";

pub(super) const SNAPSHOT_CREATE: &str = "\
Makes the platform's checks, stops its services, reads its stores into a bundle, and starts the services again, whatever \
happens. `--dry-run` shows the steps and changes nothing.";

pub(super) const SNAPSHOT_RESTORE: &str = "\
Puts the stores of a snapshot together beside their places, and renames them into place once all of the bundle was read and \
checked. Services are stopped only for that. A store whose place is not empty is refused before anything is written. \
Configuration is restored aside, into a folder of its own.";

pub(super) const SNAPSHOT_VERIFY: &str = "\
Reads a whole snapshot, checks every digest, and compares its catalogue with its content: every part at its place, every file \
complete, and nothing more.";

pub(super) const SNAPSHOT_DRILL: &str = "\
Restores the newest snapshot of the platform under names and into folders that nobody uses, compares it with its facts, and removes all \
of it again. The platform and its services are left alone. What was shown stands in <bundle>.drill.json, with the stores that cannot be \
restored on trial and why.";

pub(super) const SNAPSHOT_LIST: &str = "\
Lists the snapshots in a folder, the newest first. Only their headers are read; `snapshot verify` reads everything.";

pub(super) const SNAPSHOT_CHECK: &str = "\
Makes the checks that come before a snapshot, and nothing else.";

pub(super) const SNAPSHOT_RECOVER: &str = "\
Puts back what a snapshot or a restore has left that was killed: folders get their names back, services are started, incomplete \
files are removed. Running it again does no harm.";

pub(super) const SNAPSHOT_ARCHIVE_WAL: &str = "\
Copies a segment of PostgreSQL's log of changes into a folder, with its SHA-256 beside it, and ends once both are on disk. A segment that is there \
already is compared: the same one is fine, another one is an error. Nothing is ever replaced.";

pub(super) const SNAPSHOT_PLATFORM: &str = "\
Prints a shipped platform file, as a start for one of your own.";

pub(super) const PROFILE: &str = "\
A profile says which tables of a database travel and what makes two of their rows the same. These commands help to write one for \
a database of your own.";

pub(super) const PROFILE_DRAFT: &str = "\
Writes a profile for the database: keys from its unique keys, references from its foreign keys, dates by their names. Where the \
catalogue is silent, the data is looked at, and what is a guess is marked. What only a person can know is a numbered question at \
the head of the file. Tables that cannot be carried are left out with the reason. Nothing is changed in the database.";

pub(super) const PROFILE_CHECK: &str = "\
Says what would go wrong with the profile on the database: ids, dates and marks of deletion of the wrong type, rows with equal \
keys, references that the profile does not know or that lead nowhere, missing rights. Nothing is changed. The exit status is that \
of the most serious problem.";

pub(super) const PROFILE_SHOW: &str = "\
Explains the profile in words, table by table. No database is needed.";

pub(super) const INIT: &str = "\
Creates the profile's tables, triggers and indexes in an empty database. A SQLite file that does not exist is created; a database \
that has any table is refused and remains unchanged. For a profile of your own, runs `<name>.<engine>.sql` beside its file, or \
else what `gapsync schema` prints.";

pub(super) const SCHEMA: &str = "\
Prints the SQL that `init` runs: the profile's tables, indexes, triggers for `sync_hash` and gapsync's own tables. For a \
profile of your own, `<name>.columns.txt` beside its file describes the columns. With `--existing` the columns are read from \
the catalogue of a database, and only what its tables lack is printed. Nothing is changed.";

pub(super) const CHECK: &str = "\
Checks whether a database is ready for a command, and lists everything that is missing at once: rights as statements for an \
administrator, tables, `sync_hash`, disk space, clock, bundles that never arrived. It creates nothing, changes nothing and takes no \
lock. The exit status is that of the most serious problem.";

pub(super) const INSPECT: &str = "\
Shows what a bundle holds: where it comes from, its window, and its tables with their rows and bytes. The whole bundle is \
read, and every digest and count is checked; no database is needed.";

pub(super) const VERIFY: &str = "\
Reads a whole bundle once and checks every digest and count, as an import does before it changes a table. Names the first \
bad member. No database is needed.";

pub(super) const HISTORY: &str = "\
Lists the runs recorded in the database's `synchronizations` table, newest first. A run that is in progress, or died, \
is shown as unfinished. With `--gaps`, shows which bundles of each stream never arrived here.";

pub(super) const CLEANUP: &str = "\
Drops the sync tables (`sync_import_<table>_<pid>`) that a dead run left in the database, and the staging tables of migrations \
into it that failed or died. While a run is in progress, nothing is dropped.";

pub(super) fn export() -> String {
    text(
        "gapsync export --database postgres://sync@db/threatq --target /media/disc",
        &[Done, Internal, Usage, Rejected, Database, Schema, MissingHash, Locked, File, Interrupted],
    )
}

pub(super) fn import() -> String {
    text(
        "gapsync import --database mariadb://sync@db/tq --file tqSync-26-11-21-1795230000-8345.tar.gz",
        &[Done, Internal, Usage, Rejected, Damaged, Database, Schema, MissingHash, Locked, File, Gap, Interrupted],
    )
}

pub(super) fn hash() -> String {
    text(
        "gapsync fill-sync-hash --database mariadb://sync@db/threatq",
        &[Done, Internal, Usage, Difference, Database, Schema, Locked, Interrupted],
    )
}

pub(super) fn migrate() -> String {
    text(
        "gapsync migrate --pipelines flow,dns,proxy --old-path /opt/spot-oa --engine sqlite:spot.db --init",
        &[Done, Internal, Usage, Rejected, Damaged, Database, Schema, Locked, File, Interrupted],
    )
}

pub(super) fn snapshot() -> String {
    "Example:\n  gapsync snapshot create --platform thehive --only files,config --target /media/disc\n\n\
     `gapsync snapshot COMMAND --help` lists the exit statuses of each command."
        .to_owned()
}

pub(super) fn snapshot_create() -> String {
    text(
        "gapsync snapshot create --platform thehive --only files,config --target /media/disc",
        &[Done, Internal, Usage, Rejected, Database, Schema, Locked, File, Check, Service, Interrupted],
    )
}

pub(super) fn snapshot_restore() -> String {
    text(
        "gapsync snapshot restore --platform thehive --only files --file thehive-snapshot-26-11-28-1795816800-812.tar.zst",
        &[Done, Internal, Usage, Difference, Damaged, Database, Schema, Locked, File, Service, Interrupted],
    )
}

pub(super) fn snapshot_verify() -> String {
    text(
        "gapsync snapshot verify thehive-snapshot-26-11-28-1795816800-812.tar.zst",
        &[Done, Internal, Usage, Damaged, File, Interrupted],
    )
}

pub(super) fn snapshot_drill() -> String {
    text(
        "gapsync snapshot drill --platform misp /media/disc",
        &[Done, Internal, Usage, Difference, Damaged, Database, Schema, Locked, File, Interrupted],
    )
}

pub(super) fn snapshot_list() -> String {
    text("gapsync snapshot list /media/disc --max-age 26h", &[Done, Internal, Usage, Difference, File, Interrupted])
}

pub(super) fn snapshot_check() -> String {
    text("gapsync snapshot check --platform mine.toml", &[Done, Internal, Usage, File, Check, Interrupted])
}

pub(super) fn snapshot_recover() -> String {
    text("gapsync snapshot recover", &[Done, Internal, Usage, Locked, File, Service, Interrupted])
}

pub(super) fn snapshot_archive_wal() -> String {
    text(
        "archive_command = 'gapsync snapshot archive-wal %p --to /mnt/archive'",
        &[Done, Internal, Usage, Difference, Locked, File],
    )
}

pub(super) fn snapshot_platform() -> String {
    text("gapsync snapshot platform thehive > mine.toml", &[Done, Internal, Usage])
}

pub(super) fn profile() -> String {
    "Example:\n  gapsync profile draft --database postgres://sync@db/mine > mine.toml\n\n\
     `gapsync profile COMMAND --help` lists the exit statuses of each command."
        .to_owned()
}

pub(super) fn profile_draft() -> String {
    text(
        "gapsync profile draft --database postgres://sync@db/mine > mine.toml",
        &[Done, Internal, Usage, Database, Schema, File, Interrupted],
    )
}

pub(super) fn profile_check() -> String {
    text(
        "gapsync profile check --profile mine.toml --database postgres://sync@db/mine",
        &[Done, Internal, Usage, Database, Schema, File, Interrupted],
    )
}

pub(super) fn profile_show() -> String {
    text("gapsync profile show --profile mine.toml", &[Done, Internal, Usage, Schema, File])
}

pub(super) fn init() -> String {
    text("gapsync init --database sqlite:threats.db", &[Done, Internal, Usage, Database, Schema, File])
}

pub(super) fn schema() -> String {
    text(
        "gapsync schema --profile mine.toml --engine postgres > mine.postgresql.sql",
        &[Done, Internal, Usage, Database, Schema, File],
    )
}

pub(super) fn check() -> String {
    text(
        "gapsync check --database postgres://sync@db/threatq --for import --file tqSync-26-11-21-1795230000-8345.tar.gz",
        &[Done, Internal, Usage, Damaged, Database, Schema, MissingHash, File, Gap, Interrupted],
    )
}

pub(super) fn inspect() -> String {
    text("gapsync inspect tqSync-26-11-21-1795230000-8345.tar.gz", &[Done, Internal, Usage, Damaged, File, Interrupted])
}

pub(super) fn verify() -> String {
    text(
        "gapsync verify tqSync-26-11-21-1795230000-8345.tar.gz && echo arrived intact",
        &[Done, Internal, Usage, Damaged, File, Interrupted],
    )
}

pub(super) fn history() -> String {
    text("gapsync history --database sqlite:threats.db --run 12", &[Done, Internal, Usage, Database, Gap])
}

pub(super) fn cleanup() -> String {
    text("gapsync cleanup --database mariadb://sync@db/threatq", &[Done, Internal, Usage, Database, Locked])
}

fn text(example: &str, statuses: &[ExitStatus]) -> String {
    let lines: Vec<String> =
        statuses.iter().map(|status| format!("  {:>3}  {}", *status as u8, meaning(*status))).collect();
    format!("Example:\n  {example}\n\nExit status:\n{}", lines.join("\n"))
}

fn meaning(status: ExitStatus) -> &'static str {
    match status {
        Done => "done",
        Internal => "internal error",
        Usage => "options or settings are wrong",
        Rejected => "rows or files were rejected, or changed while they were read, or are missing; see the report",
        Difference => "a check found a difference, or the newest snapshot is too old",
        Damaged => "the bundle is damaged, incomplete or of an unknown version",
        Database => "database error",
        Schema => "the schema or the profile does not fit",
        MissingHash => "sync_hash is missing; run `gapsync fill-sync-hash`",
        Locked => "another run holds the lock",
        Gap => "an earlier bundle of the stream is missing; this one was imported",
        File => "a file or disk is missing, inaccessible or full",
        Check => "a check failed before a snapshot, and nothing was changed",
        Service => "a service could not be started again: act now",
        Interrupted => "interrupted by a signal",
    }
}
