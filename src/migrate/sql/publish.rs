//! Moves staged rows into the target tables.
//!
//! A group of files is one transaction: rows of days that are replaced are deleted, the rows of the files are inserted, and the
//! files are recorded. If the database refuses a row, the range of rows is halved until that row is alone; then it is rejected.
//! PostgreSQL takes two groups at once, each in a session of its own.

use std::sync::Mutex;

use super::SqlTarget;
use super::ledger;
use super::place::Place;
use super::tables::{self, POSITION};
use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::event::Progress;
use crate::migrate::account::Done;
use crate::migrate::dates::Date;
use crate::migrate::group::Published;
use crate::migrate::table::TargetTable;
use crate::model::batch::Position;
use crate::run::backoff::{Backoff, passes, wait};
use crate::run::lock::Lock;
use crate::run::rejects::{Reject, Rejects};
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// Rows of a group, unless a single file has more.
const GROUP_ROWS: u64 = 1_000_000;

/// Rows below which another session is not worth its while.
const SHARE_ROWS: u64 = 1_000;

/// Publishes the rows of files, and counts what became of them.
pub(super) async fn all(target: &mut SqlTarget, published: &mut Published<'_>, files: &mut [Done]) -> Result<()> {
    let two = target.dialect == Dialect::Postgres;
    let rows = match published.replace.is_empty() {
        true if two => (files.iter().map(Done::inserted).sum::<u64>() / 4).clamp(SHARE_ROWS, GROUP_ROWS),
        true => GROUP_ROWS,
        // Days are deleted once, in the transaction that brings their rows back.
        false => u64::MAX,
    };
    let groups = cut(files, rows);
    let mut second = None;
    if two && groups.len() > 1 {
        for table in published.tables {
            target.session.execute(&tables::create_index(table, &target.place)).await?;
        }
        second = Some(super::open(&target.url, OpenMode::ReadWrite).await?);
    }
    let replaced = |table: &TargetTable| published.replaced(&table.name).collect();
    let work = Work {
        pipeline: published.pipeline,
        tables: published.tables.iter().map(|table| (table, replaced(table))).collect(),
        place: &target.place,
        url: &target.url,
        lock: target.lock.as_ref().ok_or_else(|| Error::internal("rows are published without a lock"))?,
        run: target.run_id.unwrap_or_default(),
        progress: published.progress,
        cancel: published.cancel,
        queue: Mutex::new(Queue { groups, rejects: published.rejects, retries: &mut published.retries }),
    };
    let first = work.groups(&mut target.session);
    match &mut second {
        None => first.await,
        Some(session) => {
            let (one, other) = tokio::join!(first, work.groups(session));
            one.and(other)
        }
    }
}

/// Cuts files into groups of at most so many rows, or of one file, in reverse order.
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
    groups.reverse();
    groups
}

/// The groups that are left, and what those that are done add to.
struct Queue<'a> {
    groups: Vec<&'a mut [Done]>,
    rejects: &'a mut Rejects,
    retries: &'a mut u64,
}

/// What the sessions that publish share.
struct Work<'a> {
    pipeline: &'a str,
    /// The tables, with the days whose rows are deleted first.
    tables: Vec<(&'a TargetTable, Vec<Date>)>,
    place: &'a Place,
    url: &'a DatabaseUrl,
    lock: &'a Lock,
    run: i64,
    progress: &'a Progress,
    cancel: &'a Cancel,
    queue: Mutex<Queue<'a>>,
}

/// A row that the database refused: its table and the row itself.
type Refused = (String, Reject);

impl<'a> Work<'a> {
    /// Publishes groups until none is left. After an error the other session takes no further group either.
    async fn groups(&self, session: &mut Session) -> Result<()> {
        loop {
            let Some(files) = self.queue(|queue| queue.groups.pop()) else { return Ok(()) };
            let rows = files.iter().map(Done::inserted).sum();
            let settled = match self.group(session, files).await {
                Ok(refused) => {
                    self.progress.add_rows(rows);
                    self.queue(|queue| settle(queue.rejects, files, refused))
                }
                Err(error) => Err(error),
            };
            if let Err(error) = settled {
                self.queue(|queue| queue.groups.clear());
                return Err(error);
            }
        }
    }

    fn queue<T>(&self, with: impl FnOnce(&mut Queue<'a>) -> T) -> T {
        with(&mut self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Publishes a group, and tries again what may succeed then. Returns the rows that the database refused.
    async fn group(&self, session: &mut Session, files: &[Done]) -> Result<Vec<Refused>> {
        let mut backoff = Backoff::default();
        loop {
            self.cancel.check()?;
            let mut refused = Vec::new();
            let Err(error) = self.attempt(session, files, &mut refused).await else { return Ok(refused) };
            let _ = session.rollback().await;
            if !passes(&error) {
                return Err(error);
            }
            let Some(delay) = backoff.delay() else { return Err(error) };
            self.queue(|queue| *queue.retries += 1);
            wait(delay, self.cancel).await?;
            if class_of(&error) == Some(SqlClass::Lost) {
                *session = super::open(self.url, OpenMode::ReadWrite).await?;
            }
            // The answer to a commit may have been lost, not the commit.
            if self.committed(session, files).await? {
                return Ok(refused);
            }
        }
    }

    async fn attempt(&self, session: &mut Session, files: &[Done], refused: &mut Vec<Refused>) -> Result<()> {
        let (Some(first), Some(last)) = (files.first(), files.last()) else { return Ok(()) };
        let range = (start_of(first.number), start_of(last.number + 1) - 1);
        if let Some(attach) = self.place.attach()
            && session.cells("PRAGMA database_list").await?.iter().all(|name| name != "staging")
        {
            session.execute(&attach).await?;
        }
        session.begin().await?;
        fail::point("migrate.publish");
        for (table, replaced) in &self.tables {
            let at = |error: Error| error.at_table(&table.name);
            for day in replaced {
                session.execute(&delete_day(session.dialect(), table, *day)).await.map_err(at)?;
            }
            let expected = files.iter().map(|file| file.staged(&table.name)).sum::<u64>();
            if expected == 0 {
                continue;
            }
            let mut rows = Insertion { session, place: self.place, table, refused, inserted: 0 };
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
        let mut recorded = files.to_vec();
        recount(&mut recorded, refused);
        for statement in ledger::record(session.dialect(), self.pipeline, &recorded, self.run)? {
            session.execute(&statement).await?;
        }
        // At the end, because it locks a row that the other session needs as well.
        self.lock.check(session).await?;
        fail::point("migrate.commit");
        session.commit().await
    }

    /// Returns whether the last file of the group is recorded as migrated by this run.
    async fn committed(&self, session: &mut Session, files: &[Done]) -> Result<bool> {
        let Some(last) = files.last() else { return Ok(false) };
        let known = ledger::known(session, self.pipeline).await?;
        Ok(known.get(&last.path).is_some_and(|known| known.run == self.run))
    }
}

fn delete_day(dialect: Dialect, table: &TargetTable, (year, month, day): Date) -> String {
    let ident = |name: &str| dialect.ident(name);
    let (y, m, d) = (ident("y"), ident("m"), ident("d"));
    format!("DELETE FROM {} WHERE {y} = {year} AND {m} = {month} AND {d} = {day}", ident(&table.name))
}

/// Writes the refused rows into the rejects file, now that the group is durable, and heeds the limit of rejected rows.
fn settle(rejects: &mut Rejects, files: &mut [Done], refused: Vec<Refused>) -> Result<()> {
    recount(files, &refused);
    for (table, reject) in refused {
        rejects.write(&table, &[reject])?;
    }
    rejects.check()
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
