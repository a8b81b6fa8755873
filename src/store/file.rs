//! What all kinds of storage have in common: names of files, and errors.

use crate::error::{Error, ErrorKind};

/// The longest reason that is shown: servers on Java add their stack.
const MAX_REASON: usize = 400;

/// A file in a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// Its path below the store, with slashes.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What a storage says about the content of a file, by which another content is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// When it was written, in milliseconds since 1970; that of a bucket has whole seconds.
    pub milliseconds: i64,
    /// The mark of a bucket for the content, if it gives one.
    pub tag: Option<String>,
}

impl Version {
    /// Returns whether the content is the same as far as the storage tells.
    pub(super) fn is(&self, other: &Self) -> bool {
        let tags = self.tag.is_none() || other.tag.is_none() || self.tag == other.tag;
        self.milliseconds == other.milliseconds && tags
    }
}

/// Returns the error of a file that has another content than before.
pub(super) fn overwritten(location: &str) -> Error {
    Error::new(ErrorKind::File, "a file was overwritten after it was listed")
        .at_path(location)
        .hint("Make it again while nobody writes to the store.")
}

/// Returns the name of a file that is not complete yet.
pub(super) fn unnamed(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let separator = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{separator}.{name}.{}.part", uuid::Uuid::new_v4().simple())
}

/// Returns the error of a storage that is reached over a network.
pub(super) fn failed(what: &'static str, location: &str, reason: &dyn std::fmt::Display) -> Error {
    let said = reason.to_string();
    let line = said.lines().next().unwrap_or_default();
    let mut shown: String = line.chars().take(MAX_REASON).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    Error::new(ErrorKind::File, what).at_path(location).because(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unnamed_file_lies_beside_its_name_and_is_hidden() {
        let name = unnamed("a/b/c.csv");
        assert!(name.starts_with("a/b/.c.csv.") && name.ends_with(".part"), "{name}");
        assert!(unnamed("c.csv").starts_with(".c.csv."));
    }
}
