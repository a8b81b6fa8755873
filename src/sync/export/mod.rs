//! Exports the profile's tables from one consistent snapshot into a bundle.
//!
//! [`export`] runs in this order:
//!
//! 1. Open: connect, check privileges, read the ledger for the start of the window ([`window::begin`]) and for files that are
//!    still to come ([`missing`]), and record the run.
//! 2. Snapshot: look for open transactions, before which the next window has to begin ([`writers`]). From here on, everything
//!    is read in one transaction ([`Snapshot`]). [`watermarks`] moves the start of the window back if dates cannot be trusted.
//! 3. Plan: [`Planner`] turns profile, catalogue and window into one [`SourceTable`] per table: columns, SQL conditions and
//!    references. [`survey`] counts rows and checks hashes first. [`alive`] decides which rows may travel, [`period`] which are
//!    in the window, [`along`] which travel because of others, [`strangers`] which stay behind without a hash, and [`optional`]
//!    how a reference to a row that stays behind travels. [`values`] has the SQL of values that let rows travel or are replaced,
//!    [`held`] what else stays with a row that may not travel.
//! 4. Write: [`Rows`] copies the tables, children first, and then the rows that others refer to; [`Files`] copies the physical
//!    files. [`need`] has estimated the disk space before.
//! 5. Settle: the report is written first, then the ledger's record, which moves the window.
//!
//! To change which rows travel, touch [`alive`], [`period`] or [`along`]; `tests/sql/<engine>/<table>.sql` shows the
//! statements. To add an option, touch [`request`], and its `config` if it changes the scope: that starts a new stream.

use std::collections::BTreeMap;
use std::time::Instant;

use md5::{Digest, Md5};
use roaring::RoaringTreemap;

use crate::bundle::layout::bundle_name;
use crate::bundle::writer::{self, BundleWriter};
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::model::completed::Completed;
use crate::model::hex::hex;
use crate::model::manifest::{BundleMark, Stream, Window};
use crate::model::run::{Phase, Status};
use crate::model::schema::Table;
use crate::run::disk::require;
use crate::run::ended::{self, Ended, failure, peak_memory, rejects_path};
use crate::run::ledger;
use crate::run::rejects::Rejects;
use crate::run::report::{Body, Report};
use crate::stream::fail;
use crate::sync::report::{BundlePlace, ExportBody, ExportCounts};

use super::kinds::require_kinds;
use super::window::WindowBegin;
use super::{Context, moment, version, window};

mod alive;
mod along;
mod files;
mod header;
mod held;
mod missing;
mod need;
mod optional;
mod order;
mod period;
mod plan;
mod request;
mod rows;
mod settled;
mod strangers;
mod survey;
mod travels;
mod undeclared;
mod values;
mod watermarks;
mod writers;

use files::Files;
use missing::MissingFiles;
use period::dated;
use plan::{Planner, SourceTable};
use rows::{Rows, Snapshot};
use survey::Survey;

pub use request::ExportRequest;
pub use values::OnlyOption;

/// The suffix of a report's name, after the bundle's.
const SUFFIX: &str = "-sync-export.txt";

/// Runs an export. The report is returned however the run ended.
pub async fn export(request: &ExportRequest, context: &Context) -> Ended<ExportBody> {
    let mut report = Report::of_run(request.options());
    match (Export { request, context, report: &mut report }).run().await {
        // The text of the report was written before the window moved.
        Ok(()) => Ended { report, error: None },
        outcome => ended::end(report, outcome, &context.run, SUFFIX),
    }
}

struct Export<'a> {
    request: &'a ExportRequest,
    context: &'a Context,
    report: &'a mut Report<ExportBody>,
}

/// What a run knows before it takes the snapshot.
struct Opened {
    ledger: Session,
    /// The tables before those of the ledger were created. The profile's tables are not affected.
    catalogue: Vec<Table>,
    run_id: Option<i64>,
    installation: String,
    /// Id of the stream.
    stream: String,
    begin: WindowBegin,
    window: Window,
    /// Rows whose physical files were not part of an earlier export.
    missing: MissingFiles,
    /// The highest ids of tables whose windows go by them, when the run began. Those that may be exceeded by an open transaction are
    /// not known.
    highest: BTreeMap<String, i64>,
    /// The version of the platform's schema.
    version: Option<String>,
    /// The database's clock, in microseconds.
    now: i64,
}

impl Opened {
    /// Returns the highest ids seen by the export that this window continues, by table.
    fn new_ids(&self) -> BTreeMap<String, i64> {
        let known = self.begin.watermarks.iter();
        known.filter_map(|(table, watermark)| Some((table.clone(), watermark.id?))).collect()
    }
}

impl Export<'_> {
    async fn run(&mut self) -> Result<()> {
        self.context.profile.require_options(false)?;
        let mut opened = self.open().await?;
        let mut outcome = self.write(&mut opened).await;
        fail::point("export.finish");
        self.report.peak_memory_bytes = peak_memory();
        self.report.finished_at = Some(ledger::now(&mut opened.ledger).await?);
        if outcome.is_ok() {
            outcome = self.settle(&mut opened).await;
            if outcome.is_ok() {
                return Ok(());
            }
            writer::remove(&self.request.target, &self.report.body.bundle.name);
        }
        if let Err(error) = &outcome {
            self.report.status = Status::after(error);
            self.report.error = Some(failure(error));
            self.report.body.moves_window = None;
        }
        if let Some(run_id) = opened.run_id {
            let _ = opened.ledger.rollback().await;
            let recorded = ledger::end_run(&mut opened.ledger, run_id, self.report).await;
            return outcome.and(recorded);
        }
        outcome
    }

    /// Reads the ledger and records the run in it, before the snapshot is taken.
    async fn open(&mut self) -> Result<Opened> {
        let mode = if self.request.record { OpenMode::Record } else { OpenMode::ReadOnly };
        let opened = Session::open(&self.context.database, mode).await;
        let mut session = super::rights::admitted(opened, self.context, self.request.commands()).await?;
        session.require_unicode().await?;
        let catalogue = session.catalogue().await?;
        super::ready::require_tables(&mut session, &catalogue, &self.context.profile).await?;
        require_kinds(session.dialect(), &self.context.profile, &catalogue)?;
        values::require(session.dialect(), &self.context.profile, self.request, &catalogue)?;
        if self.request.record && !ledger::is_there(&catalogue) {
            self.report.tables_created = ledger::ensure_ledger(&mut session, &catalogue).await?;
        }
        let version = version::read(&mut session, &catalogue, &self.context.profile).await?;
        let known = self.request.record || ledger::is_there(&catalogue);
        let installation = if self.request.record {
            ledger::installation_id(&mut session).await?
        } else if known {
            ledger::known_installation(&mut session).await?.unwrap_or_default()
        } else {
            String::new()
        };
        let config = self.request.config(&self.context.profile, &installation);
        let stream = hex(&Md5::digest(config.to_string().as_bytes()));
        let highest = settled::highest(&mut session, &self.context.profile, &catalogue).await?;
        // The next window, at the latest, will see what is committed from here on.
        let began = ledger::now(&mut session).await?;
        let now = moment::read(&began).ok_or_else(|| Error::internal("the database's clock cannot be read"))?;
        let id = Stream { id: stream.clone(), receiver: self.request.receiver.clone() };
        let mut begin = if known {
            let wanted = self.request.wanted();
            window::begin(&mut session, &catalogue, id, &wanted, (now, self.request.overlap())).await?
        } else {
            WindowBegin::default()
        };
        let mut window = Window { start: begin.start.map(moment::shown), end: None };
        if self.request.is_dated() {
            window = Window { start: self.request.start.clone(), end: self.request.end.clone() };
            begin.leave_chain();
            begin.start = window.start.as_deref().and_then(moment::read);
        } else if !self.request.record {
            // A number that is not recorded would be used twice.
            begin.leave_chain();
        }
        self.report.warnings.append(&mut begin.warnings);
        let missing = if known { MissingFiles::of_last(&mut session, &stream).await? } else { MissingFiles::default() };
        self.report.started_at = began;
        let run_id = if self.request.record {
            session.begin().await?;
            let run_id = ledger::begin_run(&mut session, ExportBody::KIND, &config, &self.report.started_at).await?;
            session.commit().await?;
            Some(run_id)
        } else {
            None
        };
        self.report.run_id = run_id;
        let mut opened = Opened {
            ledger: session,
            catalogue,
            run_id,
            installation,
            stream,
            begin,
            window,
            missing,
            highest,
            version,
            now,
        };
        self.show(&mut opened);
        Ok(opened)
    }

    /// Adds window and stream position to the report.
    fn show(&mut self, opened: &mut Opened) {
        self.report.body.window = Some(opened.window.clone());
        self.report.body.chain = Some(BundlePlace { chain: opened.begin.chain.clone(), ..BundlePlace::default() });
    }

    /// Opens the snapshot, and finds out where the next window begins.
    async fn snapshot(&mut self, opened: &mut Opened) -> Result<Session> {
        let mut session = Session::open(&self.context.database, OpenMode::ReadOnly).await?;
        self.request.resources.give_memory(&mut session).await?;
        if opened.begin.chain.sequence.is_none() {
            session.begin_snapshot().await?;
            return Ok(session);
        }
        let mut writers = writers::look(&mut opened.ledger, opened.now, self.request.overlap()).await?;
        let begun = session.begin_snapshot().await;
        let released = writers.release(&mut opened.ledger).await;
        begun.and(released)?;
        self.report.body.next_window = Some(moment::shown(writers.next));
        self.report.warnings.append(&mut writers.warnings);
        if !writers.quiet {
            opened.highest.clear();
        }
        Ok(session)
    }

    /// Looks for untrustworthy dates, because of which the window begins earlier.
    async fn distrust(&mut self, session: &mut Session, opened: &mut Opened) -> Result<()> {
        if self.request.is_dated() {
            return Ok(());
        }
        let WindowBegin { start, watermarks: before, .. } = &opened.begin;
        let (profile, catalogue) = (&self.context.profile, &opened.catalogue);
        let mut seen = watermarks::take(session, (profile, catalogue), before, (*start, opened.now)).await?;
        settled::keep(&mut seen.watermarks, before, &opened.highest);
        self.report.body.watermarks = seen.watermarks;
        self.report.warnings.append(&mut seen.warnings);
        if seen.start != *start {
            opened.window.start = seen.start.map(moment::shown);
        }
        self.show(opened);
        Ok(())
    }

    /// Makes the end of the run durable: first the text of the report, then the record, which moves the window.
    async fn settle(&mut self, opened: &mut Opened) -> Result<()> {
        let numbered = opened.begin.chain.sequence.is_some() && !self.report.body.bundle.name.is_empty();
        self.report.body.moves_window = Some(numbered && ExportBody::is_complete(self.report));
        if let Some(place) = self.report.body.chain.as_mut().filter(|_| !numbered) {
            place.chain.leave();
        }
        ended::keep(self.report, &self.context.run, SUFFIX).map_err(|error| {
            error
                .hint("The bundle was removed and the window has not moved. Export again with a writable --report-dir.")
        })?;
        let Some(run_id) = opened.run_id else { return Ok(()) };
        let ledger = &mut opened.ledger;
        ledger.begin().await?;
        if self.report.body.moves_window == Some(true) {
            window::lock(ledger, &opened.stream).await?;
            if window::last_export(ledger, &opened.stream).await? != opened.begin.parent_run {
                return Err(Error::new(ErrorKind::Locked, "another export of this stream ended in the meantime")
                    .hint("The bundle was removed because the other export has its number. Export again."));
            }
        }
        ledger::end_run(ledger, run_id, self.report).await?;
        ledger.commit().await
    }

    async fn write(&mut self, opened: &mut Opened) -> Result<()> {
        let began = Instant::now();
        let mut session = self.snapshot(opened).await?;
        self.distrust(&mut session, opened).await?;
        let opened = &*opened;
        let new_ids = opened.new_ids();
        let settled_ids = settled::ids(&opened.begin.watermarks, &self.report.body.watermarks);
        let profile = Completed::join(&self.context.profile, &opened.catalogue);
        let mut planner = Planner {
            dialect: session.dialect(),
            profile: &profile,
            catalogue: &opened.catalogue,
            request: self.request,
            window: &opened.window,
            rows: BTreeMap::new(),
            dangling: BTreeMap::new(),
            undated: BTreeMap::new(),
            new_ids: &new_ids,
            settled_ids: &settled_ids,
        };
        let tables = planner.tables()?;
        if tables.is_empty() {
            return Err(Error::schema("the database has none of the profile's tables")
                .hint("Check --database and --profile; `gapsync init` creates the schema in an empty database."));
        }
        let ignored = &self.request.ignore_file_types;
        files::require_types(&mut session, &self.context.profile, &tables, ignored).await?;
        let survey = survey::take(&mut session, &planner, &tables).await?;
        planner.rows.clone_from(&survey.rows);
        planner.undated = survey::find_undated(&mut session, &planner, &tables).await?;
        planner.dangling = survey::find_dangling(&mut session, &planner, &tables).await?;
        // With what is known now, the statements become shorter.
        let tables = planner.tables()?;
        self.report.warnings.extend(undeclared::warning(&planner, &tables));
        let strangers = strangers::count(&mut session, &planner, &tables).await?;
        let held_back = held::count(&mut session, &planner, &tables).await?;
        let header = self.header(planner.dialect, opened, &tables, &survey);
        let mut snapshot = Snapshot::new(session);
        let along = along::find(&mut snapshot, &planner, &tables, &self.context.run.cancel).await?;
        let need = need::of_export(snapshot.session()?, self.request, &tables, &header, &along).await?;
        let need = self.report.need.insert(need);
        self.report.warnings.extend(require(need, self.request.ignore_free_space, &self.context.run.progress)?);
        self.context.run.progress.phase("export", header.max_rows(), None);

        let name = bundle_name(unix_time(), std::process::id(), self.request.compression);
        self.report.body.bundle.name.clone_from(&name);
        let threads = self.request.resources.jobs;
        let mut writer =
            BundleWriter::create(&self.request.target, &name, self.request.compression, threads, &header).await?;
        let mut rejects = Rejects::new(rejects_path(&self.context.run.report_dir, &name));
        let mut referred = along;
        if self.request.files_root.is_some() {
            // Rows whose physical files were not part of an earlier export travel again, so that the files have rows to belong
            // to.
            for (table, ids) in opened.missing.ids() {
                *referred.entry(table).or_default() |= ids;
            }
        }
        let asked = (&survey, referred);
        let travelled = self.tables(&tables, asked, &mut writer, &mut rejects, &mut snapshot).await?;
        let asked = (&travelled, &opened.missing);
        self.files(&tables, asked, &mut writer, snapshot.session()?).await?;
        snapshot.session()?.rollback().await?;
        self.report.rejects_file = rejects.finish()?.map(|path| path.display().to_string());
        self.report.reject_reasons = rejects.reasons(Some(&self.context.profile))?;
        let nothing_new = self.is_nothing_new(opened);
        if nothing_new && self.request.skip_empty {
            drop(writer);
            self.report.body.bundle = BundleMark::default();
        } else {
            let rejected = self.report.tables.iter().filter(|(_, counts)| counts.rejected > 0);
            let rejected = rejected.map(|(table, counts)| (table.clone(), counts.rejected)).collect();
            self.report.body.bundle = writer.finish_without(rejected).await?;
        }
        if nothing_new {
            self.report.status = Status::NothingNew;
        }
        let seconds = began.elapsed().as_secs_f64();
        for (name, rows) in &strangers {
            self.report.tables.entry(name.clone()).or_default().ignored = *rows;
        }
        for (name, rows) in &held_back {
            self.report.tables.entry(name.clone()).or_default().held_back = *rows;
        }
        self.report.warnings.extend(strangers::warnings(&strangers));
        for counts in self.report.tables.values() {
            self.report.totals.add(counts);
        }
        let rows = self.report.totals.rows;
        self.report.phases.push(Phase { name: "export".to_owned(), seconds, rows });
        if self.report.totals.rejected > 0 {
            self.report.warnings.push(format!(
                "rows that stay behind because a bundle cannot hold their values: {}; they are in the rejects file. Until they \
                 are corrected, each export repeats this window and this number",
                self.report.totals.rejected
            ));
        }
        Ok(())
    }

    /// Copies the physical files of the rows that travelled, and records those still to come.
    async fn files(
        &mut self,
        tables: &[SourceTable],
        (travelled, earlier): (&BTreeMap<String, roaring::RoaringTreemap>, &MissingFiles),
        writer: &mut BundleWriter,
        session: &mut Session,
    ) -> Result<()> {
        let root = self.request.files_root.as_deref();
        let mut files = Files::new(root, &self.context.profile, &self.request.ignore_file_types)?;
        if root.is_none() {
            files.missing = earlier.clone();
        }
        for table in tables {
            if let Some(travelled) = travelled.get(&table.profile.name) {
                files.table(session, writer, table, travelled).await?;
            }
        }
        files.look_at_root(session, tables).await?;
        self.report.body.files = files.counts;
        self.report.body.missing_files = files.missing.write();
        for warning in files.warnings() {
            match root {
                None => self.context.run.progress.note(warning.clone()),
                Some(_) => self.context.run.progress.warning(warning.clone()),
            }
            self.report.warnings.push(warning);
        }
        Ok(())
    }

    async fn tables(
        &mut self,
        tables: &[SourceTable],
        (survey, referred): (&Survey, BTreeMap<String, RoaringTreemap>),
        writer: &mut BundleWriter,
        rejects: &mut Rejects,
        snapshot: &mut Snapshot,
    ) -> Result<BTreeMap<String, RoaringTreemap>> {
        let mut rows = Rows {
            writer,
            rejects,
            progress: &self.context.run.progress,
            cancel: &self.context.run.cancel,
            object_limit: self.request.object_limit,
            dump_bytes: self.request.resources.dump_bytes(),
            index: 0,
            referred,
            travelled: BTreeMap::new(),
        };
        for (index, table) in tables.iter().enumerate() {
            let name = &table.profile.name;
            if let Some(ring) = table.ring.filter(|ring| index == 0 || tables[index - 1].ring != Some(*ring)) {
                let members: Vec<&SourceTable> = tables.iter().filter(|table| table.ring == Some(ring)).collect();
                rows.close_ring(snapshot, &members).await.map_err(|error| error.at_table(name))?;
            }
            // An empty table needs no query.
            let counts = if survey.rows(table) == 0 {
                ExportCounts::default()
            } else {
                rows.table(snapshot, index, table).await.map_err(|error| error.at_table(name))?
            };
            self.report.tables.insert(name.clone(), counts);
        }
        Ok(rows.travelled)
    }

    /// Returns whether no row travels because of its date or id. Tables without a date always travel whole.
    fn is_nothing_new(&self, opened: &Opened) -> bool {
        let dated = |name: &String| {
            let profile = self.context.profile.table(name);
            let table = opened.catalogue.iter().find(|table| table.name == *name);
            profile
                .zip(table)
                .is_some_and(|(profile, table)| profile.window.is_some() || dated(profile, table).is_some())
        };
        let quiet = |counts: &ExportCounts| counts.rows == counts.referenced_rows && counts.rejected == 0;
        self.report.body.files.placed == 0
            && self.report.tables.iter().all(|(name, counts)| !dated(name) || quiet(counts))
    }
}

fn unix_time() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
