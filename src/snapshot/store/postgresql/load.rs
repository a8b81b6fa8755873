//! Loads tables by COPY over several connections, counts their rows, and lets the server analyse them.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use sqlx::postgres::PgConnection;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use super::describe::Table;
use super::read::{encoding, translate};
use super::server::{Server, execute, refused, rows};
use super::source::target;
use crate::error::{Error, Result, escape};
use crate::snapshot::store::jobs::{Job, Jobs};
use crate::stream::cancel::Cancel;

/// Bytes that are sent at once.
const PIECE: usize = 512 << 10;

/// What a connection does next.
enum Task {
    Table(Job),
    Statement(String),
}

/// What the connections share.
struct Loaders {
    server: Server,
    database: String,
    tables: Arc<Vec<Table>>,
    jobs: Arc<Jobs<Task>>,
    cancel: Cancel,
}

/// A database whose tables are loaded or counted.
pub(super) struct Place<'a> {
    pub(super) server: &'a Server,
    pub(super) database: &'a str,
    pub(super) tables: &'a Arc<Vec<Table>>,
    pub(super) connections: usize,
    pub(super) cancel: &'a Cancel,
}

impl Place<'_> {
    /// Loads all tables out of a folder.
    ///
    /// # Errors
    /// `File` if a file is missing; `Database`; `Interrupted`.
    pub(super) fn load(&self, folder: &Path) -> Result<()> {
        let files = self.tables.iter().enumerate().flat_map(|(index, table)| {
            table.segments.iter().map(move |segment| Task::Table(Job::Load(index, folder.join(&segment.file))))
        });
        self.work(files.collect()).map(|_| ())
    }

    /// Returns how many rows each table has.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub(super) fn count(&self) -> Result<Vec<u64>> {
        self.work((0..self.tables.len()).map(|index| Task::Table(Job::Count(index))).collect())
    }

    /// Lets the server collect what its planner needs to know, as `ANALYZE` does for a whole database on one connection.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub(super) fn analyze(&self) -> Result<()> {
        // Partitions come with their table. The largest are first, so that none of them is left for the end.
        const TABLES: &str = "SELECT format('%I.%I', nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_inherits i \
             JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid AND p.relkind = 'p') ORDER BY c.relpages DESC";
        let names = self.server.connect(Some(self.database))?.column(TABLES)?;
        let jobs = names.iter().map(|name| Task::Statement(format!("ANALYZE {name}")));
        self.work(jobs.collect()).map(|_| ())
    }

    fn work(&self, jobs: VecDeque<Task>) -> Result<Vec<u64>> {
        let jobs = Jobs::new(jobs, self.tables.len(), self.cancel);
        let work = Arc::new(Loaders {
            server: self.server.clone(),
            database: self.database.to_owned(),
            tables: Arc::clone(self.tables),
            jobs: Arc::clone(&jobs),
            cancel: self.cancel.clone(),
        });
        jobs.work(self.connections, || {
            let work = Arc::clone(&work);
            async move { work.connection().await }
        })
    }
}

impl Loaders {
    async fn connection(&self) -> Result<()> {
        let mut connection = self.server.open(Some(&self.database)).await?;
        // What is lost with the server is restored again.
        execute(&mut connection, "SET synchronous_commit = off").await?;
        let encoding = encoding(&mut connection).await?;
        while let Some(job) = self.jobs.next()? {
            match job {
                Task::Table(Job::Load(index, file)) => {
                    let table = &self.tables[index];
                    let loaded = self.load(&mut connection, &encoding, table, &file).await;
                    loaded.map_err(|error| error.at_table(escape::line(&table.name).into_owned()))?;
                }
                Task::Table(Job::Count(index)) => {
                    let table = &self.tables[index];
                    let condition = table.condition.as_deref().unwrap_or_default();
                    let query = format!("SELECT count(*) FROM ONLY {} {condition}", table.name);
                    let found = rows(&mut connection, &query).await?;
                    let count = found.into_iter().flatten().flatten().next().and_then(|text| text.parse().ok());
                    self.jobs.note(index, count.unwrap_or(0));
                }
                Task::Statement(statement) => {
                    translate(&mut connection, &encoding, &statement).await?;
                    execute(&mut connection, &statement).await?;
                }
            }
        }
        Ok(())
    }

    async fn load(&self, connection: &mut PgConnection, encoding: &str, table: &Table, path: &Path) -> Result<()> {
        let fault = |error| Error::file(path, "the rows of a table are not in the snapshot", error);
        let mut file = File::open(path).await.map_err(fault)?;
        // A table that is filled at once by the one who emptied it is written as it stays.
        let alone = table.condition.is_none() && table.segments.len() == 1;
        let form = match (table.binary, alone) {
            (true, true) => " WITH (FORMAT binary, FREEZE)",
            (true, false) => " WITH (FORMAT binary)",
            (false, true) => " WITH (FREEZE)",
            (false, false) => "",
        };
        let sql = format!("COPY {} FROM STDIN{form}", target(table));
        translate(connection, encoding, &sql).await?;
        if alone {
            execute(connection, &format!("BEGIN; TRUNCATE ONLY {}", table.name)).await?;
        }
        let mut copy = connection.copy_in_raw(&sql).await.map_err(refused)?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = file.read(&mut piece).await.map_err(fault)?;
            if read == 0 {
                break;
            }
            copy.send(&piece[..read]).await.map_err(refused)?;
            if self.jobs.failed() {
                copy.abort("another table failed").await.map_err(refused)?;
                return Ok(());
            }
            self.cancel.check()?;
        }
        copy.finish().await.map_err(refused)?;
        if alone {
            execute(connection, "COMMIT").await?;
        }
        Ok(())
    }
}
