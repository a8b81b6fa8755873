//! How a run ends: its report, its row in the ledger, and what it leaves behind.

use std::time::Instant;

use crate::bundle::reader::Dialect as DumpDialect;
use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::model::run::{BundleMark, ImportCounts, Phase, Status};
use crate::run::ended::{CARRY_AGAIN, failure, peak_memory};
use crate::run::ledger;
use crate::run::shell::shell_word;
use crate::stream::fail;
use crate::sync::chain;

use super::checkpoint::{Checkpoint, Stage};
use super::resume::forget;
use super::steps::{Step, Work, steps};
use super::target::Target;
use super::{Held, Import, drop_tables, tables};

impl Import<'_> {
    /// Ends a run that did all it should: tidies up and writes the end into the ledger.
    ///
    /// # Errors
    /// `Database`; the checkpoint stays then.
    pub(super) async fn finish(&mut self, held: &mut Held) -> Result<()> {
        let began = Instant::now();
        fail::point("import.before-finish");
        self.keep_rejects(true)?;
        let Held { session, lock, checkpoint, .. } = held;
        let session = session.as_mut().ok_or_else(|| Error::internal("the database session is gone"))?;
        let Some(run_id) = checkpoint.run_id else { return Ok(()) };
        for earlier in Checkpoint::all(session).await?.into_iter().filter(|earlier| earlier.run_id != Some(run_id)) {
            if !earlier.is_resumable() {
                // Once more: a server may have made a table for it since this run began.
                forget(session, &earlier).await?;
            } else if earlier.plan.bundle.sha256 == checkpoint.plan.bundle.sha256 {
                forget(session, &earlier).await?;
                self.warn_once(format!(
                    "run {} of the same bundle cannot go on any more: this one has done it all",
                    earlier.run_id.unwrap_or_default()
                ));
            }
        }
        let pid = checkpoint.plan.pid;
        let kept = self.request.keep_sync_tables;
        let made = if kept { Vec::new() } else { tables::of(session, pid).await? };
        // MariaDB commits at every DROP: there the run stays unfinished until all are gone.
        let transactional = session.dialect() != Dialect::Mariadb;
        if transactional {
            session.begin().await?;
        }
        drop_tables(session, &made).await?;
        fail::point("import.dropped");
        if !transactional {
            session.begin().await?;
        }
        lock.check(session).await?;
        self.phase("finish", began.elapsed().as_secs_f64(), 0);
        self.report.peak_memory_bytes = peak_memory();
        self.report.finished_at = Some(ledger::now(session).await?);
        ledger::end_run(session, run_id, self.report).await?;
        if let (Some(header), Some(place)) = (&checkpoint.plan.header, &self.report.chain) {
            let BundleMark { name, sha256, .. } = &self.report.bundle;
            chain::record(session, header, place, (name, sha256), run_id).await?;
        }
        Checkpoint::delete(session, run_id).await?;
        if !kept {
            tables::forget(session, pid).await?;
        }
        session.commit().await?;
        checkpoint.progress.stage = Stage::Done;
        fail::point("import.after-finish");
        Ok(())
    }

    /// Gives everything back; a run that failed is recorded.
    ///
    /// # Errors
    /// That of the run; else that of giving things back.
    pub(super) async fn close(&mut self, mut held: Held, outcome: Result<()>) -> Result<()> {
        let outcome = match outcome {
            Ok(()) => self.keep_rejects(true),
            Err(error) => Err(self.fail(&mut held, error).await),
        };
        let released = self.release(held).await;
        outcome.and(released)
    }

    async fn release(&mut self, mut held: Held) -> Result<()> {
        let mut session = self.usable(&mut held).await?;
        if self.request.dry_run {
            let pid = held.checkpoint.plan.pid;
            let left = tables::of(&mut session, pid).await?;
            drop_tables(&mut session, &left).await?;
            tables::forget(&mut session, pid).await?;
            self.report.peak_memory_bytes = peak_memory();
            self.report.finished_at = Some(ledger::now(&mut session).await?);
        }
        held.lock.release(&mut session).await?;
        if self.request.dry_run { drop_tables(&mut session, &held.created).await } else { Ok(()) }
    }

    /// A session without an open transaction.
    async fn usable(&self, held: &mut Held) -> Result<Session> {
        if let Some(mut session) = held.session.take()
            && session.rollback().await.is_ok()
            && session.query("SELECT 1").await.is_ok()
        {
            return Ok(session);
        }
        self.connect().await
    }

    /// What to do about a file that is damaged.
    fn mend(&self) -> &'static str {
        if self.request.retry_rejects.is_some() {
            "Mend the file there, then run the command again."
        } else if self.request.dialect == DumpDialect::Outfile {
            "Carry the tarball over once more."
        } else {
            CARRY_AGAIN
        }
    }

    /// Says in the report what went wrong, what was done and how to go on.
    async fn fail(&mut self, held: &mut Held, error: Error) -> Error {
        // A bundle that is no good stays so; and where too many rows were rejected before one was written, nothing is lost.
        let hopeless = match error.kind() {
            ErrorKind::Damaged => true,
            ErrorKind::Rejects => held.checkpoint.progress.step == (0, 0),
            _ => false,
        };
        let resumable = held.checkpoint.is_resumable() && !hopeless && self.request.retry_rejects.is_none();
        let begun = held.checkpoint.run_id.is_some();
        let error = if resumable {
            self.report.resume.clone_from(&self.request.command);
            error
        } else if error.kind() == ErrorKind::Damaged {
            error.hint(self.mend())
        } else if begun {
            error.hint("Run the command again: what is in the tables already is found and left alone.")
        } else {
            error
        };
        self.report.status = Status::after(&error);
        self.report.error = Some(failure(&error));
        if begun {
            self.report.failed_phase = Some(held.checkpoint.progress.stage.name().to_owned());
        }
        if let Some(spool) = held.spool.as_mut().filter(|_| resumable) {
            spool.keep();
        }
        let _ = self.keep_rejects(false);
        // The error of the run leads; a database that cannot be reached for its record either has nothing to add.
        let _ = self.record_failure(held, resumable).await;
        error
    }

    async fn record_failure(&mut self, held: &mut Held, resumable: bool) -> Result<()> {
        let Some(run_id) = held.checkpoint.run_id else { return Ok(()) };
        self.account_for_part(held);
        let mut session = self.usable(held).await?;
        if let Some(saved) = Checkpoint::load(&mut session, run_id).await? {
            // What was not committed was not done.
            held.checkpoint = saved;
            self.account_for_part(held);
        }
        if !resumable {
            forget(&mut session, &held.checkpoint).await?;
        }
        self.report.peak_memory_bytes = peak_memory();
        self.report.finished_at = Some(ledger::now(&mut session).await?);
        ledger::end_run(&mut session, run_id, self.report).await?;
        held.session = Some(session);
        Ok(())
    }

    /// Counts what a run that failed has done.
    fn account_for_part(&mut self, held: &mut Held) {
        let Some(header) = held.checkpoint.plan.header.clone() else { return };
        let Ok(target) = self.fit(held, &header, true) else { return };
        let progress = &held.checkpoint.progress;
        if progress.stage == Stage::Apply {
            let steps = steps(&target, &held.checkpoint.resolved);
            self.report.failed_phase = steps.get(progress.step.0).map(|step| step.work.name().to_owned());
        }
        self.account(&held.checkpoint, &target);
        self.sum();
    }

    /// Puts counts and times into the report, as far as the checkpoint says that they are done.
    pub(super) fn account(&mut self, checkpoint: &Checkpoint, target: &Target) {
        let Checkpoint { plan, progress, resolved, .. } = checkpoint;
        let report = &mut *self.report;
        report.bundle = BundleMark { name: std::mem::take(&mut report.bundle.name), ..plan.bundle.clone() };
        report.oldest_written.clone_from(&progress.oldest_written);
        report.files = progress.files;
        report.rejected_files.clone_from(&progress.rejected_files);
        report.tables.clear();
        let steps = if progress.stage == Stage::Apply { steps(target, resolved) } else { Vec::new() };
        for (index, table) in target.tables.iter().enumerate() {
            let staged = plan.loaded.counts.get(&table.profile.name);
            let counts = match resolved.get(index).filter(|_| progress.stage >= Stage::Apply) {
                Some(resolved) => merged(staged, &so_far(resolved.counts, &steps, index, checkpoint)),
                None => staged.copied().unwrap_or_default(),
            };
            report.tables.insert(table.profile.name.clone(), counts);
        }
        for table in plan.header.iter().flat_map(|header| &header.tables) {
            // Tables without rows, and those that the target lacks.
            let counts = plan.loaded.counts.get(&table.name).copied().unwrap_or_default();
            report.tables.entry(table.name.clone()).or_insert(counts);
        }
        let rows = plan.loaded.counts.values().map(|counts| counts.staged).sum();
        report.phases.clear();
        self.phase("read", plan.loaded.seconds.0, rows);
        self.phase("stage", plan.loaded.seconds.1, rows);
        if progress.stage >= Stage::Apply {
            let indexing = resolved.iter().map(|table| table.index_seconds).sum();
            self.phase("index", indexing, rows);
            self.phase("resolve", (progress.resolve_seconds - indexing).max(0.0), rows);
            if !self.request.dry_run {
                self.phase("update", progress.update.0, progress.update.1);
                self.phase("insert", progress.insert.0, progress.insert.1);
            }
            self.phase("files", progress.files_seconds, progress.files.placed + progress.files.placeholders);
        }
        for warning in plan.loaded.warnings.clone() {
            self.warn_once(warning);
        }
    }

    fn sum(&mut self) {
        let mut totals = ImportCounts::default();
        for counts in self.report.tables.values() {
            totals.add(counts);
        }
        self.report.totals = totals;
    }

    /// Sums, status and warnings from the counts.
    pub(super) fn conclude(&mut self) {
        self.sum();
        let (totals, files) = (self.report.totals, self.report.files);
        self.report.status = if self.request.dry_run {
            Status::DryRun
        } else if totals.inserted + totals.updated + totals.created_at_adjusted == 0
            && totals.rejected + files.rejected == 0
        {
            Status::NothingToDo
        } else {
            Status::Finished
        };
        if totals.orphans_nulled > 0 {
            self.warn_once(format!(
                "references that lead to rows that are missing, which are NULL in new rows, while existing rows keep theirs: {}",
                totals.orphans_nulled
            ));
        }
        for (table, rows) in self.ignored() {
            let why = if self.report.ignored_tables.contains(&table) {
                "the database has no such table"
            } else {
                "they refer to a kind of object that the profile or the database does not have, or hang on a row that does"
            };
            self.warn_once(format!("rows of `{table}` that were left out, because {why}: {rows}"));
        }
        if files.skipped > 0 && self.request.files_root.is_none() {
            self.warn_once(format!(
                "physical files that were left out, because no --files-root was given: {}. Import this bundle again with a \
                 --files-root: the source does not send them once more",
                files.skipped
            ));
        }
        if files.renamed > 0 {
            self.warn_once(format!(
                "physical files that have another name here, because their path belongs to another row or file of the \
                 target: {}; the rows say so",
                files.renamed
            ));
        }
        if files.rejected > 0 {
            self.warn_once(format!(
                "physical files that were not taken: {}; the report names them and says why. Their rows were imported",
                files.rejected
            ));
        }
        if self.request.dry_run {
            self.warn_once(
                "this is a preview: what only CHECK constraints and triggers would refuse is not foretold".to_owned(),
            );
            let so_far: f64 = self.report.phases.iter().map(|phase| phase.seconds).sum();
            let staged = self.report.phases.iter().find(|phase| phase.name == "stage");
            let pace = staged.map_or(0.0, |phase| so_far / (phase.rows.max(1) as f64));
            // Writing a row to an indexed base table takes a few times what staging and resolving it took.
            self.report.estimated_seconds = Some(so_far + 3.0 * pace * (totals.inserted + totals.updated) as f64);
        }
    }

    /// The tables of which rows were left out, and how many.
    fn ignored(&self) -> Vec<(String, u64)> {
        let of = self.report.tables.iter().map(|(table, counts)| (table.clone(), counts.ignored));
        of.filter(|(_, rows)| *rows > 0).collect()
    }

    fn phase(&mut self, name: &str, seconds: f64, rows: u64) {
        self.report.phases.push(Phase { name: name.to_owned(), seconds: seconds.max(0.0) + 0.0, rows });
    }

    /// Ends the rejects file. `done`: whether its rows are all that is left to take in.
    fn keep_rejects(&mut self, done: bool) -> Result<()> {
        self.report.rejects_file = self.rejects.finish()?.map(|path| path.display().to_string());
        let done = done && !self.request.dry_run;
        let again =
            |path: &String| format!("gapsync import --retry-rejects={}{}", shell_word(path), self.context.run.again);
        self.report.retry_command = self.report.rejects_file.as_ref().filter(|_| done).map(again);
        let counted: u64 = self.report.reject_reasons.iter().map(|reason| reason.rows).sum();
        if counted != self.rejects.rejected() {
            self.report.reject_reasons = self.rejects.reasons(&self.context.profile)?;
        }
        Ok(())
    }
}

/// What of a table's counts is done while its rows are written; rows whose turn has not come are in none but `staged`.
fn so_far(counts: ImportCounts, steps: &[Step], table: usize, checkpoint: &Checkpoint) -> ImportCounts {
    let (reached, _) = checkpoint.progress.step;
    let done = |work: Work, planned: u64| {
        let step = steps.iter().position(|step| step.table == table && step.work == work);
        match step.map(|step| step.cmp(&reached)) {
            Some(std::cmp::Ordering::Greater) => 0,
            Some(std::cmp::Ordering::Equal) => checkpoint.progress.step_rows.min(planned),
            Some(std::cmp::Ordering::Less) | None => planned,
        }
    };
    ImportCounts {
        inserted: done(Work::Insert, counts.inserted),
        updated: done(Work::Change, counts.updated),
        ..counts
    }
}

/// Returns the counts of a table: what staging rejected or left out, and what became of the rest.
fn merged(staged: Option<&ImportCounts>, resolved: &ImportCounts) -> ImportCounts {
    let Some(staged) = staged else { return *resolved };
    let mut counts = *resolved;
    counts.staged = staged.staged;
    counts.rejected += staged.rejected;
    counts.ignored += staged.ignored;
    counts
}
