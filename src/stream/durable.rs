//! Writes files that must not be lost: under a temporary name first, and synced before they get their own name.
//!
//! A report or a list gets a name that is free ([`write_beside_others`], [`Unpublished`]). A file that belongs at one place is
//! put there by [`rename_synced`], and by [`sync_folder`] once all of a folder have their names; [`replace`] does both.
//! [`super::root`] writes below a folder that others may change, by handles instead of paths.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How many names are tried.
const NAMES: u32 = 100_000;

/// Returns the possible names of a file: `<stem><rest>`, then `<stem><before>.2<after>`, `.3` and so on, with the number
/// before the last extension.
fn names(stem: &str, rest: &str) -> impl Iterator<Item = String> {
    let (before, after) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let numbered = (2..NAMES).map(move |number| format!("{stem}{before}.{number}.{after}"));
    std::iter::once(format!("{stem}{rest}")).chain(numbered)
}

/// Returns the first of these names that is free in a folder. A dangling link counts as taken.
#[must_use]
pub fn free_name(folder: &Path, stem: &str, rest: &str) -> PathBuf {
    let free = |path: &PathBuf| path.symlink_metadata().is_err();
    let first = folder.join(format!("{stem}{rest}"));
    names(stem, rest).map(|name| folder.join(name)).find(free).unwrap_or(first)
}

/// Creates a file that does not exist yet, with these permissions whatever the umask is. Follows no link.
///
/// # Errors
/// If it exists or cannot be created.
pub fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(file)
}

/// A new file that has no name yet. It is removed on drop unless it is published.
#[derive(Debug)]
pub struct Unpublished {
    part: PathBuf,
    file: BufWriter<File>,
}

impl Unpublished {
    /// Creates the file in the folder where it will be published.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn create(folder: &Path, mode: u32) -> io::Result<Self> {
        let part = folder.join(format!(".gapsync-{}.part", uuid::Uuid::new_v4().simple()));
        let file = BufWriter::new(create_new(&part, mode)?);
        Ok(Self { part, file })
    }

    /// Gives the file the first free name, and returns its path. All of it, including its name, is on disk then.
    ///
    /// # Errors
    /// If the system fails.
    pub fn publish(mut self, folder: &Path, stem: &str, rest: &str) -> io::Result<PathBuf> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        publish(&self.part, folder, stem, rest)
    }
}

impl Write for Unpublished {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Unpublished {
    fn drop(&mut self) {
        // The file has another name now, or is not wanted.
        let _ = fs::remove_file(&self.part);
    }
}

/// Writes a new file under the first free name, and returns its path. All of it, including its name, is on disk then.
///
/// # Errors
/// If it cannot be written; nothing is left behind then.
pub fn write_beside_others(folder: &Path, stem: &str, rest: &str, text: &str, mode: u32) -> io::Result<PathBuf> {
    let mut file = Unpublished::create(folder, mode)?;
    file.write_all(text.as_bytes())?;
    file.publish(folder, stem, rest)
}

/// Gives a complete file the first free name. Unlike a rename, a hard link replaces nothing.
fn publish(part: &Path, folder: &Path, stem: &str, rest: &str) -> io::Result<PathBuf> {
    for name in names(stem, rest) {
        let path = folder.join(name);
        match fs::hard_link(part, &path) {
            Ok(()) => {
                sync_folder(folder)?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if path.symlink_metadata().is_ok() || error.kind() == ErrorKind::StorageFull => {
                return Err(error);
            }
            // The file system has no hard links, as is common on exchangeable media.
            Err(_) => {
                fs::rename(part, &path)?;
                sync_folder(folder)?;
                return Ok(path);
            }
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Gives a complete file its name, in place of any file of that name. The name is not on disk until [`sync_folder`] has run,
/// but whoever finds it finds all of the file.
///
/// # Errors
/// If the system fails.
pub fn rename_synced(file: &File, part: &Path, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    fs::rename(part, path)
}

/// Gives a complete file its name, in place of any file of that name. All of it, including its name, is on disk then.
///
/// # Errors
/// If the system fails.
pub fn replace(file: &File, part: &Path, path: &Path) -> io::Result<()> {
    rename_synced(file, part, path)?;
    sync_folder(path.parent().unwrap_or(Path::new("")))
}

/// Writes a small file at once, in place of what a file of that name held. Only its content is on disk then.
///
/// # Errors
/// If the system fails.
pub fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Writes a file that only its owner may read, in place of any file of that name. All of it, including its name, is on disk then.
///
/// # Errors
/// If the system fails; the file is as it was then.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let _ = fs::remove_file(&part);
    let mut file = create_new(&part, 0o600)?;
    file.write_all(content)?;
    replace(&file, &part, path)
}

/// Checks that files can be created in a folder.
///
/// # Errors
/// If they cannot.
pub fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".gapsync-{}.part", uuid::Uuid::new_v4().simple()));
    create_new(&path, 0o600)?;
    fs::remove_file(&path)
}

/// Makes sure that the names in a folder are on disk.
///
/// # Errors
/// If the system fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_file_takes_the_place_of_an_older_one() {
        let folder = tempfile::tempdir().unwrap();
        let (part, path) = (folder.path().join("a.part"), folder.path().join("a"));
        write_synced(&path, b"older").unwrap();
        let mut file = create_new(&part, 0o600).unwrap();
        file.write_all(b"newer").unwrap();
        replace(&file, &part, &path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
        assert!(!part.exists());
        // Without a folder in its path, the file is in the current one.
        assert_eq!(Path::new("a").parent(), Some(Path::new("")));
        sync_folder(Path::new("")).unwrap();
        replace(&file, &part, &path).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
    }

    #[test]
    fn no_file_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::os::unix::fs::symlink("/nonexistent/x", path.join("b-report.2.txt")).unwrap();
        let mut written = Vec::new();
        for text in ["one", "two"] {
            let file = write_beside_others(path, "b", "-report.txt", text, 0o640).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o640);
            written.push(file.file_name().unwrap().to_string_lossy().into_owned());
        }
        assert_eq!(written, ["b-report.txt", "b-report.3.txt"]);
        assert_eq!(free_name(path, "b", "-report.txt"), path.join("b-report.4.txt"));
        assert_eq!(fs::read_dir(path).unwrap().count(), 3);
        probe(path).unwrap();
        probe(Path::new("/proc")).unwrap_err();
    }
}
