//! Compression of the whole tarball.

/// How a bundle is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// gzip, in members written side by side; the default.
    Gzip,
    /// Zstandard.
    Zstd,
    /// bzip2; read only.
    Bzip2,
    /// xz; read only.
    Xz,
    /// A plain tar.
    None,
}
