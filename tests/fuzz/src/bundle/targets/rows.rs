//! What the two dialects of dump files have in common.

use crate::error::Result;
use crate::model::batch::RowBatch;
use crate::model::manifest::ColumnHeader;
use crate::model::neutral::NeutralType;
use crate::rows::reader::{ParseRow, RowReader};

/// Longest row; low, so that rows reach it.
pub(super) const MAX_ROW_BYTES: u64 = 1000;

/// A row's position and its cells.
pub(super) type Row = (i64, Vec<Option<Vec<u8>>>);

/// Columns of these names; those whose bit is set in `bytes` are of bytes.
pub(super) fn columns<'a>(names: impl Iterator<Item = &'a str>, bytes: u8) -> Vec<ColumnHeader> {
    let is_bytes = |index: usize| index < 8 && bytes >> index & 1 == 1;
    let neutral = |index| if is_bytes(index) { NeutralType::Bytes } else { NeutralType::Text };
    names.enumerate().map(|(index, name)| ColumnHeader { name: name.to_owned(), neutral: neutral(index) }).collect()
}

/// The rows of a dump file that arrives in pieces of `piece` bytes.
pub(super) fn read<P: ParseRow>(parser: P, columns: usize, content: &[u8], piece: usize) -> Result<Vec<Row>> {
    let mut reader = RowReader::new(parser, columns, 1, MAX_ROW_BYTES);
    let mut rows = Vec::new();
    let mut emit = |batch: RowBatch| {
        for row in 0..batch.rows() {
            let cells = batch.row(row).map(|cell| cell.map(<[u8]>::to_vec)).collect();
            rows.push((batch.position(row), cells));
        }
        Ok(())
    };
    for piece in content.chunks(piece) {
        reader.push(piece, &mut emit)?;
    }
    let count = reader.finish(&mut emit)?;
    assert_eq!(count, rows.len() as u64);
    Ok(rows)
}

/// Checks that each cell is what a dump file may hold, and that rows stand in the order of their lines.
pub(super) fn check(columns: &[ColumnHeader], rows: &[Row]) {
    assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0), "rows do not stand in order");
    for (_, cells) in rows {
        assert_eq!(cells.len(), columns.len());
        assert!(cells.iter().flatten().all(|cell| std::str::from_utf8(cell).is_ok()), "a cell is no text");
    }
}

/// Checks that the same rows were read whole and in pieces, or none. Why none may differ: of two faults, a piece may hold one.
pub(super) fn check_same(whole: &Result<Vec<Row>>, pieces: &Result<Vec<Row>>) {
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => assert_eq!(whole, pieces),
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => panic!("refused in pieces alone: {error}"),
        (Err(error), Ok(_)) => panic!("refused whole alone: {error}"),
    }
}
