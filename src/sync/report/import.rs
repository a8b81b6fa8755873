//! The page of an import.

use crate::model::run::{ImportCounts, Report};

use crate::run::report::Rendered;
use crate::run::report::grid::{Grid, grouped, without_rows};
use crate::run::report::page::{Page, files};

impl Rendered for Report<ImportCounts> {
    fn text(&self) -> String {
        let mut page = Page::new("gapsync import", self, nothing(self));
        page.block("Rows", &tables(self));
        page.block("Beside these", &beside(&self.totals));
        page.block("Physical files", &files(&self.files, "placed", "placeholders written"));
        page.finish(self)
    }
}

/// Returns the summary of a run that wrote nothing.
fn nothing(report: &Report<ImportCounts>) -> &'static str {
    let lacks = report.chain.as_ref().is_some_and(|place| place.missing.is_some());
    let left_out = report.totals.ignored + report.files.skipped;
    match (left_out, report.totals.kept) {
        (0, _) if lacks => "nothing to do: the database has all of this bundle, but not of an earlier one",
        (0, 0) => "nothing to do: the database has it all",
        (0, _) => "nothing to do: the database has it all, some rows in a newer version",
        _ => "nothing to do: the database has everything it can take; some rows or files were skipped",
    }
}

fn tables(report: &Report<ImportCounts>) -> String {
    if report.tables.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&[
        "table",
        ">in the bundle",
        ">inserted",
        ">updated",
        ">unchanged",
        ">kept",
        ">duplicates",
        ">ignored",
        ">rejected",
    ]);
    let row = |name: &str, counts: &ImportCounts| {
        let numbers = [
            counts.staged,
            counts.inserted,
            counts.updated,
            counts.unchanged,
            counts.kept,
            counts.duplicates,
            counts.ignored,
            counts.rejected,
        ];
        std::iter::once(name.to_owned()).chain(numbers.map(grouped)).collect()
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
        ("existing rows whose created_at became older", totals.created_at_adjusted),
        ("references to rows that are missing", totals.orphans_nulled),
    ];
    let there = named.iter().filter(|(_, count)| *count > 0);
    there.map(|(name, count)| format!("  {name}: {}\n", grouped(*count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::run::{BundleMark, Failure, FileCounts, Status};

    #[test]
    fn a_preview_shows_counts_and_an_estimate() {
        let counts = ImportCounts {
            staged: 1000,
            inserted: 600,
            updated: 200,
            unchanged: 185,
            kept: 5,
            duplicates: 7,
            ignored: 1,
            rejected: 2,
            created_at_adjusted: 5,
            orphans_nulled: 3,
        };
        let report = Report {
            status: Status::DryRun,
            bundle: BundleMark { name: "-".into(), sha256: "cd".repeat(32), bytes: 512 },
            tables: [("indicators".to_owned(), counts)].into(),
            totals: counts,
            files: FileCounts { placed: 1, placeholders: 2, ..FileCounts::default() },
            ignored_tables: vec!["campaigns".into()],
            ignored_columns: vec!["indicators.colour".into()],
            rejects_file: Some("./stdin-rejects.csv".into()),
            retry_command: Some("gapsync import --retry-rejects=./stdin-rejects.csv".into()),
            estimated_seconds: Some(600.0),
            started_at: "2026-11-21 03:00:00".into(),
            ..Report::default()
        };
        insta::assert_snapshot!(report.text());
    }

    #[test]
    fn a_failure_shows_its_cause_and_what_to_do() {
        let report = Report::<ImportCounts> {
            status: Status::Failed,
            bundle: BundleMark { name: "x.tar.gz".into(), ..BundleMark::default() },
            error: Some(Failure {
                kind: "damaged".into(),
                message: "the digest differs (member `data/kinds/00001.csv`)".into(),
                causes: vec!["checksum mismatch".into()],
                hint: Some("Copy the bundle again.".into()),
            }),
            ..Report::default()
        };
        insta::assert_snapshot!(report.text());
    }
}
