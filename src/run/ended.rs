//! Ends a run: makes its report, as a value and as a file, whatever the outcome.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::run::{Failure, Status};
use crate::stream::durable;
use crate::stream::root::FILE_MODE;

use super::Context;
use super::report::{Body, Report, text};

/// Hint for a damaged bundle.
pub const CARRY_AGAIN: &str = "Copy the bundle again, and compare its digest with the one that the export showed; \
                                      `gapsync verify` checks whether a copy is intact.";

/// A run that is over. The report always exists, the error only if the run failed.
#[derive(Debug)]
pub struct Ended<B: Body> {
    /// What was done.
    pub report: Report<B>,
    /// Why it stopped.
    pub error: Option<Error>,
}

/// Converts an error to the form in which reports show it.
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

/// Puts the outcome into the report and writes it as text to `<bundle without .tar.gz><suffix>` in the report folder, with
/// a number added if that name is taken.
pub fn end<B: Body>(mut report: Report<B>, outcome: Result<()>, context: &Context, suffix: &str) -> Ended<B> {
    let mut error = outcome.err();
    if let Some(error) = &error {
        report.status = Status::after(error);
        report.error = Some(failure(error));
        // An earlier text may claim a different outcome.
        report.report_file = None;
    }
    // A run that did not begin never had a bundle or database open long enough to report anything.
    if !report.started_at.is_empty()
        && let Err(unwritten) = keep(&mut report, context, suffix)
    {
        let unwritten = unwritten.hint("The run itself completed. `gapsync history --run` shows the report too.");
        error.get_or_insert(unwritten);
    }
    Ended { report, error }
}

/// Writes the report as text to `<bundle without .tar.gz><suffix>` in the report folder, with a number added if that name
/// is taken, and records the name in the report. Writes nothing if the run has no bundle to name the report after, or if
/// the report was written before.
///
/// # Errors
/// `File`.
pub fn keep<B: Body>(report: &mut Report<B>, context: &Context, suffix: &str) -> Result<()> {
    if report.body.name().is_empty() || report.report_file.is_some() {
        return Ok(());
    }
    let (folder, stem) = (&context.report_dir, file_stem(report.body.name()));
    let text = text::page(report);
    match durable::write_beside_others(folder, stem, suffix, &escape::page(&text), FILE_MODE) {
        Ok(path) => report.report_file = Some(path.display().to_string()),
        Err(unwritten) => {
            return Err(Error::new(ErrorKind::File, "the report cannot be written")
                .at_path(folder.join(format!("{stem}{suffix}")).display().to_string())
                .because(unwritten));
        }
    }
    Ok(())
}

/// Returns the name that reports show for a bundle: its file name, or `-` for standard input.
pub fn shown_name(file: Option<&Path>) -> String {
    let name = file.and_then(Path::file_name);
    name.map_or_else(|| "-".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Returns what the names of a bundle's files begin with: the bundle's name without the extensions of a tarball.
pub fn file_stem(bundle: &str) -> &str {
    const TARBALLS: [&str; 11] =
        [".tar.gz", ".tgz", ".tar.zst", ".tar.zstd", ".tzst", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar"];
    if bundle == "-" {
        return "stdin";
    }
    let stem = TARBALLS.iter().find_map(|extension| bundle.strip_suffix(extension));
    stem.filter(|stem| !stem.is_empty()).unwrap_or(bundle)
}

/// Returns the path for a bundle's rejected rows: a file that does not exist yet.
pub fn rejects_path(folder: &Path, bundle: &str) -> PathBuf {
    let stem = file_stem(bundle);
    durable::free_name(folder, stem.strip_suffix(".csv").unwrap_or(stem), "-rejects.csv")
}

/// Returns the peak resident memory of this process in bytes, or zero if the system does not report it.
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).map_or(0, |kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_the_tarball() {
        let stems = ["a.tar.gz", "a.b.tgz", "a.tar.zst", "a", "-", ".tar", "x-rejects.csv"].map(file_stem);
        assert_eq!(stems, ["a", "a.b", "a", "a", "stdin", ".tar", "x-rejects.csv"]);
    }
}
