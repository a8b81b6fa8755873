//! Loads rows straight into the target tables of PostgreSQL, in one transaction with the record of their files, so that each
//! row is written once.
//!
//! Rows travel in statements of a few megabytes, which are kept until the statement has succeeded. If the database refuses a
//! row, a savepoint undoes the statement, and its rows are halved until that row is alone; then it is rejected. Nothing is
//! committed before all files of a pipeline were read. Only plain tables are loaded in this way: where triggers, foreign keys,
//! rules or partitions are, the fate of a row may depend on other rows or on the statement that brings it, and rows go by
//! [`super::staging`].

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::SqlTarget;
use super::ledger;
use super::publish::{committed, is_of_a_row, reason_of, skipped};
use super::staging::{Batch, WAITING, load_table};
use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::rows::{LoadBatch, LoadTable, OpenMode};
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::migrate::account::{Done, Refused};
use crate::migrate::group::Published;
use crate::migrate::table::TargetTable;
use crate::model::batch::RowBatch;
use crate::run::rejects::Reject;
use crate::stream::budget::Permit;
use crate::stream::fail;

/// Bytes of rows in a statement, all of which are kept until it has ended.
const STATEMENT_BYTES: usize = 8 << 20;

/// How long a statement waits for more rows before it ends. The reader may itself be waiting for memory that the kept rows
/// occupy; that is so only if little memory is allowed, or if a record is very long.
const PATIENCE: Duration = Duration::from_millis(100);

/// The name of the savepoint before each statement.
const SAVEPOINT: &str = "gapsync_rows";

/// Returns whether rows can be loaded straight into tables.
///
/// # Errors
/// `Database`.
pub(super) async fn serves(session: &mut Session, tables: &[TargetTable]) -> Result<bool> {
    if session.dialect() != Dialect::Postgres {
        return Ok(false);
    }
    let names: Vec<String> = tables.iter().map(|table| Dialect::Postgres.literal(&table.name)).collect();
    let statement = format!(
        "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = pg_catalog.current_schema() AND c.relname IN ({}) \
         AND (c.relkind <> 'r' OR c.relhastriggers OR c.relhasrules)",
        names.join(", ")
    );
    Ok(session.count(&statement).await? == 0)
}

/// The way into the target tables.
pub(in crate::migrate) struct Direct {
    sender: mpsc::Sender<Batch>,
    loader: JoinHandle<Result<Loaded>>,
    refused: Arc<Mutex<Vec<Refused>>>,
}

/// Rows in the target tables, in a transaction that is still open. If it is dropped, the server rolls back.
pub(in crate::migrate) struct Loaded(Session);

impl Direct {
    /// Begins the transaction and starts to load.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn open(url: &DatabaseUrl, tables: &[TargetTable]) -> Result<Self> {
        let mut session = super::open(url, OpenMode::ReadWrite).await?;
        session.begin().await?;
        let (sender, batches) = mpsc::channel(WAITING);
        let refused = Arc::default();
        let tables = tables.iter().map(|table| load_table(table, &table.name, None)).collect();
        let loader = Loader { session, tables, batches, refused: Arc::clone(&refused) };
        Ok(Self { sender, loader: tokio::spawn(loader.run()), refused })
    }

    /// Hands over rows of a table.
    ///
    /// # Errors
    /// Those of the loader, if it has ended.
    pub(in crate::migrate) async fn send(&mut self, batch: Batch) -> Result<()> {
        if self.sender.send(batch).await.is_ok() {
            return Ok(());
        }
        joined(&mut self.loader).await.and_then(|_| Err(Error::internal("the loader ended early")))
    }

    /// Returns the rows that the database has refused since the last call.
    pub(in crate::migrate) fn refused(&self) -> Vec<Refused> {
        std::mem::take(&mut self.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until all rows are in their tables. The transaction remains open.
    ///
    /// # Errors
    /// `Database`.
    pub(in crate::migrate) async fn finish(&mut self) -> Result<Loaded> {
        // A closed channel is the end of the rows.
        self.sender = mpsc::channel(1).0;
        joined(&mut self.loader).await
    }
}

impl Loaded {
    /// Records the files in the transaction and commits it.
    ///
    /// # Errors
    /// `Database`, `Locked`.
    pub(super) async fn commit(self, target: &SqlTarget, published: &Published<'_>, files: &[Done]) -> Result<()> {
        let Self(mut session) = self;
        fail::point("migrate.publish");
        let run = target.run_id.unwrap_or_default();
        for statement in ledger::record(Dialect::Postgres, published.pipeline, files, run)? {
            session.execute(&statement).await?;
        }
        let lock = target.lock.as_ref().ok_or_else(|| Error::internal("rows are published without a lock"))?;
        lock.check(&mut session).await?;
        fail::point("migrate.commit");
        let outcome = session.commit().await;
        if outcome.as_ref().is_err_and(|error| class_of(error) == Some(SqlClass::Lost)) {
            // The answer to a commit may have been lost, not the commit.
            let again = super::open(&target.url, OpenMode::ReadWrite).await;
            if let Ok(mut session) = again
                && committed(&mut session, published.pipeline, run, files).await?
            {
                return Ok(());
            }
        }
        outcome
    }
}

async fn joined(loader: &mut JoinHandle<Result<Loaded>>) -> Result<Loaded> {
    loader.await.map_err(|error| Error::internal("the loader died").because(error))?
}

/// Rows of a statement that has not ended, with their shares of the budget.
type Kept = Vec<(Arc<RowBatch>, Option<Permit>)>;

struct Loader {
    session: Session,
    tables: Vec<LoadTable>,
    batches: mpsc::Receiver<Batch>,
    refused: Arc<Mutex<Vec<Refused>>>,
}

impl Loader {
    async fn run(mut self) -> Result<Loaded> {
        let mut next = None;
        loop {
            if next.is_none() {
                next = self.batches.recv().await;
            }
            let Some(first) = next.take() else { return Ok(Loaded(self.session)) };
            let table = first.0;
            next = self.statement(first).await.map_err(|error| error.at_table(&self.tables[table].name))?;
        }
    }

    /// Loads the batches of a table that follow one another. Returns the batch after them, if it is there already.
    async fn statement(&mut self, first: Batch) -> Result<Option<Batch>> {
        let table = first.0;
        let (mut kept, mut after) = (Kept::new(), None);
        let (sender, receiver) = mpsc::channel(1);
        let feed = feed(&mut self.batches, first, sender, &mut kept, &mut after);
        let copied = copy(&mut self.session, &self.tables[table], receiver, feed).await;
        match copied {
            Ok(copied) => self.count(&kept, copied)?,
            Err(error) if is_of_a_row(&error) => {
                for (rows, _) in &kept {
                    self.halve(table, rows).await?;
                }
            }
            Err(error) => return Err(error),
        }
        fail::point("migrate.table");
        Ok(after)
    }

    /// Makes sure that all rows of a statement arrived.
    fn count(&self, kept: &Kept, copied: u64) -> Result<()> {
        let expected = kept.iter().map(|(rows, _)| rows.rows() as u64).sum();
        if copied == expected { Ok(()) } else { Err(skipped(copied, expected)) }
    }

    /// Loads rows, and halves them at each refusal until the refused row is alone.
    async fn halve(&mut self, table: usize, rows: &RowBatch) -> Result<()> {
        let mut parts = vec![(0, rows.rows())];
        while let Some((start, end)) = parts.pop() {
            match self.part(table, rows, start..end).await {
                Ok(()) => {}
                Err(error) if !is_of_a_row(&error) => return Err(error),
                Err(error) if end - start < 2 => self.refuse(table, rows, start, &error),
                Err(_) => {
                    let middle = start.midpoint(end);
                    // The first half is on top, so that rows are refused in order.
                    parts.extend([(middle, end), (start, middle)]);
                }
            }
        }
        Ok(())
    }

    async fn part(&mut self, table: usize, rows: &RowBatch, part: Range<usize>) -> Result<()> {
        let kept = vec![(Arc::new(rows.part(part)), None)];
        let (sender, receiver) = mpsc::channel(1);
        let batch = LoadBatch { rows: Arc::clone(&kept[0].0), hold: Box::new(()) };
        let feed = async move {
            let _ = sender.send(batch).await;
        };
        let copied = copy(&mut self.session, &self.tables[table], receiver, feed).await?;
        self.count(&kept, copied)
    }

    fn refuse(&mut self, table: usize, rows: &RowBatch, row: usize, error: &Error) {
        let names = self.tables[table].columns.iter().map(|column| column.name.clone());
        let shown = |cell: Option<&[u8]>| cell.map(|cell| String::from_utf8_lossy(cell).into_owned());
        let reject = Reject {
            position: rows.position(row),
            reason: reason_of(error),
            fields: names.zip(rows.row(row).map(shown)).collect(),
            parents: Vec::new(),
        };
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.push((self.tables[table].name.clone(), reject));
    }
}

/// Runs a statement between savepoints, and `feed`, which sends its rows. Returns the number of rows that arrived. If the
/// database refuses a row, none did.
async fn copy(
    session: &mut Session,
    table: &LoadTable,
    mut receiver: mpsc::Receiver<LoadBatch>,
    feed: impl Future<Output = ()>,
) -> Result<u64> {
    session.execute(&format!("SAVEPOINT {SAVEPOINT}")).await?;
    let (copied, ()) = tokio::join!(session.load(table, &mut receiver), feed);
    if copied.as_ref().is_err_and(is_of_a_row) {
        session.execute(&format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}")).await?;
    }
    if copied.is_ok() || copied.as_ref().is_err_and(is_of_a_row) {
        session.execute(&format!("RELEASE SAVEPOINT {SAVEPOINT}")).await?;
    }
    copied
}

/// Hands batches of a table to its statement and keeps them, until there are enough for one. `after` becomes the batch after
/// them, if it is there already.
async fn feed(
    batches: &mut mpsc::Receiver<Batch>,
    first: Batch,
    sender: mpsc::Sender<LoadBatch>,
    kept: &mut Kept,
    after: &mut Option<Batch>,
) {
    let (table, mut bytes) = (first.0, 0);
    *after = Some(first);
    while let Some((_, rows, permit)) = after.take_if(|batch| batch.0 == table && bytes < STATEMENT_BYTES) {
        bytes += rows.bytes();
        let rows = Arc::new(rows);
        kept.push((Arc::clone(&rows), permit));
        if sender.send(LoadBatch { rows, hold: Box::new(()) }).await.is_err() {
            return;
        }
        *after = timeout(PATIENCE, batches.recv()).await.ok().flatten();
    }
}
