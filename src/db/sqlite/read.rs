//! Reads rows from SQLite, value by value: the declared type of a column is not binding.

use std::io::Write as _;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};
use tokio::sync::mpsc;

use super::super::rows::{ReadBatch, ReadSelect};
use super::super::session::collect::Collector;
use crate::error::Result as Outcome;
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;
use crate::model::value::{Unfit, canonical, write_float, write_hex};

/// Streams the rows of `select`. Ends early if the receiver is gone.
pub(super) fn rows(
    connection: &Connection,
    select: &ReadSelect,
    batch_bytes: usize,
    sink: &mpsc::Sender<Outcome<ReadBatch>>,
) -> Result<u64> {
    let sql = format!("SELECT {} {}", select.expressions.join(", "), select.from_where);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.raw_query();
    let mut collector = Collector::new(&select.columns, batch_bytes);
    while let Some(row) = rows.next()? {
        for index in 0..select.columns.len() {
            match row.get_ref(index)? {
                ValueRef::Null => collector.null(),
                value => collector.cell_with(|column, out| neutral(value, column, out)),
            }
        }
        collector.end_row(|| raw_cells(row, select.columns.len()));
        if let Some(batch) = collector.full()
            && sink.blocking_send(Ok(batch)).is_err()
        {
            return Ok(collector.rows());
        }
    }
    if let Some(batch) = collector.rest() {
        let _ = sink.blocking_send(Ok(batch));
    }
    Ok(collector.rows())
}

/// Converts a stored value to the neutral form of its column.
fn neutral(value: ValueRef<'_>, column: &Column, out: &mut Vec<u8>) -> std::result::Result<(), Unfit> {
    use NeutralType::{Bytes, Decimal, Float, Integer, Text};
    match (value, column.neutral) {
        (ValueRef::Blob(bytes), Bytes) => write_hex(bytes, out),
        (ValueRef::Blob(_), _) => return Err(Unfit { reason: "is stored as bytes, not as the column's type" }),
        (_, Bytes) => return Err(Unfit { reason: "is not stored as bytes" }),
        (ValueRef::Text(text), kind) => return canonical(kind, text, out),
        (ValueRef::Integer(number), Integer | Decimal | Text) => show(number, out),
        (ValueRef::Real(number), Float | Text) => write_float(number, out),
        (value, kind) => return canonical(kind, &shown(value), out),
    }
    Ok(())
}

fn show(number: i64, out: &mut Vec<u8>) {
    write!(out, "{number}").expect("a Vec takes all that is written");
}

/// Returns a value roughly as SQLite's own tools would show it.
fn shown(value: ValueRef<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => show(number, &mut out),
        ValueRef::Real(number) => write_float(number, &mut out),
        ValueRef::Text(text) => out.extend_from_slice(text),
        ValueRef::Blob(bytes) => write_hex(bytes, &mut out),
    }
    out
}

fn raw_cells(row: &Row<'_>, columns: usize) -> Vec<Option<Vec<u8>>> {
    let cell = |index| match row.get_ref(index) {
        Ok(ValueRef::Null) | Err(_) => None,
        Ok(value) => Some(shown(value)),
    };
    (0..columns).map(cell).collect()
}

/// Returns the rows of a small result as text.
pub(super) fn texts(connection: &Connection, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut result = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = raw_cells(row, columns);
        result.push(
            cells.into_iter().map(|cell| cell.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())).collect(),
        );
    }
    Ok(result)
}
