//! Keeps migrations apart that would use the same database of the engine.
//!
//! The engine has no lock that ends with a session, so a lock is a table, which only one run can create. The comment of its
//! column says which process that was, and counts up as long as it lives. The next run takes over the lock of a dead process: one
//! of this host is looked up, of any other a sign of life is waited for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::db::error::{SqlClass, class_of};
use crate::db::hive::{HiveSession, HiveUrl, HiveVariant};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Progress;
use crate::run::process::Process;
use crate::stream::cancel::Cancel;

/// The name of the table.
const LOCK: &str = "gapsync_lock";

/// Interval between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How long a process that cannot be seen from here may be silent.
const SILENCE: Duration = Duration::from_secs(45);

/// The pause after which a lock that was taken over has to be unchanged: two runs may have found the same dead holder.
const SETTLE: Duration = Duration::from_secs(1);

/// The locks that a run has. They have a session of their own, which works on when the run is stopped.
pub(super) struct Locks {
    held: Arc<Mutex<Held>>,
    own: Process,
    variant: HiveVariant,
    heart: JoinHandle<()>,
}

struct Held {
    session: HiveSession,
    /// The databases.
    databases: Vec<String>,
}

/// What the comment of a lock says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Holder {
    process: Process,
    beats: u64,
    since: String,
}

impl Locks {
    /// Connects, without taking a lock.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn open(url: &HiveUrl) -> Result<Self> {
        let session = HiveSession::connect(url).await?;
        let held = Arc::new(Mutex::new(Held { session, databases: Vec::new() }));
        let (own, variant) = (Process::own(), url.variant());
        let heart = tokio::spawn(beat(Arc::clone(&held), own.clone(), variant));
        Ok(Self { held, own, variant, heart })
    }

    /// Takes the lock of a database, if necessary from a dead holder.
    ///
    /// # Errors
    /// `Locked`, with the holder, if a live run has it; `Schema` if the table is not ours; `Database`; `Interrupted`.
    pub(super) async fn take(&self, database: &str, (progress, cancel): (&Progress, &Cancel)) -> Result<()> {
        let mut held = self.held.lock().await;
        let session = &mut held.session;
        let table = table(self.variant, database);
        let mine = Holder { process: self.own.clone(), beats: 0, since: super::now() };
        let create = create(&table, &self.variant.literal(&mine.comment()));
        match session.execute(&create).await {
            Ok(()) => {}
            Err(error) if class_of(&error) == Some(SqlClass::Exists) => {
                let Some(holder) = holder(session, &table).await? else { return Err(held_by(database, None)) };
                if lives(session, &table, &holder, (progress, cancel)).await? {
                    return Err(held_by(database, Some(&holder)));
                }
                session.execute(&drop_table(&table)).await?;
                session.execute(&create).await?;
                tokio::time::sleep(SETTLE).await;
                if holder_is(session, &table, &self.own).await? {
                    progress.warning(format!(
                        "took over the lock of process {} on {}, which is gone",
                        holder.process.pid, holder.process.host
                    ));
                } else {
                    return Err(held_by(database, None));
                }
            }
            Err(error) => return Err(error),
        }
        held.databases.push(database.to_owned());
        Ok(())
    }

    /// Makes sure that the run still has its locks.
    ///
    /// # Errors
    /// `Locked` if another run took one; `Database`.
    pub(super) async fn check(&self) -> Result<()> {
        let mut held = self.held.lock().await;
        let Held { session, databases } = &mut *held;
        for database in databases {
            if !holder_is(session, &table(self.variant, database), &self.own).await? {
                return Err(Error::new(ErrorKind::Locked, "another run has taken the lock of the database")
                    .at_table(format!("{database}.{LOCK}"))
                    .hint(
                        "What was to be written next was not written. Migrate again after the other run has ended.",
                    ));
            }
        }
        Ok(())
    }

    /// Releases the lock of a database.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn release(&self, database: &str) -> Result<()> {
        let mut held = self.held.lock().await;
        let Held { session, databases } = &mut *held;
        if let Some(index) = databases.iter().position(|held| held == database) {
            databases.remove(index);
            let table = table(self.variant, database);
            if holder_is(session, &table, &self.own).await? {
                session.execute(&drop_table(&table)).await?;
            }
        }
        Ok(())
    }

    /// Releases all locks.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn end(self) -> Result<()> {
        let databases = self.held.lock().await.databases.clone();
        for database in databases {
            self.release(&database).await?;
        }
        Ok(())
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        self.heart.abort();
    }
}

impl Holder {
    fn comment(&self) -> String {
        let Process { host, pid, token } = &self.process;
        format!("{pid} {token} {} {host} {}", self.beats, self.since)
    }

    fn read(comment: &str) -> Option<Self> {
        let mut parts = comment.splitn(5, ' ');
        let (pid, token, beats) = (parts.next()?.parse().ok()?, parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        let (host, since) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { process: Process { host, pid, token }, beats, since })
    }
}

/// Returns the statements that take and release a lock, for people.
pub(super) fn script(variant: HiveVariant, database: &str) -> [String; 2] {
    let table = table(variant, database);
    [create(&table, "'?'"), drop_table(&table)]
}

fn table(variant: HiveVariant, database: &str) -> String {
    format!("{}.{}", variant.ident(database), variant.ident(LOCK))
}

fn create(table: &str, comment: &str) -> String {
    format!("CREATE TABLE {table} (`holder` STRING COMMENT {comment})")
}

fn drop_table(table: &str) -> String {
    format!("DROP TABLE IF EXISTS {table}")
}

/// Shows others that the run is alive, until another has taken its locks.
async fn beat(held: Arc<Mutex<Held>>, own: Process, variant: HiveVariant) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let mut held = held.lock().await;
        let Held { session, databases } = &mut *held;
        for database in databases {
            let table = table(variant, database);
            // Whether the server can be reached is found out by the statements that the run needs.
            let Ok(Some(mut holder)) = holder(session, &table).await else { continue };
            if holder.process == own {
                holder.beats += 1;
                let comment = variant.literal(&holder.comment());
                let change = format!("ALTER TABLE {table} CHANGE COLUMN `holder` `holder` STRING COMMENT {comment}");
                let _ = session.execute(&change).await;
            }
        }
    }
}

/// Returns the holder of a lock; nobody if there is no such table.
async fn holder(session: &mut HiveSession, table: &str) -> Result<Option<Holder>> {
    let rows = match session.query(&format!("DESCRIBE {table}")).await {
        Ok(rows) => rows,
        Err(error) if class_of(&error) == Some(SqlClass::Missing) => return Ok(None),
        Err(error) => return Err(error),
    };
    let comment = rows.into_iter().next().and_then(|row| row.into_iter().nth(2).flatten()).unwrap_or_default();
    Holder::read(comment.trim()).map(Some).ok_or_else(|| {
        Error::schema("the database has a table of this name that is no lock of a migration")
            .at_table(table.replace('`', ""))
    })
}

async fn holder_is(session: &mut HiveSession, table: &str, own: &Process) -> Result<bool> {
    Ok(holder(session, table).await?.is_some_and(|holder| holder.process == *own))
}

/// Returns whether the holder of a lock is alive.
async fn lives(
    session: &mut HiveSession,
    table: &str,
    found: &Holder,
    (progress, cancel): (&Progress, &Cancel),
) -> Result<bool> {
    if let Some(lives) = found.process.lives() {
        return Ok(lives);
    }
    let Process { host, pid, .. } = &found.process;
    progress.note(format!("waiting for a sign of life of process {pid} on {host}, which has the lock"));
    let began = Instant::now();
    while began.elapsed() < SILENCE {
        cancel.check()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        if holder(session, table).await?.as_ref() != Some(found) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn held_by(database: &str, holder: Option<&Holder>) -> Error {
    let by = holder.map(|holder| {
        let Process { host, pid, .. } = &holder.process;
        crate::error::escape::line(&format!(": process {pid} on {host} since {}", holder.since)).to_string()
    });
    let what = format!("another migration uses the database `{database}`{}", by.unwrap_or_default());
    Error::new(ErrorKind::Locked, what)
        .hint("Wait until it has ended. Migrations into different databases need staging databases of their own.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_says_who_holds_a_lock() {
        let process = Process { host: "here".into(), pid: 7, token: "1-2-ab".into() };
        let holder = Holder { process, beats: 3, since: "2026-11-28 12:00:00".into() };
        assert_eq!(holder.comment(), "7 1-2-ab 3 here 2026-11-28 12:00:00");
        assert_eq!(Holder::read(&holder.comment()), Some(holder));
        assert_eq!([Holder::read(""), Holder::read("a table of mine")], [None, None]);
    }
}
