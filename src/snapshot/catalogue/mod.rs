//! The catalogue: what a snapshot holds, as rows of ordinary tables in its bundle.
//!
//! An [`Entry`] is a row of `snapshot_files`: a file, folder or link of a store, with all that the system keeps about it. A
//! [`Part`] is a row of `snapshot_parts`: where a member of the bundle belongs. What no part covers is a hole, and is listed
//! as one. [`entries`] keeps a list that may outgrow memory, [`write`] makes dump files of it, [`read`] reads them again and trusts
//! nothing, [`tree`] checks that paths stay in their folders, [`check`] compares them with the members of the bundle. [`index`]
//! finds the files of an earlier snapshot.

pub(in crate::snapshot) mod check;
pub(in crate::snapshot) mod entries;
pub(in crate::snapshot) mod index;
pub(in crate::snapshot) mod read;
pub(in crate::snapshot) mod records;
pub(in crate::snapshot) mod tree;
pub(in crate::snapshot) mod write;

use std::sync::Arc;

use crate::bundle::layout;
use crate::error::Error;
use crate::model::manifest::{ColumnHeader, TableHeader};
use crate::model::neutral::NeutralType::{self, Bytes, Integer, Json, Text, Timestamp};

/// The tables, in the order of the header.
pub(in crate::snapshot) const FILES: usize = 0;
pub(in crate::snapshot) const PARTS: usize = 1;
pub(in crate::snapshot) const FACTS: usize = 2;
pub(in crate::snapshot) const STEPS: usize = 3;

/// An upper bound of rows that says that there is none.
const NO_BOUND: u64 = 1 << 40;

/// Longest path of an entry below its store, in bytes.
const MAX_PATH: usize = 4096;

/// Names and columns of the tables.
const TABLES: [(&str, &[(&str, NeutralType)]); 4] = [
    (
        "snapshot_files",
        &[
            ("id", Integer),
            ("store", Text),
            ("path", Bytes),
            ("kind", Text),
            ("bytes", Integer),
            ("holes", Json),
            ("mode", Integer),
            ("uid", Integer),
            ("gid", Integer),
            ("owner", Text),
            ("group", Text),
            ("mtime", Integer),
            ("link", Bytes),
            ("xattrs", Json),
            ("sha256", Text),
        ],
    ),
    (
        "snapshot_parts",
        &[
            ("file", Integer),
            ("part", Integer),
            ("offset", Integer),
            ("bytes", Integer),
            ("sha256", Text),
            ("member", Text),
        ],
    ),
    ("snapshot_facts", &[("store", Text), ("object", Text), ("measure", Text), ("value", Integer)]),
    (
        "snapshot_steps",
        &[("step", Integer), ("what", Text), ("started", Timestamp), ("ended", Timestamp), ("outcome", Text)],
    ),
];

/// The last column of the entries of a snapshot on a base: the id of the base, if that has the content of the file.
const BASE: (&str, NeutralType) = ("base", Text);

/// Returns the tables as a header announces them, of a snapshot on a base or of any other.
pub(in crate::snapshot) fn tables(based: bool) -> Vec<TableHeader> {
    let column = |(name, neutral): &(&str, NeutralType)| ColumnHeader { name: (*name).to_owned(), neutral: *neutral };
    let table = |(name, columns): &(&str, &[(&str, NeutralType)])| TableHeader {
        name: (*name).to_owned(),
        columns: columns.iter().map(column).collect(),
        max_rows: NO_BOUND,
        sets: None,
    };
    let mut tables: Vec<TableHeader> = TABLES.iter().map(table).collect();
    if based {
        tables[FILES].columns.push(column(&BASE));
    }
    tables
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link; `link` is its text.
    Link,
    /// Another name of a file further up; `link` is the path of that.
    Name,
}

impl Kind {
    /// Returns the letter in the catalogue.
    pub(in crate::snapshot) fn letter(self) -> &'static str {
        match self {
            Self::File => "f",
            Self::Folder => "d",
            Self::Link => "l",
            Self::Name => "h",
        }
    }
}

/// A file, folder or link of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::snapshot) struct Entry {
    /// Number from 1, in order.
    pub(in crate::snapshot) id: u64,
    /// Index of its store in the recovery point.
    pub(in crate::snapshot) store: usize,
    /// Path below its store, as the system has it; empty for the folder of the store itself.
    pub(in crate::snapshot) path: Vec<u8>,
    pub(in crate::snapshot) kind: Kind,
    /// Size, with holes.
    pub(in crate::snapshot) bytes: u64,
    /// Offset and length of each run of zeros that does not travel.
    pub(in crate::snapshot) holes: Vec<(u64, u64)>,
    /// Permissions, with the bits above them.
    pub(in crate::snapshot) mode: u32,
    pub(in crate::snapshot) uid: u32,
    pub(in crate::snapshot) gid: u32,
    /// Name of the user, if the source had one.
    pub(in crate::snapshot) owner: Option<Arc<str>>,
    /// Name of the group, if the source had one.
    pub(in crate::snapshot) group: Option<Arc<str>>,
    /// When the content was changed, in nanoseconds since 1970.
    pub(in crate::snapshot) mtime: i64,
    /// The text of a link, the path of the file that this is another name of, or that of a file in the base, if it is another one.
    pub(in crate::snapshot) link: Option<Vec<u8>>,
    /// Extended attributes, access control lists among them.
    pub(in crate::snapshot) xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// SHA-256 of a file's parts one after the other: that of the file, unless it has holes.
    pub(in crate::snapshot) sha256: Option<[u8; 32]>,
    /// Whether the base of the snapshot has the content of this file, which does not travel again.
    pub(in crate::snapshot) based: bool,
}

impl Entry {
    /// Returns the path of a member of this entry below `files/`.
    pub(in crate::snapshot) fn member(&self, store: &str, part: &Part) -> String {
        if part.offset == 0 && part.bytes == self.bytes {
            whole_member(store, self.id, &self.path)
        } else {
            part_member(store, self.id, part.offset)
        }
    }

    /// Returns the path at which the base has its content.
    pub(in crate::snapshot) fn path_in_base(&self) -> &[u8] {
        self.link.as_deref().unwrap_or(&self.path)
    }

    /// Returns an entry that no file system describes: it belongs to root and has no date.
    pub(in crate::snapshot) fn made_up(path: &[u8], kind: Kind, bytes: u64, mode: u32) -> Self {
        Self {
            id: 0,
            store: 0,
            path: path.to_owned(),
            kind,
            bytes,
            holes: Vec::new(),
            mode,
            uid: 0,
            gid: 0,
            owner: None,
            group: None,
            mtime: 0,
            link: None,
            xattrs: Vec::new(),
            sha256: None,
            based: false,
        }
    }
}

/// A member of the bundle, and its place in a file. Its name is that of [`whole_member`] or [`part_member`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) struct Part {
    /// The entry.
    pub(in crate::snapshot) file: u64,
    /// Number in the file, from 1.
    pub(in crate::snapshot) part: u64,
    pub(in crate::snapshot) offset: u64,
    pub(in crate::snapshot) bytes: u64,
    pub(in crate::snapshot) sha256: [u8; 32],
}

/// Returns the path of the only member of a file: its own path, if a member may have it.
pub(in crate::snapshot) fn whole_member(store: &str, id: u64, path: &[u8]) -> String {
    let own = std::str::from_utf8(path).ok().filter(|path| !path.starts_with(".n/") && !path.starts_with(".p/"));
    let member = own.map(|path| format!("{store}/{path}"));
    let legal = |member: &String| layout::check_path(&layout::file_name(member)).is_ok();
    member.filter(legal).unwrap_or_else(|| format!("{store}/.n/{id}"))
}

/// Returns the path of one of several members of a file, or of one beside holes.
pub(in crate::snapshot) fn part_member(store: &str, id: u64, offset: u64) -> String {
    format!("{store}/.p/{id}/{offset}")
}

/// Returns the file and the offset that the path of a member names below its store, if it is one of several.
pub(in crate::snapshot) fn part_of(below: &str) -> Option<(u64, u64)> {
    let (id, offset) = below.strip_prefix(".p/")?.split_once('/')?;
    let parsed = (id.parse().ok()?, offset.parse().ok()?);
    // Only one spelling is ever written.
    (format!(".p/{}/{}", parsed.0, parsed.1) == below).then_some(parsed)
}

/// Returns why the path of an entry cannot be used below a folder, or `None` if it can.
pub(in crate::snapshot) fn fault_of_path(path: &[u8]) -> Option<&'static str> {
    if path.is_empty() {
        return None;
    }
    if path.len() > MAX_PATH {
        return Some("path is too long");
    }
    if path.contains(&0) {
        return Some("NUL in a path");
    }
    path.split(|byte| *byte == b'/').find_map(|part| match part {
        b"" => Some("path with an empty part"),
        b"." | b".." => Some("path that leads out of its store"),
        _ => None,
    })
}

/// Returns the error of a catalogue that says what is not so.
fn lies(how: &str) -> Error {
    Error::damaged(format!("the catalogue {how}"))
}

/// Returns a path as people see it.
pub(in crate::snapshot) fn shown(path: &[u8]) -> String {
    crate::error::escape::line(&String::from_utf8_lossy(path)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_the_path_of_its_file_where_a_bundle_allows_it() {
        let member = |path: &[u8]| whole_member("files", 7, path);
        assert_eq!(member("späte/Datei 1".as_bytes()), "files/späte/Datei 1");
        for path in [&b"a\nb"[..], b"dev-disk\\x2d", b"a\xffb", b".n/8", b".p/1/2", &[b'x'; 4096]] {
            assert_eq!(member(path), "files/.n/7");
        }
        assert_eq!(part_of(".p/7/65536"), Some((7, 65536)));
        for other in [".p/07/1", ".p/7", ".p/7/x", ".n/7", "p/7/1", ".p/7/1/2"] {
            assert_eq!(part_of(other), None, "{other}");
        }
    }

    #[test]
    fn paths_stay_in_their_store() {
        for path in [&b""[..], b"a", b"a/..b", b"\xff/\n"] {
            assert_eq!(fault_of_path(path), None);
        }
        for path in [&b"/a"[..], b"a//b", b"a/", b"../a", b"a/../b", b"./a", b"a\0b", &[b'x'; 4097]] {
            assert!(fault_of_path(path).is_some(), "{path:?}");
        }
    }
}
