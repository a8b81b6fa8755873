//! What callers and sessions exchange: open modes, rows to read, rows to load.

use std::sync::Arc;

use super::dialect::Dialect;
use crate::error::Error;
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::schema::{Column, Limits};

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Only read; the server enforces it.
    ReadOnly,
    /// Read, and write records of a run, each in a transaction of its own. This also works through a connection pooler,
    /// which may run each transaction on a different connection.
    Record,
    /// Read and write an existing database.
    ReadWrite,
    /// Like `ReadWrite`, but creates a SQLite file that does not exist.
    Create,
}

/// Rows to read.
#[derive(Clone, Debug)]
pub struct ReadSelect {
    /// Name of the table, for errors.
    pub table: String,
    /// The columns, in the order of the batches' cells.
    pub columns: Vec<Column>,
    /// An SQL expression for each column's value, of the column's own type.
    pub expressions: Vec<String>,
    /// Everything after the select list: `FROM … WHERE …`.
    pub from_where: String,
}

/// Rows that were read.
#[derive(Debug, Default)]
pub struct ReadBatch {
    /// Rows in neutral form. Positions count from 1 in reading order, including refused rows.
    pub rows: RowBatch,
    /// Rows with a value that has no neutral form.
    pub refused: Vec<RefusedRow>,
}

/// A row with a value that has no neutral form.
#[derive(Clone, Debug)]
pub struct RefusedRow {
    /// The first such column.
    pub column: String,
    /// The reason, phrased to follow the column's name.
    pub reason: &'static str,
    /// All cells of the row, in neutral form or as the engine shows them.
    pub cells: Vec<Option<Vec<u8>>>,
}

/// A table to load into, which exists.
#[derive(Clone, Debug)]
pub struct LoadTable {
    /// Name, unquoted.
    pub name: String,
    /// A column of integers that takes the positions of the rows, unquoted, if the table has one.
    pub position: Option<String>,
    /// The other columns.
    pub columns: Vec<LoadColumn>,
}

impl LoadTable {
    /// Returns the line that a trace shows for a load, because each engine loads rows in its own way, without visible
    /// statements.
    pub(super) fn shown(&self) -> String {
        let columns: Vec<&str> = self.names().map(String::as_str).collect();
        format!("-- rows are loaded into {} ({})", self.name, columns.join(", "))
    }

    /// Returns the names of all columns, quoted, with commas between them.
    pub(super) fn idents(&self, dialect: Dialect) -> String {
        self.names().map(|name| dialect.ident(name)).collect::<Vec<_>>().join(", ")
    }

    /// Returns the names of all columns, that of the positions first.
    fn names(&self) -> impl Iterator<Item = &String> {
        self.position.iter().chain(self.columns.iter().map(|column| &column.name))
    }

    /// Returns the number of all columns.
    pub(super) fn width(&self) -> usize {
        self.columns.len() + usize::from(self.position.is_some())
    }
}

/// A column to load into.
#[derive(Clone, Debug)]
pub struct LoadColumn {
    /// Name, unquoted.
    pub name: String,
    /// The engine's own type, as in the catalogue.
    pub native: String,
    /// Neutral type of the cells.
    pub neutral: NeutralType,
    /// Limits, as in the catalogue.
    pub limits: Limits,
}

/// Returns the error of a cell to load that [`crate::model::value::fit`] did not return for its column.
pub(in crate::db) fn not_fitted() -> Error {
    Error::internal("a cell was not fitted to its column before loading")
}

/// Rows to load: cells that [`crate::model::value::fit`] returned for the table's columns.
pub struct LoadBatch {
    /// The rows, which the caller may keep.
    pub rows: Arc<RowBatch>,
    /// Dropped once the rows are no longer held in memory.
    pub hold: Box<dyn Send>,
}
