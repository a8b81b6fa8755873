//! A connection to a database of any engine.

pub(in crate::db) mod collect;

use std::collections::HashSet;
use std::time::Instant;

use tokio::sync::mpsc;

use super::dialect::Dialect;
use super::mariadb::MariadbSession;
use super::postgres::PostgresSession;
use super::rows::{LoadBatch, LoadTable, OpenMode, ReadBatch, ReadSelect};
use super::sqlite::SqliteSession;
use super::sqlite::bulk::session::Bulk;
use super::trace::Traced;
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;

/// A connection. Sessions run in UTC, in strict modes, with backslashes as ordinary characters.
///
/// A call that is dropped before it ends leaves the session unusable: later calls fail, and the transaction is rolled back
/// when the session is dropped.
pub struct Session {
    engine: Engine,
    trace: Option<Traced>,
}

enum Engine {
    Sqlite(SqliteSession),
    Postgres(PostgresSession),
    Mariadb(MariadbSession),
}

/// Calls a method on the engine's own session.
macro_rules! on_engine {
    ($session:expr, $engine:ident => $call:expr) => {
        match &mut $session.engine {
            Engine::Sqlite($engine) => $call,
            Engine::Postgres($engine) => $call,
            Engine::Mariadb($engine) => $call,
        }
    };
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// `Database` if the SQLite file is missing, or the server cannot be reached or refuses the login.
    pub async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Self> {
        let engine = match url.dialect() {
            Dialect::Sqlite => Engine::Sqlite(SqliteSession::open(url, mode).await?),
            Dialect::Postgres => Engine::Postgres(PostgresSession::open(url, mode).await?),
            Dialect::Mariadb => Engine::Mariadb(MariadbSession::open(url, mode).await?),
        };
        Ok(Self { engine, trace: url.traced() })
    }

    /// Connects to a MariaDB server without a database, for a user who may not use the database.
    ///
    /// # Errors
    /// Those of [`Session::open`]; `Internal` on another engine.
    pub(super) async fn open_outside(url: &DatabaseUrl) -> Result<Self> {
        match url.dialect() {
            Dialect::Mariadb => {
                let engine = Engine::Mariadb(MariadbSession::open_outside(url).await?);
                Ok(Self { engine, trace: url.traced() })
            }
            Dialect::Sqlite | Dialect::Postgres => Err(Error::internal("only MariaDB has sessions without a database")),
        }
    }

    /// Returns the engine's SQL dialect.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
            Engine::Mariadb(_) => Dialect::Mariadb,
        }
    }

    /// Refuses a database whose encoding is not UTF-8. Its server computes different hashes, and may hold bytes that are
    /// not valid text.
    ///
    /// # Errors
    /// `Schema`; `Database`.
    pub async fn require_unicode(&mut self) -> Result<()> {
        match &mut self.engine {
            Engine::Postgres(engine) => engine.require_unicode().await,
            // SQLite has no other encoding, and MariaDB has a character set for each column.
            Engine::Sqlite(_) | Engine::Mariadb(_) => Ok(()),
        }
    }

    /// Limits the memory for this session's sorts, joins and caches to about `bytes`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_memory(&mut self, bytes: u64) -> Result<()> {
        on_engine!(self, engine => engine.set_memory(bytes).await)
    }

    /// Runs a statement and returns how many rows it affected. On MariaDB that includes rows that were found but did not
    /// change.
    ///
    /// # Errors
    /// `Database`.
    pub async fn execute(&mut self, sql: &str) -> Result<u64> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.execute(sql).await);
        self.sent(|| sql.to_owned(), began, outcome.as_ref().copied());
        outcome
    }

    /// Runs a whole file of statements. On MariaDB it may contain DELIMITER lines. On PostgreSQL it is one transaction.
    ///
    /// # Errors
    /// `Database`; on MariaDB the statements before the failed one remain in effect.
    pub async fn script(&mut self, sql: &str) -> Result<()> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.script(sql).await);
        self.sent(|| sql.to_owned(), began, outcome.as_ref().map(|()| 0));
        outcome
    }

    /// Returns the rows of a small result as the engine's own text. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// `Database`.
    pub async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.query(sql).await);
        self.sent(|| sql.to_owned(), began, outcome.as_ref().map(|rows| rows.len() as u64));
        outcome
    }

    /// Returns the cells of a small result that are not NULL, row by row.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cells(&mut self, sql: &str) -> Result<Vec<String>> {
        Ok(self.query(sql).await?.into_iter().flatten().flatten().collect())
    }

    /// Returns the first cell of a small result that is not NULL.
    ///
    /// # Errors
    /// `Database`.
    pub async fn cell(&mut self, sql: &str) -> Result<Option<String>> {
        Ok(self.cells(sql).await?.into_iter().next())
    }

    /// Returns the first cell of a small result that is not NULL, as a whole number.
    ///
    /// # Errors
    /// `Database`; `Schema`, if it is not a 64-bit integer.
    pub async fn number(&mut self, sql: &str) -> Result<Option<i64>> {
        let parse = |text: String| text.parse().map_err(|_| Error::schema("an id or a count is not a 64-bit integer"));
        self.cell(sql).await?.map(parse).transpose()
    }

    /// Returns a count or a sum, the first cell of a small result; 0 for NULL and for no row.
    ///
    /// # Errors
    /// As [`Session::number`].
    pub async fn count(&mut self, sql: &str) -> Result<i64> {
        Ok(self.number(sql).await?.unwrap_or(0))
    }

    /// Begins a transaction that will write.
    ///
    /// # Errors
    /// `Database`; caused by `SqlClass::Busy` when SQLite's write lock timed out.
    pub async fn begin(&mut self) -> Result<()> {
        let statement = match self.dialect() {
            // A transaction that begins with a read cannot always be upgraded to write.
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
            Dialect::Mariadb => "START TRANSACTION",
        };
        self.execute(statement).await.map(|_| ())
    }

    /// Begins a transaction in which all reads see the current state of the database.
    ///
    /// # Errors
    /// `Database`.
    pub async fn begin_snapshot(&mut self) -> Result<()> {
        match self.dialect() {
            Dialect::Sqlite => {
                self.execute("BEGIN").await?;
                // The first read takes the snapshot.
                self.query("SELECT count(*) FROM sqlite_master").await?;
            }
            Dialect::Postgres => {
                self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                self.query("SELECT 1").await?;
            }
            Dialect::Mariadb => {
                self.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
                self.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
            }
        }
        Ok(())
    }

    /// Commits the open transaction.
    ///
    /// # Errors
    /// `Database`.
    pub async fn commit(&mut self) -> Result<()> {
        match &mut self.engine {
            Engine::Sqlite(engine) => {
                let began = Instant::now();
                let outcome = engine.commit().await;
                self.sent(|| "COMMIT".to_owned(), began, outcome.as_ref().map(|()| 0));
                outcome
            }
            Engine::Postgres(_) | Engine::Mariadb(_) => self.execute("COMMIT").await.map(|_| ()),
        }
    }

    /// Rolls back the open transaction, if there is one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn rollback(&mut self) -> Result<()> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.rollback().await);
        self.sent(|| "ROLLBACK".to_owned(), began, outcome.as_ref().map(|()| 0));
        outcome
    }

    /// Returns the base tables of the database, on PostgreSQL those of the current schema.
    ///
    /// # Errors
    /// `Database`.
    pub async fn catalogue(&mut self) -> Result<Vec<Table>> {
        on_engine!(self, engine => engine.catalogue().await)
    }

    /// Returns table and first column of every index that begins with a column.
    ///
    /// # Errors
    /// `Database`.
    pub async fn indexed_columns(&mut self) -> Result<HashSet<(String, String)>> {
        let statement = match self.dialect() {
            Dialect::Sqlite => super::sqlite::INDEXED,
            Dialect::Postgres => super::postgres::INDEXED,
            Dialect::Mariadb => super::mariadb::INDEXED,
        };
        let rows = self.query(statement).await?.into_iter();
        let pair = |row: Vec<Option<String>>| {
            let mut cells = row.into_iter().flatten();
            Some((cells.next()?, cells.next()?))
        };
        Ok(rows.filter_map(pair).collect())
    }

    /// Returns the names of the tables that this node of a cluster does not replicate; empty on a server outside a cluster.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unreplicated(&mut self) -> Result<Vec<String>> {
        match &mut self.engine {
            Engine::Mariadb(engine) => engine.unreplicated().await,
            Engine::Sqlite(_) | Engine::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Reads rows in batches of about `batch_bytes` bytes and sends them to `sink`. Returns the number of rows, including
    /// refused ones. Ends early, without an error, if the receiver is gone; on a server the session is unusable then.
    ///
    /// # Errors
    /// `Database`.
    pub async fn read(
        &mut self,
        select: &ReadSelect,
        batch_bytes: usize,
        sink: mpsc::Sender<Result<ReadBatch>>,
    ) -> Result<u64> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.read(select, batch_bytes, sink).await);
        let statement = || format!("SELECT {} {}", select.expressions.join(", "), select.from_where);
        self.sent(statement, began, outcome.as_ref().copied());
        outcome.map_err(|error| error.at_table(&select.table))
    }

    /// Returns what only SQLite can do, on SQLite.
    pub fn bulk(&mut self) -> Option<Bulk<'_>> {
        match &mut self.engine {
            Engine::Sqlite(session) => Some(Bulk { session, trace: self.trace.as_ref() }),
            Engine::Postgres(_) | Engine::Mariadb(_) => None,
        }
    }

    /// Loads all batches until the channel closes, and returns the number of rows. On PostgreSQL and in an open transaction
    /// on SQLite, it is all or nothing; elsewhere the rows loaded before an error remain. An error closes the channel.
    ///
    /// # Errors
    /// `Database`.
    pub async fn load(&mut self, table: &LoadTable, batches: &mut mpsc::Receiver<LoadBatch>) -> Result<u64> {
        let began = Instant::now();
        let loaded = on_engine!(self, engine => engine.load(table, batches).await);
        self.sent(|| table.shown(), began, loaded.as_ref().copied());
        if loaded.is_err() {
            // A sender must not wait for a loader that is gone.
            batches.close();
            while batches.try_recv().is_ok() {}
        }
        loaded
    }

    /// Writes a statement to the trace, if there is one.
    fn sent(&self, statement: impl FnOnce() -> String, began: Instant, outcome: std::result::Result<u64, &Error>) {
        if let Some(trace) = &self.trace {
            trace.sent(&statement(), began.elapsed(), outcome);
        }
    }
}
