//! Helps to write a profile for a database that gapsync has no shipped profile for: [`draft`] writes one from the catalogue
//! and the data, [`check`] says what would go wrong with one, [`show`] explains one in words.

pub mod check;
pub mod draft;
mod estimate;
pub mod show;
