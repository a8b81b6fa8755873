//! Writes dump files: RFC 4180, UTF-8, LF, header row.
//!
//! NULL is `\N`. A value that begins with a backslash gets a second one in front, so that the text `\N` is not NULL. Values
//! of bytes columns are written unchanged: `\x` followed by hex is never ambiguous.

use crate::model::batch::RowBatch;
use crate::model::manifest::ColumnHeader;
use crate::model::neutral::NeutralType;

/// The field that means NULL.
pub const NULL: &[u8] = b"\\N";

/// Size at which a dump file is cut even if it has fewer rows than the limit. A member is kept in memory as a whole,
/// because its size is written in front of it.
pub const MAX_FILE_BYTES: usize = 16 << 20;

/// A complete dump file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpFile {
    /// Number of rows, without the header row.
    pub rows: u64,
    /// The text of the file.
    pub content: Vec<u8>,
}

/// Encodes the rows of one table and cuts them into dump files.
#[derive(Debug)]
pub struct DumpEncoder {
    header_row: Vec<u8>,
    is_bytes: Vec<bool>,
    row_limit: u64,
    byte_limit: usize,
    rows: u64,
    content: Vec<u8>,
    largest: usize,
}

impl DumpEncoder {
    /// Returns an encoder for a table with these columns, at least one, that puts at most `row_limit` rows into a dump
    /// file.
    #[must_use]
    pub fn new(columns: &[ColumnHeader], row_limit: u64) -> Self {
        let mut header_row = Vec::new();
        let names = columns.iter().map(|column| (Some(column.name.as_bytes()), false));
        write_row(&mut header_row, names, write_value);
        Self {
            header_row,
            is_bytes: columns.iter().map(|column| column.neutral == NeutralType::Bytes).collect(),
            row_limit: row_limit.max(1),
            byte_limit: MAX_FILE_BYTES,
            rows: 0,
            content: Vec::new(),
            largest: 0,
        }
    }

    /// Lowers the size at which a dump file is cut, at most [`MAX_FILE_BYTES`].
    #[must_use]
    pub fn cut_at(self, bytes: usize) -> Self {
        Self { byte_limit: bytes.min(MAX_FILE_BYTES), ..self }
    }

    /// Adds a row of a batch. Returns the dump file that this row completes, if any.
    pub fn push(&mut self, batch: &RowBatch, row: usize) -> Option<DumpFile> {
        if self.rows == 0 {
            self.content.reserve(self.largest);
            self.content.extend_from_slice(&self.header_row);
        }
        let cells = batch.row(row).zip(self.is_bytes.iter().copied());
        // Most rows need no quotes, and one look at all bytes of a row shows that fastest.
        if needs_quotes(batch.row_bytes(row)) {
            write_row(&mut self.content, cells, write_value);
        } else {
            write_row(&mut self.content, cells, write_plain);
        }
        self.rows += 1;
        (self.rows >= self.row_limit || self.content.len() >= self.byte_limit).then(|| self.cut())
    }

    /// Returns the last dump file, if rows are left. An empty table has no dump file.
    pub fn finish(&mut self) -> Option<DumpFile> {
        (self.rows > 0).then(|| self.cut())
    }

    fn cut(&mut self) -> DumpFile {
        self.largest = self.largest.max(self.content.len());
        DumpFile { rows: std::mem::take(&mut self.rows), content: std::mem::take(&mut self.content) }
    }
}

fn write_row<'a>(
    line: &mut Vec<u8>,
    cells: impl Iterator<Item = (Option<&'a [u8]>, bool)>,
    write_value: impl Fn(&mut Vec<u8>, &[u8], bool),
) {
    let start = line.len();
    for (index, (cell, is_bytes)) in cells.enumerate() {
        if index > 0 {
            line.push(b',');
        }
        match cell {
            None => line.extend_from_slice(NULL),
            Some(value) => write_value(line, value, is_bytes),
        }
    }
    if line.len() == start {
        // Most readers do not count an empty line as a row.
        line.extend_from_slice(b"\"\"");
    }
    line.push(b'\n');
}

/// Returns whether any byte requires quotes. Looking at every byte without branching takes only a few instructions.
fn needs_quotes(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, byte| found | matches!(byte, b',' | b'"' | b'\n' | b'\r'))
}

fn is_escaped(value: &[u8], is_bytes: bool) -> bool {
    value.first() == Some(&b'\\') && !is_bytes
}

/// Writes a value that needs no quotes.
fn write_plain(line: &mut Vec<u8>, value: &[u8], is_bytes: bool) {
    if is_escaped(value, is_bytes) {
        line.push(b'\\');
    }
    line.extend_from_slice(value);
}

fn write_value(line: &mut Vec<u8>, value: &[u8], is_bytes: bool) {
    if !needs_quotes(value) {
        return write_plain(line, value, is_bytes);
    }
    line.push(b'"');
    if is_escaped(value, is_bytes) {
        line.push(b'\\');
    }
    let mut rest = value;
    while let Some(at) = memchr::memchr(b'"', rest) {
        line.extend_from_slice(&rest[..=at]);
        line.push(b'"');
        rest = &rest[at + 1..];
    }
    line.extend_from_slice(rest);
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(types: &[NeutralType]) -> Vec<ColumnHeader> {
        let column =
            |(index, neutral): (usize, &NeutralType)| ColumnHeader { name: format!("c{index}"), neutral: *neutral };
        types.iter().enumerate().map(column).collect()
    }

    fn encoded(types: &[NeutralType], cells: &[Option<&[u8]>]) -> String {
        let mut batch = RowBatch::new(types.len());
        cells.iter().for_each(|cell| batch.push(*cell));
        batch.end_row(0);
        let mut encoder = DumpEncoder::new(&columns(types), 10);
        assert_eq!(encoder.push(&batch, 0), None);
        String::from_utf8(encoder.finish().expect("a row").content).expect("text")
    }

    #[test]
    fn null_and_texts_like_it() {
        let text = [NeutralType::Text; 4];
        let row = encoded(&text, &[None, Some(b"\\N"), Some(b"\\\\"), Some(b"a\\N")]);
        assert_eq!(row, "c0,c1,c2,c3\n\\N,\\\\N,\\\\\\,a\\N\n");
        assert_eq!(encoded(&[NeutralType::Bytes, NeutralType::Text], &[Some(b"\\xff"), None]), "c0,c1\n\\xff,\\N\n");
    }

    #[test]
    fn quotes_only_where_needed() {
        let text = [NeutralType::Text; 3];
        assert_eq!(
            encoded(&text, &[Some(b"a b"), Some(b"\"q\""), Some(b"1\r\n2,")]),
            "c0,c1,c2\na b,\"\"\"q\"\"\",\"1\r\n2,\"\n"
        );
        assert_eq!(encoded(&text[..1], &[Some(b"")]), "c0\n\"\"\n");
    }

    #[test]
    fn a_dump_file_is_cut_at_the_row_limit() {
        let mut batch = RowBatch::new(1);
        for number in 0..5_u8 {
            batch.push(Some(&[b'0' + number]));
            batch.end_row(0);
        }
        let mut encoder = DumpEncoder::new(&columns(&[NeutralType::Integer]), 2);
        let mut files: Vec<_> = (0..5).filter_map(|row| encoder.push(&batch, row)).collect();
        files.extend(encoder.finish());
        assert_eq!(encoder.finish(), None);
        let texts: Vec<_> = files.iter().map(|file| (file.rows, file.content.as_slice())).collect();
        assert_eq!(texts, [(2, &b"c0\n0\n1\n"[..]), (2, b"c0\n2\n3\n"), (1, b"c0\n4\n")]);
    }
}
