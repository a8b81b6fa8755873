//! Import: a bundle into the database.
//!
//! Plan first: the whole bundle is staged and checked, then every row learns what will become of it (`resolve`), and only
//! then are base tables written (`apply`). A preview is the same without the last step, so its counts are the real ones.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::bundle::reader::{self, BundleEnd, Dialect as DumpDialect, Item, ItemStream, ReadOptions, Source};
use crate::db::dialect::Dialect;
use crate::db::merge::{Merge, MergeOptions};
use crate::db::session::{OpenMode, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::model::manifest::{ColumnHeader, Header};
use crate::model::run::{ImportCounts, Phase, Report, Status};
use crate::model::schema::Table;
use crate::stream::budget::Budget;

use super::ended::{self, Ended, failure, fresh_report, merged, peak_memory, rejects_path, shown_name};
use super::hashing::{HashCounts, HashMode, fill_sync_hash};
use super::ledger::{self, Lock};
use super::need::require;
use super::rejects::Rejects;
use super::{Context, window};

mod apply;
mod files;
mod need;
mod request;
mod resolve;
mod stage;
pub(in crate::sync) mod target;

pub use request::ImportRequest;

use apply::{Apply, Timings};
use files::Spool;
use stage::{Staged, Staging};
use target::{Fitting, Target};

/// Runs an import. The report is there however it ended.
pub async fn import(request: &ImportRequest, context: &Context) -> Ended<ImportCounts> {
    let mut report = fresh_report("import", request.options());
    report.bundle.name = shown_name(request.file.as_deref());
    let path = rejects_path(&context.report_dir, &report.bundle.name);
    let mut rejects = Rejects::new(path).limited(request.max_rejects);
    let outcome = Import { request, context, report: &mut report, rejects: &mut rejects }.run().await;
    let suffix = if request.dry_run { "-sync-import-dry-run.txt" } else { "-sync-import.txt" };
    ended::end(report, outcome, context, suffix)
}

struct Import<'a> {
    request: &'a ImportRequest,
    context: &'a Context,
    report: &'a mut Report<ImportCounts>,
    rejects: &'a mut Rejects,
}

/// What a run holds of the database: given back whatever happens.
struct Held {
    session: Option<Session>,
    lock: Lock,
    run_id: Option<i64>,
    /// Sync tables to drop, raw and resolved.
    sync_tables: Vec<String>,
}

impl Import<'_> {
    async fn run(&mut self) -> Result<()> {
        if self.request.dry_run && self.request.fill_sync_hash {
            return Err(Error::usage("a dry run cannot fill sync_hash").hint("Run `gapsync fill-sync-hash` first."));
        }
        let mut session = Session::open(&self.context.database, OpenMode::ReadWrite).await?;
        self.request.resources.give_memory(&mut session).await?;
        let catalogue = session.catalogue().await?;
        let created = ledger::ensure_ledger(&mut session, &catalogue).await?;
        let lock = Lock::acquire(&mut session, &self.context.database, &self.context.progress).await?;
        let mut held = Held { session: Some(session), lock, run_id: None, sync_tables: Vec::new() };
        if !self.request.dry_run {
            self.report.tables_created.clone_from(&created);
        }
        let outcome = self.with_lock(&catalogue, &mut held).await;
        let outcome = outcome.and(self.keep_rejects());
        if let Err(error) = &outcome {
            self.report.status = Status::Failed;
            self.report.error = Some(failure(error));
        }
        let closed = self.close(held, &created).await;
        outcome.and(closed)
    }

    fn keep_rejects(&mut self) -> Result<()> {
        self.report.rejects_file = self.rejects.finish()?.map(|path| path.display().to_string());
        Ok(())
    }

    async fn with_lock(&mut self, catalogue: &[Table], held: &mut Held) -> Result<()> {
        let session = held.session.as_mut().ok_or_else(lost_session)?;
        let import_time = ledger::now(session).await?;
        self.report.started_at.clone_from(&import_time);
        if !self.request.dry_run {
            let config = self.request.options();
            held.run_id = Some(ledger::begin_run(session, "import", &config, &import_time).await?);
            self.report.run_id = held.run_id;
        }

        let source = self.request.file.clone().map_or(Source::Stdin, Source::Path);
        let options = ReadOptions {
            dialect: self.request.dialect,
            limits: self.request.limits.clone(),
            budget: Budget::new(self.request.resources.row_bytes()),
            outfile_columns: self.outfile_columns(catalogue),
        };
        let mut stream = reader::read(source, options, self.context.progress.clone(), self.context.cancel.clone());
        let Some(Item::Header(header)) = stream.next().await? else {
            return Err(Error::damaged("the bundle does not begin with its header"));
        };
        let arrival =
            self.request.dialect == DumpDialect::Outfile || header.profile.digest != self.context.profile.digest();
        let dialect = session.dialect();
        let mut fitting = Fitting {
            dialect,
            profile: &self.context.profile,
            catalogue,
            header: &header,
            pid: std::process::id(),
            arrival,
            present: None,
        };
        let target = fitting.fit()?;
        self.report.ignored_tables.clone_from(&target.ignored_tables);
        self.report.ignored_columns.clone_from(&target.ignored_columns);
        target.check_replication(session).await?;
        let need = need::of_import(self.request, self.context, &header, session).await;
        let need = self.report.need.insert(need);
        self.report.warnings.extend(require(need, self.request.ignore_free_space, &self.context.progress)?);
        self.require_hashes(session, &target).await?;

        let options = MergeOptions {
            keep_created_at: self.request.keep_created_at,
            override_description: self.request.override_description,
            import_time,
        };
        let merge = Merge::new(dialect, options);
        let mut spool = Spool::new(self.request.files_root.as_deref(), !self.request.dry_run)?;
        let staged = self.stage(&mut stream, &header, &target, (&merge, &mut spool), held).await?;
        self.note_bundle(&staged.end);
        self.rejects.all_seen()?;
        fitting.present = Some(staged.present.clone());
        let mut target = fitting.fit()?;

        let session = held.session.as_mut().ok_or_else(lost_session)?;
        held.lock.check(session).await?;
        self.context.progress.phase("resolve", Some(staged.end.totals.rows), None);
        let began = Instant::now();
        let preview = self.request.dry_run;
        let progress = &self.context.progress;
        // One transaction where DDL may stand in one: a commit for each of hundreds of small statements adds up.
        let whole = dialect != Dialect::Mariadb;
        if whole {
            session.begin().await?;
        }
        let mut resolved = resolve::resolve(session, &merge, &mut target, self.rejects, preview, progress).await?;
        if whole {
            session.commit().await?;
        }
        self.rejects.check()?;
        let rows = resolved.iter().map(|resolved| resolved.counts.staged).sum();
        self.phase("resolve", began.elapsed().as_secs_f64(), rows);

        if !preview {
            self.note_oldest(session, &merge, &target, held.run_id).await?;
            self.apply(&merge, &target, &mut resolved, held).await?;
        }
        for (table, resolved) in target.tables.iter().zip(&resolved) {
            let counts = merged(staged.counts.get(&table.profile.name), &resolved.counts);
            self.report.tables.insert(table.profile.name.clone(), counts);
        }
        for table in &header.tables {
            // Tables without rows, and those that the target lacks.
            let counts = staged.counts.get(&table.name).copied().unwrap_or_default();
            self.report.tables.entry(table.name.clone()).or_insert(counts);
        }
        let session = held.session.as_mut().ok_or_else(lost_session)?;
        let began = Instant::now();
        self.context.progress.phase("files", None, None);
        spool.place_all(session, &merge, &target).await?;
        let (counts, warnings) = spool.result();
        self.report.files = counts;
        self.report.warnings.extend(warnings);
        self.phase("files", began.elapsed().as_secs_f64(), counts.placed + counts.placeholders);
        self.conclude();
        Ok(())
    }

    /// Fails, or fills, where a carried base table has rows without a hash.
    async fn require_hashes(&self, session: &mut Session, target: &Target) -> Result<()> {
        let dialect = session.dialect();
        let mut missing = Vec::new();
        for table in target.tables.iter().filter(|table| table.hash.is_some() || table.arrival_hash.is_some()) {
            let statement = format!(
                "SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1",
                dialect.ident(&table.profile.name),
                dialect.ident(&table.profile.hash)
            );
            if !session.query(&statement).await?.is_empty() {
                missing.push(table.profile.name.as_str());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if self.request.fill_sync_hash {
            let filled = fill_sync_hash(HashMode::Missing, self.context).await?;
            let stuck = |counts: &HashCounts| !counts.twins.is_empty() || counts.missing_parent > 0;
            return match filled.tables.iter().find(|(_, counts)| stuck(counts)) {
                None => Ok(()),
                Some((table, _)) => Err(Error::schema("sync_hash cannot be filled for every row")
                    .at_table(table)
                    .hint("Run `gapsync fill-sync-hash` to see which rows stand in the way.")),
            };
        }
        Err(Error::new(ErrorKind::MissingHash, format!("sync_hash is missing in {}", missing.join(", ")))
            .hint("Run `gapsync fill-sync-hash` on this database, or import with --fill-sync-hash."))
    }

    /// Columns of the base tables, for tarballs that do not name them.
    fn outfile_columns(&self, catalogue: &[Table]) -> BTreeMap<String, Vec<ColumnHeader>> {
        if self.request.dialect != DumpDialect::Outfile {
            return BTreeMap::new();
        }
        catalogue
            .iter()
            .filter(|table| self.context.profile.table(&table.name).is_some())
            .map(|table| {
                let columns = table.columns.iter();
                let columns = columns.map(|column| ColumnHeader { name: column.name.clone(), neutral: column.neutral });
                (table.name.clone(), columns.collect())
            })
            .collect()
    }

    async fn stage(
        &mut self,
        stream: &mut ItemStream,
        header: &Header,
        target: &Target,
        (merge, spool): (&Merge, &mut Spool),
        held: &mut Held,
    ) -> Result<Staged> {
        let began = Instant::now();
        let mut session = held.session.take().ok_or_else(lost_session)?;
        // The size of the file is known exactly, where the header only bounds the rows.
        let bytes = self.request.file.as_deref().and_then(|path| path.metadata().ok()).map(|file| file.len());
        self.context.progress.phase("stage", header.max_rows(), bytes);
        let mut loaders = Vec::new();
        let shared = session.loads_alone();
        if shared {
            session.begin().await?;
            loaders.push(session);
        } else {
            held.session = Some(session);
            for _ in 0..self.request.resources.loaders() {
                loaders.push(Session::open(&self.context.database, OpenMode::ReadWrite).await?);
            }
        }
        let mut staging = Staging {
            target,
            tables: &header.tables,
            rejects: self.rejects,
            spool,
            merge,
            sync_tables: &mut held.sync_tables,
            progress: &self.context.progress,
            cancel: &self.context.cancel,
        };
        let (staged, mut loaders) = staging.run(stream, loaders).await;
        if shared {
            held.session = loaders.pop();
        }
        let staged = staged?;
        if let Some(session) = held.session.as_mut().filter(|_| shared) {
            session.commit().await?;
        }
        let seconds = began.elapsed().as_secs_f64();
        let rows = staged.counts.values().map(|counts| counts.staged).sum();
        self.phase("read", staged.read_seconds, rows);
        self.phase("stage", (seconds - staged.read_seconds).max(0.0), rows);
        Ok(staged)
    }

    async fn apply(
        &mut self,
        merge: &Merge,
        target: &Target,
        resolved: &mut [resolve::Resolved],
        held: &mut Held,
    ) -> Result<()> {
        let session = held.session.as_mut().ok_or_else(lost_session)?;
        for statement in merge.session_settings() {
            session.execute(statement).await?;
        }
        let rows = resolved.iter().map(|resolved| resolved.last.unsigned_abs()).sum();
        self.context.progress.phase("merge", Some(rows), None);
        self.rejects.applying();
        let mut apply = Apply {
            target,
            session,
            lock: &held.lock,
            merge,
            rejects: self.rejects,
            progress: &self.context.progress,
            cancel: &self.context.cancel,
            object_limit: i64::try_from(self.request.object_limit).unwrap_or(i64::MAX),
            timings: Timings::default(),
            open: None,
        };
        let outcome = apply.run(resolved).await;
        let timings = apply.timings;
        self.phase("update", timings.update.0, timings.update.1);
        self.phase("insert", timings.insert.0, timings.insert.1);
        outcome
    }

    /// Puts the oldest date that will be written into the ledger before anything is: a run that dies in the middle must not
    /// hide what it wrote from the next export.
    async fn note_oldest(
        &mut self,
        session: &mut Session,
        merge: &Merge,
        target: &Target,
        run_id: Option<i64>,
    ) -> Result<()> {
        for table in &target.tables {
            let Some(statement) = merge.oldest_written(&table.merge) else { continue };
            for row in session.query(&statement).await? {
                let mut cells = row.into_iter();
                let (oldest, undated) = (cells.next().flatten(), cells.next().flatten());
                let oldest =
                    if undated.is_some_and(|count| count != "0") { Some(window::EVER.to_owned()) } else { oldest };
                // Neutral times compare as text.
                let known = self.report.oldest_written.take();
                self.report.oldest_written = known.into_iter().chain(oldest).min();
            }
        }
        match run_id {
            Some(run_id) => ledger::note_run(session, run_id, self.report).await,
            None => Ok(()),
        }
    }

    fn note_bundle(&mut self, end: &BundleEnd) {
        let name = std::mem::take(&mut self.report.bundle.name);
        self.report.bundle = end.mark.clone();
        self.report.bundle.name = name;
        for member in &end.unknown_members {
            self.report.warnings.push(format!("`{member}` is no table of the profile and was left out"));
        }
    }

    /// Sums, status and warnings from the counts.
    fn conclude(&mut self) {
        let mut totals = ImportCounts::default();
        for counts in self.report.tables.values() {
            totals.add(counts);
        }
        self.report.totals = totals;
        self.report.status = if self.request.dry_run {
            Status::DryRun
        } else if totals.inserted == 0 && totals.updated == 0 && totals.rejected == 0 && totals.created_at_adjusted == 0
        {
            Status::NothingToDo
        } else {
            Status::Finished
        };
        if totals.orphans_nulled > 0 {
            self.report.warnings.push(format!(
                "{} references were set to NULL because the rows they refer to are missing",
                totals.orphans_nulled
            ));
        }
        if self.request.dry_run {
            self.report.warnings.push(
                "this is a preview: what only CHECK constraints and triggers would refuse is not foretold".to_owned(),
            );
            let so_far: f64 = self.report.phases.iter().map(|phase| phase.seconds).sum();
            let staged = self.report.phases.iter().find(|phase| phase.name == "stage");
            let pace = staged.map_or(0.0, |phase| so_far / (phase.rows.max(1) as f64));
            // Writing a row to an indexed base table takes a few times what staging and resolving it took.
            self.report.estimated_seconds = Some(so_far + 3.0 * pace * (totals.inserted + totals.updated) as f64);
        }
    }

    fn phase(&mut self, name: &str, seconds: f64, rows: u64) {
        self.report.phases.push(Phase { name: name.to_owned(), seconds, rows });
    }

    /// Gives everything back: sync tables, ledger tables that a preview made, the lock; writes the end of the run.
    async fn close(&mut self, held: Held, created: &[String]) -> Result<()> {
        let began = Instant::now();
        let Held { session, lock, run_id, sync_tables } = held;
        let mut session = match session {
            Some(mut session) => {
                session.rollback().await?;
                session
            }
            None => Session::open(&self.context.database, OpenMode::ReadWrite).await?,
        };
        if !self.request.keep_sync_tables {
            let whole = session.dialect() != Dialect::Mariadb;
            if whole {
                session.begin().await?;
            }
            drop_tables(&mut session, sync_tables.iter()).await?;
            if whole {
                session.commit().await?;
            }
        }
        self.phase("finish", began.elapsed().as_secs_f64(), 0);
        self.report.peak_memory_bytes = peak_memory();
        self.report.finished_at = Some(ledger::now(&mut session).await?);
        if let Some(run_id) = run_id {
            ledger::end_run(&mut session, run_id, self.report).await?;
        }
        lock.release(&mut session).await?;
        if self.request.dry_run {
            drop_tables(&mut session, created.iter()).await?;
        }
        Ok(())
    }
}

fn lost_session() -> Error {
    Error::internal("the database session is gone")
}

async fn drop_tables(session: &mut Session, names: impl Iterator<Item = &String>) -> Result<()> {
    for name in names {
        let statement = format!("DROP TABLE IF EXISTS {}", session.dialect().ident(name));
        session.execute(&statement).await?;
    }
    Ok(())
}
