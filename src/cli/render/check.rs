//! Renders the findings of `check`.

use serde_json::{Value, json};

use crate::error::{Error, ExitStatus, Result};
use crate::run::report::grid::Grid;
use crate::sync::check::CheckReport;

use super::super::mask;
use super::with_version;

/// Renders the report as one object.
///
/// # Errors
/// `Internal`, which cannot happen with plain data.
pub(in crate::cli) fn json(report: &CheckReport) -> Result<Value> {
    let mut object = serde_json::to_value(report)
        .map_err(|error| Error::internal("the result cannot be written as JSON").because(error))?;
    let ready = report.exit_status() == ExitStatus::Done;
    if let Value::Object(fields) = &mut object {
        fields.insert("status".to_owned(), json!(if ready { "ready" } else { "not-ready" }));
        fields.insert("exit_status".to_owned(), json!(report.exit_status() as u8));
    }
    Ok(with_version(object))
}

/// Renders the grid, followed by the statements for an administrator.
pub(in crate::cli) fn text(report: &CheckReport) -> String {
    let mut grid = Grid::new(&["check", "state", "what was found, and what to do"]);
    for line in &report.checks {
        let advice = line.advice.as_ref().map(|advice| format!(": {advice}")).unwrap_or_default();
        let found = mask::secrets(&format!("{}{advice}", line.found));
        grid.row(vec![line.check.to_owned(), line.state.name().to_owned(), found]);
    }
    let mut text = grid.text(0);
    if !report.grants.is_empty() {
        text += "\nto be run by an administrator of the database:\n";
        for statement in &report.grants {
            text += statement;
            text.push('\n');
        }
    }
    text
}
