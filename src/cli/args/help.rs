//! What stands below the options in a command's help: an example and its exit codes.

use crate::error::ExitStatus::{
    self, Damaged, Database, Difference, Done, File, Internal, Interrupted, Locked, MissingHash, Rejected, Schema,
    Usage,
};

pub(super) const PROGRAM: &str = "\
Settings come from the command line, then the environment, then the configuration file. Standard output has the result, \
standard error progress and messages. `gapsync COMMAND --help` lists a command's options and exit codes.";

pub(super) fn export() -> String {
    text(
        "gapsync export --database postgres://sync@db/threatq --target /media/disc",
        &[Done, Internal, Usage, Rejected, Database, Schema, MissingHash, File, Interrupted],
    )
}

pub(super) fn import() -> String {
    text(
        "gapsync import --database mariadb://sync@db/threatq --file /media/disc/tqSync-26-11-21-1795230000-8345.tar.gz",
        &[Done, Internal, Usage, Rejected, Damaged, Database, Schema, MissingHash, Locked, File, Interrupted],
    )
}

pub(super) fn hash() -> String {
    text(
        "gapsync fill-sync-hash --database mariadb://sync@db/threatq",
        &[Done, Internal, Usage, Difference, Database, Schema, Interrupted],
    )
}

pub(super) fn init() -> String {
    text("gapsync init --database sqlite:threats.db", &[Done, Internal, Usage, Database, Schema, File])
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
    text("gapsync history --database sqlite:threats.db --run 12", &[Done, Internal, Usage, Database])
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
        Rejected => "finished, but rows were rejected; they are in the rejects file",
        Difference => "a check found a difference",
        Damaged => "the bundle is damaged, incomplete or of an unknown version",
        Database => "trouble with the database",
        Schema => "the schema or the profile does not fit",
        MissingHash => "sync_hash is missing; run `gapsync fill-sync-hash`",
        Locked => "another run holds the lock",
        File => "a file or disk is missing, not permitted or full",
        Interrupted => "interrupted by a signal",
    }
}
