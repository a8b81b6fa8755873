//! Moves staged rows into the target tables.
//!
//! A group of files is one transaction: rows of days that are replaced are deleted, the rows of the files are inserted, and the
//! files are recorded. If the database refuses a row, the range of rows is halved until that row is alone; then it is rejected.

use super::SqlTarget;
use super::ledger;
use super::place::Place;
use super::tables::{self, POSITION};
use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of, refusal};
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::migrate::account::{Done, Refused, recount};
use crate::migrate::dates::Date;
use crate::migrate::group::Published;
use crate::migrate::table::TargetTable;
use crate::model::batch::Position;
use crate::run::backoff::{Backoff, passes, wait};
use crate::run::rejects::{Reject, Rejects};
use crate::stream::fail;

/// Rows of a group, unless a single file has more.
const GROUP_ROWS: u64 = 1_000_000;

/// Publishes the rows of files, and counts what became of them.
pub(super) async fn all(target: &mut SqlTarget, published: &mut Published<'_>, files: &mut [Done]) -> Result<()> {
    // Days are deleted once, in the transaction that brings their rows back. PostgreSQL's staging tables have no index by which
    // a group would find its rows.
    let whole = !published.replace.is_empty() || target.dialect == Dialect::Postgres;
    for files in cut(files, if whole { u64::MAX } else { GROUP_ROWS }) {
        let rows = files.iter().map(Done::inserted).sum();
        let refused = group(target, published, files).await?;
        published.progress.add_rows(rows);
        settle(published.rejects, files, refused)?;
    }
    Ok(())
}

/// Cuts files into groups of at most so many rows, or of one file.
fn cut(files: &mut [Done], rows: u64) -> Vec<&mut [Done]> {
    let mut groups = Vec::new();
    let mut rest = files;
    while !rest.is_empty() {
        let mut sum = rest[0].inserted();
        let more = rest[1..].iter().take_while(|file| {
            sum = sum.saturating_add(file.inserted());
            sum <= rows
        });
        let end = 1 + more.count();
        let (group, after) = rest.split_at_mut(end);
        groups.push(group);
        rest = after;
    }
    groups
}

/// Publishes a group, and tries again what may succeed then. Returns the rows that the database refused.
async fn group(target: &mut SqlTarget, published: &mut Published<'_>, files: &[Done]) -> Result<Vec<Refused>> {
    let mut backoff = Backoff::default();
    loop {
        published.cancel.check()?;
        let mut refused = Vec::new();
        let Err(error) = attempt(target, published, files, &mut refused).await else { return Ok(refused) };
        let _ = target.session.rollback().await;
        if !passes(&error) {
            return Err(error);
        }
        let Some(delay) = backoff.delay() else { return Err(error) };
        published.retries += 1;
        wait(delay, published.cancel).await?;
        if class_of(&error) == Some(SqlClass::Lost) {
            target.session = super::open(&target.url, OpenMode::ReadWrite).await?;
        }
        // The answer to a commit may have been lost, not the commit.
        let run = target.run_id.unwrap_or_default();
        if committed(&mut target.session, published.pipeline, run, files).await? {
            return Ok(refused);
        }
    }
}

async fn attempt(
    target: &mut SqlTarget,
    published: &Published<'_>,
    files: &[Done],
    refused: &mut Vec<Refused>,
) -> Result<()> {
    let (Some(first), Some(last)) = (files.first(), files.last()) else { return Ok(()) };
    let range = (start_of(first.number), start_of(last.number + 1) - 1);
    let SqlTarget { session, place, .. } = target;
    if let Some(attach) = place.attach()
        && session.cells("PRAGMA database_list").await?.iter().all(|name| name != "staging")
    {
        session.execute(&attach).await?;
    }
    session.begin().await?;
    fail::point("migrate.publish");
    for table in published.tables {
        let at = |error: Error| error.at_table(&table.name);
        for day in published.replaced(&table.name) {
            session.execute(&delete_day(session.dialect(), table, day)).await.map_err(at)?;
        }
        let expected = files.iter().map(|file| file.staged(&table.name)).sum::<u64>();
        if expected == 0 {
            continue;
        }
        let before = refused.len();
        let mut rows = Insertion { session, place, table, refused, inserted: 0 };
        rows.insert(range).await.map_err(at)?;
        let done = rows.inserted + (refused.len() - before) as u64;
        if done != expected {
            return Err(skipped(done, expected).at_table(&table.name));
        }
        fail::point("migrate.table");
    }
    let mut recorded = files.to_vec();
    refused.iter().for_each(|refused| recount(&mut recorded, refused));
    let run = target.run_id.unwrap_or_default();
    for statement in ledger::record(session.dialect(), published.pipeline, &recorded, run)? {
        session.execute(&statement).await?;
    }
    let lock = target.lock.as_ref().ok_or_else(|| Error::internal("rows are published without a lock"))?;
    lock.check(session).await?;
    fail::point("migrate.commit");
    session.commit().await
}

/// Returns whether the last of some files is recorded as migrated by a run.
pub(super) async fn committed(session: &mut Session, pipeline: &str, run: i64, files: &[Done]) -> Result<bool> {
    let Some(last) = files.last() else { return Ok(false) };
    let known = ledger::known(session, pipeline).await?;
    Ok(known.get(&last.path).is_some_and(|known| known.run == run))
}

/// Returns the error of a table that took fewer rows than it was given.
pub(super) fn skipped(done: u64, expected: u64) -> Error {
    Error::schema(format!("the table took {done} of {expected} rows"))
        .hint("A trigger or a rule of the database skips rows. Nothing of these files was migrated.")
}

fn delete_day(dialect: Dialect, table: &TargetTable, (year, month, day): Date) -> String {
    let ident = |name: &str| dialect.ident(name);
    let (y, m, d) = (ident("y"), ident("m"), ident("d"));
    format!("DELETE FROM {} WHERE {y} = {year} AND {m} = {month} AND {d} = {day}", ident(&table.name))
}

/// Writes the refused rows into the rejects file, now that the group is durable, and heeds the limit of rejected rows.
fn settle(rejects: &mut Rejects, files: &mut [Done], refused: Vec<Refused>) -> Result<()> {
    for refused in refused {
        recount(files, &refused);
        rejects.write(&refused.0, &[refused.1])?;
    }
    rejects.check()
}

fn start_of(number: u32) -> i64 {
    Position { dump_file: number, line: 0 }.to_number()
}

struct Insertion<'a> {
    session: &'a mut Session,
    place: &'a Place,
    table: &'a TargetTable,
    refused: &'a mut Vec<Refused>,
    inserted: u64,
}

impl Insertion<'_> {
    /// Inserts the rows of a range. A savepoint keeps what was inserted before a refusal.
    async fn insert(&mut self, range: (i64, i64)) -> Result<()> {
        let mut ranges = vec![range];
        while let Some(range) = ranges.pop() {
            self.session.execute("SAVEPOINT gapsync_range").await?;
            let statement = tables::publish(self.table, self.place, self.session.dialect(), range);
            match self.session.execute(&statement).await {
                Ok(rows) => {
                    self.inserted += rows;
                    self.session.execute("RELEASE SAVEPOINT gapsync_range").await?;
                }
                Err(error) if is_of_a_row(&error) => {
                    self.session.execute("ROLLBACK TO SAVEPOINT gapsync_range").await?;
                    self.session.execute("RELEASE SAVEPOINT gapsync_range").await?;
                    match self.middle(range).await? {
                        // The first half is on top, so that rows are refused in order.
                        Some(middle) => ranges.extend([(middle, range.1), (range.0, middle - 1)]),
                        None => self.refuse(range, &error).await?,
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Returns the position of the row in the middle of a range, unless the range has a single row.
    async fn middle(&mut self, (first, last): (i64, i64)) -> Result<Option<i64>> {
        let staged = self.place.staged(&self.table.staging_name());
        let within = format!("FROM {staged} WHERE {POSITION} BETWEEN {first} AND {last}");
        let rows = self.session.count(&format!("SELECT count(*) {within}")).await?;
        if rows < 2 {
            return Ok(None);
        }
        let middle = format!("SELECT {POSITION} {within} ORDER BY {POSITION} LIMIT 1 OFFSET {}", rows / 2);
        self.session.number(&middle).await
    }

    async fn refuse(&mut self, (first, last): (i64, i64), error: &Error) -> Result<()> {
        let dialect = self.session.dialect();
        let columns: Vec<String> =
            self.table.columns.iter().map(|column| dialect.cast_text(&dialect.ident(&column.name))).collect();
        let staged = self.place.staged(&self.table.staging_name());
        let statement = format!(
            "SELECT {POSITION}, {} FROM {staged} WHERE {POSITION} BETWEEN {first} AND {last}",
            columns.join(", ")
        );
        for row in self.session.query(&statement).await? {
            let mut cells = row.into_iter();
            let position = cells.next().flatten().and_then(|cell| cell.parse().ok()).unwrap_or_default();
            let names = self.table.columns.iter().map(|column| column.name.clone());
            let (reason, fields) = (reason_of(error), names.zip(cells).collect());
            self.refused.push((self.table.name.clone(), Reject { position, reason, fields, parents: Vec::new() }));
        }
        Ok(())
    }
}

/// Returns why a row is rejected that the database refused. What the database said of it never contains values.
pub(super) fn reason_of(error: &Error) -> String {
    let said = refusal(error).map_or(error.what(), |refusal| &refusal.message);
    format!("the database refused it: {said}")
}

/// Returns whether the database refused a row, and would take others.
pub(super) fn is_of_a_row(error: &Error) -> bool {
    matches!(
        class_of(error),
        Some(SqlClass::Unique | SqlClass::ForeignKey | SqlClass::NotNull | SqlClass::Check | SqlClass::Value)
    )
}
