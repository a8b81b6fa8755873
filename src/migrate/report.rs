//! The body of a migration's report, and its page.

use serde::{Deserialize, Serialize};

use super::account::Fate;
use crate::error::{ErrorKind, escape};
use crate::model::run::Failure;
use crate::run::report::grid::{Grid, grouped, size};
use crate::run::report::page::Page;
use crate::run::report::{Body, Report};

/// What a migration did with the files of a family.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyReport {
    /// Its pipeline.
    pub pipeline: String,
    /// Its name.
    pub family: String,
    /// Files that were migrated, or would be.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Their records; estimated in a dry run.
    pub records: u64,
    /// Files that an earlier run has migrated.
    pub known: u64,
}

/// What became of the tree of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineReport {
    /// Its name.
    pub pipeline: String,
    /// Files that are known to hold no rows.
    pub ignored: u64,
    /// Files that no family takes, or the first of them.
    pub unknown: Vec<String>,
    /// Where the tree was moved to; `None` if it stays.
    pub backup: Option<String>,
}

/// A file, in the plan of a dry run, or one with rejected rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Path below the old tree.
    pub path: String,
    /// Its family.
    pub family: String,
    /// Its size.
    pub bytes: u64,
    /// Its records; estimated in a dry run.
    pub records: u64,
    /// Records in the rejects file.
    pub rejected: u64,
    /// `new`, `migrated` or `changed`.
    pub state: String,
}

/// Records with codes that a lookup lacks, which got the value for unknown codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupReport {
    /// Its pipeline.
    pub pipeline: String,
    /// Its name.
    pub lookup: String,
    /// Number of records.
    pub records: u64,
}

/// What a migration reports beside what every run does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MigrateBody {
    /// Name of the run's files.
    #[serde(skip)]
    pub name: String,
    /// The old tree.
    pub old_path: String,
    /// The engine, without its password.
    pub engine: String,
    /// The families, in order.
    pub families: Vec<FamilyReport>,
    /// The pipelines.
    pub pipelines: Vec<PipelineReport>,
    /// The files of the plan, or those with rejected rows; at most the first thousand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileReport>,
    /// Records with unknown codes, by lookup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_codes: Vec<LookupReport>,
    /// Where the staging tables are that a failed run has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staging_left: Option<String>,
    /// The command that removes them, if they are not to be used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<String>,
    /// Why a real run would fail, in a dry run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreseen: Vec<Failure>,
    /// What it would fail with first.
    #[serde(skip)]
    pub foreseen_kind: Option<ErrorKind>,
}

impl Body for MigrateBody {
    type Counts = Fate;

    const KIND: &'static str = "migrate";

    fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether no record was rejected.
    fn is_complete(report: &Report<Self>) -> bool {
        report.totals.rejected == 0
    }

    fn foreseen(&self) -> Option<ErrorKind> {
        self.foreseen_kind
    }

    fn nothing_to_do(_: &Report<Self>) -> &'static str {
        "nothing to do: all files were migrated before"
    }

    fn facts(&self, page: &mut Page) {
        page.fact("old tree", &self.old_path);
        page.fact("engine", &self.engine);
    }

    fn figures(report: &Report<Self>, page: &mut Page) {
        page.block("Files", &families(&report.body));
        page.block("Rows", &tables(report));
    }

    fn lists(&self, page: &mut Page) {
        let lines: String = self.files.iter().map(file).collect();
        page.block("Files by name", &lines);
        for pipeline in &self.pipelines {
            let heading =
                format!("Files of {} that no family takes, so that none of their rows was migrated", pipeline.pipeline);
            page.list(&heading, &pipeline.unknown);
        }
        let moved = self.pipelines.iter().filter_map(|pipeline| pipeline.backup.as_ref());
        page.list("The old files are now in", moved);
        page.block("Records with a code that a lookup lacks, which got the value for unknown codes", &unknown(self));
        page.list("Staging tables were left in", &self.staging_left);
        page.list("A repeated migration makes them anew; if there will be none, remove them with", &self.cleanup);
    }

    fn remedies(&self, page: &mut Page) {
        if let Some(kind) = self.foreseen_kind {
            let problems: String = self.foreseen.iter().map(problem).collect();
            page.block(&format!("A real run would end with exit status {}", kind.exit_status() as u8), &problems);
        }
        if self.files.iter().any(|file| file.rejected > 0) {
            page.lines(
                "To bring rejected rows in, put all files of their days back in their places, correct the rows there, and migrate\n\
                 the days again with --replace-day YYYY-MM-DD.\n",
            );
        }
    }
}

fn file(file: &FileReport) -> String {
    let rejected = if file.rejected > 0 { format!(", {} rejected", grouped(file.rejected)) } else { String::new() };
    let path = escape::line(&file.path);
    format!("  {path}: {}, {} records{rejected}, {}\n", file.state, grouped(file.records), size(file.bytes))
}

fn problem(failure: &Failure) -> String {
    let causes = failure.causes.iter().map(|cause| format!("    because: {}\n", escape::line(cause)));
    let hint = failure.hint.iter().map(|hint| format!("    hint: {}\n", escape::line(hint)));
    format!("  {}\n{}", escape::line(&failure.message), causes.chain(hint).collect::<String>())
}

fn unknown(body: &MigrateBody) -> String {
    let line = |known: &LookupReport| {
        format!("  {} of {}: {}\n", escape::line(&known.lookup), known.pipeline, grouped(known.records))
    };
    body.unknown_codes.iter().map(line).collect()
}

fn families(body: &MigrateBody) -> String {
    if body.families.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["pipeline", "family", ">files", ">size", ">records", ">migrated before"]);
    for family in &body.families {
        grid.row(vec![
            family.pipeline.clone(),
            family.family.clone(),
            grouped(family.files),
            size(family.bytes),
            grouped(family.records),
            grouped(family.known),
        ]);
    }
    grid.text(2)
}

fn tables(report: &Report<MigrateBody>) -> String {
    if report.tables.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["table", ">inserted", ">filtered", ">rejected"]);
    let row = |name: &str, fate: &Fate| {
        std::iter::once(name.to_owned()).chain([fate.inserted, fate.filtered, fate.rejected].map(grouped)).collect()
    };
    for (name, fate) in &report.tables {
        grid.row(row(name, fate));
    }
    grid.row(row("all", &report.totals));
    grid.text(2)
}
