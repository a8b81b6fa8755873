//! Loads rows into the staging tables, with one or more sessions that take batches in turn.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::tables::{self, POSITION};
use crate::db::dialect::Dialect;
use crate::db::rows::{LoadBatch, LoadColumn, LoadTable, OpenMode};
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::migrate::table::TargetTable;
use crate::model::batch::RowBatch;
use crate::stream::budget::Permit;

/// Batches that wait for a session.
pub(super) const WAITING: usize = 2;

/// Bytes of rows that one statement loads: enough that beginning it costs nothing, and not more than a server undoes at ease.
const STATEMENT_BYTES: usize = 64 << 20;

/// Rows for a table. The permit is held as long as the rows.
pub(in crate::migrate) type Batch = (usize, RowBatch, Option<Permit>);

/// The way into the staging tables.
pub(in crate::migrate) struct SqlStaging {
    sender: mpsc::Sender<Batch>,
    loaders: Vec<JoinHandle<Result<()>>>,
}

impl SqlStaging {
    /// Creates the staging tables anew and starts sessions that load them.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn open(url: &DatabaseUrl, tables: &[TargetTable], loaders: usize) -> Result<Self> {
        let mut session = super::open(url, OpenMode::ReadWrite).await?;
        let dialect = session.dialect();
        let catalogue = session.catalogue().await?;
        for table in tables {
            let found = catalogue.iter().find(|found| found.name == table.staging_name());
            if found.is_some_and(|found| found.columns.first().is_none_or(|column| column.name != POSITION)) {
                return Err(Error::schema("the staging database has a table of this name that no migration made")
                    .at_table(table.staging_name())
                    .hint("Choose another database with --staging-db. Nothing was changed."));
            }
            let name = dialect.ident(&table.staging_name());
            session.execute(&format!("DROP TABLE IF EXISTS {name}")).await?;
            session.execute(&tables::create_staging(table, &name, dialect)).await?;
        }
        let loads: Arc<Vec<LoadTable>> = Arc::new(tables.iter().map(staging_table).collect());
        let (sender, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        let count = if dialect.has_one_writer() { 1 } else { loaders };
        let mut sessions = vec![session];
        while sessions.len() < count {
            sessions.push(Session::open(url, OpenMode::ReadWrite).await?);
        }
        for session in &mut sessions {
            prepare(session).await?;
        }
        let start = |session| tokio::spawn(load(session, Arc::clone(&loads), Arc::clone(&receiver)));
        Ok(Self { sender, loaders: sessions.into_iter().map(start).collect() })
    }

    /// Hands over rows of a table.
    ///
    /// # Errors
    /// Those of the loader, if it has ended.
    pub(in crate::migrate) async fn send(&mut self, batch: Batch) -> Result<()> {
        if self.sender.send(batch).await.is_ok() {
            return Ok(());
        }
        self.join().await.and_then(|()| Err(Error::internal("the loaders ended early")))
    }

    /// Waits until all rows are in their tables.
    ///
    /// # Errors
    /// `Database`.
    pub(in crate::migrate) async fn finish(&mut self) -> Result<()> {
        // A closed channel is the end of the rows.
        self.sender = mpsc::channel(1).0;
        self.join().await
    }

    async fn join(&mut self) -> Result<()> {
        let mut first = Ok(());
        for loader in self.loaders.drain(..) {
            let ended = loader.await.map_err(|error| Error::internal("a loader died").because(error));
            first = first.and(ended.and_then(|outcome| outcome));
        }
        first
    }
}

/// Staging tables do not outlive a run, so that nothing of them has to survive a crash.
async fn prepare(session: &mut Session) -> Result<()> {
    match session.dialect() {
        Dialect::Sqlite => {
            session.query("PRAGMA journal_mode = OFF").await?;
            session.query("PRAGMA synchronous = OFF").await.map(|_| ())
        }
        Dialect::Postgres => session.execute("SET synchronous_commit = off").await.map(|_| ()),
        Dialect::Mariadb => Ok(()),
    }
}

async fn load(
    mut session: Session,
    tables: Arc<Vec<LoadTable>>,
    batches: Arc<Mutex<mpsc::Receiver<Batch>>>,
) -> Result<()> {
    let mut next = batches.lock().await.recv().await;
    while let Some(first) = next {
        let table = &tables[first.0];
        match statement(&mut session, table, &batches, first).await {
            Ok(after) => next = after,
            Err(error) => {
                // The others end too, and whoever sends sees it.
                batches.lock().await.close();
                return Err(error.at_table(&table.name));
            }
        }
    }
    Ok(())
}

/// Loads the batches of a table that follow one another. Returns the batch after them.
async fn statement(
    session: &mut Session,
    table: &LoadTable,
    batches: &Mutex<mpsc::Receiver<Batch>>,
    first: Batch,
) -> Result<Option<Batch>> {
    let (sender, mut receiver) = mpsc::channel(1);
    let load = session.load(table, &mut receiver);
    tokio::pin!(load);
    tokio::select! {
        loaded = &mut load => loaded.and_then(|_| Err(Error::internal("rows were left when their load ended"))),
        after = feed(batches, first, sender) => load.await.map(|_| after),
    }
}

/// Hands batches of one table to a statement that loads them, up to a number of bytes. Returns the batch after them.
async fn feed(batches: &Mutex<mpsc::Receiver<Batch>>, first: Batch, sender: mpsc::Sender<LoadBatch>) -> Option<Batch> {
    let table = first.0;
    let (mut next, mut bytes) = (Some(first), 0);
    while let Some((_, rows, permit)) = next.take_if(|batch| batch.0 == table && bytes < STATEMENT_BYTES) {
        bytes += rows.bytes();
        if sender.send(LoadBatch { rows: rows.into(), hold: Box::new(permit) }).await.is_err() {
            return None;
        }
        next = batches.lock().await.recv().await;
    }
    next
}

fn staging_table(table: &TargetTable) -> LoadTable {
    load_table(table, &table.staging_name(), Some(POSITION))
}

/// Describes the columns of a target table, in a table of this name.
pub(super) fn load_table(table: &TargetTable, name: &str, position: Option<&str>) -> LoadTable {
    let column = |column: &crate::model::schema::Column| LoadColumn {
        name: column.name.clone(),
        native: column.native.clone(),
        neutral: column.neutral,
        limits: column.limits.clone(),
    };
    LoadTable {
        name: name.to_owned(),
        position: position.map(str::to_owned),
        columns: table.columns.iter().map(column).collect(),
    }
}
