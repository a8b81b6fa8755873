//! Moves the old files of a migrated pipeline to the backup folder of the old tree.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::account::Known;
use super::mapping::Mapping;
use super::tree::paths_below;
use crate::error::{Error, ErrorKind, Result};
use crate::stream::digest::Tap;
use crate::stream::durable::{free_name, sync_folder};

/// The folder beside the pipelines' folders, as the old script names it.
const BACKUP: &str = "backup";

/// Returns the folder that the files of a pipeline move to.
pub(super) fn backup_of(mapping: &Mapping, root: &Path) -> PathBuf {
    let tree = Path::new(&mapping.tree);
    let name = tree.file_name().unwrap_or_default();
    root.join(tree.parent().unwrap_or(Path::new(""))).join(BACKUP).join(name)
}

/// Refuses a pipeline whose files are in the backup folder, unless they were migrated into this target.
///
/// # Errors
/// `File`.
pub(super) fn refuse_unknown_backup(mapping: &Mapping, root: &Path, known: &BTreeMap<String, Known>) -> Result<()> {
    if !known.is_empty() {
        return Ok(());
    }
    let what =
        format!("the files of {} are in the backup folder, but were never migrated into this target", mapping.pipeline);
    Err(Error::new(ErrorKind::File, what)
        .at_path(backup_of(mapping, root).display().to_string())
        .hint("Check the target, or move the folder back to where it was and migrate again."))
}

/// Checks, before anything is migrated, whether the tree of a pipeline can be moved to the backup folder.
///
/// # Errors
/// `File` if a folder is none or cannot be written to.
pub(super) fn check_backup(mapping: &Mapping, root: &Path) -> Result<()> {
    let to = backup_of(mapping, root);
    let tree = root.join(&mapping.tree);
    // What is missing of the backup folder is made in the nearest folder that there is.
    let nearest = to.ancestors().find(|folder| folder.symlink_metadata().is_ok());
    for folder in tree.parent().into_iter().chain(nearest) {
        let checked = if folder.is_dir() {
            access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from)
        } else {
            Err(io::Error::from(io::ErrorKind::NotADirectory))
        };
        checked.map_err(|error| {
            Error::file(folder, "the old files could not be moved to the backup folder", error).hint(
                "Make this a folder that you can write to, or leave the old files where they are with --keep-source. Nothing \
                 was migrated.",
            )
        })?;
    }
    Ok(())
}

/// Moves the tree of a pipeline to the backup folder, and returns that folder. The tree is renamed if possible, otherwise its
/// files are moved one by one. A file that is there already with the same content is removed here. With other content it is an
/// error, and both stay; but if the file is said to be a later version, the older one gets another name.
///
/// # Errors
/// `File`.
pub(super) fn retire(mapping: &Mapping, root: &Path, is_later: &dyn Fn(&str) -> bool) -> Result<PathBuf> {
    let from = root.join(&mapping.tree);
    let to = backup_of(mapping, root);
    let parent = to.parent().unwrap_or(root);
    fs::create_dir_all(parent).map_err(|error| Error::file(parent, "cannot create the backup folder", error))?;
    if !to.exists() && fs::rename(&from, &to).is_ok() {
        synced(parent)?;
        return Ok(to);
    }
    for path in paths_below(root, &mapping.tree)? {
        let inner = &path[mapping.tree.len() + 1..];
        move_file(mapping, &root.join(&path), &to.join(inner), is_later(&path))?;
    }
    remove_folders(&from)?;
    synced(parent)?;
    Ok(to)
}

fn move_file(mapping: &Mapping, from: &Path, to: &Path, is_later: bool) -> Result<()> {
    let failed = |error| Error::file(from, "cannot move the file to the backup folder", error);
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(failed)?;
    if to.symlink_metadata().is_ok() {
        if same(from, to).map_err(failed)? {
            return fs::remove_file(from).map_err(failed);
        }
        if !is_later {
            return Err(Error::new(ErrorKind::File, "the backup folder has another file of this name")
                .at_path(to.display().to_string())
                .hint(format!(
                    "All rows of the pipeline {} are migrated. Move one of the two files away and migrate again, or add \
                     --keep-source.",
                    mapping.pipeline
                )));
        }
        let name = to.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        fs::rename(to, free_name(folder, &name, ".replaced")).map_err(failed)?;
    }
    match fs::rename(from, to) {
        Ok(()) => synced(folder),
        // Links are moved as they are or not at all: their target is not part of the tree.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices && from.is_file() => copy(from, to).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

/// Copies a file to another disk, compares the copy with it, and removes it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let part = to.with_file_name(format!(".gapsync-{}.part", uuid::Uuid::new_v4().simple()));
    let copied = fs::copy(from, &part).and_then(|_| {
        fs::File::open(&part)?.sync_all()?;
        if !same(from, &part)? {
            return Err(io::Error::other("the copy differs from the file"));
        }
        fs::rename(&part, to)?;
        sync_folder(to.parent().unwrap_or(to))
    });
    if copied.is_err() {
        let _ = fs::remove_file(&part);
    }
    copied.and_then(|()| fs::remove_file(from))
}

/// Returns whether two files have the same content.
fn same(left: &Path, right: &Path) -> io::Result<bool> {
    if fs::metadata(left)?.size() != fs::metadata(right)?.size() {
        return Ok(false);
    }
    Ok(digest(left)? == digest(right)?)
}

/// Returns the SHA-256 of a file, hex.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut tap = Tap::default();
    let mut piece = vec![0; 256 << 10];
    loop {
        match io::Read::read(&mut file, &mut piece)? {
            0 => return Ok(tap.finish().sha256_hex()),
            bytes => tap.update(&piece[..bytes]),
        }
    }
}

/// Removes a folder and its empty folders. One that is not empty stays: something was put there in the meantime.
fn remove_folders(folder: &Path) -> Result<()> {
    let failed = |error| Error::file(folder, "cannot remove the emptied folder", error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            remove_folders(&entry.path())?;
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(failed(error)),
        _ => Ok(()),
    }
}

fn synced(folder: &Path) -> Result<()> {
    sync_folder(folder).map_err(|error| Error::file(folder, "cannot sync the backup folder", error))
}
