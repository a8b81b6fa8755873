//! Physical files. They are kept near their destination while the bundle is read, and put in place once the rows are in.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use crate::error::{Error, Result};
use crate::model::hex::{hex, md5_of_hex};
use crate::stream::durable;
use crate::stream::root::Root;

mod judge;
mod owners;
mod place;

pub(super) use owners::FileTable;
pub(super) use place::Placing;

/// The bytes of an MD5.
type Md5Bytes = [u8; 16];

/// The name of a kept file that is incomplete.
const PART: &str = "part";

/// Where files of the bundle wait until the rows are in. Without a files root, nothing is kept; a preview keeps only digests.
pub(super) struct Spool {
    root: Option<Root>,
    folder: Option<PathBuf>,
    /// MD5 of the path → MD5 of the content: 32 bytes per file, whatever the length of its path.
    known: HashMap<Md5Bytes, Md5Bytes>,
    current: Option<(String, Option<File>)>,
    /// Number of files skipped because there is no root.
    left_out: u64,
    /// Whether the folder is kept when this is dropped.
    keep: bool,
}

impl Spool {
    /// Creates an empty spool in a folder below `root` that is named after `pid`, or without a folder for a preview.
    ///
    /// # Errors
    /// `File` if the root is missing or cannot be written to.
    pub(super) fn new(root: Option<&Path>, pid: Option<u32>) -> Result<Self> {
        let mut spool =
            Self { root: None, folder: None, known: HashMap::new(), current: None, left_out: 0, keep: false };
        let Some(root) = root else { return Ok(spool) };
        let root = Root::open(root).map_err(|error| {
            Error::file(root, "the files root cannot be used", error)
                .hint("Create the folder first, or omit --files-root.")
        })?;
        if let Some(pid) = pid {
            let folder = folder_of(root.path(), pid);
            let made = remove(&folder).and_then(|()| make(&folder));
            made.map_err(|error| {
                Error::file(&folder, "a folder for the files of the bundle cannot be created", error)
            })?;
            spool.folder = Some(folder);
        }
        spool.root = Some(root);
        Ok(spool)
    }

    /// Reopens the spool that a run of `pid` kept. Returns `None` if it no longer has `files` files.
    ///
    /// # Errors
    /// `File` if the root is missing.
    pub(super) fn reopen(root: Option<&Path>, pid: u32, files: u64) -> Result<Option<Self>> {
        let mut spool = Self::new(root, None)?;
        let Some(root) = &spool.root else { return Ok(Some(spool)) };
        let folder = folder_of(root.path(), pid);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let parts =
                name.split_once('.').and_then(|(path, content)| Some((md5_of_hex(path)?, md5_of_hex(content)?)));
            spool.known.extend(parts);
        }
        if spool.known.len() as u64 != files {
            return Ok(None);
        }
        if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
            spool.folder = Some(folder);
            return Ok(Some(spool));
        }
        Self::new(Some(root.path()), Some(pid)).map(Some)
    }

    /// Keeps the folder for a run that is resumed.
    pub(super) fn keep(&mut self) {
        self.keep = true;
    }

    /// Returns the number of files kept and of files skipped.
    pub(super) fn held(&self) -> (u64, u64) {
        (self.known.len() as u64, self.left_out)
    }

    /// Begins a file of the bundle.
    pub(super) fn start(&mut self, path: &str) -> Result<()> {
        let file = match &self.folder {
            None => None,
            Some(folder) => {
                let name = folder.join(PART);
                let _ = fs::remove_file(&name);
                let made = durable::create_new(&name, 0o600);
                Some(made.map_err(|error| Error::file(&name, "cannot keep a file of the bundle", error))?)
            }
        };
        self.current = Some((path.to_owned(), file));
        Ok(())
    }

    /// Writes bytes of the current file.
    pub(super) fn write(&mut self, data: &[u8]) -> Result<()> {
        match &mut self.current {
            Some((path, Some(file))) => file.write_all(data).map_err(|error| {
                Error::file(&*path, "cannot keep a file of the bundle", error)
                    .hint("Free space below the files root, or import without --files-root.")
            }),
            _ => Ok(()),
        }
    }

    /// Ends the current file. `md5` is the hex digest of its content.
    pub(super) fn end(&mut self, md5: &str) -> Result<()> {
        let Some((path, file)) = self.current.take() else { return Ok(()) };
        let content = md5_of_hex(md5).ok_or_else(|| Error::internal("the digest of a file is not an MD5"))?;
        if let (Some(file), Some(folder)) = (file, &self.folder) {
            // The name holds everything that another process needs to take the file over.
            let name = folder.join(kept_name(&key(&path), &content));
            durable::rename_synced(&file, &folder.join(PART), &name)
                .map_err(|error| Error::file(&path, "cannot keep a file of the bundle", error))?;
        }
        if self.root.is_some() {
            self.known.insert(key(&path), content);
        } else {
            self.left_out += 1;
        }
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.as_ref().filter(|_| !self.keep) {
            // A folder left behind is harmless: it is hidden and named after a process that is gone.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Removes what a run of `pid` kept below `root`. What cannot be removed is harmless.
pub(in crate::sync) fn forget(root: &Path, pid: u32) {
    let _ = remove(&folder_of(root, pid));
}

fn folder_of(root: &Path, pid: u32) -> PathBuf {
    root.join(format!(".gapsync-{pid}"))
}

/// Creates a folder that only its owner may read. Fails if anything of that name exists.
fn make(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn kept_name(path: &Md5Bytes, content: &Md5Bytes) -> String {
    format!("{}.{}", hex(path), hex(content))
}

fn key(path: &str) -> Md5Bytes {
    Md5::digest(path.as_bytes()).into()
}
