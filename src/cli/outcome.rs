//! What a command comes to.

use serde_json::Value;

use super::args::{LimitArgs, ResourceArgs};
use crate::bundle::reader::ReadLimits;
use crate::error::{Error, ExitStatus, Result};
use crate::run::ended::Ended;
use crate::run::report::{Body, text};
use crate::run::resources::{Resources, cores};

/// The outcome of a command.
pub(super) struct Outcome {
    /// The result as JSON.
    pub(super) json: Value,
    /// The result as text; `None` if there is nothing to show except the error.
    pub(super) text: Option<String>,
    /// The exit status.
    pub(super) status: ExitStatus,
    /// Why it failed.
    pub(super) error: Option<Error>,
    /// The command that continues from where it failed.
    pub(super) resume: Option<String>,
}

impl Outcome {
    /// Returns the outcome of a command that has done what it was asked for.
    pub(super) fn done(json: Value, text: String) -> Self {
        Self { json, text: Some(text), status: ExitStatus::Done, error: None, resume: None }
    }
}

/// Returns the outcome of a run with a report. Rejected rows change its exit status.
pub(super) fn reported<B: Body>(ended: Ended<B>) -> Result<Outcome> {
    let Ended { report, error } = ended;
    let json = serde_json::to_value(&report)
        .map_err(|error| Error::internal("the report cannot be written as JSON").because(error))?;
    let status = match &error {
        Some(error) => error.kind().exit_status(),
        None if !B::is_complete(&report) => ExitStatus::Rejected,
        None if let Some(kind) = report.body.foreseen() => kind.exit_status(),
        None if report.body.has_gap() => ExitStatus::Gap,
        None => ExitStatus::Done,
    };
    // A run that finished is shown even if its report could not be saved.
    let text = report.error.is_none().then(|| text::page(&report));
    Ok(Outcome { json, text, status, error, resume: report.resume })
}

/// Returns what a run may use of the machine.
pub(super) fn resources(args: &ResourceArgs) -> Resources {
    Resources { jobs: args.jobs.unwrap_or_else(cores), memory: args.memory_limit }
}

/// Returns what is accepted of a bundle.
pub(super) fn limits(args: &LimitArgs) -> ReadLimits {
    ReadLimits { max_bytes: args.max_bytes, max_ratio: args.max_ratio, max_row_bytes: args.max_row_bytes }
}
