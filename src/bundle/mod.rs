//! The bundle: a tarball of dump files, physical files, a header and a manifest. Reader, writer, and the rows inside.

pub mod dump;
pub mod layout;
pub mod outfile;
pub mod reader;
pub mod writer;
