//! `bundle.json` and `manifest.json`: the first and the last member of a bundle, format version 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::neutral::NeutralType;
use super::options::Chosen;

/// The format version that this program writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// Suffix of a column that holds hashes for a reference column whose rows may not have travelled: `type_id@sync_hash`.
///
/// Its values are texts. If the row of a reference is not in the bundle, the reference itself is NULL, and this column
/// holds the row's hash or [`UNKNOWN_HASH`]. If both are NULL, the row refers to nothing.
pub const REFERENCE_HASH: &str = "@sync_hash";

/// The kind of a bundle that holds the snapshot of a platform.
pub const SNAPSHOT: &str = "snapshot";

/// Replaces the hash of a row that has none, is missing, or has no meaning elsewhere.
pub const UNKNOWN_HASH: &str = "-";

/// The first member: what the bundle announces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Always `gapsync-bundle`.
    pub format: String,
    /// Format version; a reader refuses a higher one.
    pub version: u32,
    /// Program and version that wrote it.
    pub tool: String,
    /// What kind of bundle it is: [`SNAPSHOT`], or `None` for one of rows that an import takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The profile that selected its rows.
    pub profile: ProfileMark,
    /// The installation it comes from.
    pub source: Source,
    /// Its place among the bundles of its stream.
    #[serde(default)]
    pub chain: Chain,
    /// The rows that were requested.
    pub window: Window,
    /// Options of the export, as in `config_json`.
    pub options: serde_json::Value,
    /// Tables in the order of their dump files.
    pub tables: Vec<TableHeader>,
    /// Whether it contains physical files: members below `files/`.
    pub files: bool,
    /// Format of the dump files.
    pub dialect: DumpDialect,
    /// When the export began, by the source database's clock, UTC.
    pub created_at: String,
}

impl Header {
    /// Returns an upper bound of the rows of all tables, or `None` if a table has no bound.
    #[must_use]
    pub fn max_rows(&self) -> Option<u64> {
        // The reader's value if nothing is announced; no database has as many rows.
        const UNKNOWN: u64 = 1 << 40;
        let sum = self.tables.iter().try_fold(0_u64, |sum, table| sum.checked_add(table.max_rows));
        sum.filter(|rows| *rows < UNKNOWN)
    }
}

/// Name and digest of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileMark {
    /// Name.
    pub name: String,
    /// SHA-256 of its content.
    pub digest: String,
    /// The values of its options that both sides must agree on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: Chosen,
    /// The version of the platform's schema, if the profile says where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The origin of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// UUID of the installation.
    pub installation: String,
    /// Engine: `sqlite`, `postgresql` or `mariadb`.
    pub engine: String,
}

/// A bundle's place among those of its stream. A bundle with explicit dates, or one that the source did not record, has no
/// number and is outside the chain. A bundle of an older version has no stream and is never checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<Stream>,
    /// Number from 1, in order of export.
    #[serde(default)]
    pub sequence: Option<u64>,
    /// SHA-256 of the previous bundle's file.
    #[serde(default)]
    pub parent: Option<String>,
    /// When the previous bundle was made, according to its header. Identifies the bundle even after it was repacked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_created_at: Option<String>,
    /// The first sequence number whose window this bundle covers: normally its own, 1 for a full bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<u64>,
    /// The previous bundles, oldest first, so that a target can determine which window it lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
}

impl Chain {
    /// Removes everything except the stream, for a bundle without a number.
    pub fn leave(&mut self) {
        *self = Self { stream: self.stream.take(), ..Self::default() };
    }
}

/// The stream of a bundle: a source installation, a receiver and the scope of the export.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stream {
    /// MD5 of installation, receiver, profile and scope options.
    pub id: String,
    /// Name of the receiver, as in `export --for`.
    #[serde(default)]
    pub receiver: Option<String>,
}

impl Stream {
    /// Returns the first digits of the id, by which people distinguish streams.
    #[must_use]
    pub fn short(&self) -> String {
        self.id.chars().take(8).collect()
    }
}

/// An earlier bundle of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Its sequence number.
    pub sequence: u64,
    /// When it was made.
    pub created_at: String,
    /// Start of its window; `None` is the beginning.
    #[serde(default)]
    pub window_start: Option<String>,
}

/// Returns whether a text is a valid name of a receiver: 1 to 64 characters, without control characters.
#[must_use]
pub fn is_receiver(name: &str) -> bool {
    let length = name.chars().count();
    (1..=64).contains(&length) && !name.chars().any(char::is_control)
}

/// The requested rows: those from `start` on, and objects only up to `end`. Both are neutral timestamps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First moment; `None` is the beginning.
    pub start: Option<String>,
    /// Last moment for objects; `None` is now.
    pub end: Option<String>,
}

/// A table that the bundle announces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHeader {
    /// Name.
    pub name: String,
    /// Columns in dump-file order.
    pub columns: Vec<ColumnHeader>,
    /// Upper bound of its rows.
    pub max_rows: u64,
    /// Set if the rows are sets that belong to rows of another table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets: Option<Sets>,
}

/// Says of a table that its rows are sets, of which the bundle has either all rows or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sets {
    /// The reference to the row to which a set belongs.
    pub by: String,
    /// Whether the bundle has every set. A set without rows is empty then; otherwise it may just not have travelled.
    pub all: bool,
}

/// A column that the bundle announces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnHeader {
    /// Name.
    pub name: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub neutral: NeutralType,
}

/// Format of the dump files, stated so that other programs can read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DumpDialect {
    /// Separator of fields.
    pub delimiter: String,
    /// Encloses fields; doubled inside.
    pub quote: String,
    /// The field that means NULL, quoted or not. A text that begins with a backslash has a second one in front.
    pub null: String,
    /// Ends each row.
    pub line_end: String,
    /// Character set.
    pub encoding: String,
    /// Whether the first line names the columns.
    pub header: bool,
}

impl Default for DumpDialect {
    fn default() -> Self {
        Self {
            delimiter: ",".into(),
            quote: "\"".into(),
            null: "\\N".into(),
            line_end: "\n".into(),
            encoding: "UTF-8".into(),
            header: true,
        }
    }
}

/// The last member: what the bundle actually contains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Every member before this one, in order.
    pub members: Vec<Member>,
    /// Sums over them.
    pub totals: Totals,
    /// Rows that the source has and that could not be written, by table. Sets of such a table are not whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rejected: BTreeMap<String, u64>,
}

/// A member and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Name in the archive.
    pub name: String,
    /// Rows, for a dump file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, hex.
    pub sha256: String,
}

/// Sums over all members before the manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Members.
    pub members: u64,
    /// Rows of all dump files.
    pub rows: u64,
    /// Bytes of all members.
    pub bytes: u64,
}

/// What tells a bundle from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleMark {
    /// File name without its folder; `-` for standard input.
    pub name: String,
    /// SHA-256 of the file in hex, as printed by `sha256sum`.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_number_of_rows_is_no_bound() {
        let header = |rows: &[u64]| {
            let table = |rows: &u64| serde_json::json!({"name": "t", "columns": [], "max_rows": rows});
            let tables: Vec<_> = rows.iter().map(table).collect();
            let header: Header = serde_json::from_value(serde_json::json!({
                "format": "gapsync-bundle", "version": 1, "tool": "", "profile": {"name": "", "digest": ""},
                "source": {"installation": "", "engine": ""}, "chain": {"sequence": 1, "parent": null},
                "window": {"start": null, "end": null}, "options": null, "tables": tables, "files": false,
                "dialect": DumpDialect::default(), "created_at": "",
            }))
            .unwrap();
            header.max_rows()
        };
        assert_eq!(header(&[3, 4]), Some(7));
        assert_eq!(header(&[u64::MAX, 1]), None);
        assert_eq!(header(&[1 << 40]), None);
    }
}
