//! The page of an export.

use crate::model::run::{ExportCounts, Report};

use crate::run::report::Rendered;
use crate::run::report::grid::{Grid, grouped, without_rows};
use crate::run::report::page::{Page, files};

impl Rendered for Report<ExportCounts> {
    fn text(&self) -> String {
        let mut page = Page::new("gapsync export", self, "nothing to do");
        page.block("Rows", &tables(self));
        page.block("Physical files", &files(&self.files, "in the bundle", "absent from the source"));
        page.finish(self)
    }
}

fn tables(report: &Report<ExportCounts>) -> String {
    if report.tables.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["table", ">rows", ">of them referred to only", ">dump files", ">ignored", ">rejected"]);
    let row = |name: &str, counts: &ExportCounts| {
        let numbers = [counts.rows, counts.referenced_rows, counts.dump_files, counts.ignored, counts.rejected];
        std::iter::once(name.to_owned()).chain(numbers.map(grouped)).collect()
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
    use crate::model::manifest::{Chain, Stream, Window};
    use crate::model::run::{BundleMark, BundlePlace, Phase};

    #[test]
    fn the_page_shows_everything() {
        let counts = ExportCounts { rows: 12_345, dump_files: 1, referenced_rows: 3, ignored: 2, rejected: 0 };
        let report = Report {
            bundle: BundleMark {
                name: "tqSync-26-11-21-1795230000-7.tar.gz".into(),
                sha256: "ab".repeat(32),
                bytes: 70_000,
            },
            run_id: Some(4),
            options: serde_json::json!({"include_deleted": false, "ignore_file_types": ["PDF", "Text"], "end_date": null}),
            tables: [("indicators".to_owned(), counts), ("adversaries".to_owned(), ExportCounts::default())].into(),
            totals: counts,
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
            phases: vec![Phase { name: "export".into(), seconds: 0.5, rows: 12_345 }],
            peak_memory_bytes: 50 << 20,
            started_at: "2026-11-21 03:00:00".into(),
            finished_at: Some("2026-11-21 03:00:01.5".into()),
            warnings: vec!["2 files are missing below the files root".into()],
            ..Report::default()
        };
        insta::assert_snapshot!(report.text());
    }
}
