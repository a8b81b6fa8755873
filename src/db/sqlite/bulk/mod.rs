//! Ways to write many rows that only SQLite has, because it has one writer but many readers, in the same process.
//!
//! [`session::Bulk`] offers them; `db::session::Session::bulk` returns it on SQLite. [`copy`] copies rows that several
//! connections read in parallel, and numbers them. [`insert`] writes single rows while another connection reads the next
//! range. `block` carries rows between their threads.
//!
//! The readers see only committed rows, so a caller commits what they have to see, and they are used only with a write-ahead
//! log, where they and the writer do not block each other.

mod block;
pub(super) mod copy;
pub(super) mod insert;
pub(in crate::db) mod session;

use crate::error::Error;

/// The result of inserting the rows of a range one by one.
#[derive(Debug)]
pub struct Inserted {
    /// Number of new rows.
    pub rows: u64,
    /// Number of the row that was refused, and the error. Later rows were not tried.
    pub refused: Option<(i64, Error)>,
}

/// A copy of rows into a table that numbers some of them. It consists of a select for a range of positions and an
/// insert for one row of its result. The last two columns are a number and an id. If a row's number is not NULL, both are
/// replaced as it is written: by the next number, and by that number plus `start`.
#[derive(Clone, Debug)]
pub struct NumberedCopy {
    /// A statement that returns the first position of the rows that follow `?2` rows after position `?1`.
    pub nth: String,
    /// Selects the rows from one position to another, in order.
    pub select: String,
    /// Inserts a row.
    pub insert: String,
    /// The last id before the new ones.
    pub start: i64,
}

/// An insert of one row at a time. A statement for many rows copies every page that it touches, to be able to
/// undo them all; one for a single row fails before it touches any.
#[derive(Clone, Debug)]
pub struct RowByRow {
    /// Selects the rows from one number to another, in order: the values of the insert, then the number.
    pub select: String,
    /// Inserts a row.
    pub insert: String,
}
