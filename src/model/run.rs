//! What a run did: the report that `report_json`, `--json` and the text report share.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::manifest::{Chain, Source, Window};
use crate::error::{Error, ErrorKind};

/// Version of the JSON shape of reports; grows when a key changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All done, perhaps with rejected rows.
    #[default]
    Finished,
    /// Ended by an error.
    Failed,
    /// Stopped by a signal.
    Interrupted,
    /// A preview; nothing was written.
    DryRun,
    /// All rows were known already.
    NothingToDo,
    /// An export that found nothing in its window.
    NothingNew,
}

impl Status {
    /// Returns how a run ended that an error has ended.
    #[must_use]
    pub fn after(error: &Error) -> Self {
        if error.kind() == ErrorKind::Interrupted { Self::Interrupted } else { Self::Failed }
    }
}

/// Where the staged rows of a table went. Each is in exactly one of the seven from `inserted` to `rejected`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows in the bundle.
    pub staged: u64,
    /// New on the target.
    pub inserted: u64,
    /// Newer than the target's, or a NULL description filled.
    pub updated: u64,
    /// Left alone, but for `created_at` perhaps.
    pub unchanged: u64,
    /// Left alone, because the target has a newer version.
    #[serde(default)]
    pub kept: u64,
    /// The same natural key as another row of the bundle, which was newer or came first.
    pub duplicates: u64,
    /// Refer to a kind of object that the target lacks.
    pub ignored: u64,
    /// In the rejects file.
    pub rejected: u64,
    /// Beside these: existing rows whose `created_at` became older.
    pub created_at_adjusted: u64,
    /// Beside these: references set to NULL because their row is missing.
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

/// What was written of a table by an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCounts {
    /// Rows in the bundle.
    pub rows: u64,
    /// Dump files they stand in.
    pub dump_files: u64,
    /// Of the rows: those outside the window that others refer to.
    pub referenced_rows: u64,
    /// Beside these: rows that stay behind because they, or what they hang on, refer to a kind of object that the profile does
    /// not name.
    #[serde(default)]
    pub ignored: u64,
    /// Rows that no bundle can hold; in the rejects file.
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

/// What happened to physical files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCounts {
    /// Written below the files root, or put into the bundle.
    pub placed: u64,
    /// Placeholder texts written, or files absent from the source.
    pub placeholders: u64,
    /// Left out: there already, no files root, or an ignored type.
    pub skipped: u64,
    /// Not taken, because of their path or their content; the report names them.
    #[serde(default)]
    pub rejected: u64,
    /// Beside these: files under another name than the bundle says, because the path belongs to another row.
    #[serde(default)]
    pub renamed: u64,
    /// Whether an export found none of the files below the files root, so that it may not be mounted.
    #[serde(default)]
    pub lacking: bool,
}

/// A physical file that was not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedFile {
    /// The table of its row.
    pub table: String,
    /// The path that the row records.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A reason for which rows were rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectReason {
    /// The reason, as the rejects file has it.
    pub reason: String,
    /// How many rows.
    pub rows: u64,
    /// The first of them.
    pub examples: Vec<RejectedRow>,
}

/// A rejected row by name; its values stand in the rejects file alone.
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
    /// The file that it stood in; empty when it was none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub dump_file: String,
    /// Its line there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl RejectedRow {
    /// Returns the name that people are shown: `indicators 12 (sync_hash 0123…)`.
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

/// A phase and what it took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// `read`, `stage`, `index`, `resolve`, `update`, `insert`, `files`, `finish`, `export`.
    pub name: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Rows handled.
    pub rows: u64,
}

/// What a run was expected to need on disk, at most, before it began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Bytes on all disks.
    pub bytes: u64,
    /// The disks.
    pub disks: Vec<Disk>,
}

/// A disk that a run needs room on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// A path on it; none: the disk of a server, which cannot be seen.
    pub path: Option<String>,
    /// Bytes needed at most.
    pub bytes: u64,
    /// Bytes that are likely needed: less, where what is written is compressed.
    #[serde(default)]
    pub likely_bytes: u64,
    /// Bytes that were free.
    pub free_bytes: Option<u64>,
    /// What for, in bytes: `bundle`, `files`, `sync tables`, `growth`, `sorting`, `log`.
    pub parts: BTreeMap<String, u64>,
}

/// The bundle of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleMark {
    /// File name without its folder; `-` for standard input.
    pub name: String,
    /// SHA-256 of the file, hex; what `sha256sum` prints.
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
    /// The run that applied the same bundle before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_before: Option<AppliedBefore>,
}

/// Bundles of a stream that the target lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The first sequence number that is missing; none if only the windows show that something is missing.
    pub from: Option<u64>,
    /// The last one.
    pub to: Option<u64>,
    /// The window of the missing bundles.
    pub window: Window,
    /// The command that heals it, to be run at the source with the options of its export.
    pub command: String,
}

impl Missing {
    /// Returns how people call what is missing: `bundle 2`, `bundles 2 to 4`.
    #[must_use]
    pub fn named(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => format!("bundle {from}"),
            (Some(from), Some(to)) => format!("bundles {from} to {to}"),
            _ => "a bundle of an unknown number".to_owned(),
        }
    }
}

/// The run that applied a bundle before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedBefore {
    /// Its id.
    pub run: i64,
    /// When it ended, UTC.
    pub at: String,
}

/// What an export saw in a table.
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
    /// Kind, as `error::ErrorKind::name` gives it.
    pub kind: String,
    /// What and where.
    pub message: String,
    /// The causes, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
}

/// The report of an export or import; `T` counts the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report<T> {
    /// Version of this shape.
    pub schema_version: u32,
    /// `export` or `import`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How it ended.
    pub status: Status,
    /// Id of its row in `synchronizations`; none for a dry run or an unrecorded export.
    pub run_id: Option<i64>,
    /// The bundle.
    pub bundle: BundleMark,
    /// Options as given or by default.
    pub options: serde_json::Value,
    /// Counts by table.
    pub tables: BTreeMap<String, T>,
    /// Sums over the tables.
    pub totals: T,
    /// Physical files.
    pub files: FileCounts,
    /// Physical files that were not taken; the first of them when they are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_files: Vec<RejectedFile>,
    /// Rows of an export whose physical files did not come along, as ranges of ids by table: the next export asks for them again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_files: BTreeMap<String, String>,
    /// Tables that the run created and left: the ledger's, on the first run.
    pub tables_created: Vec<String>,
    /// Tables of the bundle that the target lacks.
    pub ignored_tables: Vec<String>,
    /// `table.column` of the bundle that the target lacks.
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
    /// The list of rows of which the target has a newer version, when one was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_file: Option<String>,
    /// The rejects file, when one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejects_file: Option<String>,
    /// Why rows were rejected, the most frequent reason first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reject_reasons: Vec<RejectReason>,
    /// The command that takes the rejected rows back in once they are mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_command: Option<String>,
    /// Window of the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Place of the bundle in its stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<BundlePlace>,
    /// Where the next window of the stream begins, for an export; it counts only if `moves_window` is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_window: Option<String>,
    /// Whether an export moved the window of its stream: its bundle and report are durable, and it ended with exit 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_window: Option<bool>,
    /// What an export saw in each table, so that the next one recognises rows that are new but bear an old date.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub watermarks: BTreeMap<String, Watermark>,
    /// Oldest date among the rows that an import writes, so that the next export from here passes them on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_written: Option<String>,
    /// Room on disk, as expected before the start; none when that could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<Need>,
    /// Seconds a real run would take, for a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_seconds: Option<f64>,
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub finished_at: Option<String>,
    /// How often it went on after trouble that passed: a deadlock, a lost connection.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The phase in which it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_phase: Option<String>,
    /// The command that goes on from where it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
}

impl Report<ExportCounts> {
    /// Returns whether the bundle has all that was asked for, so that the run ends with exit 0: only then the window moves.
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
