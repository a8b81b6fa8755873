//! Compares a catalogue with the members that were read: every part at its place with its digest, every file covered, and
//! nothing more.
//!
//! Members, parts and files come in the same order, so they are compared one after the other, however many there are.

use std::path::Path;

use super::read::Catalogue;
use super::records::Records;
use super::{Entry, Kind, Part, lies, shown};
use crate::bundle::layout::{NameKey, name_key};
use crate::error::{ErrorKind, Result};
use crate::stream::digest;
use crate::stream::field;

/// The object of a fact about all files of a store. Those of engines are `table NAME`, `index NAME`.
pub(in crate::snapshot) const ALL: &str = "all";

/// Bytes of a member, and of the digest of a file.
const MEMBER: usize = 56;
const JOINED: usize = 40;

/// The members that were read, in order.
#[derive(Debug)]
pub(in crate::snapshot) struct Members {
    /// The key of its path below `files/`, its size and its digest.
    arrived: Records<MEMBER>,
    /// The number of each file that has several members, or holes, and the digest of all of them.
    joined: Records<JOINED>,
}

impl Members {
    /// Returns an empty list, which goes to a file in a folder when it becomes long.
    pub(in crate::snapshot) fn new(folder: &Path) -> Self {
        Self { arrived: Records::new(folder), joined: Records::new(folder) }
    }

    /// Returns how many there are.
    pub(in crate::snapshot) fn count(&self) -> u64 {
        self.arrived.len()
    }

    /// Adds the next member.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn add(&mut self, path: &str, bytes: u64, sha256: [u8; 32]) -> Result<()> {
        let mut record = [0; MEMBER];
        record[..16].copy_from_slice(&name_key(path));
        record[16..24].copy_from_slice(&bytes.to_le_bytes());
        record[24..].copy_from_slice(&sha256);
        self.arrived.push(&record)
    }

    /// Adds the digest of all members of a file.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn join(&mut self, file: u64, sha256: [u8; 32]) -> Result<()> {
        let mut record = [0; JOINED];
        record[..8].copy_from_slice(&file.to_le_bytes());
        record[8..].copy_from_slice(&sha256);
        self.joined.push(&record)
    }
}

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::snapshot) struct Sums {
    pub(in crate::snapshot) files: u64,
    pub(in crate::snapshot) folders: u64,
    pub(in crate::snapshot) links: u64,
    pub(in crate::snapshot) bytes: u64,
}

impl Sums {
    /// Adds an entry. Another name of a file counts as a link.
    pub(in crate::snapshot) fn add(&mut self, kind: Kind, bytes: u64) {
        match kind {
            Kind::File => self.files += 1,
            Kind::Folder => self.folders += 1,
            Kind::Link | Kind::Name => self.links += 1,
        }
        self.bytes += bytes;
    }

    /// Returns the facts of a store.
    pub(in crate::snapshot) fn facts(self, store: &str) -> Vec<(String, String, String, u64)> {
        let fact = |measure: &str, value| (store.to_owned(), ALL.to_owned(), measure.to_owned(), value);
        vec![
            fact("files", self.files),
            fact("folders", self.folders),
            fact("links", self.links),
            fact("bytes", self.bytes),
        ]
    }
}

/// Compares a catalogue with the members, and returns what each store holds.
///
/// # Errors
/// `Damaged` with the first difference; `File`.
pub(in crate::snapshot) fn check(catalogue: &mut Catalogue, members: &Members, stores: &[String]) -> Result<Vec<Sums>> {
    catalogue.check_tree()?;
    let mut sums = vec![Sums::default(); stores.len()];
    let mut compared = Compared {
        parts: catalogue.parts.iter().peekable(),
        arrived: members.arrived.iter(),
        joined: members.joined.iter().peekable(),
    };
    for entry in catalogue.entries.iter() {
        let entry = entry?;
        compared.file(&entry, &stores[entry.store]).map_err(|error| match error.kind() {
            ErrorKind::Damaged => error.at_path(shown(&entry.path)),
            _ => error,
        })?;
        sums[entry.store].add(entry.kind, entry.bytes);
    }
    if compared.parts.next().transpose()?.is_some() {
        return Err(lies("does not name its parts in order"));
    }
    if compared.arrived.next().transpose()?.is_some() {
        return Err(lies("does not name every member"));
    }
    check_facts(catalogue, &sums, stores)?;
    Ok(sums)
}

/// Lists that are read beside the entries.
struct Compared<P: Iterator, A, J: Iterator> {
    parts: std::iter::Peekable<P>,
    arrived: A,
    joined: std::iter::Peekable<J>,
}

impl<P, A, J> Compared<P, A, J>
where
    P: Iterator<Item = Result<(Part, NameKey)>>,
    A: Iterator<Item = Result<[u8; MEMBER]>>,
    J: Iterator<Item = Result<[u8; JOINED]>>,
{
    /// Compares the next entry with the parts that are its own, and these with the members.
    fn file(&mut self, entry: &Entry, store: &str) -> Result<()> {
        let mut holes = entry.holes.iter().peekable();
        let (mut at, mut count) = (0_u64, 0);
        let mut skip = |at: &mut u64| {
            while let Some((_, bytes)) = holes.next_if(|(offset, bytes)| offset == at && *bytes > 0) {
                *at = at.saturating_add(*bytes);
            }
        };
        let mut last = digest::of(b"").sha256;
        // One that cannot be read is taken, too.
        let own = |part: &Result<(Part, NameKey)>| part.as_ref().map_or(true, |(part, _)| part.file == entry.id);
        while let Some(next) = self.parts.next_if(own) {
            let (part, named) = next?;
            if entry.kind != Kind::File {
                return Err(lies("gives content to what is no file"));
            }
            // Its content is compared with that of the base.
            if entry.based {
                return Err(lies("gives content to what its base has"));
            }
            skip(&mut at);
            count += 1;
            if part.offset != at || part.bytes == 0 || part.part != count {
                return Err(lies("does not cover the file"));
            }
            at = at.saturating_add(part.bytes);
            let own = name_key(&entry.member(store, &part));
            let arrived = self.arrived.next().transpose()?.filter(|arrived| field(arrived, 0) == own && named == own);
            let Some(arrived) = arrived else {
                return Err(lies("names a member that the bundle lacks"));
            };
            if u64::from_le_bytes(field(&arrived, 16)) != part.bytes || field(&arrived, 24) != part.sha256 {
                return Err(lies("differs from the content of a member"));
            }
            last = part.sha256;
        }
        if entry.kind != Kind::File || entry.based {
            return Ok(());
        }
        skip(&mut at);
        if at != entry.bytes || holes.next().is_some() {
            return Err(lies("does not cover the file"));
        }
        let digest = if count > 1 { self.joined(entry.id)? } else { Some(last) };
        if digest == entry.sha256 { Ok(()) } else { Err(lies("has another digest for the file")) }
    }

    /// Returns the digest of all members of a file, if there are several.
    fn joined(&mut self, file: u64) -> Result<Option<[u8; 32]>> {
        let number = |record: &[u8; JOINED]| u64::from_le_bytes(field(record, 0));
        // Files of one part and with holes have one as well.
        while let Some(record) = self.joined.next_if(|next| next.as_ref().map_or(true, |record| number(record) <= file))
        {
            let record = record?;
            if number(&record) == file {
                return Ok(Some(field(&record, 8)));
            }
        }
        Ok(None)
    }
}

fn check_facts(catalogue: &Catalogue, sums: &[Sums], stores: &[String]) -> Result<()> {
    let expected: Vec<_> = stores.iter().zip(sums).flat_map(|(store, sums)| sums.facts(store)).collect();
    // Those of engines are compared with the engine.
    let engines = |fact: &&(String, String, String, u64)| fact.1 != ALL && stores.contains(&fact.0);
    let own: Vec<_> = catalogue.facts.iter().filter(|fact| !engines(fact)).cloned().collect();
    if own == expected { Ok(()) } else { Err(lies("has facts that differ from its files")) }
}
