//! Renders a report: the head that all runs share, and between its parts what the stage says.

use crate::error::escape;
use crate::model::run::{Failure, Phase, RejectReason, RejectedRow, Status};
use crate::run::disk::line;

use super::grid::{Grid, duration, grouped, pace, size};
use super::head::{Body, Report};
use super::page::{Page, whole_seconds};

/// Returns a report as a page for people, with a line feed at its end. The text file beside a bundle and the output on a
/// terminal are this page.
pub fn page<B: Body>(report: &Report<B>) -> String {
    let mut page = Page::new(&format!("gapsync {}", B::KIND));
    begin(report, &mut page);
    B::figures(report, &mut page);
    page.list("Tables created", &report.tables_created);
    page.list("Tables left out, which the database lacks", &report.ignored_tables);
    page.list("Columns left out, which the database lacks", &report.ignored_columns);
    report.body.lists(&mut page);
    page.block("Rows rejected, and three of each by name", &rejected(&report.reject_reasons));
    page.list("Rejected rows are in", &report.rejects_file);
    page.list("Once they or the database are fixed, import them with", &report.retry_command);
    report.body.remedies(&mut page);
    page.list("Warnings", &report.warnings);
    let need = report.need.iter().flat_map(|need| &need.disks).map(|disk| format!("  {}\n", escape::line(&line(disk))));
    page.block("Space needed at most, as estimated before the start", &need.collect::<String>());
    page.block("Options", &options(&report.options));
    page.block("Phases", &phases(&report.phases));
    end(report, &mut page);
    page.finish()
}

/// Writes how the run ended, what it read or wrote, and when.
fn begin<B: Body>(report: &Report<B>, page: &mut Page) {
    let status = match report.status {
        Status::Finished => "finished",
        Status::Failed => "FAILED",
        Status::Interrupted => "INTERRUPTED",
        Status::DryRun => "dry run: nothing was written",
        Status::NothingToDo => B::nothing_to_do(report),
        Status::NothingNew => "nothing new in the window",
    };
    page.fact("status", status);
    report.body.facts(page);
    if let Some(id) = report.run_id {
        page.fact("run", &id.to_string());
    }
    if !report.started_at.is_empty() {
        page.fact("started", &whole_seconds(&report.started_at));
    }
    if let Some(finished_at) = &report.finished_at {
        page.fact("ended", &whole_seconds(finished_at));
    }
}

/// Writes what comes last: figures of the process, and why the run failed.
fn end<B: Body>(report: &Report<B>, page: &mut Page) {
    if report.peak_memory_bytes > 0 {
        page.lines(&format!("Peak memory: {}\n", size(report.peak_memory_bytes)));
    }
    if report.retries > 0 {
        page.lines(&format!("Continued after temporary database errors: {} times\n", report.retries));
    }
    if let Some(seconds) = report.estimated_seconds {
        page.lines(&format!("A real run would take about {}.\n", duration(seconds)));
    }
    if let Some(error) = &report.error {
        page.lines(&failed(error, report.failed_phase.as_deref()));
    }
    if let Some(command) = &report.resume {
        page.lines(&format!("To continue from where it stopped:\n  {}\n", escape::line(command)));
    }
    if let Some(path) = &report.report_file {
        page.lines(&format!("This report is in {}\n", escape::line(path)));
    }
}

/// Returns the lines about an error.
fn failed(error: &Failure, phase: Option<&str>) -> String {
    let phase = phase.iter().map(|phase| format!("  while: {}\n", escape::line(phase)));
    let causes = error.causes.iter().map(|cause| format!("  because: {}\n", escape::line(cause)));
    let hint = error.hint.iter().map(|hint| format!("  hint: {}\n", escape::line(hint)));
    let lines: String = phase.chain(causes).chain(hint).collect();
    format!("Error: {}\n{lines}", escape::line(&error.message))
}

/// Returns a line for each reason why rows were rejected.
fn rejected(reasons: &[RejectReason]) -> String {
    let line = |reason: &RejectReason| {
        let named: Vec<String> = reason.examples.iter().map(RejectedRow::named).collect();
        let text = format!("{}: {}: {}", grouped(reason.rows), reason.reason, named.join(", "));
        format!("  {}\n", escape::line(&text))
    };
    reasons.iter().map(line).collect()
}

fn options(options: &serde_json::Value) -> String {
    let Some(options) = options.as_object() else { return String::new() };
    let shown = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::Bool(true) => "Y".to_owned(),
        serde_json::Value::Bool(false) => "N".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(serde_json::Value::as_str).collect();
            if items.is_empty() { "-".to_owned() } else { items.join(", ") }
        }
        other => other.to_string(),
    };
    options
        .iter()
        .map(|(name, value)| {
            format!("  {:<24}{}\n", escape::line(&name.replace('_', "-")), escape::line(&shown(value)))
        })
        .collect()
}

fn phases(phases: &[Phase]) -> String {
    if phases.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["phase", ">seconds", ">rows", ">rows/s"]);
    for phase in phases {
        let counted = |text: String| if phase.rows == 0 { String::new() } else { text };
        grid.row(vec![
            phase.name.clone(),
            format!("{:.2}", phase.seconds),
            counted(grouped(phase.rows)),
            counted(pace(phase.rows, phase.seconds)),
        ]);
    }
    grid.text(2)
}
