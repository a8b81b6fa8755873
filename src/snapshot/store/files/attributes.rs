//! Sets owners, permissions, times and extended attributes of what was restored.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};

use super::names::Names;
use crate::snapshot::catalogue::{Entry, Kind};

/// What could not be set, which is no fault of the snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::snapshot) struct Unset {
    /// Entries that belong to another user or group than on the source: only root may give files away.
    pub(in crate::snapshot) owners: u64,
    /// Extended attributes that the file system or the system refuses.
    pub(in crate::snapshot) xattrs: u64,
}

/// Sets the attributes of an entry. What is in a folder must be done before the folder.
///
/// # Errors
/// If the system fails.
pub(in crate::snapshot) fn set(path: &Path, entry: &Entry, names: &Names, unset: &mut Unset) -> io::Result<()> {
    if entry.kind == Kind::Name {
        // The file itself is another entry.
        return Ok(());
    }
    let (uid, gid) =
        (names.user_id(entry.owner.as_deref(), entry.uid), names.group_id(entry.group.as_deref(), entry.gid));
    let now = path.symlink_metadata()?;
    let owned = (std::os::unix::fs::MetadataExt::uid(&now), std::os::unix::fs::MetadataExt::gid(&now));
    let mut mode = entry.mode;
    if owned != (uid, gid) && std::os::unix::fs::lchown(path, Some(uid), Some(gid)).is_err() {
        unset.owners += 1;
        // Their meaning depends on the owner.
        mode &= 0o1777;
    }
    for (name, value) in &entry.xattrs {
        if xattr::set(path, OsStr::from_bytes(name), value).is_err() {
            unset.xattrs += 1;
        }
    }
    if entry.kind != Kind::Link {
        // No link: it was made by this run, in a folder that only this run may write.
        std::fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    let time =
        Timespec { tv_sec: entry.mtime.div_euclid(1_000_000_000), tv_nsec: entry.mtime.rem_euclid(1_000_000_000) };
    let times = Timestamps { last_access: time, last_modification: time };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
