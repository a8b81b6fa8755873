//! Describes what a migration would do, file by file, and what would keep it from doing it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::lookup::{faults, missing_lookups};
use super::mapping::Mapping;
use super::pipeline::{named, pipeline_report};
use super::plan::{Planned, Planner, State, refuse_changed, refuse_strange, replaceable};
use super::report::{FamilyReport, FileReport, MigrateBody};
use super::request::MigrateRequest;
use super::retire::{check_backup, refuse_unknown_backup};
use super::target::Target;
use super::tree::Tree;
use crate::error::{Error, ErrorKind, Result};
use crate::model::run::Status;
use crate::rows::delimited::DelimitedRows;
use crate::rows::reader::RowReader;
use crate::run::ended;
use crate::run::report::Report;

/// How much of a file is looked at to check its header row and to estimate its records.
const SAMPLE: usize = 64 << 10;

/// A dry run.
pub(super) struct Preview<'a> {
    pub(super) request: &'a MigrateRequest,
    pub(super) report: &'a mut Report<MigrateBody>,
    /// Why a real run would fail, in the order in which it would notice.
    pub(super) problems: Vec<Error>,
}

impl Preview<'_> {
    /// Describes what would be done. Without a target, its database is still to be made.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn run(mut self, mut target: Option<&mut Target>, trees: &[Option<Tree>]) -> Result<()> {
        if let Some(target) = &mut target {
            for mapping in &self.request.mappings {
                self.problems.extend(target.problems(mapping, self.request.init).await?);
            }
        }
        let mut files = Vec::new();
        for (mapping, tree) in self.request.mappings.iter().zip(trees) {
            let known = match &mut target {
                Some(target) => target.known(&mapping.pipeline).await?,
                None => BTreeMap::new(),
            };
            match tree {
                Some(tree) => {
                    let replace = replaceable(tree, &self.request.replace_days);
                    let planner = Planner {
                        mapping,
                        root: &self.request.old_path,
                        known: &known,
                        replace: &replace,
                        max_row_bytes: self.request.max_row_bytes,
                    };
                    files.extend(self.pipeline(&planner, tree)?);
                }
                None => {
                    self.note(refuse_unknown_backup(mapping, &self.request.old_path, &known));
                }
            }
        }
        self.report.body.files = named(files.into_iter());
        self.report.status = Status::DryRun;
        let problems = self.problems.iter().map(ended::failure).collect();
        self.report.body.foreseen = problems;
        self.report.body.foreseen_kind = self.problems.first().map(Error::kind);
        Ok(())
    }

    fn note<T>(&mut self, outcome: Result<T>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Describes the files of a pipeline.
    fn pipeline(&mut self, planner: &Planner<'_>, tree: &Tree) -> Result<Vec<FileReport>> {
        let (mapping, root) = (planner.mapping, planner.root);
        if !self.request.keep_source {
            self.note(check_backup(mapping, root));
        }
        let planned: Vec<Planned> = tree.files.iter().filter_map(|source| self.note(planner.file(source))).collect();
        self.note(planner.kept(tree));
        self.note(refuse_changed(&planned));
        self.note(refuse_strange(mapping, root, tree));
        self.report.body.pipelines.push(pipeline_report(mapping, tree));
        let mut files = Vec::new();
        for (index, family) in mapping.families.iter().enumerate() {
            let (pipeline, name) = (mapping.pipeline.clone(), family.name.clone());
            let mut report = FamilyReport { pipeline, family: name, ..FamilyReport::default() };
            for file in planned.iter().filter(|file| file.source.family == index) {
                let found = look_into(mapping, root, file, self.request.max_row_bytes);
                let records = self.note(found).unwrap_or_default();
                if file.state == State::Migrated {
                    report.known += 1;
                } else {
                    report.files += 1;
                    report.bytes += file.source.bytes;
                    report.records += records;
                }
                files.push(FileReport {
                    path: file.source.path.clone(),
                    family: family.name.clone(),
                    bytes: file.source.bytes,
                    records,
                    rejected: 0,
                    state: file.state.name().to_owned(),
                });
            }
            self.report.body.families.push(report);
        }
        if planned.iter().any(|file| file.state != State::Migrated) {
            self.report.warnings.extend(missing_lookups(mapping, root)?);
            self.problems.extend(faults(mapping, root));
        }
        Ok(files)
    }
}

/// Reads the beginning of a file, checks its header row, and returns an estimate of its records: exact for a small file without
/// line ends in its fields. The header row of a file that was migrated before does not matter.
///
/// # Errors
/// `File` if it cannot be read; `Damaged` with its line.
fn look_into(mapping: &Mapping, root: &Path, file: &Planned, max_row_bytes: u64) -> Result<u64> {
    let (path, bytes) = (root.join(&file.source.path), file.source.bytes);
    let mut sample = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(SAMPLE as u64).read_to_end(&mut sample))
        .map_err(|error| Error::file(&path, "cannot read the file", error))?;
    if sample.is_empty() {
        return Ok(0);
    }
    let is_whole = sample.len() as u64 >= bytes;
    if file.state != State::Migrated {
        let family = &mapping.families[file.source.family];
        let names: Vec<String> = family.columns.iter().map(|column| column.name.clone()).collect();
        let mut rows = RowReader::new(DelimitedRows::new(&family.format, &names), names.len() + 1, 1, max_row_bytes);
        let mut emit = |_| Ok(());
        let read = rows.push(&sample, &mut emit);
        let read = if is_whole { read.and_then(|()| rows.finish(&mut emit).map(|_| ())) } else { read };
        read.map_err(|error| {
            if error.kind() == ErrorKind::Damaged { error.at_path(path.display().to_string()) } else { error }
        })?;
    }
    let lines = memchr::memchr_iter(b'\n', &sample).count() as u64;
    let lines = if is_whole { lines } else { lines * bytes / sample.len() as u64 };
    Ok(lines.saturating_sub(1))
}
