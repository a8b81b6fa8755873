//! The report of an import: what was done, according to the checkpoint, and what the user should know.

use crate::error::{Error, ErrorKind, Result};
use crate::model::manifest::BundleMark;
use crate::model::profile::TableProfile;
use crate::model::run::{Phase, Status};
use crate::run::ended::{CARRY_AGAIN, failure};
use crate::run::rejects::Rejects;
use crate::run::report::Report;
use crate::run::shell::shell_word;
use crate::sync::report::{ImportBody, ImportCounts};

use super::checkpoint::{Checkpoint, Stage};
use super::job::Job;
use super::steps::{Step, Work, steps};
use super::target::Target;

/// The report of a run in progress.
pub(super) struct Account<'a> {
    pub(super) job: Job<'a>,
    pub(super) report: &'a mut Report<ImportBody>,
}

impl Account<'_> {
    /// Adds a warning to the report unless it is already there; returns whether it was added.
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

    /// Adds counts and times to the report for everything that the checkpoint lists as done.
    pub(super) fn settle(&mut self, checkpoint: &Checkpoint, target: &Target) {
        let Checkpoint { plan, position, resolved, .. } = checkpoint;
        let report = &mut *self.report;
        report.body.bundle = BundleMark { name: std::mem::take(&mut report.body.bundle.name), ..plan.bundle.clone() };
        report.body.oldest_written.clone_from(&position.oldest_written);
        report.body.files = position.files;
        report.body.rejected_files.clone_from(&position.rejected_files);
        report.ignored_tables.clone_from(&plan.loaded.ignored_tables);
        report.ignored_columns.clone_from(&plan.loaded.ignored_columns);
        report.tables.clear();
        let steps = if position.stage == Stage::Apply { steps(target, resolved) } else { Vec::new() };
        for (index, table) in target.tables.iter().enumerate() {
            let staged = plan.loaded.counts.get(&table.profile.name);
            let counts = match resolved.get(index).filter(|_| position.stage >= Stage::Apply) {
                Some(resolved) => merged(staged, &so_far(resolved.counts, &steps, index, checkpoint)),
                None => staged.copied().unwrap_or_default(),
            };
            report.tables.insert(table.profile.name.clone(), counts);
        }
        for table in plan.header.iter().flat_map(|header| &header.tables) {
            // Tables without rows, and tables that the target lacks.
            let counts = plan.loaded.counts.get(&table.name).copied().unwrap_or_default();
            report.tables.entry(table.name.clone()).or_insert(counts);
        }
        let rows = plan.loaded.counts.values().map(|counts| counts.staged).sum();
        report.phases.clear();
        self.phase("read", plan.loaded.seconds.0, rows);
        self.phase("stage", plan.loaded.seconds.1, rows);
        if position.stage >= Stage::Apply {
            let indexing = resolved.iter().map(|table| table.index_seconds).sum();
            self.phase("index", indexing, rows);
            self.phase("resolve", (position.resolve_seconds - indexing).max(0.0), rows);
            // A preview has no run that could have written anything.
            if checkpoint.run_id.is_some() {
                self.phase("update", position.update.0, position.update.1);
                self.phase("insert", position.insert.0, position.insert.1);
            }
            self.phase("files", position.files_seconds, position.files.placed + position.files.placeholders);
        }
        let resolved = resolved.iter().flat_map(|table| &table.warnings);
        for warning in plan.loaded.warnings.iter().chain(resolved).cloned().collect::<Vec<_>>() {
            self.warn_once(warning);
        }
        self.sum();
    }

    /// Counts the work of a run that failed.
    pub(super) fn settle_part(&mut self, checkpoint: &Checkpoint, target: &Target) {
        let position = &checkpoint.position;
        if position.stage == Stage::Apply {
            let steps = steps(target, &checkpoint.resolved);
            self.report.failed_phase = steps.get(position.step.0).map(|step| step.work.name().to_owned());
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

    /// Sets the status of the report, and adds the warnings that follow from the counts.
    pub(super) fn conclude(&mut self) {
        let (totals, files) = (self.report.totals, &self.report.body.files);
        self.report.status = if totals.inserted + totals.updated + totals.deleted + totals.created_at_adjusted == 0
            && totals.rejected + files.rejected == 0
        {
            Status::NothingToDo
        } else {
            Status::Finished
        };
        self.warn_of_counts();
    }

    /// Concludes the report of a preview, and adds how long a real run would take.
    pub(super) fn conclude_preview(&mut self) {
        self.report.status = Status::DryRun;
        self.warn_of_counts();
        self.estimate();
    }

    fn warn_of_counts(&mut self) {
        let (totals, files) = (self.report.totals, self.report.body.files);
        if totals.orphans_nulled > 0 {
            self.warn_once(format!(
                "references to missing rows, set to NULL in new rows and unchanged in existing ones: {}",
                totals.orphans_nulled
            ));
        }
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for (table, rows) in self.ignored() {
            let why = if self.report.ignored_tables.contains(&table) {
                "the database has no such table"
            } else if self.job.context.profile.tables.iter().any(|table| !table.skip_if.is_empty()) {
                "a list of this side names them (`skip_if`), they refer to a kind of object that the profile or the database \
                 lacks, or they depend on such a row"
            } else if self.job.context.profile.table(&table).is_some_and(TableProfile::skips) {
                "they refer to a row that neither the bundle nor the database has, or to a kind of object that the profile lacks"
            } else {
                "they refer to a kind of object that the profile or the database lacks, or to a row that does so"
            };
            let shown = format!("`{table}` {rows}");
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, tables)) => tables.push(shown),
                None => reasons.push((why, vec![shown])),
            }
        }
        for (why, tables) in reasons {
            self.warn_once(format!("rows skipped because {why}: {}", tables.join(", ")));
        }
        if files.skipped > 0 && self.job.request.files_root.is_none() {
            self.warn_once(format!(
                "physical files skipped because --files-root was not given: {}. Import this bundle again with \
                 --files-root: the source does not send them again",
                files.skipped
            ));
        }
        if files.renamed > 0 {
            self.warn_once(format!(
                "physical files stored under another name because their path belongs to another row or file of the \
                 target: {}; their rows were updated",
                files.renamed
            ));
        }
        if files.rejected > 0 {
            self.warn_once(format!(
                "physical files rejected: {}; the report lists them with the reasons. Their rows were imported",
                files.rejected
            ));
        }
    }

    /// Estimates, in a preview, how long a real run would take.
    fn estimate(&mut self) {
        self.warn_once(
            "this is a preview: it cannot predict what only CHECK constraints and triggers would refuse".to_owned(),
        );
        let so_far: f64 = self.report.phases.iter().map(|phase| phase.seconds).sum();
        let staged = self.report.phases.iter().find(|phase| phase.name == "stage");
        let pace = staged.map_or(0.0, |phase| so_far / (phase.rows.max(1) as f64));
        let written = self.report.totals.inserted + self.report.totals.updated;
        // Writing a row to an indexed base table takes several times as long as staging and resolving it.
        self.report.estimated_seconds = Some(so_far + 3.0 * pace * written as f64);
    }

    /// Returns the tables that had rows skipped, and how many.
    fn ignored(&self) -> Vec<(String, u64)> {
        let of = self.report.tables.iter().map(|(table, counts)| (table.clone(), counts.ignored));
        of.filter(|(_, rows)| *rows > 0).collect()
    }

    /// Adds a phase with its duration and rows.
    pub(super) fn phase(&mut self, name: &str, seconds: f64, rows: u64) {
        self.report.phases.push(Phase { name: name.to_owned(), seconds: seconds.max(0.0) + 0.0, rows });
    }

    /// Finishes the rejects file. `done`: whether its rows are all that is left to import.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn keep_rejects(&mut self, rejects: &mut Rejects, done: bool) -> Result<()> {
        let context = self.job.context;
        self.report.rejects_file = rejects.finish()?.map(|path| path.display().to_string());
        let again = |path: &String| format!("gapsync import --retry-rejects={}{}", shell_word(path), context.run.again);
        self.report.retry_command = self.report.rejects_file.as_ref().filter(|_| done).map(again);
        let counted: u64 = self.report.reject_reasons.iter().map(|reason| reason.rows).sum();
        if counted != rejects.rejected() {
            self.report.reject_reasons = rejects.reasons(Some(&context.profile))?;
        }
        Ok(())
    }

    /// Records an error and its remedy in the report, and returns it with its hint.
    pub(super) fn fail(&mut self, error: Error, checkpoint: &Checkpoint, resumable: bool) -> Error {
        let begun = checkpoint.run_id.is_some();
        let error = if resumable {
            self.report.resume.clone_from(&self.job.request.command);
            error
        } else if error.kind() == ErrorKind::Damaged {
            error.hint(self.mend())
        } else if begun {
            error.hint("Run the command again: rows that are already in the tables are found and left alone.")
        } else {
            error
        };
        self.report.status = Status::after(&error);
        self.report.error = Some(failure(&error));
        if begun {
            self.report.failed_phase = Some(checkpoint.position.stage.name().to_owned());
        }
        error
    }

    /// Returns the remedy for a damaged file.
    fn mend(&self) -> &'static str {
        if self.job.takes_back() {
            "Correct the file there, then run the command again."
        } else if self.job.is_bundle() {
            CARRY_AGAIN
        } else {
            "Copy the tarball over again."
        }
    }
}

/// Returns the part of a table's counts that is done while its rows are being written. Other rows appear only in `staged`.
fn so_far(counts: ImportCounts, steps: &[Step], table: usize, checkpoint: &Checkpoint) -> ImportCounts {
    let (reached, _) = checkpoint.position.step;
    let done = |work: Work, planned: u64| {
        let step = steps.iter().position(|step| step.table == table && step.work == work);
        match step.map(|step| step.cmp(&reached)) {
            Some(std::cmp::Ordering::Greater) => 0,
            Some(std::cmp::Ordering::Equal) => checkpoint.position.step_rows.min(planned),
            Some(std::cmp::Ordering::Less) | None => planned,
        }
    };
    ImportCounts {
        inserted: done(Work::Insert, counts.inserted),
        updated: done(Work::Change, counts.updated),
        deleted: done(Work::Remove, counts.deleted),
        ..counts
    }
}

/// Returns the counts of a table: rows that staging rejected or skipped, and the outcome of the others.
fn merged(staged: Option<&ImportCounts>, resolved: &ImportCounts) -> ImportCounts {
    let Some(staged) = staged else { return *resolved };
    let mut counts = *resolved;
    counts.staged = staged.staged;
    counts.rejected += staged.rejected;
    counts.ignored += staged.ignored;
    counts
}
