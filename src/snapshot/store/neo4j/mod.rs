//! Neo4j, Community or not, of a server that is stopped: its folders, or dumps of its databases.
//!
//! [`source`] saves them, and [`sink`] puts them into folders beside their places, which they get by renaming. [`conf`] reads
//! where the data is, [`tool`] runs `neo4j-admin`, which also says whether a store was shut down cleanly.

mod conf;
mod sink;
mod source;
mod tool;

use std::fs::File;
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;

use super::contract::{Sink, Source};
use super::folders;
use crate::error::{Error, Result};
use crate::snapshot::platform::Neo4j;

/// Names of folders in the tree, which are those of the data folder too.
const DATABASES: &str = "databases";
const TRANSACTIONS: &str = "transactions";
/// Users of Neo4j 3.
const DBMS: &str = "dbms";
const TOP: [&str; 3] = [DATABASES, TRANSACTIONS, DBMS];

/// Returns whether a database can have this name.
fn is_name(name: &str) -> bool {
    let sound = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    name.len() <= 63 && name.chars().all(sound) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// The database of users and rights, which no other name can be given.
const SYSTEM: &str = "system";

/// What a dump's name ends with.
const DUMP: &str = ".dump";

/// How long a program that was left alone may still hold a database.
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the store while a snapshot is made.
pub(in crate::snapshot) fn source(config: &Neo4j) -> Box<dyn Source> {
    Box::new(source::Stopped::new(config.clone()))
}

/// Returns the store while it is restored: under another name of its database, or in another data folder, if one is given.
///
/// # Errors
/// `Usage` if the name cannot be one.
pub(in crate::snapshot) fn sink(config: &Neo4j, rename: Option<&str>) -> Result<Box<dyn Sink>> {
    Ok(Box::new(sink::Folders::new(config.clone(), rename)?))
}

/// Moves folders back that a run which died has given their places, removes those that it has made above them, and says what was
/// done.
///
/// # Errors
/// `Database` if a program still works on them; `File`.
pub(in crate::snapshot) fn move_back(moves: &[(PathBuf, PathBuf)], made: &[PathBuf]) -> Result<String> {
    // What loads a dump ends by itself when nobody feeds it any more.
    let begun = Instant::now();
    for (from, _) in moves {
        while is_used(from)? {
            if begun.elapsed() > PATIENCE {
                return Err(Error::database("a program still works on a database that is being restored")
                    .at_path(from.display().to_string())
                    .hint("End it, then run `gapsync snapshot recover` again."));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    folders::back(moves)?;
    remove_empty(made);
    Ok("the folders of Neo4j are where they were".to_owned())
}

/// Removes folders that a restore has made above the places, the innermost first. One with something in it stays.
fn remove_empty(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = std::fs::remove_dir(folder);
    }
}

/// Returns whether a program works on a database, or on one of a folder of them.
fn is_used(folder: &Path) -> Result<bool> {
    let below = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for database in below.chain([folder.to_owned()]) {
        if is_locked(&database.join(DATABASE_LOCK))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The file of a database that Neo4j and its tools lock.
const DATABASE_LOCK: &str = "database_lock";

/// The file that a server locks, in the folder of its databases.
const STORE_LOCK: &str = "store_lock";

/// Returns whether a server works on a folder of databases. Its lock is seen even if it works in a container.
///
/// # Errors
/// `File` if the lock cannot be asked for.
fn works(databases: &Path) -> Result<bool> {
    is_locked(&databases.join(STORE_LOCK))
}

fn is_locked(path: &Path) -> Result<bool> {
    let fault = |error| Error::file(path, "the lock of Neo4j cannot be asked for", error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), Io::NotFound | Io::NotADirectory) => return Ok(false),
        Err(error) => return Err(fault(error)),
    };
    match fcntl_lock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(true),
        Err(error) => Err(fault(error.into())),
    }
}
