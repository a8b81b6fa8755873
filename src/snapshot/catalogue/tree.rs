//! Checks that the entries of a catalogue are a tree for each store: nothing twice, everything below a folder, and no way
//! through a link.
//!
//! There may be more of them than memory holds. So each entry says of which path it is, and of which paths it needs an entry
//! before it; sorted by path, what belongs together comes together.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::entries::Entries;
use super::{Entry, Kind, lies, shown};
use crate::error::{Error, ErrorKind, Result};
use crate::stream::field;
use crate::stream::sorter::Sorter;

/// Bytes that are kept in memory.
const TREE_BYTES: usize = 8 << 20;

/// Bytes of what stands for a path: the beginning of its SHA-256.
const KEY: usize = 16;

/// Bytes of what an entry says: the path, the number of the entry, what it says.
const RECORD: usize = KEY + 9;

/// What an entry says about a path.
const IS_FOLDER: u8 = 0;
const IS_FILE: u8 = 1;
const IS_OTHER: u8 = 2;
const NEEDS_FOLDER: u8 = 3;
const NEEDS_FILE: u8 = 4;

/// What all entries say.
#[derive(Debug)]
pub(in crate::snapshot) struct Tree {
    said: Sorter<RECORD>,
}

/// Returns what stands for a path of a store.
pub(in crate::snapshot) fn path_key(store: &str, path: &[u8]) -> [u8; KEY] {
    let digest = Sha256::new().chain_update(store).chain_update([0_u8]).chain_update(path).finalize();
    field(&digest, 0)
}

fn unkept(error: std::io::Error) -> Error {
    Error::new(ErrorKind::File, "the paths of the catalogue cannot be kept in a temporary file").because(error)
}

impl Tree {
    /// Returns a tree that goes to a file in a folder when it becomes large.
    pub(in crate::snapshot) fn new(folder: &Path) -> Self {
        Self { said: Sorter::new(folder, TREE_BYTES) }
    }

    /// Adds an entry of a store.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn add(&mut self, entry: &Entry, store: &str) -> Result<()> {
        let mut say = |path: &[u8], what: u8| {
            let mut record = [what; RECORD];
            record[..KEY].copy_from_slice(&path_key(store, path));
            record[KEY..KEY + 8].copy_from_slice(&entry.id.to_be_bytes());
            self.said.push(record).map_err(unkept)
        };
        match entry.kind {
            Kind::Folder => say(&entry.path, IS_FOLDER)?,
            Kind::File => say(&entry.path, IS_FILE)?,
            Kind::Link | Kind::Name => say(&entry.path, IS_OTHER)?,
        }
        if entry.kind == Kind::Name {
            say(entry.link.as_deref().unwrap_or_default(), NEEDS_FILE)?;
        }
        if entry.path.is_empty() {
            // The folder of the store itself is below none.
            return if entry.kind == Kind::Folder { Ok(()) } else { say(&entry.path, NEEDS_FOLDER) };
        }
        let parent = entry.path.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |at| &entry.path[..at]);
        say(parent, NEEDS_FOLDER)
    }

    /// Checks all of it.
    ///
    /// # Errors
    /// `Damaged` with the first entry that does not fit; `File`.
    pub(in crate::snapshot) fn check(self, entries: &Entries) -> Result<()> {
        let mut first: Option<(u64, &str)> = None;
        // The path, and the entry that it is of.
        let mut known: Option<([u8; KEY], u8)> = None;
        for record in self.said.sorted().map_err(unkept)? {
            let record = record.map_err(unkept)?;
            let (path, id, what): ([u8; KEY], _, _) =
                (field(&record, 0), u64::from_be_bytes(field(&record, KEY)), record[RECORD - 1]);
            // It comes before all who need it, whose numbers are higher.
            let is = known.filter(|(known, _)| *known == path).map(|(_, is)| is);
            let fault = match what {
                NEEDS_FOLDER => (is != Some(IS_FOLDER)).then_some("has a file that is not in a folder of its store"),
                NEEDS_FILE => (is != Some(IS_FILE)).then_some("has another name of a file that it lacks"),
                _ => {
                    known = Some((path, what));
                    is.map(|_| "has a path twice")
                }
            };
            if let Some(how) = fault.filter(|_| first.is_none_or(|(earlier, _)| id < earlier)) {
                first = Some((id, how));
            }
        }
        let Some((id, how)) = first else { return Ok(()) };
        let entry = usize::try_from(id - 1).ok().and_then(|at| entries.iter().nth(at));
        Err(match entry.transpose()? {
            Some(entry) => lies(how).at_path(shown(&entry.path)),
            None => lies(how),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, said at once.
    fn is_tree(entries: &[Entry]) -> bool {
        entries.iter().enumerate().all(|(at, entry)| {
            let before = |path: &[u8]| entries[..at].iter().find(|known| known.path == path).map(|known| known.kind);
            let parent = entry.path.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |at| &entry.path[..at]);
            let below = entry.path.is_empty() || before(parent) == Some(Kind::Folder);
            let named = entry.kind != Kind::Name || before(entry.link.as_deref().unwrap()) == Some(Kind::File);
            let root = !entry.path.is_empty() || entry.kind == Kind::Folder;
            before(&entry.path).is_none() && below && named && root
        })
    }

    proptest::proptest! {
        #[test]
        fn what_is_no_tree_is_refused_whatever_the_budget(
            paths in proptest::collection::vec(("[ab]{1}(/[ab]{1}){0,2}", 0_usize..8), 0..7),
            budget in 0_usize..300,
            root in proptest::bool::weighted(0.9),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut made: Vec<Entry> = Vec::new();
            let with_root = root.then(|| (String::new(), 0)).into_iter().chain(paths);
            for (path, kind) in with_root {
                // Mostly folders, or nothing would fit.
                let kind = [Kind::File, Kind::Link, Kind::Name].get(kind.wrapping_sub(4)).copied().unwrap_or(Kind::Folder);
                let link = (kind == Kind::Name).then(|| b"a".to_vec());
                let id = made.len() as u64 + 1;
                made.push(Entry { id, link, ..Entry::made_up(path.as_bytes(), kind, 0, 0o700) });
            }
            let mut entries = Entries::new(folder.path());
            let mut tree = Tree { said: Sorter::new(folder.path(), budget) };
            for entry in &made {
                entries.push(entry).unwrap();
                tree.add(entry, "files").unwrap();
            }
            proptest::prop_assert_eq!(tree.check(&entries).is_ok(), is_tree(&made));
        }
    }
}
