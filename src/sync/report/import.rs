//! The body of an import's report, and its page.

use serde::{Deserialize, Serialize};

use crate::model::manifest::{BundleMark, Window};
use crate::run::report::grid::{Grid, grouped, without_rows};
use crate::run::report::page::Page;
use crate::run::report::{Body, Report};

use super::bundle::{BundlePlace, FileCounts, RejectedFile, facts, files, lacking, refused, remedy};

/// Outcomes of a table's staged rows. Each row is counted in exactly one of the eight fields from `inserted` to `rejected`.
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
    /// Not changed or not inserted, because they are the target's own or belong to its own.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub guarded: u64,
    /// Counted additionally: rows of the target that were deleted because the bundle's set lacks them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deleted: u64,
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
        self.guarded += other.guarded;
        self.deleted += other.deleted;
        self.duplicates += other.duplicates;
        self.ignored += other.ignored;
        self.rejected += other.rejected;
        self.created_at_adjusted += other.created_at_adjusted;
        self.orphans_nulled += other.orphans_nulled;
    }
}

/// What an import reports beside what every run does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportBody {
    /// The bundle.
    pub bundle: BundleMark,
    /// Physical files.
    pub files: FileCounts,
    /// Physical files that were refused, or the first of them if there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_files: Vec<RejectedFile>,
    /// The list of rows that are newer on the target, if it was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_file: Option<String>,
    /// What is left to do on the platform, if anything was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// The list of rows that this is about, if it was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_file: Option<String>,
    /// Window of the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Place of the bundle in its stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<BundlePlace>,
    /// Oldest date among the rows that were written, so that the next export from here passes them on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_written: Option<String>,
}

impl Body for ImportBody {
    type Counts = ImportCounts;

    const KIND: &'static str = "import";

    fn name(&self) -> &str {
        &self.bundle.name
    }

    fn is_complete(report: &Report<Self>) -> bool {
        report.totals.rejected == 0 && report.body.files.rejected == 0
    }

    fn has_gap(&self) -> bool {
        lacking(self.chain.as_ref()).is_some()
    }

    fn nothing_to_do(report: &Report<Self>) -> &'static str {
        nothing(report)
    }

    fn facts(&self, page: &mut Page) {
        facts(page, &self.bundle, self.chain.as_ref(), self.window.as_ref());
    }

    fn figures(report: &Report<Self>, page: &mut Page) {
        page.block("Rows", &tables(report));
        page.block("Beside these", &beside(&report.totals));
        page.block("Physical files", &files(&report.body.files, "placed", "placeholders written"));
    }

    fn lists(&self, page: &mut Page) {
        refused(page, &self.rejected_files);
        page.list("Rows of which the database has a newer version are listed in", &self.kept_file);
        page.list("To do on the platform", &self.after);
        page.list("The rows that this is about are listed in", &self.after_file);
    }

    fn remedies(&self, page: &mut Page) {
        remedy(page, self.chain.as_ref());
    }
}

/// For serde.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Returns the summary of a run that wrote nothing.
fn nothing(report: &Report<ImportBody>) -> &'static str {
    let lacks = report.body.has_gap();
    let left_out = report.totals.ignored + report.body.files.skipped;
    match (left_out, report.totals.kept) {
        _ if report.totals.guarded > 0 => {
            "nothing to do: the database has everything it can take, and keeps rows of its own"
        }
        (0, _) if lacks => "nothing to do: the database has all of this bundle, but not of an earlier one",
        (0, 0) => "nothing to do: the database has it all",
        (0, _) => "nothing to do: the database has it all, some rows in a newer version",
        _ => "nothing to do: the database has everything it can take; some rows or files were skipped",
    }
}

fn tables(report: &Report<ImportBody>) -> String {
    if report.tables.is_empty() {
        return String::new();
    }
    type Column = (&'static str, fn(&ImportCounts) -> u64);
    let all: [Column; 10] = [
        (">in the bundle", |counts| counts.staged),
        (">inserted", |counts| counts.inserted),
        (">updated", |counts| counts.updated),
        (">unchanged", |counts| counts.unchanged),
        (">kept", |counts| counts.kept),
        (">guarded", |counts| counts.guarded),
        (">deleted", |counts| counts.deleted),
        (">duplicates", |counts| counts.duplicates),
        (">ignored", |counts| counts.ignored),
        (">rejected", |counts| counts.rejected),
    ];
    // Few profiles guard rows, or have sets.
    let seldom = [">guarded", ">deleted"];
    let columns: Vec<Column> =
        all.into_iter().filter(|(name, count)| !seldom.contains(name) || count(&report.totals) > 0).collect();
    let headings: Vec<&str> = std::iter::once("table").chain(columns.iter().map(|(name, _)| *name)).collect();
    let mut grid = Grid::new(&headings);
    let row = |name: &str, counts: &ImportCounts| {
        std::iter::once(name.to_owned()).chain(columns.iter().map(|(_, count)| grouped(count(counts)))).collect()
    };
    let mut empty = 0;
    for (name, counts) in &report.tables {
        if *counts == ImportCounts::default() {
            empty += 1;
        } else {
            grid.row(row(name, counts));
        }
    }
    grid.row(row("all", &report.totals));
    grid.text(2) + &without_rows(empty, 2)
}

fn beside(totals: &ImportCounts) -> String {
    let named = [
        ("rows that were deleted, because the bundle's set lacks them (`owned_by`)", totals.deleted),
        ("existing rows whose created_at became older", totals.created_at_adjusted),
        ("references to rows that are missing", totals.orphans_nulled),
    ];
    let there = named.iter().filter(|(_, count)| *count > 0);
    there.map(|(name, count)| format!("  {name}: {}\n", grouped(*count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::run::{Failure, Status};
    use crate::run::report::text;

    #[test]
    fn a_preview_shows_counts_and_an_estimate() {
        let counts = ImportCounts {
            staged: 1000,
            inserted: 600,
            updated: 200,
            unchanged: 185,
            kept: 5,
            guarded: 0,
            deleted: 0,
            duplicates: 7,
            ignored: 1,
            rejected: 2,
            created_at_adjusted: 5,
            orphans_nulled: 3,
        };
        let report = Report {
            status: Status::DryRun,
            body: ImportBody {
                bundle: BundleMark { name: "-".into(), sha256: "cd".repeat(32), bytes: 512 },
                files: FileCounts { placed: 1, placeholders: 2, ..FileCounts::default() },
                ..ImportBody::default()
            },
            tables: [("indicators".to_owned(), counts)].into(),
            totals: counts,
            ignored_tables: vec!["campaigns".into()],
            ignored_columns: vec!["indicators.colour".into()],
            rejects_file: Some("./stdin-rejects.csv".into()),
            retry_command: Some("gapsync import --retry-rejects=./stdin-rejects.csv".into()),
            estimated_seconds: Some(600.0),
            started_at: "2026-11-21 03:00:00".into(),
            ..Report::default()
        };
        insta::assert_snapshot!(text::page(&report));
    }

    #[test]
    fn a_failure_shows_its_cause_and_what_to_do() {
        let report = Report::<ImportBody> {
            status: Status::Failed,
            body: ImportBody {
                bundle: BundleMark { name: "x.tar.gz".into(), ..BundleMark::default() },
                ..ImportBody::default()
            },
            error: Some(Failure {
                kind: "damaged".into(),
                message: "the digest differs (member `data/kinds/00001.csv`)".into(),
                causes: vec!["checksum mismatch".into()],
                hint: Some("Copy the bundle again.".into()),
            }),
            ..Report::default()
        };
        insta::assert_snapshot!(text::page(&report));
    }

    /// `records/import.json` was written when all fields were in one struct.
    #[test]
    fn an_older_record_is_read_and_written_without_loss() {
        let older = include_str!("records/import.json");
        let report: Report<ImportBody> = serde_json::from_str(older).unwrap();
        let older: serde_json::Value = serde_json::from_str(older).unwrap();
        assert_eq!(serde_json::to_value(&report).unwrap(), older);
        // As histories read it.
        assert_eq!(serde_json::from_value::<Report<ImportBody>>(older).unwrap(), report);
        assert_ne!(report.body, ImportBody::default());
    }
}
