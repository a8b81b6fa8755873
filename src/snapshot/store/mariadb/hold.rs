//! Holds one instant of all databases: sessions that see the same, and keep the tables from being changed or dropped.

use std::time::Instant;

use sqlx::mysql::MySqlConnection;

use super::describe::{self, Database, relations};
use super::server::{MariadbLink, MariadbServer, execute, ident, lacks_right};
use crate::error::{Error, Result};
use crate::snapshot::wait::wait;

/// How often it is tried, while tables come and go.
const TRIES: usize = 5;

/// Begins to see one instant.
const BEGIN: &str = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
     START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// Databases at one instant.
pub(super) struct Held {
    pub(super) databases: Vec<Database>,
    /// Sessions that see it.
    pub(super) readers: Vec<MySqlConnection>,
    /// Position in the server's log of changes.
    pub(super) position: String,
    pub(super) bytes: u64,
    /// For how many milliseconds nothing could be written; `None` if the user may not hold up writers, so that there is one
    /// reader.
    pub(super) locked_ms: Option<u128>,
}

impl Held {
    /// Takes the instant.
    ///
    /// # Errors
    /// `Database` if the server does not answer, or tables stay in other hands; `Schema`.
    pub(super) fn take(server: &MariadbServer, names: &[String], readers: usize) -> Result<Self> {
        let mut link = server.connect(None)?;
        for _ in 0..TRIES {
            let mut sessions = Vec::new();
            for _ in 0..readers.max(1) {
                sessions.push(wait(server.open(None))?);
            }
            let begun = Instant::now();
            let alone = match link.execute("FLUSH TABLES WITH READ LOCK") {
                Ok(()) => false,
                Err(error) if lacks_right(&error) => true,
                Err(error) => {
                    let what = "writers of MariaDB cannot be held up for the instant";
                    return Err(Error::database(what)
                        .because(error)
                        .hint("A long statement may be running: wait for its end. Nothing was changed."));
                }
            };
            if alone {
                sessions.truncate(1);
            }
            let held = Self::see(&mut link, names, sessions);
            // Whoever may not lock has nothing to unlock.
            let unlocked = link.execute("UNLOCK TABLES");
            let locked_ms = (!alone).then(|| begun.elapsed().as_millis());
            if let Some(held) = held? {
                unlocked?;
                return Ok(Self { locked_ms, ..held });
            }
        }
        Err(Error::database("tables of MariaDB are made and dropped all the time")
            .hint("Make the snapshot at a quieter time, or as a user with the right RELOAD."))
    }

    /// Lets sessions see the instant, and describes it. Returns `None` if tables were made or dropped meanwhile.
    fn see(link: &mut MariadbLink, names: &[String], mut readers: Vec<MySqlConnection>) -> Result<Option<Self>> {
        let known = relations(link, names)?;
        let touched: Vec<String> =
            known.iter().map(|(of, name)| format!("SELECT 1 FROM {}.{} LIMIT 0", ident(of), ident(name))).collect();
        for session in &mut readers {
            wait(execute(session, BEGIN))?;
            // A table that a transaction has touched stays as it is until the transaction ends.
            if !touched.is_empty() {
                wait(execute(session, &touched.join("; ")))?;
            }
            // Values come in the bytes that the columns hold.
            wait(execute(session, "SET character_set_results = NULL"))?;
        }
        if relations(link, names)? != known {
            return Ok(None);
        }
        let (mut databases, mut bytes) = (Vec::new(), 0);
        for name in names {
            let (database, size) = describe::database(link, name)?;
            databases.push(database);
            bytes += size;
        }
        let position = link.cell("SELECT @@GLOBAL.gtid_current_pos")?;
        Ok(Some(Self { databases, readers, position, bytes, locked_ms: None }))
    }
}
