//! MariaDB and MySQL. `MariadbSession` holds the connection. `read` streams rows by the text protocol. `load` writes
//! rows, by `infile` (`LOAD DATA` over a second connection) if the server allows it, otherwise by prepared inserts.
//! `settings` makes every session behave the same whatever the server's configuration. `catalogue` describes tables,
//! `cluster` finds those that Galera does not replicate, `rights` finds missing rights, `error` classifies refusals, and
//! `script` splits files of statements.
//!
//! An exchange that is not finished leaves the wire in an unknown state: `begin_exchange` marks the session as broken, and
//! only its end makes the session usable again. To protect sessions from another server setting, add it to `settings`; to
//! support another column type, extend `catalogue` and check that `read` and `load` keep its values.

mod catalogue;
mod cluster;
mod error;
mod infile;
mod load;
mod read;
pub(in crate::db) mod rights;
mod script;
mod settings;

use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlValueRef};
use sqlx::{AssertSqlSafe, ConnectOptions, Decode, Executor, MySql, Row, ValueRef};
use tokio::sync::mpsc;

use super::catalogue::text;
use super::login::Login;
use super::rows::{LoadBatch, LoadTable, OpenMode, ReadBatch, ReadSelect};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;
use error::unreachable;
use infile::Infile;

pub(in crate::db) use catalogue::INDEXED;
pub(crate) use error::{classified, refused};

/// Returns the cipher of the connection.
const CIPHER: &str = "SHOW STATUS LIKE 'Ssl_cipher'";

/// Memory for the sorts and joins of a session that writes, unless it is limited. With the servers' own 16 MiB for
/// temporary tables, large ones go to disk: counting the hashes of 400,000 rows took 1.1 s instead of 0.2 s.
const WORKING_MEMORY: u64 = 512 << 20;

/// Whether the server can only log statements, for which it needs the locks of REPEATABLE READ.
const LOGS_STATEMENTS: &str = "SELECT 1 WHERE @@log_bin = 1 AND @@binlog_format = 'STATEMENT'";

/// A connection to a MariaDB or MySQL server.
pub(super) struct MariadbSession {
    connection: MySqlConnection,
    /// Whether an exchange was interrupted: the next bytes on the wire do not answer the next request.
    broken: bool,
    loading: Loading,
}

/// How the session loads rows besides its own connection.
enum Loading {
    /// Not tried yet; with the login to use.
    Untried(Box<Login>),
    Open(Box<Infile>),
    /// The server does not allow it, or the other driver cannot log in as the session did.
    Off,
}

impl MariadbSession {
    pub(super) async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Self> {
        let database = url.login().database;
        let connection = login(url, database.as_deref())?.connect().await.map_err(|error| unreachable(error, url))?;
        let loading = Loading::Untried(Box::new(url.login()));
        let mut session = Self { connection, broken: false, loading };
        settings::give(&mut session).await?;
        if mode == OpenMode::ReadOnly {
            session.execute("SET SESSION TRANSACTION READ ONLY").await?;
        } else {
            session.set_memory(WORKING_MEMORY).await?;
            if session.query(LOGS_STATEMENTS).await?.is_empty() {
                // Otherwise every row read by INSERT … SELECT or CREATE TABLE … SELECT is locked, including base rows.
                session.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
            }
        }
        Ok(session)
    }

    /// Opens a read-only session without a database.
    pub(super) async fn open_outside(url: &DatabaseUrl) -> Result<Self> {
        let connection = login(url, None)?.connect().await.map_err(|error| unreachable(error, url))?;
        let mut session = Self { connection, broken: false, loading: Loading::Off };
        settings::give(&mut session).await?;
        session.execute("SET SESSION TRANSACTION READ ONLY").await?;
        Ok(session)
    }

    /// Marks the session as unusable until the caller reports the end of the exchange.
    fn begin_exchange(&mut self) -> Result<()> {
        if self.broken {
            return Err(Error::database("the connection was abandoned in the middle of an exchange"));
        }
        self.broken = true;
        Ok(())
    }

    /// Assigns half to the temporary tables of a statement, and a quarter each to sorts and joins.
    pub(super) async fn set_memory(&mut self, bytes: u64) -> Result<()> {
        let part = |share: u64| (bytes / share).clamp(1 << 20, 4 << 30);
        self.execute(&format!("SET SESSION sort_buffer_size = {}, join_buffer_size = {}", part(4), part(4))).await?;
        self.execute(&format!("SET SESSION max_heap_table_size = {0}, tmp_table_size = {0}", part(2))).await.map(|_| ())
    }

    pub(super) async fn execute(&mut self, sql: &str) -> Result<u64> {
        self.begin_exchange()?;
        let outcome = self.connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await;
        self.broken = false;
        outcome.map(|done| done.rows_affected()).map_err(refused)
    }

    pub(super) async fn script(&mut self, sql: &str) -> Result<()> {
        for statement in script::statements(sql) {
            self.execute(&statement).await?;
        }
        Ok(())
    }

    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.begin_exchange()?;
        let rows: std::result::Result<Vec<MySqlRow>, sqlx::Error> =
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch(&mut self.connection).try_collect().await;
        self.broken = false;
        rows.map_err(refused)?.iter().map(texts).collect()
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        if self.broken {
            // The server rolls back when the connection is dropped, which is all it can still be used for.
            return Ok(());
        }
        self.execute("ROLLBACK").await.map(|_| ())
    }

    pub(super) async fn catalogue(&mut self) -> Result<Vec<Table>> {
        catalogue::tables(self).await
    }

    pub(super) async fn unreplicated(&mut self) -> Result<Vec<String>> {
        cluster::unreplicated(self).await
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

    /// Takes the loading connection, and opens it first if necessary. Without one, rows are inserted.
    async fn take_infile(&mut self) -> Result<Option<Box<Infile>>> {
        match std::mem::replace(&mut self.loading, Loading::Off) {
            Loading::Off => Ok(None),
            Loading::Open(infile) => Ok(Some(infile)),
            Loading::Untried(login) => {
                // Rows that the session would encrypt must not be sent in the clear: the other driver is built without TLS.
                let cipher = self.query(CIPHER).await?;
                let plain = cipher.first().is_some_and(|row| text(row, 1).is_empty());
                Ok(if plain { Infile::open(&login).await.map(Box::new) } else { None })
            }
        }
    }

    /// Returns the loading connection for use with the next table.
    fn put_infile(&mut self, infile: Box<Infile>) {
        self.loading = Loading::Open(infile);
    }
}

/// Returns the login options, for this database if there is one.
fn login(url: &DatabaseUrl, database: Option<&str>) -> Result<MySqlConnectOptions> {
    let server = url.server().ok_or_else(|| Error::internal("not the URL of a server"))?;
    let login = url.login();
    let mut server = server.clone();
    server.set_path("");
    let mut options = MySqlConnectOptions::from_url(&server).map_err(refused)?;
    options = options.host(login.host.as_deref().unwrap_or("localhost"));
    options = login.port.into_iter().fold(options, MySqlConnectOptions::port);
    options = login.user.iter().fold(options, |options, user| options.username(user));
    options = login.password.iter().fold(options, |options, password| options.password(password));
    options = database.iter().fold(options, |options, name| options.database(name));
    let options = options.timezone(None).set_names(false).pipes_as_concat(false).no_engine_substitution(false);
    Ok(options.disable_statement_logging())
}

/// Returns the bytes of a cell of the text protocol, or `None` for NULL.
fn cell(row: &MySqlRow, index: usize) -> Result<Option<&[u8]>> {
    let value: MySqlValueRef<'_> = row.try_get_raw(index).map_err(refused)?;
    if value.is_null() {
        return Ok(None);
    }
    let bytes = <&[u8] as Decode<MySql>>::decode(value);
    bytes.map(Some).map_err(|error| Error::internal("a cell has no bytes").because(error))
}

fn texts(row: &MySqlRow) -> Result<Vec<Option<String>>> {
    (0..row.len()).map(|index| Ok(cell(row, index)?.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))).collect()
}
