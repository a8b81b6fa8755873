//! Puts a store together again in a folder of its own, and gives it its place by renaming.
//!
//! Members are kept under numbers while the bundle is read, as nothing in it may be trusted before its end. Then the tree is
//! built from the catalogue, which was checked: every entry is in a folder that was made here, so no path leads through a link.
//!
//! A restore that goes on after it stopped finds members there, or a tree that was built of them: `places` says which file of
//! the tree is which member. Nothing of it is believed: each piece is compared with the bundle while that is read again, and
//! written again from where it differs.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind as Io, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;

use super::attributes::{self, Unset};
use super::list::place;
use super::names::Names;
use crate::error::{Error, Result};
use crate::model::hex::hex;
use crate::snapshot::catalogue::read::unhex;
use crate::snapshot::catalogue::{Entry, Kind, fault_of_path, shown};
use crate::snapshot::content::Whole;
use crate::snapshot::held::Held;
use crate::stream::durable;

/// The folder of members, and the file that says where in the tree they are.
const MEMBERS: &str = "members";
const PLACES: &str = "places";

/// Zeros that are written at once where a file system cannot make a hole.
const ZEROS: usize = 64 << 10;

/// A store that is being put together. Dropping it removes what is in its folder, unless it is kept.
#[derive(Debug)]
pub(in crate::snapshot) struct Staging {
    folder: PathBuf,
    /// The member that is being written.
    open: Option<Open>,
    /// Whether an earlier run has put something here.
    resumed: bool,
    /// Bytes of an earlier run that are those of the bundle.
    reused: u64,
    /// Whether it stays for a later run.
    keep: bool,
}

/// The file of a member, and where the next piece of it belongs.
#[derive(Debug)]
struct Open {
    file: File,
    at: u64,
    /// Whether what the file holds from here on is compared with the bundle, not written.
    compare: bool,
    /// Whether the file is of this member alone.
    whole: bool,
}

impl Staging {
    /// Creates the folder, which nobody else may enter.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn create(folder: &Path) -> Result<Self> {
        let made = make_folder(folder).and_then(|()| make_folder(&folder.join(MEMBERS)));
        made.map_err(|error| Error::file(folder, "the folder for what is restored cannot be created", error))?;
        let mut staging = Self::at(folder);
        staging.keep = false;
        Ok(staging)
    }

    /// Returns what an earlier run has put into a folder, as it is. It stays there until it is discarded.
    pub(in crate::snapshot) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), open: None, resumed: false, reused: 0, keep: true }
    }

    /// Takes the folder of an earlier run, and makes members again of a tree that it has built. What is missing is created. It
    /// stays there until it is discarded.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn resume(folder: &Path) -> Result<Self> {
        let mut staging = Self::at(folder);
        staging.resumed = true;
        let missing_only = |made: io::Result<()>| match made {
            Err(error) if error.kind() == Io::AlreadyExists => Ok(()),
            made => made,
        };
        let made = missing_only(make_folder(folder)).and_then(|()| missing_only(make_folder(&folder.join(MEMBERS))));
        made.and_then(|()| staging.take_apart()).map_err(|error| staging.fault(error))?;
        Ok(staging)
    }

    /// Gives the files of a tree the names of their members, and removes the tree.
    fn take_apart(&self) -> io::Result<()> {
        let (tree, places) = (self.tree(), self.folder.join(PLACES));
        open_up(&tree);
        match File::open(&places) {
            Ok(file) => {
                for line in BufReader::new(file).split(b'\n') {
                    // A line that was half written says nothing; its file is written again.
                    let Some((member, path)) = parse_place(&line?) else { continue };
                    let (from, to) = (place(&tree, &path), self.folder.join(MEMBERS).join(&member));
                    let is_file = from.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
                    if is_file && to.symlink_metadata().is_err() {
                        fs::rename(&from, &to)?;
                        fs::set_permissions(&to, Permissions::from_mode(0o600))?;
                    }
                }
            }
            Err(error) if error.kind() == Io::NotFound => {}
            Err(error) => return Err(error),
        }
        remove(&tree);
        match fs::remove_file(places) {
            Err(error) if error.kind() != Io::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Leaves what is in the folder for a later run.
    pub(in crate::snapshot) fn keep(&mut self) {
        self.keep = true;
    }

    /// Removes the folder with all that is in it.
    pub(in crate::snapshot) fn discard(mut self) {
        self.keep = false;
    }

    /// Returns how many bytes of an earlier run were those of the bundle, or `None` if there was no such run.
    pub(in crate::snapshot) fn reused(&self) -> Option<u64> {
        self.resumed.then_some(self.reused)
    }

    /// Returns how many bytes the members take on the disk.
    pub(in crate::snapshot) fn held(&self) -> u64 {
        let entries = fs::read_dir(self.folder.join(MEMBERS)).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.blocks() * 512).sum()
    }

    /// Returns where the finished store is.
    pub(in crate::snapshot) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    fn fault(&self, error: io::Error) -> Error {
        Error::file(&self.folder, "what is restored cannot be written", error)
    }

    /// Begins a member: the next whole one, or the part of a file at an offset, of the snapshot or of its base.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn begin(&mut self, number: u64, part: Option<(u64, u64)>, of_base: bool) -> Result<()> {
        let (whole, joined) = letters(of_base);
        let (name, offset) = match part {
            Some((id, offset)) => (format!("{joined}{id}"), offset),
            None => (format!("{whole}{number}"), 0),
        };
        let path = self.folder.join(MEMBERS).join(name);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = file.map_err(|error| self.fault(error))?;
        self.open = Some(Open { file, at: offset, compare: self.resumed, whole: part.is_none() });
        Ok(())
    }

    /// Writes a piece of the member, unless an earlier run has written the same.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(Open { file, at, compare, .. }) = &mut self.open else { return Ok(()) };
        let offset = *at;
        *at = offset.saturating_add(bytes.len() as u64);
        if *compare {
            let mut known = vec![0; bytes.len()];
            // What cannot be read is no reason to trust it.
            *compare = file.read_exact_at(&mut known, offset).is_ok() && known == bytes;
            if *compare {
                self.reused += bytes.len() as u64;
                return Ok(());
            }
        }
        let written = file.write_all_at(bytes, offset);
        written.map_err(|error| self.fault(error))
    }

    /// Ends the member.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn end(&mut self) -> Result<()> {
        match self.open.take() {
            // An earlier run may have left more behind it.
            Some(open) if open.whole && self.resumed => open.file.set_len(open.at).map_err(|error| self.fault(error)),
            _ => Ok(()),
        }
    }

    /// Builds the tree of a store from its entries and the members that were kept, with all attributes, and syncs it. Returns how
    /// many entries there are.
    ///
    /// # Errors
    /// `Schema` if there are none; `File`.
    pub(in crate::snapshot) fn build(&mut self, store: usize, content: &Whole, names: &Names) -> Result<(u64, Unset)> {
        let tree = self.tree();
        self.note_places(store, content)?;
        let mut count = 0;
        for entry in of_store(store, content) {
            let (entry, member) = entry?;
            count += 1;
            self.make(&tree, &entry, member).map_err(|error| self.fault(error).at_member(shown(&entry.path)))?;
        }
        if count == 0 {
            return Err(Error::schema(format!(
                "the store {} of the snapshot is empty",
                content.point.stores[store].name
            )));
        }
        let mut unset = Unset::default();
        // A folder after what is in it, which would change its time, and to which it may give nobody a way.
        content.catalogue.entries.backwards(&mut |entry| {
            if entry.store != store {
                return Ok(());
            }
            attributes::set(&place(&tree, &entry.path), &entry, names, &mut unset)
                .map_err(|error| self.fault(error).at_member(shown(&entry.path)))
        })?;
        let folder = File::open(&self.folder).map_err(|error| self.fault(error))?;
        rustix::fs::syncfs(&folder).map_err(|error| self.fault(error.into()))?;
        Ok((count, unset))
    }

    /// Writes down which file of the tree will be which member, before any is moved.
    fn note_places(&self, store: usize, content: &Whole) -> Result<()> {
        let (part, path) = (self.folder.join("places.part"), self.folder.join(PLACES));
        let fault = |error| self.fault(error);
        let mut places = BufWriter::new(File::create(&part).map_err(fault)?);
        for entry in of_store(store, content) {
            if let (entry, Some(member)) = entry? {
                writeln!(places, "{member} {}", hex(&entry.path)).map_err(fault)?;
            }
        }
        let places = places.into_inner().map_err(|error| fault(error.into()))?;
        durable::replace(&places, &part, &path).map_err(fault)
    }

    fn make(&self, tree: &Path, entry: &Entry, member: Option<String>) -> io::Result<()> {
        let path = place(tree, &entry.path);
        let link = || OsStr::from_bytes(entry.link.as_deref().unwrap_or_default());
        match entry.kind {
            Kind::Folder => fs::DirBuilder::new().mode(0o700).create(&path),
            Kind::Link => symlink(link(), &path),
            Kind::Name => fs::hard_link(place(tree, entry.link.as_deref().unwrap_or_default()), &path),
            Kind::File => {
                let holes: u64 = entry.holes.iter().map(|(_, bytes)| bytes).sum();
                match member {
                    Some(member) => fs::rename(self.folder.join(MEMBERS).join(member), &path)?,
                    None if entry.bytes == holes => drop(durable::create_new(&path, 0o600)?),
                    None => return Err(io::Error::other("a file has no content")),
                }
                // A hole at the end was not written.
                let file = OpenOptions::new().write(true).open(&path)?;
                file.set_len(entry.bytes)?;
                if self.resumed {
                    entry.holes.iter().try_for_each(|(offset, bytes)| empty(&file, *offset, *bytes))?;
                }
                Ok(())
            }
        }
    }
}

/// Returns the entries of a store, each with the name of the file among the members that holds its content, if it has any.
fn of_store(store: usize, content: &Whole) -> impl Iterator<Item = Result<(Entry, Option<String>)>> + '_ {
    let own = content.entries().filter(move |entry| entry.as_ref().map_or(true, |(entry, _)| entry.store == store));
    own.map(|entry| {
        let (entry, held) = entry?;
        let (whole, joined) = letters(entry.based);
        let member = held.map(|held| match held {
            Held::Whole(number) => format!("{whole}{number}"),
            Held::Parts(file) => format!("{joined}{file}"),
        });
        Ok((entry, member))
    })
}

/// Returns the letters that the names of members begin with: of whole ones, and of those of files in parts.
fn letters(of_base: bool) -> (char, char) {
    if of_base { ('n', 'q') } else { ('m', 'p') }
}

/// Returns the member and the path below the tree that a line of `places` names.
fn parse_place(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let (member, path) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    let number = member.strip_prefix(['m', 'p', 'n', 'q'])?;
    let path = unhex(path).filter(|path| fault_of_path(path).is_none())?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| (member.to_owned(), path))
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Makes a hole, whatever an earlier run may have left there.
fn empty(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    if rustix::fs::fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, offset, bytes).is_ok() {
        return Ok(());
    }
    let zeros = vec![0; ZEROS];
    let mut at = offset;
    while at < offset + bytes {
        let piece = usize::try_from(offset + bytes - at).map_or(ZEROS, |left| left.min(ZEROS));
        file.write_all_at(&zeros[..piece], at)?;
        at += piece as u64;
    }
    Ok(())
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.open = None;
        if !self.keep {
            remove(&self.folder);
        }
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
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        open_up(&entry.path());
    }
}
