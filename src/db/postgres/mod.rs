//! PostgreSQL. `PostgresSession` holds the connection. `read` and `load` stream rows by COPY; `binary` encodes and
//! `decode` decodes its binary form. Everything else uses the simple protocol, as text. `settings` makes every session
//! behave the same whatever the server's configuration, and recognises a connection pooler. `catalogue` describes tables,
//! `rights` finds missing rights, and `error` classifies refusals.
//!
//! An exchange that is not finished leaves the wire in an unknown state: `begin_exchange` marks the session as broken, and
//! only its end makes the session usable again. To protect sessions from another server setting, add it to `settings`. To
//! support another column type, extend `described` in `catalogue`; without an `Encoding` in `binary` and `decode`, tables
//! with such a column are copied as text.

mod binary;
mod catalogue;
mod decode;
mod error;
mod load;
mod read;
pub(in crate::db) mod rights;
mod settings;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row};
use tokio::sync::mpsc;

use super::catalogue::text;
use super::rows::{LoadBatch, LoadTable, OpenMode, ReadBatch, ReadSelect};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::schema::Table;
use error::{code, refused, unreachable};

pub(in crate::db) use catalogue::INDEXED;

/// The code of a pooler or server that refuses an option of the request to connect.
const REFUSED_START: &str = "08P01";

/// A connection to a PostgreSQL server.
pub(super) struct PostgresSession {
    connection: PgConnection,
    /// Whether an exchange was interrupted: the next bytes on the wire do not answer the next request.
    broken: bool,
    /// Set if there is a pooler between us and the server.
    pooled: Option<Pooled>,
}

/// How a session works through a pooler, which may run each transaction on a different server connection.
struct Pooled {
    /// Statements that apply our settings to a single transaction.
    settings: String,
    in_transaction: bool,
}

impl Pooled {
    /// Returns the statement, with our settings if it begins a transaction or is one by itself.
    fn statement(&self, sql: &str) -> String {
        match (self.in_transaction, sql.starts_with("BEGIN")) {
            (true, _) => sql.to_owned(),
            (false, true) => format!("{sql}; {}", self.settings),
            (false, false) => format!("{}{sql}", self.settings),
        }
    }

    /// Records whether a transaction is open after a statement.
    fn ran(&mut self, sql: &str, succeeded: bool) {
        self.in_transaction = match sql {
            "COMMIT" | "ROLLBACK" => false,
            _ if sql.starts_with("BEGIN") => succeeded,
            _ => self.in_transaction,
        };
    }
}

impl PostgresSession {
    pub(super) async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Self> {
        let read_only = mode == OpenMode::ReadOnly;
        let plain = login(url)?;
        let direct = plain.clone().options(settings::at_start(read_only)).connect().await;
        let (connection, refused_start) = match direct {
            Ok(connection) => (connection, false),
            Err(error) if code(&error) == Some(REFUSED_START) => {
                (plain.connect().await.map_err(|error| unreachable(error, url))?, true)
            }
            Err(error) => return Err(unreachable(error, url)),
        };
        let mut session = Self { connection, broken: false, pooled: None };
        if refused_start {
            session.go_through_pooler(mode)?;
        }
        let mut differing = settings::differing(&mut session, read_only).await?;
        if session.pooled.is_none() && differing.iter().any(|(name, _)| settings::was_sent(name)) {
            // It was sent, so something between us and the server has dropped it.
            session.go_through_pooler(mode)?;
            differing = settings::differing(&mut session, read_only).await?;
        }
        let holds = |name: &str| session.pooled.is_some() && settings::is_of_the_session(name);
        if let Some((name, found)) = differing.iter().find(|(name, _)| !holds(name)) {
            return Err(settings::not_taken(name, found));
        }
        if session.pooled.is_none() {
            settings::complete(&mut session).await?;
        }
        Ok(session)
    }

    /// Continues through a pooler, if that is enough for the session's purpose.
    fn go_through_pooler(&mut self, mode: OpenMode) -> Result<()> {
        if !matches!(mode, OpenMode::ReadOnly | OpenMode::Record) {
            return Err(Error::database("there is a connection pooler between gapsync and the server").hint(
                "This command needs a connection of its own: use the server's own address and port in --database, not the \
                 pooler's. Commands that only read the tables work through a pooler too.",
            ));
        }
        let settings = settings::in_transaction(mode == OpenMode::ReadOnly);
        self.pooled = Some(Pooled { settings, in_transaction: false });
        Ok(())
    }

    /// Returns the text that is sent for a statement.
    fn statement(&self, sql: &str) -> Result<AssertSqlSafe<String>> {
        match &self.pooled {
            Some(pooled) => checked(&pooled.statement(sql)),
            None => checked(sql),
        }
    }

    fn ran(&mut self, sql: &str, succeeded: bool) {
        if let Some(pooled) = &mut self.pooled {
            pooled.ran(sql, succeeded);
        }
    }

    /// Marks the session as unusable until the caller reports the end of the exchange.
    fn begin_exchange(&mut self) -> Result<()> {
        if self.broken {
            return Err(Error::database("the connection was abandoned in the middle of an exchange"));
        }
        self.broken = true;
        Ok(())
    }

    pub(super) async fn require_unicode(&mut self) -> Result<()> {
        let rows = self.query("SELECT current_setting('server_encoding')").await?;
        let encoding = text(rows.first().map_or(&[], Vec::as_slice), 0);
        if encoding == "UTF8" {
            return Ok(());
        }
        Err(Error::schema(format!("the database is encoded in {encoding}, but gapsync needs UTF8")).hint(
            "Its hashes would differ from those of every other database, and its rows would be taken for new ones. Create a \
             database with ENCODING 'UTF8' and move the data there with pg_dump and psql.",
        ))
    }

    /// Sets `work_mem`, which applies to each sort of a statement and twice to a hash. Our statements have two or three of
    /// them.
    pub(super) async fn set_memory(&mut self, bytes: u64) -> Result<()> {
        let kib = |part: u64| (bytes / part / 1024).clamp(1024, 2_147_483_647);
        if let Some(pooled) = &mut self.pooled {
            pooled.settings += &format!("SET LOCAL work_mem = {}; ", kib(4));
            return Ok(());
        }
        self.script(&format!("SET work_mem = {}; SET maintenance_work_mem = {}", kib(4), kib(1))).await
    }

    pub(super) async fn execute(&mut self, sql: &str) -> Result<u64> {
        let statement = self.statement(sql)?;
        self.begin_exchange()?;
        let outcome = self.connection.execute(sqlx::raw_sql(statement)).await;
        self.broken = false;
        self.ran(sql, outcome.is_ok());
        outcome.map(|done| done.rows_affected()).map_err(refused)
    }

    pub(super) async fn script(&mut self, sql: &str) -> Result<()> {
        self.execute(sql).await.map(|_| ())
    }

    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let statement = self.statement(sql)?;
        self.begin_exchange()?;
        let rows: std::result::Result<Vec<PgRow>, sqlx::Error> =
            sqlx::raw_sql(statement).fetch(&mut self.connection).try_collect().await;
        self.broken = false;
        rows.map_err(refused)?.iter().map(texts).collect()
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        if self.broken {
            // The server rolls back when the connection is dropped, which is all it can still be used for.
            return Ok(());
        }
        // Without a transaction, the server only issues a warning.
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

/// Returns the login options, without our settings.
fn login(url: &DatabaseUrl) -> Result<PgConnectOptions> {
    let server = url.server().ok_or_else(|| Error::internal("not the URL of a server"))?;
    let login = url.login();
    let mut options = PgConnectOptions::from_url(server).map_err(refused)?.disable_statement_logging();
    if let Some(host) = &login.host
        && !host.starts_with('/')
    {
        options = options.host(host);
    }
    if let Some(user) = &login.user {
        options = options.username(user);
    }
    // The driver would request extra digits in addition to our settings, and a pooler may not know that option.
    options = options.extra_float_digits(None);
    if !server.query_pairs().any(|(key, _)| key == "application_name") {
        options = options.application_name("gapsync");
    }
    Ok(options)
}

/// Checks that a statement can be sent: the protocol ends a text at its first NUL.
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
