//! Files of `SELECT … INTO OUTFILE`: a byte that says how many columns and which are of bytes, one of the pieces' size, and
//! the file.

use super::rows::{check as check_rows, check_same, columns, read};
use crate::rows::outfile::OutfileRows;

/// Reads it whole and in pieces: the same rows or none.
pub fn check(data: &[u8]) {
    let [shape, piece, content @ ..] = data else { return };
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let columns = columns(names.into_iter().take(usize::from(shape & 7) + 1), shape >> 3);
    let read = |piece| read(OutfileRows::new(&columns), columns.len(), content, piece);
    let whole = read(usize::MAX);
    check_same(&whole, &read(usize::from(*piece).max(1)));
    let Ok(rows) = whole else { return };
    check_rows(&columns, &rows);
    let cells = || rows.iter().flat_map(|(_, cells)| cells).flatten();
    // Bytes take two digits each, and `\x` in front.
    assert!(cells().map(Vec::len).sum::<usize>() <= 2 * content.len() + 2 * cells().count(), "cells have grown");
}
