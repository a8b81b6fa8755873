//! The profile: which tables travel, and what makes a row of one the same row on both installations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A profile as its TOML file says it. References that the file leaves out are found in the catalogue
/// ([`Completed`](super::completed::Completed)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Short name; `threatq` is the shipped one.
    pub name: String,
    /// What it serves, for people.
    #[serde(default)]
    pub description: String,
    /// Code lists of polymorphic references: list name → (code → table).
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// The tables, in any order.
    #[serde(rename = "table")]
    pub tables: Vec<TableProfile>,
}

/// What kind of data a table holds; decides which options carry it and how a window chooses its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Types, statuses, sources, users.
    Metadata,
    /// Indicators, adversaries, … The end date bounds these.
    Object,
    /// Sources, attributes and comments of an object.
    Context,
    /// Links between objects and their context.
    Link,
    /// Tags on objects.
    Tag,
    /// Investigations; travel with `--include-investigations`.
    Investigation,
}

/// How a row of the bundle finds its row on the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// By the stored hash column.
    #[default]
    Hash,
    /// By the key columns themselves; the database has no hash column or we may not write it.
    Key,
}

/// One table of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableProfile {
    /// Table name, the same on every installation.
    pub name: String,
    /// What it holds.
    pub group: Group,
    /// Natural key in order. A foreign key stands for its row; the id column of a polymorphic reference stands for type
    /// code and row, so the type column is not listed beside it.
    pub key: Vec<String>,
    /// The key is two polymorphic references whose order does not matter.
    #[serde(default)]
    pub unordered: bool,
    /// How rows are matched.
    #[serde(default, rename = "match")]
    pub matched_by: Match,
    /// Surrogate key column.
    #[serde(default = "id_column")]
    pub id: String,
    /// Hash column.
    #[serde(default = "hash_column")]
    pub hash: String,
    /// Column that says when the row changed last: windows and "newer wins" go by it.
    #[serde(default = "date_column")]
    pub date: String,
    /// Column that says when the row was made.
    #[serde(default = "created_column")]
    pub created: String,
    /// Soft-delete column: a row with a value here is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
    /// Columns under the rule of `--override-description`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<String>,
    /// Foreign keys: column → table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, String>,
    /// References whose table is named by a code in the row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polymorphic: Vec<Polymorphic>,
    /// What of an existing row a bundle never changes.
    #[serde(default, skip_serializing_if = "OnExisting::is_empty")]
    pub on_existing: OnExisting,
    /// Columns that never travel → the text a new row gets; an empty text stands for the column's default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exclude: BTreeMap<String, String>,
    /// The table's rows have physical files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FileColumns>,
    /// New rows are given to an administrator of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerRule>,
}

/// What an import leaves as it is in the rows that the target has: `on_existing = "keep"` for all of a table, or
/// `on_existing = { deleted_at = "keep" }` for columns of it. New rows take the bundle's values either way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OnExisting {
    /// Existing rows are not changed.
    Table(Keep),
    /// These columns of existing rows are not changed.
    Columns(BTreeMap<String, Keep>),
}

/// The one thing that [`OnExisting`] can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The target's value stays.
    Keep,
}

impl Default for OnExisting {
    fn default() -> Self {
        Self::Columns(BTreeMap::new())
    }
}

impl OnExisting {
    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Columns(columns) if columns.is_empty())
    }

    /// Whether existing rows are not changed at all.
    #[must_use]
    pub fn keeps_rows(&self) -> bool {
        matches!(self, Self::Table(Keep::Keep))
    }

    /// Whether a column of existing rows is not changed.
    #[must_use]
    pub fn keeps_column(&self, column: &str) -> bool {
        matches!(self, Self::Columns(columns) if columns.contains_key(column))
    }
}

/// A reference whose table depends on the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polymorphic {
    /// Column with the id.
    pub id: String,
    /// Column with the type code.
    #[serde(rename = "type")]
    pub type_column: String,
    /// Code list in [`Profile::codes`].
    pub codes: String,
}

/// Columns that describe a physical file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileColumns {
    /// Path below the files root; a leading `/` is stripped.
    pub path: String,
    /// Foreign key to the table of file types, which `--ignore-file-types` names by their key.
    #[serde(rename = "type")]
    pub type_column: String,
    /// MD5 of the content, hex.
    pub digest: String,
}

/// Who owns new rows: the newest active row of `table` whose `role` column holds one of `roles`, highest id on a tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerRule {
    /// Column to fill; it never travels.
    pub column: String,
    /// Table of users, in this profile.
    pub table: String,
    /// Column of that table with the role.
    pub role: String,
    /// Roles of administrators.
    pub roles: Vec<String>,
}

fn id_column() -> String {
    "id".to_owned()
}
fn hash_column() -> String {
    "sync_hash".to_owned()
}
fn date_column() -> String {
    "updated_at".to_owned()
}
fn created_column() -> String {
    "created_at".to_owned()
}

impl Profile {
    /// Reads a profile from TOML and checks that it is sound in itself.
    ///
    /// # Errors
    /// `Schema` when the text is no profile, with the place that TOML names.
    pub fn parse(text: &str) -> Result<Self> {
        let profile: Self =
            toml::from_str(text).map_err(|error| Error::schema("the profile cannot be read").because(error))?;
        profile.check()?;
        Ok(profile)
    }

    /// The table of a name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableProfile> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// SHA-256 of the profile's content, hex: layout and comments of the file do not count, nor what an import keeps of the
    /// target's rows, which changes no bundle.
    ///
    /// # Panics
    /// Never: a profile is plain data that JSON can hold.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut carried = self.clone();
        for table in &mut carried.tables {
            table.on_existing = OnExisting::default();
        }
        let json = serde_json::to_vec(&carried).expect("a profile is plain data");
        hex(&Sha256::digest(json))
    }

    /// Code → table of a polymorphic reference.
    #[must_use]
    pub fn codes(&self, reference: &Polymorphic) -> &BTreeMap<String, String> {
        static EMPTY: BTreeMap<String, String> = BTreeMap::new();
        self.codes.get(&reference.codes).unwrap_or(&EMPTY)
    }

    fn check(&self) -> Result<()> {
        let mut seen = std::collections::BTreeSet::new();
        for table in &self.tables {
            let fault = |what: String| Err(Error::schema(what).at_table(&table.name));
            if !seen.insert(&table.name) {
                return fault("the profile names the table twice".into());
            }
            if table.key.is_empty() {
                return fault("the profile gives the table no natural key".into());
            }
            for (column, parent) in &table.references {
                if self.table(parent).is_none() {
                    return fault(format!("`{column}` refers to `{parent}`, which the profile lacks"));
                }
            }
            for reference in &table.polymorphic {
                let Some(codes) = self.codes.get(&reference.codes) else {
                    return fault(format!("the code list `{}` is not in the profile", reference.codes));
                };
                if let Some(parent) = codes.values().find(|parent| self.table(parent).is_none()) {
                    return fault(format!("`{}` can refer to `{parent}`, which the profile lacks", reference.id));
                }
                if table.key.contains(&reference.id) && table.key.contains(&reference.type_column) {
                    return fault(format!("`{}` stands for its type column in a key", reference.id));
                }
            }
            if table.unordered
                && !(table.key.len() == 2 && table.key.iter().all(|column| table.polymorphic(column).is_some()))
            {
                return fault("an unordered key is two polymorphic references".into());
            }
            if let Some(owner) = &table.owner
                && self.table(&owner.table).is_none()
            {
                return fault(format!("the owner table `{}` is not in the profile", owner.table));
            }
        }
        Ok(())
    }
}

impl TableProfile {
    /// The polymorphic reference whose id column this is.
    #[must_use]
    pub fn polymorphic(&self, id_column: &str) -> Option<&Polymorphic> {
        self.polymorphic.iter().find(|reference| reference.id == id_column)
    }

    /// Whether a column is part of the natural key, the type column of a polymorphic key field included.
    #[must_use]
    pub fn in_key(&self, column: &str) -> bool {
        self.key.iter().any(|field| {
            field == column || self.polymorphic(field).is_some_and(|reference| reference.type_column == column)
        })
    }

    /// Whether a column leaves its installation.
    #[must_use]
    pub fn lets_travel(&self, column: &str) -> bool {
        !self.exclude.contains_key(column) && self.owner.as_ref().is_none_or(|owner| owner.column != column)
    }
}

/// Bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
