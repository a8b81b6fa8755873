//! Collects the rows that an engine reads into batches, and sets aside those that have no neutral form.

use crate::db::rows::{ReadBatch, RefusedRow};
use crate::model::batch::RowBatch;
use crate::model::schema::Column;
use crate::model::value::{Unfit, canonical};

/// Builds batches of about `batch_bytes` bytes.
pub(in crate::db) struct Collector<'a> {
    columns: &'a [Column],
    batch_bytes: usize,
    batch: ReadBatch,
    rows: u64,
    column: usize,
    refused: Option<(usize, &'static str)>,
}

impl<'a> Collector<'a> {
    /// Returns a collector of rows with these columns.
    pub(in crate::db) fn new(columns: &'a [Column], batch_bytes: usize) -> Self {
        let batch = ReadBatch { rows: RowBatch::new(columns.len()), refused: Vec::new() };
        Self { columns, batch_bytes, batch, rows: 0, column: 0, refused: None }
    }

    /// Appends the next cell of the row, in the engine's spelling.
    pub(in crate::db) fn cell(&mut self, value: Option<&[u8]>) {
        match value {
            None => self.null(),
            Some(text) => self.cell_with(|column, out| canonical(column.neutral, text, out)),
        }
    }

    /// Appends NULL as the next cell of the row.
    pub(in crate::db) fn null(&mut self) {
        self.column += 1;
        if self.refused.is_none() {
            self.batch.rows.push(None);
        }
    }

    /// Appends the next cell of the row with `write`, which appends neutral text.
    pub(in crate::db) fn cell_with(&mut self, write: impl FnOnce(&Column, &mut Vec<u8>) -> Result<(), Unfit>) {
        let index = self.column;
        self.column += 1;
        if self.refused.is_some() {
            return;
        }
        let column = &self.columns[index];
        let mut outcome = Ok(());
        self.batch.rows.push_with(|out| outcome = write(column, out));
        if let Err(unfit) = outcome {
            self.refused = Some((index, unfit.reason));
        }
    }

    /// Ends the row. If it is refused, `raw` returns its cells as the engine shows them.
    pub(in crate::db) fn end_row(&mut self, raw: impl FnOnce() -> Vec<Option<Vec<u8>>>) {
        self.rows += 1;
        self.column = 0;
        match self.refused.take() {
            None => self.batch.rows.end_row(self.rows.cast_signed()),
            Some((index, reason)) => {
                self.batch.rows.drop_row();
                let column = self.columns[index].name.clone();
                self.batch.refused.push(RefusedRow { column, reason, cells: raw() });
            }
        }
    }

    /// Returns the batch if it is full.
    pub(in crate::db) fn full(&mut self) -> Option<ReadBatch> {
        // Refused rows are few or cost next to nothing: their bytes are not counted, but their number is limited.
        let full = self.batch.rows.bytes() >= self.batch_bytes || self.batch.refused.len() >= 1000;
        full.then(|| self.take())
    }

    /// Returns the remaining rows at the end.
    pub(in crate::db) fn rest(&mut self) -> Option<ReadBatch> {
        let some = !self.batch.rows.is_empty() || !self.batch.refused.is_empty();
        some.then(|| self.take())
    }

    fn take(&mut self) -> ReadBatch {
        let fresh = ReadBatch { rows: self.batch.rows.another(), refused: Vec::new() };
        std::mem::replace(&mut self.batch, fresh)
    }

    /// Returns the number of rows so far, including refused ones.
    pub(in crate::db) fn rows(&self) -> u64 {
        self.rows
    }
}
