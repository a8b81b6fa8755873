//! Dump files of a bundle: a byte of bytes columns, one of the pieces' size, and the file. Its first line names the columns.

use super::rows::{Row, check as check_rows, check_same, columns, read};
use crate::model::batch::RowBatch;
use crate::model::manifest::ColumnHeader;
use crate::rows::decode::BundleRows;
use crate::rows::dump::{DumpEncoder, DumpFile};

/// Reads it whole and in pieces: the same rows or none; and written again they are read again.
pub fn check(data: &[u8]) {
    let [bytes, piece, content @ ..] = data else { return };
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let columns = columns(std::str::from_utf8(line).unwrap_or("id,name").split(',').take(16), *bytes);
    let read = |content: &[u8], piece| read(BundleRows::new(&columns), columns.len(), content, piece);
    let whole = read(content, usize::MAX);
    check_same(&whole, &read(content, usize::from(*piece).max(1)));
    let Ok(rows) = whole else { return };
    check_rows(&columns, &rows);
    let held: usize = rows.iter().flat_map(|(_, cells)| cells.iter().flatten()).map(Vec::len).sum();
    assert!(held <= content.len(), "cells hold more than the file");
    if let Some(file) = write(&columns, &rows) {
        assert_eq!(file.rows, rows.len() as u64);
        assert_eq!(read(&file.content, usize::MAX).expect("our own"), rows);
    }
}

fn write(columns: &[ColumnHeader], rows: &[Row]) -> Option<DumpFile> {
    let mut batch = RowBatch::new(columns.len());
    for (position, cells) in rows {
        cells.iter().for_each(|cell| batch.push(cell.as_deref()));
        batch.end_row(*position);
    }
    let mut encoder = DumpEncoder::new(columns, u64::MAX);
    for row in 0..batch.rows() {
        assert_eq!(encoder.push(&batch, row), None, "cut early");
    }
    encoder.finish()
}
