//! The report of an import: what was done, put together from the checkpoint, and what the user should know.

use crate::error::{Error, ErrorKind, Result};
use crate::model::run::{BundleMark, ImportCounts, Phase, Report, Status};
use crate::run::ended::{CARRY_AGAIN, failure};
use crate::run::rejects::Rejects;
use crate::run::shell::shell_word;

use super::checkpoint::{Checkpoint, Stage};
use super::job::Job;
use super::steps::{Step, Work, steps};
use super::target::Target;

/// The report of a run, while it is written.
pub(super) struct Account<'a> {
    pub(super) job: Job<'a>,
    pub(super) report: &'a mut Report<ImportCounts>,
}

impl Account<'_> {
    /// Puts a warning into the report, unless it is there; returns whether it was not.
    pub(super) fn warn_once(&mut self, warning: String) -> bool {
        let is_new = !self.report.warnings.contains(&warning);
        if is_new {
            self.report.warnings.push(warning);
        }
        is_new
    }

    /// Notes the tables and columns of the bundle that the target lacks.
    pub(super) fn note_left_out(&mut self, target: &Target) {
        self.report.ignored_tables.clone_from(&target.ignored_tables);
        self.report.ignored_columns.clone_from(&target.ignored_columns);
    }

    /// Puts counts and times into the report, as far as the checkpoint says that they are done.
    pub(super) fn settle(&mut self, checkpoint: &Checkpoint, target: &Target) {
        let Checkpoint { plan, progress, resolved, .. } = checkpoint;
        let report = &mut *self.report;
        report.bundle = BundleMark { name: std::mem::take(&mut report.bundle.name), ..plan.bundle.clone() };
        report.oldest_written.clone_from(&progress.oldest_written);
        report.files = progress.files;
        report.rejected_files.clone_from(&progress.rejected_files);
        report.ignored_tables.clone_from(&plan.loaded.ignored_tables);
        report.ignored_columns.clone_from(&plan.loaded.ignored_columns);
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
            if !self.job.request.dry_run {
                self.phase("update", progress.update.0, progress.update.1);
                self.phase("insert", progress.insert.0, progress.insert.1);
            }
            self.phase("files", progress.files_seconds, progress.files.placed + progress.files.placeholders);
        }
        for warning in plan.loaded.warnings.clone() {
            self.warn_once(warning);
        }
        self.sum();
    }

    /// Counts what a run that failed has done.
    pub(super) fn settle_part(&mut self, checkpoint: &Checkpoint, target: &Target) {
        let progress = &checkpoint.progress;
        if progress.stage == Stage::Apply {
            let steps = steps(target, &checkpoint.resolved);
            self.report.failed_phase = steps.get(progress.step.0).map(|step| step.work.name().to_owned());
        }
        self.settle(checkpoint, target);
    }

    fn sum(&mut self) {
        let mut totals = ImportCounts::default();
        for counts in self.report.tables.values() {
            totals.add(counts);
        }
        self.report.totals = totals;
    }

    /// Puts the status into the report, and the warnings that follow from the counts.
    pub(super) fn conclude(&mut self) {
        let (totals, files) = (self.report.totals, self.report.files);
        self.report.status = if self.job.request.dry_run {
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
                "they refer to a kind of object that the profile or the database does not have, or to a row that does"
            };
            self.warn_once(format!("rows of `{table}` that were left out, because {why}: {rows}"));
        }
        if files.skipped > 0 && self.job.request.files_root.is_none() {
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
        if self.job.request.dry_run {
            self.estimate();
        }
    }

    /// Says in a preview how long a real run would take.
    fn estimate(&mut self) {
        self.warn_once(
            "this is a preview: what only CHECK constraints and triggers would refuse is not foretold".to_owned(),
        );
        let so_far: f64 = self.report.phases.iter().map(|phase| phase.seconds).sum();
        let staged = self.report.phases.iter().find(|phase| phase.name == "stage");
        let pace = staged.map_or(0.0, |phase| so_far / (phase.rows.max(1) as f64));
        let written = self.report.totals.inserted + self.report.totals.updated;
        // Writing a row to an indexed base table takes a few times what staging and resolving it took.
        self.report.estimated_seconds = Some(so_far + 3.0 * pace * written as f64);
    }

    /// Returns the tables of which rows were left out, and how many.
    fn ignored(&self) -> Vec<(String, u64)> {
        let of = self.report.tables.iter().map(|(table, counts)| (table.clone(), counts.ignored));
        of.filter(|(_, rows)| *rows > 0).collect()
    }

    /// Adds a phase and what it took.
    pub(super) fn phase(&mut self, name: &str, seconds: f64, rows: u64) {
        self.report.phases.push(Phase { name: name.to_owned(), seconds: seconds.max(0.0) + 0.0, rows });
    }

    /// Ends the rejects file. `done`: whether its rows are all that is left to take in.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn keep_rejects(&mut self, rejects: &mut Rejects, done: bool) -> Result<()> {
        let context = self.job.context;
        self.report.rejects_file = rejects.finish()?.map(|path| path.display().to_string());
        let done = done && !self.job.request.dry_run;
        let again = |path: &String| format!("gapsync import --retry-rejects={}{}", shell_word(path), context.run.again);
        self.report.retry_command = self.report.rejects_file.as_ref().filter(|_| done).map(again);
        let counted: u64 = self.report.reject_reasons.iter().map(|reason| reason.rows).sum();
        if counted != rejects.rejected() {
            self.report.reject_reasons = rejects.reasons(&context.profile)?;
        }
        Ok(())
    }

    /// Puts an error into the report with what to do about it; returns it with its hint.
    pub(super) fn fail(&mut self, error: Error, checkpoint: &Checkpoint, resumable: bool) -> Error {
        let begun = checkpoint.run_id.is_some();
        let error = if resumable {
            self.report.resume.clone_from(&self.job.request.command);
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
            self.report.failed_phase = Some(checkpoint.progress.stage.name().to_owned());
        }
        error
    }

    /// Returns what to do about a file that is damaged.
    fn mend(&self) -> &'static str {
        if self.job.takes_back() {
            "Mend the file there, then run the command again."
        } else if self.job.is_bundle() {
            CARRY_AGAIN
        } else {
            "Carry the tarball over once more."
        }
    }
}

/// Returns what of a table's counts is done while its rows are written; rows whose turn has not come are only in `staged`.
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
