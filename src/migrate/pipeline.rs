//! Migrates one pipeline: stages its files, publishes their rows, retires its tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::account::Done;
use super::dates::Date;
use super::group::Published;
use super::lookup::missing_lookups;
use super::mapping::Mapping;
use super::plan::{Planned, Planner, State, refuse_changed, refuse_strange, replaceable};
use super::report::{FamilyReport, FileReport, LookupReport, MigrateBody, PipelineReport};
use super::request::MigrateRequest;
use super::retire::retire;
use super::sql::Loaded;
use super::stage::{Days, Stage, Staged};
use super::table::TargetTable;
use super::target::{Staging, Target};
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
    /// Tables whose rows of these days stay.
    pub(super) keeps: BTreeSet<String>,
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
        let planner = Planner {
            mapping: &self.mapping,
            root: &root,
            known: &known,
            replace: &self.replace,
            max_row_bytes: self.request.max_row_bytes,
        };
        let planned = planner.files(&tree)?;
        self.keeps = planner.kept(&tree)?;
        refuse_changed(&planned)?;
        refuse_strange(&self.mapping, &root, &tree)?;
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
                Box::pin(self.round(&tables, &round)).await?;
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
        let Staged { mut files, days, unknown, loaded } = self.stage(tables, work).await?;
        self.rejects.check()?;
        let is_direct = loaded.is_some();
        self.publish(tables, (&mut files, &days), loaded).await?;
        self.account(work, &files);
        self.unknown_codes(unknown);
        self.first_file += work.len();
        if !is_direct {
            self.target.drop_staging(tables).await?;
            self.report.body.staging_left = None;
        }
        Ok(())
    }

    /// Returns the name of a phase: `stage flow`.
    fn phase(&self, name: &str) -> String {
        format!("{name} {}", self.mapping.pipeline)
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

    /// Reads the files into the staging tables, or straight into the target tables if these allow it.
    async fn stage(&mut self, tables: &[TargetTable], work: &[&Planned]) -> Result<Staged> {
        let began = Instant::now();
        self.rejects.name_files(self.first_file, work.iter().map(|file| file.source.path.clone()));
        let bytes = work.iter().map(|file| file.source.bytes).sum();
        self.context.progress.phase(self.phase("stage"), None, Some(bytes));
        for warning in missing_lookups(&self.mapping, &self.request.old_path)? {
            self.context.progress.warning(warning.clone());
            self.report.warnings.push(warning);
        }
        let staging = self.way(tables).await?;
        let stage = Stage {
            request: self.request,
            context: self.context,
            mapping: &self.mapping,
            tables,
            work,
            first_file: self.first_file,
        };
        let staged = stage.run(staging, self.rejects).await?;
        let rows = staged.files.iter().map(|file| file.records).sum();
        self.report.phases.push(Phase { name: self.phase("stage"), seconds: began.elapsed().as_secs_f64(), rows });
        Ok(staged)
    }

    /// Returns the way of the rows. Days that are replaced go by staging tables, so that they are deleted at the last moment.
    async fn way(&mut self, tables: &[TargetTable]) -> Result<Staging> {
        if self.replace.is_empty() && self.target.is_direct(tables).await? {
            return self.target.direct(tables).await;
        }
        let loaders = self.request.resources.loaders();
        let staging = self.target.stage(&self.mapping.pipeline, tables, loaders).await;
        let refused = |error: &Error| matches!(error.kind(), ErrorKind::Usage | ErrorKind::Locked | ErrorKind::Schema);
        if !staging.as_ref().is_err_and(refused) {
            self.report.body.staging_left = Some(self.target.staging_shown());
        }
        staging
    }

    /// Moves the staged rows into the tables, group by group, or commits those that are there already.
    async fn publish(
        &mut self,
        tables: &[TargetTable],
        (files, days): (&mut [Done], &Days),
        loaded: Option<Loaded>,
    ) -> Result<()> {
        let began = Instant::now();
        let all = files.iter().map(Done::inserted).sum();
        self.context.progress.phase(self.phase("publish"), Some(all), None);
        fail::point("migrate.staged");
        self.rejects.applying();
        let mut published = Published {
            pipeline: &self.mapping.pipeline,
            tables,
            days,
            replace: &self.replace,
            keeps: &self.keeps,
            rejects: self.rejects,
            progress: &self.context.progress,
            cancel: &self.context.cancel,
            retries: 0,
        };
        let outcome = self.target.publish(&mut published, files, loaded).await;
        self.report.retries += published.retries;
        outcome?;
        self.report.phases.push(Phase {
            name: self.phase("publish"),
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

    /// Adds the records with codes that lookups lack to the report.
    fn unknown_codes(&mut self, unknown: BTreeMap<String, u64>) {
        let pipeline = &self.mapping.pipeline;
        for (lookup, records) in unknown {
            let known = &mut self.report.body.unknown_codes;
            match known.iter_mut().find(|known| known.pipeline == *pipeline && known.lookup == lookup) {
                Some(known) => known.records += records,
                None => known.push(LookupReport { pipeline: pipeline.clone(), lookup, records }),
            }
        }
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
                .hint(format!(
                    "All other rows of the pipeline {} are migrated. Stop what writes to the old tree and migrate again.",
                    self.mapping.pipeline
                )));
        }
        fail::point("migrate.retire");
        let grown: BTreeSet<&str> =
            planned.iter().filter(|file| file.state == State::Grown).map(|file| file.source.path.as_str()).collect();
        let backup = retire(&self.mapping, root, &|path| !self.replace.is_empty() || grown.contains(path))?;
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
