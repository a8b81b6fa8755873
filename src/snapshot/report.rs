//! The body of the report of a snapshot or a restore, and its page.

use serde::{Deserialize, Serialize};

use super::catalogue::check::Sums;
use super::catalogue::write::DoneStep;
use crate::model::manifest::BundleMark;
use crate::run::report::grid::{Grid, grouped, size};
use crate::run::report::page::{Page, bytes};
use crate::run::report::{Body, Report};

/// How many names a list holds at most.
pub(in crate::snapshot) const MOST_NAMED: usize = 1000;

/// What a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreCounts {
    /// Regular files.
    pub files: u64,
    /// Folders.
    pub folders: u64,
    /// Links, and further names of files.
    pub links: u64,
    /// Bytes of the files, with holes.
    pub bytes: u64,
}

impl StoreCounts {
    pub(in crate::snapshot) fn add(&mut self, sums: Sums) {
        self.files += sums.files;
        self.folders += sums.folders;
        self.links += sums.links;
        self.bytes += sums.bytes;
    }
}

/// A step, as planned or as carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// What it does.
    pub what: String,
    /// When it began, UTC; empty in a plan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub started: String,
    /// When it ended, UTC; empty in a plan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ended: String,
    /// How it ended; empty in a plan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outcome: String,
}

impl StepReport {
    /// Returns a step that is planned.
    pub(in crate::snapshot) fn planned(what: String) -> Self {
        Self { what, ..Self::default() }
    }
}

impl<'a> From<&'a StepReport> for DoneStep<'a> {
    fn from(step: &'a StepReport) -> Self {
        Self { what: &step.what, started: &step.started, ended: &step.ended, outcome: &step.outcome }
    }
}

/// What a snapshot or a restore reports beside what every run does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotBody {
    /// Name of the run's files.
    #[serde(skip)]
    pub name: String,
    /// `create`, `restore` or `drill`.
    pub action: String,
    /// The platform.
    pub platform: String,
    /// Id of the recovery point.
    pub snapshot: String,
    /// How its stores agree.
    pub class: String,
    /// Milliseconds between the instants of its first and last store.
    pub skew_ms: u64,
    /// How long services were frozen, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_ms: Option<u64>,
    /// The bundle.
    pub bundle: Option<BundleMark>,
    /// The steps of the plan, or those that were carried out.
    pub steps: Vec<StepReport>,
    /// Stores of the platform that are not in it.
    pub left_out: Vec<String>,
    /// What of an earlier run was of use, a sentence for each store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub continued: Vec<String>,
    /// Files that changed or vanished while they were read; at most the first thousand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Checks that failed after the services had been started again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_checks: Vec<String>,
    /// What the reports of the platform file say after a restore, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// Stores whose facts were compared after they were restored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<Compared>,
    /// The certificate of a drill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Where the stores are now, and where those are that they replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placed: Vec<String>,
}

/// A store whose facts are those of its snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Its name.
    pub store: String,
    /// How many facts were compared.
    pub facts: u64,
}

impl Body for SnapshotBody {
    type Counts = StoreCounts;

    const KIND: &'static str = "snapshot";

    fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether every file was read as it was at one moment, every check passed and nothing was found.
    fn is_complete(report: &Report<Self>) -> bool {
        report.body.found.is_empty() && report.body.changed.is_empty() && report.body.failed_checks.is_empty()
    }

    fn facts(&self, page: &mut Page) {
        page.fact("action", &self.action);
        page.fact("platform", &self.platform);
        page.fact("snapshot", &self.snapshot);
        page.fact("class", &self.class);
        if self.skew_ms > 0 {
            page.fact("skew", &format!("{} ms", self.skew_ms));
        }
        if let Some(pause) = self.pause_ms {
            page.fact("pause", &format!("{pause} ms"));
        }
        if let Some(bundle) = &self.bundle {
            page.fact("bundle", &bundle.name);
            page.fact("sha256", &bundle.sha256);
            page.fact("size", &bytes(bundle.bytes));
        }
        if let Some(certificate) = &self.certificate {
            page.fact("certificate", certificate);
        }
    }

    fn figures(report: &Report<Self>, page: &mut Page) {
        if report.tables.is_empty() {
            return;
        }
        let mut grid = Grid::new(&["store", ">files", ">folders", ">links", ">size"]);
        let row = |name: &str, counts: &StoreCounts| {
            let figures = [counts.files, counts.folders, counts.links].map(grouped);
            std::iter::once(name.to_owned()).chain(figures).chain([size(counts.bytes)]).collect()
        };
        for (name, counts) in &report.tables {
            grid.row(row(name, counts));
        }
        page.block("Stores", &grid.text(2));
    }

    fn lists(&self, page: &mut Page) {
        let steps: String = self.steps.iter().enumerate().map(|(index, step)| line(index + 1, step)).collect();
        page.block("Steps", &steps);
        page.list("Stores left out", &self.left_out);
        page.list("Continued", &self.continued);
        page.list("Restored", &self.placed);
        page.list("Files that changed or vanished while they were read", &self.changed);
        page.list("Found after the restore", &self.found);
        page.list("Checks that failed", &self.failed_checks);
    }

    fn remedies(&self, page: &mut Page) {
        if let Some(bundle) = self.bundle.as_ref().filter(|_| self.action == "create") {
            let shown = crate::error::escape::line(&bundle.name).into_owned();
            page.lines(&format!("Copy {shown} and {shown}.sha256 to another machine.\n"));
        }
    }
}

fn line(number: usize, step: &StepReport) -> String {
    let what = crate::error::escape::line(&step.what);
    let outcome = crate::error::escape::line(&step.outcome);
    if outcome.is_empty() { format!("  {number:>2}. {what}\n") } else { format!("  {number:>2}. {what}: {outcome}\n") }
}
