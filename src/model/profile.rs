//! The profile: which tables travel, and what makes two rows the same on both installations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::after::AfterRule;
use super::change::{DateColumn, DeletedColumn};
use super::count::Count;
use super::files::FileColumns;
use super::guard::{Constant, Guard};
use super::hex::hex;
use super::id::IdColumn;
use super::options::{Chosen, ProfileOption};
use super::reference::{Missing, Reference};
use super::selection::{Carry, Only, SkipRule, ValueMap, VersionRule};

/// A profile as written in its TOML file. References that the file leaves out are taken from the catalogue
/// ([`Completed`](super::completed::Completed)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Short name; both sides use the same profile.
    ///
    /// Example: `name = "threats"`
    pub name: String,
    /// Description for people.
    ///
    /// Example: `description = "our own library"`
    #[serde(default)]
    pub description: String,
    /// The schema of a PostgreSQL database in which the tables are, if it is not the one that the login looks into. Other engines
    /// have the tables in the database that the URL names.
    ///
    /// Example: `schema = "intel"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Options by name, whose values `--set` chooses.
    ///
    /// Example: `[options.audience]`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, ProfileOption>,
    /// The values of the options.
    #[serde(skip)]
    pub chosen: Chosen,
    /// Where both databases say which version their schema has; it must be the same.
    ///
    /// Example: `[version]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionRule>,
    /// What is left to do after an import.
    ///
    /// Example: `[after]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AfterRule>,
    /// Code lists of polymorphic references: list name → (code → table).
    ///
    /// Example: `[codes.objects]`
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// The tables, in any order.
    ///
    /// Example: `[[table]]`
    #[serde(rename = "table")]
    pub tables: Vec<TableProfile>,
}

/// The kind of data in a table, which decides which options include it and how a window selects its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Types, statuses, sources, users.
    Metadata,
    /// Indicators, adversaries, … The end date limits these.
    Object,
    /// Sources, attributes and comments of an object.
    Context,
    /// Links between objects and their context.
    Link,
    /// Tags on objects.
    Tag,
    /// Investigations; included with `--include-investigations`.
    Investigation,
}

/// How a row of the bundle is matched to a row on the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// By the stored hash column.
    #[default]
    Hash,
    /// By the key columns themselves, if the database has no hash column or it must not be written.
    Key,
}

/// One table of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableProfile {
    /// Table name, the same on every installation.
    ///
    /// Example: `name = "notes"`
    pub name: String,
    /// The kind of data in it.
    ///
    /// Example: `group = "context"`
    pub group: Group,
    /// Natural key in order. A foreign key represents the row it refers to. The id column of a polymorphic reference
    /// represents both type code and row, so the type column is not listed.
    ///
    /// Example: `key = ["thing_id", "name"]`
    pub key: Vec<String>,
    /// Whether the key consists of two polymorphic references whose order does not matter.
    ///
    /// Example: `unordered = true`
    #[serde(default)]
    pub unordered: bool,
    /// How rows are matched.
    ///
    /// Example: `match = "key"`
    #[serde(default, rename = "match")]
    pub matched_by: Match,
    /// Text columns of the key whose letter case does not matter, for a table that is matched by its key. Other texts are the same
    /// only if they are equal byte for byte.
    ///
    /// Example: `fold = ["name"]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fold: Vec<String>,
    /// Column with the id, by which others refer to the row.
    ///
    /// Example: `id = "nr"`
    #[serde(default)]
    pub id: IdColumn,
    /// Hash column.
    ///
    /// Example: `hash = "digest"`
    #[serde(default = "hash_column")]
    pub hash: String,
    /// Column with the time of the row's last change, which decides windows and "newer wins".
    ///
    /// Example: `date = { column = "timestamp", kind = "epoch" }`
    #[serde(default)]
    pub date: DateColumn,
    /// Column with the time of the row's creation.
    ///
    /// Example: `created = "date_created"`
    #[serde(default = "created_column")]
    pub created: String,
    /// Soft-delete column.
    ///
    /// Example: `deleted = { column = "deleted", kind = "flag" }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<DeletedColumn>,
    /// Rows travel only with one of these values in each of these columns. Rows that depend on one that is held back stay with
    /// it.
    ///
    /// Example: `only = { published = [1], kind = ["a", "b"] }`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: Only,
    /// Rows with one of these values in one of these columns are held back, as if `only` named all other values and NULL.
    ///
    /// Example: `except = { protected = [1] }`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub except: Only,
    /// Whether rows travel for their own sake, or only because others refer to them.
    ///
    /// Example: `carry = "referenced"`
    #[serde(default, skip_serializing_if = "Carry::is_all")]
    pub carry: Carry,
    /// What tells, beside the date, whether a row is new: a reference (the row is new if the other one is), the id (it is new
    /// if no export has seen its id), or another date of the same kind.
    ///
    /// Example: `window = "thing_id"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Values that are replaced on the way into a bundle.
    ///
    /// Example: `map = { level = { 1 = 0, 2 = 1 } }`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map: ValueMap,
    /// Lists of the target with rows that it does not want: they and what depends on them are left out by an import.
    ///
    /// Example: `skip_if = [{ table = "blocklist", column = "name", key = "name" }]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip_if: Vec<SkipRule>,
    /// Columns to which `--override-description` applies.
    ///
    /// Example: `descriptions = ["description"]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<String>,
    /// Foreign keys: column → table.
    ///
    /// Example: `references.thing_id = "things"`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, Reference>,
    /// References whose table is given by a code in the row.
    ///
    /// Example: `polymorphic = [{ id = "object_id", type = "object_type", codes = "objects" }]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polymorphic: Vec<Polymorphic>,
    /// Parts of an existing row that an import never changes.
    ///
    /// Example: `on_existing = { status = "keep" }`
    #[serde(default, skip_serializing_if = "OnExisting::is_empty")]
    pub on_existing: OnExisting,
    /// What marks the target's own rows, which an import leaves alone.
    ///
    /// Example: `guard = { column = "locked", value = 0 }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    /// The reference to the row that a row belongs to: the row is left alone, or stays out, if that one is the target's own.
    ///
    /// Example: `follows = "thing_id"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// The reference to the row whose set the rows belong to. A set travels whole, with its row, and an import makes the target's
    /// set equal to it: the only rows that an import ever deletes are those of the target's set that the bundle's lacks.
    ///
    /// Example: `owned_by = "thing_id"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<String>,
    /// A text column with a unique key of its own. If another row of the target has the value, a suffix from the row's key
    /// makes it unique.
    ///
    /// Example: `unique_suffix = "title"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_suffix: Option<String>,
    /// A column with the number of the row's children, which an import sets.
    ///
    /// Example: `count = { column = "note_count", table = "notes", by = "thing_id" }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Count>,
    /// Columns that an import fills itself → the value for new rows and for rows that it updates. They never travel.
    ///
    /// Example: `set = { origin = "high side" }`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Constant>,
    /// Columns that never travel → the text for new rows; an empty text means the column's default.
    ///
    /// Example: `exclude = { password = "-" }`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exclude: BTreeMap<String, String>,
    /// Set if the table's rows have physical files.
    ///
    /// Example: `files = { path = "path", digest = "md5" }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FileColumns>,
    /// Set if new rows are assigned to an administrator of the target.
    ///
    /// Example: `owner = { column = "owner_id", table = "users", role = "role", roles = ["admin"] }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerRule>,
    /// Words in place of the table's own, by the value of an option for which they hold.
    ///
    /// Example: `when.internal = { exclude = {} }`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, toml::Table>,
}

/// Parts of existing rows on the target that an import leaves unchanged: `on_existing = "keep"` for a whole table, or
/// `on_existing = { deleted_at = "keep" }` for some of its columns. New rows take the bundle's values either way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OnExisting {
    /// Existing rows are not changed.
    Table(Keep),
    /// These columns of existing rows are not changed.
    Columns(BTreeMap<String, Keep>),
}

/// The only value of [`OnExisting`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The target's value is kept.
    Keep,
}

impl Default for OnExisting {
    fn default() -> Self {
        Self::Columns(BTreeMap::new())
    }
}

impl OnExisting {
    /// Returns whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Columns(columns) if columns.is_empty())
    }

    /// Returns whether existing rows are not changed at all.
    #[must_use]
    pub fn keeps_rows(&self) -> bool {
        matches!(self, Self::Table(Keep::Keep))
    }

    /// Returns whether a column of existing rows is not changed.
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
    ///
    /// Example: `id = "object_id"`
    pub id: String,
    /// Column with the type code.
    ///
    /// Example: `type = "object_type"`
    #[serde(rename = "type")]
    pub type_column: String,
    /// Name of a list in `[codes]`.
    ///
    /// Example: `codes = "objects"`
    pub codes: String,
    /// The number that stands for no row, beside NULL.
    ///
    /// Example: `none = 0`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<i64>,
    /// What becomes of a row whose reference leads nowhere. Without it, the reference becomes none.
    ///
    /// Example: `missing = "reject"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// A column with the key of the same row, by which the target finds it if the bundle does not have it.
    ///
    /// Example: `by = "object_uuid"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// The owner of new rows: the newest active row of `table` whose `role` column holds one of `roles`, on a tie the one with
/// the highest id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerRule {
    /// Column to fill; it never travels.
    ///
    /// Example: `column = "owner_id"`
    pub column: String,
    /// Table of users, in this profile.
    ///
    /// Example: `table = "users"`
    pub table: String,
    /// Column of that table that holds the role.
    ///
    /// Example: `role = "role"`
    pub role: String,
    /// Roles of administrators.
    ///
    /// Example: `roles = ["admin"]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// An option whose value takes the place of the roles: `role` is then the column that has it.
    ///
    /// Example: `option = "host_org"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<String>,
}

fn hash_column() -> String {
    "sync_hash".to_owned()
}
fn created_column() -> String {
    "created_at".to_owned()
}

impl Profile {
    /// Returns the table with this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableProfile> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Returns the SHA-256 of the profile's content in hex. Layout and comments of the file do not matter, nor does what
    /// concerns only the rows of a target or what is to be done after an import, because that changes no bundle.
    ///
    /// # Panics
    /// Never: a profile is plain data that JSON can represent.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut carried = self.clone();
        carried.after = None;
        carried.schema = None;
        for table in &mut carried.tables {
            table.on_existing = OnExisting::default();
            table.skip_if.clear();
            table.guard = None;
            table.follows = None;
            table.unique_suffix = None;
            table.count = None;
        }
        let json = serde_json::to_vec(&carried).expect("a profile is plain data");
        hex(&Sha256::digest(json))
    }

    /// Returns code → table of a polymorphic reference.
    #[must_use]
    pub fn codes(&self, reference: &Polymorphic) -> &BTreeMap<String, String> {
        static EMPTY: BTreeMap<String, String> = BTreeMap::new();
        self.codes.get(&reference.codes).unwrap_or(&EMPTY)
    }
}

impl TableProfile {
    /// Returns the table by whose rows the window of this one goes.
    #[must_use]
    pub fn window_parent(&self) -> Option<&str> {
        let parent = self.references.get(self.window.as_ref()?)?;
        Some(parent.as_str())
    }

    /// Returns the reference to the row that decides whether a row is the target's own.
    #[must_use]
    pub fn followed(&self) -> Option<&String> {
        self.follows.as_ref().or(self.owned_by.as_ref())
    }

    /// Returns the polymorphic reference with this id column.
    #[must_use]
    pub fn polymorphic(&self, id_column: &str) -> Option<&Polymorphic> {
        self.polymorphic.iter().find(|reference| reference.id == id_column)
    }

    /// Returns whether a column refers to rows, whose ids differ between installations.
    #[must_use]
    pub fn refers(&self, column: &str) -> bool {
        self.references.contains_key(column) || self.polymorphic(column).is_some()
    }

    /// Returns whether a column is part of the natural key, including the type column of a polymorphic key field.
    #[must_use]
    pub fn in_key(&self, column: &str) -> bool {
        self.key.iter().any(|field| {
            field == column || self.polymorphic(field).is_some_and(|reference| reference.type_column == column)
        })
    }

    /// Returns the number that stands for no row in a reference column, beside NULL.
    #[must_use]
    pub fn none(&self, column: &str) -> Option<i64> {
        self.references.get(column).map_or_else(|| self.polymorphic(column)?.none, |reference| reference.none)
    }

    /// Returns what becomes of a row whose reference leads nowhere, if the profile says so.
    #[must_use]
    pub fn missing(&self, column: &str) -> Option<Missing> {
        self.references.get(column).map_or_else(|| self.polymorphic(column)?.missing, |reference| reference.missing)
    }

    /// Returns the column with the key of the row that a column refers to.
    #[must_use]
    pub fn by(&self, column: &str) -> Option<&str> {
        let plain = self.references.get(column).and_then(|reference| reference.by.as_ref());
        plain.or_else(|| self.polymorphic(column)?.by.as_ref()).map(String::as_str)
    }

    /// Returns whether rows are left out, and not rejected, because of a reference that leads nowhere.
    #[must_use]
    pub fn skips(&self) -> bool {
        let plain = self.references.values().map(|reference| reference.missing);
        let missing = plain.chain(self.polymorphic.iter().map(|reference| reference.missing));
        missing.flatten().any(|missing| missing == Missing::Skip)
    }

    /// Returns whether a row needs the row that a column refers to: the column is in the key, or cannot be none. `nullable`:
    /// the database allows NULL there.
    #[must_use]
    pub fn needs(&self, column: &str, nullable: bool) -> bool {
        let can_be_none = nullable || self.none(column).is_some();
        self.in_key(column) || !can_be_none || self.missing(column).is_some()
    }

    /// Returns whether a column leaves its installation.
    #[must_use]
    pub fn lets_travel(&self, column: &str) -> bool {
        let stays = self.exclude.contains_key(column) || self.set.contains_key(column);
        !stays && self.owner.as_ref().is_none_or(|owner| owner.column != column)
    }
}
