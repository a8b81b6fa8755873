//! Finds the files of an old tree, and the family of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::dates::{self, Date};
use super::mapping::{Day, Mapping};
use crate::error::{Error, ErrorKind, Result, escape};

/// A file with rows.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    /// Path below the old tree, with `/` between its parts.
    pub(super) path: String,
    /// Index of its family in the mapping.
    pub(super) family: usize,
    /// Its size when the tree was looked at.
    pub(super) bytes: u64,
    /// The groups of its path.
    pub(super) groups: BTreeMap<String, String>,
    /// The day of all its rows, unless they have days of their own.
    pub(super) day: Option<Date>,
}

/// The files of a pipeline.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Files with rows, by family and then by path.
    pub(super) files: Vec<SourceFile>,
    /// Number of files that are known to hold no rows.
    pub(super) ignored: u64,
    /// Paths of files that no family takes.
    pub(super) unknown: Vec<String>,
    /// Days of rows in files that have rows of many days, if somebody has looked for them.
    pub(super) days_inside: BTreeSet<Date>,
}

/// Looks for the files of a pipeline below `root`. Returns `None` if its tree does not exist.
///
/// # Errors
/// `File` if a folder cannot be read.
pub(super) fn look(mapping: &Mapping, root: &Path) -> Result<Option<Tree>> {
    let folder = root.join(&mapping.tree);
    if !folder.is_dir() {
        return Ok(None);
    }
    if folder.is_symlink() {
        return Err(linked(&folder));
    }
    let mut tree = Tree::default();
    for path in paths_below(root, &mapping.tree)? {
        let inner = &path[mapping.tree.len() + 1..];
        let full = root.join(&path);
        let found = std::fs::metadata(&full).map_err(|error| Error::file(&full, "cannot look at the file", error))?;
        if found.is_dir() {
            return Err(linked(&full));
        }
        match family_of(mapping, inner) {
            // A pipe or a device is no file, whatever its name.
            Some((family, groups)) if found.is_file() => {
                let day = groups.get("day").and_then(|day| dates::of_digits(day));
                tree.files.push(SourceFile { path, family, bytes: found.len(), groups, day });
            }
            None if is_ignored(mapping, inner) => tree.ignored += 1,
            _ => tree.unknown.push(path),
        }
    }
    tree.files.sort_by(|a, b| (a.family, &a.path).cmp(&(b.family, &b.path)));
    Ok(Some(tree))
}

fn linked(folder: &Path) -> Error {
    Error::new(ErrorKind::File, "a folder of the old tree is a link, whose files would not move with the tree")
        .at_path(escape::line(&folder.to_string_lossy()).into_owned())
        .hint("Put the folder itself in the place of the link. Nothing was migrated.")
}

/// Returns the day of the files in a path, if it is a path of a family with days.
pub(super) fn day_of(mapping: &Mapping, path: &str) -> Option<Date> {
    let inner = path.strip_prefix(&mapping.tree)?.strip_prefix('/')?;
    let (_, groups) = family_of(mapping, inner)?;
    dates::of_digits(groups.get("day")?)
}

/// Returns the index of the family that a path of the old tree belongs to.
pub(super) fn family_index(mapping: &Mapping, path: &str) -> Option<usize> {
    let inner = path.strip_prefix(&mapping.tree)?.strip_prefix('/')?;
    family_of(mapping, inner).map(|(family, _)| family)
}

/// Returns the family of a file and the groups of its path. A folder whose name is no date makes no day.
fn family_of(mapping: &Mapping, inner: &str) -> Option<(usize, BTreeMap<String, String>)> {
    mapping.families.iter().enumerate().find_map(|(index, family)| {
        let found = family.path.captures(inner)?;
        let groups: BTreeMap<String, String> = family
            .path
            .capture_names()
            .flatten()
            .filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned())))
            .collect();
        let dated = family.day != Day::Path || groups.get("day").is_some_and(|day| dates::of_digits(day).is_some());
        dated.then_some((index, groups))
    })
}

fn is_ignored(mapping: &Mapping, inner: &str) -> bool {
    let name = inner.rsplit('/').next().unwrap_or(inner);
    mapping.ignored.iter().any(|pattern| pattern.is_match(name))
}

/// Returns the paths of all files in a folder of the old tree and below it, relative to the tree, in order. Links are not
/// followed: what they lead to is not part of the tree, and does not move with it.
///
/// # Errors
/// `File` if a folder cannot be read, or has a name that is not UTF-8.
pub(super) fn paths_below(root: &Path, folder: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let full = root.join(&folder);
        if !full.exists() {
            continue;
        }
        let unread = |error| Error::file(&full, "cannot read the folder", error);
        for entry in std::fs::read_dir(&full).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let name = entry.file_name().into_string().map_err(|name| {
                Error::new(ErrorKind::File, "the name of a file is not UTF-8")
                    .at_path(escape::line(&full.join(name).to_string_lossy()).into_owned())
                    .hint("Rename the file, or move it out of the tree.")
            })?;
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if entry.file_type().map_err(unread)?.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the folder that all paths of a pattern are in: what precedes its first group or special character.
pub(super) fn fixed_folder(pattern: &str) -> String {
    let plain = pattern.strip_prefix("^(?:").unwrap_or(pattern);
    let end = plain.find(|next: char| "\\.+*?()|[]{}^$".contains(next)).unwrap_or(plain.len());
    plain[..end].rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
}
