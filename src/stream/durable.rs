//! Small files that must not be lost: written beside their goal, synced, and never in the place of another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How many names are tried.
const NAMES: u32 = 100_000;

/// The names for a file: `<stem><rest>`, then `<stem><before>.2<after>`, `.3` and so on, the number before the last extension.
fn names(stem: &str, rest: &str) -> impl Iterator<Item = String> {
    let (before, after) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let numbered = (2..NAMES).map(move |number| format!("{stem}{before}.{number}.{after}"));
    std::iter::once(format!("{stem}{rest}")).chain(numbered)
}

/// The first of these names that is free in a folder; a link that leads nowhere takes a name too.
#[must_use]
pub fn free_name(folder: &Path, stem: &str, rest: &str) -> PathBuf {
    let free = |path: &PathBuf| path.symlink_metadata().is_err();
    let first = folder.join(format!("{stem}{rest}"));
    names(stem, rest).map(|name| folder.join(name)).find(free).unwrap_or(first)
}

/// Makes a file that was not there, with these permissions whatever the umask is; no link is followed.
///
/// # Errors
/// When it is there, or cannot be made.
pub fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(file)
}

/// A new file that has no name yet. It goes away with the value unless it is published.
#[derive(Debug)]
pub struct Unpublished {
    part: PathBuf,
    file: BufWriter<File>,
}

impl Unpublished {
    /// Makes the file in the folder where it will be published.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(folder: &Path, mode: u32) -> io::Result<Self> {
        let part = folder.join(format!(".gapsync-{}.part", uuid::Uuid::new_v4().simple()));
        let file = BufWriter::new(create_new(&part, mode)?);
        Ok(Self { part, file })
    }

    /// Gives the file the first name that is free, and returns its path. All of it is on the disk then, its name too.
    ///
    /// # Errors
    /// When the system fails.
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
        // It has another name now, or is not wanted.
        let _ = fs::remove_file(&self.part);
    }
}

/// Writes a new file under the first name that is free, and gives the path. All of it is on the disk then, its name too.
///
/// # Errors
/// When it cannot be written; nothing is left behind then.
pub fn write_beside_others(folder: &Path, stem: &str, rest: &str, text: &str, mode: u32) -> io::Result<PathBuf> {
    let mut file = Unpublished::create(folder, mode)?;
    file.write_all(text.as_bytes())?;
    file.publish(folder, stem, rest)
}

/// Gives a complete file the first name that is free. A hard link, unlike a rename, replaces nothing.
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
            // A file system without hard links, as discs for exchange have.
            Err(_) => {
                fs::rename(part, &path)?;
                sync_folder(folder)?;
                return Ok(path);
            }
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Checks that files can be made in a folder.
///
/// # Errors
/// When they cannot.
pub fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".gapsync-{}.part", uuid::Uuid::new_v4().simple()));
    create_new(&path, 0o600)?;
    fs::remove_file(&path)
}

/// Brings the names in a folder to the disk.
///
/// # Errors
/// When the system fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

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
