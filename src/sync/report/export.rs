//! The body of an export's report, and its page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::manifest::{BundleMark, Window};
use crate::run::report::grid::{Grid, grouped, without_rows};
use crate::run::report::page::Page;
use crate::run::report::{Body, Report};

use super::bundle::{BundlePlace, FileCounts, facts, files};

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
    /// Counted additionally: rows that may not travel because of `only`, and rows that depend on them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_back: u64,
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
        self.held_back += other.held_back;
        self.rejected += other.rejected;
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The state of a table as seen by an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The highest id.
    pub id: Option<i64>,
    /// The newest date that is not in the future.
    pub date: Option<String>,
    /// The id up to which no row can be committed any more, for a table whose window goes by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<i64>,
}

/// What an export reports beside what every run does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportBody {
    /// The bundle.
    pub bundle: BundleMark,
    /// Physical files.
    pub files: FileCounts,
    /// Rows whose physical files were missing, as ranges of ids by table: the next export will try them again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_files: BTreeMap<String, String>,
    /// Window of the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Place of the bundle in its stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<BundlePlace>,
    /// Start of the stream's next window. Valid only if `moves_window` is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_window: Option<String>,
    /// Whether the window of the stream moved: bundle and report are durable, and the run ended with exit status 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_window: Option<bool>,
    /// What was seen in each table, so that the next export recognises new rows with an old date.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub watermarks: BTreeMap<String, Watermark>,
}

impl Body for ExportBody {
    type Counts = ExportCounts;

    const KIND: &'static str = "export";

    fn name(&self) -> &str {
        &self.bundle.name
    }

    /// Returns whether the bundle has everything that was requested. Only then does the run end with exit status 0 and move
    /// the window.
    fn is_complete(report: &Report<Self>) -> bool {
        let files = &report.body.files;
        report.totals.rejected == 0 && files.rejected == 0 && !files.lacking
    }

    fn facts(&self, page: &mut Page) {
        facts(page, &self.bundle, self.chain.as_ref(), self.window.as_ref());
    }

    fn figures(report: &Report<Self>, page: &mut Page) {
        page.block("Rows", &tables(report));
        page.block("Physical files", &files(&report.body.files, "in the bundle", "absent from the source"));
    }
}

fn tables(report: &Report<ExportBody>) -> String {
    if report.tables.is_empty() {
        return String::new();
    }
    let holds_back = report.totals.held_back > 0;
    let mut heads = vec!["table", ">rows", ">of them referred to only", ">dump files", ">ignored", ">rejected"];
    heads.extend(holds_back.then_some(">held back"));
    let mut grid = Grid::new(&heads);
    let row = |name: &str, counts: &ExportCounts| {
        let numbers = [counts.rows, counts.referenced_rows, counts.dump_files, counts.ignored, counts.rejected];
        let held_back = holds_back.then_some(counts.held_back);
        std::iter::once(name.to_owned()).chain(numbers.into_iter().chain(held_back).map(grouped)).collect()
    };
    let mut empty = 0;
    for (name, counts) in &report.tables {
        if *counts == ExportCounts::default() {
            empty += 1;
        } else {
            grid.row(row(name, counts));
        }
    }
    grid.row(row("all", &report.totals));
    grid.text(2) + &without_rows(empty, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::{Chain, Stream};
    use crate::model::run::Phase;
    use crate::run::report::text;
    use crate::sync::report::BundlePlace;

    #[test]
    fn the_page_shows_everything() {
        let counts =
            ExportCounts { rows: 12_345, dump_files: 1, referenced_rows: 3, ignored: 2, held_back: 0, rejected: 0 };
        let report = Report {
            body: ExportBody {
                bundle: BundleMark {
                    name: "tqSync-26-11-21-1795230000-7.tar.gz".into(),
                    sha256: "ab".repeat(32),
                    bytes: 70_000,
                },
                window: Some(Window { start: Some("2026-01-01 00:00:00".into()), end: None }),
                chain: Some(BundlePlace {
                    chain: Chain {
                        stream: Some(Stream {
                            id: "0123456789abcdef0123456789abcdef".into(),
                            receiver: Some("Site B".into()),
                        }),
                        sequence: Some(2),
                        ..Chain::default()
                    },
                    ..BundlePlace::default()
                }),
                ..ExportBody::default()
            },
            run_id: Some(4),
            options: serde_json::json!({"include_deleted": false, "ignore_file_types": ["PDF", "Text"], "end_date": null}),
            tables: [("indicators".to_owned(), counts), ("adversaries".to_owned(), ExportCounts::default())].into(),
            totals: counts,
            phases: vec![Phase { name: "export".into(), seconds: 0.5, rows: 12_345 }],
            peak_memory_bytes: 50 << 20,
            started_at: "2026-11-21 03:00:00".into(),
            finished_at: Some("2026-11-21 03:00:01.5".into()),
            warnings: vec!["2 files are missing below the files root".into()],
            ..Report::default()
        };
        insta::assert_snapshot!(text::page(&report));
    }

    /// `records/export.json` was written when all fields were in one struct.
    #[test]
    fn an_older_record_is_read_and_written_without_loss() {
        let older = include_str!("records/export.json");
        let report: Report<ExportBody> = serde_json::from_str(older).unwrap();
        let older: serde_json::Value = serde_json::from_str(older).unwrap();
        assert_eq!(serde_json::to_value(&report).unwrap(), older);
        // As histories read it.
        assert_eq!(serde_json::from_value::<Report<ExportBody>>(older).unwrap(), report);
        assert_ne!(report.body, ExportBody::default());
    }
}
