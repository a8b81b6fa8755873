//! Creates the file of a bundle and gives it its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::Advice;

use crate::bundle::sidecar;
use crate::error::{Error, Result};
use crate::stream::{durable, fail};

/// Where a bundle goes.
pub(super) enum Destination {
    /// A file in a folder, with the permissions that the umask gives.
    Folder(PathBuf),
    /// A file in a folder that only its owner may read.
    Private(PathBuf),
    /// Standard output.
    Stdout,
}

/// The file of an incomplete bundle. Dropping it removes the file.
pub(super) struct BundleFile {
    /// `None` for standard output, which has nothing to rename.
    folder: Option<PathBuf>,
    name: String,
    part: PathBuf,
    file: Option<File>,
    published: bool,
}

/// Bytes after which the system is asked to write.
const EARLY_BYTES: u64 = 8 << 20;

/// A file whose bytes the disk begins to write while more come, so that little is left to wait for at the end.
pub(super) struct Early {
    file: File,
    /// Up to where the system was asked to write.
    begun: u64,
    written: u64,
}

impl Write for Early {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        if let Some(fresh) = NonZeroU64::new(self.written - self.begun).filter(|fresh| fresh.get() >= EARLY_BYTES) {
            // Linux begins to write what is about to leave its cache; what is not written yet stays there. It is a request, and
            // a pipe cannot grant it.
            let _ = rustix::fs::fadvise(&self.file, self.begun, Some(fresh), Advice::DontNeed);
            self.begun = self.written;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl BundleFile {
    /// Creates `<folder>/<name>.part`, or takes standard output.
    pub(super) fn create(destination: Destination, name: &str) -> Result<Self> {
        let (folder, mode) = match destination {
            Destination::Folder(folder) => (folder, 0o666),
            Destination::Private(folder) => (folder, 0o600),
            Destination::Stdout => return Self::stdout(name),
        };
        let target = folder.join(name);
        if target.symlink_metadata().is_ok() {
            return Err(taken(&target));
        }
        let part = folder.join(format!("{name}.part"));
        let file = match OpenOptions::new().write(true).create_new(true).mode(mode).open(&part) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(&part)),
            Err(error) => return Err(Error::file(&part, "the bundle cannot be created", error)),
        };
        Ok(Self { folder: Some(folder), name: name.to_owned(), part, file: Some(file), published: false })
    }

    fn stdout(name: &str) -> Result<Self> {
        let part = PathBuf::from("-");
        let file = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let file = file.map_err(|error| Error::file(&part, "standard output cannot be written", error))?;
        Ok(Self { folder: None, name: name.to_owned(), part, file: Some(file), published: false })
    }

    /// Opens the file for writing.
    pub(super) fn open_file(&self) -> Result<Early> {
        let file = self.file.as_ref().map(File::try_clone).transpose();
        let file = file.map_err(|error| self.fault("the bundle cannot be written", error))?;
        let file = file.ok_or_else(|| Error::internal("bundle was published before"))?;
        Ok(Early { file, begun: 0, written: 0 })
    }

    /// Returns the folder for what does not fit into memory: that of the bundle, if it has one.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// Returns the bundle's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns an error about the file.
    pub(super) fn fault(&self, what: &'static str, error: io::Error) -> Error {
        Error::file(&self.part, what, error)
    }

    /// Gives the complete file its name. The digest file comes first, so that a crash leaves at worst a digest without a
    /// bundle.
    pub(super) fn publish(mut self, sha256_hex: &str) -> Result<()> {
        let Some(folder) = self.folder.clone() else {
            self.published = true;
            return Ok(());
        };
        if let Some(file) = self.file.take() {
            file.sync_all().map_err(|error| self.fault("the bundle cannot be synced", error))?;
        }
        let target = folder.join(&self.name);
        let digest = sidecar::path_of(&target);
        let written = durable::write_synced(&digest, sidecar::line(sha256_hex, &self.name).as_bytes())
            .and_then(|()| durable::sync_folder(&folder))
            .inspect(|()| fail::point("export.before-rename"))
            .and_then(|()| fs::rename(&self.part, &target));
        if let Err(error) = written {
            let _ = fs::remove_file(&digest);
            return Err(self.fault("the bundle cannot be given its name", error));
        }
        self.published = true;
        fail::point("export.after-rename");
        durable::sync_folder(&folder).map_err(|error| self.fault("the folder of the bundle cannot be synced", error))
    }
}

impl Drop for BundleFile {
    fn drop(&mut self) {
        if !self.published && self.folder.is_some() {
            let _ = fs::remove_file(&self.part);
        }
    }
}

fn taken(path: &Path) -> Error {
    let error = io::Error::from(io::ErrorKind::AlreadyExists);
    Error::file(path, "a bundle of this name already exists", error)
}
