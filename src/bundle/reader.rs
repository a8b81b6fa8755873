//! Reads a bundle once, from its first byte to its last.

/// How dump files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Bundle version 1.
    #[default]
    Bundle,
    /// A tarball of what `SELECT … INTO OUTFILE` writes.
    Outfile,
}

/// What a reader accepts of hostile input.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes after decompression, in total.
    pub max_bytes: u64,
    /// Decompressed bytes for each compressed one, once past the first mebibytes.
    pub max_ratio: u64,
    /// Bytes of one row.
    pub max_row_bytes: u64,
}
