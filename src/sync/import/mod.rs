//! Import: a bundle into the database.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::run::{ImportCounts, Report};

use super::Context;

/// What to import and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The bundle; `None` is standard input.
    pub file: Option<PathBuf>,
    /// How its dump files are written.
    pub dialect: crate::bundle::reader::Dialect,
    /// What its reader accepts.
    pub limits: crate::bundle::reader::Limits,
    /// Keep the older `created_at`.
    pub keep_created_at: bool,
    /// Rows that one statement touches at most.
    pub object_limit: u64,
    /// Bytes of rows in flight at most.
    pub memory_limit: u64,
    /// Whether a description of the bundle replaces the target's.
    pub override_description: bool,
    /// Everything but writing to base tables.
    pub dry_run: bool,
    /// Fill `sync_hash` first instead of failing.
    pub fill_sync_hash: bool,
    /// Folder below which physical files are placed.
    pub files_root: Option<PathBuf>,
    /// Leave the sync tables for a look.
    pub keep_sync_tables: bool,
}

/// Runs an import.
///
/// # Errors
/// As the exit codes of `design.md` section 3 say.
pub async fn import(_request: &ImportRequest, _context: &Context) -> Result<Report<ImportCounts>> {
    Err(Error::internal("not built yet"))
}
