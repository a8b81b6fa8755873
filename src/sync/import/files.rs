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
use crate::stream::cancel::Cancel;
use crate::stream::fail;

use super::checkpoint::{Also, Checkpoint};
use super::target::Target;

/// Rows whose files are placed at once.
const PAGE: usize = 1000;

/// The name of a kept file that is not complete.
const PART: &str = "part";

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
    /// Whether the folder stays when this is dropped.
    keep: bool,
}

/// What becomes of the file of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It stays as it is, or leads nowhere.
    Leave,
    /// The bundle's content, of this MD5, takes its place.
    Content([u8; 16]),
    /// A text says that the bundle does not hold it.
    Placeholder,
}

/// A row with a file: the recorded path on the target, the path in the bundle, the MD5 that the row records.
#[derive(Clone, Debug)]
struct FileRow {
    target: String,
    bundle: String,
    digest: Option<String>,
}

impl Spool {
    /// An empty spool below `root`, in a folder named after `pid`; none for a preview.
    ///
    /// # Errors
    /// `File`, when the root is missing or cannot be written.
    pub(super) fn new(root: Option<&Path>, pid: Option<u32>) -> Result<Self> {
        let mut spool = Self {
            root: None,
            folder: None,
            known: HashMap::new(),
            foretold: HashMap::new(),
            current: None,
            counts: FileCounts::default(),
            warnings: Vec::new(),
            keep: false,
        };
        let Some(root) = root else { return Ok(spool) };
        let root = root.canonicalize().map_err(|error| {
            Error::file(root, "the files root cannot be used", error)
                .hint("Make the folder first, or leave --files-root out.")
        })?;
        if let Some(pid) = pid {
            let folder = folder_of(&root, pid);
            let made = remove(&folder).and_then(|()| fs::create_dir_all(&folder));
            made.map_err(|error| Error::file(&folder, "cannot make a folder", error))?;
            spool.folder = Some(folder);
        }
        spool.root = Some(root);
        Ok(spool)
    }

    /// The spool that a run of `pid` kept; none when it does not hold `files` files any more.
    ///
    /// # Errors
    /// `File`, when the root is missing.
    pub(super) fn reopen(root: Option<&Path>, pid: u32, files: u64) -> Result<Option<Self>> {
        let mut spool = Self::new(root, None)?;
        let Some(root) = spool.root.clone() else { return Ok(Some(spool)) };
        let folder = folder_of(&root, pid);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if let Some((path, content)) = name.to_string_lossy().split_once('.') {
                spool.known.insert(unhex(path), unhex(content));
            }
        }
        if spool.known.len() as u64 != files {
            return Ok(None);
        }
        fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, "cannot make a folder", error))?;
        spool.folder = Some(folder);
        Ok(Some(spool))
    }

    /// Leaves the folder for a run that goes on.
    pub(super) fn keep(&mut self) {
        self.keep = true;
    }

    /// Files that are kept, and files that were left out.
    pub(super) fn held(&self) -> (u64, u64) {
        (self.known.len() as u64, self.counts.skipped)
    }

    /// A file of the bundle begins.
    pub(super) fn start(&mut self, path: &str, _bytes: u64) -> Result<()> {
        let file = match &self.folder {
            None => None,
            Some(folder) => {
                let name = folder.join(PART);
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
        if let (Some(file), Some(folder)) = (file, &self.folder) {
            // The name tells all that must be known of it, should another process take it from here.
            let name = folder.join(kept_name(&key(&path), &unhex(md5)));
            file.sync_all()
                .and_then(|()| fs::rename(folder.join(PART), name))
                .map_err(|error| Error::file(&path, "cannot keep a file of the bundle", error))?;
        }
        if self.root.is_some() {
            self.known.insert(key(&path), unhex(md5));
        } else {
            self.counts.skipped += 1;
        }
        Ok(())
    }

    /// Brings the files of all staged rows into place, page by page, as far as the checkpoint does not say that it is done.
    /// A page is counted, and the counts are safe, before the first of its files is placed: repeating it counts nothing twice.
    ///
    /// # Errors
    /// `Database`, `File`, `Interrupted`.
    pub(super) async fn place_all(
        &mut self,
        session: &mut Session,
        merge: &Merge,
        target: &Target,
        checkpoint: &mut Checkpoint,
        cancel: &Cancel,
    ) -> Result<()> {
        if self.root.is_none() {
            checkpoint.progress.files.skipped = checkpoint.plan.loaded.files_skipped;
            return Ok(());
        }
        for (index, table) in target.tables.iter().enumerate().skip(checkpoint.progress.file_table) {
            if index != checkpoint.progress.file_table {
                let progress = &mut checkpoint.progress;
                (progress.file_table, progress.file_placed, progress.file_counted) = (index, 0, 0);
            }
            let carried = |name: &String| table.merge.columns.contains(name);
            let files = table.profile.files.as_ref();
            let Some(files) = files.filter(|files| carried(&files.path) && carried(&files.digest)) else { continue };
            loop {
                cancel.check()?;
                let after = checkpoint.progress.file_placed;
                let statement = merge.file_rows(&table.merge, &files.path, &files.digest, (after, PAGE));
                let page = session.query(&statement).await?;
                let cell = |row: &Vec<Option<String>>, index: usize| row.get(index).cloned().flatten();
                let last = page.last().and_then(|row| cell(row, 0)?.parse().ok());
                let Some(last) = last else { break };
                let rows: Vec<FileRow> = page
                    .iter()
                    .filter_map(|row| {
                        Some(FileRow { target: cell(row, 1)?, bundle: cell(row, 2)?, digest: cell(row, 3) })
                    })
                    .collect();
                let count = checkpoint.progress.file_counted < last;
                let verdicts = self.judge_all(&rows, count.then_some(&mut checkpoint.progress.files))?;
                if self.folder.is_some() {
                    if count {
                        checkpoint.progress.file_counted = last;
                        checkpoint.save(session, Also::Nothing).await?;
                    }
                    self.foretold.clear();
                    for (row, verdict) in rows.iter().zip(verdicts) {
                        self.place(row, verdict)?;
                        fail::point("import.file");
                    }
                }
                checkpoint.progress.file_placed = last;
                if page.len() < PAGE {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What is to become of a page's files, before any of them is placed.
    fn judge_all(&mut self, rows: &[FileRow], mut counts: Option<&mut FileCounts>) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(rows.len());
        for row in rows {
            let verdict = self.judge(row)?;
            if let Some(counts) = &mut counts {
                *match verdict {
                    Verdict::Leave => &mut counts.skipped,
                    Verdict::Content(_) => &mut counts.placed,
                    Verdict::Placeholder => &mut counts.placeholders,
                } += 1;
            }
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }

    /// Content replaces an existing file only where that file's MD5 differs from the row's; the text that stands in for an
    /// absent file never replaces anything.
    fn judge(&mut self, row: &FileRow) -> Result<Verdict> {
        let Some(root) = &self.root else { return Ok(Verdict::Leave) };
        let Some(goal) = safe_path(root, &row.target) else {
            self.warnings.push("a recorded path leads outside the files root; its file was left out".to_owned());
            return Ok(Verdict::Leave);
        };
        let content = self.known.get(&key(row.bundle.trim_start_matches('/'))).copied();
        let place = key(&goal.to_string_lossy());
        let existing = match self.foretold.get(&place) {
            Some(foretold) => Some(*foretold),
            None => md5_of(&goal).map_err(|error| Error::file(&goal, "cannot read an existing file", error))?,
        };
        let recorded = |existing| row.digest.as_deref().is_some_and(|digest| unhex(digest) == existing);
        Ok(match (content, existing) {
            (None, Some(_)) => Verdict::Leave,
            (Some(content), Some(existing)) if existing == content || recorded(existing) => Verdict::Leave,
            (Some(content), _) => {
                self.foretold.insert(place, content);
                Verdict::Content(content)
            }
            (None, None) => {
                self.foretold.insert(place, Md5::digest(PLACEHOLDER).into());
                Verdict::Placeholder
            }
        })
    }

    /// Brings the file of one row into place.
    fn place(&self, row: &FileRow, verdict: Verdict) -> Result<()> {
        let (Some(root), Some(folder)) = (&self.root, &self.folder) else { return Ok(()) };
        let Some(goal) = safe_path(root, &row.target) else { return Ok(()) };
        match verdict {
            Verdict::Leave => Ok(()),
            Verdict::Content(content) => {
                let kept = folder.join(kept_name(&key(row.bundle.trim_start_matches('/')), &content));
                // Two rows may record one path's content: copy, and let the folder's removal take the rest.
                put(&goal, |file| std::io::copy(&mut File::open(&kept)?, file).map(|_| ()))
            }
            Verdict::Placeholder => put(&goal, |file| file.write_all(PLACEHOLDER)),
        }
    }

    /// What the user should know of the files.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        self.warnings.dedup();
        std::mem::take(&mut self.warnings)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.as_ref().filter(|_| !self.keep) {
            // A folder left behind does no harm: it is hidden and named after a process that is gone.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Removes what a run of `pid` kept below `root`; what cannot be removed does no harm.
pub(in crate::sync) fn forget(root: &Path, pid: u32) {
    let _ = remove(&folder_of(root, pid));
}

fn folder_of(root: &Path, pid: u32) -> PathBuf {
    root.join(format!(".gapsync-{pid}"))
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn kept_name(path: &[u8; 16], content: &[u8; 16]) -> String {
    format!("{}.{}", hex(path), hex(content))
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
