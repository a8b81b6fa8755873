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
    /// The row that was refused, by its `gs_seq`, and why; those that follow it were not tried.
    pub refused: Option<(i64, Error)>,
}

/// Rows that were read.
#[derive(Debug, Default)]
pub struct ReadBatch {
    /// Rows in neutral form; positions count from 1 in the order of reading, refused rows included.
    pub rows: RowBatch,
    /// Rows with a value that no bundle can hold.
    pub refused: Vec<RefusedRow>,
}

/// A row with a value that no bundle can hold.
#[derive(Clone, Debug)]
pub struct RefusedRow {
    /// The first such column.
    pub column: String,
    /// Why, to be read after the column's name.
    pub reason: &'static str,
    /// All cells of the row as the engine shows them, or in neutral form.
    pub cells: Vec<Option<Vec<u8>>>,
}

/// A table to load into: it exists, has no index but perhaps its primary key, and its first column is `gs_row`.
#[derive(Clone, Debug)]
pub struct LoadTable {
    /// Name, unquoted.
    pub name: String,
    /// The columns after `gs_row`.
    pub columns: Vec<LoadColumn>,
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

/// Rows to load: cells that [`crate::model::value::fit`] gave for the table's columns. The position of a row becomes its `gs_row`.
pub struct LoadBatch {
    /// The rows.
    pub rows: RowBatch,
    /// Dropped once the rows are no longer held in memory.
    pub hold: Box<dyn Send>,
}
