//! What a session and its user hand to one another: how it is opened, rows to read, rows to load.

use crate::error::Error;
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::schema::{Column, Limits};

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Read only; the server is told so.
    ReadOnly,
    /// Read, and write records of a run, each in a transaction of its own. This works through a connection pooler too, which
    /// may send each transaction over another connection.
    Record,
    /// Read and write a database that exists.
    ReadWrite,
    /// As `ReadWrite`; a SQLite file that does not exist is made.
    Create,
}

/// Rows to read.
#[derive(Clone, Debug)]
pub struct ReadSelect {
    /// Table, for errors.
    pub table: String,
    /// The columns, in the order of the batches' cells.
    pub columns: Vec<Column>,
    /// SQL of each column's value, of the column's own type.
    pub expressions: Vec<String>,
    /// Everything after the select list: `FROM … WHERE …`.
    pub from_where: String,
}

/// New rows of a range that were inserted one by one.
#[derive(Debug)]
pub struct Inserted {
    /// How many.
    pub rows: u64,
    /// The row that was refused, by its number, and why; those that follow it were not tried.
    pub refused: Option<(i64, Error)>,
}

/// A copy of rows into a table of SQLite that numbers some of them: a select for a range of positions, and the insert of one
/// row that it gives. Its last two columns are a number and an id; of a row whose number is not NULL, both are given anew as it
/// is written: the next number, and `start` more than it.
#[derive(Clone, Debug)]
pub struct NumberedCopy {
    /// A statement that gives the first position of the rows that come `?2` rows after the position `?1`.
    pub nth: String,
    /// The rows from one position to another, in their order.
    pub select: String,
    /// The insert of a row.
    pub insert: String,
    /// The id before the first new one.
    pub start: i64,
}

/// An insert of one row at a time on SQLite. A statement for many rows keeps a copy of every page that it touches, to be able
/// to take them all back; one for a single row fails before it touches any.
#[derive(Clone, Debug)]
pub struct RowByRow {
    /// The rows from one number to another, in their order: the values of the insert, then the number.
    pub select: String,
    /// The insert of a row.
    pub insert: String,
}

/// Rows that were read.
#[derive(Debug, Default)]
pub struct ReadBatch {
    /// Rows in neutral form; positions count from 1 in the order of reading, refused rows included.
    pub rows: RowBatch,
    /// Rows with a value that has no neutral form.
    pub refused: Vec<RefusedRow>,
}

/// A row with a value that has no neutral form.
#[derive(Clone, Debug)]
pub struct RefusedRow {
    /// The first such column.
    pub column: String,
    /// Why, to be read after the column's name.
    pub reason: &'static str,
    /// All cells of the row as the engine shows them, or in neutral form.
    pub cells: Vec<Option<Vec<u8>>>,
}

/// A table to load into: it exists, has no index but perhaps its primary key, and its first column takes the position of a row in its batches.
#[derive(Clone, Debug)]
pub struct LoadTable {
    /// Name, unquoted.
    pub name: String,
    /// The first column, unquoted: an integer that takes the positions of rows.
    pub position: String,
    /// The columns after it.
    pub columns: Vec<LoadColumn>,
}

impl LoadTable {
    /// Returns what is done, as a trace shows it: each engine has a way of its own, in which rows are no statements.
    pub(super) fn shown(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        format!("-- rows are loaded into {} ({}, {})", self.name, self.position, columns.join(", "))
    }
}

/// A column to load into.
#[derive(Clone, Debug)]
pub struct LoadColumn {
    /// Name, unquoted.
    pub name: String,
    /// The engine's own type, as the catalogue gave it.
    pub native: String,
    /// Neutral type of the cells.
    pub neutral: NeutralType,
    /// Limits, as the catalogue gave them.
    pub limits: Limits,
}

/// Rows to load: cells that [`crate::model::value::fit`] gave for the table's columns. The position of a row goes into the first column.
pub struct LoadBatch {
    /// The rows.
    pub rows: RowBatch,
    /// Dropped once the rows are no longer held in memory.
    pub hold: Box<dyn Send>,
}
