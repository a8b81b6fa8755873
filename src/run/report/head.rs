//! The report of a run of any stage, which `report_json`, `--json` and the text report share.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ErrorKind;
use crate::model::run::{Failure, Need, Phase, RejectReason, SCHEMA_VERSION, Status};

use super::page::Page;

/// What a stage adds to the report of its runs: fields, and lines of the page. In JSON the fields are keys of the same object
/// as those of [`Report`], so none may have the name of one of its fields. A field that is added later needs
/// `#[serde(default)]`: older records in the database do not have it.
pub trait Body: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned {
    /// The counts of a table.
    type Counts: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned;

    /// The `type` of the run: `import`.
    const KIND: &'static str;

    /// Returns what the files of the run are named after: the name of its bundle. If empty, the report is not written to a
    /// file.
    fn name(&self) -> &str;

    /// Returns whether all that was requested is done. If not, the exit status of a run without an error says so.
    fn is_complete(report: &Report<Self>) -> bool;

    /// Returns whether an earlier bundle is missing.
    fn has_gap(&self) -> bool {
        false
    }

    /// Returns what a real run would fail with first, for a dry run that foresees it. Its exit status is that of the dry run.
    fn foreseen(&self) -> Option<ErrorKind> {
        None
    }

    /// Returns the status of a run that had nothing to do.
    fn nothing_to_do(_: &Report<Self>) -> &'static str {
        "nothing to do"
    }

    /// Writes facts below the status: what the run read or wrote.
    fn facts(&self, page: &mut Page);

    /// Writes the blocks below the head: what was done, table by table.
    fn figures(report: &Report<Self>, page: &mut Page);

    /// Writes the blocks before those about rejected rows: what was left out.
    fn lists(&self, _: &mut Page) {}

    /// Writes the blocks before the warnings: what the user should do.
    fn remedies(&self, _: &mut Page) {}
}

/// The report of a run: what every run has, and the body of its stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Report<B: Body> {
    /// Version of this shape.
    pub schema_version: u32,
    /// [`Body::KIND`].
    #[serde(rename = "type")]
    pub kind: String,
    /// How it ended.
    pub status: Status,
    /// Id of its row in `synchronizations`, or `None` for a dry run or an unrecorded export.
    pub run_id: Option<i64>,
    /// What its stage adds.
    // Only histories are read this way, so what `flatten` costs does not matter; the tests of the bodies hold the keys.
    #[serde(flatten)]
    pub body: B,
    /// Options, as given or by default.
    pub options: serde_json::Value,
    /// Counts by table.
    pub tables: BTreeMap<String, B::Counts>,
    /// Sums over the tables.
    pub totals: B::Counts,
    /// Tables that the run created and left in place: those of the ledger, on the first run.
    pub tables_created: Vec<String>,
    /// Tables of the source that the target lacks.
    pub ignored_tables: Vec<String>,
    /// Columns of the source that the target lacks, as `table.column`.
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
    /// The rejects file, if one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejects_file: Option<String>,
    /// Why rows were rejected, the most frequent reason first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reject_reasons: Vec<RejectReason>,
    /// The command that imports the rejected rows once they are corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_command: Option<String>,
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

impl<B: Body> Report<B> {
    /// Returns the report of a run that is just beginning.
    #[must_use]
    pub fn of_run(options: serde_json::Value) -> Self {
        Self { schema_version: SCHEMA_VERSION, kind: B::KIND.to_owned(), options, ..Self::default() }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
