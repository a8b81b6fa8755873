//! The columns of a profile that say when a row last changed and whether it is deleted, with the kind of their values.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

use super::form::name_or_fields;
use super::neutral::NeutralType;
use super::schema::Column;

/// What the values of a date column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateKind {
    /// A date and a time.
    #[default]
    Datetime,
    /// Whole seconds since 1970 (UTC).
    Epoch,
    /// Milliseconds since 1970 (UTC).
    EpochMs,
    /// Microseconds since 1970 (UTC).
    EpochUs,
    /// A number that grows with each change. It is no moment, so the table has no window: each export carries it whole.
    Version,
}

impl DateKind {
    /// Returns the name in a profile.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Datetime => "datetime",
            Self::Epoch => "epoch",
            Self::EpochMs => "epoch-ms",
            Self::EpochUs => "epoch-us",
            Self::Version => "version",
        }
    }

    /// Returns whether the values are whole numbers.
    #[must_use]
    pub fn is_number(self) -> bool {
        self != Self::Datetime
    }

    /// Returns the microseconds that a whole number counts, or `None` if the values count no time.
    #[must_use]
    pub fn unit_micros(self) -> Option<i64> {
        match self {
            Self::Datetime | Self::Version => None,
            Self::Epoch => Some(1_000_000),
            Self::EpochMs => Some(1000),
            Self::EpochUs => Some(1),
        }
    }

    /// Returns whether the values are moments, so that a window can select rows by them.
    #[must_use]
    pub fn is_moment(self) -> bool {
        self != Self::Version
    }

    /// Returns whether a column can hold such values. `strict`: the engine holds a column to its type; another may store
    /// dates as text.
    #[must_use]
    pub fn fits(self, column: &Column, strict: bool) -> bool {
        match (self, column.neutral) {
            (Self::Datetime, NeutralType::Timestamp) => true,
            (Self::Datetime, NeutralType::Text) => !strict,
            (Self::Datetime, _) => false,
            (_, neutral) => neutral == NeutralType::Integer,
        }
    }
}

/// The column with the time of a row's last change: `date = "updated_at"`, or
/// `date = { column = "timestamp", kind = "epoch" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "DateForm")]
pub struct DateColumn {
    /// Its name.
    pub column: String,
    /// What its values are.
    pub kind: DateKind,
}

impl Default for DateColumn {
    fn default() -> Self {
        Self { column: "updated_at".to_owned(), kind: DateKind::Datetime }
    }
}

/// Gives access to the name.
impl Deref for DateColumn {
    type Target = String;

    fn deref(&self) -> &String {
        &self.column
    }
}

/// The forms of a date column in a profile.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum DateForm {
    Name(String),
    Column(DateFields),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DateFields {
    /// Its name.
    ///
    /// Example: `column = "timestamp"`
    column: String,
    /// What its values are: a time, seconds, milliseconds or microseconds since 1970, or a number of which the greater one is newer.
    ///
    /// Example: `kind = "epoch"`
    #[serde(default)]
    kind: DateKind,
}

impl From<String> for DateColumn {
    fn from(column: String) -> Self {
        Self { column, kind: DateKind::Datetime }
    }
}

impl From<DateFields> for DateColumn {
    fn from(DateFields { column, kind }: DateFields) -> Self {
        Self { column, kind }
    }
}

impl<'de> Deserialize<'de> for DateColumn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "the name of a column, or a table with `column` and `kind`";
        name_or_fields::<D, DateFields, Self>(deserializer, expecting)
    }
}

/// The plain form stays plain, so that a profile keeps its digest.
impl From<DateColumn> for DateForm {
    fn from(date: DateColumn) -> Self {
        match date {
            DateColumn { column, kind: DateKind::Datetime } => Self::Name(column),
            DateColumn { column, kind } => Self::Column(DateFields { column, kind }),
        }
    }
}

/// What the values of a soft-delete column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeletionKind {
    /// NULL, or the time of the deletion.
    #[default]
    Date,
    /// 0 or false, or anything else in a deleted row. NULL counts as 0.
    Flag,
}

/// When deleted rows travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CarryDeleted {
    /// With `--include-deleted`.
    #[default]
    Asked,
    /// In every export.
    Always,
}

/// The soft-delete column: `deleted = "deleted_at"`, or `deleted = { column = "deleted", kind = "flag", carry = "always" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "DeletedForm")]
pub struct DeletedColumn {
    /// Its name.
    pub column: String,
    /// What its values are.
    pub kind: DeletionKind,
    /// When deleted rows travel.
    pub carry: CarryDeleted,
}

impl DeletedColumn {
    /// Returns whether a column can hold such values. `strict` as in [`DateKind::fits`].
    #[must_use]
    pub fn fits(&self, column: &Column, strict: bool) -> bool {
        match self.kind {
            DeletionKind::Date => column.nullable && DateKind::Datetime.fits(column, strict),
            DeletionKind::Flag => matches!(column.neutral, NeutralType::Integer | NeutralType::Bool),
        }
    }
}

/// Gives access to the name.
impl Deref for DeletedColumn {
    type Target = String;

    fn deref(&self) -> &String {
        &self.column
    }
}

/// The forms of a soft-delete column in a profile.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum DeletedForm {
    Name(String),
    Column(DeletedFields),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeletedFields {
    /// Its name.
    ///
    /// Example: `column = "deleted"`
    column: String,
    /// What its values are: NULL or the time of the deletion, or 0, false or NULL in rows that are not deleted.
    ///
    /// Example: `kind = "flag"`
    #[serde(default)]
    kind: DeletionKind,
    /// When deleted rows travel: with `--include-deleted`, or always.
    ///
    /// Example: `carry = "always"`
    #[serde(default)]
    carry: CarryDeleted,
}

impl From<String> for DeletedColumn {
    fn from(column: String) -> Self {
        Self { column, kind: DeletionKind::Date, carry: CarryDeleted::Asked }
    }
}

impl From<DeletedFields> for DeletedColumn {
    fn from(DeletedFields { column, kind, carry }: DeletedFields) -> Self {
        Self { column, kind, carry }
    }
}

impl<'de> Deserialize<'de> for DeletedColumn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "the name of a column, or a table with `column`, `kind` and `carry`";
        name_or_fields::<D, DeletedFields, Self>(deserializer, expecting)
    }
}

/// The plain form stays plain, so that a profile keeps its digest.
impl From<DeletedColumn> for DeletedForm {
    fn from(deleted: DeletedColumn) -> Self {
        match deleted {
            DeletedColumn { column, kind: DeletionKind::Date, carry: CarryDeleted::Asked } => Self::Name(column),
            DeletedColumn { column, kind, carry } => Self::Column(DeletedFields { column, kind, carry }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::profile::Profile;

    fn profile(more: &str) -> crate::error::Result<Profile> {
        Profile::parse(&format!("name = 'p'\n[[table]]\nname = 'notes'\ngroup = 'object'\nkey = ['name']\n{more}"))
    }

    #[test]
    fn the_plain_form_and_the_long_one_are_the_same_profile() {
        let plain = profile("date = 'changed'\ndeleted = 'gone'\n").unwrap();
        let long = profile("date = { column = 'changed' }\ndeleted = { column = 'gone', kind = 'date' }\n").unwrap();
        assert_eq!((&plain, plain.digest()), (&long, long.digest()));
        let other = profile("date = { column = 'changed', kind = 'epoch' }\ndeleted = 'gone'\n").unwrap();
        assert_ne!(plain.digest(), other.digest());
        assert_eq!(other.tables[0].date.kind.unit_micros(), Some(1_000_000));
    }

    #[test]
    fn an_unknown_word_is_refused() {
        for wrong in [
            "date = { column = 'a', kind = 'seconds' }",
            "date = { kind = 'epoch' }",
            "deleted = { column = 'a', b = 1 }",
        ] {
            assert!(profile(&format!("{wrong}\n")).is_err(), "{wrong}");
        }
    }
}
