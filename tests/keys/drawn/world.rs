//! A drawn world: tables with their columns and references, and the words that a profile says about them.

use crate::model::schema::Column;
use crate::model::{Row, cell};

/// Tables, each of which refers to earlier ones or to itself. The first may refer to the last, too.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) tables: Vec<Table>,
    /// Whether words stand in conditions of an option, which is chosen on both sides.
    pub(super) conditions: bool,
    /// Whether the profile has `[version]`, and whether both sides have the same one.
    pub(super) version: Option<bool>,
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) group: &'static str,
    /// The column with the id.
    pub(super) id: &'static str,
    /// All columns but the id.
    pub(super) columns: Vec<Column>,
    /// The natural key.
    pub(super) key: Vec<String>,
    /// Whether the database holds the key to be unique.
    pub(super) unique: bool,
    pub(super) references: Vec<Reference>,
    pub(super) words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    pub(super) column: String,
    pub(super) to: To,
    /// Whether 0 stands for none.
    pub(super) zero: bool,
    pub(super) nullable: bool,
    pub(super) missing: Option<Missing>,
    /// The column with the key of the same row.
    pub(super) by: Option<String>,
}

/// Where a reference leads, by the places of tables.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum To {
    Table(usize),
    /// The column with the code, and the tables by code.
    Code(String, Vec<(&'static str, usize)>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Missing {
    Reject,
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Datetime,
    Epoch,
    EpochMs,
    EpochUs,
    Version,
}

/// A word of a table, with its columns and values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Date(Kind),
    Deleted {
        flag: bool,
        always: bool,
    },
    Fold(String),
    Only(&'static str, Vec<&'static str>),
    Except(&'static str, Vec<&'static str>),
    CarryReferenced,
    Window(String),
    Map(&'static str, &'static str, &'static str),
    SkipIf(String),
    Set(&'static str, &'static str),
    Exclude(&'static str, &'static str),
    KeepRows,
    Keep(&'static str),
    Description(&'static str),
    /// Rows with 0 in `locked` are the target's own.
    Guard,
    Follows(String),
    /// Of `nick`.
    UniqueSuffix,
    /// `attrs` counts the rows of a table whose column refers to the row; only those with 1 in `level`, if so.
    Count(usize, String, bool),
    /// New rows belong, by `owner`, to the row of this table that the option `host` names.
    Owner(usize),
}

impl World {
    /// The tables to which a reference can lead.
    pub(super) fn parents(reference: &Reference) -> Vec<usize> {
        match &reference.to {
            To::Table(table) => vec![*table],
            To::Code(_, codes) => codes.iter().map(|(_, table)| *table).collect(),
        }
    }

    /// The table to which a row refers and the id there; `None` for no reference, and no table where the code is unknown.
    pub(super) fn leads<'r>(reference: &Reference, row: &'r Row) -> Option<(Option<usize>, &'r str)> {
        let id = cell(row, &reference.column).filter(|id| !(reference.zero && *id == "0"))?;
        let table = match &reference.to {
            To::Table(table) => Some(*table),
            To::Code(column, codes) => {
                let code = cell(row, column);
                codes.iter().find(|(name, _)| Some(*name) == code).map(|(_, table)| *table)
            }
        };
        Some((table, id))
    }
}

impl Table {
    pub(super) fn column(&self, name: &str) -> &Column {
        self.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("no column {name}"))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    pub(super) fn reference(&self, column: &str) -> Option<&Reference> {
        self.references.iter().find(|reference| reference.column == column)
    }

    pub(super) fn says(&self, word: &Word) -> bool {
        self.words.contains(word)
    }

    /// The first thing that a word says, as `pick` understands it.
    pub(super) fn word<'w, T>(&'w self, pick: impl Fn(&'w Word) -> Option<T>) -> Option<T> {
        self.words.iter().find_map(pick)
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        self.word(|word| if let Word::Date(kind) = word { Some(*kind) } else { None })
    }

    /// The column with the date.
    pub(super) fn date(&self) -> Option<&'static str> {
        self.kind().map(|kind| if kind == Kind::Datetime { "changed" } else { "stamp" })
    }

    /// The column with the mark of deletion, whether it is a flag, and whether deleted rows always travel.
    pub(super) fn deleted(&self) -> Option<(&'static str, bool)> {
        self.word(|word| match word {
            Word::Deleted { flag, always } => Some((if *flag { "flag" } else { "gone" }, *always)),
            _ => None,
        })
    }

    pub(super) fn is_deleted(&self, row: &Row) -> bool {
        self.deleted().is_some_and(|(column, _)| cell(row, column).is_some_and(|value| value != "0"))
    }

    pub(super) fn window(&self) -> Option<&str> {
        self.word(|word| if let Word::Window(column) = word { Some(column.as_str()) } else { None })
    }

    pub(super) fn follows(&self) -> Option<&Reference> {
        let column = self.word(|word| if let Word::Follows(column) = word { Some(column) } else { None })?;
        self.reference(column)
    }

    /// Whether a column is part of the key, as the code beside an id is.
    pub(super) fn in_key(&self, column: &str) -> bool {
        let is_code = |name: &String| {
            self.reference(name).is_some_and(|found| matches!(&found.to, To::Code(code, _) if code == column))
        };
        self.key.iter().any(|name| name == column || is_code(name))
    }

    /// Whether a row needs the row to which it refers.
    pub(super) fn needs(&self, reference: &Reference) -> bool {
        self.in_key(&reference.column) || !(reference.nullable || reference.zero) || reference.missing.is_some()
    }

    /// Whether a column leaves its installation, apart from marks of deletion.
    pub(super) fn lets_travel(&self, column: &str) -> bool {
        !self.words.iter().any(|word| match word {
            Word::Set(name, _) | Word::Exclude(name, _) => *name == column,
            Word::Guard => column == "locked",
            Word::Count(..) => column == "attrs",
            Word::Owner(_) => column == "owner",
            _ => false,
        })
    }
}

/// The id of a row.
pub(super) fn id(table: &Table, row: &Row) -> String {
    cell(row, table.id).expect("every row has an id").to_owned()
}
