//! Names of bundles and of their members, and the check that a name is safe.

use time::OffsetDateTime;

use crate::error::{Error, Result};
use crate::stream::codec::Codec;

/// The first member.
pub const HEADER: &str = "bundle.json";
/// The last member.
pub const MANIFEST: &str = "manifest.json";
/// Folder of dump files.
const DATA: &str = "data/";
/// Folder of physical files.
const FILES: &str = "files/";

/// Longest name of a member, in bytes: as long as a path on Linux.
pub const MAX_NAME_BYTES: usize = 4096;

/// Highest number of a dump file in its table: the most that `model::batch::Position` can hold.
pub const MAX_DUMP_FILE: u32 = (1 << 22) - 1;

/// Length of a [`name_key`] in bytes.
const KEY_BYTES: usize = 16;

/// What stands for the name of a member where very many are kept in memory: the beginning of its SHA-256.
pub type NameKey = [u8; KEY_BYTES];

/// Returns the key of a name.
#[must_use]
pub fn name_key(name: &str) -> NameKey {
    let digest = crate::stream::digest::of(name.as_bytes()).sha256;
    std::array::from_fn(|index| digest[index])
}

/// The kind of a member, recognised by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberName<'a> {
    /// `bundle.json`.
    Header,
    /// `data/<table>/<number>.csv`.
    Dump {
        /// Its table.
        table: &'a str,
        /// Its number, from 1.
        number: u32,
    },
    /// `files/<path>`.
    File {
        /// The path below `files/`.
        path: &'a str,
    },
    /// `manifest.json`.
    Manifest,
}

impl<'a> MemberName<'a> {
    /// Returns the kind of a member from its name, or `None` for a name that format version 1 does not use.
    #[must_use]
    pub fn parse(name: &'a str) -> Option<Self> {
        if name == HEADER {
            return Some(Self::Header);
        }
        if name == MANIFEST {
            return Some(Self::Manifest);
        }
        if let Some(path) = name.strip_prefix(FILES) {
            return Some(Self::File { path });
        }
        let (table, file) = name.strip_prefix(DATA)?.split_once('/')?;
        let digits = file.strip_suffix(".csv")?;
        let number = digits.parse().ok()?;
        // Only one spelling is accepted: `1`, `+00001` and `000001` are never written.
        (dump_name(table, number) == name).then_some(Self::Dump { table, number })
    }
}

/// Returns the name of a dump file in the archive. Numbers start from 1.
#[must_use]
pub fn dump_name(table: &str, number: u32) -> String {
    format!("{DATA}{table}/{number:05}.csv")
}

/// Returns the name of a physical file in the archive.
#[must_use]
pub fn file_name(path: &str) -> String {
    format!("{FILES}{path}")
}

/// Returns `tqSync-<yy-mm-dd>-<unix time>-<pid>.tar` with the codec's suffix; the date is in UTC.
#[must_use]
pub fn bundle_name(unix_seconds: u64, pid: u32, codec: Codec) -> String {
    let moment = i64::try_from(unix_seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let date = moment.unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    let (year, month, day) = (date.year().rem_euclid(100), u8::from(date.month()), date.day());
    format!("tqSync-{year:02}-{month:02}-{day:02}-{unix_seconds}-{pid}.tar{}", codec.suffix())
}

/// Checks that a name stays inside the folder it is unpacked to and means the same on every system: relative, not too long,
/// without an empty, `.` or `..` part, a backslash or a control character.
///
/// # Errors
/// `Damaged`, with the rule that the name breaks. The error does not contain the name.
pub fn check_path(path: &str) -> Result<()> {
    let fault = |what| Err(Error::damaged(what));
    if path.is_empty() {
        return fault("name is empty");
    }
    if path.len() > MAX_NAME_BYTES {
        return fault("name is too long");
    }
    if path.starts_with('/') {
        return fault("absolute path");
    }
    if path.contains('\\') {
        return fault("backslash in a name");
    }
    if path.chars().any(char::is_control) {
        return fault("control character in a name");
    }
    for part in path.split('/') {
        match part {
            ".." => return fault("path with `..`"),
            "." => return fault("path with `.`"),
            "" => return fault("path with an empty part"),
            _ => {}
        }
    }
    Ok(())
}

/// Checks that a table's name can be used as a folder in a bundle.
///
/// # Errors
/// `Damaged`, as for [`check_path`].
pub fn check_table_name(name: &str) -> Result<()> {
    check_path(name)?;
    if name.contains('/') { Err(Error::damaged("slash in the name of a table")) } else { Ok(()) }
}

/// Returns a name in a form that is safe to show: a hostile one must not control the terminal.
#[must_use]
pub(super) fn printable(name: &str) -> String {
    name.chars().take(MAX_NAME_BYTES).flat_map(|char| char.escape_debug()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_members() {
        assert_eq!(MemberName::parse("bundle.json"), Some(MemberName::Header));
        assert_eq!(MemberName::parse("manifest.json"), Some(MemberName::Manifest));
        assert_eq!(MemberName::parse("files/a/b"), Some(MemberName::File { path: "a/b" }));
        let dump = |table, number| Some(MemberName::Dump { table, number });
        assert_eq!(MemberName::parse("data/things/00012.csv"), dump("things", 12));
        assert_eq!(MemberName::parse("data/things/123456.csv"), dump("things", 123_456));
        for other in ["data/things/1.csv", "data/things/+0001.csv", "data/things/000001.csv", "data/a/b/00001.csv"] {
            assert_eq!(MemberName::parse(other), None, "{other}");
        }
        assert_eq!(MemberName::parse("data/things/99999999999.csv"), None);
        assert_eq!(MemberName::parse("readme"), None);
    }

    #[test]
    fn safe_and_unsafe_paths() {
        for path in ["a", "a/b.txt", "..a/b..", "späte/Datei 1"] {
            check_path(path).expect(path);
        }
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a/.", "a\\b", "a\0b", "a\nb", &long] {
            check_path(path).expect_err(path);
        }
        check_table_name("a/b").expect_err("a slash");
    }

    #[test]
    fn name_of_a_bundle() {
        assert_eq!(bundle_name(1_767_225_599, 42, Codec::Gzip), "tqSync-25-12-31-1767225599-42.tar.gz");
        assert_eq!(bundle_name(0, 1, Codec::None), "tqSync-70-01-01-0-1.tar");
    }
}
