//! Migrates one pipeline: stages its files, publishes their rows, retires its tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::account::{Done, Fate};
use super::dates::Date;
use super::group::Published;
use super::lookup::missing_lookups;
use super::mapping::{Day, Mapping};
use super::plan::{Planned, State, plan, refuse_changed, refuse_partial, replaceable};
use super::reader::{Item, Reading, Work, start};
use super::report::{FamilyReport, FileReport, MigrateBody, PipelineReport};
use super::request::MigrateRequest;
use super::retire::retire;
use super::rows::Plan;
use super::table::TargetTable;
use super::target::{Staging, Target};
use super::tree::{Tree, look};
use crate::error::{Error, ErrorKind, Result};
use crate::model::batch::RowBatch;
use crate::model::run::Phase;
use crate::run::Context;
use crate::run::rejects::Rejects;
use crate::run::report::Report;
use crate::run::report::grid::counted;
use crate::stream::budget::{Budget, Permit};
use crate::stream::{cpu, fail};

/// Size at which the rows of a table are handed to a loader.
const LOAD_BYTES: usize = 1 << 20;

/// The most memory that rows in flight may take, whatever the machine has: more would not be faster.
const IN_FLIGHT: u64 = 24 << 20;

/// The days of the staged rows, by table.
type Days = BTreeMap<String, BTreeSet<Date>>;

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
        let (mut files, days) = self.stage(tables, work).await?;
        self.rejects.check()?;
        self.publish(tables, work, (&mut files, &days)).await?;
        self.account(work, &files);
        self.first_file += work.len();
        self.target.drop_staging(tables).await
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
    async fn stage(&mut self, tables: &[TargetTable], work: &[&Planned]) -> Result<(Vec<Done>, Days)> {
        let began = Instant::now();
        self.rejects.name_files(self.first_file, work.iter().map(|file| file.source.path.clone()));
        let bytes = work.iter().map(|file| file.source.bytes).sum();
        self.context.progress.phase("stage", None, Some(bytes));
        let plans = self.plans(tables)?;
        for warning in missing_lookups(&self.mapping, &self.request.old_path)? {
            self.context.progress.warning(warning.clone());
            self.report.warnings.push(warning);
        }
        let staging = self.target.stage(&self.mapping.pipeline, tables, self.request.resources.loaders()).await?;
        let reading = Reading {
            root: self.request.old_path.clone(),
            mapping: Arc::clone(&self.mapping),
            budget: Budget::new(self.request.resources.row_bytes().min(IN_FLIGHT)),
            progress: self.context.progress.clone(),
            cancel: self.context.cancel.clone(),
            max_row_bytes: self.request.max_row_bytes,
        };
        let items = work.iter().enumerate().map(|(index, file)| Work {
            file: index,
            number: self.first_file + index + 1,
            source: file.source.clone(),
            plan: Arc::clone(&plans[file.source.family]),
            only: file.only.clone(),
        });
        let mut items = start(reading, items.collect());
        let mut stage = Stage {
            staging,
            mapping: &self.mapping,
            plans: &plans,
            index: tables.iter().enumerate().map(|(index, table)| (table.name.as_str(), index)).collect(),
            pending: tables.iter().map(|table| (RowBatch::new(table.columns.len()), Vec::new())).collect(),
            files: work.iter().enumerate().map(|(index, file)| self.done(index, file)).collect(),
            days: Days::new(),
        };
        while let Some(item) = items.next().await? {
            self.context.cancel.check()?;
            stage.item(item, work, self.rejects, self.context).await?;
        }
        let (files, days) = stage.finish().await?;
        self.rejects.all_seen()?;
        let rows = files.iter().map(|file| file.records).sum();
        self.report.phases.push(Phase { name: "stage".to_owned(), seconds: began.elapsed().as_secs_f64(), rows });
        Ok((files, days))
    }

    /// Joins each family with its tables.
    fn plans(&self, tables: &[TargetTable]) -> Result<Vec<Arc<Plan>>> {
        let columns = |name: &str| {
            let table = tables.iter().find(|table| table.name == name);
            table.map(|table| table.columns.clone()).ok_or_else(|| Error::internal("a table of the mapping is missing"))
        };
        let plan = |family: &super::mapping::Family| {
            let targets = family.outputs.iter().map(|output| columns(&output.table)).collect::<Result<_>>()?;
            Ok(Arc::new(Plan::new(family.clone(), targets)))
        };
        self.mapping.families.iter().map(plan).collect()
    }

    fn done(&self, index: usize, file: &Planned) -> Done {
        let outputs = &self.mapping.families[file.source.family].outputs;
        Done {
            number: u32::try_from(self.first_file + index + 1).unwrap_or(u32::MAX),
            path: file.source.path.clone(),
            sha256: String::new(),
            bytes: 0,
            records: 0,
            fates: outputs.iter().map(|output| (output.table.clone(), Fate::default())).collect(),
        }
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

/// Rows on their way from the reader to the staging tables.
struct Stage<'a> {
    staging: Staging,
    mapping: &'a Mapping,
    plans: &'a [Arc<Plan>],
    /// Index of each table.
    index: BTreeMap<&'a str, usize>,
    /// Rows that are too few for a loader yet, by table, with their shares of the budget.
    pending: Vec<(RowBatch, Vec<Permit>)>,
    files: Vec<Done>,
    days: Days,
}

impl Stage<'_> {
    async fn item(&mut self, item: Item, work: &[&Planned], rejects: &mut Rejects, context: &Context) -> Result<()> {
        match item {
            Item::Rows { file, facts, batch, permit } => {
                fail::point("migrate.rows");
                let family = work[file].source.family;
                let plan = Arc::clone(&self.plans[family]);
                let mapped = cpu::run(move || plan.map(&facts, &batch)).await;
                context.progress.add_rows(mapped.records);
                rejects.see(mapped.records);
                let done = &mut self.files[file];
                done.records += mapped.records;
                for (output, fate) in self.mapping.families[family].outputs.iter().zip(&mapped.fates) {
                    done.fates.entry(output.table.clone()).or_default().add(*fate);
                }
                for (output, days) in self.mapping.families[family].outputs.iter().zip(mapped.days) {
                    self.days.entry(output.table.clone()).or_default().extend(days);
                }
                for (output, reject) in mapped.rejects {
                    rejects.write(&self.mapping.families[family].outputs[output].table, &[reject])?;
                }
                rejects.check()?;
                let mut permit = Some(permit);
                for (output, rows) in self.mapping.families[family].outputs.iter().zip(mapped.rows) {
                    self.rows(self.index[output.table.as_str()], rows, permit.take()).await?;
                }
                Ok(())
            }
            Item::End { file, sha256, bytes } => {
                let done = &mut self.files[file];
                (done.sha256, done.bytes) = (sha256, bytes);
                if let Some((table, _)) = done.fates.iter().find(|(_, fate)| fate.all() != done.records) {
                    return Err(Error::internal("not every record of the file is accounted for").at_table(table));
                }
                Ok(())
            }
        }
    }

    /// Adds rows to those of a table, and hands them over if there are enough.
    async fn rows(&mut self, table: usize, rows: RowBatch, permit: Option<Permit>) -> Result<()> {
        let (pending, permits) = &mut self.pending[table];
        permits.extend(permit.filter(|_| !rows.is_empty()));
        pending.append(rows);
        if pending.bytes() < LOAD_BYTES { Ok(()) } else { self.flush(table).await }
    }

    async fn flush(&mut self, table: usize) -> Result<()> {
        let (pending, permits) = &mut self.pending[table];
        let empty = RowBatch::new(pending.columns());
        let (rows, permits) = (std::mem::replace(pending, empty), std::mem::take(permits));
        if rows.is_empty() { Ok(()) } else { self.staging.send(table, rows, permits).await }
    }

    async fn finish(mut self) -> Result<(Vec<Done>, Days)> {
        for table in 0..self.pending.len() {
            self.flush(table).await?;
        }
        self.staging.finish().await?;
        Ok((self.files, self.days))
    }
}

/// Returns the files that a report names: the first thousand.
pub(super) fn named(files: impl Iterator<Item = FileReport>) -> Vec<FileReport> {
    files.take(NAMED).collect()
}
