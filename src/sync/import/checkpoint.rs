//! How far an import is, kept in the database it writes to. A retry after trouble that passed and `--resume` read the same.
//!
//! Three parts, a row each, because they change at different times: the plan (once the bundle is read), what resolving found
//! (a table at a time), and the position, which commits with every chunk and is small for that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::manifest::Header;
use crate::model::run::{BundleMark, FileCounts, ImportCounts, RejectedFile};
use crate::run::ledger;
use crate::run::rejects::Rejects;

use super::names::sync_table_names;

/// Version of the shape. A checkpoint of another one is of no use.
const VERSION: u32 = 3;

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::sync) enum Stage {
    /// The bundle is to be read.
    #[default]
    Load,
    /// It was read and checked; rows learn what becomes of them.
    Resolve,
    /// Base tables are written.
    Apply,
    /// Physical files are placed.
    Files,
    /// All is done but to tidy up.
    Finish,
    /// Nothing: the run is over, and its checkpoint gone.
    Done,
}

impl Stage {
    /// The name of the phase in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Load => "stage",
            Self::Resolve => "resolve",
            Self::Apply => "insert",
            Self::Files => "files",
            Self::Finish | Self::Done => "finish",
        }
    }
}

/// What is known of a run once its bundle is read; before that only how it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::sync) struct Plan {
    pub(super) version: u32,
    /// Process id in the names of the sync tables and of the folder for files.
    pub(in crate::sync) pid: u32,
    /// Time of the import, a neutral timestamp.
    pub(super) import_time: String,
    /// The bundle: while it is not read, its name and, of a file, its size.
    pub(in crate::sync) bundle: BundleMark,
    /// Options that change the outcome.
    pub(super) choices: BTreeMap<String, String>,
    /// Where its rejected rows go.
    #[serde(default)]
    pub(super) rejects_file: Option<PathBuf>,
    /// The command that goes on from here.
    pub(in crate::sync) command: Option<String>,
    /// Folder below which physical files are placed.
    pub(super) files_root: Option<PathBuf>,
    /// The bundle's header.
    pub(super) header: Option<Header>,
    /// What staging found.
    pub(super) loaded: Loaded,
}

/// What staging found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Loaded {
    /// Rows staged and rejected, by table; rows of unknown tables are ignored ones.
    pub(super) counts: BTreeMap<String, ImportCounts>,
    /// Indexes of the tables that have rows.
    pub(super) present: BTreeSet<usize>,
    /// Physical files that are kept for later.
    pub(super) files: u64,
    /// Physical files that were left out.
    pub(super) files_skipped: u64,
    /// Digest of how the bundle fits the target.
    pub(super) fit: String,
    /// Whether a later bundle of the same stream was applied before.
    #[serde(default)]
    pub(super) late: bool,
    /// Tables of the bundle, and columns as `table.column`, that the target lacks.
    #[serde(default)]
    pub(super) ignored_tables: Vec<String>,
    #[serde(default)]
    pub(super) ignored_columns: Vec<String>,
    /// Seconds spent waiting for the reader, and all other seconds.
    pub(super) seconds: (f64, f64),
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

/// What has been done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::sync) struct Progress {
    /// What comes next.
    pub(in crate::sync) stage: Stage,
    /// Bytes of the rejects file that count.
    pub(super) rejects: u64,
    /// Step of the apply stage, and the first `gs_seq` in it that is not done; zero: all of the step.
    pub(super) step: (usize, i64),
    /// Rows written in that step.
    pub(super) step_rows: u64,
    /// Seconds and rows of inserts and of changes.
    pub(super) insert: (f64, u64),
    pub(super) update: (f64, u64),
    /// Seconds spent resolving, and placing files.
    pub(super) resolve_seconds: f64,
    pub(super) files_seconds: f64,
    /// Oldest date among the rows that are written.
    pub(super) oldest_written: Option<String>,
    /// Physical files: table and `gs_seq` up to which they are in place, `gs_seq` up to which they are counted, the counts.
    pub(super) file_table: usize,
    pub(super) file_placed: i64,
    pub(super) file_counted: i64,
    pub(super) files: FileCounts,
    /// Physical files that were not taken.
    #[serde(default)]
    pub(super) rejected_files: Vec<RejectedFile>,
    /// How often the run went on after trouble that passed.
    pub(super) retries: u64,
}

/// A run's checkpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::sync) struct Checkpoint {
    /// The run; none for a preview, which keeps no checkpoint.
    pub(in crate::sync) run_id: Option<i64>,
    pub(in crate::sync) plan: Plan,
    /// By table of the target, those that are resolved.
    pub(super) resolved: Vec<Resolved>,
    pub(in crate::sync) progress: Progress,
}

/// What resolving found of one table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Resolved {
    /// New rows; their `gs_seq` runs from 1 to this, with gaps where a clash was found.
    pub(super) inserts: i64,
    /// The highest `gs_seq` of a row that is written.
    pub(super) last: i64,
    /// All rows, where the resolved table lacks those that are left alone.
    pub(super) rows: Option<u64>,
    /// What becomes of the rows; staged and rejected-on-load ones are not counted here.
    pub(super) counts: ImportCounts,
    /// Column and value of the new rows' owner.
    pub(super) owner: Option<(String, String)>,
    /// Seconds that indexes took which are not made with the table.
    pub(super) index_seconds: f64,
    /// Rows that were to be written and were refused, by the database or with a row that they need.
    #[serde(default)]
    pub(super) refused: u64,
}

/// Parts to write beside the position, which always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Also {
    Nothing,
    Resolved,
    All,
}

impl Checkpoint {
    /// A run that begins.
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan: Plan { version: VERSION, ..plan }, ..Self::default() }
    }

    /// Forgets all but how the run was asked for, and the bundle's digest.
    pub(super) fn start_over(&mut self) {
        self.plan.header = None;
        self.plan.loaded = Loaded::default();
        self.resolved.clear();
        self.progress = Progress { retries: self.progress.retries, ..Progress::default() };
    }

    /// Says how many rows were rejected before, so that the limit counts them.
    pub(super) fn recount(&self, rejects: &mut Rejects) {
        if self.is_resumable() {
            let staged = self.plan.loaded.counts.values();
            let rejected: u64 = staged.clone().map(|counts| counts.rejected).sum();
            let refused: u64 = self.resolved.iter().map(|resolved| resolved.counts.rejected).sum();
            rejects.recount(staged.map(|counts| counts.staged).sum(), rejected + refused);
        }
    }

    /// Whether there is something to go on from: before, a repeated run costs as much.
    pub(in crate::sync) fn is_resumable(&self) -> bool {
        self.run_id.is_some() && self.progress.stage > Stage::Load
    }

    /// The loaded form of every table that came with rows.
    pub(super) fn tables_with_rows(&self, dialect: Dialect) -> Vec<String> {
        let Some(header) = &self.plan.header else { return Vec::new() };
        let names =
            self.plan.loaded.present.iter().filter_map(|index| header.tables.get(*index)).map(|table| &table.name);
        let filled = names.filter(|name| {
            self.plan.loaded.counts.get(*name).is_some_and(|counts| counts.staged > counts.rejected + counts.ignored)
        });
        filled.map(|name| sync_table_names(dialect, name, self.plan.pid).0).collect()
    }

    /// The sync tables of all tables of the bundle, as they are loaded and resolved.
    pub(super) fn sync_tables(&self, dialect: Dialect) -> Vec<String> {
        let tables = self.plan.header.iter().flat_map(|header| &header.tables);
        let names = tables.map(|table| sync_table_names(dialect, &table.name, self.plan.pid));
        names.flat_map(|(raw, sync)| [raw, sync]).collect()
    }

    /// Writes the checkpoint, in the open transaction if there is one.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn save(&self, session: &mut Session, also: Also) -> Result<()> {
        let Some(run_id) = self.run_id else { return Ok(()) };
        if also == Also::All {
            write(session, run_id, "plan", &self.plan).await?;
        }
        if also != Also::Nothing {
            write(session, run_id, "resolved", &self.resolved).await?;
        }
        write(session, run_id, "progress", &self.progress).await
    }

    /// Removes the checkpoint.
    ///
    /// # Errors
    /// `Database`.
    pub(in crate::sync) async fn delete(session: &mut Session, run_id: i64) -> Result<()> {
        session.execute(&format!("DELETE FROM gapsync_checkpoint WHERE run_id = {run_id}")).await.map(|_| ())
    }

    /// The checkpoint of a run.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn load(session: &mut Session, run_id: i64) -> Result<Option<Self>> {
        Ok(Self::select(session, &format!("WHERE run_id = {run_id}")).await?.pop())
    }

    /// The checkpoints of all unfinished imports, newest first. Those of another version are left out.
    ///
    /// # Errors
    /// `Database`.
    pub(in crate::sync) async fn all(session: &mut Session) -> Result<Vec<Self>> {
        Self::select(session, "").await
    }

    async fn select(session: &mut Session, only: &str) -> Result<Vec<Self>> {
        let statement = format!("SELECT run_id, part, state FROM gapsync_checkpoint {only} ORDER BY run_id DESC, part");
        let mut runs: BTreeMap<i64, BTreeMap<String, String>> = BTreeMap::new();
        for row in session.query(&statement).await? {
            let mut cells = row.into_iter().flatten();
            let id = cells.next().and_then(|id| id.parse().ok());
            if let (Some(id), Some(part), Some(state)) = (id, cells.next(), cells.next()) {
                runs.entry(id).or_default().insert(part, state);
            }
        }
        let read = |(id, parts): (i64, BTreeMap<String, String>)| {
            let plan: Plan = part(&parts, "plan")?;
            let (resolved, progress) = (part(&parts, "resolved")?, part(&parts, "progress")?);
            (plan.version == VERSION).then_some(Self { run_id: Some(id), plan, resolved, progress })
        };
        Ok(runs.into_iter().rev().filter_map(read).collect())
    }
}

fn part<T: DeserializeOwned>(parts: &BTreeMap<String, String>, name: &str) -> Option<T> {
    serde_json::from_str(parts.get(name)?).ok()
}

async fn write<T: Serialize>(session: &mut Session, run_id: i64, part: &str, state: &T) -> Result<()> {
    let json = serde_json::to_string(state)
        .map_err(|error| Error::internal("a checkpoint cannot be written as JSON").because(error))?;
    let (state, now) = (session.dialect().literal(&json), ledger::clock(session.dialect()));
    let update = format!(
        "UPDATE gapsync_checkpoint SET state = {state}, updated_at = {now} WHERE run_id = {run_id} AND part = '{part}'"
    );
    if session.execute(&update).await? == 0 {
        let insert = format!(
            "INSERT INTO gapsync_checkpoint (run_id, part, state, updated_at) VALUES ({run_id}, '{part}', {state}, {now})"
        );
        session.execute(&insert).await?;
    }
    Ok(())
}
