//! `fill-sync-hash`: fills the hash column, or checks it.
//!
//! [`fill`] works table by table, parents first, because a child's hash contains its parent's. For each table, [`TableFill`]
//! runs three steps with the texts of [`statements::Statements`]:
//!
//! 1. Gather (`compute`): collects the hashes that differ from the stored ones in a temporary table. PostgreSQL and MariaDB
//!    compute them in SQL, in chunks; for SQLite the inputs are read and hashed on all processors.
//! 2. Find twins (`write`): rows with the same natural key are found there, before anything is written, and skipped.
//! 3. Write (`write`): the other rows are written in bounded transactions. Rows that have each other's hash step aside first.
//!
//! A check ends after comparing and writes nothing. `strangers` excludes rows that cannot have a hash. The hash itself is
//! defined in [`super::merge::hash`]; triggers, imports and this room use the same expression.
//!
//! To add a count, touch [`HashCounts`] and the grid of the command. To add an engine, touch `statements`, and `compute` if it
//! has no MD5 in SQL.

use serde::Serialize;

use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::order::order;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::Table;
use crate::run::ledger;
use crate::run::lock::Lock;

use super::Context;
use super::ready::require_tables;
use super::rights::{Command, admitted};
use statements::Statements;
pub(in crate::sync) use statements::parent_source;

mod compute;
mod statements;
pub(super) mod strangers;
mod write;

/// The most groups of twins that the report lists for a table.
const LISTED_GROUPS: usize = 1000;

/// What `fill-sync-hash` should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashMode {
    /// Fill NULLs.
    Missing,
    /// Compute every row again.
    All,
    /// Only compare.
    Check,
}

/// The result for one table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HashCounts {
    /// Rows examined: those without a hash, or every row with `--all` and `--check`.
    pub rows: u64,
    /// Rows whose hash was filled or changed.
    pub filled: u64,
    /// Rows whose stored hash is wrong or NULL (`--check`).
    pub wrong: u64,
    /// Rows whose hash cannot be computed because a row they refer to is missing or has none.
    pub missing_parent: u64,
    /// Rows that refer to a kind of object that the profile does not name, and rows that depend on them: they have no hash.
    pub ignored: u64,
    /// Groups of rows with the same natural key.
    pub twin_groups: u64,
    /// The ids of their rows, for the first thousand groups.
    pub twins: Vec<Vec<i64>>,
}

/// The result for all tables.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HashReport {
    /// `finished`, or `failed` if some rows could not get a hash: twins, or rows that refer to a missing row.
    pub status: String,
    /// Counts by table.
    pub tables: std::collections::BTreeMap<String, HashCounts>,
}

impl HashReport {
    /// Returns the number of rows whose stored hash is wrong or NULL, over all tables.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        self.tables.values().map(|counts| counts.wrong).sum()
    }
}

/// Fills or checks every table of the profile that the database has and that is matched by its hash. A check writes nothing and
/// does not look for twins. In a database with a ledger, filling takes the lock and excludes other runs.
///
/// # Errors
/// `Database`; `Schema` if a table lacks a key column or the hash column; `Locked` if another run is in progress;
/// `Interrupted`.
pub async fn fill_sync_hash(mode: HashMode, context: &Context) -> Result<HashReport> {
    let (open, command) = match mode {
        HashMode::Check => (OpenMode::ReadOnly, Command::CheckSyncHash),
        HashMode::Missing | HashMode::All => (OpenMode::ReadWrite, Command::FillSyncHash),
    };
    let opened = Session::open(&context.database, open).await;
    let mut session = admitted(opened, context, &[command]).await?;
    session.require_unicode().await?;
    let catalogue = session.catalogue().await?;
    require_tables(&mut session, &catalogue, &context.profile).await?;
    if mode == HashMode::Check || !ledger::is_whole(&catalogue) {
        return fill_hashes(mode, &mut session, &catalogue, context).await;
    }
    let lock = Lock::acquire(&mut session, &context.database, &context.run.progress).await?;
    let outcome = fill_hashes(mode, &mut session, &catalogue, context).await;
    // If both the work and the release of the lock fail, the error of the work is more useful.
    let released = lock.release(&mut session).await;
    let report = outcome?;
    released.map(|()| report)
}

/// Like [`fill_sync_hash`], for a run that has the lock.
///
/// # Errors
/// As [`fill_sync_hash`], except `Locked`.
pub(super) async fn fill_hashes(
    mode: HashMode,
    session: &mut Session,
    catalogue: &[Table],
    context: &Context,
) -> Result<HashReport> {
    let profile = Completed::join(&context.profile, catalogue);
    let found = |name: &str| catalogue.iter().find(|table| table.name == name);
    let nullable = |table: &str, column: &str| {
        found(table).and_then(|table| table.column(column)).is_none_or(|column| column.nullable)
    };
    let order = order(&profile, &nullable, &|name| found(name).is_some())?;

    let mut plan = Vec::new();
    let mut rows = 0;
    for name in &order.tables {
        let (Some(table), Some(base)) = (profile.table(name), found(name)) else { continue };
        if table.matched_by == Match::Hash {
            let statements = Statements::new(session.dialect(), &profile, table, base, catalogue, mode)?;
            let count = session.count(&statements.count()).await.map_err(|error| error.at_table(name))?.unsigned_abs();
            let ignored = match statements.count_strangers() {
                Some(query) => session.count(&query).await.map_err(|error| error.at_table(name))?.unsigned_abs(),
                None => 0,
            };
            rows += count;
            plan.push((name, statements, HashCounts { rows: count, ignored, ..HashCounts::default() }));
        }
    }

    context.run.progress.phase("hash", Some(rows), None);
    let mut report = HashReport { status: "finished".to_owned(), ..HashReport::default() };
    for (name, statements, mut counts) in plan {
        context.run.progress.table(name);
        let done = TableFill { session: &mut *session, statements: &statements, context, counts: &mut counts }
            .table(mode)
            .await;
        done.map_err(|error| error.at_table(name))?;
        if mode != HashMode::Check && counts.twin_groups + counts.missing_parent > 0 {
            "failed".clone_into(&mut report.status);
        }
        report.tables.insert(name.clone(), counts);
    }
    Ok(report)
}

/// Counts the rows of a table that should have a hash but have none.
///
/// # Errors
/// `Schema` if the table lacks a column that its hash needs; `Database`.
pub(super) async fn count_missing(
    session: &mut Session,
    profile: &Completed,
    table: &TableProfile,
    base: &Table,
    catalogue: &[Table],
) -> Result<u64> {
    let statements = Statements::new(session.dialect(), profile, table, base, catalogue, HashMode::Missing)?;
    let count = session.count(&statements.count()).await.map_err(|error| error.at_table(&table.name))?;
    Ok(count.unsigned_abs())
}

/// The work on one table.
struct TableFill<'a> {
    session: &'a mut Session,
    statements: &'a Statements,
    context: &'a Context,
    counts: &'a mut HashCounts,
}

impl TableFill<'_> {
    async fn table(&mut self, mode: HashMode) -> Result<()> {
        if self.counts.rows == 0 {
            return Ok(());
        }
        if mode == HashMode::Check {
            return self.check().await;
        }
        self.session.execute(&self.statements.create()).await?;
        self.fill(mode).await?;
        self.session.execute(&self.statements.drop()).await?;
        Ok(())
    }

    async fn fill(&mut self, mode: HashMode) -> Result<()> {
        let version = self.version().await?;
        self.gather(mode).await?;
        if let Some(analyze) = self.statements.analyze() {
            self.session.execute(&analyze).await?;
        }
        self.counts.missing_parent = self.session.count(&self.statements.count_uncomputed()).await?.unsigned_abs();
        if self.counts.missing_parent > 0 {
            self.session.execute(&self.statements.delete_uncomputed()).await?;
        }
        // A skipped row blocks only rows that blocked it. If nothing is blocked now, one check is enough.
        let free =
            self.session.query(&self.statements.any_hash()).await?.is_empty() || self.in_the_way().await?.is_empty();
        self.leave_out_twins(free).await?;
        self.write(free, version).await
    }
}

/// Returns the numbers in the first row of a query's result, without NULLs.
async fn numbers(session: &mut Session, query: &str) -> Result<Vec<i64>> {
    let row = session.query(query).await?.into_iter().next().unwrap_or_default();
    row.into_iter().flatten().map(|text| parse(&text)).collect()
}

fn parse(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::schema("an id is not a 64-bit integer"))
}
