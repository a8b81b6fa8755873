//! Keeps a segment of PostgreSQL's log of changes in a folder, as `archive_command` asks for it: once it says yes, the server forgets
//! the segment.

use std::fs::{self, File};
use std::io::{ErrorKind as Io, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result, escape};
use crate::stream::durable;

/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// Returns whether a name is one that PostgreSQL gives: of a segment, a history, a mark of a base copy.
fn is_of_the_log(name: &str) -> bool {
    let hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
    };
    match name.split('.').collect::<Vec<_>>().as_slice() {
        [segment] | [segment, "partial"] => hex(segment, 24),
        [timeline, "history"] => hex(timeline, 8),
        [segment, at, "backup"] => hex(segment, 24) && hex(at, 8),
        _ => false,
    }
}

/// Keeps a segment in a folder, with its digest in a file beside it. All of it is on disk when this returns; a file that is
/// there is never replaced. Returns whether it was there already.
///
/// # Errors
/// `Usage` if it is no segment; `Difference` if another one of its name is there; `Locked` while another process keeps it; `File`.
pub fn archive_wal(segment: &Path, folder: &Path) -> Result<bool> {
    let name = segment.file_name().and_then(|name| name.to_str()).filter(|name| is_of_the_log(name));
    let name = name.ok_or_else(|| {
        Error::usage("this is no segment of PostgreSQL's log of changes")
            .at_path(escape::line(&segment.display().to_string()).into_owned())
            .hint("Set archive_command to `gapsync snapshot archive-wal %p --to FOLDER`.")
    })?;
    let target = folder.join(name);
    let part = folder.join(format!(".{name}.part"));
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |error| Error::file(&path, "a segment cannot be archived", error)
    };
    let kept = File::options().create(true).truncate(false).write(true).open(&part).map_err(fault(&part))?;
    match rustix::fs::flock(&kept, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            return Err(Error::new(ErrorKind::Locked, "another process archives this segment")
                .at_path(part.display().to_string())
                .hint("PostgreSQL tries again by itself."));
        }
        Err(error) => return Err(fault(&part)(error.into())),
    }
    kept.set_len(0).map_err(fault(&part))?;
    let digest = copy(segment, &kept, &part)?;
    let known = target.symlink_metadata().is_ok();
    if known && copy(&target, &mut std::io::sink(), &target)? != digest {
        let _ = fs::remove_file(&part);
        return Err(Error::new(ErrorKind::Difference, "the archive holds another segment of this name")
            .at_path(target.display().to_string())
            .hint("Nothing was changed. Each server needs an archive of its own."));
    }
    // The digest comes first, so that no segment is ever without it.
    write_digest(folder, name, &digest).map_err(fault(&target))?;
    kept.sync_all().map_err(fault(&part))?;
    if known {
        fs::remove_file(&part).map_err(fault(&part))?;
        // Whoever wrote it may have died before it was on disk.
        File::open(&target).and_then(|file| file.sync_all()).map_err(fault(&target))?;
    } else {
        // Unlike a rename, a link replaces nothing.
        fs::hard_link(&part, &target).map_err(fault(&target))?;
        fs::remove_file(&part).map_err(fault(&part))?;
    }
    durable::sync_folder(folder).map_err(fault(folder))?;
    Ok(known)
}

/// Returns the digest that is beside a file of an archive.
pub(in crate::snapshot) fn digest_beside(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(digest_path(folder, name)).ok()?;
    let digest = text.strip_suffix('\n')?.strip_suffix(name)?.strip_suffix("  ")?;
    (digest.len() == 64).then(|| digest.to_owned())
}

fn digest_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.sha256"))
}

/// Copies a file, and returns its digest.
fn copy(from: &Path, mut to: impl Write, shown: &Path) -> Result<String> {
    let fault = |error| Error::file(from, "a segment cannot be read", error);
    let (mut file, mut hash, mut piece) = (File::open(from).map_err(fault)?, Sha256::new(), vec![0; PIECE]);
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == Io::Interrupted => continue,
            Err(error) => return Err(fault(error)),
        };
        hash.update(&piece[..read]);
        to.write_all(&piece[..read]).map_err(|error| Error::file(shown, "a segment cannot be archived", error))?;
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes the digest as `sha256sum --check` reads it.
fn write_digest(folder: &Path, name: &str, digest: &str) -> std::io::Result<()> {
    let path = digest_path(folder, name);
    let text = format!("{digest}  {name}\n");
    if fs::read_to_string(&path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    let part = folder.join(format!(".{name}.sha256.part"));
    let mut file = File::create(&part)?;
    file.write_all(text.as_bytes())?;
    durable::replace(&file, &part, &path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_log_are_archived_and_none_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        let write = |name: &str, content: &str| {
            fs::write(from.join(name), content).unwrap();
            archive_wal(&from.join(name), &to)
        };
        let segment = "0000000100000000000000A1";
        for name in [segment, "00000002.history", "0000000100000000000000A1.00000028.backup"] {
            assert!(!write(name, "one").unwrap());
        }
        assert!(write(segment, "one").unwrap());
        let refused = write(segment, "two").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Difference);
        assert_eq!(fs::read_to_string(to.join(segment)).unwrap(), "one");
        // One that was cut short by a crash is begun anew.
        fs::remove_file(to.join(segment)).unwrap();
        fs::write(to.join(format!(".{segment}.part")), "much longer than it will be").unwrap();
        assert!(!write(segment, "two").unwrap());
        assert_eq!(fs::read_to_string(to.join(segment)).unwrap(), "two");
        assert!(
            fs::read_dir(&to).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().ends_with(".part"))
        );
        for wrong in ["postgresql.conf", "0000000100000000000000a1", "0000000100000000000000A1.part"] {
            assert_eq!(write(wrong, "x").unwrap_err().kind(), ErrorKind::Usage);
        }
        assert_eq!(archive_wal(&from.join("00000003.history"), &to).unwrap_err().kind(), ErrorKind::File);
    }
}
