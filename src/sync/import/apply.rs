//! Applying: the resolved rows go into the base tables, chunk by chunk, each chunk all or nothing.

use std::time::{Duration, Instant};

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::merge::{Action, Merge};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::run::ImportCounts;
use crate::sync::ledger::Lock;
use crate::sync::rejects::{Reject, Rejects};

use super::resolve::{Resolved, number};
use super::target::{Target, TargetTable};

/// How long SQLite's chunks are gathered before they are committed: a commit there rewrites every page it touched.
const GATHER: Duration = Duration::from_secs(2);

/// Seconds and rows of the two kinds of work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timings {
    pub(super) insert: (f64, u64),
    pub(super) update: (f64, u64),
}

/// Writes resolved rows into base tables.
pub(super) struct Apply<'a> {
    pub(super) target: &'a Target,
    pub(super) session: &'a mut Session,
    pub(super) lock: &'a Lock,
    pub(super) merge: &'a Merge,
    pub(super) rejects: &'a mut Rejects,
    pub(super) progress: &'a crate::event::Progress,
    pub(super) cancel: &'a crate::stream::cancel::Cancel,
    /// Rows that one statement touches at most.
    pub(super) object_limit: i64,
    pub(super) timings: Timings,
    /// When the open transaction began.
    pub(super) open: Option<Instant>,
}

/// What a statement does to a range of resolved rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Insert,
    Change,
}

impl Apply<'_> {
    /// Applies all tables: rows first, parents before children; then, where tables refer to one another in a ring, the
    /// references that had to wait.
    ///
    /// # Errors
    /// `Database`, `Locked` when the lock was lost, `Interrupted`; whole chunks are in or not.
    pub(super) async fn run(&mut self, resolved: &mut [Resolved]) -> Result<()> {
        let outcome = self.all(resolved).await;
        match outcome {
            Ok(()) => self.commit().await,
            // A chunk is all or nothing, and those before it may stand: the next import goes on from them.
            Err(error) if self.open.is_some() => {
                let _ = self.session.rollback().await;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn all(&mut self, resolved: &mut [Resolved]) -> Result<()> {
        let target = self.target;
        for later in [false, true] {
            for (table, resolved) in target.tables.iter().zip(resolved.iter_mut()) {
                let rings = table.merge.pivots.iter().any(crate::db::merge::Pivot::deferred);
                if later && !rings {
                    continue;
                }
                self.progress.table(&table.profile.name);
                let of = self.table(table, resolved, rings, later).await;
                of.map_err(|error| error.at_table(&table.profile.name))?;
            }
        }
        Ok(())
    }

    /// One table: new rows, then changed ones. In a ring, changes and waiting references come in the second round.
    async fn table(&mut self, table: &TargetTable, resolved: &mut Resolved, rings: bool, later: bool) -> Result<()> {
        if !later {
            self.ranges(table, resolved, Work::Insert, 1, resolved.inserts).await?;
        }
        if rings == later {
            if later {
                for (from, to) in chunks(1, resolved.inserts, self.object_limit) {
                    self.begin().await?;
                    if let Some(statement) = self.merge.fill_deferred(&table.merge, from, to) {
                        self.session.execute(&statement).await?;
                    }
                    self.end_chunk().await?;
                }
            }
            self.ranges(table, resolved, Work::Change, resolved.inserts + 1, resolved.last).await?;
        }
        Ok(())
    }

    async fn ranges(
        &mut self,
        table: &TargetTable,
        resolved: &mut Resolved,
        work: Work,
        first: i64,
        last: i64,
    ) -> Result<()> {
        let began = Instant::now();
        let mut rows = 0;
        for (from, to) in chunks(first, last, self.object_limit) {
            self.cancel.check()?;
            self.begin().await?;
            rows += self.range(table, &mut resolved.counts, work, from, to).await?;
            self.end_chunk().await?;
            if let Err(too_many) = self.rejects.check() {
                self.commit().await?;
                return Err(too_many);
            }
            self.progress.add_rows((to - from + 1).unsigned_abs());
        }
        let seconds = began.elapsed().as_secs_f64();
        let timing = if work == Work::Insert { &mut self.timings.insert } else { &mut self.timings.update };
        timing.0 += seconds;
        timing.1 += rows;
        Ok(())
    }

    /// Works on a range; one that the database refuses is halved until the bad row stands alone.
    async fn range(
        &mut self,
        table: &TargetTable,
        counts: &mut ImportCounts,
        work: Work,
        from: i64,
        to: i64,
    ) -> Result<u64> {
        let mut ranges = vec![(from, to)];
        let mut rows = 0;
        while let Some((from, to)) = ranges.pop() {
            self.session.execute("SAVEPOINT gapsync_chunk").await?;
            match self.statements(table, work, from, to).await {
                Ok(written) => {
                    self.session.execute("RELEASE SAVEPOINT gapsync_chunk").await?;
                    rows += written;
                }
                Err(error) if is_of_the_row(&error) => {
                    self.session.execute("ROLLBACK TO SAVEPOINT gapsync_chunk").await?;
                    if from == to {
                        let came_first = work == Work::Insert && class_of(&error) == Some(SqlClass::Unique);
                        if !(came_first && self.settle(table, counts, from).await?) {
                            self.refuse(table, counts, from, &error).await?;
                        }
                    } else {
                        let middle = from + (to - from) / 2;
                        ranges.push((middle + 1, to));
                        ranges.push((from, middle));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }

    async fn statements(&mut self, table: &TargetTable, work: Work, from: i64, to: i64) -> Result<u64> {
        match work {
            Work::Insert => self.session.execute(&self.merge.insert(&table.merge, from, to)).await,
            Work::Change => {
                let updated = self.session.execute(&self.merge.update(&table.merge, from, to)).await?;
                match self.merge.fill(&table.merge, from, to) {
                    Some(statement) => Ok(updated + self.session.execute(&statement).await?),
                    None => Ok(updated),
                }
            }
        }
    }

    /// Settles a new row that another writer came before: with the same natural key, or with the id set aside for it.
    /// Gives false when neither is so.
    async fn settle(&mut self, table: &TargetTable, counts: &mut ImportCounts, sequence: i64) -> Result<bool> {
        let merge = &table.merge;
        let old = number(self.session, &self.merge.id_at(merge, sequence)).await?;
        if let Some(statement) = self.merge.id_of_hash(merge, sequence)
            && let Some(id) = first(self.session, &statement).await?
        {
            self.remap(table, old, id).await?;
            self.session.execute(&self.merge.now_exists(merge, sequence)).await?;
            counts.inserted -= 1;
            match self.statements(table, Work::Change, sequence, sequence).await? {
                0 => counts.unchanged += 1,
                _ => counts.updated += 1,
            }
            return Ok(true);
        }
        if first(self.session, &self.merge.id_taken(merge, sequence)).await?.is_none() {
            return Ok(false);
        }
        // Past every id that is there or set aside: no other new row can have it.
        let highest = number(self.session, &self.merge.highest_id(merge)).await?;
        let aside = number(self.session, &self.merge.highest_aside(merge)).await?;
        self.remap(table, old, highest.max(aside) + 1).await?;
        self.session.execute("SAVEPOINT gapsync_chunk").await?;
        match self.statements(table, Work::Insert, sequence, sequence).await {
            Ok(_) => Ok(true),
            Err(error) if is_of_the_row(&error) => {
                self.session.execute("ROLLBACK TO SAVEPOINT gapsync_chunk").await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Maps everything that was mapped to one id of a table to another.
    async fn remap(&mut self, table: &TargetTable, old: i64, new: i64) -> Result<()> {
        self.session.execute(&self.merge.remap(&table.merge, old, new)).await?;
        for child in &self.target.tables {
            for statement in self.merge.remap_child(&child.merge, &table.merge, old, new) {
                self.session.execute(&statement).await?;
            }
        }
        Ok(())
    }

    /// Names a row that the database refused: by a CHECK constraint, a trigger, or a writer that came first.
    async fn refuse(
        &mut self,
        table: &TargetTable,
        counts: &mut ImportCounts,
        sequence: i64,
        error: &Error,
    ) -> Result<()> {
        let page = self.session.query(&self.merge.at(&table.merge, sequence)).await?;
        let Some(row) = page.first() else { return Ok(()) };
        let cell = |index: usize| row.get(index).cloned().flatten();
        let names = std::iter::once(&table.merge.id).chain(&table.merge.columns);
        let fields = names.enumerate().map(|(index, name)| (name.clone(), cell(1 + index))).collect();
        let position = cell(0).and_then(|text| text.parse().ok()).unwrap_or(0);
        let because = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        let reason = format!("the database refused the row: {because}");
        self.rejects.write(&table.profile.name, &[Reject { position, reason, fields }])?;
        number(self.session, &self.merge.action_at(&table.merge, sequence)).await.map(|action| {
            match Action::from_number(action) {
                Some(Action::Insert) => counts.inserted -= 1,
                Some(Action::Age) => counts.unchanged -= 1,
                _ => counts.updated -= 1,
            }
            counts.rejected += 1;
        })?;
        self.session.execute(&self.merge.refuse(&table.merge, sequence)).await.map(|_| ())
    }

    async fn begin(&mut self) -> Result<()> {
        if self.open.is_none() {
            self.session.begin().await?;
            self.open = Some(Instant::now());
        }
        Ok(())
    }

    /// Ends a chunk: the lock must still be ours in the transaction that commits it.
    async fn end_chunk(&mut self) -> Result<()> {
        let gathers = self.session.dialect() == Dialect::Sqlite;
        if gathers && self.open.is_some_and(|since| since.elapsed() < GATHER) {
            return Ok(());
        }
        self.commit().await
    }

    async fn commit(&mut self) -> Result<()> {
        if self.open.is_some() {
            self.lock.check(self.session).await?;
            self.session.commit().await?;
            self.open = None;
        }
        Ok(())
    }
}

async fn first(session: &mut Session, statement: &str) -> Result<Option<i64>> {
    let rows = session.query(statement).await?;
    Ok(rows.into_iter().flatten().flatten().next().and_then(|text| text.parse().ok()))
}

/// Whether the fault lies in a row, so that the others may go on without it.
fn is_of_the_row(error: &Error) -> bool {
    matches!(
        class_of(error),
        Some(SqlClass::Unique | SqlClass::ForeignKey | SqlClass::NotNull | SqlClass::Check | SqlClass::Value)
    )
}

/// Ranges of `limit` numbers from `first` to `last`.
fn chunks(first: i64, last: i64, limit: i64) -> impl Iterator<Item = (i64, i64)> {
    let mut from = first;
    std::iter::from_fn(move || {
        if from > last {
            return None;
        }
        let range = (from, last.min(from.saturating_add(limit - 1)));
        from = range.1 + 1;
        Some(range)
    })
}
