//! How a run ends: its report, as a value and as a file, whatever the outcome.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::model::run::{Failure, ImportCounts, Report, SCHEMA_VERSION, Status};

use super::Context;
use super::report::Rendered;

/// A run that is over: the report is there in any case, the error when it failed.
#[derive(Debug)]
pub struct Ended<T> {
    /// What was done.
    pub report: Report<T>,
    /// Why it stopped.
    pub error: Option<Error>,
}

/// A report of a run that begins.
pub(super) fn fresh_report<T: Default>(kind: &str, options: serde_json::Value) -> Report<T> {
    Report { schema_version: SCHEMA_VERSION, kind: kind.to_owned(), options, ..Report::default() }
}

/// The error as a report shows it.
pub fn failure(error: &Error) -> Failure {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    Failure {
        kind: error.kind().name().to_owned(),
        message: error.to_string(),
        causes,
        hint: error.advice().map(str::to_owned),
    }
}

/// Puts the outcome into the report and writes it as text: `<bundle><suffix>` in the report folder.
pub(super) fn end<T>(mut report: Report<T>, outcome: Result<()>, context: &Context, suffix: &str) -> Ended<T>
where
    Report<T>: Rendered,
{
    let mut error = outcome.err();
    if let Some(error) = &error {
        report.status = Status::after(error);
        report.error = Some(failure(error));
    }
    if let Err(unwritten) = keep(&report, context, suffix) {
        let unwritten = unwritten.hint("The run itself came to its end. `gapsync history --run` has the report too.");
        error.get_or_insert(unwritten);
    }
    Ended { report, error }
}

/// Writes the report as text: `<bundle><suffix>` in the report folder. A run that has no bundle has nothing to name a report
/// after, and writes none.
///
/// # Errors
/// `File`.
pub(super) fn keep<T>(report: &Report<T>, context: &Context, suffix: &str) -> Result<()>
where
    Report<T>: Rendered,
{
    if report.bundle.name.is_empty() {
        return Ok(());
    }
    let path = context.report_dir.join(format!("{}{suffix}", file_stem(&report.bundle.name)));
    write_durably(&path, &report.text()).map_err(|unwritten| {
        Error::new(ErrorKind::File, "cannot write the report").at_path(path.display().to_string()).because(unwritten)
    })
}

/// The name that reports show for a bundle: its file name, or `-` for standard input.
pub(super) fn shown_name(file: Option<&Path>) -> String {
    let name = file.and_then(Path::file_name);
    name.map_or_else(|| "-".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn file_stem(bundle: &str) -> &str {
    if bundle == "-" { "stdin" } else { bundle }
}

/// Where rejected rows of a bundle go.
pub(super) fn rejects_path(folder: &Path, bundle: &str) -> PathBuf {
    // A rejects file that is taken back in must not be overwritten by what is rejected again.
    let stem = file_stem(bundle);
    folder.join(format!("{}-rejects.csv", stem.strip_suffix(".csv").unwrap_or(stem)))
}

/// Counts of a table: what staging rejected or left out, and what became of the rest.
pub(super) fn merged(staged: Option<&ImportCounts>, resolved: &ImportCounts) -> ImportCounts {
    let Some(staged) = staged else { return *resolved };
    let mut counts = *resolved;
    counts.staged = staged.staged;
    counts.rejected += staged.rejected;
    counts.ignored += staged.ignored;
    counts
}

/// Peak resident memory of this process in bytes; zero where the system does not tell.
pub(super) fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).map_or(0, |kib| kib * 1024)
}

/// A word as a shell takes it for one.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn write_durably(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    let written = fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}
