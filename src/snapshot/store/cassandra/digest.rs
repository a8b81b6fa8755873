//! Checks data files against the digests that Cassandra wrote beside them: `…-Digest.crc32` holds the CRC-32 of `…-Data.db`
//! in decimal. `sstableloader` streams a damaged file without a word.

use std::fs::{self, File};
use std::io::{ErrorKind as Io, Read};
use std::path::{Path, PathBuf};

use crc32fast::Hasher;

use super::super::contract::Pieces;
use crate::error::{Error, Result};
use crate::stream::cancel::Cancel;

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// What a data file's name ends with.
const DATA: &str = "-Data.db";

/// Returns the digest that Cassandra wrote for a data file, or `None` for other files and where there is none.
///
/// # Errors
/// `File`; `Damaged` if it is no number.
pub(super) fn wanted(path: &Path) -> Result<Option<u32>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(begin) = name.strip_suffix(DATA) else { return Ok(None) };
    let beside = path.with_file_name(format!("{begin}-Digest.crc32"));
    match fs::read_to_string(&beside) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| {
            Error::damaged("the digest of a data file is not a number").at_path(beside.display().to_string())
        }),
        Err(error) if error.kind() == Io::NotFound => Ok(None),
        Err(error) => Err(Error::file(beside, "the digest of a data file cannot be read", error)),
    }
}

/// A data file, which is checked while it is read.
pub(super) struct Checked {
    path: PathBuf,
    file: File,
    hasher: Hasher,
    wanted: u32,
    cancel: Cancel,
}

impl Checked {
    /// Opens a file.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn open(path: &Path, wanted: u32, cancel: Cancel) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::file(path, "a data file cannot be opened", error))?;
        Ok(Self { path: path.to_owned(), file, hasher: Hasher::new(), wanted, cancel })
    }
}

impl Pieces for Checked {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        self.cancel.check()?;
        let mut piece = Vec::with_capacity(PIECE);
        let count = (&mut self.file).take(PIECE as u64).read_to_end(&mut piece);
        count.map_err(|error| Error::file(&self.path, "a data file cannot be read", error))?;
        self.hasher.update(&piece);
        if !piece.is_empty() {
            return Ok(Some(piece));
        }
        if self.hasher.clone().finalize() != self.wanted {
            return Err(Error::database("a data file of Cassandra is damaged: its digest does not match")
                .at_path(self.path.display().to_string())
                .hint("Repair the table, or `nodetool scrub` it, and make the snapshot again."));
        }
        Ok(None)
    }
}

/// Checks all data files below a folder, and returns how many there are.
///
/// # Errors
/// `Damaged` with the first that does not match; `File`; `Interrupted`.
pub(super) fn check_all(folder: &Path, cancel: &Cancel) -> Result<usize> {
    let fault = |error| Error::file(folder, "a folder of the store cannot be read", error);
    let mut count = 0;
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.is_dir() {
            count += check_all(&path, cancel)?;
        } else if path.to_string_lossy().ends_with(DATA) {
            count += 1;
            let Some(wanted) = wanted(&path)? else { continue };
            let mut checked = Checked::open(&path, wanted, cancel.clone())?;
            let outcome = loop {
                match checked.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            outcome.map_err(|error| match error.kind() {
                crate::error::ErrorKind::Database => {
                    let shown = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                    Error::damaged("a data file does not match the digest that Cassandra wrote").at_member(shown)
                }
                _ => error,
            })?;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_file_that_was_changed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("t");
        fs::create_dir(&table).unwrap();
        fs::write(table.join("nb-1-big-Data.db"), "123456789").unwrap();
        fs::write(table.join("nb-1-big-Index.db"), "anything").unwrap();
        // The check value of this CRC in its definition.
        fs::write(table.join("nb-1-big-Digest.crc32"), format!("{}", 0xCBF4_3926_u32)).unwrap();
        let cancel = Cancel::default();
        assert_eq!(check_all(folder.path(), &cancel).unwrap(), 1);
        fs::write(table.join("nb-1-big-Data.db"), "123456788").unwrap();
        let error = check_all(folder.path(), &cancel).unwrap_err();
        assert!(
            error.kind() == crate::error::ErrorKind::Damaged && error.to_string().contains("nb-1-big-Data.db"),
            "{error}"
        );
        fs::remove_file(table.join("nb-1-big-Digest.crc32")).unwrap();
        assert_eq!(check_all(folder.path(), &cancel).unwrap(), 1);
    }
}
