//! How far an import has come, stored in the database it writes to. A retry after a temporary error and `--resume` read the
//! same checkpoint.
//!
//! It has three parts, one row each, because they change at different times: the plan (once the bundle is read), the results of
//! the resolve stage (one table at a time), and the position, which is small because it is committed with every chunk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::Result;
use crate::model::manifest::BundleMark;
use crate::model::manifest::Header;
use crate::run::checkpoint::{self, Parts};
use crate::run::rejects::Rejects;
use crate::sync::report::{FileCounts, ImportCounts, RejectedFile};

use super::names::sync_table_names;

/// The version of the format. A checkpoint of another version is ignored.
const VERSION: u32 = 5;

/// The next stage of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::sync) enum Stage {
    /// The bundle has to be read.
    #[default]
    Load,
    /// The bundle was read and checked; the outcome of each row is being decided.
    Resolve,
    /// Base tables are being written.
    Apply,
    /// Physical files are being placed.
    Files,
    /// Only the cleanup is left.
    Finish,
    /// Nothing: the run is over and its checkpoint is gone.
    Done,
}

impl Stage {
    /// Returns the name of the phase in reports.
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

/// What is known about a run once its bundle is read; until then, only how it was started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::sync) struct Plan {
    pub(super) version: u32,
    /// Process id in the names of the sync tables and of the folder for files.
    pub(in crate::sync) pid: u32,
    /// Time of the import, as a neutral timestamp.
    pub(super) import_time: String,
    /// The bundle. Until it is read, only its name and, for a file, its size are known.
    pub(in crate::sync) bundle: BundleMark,
    /// Options that affect the result.
    pub(super) choices: BTreeMap<String, String>,
    /// The file for the rejected rows.
    #[serde(default)]
    pub(super) rejects_file: Option<PathBuf>,
    /// The command that resumes the run.
    pub(in crate::sync) command: Option<String>,
    /// Folder below which physical files are placed.
    pub(super) files_root: Option<PathBuf>,
    /// The bundle's header.
    pub(super) header: Option<Header>,
    /// The result of staging.
    pub(super) loaded: Loaded,
}

/// The result of staging.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Loaded {
    /// Rows staged and rejected, by table. Rows of unknown tables count as ignored.
    pub(super) counts: BTreeMap<String, ImportCounts>,
    /// Indexes of the tables that have rows.
    pub(super) present: BTreeSet<usize>,
    /// Tables whose sets are not whole, because rows were rejected on the source or while they were staged.
    #[serde(default)]
    pub(super) partial: BTreeSet<String>,
    /// Number of physical files kept for the files stage.
    pub(super) files: u64,
    /// Number of physical files that were skipped.
    pub(super) files_skipped: u64,
    /// Digest of how the bundle fits the target.
    pub(super) fit: String,
    /// Whether a later bundle of the same stream was already applied.
    #[serde(default)]
    pub(super) late: bool,
    /// Tables of the bundle that the target lacks, and columns, as `table.column`.
    #[serde(default)]
    pub(super) ignored_tables: Vec<String>,
    #[serde(default)]
    pub(super) ignored_columns: Vec<String>,
    /// Seconds spent waiting for the reader, and all other seconds.
    pub(super) seconds: (f64, f64),
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

/// How far the run has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::sync) struct Position {
    /// The next stage.
    pub(in crate::sync) stage: Stage,
    /// Length of the valid part of the rejects file, in bytes.
    pub(super) rejects: u64,
    /// Step of the apply stage, and the first `gs_seq` in it that is not done. Zero means the whole step.
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
    /// Physical files: the table and the `gs_seq` up to which they are in place, the `gs_seq` up to which they are counted, and
    /// the counts.
    pub(super) file_table: usize,
    pub(super) file_placed: i64,
    pub(super) file_counted: i64,
    pub(super) files: FileCounts,
    /// Physical files that were rejected.
    #[serde(default)]
    pub(super) rejected_files: Vec<RejectedFile>,
    /// How often the run continued after a temporary error.
    pub(super) retries: u64,
}

/// A run's checkpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::sync) struct Checkpoint {
    /// The run, or `None` for a preview, which stores no checkpoint.
    pub(in crate::sync) run_id: Option<i64>,
    pub(in crate::sync) plan: Plan,
    /// The resolved tables, in the order of the target's.
    pub(super) resolved: Vec<Resolved>,
    pub(in crate::sync) position: Position,
}

/// The result of resolving one table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Resolved {
    /// Number of new rows. Their `gs_seq` runs from 1 to this number, with gaps where a clash was found.
    pub(super) inserts: i64,
    /// The highest `gs_seq` of a row to be written.
    pub(super) last: i64,
    /// The first and the last `gs_seq` of the rows that are deleted, if there are any.
    #[serde(default)]
    pub(super) removed: Option<(i64, i64)>,
    /// Number of all rows, if the resolved table omits unchanged ones.
    pub(super) rows: Option<u64>,
    /// What happens to the rows. Rows that staging rejected are not counted here.
    pub(super) counts: ImportCounts,
    /// Owner of new rows: column and value.
    pub(super) owner: Option<(String, String)>,
    /// Seconds spent on indexes that are created after their table.
    pub(super) index_seconds: f64,
    /// Rows that should have been written but were refused, by the database or together with a row they need.
    #[serde(default)]
    pub(super) refused: u64,
    /// Whether two rows of the bundle may have the same row of the target.
    pub(super) has_duplicates: bool,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

/// The parts to write in addition to the position, which is always written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Also {
    Nothing,
    Resolved,
    All,
}

impl Checkpoint {
    /// Returns the checkpoint of a new run.
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan: Plan { version: VERSION, ..plan }, ..Self::default() }
    }

    /// Forgets everything except how the run was started and the bundle's digest.
    pub(super) fn start_over(&mut self) {
        self.plan.header = None;
        self.plan.loaded = Loaded::default();
        self.resolved.clear();
        self.position = Position { retries: self.position.retries, ..Position::default() };
    }

    /// Restores the number of rows rejected so far, so that they count towards the limit.
    pub(super) fn recount(&self, rejects: &mut Rejects) {
        if self.is_resumable() {
            let staged = self.plan.loaded.counts.values();
            let rejected: u64 = staged.clone().map(|counts| counts.rejected).sum();
            let refused: u64 = self.resolved.iter().map(|resolved| resolved.counts.rejected).sum();
            rejects.recount(staged.map(|counts| counts.staged).sum(), rejected + refused);
        }
    }

    /// Returns whether resuming is worthwhile. Before this point, a new run costs the same.
    pub(in crate::sync) fn is_resumable(&self) -> bool {
        self.run_id.is_some() && self.position.stage > Stage::Load
    }

    /// Returns the raw sync table of every table that had rows.
    pub(super) fn tables_with_rows(&self, dialect: Dialect) -> Vec<String> {
        let Some(header) = &self.plan.header else { return Vec::new() };
        let names =
            self.plan.loaded.present.iter().filter_map(|index| header.tables.get(*index)).map(|table| &table.name);
        let filled = names.filter(|name| {
            self.plan.loaded.counts.get(*name).is_some_and(|counts| counts.staged > counts.rejected + counts.ignored)
        });
        filled.map(|name| sync_table_names(dialect, name, self.plan.pid).0).collect()
    }

    /// Returns the raw and resolved sync tables of all tables of the bundle.
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
            checkpoint::save(session, run_id, "plan", &self.plan).await?;
        }
        if also != Also::Nothing {
            checkpoint::save(session, run_id, "resolved", &self.resolved).await?;
        }
        checkpoint::save(session, run_id, "progress", &self.position).await
    }

    /// Returns the checkpoint of a run.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn load(session: &mut Session, run_id: i64) -> Result<Option<Self>> {
        Ok(checkpoint::of_run(session, run_id).await?.and_then(|parts| Self::read(run_id, &parts)))
    }

    /// Returns the checkpoints of all unfinished imports, newest first. Those of other versions are skipped.
    ///
    /// # Errors
    /// `Database`.
    pub(in crate::sync) async fn all(session: &mut Session) -> Result<Vec<Self>> {
        let runs = checkpoint::all(session).await?;
        Ok(runs.iter().filter_map(|(run_id, parts)| Self::read(*run_id, parts)).collect())
    }

    fn read(run_id: i64, parts: &Parts) -> Option<Self> {
        let plan: Plan = parts.read("plan")?;
        let (resolved, position) = (parts.read("resolved")?, parts.read("progress")?);
        (plan.version == VERSION).then_some(Self { run_id: Some(run_id), plan, resolved, position })
    }
}
