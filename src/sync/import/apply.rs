//! Applying: the resolved rows go into the base tables, chunk by chunk, each chunk all or nothing.

use std::time::{Duration, Instant};

use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::run::ImportCounts;
use crate::run::lock::Lock;
use crate::run::rejects::{Reject, Rejects};
use crate::stream::fail;
use crate::sync::merge::{Action, Merge};

use super::checkpoint::{Also, Checkpoint, Stage};
use super::dependants::Dependants;
use super::lanes::{self, Statements, Turn};
use super::reject::{find_parents, read_back};
use super::resolve::number;
use super::steps::{Chunk, Step, WORTH_HELP, Work, chunks, statements, steps};
use super::target::{Target, TargetTable};

/// How long SQLite's chunks are gathered before they are committed: a commit there rewrites every page it touched.
const GATHER: Duration = Duration::from_secs(2);

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
    pub(super) checkpoint: &'a mut Checkpoint,
    /// When the open transaction began.
    pub(super) open: Option<Instant>,
    /// Up to when the time is in the timings.
    pub(super) since: Instant,
    /// Whether the database has refused a row since the last checkpoint.
    pub(super) recounted: bool,
    /// Sessions that work on chunks beside one another; with fewer than two, `session` does all.
    pub(super) helpers: Vec<Session>,
}

impl<'a> Apply<'a> {
    /// Applies all that the checkpoint does not say is done; it is then ready for the files.
    ///
    /// # Errors
    /// `Database`, `Locked` when the lock was lost, `Interrupted`; whole chunks are in or not, and the checkpoint with them.
    pub(super) async fn run(&mut self) -> Result<()> {
        let outcome = self.all().await;
        if outcome.is_err() && self.open.is_some() {
            // A chunk is all or nothing, and those before it may stand: the next attempt goes on from them.
            let _ = self.session.rollback().await;
        }
        outcome
    }

    async fn all(&mut self) -> Result<()> {
        let steps = steps(self.target, &self.checkpoint.resolved);
        let (done, next) = self.checkpoint.progress.step;
        for (index, step) in steps.iter().enumerate().skip(done) {
            let table = &self.target.tables[step.table];
            self.progress.table(&table.profile.name);
            let first = if index == done && next > 0 { next } else { step.first };
            if index != done {
                self.checkpoint.progress.step_rows = 0;
            }
            let of = self.step(table, index, &Step { first, ..*step }).await;
            of.map_err(|error| error.at_table(&table.profile.name))?;
        }
        self.may_go_on().await?;
        self.begin().await?;
        self.checkpoint.progress.stage = Stage::Files;
        self.commit().await?;
        self.checkpoint.progress.update.0 += self.since.elapsed().as_secs_f64();
        Ok(())
    }

    async fn step(&mut self, table: &'a TargetTable, index: usize, step: &Step) -> Result<()> {
        self.free_dependants(step).await?;
        let chunks: Vec<Chunk> = chunks(step.first, step.last, self.object_limit).collect();
        if self.helpers.len() > 1 && chunks.len() >= WORTH_HELP {
            self.may_go_on().await?;
            let mut helpers = std::mem::take(&mut self.helpers);
            let (merge, cancel) = (self.merge, self.cancel);
            let mut turns = Turns { apply: self, table, index, step: *step };
            let outcome =
                lanes::run(&mut turns, &mut helpers, Statements { merge, table, work: step.work }, cancel, chunks)
                    .await;
            self.helpers = helpers;
            return outcome;
        }
        let each = self.one_by_one(table, step).await?;
        for (place, &chunk) in chunks.iter().enumerate() {
            self.may_go_on().await?;
            self.begin().await?;
            let rows = match &each {
                Some(each) => self.each(table, step.table, each, chunk, chunks.get(place + 1).copied()).await?,
                None => self.range(table, step, chunk).await?,
            };
            self.done(index, step, chunk, rows).await?;
        }
        Ok(())
    }

    /// Frees a table's rows of what was refused before the first of them is written.
    async fn free_dependants(&mut self, step: &Step) -> Result<()> {
        let refused = self.checkpoint.resolved.iter().any(|resolved| resolved.refused > 0);
        if step.work == Work::Change || !refused {
            return Ok(());
        }
        self.begin().await?;
        let (merge, target) = (self.merge, self.target);
        let mut dependants = Dependants { session: self.session, merge, target, rejects: self.rejects };
        let deferred = step.work == Work::Deferred;
        self.recounted |= dependants.free(step.table, deferred, &mut self.checkpoint.resolved).await?;
        // Other sessions are to see it.
        self.commit().await
    }

    /// Brings a chunk to its end whose statements ran ahead of its turn: what they met is looked at only now. After an error
    /// the session is to be rolled back.
    async fn end_ahead(
        &mut self,
        table: &'a TargetTable,
        (index, step): (usize, Step),
        chunk: Chunk,
        ahead: Result<u64>,
    ) -> Result<()> {
        let rows = match ahead {
            // Two lanes may be each other's deadlock; whose turn it is tries again.
            Err(error) if is_of_the_row(&error) || class_of(&error) == Some(SqlClass::Transient) => {
                self.checkpoint.progress.retries += u64::from(!is_of_the_row(&error));
                self.session.rollback().await?;
                self.session.begin().await?;
                self.range(table, &step, chunk).await?
            }
            ahead => {
                let rows = ahead?;
                self.refuse_unwritten(table, &step, chunk, rows).await?;
                rows
            }
        };
        self.open = Some(self.since);
        let done = self.done(index, &step, chunk, rows).await;
        self.open = None;
        done?;
        self.rejects.check()
    }

    /// Notes and commits a chunk. What the commit takes is counted with the chunk that follows.
    async fn done(&mut self, index: usize, step: &Step, chunk: Chunk, rows: u64) -> Result<()> {
        let (from, to) = chunk;
        let progress = &mut self.checkpoint.progress;
        progress.step = (index, to + 1);
        progress.step_rows += rows;
        let timing = if step.work == Work::Change { &mut progress.update } else { &mut progress.insert };
        timing.0 += self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
        timing.1 += if step.work == Work::Deferred { 0 } else { rows };
        fail::point(step.work.point());
        self.end_chunk().await?;
        fail::point("import.committed");
        if step.work != Work::Deferred {
            self.progress.add_rows((to - from + 1).unsigned_abs());
        }
        Ok(())
    }

    /// Stops between chunks when the user wants it or too many rows were rejected, with what is done committed.
    async fn may_go_on(&mut self) -> Result<()> {
        let stop = self.cancel.check().and_then(|()| self.rejects.check());
        if stop.is_err() {
            self.commit().await?;
        }
        stop
    }

    /// Works on a range; one that the database refuses is halved until the bad row stands alone.
    async fn range(&mut self, table: &TargetTable, step: &Step, chunk: Chunk) -> Result<u64> {
        let work = step.work;
        let mut ranges = vec![chunk];
        let mut rows = 0;
        while let Some((from, to)) = ranges.pop() {
            self.session.execute("SAVEPOINT gapsync_chunk").await?;
            match statements(self.session, self.merge, table, work, (from, to)).await {
                Ok(written) => {
                    self.session.execute("RELEASE SAVEPOINT gapsync_chunk").await?;
                    self.refuse_unwritten(table, step, (from, to), written).await?;
                    rows += written;
                }
                Err(error) if is_of_the_row(&error) => {
                    self.session.execute("ROLLBACK TO SAVEPOINT gapsync_chunk").await?;
                    if from == to {
                        let came_first = work == Work::Insert && class_of(&error) == Some(SqlClass::Unique);
                        if !(came_first && self.settle(table, step.table, from).await?) {
                            self.refuse(table, step.table, from, refusal(&error)).await?;
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

    /// Settles a new row that another writer came before: with the same natural key, or with the id set aside for it.
    /// Gives false when neither is so.
    pub(super) async fn settle(&mut self, table: &TargetTable, index: usize, sequence: i64) -> Result<bool> {
        let merge = &table.merge;
        let old = number(self.session, &self.merge.id_at(merge, sequence)).await?;
        if let Some(statement) = self.merge.id_of_hash(merge, sequence)
            && let Some(id) = first(self.session, &statement).await?
        {
            self.remap(table, old, id).await?;
            self.session.execute(&self.merge.now_exists(merge, sequence)).await?;
            let changed = statements(self.session, self.merge, table, Work::Change, (sequence, sequence)).await?;
            let counts = self.counts(index);
            counts.inserted -= 1;
            match changed {
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
        match statements(self.session, self.merge, table, Work::Insert, (sequence, sequence)).await {
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

    /// Compares the rows that a chunk wrote with those that it should have written, and refuses what a trigger left out
    /// without an error.
    async fn refuse_unwritten(&mut self, table: &TargetTable, step: &Step, (from, to): Chunk, rows: u64) -> Result<()> {
        let all = rows == (to - from + 1).unsigned_abs();
        if step.work == Work::Deferred || all {
            return Ok(());
        }
        let expected = number(self.session, &self.merge.count_expected(&table.merge, from, to)).await?;
        if rows >= expected.unsigned_abs() {
            return Ok(());
        }
        let (statement, reason) = match step.work {
            Work::Insert => (
                self.merge.not_inserted(&table.merge, from, to),
                "the database did not insert the row, without an error: a trigger left it out",
            ),
            Work::Change | Work::Deferred => (
                self.merge.not_updated(&table.merge, from, to),
                "the database did not update the row, without an error: a trigger left it out",
            ),
        };
        for sequence in self.session.query(&statement).await?.into_iter().flatten().flatten() {
            let sequence = sequence.parse().map_err(|_| Error::internal("a row number is no number"))?;
            self.refuse(table, step.table, sequence, reason.to_owned()).await?;
        }
        Ok(())
    }

    /// Names a row that the database refused: by a CHECK constraint, a trigger, or a writer that came first.
    pub(super) async fn refuse(
        &mut self,
        table: &TargetTable,
        index: usize,
        sequence: i64,
        reason: String,
    ) -> Result<()> {
        let found = read_back(self.session, self.merge, table, &format!("r.gs_seq = {sequence}")).await?;
        let mut found: Vec<Reject> = found.into_iter().map(|row| row.rejected(reason.clone())).collect();
        find_parents(self.session, self.merge, self.target, (table, &mut found), self.rejects, true).await?;
        self.rejects.write(&table.profile.name, &found)?;
        let action = number(self.session, &self.merge.action_at(&table.merge, sequence)).await?;
        let kept = number(self.session, &self.merge.is_kept_at(&table.merge, sequence)).await?;
        let counts = self.counts(index);
        match Action::from_number(action) {
            Some(Action::Insert) => counts.inserted -= 1,
            Some(Action::Age) if kept == 1 => counts.kept -= 1,
            Some(Action::Age) => counts.unchanged -= 1,
            _ => counts.updated -= 1,
        }
        counts.rejected += 1;
        self.checkpoint.resolved[index].refused += 1;
        self.session.execute(&self.merge.refuse(&table.merge, sequence)).await.map(|_| ())
    }

    /// The counts of a table, which are about to change.
    fn counts(&mut self, index: usize) -> &mut ImportCounts {
        self.recounted = true;
        &mut self.checkpoint.resolved[index].counts
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

    /// Commits what is done together with the checkpoint that says so.
    async fn commit(&mut self) -> Result<()> {
        if self.open.is_some() {
            self.lock.check(self.session).await?;
            self.checkpoint.progress.rejects = self.rejects.mark()?;
            let also = if self.recounted { Also::Resolved } else { Also::Nothing };
            self.checkpoint.save(self.session, also).await?;
            self.session.commit().await?;
            self.open = None;
            self.recounted = false;
        }
        Ok(())
    }
}

/// The chunks of a step, each of which is brought to its end when its turn has come.
struct Turns<'a, 'b> {
    apply: &'a mut Apply<'b>,
    table: &'b TargetTable,
    index: usize,
    step: Step,
}

impl Turn for Turns<'_, '_> {
    async fn end(&mut self, session: &mut Session, chunk: Chunk, ahead: Result<u64>) -> Result<()> {
        std::mem::swap(self.apply.session, session);
        let ended = self.apply.end_ahead(self.table, (self.index, self.step), chunk, ahead).await;
        std::mem::swap(self.apply.session, session);
        ended
    }
}

/// Why the database refused a row.
pub(super) fn refusal(error: &Error) -> String {
    let because = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    format!("the database refused the row: {because}")
}

async fn first(session: &mut Session, statement: &str) -> Result<Option<i64>> {
    let rows = session.query(statement).await?;
    Ok(rows.into_iter().flatten().flatten().next().and_then(|text| text.parse().ok()))
}

/// Whether the fault lies in a row, so that the others may go on without it.
pub(super) fn is_of_the_row(error: &Error) -> bool {
    matches!(
        class_of(error),
        Some(SqlClass::Unique | SqlClass::ForeignKey | SqlClass::NotNull | SqlClass::Check | SqlClass::Value)
    )
}
