//! The run of a migration, from the request to the report.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::dates::{self, Date};
use super::pipeline::Pipeline;
use super::plan::{days_inside, replaceable};
use super::preview::Preview;
use super::report::MigrateBody;
use super::request::MigrateRequest;
use super::retire::{backup_of, check_backup, refuse_unknown_backup};
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
        if self.request.dry_run && self.request.init && Target::is_missing(self.request).await? {
            self.report.warnings.push("the target does not exist yet: --init will create it".to_owned());
            return self.preview().run(None, &trees).await;
        }
        let mut target = Target::open(self.request, self.context).await?;
        let mut rejects = Rejects::new(rejects_path(&self.context.report_dir, &self.report.body.name));
        rejects = rejects.limited(self.request.max_rejects);
        let begun = target.begin_run(self.report).await;
        let outcome = match begun {
            Ok(()) if self.request.dry_run => self.preview().run(Some(&mut target), &trees).await,
            Ok(()) => self.pipelines(&mut target, trees, &mut rejects).await,
            Err(error) => Err(error),
        };
        self.report.peak_memory_bytes = peak_memory();
        let outcome = outcome.and(self.rejected(&mut rejects));
        if let Err(error) = &outcome {
            self.report.status = Status::after(error);
            self.report.error = Some(ended::failure(error));
            let stopped = error.kind() == ErrorKind::Interrupted;
            if self.report.body.staging_left.is_some() {
                self.report.body.cleanup = target.cleanup_command();
            }
            if self.report.body.staging_left.is_some() || (stopped && !self.request.dry_run) {
                self.report.resume = Some(self.request.command.clone());
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
            if tree.is_some() && !self.request.keep_source && !self.request.dry_run {
                check_backup(mapping, root)?;
            }
            trees.push(tree);
        }
        self.find_days(&mut trees)?;
        Ok(trees)
    }

    /// Makes sure that there are rows of all days that are to be replaced.
    fn find_days(&self, trees: &mut [Option<Tree>]) -> Result<()> {
        let request = self.request;
        let missing = |trees: &[Option<Tree>]| -> BTreeSet<Date> {
            let found = |day: &Date| {
                let mut trees = trees.iter().flatten();
                trees.any(|tree| !replaceable(tree, &BTreeSet::from([*day])).is_empty())
            };
            request.replace_days.iter().filter(|day| !found(day)).copied().collect()
        };
        // Only then are files with rows of many days worth a look.
        if !missing(trees).is_empty() {
            for (mapping, tree) in request.mappings.iter().zip(trees.iter_mut()) {
                let Some(tree) = tree else { continue };
                tree.days_inside = days_inside(mapping, &request.old_path, tree, request.max_row_bytes)?;
            }
        }
        match missing(trees).first() {
            Some(day) => Err(Error::usage(format!("the old tree has no file of {}, which is to be replaced", dates::shown(*day)))
                .hint("Put the files of the day back into their place: they may be in the backup folder. Nothing was deleted.")),
            None => Ok(()),
        }
    }

    fn preview(&mut self) -> Preview<'_> {
        Preview { request: self.request, report: self.report, problems: Vec::new() }
    }

    async fn pipelines(&mut self, target: &mut Target, trees: Vec<Option<Tree>>, rejects: &mut Rejects) -> Result<()> {
        let mut files = 0;
        for (mapping, tree) in self.request.mappings.iter().zip(trees) {
            let Some(tree) = tree else {
                let known = target.known(&mapping.pipeline).await?;
                refuse_unknown_backup(mapping, &self.request.old_path, &known)?;
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
                keeps: BTreeSet::new(),
            };
            files += pipeline.run(tree).await?;
        }
        if files == 0 {
            self.report.status = Status::NothingToDo;
        }
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
