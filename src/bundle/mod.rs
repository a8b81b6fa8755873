//! The bundle: a tarball of a header, dump files, physical files and a manifest. Holds its header, reader and writer; the
//! text of the rows inside is in [`crate::rows`].

pub mod header;
pub mod layout;
pub mod reader;
mod sidecar;
mod tar;
pub mod writer;

#[cfg(test)]
mod tests;
