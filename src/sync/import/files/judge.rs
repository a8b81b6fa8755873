//! Decides what happens to the file of a row, before anything is written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use crate::error::{Error, Result};
use crate::stream::root::{Found, Root, Trouble};

use super::owners::{Owners, RowKey};
use super::{Md5Bytes, key};
use crate::model::hex::md5_of_hex;

/// The content written in place of a file that the bundle does not have.
pub(super) const PLACEHOLDER: &[u8] = b"File excluded from export.";

/// Why a file cannot be placed where its row says.
pub(super) const TAKEN: &str = "its path belongs to another row";

/// The most numbers tried as suffixes of a name that is taken.
const NUMBERS: u32 = 99;

/// A row with a file.
#[derive(Clone, Debug)]
pub(super) struct FileRow {
    /// The row's id on the target.
    pub(super) row: RowKey,
    /// Whether this run inserted the row.
    pub(super) new: bool,
    /// Whether the path is made from the row's numbers: it can be no other, and what lies there is the row's.
    pub(super) fixed: bool,
    /// The path recorded on the target.
    pub(super) target: String,
    /// The path recorded in the bundle.
    pub(super) bundle: String,
    /// The MD5 recorded on the target.
    pub(super) digest: Option<String>,
    /// The MD5 recorded in the bundle.
    pub(super) announced: Option<String>,
}

/// The content to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The bundle's content with this MD5.
    Content(Md5Bytes),
    /// A text saying that the bundle does not have the file.
    Placeholder,
}

impl What {
    fn md5(self) -> Md5Bytes {
        match self {
            Self::Content(md5) => md5,
            Self::Placeholder => Md5::digest(PLACEHOLDER).into(),
        }
    }
}

/// What happens to the file of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The file stays as it is, or the row has none.
    Leave,
    /// The file is put in place.
    Place {
        /// The path below the files root.
        path: PathBuf,
        /// The content to write, or `None` if it is already there.
        what: Option<What>,
        /// The row's new path, if its old one is taken by another row's file.
        renamed: Option<String>,
    },
    /// The file cannot be placed; a text with the reason.
    Reject(&'static str),
}

/// Decides on the files of rows, one after the other.
pub(super) struct Judge<'a> {
    pub(super) root: &'a Root,
    /// MD5 of the path in the bundle → MD5 of the content.
    pub(super) known: &'a HashMap<Md5Bytes, Md5Bytes>,
    pub(super) owners: &'a mut Owners,
    /// Decisions that are not yet written: MD5 of the path → MD5 of the content.
    pub(super) planned: &'a mut HashMap<Md5Bytes, Md5Bytes>,
}

impl Judge<'_> {
    /// Decides on the file of a row.
    ///
    /// # Errors
    /// `File` if the disk fails.
    pub(super) fn judge(&mut self, row: &FileRow) -> Result<Verdict> {
        let verdict = match self.decide(row) {
            Ok(verdict) => verdict,
            Err(Trouble::Path(reason)) => Verdict::Reject(reason),
            Err(Trouble::System(error)) => {
                return Err(Error::file(self.root.path(), "a file below the files root cannot be read", error));
            }
        };
        if let Verdict::Place { path, what, .. } = &verdict {
            let place = key(&path.to_string_lossy());
            if let Some(what) = what {
                self.planned.insert(place, what.md5());
            }
            self.owners.decide(place, row.row, row.wanted(self.content(row)));
        }
        Ok(verdict)
    }

    fn content(&self, row: &FileRow) -> Option<Md5Bytes> {
        self.known.get(&key(row.bundle.trim_start_matches('/'))).copied()
    }

    fn decide(&mut self, row: &FileRow) -> Result<Verdict, Trouble> {
        if row.target.trim_start_matches('/').is_empty() {
            return Ok(Verdict::Leave);
        }
        let path = self.root.relative(&row.target).map_err(Trouble::Path)?;
        let content = self.content(row);
        if content.is_some() && row.announced.as_deref().is_some_and(|digest| md5_of_hex(digest) != content) {
            return Err(Trouble::Path("its content does not match the row's digest"));
        }
        // A newer version of the target's own; the bundle's file belongs to the older one.
        let own = row.digest.as_deref().and_then(md5_of_hex);
        if content.is_some() && own.is_some() && own != content {
            return Ok(Verdict::Leave);
        }
        let wanted = row.wanted(content);
        let found = self.look(&path)?;
        if matches!(found, Found::File(md5) if Some(md5) == wanted) {
            self.owners.decide(key(&path.to_string_lossy()), row.row, wanted);
            return Ok(Verdict::Leave);
        }
        let taken = self.owners.others(&key(&path.to_string_lossy()), row.row, wanted);
        let what = content.map_or(What::Placeholder, What::Content);
        match found {
            _ if taken && row.fixed => Err(Trouble::Path(TAKEN)),
            _ if taken => self.elsewhere(row, wanted, what),
            Found::File(_) if content.is_none() => Ok(Verdict::Leave),
            // It has no known owner, but it was there before the row.
            Found::File(md5) if row.new && !row.fixed && md5 != What::Placeholder.md5() => {
                self.elsewhere(row, wanted, what)
            }
            Found::File(_) | Found::Nothing => Ok(Verdict::Place { path, what: Some(what), renamed: None }),
        }
    }

    /// Finds a free name.
    fn elsewhere(&self, row: &FileRow, wanted: Option<Md5Bytes>, what: What) -> Result<Verdict, Trouble> {
        for renamed in other_names(&row.target, wanted) {
            let Ok(path) = self.root.relative(&renamed) else { continue };
            let found = match self.look(&path) {
                Ok(found) => found,
                Err(Trouble::Path(_)) => continue,
                Err(trouble) => return Err(trouble),
            };
            if self.owners.others(&key(&path.to_string_lossy()), row.row, wanted) {
                continue;
            }
            let what = match found {
                Found::Nothing => Some(what),
                Found::File(md5) if Some(md5) == wanted || md5 == what.md5() => None,
                Found::File(md5) if md5 == What::Placeholder.md5() => Some(what),
                Found::File(_) => continue,
            };
            return Ok(Verdict::Place { path, what, renamed: Some(renamed) });
        }
        Err(Trouble::Path("its path belongs to another row, and no other name is free"))
    }

    fn look(&self, path: &Path) -> Result<Found, Trouble> {
        match self.planned.get(&key(&path.to_string_lossy())) {
            Some(md5) => Ok(Found::File(*md5)),
            None => self.root.look(path),
        }
    }
}

impl FileRow {
    /// Returns the content that the row's file should have, as far as it is known.
    fn wanted(&self, content: Option<Md5Bytes>) -> Option<Md5Bytes> {
        content.or_else(|| self.digest.as_deref().and_then(md5_of_hex))
    }
}

/// Returns other names in the same folder: `name-1.ext` and so on, then one with part of the content's MD5.
fn other_names(recorded: &str, content: Option<Md5Bytes>) -> impl Iterator<Item = String> {
    let recorded = recorded.trim_end_matches('/');
    let (folder, name) = recorded.rsplit_once('/').map_or(("", recorded), |(folder, name)| (folder, name));
    let slash = if recorded.contains('/') { "/" } else { "" };
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let marks = (1..=NUMBERS).map(|number| number.to_string());
    let digest = content.map(|md5| crate::model::hex::hex(&md5[..8]));
    marks.chain(digest).map(move |mark| format!("{folder}{slash}{stem}-{mark}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_keeps_folder_and_extension() {
        let first = |recorded: &str| other_names(recorded, None).next().unwrap();
        assert_eq!(first("/files/a.b.pdf"), "/files/a.b-1.pdf");
        assert_eq!(first("0001"), "0001-1");
        assert_eq!(first("/.hidden"), "/.hidden-1");
        assert_eq!(other_names("x/y", Some([0xab; 16])).last().unwrap(), "x/y-abababababababab");
    }
}
