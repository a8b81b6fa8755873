//! SQLite: one thread a session owns the connection, and work is sent to it.

mod block;
mod catalogue;
mod error;
mod fill;
mod functions;
mod insert;
mod load;
mod log;
mod read;
pub(in crate::db) mod rights;

use std::path::{Path, PathBuf};
use std::sync::mpsc as jobs;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, InterruptHandle, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use super::rows::{Inserted, LoadBatch, LoadTable, NumberedCopy, OpenMode, ReadBatch, ReadSelect, RowByRow};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;
use error::refused;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

pub(in crate::db) use catalogue::INDEXED;

/// How long a statement waits for another connection's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Page cache in KiB.
const CACHE_KIB: i64 = 65_536;

/// A connection to a SQLite file.
pub(super) struct SqliteSession {
    jobs: Option<jobs::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
    /// Page cache of the session and its readers.
    cache_kib: i64,
    readers: usize,
    /// Reads the rows that are inserted next; never while a transaction is committed.
    ahead: Option<insert::Ahead>,
    interrupt: InterruptHandle,
    /// A job was sent and its answer not awaited to the end.
    pending: bool,
}

impl SqliteSession {
    pub(super) async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Self> {
        let path = url.file().ok_or_else(|| Error::internal("not the URL of a file"))?.to_owned();
        let (shown, file) = (path.display().to_string(), path.clone());
        let (sender, receiver) = jobs::channel::<Job>();
        let (reply, answer) = oneshot::channel();
        let spawned = std::thread::Builder::new().name("sqlite".to_owned()).spawn(move || {
            let mut connection = match connect(&path, mode) {
                Ok(connection) => connection,
                Err(error) => {
                    let _ = reply.send(Err(error));
                    return;
                }
            };
            if reply.send(Ok(connection.get_interrupt_handle())).is_ok() {
                for job in receiver {
                    job(&mut connection);
                }
                log::end(&mut connection);
            }
        });
        let thread = spawned.map_err(|error| Error::internal("cannot start a thread").because(error))?;
        let opened = answer.await.map_err(|_| gone())?;
        let interrupt = opened.map_err(|error: Error| error.at_path(shown))?;
        Ok(Self {
            jobs: Some(sender),
            thread: Some(thread),
            path: file,
            cache_kib: CACHE_KIB,
            readers: 0,
            ahead: None,
            interrupt,
            pending: false,
        })
    }

    async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // The caller may have gone; then nobody wants the answer.
            let _ = reply.send(work(connection));
        });
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(gone)?;
        self.pending = true;
        let answer = answer.await;
        self.pending = false;
        answer.map_err(|_| gone())?
    }

    /// Sorts of SQLite take what the page cache may have, so each gets half.
    pub(super) async fn set_memory(&mut self, bytes: u64) -> Result<()> {
        let kib = i64::try_from(bytes / 2 / 1024).unwrap_or(i64::MAX).clamp(1024, 64 << 20);
        self.cache_kib = kib;
        self.share_cache().await
    }

    /// How many connections look up the rows of [`Self::fill`] beside the session. They get most of its page cache: it only
    /// appends meanwhile.
    pub(super) async fn set_readers(&mut self, readers: usize) -> Result<()> {
        self.readers = readers;
        self.share_cache().await
    }

    fn own_cache_kib(&self) -> i64 {
        if self.readers == 0 { self.cache_kib } else { self.cache_kib * 3 / 8 }
    }

    async fn share_cache(&mut self) -> Result<()> {
        let kib = self.own_cache_kib();
        self.run(move |connection| connection.pragma_update(None, "cache_size", -kib).map_err(refused)).await
    }

    pub(super) async fn execute(&mut self, sql: &str) -> Result<u64> {
        let sql = sql.to_owned();
        self.run(move |connection| execute(connection, &sql).map_err(refused)).await
    }

    /// Commits the open transaction. A reader would keep the log from beginning anew.
    pub(super) async fn commit(&mut self) -> Result<()> {
        let ahead = self.ahead.take();
        self.run(move |connection| {
            drop(ahead);
            connection.execute_batch("COMMIT").map_err(refused)
        })
        .await
    }

    pub(super) async fn script(&mut self, sql: &str) -> Result<()> {
        let sql = sql.to_owned();
        self.run(move |connection| connection.execute_batch(&sql).map_err(refused)).await
    }

    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let sql = sql.to_owned();
        self.run(move |connection| read::texts(connection, &sql).map_err(refused)).await
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        let ahead = self.ahead.take();
        self.run(move |connection| {
            drop(ahead);
            if connection.is_autocommit() {
                return Ok(());
            }
            connection.execute_batch("ROLLBACK").map_err(refused)
        })
        .await
    }

    pub(super) async fn catalogue(&mut self) -> Result<Vec<Table>> {
        self.run(|connection| catalogue::tables(connection).map_err(refused)).await
    }

    pub(super) async fn read(
        &mut self,
        select: &ReadSelect,
        batch_bytes: usize,
        sink: mpsc::Sender<Result<ReadBatch>>,
    ) -> Result<u64> {
        let select = select.clone();
        self.run(move |connection| read::rows(connection, &select, batch_bytes, &sink).map_err(refused)).await
    }

    /// Fills a table, with the readers if they are wanted; gives the number of new rows.
    pub(super) async fn fill(&mut self, fill: &NumberedCopy, with_readers: bool) -> Result<i64> {
        let (fill, path) = (fill.clone(), self.path.clone());
        let cache_kib = self.cache_kib - self.own_cache_kib();
        let count = if with_readers { self.readers } else { 0 };
        let readers = i64::try_from(count).ok().filter(|count| *count > 0);
        let readers = readers.map(|among| fill::Readers { count, cache_kib: cache_kib / among });
        self.run(move |connection| {
            let readers = readers.filter(|_| is_logged(connection).unwrap_or(false));
            fill::rows(connection, &path, &fill, readers)
        })
        .await
    }

    /// Inserts new rows one by one, up to the first that is refused; the range `next`, if there is one, is read
    /// meanwhile by a connection that sees what is committed alone.
    pub(super) async fn insert_each(
        &mut self,
        insert: &RowByRow,
        range: (i64, i64),
        next: Option<(i64, i64)>,
    ) -> Result<Inserted> {
        let insert = insert.clone();
        let mut ahead = self.ahead.take().unwrap_or_else(|| insert::Ahead::new(self.path.clone(), self.cache_kib));
        let (inserted, ahead) = self
            .run(move |connection| {
                let next = next.filter(|_| is_logged(connection).unwrap_or(false));
                let inserted = insert::rows(connection, &insert, range, next, &mut ahead)?;
                Ok((inserted, ahead))
            })
            .await?;
        self.ahead = Some(ahead);
        Ok(inserted)
    }

    pub(super) async fn load(&mut self, table: &LoadTable, batches: &mut mpsc::Receiver<LoadBatch>) -> Result<u64> {
        let table = table.clone();
        let (sender, receiver) = mpsc::channel(1);
        let load = self.run(move |connection| load::rows(connection, &table, receiver));
        let feed = async move {
            while let Some(batch) = batches.recv().await {
                if sender.send(Some(batch)).await.is_err() {
                    return;
                }
            }
            // Tells the end from a caller that has gone. Fails when loading has failed, and then that is the answer.
            let _ = sender.send(None).await;
        };
        let (loaded, ()) = tokio::join!(load, feed);
        loaded
    }
}

impl Drop for SqliteSession {
    fn drop(&mut self) {
        self.jobs = None;
        let thread = self.thread.take();
        if self.pending {
            // The thread may wait for whoever drops this, so it is left to end by itself.
            self.interrupt.interrupt();
        } else if let Some(thread) = thread {
            // Closing the last connection folds the write-ahead log into the file: wait for it.
            let _ = thread.join();
        }
    }
}

fn gone() -> Error {
    Error::internal("the thread of a SQLite connection has ended")
}

fn connect(path: &Path, mode: OpenMode) -> Result<Connection> {
    if mode != OpenMode::Create && !path.exists() {
        return Err(Error::database("the SQLite file does not exist")
            .hint("Check --database, or make the file and its schema with `gapsync init`."));
    }
    let access = match mode {
        OpenMode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        OpenMode::Record | OpenMode::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
        OpenMode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let access = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, access).and_then(|connection| prepared(connection, path, mode));
    match opened {
        Err(error) if mode == OpenMode::ReadOnly && error.sqlite_error_code() == Some(ErrorCode::CannotOpen) => {
            alone(path, access).unwrap_or(Err(error)).map_err(refused)
        }
        opened => opened.map_err(refused),
    }
}

/// Opens a file that has a write-ahead log, but lies in a folder where none can be made: nobody has it open then, and nobody
/// who is bound as we are will change it. `None` when there is a log, whose rows would be missed.
fn alone(path: &Path, access: OpenFlags) -> Option<rusqlite::Result<Connection>> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return None;
    }
    let mut url = url::Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
    url.set_query(Some("immutable=1"));
    let opened = Connection::open_with_flags(url.as_str(), access | OpenFlags::SQLITE_OPEN_URI);
    Some(opened.and_then(|connection| prepared(connection, path, OpenMode::ReadOnly)))
}

fn prepared(mut connection: Connection, path: &Path, mode: OpenMode) -> rusqlite::Result<Connection> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A misspelt column in double quotes is an error, not a text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    functions::register(&connection)?;
    if mode == OpenMode::Create {
        // Readers and the writer do not shut each other out.
        connection.pragma_update(None, "journal_mode", "wal")?;
    }
    if is_logged(&connection)? {
        connection.pragma_update(None, "synchronous", "normal")?;
        if mode != OpenMode::ReadOnly {
            log::write_back_beside(&mut connection, path)?;
        }
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// Whether the file has a write-ahead log.
fn is_logged(connection: &Connection) -> rusqlite::Result<bool> {
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    Ok(journal.eq_ignore_ascii_case("wal"))
}

/// Runs a statement of any kind to its end; gives the rows it changed.
fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    let before = connection.total_changes();
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    // What is not an insert, update or delete leaves the count of the statement before it.
    Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
}
