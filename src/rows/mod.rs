//! The text of rows: dump files of a bundle, OUTFILE dump files of older tools, and rejects files. Readers and writers of bytes
//! in memory; where the bytes lie is of no concern here.

pub mod decode;
pub mod dump;
pub mod outfile;
pub mod reader;
pub mod rejects;
