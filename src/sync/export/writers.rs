//! Finds the earliest time at which a currently open transaction may have written.
//!
//! A row has the date of its statement or of the start of its transaction, but becomes visible only after the commit. The next
//! window therefore has to begin before every transaction that is open while the snapshot is taken.

use std::time::Duration;

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::Result;
use crate::sync::moment::{self, SECOND};

const POSTGRES_OPEN: &str = include_str!("../../../sql/postgres/queries/open_transactions.sql");
const MARIADB_BUSY: &str = include_str!("../../../sql/mariadb/queries/busy_threads.sql");
const MARIADB_OWN: &str = include_str!("../../../sql/mariadb/queries/own_transaction.sql");
const MARIADB_OPEN: &str = include_str!("../../../sql/mariadb/queries/open_transactions.sql");

/// How much earlier a server may date a transaction than it makes it visible to others.
const UNSEEN: i64 = SECOND / 5;

/// MariaDB caches its list of transactions until it has not been read for a tenth of a second. These are the wait and the
/// number of attempts.
const STALE: Duration = Duration::from_millis(150);
const STALE_TRIES: usize = 20;

/// How long to wait for the write lock of SQLite, in milliseconds.
const PATIENCE: u32 = 2000;

/// What is known about the writers of a database.
pub(super) struct Writers {
    /// Where the next window begins.
    pub(super) next: i64,
    /// Warnings for the user.
    pub(super) warnings: Vec<String>,
    /// Whether every transaction that began before the search is known to have ended.
    pub(super) quiet: bool,
    /// Whether SQLite's write lock is held until the snapshot is open.
    locked: bool,
}

/// Looks for writers. Must be called before the snapshot is taken and after `began` was read from the database's clock;
/// [`Writers::release`] must follow.
///
/// # Errors
/// `Database`.
pub(super) async fn look(session: &mut Session, began: i64, overlap: i64) -> Result<Writers> {
    let mut writers = Writers { next: began, warnings: Vec::new(), quiet: false, locked: false };
    match session.dialect() {
        Dialect::Sqlite => writers.lock(session, overlap).await?,
        Dialect::Postgres => writers.ask_postgres(session, overlap).await?,
        Dialect::Mariadb => writers.ask_mariadb(session, overlap).await?,
    }
    writers.quiet = writers.warnings.is_empty() && writers.next >= began - UNSEEN;
    // A platform may truncate its dates to whole seconds.
    writers.next = moment::whole_second(writers.next);
    Ok(writers)
}

impl Writers {
    /// Releases SQLite's write lock.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn release(&mut self, session: &mut Session) -> Result<()> {
        if std::mem::take(&mut self.locked) { session.rollback().await } else { Ok(()) }
    }

    fn fall_back(&mut self, began: i64, overlap: i64, why: &str) {
        self.next = self.next.min(began - overlap);
        self.warnings.push(format!(
            "{why}: the next window begins {} before this export, as set by --overlap",
            crate::run::report::grid::duration((overlap / SECOND) as f64)
        ));
    }

    /// Takes SQLite's write lock, which a transaction that has written holds until its end.
    async fn lock(&mut self, session: &mut Session, overlap: i64) -> Result<()> {
        let before = session.cell("PRAGMA busy_timeout").await?;
        session.query(&format!("PRAGMA busy_timeout = {PATIENCE}")).await?;
        let begun = session.begin().await;
        session.query(&format!("PRAGMA busy_timeout = {}", before.as_deref().unwrap_or("60000"))).await?;
        match begun {
            Ok(()) => self.locked = true,
            Err(error) if class_of(&error) == Some(SqlClass::Busy) => {
                self.fall_back(self.next, overlap, "another program is writing to the database");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn ask_postgres(&mut self, session: &mut Session, overlap: i64) -> Result<()> {
        let began = self.next;
        let row = session.query(POSTGRES_OPEN).await?.into_iter().next().unwrap_or_default();
        let cell = |index: usize| row.get(index).and_then(Option::as_deref);
        if cell(0) == Some("t") {
            self.fall_back(
                began,
                overlap,
                "the database is a standby, which does not show the transactions of its primary",
            );
        } else if cell(2).is_some_and(|hidden| hidden != "0") {
            let why = "this user may not see when other users' transactions began (GRANT pg_read_all_stats shows them)";
            self.fall_back(began, overlap, why);
        }
        if let Some(oldest) = cell(1).and_then(moment::read) {
            self.next = self.next.min(oldest);
        }
        if let Some(prepared) = cell(3).and_then(moment::read) {
            self.fall_back(prepared.min(began), overlap, "a prepared transaction does not show when it began");
        }
        self.next -= UNSEEN;
        Ok(())
    }

    async fn ask_mariadb(&mut self, session: &mut Session, overlap: i64) -> Result<()> {
        let began = self.next;
        session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT").await?;
        let mut age = session.query(MARIADB_OWN).await;
        for _ in 0..STALE_TRIES {
            if age.as_ref().map_or(true, |rows| !rows.is_empty()) {
                break;
            }
            // A list without our own transaction is older than it, and may miss others.
            tokio::time::sleep(STALE).await;
            age = session.query(MARIADB_OWN).await;
        }
        let asked = match age {
            // These times are in the zone of the server or of the session. Our own transaction shows which.
            Ok(age) => session.query(MARIADB_OPEN).await.map(|oldest| (number(&age), oldest)),
            Err(error) => Err(error),
        };
        session.rollback().await?;
        let (shift, oldest) = match asked {
            Ok((Some(shift), oldest)) => (shift, oldest),
            Ok((None, oldest)) => {
                let why = "the server's list of transactions is out of date, because another program keeps reading it";
                self.fall_back(began, overlap, why);
                (0, oldest)
            }
            Err(_) => {
                let why = "this user may not see other users' transactions (GRANT PROCESS shows them)";
                self.fall_back(began, overlap, why);
                return Ok(());
            }
        };
        let shift = (shift + 450).div_euclid(900) * 900 * SECOND;
        if let Some(oldest) = text(&oldest).and_then(moment::read) {
            self.next = self.next.min(oldest + shift);
        }
        let mut replica = false;
        for row in session.query(MARIADB_BUSY).await? {
            let [Some(command), milliseconds] = row.as_slice() else { continue };
            replica |= command.starts_with("Slave_");
            let age = milliseconds.as_ref().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            if !command.starts_with("Slave_") {
                self.next = self.next.min(began - age * 1000);
            }
        }
        if replica || number(&session.query("SELECT @@GLOBAL.wsrep_on").await.unwrap_or_default()) == Some(1) {
            self.fall_back(began, overlap, "rows from another server may arrive here late");
        }
        self.next -= UNSEEN;
        Ok(())
    }
}

fn text(rows: &[Vec<Option<String>>]) -> Option<&str> {
    rows.first()?.first()?.as_deref()
}

fn number(rows: &[Vec<Option<String>>]) -> Option<i64> {
    text(rows)?.parse().ok()
}
