//! The apply stage: writes the resolved rows into the base tables, chunk by chunk. Each chunk is written whole or not at all.

use std::time::{Duration, Instant};

use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::db::sqlite::bulk::RowByRow;
use crate::error::{Error, Result};
use crate::run::lock::Lock;
use crate::run::rejects::{Reject, Rejects};
use crate::stream::fail;
use crate::sync::merge::{Action, Merge};
use crate::sync::report::ImportCounts;

use super::checkpoint::{Also, Checkpoint, Stage};
use super::counters::set_counts;
use super::dependants::Dependants;
use super::lanes::{self, Statements, Turn};
use super::reject::{find_parents, read_back};
use super::row_by_row::row_by_row;
use super::sets::count_removed;
use super::steps::{Chunk, Step, WORTH_HELP, Work, chunks, statements, steps};
use super::target::{Target, TargetTable};

/// How long chunks on SQLite are collected before a commit: each commit there rewrites every page it touched.
const GATHER: Duration = Duration::from_secs(2);

/// The smallest chunk of rows inserted one by one that is read ahead.
const WORTH_AHEAD: i64 = 100;

/// Writes resolved rows into base tables.
pub(super) struct Apply<'a> {
    pub(super) target: &'a Target,
    pub(super) session: &'a mut Session,
    pub(super) lock: &'a Lock,
    pub(super) merge: &'a Merge,
    pub(super) rejects: &'a mut Rejects,
    pub(super) progress: &'a crate::event::Progress,
    pub(super) cancel: &'a crate::stream::cancel::Cancel,
    /// The most rows that one statement touches.
    pub(super) object_limit: i64,
    pub(super) checkpoint: &'a mut Checkpoint,
    /// When the open transaction began.
    pub(super) open: Option<Instant>,
    /// The point up to which time is already in the timings.
    pub(super) since: Instant,
    /// Whether the database has refused a row since the last checkpoint.
    pub(super) recounted: bool,
    /// Sessions that work on chunks in parallel; with fewer than two, `session` does all the work.
    pub(super) helpers: Vec<Session>,
}

impl<'a> Apply<'a> {
    /// Applies everything that the checkpoint does not list as done, and leaves it ready for the files.
    ///
    /// # Errors
    /// `Database`, `Locked` when the lock was lost, `Interrupted`. Chunks are committed whole, together with the checkpoint.
    pub(super) async fn run(&mut self) -> Result<()> {
        let outcome = self.all().await;
        if outcome.is_err() && self.open.is_some() {
            // Committed chunks are kept: the next attempt continues after them.
            let _ = self.session.rollback().await;
        }
        outcome
    }

    async fn all(&mut self) -> Result<()> {
        let steps = steps(self.target, &self.checkpoint.resolved);
        let (done, next) = self.checkpoint.position.step;
        for (index, step) in steps.iter().enumerate().skip(done) {
            let table = &self.target.tables[step.table];
            self.progress.table(&table.profile.name);
            let first = if index == done && next > 0 { next } else { step.first };
            if index != done {
                self.checkpoint.position.step_rows = 0;
            }
            let of = self.step(table, index, &Step { first, ..*step }).await;
            of.map_err(|error| error.at_table(&table.profile.name))?;
        }
        self.check_stop().await?;
        self.begin().await?;
        set_counts(self.session, self.merge, &self.target.counters).await?;
        self.checkpoint.position.stage = Stage::Files;
        self.commit().await?;
        self.checkpoint.position.update.0 += self.since.elapsed().as_secs_f64();
        Ok(())
    }

    async fn step(&mut self, table: &'a TargetTable, index: usize, step: &Step) -> Result<()> {
        self.free_dependants(step).await?;
        let chunks: Vec<Chunk> = chunks(step.first, step.last, self.object_limit).collect();
        if self.helpers.len() > 1 && step.work != Work::Remove && chunks.len() >= WORTH_HELP {
            self.check_stop().await?;
            let mut helpers = std::mem::take(&mut self.helpers);
            let (merge, cancel) = (self.merge, self.cancel);
            let mut turns = Turns { apply: self, table, index, step: *step };
            let outcome =
                lanes::run(&mut turns, &mut helpers, Statements { merge, table, work: step.work }, cancel, chunks)
                    .await;
            self.helpers = helpers;
            return outcome;
        }
        let row_by_row = row_by_row(self.session, self.merge, &table.merge, step).await?;
        for (place, &chunk) in chunks.iter().enumerate() {
            self.check_stop().await?;
            self.begin().await?;
            let rows = match &row_by_row {
                Some(statements) => {
                    self.insert_row_by_row(table, step.table, statements, chunk, chunks.get(place + 1).copied()).await?
                }
                None => self.range(table, step, chunk).await?,
            };
            self.done(index, step, chunk, rows).await?;
        }
        if step.work == Work::Remove {
            self.begin().await?;
            self.recounted = true;
            let resolved = &mut self.checkpoint.resolved[step.table];
            count_removed(self.session, self.merge, table, resolved).await?;
            // Other sessions have no part in this transaction.
            self.commit().await?;
        }
        Ok(())
    }

    /// Removes references to refused rows from a table's rows, before the first of them is written.
    async fn free_dependants(&mut self, step: &Step) -> Result<()> {
        let refused = self.checkpoint.resolved.iter().any(|resolved| resolved.refused > 0);
        if matches!(step.work, Work::Change | Work::Remove) || !refused {
            return Ok(());
        }
        self.begin().await?;
        let (merge, target) = (self.merge, self.target);
        let mut dependants = Dependants { session: self.session, merge, target, rejects: self.rejects };
        let deferred = step.work == Work::Deferred;
        self.recounted |= dependants.free(step.table, deferred, &mut self.checkpoint.resolved).await?;
        // Other sessions have to see the change.
        self.commit().await
    }

    /// Finishes a chunk whose statements ran ahead of its turn; their outcome is examined only now. After an error the caller
    /// has to roll the session back.
    async fn end_ahead(
        &mut self,
        table: &'a TargetTable,
        (index, step): (usize, Step),
        chunk: Chunk,
        ahead: Result<u64>,
    ) -> Result<()> {
        let rows = match ahead {
            // Two lanes can deadlock each other. The one whose turn it is tries again.
            Err(error) if is_of_the_row(&error) || class_of(&error) == Some(SqlClass::Transient) => {
                self.checkpoint.position.retries += u64::from(!is_of_the_row(&error));
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

    /// Records and commits a chunk. The time of the commit is counted with the next chunk.
    async fn done(&mut self, index: usize, step: &Step, chunk: Chunk, rows: u64) -> Result<()> {
        let (from, to) = chunk;
        let position = &mut self.checkpoint.position;
        position.step = (index, to + 1);
        position.step_rows += rows;
        let timing = if step.work == Work::Change { &mut position.update } else { &mut position.insert };
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

    /// Stops between chunks if the user asked for it or too many rows were rejected. Finished work is committed first.
    async fn check_stop(&mut self) -> Result<()> {
        let stop = self.cancel.check().and_then(|()| self.rejects.check());
        if stop.is_err() {
            self.commit().await?;
        }
        stop
    }

    /// Inserts the rows of a chunk one by one, and reads the next chunk meanwhile.
    async fn insert_row_by_row(
        &mut self,
        table: &TargetTable,
        index: usize,
        statements: &RowByRow,
        (mut from, to): Chunk,
        next: Option<Chunk>,
    ) -> Result<u64> {
        let mut rows = 0;
        loop {
            // A reader that runs ahead does not see what was settled since the last commit.
            let next = next.filter(|(first, last)| !self.recounted && last - first >= WORTH_AHEAD);
            let bulk = self.session.bulk();
            let mut bulk = bulk.ok_or_else(|| Error::internal("only SQLite inserts rows one by one"))?;
            let inserted = bulk.insert_row_by_row(statements, (from, to), next).await?;
            rows += inserted.rows;
            let Some((sequence, error)) = inserted.refused else { return Ok(rows) };
            if !is_of_the_row(&error) {
                return Err(error);
            }
            self.recounted = true;
            let came_first = class_of(&error) == Some(SqlClass::Unique);
            if !(came_first && self.settle(table, index, sequence).await?) {
                self.refuse(table, index, sequence, refusal(&error)).await?;
            }
            from = sequence + 1;
        }
    }

    /// Writes a range of rows. A range that the database refuses is halved until only the bad row is left.
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
                    if from == to && work == Work::Remove {
                        // It stays, and is counted at the end of the step.
                    } else if from == to {
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

    /// Settles a new row that collides with another writer's: one with the same natural key, or one with the id reserved for
    /// it. Returns false if neither applies.
    pub(super) async fn settle(&mut self, table: &TargetTable, index: usize, sequence: i64) -> Result<bool> {
        let merge = &table.merge;
        if !merge.gives_numbers() {
            return Ok(false);
        }
        let old = self.session.count(&self.merge.id_at(merge, sequence)).await?;
        if let Some(statement) = self.merge.id_of_hash(merge, sequence)
            && let Some(id) = self.session.number(&statement).await?
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
        if self.session.number(&self.merge.id_taken(merge, sequence)).await?.is_none() {
            return Ok(false);
        }
        // Above every id that exists or is reserved, so no other new row can have it.
        let highest = self.session.count(&self.merge.highest_id(merge)).await?;
        let reserved = self.session.count(&self.merge.highest_reserved(merge)).await?;
        self.remap(table, old, highest.max(reserved) + 1).await?;
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

    /// Replaces one id of a table by another, wherever rows were mapped to it.
    async fn remap(&mut self, table: &TargetTable, old: i64, new: i64) -> Result<()> {
        self.session.execute(&self.merge.remap(&table.merge, old, new)).await?;
        for child in &self.target.tables {
            for statement in self.merge.remap_child(&child.merge, &table.merge, old, new) {
                self.session.execute(&statement).await?;
            }
        }
        Ok(())
    }

    /// Compares the rows that a chunk wrote with those it should have written, and refuses those that a trigger skipped without
    /// an error.
    async fn refuse_unwritten(&mut self, table: &TargetTable, step: &Step, (from, to): Chunk, rows: u64) -> Result<()> {
        let all = rows == (to - from + 1).unsigned_abs();
        if matches!(step.work, Work::Deferred | Work::Remove) || all {
            return Ok(());
        }
        let expected = self.session.count(&self.merge.count_expected(&table.merge, from, to)).await?;
        if rows >= expected.unsigned_abs() {
            return Ok(());
        }
        let (statement, reason) = match step.work {
            Work::Insert => (
                self.merge.not_inserted(&table.merge, from, to),
                "the database reported no error but did not insert the row: a trigger skipped it",
            ),
            Work::Change | Work::Deferred | Work::Remove => (
                self.merge.not_updated(&table.merge, from, to),
                "the database reported no error but did not update the row: a trigger skipped it",
            ),
        };
        for sequence in self.session.cells(&statement).await? {
            let sequence = sequence.parse().map_err(|_| Error::internal("a row number is not a number"))?;
            self.refuse(table, step.table, sequence, reason.to_owned()).await?;
        }
        Ok(())
    }

    /// Writes a row that the database refused to the rejects: because of a CHECK constraint, a trigger or a concurrent writer.
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
        let action = self.session.count(&self.merge.action_at(&table.merge, sequence)).await?;
        let kept = self.session.count(&self.merge.is_kept_at(&table.merge, sequence)).await?;
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

    /// Returns the counts of a table, and marks them as changed.
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

    /// Ends a chunk. The lock must still be ours in the transaction that commits it.
    async fn end_chunk(&mut self) -> Result<()> {
        let gathers = self.session.dialect().gathers_commits();
        if gathers && self.open.is_some_and(|since| since.elapsed() < GATHER) {
            return Ok(());
        }
        self.commit().await
    }

    /// Commits finished work together with its checkpoint.
    async fn commit(&mut self) -> Result<()> {
        if self.open.is_some() {
            self.lock.check(self.session).await?;
            self.checkpoint.position.rejects = self.rejects.mark()?;
            let also = if self.recounted { Also::Resolved } else { Also::Nothing };
            self.checkpoint.save(self.session, also).await?;
            self.session.commit().await?;
            self.open = None;
            self.recounted = false;
        }
        Ok(())
    }
}

/// The chunks of a step, each finished when its turn has come.
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

/// Returns the reason why the database refused a row.
pub(super) fn refusal(error: &Error) -> String {
    let because = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    format!("the database refused the row: {because}")
}

/// Returns whether a row is at fault, so that the other rows can continue without it.
pub(super) fn is_of_the_row(error: &Error) -> bool {
    matches!(
        class_of(error),
        Some(SqlClass::Unique | SqlClass::ForeignKey | SqlClass::NotNull | SqlClass::Check | SqlClass::Value)
    )
}
