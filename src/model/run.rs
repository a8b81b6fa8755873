//! The report of a run, which `report_json`, `--json` and the text report share.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::manifest::{Chain, Source, Window};
use crate::error::{Error, ErrorKind};

/// Version of the JSON shape of reports, increased when a key changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Everything is done, perhaps with rejected rows.
    #[default]
    Finished,
    /// Ended by an error.
    Failed,
    /// Stopped by a signal.
    Interrupted,
    /// A preview; nothing was written.
    DryRun,
    /// All rows were already known.
    NothingToDo,
    /// An export that found nothing in its window.
    NothingNew,
}

impl Status {
    /// Returns the status of a run that ended with an error.
    #[must_use]
    pub fn after(error: &Error) -> Self {
        if error.kind() == ErrorKind::Interrupted { Self::Interrupted } else { Self::Failed }
    }
}

/// Outcomes of a table's staged rows. Each row is counted in exactly one of the seven fields from `inserted` to `rejected`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows in the bundle.
    pub staged: u64,
    /// New on the target.
    pub inserted: u64,
    /// Newer than the target's, or a NULL description was filled.
    pub updated: u64,
    /// Not changed, except perhaps for `created_at`.
    pub unchanged: u64,
    /// Not changed, because the target has a newer version.
    #[serde(default)]
    pub kept: u64,
    /// Have the same natural key as another row of the bundle, which was newer or came first.
    pub duplicates: u64,
    /// Refer to a kind of object that the target lacks.
    pub ignored: u64,
    /// In the rejects file.
    pub rejected: u64,
    /// Counted additionally: existing rows whose `created_at` became older.
    pub created_at_adjusted: u64,
    /// Counted additionally: references set to NULL because their row is missing.
    pub orphans_nulled: u64,
}

impl ImportCounts {
    /// Adds another table's counts.
    pub fn add(&mut self, other: &Self) {
        self.staged += other.staged;
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.kept += other.kept;
        self.duplicates += other.duplicates;
        self.ignored += other.ignored;
        self.rejected += other.rejected;
        self.created_at_adjusted += other.created_at_adjusted;
        self.orphans_nulled += other.orphans_nulled;
    }
}

/// What an export wrote of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCounts {
    /// Rows in the bundle.
    pub rows: u64,
    /// Dump files that contain them.
    pub dump_files: u64,
    /// Those of the rows that are outside the window but referred to by others.
    pub referenced_rows: u64,
    /// Counted additionally: rows that are left out because they, or rows they depend on, refer to a kind of object that
    /// the profile does not name.
    #[serde(default)]
    pub ignored: u64,
    /// Rows that no bundle can represent; they are in the rejects file.
    pub rejected: u64,
}

impl ExportCounts {
    /// Adds another table's counts.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.dump_files += other.dump_files;
        self.referenced_rows += other.referenced_rows;
        self.ignored += other.ignored;
        self.rejected += other.rejected;
    }
}

/// Outcomes of physical files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCounts {
    /// Written below the files root, or put into the bundle.
    pub placed: u64,
    /// Placeholder texts that were written, or files missing from the source.
    pub placeholders: u64,
    /// Left out: the file existed already, there is no files root, or its type is ignored.
    pub skipped: u64,
    /// Refused because of their path or content; the report names them.
    #[serde(default)]
    pub rejected: u64,
    /// Counted additionally: files placed under a different name than in the bundle, because the path belongs to another
    /// row.
    #[serde(default)]
    pub renamed: u64,
    /// Whether an export found none of the files below the files root, which may not be mounted.
    #[serde(default)]
    pub lacking: bool,
}

/// A physical file that was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedFile {
    /// The table of its row.
    pub table: String,
    /// The path recorded in the row.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A reason why rows were rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectReason {
    /// The reason, as in the rejects file.
    pub reason: String,
    /// Number of rows.
    pub rows: u64,
    /// The first of these rows.
    pub examples: Vec<RejectedRow>,
}

/// Identifies a rejected row; its values are only in the rejects file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Its table.
    pub table: String,
    /// Its id on the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_hash: Option<String>,
    /// The file that it was read from; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub dump_file: String,
    /// Its line there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl RejectedRow {
    /// Returns how people see the row identified: `indicators 12 (sync_hash 0123…)`.
    #[must_use]
    pub fn named(&self) -> String {
        match (self.id, &self.sync_hash, self.line) {
            (Some(id), Some(hash), _) => format!("{} {id} (sync_hash {hash})", self.table),
            (Some(id), None, _) => format!("{} {id}", self.table),
            (None, Some(hash), _) => format!("{} with sync_hash {hash}", self.table),
            (None, None, Some(line)) => format!("{} in {}, line {line}", self.table, self.dump_file),
            (None, None, None) => format!("a row of {}", self.table),
        }
    }
}

/// A phase, with its time and rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// `read`, `stage`, `index`, `resolve`, `update`, `insert`, `files`, `finish`, `export`.
    pub name: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Rows handled.
    pub rows: u64,
}

/// An upper bound of the disk space that a run needs, estimated before it began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Bytes on all disks.
    pub bytes: u64,
    /// The disks.
    pub disks: Vec<Disk>,
}

/// A disk that a run needs space on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// A path on it, or `None` for the disk of a server, which cannot be examined.
    pub path: Option<String>,
    /// Upper bound of the bytes needed.
    pub bytes: u64,
    /// Bytes that will probably be needed: fewer, if what is written is compressed.
    #[serde(default)]
    pub likely_bytes: u64,
    /// Bytes that were free.
    pub free_bytes: Option<u64>,
    /// Purposes, in bytes: `bundle`, `files`, `sync tables`, `growth`, `sorting`, `log`.
    pub parts: BTreeMap<String, u64>,
}

/// The bundle of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleMark {
    /// File name without its folder; `-` for standard input.
    pub name: String,
    /// SHA-256 of the file in hex, as printed by `sha256sum`.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
}

/// The place of a run's bundle in its stream. In JSON the fields of the chain come first, in the same object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundlePlace {
    /// Stream, sequence number and parent.
    #[serde(flatten)]
    pub chain: Chain,
    /// The installation that made the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// When the bundle was made, by the clock of its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Earlier bundles that the target lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// The run that applied the same bundle earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_before: Option<AppliedBefore>,
}

/// Bundles of a stream that the target lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The first missing sequence number, or `None` if only the windows show that something is missing.
    pub from: Option<u64>,
    /// The last one.
    pub to: Option<u64>,
    /// The window of the missing bundles.
    pub window: Window,
    /// The command that closes the gap, to be run at the source with the options of its export.
    pub command: String,
}

impl Missing {
    /// Returns what people call the missing bundles: `bundle 2`, `bundles 2 to 4`.
    #[must_use]
    pub fn named(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => format!("bundle {from}"),
            (Some(from), Some(to)) => format!("bundles {from} to {to}"),
            _ => "a bundle of an unknown number".to_owned(),
        }
    }
}

/// The run that applied a bundle earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedBefore {
    /// Its id.
    pub run: i64,
    /// When it ended, UTC.
    pub at: String,
}

/// The state of a table as seen by an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The highest id.
    pub id: Option<i64>,
    /// The newest date that is not in the future.
    pub date: Option<String>,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Kind, as returned by `error::ErrorKind::name`.
    pub kind: String,
    /// What happened, and where.
    pub message: String,
    /// The causes, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
}

/// The report of an export or import. `T` holds the counts of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report<T> {
    /// Version of this shape.
    pub schema_version: u32,
    /// `export` or `import`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How it ended.
    pub status: Status,
    /// Id of its row in `synchronizations`, or `None` for a dry run or an unrecorded export.
    pub run_id: Option<i64>,
    /// The bundle.
    pub bundle: BundleMark,
    /// Options, as given or by default.
    pub options: serde_json::Value,
    /// Counts by table.
    pub tables: BTreeMap<String, T>,
    /// Sums over the tables.
    pub totals: T,
    /// Physical files.
    pub files: FileCounts,
    /// Physical files that were refused, or the first of them if there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_files: Vec<RejectedFile>,
    /// Rows of an export whose physical files were missing, as ranges of ids by table: the next export will try them again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_files: BTreeMap<String, String>,
    /// Tables that the run created and left in place: those of the ledger, on the first run.
    pub tables_created: Vec<String>,
    /// Tables of the bundle that the target lacks.
    pub ignored_tables: Vec<String>,
    /// Columns of the bundle that the target lacks, as `table.column`.
    pub ignored_columns: Vec<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Where the time went.
    pub phases: Vec<Phase>,
    /// Peak resident memory of the process.
    pub peak_memory_bytes: u64,
    /// The file that this report was written to as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_file: Option<String>,
    /// The list of rows that are newer on the target, if it was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_file: Option<String>,
    /// The rejects file, if one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejects_file: Option<String>,
    /// Why rows were rejected, the most frequent reason first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reject_reasons: Vec<RejectReason>,
    /// The command that imports the rejected rows once they are corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_command: Option<String>,
    /// Window of the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Place of the bundle in its stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<BundlePlace>,
    /// Start of the stream's next window, for an export. Valid only if `moves_window` is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_window: Option<String>,
    /// Whether an export moved the window of its stream: its bundle and report are durable, and it ended with exit status
    /// 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_window: Option<bool>,
    /// What an export saw in each table, so that the next one recognises new rows with an old date.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub watermarks: BTreeMap<String, Watermark>,
    /// Oldest date among the rows that an import wrote, so that the next export from here passes them on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_written: Option<String>,
    /// Estimate of the disk space needed, made before the start; `None` if no estimate was possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<Need>,
    /// Estimated seconds of a real run, for a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_seconds: Option<f64>,
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub finished_at: Option<String>,
    /// How often it continued after a temporary error: a deadlock, a lost connection.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The phase in which it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_phase: Option<String>,
    /// The command that continues from where it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
}

impl Report<ExportCounts> {
    /// Returns whether the bundle has everything that was requested. Only then does the run end with exit status 0 and move
    /// the window.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.totals.rejected == 0 && self.files.rejected == 0 && !self.files.lacking
    }
}

impl<T> Report<T> {
    /// Returns whether an earlier bundle of the stream is missing.
    #[must_use]
    pub fn has_gap(&self) -> bool {
        self.chain.as_ref().is_some_and(|place| place.missing.is_some())
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
