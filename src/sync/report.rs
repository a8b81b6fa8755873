//! What exports and imports add to the report of a run.

mod bundle;
mod export;
mod import;

pub use bundle::{AppliedBefore, BundlePlace, FileCounts, Missing, RejectedFile, place_facts};
pub use export::{ExportBody, ExportCounts, Watermark};
pub use import::{ImportBody, ImportCounts};
