//! Servers as they are: poolers, policies, encodings, settings, limits.

mod collations;
mod init;
mod limits;
mod pooler;
mod refused;

use crate::support::{Database, Ended, finish, gapsync};

/// Runs the program with the mini profile on a database, in a folder.
fn run(folder: &std::path::Path, database: &str, arguments: &[&str]) -> Ended {
    let mut command = gapsync(arguments);
    command.args(["--profile=mini", "--progress=off", "--database", database]).current_dir(folder);
    finish(&mut command)
}

/// A database with three things, and the folder for what the program writes.
fn filled(database: &Database) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), &database.url, &["init"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    database.run(
        "INSERT INTO kinds (id, name) VALUES (1, 'alpha');
         INSERT INTO things (id, kind_id, value) VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 1, 'three');",
    );
    folder
}

/// Name of the one bundle in a folder.
fn bundle(folder: &std::path::Path) -> String {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|name| name.ends_with(".tar.gz")).expect("a bundle was written")
}
