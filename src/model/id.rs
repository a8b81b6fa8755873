//! The id of a table's rows: what others refer to them by, and whether it means the same row on every installation.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::neutral::NeutralType;

/// What the ids of a table are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdKind {
    /// Whole numbers that each installation gives out. New rows get numbers of the target.
    #[default]
    Number,
    /// Ids that mean the same row everywhere, such as UUIDs. New rows keep them.
    Global,
    /// There is no id: the key columns are the primary key or another unique key, and nothing refers to the rows.
    Key,
}

impl IdKind {
    /// Returns the name in a profile.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Global => "global",
            Self::Key => "key",
        }
    }

    /// Returns whether a column can hold such ids.
    #[must_use]
    pub fn fits(self, neutral: NeutralType) -> bool {
        match self {
            Self::Number => neutral == NeutralType::Integer,
            Self::Global => {
                matches!(neutral, NeutralType::Integer | NeutralType::Text | NeutralType::Uuid | NeutralType::Bytes)
            }
            Self::Key => false,
        }
    }
}

/// The column with the id: `id = "id"`, `id = { column = "uuid", kind = "global" }`, or `id = { kind = "key" }` for a table
/// without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "IdForm", into = "IdForm")]
pub struct IdColumn {
    /// Its name; empty if there is none.
    pub column: String,
    /// What its values are.
    pub kind: IdKind,
}

impl Default for IdColumn {
    fn default() -> Self {
        Self { column: "id".to_owned(), kind: IdKind::Number }
    }
}

impl IdColumn {
    /// Returns the id of a table without one, whose key columns are its primary key.
    #[must_use]
    pub fn of_key() -> Self {
        Self { column: String::new(), kind: IdKind::Key }
    }

    /// Returns whether ids are numbers that each installation gives out.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.kind == IdKind::Number
    }

    /// Returns whether ids are kept.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.kind == IdKind::Global
    }

    /// Returns whether there is no id.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.kind == IdKind::Key
    }
}

/// Gives access to the name.
impl Deref for IdColumn {
    type Target = String;

    fn deref(&self) -> &String {
        &self.column
    }
}

/// The forms of an id in a profile.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum IdForm {
    Name(String),
    Fields(IdFields),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdFields {
    /// Its name; `id` without it, and none for the kind `key`.
    ///
    /// Example: `column = "uuid"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    /// What its values are: numbers that each installation gives out, ids that are kept because they mean the same row everywhere,
    /// or, for a table without an id, nothing: the key is its primary key or another unique key.
    ///
    /// Example: `kind = "global"`
    #[serde(default)]
    kind: IdKind,
}

impl From<IdForm> for IdColumn {
    fn from(form: IdForm) -> Self {
        match form {
            IdForm::Name(column) => Self { column, kind: IdKind::Number },
            IdForm::Fields(IdFields { column, kind: IdKind::Key }) => {
                Self { column: column.unwrap_or_default(), kind: IdKind::Key }
            }
            IdForm::Fields(IdFields { column, kind }) => {
                Self { column: column.unwrap_or_else(|| Self::default().column), kind }
            }
        }
    }
}

/// The plain form stays plain, so that a profile keeps its digest.
impl From<IdColumn> for IdForm {
    fn from(id: IdColumn) -> Self {
        match id {
            IdColumn { column, kind: IdKind::Number } => Self::Name(column),
            IdColumn { column, kind } => {
                Self::Fields(IdFields { column: Some(column).filter(|name| !name.is_empty()), kind })
            }
        }
    }
}
