//! Reads physical files into a bundle while the platform may be writing them.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, Result};

/// Size up to which files are read completely before anything is written, so that they can be read again.
const SMALL_BYTES: u64 = 16 << 20;
/// How often a small file is read if it keeps changing.
const TRIES: usize = 3;
const PIECE_BYTES: usize = 256 << 10;

/// The content of a regular file.
pub(super) enum Content {
    /// All of it, in memory.
    Small(Vec<u8>),
    /// A file to be read in pieces.
    Large(Large),
}

/// A large file, which is read only once. Its size is written before its content, so it must not change meanwhile.
pub(super) struct Large {
    path: PathBuf,
    file: File,
    begin: Version,
    left: u64,
    piece: Vec<u8>,
}

/// Attributes that show whether a file was modified.
#[derive(PartialEq, Eq)]
struct Version {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// Opens a file. Returns `None` if there is no regular file of that name.
///
/// # Errors
/// `File` if it cannot be read, or changes on every attempt.
pub(super) fn open(path: &Path) -> Result<Option<Content>> {
    let fault = |error| Error::file(path, "the file cannot be read", error);
    for _ in 0..TRIES {
        // Checked before opening: opening a named pipe would wait for a writer.
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Ok(None),
            Err(error) if absent(&error) => return Ok(None),
            Err(error) => return Err(fault(error)),
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if absent(&error) => return Ok(None),
            Err(error) => return Err(fault(error)),
        };
        let begin = Version::of(&file.metadata().map_err(fault)?);
        if begin.bytes > SMALL_BYTES {
            let left = begin.bytes;
            let large = Large { path: path.to_owned(), file, begin, left, piece: vec![0; PIECE_BYTES] };
            return Ok(Some(Content::Large(large)));
        }
        let mut content = Vec::new();
        (&file).take(SMALL_BYTES + 1).read_to_end(&mut content).map_err(fault)?;
        let end = Version::of(&file.metadata().map_err(fault)?);
        if end == begin && content.len() as u64 == begin.bytes {
            return Ok(Some(Content::Small(content)));
        }
    }
    Err(changed(path))
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn changed(path: &Path) -> Error {
    let error = io::Error::other("its size or time has changed since it was opened");
    Error::file(path, "the file changed while it was being read", error)
        .hint("Run the export again when nothing writes to it.")
}

impl Large {
    /// Returns its size.
    pub(super) fn bytes(&self) -> u64 {
        self.begin.bytes
    }

    /// Returns the next piece, or `None` after the last one if the file is unchanged.
    ///
    /// # Errors
    /// `File` if it cannot be read or has changed.
    pub(super) fn next_piece(&mut self) -> Result<Option<&[u8]>> {
        let fault = |error| Error::file(&self.path, "the file cannot be read", error);
        if self.left == 0 {
            let end = Version::of(&self.file.metadata().map_err(fault)?);
            return if end == self.begin { Ok(None) } else { Err(changed(&self.path)) };
        }
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(PIECE_BYTES);
        let count = loop {
            match self.file.read(&mut self.piece[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(fault)?,
            }
        };
        if count == 0 {
            return Err(changed(&self.path));
        }
        self.left -= count as u64;
        Ok(Some(&self.piece[..count]))
    }
}
