//! Physical files: kept beside their goal while the bundle is read, put in place once the rows are in.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use md5::{Digest, Md5};

use crate::db::merge::Merge;
use crate::db::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::model::profile::hex;
use crate::model::run::FileCounts;

use super::target::Target;

/// Rows whose files are placed at once.
const PAGE: usize = 1000;

/// What stands in for a file that the bundle does not hold.
const PLACEHOLDER: &[u8] = b"File excluded from export.";

/// Where files of the bundle wait until the rows are in. Without a files root nothing is kept; in a preview only digests are.
pub(super) struct Spool {
    root: Option<PathBuf>,
    folder: Option<PathBuf>,
    /// MD5 of path → MD5 of content: 32 bytes a file, whatever the length of its path.
    known: HashMap<[u8; 16], [u8; 16]>,
    /// What a preview would have placed: MD5 of the goal's path → MD5 of content. Two rows may record one path.
    foretold: HashMap<[u8; 16], [u8; 16]>,
    current: Option<(String, Option<File>)>,
    counts: FileCounts,
    warnings: Vec<String>,
}

/// A row with a file: the recorded path on the target, the path in the bundle, the MD5 that the row records.
#[derive(Clone, Debug)]
struct FileRow {
    target: String,
    bundle: String,
    digest: Option<String>,
}

impl Spool {
    /// A spool below `root`; `keep` is false for a preview.
    ///
    /// # Errors
    /// `File`, when the root is missing or cannot be written.
    pub(super) fn new(root: Option<&Path>, keep: bool) -> Result<Self> {
        let mut spool = Self {
            root: None,
            folder: None,
            known: HashMap::new(),
            foretold: HashMap::new(),
            current: None,
            counts: FileCounts::default(),
            warnings: Vec::new(),
        };
        let Some(root) = root else { return Ok(spool) };
        let root = root.canonicalize().map_err(|error| {
            Error::file(root, "the files root cannot be used", error)
                .hint("Make the folder first, or leave --files-root out.")
        })?;
        if keep {
            let folder = root.join(format!(".gapsync-{}", std::process::id()));
            fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, "cannot make a folder", error))?;
            spool.folder = Some(folder);
        }
        spool.root = Some(root);
        Ok(spool)
    }

    /// A file of the bundle begins.
    pub(super) fn start(&mut self, path: &str, _bytes: u64) -> Result<()> {
        let file = match &self.folder {
            None => None,
            Some(folder) => {
                let name = folder.join(hex(&key(path)));
                Some(
                    File::create(&name)
                        .map_err(|error| Error::file(&name, "cannot keep a file of the bundle", error))?,
                )
            }
        };
        self.current = Some((path.to_owned(), file));
        Ok(())
    }

    /// Bytes of the current file.
    pub(super) fn write(&mut self, data: &[u8]) -> Result<()> {
        match &mut self.current {
            Some((path, Some(file))) => file.write_all(data).map_err(|error| {
                Error::file(&*path, "cannot keep a file of the bundle", error)
                    .hint("Free space below the files root, or import without --files-root.")
            }),
            _ => Ok(()),
        }
    }

    /// The current file ends; `md5` is the hex digest of its content.
    pub(super) fn end(&mut self, md5: &str) -> Result<()> {
        let Some((path, file)) = self.current.take() else { return Ok(()) };
        if let Some(file) = file {
            file.sync_all().map_err(|error| Error::file(&path, "cannot keep a file of the bundle", error))?;
        }
        if self.root.is_some() {
            self.known.insert(key(&path), unhex(md5));
        } else {
            self.counts.skipped += 1;
        }
        Ok(())
    }

    /// Brings the files of all staged rows into place, page by page.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn place_all(&mut self, session: &mut Session, merge: &Merge, target: &Target) -> Result<()> {
        if self.root.is_none() {
            return Ok(());
        }
        for table in &target.tables {
            let carried = |name: &String| table.merge.columns.contains(name);
            let files = table.profile.files.as_ref();
            let Some(files) = files.filter(|files| carried(&files.path) && carried(&files.digest)) else { continue };
            let mut after = 0_i64;
            loop {
                let statement = merge.file_rows(&table.merge, &files.path, &files.digest, (after, PAGE));
                let page = session.query(&statement).await?;
                for row in &page {
                    let cell = |index: usize| row.get(index).cloned().flatten();
                    after = cell(0).and_then(|text| text.parse().ok()).unwrap_or(after);
                    if let (Some(target), Some(bundle)) = (cell(1), cell(2)) {
                        self.place(&FileRow { target, bundle, digest: cell(3) })?;
                    }
                }
                if page.len() < PAGE {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Brings the file of one row into place, or says what would happen to it.
    ///
    /// Content replaces an existing file only where that file's MD5 differs from the row's; the text that stands in for an
    /// absent file never replaces anything.
    ///
    /// # Errors
    /// `File`, when the disk refuses.
    fn place(&mut self, row: &FileRow) -> Result<()> {
        let Some(root) = self.root.clone() else { return Ok(()) };
        let Some(goal) = safe_path(&root, &row.target) else {
            self.counts.skipped += 1;
            self.warnings.push("a recorded path leads outside the files root; its file was left out".to_owned());
            return Ok(());
        };
        let name = key(row.bundle.trim_start_matches('/'));
        let content = self.known.get(&name).copied();
        let place = key(&goal.to_string_lossy());
        let existing = match self.foretold.get(&place) {
            Some(foretold) => Some(*foretold),
            None => md5_of(&goal).map_err(|error| Error::file(&goal, "cannot read an existing file", error))?,
        };
        match (content, existing) {
            (None, Some(_)) => self.counts.skipped += 1,
            (Some(content), Some(existing))
                if existing == content || row.digest.as_deref().is_some_and(|digest| unhex(digest) == existing) =>
            {
                self.counts.skipped += 1;
            }
            (Some(content), _) => {
                self.counts.placed += 1;
                let Some(folder) = &self.folder else {
                    self.foretold.insert(place, content);
                    return Ok(());
                };
                let kept = folder.join(hex(&name));
                // Two rows may record one path's content: copy, and let the folder's removal take the rest.
                put(&goal, |file| std::io::copy(&mut File::open(&kept)?, file).map(|_| ()))?;
            }
            (None, None) => {
                self.counts.placeholders += 1;
                if self.folder.is_none() {
                    self.foretold.insert(place, Md5::digest(PLACEHOLDER).into());
                    return Ok(());
                }
                put(&goal, |file| file.write_all(PLACEHOLDER))?;
            }
        }
        Ok(())
    }

    /// What happened to the files, and what the user should know of it.
    pub(super) fn result(&mut self) -> (FileCounts, Vec<String>) {
        self.warnings.dedup();
        (self.counts, std::mem::take(&mut self.warnings))
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // A folder left behind does no harm: it is hidden and named after a process that is gone.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Writes a file under a temporary name, syncs it and renames it into place.
fn put(goal: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<()> {
    let parent = goal.parent().ok_or_else(|| Error::new(ErrorKind::File, "a recorded path has no folder"))?;
    let temporary = parent.join(format!(".gapsync-{}.part", std::process::id()));
    let run = || {
        fs::create_dir_all(parent)?;
        let mut file = File::create(&temporary)?;
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&temporary, goal)?;
        File::open(parent)?.sync_all()
    };
    run().map_err(|error| Error::file(goal, "cannot place a file", error))
}

/// The goal of a recorded path below the root, unless it leads elsewhere: by `..`, or through a link.
fn safe_path(root: &Path, recorded: &str) -> Option<PathBuf> {
    let relative = Path::new(recorded.trim_start_matches('/'));
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || relative.as_os_str().is_empty() || recorded.contains('\0') {
        return None;
    }
    let mut path = root.to_path_buf();
    for part in relative.components() {
        path.push(part);
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.file_type().is_symlink()) {
            return None;
        }
    }
    Some(path)
}

fn md5_of(path: &Path) -> std::io::Result<Option<[u8; 16]>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut digest = Md5::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Some(digest.finalize().into()));
        }
        digest.update(&buffer[..read]);
    }
}

fn key(path: &str) -> [u8; 16] {
    Md5::digest(path.as_bytes()).into()
}

/// The bytes of a hex MD5; anything else gives a value that no content has in practice.
fn unhex(text: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    if text.len() == 32 && text.is_ascii() {
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap_or(0);
        }
    }
    bytes
}
