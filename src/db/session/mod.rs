//! A connection to a database, whichever engine it is.

pub(in crate::db) mod collect;

use std::collections::HashSet;
use std::time::Instant;

use tokio::sync::mpsc;

use super::dialect::Dialect;
use super::mariadb::MariadbSession;
use super::postgres::PostgresSession;
use super::rows::{Inserted, LoadBatch, LoadTable, NumberedCopy, OpenMode, ReadBatch, ReadSelect, RowByRow};
use super::sqlite::SqliteSession;
use super::trace::Traced;
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;

/// One connection. Sessions run in UTC, in strict modes, with backslashes as ordinary characters.
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

/// Calls one method on whichever engine it is.
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
    /// `Database`, when the SQLite file is missing, or the server cannot be reached or refuses the login.
    pub async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Self> {
        let engine = match url.dialect() {
            Dialect::Sqlite => Engine::Sqlite(SqliteSession::open(url, mode).await?),
            Dialect::Postgres => Engine::Postgres(PostgresSession::open(url, mode).await?),
            Dialect::Mariadb => Engine::Mariadb(MariadbSession::open(url, mode).await?),
        };
        Ok(Self { engine, trace: url.traced() })
    }

    /// Connects to a MariaDB server without a database, for a user whom the server does not let into it.
    ///
    /// # Errors
    /// As [`Session::open`]; `Internal` on another engine.
    pub(super) async fn open_outside(url: &DatabaseUrl) -> Result<Self> {
        match url.dialect() {
            Dialect::Mariadb => {
                let engine = Engine::Mariadb(MariadbSession::open_outside(url).await?);
                Ok(Self { engine, trace: url.traced() })
            }
            Dialect::Sqlite | Dialect::Postgres => Err(Error::internal("only MariaDB has sessions without a database")),
        }
    }

    /// The engine's SQL.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
            Engine::Mariadb(_) => Dialect::Mariadb,
        }
    }

    /// Whether only one session can write at a time, so that loading side by side gains nothing.
    #[must_use]
    pub fn loads_alone(&self) -> bool {
        self.dialect() == Dialect::Sqlite
    }

    /// Refuses a database whose texts are not UTF-8. Its server computes other hashes, and may hold bytes that are no text.
    ///
    /// # Errors
    /// `Schema`; `Database`.
    pub async fn require_unicode(&mut self) -> Result<()> {
        match &mut self.engine {
            Engine::Postgres(engine) => engine.require_unicode().await,
            // SQLite holds nothing else, and MariaDB has a character set for each column.
            Engine::Sqlite(_) | Engine::Mariadb(_) => Ok(()),
        }
    }

    /// Bounds the memory that the engine takes for this session's sorts, joins and caches, to about so many bytes.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_memory(&mut self, bytes: u64) -> Result<()> {
        on_engine!(self, engine => engine.set_memory(bytes).await)
    }

    /// Whether several sessions load one table faster than one does. On PostgreSQL a table that one session makes is not there
    /// for others until all its rows are.
    #[must_use]
    pub fn loads_together(&self) -> bool {
        self.dialect() == Dialect::Mariadb
    }

    /// Runs one statement; gives the rows it touched: on MariaDB those it found, changed or not.
    ///
    /// # Errors
    /// `Database`.
    pub async fn execute(&mut self, sql: &str) -> Result<u64> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.execute(sql).await);
        self.sent(|| sql.to_owned(), began, outcome.as_ref().copied());
        outcome
    }

    /// Runs a whole file of statements. On MariaDB it may have DELIMITER lines. On PostgreSQL it is one transaction.
    ///
    /// # Errors
    /// `Database`; on MariaDB what came before the statement that failed stays.
    pub async fn script(&mut self, sql: &str) -> Result<()> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.script(sql).await);
        self.sent(|| sql.to_owned(), began, outcome.as_ref().map(|()| 0));
        outcome
    }

    /// The rows of a small result, as the engine's own text; bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// `Database`.
    pub async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.query(sql).await);
        self.sent(|| sql.to_owned(), began, outcome.as_ref().map(|rows| rows.len() as u64));
        outcome
    }

    /// Begins a transaction that will write.
    ///
    /// # Errors
    /// `Database`; `Busy` behind it when SQLite's write lock was not to be had in time.
    pub async fn begin(&mut self) -> Result<()> {
        let statement = match self.dialect() {
            // A transaction that begins by reading cannot always be raised to one that writes.
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
            Dialect::Mariadb => "START TRANSACTION",
        };
        self.execute(statement).await.map(|_| ())
    }

    /// Begins a transaction in which all reads see the database as it is now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn begin_snapshot(&mut self) -> Result<()> {
        match self.dialect() {
            Dialect::Sqlite => {
                self.execute("BEGIN").await?;
                // The snapshot is taken by the first read.
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

    /// Rolls the open transaction back; without one, nothing happens.
    ///
    /// # Errors
    /// `Database`.
    pub async fn rollback(&mut self) -> Result<()> {
        let began = Instant::now();
        let outcome = on_engine!(self, engine => engine.rollback().await);
        self.sent(|| "ROLLBACK".to_owned(), began, outcome.as_ref().map(|()| 0));
        outcome
    }

    /// The base tables of the database: on PostgreSQL those of the current schema.
    ///
    /// # Errors
    /// `Database`.
    pub async fn catalogue(&mut self) -> Result<Vec<Table>> {
        on_engine!(self, engine => engine.catalogue().await)
    }

    /// Table and column of every index that begins with a column.
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

    /// Names of the tables whose rows stay on this node of a cluster; none on a server of its own.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unreplicated(&mut self) -> Result<Vec<String>> {
        match &mut self.engine {
            Engine::Mariadb(engine) => engine.unreplicated().await,
            Engine::Sqlite(_) | Engine::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Reads rows in batches of about `batch_bytes` bytes and sends them to `sink`; gives the number of rows, refused ones
    /// included. It ends early, without error, when nobody listens any more; on a server the session is of no use then.
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

    /// How many connections may look rows up for [`Self::fill`], where an engine has it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_readers(&mut self, readers: usize) -> Result<()> {
        match &mut self.engine {
            Engine::Sqlite(engine) => engine.set_readers(readers).await,
            Engine::Postgres(_) | Engine::Mariadb(_) => Ok(()),
        }
    }

    /// Fills a table on SQLite, with its readers if they are wanted: they see what is committed alone. Gives the number of
    /// new rows.
    ///
    /// # Errors
    /// `Database`; `Internal` on another engine.
    pub async fn fill(&mut self, fill: &NumberedCopy, with_readers: bool) -> Result<i64> {
        match &mut self.engine {
            Engine::Sqlite(engine) => {
                let began = Instant::now();
                let outcome = engine.fill(fill, with_readers).await;
                let statement = || format!("{};\n{};\n{}", fill.nth, fill.select, fill.insert);
                self.sent(statement, began, outcome.as_ref().map(|rows| rows.cast_unsigned()));
                outcome
            }
            Engine::Postgres(_) | Engine::Mariadb(_) => Err(Error::internal("only SQLite's tables are filled")),
        }
    }

    /// Inserts the new rows of a range one by one on SQLite, up to the first that is refused; those before it stay. The rows
    /// of the range `next`, if there is one, are read meanwhile, by a connection that sees what is committed alone.
    ///
    /// # Errors
    /// `Database`; `Internal` on another engine.
    pub async fn insert_each(
        &mut self,
        insert: &RowByRow,
        range: (i64, i64),
        next: Option<(i64, i64)>,
    ) -> Result<Inserted> {
        match &mut self.engine {
            Engine::Sqlite(engine) => {
                let began = Instant::now();
                let outcome = engine.insert_each(insert, range, next).await;
                let statement = || format!("{};\n{}", insert.select, insert.insert);
                self.sent(statement, began, outcome.as_ref().map(|inserted| inserted.rows));
                outcome
            }
            Engine::Postgres(_) | Engine::Mariadb(_) => {
                Err(Error::internal("only SQLite's rows are inserted one by one"))
            }
        }
    }

    /// Loads all batches until the channel closes; gives the number of rows. On PostgreSQL and in an open transaction on
    /// SQLite it is all or nothing; elsewhere what was loaded before an error stays. The channel is closed by an error.
    ///
    /// # Errors
    /// `Database`.
    pub async fn load(&mut self, table: &LoadTable, batches: &mut mpsc::Receiver<LoadBatch>) -> Result<u64> {
        let began = Instant::now();
        let loaded = on_engine!(self, engine => engine.load(table, batches).await);
        self.sent(|| table.shown(), began, loaded.as_ref().copied());
        if loaded.is_err() {
            // Whoever sends must not wait for a loader that is gone.
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
