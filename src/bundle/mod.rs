//! The bundle: a tarball of dump files, physical files, a header and a manifest. Its header, reader and writer; the text of the rows inside is in `rows`.

pub mod header;
pub mod layout;
pub mod reader;
mod tar;
pub mod writer;

#[cfg(test)]
mod tests;
