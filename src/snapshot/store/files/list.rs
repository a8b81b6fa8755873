//! Lists a store of files, which is its instant.

use std::collections::{BinaryHeap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::ErrorKind as Io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use regex::bytes::Regex;

use super::follow;
use super::names::Names;
use crate::error::{Error, ErrorKind, Result};
use crate::snapshot::catalogue::{Entry, Kind, shown};
use crate::snapshot::platform::{Content, Glob};

/// Names of a folder that are in memory at once. One that has more is read several times.
const MOST_NAMES: usize = 100_000;

/// What was listed.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Listing {
    /// Entries in order: a folder before what is in it. Their numbers and stores are not set yet. Empty if they were handed out.
    pub(in crate::snapshot) entries: Vec<Entry>,
    /// Pipes, sockets and devices, which hold no content of their own.
    pub(in crate::snapshot) special: Vec<String>,
    /// What vanished while it was listed.
    pub(in crate::snapshot) vanished: Vec<String>,
    /// Files that configuration names and that are not taken, with the reason.
    pub(in crate::snapshot) untaken: Vec<String>,
    /// Patterns of paths that match nothing.
    pub(in crate::snapshot) absent: u64,
    /// Bytes on disk.
    pub(in crate::snapshot) room: u64,
}

/// Returns the folder that the paths of a store begin at.
pub(in crate::snapshot) fn root(content: &Content) -> &Path {
    match content {
        Content::Folder { folder, .. } => folder,
        Content::Paths { .. }
        | Content::Objects(_)
        | Content::Rebuild(_)
        | Content::Queue(_)
        | Content::Cassandra(_)
        | Content::Search(_)
        | Content::Postgresql(_)
        | Content::Mariadb(_)
        | Content::Neo4j(_) => Path::new("/"),
    }
}

/// Returns where an entry is on this machine.
pub(in crate::snapshot) fn place(root: &Path, path: &[u8]) -> PathBuf {
    if path.is_empty() { root.to_owned() } else { root.join(OsStr::from_bytes(path)) }
}

/// Lists a store of which few entries are expected.
///
/// # Errors
/// Those of [`each`].
pub(in crate::snapshot) fn list(content: &Content, names: &Names) -> Result<Listing> {
    let mut entries = Vec::new();
    let mut take = |entry| {
        entries.push(entry);
        Ok(())
    };
    let listing = each(content, names, &mut take)?;
    Ok(Listing { entries, ..listing })
}

/// Lists a store, and hands out each entry.
///
/// # Errors
/// `File` if the folder is missing, or something may not be read; those of `emit`.
pub(in crate::snapshot) fn each(
    content: &Content,
    names: &Names,
    emit: &mut dyn FnMut(Entry) -> Result<()>,
) -> Result<Listing> {
    let root = root(content);
    let (listing, inodes) = (Listing::default(), HashMap::new());
    let mut list = List { names, root, emit, kept: None, listing, inodes };
    match content {
        Content::Folder { folder, exclude } => {
            if !folder.is_dir() {
                return Err(Error::new(ErrorKind::File, "the folder of the store is missing")
                    .at_path(folder.display().to_string())
                    .hint("Check the platform file and its values; --set NAME=VALUE changes one."));
            }
            list.ancestor(&[])?;
            list.below(Vec::new(), &|path| !exclude.iter().any(|glob| glob.matches(path)))?;
        }
        Content::Paths { paths, exclude, follow } => list.paths(paths, exclude, follow)?,
        Content::Objects(_)
        | Content::Rebuild(_)
        | Content::Queue(_)
        | Content::Cassandra(_)
        | Content::Search(_)
        | Content::Postgresql(_)
        | Content::Mariadb(_)
        | Content::Neo4j(_) => {
            return Err(Error::internal("a store that is not of files was listed"));
        }
    }
    Ok(list.listing)
}

/// The paths that were chosen, and the folders above them.
#[derive(Default)]
struct Chosen {
    taken: Vec<Vec<u8>>,
    above: Vec<Vec<u8>>,
}

struct List<'a> {
    names: &'a Names,
    root: &'a Path,
    emit: &'a mut dyn FnMut(Entry) -> Result<()>,
    /// Entries in which names of others are still to be looked for, if that is asked for.
    kept: Option<Vec<Entry>>,
    listing: Listing,
    /// The path of each file that has several names.
    inodes: HashMap<(u64, u64), Vec<u8>>,
}

fn fault(path: &Path, error: std::io::Error) -> Error {
    let denied = error.kind() == Io::PermissionDenied;
    let error = Error::file(path, "a file of the store cannot be read", error);
    if denied { error.hint("Run it as root, or as the user that owns the store.") } else { error }
}

impl List<'_> {
    /// Lists what the patterns take, and the folders above.
    fn paths(&mut self, paths: &[Glob], exclude: &[Glob], follow: &[Regex]) -> Result<()> {
        let mut found: Vec<Vec<u8>> = Vec::new();
        for glob in paths {
            let before = found.len();
            let mut open = vec![glob.base().to_owned()];
            while let Some(path) = open.pop() {
                let Ok(metadata) = path.symlink_metadata() else { continue };
                if glob.takes(&path) {
                    // What is below is listed with it.
                    found.push(path.as_os_str().as_bytes()[1..].to_owned());
                } else if metadata.is_dir() {
                    let entries = fs::read_dir(&path).map_err(|error| fault(&path, error))?;
                    for entry in entries {
                        open.push(entry.map_err(|error| fault(&path, error))?.path());
                    }
                }
            }
            self.listing.absent += u64::from(found.len() == before);
        }
        let mut chosen = Chosen::default();
        // What is named may name more.
        while !found.is_empty() {
            self.kept = (!follow.is_empty()).then(Vec::new);
            self.take(found, exclude, &mut chosen)?;
            let entries = self.kept.take().unwrap_or_default();
            let named = follow::named(self.root, &entries, follow).map_err(|(path, error)| fault(&path, error))?;
            found = named.paths;
            self.listing.untaken.extend(named.untaken);
        }
        self.listing.untaken.sort();
        self.listing.untaken.dedup();
        Ok(())
    }

    /// Lists paths, and the folders above, but for what is there already.
    fn take(&mut self, mut found: Vec<Vec<u8>>, exclude: &[Glob], chosen: &mut Chosen) -> Result<()> {
        found.sort();
        let Chosen { taken, above } = chosen;
        let wanted = |path: &[u8]| {
            let absolute = [b"/", path].concat();
            !exclude.iter().any(|glob| glob.matches(&absolute))
        };
        for path in found {
            if !wanted(&path)
                || taken.iter().any(|taken| path == *taken || path.starts_with(&[taken, &b"/"[..]].concat()))
            {
                continue;
            }
            let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
            for end in std::iter::once(0).chain(ends) {
                let ancestor = &path[..end];
                if !above.iter().any(|known| known == ancestor) {
                    self.ancestor(ancestor)?;
                    above.push(ancestor.to_owned());
                }
            }
            self.entry(path.clone(), &wanted)?;
            taken.push(path);
        }
        Ok(())
    }

    /// Adds a folder by its path, through whatever links lead to it.
    fn ancestor(&mut self, path: &[u8]) -> Result<()> {
        let place = place(self.root, path);
        let metadata = place.metadata().map_err(|error| fault(&place, error))?;
        self.add(path.to_owned(), &metadata, Kind::Folder, None)
    }

    /// Adds the entries of a folder, in order of their names.
    fn below(&mut self, folder: Vec<u8>, wanted: &dyn Fn(&[u8]) -> bool) -> Result<()> {
        let place = place(self.root, &folder);
        let mut after = None;
        loop {
            let entries = match fs::read_dir(&place) {
                Ok(entries) => entries,
                Err(error) if error.kind() == Io::NotFound => {
                    self.listing.vanished.push(shown(&folder));
                    return Ok(());
                }
                Err(error) => return Err(fault(&place, error)),
            };
            let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
            let names = next_names(names, after.as_deref(), MOST_NAMES).map_err(|error| fault(&place, error))?;
            let Some(last) = names.last().cloned() else { return Ok(()) };
            let more = names.len() == MOST_NAMES;
            for name in names {
                let mut path = folder.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name.as_bytes());
                if wanted(&path) {
                    self.entry(path, wanted)?;
                }
            }
            if !more {
                return Ok(());
            }
            after = Some(last);
        }
    }

    fn entry(&mut self, path: Vec<u8>, wanted: &dyn Fn(&[u8]) -> bool) -> Result<()> {
        let place = place(self.root, &path);
        let metadata = match place.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == Io::NotFound => {
                self.listing.vanished.push(shown(&path));
                return Ok(());
            }
            Err(error) => return Err(fault(&place, error)),
        };
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.add(path.clone(), &metadata, Kind::Folder, None)?;
            self.below(path, wanted)
        } else if kind.is_symlink() {
            let link = fs::read_link(&place).map_err(|error| fault(&place, error))?;
            self.add(path, &metadata, Kind::Link, Some(link.as_os_str().as_bytes().to_owned()))
        } else if kind.is_file() {
            let inode = (metadata.dev(), metadata.ino());
            if let Some(first) = self.inodes.get(&inode).cloned() {
                return self.add(path, &metadata, Kind::Name, Some(first));
            }
            if metadata.nlink() > 1 {
                self.inodes.insert(inode, path.clone());
            }
            self.add(path, &metadata, Kind::File, None)
        } else {
            let what = if kind.is_socket() {
                "socket"
            } else if kind.is_fifo() {
                "named pipe"
            } else {
                "device"
            };
            self.listing.special.push(format!("{} ({what})", shown(&path)));
            Ok(())
        }
    }

    fn add(&mut self, path: Vec<u8>, metadata: &Metadata, kind: Kind, link: Option<Vec<u8>>) -> Result<()> {
        let place = place(self.root, &path);
        let xattrs =
            if kind == Kind::Name { Vec::new() } else { xattrs(&place).map_err(|error| fault(&place, error))? };
        if kind == Kind::File {
            self.listing.room += metadata.len().min(metadata.blocks().saturating_mul(512));
        }
        let entry = Entry {
            id: 0,
            store: 0,
            path,
            kind,
            bytes: if kind == Kind::File { metadata.len() } else { 0 },
            holes: Vec::new(),
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            owner: self.names.user(metadata.uid()),
            group: self.names.group(metadata.gid()),
            mtime: metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec()),
            link,
            xattrs,
            sha256: None,
            based: false,
        };
        if let Some(kept) = &mut self.kept {
            kept.push(entry.clone());
        }
        (self.emit)(entry)
    }
}

/// Returns the first names in order that come after one, at most so many.
fn next_names(
    names: impl Iterator<Item = std::io::Result<OsString>>,
    after: Option<&OsStr>,
    most: usize,
) -> std::io::Result<Vec<OsString>> {
    let mut found = BinaryHeap::new();
    for name in names {
        let name = name?;
        if after.is_some_and(|after| *name <= *after) {
            continue;
        }
        if found.len() < most {
            found.push(name);
        } else if let Some(mut last) = found.peek_mut().filter(|last| name < **last) {
            *last = name;
        }
    }
    Ok(found.into_sorted_vec())
}

/// Returns the extended attributes of what is at a path, without following a link. Many file systems have none.
fn xattrs(path: &Path) -> std::io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let names = match xattr::list(path) {
        Ok(names) => names,
        Err(error) if matches!(error.kind(), Io::Unsupported | Io::NotFound | Io::PermissionDenied) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for name in names {
        // One that only the system reads belongs to this machine.
        if let Some(value) = xattr::get(path, &name).unwrap_or(None) {
            found.push((name.as_bytes().to_owned(), value));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn names_come_in_order_however_few_are_taken_at_once(
            names in proptest::collection::hash_set("[a-c]{1,3}", 0..30),
            most in 1_usize..8,
        ) {
            let mut found: Vec<OsString> = Vec::new();
            loop {
                let all = names.iter().map(|name| Ok(name.into()));
                let some = next_names(all, found.last().map(OsString::as_os_str), most).unwrap();
                let more = some.len() == most;
                found.extend(some);
                if !more {
                    break;
                }
            }
            let mut wanted: Vec<OsString> = names.iter().map(Into::into).collect();
            wanted.sort();
            proptest::prop_assert_eq!(found, wanted);
        }
    }
}
