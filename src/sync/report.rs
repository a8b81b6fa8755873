//! Reports as text for people.

use crate::model::run::{ExportCounts, ImportCounts, Report};

/// A report that can be shown as text.
pub trait Rendered {
    /// The page that people read.
    fn text(&self) -> String;
}

impl Rendered for Report<ExportCounts> {
    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Rendered for Report<ImportCounts> {
    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
