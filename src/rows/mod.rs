//! The text of rows: dump files of a bundle, OUTFILE dump files of older tools, delimited files of other programs, and
//! rejects files. Readers and writers work
//! on bytes in memory and do not know where the bytes are stored.

pub mod decode;
pub mod delimited;
pub mod dump;
pub mod outfile;
pub mod reader;
pub mod rejects;
