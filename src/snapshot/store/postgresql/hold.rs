//! Holds the instant of a database: a session that exports its snapshot, and keeps its tables from being changed or dropped.

use super::describe::{self, Database, Table};
use super::server::{Link, Server};
use crate::error::{Error, Result, escape};

/// How often it is tried to lock all tables, while some come and go.
const TRIES: usize = 5;

/// Tables of a statement that locks them.
const AT_ONCE: usize = 500;

/// How long a table may be in other hands.
const PATIENCE: &str = "SET lock_timeout = '60s'";

/// A database at its instant, for as long as the value lives.
pub(super) struct Held {
    pub(super) name: String,
    /// Name of the snapshot that other sessions may import.
    pub(super) snapshot: String,
    /// Position in the log of changes.
    pub(super) position: String,
    pub(super) database: Database,
    pub(super) tables: Vec<Table>,
    pub(super) sequences: String,
    pub(super) foreign: u64,
    pub(super) bytes: u64,
    link: Link,
}

impl Held {
    /// Takes the instant of a database.
    ///
    /// # Errors
    /// `Database` if the server does not answer, or a table stays in other hands.
    pub(super) fn take(server: &Server, name: &str, version: u32) -> Result<Self> {
        let mut link = server.connect(Some(name))?;
        link.execute(PATIENCE)?;
        for _ in 0..TRIES {
            let known = describe::lockable(&mut link)?;
            // The locks come first: what is changed before them is not in the snapshot as it was.
            link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            let locked = known.chunks(AT_ONCE).try_for_each(|names| {
                let list: Vec<String> = names.iter().map(|name| format!("ONLY {name}")).collect();
                link.execute(&format!("LOCK TABLE {} IN ACCESS SHARE MODE", list.join(", ")))
            });
            if let Err(error) = locked {
                link.execute("ROLLBACK")?;
                // One may have been dropped meanwhile.
                if known == describe::lockable(&mut link)? {
                    let what = format!("the tables of the database {} cannot be held", escape::line(name));
                    return Err(Error::database(what).because(error).hint(
                        "Another session may be changing them: wait for it. The user needs the right to read all tables.",
                    ));
                }
                continue;
            }
            let snapshot = link.cell("SELECT pg_export_snapshot()")?;
            if describe::lockable(&mut link)?.iter().any(|table| !known.contains(table)) {
                link.execute("ROLLBACK")?;
                continue;
            }
            return Self::describe(link, name, snapshot, version);
        }
        let what = format!("tables of the database {} are made and dropped all the time", escape::line(name));
        Err(Error::database(what).hint("Make the snapshot at a quieter time."))
    }

    fn describe(mut link: Link, name: &str, snapshot: String, version: u32) -> Result<Self> {
        let position = link.cell(
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text",
        )?;
        let (tables, bytes) = describe::tables(&mut link, version)?;
        Ok(Self {
            name: name.to_owned(),
            snapshot,
            position,
            database: describe::database(&mut link)?,
            tables,
            sequences: describe::sequences(&mut link)?,
            foreign: describe::foreign(&mut link)?,
            bytes,
            link,
        })
    }

    /// Checks that the session still holds the instant.
    ///
    /// # Errors
    /// `Database` if it does not.
    pub(super) fn check(&mut self) -> Result<()> {
        self.link.execute("SELECT 1").map_err(|error| {
            let what = format!("the session that holds the instant of {} was ended", escape::line(&self.name));
            Error::database(what).because(error).hint("Make the snapshot again.")
        })
    }
}
