//! Rows on the move, between dump files and engines.

use std::ops::Range;

/// Bit that marks a cell as NULL in [`RowBatch`]'s cell ends.
const NULL: u64 = 1 << 63;

/// Rows of one table as neutral text, in one allocation.
///
/// A cell is `None` (NULL) or the bytes of the value's one text form (`model::neutral`). Bytes columns hold `\x` and hex.
#[derive(Clone, Debug, Default)]
pub struct RowBatch {
    columns: usize,
    data: Vec<u8>,
    ends: Vec<u64>,
    positions: Vec<i64>,
}

impl RowBatch {
    /// Returns an empty batch of rows with `columns` cells each.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Returns an empty batch for rows like those in this one, with space for as many.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            columns: self.columns,
            data: Vec::with_capacity(self.data.len()),
            ends: Vec::with_capacity(self.ends.len()),
            positions: Vec::with_capacity(self.positions.len()),
        }
    }

    /// Returns an empty batch of rows with `columns` cells each, with space for what another one holds.
    #[must_use]
    pub fn like(columns: usize, other: &Self) -> Self {
        let rows = other.rows();
        Self {
            columns,
            data: Vec::with_capacity(other.data.len()),
            ends: Vec::with_capacity(rows * columns),
            positions: Vec::with_capacity(rows),
        }
    }

    /// Returns the number of cells in a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns the number of complete rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.positions.len()
    }

    /// Returns whether the batch has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Returns the memory that the batch occupies in bytes, for the byte budget.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.data.len() + 8 * (self.ends.len() + self.positions.len())
    }

    /// Appends a cell to the unfinished row.
    pub fn push(&mut self, cell: Option<&[u8]>) {
        if let Some(bytes) = cell {
            self.data.extend_from_slice(bytes);
        }
        let end = self.data.len() as u64;
        self.ends.push(if cell.is_none() { end | NULL } else { end });
    }

    /// Appends a cell to the unfinished row by calling `write`, which appends bytes to the buffer.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.data);
        self.ends.push(self.data.len() as u64);
    }

    /// Ends the unfinished row. `position` is its place in the bundle (see [`Position`]).
    pub fn end_row(&mut self, position: i64) {
        debug_assert_eq!(self.ends.len(), (self.positions.len() + 1) * self.columns, "a row has all its cells");
        self.positions.push(position);
    }

    /// Appends the rows of another batch with as many columns. Neither has an unfinished row.
    pub fn append(&mut self, other: Self) {
        debug_assert_eq!(self.columns, other.columns, "rows of one table");
        if self.is_empty() {
            *self = other;
            return;
        }
        let shift = self.data.len() as u64;
        self.data.extend_from_slice(&other.data);
        self.ends.extend(other.ends.iter().map(|end| (end & NULL) | ((end & !NULL) + shift)));
        self.positions.extend_from_slice(&other.positions);
    }

    /// Returns a batch of some of the rows.
    #[must_use]
    pub fn part(&self, rows: Range<usize>) -> Self {
        let mut part = Self::new(self.columns);
        for row in rows {
            self.row(row).for_each(|cell| part.push(cell));
            part.end_row(self.position(row));
        }
        part
    }

    /// Drops the cells of the unfinished row.
    pub fn drop_row(&mut self) {
        self.ends.truncate(self.positions.len() * self.columns);
        self.data.truncate(self.ends.last().map_or(0, |end| (end & !NULL) as usize));
    }

    /// Returns the position of a row.
    #[must_use]
    pub fn position(&self, row: usize) -> i64 {
        self.positions[row]
    }

    /// Returns a cell; `None` is NULL.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<&[u8]> {
        let index = row * self.columns + column;
        let end = self.ends[index];
        if end & NULL != 0 {
            return None;
        }
        let start = if index == 0 { 0 } else { (self.ends[index - 1] & !NULL) as usize };
        Some(&self.data[start..end as usize])
    }

    /// Returns the cells of a row, in order.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Option<&[u8]>> {
        let (mut start, ends) = self.ends_of(row);
        ends.iter().map(move |end| {
            let cell = start..(end & !NULL) as usize;
            start = cell.end;
            (end & NULL == 0).then(|| &self.data[cell])
        })
    }

    /// Returns the bytes of all cells of a row, one after the other.
    #[must_use]
    pub fn row_bytes(&self, row: usize) -> &[u8] {
        let (start, ends) = self.ends_of(row);
        let end = ends.last().map_or(start, |end| (end & !NULL) as usize);
        &self.data[start..end]
    }

    /// Returns where a row's first cell starts, and where each cell ends.
    fn ends_of(&self, row: usize) -> (usize, &[u64]) {
        let first = row * self.columns;
        let start = if first == 0 { 0 } else { (self.ends[first - 1] & !NULL) as usize };
        (start, &self.ends[first..first + self.columns])
    }
}

/// The place of a staged row in the bundle: dump file and line in one number. It grows in bundle order, and identifies a
/// row that the database refuses later. In a sync table it is the row number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Number of the dump file in its table, from 1.
    pub dump_file: u32,
    /// Line of the row's first byte in it, from 1.
    pub line: u64,
}

const LINE_BITS: u32 = 40;

impl Position {
    /// Returns the position as one number. Lines beyond 2^40 and dump files beyond 2^22 do not occur: the reader's limits
    /// are lower.
    #[must_use]
    pub fn to_number(self) -> i64 {
        (i64::from(self.dump_file) << LINE_BITS) | (self.line & ((1 << LINE_BITS) - 1)).cast_signed()
    }

    /// Returns the position for a number made by [`Position::to_number`].
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        Self { dump_file: (number >> LINE_BITS) as u32, line: (number & ((1 << LINE_BITS) - 1)).cast_unsigned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_empty_are_told_apart() {
        let mut batch = RowBatch::new(3);
        batch.push(None);
        batch.push(Some(b""));
        batch.push(Some(b"x"));
        batch.end_row(1);
        batch.push(Some(b"half a row"));
        batch.drop_row();
        batch.push(Some(b"y"));
        batch.push(None);
        batch.push(None);
        batch.end_row(2);
        let rows: Vec<Vec<_>> = (0..batch.rows()).map(|row| batch.row(row).collect()).collect();
        assert_eq!(rows, [[None, Some(&b""[..]), Some(b"x")], [Some(b"y"), None, None]]);
        assert_eq!([batch.row_bytes(0), batch.row_bytes(1)], [b"x", b"y"]);
    }

    #[test]
    fn batches_are_joined() {
        let batch = |cells: &[Option<&[u8]>], position| {
            let mut batch = RowBatch::new(2);
            cells.iter().for_each(|cell| batch.push(*cell));
            batch.end_row(position);
            batch
        };
        let mut joined = RowBatch::new(2);
        for (cells, position) in [([Some(&b"a"[..]), None], 1), ([None, Some(&b"bc"[..])], 2)] {
            joined.append(batch(&cells, position));
        }
        let rows: Vec<Vec<_>> = (0..2).map(|row| joined.row(row).collect()).collect();
        assert_eq!(rows, [[Some(&b"a"[..]), None], [None, Some(b"bc")]]);
        assert_eq!([joined.position(0), joined.position(1)], [1, 2]);
        let part = joined.part(1..2);
        assert_eq!((part.rows(), part.position(0)), (1, 2));
        assert_eq!(part.row(0).collect::<Vec<_>>(), [None, Some(&b"bc"[..])]);
    }

    #[test]
    fn a_position_survives() {
        let position = Position { dump_file: 201, line: 50_001 };
        assert_eq!(Position::from_number(position.to_number()), position);
    }
}
