//! Which members of a bundle, or of its base, hold the content of which file. There may be more files than memory holds, so this
//! is read along with the entries, in their order.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::catalogue::read::Catalogue;
use super::catalogue::records::Records;
use super::catalogue::tree::path_key;
use super::catalogue::{Entry, Kind, shown};
use crate::error::{Error, ErrorKind, Result};
use crate::stream::field;
use crate::stream::sorter::Sorter;

/// Bytes that are kept in memory while a snapshot is compared with its base.
const JOIN_BYTES: usize = 8 << 20;

/// Where the content of a file is, among the members of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) enum Held {
    /// In the member of this number.
    Whole(u64),
    /// In all members of the file of this number.
    Parts(u64),
}

impl Held {
    fn to_bytes(self) -> [u8; 9] {
        let (kind, number) = match self {
            Self::Whole(number) => (0, number),
            Self::Parts(file) => (1, file),
        };
        let mut bytes = [kind; 9];
        bytes[1..].copy_from_slice(&number.to_le_bytes());
        bytes
    }

    fn of(bytes: [u8; 9]) -> Self {
        let number = u64::from_le_bytes(field(&bytes, 1));
        if bytes[0] == 0 { Self::Whole(number) } else { Self::Parts(number) }
    }
}

impl Catalogue {
    /// Returns the entries in order, each with what holds its content in its bundle.
    ///
    /// # Errors
    /// In place of an entry: `File`.
    pub(in crate::snapshot) fn own(&self) -> impl Iterator<Item = Result<(Entry, Option<Held>)>> + '_ {
        let mut parts = self.parts.iter().peekable();
        // The members come in the order of the parts.
        let mut member = 0;
        self.entries.iter().map(move |entry| {
            let entry = entry?;
            let mut held = None;
            while let Some(part) = parts.next_if(|part| part.as_ref().map_or(true, |(part, _)| part.file == entry.id)) {
                let (part, _) = part?;
                let is_whole = part.offset == 0 && part.bytes == entry.bytes;
                held = held.or(Some(if is_whole { Held::Whole(member) } else { Held::Parts(entry.id) }));
                member += 1;
            }
            Ok((entry, held))
        })
    }
}

/// What holds the content of the files of a snapshot that its base has, in the order of its entries.
#[derive(Debug)]
pub(in crate::snapshot) struct BaseContent(Records<10>);

/// A catalogue, with the names of its stores.
type Named<'a> = (&'a Catalogue, &'a [String]);

/// Bytes of what is said about a file: which path, who says it, the number of the file, size and digest, and what holds it.
const FILE: usize = 16 + 1 + 8 + 16 + 10;

fn unkept(error: io::Error) -> Error {
    Error::new(ErrorKind::File, "the files of the base cannot be kept in a temporary file").because(error)
}

fn said(of_base: bool, store: &str, entry: &Entry, held: Option<Held>) -> [u8; FILE] {
    let mut content =
        Sha256::new().chain_update(entry.bytes.to_le_bytes()).chain_update(entry.sha256.unwrap_or_default());
    for (offset, bytes) in &entry.holes {
        content.update(offset.to_le_bytes());
        content.update(bytes.to_le_bytes());
    }
    let content: [u8; 16] = field(&content.finalize(), 0);
    let mut record = [0; FILE];
    record[..16].copy_from_slice(&path_key(store, if of_base { &entry.path } else { entry.path_in_base() }));
    record[16] = u8::from(!of_base);
    record[17..25].copy_from_slice(&entry.id.to_be_bytes());
    record[25..41].copy_from_slice(&content);
    record[41..].copy_from_slice(&kept(held));
    record
}

fn kept(held: Option<Held>) -> [u8; 10] {
    let mut bytes = [u8::from(held.is_some()); 10];
    bytes[1..].copy_from_slice(&held.map_or([0; 9], Held::to_bytes));
    bytes
}

impl BaseContent {
    /// Finds in a base the files that a snapshot has of it.
    ///
    /// # Errors
    /// `Damaged` if the base lacks one; `File`.
    pub(in crate::snapshot) fn find(base: Named<'_>, snapshot: Named<'_>, folder: &Path) -> Result<Self> {
        let mut files = Sorter::<FILE>::new(folder, JOIN_BYTES);
        let (base, names) = base;
        for own in base.own() {
            let (entry, held) = own?;
            // The content of what has a base itself is in neither of the two.
            if entry.kind == Kind::File && !entry.based {
                files.push(said(true, &names[entry.store], &entry, held)).map_err(unkept)?;
            }
        }
        let (snapshot, names) = snapshot;
        for entry in snapshot.entries.iter() {
            let entry = entry?;
            if entry.based {
                files.push(said(false, &names[entry.store], &entry, None)).map_err(unkept)?;
            }
        }
        let mut found = Sorter::<18>::new(folder, JOIN_BYTES);
        let mut known = [0; FILE];
        let mut taken = None;
        let mut faults: Option<(u64, &str)> = None;
        for record in files.sorted().map_err(unkept)? {
            let record = record.map_err(unkept)?;
            if record[16] == 0 {
                known = record;
                continue;
            }
            let id = u64::from_be_bytes(field(&record, 17));
            let path: [u8; 16] = field(&record, 0);
            let fault = if known[..16] != path || known[25..41] != record[25..41] {
                Some("the catalogue names a file that its base lacks")
            } else if taken == Some(path) {
                // It becomes one file, so it can be that of one entry.
                Some("the catalogue names a file of its base twice")
            } else {
                None
            };
            taken = Some(path);
            if let Some(fault) = fault {
                faults = Some(faults.map_or((id, fault), |first| first.min((id, fault))));
                continue;
            }
            let mut own = [0; 18];
            own[..8].copy_from_slice(&id.to_be_bytes());
            own[8..].copy_from_slice(&known[41..]);
            found.push(own).map_err(unkept)?;
        }
        if let Some((id, fault)) = faults {
            let what = Error::damaged(fault.to_owned());
            let entry = usize::try_from(id - 1).ok().and_then(|at| snapshot.entries.iter().nth(at));
            return Err(match entry.transpose()? {
                Some(entry) => what.at_path(shown(&entry.path)),
                None => what,
            });
        }
        let mut content = Self(Records::new(folder));
        for record in found.sorted().map_err(unkept)? {
            content.0.push(&field(&record.map_err(unkept)?, 8))?;
        }
        Ok(content)
    }

    /// Returns what holds each file, in the order of the snapshot's entries; `None` for one without content.
    ///
    /// # Errors
    /// In place of a file: `File`.
    pub(in crate::snapshot) fn iter(&self) -> impl Iterator<Item = Result<Option<Held>>> + '_ {
        let held = |record: [u8; 10]| (record[0] > 0).then(|| Held::of(field(&record, 1)));
        self.0.iter().map(move |record| record.map(held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_file_is_kept_as_it_is() {
        for held in [Held::Whole(0), Held::Whole(u64::MAX), Held::Parts(7)] {
            assert_eq!(Held::of(held.to_bytes()), held);
            assert_eq!(kept(Some(held))[0], 1);
        }
        assert_eq!(kept(None), [0; 10]);
    }
}
