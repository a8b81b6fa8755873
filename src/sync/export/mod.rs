//! Export: the profile's tables in one consistent snapshot, into a bundle.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use md5::{Digest, Md5};

use crate::bundle::layout::bundle_name;
use crate::bundle::writer::BundleWriter;
use crate::db::dialect::Dialect;
use crate::db::session::{OpenMode, Session};
use crate::error::{Error, Result};
use crate::model::manifest::{Chain, DumpDialect, FORMAT_VERSION, Header, ProfileMark, Source, TableHeader, Window};
use crate::model::profile::hex;
use crate::model::run::{ExportCounts, Phase, Report, Status};
use crate::model::schema::Table;
use crate::stream::codec::Codec;
use crate::stream::fail;

use super::ended::{self, Ended, failure, fresh_report, peak_memory, rejects_path};
use super::ledger;
use super::need::require;
use super::rejects::Rejects;
use super::resources::Resources;
use super::{Context, window};

mod files;
mod need;
mod order;
mod plan;
mod rows;
mod survey;

use files::Files;
use plan::{Planner, SourceTable};
use rows::{Rows, Snapshot};
use survey::Survey;

/// What to export and where to.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Folder for the bundle.
    pub target: PathBuf,
    /// First moment of the window, as a neutral timestamp; `None`: where the last export left off.
    pub start: Option<String>,
    /// Last moment of the window for objects, as a neutral timestamp.
    pub end: Option<String>,
    /// Whether soft-deleted rows travel.
    pub include_deleted: bool,
    /// Whether investigations and tasks travel.
    pub include_investigations: bool,
    /// Metadata tables alone.
    pub meta_only: bool,
    /// File types whose physical files stay behind.
    pub ignore_file_types: Vec<String>,
    /// Rows a dump file at most.
    pub object_limit: u64,
    /// Threads and memory.
    pub resources: Resources,
    /// How the bundle is compressed.
    pub compression: Codec,
    /// Folder below which the physical files lie.
    pub files_root: Option<PathBuf>,
    /// Go on where the room on a disk seems too little.
    pub ignore_free_space: bool,
    /// Whether a `synchronizations` row is written.
    pub record: bool,
}

impl ExportRequest {
    /// What makes two exports the same configuration: scope, not dates, folders or sizes.
    fn config(&self, profile_digest: &str, installation: &str) -> serde_json::Value {
        let mut types = self.ignore_file_types.clone();
        types.sort();
        serde_json::json!({
            "profile": profile_digest,
            "installation": installation,
            "include_deleted": self.include_deleted,
            "include_investigations": self.include_investigations,
            "meta_only": self.meta_only,
            "ignore_file_types": types,
        })
    }

    fn options(&self) -> serde_json::Value {
        serde_json::json!({
            "start_date": self.start,
            "end_date": self.end,
            "include_deleted": self.include_deleted,
            "include_investigations": self.include_investigations,
            "meta_only": self.meta_only,
            "ignore_file_types": self.ignore_file_types,
            "object_limit": self.object_limit,
            "memory_limit": self.resources.memory_limit(),
            "jobs": self.resources.jobs,
            "compression": self.compression.name(),
        })
    }
}

/// Runs an export. The report is there however it ended.
pub async fn export(request: &ExportRequest, context: &Context) -> Ended<ExportCounts> {
    let mut report = fresh_report("export", request.options());
    let outcome = Export { request, context, report: &mut report }.run().await;
    ended::end(report, outcome, context, "-sync-export.txt")
}

struct Export<'a> {
    request: &'a ExportRequest,
    context: &'a Context,
    report: &'a mut Report<ExportCounts>,
}

/// What the ledger told and was told of this run.
struct Opened {
    ledger: Session,
    /// The tables as they were before the ledger's were made: those of the profile are the same.
    catalogue: Vec<Table>,
    run_id: Option<i64>,
    installation: String,
    chain: Chain,
    window: Window,
}

impl Export<'_> {
    async fn run(&mut self) -> Result<()> {
        let mut opened = self.open().await?;
        let outcome = self.write(&opened).await;
        if let Err(error) = &outcome {
            self.report.status = Status::after(error);
            self.report.error = Some(failure(error));
        }
        fail::point("export.finish");
        self.report.peak_memory_bytes = peak_memory();
        self.report.finished_at = Some(ledger::now(&mut opened.ledger).await?);
        if let Some(run_id) = opened.run_id {
            let recorded = ledger::end_run(&mut opened.ledger, run_id, self.report).await;
            return outcome.and(recorded);
        }
        outcome
    }

    /// Reads the ledger and writes the run into it, before the snapshot is taken.
    async fn open(&mut self) -> Result<Opened> {
        let mode = if self.request.record { OpenMode::Record } else { OpenMode::ReadOnly };
        let mut session = Session::open(&self.context.database, mode).await?;
        session.require_unicode().await?;
        let catalogue = session.catalogue().await?;
        if self.request.record {
            self.report.tables_created = ledger::ensure_ledger(&mut session, &catalogue).await?;
        }
        let known = self.request.record || ledger::is_there(&catalogue);
        let installation = if self.request.record {
            ledger::installation_id(&mut session).await?
        } else if known {
            ledger::known_installation(&mut session).await?.unwrap_or_default()
        } else {
            String::new()
        };
        let config = self.request.config(&self.context.profile.digest(), &installation);
        let hash = hex(&Md5::digest(config.to_string().as_bytes()));
        // What is committed from here on is seen by the next window at the latest.
        let began = ledger::now(&mut session).await?;
        let last = if known { window::last_export(&mut session, &hash).await? } else { None };
        let window = if self.request.start.is_some() || self.request.end.is_some() {
            Window { start: self.request.start.clone(), end: self.request.end.clone() }
        } else {
            Window { start: window::next_start(&mut session, last.as_ref()).await?, end: None }
        };
        let chain = window::next_chain(last.as_ref());
        self.report.started_at = began;
        self.report.window = Some(window.clone());
        self.report.chain = Some(chain.clone());
        let run_id = if self.request.record {
            session.begin().await?;
            let run_id = ledger::begin_run(&mut session, "export", &config, &self.report.started_at).await?;
            session.commit().await?;
            Some(run_id)
        } else {
            None
        };
        self.report.run_id = run_id;
        Ok(Opened { ledger: session, catalogue, run_id, installation, chain, window })
    }

    async fn write(&mut self, opened: &Opened) -> Result<()> {
        let began = Instant::now();
        let mut session = Session::open(&self.context.database, OpenMode::ReadOnly).await?;
        self.request.resources.give_memory(&mut session).await?;
        session.begin_snapshot().await?;
        let mut planner = Planner {
            dialect: session.dialect(),
            profile: &self.context.profile,
            catalogue: &opened.catalogue,
            request: self.request,
            window: &opened.window,
            rows: BTreeMap::new(),
            dangling: BTreeMap::new(),
        };
        let tables = planner.tables()?;
        if tables.is_empty() {
            return Err(Error::schema("the database has none of the profile's tables")
                .hint("Check --database and --profile; `gapsync init` makes the schema in an empty database."));
        }
        let survey = survey::take(&mut session, &tables).await?;
        planner.rows.clone_from(&survey.rows);
        planner.dangling = survey::find_dangling(&mut session, &planner, &tables).await?;
        // With what is known now, rows are asked for in fewer words.
        let tables = planner.tables()?;
        let header = self.header(session.dialect(), opened, &tables, &survey);
        let need = need::of_export(&mut session, self.request, &tables, &header).await?;
        let need = self.report.need.insert(need);
        self.report.warnings.extend(require(need, self.request.ignore_free_space, &self.context.progress)?);
        self.context.progress.phase("export", header.max_rows(), None);

        let name = bundle_name(unix_time(), std::process::id(), self.request.compression);
        self.report.bundle.name.clone_from(&name);
        let threads = self.request.resources.jobs;
        let mut writer =
            BundleWriter::create(&self.request.target, &name, self.request.compression, threads, &header).await?;
        let mut rejects = Rejects::new(rejects_path(&self.context.report_dir, &name));
        let mut snapshot = Snapshot::new(session);
        let travelled = self.tables(&tables, &survey, &mut writer, &mut rejects, &mut snapshot).await?;
        if let Some(root) = &self.request.files_root {
            let mut files = Files::new(root, &self.context.profile, &self.request.ignore_file_types)?;
            for table in &tables {
                if let Some(travelled) = travelled.get(&table.profile.name) {
                    files.table(snapshot.session()?, &mut writer, table, travelled).await?;
                }
            }
            self.report.files = files.counts;
            files.warnings.sort();
            files.warnings.dedup();
            self.report.warnings.append(&mut files.warnings);
        }
        snapshot.session()?.rollback().await?;
        self.report.rejects_file = rejects.finish()?.map(|path| path.display().to_string());
        self.report.bundle = writer.finish().await?;
        let seconds = began.elapsed().as_secs_f64();
        for counts in self.report.tables.values() {
            self.report.totals.add(counts);
        }
        let rows = self.report.totals.rows;
        self.report.phases.push(Phase { name: "export".to_owned(), seconds, rows });
        if self.report.totals.rejected > 0 {
            self.report.warnings.push(format!(
                "{} rows hold values that no bundle can hold; they are in the rejects file",
                self.report.totals.rejected
            ));
        }
        Ok(())
    }

    async fn tables(
        &mut self,
        tables: &[SourceTable],
        survey: &Survey,
        writer: &mut BundleWriter,
        rejects: &mut Rejects,
        snapshot: &mut Snapshot,
    ) -> Result<BTreeMap<String, roaring::RoaringTreemap>> {
        let mut rows = Rows {
            writer,
            rejects,
            progress: &self.context.progress,
            cancel: &self.context.cancel,
            object_limit: self.request.object_limit,
            dump_bytes: self.request.resources.dump_bytes(),
            index: 0,
            referred: BTreeMap::new(),
            travelled: BTreeMap::new(),
        };
        for (index, table) in tables.iter().enumerate() {
            let name = &table.profile.name;
            if let Some(ring) = table.ring.filter(|ring| index == 0 || tables[index - 1].ring != Some(*ring)) {
                let members: Vec<&SourceTable> = tables.iter().filter(|table| table.ring == Some(ring)).collect();
                rows.close_ring(snapshot, &members).await.map_err(|error| error.at_table(name))?;
            }
            // Where nothing is, nothing need be asked for.
            let counts = if survey.rows(table) == 0 {
                ExportCounts::default()
            } else {
                rows.table(snapshot, index, table).await.map_err(|error| error.at_table(name))?
            };
            self.report.tables.insert(name.clone(), counts);
        }
        Ok(rows.travelled)
    }

    fn header(&self, dialect: Dialect, opened: &Opened, tables: &[SourceTable], survey: &Survey) -> Header {
        let profile = &self.context.profile;
        let announced = |table: &SourceTable| {
            let columns = table.announced();
            TableHeader { name: table.profile.name.clone(), columns, max_rows: survey.rows(table) }
        };
        Header {
            format: "gapsync-bundle".to_owned(),
            version: FORMAT_VERSION,
            tool: concat!("gapsync ", env!("CARGO_PKG_VERSION")).to_owned(),
            profile: ProfileMark { name: profile.name.clone(), digest: profile.digest() },
            source: Source { installation: opened.installation.clone(), engine: dialect.name().to_owned() },
            chain: opened.chain.clone(),
            window: opened.window.clone(),
            options: self.request.options(),
            tables: tables.iter().map(announced).collect(),
            files: self.request.files_root.is_some(),
            dialect: DumpDialect::default(),
            created_at: self.report.started_at.clone(),
        }
    }
}

fn unix_time() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
