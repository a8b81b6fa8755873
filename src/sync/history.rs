//! `history` and `cleanup`.

use serde::Serialize;

use crate::error::{Error, Result};

use super::Context;

/// A row of `synchronizations`.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Id.
    pub id: i64,
    /// `export` or `import`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended; none: it runs, or died.
    pub finished_at: Option<String>,
    /// Process id.
    pub pid: Option<i64>,
    /// MD5 of `config_json`.
    pub hash: Option<String>,
    /// Scope options.
    pub config: serde_json::Value,
    /// The report.
    pub report: serde_json::Value,
}

/// All runs, newest first, or the one of an id.
///
/// # Errors
/// `Database`; `Usage` when no run has that id.
pub async fn history(_run: Option<i64>, _context: &Context) -> Result<Vec<Run>> {
    Err(Error::internal("not built yet"))
}

/// Drops sync tables that dead runs left behind; returns their names.
///
/// # Errors
/// `Database`; `Locked` when a run is under way.
pub async fn cleanup(_context: &Context) -> Result<Vec<String>> {
    Err(Error::internal("not built yet"))
}
