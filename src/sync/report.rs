//! The pages of the reports of exports and imports.

mod export;
mod import;
