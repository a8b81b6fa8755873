//! Puts a store together again in a folder of its own, and gives it its place by renaming.
//!
//! Members are kept under numbers while the bundle is read, as nothing in it may be trusted before its end. Then the tree is
//! built from the catalogue, which was checked: every entry is in a folder that was made here, so no path leads through a link.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use super::attributes::{self, Unset};
use super::list::place;
use super::names::Names;
use crate::error::{Error, Result};
use crate::snapshot::catalogue::check::Members;
use crate::snapshot::catalogue::{Entry, Kind, shown, whole_member};
use crate::stream::durable;

/// A store that is being put together. Dropping it removes what is in its folder.
#[derive(Debug)]
pub(in crate::snapshot) struct Staging {
    folder: PathBuf,
    /// The member that is being written, and where.
    open: Option<(File, u64)>,
    /// Numbers of files whose parts are kept.
    joined: HashSet<u64>,
}

impl Staging {
    /// Creates the folder, which nobody else may enter.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn create(folder: &Path) -> Result<Self> {
        let make = |path: &Path| fs::DirBuilder::new().mode(0o700).create(path);
        let made = make(folder).and_then(|()| make(&folder.join("members")));
        made.map_err(|error| Error::file(folder, "the folder for what is restored cannot be created", error))?;
        Ok(Self { folder: folder.to_owned(), open: None, joined: HashSet::new() })
    }

    /// Returns where the finished store is.
    pub(in crate::snapshot) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    fn fault(&self, error: io::Error) -> Error {
        Error::file(&self.folder, "what is restored cannot be written", error)
    }

    /// Begins a member: the next whole one, or the part of a file at an offset.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn begin(&mut self, number: u64, part: Option<(u64, u64)>) -> Result<()> {
        let (name, offset) = match part {
            Some((id, offset)) => {
                self.joined.insert(id);
                (format!("p{id}"), offset)
            }
            None => (format!("m{number}"), 0),
        };
        let path = self.folder.join("members").join(name);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        self.open = Some((file.map_err(|error| self.fault(error))?, offset));
        Ok(())
    }

    /// Writes a piece of the member.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some((file, offset)) = &mut self.open else { return Ok(()) };
        let end = offset.saturating_add(bytes.len() as u64);
        let at = std::mem::replace(offset, end);
        let written = std::os::unix::fs::FileExt::write_all_at(file, bytes, at);
        written.map_err(|error| self.fault(error))
    }

    /// Ends the member.
    pub(in crate::snapshot) fn end(&mut self) {
        self.open = None;
    }

    /// Builds the tree of a store from its entries and the members that were kept, with all attributes, and syncs it.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn build(
        &mut self,
        entries: &[&Entry],
        store: &str,
        members: &Members,
        names: &Names,
    ) -> Result<Unset> {
        let tree = self.tree();
        for entry in entries {
            self.make(&tree, entry, store, members).map_err(|error| self.fault(error).at_member(shown(&entry.path)))?;
        }
        let mut unset = Unset::default();
        for entry in entries.iter().rev() {
            attributes::set(&place(&tree, &entry.path), entry, names, &mut unset)
                .map_err(|error| self.fault(error).at_member(shown(&entry.path)))?;
        }
        let folder = File::open(&self.folder).map_err(|error| self.fault(error))?;
        rustix::fs::syncfs(&folder).map_err(|error| self.fault(error.into()))?;
        Ok(unset)
    }

    fn make(&self, tree: &Path, entry: &Entry, store: &str, members: &Members) -> io::Result<()> {
        let path = place(tree, &entry.path);
        let link = || OsStr::from_bytes(entry.link.as_deref().unwrap_or_default());
        match entry.kind {
            Kind::Folder => fs::DirBuilder::new().mode(0o700).create(&path),
            Kind::Link => symlink(link(), &path),
            Kind::Name => fs::hard_link(place(tree, entry.link.as_deref().unwrap_or_default()), &path),
            Kind::File => {
                let kept = self.folder.join("members");
                if self.joined.contains(&entry.id) {
                    fs::rename(kept.join(format!("p{}", entry.id)), &path)?;
                } else if let Some(arrived) = members.get(&whole_member(store, entry.id, &entry.path)) {
                    fs::rename(kept.join(format!("m{}", arrived.number)), &path)?;
                } else {
                    durable::create_new(&path, 0o600)?;
                }
                // A hole at the end was not written.
                OpenOptions::new().write(true).open(&path)?.set_len(entry.bytes)
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.open = None;
        remove(&self.folder);
    }
}

/// Removes a folder that a run has made, with all that is in it.
pub(in crate::snapshot) fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_err() {
        // A folder that its owner may not write, as it was on the source.
        open_up(folder);
        let _ = fs::remove_dir_all(folder);
    }
}

/// Makes all folders below a folder writable for their owner, without following links.
fn open_up(folder: &Path) {
    let Ok(metadata) = folder.symlink_metadata() else { return };
    if !metadata.is_dir() {
        return;
    }
    let _ = fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        open_up(&entry.path());
    }
}
