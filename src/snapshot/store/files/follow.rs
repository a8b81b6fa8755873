//! Finds files that configuration names, such as keys and certificates.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use regex::bytes::Regex;

use crate::snapshot::catalogue::{Entry, Kind, shown};

/// The largest file in which names are looked for.
const MAX_BYTES: u64 = 1 << 20;

/// What configuration names.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Paths of files and links below the root, without a slash at the start.
    pub(super) paths: Vec<Vec<u8>>,
    /// What is named and no file, with the reason.
    pub(super) untaken: Vec<String>,
}

/// Finds the files that those of entries name. A relative path begins at the folder of the file that names it; of a link, what it
/// leads to is found as well.
///
/// # Errors
/// If a file cannot be read, with its path.
pub(super) fn named(root: &Path, entries: &[Entry], follow: &[Regex]) -> Result<Named, (PathBuf, io::Error)> {
    let mut named = Named::default();
    if follow.is_empty() {
        return Ok(named);
    }
    for entry in entries.iter().filter(|entry| entry.kind == Kind::File && entry.bytes <= MAX_BYTES) {
        let file = root.join(OsStr::from_bytes(&entry.path));
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err((file, error)),
        };
        let groups = follow.iter().flat_map(|pattern| pattern.captures_iter(&text)).filter_map(|groups| groups.get(1));
        for group in groups.filter(|group| !group.is_empty()) {
            let path = file.parent().unwrap_or(root).join(OsStr::from_bytes(group.as_bytes()));
            named.add(&path, &shown(&entry.path));
        }
    }
    Ok(named)
}

impl Named {
    fn add(&mut self, path: &Path, by: &str) {
        let what = match path.symlink_metadata() {
            Err(_) => "is missing",
            Ok(metadata) if metadata.is_dir() => "is a folder",
            Ok(metadata) => {
                let end = if metadata.is_symlink() { path.canonicalize().ok() } else { None };
                let end = end.filter(|end| end.is_file());
                for path in std::iter::once(path).chain(end.as_deref()) {
                    // Without `..` and links in the folders above, so that it is listed once.
                    let above = path.parent().and_then(|above| above.canonicalize().ok());
                    if let Some((above, name)) = above.zip(path.file_name()) {
                        self.paths.push(above.join(name).as_os_str().as_bytes()[1..].to_owned());
                    }
                }
                return;
            }
        };
        self.untaken.push(format!("/{by} names {}, which {what}", shown(path.as_os_str().as_bytes())));
    }
}
