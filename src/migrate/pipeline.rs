//! Migrates one pipeline: stages its files, publishes their rows, retires its tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::account::Done;
use super::dates::Date;
use super::group::Published;
use super::lookup::missing_lookups;
use super::mapping::{Day, Mapping};
use super::plan::{Planned, State, plan, refuse_changed, refuse_partial, replaceable};
use super::report::{FamilyReport, FileReport, MigrateBody, PipelineReport};
use super::request::MigrateRequest;
use super::retire::retire;
use super::stage::{Days, Stage, Staged};
use super::table::TargetTable;
use super::target::Target;
use super::tree::{Tree, look};
use crate::error::{Error, ErrorKind, Result};
use crate::model::run::Phase;
use crate::run::Context;
use crate::run::rejects::Rejects;
use crate::run::report::Report;
use crate::run::report::grid::counted;
use crate::stream::fail;

/// How many files a report names.
const NAMED: usize = 1000;

/// A pipeline on its way.
pub(super) struct Pipeline<'a> {
    pub(super) request: &'a MigrateRequest,
    pub(super) context: &'a Context,
    pub(super) mapping: Arc<Mapping>,
    pub(super) target: &'a mut Target,
    pub(super) rejects: &'a mut Rejects,
    pub(super) report: &'a mut Report<MigrateBody>,
    /// How many files the pipelines before had, so that each file of the run has its own number.
    pub(super) first_file: usize,
    /// The days that are replaced.
    pub(super) replace: BTreeSet<Date>,
}

impl Pipeline<'_> {
    /// Migrates the pipeline. Returns how many files it has.
    ///
    /// # Errors
    /// Of any kind; the old tree is then untouched, unless it is the move to the backup folder that failed.
    pub(super) async fn run(&mut self, tree: Tree) -> Result<usize> {
        let root = self.request.old_path.clone();
        let known = self.target.known(&self.mapping.pipeline).await?;
        self.replace = replaceable(&tree, &self.request.replace_days);
        let planned = plan(&self.mapping, &root, &tree, &known, &self.replace)?;
        refuse_partial(&self.mapping, &tree, &known, &self.replace)?;
        refuse_changed(&planned)?;
        if planned.is_empty() && !tree.unknown.is_empty() {
            return Err(Error::schema(format!(
                "no file of the pipeline {} belongs to a family",
                self.mapping.pipeline
            ))
            .at_path(root.join(&self.mapping.tree).display().to_string())
            .hint("Compare the names of the files with the patterns of the mapping. Nothing was migrated or moved."));
        }
        let work: Vec<&Planned> = planned.iter().filter(|file| file.state != State::Migrated).collect();
        self.describe(&tree, &planned);
        let count = work.len();
        if count > 0 {
            let tables = self.target.tables(&self.mapping).await?;
            // Days that are replaced are replaced at once.
            let interrupted = if self.replace.is_empty() {
                self.target.interrupted(&self.mapping.pipeline).await?
            } else {
                BTreeMap::new()
            };
            let was = |file: &&Planned| interrupted.contains_key(&file.source.path);
            let (first, rest): (Vec<&Planned>, Vec<&Planned>) = work.iter().partition(|file| was(file));
            for round in [first, rest] {
                self.round(&tables, &round).await?;
            }
        }
        if !self.request.keep_source {
            self.retire(&planned)?;
        }
        Ok(count)
    }

    /// Stages and publishes files.
    async fn round(&mut self, tables: &[TargetTable], work: &[&Planned]) -> Result<()> {
        if work.is_empty() {
            return Ok(());
        }
        let Staged { mut files, days } = self.stage(tables, work).await?;
        self.rejects.check()?;
        self.publish(tables, work, (&mut files, &days)).await?;
        self.account(work, &files);
        self.first_file += work.len();
        self.target.drop_staging(&self.mapping.pipeline, tables).await
    }

    /// Adds the files to the report, as they were found.
    fn describe(&mut self, tree: &Tree, planned: &[Planned]) {
        for (index, family) in self.mapping.families.iter().enumerate() {
            let mut report = FamilyReport {
                pipeline: self.mapping.pipeline.clone(),
                family: family.name.clone(),
                ..FamilyReport::default()
            };
            for file in planned.iter().filter(|file| file.source.family == index) {
                if file.state == State::Migrated {
                    report.known += 1;
                } else {
                    report.files += 1;
                    report.bytes += file.source.bytes;
                }
            }
            self.report.body.families.push(report);
        }
        self.report.body.pipelines.push(pipeline_report(&self.mapping, tree));
        if !tree.unknown.is_empty() {
            let warning = format!(
                "{} of the pipeline {} without a family: none of their rows is migrated",
                counted(tree.unknown.len() as u64, "file"),
                self.mapping.pipeline
            );
            self.context.progress.warning(warning.clone());
            self.report.warnings.push(warning);
        }
    }

    /// Reads the files into the staging tables.
    async fn stage(&mut self, tables: &[TargetTable], work: &[&Planned]) -> Result<Staged> {
        let began = Instant::now();
        self.rejects.name_files(self.first_file, work.iter().map(|file| file.source.path.clone()));
        let bytes = work.iter().map(|file| file.source.bytes).sum();
        self.context.progress.phase("stage", None, Some(bytes));
        for warning in missing_lookups(&self.mapping, &self.request.old_path)? {
            self.context.progress.warning(warning.clone());
            self.report.warnings.push(warning);
        }
        let stage = Stage {
            request: self.request,
            context: self.context,
            mapping: &self.mapping,
            tables,
            work,
            first_file: self.first_file,
        };
        let staged = stage.run(self.target, self.rejects).await?;
        let rows = staged.files.iter().map(|file| file.records).sum();
        self.report.phases.push(Phase { name: "stage".to_owned(), seconds: began.elapsed().as_secs_f64(), rows });
        Ok(staged)
    }

    /// Returns the tables of families whose rows have days of their own, if the tree has no file of them: their rows of a day
    /// that is replaced would not come back.
    fn keeps(&self, work: &[&Planned]) -> BTreeSet<String> {
        let families = self.mapping.families.iter().enumerate();
        let absent = families
            .filter(|(index, family)| family.day != Day::Path && !work.iter().any(|file| file.source.family == *index));
        absent.flat_map(|(_, family)| family.outputs.iter().map(|output| output.table.clone())).collect()
    }

    /// Moves the staged rows into the tables, group by group.
    async fn publish(
        &mut self,
        tables: &[TargetTable],
        work: &[&Planned],
        (files, days): (&mut [Done], &Days),
    ) -> Result<()> {
        let began = Instant::now();
        let rows = |file: &Done| file.fates.values().map(|fate| fate.inserted).sum::<u64>();
        let all = files.iter().map(rows).sum();
        self.context.progress.phase("publish", Some(all), None);
        fail::point("migrate.staged");
        self.rejects.applying();
        let keeps = self.keeps(work);
        let mut start = 0;
        while start < files.len() {
            // Days are deleted once, in the transaction that brings their rows back.
            let whole = !self.replace.is_empty();
            let mut end = start + 1;
            let mut sum = rows(&files[start]);
            while end < files.len() && (whole || sum.saturating_add(rows(&files[end])) <= self.target.group_rows()) {
                sum += rows(&files[end]);
                end += 1;
            }
            let mut group = Published {
                pipeline: &self.mapping.pipeline,
                tables,
                days,
                replace: &self.replace,
                keeps: &keeps,
                rejects: self.rejects,
                cancel: &self.context.cancel,
                retries: 0,
            };
            let outcome = self.target.publish(&mut group, &mut files[start..end]).await;
            self.report.retries += group.retries;
            outcome?;
            self.context.progress.add_rows(sum);
            self.rejects.check()?;
            start = end;
        }
        self.report.phases.push(Phase {
            name: "publish".to_owned(),
            seconds: began.elapsed().as_secs_f64(),
            rows: all,
        });
        Ok(())
    }

    /// Adds what became of the records to the report.
    fn account(&mut self, work: &[&Planned], files: &[Done]) {
        let mut rejecting = Vec::new();
        for (planned, file) in work.iter().zip(files) {
            let family = &self.mapping.families[planned.source.family].name;
            let mut families = self.report.body.families.iter_mut();
            let found = families.find(|known| known.pipeline == self.mapping.pipeline && known.family == *family);
            if let Some(known) = found {
                known.records += file.records;
            }
            let rejected = file.fates.values().map(|fate| fate.rejected).max().unwrap_or_default();
            if rejected > 0 {
                rejecting.push(FileReport {
                    path: file.path.clone(),
                    family: family.clone(),
                    bytes: file.bytes,
                    records: file.records,
                    rejected,
                    state: "migrated".to_owned(),
                });
            }
            for (table, fate) in &file.fates {
                self.report.tables.entry(table.clone()).or_default().add(*fate);
                self.report.totals.add(*fate);
            }
        }
        let known = std::mem::take(&mut self.report.body.files);
        self.report.body.files = named(known.into_iter().chain(rejecting));
    }

    /// Moves the tree away, if nothing has changed in it since it was looked at.
    fn retire(&mut self, planned: &[Planned]) -> Result<()> {
        let root: &Path = &self.request.old_path;
        let seen: BTreeMap<&str, u64> =
            planned.iter().map(|file| (file.source.path.as_str(), file.source.bytes)).collect();
        let now = look(&self.mapping, root)?.unwrap_or_default();
        if let Some(file) = now.files.iter().find(|file| seen.get(file.path.as_str()) != Some(&file.bytes)) {
            return Err(Error::new(ErrorKind::File, "the file was added or changed while the pipeline was migrated")
                .at_path(&file.path)
                .hint("All other rows are migrated. Stop what writes to the old tree and migrate again."));
        }
        fail::point("migrate.retire");
        let backup = retire(&self.mapping, root, !self.replace.is_empty())?;
        if let Some(report) = self.report.body.pipelines.last_mut() {
            report.backup = Some(backup.display().to_string());
        }
        Ok(())
    }
}

/// Returns what a report says of a pipeline before it is migrated.
pub(super) fn pipeline_report(mapping: &Mapping, tree: &Tree) -> PipelineReport {
    PipelineReport {
        pipeline: mapping.pipeline.clone(),
        ignored: tree.ignored,
        unknown: tree.unknown.iter().take(NAMED).cloned().collect(),
        backup: None,
    }
}

/// Returns the files that a report names: the first thousand.
pub(super) fn named(files: impl Iterator<Item = FileReport>) -> Vec<FileReport> {
    files.take(NAMED).collect()
}
