//! The run of a migration, from the request to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::pipeline::{Pipeline, named, pipeline_report};
use super::plan::{State, described, plan, replaceable};
use super::report::{FamilyReport, MigrateBody};
use super::request::MigrateRequest;
use super::retire::backup_of;
use super::target::Target;
use super::tree::{Tree, look};
use crate::error::{Error, ErrorKind, Result};
use crate::model::run::Status;
use crate::run::Context;
use crate::run::ended::{self, Ended, peak_memory, rejects_path};
use crate::run::rejects::Rejects;
use crate::run::report::Report;

/// The suffix of a report's name.
const SUFFIX: &str = "-migrate.txt";

/// Runs a migration. The report is returned however the run ended.
pub async fn migrate(request: &MigrateRequest, context: &Context) -> Ended<MigrateBody> {
    let mut report = Report::of_run(request.options());
    report.body = MigrateBody {
        name: format!("gapsync-{}-{}", unix_time(), std::process::id()),
        old_path: request.old_path.display().to_string(),
        engine: request.engine.shown(),
        ..MigrateBody::default()
    };
    let outcome = Run { request, context, report: &mut report }.run().await;
    ended::end(report, outcome, context, SUFFIX)
}

/// Returns the statements that a migration sends.
///
/// # Errors
/// `Usage`.
pub fn script(request: &MigrateRequest) -> Result<String> {
    Target::script(request)
}

struct Run<'a> {
    request: &'a MigrateRequest,
    context: &'a Context,
    report: &'a mut Report<MigrateBody>,
}

impl Run<'_> {
    async fn run(&mut self) -> Result<()> {
        let trees = self.trees()?;
        let mut target = match Target::open(self.request, self.context).await {
            Ok(target) => target,
            // The tables, or even the database, are still to be made.
            Err(error) if self.request.dry_run && self.request.init => {
                self.report.warnings.push(format!("the target cannot be opened yet: {error}"));
                return self.preview(None, &trees).await;
            }
            Err(error) => return Err(error),
        };
        let mut rejects = Rejects::new(rejects_path(&self.context.report_dir, &self.report.body.name));
        rejects = rejects.limited(self.request.max_rejects);
        let begun = target.begin_run(self.report).await;
        let outcome = match begun {
            Ok(()) if self.request.dry_run => self.preview(Some(&mut target), &trees).await,
            Ok(()) => self.pipelines(&mut target, trees, &mut rejects).await,
            Err(error) => Err(error),
        };
        self.report.peak_memory_bytes = peak_memory();
        let outcome = outcome.and(self.rejected(&mut rejects));
        if let Err(error) = &outcome {
            self.report.status = Status::after(error);
            self.report.error = Some(ended::failure(error));
            if !self.request.dry_run {
                self.report.body.staging_left = Some(target.staging_shown());
            }
        }
        let ended = target.end_run(self.report).await;
        outcome.and(ended)
    }

    /// Looks for the trees of all pipelines, before anything is written.
    fn trees(&self) -> Result<Vec<Option<Tree>>> {
        let root = &self.request.old_path;
        if !root.is_dir() {
            return Err(Error::new(ErrorKind::File, "the old tree is not a folder").at_path(root.display().to_string()));
        }
        let mut trees = Vec::new();
        for mapping in &self.request.mappings {
            let tree = look(mapping, root)?;
            if tree.is_none() && !backup_of(mapping, root).is_dir() {
                return Err(Error::new(ErrorKind::File, format!("the old tree has no files of the pipeline {}", mapping.pipeline))
                    .at_path(root.join(&mapping.tree).display().to_string())
                    .hint("Check the old path: it is the folder that contains `data`. Leave out pipelines that were not used."));
            }
            trees.push(tree);
        }
        let found: BTreeSet<_> =
            trees.iter().flatten().flat_map(|tree| replaceable(tree, &self.request.replace_days)).collect();
        if let Some((year, month, day)) = self.request.replace_days.iter().find(|day| !found.contains(day)) {
            return Err(Error::usage(format!("the old tree has no file of {year:04}-{month:02}-{day:02}, which is to be replaced"))
                .hint("Put the files of the day back into their place: they may be in the backup folder. Nothing was deleted."));
        }
        Ok(trees)
    }

    async fn pipelines(&mut self, target: &mut Target, trees: Vec<Option<Tree>>, rejects: &mut Rejects) -> Result<()> {
        let mut files = 0;
        for (mapping, tree) in self.request.mappings.iter().zip(trees) {
            let Some(tree) = tree else {
                if target.known(&mapping.pipeline).await?.is_empty() {
                    let backup = backup_of(mapping, &self.request.old_path);
                    return Err(Error::new(
                        ErrorKind::File,
                        format!(
                            "the files of {} are in the backup folder, but were never migrated into this target",
                            mapping.pipeline
                        ),
                    )
                    .at_path(backup.display().to_string())
                    .hint("Check the target, or move the folder back to where it was and migrate again."));
                }
                self.context
                    .progress
                    .note(format!("the files of {} are in the backup folder already", mapping.pipeline));
                continue;
            };
            let mut pipeline = Pipeline {
                request: self.request,
                context: self.context,
                mapping: Arc::new(mapping.clone()),
                target,
                rejects,
                report: self.report,
                first_file: files,
                replace: BTreeSet::new(),
            };
            files += pipeline.run(tree).await?;
        }
        if files == 0 {
            self.report.status = Status::NothingToDo;
        }
        Ok(())
    }

    /// Describes what would be done.
    async fn preview(&mut self, mut target: Option<&mut Target>, trees: &[Option<Tree>]) -> Result<()> {
        let root = &self.request.old_path;
        let mut files = Vec::new();
        for (mapping, tree) in self.request.mappings.iter().zip(trees) {
            let Some(tree) = tree else { continue };
            let known = match &mut target {
                Some(target) => target.known(&mapping.pipeline).await?,
                None => BTreeMap::new(),
            };
            let replace = replaceable(tree, &self.request.replace_days);
            let planned = plan(mapping, root, tree, &known, &replace)?;
            self.report.body.pipelines.push(pipeline_report(mapping, tree));
            for (index, family) in mapping.families.iter().enumerate() {
                let mut report = FamilyReport {
                    pipeline: mapping.pipeline.clone(),
                    family: family.name.clone(),
                    ..FamilyReport::default()
                };
                for file in planned.iter().filter(|file| file.source.family == index) {
                    let described = described(mapping, root, file);
                    if file.state == State::Migrated {
                        report.known += 1;
                    } else {
                        report.files += 1;
                        report.bytes += described.bytes;
                        report.records += described.records;
                    }
                    files.push(described);
                }
                self.report.body.families.push(report);
            }
            if planned.iter().any(|file| file.state == State::Changed) {
                let warning =
                    format!("files of {} have changed since they were migrated: see --replace-day", mapping.pipeline);
                self.report.warnings.push(warning);
            }
        }
        self.report.body.files = named(files.into_iter());
        self.report.status = Status::DryRun;
        Ok(())
    }

    fn rejected(&mut self, rejects: &mut Rejects) -> Result<()> {
        self.report.rejects_file = rejects.finish()?.map(|path| path.display().to_string());
        self.report.reject_reasons = rejects.reasons(None)?;
        Ok(())
    }
}

fn unix_time() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
