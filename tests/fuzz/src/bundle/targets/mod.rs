//! One target a format.

pub mod dump_file;
pub mod header_and_manifest;
pub mod outfile;
mod rows;
pub mod tar;
