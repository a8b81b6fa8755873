//! The bundle: a tarball of dump files, physical files, a header and a manifest. Reader, writer, and the rows inside.

mod decode;
pub mod dump;
pub mod header;
pub mod layout;
mod outfile;
pub mod reader;
pub mod rejects;
mod rows;
mod tar;
pub mod writer;

#[cfg(test)]
mod tests;
