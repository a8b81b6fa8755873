//! Compares a catalogue with the members that were read: every part at its place with its digest, every file covered, and
//! nothing more.

use std::collections::HashMap;

use super::read::Catalogue;
use super::{Entry, Kind, Part, lies, shown};
use crate::bundle::layout::{NameKey, name_key};
use crate::error::{Error, Result};

/// The object of a fact about all files of a store. Those of engines are `table NAME`, `index NAME`.
pub(in crate::snapshot) const ALL: &str = "all";

/// A member that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) struct Arrived {
    pub(in crate::snapshot) bytes: u64,
    pub(in crate::snapshot) sha256: [u8; 32],
    /// Its number among all members, from 0.
    pub(in crate::snapshot) number: u64,
}

/// The members that were read.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Members {
    /// By path below `files/`, for which its key stands.
    arrived: HashMap<NameKey, Arrived>,
    /// SHA-256 of the parts of each file that has several, or holes, by its number.
    pub(in crate::snapshot) joined: HashMap<u64, [u8; 32]>,
}

impl Members {
    /// Returns how many there are.
    pub(in crate::snapshot) fn count(&self) -> usize {
        self.arrived.len()
    }

    /// Adds the next member.
    pub(in crate::snapshot) fn add(&mut self, path: &str, bytes: u64, sha256: [u8; 32]) {
        let number = self.arrived.len() as u64;
        self.arrived.insert(name_key(path), Arrived { bytes, sha256, number });
    }

    /// Returns the member at a path.
    pub(in crate::snapshot) fn get(&self, path: &str) -> Option<Arrived> {
        self.arrived.get(&name_key(path)).copied()
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

/// Returns the sums of each store.
pub(in crate::snapshot) fn sums<'a>(entries: impl IntoIterator<Item = &'a Entry>, stores: usize) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); stores];
    for entry in entries {
        sums[entry.store].add(entry.kind, entry.bytes);
    }
    sums
}

/// Compares a catalogue with the members.
///
/// # Errors
/// `Damaged` with the first difference.
pub(in crate::snapshot) fn check(catalogue: &Catalogue, members: &Members, stores: &[String]) -> Result<()> {
    check_tree(&catalogue.entries)?;
    let mut parts = catalogue.parts.iter().peekable();
    for entry in &catalogue.entries {
        let mut own = Vec::new();
        while let Some(part) = parts.next_if(|part| part.file == entry.id) {
            own.push(part);
        }
        let named = |error: Error| error.at_path(shown(&entry.path));
        check_file(entry, &own, &stores[entry.store], members).map_err(named)?;
    }
    if parts.next().is_some() {
        return Err(lies("does not name its parts in order"));
    }
    if members.count() != catalogue.parts.len() {
        return Err(lies("does not name every member"));
    }
    check_facts(catalogue, stores)
}

/// Checks that the entries are a tree for each store: nothing twice, everything below a folder, and no way through a link.
fn check_tree(entries: &[Entry]) -> Result<()> {
    let mut known: HashMap<(usize, &[u8]), Kind> = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let fault = |how: &str| Err(lies(how).at_path(shown(&entry.path)));
        if entry.id != index as u64 + 1 {
            return fault("does not number its files in order");
        }
        let parent = entry.path.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |at| &entry.path[..at]);
        let above = if entry.path.is_empty() { Some(&Kind::Folder) } else { known.get(&(entry.store, parent)) };
        if above != Some(&Kind::Folder) || (entry.path.is_empty() && entry.kind != Kind::Folder) {
            return fault("has a file that is not in a folder of its store");
        }
        if entry.kind == Kind::Name {
            let of = entry.link.as_deref().unwrap_or_default();
            if known.get(&(entry.store, of)) != Some(&Kind::File) {
                return fault("has another name of a file that it lacks");
            }
        }
        if known.insert((entry.store, &entry.path), entry.kind).is_some() {
            return fault("has a path twice");
        }
    }
    Ok(())
}

fn check_file(entry: &Entry, parts: &[&Part], store: &str, members: &Members) -> Result<()> {
    if entry.kind != Kind::File {
        return if parts.is_empty() { Ok(()) } else { Err(lies("gives content to what is no file")) };
    }
    if entry.based {
        // Its content is compared with that of the base.
        return if parts.is_empty() { Ok(()) } else { Err(lies("gives content to what its base has")) };
    }
    let mut holes = entry.holes.iter().peekable();
    let mut at = 0_u64;
    let skip = |at: &mut u64, holes: &mut std::iter::Peekable<std::slice::Iter<'_, (u64, u64)>>| {
        while let Some((_, bytes)) = holes.next_if(|(offset, bytes)| offset == at && *bytes > 0) {
            *at = at.saturating_add(*bytes);
        }
    };
    for (index, part) in parts.iter().enumerate() {
        skip(&mut at, &mut holes);
        if part.offset != at || part.bytes == 0 || part.part != index as u64 + 1 {
            return Err(lies("does not cover the file"));
        }
        at = at.saturating_add(part.bytes);
        let Some(arrived) = members.get(&entry.member(store, part)) else {
            return Err(lies("names a member that the bundle lacks"));
        };
        if arrived.bytes != part.bytes || arrived.sha256 != part.sha256 {
            return Err(lies("differs from the content of a member"));
        }
    }
    skip(&mut at, &mut holes);
    if at != entry.bytes || holes.next().is_some() {
        return Err(lies("does not cover the file"));
    }
    let digest = match parts {
        [] => Some(crate::stream::digest::of(b"").sha256),
        [part] => Some(part.sha256),
        _ => members.joined.get(&entry.id).copied(),
    };
    if digest == entry.sha256 { Ok(()) } else { Err(lies("has another digest for the file")) }
}

fn check_facts(catalogue: &Catalogue, stores: &[String]) -> Result<()> {
    let sums = sums(&catalogue.entries, stores.len());
    let expected: Vec<_> = stores.iter().zip(sums).flat_map(|(store, sums)| sums.facts(store)).collect();
    // Those of engines are compared with the engine.
    let engines = |fact: &&(String, String, String, u64)| fact.1 != ALL && stores.contains(&fact.0);
    let own: Vec<_> = catalogue.facts.iter().filter(|fact| !engines(fact)).cloned().collect();
    if own == expected { Ok(()) } else { Err(lies("has facts that differ from its files")) }
}
