//! Folders of an engine that is stopped: they travel as parts of one tree, and get their places by renaming.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::contract::{Body, Fact, Taken};
use super::files::list::{list, place};
use super::files::names::Names;
use crate::error::{Error, Result};
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::platform::{Content, Glob};
use crate::stream::{durable, fail};

/// Where the files of a tree are, which several folders make up.
#[derive(Default)]
pub(super) struct Files(HashMap<Vec<u8>, PathBuf>);

impl Files {
    /// Lists a folder under a name of the tree.
    ///
    /// # Errors
    /// `File` if it cannot be read.
    pub(super) fn list(&mut self, below: &str, folder: &Path, exclude: &[&str], taken: &mut Taken) -> Result<()> {
        let exclude = exclude.iter().filter_map(|text| Glob::new(text)).collect();
        let content = Content::Folder { folder: folder.to_owned(), exclude };
        let listing = list(&content, &Names::read())?;
        let under = |path: &[u8]| {
            let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
            [below.as_bytes(), slash, path].concat()
        };
        for mut entry in listing.entries {
            let from = place(folder, &entry.path);
            entry.path = under(&entry.path);
            if entry.kind == Kind::Name {
                entry.link = entry.link.map(|first| under(&first));
            }
            if matches!(entry.kind, Kind::File | Kind::Name) {
                self.0.insert(entry.path.clone(), from);
            }
            taken.entries.push(entry);
        }
        taken.room = Some(taken.room.unwrap_or(0) + listing.room);
        taken.warnings.extend(listing.special.iter().map(|special| format!("{special} was left out")));
        taken.vanished.extend(listing.vanished);
        Ok(())
    }

    /// Returns the content of a file that was listed.
    ///
    /// # Errors
    /// `Internal` if it was not.
    pub(super) fn body(&self, entry: &Entry) -> Result<Body> {
        let path = self.0.get(&entry.path);
        Ok(Body::File(path.cloned().ok_or_else(|| Error::internal("a file that was not listed"))?))
    }
}

/// Returns an entry that is no file of the source. Only its owner may read it, as rows are in it.
pub(super) fn made_up(path: &str, kind: Kind, bytes: u64) -> Entry {
    Entry {
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        mtime: i64::try_from(time::OffsetDateTime::now_utc().unix_timestamp_nanos()).unwrap_or(0),
        ..Entry::made_up(path.as_bytes(), kind, bytes, if kind == Kind::Folder { 0o700 } else { 0o600 })
    }
}

/// Returns the facts of the folders at the top of a tree.
pub(super) fn facts(entries: &[Entry], folders: &[&str]) -> Vec<Fact> {
    let of = |path: &[u8]| path.split(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    let fact = |folder: &str, measure: &str, value: u64| Fact {
        object: format!("folder {folder}"),
        measure: measure.to_owned(),
        value,
    };
    let one = |folder: &&str| {
        let files = || {
            let is_of = |entry: &&Entry| of(&entry.path) == folder.as_bytes() && entry.kind == Kind::File;
            entries.iter().filter(is_of)
        };
        [fact(folder, "files", files().count() as u64), fact(folder, "bytes", files().map(|entry| entry.bytes).sum())]
    };
    folders.iter().flat_map(one).collect()
}

/// Returns in which facts others differ, a sentence each.
pub(super) fn differences(wanted: &[Fact], found: &[Fact]) -> Vec<String> {
    let differs = |fact: &&Fact| !found.contains(*fact);
    let said = |fact: &Fact| format!("the {} has not {} {}", fact.object, fact.value, fact.measure);
    wanted.iter().filter(differs).map(said).collect()
}

/// Returns the entries of a folder under a name of the tree, for a comparison.
///
/// # Errors
/// `File`.
pub(super) fn entries(below: &str, folder: &Path) -> Result<Vec<Entry>> {
    let content = Content::Folder { folder: folder.to_owned(), exclude: Vec::new() };
    let mut found = list(&content, &Names::default())?.entries;
    for entry in &mut found {
        entry.path = Path::new(below).join(place(Path::new(""), &entry.path)).as_os_str().as_bytes().to_vec();
    }
    Ok(found)
}

/// Refuses a place that is not free, unless what is there may get another name, or that is on another disk than the folder that
/// the tree is put together in.
///
/// # Errors
/// `Schema`; `File`.
pub(super) fn check(engine: &str, place: &Path, beside: &Path, replace: bool) -> Result<()> {
    let refused =
        |what: String, hint: &str| Err(Error::schema(what).at_path(place.display().to_string()).hint(hint.to_owned()));
    let fault = |error| Error::file(place, format!("the place of a folder of {engine} cannot be used"), error);
    let parent = place.parent().unwrap_or(Path::new("/"));
    let device = |path: &Path| path.metadata().map(|found| found.dev());
    let there = place.exists();
    let wanted = device(beside).map_err(fault)?;
    if device(if there { place } else { parent }).map_err(fault)? != wanted || device(parent).map_err(fault)? != wanted
    {
        return refused(
            format!("the place of a folder of {engine} is on another disk than its data folder, or a disk of its own"),
            "Nothing was changed. Restore with --rename STORE=/FOLDER, which puts all of it beside that folder, and move it by hand.",
        );
    }
    if there && !place.is_dir() {
        return refused(
            format!("the place of a folder of {engine} is not a folder"),
            "Nothing was changed. Move it away.",
        );
    }
    if !replace && is_full(place) {
        return refused(
            format!("the place of a folder of {engine} is not empty"),
            "Nothing was changed. With --replace, what is there is renamed, once no server works on it; or restore beside it: --rename STORE=/FOLDER.",
        );
    }
    Ok(())
}

fn is_full(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Returns the path with something behind its name.
pub(super) fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Returns the moves that give a folder its place: what is there gets the name of before first.
pub(super) fn moves(from: PathBuf, to: &Path, id: &str) -> Vec<(PathBuf, PathBuf)> {
    let before = with(to, &format!(".before-{}", id.get(..8).unwrap_or(id)));
    let old = is_full(to).then(|| (to.to_owned(), before));
    old.into_iter().chain([(from, to.to_owned())]).collect()
}

/// Carries out moves, each of which is on disk before the next one.
///
/// # Errors
/// `File`.
pub(super) fn carry_out(moves: &[(PathBuf, PathBuf)], point: &str) -> Result<()> {
    for (from, to) in moves {
        fs::rename(from, to).map_err(|error| Error::file(to, "a folder cannot be renamed to this", error))?;
        fail::point(point);
        durable::sync_folder(to.parent().unwrap_or(Path::new("/")))
            .map_err(|error| Error::file(to, "the folder above cannot be synced", error))?;
    }
    Ok(())
}

/// Returns what moves have given another name, for people.
pub(super) fn kept(moves: &[(PathBuf, PathBuf)]) -> String {
    let old = moves.iter().filter(|(from, _)| moves.iter().any(|(_, to)| to == from));
    old.map(|(_, to)| format!("; what was there is now {}", to.display())).collect()
}

/// Takes moves back, the last one first. One that did not happen is left alone, also if what was to be moved has never been made.
///
/// # Errors
/// `File`.
pub(super) fn back(moves: &[(PathBuf, PathBuf)]) -> Result<()> {
    let there = |path: &Path| path.symlink_metadata().is_ok();
    for (index, (from, to)) in moves.iter().enumerate().rev() {
        // What was at a place goes first: as long as it has not, what is there is that.
        let old_is_there = moves[..index].iter().any(|(old, before)| old == to && !there(before));
        if is_full(to) && !there(from) && !old_is_there {
            fs::rename(to, from).map_err(|error| Error::file(to, "a folder cannot be given its former name", error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_taken_back_from_wherever_they_stopped() {
        // Whether there is something at the place, whether the new folder was made, and how many moves were carried out.
        for (old, made) in [(true, true), (true, false), (false, true), (false, false)] {
            let folder = tempfile::tempdir().unwrap();
            let (from, to) = (folder.path().join("loaded"), folder.path().join("data"));
            let fill = |path: &Path, text: &str| {
                fs::create_dir(path).unwrap();
                fs::write(path.join("file"), text).unwrap();
            };
            let read = |path: &Path| fs::read_to_string(path.join("file")).ok();
            if old {
                fill(&to, "old");
            } else {
                fs::create_dir(&to).unwrap();
            }
            let moves = moves(from.clone(), &to, "0123456789");
            if made {
                fill(&from, "new");
            }
            let before = (read(&from), read(&to), to.exists());
            let possible = if made { moves.len() } else { moves.len() - 1 };
            for count in 0..=possible {
                carry_out(&moves[..count], "").unwrap();
                back(&moves).unwrap();
                let (is, there) = ((read(&from), read(&to)), to.exists());
                assert_eq!((is.0, is.1), (before.0.clone(), before.1.clone()), "{old} {made} {count}");
                // An empty folder may go with the one that took its place.
                assert!(there || (count > 0 && !old), "{old} {made} {count}");
            }
        }
    }
}
