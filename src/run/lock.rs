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
    host: String,
    pid: u32,
    token: String,
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
        let random = &uuid::Uuid::new_v4().simple().to_string()[..8];
        let token = format!("{}-{}-{random}", start_time(std::process::id()), process_space());
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let (pid, now) = (std::process::id(), clock(dialect));
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
                    dialect.literal(&holder.token),
                );
                if session.execute(&take).await? != 1 {
                    return Err(held_by(None));
                }
                progress.warning(format!(
                    "took over the lock of process {} on {}, which is gone; `gapsync cleanup` lists or drops what it left",
                    holder.pid, holder.host
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
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let holder = holder(session).await?.filter(|holder| !is_dead(holder, &host));
    Ok(holder.map(|holder| (holder.host, holder.pid)))
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
        host: cell(),
        pid: cell().parse().unwrap_or(0),
        token: cell(),
        since: cell(),
        silent_seconds: cell().parse().unwrap_or(0),
    }))
}

/// Returns whether a holder is dead. On this host its process decides, elsewhere its silence. Two containers may share a
/// host name without seeing each other's processes. A process of this host that is hidden from this user may be alive.
fn is_dead(holder: &Holder, host: &str) -> bool {
    let mut token = holder.token.split('-');
    let (began, space) = (token.next(), token.next());
    if holder.host != host || space != Some(process_space().as_str()) {
        return holder.silent_seconds > DEAD_AFTER_SECONDS;
    }
    match look(holder.pid) {
        Seen::Gone => true,
        // The number may belong to another process by now, which then began at another time.
        Seen::Alive(since) => began != Some(since.to_string().as_str()),
        Seen::Hidden => false,
    }
}

/// What the system shows of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// It is alive, and began this many ticks after the system did.
    Alive(u64),
    /// It does not exist, or has ended and only waits for its parent to collect the exit status.
    Gone,
    /// It is alive, but the system shows this user nothing else about it.
    Hidden,
}

fn look(pid: u32) -> Seen {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    seen(stat.as_deref(), || {
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        let answer = pid.map(rustix::process::test_kill_process);
        matches!(answer, Some(Ok(()) | Err(rustix::io::Errno::PERM)))
    })
}

/// Evaluates `/proc/<pid>/stat`, or without it the result of a signal that does nothing.
fn seen(stat: Option<&str>, takes_signals: impl Fn() -> bool) -> Seen {
    // The second field is a name in parentheses that may contain blanks; the state is the third, the start time the 22nd.
    let after_name = stat.and_then(|stat| stat.rsplit_once(") ")).map(|(_, rest)| rest);
    let Some(after_name) = after_name else {
        return if takes_signals() { Seen::Hidden } else { Seen::Gone };
    };
    if after_name.starts_with(['Z', 'X', 'x']) {
        return Seen::Gone;
    }
    after_name.split(' ').nth(19).and_then(|text| text.parse().ok()).map_or(Seen::Hidden, Seen::Alive)
}

/// Returns the process id namespace of this process, that is, of its container or machine. Empty if the system does not
/// report it.
fn process_space() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().chars().filter(char::is_ascii_digit).collect()
}

/// Returns when a process began, in ticks since the system did, or zero if the system does not report it.
fn start_time(pid: u32) -> u64 {
    match look(pid) {
        Seen::Alive(since) => since,
        Seen::Gone | Seen::Hidden => 0,
    }
}

fn held_by(holder: Option<&Holder>) -> Error {
    let what = match holder {
        Some(holder) => {
            format!("another run holds the lock: process {} on {} since {}", holder.pid, holder.host, holder.since)
        }
        None => "another run holds the lock".to_owned(),
    };
    Error::new(ErrorKind::Locked, what).hint("Wait until it has ended; `gapsync history` shows it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(pid: u32, began: &str) -> Holder {
        let token = format!("{began}-{}-abcdef01", process_space());
        Holder { host: "here".into(), pid, token, since: String::new(), silent_seconds: 1_000_000 }
    }

    #[test]
    fn a_live_holder_of_this_host_is_known_by_its_beginning() {
        let pid = std::process::id();
        let began = start_time(pid).to_string();
        assert!(!is_dead(&holder(pid, &began), "here"));
        assert!(is_dead(&holder(pid, "1"), "here"), "another process had the number");
        assert!(is_dead(&holder(pid, &began), "there"), "nothing was heard of it for long");
    }

    #[test]
    fn a_zombie_is_dead() {
        let mut child = std::process::Command::new("sleep").arg("0.2").spawn().unwrap();
        let began = start_time(child.id()).to_string();
        assert!(!is_dead(&holder(child.id(), &began), "here"));
        std::thread::sleep(Duration::from_secs(1));
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        assert!(stat.contains(") Z "), "{stat}");
        assert!(is_dead(&holder(child.id(), &began), "here"));
        child.wait().unwrap();
        assert!(is_dead(&holder(child.id(), &began), "here"));
    }

    #[test]
    fn a_process_that_is_hidden_may_live() {
        assert_eq!(seen(None, || true), Seen::Hidden);
        assert_eq!(seen(None, || false), Seen::Gone);
        assert_eq!(look(u32::MAX), Seen::Gone);
    }
}
