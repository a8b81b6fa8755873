//! The lock of a run in the database. Only one run writes at a time, and a dead holder can be told apart from a live one.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Progress;

use super::ledger::clock;
use super::process::{Process, host_name};

/// The only lock: imports and migrations of a database exclude each other.
const LOCK: &str = "import";

/// A holder on another host counts as dead if its heartbeat is older than this.
const DEAD_AFTER_SECONDS: i64 = 120;

/// Interval between heartbeats while one statement takes long.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// The lock of a run. Its loss to another run is noticed at the next [`Lock::check`].
#[derive(Debug)]
pub struct Lock {
    token: String,
    heart: Option<JoinHandle<()>>,
}

/// The run that holds the lock.
struct Holder {
    process: Process,
    since: String,
    silent_seconds: i64,
}

impl Lock {
    /// Takes the lock, if necessary from a dead holder.
    ///
    /// # Errors
    /// `Locked`, with the holder, if a live run holds it; `Database`.
    pub async fn acquire(session: &mut Session, url: &DatabaseUrl, progress: &Progress) -> Result<Self> {
        let dialect = session.dialect();
        let Process { host, pid, token } = Process::own();
        let now = clock(dialect);
        let insert = format!(
            "INSERT INTO gapsync_lock (name, host, pid, token, acquired_at, heartbeat) \
             VALUES ('{LOCK}', {}, {pid}, '{token}', {now}, {now})",
            dialect.literal(&host),
        );
        // Checked first: on SQLite a live run may be writing for minutes, and an insert would wait for it needlessly.
        if let Some(holder) = holder(session).await?.filter(|holder| !is_dead(holder, &host)) {
            return Err(held_by(Some(&holder)));
        }
        match session.execute(&insert).await {
            Ok(_) => {}
            Err(error) if class_of(&error) == Some(SqlClass::Busy) => return Err(held_by(None).because(error)),
            Err(error) if class_of(&error) == Some(SqlClass::Unique) => {
                // The holder left between the two statements. Another attempt would succeed.
                let Some(holder) = holder(session).await? else { return Err(held_by(None)) };
                if !is_dead(&holder, &host) {
                    return Err(held_by(Some(&holder)));
                }
                let take = format!(
                    "UPDATE gapsync_lock SET host = {}, pid = {pid}, token = '{token}', acquired_at = {now}, \
                     heartbeat = {now} WHERE name = '{LOCK}' AND token = {}",
                    dialect.literal(&host),
                    dialect.literal(&holder.process.token),
                );
                if session.execute(&take).await? != 1 {
                    return Err(held_by(None));
                }
                progress.warning(format!(
                    "took over the lock of process {} on {}, which is gone; `gapsync cleanup` lists or drops what it left",
                    holder.process.pid, holder.process.host
                ));
            }
            Err(error) => return Err(error),
        }
        let heart = (!dialect.has_one_writer()).then(|| tokio::spawn(beat(url.clone(), token.clone())));
        Ok(Self { token, heart })
    }

    /// Sends a heartbeat and makes sure that the run still holds the lock. Called inside the transaction of a chunk, so
    /// that the chunk commits only while the lock is held.
    ///
    /// # Errors
    /// `Locked` if another run took it.
    pub async fn check(&self, session: &mut Session) -> Result<()> {
        if session.execute(&heartbeat(session.dialect(), &self.token)).await? == 1 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Locked, "another run has taken the lock").hint(
            "What this run was about to write was not written. Run the command again after the other run has ended.",
        ))
    }

    /// Releases the lock.
    ///
    /// # Errors
    /// `Database`.
    pub async fn release(mut self, session: &mut Session) -> Result<()> {
        if let Some(heart) = self.heart.take() {
            heart.abort();
            // The heartbeat's session must be closed before this one reports that all is done.
            let _ = heart.await;
        }
        let statement = format!("DELETE FROM gapsync_lock WHERE name = '{LOCK}' AND token = '{}'", self.token);
        session.execute(&statement).await.map(|_| ())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(heart) = &self.heart {
            heart.abort();
        }
    }
}

/// Returns the host and process id of the lock's holder, if it is alive.
///
/// # Errors
/// `Database`.
pub async fn live_holder(session: &mut Session) -> Result<Option<(String, u32)>> {
    let host = host_name();
    let holder = holder(session).await?.filter(|holder| !is_dead(holder, &host));
    Ok(holder.map(|holder| (holder.process.host, holder.process.pid)))
}

/// Sends heartbeats while a statement of the run takes long. Stays silent if the server cannot be reached: the statement
/// itself will report that.
async fn beat(url: DatabaseUrl, token: String) {
    let mut session = None;
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if session.is_none() {
            session = Session::open(&url, OpenMode::ReadWrite).await.ok();
        }
        if let Some(open) = &mut session
            && open.execute(&heartbeat(open.dialect(), &token)).await.is_err()
        {
            session = None;
        }
    }
}

fn heartbeat(dialect: Dialect, token: &str) -> String {
    format!("UPDATE gapsync_lock SET heartbeat = {} WHERE name = '{LOCK}' AND token = '{token}'", clock(dialect))
}

async fn holder(session: &mut Session) -> Result<Option<Holder>> {
    let silent = match session.dialect() {
        Dialect::Sqlite => "CAST((julianday('now') - julianday(heartbeat)) * 86400 AS INTEGER)",
        Dialect::Postgres => "CAST(extract(epoch FROM (clock_timestamp() AT TIME ZONE 'UTC') - heartbeat) AS bigint)",
        Dialect::Mariadb => "timestampdiff(SECOND, heartbeat, utc_timestamp(6))",
    };
    let statement = format!("SELECT host, pid, token, acquired_at, {silent} FROM gapsync_lock WHERE name = '{LOCK}'");
    let Some(row) = session.query(&statement).await?.into_iter().next() else { return Ok(None) };
    let mut cells = row.into_iter().map(Option::unwrap_or_default);
    let mut cell = || cells.next().unwrap_or_default();
    Ok(Some(Holder {
        process: Process { host: cell(), pid: cell().parse().unwrap_or(0), token: cell() },
        since: cell(),
        silent_seconds: cell().parse().unwrap_or(0),
    }))
}

/// Returns whether a holder is dead. On this host its process decides, elsewhere its silence.
fn is_dead(holder: &Holder, host: &str) -> bool {
    holder.process.lives_on(host).map_or(holder.silent_seconds > DEAD_AFTER_SECONDS, |lives| !lives)
}

fn held_by(holder: Option<&Holder>) -> Error {
    let what = match holder {
        Some(holder) => {
            format!(
                "another run holds the lock: process {} on {} since {}",
                holder.process.pid, holder.process.host, holder.since
            )
        }
        None => "another run holds the lock".to_owned(),
    };
    Error::new(ErrorKind::Locked, what).hint("Wait until it has ended; `gapsync history` shows it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_that_cannot_be_seen_is_judged_by_its_silence() {
        let holder = |silent_seconds| Holder { process: Process::own(), since: String::new(), silent_seconds };
        assert!(!is_dead(&holder(1_000_000), &host_name()));
        assert!(is_dead(&holder(1_000_000), "there"), "nothing was heard of it for long");
        assert!(!is_dead(&holder(1), "there"));
    }
}
