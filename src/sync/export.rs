//! Export: the profile's tables in one consistent snapshot, into a bundle.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::run::{ExportCounts, Report};
use crate::stream::codec::Codec;

use super::Context;

/// What to export and where to.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Folder for the bundle.
    pub target: PathBuf,
    /// First moment of the window, as a neutral timestamp; `None`: where the last export left off.
    pub start: Option<String>,
    /// Last moment of the window for objects, as a neutral timestamp.
    pub end: Option<String>,
    /// Whether soft-deleted rows travel.
    pub include_deleted: bool,
    /// Whether investigations and tasks travel.
    pub include_investigations: bool,
    /// Metadata tables alone.
    pub meta_only: bool,
    /// File types whose physical files stay behind.
    pub ignore_file_types: Vec<String>,
    /// Rows a dump file at most.
    pub object_limit: u64,
    /// Bytes of rows in flight at most.
    pub memory_limit: u64,
    /// How the bundle is compressed.
    pub compression: Codec,
    /// Folder below which the physical files lie.
    pub files_root: Option<PathBuf>,
    /// Whether a `synchronizations` row is written.
    pub record: bool,
}

/// Runs an export.
///
/// # Errors
/// As the exit codes of `design.md` section 3 say.
pub async fn export(_request: &ExportRequest, _context: &Context) -> Result<Report<ExportCounts>> {
    Err(Error::internal("not built yet"))
}
