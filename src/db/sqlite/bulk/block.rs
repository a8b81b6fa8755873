//! Carries rows from one table to another, cell by cell.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Result, Row, Rows, Statement};

/// Rows, with their texts and blobs stored one after the other.
#[derive(Default)]
pub(super) struct Block {
    cells: Vec<Cell>,
    bytes: Vec<u8>,
}

/// A cell of a block.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    /// Its length.
    Text(usize),
    /// Its length.
    Blob(usize),
}

impl Block {
    /// Takes rows of `width` cells from the remaining ones, up to `most_rows` or about `most_bytes`.
    pub(super) fn read(rows: &mut Rows<'_>, width: usize, (most_rows, most_bytes): (usize, usize)) -> Result<Self> {
        let mut block = Self::default();
        while block.cells.len() < most_rows * width && block.bytes.len() < most_bytes {
            let Some(row) = rows.next()? else { break };
            block.push(row, width)?;
        }
        Ok(block)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    fn push(&mut self, row: &Row<'_>, width: usize) -> Result<()> {
        for index in 0..width {
            self.cells.push(match row.get_ref(index)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Integer(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => {
                    self.bytes.extend_from_slice(text);
                    Cell::Text(text.len())
                }
                ValueRef::Blob(blob) => {
                    self.bytes.extend_from_slice(blob);
                    Cell::Blob(blob.len())
                }
            });
        }
        Ok(())
    }

    /// Passes each row to `write` after binding the first of its `width` cells to the parameters of `insert`. Stops at the
    /// first error of `write`.
    pub(super) fn bind<E: From<rusqlite::Error>>(
        &self,
        insert: &mut Statement<'_>,
        width: usize,
        mut write: impl FnMut(&mut Statement<'_>, &[Cell]) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let parameters = insert.parameter_count();
        let mut bytes = self.bytes.as_slice();
        let mut take = |length| {
            let (taken, rest) = bytes.split_at(length);
            bytes = rest;
            taken
        };
        for row in self.cells.chunks_exact(width) {
            for (index, cell) in row.iter().enumerate() {
                let value = match *cell {
                    Cell::Null => ValueRef::Null,
                    Cell::Integer(number) => ValueRef::Integer(number),
                    Cell::Real(number) => ValueRef::Real(number),
                    Cell::Text(length) => ValueRef::Text(take(length)),
                    Cell::Blob(length) => ValueRef::Blob(take(length)),
                };
                if index < parameters {
                    insert.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(value))?;
                }
            }
            write(insert, row)?;
        }
        Ok(())
    }
}
