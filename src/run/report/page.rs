//! The parts of a page that exports and imports share.

use std::fmt::Write;

use crate::error::escape;
use crate::model::manifest::Chain;
use crate::model::run::{BundlePlace, FileCounts, Missing, RejectReason, RejectedRow, Report, Status};

use crate::run::disk::line;

use super::grid::{Grid, duration, grouped, pace, size};

/// A page that grows from top to bottom, block by block, with an empty line between blocks.
pub struct Page(String);

impl Page {
    /// Begins a page with its head: how the run ended, which bundle, when. `nothing` is the status of a run that had
    /// nothing to do.
    pub fn new<T>(title: &str, report: &Report<T>, nothing: &str) -> Self {
        let mut page = Self(format!("{title}\n{}\n\n", "=".repeat(title.len())));
        let status = match report.status {
            Status::Finished => "finished",
            Status::Failed => "FAILED",
            Status::Interrupted => "INTERRUPTED",
            Status::DryRun => "dry run: nothing was written",
            Status::NothingToDo => nothing,
            Status::NothingNew => "nothing new in the window",
        };
        page.fact("status", status);
        if !report.bundle.name.is_empty() {
            let name = if report.bundle.name == "-" { "standard input" } else { &report.bundle.name };
            page.fact("bundle", name);
        }
        if !report.bundle.sha256.is_empty() {
            page.fact("sha256", &report.bundle.sha256);
            page.fact("size", &bytes(report.bundle.bytes));
        }
        if let Some(place) = &report.chain {
            page.place(place);
        }
        if let Some(window) = &report.window {
            page.fact("window from", window.start.as_deref().unwrap_or("the beginning"));
            page.fact("window to", window.end.as_deref().unwrap_or("now"));
        }
        if let Some(id) = report.run_id {
            page.fact("run", &id.to_string());
        }
        if !report.started_at.is_empty() {
            page.fact("started", &whole_seconds(&report.started_at));
        }
        if let Some(finished_at) = &report.finished_at {
            page.fact("ended", &whole_seconds(finished_at));
        }
        page
    }

    /// Adds the bundle's origin and its place in its stream.
    fn place(&mut self, place: &BundlePlace) {
        if let Some(source) = &place.source {
            self.fact("source", &format!("{} installation {}", source.engine, source.installation));
        }
        if let Some(created_at) = &place.created_at {
            self.fact("made", &whole_seconds(created_at));
        }
        for (name, value) in place_facts(&place.chain) {
            self.fact(name, &value);
        }
        if let Some(before) = &place.applied_before {
            self.fact("applied", &format!("before, by run {} at {}", before.run, whole_seconds(&before.at)));
        }
    }

    /// Adds a line to the head.
    pub fn fact(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.0, "{name:<13}{}", escape::line(value));
    }

    /// Adds a heading with lines below it, or nothing if there are no lines.
    pub fn block(&mut self, heading: &str, lines: &str) {
        if !lines.is_empty() {
            let _ = write!(self.0, "\n{heading}\n{lines}");
        }
    }

    /// Adds a heading with a list below it.
    pub fn list<'a>(&mut self, heading: &str, items: impl IntoIterator<Item = &'a String>) {
        let lines: String = items.into_iter().map(|item| format!("  {}\n", escape::line(item))).collect();
        self.block(heading, &lines);
    }

    /// Adds the blocks after the tables: first what the user has to know, then where the time went.
    pub fn finish<T>(mut self, report: &Report<T>) -> String {
        self.list("Tables created", &report.tables_created);
        self.list("Tables left out, which the database lacks", &report.ignored_tables);
        self.list("Columns left out, which the database lacks", &report.ignored_columns);
        let refused = report.rejected_files.iter();
        let refused: Vec<String> =
            refused.map(|file| format!("{} of {}: {}", file.path, file.table, file.reason)).collect();
        self.list("Physical files that were not taken", &refused);
        self.list("Rows of which the database has a newer version are listed in", &report.kept_file);
        self.block("Rows rejected, and three of each by name", &rejected(&report.reject_reasons));
        self.list("Rejected rows are in", &report.rejects_file);
        self.list("Once they or the database are fixed, import them with", &report.retry_command);
        if let Some(lacking) = report.chain.as_ref().and_then(|place| place.missing.as_ref()) {
            self.block("An earlier bundle is missing", &missing(lacking));
        }
        self.list("Warnings", &report.warnings);
        let need =
            report.need.iter().flat_map(|need| &need.disks).map(|disk| format!("  {}\n", escape::line(&line(disk))));
        self.block("Space needed at most, as estimated before the start", &need.collect::<String>());
        self.block("Options", &options(&report.options));
        self.block("Phases", &phases(report));
        if report.peak_memory_bytes > 0 {
            let _ = writeln!(self.0, "\nPeak memory: {}", size(report.peak_memory_bytes));
        }
        if report.retries > 0 {
            let _ = writeln!(self.0, "\nContinued after temporary database errors: {} times", report.retries);
        }
        if let Some(seconds) = report.estimated_seconds {
            let _ = writeln!(self.0, "\nA real run would take about {}.", duration(seconds));
        }
        if let Some(error) = &report.error {
            let causes = error.causes.iter().map(|cause| format!("  because: {}\n", escape::line(cause)));
            let hint = error.hint.iter().map(|hint| format!("  hint: {}\n", escape::line(hint)));
            let lines: String = causes.chain(hint).collect();
            let phase = report
                .failed_phase
                .iter()
                .map(|phase| format!("  while: {}\n", escape::line(phase)))
                .collect::<String>();
            let _ = write!(self.0, "\nError: {}\n{phase}{lines}", escape::line(&error.message));
        }
        if let Some(command) = &report.resume {
            let _ = writeln!(self.0, "\nTo continue from where it stopped:\n  {}", escape::line(command));
        }
        if let Some(path) = &report.report_file {
            let _ = writeln!(self.0, "\nThis report is in {}", escape::line(path));
        }
        self.0
    }
}

/// Returns the name and value of each line on a bundle's place in its stream.
pub fn place_facts(chain: &Chain) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(stream) = &chain.stream {
        facts.push(("receiver", stream.receiver.clone().unwrap_or_else(|| "-".to_owned())));
        facts.push(("stream", stream.short()));
    }
    facts
        .push(("sequence", chain.sequence.map_or_else(|| "none, outside the chain".to_owned(), |own| own.to_string())));
    if let Some(covers) = chain.covers.filter(|covers| chain.sequence != Some(*covers)) {
        facts.push(("covers", format!("bundles from {covers} on")));
    }
    facts
}

/// Returns the lines about missing bundles.
fn missing(missing: &Missing) -> String {
    let Missing { window, command, .. } = missing;
    let start = window.start.as_deref().unwrap_or("the beginning");
    let end = window.end.as_deref().unwrap_or("now");
    format!(
        "  {}, window from {start} to {end}\n  At the source, with the options of its export: {command}\n",
        missing.named()
    )
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

/// Returns the lines about physical files, or nothing if there were none.
pub fn files(counts: &FileCounts, placed: &str, placeholders: &str) -> String {
    let named = [(placed, counts.placed), (placeholders, counts.placeholders), ("left out", counts.skipped)];
    let more = [("not taken", counts.rejected), ("under another name", counts.renamed)];
    let named: Vec<_> = named.into_iter().chain(more.into_iter().filter(|(_, count)| *count > 0)).collect();
    if named.iter().all(|(_, count)| *count == 0) {
        return String::new();
    }
    named.iter().map(|(name, count)| format!("  {name}: {}\n", grouped(*count))).collect()
}

/// Returns a neutral timestamp without its fraction.
fn whole_seconds(time: &str) -> String {
    format!("{} UTC", time.split('.').next().unwrap_or_default())
}

/// Returns a size like `12,345 bytes (12.1 KiB)`.
fn bytes(count: u64) -> String {
    if count < 1024 { format!("{count} bytes") } else { format!("{} bytes ({})", grouped(count), size(count)) }
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

fn phases<T>(report: &Report<T>) -> String {
    if report.phases.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["phase", ">seconds", ">rows", ">rows/s"]);
    for phase in &report.phases {
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
