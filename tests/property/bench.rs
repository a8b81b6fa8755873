//! One engine's databases, and what a case does with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gapsync::run::report::Report;
use gapsync::run::resources::Resources;
use gapsync::stream::codec::Codec;
use gapsync::sync::export::{ExportRequest, export};
use gapsync::sync::report::{ImportBody, ImportCounts};

use super::case::{Case, Journey};
use super::real::{Job, Outcome, chain, context};
use super::tables::Hashes;
use super::{tables, wire};
use crate::model::Installation;
use crate::model::bundle::Bundle;
use crate::model::compare::{differences, readable};
use crate::model::export::ExportOptions;
use crate::model::import::{ImportOptions, Imported, Refusal};
use crate::model::schema::Schema;
use crate::support::{Database, Engine, finish, gapsync};

/// Differing rows that a failure shows.
const SHOWN: usize = 5;

/// What is wrong with a case.
pub(super) type Fault = String;

pub(super) struct Bench {
    engine: Engine,
    source: Database,
    target: Database,
    /// A target without the table `samples`.
    bare: Database,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    pub(super) fn new(engine: Engine) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let [source, target, bare] =
            [false, false, true].map(|without_samples| tables::create(engine, without_samples));
        Self { engine, source, target, bare, runtime }
    }

    /// Runs a case on the real thing and on the model.
    pub(super) fn run(&self, case: &Case, number: u64) -> Result<(), Fault> {
        let folder = tempfile::tempdir().unwrap();
        let whole = Schema::mini(self.engine);
        let schema = Case::schema(self.engine, case.without_samples);
        let target = if case.without_samples { &self.bare } else { &self.target };
        // The databases compute hashes by their triggers; those of SQLite, which has none that could, are left NULL.
        let by_triggers = number.is_multiple_of(2) && !case.without_samples;
        let hashes = if by_triggers { Hashes::Left } else { Hashes::Given };
        let unhashed = by_triggers && self.engine == Engine::Sqlite;
        tables::fill(target, &schema, &case.target, hashes);
        let (file, bundle) = match &case.journey {
            Journey::HandMade(bundle) => {
                let written = wire::write(folder.path(), "b.tar", bundle, &whole.profile, case.import.trusted_hashes);
                (self.runtime.block_on(written), bundle.clone())
            }
            Journey::Exported => {
                let hashes = if unhashed { Hashes::Given } else { hashes };
                tables::fill(&self.source, &whole, &case.source, hashes);
                self.export(&self.source, &whole, &case.source, &case.export, folder.path())?
            }
        };
        let by_program = number % 10 == 9;
        Run { bench: self, case, schema: &schema, target, file: &file, bundle: &bundle, unhashed, by_program }
            .run(number)
    }

    /// Fails when an import left a table of its own behind.
    pub(super) fn check_leftovers(&self) {
        for database in [&self.source, &self.target, &self.bare] {
            let query = match self.engine {
                Engine::Sqlite => "SELECT name FROM sqlite_master WHERE name LIKE 'sync_import%'",
                Engine::Postgres => "SELECT relname FROM pg_class WHERE relname LIKE 'sync_import%'",
                Engine::Mariadb => {
                    "SELECT table_name FROM information_schema.tables \
                     WHERE table_schema = database() AND table_name LIKE 'sync_import%'"
                }
            };
            assert_eq!(database.rows(query), Vec::<Vec<String>>::new(), "sync tables were left behind");
        }
    }

    /// Exports a database and checks the counts; gives the bundle as the model has it.
    fn export(
        &self,
        database: &Database,
        schema: &Schema,
        rows: &Installation,
        options: &ExportOptions,
        folder: &Path,
    ) -> Result<(PathBuf, Bundle), Fault> {
        let (bundle, referenced) = crate::model::export::export(schema, rows, options);
        let request = ExportRequest {
            only: Vec::new(),
            target: folder.to_owned(),
            start: options.start.clone(),
            end: options.end.clone(),
            include_deleted: options.include_deleted,
            include_investigations: options.include_investigations,
            meta_only: options.meta_only,
            ignore_file_types: Vec::new(),
            object_limit: 3,
            resources: Resources { jobs: 2, memory: Some(64 << 20) },
            compression: Codec::Gzip,
            files_root: None,
            ignore_free_space: false,
            record: true,
            receiver: None,
            since: None,
            full: false,
            overlap: std::time::Duration::from_secs(3600),
            skip_empty: false,
        };
        let context = context(database, schema, folder);
        let ended = self.runtime.block_on(export(&request, &context));
        if let Some(error) = ended.error {
            return Err(format!("export failed: {}", chain(&error)));
        }
        let report = ended.report;
        let expected: BTreeMap<&str, u64> =
            bundle.tables.iter().map(|table| (table.name.as_str(), table.rows().count() as u64)).collect();
        for (table, count) in &expected {
            let found = report.tables.get(*table).map_or(0, |counts| counts.rows);
            if found != *count {
                return Err(format!("export wrote {found} rows of `{table}`, expected {count}"));
            }
        }
        if report.totals.rows != expected.values().sum::<u64>() || report.totals.referenced_rows != referenced as u64 {
            return Err(format!(
                "export totals {:?}, expected {expected:?} and {referenced} referenced",
                report.totals
            ));
        }
        Ok((folder.join(&report.body.bundle.name), bundle))
    }
}

/// A case with its bundle, on its way into the target.
struct Run<'a> {
    bench: &'a Bench,
    case: &'a Case,
    schema: &'a Schema,
    target: &'a Database,
    file: &'a Path,
    bundle: &'a Bundle,
    /// The target's hashes are missing and have to be filled first.
    unhashed: bool,
    by_program: bool,
}

impl Run<'_> {
    fn run(&self, number: u64) -> Result<(), Fault> {
        let mut expected = self.case.target.clone();
        let options = self.case.import;
        // Sync tables are made and dropped with each import, which takes a server far longer than SQLite.
        let often = self.bench.engine == Engine::Sqlite;
        if number.is_multiple_of(if often { 3 } else { 8 }) && !self.unhashed {
            self.dry_run(options)?;
        }
        self.step("first import", &mut expected, self.file, self.bundle, options)?;
        if number.is_multiple_of(if often { 2 } else { 4 }) {
            self.step("second import", &mut expected, self.file, self.bundle, options)?;
        }
        if number.is_multiple_of(if often { 3 } else { 7 }) {
            self.there_and_back(&mut expected)?;
        }
        Ok(())
    }

    /// Imports a bundle into the target and, by the model, into `expected`, and compares.
    fn step(
        &self,
        what: &str,
        expected: &mut Installation,
        file: &Path,
        bundle: &Bundle,
        options: ImportOptions,
    ) -> Result<Option<Imported>, Fault> {
        let before = expected.clone();
        let wanted = crate::model::import::import(self.schema, expected, bundle, options);
        self.compare_reports(file, options, false, &wanted).map_err(|fault| format!("{what}: {fault}"))?;
        if wanted.is_err() {
            *expected = before;
        }
        self.compare_tables(expected).map_err(|fault| format!("{what}: {fault}"))?;
        Ok(wanted.ok())
    }

    /// A dry run says what the model says, and leaves the tables alone.
    fn dry_run(&self, options: ImportOptions) -> Result<(), Fault> {
        let wanted = crate::model::import::import(self.schema, &mut self.case.target.clone(), self.bundle, options);
        self.compare_reports(self.file, options, true, &wanted)
            .and_then(|()| self.compare_tables(&self.case.target))
            .map_err(|fault| format!("dry run: {fault}"))
    }

    /// Export of the target and import back: nothing to do.
    fn there_and_back(&self, expected: &mut Installation) -> Result<(), Fault> {
        let folder = tempfile::tempdir().unwrap();
        let everything =
            ExportOptions { include_deleted: true, include_investigations: true, ..ExportOptions::default() };
        let found = tables::read(self.target, self.schema);
        let (file, bundle) = self.bench.export(self.target, self.schema, &found, &everything, folder.path())?;
        // They are equal but for what both call the time of the import.
        *expected = found;
        let options = ImportOptions { trusted_hashes: true, ..self.case.import };
        let imported = self.step("import of its own export", expected, &file, &bundle, options)?;
        let changed = |counts: &ImportCounts| counts.staged - counts.unchanged + counts.created_at_adjusted;
        let changes: u64 = imported.iter().flat_map(|imported| imported.counts.values()).map(changed).sum();
        if changes > 0 {
            return Err(format!("import of its own export changed {changes} rows"));
        }
        Ok(())
    }

    fn compare_tables(&self, expected: &Installation) -> Result<(), Fault> {
        let found = tables::read(self.target, self.schema);
        let differs = differences(&readable(self.schema, expected), &readable(self.schema, &found), SHOWN);
        if differs.is_empty() { Ok(()) } else { Err(format!("rows differ\n{differs}")) }
    }

    /// A run that fails on what its user can mend keeps its sync tables until it goes on: it alone, and `cleanup` knows them.
    fn refused(&self, run: impl FnOnce() -> Outcome) -> Outcome {
        self.bench.check_leftovers();
        let outcome = run();
        let option = format!("--database={}", self.target.url);
        let cleaned = finish(&mut gapsync(["cleanup", "--force", "--profile=mini", option.as_str()]));
        assert_eq!(cleaned.status, 0, "{}", cleaned.stderr);
        self.bench.check_leftovers();
        outcome
    }

    fn compare_reports(
        &self,
        file: &Path,
        options: ImportOptions,
        dry_run: bool,
        wanted: &Result<Imported, Refusal>,
    ) -> Result<(), Fault> {
        let job = Job {
            target: self.target,
            schema: self.schema,
            file,
            options,
            object_limit: self.case.object_limit,
            dry_run,
            fill_sync_hash: self.unhashed,
        };
        let run = || if self.by_program { job.by_program() } else { job.by_library(&self.bench.runtime) };
        let outcome = match wanted {
            Ok(_) => run(),
            Err(_) => self.refused(run),
        };
        let status = match wanted {
            Err(Refusal::NoOwner) => 7,
            Ok(wanted) if wanted.counts.values().any(|counts| counts.rejected > 0) => 3,
            Ok(_) => 0,
        };
        let counts = wanted.as_ref().map_or(Ok(()), |wanted| compare_counts(wanted, &outcome.report));
        if outcome.status == status {
            return counts;
        }
        let what = counts.err().unwrap_or_default();
        Err(format!("exit status {}, expected {status} ({wanted:?}): {}\n  {what}", outcome.status, outcome.message))
    }
}

fn compare_counts(wanted: &Imported, report: &Report<ImportBody>) -> Result<(), Fault> {
    let mut faults = Vec::new();
    for (table, expected) in &wanted.counts {
        let found = report.tables.get(table).copied().unwrap_or_default();
        if found != *expected {
            faults.push(format!("counts of {table}\n    expected {expected:?}\n    found    {found:?}"));
        }
    }
    let mut totals = ImportCounts::default();
    report.tables.values().for_each(|counts| totals.add(counts));
    if totals != report.totals {
        faults.push("totals are not the sum of the tables".to_owned());
    }
    let found = report.ignored_tables.iter().cloned().collect();
    if wanted.ignored_tables != found {
        faults.push(format!("ignored tables {found:?}, expected {:?}", wanted.ignored_tables));
    }
    let found = report.ignored_columns.iter().cloned().collect();
    if wanted.ignored_columns != found {
        faults.push(format!("ignored columns {found:?}, expected {:?}", wanted.ignored_columns));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n  ")) }
}
