//! The words of a profile that say which rows of a table travel, and with which values: `only`, `carry`, `window`, `map`, and
//! `[version]`, which says what both sides must have in common.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A value in a profile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

/// Writes the value as the neutral form of a column has it.
impl fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{}", u8::from(*value)),
            Self::Number(value) => write!(formatter, "{value}"),
            Self::Text(value) => formatter.write_str(value),
        }
    }
}

/// Column → the values that let a row travel.
pub type Only = BTreeMap<String, Vec<Scalar>>;

/// Column → value on the source → value in the bundle.
pub type ValueMap = BTreeMap<String, BTreeMap<String, Scalar>>;

/// Which rows of a table travel, as far as others are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carry {
    /// All rows that are new.
    #[default]
    All,
    /// Only those to which a row refers that may travel.
    Referenced,
}

impl Carry {
    /// Returns whether all rows may travel.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// Where a database says which version its schema has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionRule {
    /// Table with the version; it need not be in the profile.
    ///
    /// Example: `table = "admin_settings"`
    pub table: String,
    /// Column with the version.
    ///
    /// Example: `column = "value"`
    pub column: String,
    /// The row with the version: column → value.
    ///
    /// Example: `where = { setting = "db_version" }`
    #[serde(rename = "where", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at: BTreeMap<String, Scalar>,
    /// The lowest version for which the profile was made, if versions are whole numbers.
    ///
    /// Example: `min = 126`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
}

/// A list of the target with rows that it does not want: `{ table = "blocklist", column = "event_uuid", key = "uuid" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipRule {
    /// Table with the list; it need not be in the profile.
    ///
    /// Example: `table = "blocklist"`
    pub table: String,
    /// Its column with what the list names.
    ///
    /// Example: `column = "name"`
    pub column: String,
    /// Column of a row that is compared with it.
    ///
    /// Example: `key = "name"`
    pub key: String,
}
