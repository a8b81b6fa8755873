//! Renders the runs of a database.

use crate::error::escape;
use crate::run::report::grid::{Grid, duration, grouped};
use crate::run::report::{Body, Report, text};
use crate::sync::chain::StreamState;
use crate::sync::history::Run;
use crate::sync::report::{ExportBody, ImportBody};

/// Renders one line per run.
pub(in crate::cli) fn list(runs: &[Run]) -> String {
    if runs.is_empty() {
        return "no runs yet\n".to_owned();
    }
    let mut grid =
        Grid::new(&[">run", "type", "status", "started (UTC)", "ended (UTC)", ">rows", "receiver", ">seq", "bundle"]);
    for run in runs {
        grid.row(vec![
            run.id.to_string(),
            run.kind.clone(),
            run.status.clone(),
            whole_seconds(&run.started_at),
            run.finished_at.as_deref().map(whole_seconds).unwrap_or_default(),
            rows(run).map(grouped).unwrap_or_default(),
            run.report.pointer("/chain/stream/receiver").and_then(|name| name.as_str()).unwrap_or_default().to_owned(),
            run.report
                .pointer("/chain/sequence")
                .map(ToString::to_string)
                .filter(|own| own != "null")
                .unwrap_or_default(),
            run.report.pointer("/bundle/name").and_then(|name| name.as_str()).unwrap_or_default().to_owned(),
        ]);
    }
    grid.text(0)
}

/// Renders the imported streams and the bundles that are missing from each.
pub(in crate::cli) fn streams(states: &[StreamState]) -> String {
    if states.is_empty() {
        return "no bundle of a stream was imported here yet\n".to_owned();
    }
    let mut grid =
        Grid::new(&["receiver", "stream", "source", ">last", "made (UTC)", "applied (UTC)", ">age", ">missing"]);
    for state in states {
        grid.row(vec![
            state.stream.receiver.clone().unwrap_or_else(|| "-".to_owned()),
            state.stream.short(),
            format!("{} {}", state.source.engine, state.source.installation),
            state.last_sequence.map(|last| last.to_string()).unwrap_or_default(),
            whole_seconds(&state.last_created_at),
            whole_seconds(&state.last_applied_at),
            duration(state.staleness_seconds as f64),
            state.gaps.len().to_string(),
        ]);
    }
    let mut text = grid.text(0);
    for state in states {
        for gap in &state.gaps {
            let window = &gap.missing.window;
            text += &format!(
                "\nstream {}: {} missing since run {} ({} ago), window from {} to {}\n  at the source, with the options of \
                 its export: {}\n",
                state.stream.short(),
                gap.missing.named(),
                gap.run,
                duration(gap.age_seconds as f64),
                window.start.as_deref().unwrap_or("the beginning"),
                window.end.as_deref().unwrap_or("now"),
                gap.missing.command,
            );
        }
    }
    text
}

/// Renders the report of a run, or its raw content if it is not one of our reports.
pub(in crate::cli) fn whole(run: &Run) -> String {
    let page = match run.kind.as_str() {
        ExportBody::KIND => page::<ExportBody>(run),
        ImportBody::KIND => page::<ImportBody>(run),
        _ => None,
    };
    page.unwrap_or_else(|| {
        format!(
            "run {}, {}, {}, started {} UTC\n{:#}\n",
            run.id,
            escape::line(&run.kind),
            run.status,
            run.started_at,
            run.report
        )
    })
}

fn page<B: Body>(run: &Run) -> Option<String> {
    let report: Report<B> = serde_json::from_value(run.report.clone()).ok()?;
    // A report saved along the way does not say how the run ended.
    let note = if run.status == "unfinished" { "\nThis run is in progress, or died.\n" } else { "" };
    Some(format!("{}{note}", text::page(&report)))
}

/// Returns the number of rows in the bundle.
fn rows(run: &Run) -> Option<u64> {
    let totals = run.report.get("totals")?;
    totals.get("rows").or_else(|| totals.get("staged"))?.as_u64()
}

fn whole_seconds(time: &str) -> String {
    time.split('.').next().unwrap_or_default().to_owned()
}
