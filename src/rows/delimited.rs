//! Reads text files with one record a line and a delimiter between fields, as many programs write them: with or without
//! quotes, with LF or CRLF.
//!
//! Unlike a dump file, such a file was not made by gapsync, so one bad line must not end the run: a record that cannot be cut
//! into its fields becomes a row with a *fault* in place of its fields, and the caller decides what happens to it.

use std::io::Read;

use super::decode::sound_utf8;
use super::reader::{ParseRow, Parsed};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;

/// A record in quotes that is not closed after this many bytes is not a long record but one with a stray quote.
const LONGEST_OPEN: usize = 1 << 20;

/// The fault of an empty line where a record has several fields. Programs that wrote such files take it for no record.
pub const EMPTY: &str = "is empty";

/// How the faults of records begin that the end of the file has cut off.
const CUT_OFF: &str = "is cut off";

/// The fault of a last record without a line end.
const NO_LINE_END: &str = "is cut off: the file ends without a line end";

/// How a file separates and marks its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The byte between two fields.
    pub delimiter: u8,
    /// The byte around a field that may contain delimiters, line ends and, doubled, itself. `None`: such a byte is text.
    pub quote: Option<u8>,
    /// The text of an unquoted field that stands for a missing value.
    pub null: Option<Vec<u8>>,
    /// What a record with more fields than columns means.
    pub surplus: Surplus,
    /// Whether the last record of a file may lack its line end. If not, such a record is taken for one that was cut off.
    pub open_end: bool,
}

/// What a record with too many fields means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surplus {
    /// It is a fault.
    #[default]
    Fault,
    /// The text of the first column contains the delimiter.
    First,
    /// The text of the last column contains the delimiter.
    Last,
}

/// Parses the records of one file. Each row has one cell more than there are columns: the last is NULL, or it is the fault of
/// the record, whose text is then the first cell.
pub struct DelimitedRows<'a> {
    format: &'a Format,
    /// The names of the columns. The header row is compared without regard to case.
    columns: &'a [String],
    fields: Vec<Field>,
    in_header: bool,
}

/// The place of a field in the record, without its quotes.
#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    quoted: bool,
    doubled: bool,
}

/// A record that was cut into fields.
enum Cut {
    /// Length with its line end.
    Record(usize),
    /// The data ends inside it.
    Open,
    /// It cannot be cut, and why.
    Fault(&'static str),
}

impl<'a> DelimitedRows<'a> {
    /// Returns a parser for a file with these columns.
    #[must_use]
    pub fn new(format: &'a Format, columns: &'a [String]) -> Self {
        Self { format, columns, fields: Vec::with_capacity(columns.len()), in_header: true }
    }

    /// Finds the fields of the record at the start of `data`.
    fn cut(&mut self, data: &[u8]) -> Cut {
        self.fields.clear();
        let mut at = 0;
        loop {
            let field = match (data.get(at), self.format.quote) {
                (Some(byte), Some(quote)) if *byte == quote => match quoted(data, at, quote) {
                    Some(field) => field,
                    None => return Cut::Open,
                },
                _ => match plain(&data[at..], self.format.delimiter) {
                    Some(bytes) => Field { start: at, end: at + bytes, quoted: false, doubled: false },
                    None => return Cut::Open,
                },
            };
            at = field.end + usize::from(field.quoted);
            self.fields.push(field);
            match &data[at..] {
                [byte, ..] if *byte == self.format.delimiter => at += 1,
                [b'\n', ..] => return Cut::Record(at + 1),
                [b'\r', b'\n', ..] => return Cut::Record(at + 2),
                [] | [b'\r'] => return Cut::Open,
                _ => return Cut::Fault("has characters after a closing quote"),
            }
        }
    }

    /// Adds the record that was cut to the batch. `record` is without its line end.
    fn push(&mut self, data: &[u8], record: &[u8], batch: &mut RowBatch) {
        if sound_utf8(record) < record.len() {
            return self.push_fault(record, "is not UTF-8", batch);
        }
        let columns = self.columns.len();
        if record.is_empty() && columns > 1 {
            return self.push_fault(record, EMPTY, batch);
        }
        if self.fields.len() > columns && !self.in_header {
            self.join_surplus();
        }
        match self.fields.len().cmp(&columns) {
            std::cmp::Ordering::Less => return self.push_fault(record, "has too few fields", batch),
            std::cmp::Ordering::Greater => return self.push_fault(record, "has too many fields", batch),
            std::cmp::Ordering::Equal => {}
        }
        self.push_fields(data, batch);
        batch.push(None);
    }

    fn push_fields(&self, data: &[u8], batch: &mut RowBatch) {
        for field in &self.fields {
            let text = &data[field.start..field.end];
            if field.doubled {
                let quote = self.format.quote.unwrap_or_default();
                batch.push_with(|out| undouble(text, quote, out));
            } else if !field.quoted && self.format.null.as_deref() == Some(text) {
                batch.push(None);
            } else {
                batch.push(Some(text));
            }
        }
    }

    fn push_fault(&self, record: &[u8], fault: &str, batch: &mut RowBatch) {
        let text = String::from_utf8_lossy(record);
        batch.push(Some(text.as_bytes()));
        (1..self.columns.len()).for_each(|_| batch.push(None));
        batch.push(Some(fault.as_bytes()));
    }

    /// Joins the surplus fields into the column that has delimiters in its text. Quoted fields are never joined: a writer that
    /// quotes would have quoted the delimiter too.
    fn join_surplus(&mut self) {
        let surplus = self.fields.len() - self.columns.len();
        let joined = match self.format.surplus {
            Surplus::Fault => return,
            Surplus::First => 0..=surplus,
            Surplus::Last => self.columns.len() - 1..=self.fields.len() - 1,
        };
        if self.fields[joined.clone()].iter().any(|field| field.quoted) {
            return;
        }
        let whole = Field { end: self.fields[*joined.end()].end, ..self.fields[*joined.start()] };
        self.fields.splice(joined, [whole]);
    }

    /// Adds the first line as a fault.
    fn push_line(&self, data: &[u8], fault: &str, batch: &mut RowBatch) -> Parsed {
        let bytes = memchr::memchr(b'\n', data).map_or(data.len(), |at| at + 1);
        self.push_fault(without_end(&data[..bytes]), fault, batch);
        Parsed::Row { bytes, lines: 1 }
    }
}

impl ParseRow for DelimitedRows<'_> {
    fn row(&mut self, data: &[u8], batch: &mut RowBatch) -> Result<Parsed> {
        Ok(match self.cut(data) {
            Cut::Record(bytes) => {
                self.push(data, without_end(&data[..bytes]), batch);
                let lines =
                    if self.format.quote.is_some() { memchr::memchr_iter(b'\n', &data[..bytes]).count() } else { 1 };
                Parsed::Row { bytes, lines: lines as u64 }
            }
            Cut::Open if data.len() < LONGEST_OPEN => Parsed::Incomplete,
            Cut::Open => self.push_line(data, "has a quote that is not closed", batch),
            Cut::Fault(fault) => self.push_line(data, fault, batch),
        })
    }

    /// Reads what follows the last record with a line end: a record that lacks it, or lines after a quote that is not closed.
    fn tail(&mut self, data: &[u8], batch: &mut RowBatch) -> Result<Option<Parsed>> {
        let has_lines = memchr::memchr(b'\n', data).is_some();
        let record = [data, b"\n"].concat();
        Ok(Some(match self.cut(&record) {
            // A closing quote shows that nothing was cut off.
            Cut::Record(bytes) if bytes == record.len() => {
                let closed = self.fields.last().is_some_and(|field| field.quoted);
                if closed || self.format.open_end {
                    self.push(&record, data, batch);
                } else {
                    self.push_fault(data, NO_LINE_END, batch);
                }
                Parsed::Row { bytes: data.len(), lines: memchr::memchr_iter(b'\n', data).count() as u64 + 1 }
            }
            Cut::Record(bytes) => {
                self.push(&record, without_end(&record[..bytes]), batch);
                Parsed::Row { bytes, lines: memchr::memchr_iter(b'\n', &record[..bytes]).count() as u64 }
            }
            Cut::Open if has_lines => self.push_line(data, "has a quote that is not closed", batch),
            Cut::Open => self.push_line(data, "is cut off: the file ends inside a quoted field", batch),
            Cut::Fault(fault) => self.push_line(data, fault, batch),
        }))
    }

    /// Checks each record by itself.
    fn sound_bytes(&self, data: &[u8]) -> usize {
        data.len()
    }

    fn header_row(&self) -> bool {
        true
    }

    fn check_header(&mut self, batch: &RowBatch) -> Result<()> {
        self.in_header = false;
        let fault = batch.cell(0, self.columns.len());
        let mut names = batch.row(0).zip(self.columns);
        // A byte order mark is not part of the first name.
        let plain = |cell: &'_ [u8]| cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell).to_ascii_lowercase();
        let same = |(cell, name): (Option<&[u8]>, &String)| {
            cell.is_some_and(|cell| plain(cell).trim_ascii() == name.to_ascii_lowercase().as_bytes())
        };
        if fault.is_none() && names.all(same) {
            return Ok(());
        }
        if let Some(fault) = fault.map(String::from_utf8_lossy).filter(|fault| fault.starts_with(CUT_OFF)) {
            return Err(Error::damaged(format!("the header row {fault}"))
                .hint("Copy the file again, or end its header row with a line end if that is all it should hold."));
        }
        Err(Error::damaged(format!("the header row is not the expected one, `{}`", self.columns.join("`, `")))
            .hint("A file with other columns needs a mapping file of its own (--mapping)."))
    }
}

/// Reads a small file record by record, with its header row, and without knowing its columns: each batch has one row of as many
/// cells as the record has fields. Records that cannot be cut are left out.
///
/// # Errors
/// Those of `take`; `Damaged` if the file cannot be read, or has a record that is longer than 1 MiB.
pub fn records(mut file: impl Read, format: &Format, take: &mut dyn FnMut(&RowBatch) -> Result<()>) -> Result<()> {
    let mut parser = DelimitedRows::new(format, &[]);
    let mut data = Vec::new();
    let mut ended = false;
    while !ended {
        let more = (&mut file).take(LONGEST_OPEN as u64).read_to_end(&mut data);
        ended = more.map_err(|error| Error::damaged("the file cannot be read").because(error))? == 0;
        if ended && !data.is_empty() && !data.ends_with(b"\n") {
            data.push(b'\n');
        }
        let mut start = 0;
        while start < data.len() {
            let bytes = match parser.cut(&data[start..]) {
                Cut::Record(bytes) => {
                    let mut batch = RowBatch::new(parser.fields.len());
                    parser.push_fields(&data[start..], &mut batch);
                    batch.end_row(0);
                    take(&batch)?;
                    bytes
                }
                Cut::Open if !ended && data.len() - start < LONGEST_OPEN => break,
                Cut::Open | Cut::Fault(_) => {
                    memchr::memchr(b'\n', &data[start..]).map_or(data.len() - start, |at| at + 1)
                }
            };
            start += bytes;
        }
        data.drain(..start);
    }
    Ok(())
}

fn without_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// Returns the length of the unquoted field at the start of `data`, or `None` if its end is not there.
fn plain(data: &[u8], delimiter: u8) -> Option<usize> {
    let end = data.iter().position(|byte| *byte == delimiter || *byte == b'\n')?;
    // A carriage return before the line end belongs to the end, not to the field.
    let carriage_return = data[end] == b'\n' && end > 0 && data[end - 1] == b'\r';
    Some(if carriage_return { end - 1 } else { end })
}

/// Finds the quoted field that begins at `start`, or returns `None` if it is not closed.
fn quoted(data: &[u8], start: usize, quote: u8) -> Option<Field> {
    let mut at = start + 1;
    let mut doubled = false;
    loop {
        at += memchr::memchr(quote, &data[at..])?;
        if data.get(at + 1) != Some(&quote) {
            return Some(Field { start: start + 1, end: at, quoted: true, doubled });
        }
        doubled = true;
        at += 2;
    }
}

fn undouble(mut text: &[u8], quote: u8, out: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr(quote, text) {
        out.extend_from_slice(&text[..=at]);
        text = &text[at + 2..];
    }
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::batch::Position;
    use crate::rows::reader::RowReader;

    fn format(delimiter: u8, quote: Option<u8>) -> Format {
        Format { delimiter, quote, null: None, surplus: Surplus::Fault, open_end: false }
    }

    /// Reads rows as line, cells and fault, from pieces of `piece` bytes.
    fn read(
        format: &Format,
        columns: usize,
        content: &[u8],
        piece: usize,
    ) -> Vec<(u64, Vec<Option<String>>, Option<String>)> {
        let names: Vec<String> = (0..columns).map(|index| format!("c{index}")).collect();
        let mut reader = RowReader::new(DelimitedRows::new(format, &names), columns + 1, 1, 64 << 20);
        let mut rows = Vec::new();
        let mut emit = |batch: RowBatch| {
            for row in 0..batch.rows() {
                let text = |cell: Option<&[u8]>| cell.map(|cell| String::from_utf8(cell.to_vec()).expect("text"));
                let mut cells: Vec<_> = batch.row(row).map(text).collect();
                let fault = cells.pop().flatten();
                if fault.is_some() {
                    cells.truncate(1);
                }
                rows.push((Position::from_number(batch.position(row)).line, cells, fault));
            }
            Ok(())
        };
        let delimiter = char::from(format.delimiter).to_string();
        let header = format!("{}\r\n", names.join(&delimiter));
        for piece in [header.as_bytes(), content].concat().chunks(piece) {
            reader.push(piece, &mut emit).expect("never ends");
        }
        reader.finish(&mut emit).expect("never ends");
        rows
    }

    fn some(cells: &[&str]) -> Vec<Option<String>> {
        cells.iter().map(|cell| Some((*cell).to_owned())).collect()
    }

    #[test]
    fn line_ends_of_both_kinds_are_no_part_of_a_field() {
        for end in ["\n", "\r\n"] {
            let content = format!("a,b{end},{end}x,\r{end}");
            let rows = read(&format(b',', Some(b'"')), 2, content.as_bytes(), 3);
            let cells: Vec<_> = rows.iter().map(|row| row.1.clone()).collect();
            let last = if end == "\n" { "" } else { "\r" };
            assert_eq!(cells, [some(&["a", "b"]), some(&["", ""]), some(&["x", last])]);
        }
    }

    #[test]
    fn a_bad_record_does_not_spoil_the_next() {
        let content = b"a\n1,2,3\n\"x\"y,z\n\xff,1\n1,2\n\"open,1\n3,4\n5,6";
        let rows = read(&format(b',', Some(b'"')), 2, content, 7);
        let seen: Vec<_> = rows.iter().map(|(line, _, fault)| (*line, fault.as_deref().unwrap_or("ok"))).collect();
        let expected = [
            (2, "has too few fields"),
            (3, "has too many fields"),
            (4, "has characters after a closing quote"),
            (5, "is not UTF-8"),
            (6, "ok"),
            (7, "has a quote that is not closed"),
            (8, "ok"),
            (9, NO_LINE_END),
        ];
        assert_eq!(seen, expected);
        assert_eq!(rows[0].1, some(&["a"]));
    }

    #[test]
    fn surplus_fields_go_where_the_format_says() {
        let joined = |surplus| read(&Format { surplus, ..format(b'|', None) }, 2, b"a|b|\"c\n", 1)[0].1.clone();
        assert_eq!(joined(Surplus::Last), some(&["a", "b|\"c"]));
        assert_eq!(joined(Surplus::First), some(&["a|b", "\"c"]));
    }

    #[test]
    fn only_an_unquoted_null_is_one() {
        let nulls = Format { null: Some(b"NULL".to_vec()), ..format(b'\t', Some(b'"')) };
        assert_eq!(
            read(&nulls, 3, b"NULL\t\"NULL\"\tNULLS\n", 5)[0].1,
            [None, Some("NULL".into()), Some("NULLS".into())]
        );
    }

    #[test]
    fn an_open_end_is_taken_where_it_is_usual() {
        let open = Format { open_end: true, ..format(b'|', None) };
        assert_eq!(read(&open, 2, b"a|b", 1)[0], (2, some(&["a", "b"]), None));
        assert_eq!(read(&format(b',', Some(b'"')), 2, b"a,\"b\"", 1)[0], (2, some(&["a", "b"]), None));
    }

    fn field() -> impl Strategy<Value = String> {
        let pieces =
            prop::sample::select(vec!["\"", "\"\"", ",", "\n", "\r\n", "\r", "a", "NULL", " ", "\u{1f980}", "|"]);
        vec(pieces, 0..5).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// Checks that what a common writer of quoted CSV writes is read back.
        #[test]
        fn quoted_files_come_back(rows in vec(vec(field(), 3), 1..20), piece in 1_usize..100) {
            let mut writer = String::new();
            for row in &rows {
                let quoted: Vec<String> = row.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
                writer += &format!("{}\r\n", quoted.join(","));
            }
            let read = read(&format(b',', Some(b'"')), 3, writer.as_bytes(), piece);
            let cells: Vec<Vec<Option<String>>> = read.into_iter().map(|(_, cells, _)| cells).collect();
            let expected: Vec<Vec<Option<String>>> =
                rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect();
            prop_assert_eq!(cells, expected);
        }

        /// Checks that every line of a file without quotes is a row or a fault, whatever its bytes.
        #[test]
        fn no_line_is_lost(content: Vec<u8>, piece in 1_usize..50) {
            let lines = content.split(|byte| *byte == b'\n').count() - usize::from(content.last().is_none_or(|byte| *byte == b'\n'));
            prop_assert_eq!(read(&format(b',', None), 2, &content, piece).len(), lines);
        }

        #[test]
        fn any_text_near_csv_is_read(content in "([\",\n\rN1]{0,8}\n?){0,6}", piece in 1_usize..50) {
            let rows = read(&format(b',', Some(b'"')), 2, content.as_bytes(), piece);
            let whole = read(&format(b',', Some(b'"')), 2, content.as_bytes(), 1000);
            prop_assert_eq!(rows, whole);
        }
    }
}
