//! A folder of this machine, for an engine that runs here or sees the same disk.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::file::{Stored, unnamed};
use crate::error::{Error, Result};
use crate::stream::durable::create_new;

/// The engine reads as a user of its own, whatever our umask is. Who may reach the files is decided by the folder that the
/// user named.
const FILE: u32 = 0o644;
const FOLDER: u32 = 0o755;

pub(super) struct Local {
    root: PathBuf,
}

impl Local {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Returns why another user may not be able to read the folder.
    pub(super) fn doubt(&self) -> Option<String> {
        // Folders that do not exist are created so that others can enter them.
        let closed = self
            .root
            .ancestors()
            .find(|folder| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 == 0))?;
        Some(format!(
            "the folder {} can be entered by its owner and group only: an engine that runs as another user cannot read files \
             below it",
            closed.display()
        ))
    }

    pub(super) async fn create(&self, path: &str) -> Result<LocalFile> {
        let (part, path) = (self.root.join(unnamed(path)), self.root.join(path));
        blocking(move || {
            let folder = path.parent().unwrap_or(Path::new("/"));
            let made = fs::DirBuilder::new().recursive(true).mode(FOLDER).create(folder);
            made.map_err(|error| Error::file(folder, "the folder for uploaded files cannot be created", error))?;
            let file = create_new(&part, FILE);
            let file = file.map_err(|error| Error::file(&path, "the file cannot be created", error))?;
            Ok(LocalFile { part: Part(part), path, file: Some(file) })
        })
        .await
    }

    pub(super) async fn list(&self, folder: &str) -> Result<Vec<Stored>> {
        let (root, top) = (self.root.clone(), self.root.join(folder));
        blocking(move || {
            let wrong = |path: &Path, error| Error::file(path, "the folder cannot be listed", error);
            let mut files = Vec::new();
            let mut folders = vec![top];
            while let Some(folder) = folders.pop() {
                let entries = match fs::read_dir(&folder) {
                    Ok(entries) => entries,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(wrong(&folder, error)),
                };
                for entry in entries {
                    let path = entry.map_err(|error| wrong(&folder, error))?.path();
                    let found = path.symlink_metadata().map_err(|error| wrong(&path, error))?;
                    if found.is_dir() {
                        folders.push(path);
                    } else if let Ok(below) = path.strip_prefix(&root) {
                        files.push(Stored { path: below.display().to_string(), bytes: found.len() });
                    }
                }
            }
            Ok(files)
        })
        .await
    }

    pub(super) async fn delete_all(&self, folder: &str) -> Result<()> {
        let folder = self.root.join(folder);
        blocking(move || match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::file(&folder, "the folder cannot be deleted", error))
            }
            _ => Ok(()),
        })
        .await
    }
}

pub(super) struct LocalFile {
    part: Part,
    path: PathBuf,
    file: Option<fs::File>,
}

/// A file that is removed on drop, unless it has another name then.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl LocalFile {
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(mut file) = self.file.take() else { return Err(Error::internal("a file is written after it failed")) };
        let (path, bytes) = (self.path.clone(), bytes.to_vec());
        let written = blocking(move || match file.write_all(&bytes) {
            Ok(()) => Ok(file),
            Err(error) => Err(Error::file(path, "the file cannot be written", error)),
        });
        self.file = Some(written.await?);
        Ok(())
    }

    pub(super) async fn finish(self) -> Result<()> {
        blocking(move || {
            let wrong = |error| Error::file(&self.path, "the file cannot be completed", error);
            if let Some(file) = &self.file {
                file.sync_all().map_err(wrong)?;
            }
            fs::rename(&self.part.0, &self.path).map_err(wrong)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::internal("a thread for files ended").because(error)))
}
