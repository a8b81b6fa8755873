//! Reads what `SELECT … INTO OUTFILE` of MariaDB and MySQL writes: `\N` is NULL, a backslash escapes, no header row.
//!
//! The statement may have chosen tabs or commas, quotes around texts or none, and LF or CRLF. The first row of a file shows
//! which, by the number of its fields and by whether all its texts are quoted.

use super::decode::sound_utf8;
use super::dump::NULL;
use super::reader::{ParseRow, Parsed};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::manifest::ColumnHeader;
use crate::model::neutral::NeutralType;
use crate::model::value::write_hex;

/// Parses one file in the dialect that its first row shows.
pub struct OutfileRows<'a> {
    columns: &'a [ColumnHeader],
    format: Option<Format>,
    fields: Vec<Field>,
    scratch: Vec<u8>,
}

/// The format that the statement chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    delimiter: u8,
    enclosed: bool,
    crlf: bool,
}

/// The place of a field in the row, without the enclosing quotes.
#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    enclosed: bool,
}

impl<'a> OutfileRows<'a> {
    /// Returns a parser for rows with these columns.
    pub fn new(columns: &'a [ColumnHeader]) -> Self {
        Self { columns, format: None, fields: Vec::new(), scratch: Vec::new() }
    }

    /// Recognises the format of a file that begins with `data`. Returns `None` if `data` does not hold the whole first row.
    ///
    /// The row ends at the first unescaped line feed: the server escapes those inside values. The result therefore does not
    /// depend on how much of the file is available at this point.
    fn recognise(&mut self, data: &[u8]) -> Result<Option<Format>> {
        let Some(line_end) = unescaped_line_feed(data) else { return Ok(None) };
        let row = &data[..=line_end];
        let crlf = row.ends_with(b"\r\n");
        let mut found = None;
        // Commas in the texts of a file with tabs are likelier than the reverse.
        for delimiter in [b'\t', b','] {
            let mut fits = |enclosed| {
                let format = Format { delimiter, enclosed, crlf };
                let whole = split(row, format, &mut self.fields) == Some(row.len());
                (whole && self.fields.len() == self.columns.len()).then_some(format)
            };
            let (plain, enclosed) = (fits(false), fits(true));
            match enclosed.map(|_| self.texts_enclosed(row)) {
                // Quotes around every text are no accident, whereas texts may happen to contain as many tabs as there are
                // columns.
                Some(Some(true)) => return Ok(enclosed),
                // The first row has no text: quotes are usual with commas, but not the default with tabs.
                Some(None) if delimiter == b',' => found = found.or(enclosed),
                _ => found = found.or(plain).or(enclosed),
            }
        }
        if found.is_some() {
            return Ok(found);
        }
        Err(Error::damaged(format!("first row does not have the {} fields of the table", self.columns.len()))
            .hint("The columns of the file must be those of the base table, in order, separated by tabs or commas."))
    }

    /// Returns whether all texts of the row are quoted, or `None` if it has no text.
    fn texts_enclosed(&self, data: &[u8]) -> Option<bool> {
        let is_text = |column: &ColumnHeader| {
            use NeutralType::{Bytes, Date, Json, Text, Time, Timestamp, Uuid};
            matches!(column.neutral, Text | Bytes | Date | Time | Timestamp | Json | Uuid)
        };
        let texts = self
            .columns
            .iter()
            .zip(&self.fields)
            .filter(|(column, field)| is_text(column) && &data[field.start..field.end] != NULL);
        texts.map(|(_, field)| field.enclosed).reduce(|all, one| all && one)
    }

    fn push_cell(&mut self, batch: &mut RowBatch, column: usize, raw: &[u8], enclosed: bool) -> Result<()> {
        if raw == NULL {
            batch.push(None);
            return Ok(());
        }
        let is_bytes = self.columns[column].neutral == NeutralType::Bytes;
        self.scratch.clear();
        unescape(raw, enclosed, &mut self.scratch);
        if is_bytes {
            batch.push_with(|data| write_hex(&self.scratch, data));
        } else if sound_utf8(&self.scratch) == self.scratch.len() {
            batch.push(Some(&self.scratch));
        } else {
            return Err(Error::damaged("text is not UTF-8").at_column(&self.columns[column].name));
        }
        Ok(())
    }
}

impl ParseRow for OutfileRows<'_> {
    fn row(&mut self, data: &[u8], batch: &mut RowBatch) -> Result<Parsed> {
        let format = match self.format {
            Some(format) => format,
            None => match self.recognise(data)? {
                Some(format) => *self.format.insert(format),
                None => return Ok(Parsed::Incomplete),
            },
        };
        let Some(bytes) = split(data, format, &mut self.fields) else { return Ok(Parsed::Incomplete) };
        match self.fields.len().cmp(&self.columns.len()) {
            std::cmp::Ordering::Less => return Err(Error::damaged("row has too few fields")),
            std::cmp::Ordering::Greater => return Err(Error::damaged("row has too many fields")),
            std::cmp::Ordering::Equal => {}
        }
        for column in 0..self.fields.len() {
            let Field { start, end, enclosed } = self.fields[column];
            self.push_cell(batch, column, &data[start..end], enclosed)?;
        }
        let lines = memchr::memchr_iter(b'\n', &data[..bytes]).count() as u64;
        Ok(Parsed::Row { bytes, lines })
    }

    /// Checks each text by itself, as bytes columns may hold anything.
    fn sound_bytes(&self, data: &[u8]) -> usize {
        data.len()
    }

    fn header_row(&self) -> bool {
        false
    }

    fn check_header(&mut self, _batch: &RowBatch) -> Result<()> {
        Ok(())
    }
}

/// Finds the fields of the row at the start of `data`. Returns its length with the line end, or `None` if it is incomplete.
fn split(data: &[u8], format: Format, fields: &mut Vec<Field>) -> Option<usize> {
    fields.clear();
    let mut at = 0;
    loop {
        let field = match data.get(at)? {
            b'"' if format.enclosed => enclosed_field(data, at, format)?,
            _ => plain_field(data, at, format)?,
        };
        fields.push(field);
        at = field.end + usize::from(field.enclosed);
        match separator(&data[at..], format)? {
            Separator::Field => at += 1,
            Separator::Line(bytes) => return Some(at + bytes),
            Separator::None => return None,
        }
    }
}

enum Separator {
    Field,
    Line(usize),
    None,
}

/// Returns the separator at the start of `data`, or `None` if more bytes are needed to decide.
fn separator(data: &[u8], format: Format) -> Option<Separator> {
    Some(match data {
        [] => return None,
        [byte, ..] if *byte == format.delimiter => Separator::Field,
        [b'\n', ..] if !format.crlf => Separator::Line(1),
        [b'\r'] => return None,
        [b'\r', b'\n', ..] if format.crlf => Separator::Line(2),
        _ => Separator::None,
    })
}

fn plain_field(data: &[u8], start: usize, format: Format) -> Option<Field> {
    let mut at = start;
    loop {
        match data.get(at)? {
            b'\\' => at += 2,
            byte if *byte == format.delimiter || matches!(byte, b'\r' | b'\n') => {
                match separator(&data[at..], format)? {
                    Separator::None => at += 1,
                    Separator::Field | Separator::Line(_) => return Some(Field { start, end: at, enclosed: false }),
                }
            }
            _ => at += 1,
        }
    }
}

/// Finds a field in quotes, or returns `None` if it is incomplete. Like the server, ends it at a quote only if a delimiter
/// or line end follows.
fn enclosed_field(data: &[u8], start: usize, format: Format) -> Option<Field> {
    let mut at = start + 1;
    loop {
        match (data.get(at)?, data.get(at + 1)) {
            (b'\\', _) | (b'"', Some(b'"')) => at += 2,
            (b'"', _) => match separator(&data[at + 1..], format)? {
                Separator::None => at += 1,
                Separator::Field | Separator::Line(_) => {
                    return Some(Field { start: start + 1, end: at, enclosed: true });
                }
            },
            _ => at += 1,
        }
    }
}

fn unescaped_line_feed(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match data.get(at)? {
            b'\\' => at += 2,
            b'\n' => return Some(at),
            _ => at += 1,
        }
    }
}

fn unescape(raw: &[u8], enclosed: bool, text: &mut Vec<u8>) {
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => text.push(match bytes.next() {
                Some(b'0') => 0,
                Some(b'b') => 8,
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'Z') => 26,
                Some(other) => other,
                None => b'\\',
            }),
            b'"' if enclosed => {
                text.push(b'"');
                bytes.next_if_eq(&b'"');
            }
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::reader::RowReader;

    const TYPES: [NeutralType; 3] = [NeutralType::Integer, NeutralType::Text, NeutralType::Bytes];

    /// Reads byte by byte, so that the input is cut at every possible place.
    fn read(types: &[NeutralType], data: &[u8]) -> Result<Vec<Vec<Option<String>>>> {
        read_pieces(types, data, 1)
    }

    fn read_pieces(types: &[NeutralType], data: &[u8], piece: usize) -> Result<Vec<Vec<Option<String>>>> {
        let column = |neutral: &NeutralType| ColumnHeader { name: "c".into(), neutral: *neutral };
        let columns: Vec<_> = types.iter().map(column).collect();
        let mut reader = RowReader::new(OutfileRows::new(&columns), columns.len(), 1, 1 << 20);
        let mut rows = Vec::new();
        let mut emit = |batch: RowBatch| {
            for row in 0..batch.rows() {
                let text = |cell: &[u8]| String::from_utf8(cell.to_vec()).expect("text");
                rows.push(batch.row(row).map(|cell| cell.map(text)).collect());
            }
            Ok(())
        };
        for piece in data.chunks(piece) {
            reader.push(piece, &mut emit)?;
        }
        reader.finish(&mut emit)?;
        Ok(rows)
    }

    fn cells<'a>(row: &[Option<&'a str>]) -> Vec<Option<&'a str>> {
        row.to_vec()
    }

    fn assert_rows(data: &[u8], expected: &[[Option<&str>; 3]]) {
        let rows = read(&TYPES, data).expect("sound");
        let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(Option::as_deref).collect()).collect();
        assert_eq!(rows, expected.iter().map(|row| cells(row)).collect::<Vec<_>>());
    }

    #[test]
    fn the_four_formats() {
        let expected =
            [[Some("1"), Some("a, \"b"), Some("\\x00ff")], [None, None, None], [Some("2"), Some(""), Some("\\x")]];
        assert_rows(b"1\ta, \"b\t\\0\xff\n\\N\t\\N\t\\N\n2\t\t\n", &expected);
        assert_rows(b"1,\"a, \\\"b\",\"\\0\xff\"\n\\N,\\N,\\N\n2,\"\",\"\"\n", &expected);
        assert_rows(b"\"1\",\"a, \"\"b\",\"\\0\xff\"\r\n\\N,\\N,\\N\r\n\"2\",\"\",\"\"\r\n", &expected);
        assert_rows(b"1,a\\, \"b,\\0\xff\n\\N,\\N,\\N\n2,,\n", &expected);
    }

    #[test]
    fn escapes() {
        assert_rows(
            b"1\t\\\\N\\n\\t\\r\\b\\Z\\q\\\n\\\t\t\n",
            &[[Some("1"), Some("\\N\n\t\r\u{8}\u{1a}q\n\t"), Some("\\x")]],
        );
    }

    #[test]
    fn quotes_are_data_where_texts_are_not_quoted() {
        assert_rows(
            b"1\tplain\t\n2\t\"x\"\t\n",
            &[[Some("1"), Some("plain"), Some("\\x")], [Some("2"), Some("\"x\""), Some("\\x")]],
        );
        assert_rows(b"1\t\"x\t\n", &[[Some("1"), Some("\"x"), Some("\\x")]]);
    }

    /// Checks a finding of a fuzzer: the format of the first row changed if quotes in later rows were already visible.
    #[test]
    fn the_format_does_not_depend_on_how_much_is_there() {
        for data in [&b"\"\n4\"\t\n2\"\n"[..], b"\"\n\"4\"\t\n\"2\"\t\0\0\"\n", b"\"a\n\"b\"\n"] {
            let read = |piece| read_pieces(&TYPES[1..2], data, piece).map_err(|error| error.to_string());
            assert_eq!(read(1), read(data.len()), "{data:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (data, line) in [
            (&b"1\t2\n"[..], 1),
            (b"1\tx\t\n2\tx\n", 2),
            (b"1\tx\t\n2\tx\\\n\t\n3\tx\t\t\n", 4),
            (b"1\t\xff\t\n", 1),
            (b"1\tx\t\n2\tx", 2),
        ] {
            let error = read(&TYPES, data).expect_err("malformed");
            assert_eq!(error.place().line, Some(line), "{error}");
        }
        assert_eq!(read(&TYPES, b"").expect("no rows"), Vec::<Vec<Option<String>>>::new());
    }

    proptest::proptest! {
        #[test]
        fn what_the_server_writes_is_read_back(
            rows in proptest::collection::vec(proptest::collection::vec(proptest::option::of(".*"), 3), 1..20),
            tabs: bool,
        ) {
            let delimiter = if tabs { b'\t' } else { b',' };
            let mut data = Vec::new();
            // A text that ends its line with a carriage return is indistinguishable from the other line end.
            let rows: Vec<Vec<Option<String>>> = rows
                .into_iter()
                .map(|row| row.into_iter().map(|cell| cell.map(|text| text.replace('\r', "\r\n."))).collect())
                .collect();
            for row in &rows {
                for (index, cell) in row.iter().enumerate() {
                    if index > 0 {
                        data.push(delimiter);
                    }
                    match cell {
                        None => data.extend_from_slice(NULL),
                        Some(text) => escape(text, delimiter, &mut data),
                    }
                }
                data.push(b'\n');
            }
            // Commas imply quotes and tabs do not, so that rows without text can be read as well.
            let types = [NeutralType::Text; 3];
            proptest::prop_assert_eq!(read(&types, &data).expect("sound"), rows);
        }

        #[test]
        fn any_bytes_are_read_or_refused(data: Vec<u8>) {
            let _ = read(&TYPES, &data);
        }
    }

    fn escape(text: &str, delimiter: u8, data: &mut Vec<u8>) {
        let enclosed = delimiter == b',';
        data.extend(enclosed.then_some(b'"'));
        for byte in text.bytes() {
            match byte {
                0 => data.extend_from_slice(b"\\0"),
                b'\\' | b'\n' => data.extend_from_slice(&[b'\\', byte]),
                b'"' if enclosed => data.extend_from_slice(b"\\\""),
                _ if byte == delimiter => data.extend_from_slice(&[b'\\', byte]),
                other => data.push(other),
            }
        }
        data.extend(enclosed.then_some(b'"'));
    }
}
