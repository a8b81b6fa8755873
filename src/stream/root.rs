//! Accesses files below a folder without following links, waiting for pipes or opening devices.
//!
//! Every folder on the way is opened relative to the one above it, so nobody can replace it by a link between check and
//! use. A new file is written under a random name and gets its final name when all of it is on disk.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use md5::{Digest, Md5};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

/// Permissions of a placed file, whatever the umask is.
pub const FILE_MODE: u32 = 0o640;

/// Permissions of a folder created on the way.
const FOLDER_MODE: u32 = 0o750;

/// Longest path on Linux in bytes, including the final zero.
const LONGEST_PATH: usize = 4096;

/// Prefix of our own temporary names.
const OWN_PREFIX: &str = ".gapsync-";

/// The object at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A regular file whose content has this MD5.
    File([u8; 16]),
}

/// Why a file cannot be read or placed.
#[derive(Debug)]
pub enum Trouble {
    /// The path is unusable; a fragment that says why.
    Path(&'static str),
    /// The disk or the system failed, so no other path would help.
    System(io::Error),
}

impl From<Errno> for Trouble {
    fn from(error: Errno) -> Self {
        let reason = match error {
            Errno::NAMETOOLONG => "the path is too long",
            Errno::NOTDIR => "a file or a link is where a folder must be",
            Errno::LOOP => "a link is in the way",
            Errno::ISDIR | Errno::EXIST | Errno::NOTEMPTY => "a folder is in the way",
            Errno::NXIO | Errno::NODEV => "it is not a regular file",
            Errno::ACCESS | Errno::PERM => "permission denied",
            Errno::INVAL | Errno::ILSEQ => "the file system does not allow the name",
            other => return Self::System(other.into()),
        };
        Self::Path(reason)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => errno.into(),
            None => Self::System(error),
        }
    }
}

/// A folder below which files are read and placed.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    folder: OwnedFd,
}

impl Root {
    /// Opens the folder. Links on the way to it are followed.
    ///
    /// # Errors
    /// If it is missing, is not a folder or may not be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(&path, flags, Mode::empty())?;
        Ok(Self { path, folder })
    }

    /// Returns the folder's own path, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Converts a recorded path to one below the root: without a leading `/`, empty parts and `.` parts.
    ///
    /// # Errors
    /// A fragment that says why the path is unusable.
    pub fn relative(&self, recorded: &str) -> Result<PathBuf, &'static str> {
        if recorded.chars().any(char::is_control) {
            return Err("the path holds control characters");
        }
        let parts: Vec<Component> = Path::new(recorded.trim_start_matches('/')).components().collect();
        if parts.is_empty() {
            return Err("the path does not name a file");
        }
        if !parts.iter().all(|part| matches!(part, Component::Normal(_))) {
            return Err("the path leads outside the files root");
        }
        let relative: PathBuf = parts.iter().collect();
        if relative.as_os_str().as_bytes().starts_with(OWN_PREFIX.as_bytes()) {
            return Err("the path belongs to gapsync");
        }
        if self.path.as_os_str().len() + relative.as_os_str().len() + 2 > LONGEST_PATH {
            return Err("the path is too long");
        }
        Ok(relative)
    }

    /// Checks what is at a path returned by [`Self::relative`].
    ///
    /// # Errors
    /// `Path` if it is anything except a regular file; `System`.
    pub fn look(&self, relative: &Path) -> Result<Found, Trouble> {
        match self.open_file(relative)? {
            None => Ok(Found::Nothing),
            Some(mut file) => Ok(Found::File(md5_of(&mut file)?)),
        }
    }

    /// Opens a regular file for reading. Returns `None` if there is none.
    ///
    /// # Errors
    /// `Path` if it is anything except a regular file; `System`.
    pub fn open_file(&self, relative: &Path) -> Result<Option<File>, Trouble> {
        let Some((folder, name)) = self.parent(relative, false)? else { return Ok(None) };
        match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
            Ok(found) => regular(FileType::from_raw_mode(found.st_mode))?,
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&folder, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            opened => opened?,
        };
        // Checked again, as it may have been replaced since the first check.
        regular(FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode))?;
        Ok(Some(File::from(file)))
    }

    /// Writes a file under a random name, syncs it, gives it its name and syncs the folder. Replaces an existing file.
    ///
    /// # Errors
    /// `Path` if the path is unusable; `System`. Nothing is left behind then.
    pub fn put(&self, relative: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Trouble> {
        let parent = self.parent(relative, true)?;
        let Some((folder, name)) = parent else { return Err(Trouble::Path("a folder on the way has vanished")) };
        let temporary = format!("{OWN_PREFIX}{}.part", uuid::Uuid::new_v4().simple());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::openat(&folder, &temporary, flags, Mode::from_raw_mode(0o600))?);
        let written = write(&mut file).map_err(Trouble::System).and_then(|()| {
            rustix::fs::fchmod(&file, Mode::from_raw_mode(FILE_MODE))?;
            rustix::fs::fsync(&file)?;
            rustix::fs::renameat(&folder, &temporary, &folder, name)?;
            Ok(rustix::fs::fsync(&folder)?)
        });
        if written.is_err() {
            // The error that led here matters more than one of the removal.
            let _ = rustix::fs::unlinkat(&folder, &temporary, AtFlags::empty());
        }
        written
    }

    /// Removes a file, if it exists.
    ///
    /// # Errors
    /// Those of [`Self::put`].
    pub fn remove(&self, relative: &Path) -> Result<(), Trouble> {
        let Some((folder, name)) = self.parent(relative, false)? else { return Ok(()) };
        match rustix::fs::unlinkat(&folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the folder of a path, and returns it with the last part of the path. Returns `None` if a folder is missing and
    /// `make` is false.
    fn parent<'p>(&self, relative: &'p Path, make: bool) -> Result<Option<(OwnedFd, &'p std::ffi::OsStr)>, Trouble> {
        let name = relative.file_name().ok_or(Trouble::Path("the path does not name a file"))?;
        let mut folder = self.folder.try_clone()?;
        for part in relative.parent().into_iter().flat_map(Path::components) {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let open = || rustix::fs::openat(&folder, part.as_os_str(), flags, Mode::empty());
            let below = match open() {
                Err(Errno::NOENT) if make => {
                    self.make_folder(&folder, part.as_os_str())?;
                    open()
                }
                opened => opened,
            };
            folder = match below {
                Err(Errno::NOENT) => return Ok(None),
                opened => opened?,
            };
        }
        Ok(Some((folder, name)))
    }

    fn make_folder(&self, above: &OwnedFd, name: &std::ffi::OsStr) -> Result<(), Trouble> {
        match rustix::fs::mkdirat(above, name, Mode::from_raw_mode(FOLDER_MODE)) {
            // Somebody else has just created it; opening it will show what it is.
            Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(rustix::fs::fsync(above)?),
        }
    }
}

fn regular(kind: FileType) -> Result<(), Trouble> {
    match kind {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(Trouble::Path("a folder is in the way")),
        FileType::Symlink => Err(Trouble::Path("a link is in the way")),
        FileType::Fifo => Err(Trouble::Path("a named pipe is in the way")),
        _ => Err(Trouble::Path("it is not a regular file")),
    }
}

/// Digests the rest of a file.
///
/// # Errors
/// If it cannot be read.
pub fn md5_of(file: &mut impl Read) -> io::Result<[u8; 16]> {
    copy_md5(file, &mut io::sink())
}

/// Copies the rest of a file, and returns the MD5 of what was copied.
///
/// # Errors
/// If one cannot be read or the other cannot be written.
pub fn copy_md5(from: &mut impl Read, to: &mut impl Write) -> io::Result<[u8; 16]> {
    let mut digest = Md5::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(digest.finalize().into());
        }
        digest.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn root() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        (folder, root)
    }

    fn reason<T: std::fmt::Debug>(outcome: Result<T, Trouble>) -> &'static str {
        match outcome.unwrap_err() {
            Trouble::Path(reason) => reason,
            Trouble::System(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_path_of_no_use_is_told_by_its_reason() {
        let (folder, root) = root();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        std::fs::write(folder.path().join("file"), "x").unwrap();
        symlink("/etc", folder.path().join("link")).unwrap();
        symlink("/etc/passwd", folder.path().join("link.txt")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("pipe"), Mode::from_raw_mode(0o600)).unwrap();
        let long = "n".repeat(300);
        for (path, expected) in [
            ("folder", "a folder is in the way"),
            ("file/below", "a file or a link is where a folder must be"),
            ("link/passwd", "a file or a link is where a folder must be"),
            ("link.txt", "a link is in the way"),
            ("pipe", "a named pipe is in the way"),
            (long.as_str(), "the path is too long"),
        ] {
            let relative = root.relative(path).unwrap();
            assert_eq!(reason(root.look(&relative)), expected, "{path}");
            if path != "link.txt" && path != "pipe" {
                reason(root.put(&relative, |file| file.write_all(b"y")));
            }
        }
        for path in ["", "/", "../x", "a/../../x", "a\u{1}b", "a\nb", "a\0b", ".gapsync-1/x", &"d/".repeat(2050)] {
            assert!(root.relative(path).is_err(), "{path:?}");
        }
        assert_eq!(root.relative("//a//./b"), Ok(PathBuf::from("a/b")));
    }

    #[test]
    fn a_file_is_placed_with_its_mode_and_leaves_nothing_behind() {
        let (folder, root) = root();
        let path = root.relative("/a/b/c.txt").unwrap();
        assert_eq!(root.look(&path).unwrap(), Found::Nothing);
        root.put(&path, |file| file.write_all(b"content")).unwrap();
        assert_eq!(root.look(&path).unwrap(), Found::File(Md5::digest(b"content").into()));
        let placed = folder.path().join("a/b/c.txt");
        assert_eq!(placed.metadata().unwrap().permissions().mode() & 0o7777, FILE_MODE);
        root.put(&path, |_| Err(io::Error::other("no"))).unwrap_err();
        assert_eq!(std::fs::read_dir(placed.parent().unwrap()).unwrap().count(), 1);
        root.remove(&path).unwrap();
        assert!(!placed.exists());
    }
}
