//! SQLite. `SqliteSession` is the async end of a channel to a thread that owns the connection; `run` sends it a job and
//! waits for the answer. `read` and `load` stream rows, and [`bulk`] has ways to write many rows that only SQLite has. `log`
//! writes the write-ahead log back on a thread of its own. `functions` registers the SQL functions that SQLite lacks, `catalogue` describes tables, `rights`
//! checks that the file and its folder can be written to, and `error` classifies refusals.
//!
//! Readers see only committed rows, and an open read keeps the log from starting over, so `commit` first ends the reading
//! ahead. To provide another SQL function, register it in `functions`; every connection gets it in `prepared`.

pub mod bulk;
mod catalogue;
mod error;
mod functions;
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

use super::rows::{LoadBatch, LoadTable, OpenMode, ReadBatch, ReadSelect};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;
use bulk::insert::Ahead;
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
    /// Reads the next rows to insert ahead, but never during a commit.
    ahead: Option<Ahead>,
    interrupt: InterruptHandle,
    /// Whether a job was sent whose answer has not been received completely.
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
            // If the caller is gone, nobody needs the answer.
            let _ = reply.send(work(connection));
        });
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(gone)?;
        self.pending = true;
        let answer = answer.await;
        self.pending = false;
        answer.map_err(|_| gone())?
    }

    /// Assigns half to the page cache: a sort in SQLite may use as much memory as the cache.
    pub(super) async fn set_memory(&mut self, bytes: u64) -> Result<()> {
        let kib = i64::try_from(bytes / 2 / 1024).unwrap_or(i64::MAX).clamp(1024, 64 << 20);
        self.cache_kib = kib;
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

    /// Commits the open transaction. First ends any reader, which would keep the log from starting over.
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
            // `None` distinguishes the end from a caller that is gone. Sending fails only if loading failed, which the
            // answer then says.
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
            // The thread may be waiting for the code that drops this, so it is left to end by itself.
            self.interrupt.interrupt();
        } else if let Some(thread) = thread {
            // Closing the last connection writes the write-ahead log into the file: wait for that.
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
            .hint("Check --database, or create the file and its schema with `gapsync init`."));
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

/// Opens a file that uses a write-ahead log but is in a folder where none can be created. Nobody has the file open then,
/// and nobody under the same restriction will change it. Returns `None` if there is a log, whose rows would be missed.
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
    // A misspelt column in double quotes must be an error, not a text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    functions::register(&connection)?;
    if mode == OpenMode::Create {
        // Readers and the writer must not block each other.
        give_log(&connection)?;
    }
    if is_logged(&connection)? {
        connection.pragma_update(None, "synchronous", "normal")?;
        if mode != OpenMode::ReadOnly {
            log::write_back_in_background(&mut connection, path)?;
        }
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// Gives the file a write-ahead log. Unlike other statements this one does not wait for a session that does the same, so it is tried
/// again for as long as others would wait.
fn give_log(connection: &Connection) -> rusqlite::Result<()> {
    let began = std::time::Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && began.elapsed() < BUSY_TIMEOUT =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// Returns whether the file has a write-ahead log.
fn is_logged(connection: &Connection) -> rusqlite::Result<bool> {
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    Ok(journal.eq_ignore_ascii_case("wal"))
}

/// Runs a statement of any kind to its end, and returns how many rows it changed.
fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    let before = connection.total_changes();
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    // Statements other than insert, update and delete do not reset the count of the previous statement.
    Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
}
