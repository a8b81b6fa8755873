//! Moves staged rows into the target tables.
//!
//! A group of files is one transaction: rows of days that are replaced are deleted, the rows of the files are inserted, and the
//! files are recorded. If the database refuses a row, the range of rows is halved until that row is alone; then it is rejected.

use super::SqlTarget;
use super::ledger;
use super::tables::{self, POSITION};
use crate::db::error::{SqlClass, class_of};
use crate::error::{Error, Result};
use crate::migrate::account::Done;
use crate::migrate::dates::Date;
use crate::migrate::group::Published;
use crate::migrate::table::TargetTable;
use crate::model::batch::Position;
use crate::run::backoff::{Backoff, passes, wait};
use crate::run::rejects::Reject;
use crate::stream::fail;

/// Publishes the rows of files, in order, and counts what became of them.
pub(super) async fn group(target: &mut SqlTarget, group: &mut Published<'_>, files: &mut [Done]) -> Result<()> {
    let mut backoff = Backoff::default();
    loop {
        group.cancel.check()?;
        let mut refused = Vec::new();
        let outcome = attempt(target, group, files, &mut refused).await;
        let error = match outcome {
            Ok(()) => return settle(group, files, refused),
            Err(error) => error,
        };
        let _ = target.session.rollback().await;
        if !passes(&error) {
            return Err(error);
        }
        let Some(delay) = backoff.delay() else { return Err(error) };
        group.retries += 1;
        wait(delay, group.cancel).await?;
        if class_of(&error) == Some(SqlClass::Lost) {
            target.reopen().await?;
        }
        // The answer to a commit may have been lost, not the commit.
        if committed(target, group, files).await? {
            return settle(group, files, refused);
        }
    }
}

/// A row that the database refused: its table and the row itself.
type Refused = (String, Reject);

async fn attempt(
    target: &mut SqlTarget,
    group: &Published<'_>,
    files: &[Done],
    refused: &mut Vec<Refused>,
) -> Result<()> {
    let (Some(first), Some(last)) = (files.first(), files.last()) else { return Ok(()) };
    let range = (start_of(first.number), start_of(last.number + 1) - 1);
    if let Some(attach) = target.place.attach()
        && target.session.cells("PRAGMA database_list").await?.iter().all(|name| name != "staging")
    {
        target.session.execute(&attach).await?;
    }
    target.session.begin().await?;
    target.check_lock().await?;
    fail::point("migrate.publish");
    for table in group.tables {
        let at = |error: Error| error.at_table(&table.name);
        for day in group.replaced(&table.name) {
            target.session.execute(&delete_day(target, table, day)).await.map_err(at)?;
        }
        let expected = files.iter().map(|file| file.staged(&table.name)).sum::<u64>();
        if expected == 0 {
            continue;
        }
        let mut rows = Insertion { target, table, refused, inserted: 0 };
        let before = rows.refused.len();
        rows.insert(range).await.map_err(at)?;
        let done = rows.inserted + (refused.len() - before) as u64;
        if done != expected {
            return Err(Error::schema(format!("the table took {done} of {expected} rows"))
                .at_table(&table.name)
                .hint("A trigger or a rule of the database skips rows. Nothing of these files was migrated."));
        }
        fail::point("migrate.table");
    }
    let run = target.run_id.unwrap_or_default();
    let mut recorded = files.to_vec();
    recount(&mut recorded, refused);
    for statement in ledger::record(target.dialect, group.pipeline, &recorded, run)? {
        target.session.execute(&statement).await?;
    }
    fail::point("migrate.commit");
    target.session.commit().await
}

fn delete_day(target: &SqlTarget, table: &TargetTable, (year, month, day): Date) -> String {
    let ident = |name: &str| target.dialect.ident(name);
    let (y, m, d) = (ident("y"), ident("m"), ident("d"));
    format!("DELETE FROM {} WHERE {y} = {year} AND {m} = {month} AND {d} = {day}", ident(&table.name))
}

/// Returns whether the last file of the group is recorded as migrated by this run.
async fn committed(target: &mut SqlTarget, group: &Published<'_>, files: &[Done]) -> Result<bool> {
    let Some(last) = files.last() else { return Ok(false) };
    let known = ledger::known(&mut target.session, group.pipeline).await?;
    Ok(known.get(&last.path).is_some_and(|known| Some(known.run) == target.run_id))
}

/// Writes the refused rows into the rejects file, now that the group is durable.
fn settle(group: &mut Published<'_>, files: &mut [Done], refused: Vec<Refused>) -> Result<()> {
    recount(files, &refused);
    for (table, reject) in refused {
        group.rejects.write(&table, &[reject])?;
    }
    Ok(())
}

fn recount(files: &mut [Done], refused: &[Refused]) {
    for (table, reject) in refused {
        let number = Position::from_number(reject.position).dump_file;
        if let Some(fate) =
            files.iter_mut().find(|file| file.number == number).and_then(|file| file.fates.get_mut(table))
        {
            fate.inserted -= 1;
            fate.rejected += 1;
        }
    }
}

fn start_of(number: u32) -> i64 {
    Position { dump_file: number, line: 0 }.to_number()
}

struct Insertion<'a> {
    target: &'a mut SqlTarget,
    table: &'a TargetTable,
    refused: &'a mut Vec<Refused>,
    inserted: u64,
}

impl Insertion<'_> {
    /// Inserts the rows of a range. A savepoint keeps what was inserted before a refusal.
    async fn insert(&mut self, range: (i64, i64)) -> Result<()> {
        let mut ranges = vec![range];
        while let Some(range) = ranges.pop() {
            self.target.session.execute("SAVEPOINT gapsync_range").await?;
            let statement = tables::publish(self.table, &self.target.place, self.target.dialect, range);
            match self.target.session.execute(&statement).await {
                Ok(rows) => {
                    self.inserted += rows;
                    self.target.session.execute("RELEASE SAVEPOINT gapsync_range").await?;
                }
                Err(error) if is_of_a_row(&error) => {
                    self.target.session.execute("ROLLBACK TO SAVEPOINT gapsync_range").await?;
                    self.target.session.execute("RELEASE SAVEPOINT gapsync_range").await?;
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
        let staged = self.target.place.staged(&self.table.staging_name());
        let within = format!("FROM {staged} WHERE {POSITION} BETWEEN {first} AND {last}");
        let rows = self.target.session.count(&format!("SELECT count(*) {within}")).await?;
        if rows < 2 {
            return Ok(None);
        }
        let middle = format!("SELECT {POSITION} {within} ORDER BY {POSITION} LIMIT 1 OFFSET {}", rows / 2);
        self.target.session.number(&middle).await
    }

    async fn refuse(&mut self, (first, last): (i64, i64), error: &Error) -> Result<()> {
        let dialect = self.target.dialect;
        let columns: Vec<String> =
            self.table.columns.iter().map(|column| dialect.cast_text(&dialect.ident(&column.name))).collect();
        let staged = self.target.place.staged(&self.table.staging_name());
        let statement = format!(
            "SELECT {POSITION}, {} FROM {staged} WHERE {POSITION} BETWEEN {first} AND {last}",
            columns.join(", ")
        );
        for row in self.target.session.query(&statement).await? {
            let mut cells = row.into_iter();
            let position = cells.next().flatten().and_then(|cell| cell.parse().ok()).unwrap_or_default();
            let names = self.table.columns.iter().map(|column| column.name.clone());
            let reason = format!("the database refused it: {}", reason_of(error));
            self.refused.push((
                self.table.name.clone(),
                Reject { position, reason, fields: names.zip(cells).collect(), parents: Vec::new() },
            ));
        }
        Ok(())
    }
}

/// Returns what the database said of a row, which never contains values.
fn reason_of(error: &Error) -> String {
    crate::db::error::refusal(error).map_or_else(|| error.what().to_owned(), |refusal| refusal.message.clone())
}

fn is_of_a_row(error: &Error) -> bool {
    matches!(
        class_of(error),
        Some(SqlClass::Unique | SqlClass::ForeignKey | SqlClass::NotNull | SqlClass::Check | SqlClass::Value)
    )
}
