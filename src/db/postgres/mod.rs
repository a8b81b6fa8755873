//! PostgreSQL: COPY in both directions; everything else by the simple protocol, as text.

mod binary;
mod catalogue;
mod decode;
mod error;
mod load;
mod read;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row};
use tokio::sync::mpsc;

use super::session::{LoadBatch, LoadTable, OpenMode, ReadBatch, ReadSelect};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;
use error::refused;

/// How sessions run, whatever the server's and the user's settings say. Without the compiler of expressions: hashing links
/// chunk by chunk was three times slower with it.
const SETTINGS: &str = "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; \
    SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 1; \
    SET standard_conforming_strings = on; SET lock_timeout = '60s'; SET statement_timeout = 0; \
    SET idle_in_transaction_session_timeout = 0; SET jit = off";

/// Memory for a statement's sorts and joins unless `--memory-limit` says else: half of that option's default. The server's
/// own setting stays where it is greater.
const MEMORY: &str = "SELECT pg_catalog.set_config(name, '256MB', false) FROM (VALUES ('work_mem'), \
    ('maintenance_work_mem')) AS settings (name) \
    WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting(name)) < 268435456";

/// A connection to a PostgreSQL server.
pub(super) struct PostgresSession {
    connection: PgConnection,
    /// An exchange was left half-way: what comes next on the wire is not what is asked for next.
    broken: bool,
}

impl PostgresSession {
    pub(super) async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Self> {
        let url = url.server().ok_or_else(|| Error::internal("not the URL of a server"))?;
        let options = PgConnectOptions::from_url(url).map_err(refused)?;
        let connection =
            options.application_name("gapsync").disable_statement_logging().connect().await.map_err(refused)?;
        let mut session = Self { connection, broken: false };
        session.script(SETTINGS).await?;
        session.query(MEMORY).await?;
        if mode == OpenMode::ReadOnly {
            session.execute("SET default_transaction_read_only = on").await?;
        }
        Ok(session)
    }

    /// Marks the session as unusable until the caller says that the exchange came to its end.
    fn begin_exchange(&mut self) -> Result<()> {
        if self.broken {
            return Err(Error::database("the connection was given up in the middle of an exchange"));
        }
        self.broken = true;
        Ok(())
    }

    /// `work_mem` holds for each sort of a statement, and for a hash twice; a statement of the merge has two or three of them.
    pub(super) async fn set_memory(&mut self, bytes: u64) -> Result<()> {
        let kib = |part: u64| (bytes / part / 1024).clamp(1024, 2_147_483_647);
        let settings = format!("SET work_mem = {}; SET maintenance_work_mem = {}", kib(4), kib(1));
        self.script(&settings).await
    }

    pub(super) async fn execute(&mut self, sql: &str) -> Result<u64> {
        let sql = checked(sql)?;
        self.begin_exchange()?;
        let outcome = self.connection.execute(sqlx::raw_sql(sql)).await;
        self.broken = false;
        outcome.map(|done| done.rows_affected()).map_err(refused)
    }

    pub(super) async fn script(&mut self, sql: &str) -> Result<()> {
        self.execute(sql).await.map(|_| ())
    }

    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let sql = checked(sql)?;
        self.begin_exchange()?;
        let rows: std::result::Result<Vec<PgRow>, sqlx::Error> =
            sqlx::raw_sql(sql).fetch(&mut self.connection).try_collect().await;
        self.broken = false;
        rows.map_err(refused)?.iter().map(texts).collect()
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        if self.broken {
            // The server rolls back when the connection is dropped, and it can be used for nothing else.
            return Ok(());
        }
        // Without a transaction the server only warns.
        self.execute("ROLLBACK").await.map(|_| ())
    }

    pub(super) async fn catalogue(&mut self) -> Result<Vec<Table>> {
        catalogue::tables(self).await
    }

    pub(super) async fn read(
        &mut self,
        select: &ReadSelect,
        batch_bytes: usize,
        sink: mpsc::Sender<Result<ReadBatch>>,
    ) -> Result<u64> {
        read::rows(self, select, batch_bytes, &sink).await
    }

    pub(super) async fn load(&mut self, table: &LoadTable, batches: &mut mpsc::Receiver<LoadBatch>) -> Result<u64> {
        load::rows(self, table, batches).await
    }
}

/// A statement fit to be sent: the protocol ends a text at its first NUL.
fn checked(sql: &str) -> Result<AssertSqlSafe<String>> {
    if sql.contains('\0') {
        return Err(Error::database("a statement holds a NUL, which the database cannot take"));
    }
    Ok(AssertSqlSafe(sql.to_owned()))
}

fn texts(row: &PgRow) -> Result<Vec<Option<String>>> {
    (0..row.len())
        .map(|index| {
            let value = row.try_get_raw(index).map_err(refused)?;
            // NULL has no bytes.
            Ok(value.as_bytes().ok().map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
        })
        .collect()
}
