//! What stands below the options in a command's help: an example and its exit codes.

use crate::error::ExitStatus::{
    self, Damaged, Database, Difference, Done, File, Gap, Internal, Interrupted, Locked, MissingHash, Rejected, Schema,
    Usage,
};

pub(super) const PROGRAM: &str = "\
Settings come from the command line, then the environment, then the configuration file. Standard output has the result, \
standard error progress and messages. `gapsync COMMAND --help` lists a command's options and exit codes.";

/// A command's page. The list of commands has its one line on each, the page its paragraph instead.
pub(super) const PAGE: &str = "{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

pub(super) const EXPORT: &str = "\
Reads the profile's tables in one consistent snapshot and writes them as a bundle into the target folder, together with \
`<bundle>.sha256` and a report. Without dates the window begins where the last export of the same stream left off: of the same \
receiver and scope. The first one takes everything. Rows that an exported row refers to come along.";

pub(super) const IMPORT: &str = "\
Merges a bundle into the database: new rows are inserted, rows that are newer in the bundle are updated, everything else is \
left alone. The whole bundle is read and checked before a table is touched, and the same bundle may be imported again. Rows \
that cannot be taken over go to `<bundle without .tar.gz>-rejects.csv`.";

pub(super) const HASH: &str = "\
Fills the `sync_hash` column of the profile's tables where it is NULL. Rows with one natural key, of which only one can have \
the hash, are listed, and so are tables with rows that refer to a missing one.";

pub(super) const INIT: &str = "\
Creates the profile's tables, triggers and indexes in an empty database. A SQLite file that does not exist is made; a database \
that has any table is refused and left as it is. For a profile of your own, `<name>.<engine>.sql` beside its file is run; \
without it, what `gapsync schema` prints.";

pub(super) const SCHEMA: &str = "\
Prints the SQL that `init` runs: the profile's tables, indexes, triggers for `sync_hash` and gapsync's own tables. For a \
profile of your own, `<name>.columns.txt` beside its file describes the columns. With `--existing` the columns are read from \
the catalogue of a database, and only what its tables lack is printed. Nothing is changed.";

pub(super) const CHECK: &str = "\
Looks whether a database is ready for a command, and names all that is missing at once: rights as statements for an \
administrator, tables, `sync_hash`, room, clock, bundles that never arrived. It makes nothing, changes nothing and takes no \
lock. The exit status is that of what stands most in the way.";

pub(super) const INSPECT: &str = "\
Shows what a bundle holds: where it comes from, its window, and its tables with their rows and bytes. The whole bundle is \
read, and every digest and count is checked; no database is needed.";

pub(super) const VERIFY: &str = "\
Reads a whole bundle once and checks every digest and count, as an import does before it touches a table; the first bad member \
is named. No database is needed.";

pub(super) const HISTORY: &str = "\
Lists the runs that the database knows of, newest first, from its `synchronizations` table. A run that is under way, or died, \
is shown as unfinished. With `--gaps` it shows which bundles of each stream never arrived here.";

pub(super) const CLEANUP: &str = "\
Drops the sync tables (`sync_import_<table>_<pid>`) that a run which died left in the database. While a run is under way \
nothing is dropped.";

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
        "gapsync verify tqSync-26-11-21-1795230000-8345.tar.gz && echo arrived whole",
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
        Rejected => "rows or files were rejected, or no physical file was found; see the report",
        Difference => "a check found a difference",
        Damaged => "the bundle is damaged, incomplete or of an unknown version",
        Database => "trouble with the database",
        Schema => "the schema or the profile does not fit",
        MissingHash => "sync_hash is missing; run `gapsync fill-sync-hash`",
        Locked => "another run holds the lock",
        Gap => "an earlier bundle of the stream is missing; what came was imported",
        File => "a file or disk is missing, not permitted or full",
        Interrupted => "interrupted by a signal",
    }
}
