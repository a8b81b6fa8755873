//! Loads tables by `LOAD DATA` over several connections, and counts their rows.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use super::describe::Table;
use super::line;
use super::server::{MariadbServer, SETTINGS, ident};
use crate::db::mariadb::classified;
use crate::error::{Error, Result, escape};
use crate::snapshot::store::jobs::{Job, Jobs};
use crate::stream::cancel::Cancel;

/// Bytes that are sent at once, far fewer than any server accepts in a packet.
const PIECE: usize = 128 << 10;

/// What the connections share.
struct MariadbLoaders {
    server: MariadbServer,
    database: String,
    tables: Vec<Table>,
    jobs: Arc<Jobs<Job>>,
    cancel: Cancel,
}

/// A database whose tables are loaded or counted.
pub(super) struct MariadbPlace<'a> {
    pub(super) server: &'a MariadbServer,
    pub(super) database: &'a str,
    pub(super) tables: &'a [Table],
    pub(super) connections: usize,
    pub(super) cancel: &'a Cancel,
}

impl MariadbPlace<'_> {
    /// Loads all tables out of a folder.
    ///
    /// # Errors
    /// `File` if a file is missing; `Database`; `Interrupted`.
    pub(super) fn load(&self, folder: &Path) -> Result<()> {
        let file = |(index, table): (usize, &Table)| Job::Load(index, folder.join(&table.file));
        self.work(self.tables.iter().enumerate().map(file).collect()).map(|_| ())
    }

    /// Returns how many rows each table has.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub(super) fn count(&self) -> Result<Vec<u64>> {
        self.work((0..self.tables.len()).map(Job::Count).collect())
    }

    fn work(&self, jobs: VecDeque<Job>) -> Result<Vec<u64>> {
        let jobs = Jobs::new(jobs, self.tables.len(), self.cancel);
        let work = Arc::new(MariadbLoaders {
            server: self.server.clone(),
            database: self.database.to_owned(),
            tables: self.tables.to_vec(),
            jobs: Arc::clone(&jobs),
            cancel: self.cancel.clone(),
        });
        jobs.work(self.connections, || {
            let work = Arc::clone(&work);
            async move { work.connection().await }
        })
    }
}

/// Connects with the driver that can send files.
///
/// # Errors
/// `Database`.
pub(super) async fn open(server: &MariadbServer, database: Option<&str>) -> Result<Conn> {
    let options = OptsBuilder::default()
        .ip_or_hostname(server.host.clone())
        .tcp_port(server.port)
        .user(Some(server.user.clone()))
        .pass(server.password().map(str::to_owned))
        .db_name(database.map(str::to_owned))
        .prefer_socket(false)
        .socket(server.socket.clone());
    let mut connection = Conn::new(options).await.map_err(|error| refused(&error))?;
    connection.query_drop(SETTINGS).await.map_err(|error| refused(&error))?;
    Ok(connection)
}

fn refused(error: &mysql_async::Error) -> Error {
    match error {
        mysql_async::Error::Server(reported) => {
            classified(reported.code, &reported.state, &reported.message).into_error()
        }
        error => Error::database(format!("the connection to MariaDB failed: {}", escape::line(&error.to_string())))
            .hint("Check that the server runs, then run the command again."),
    }
}

impl MariadbLoaders {
    async fn connection(&self) -> Result<()> {
        let mut connection = open(&self.server, Some(&self.database)).await?;
        while let Some(job) = self.jobs.next()? {
            let (Job::Load(index, _) | Job::Count(index)) = &job;
            let (index, table) = (*index, &self.tables[*index]);
            let count = match &job {
                Job::Load(_, file) => load(&mut connection, table, file, &self.cancel).await,
                Job::Count(_) => {
                    let query = format!("SELECT COUNT(*) FROM {}", ident(&table.name));
                    let found: std::result::Result<Option<u64>, _> = connection.query_first(query).await;
                    found.map(Option::unwrap_or_default).map_err(|error| refused(&error))
                }
            };
            let count = count.map_err(|error| error.at_table(escape::line(&table.name).into_owned()))?;
            self.jobs.note(index, count);
        }
        Ok(())
    }
}

/// Returns whether all warnings are about words that are none, for which the table has the number 0 now, as often as the file. The
/// server says of each that it was cut.
async fn only_of_zeros(connection: &mut Conn, table: &Table, path: &Path) -> Result<bool> {
    let words = table.columns.iter().filter(|column| !column.zero.is_empty());
    let zero: Vec<String> = words.map(|column| format!("COALESCE({} + 0 = 0, 0)", ident(&column.name))).collect();
    if zero.is_empty() {
        return Ok(false);
    }
    // Asked first: a query about rows forgets the warnings.
    let warnings: Option<u64> =
        connection.query_first("SHOW COUNT(*) WARNINGS").await.map_err(|error| refused(&error))?;
    let query = format!("SELECT CAST(SUM({}) AS UNSIGNED) FROM {}", zero.join(" + "), ident(&table.name));
    let loaded: Option<Option<u64>> = connection.query_first(query).await.map_err(|error| refused(&error))?;
    let fault = |error| Error::file(path, "the rows of a table are not in the snapshot", error);
    let file = std::fs::File::open(path).map_err(fault)?;
    let wanted = line::zeros(table, std::io::BufReader::new(file)).map_err(fault)?;
    Ok(warnings == Some(wanted) && loaded.flatten() == Some(wanted))
}

/// Loads a file into a table, and returns how many rows it has brought.
async fn load(connection: &mut Conn, table: &Table, path: &Path, cancel: &Cancel) -> Result<u64> {
    let fault = |error| Error::file(path, "the rows of a table are not in the snapshot", error);
    let file = File::open(path).await.map_err(fault)?;
    let (stopped, cancel) = (cancel, cancel.clone());
    let pieces = stream::unfold(Some(file), move |file| {
        let cancel = cancel.clone();
        async move {
            let mut file = file?;
            if cancel.requested() {
                return Some((Err(std::io::ErrorKind::Interrupted.into()), None));
            }
            let mut piece = vec![0; PIECE];
            match file.read(&mut piece).await {
                Ok(0) => None,
                Ok(read) => {
                    piece.truncate(read);
                    Some((Ok(piece.into()), Some(file)))
                }
                Err(error) => Some((Err(error), None)),
            }
        }
    });
    connection.set_infile_handler(async move { Ok(pieces.boxed()) });
    let loaded = connection.query_drop(line::load(table, "rows")).await;
    stopped.check()?;
    loaded.map_err(|error| refused(&error))?;
    if connection.get_warnings() > 0 && !only_of_zeros(connection, table, path).await? {
        // What is altered or left out on its way comes as a warning. Its text may repeat a value.
        let codes: Vec<(String, u16, String)> = connection.query("SHOW WARNINGS LIMIT 1").await.unwrap_or_default();
        let code = codes.first().map_or(0, |(_, code, _)| *code);
        let what = format!("MariaDB would alter or leave out a row on its way in (warning {code})");
        return Err(Error::database(what).hint("A newer or equal version of the server takes what this one does not."));
    }
    Ok(connection.affected_rows())
}
