//! The rejects file: rows that a run could not import, as CSV (RFC 4180, UTF-8, header row). A person reads it and corrects
//! it with an editor or a spreadsheet, and `import --retry-rejects` reads it again. The reader therefore accepts LF or CRLF
//! and any valid quoting, and trusts nothing.

use std::fmt;
use std::io::{BufRead, Read, Write};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::error::{Error, Result};

/// Names of the columns.
const COLUMNS: [&str; 6] = ["table", "dump_file", "line", "reason", "row", "parents"];

/// Column and text; `None` means NULL.
pub type Fields = Vec<(String, Option<String>)>;

/// A rejected row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectRow {
    /// Its table.
    pub table: String,
    /// The file that it was read from; empty if there is none.
    pub dump_file: String,
    /// Its line in that file; empty if there is none.
    pub dump_line: String,
    /// Why it was rejected.
    pub reason: String,
    /// Its values in neutral text.
    pub fields: Fields,
    /// Reference column → hash of the row that it refers to, 32 hex digits.
    pub parents: Vec<(String, String)>,
}

/// Writes the header row.
///
/// # Errors
/// Those of `out`.
pub fn write_header(out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}", COLUMNS.join(","))
}

/// Writes a row.
///
/// # Errors
/// Those of `out`.
pub fn write_row(out: &mut impl Write, row: &RejectRow) -> std::io::Result<()> {
    let fields: serde_json::Map<_, _> =
        row.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let parents: serde_json::Map<_, _> =
        row.parents.iter().map(|(name, hash)| (name.clone(), hash.clone().into())).collect();
    let parents = if parents.is_empty() { String::new() } else { serde_json::Value::Object(parents).to_string() };
    let fields = serde_json::Value::Object(fields).to_string();
    let cells = [&row.table, &row.dump_file, &row.dump_line, &row.reason, &fields, &parents].map(|cell| quoted(cell));
    writeln!(out, "{}", cells.join(","))
}

/// Returns a text as a CSV cell.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The place where a row of the file begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowPlace {
    /// Number of bytes before it.
    pub offset: u64,
    /// Its line, from 1.
    pub line: u64,
}

/// Reads a rejects file row by row, with one row in memory at a time.
#[derive(Debug)]
pub struct RejectReader<R> {
    input: R,
    next: RowPlace,
    max_row_bytes: u64,
    record: Vec<u8>,
}

impl<R: BufRead> RejectReader<R> {
    /// Returns a reader that starts at the beginning of the file. Reads and checks the header row.
    ///
    /// # Errors
    /// `Damaged`, `File`.
    pub fn new(input: R, max_row_bytes: u64) -> Result<Self> {
        let mut reader = Self::at(input, RowPlace { offset: 0, line: 1 }, max_row_bytes);
        reader.record()?;
        // Spreadsheets put a byte order mark in front of UTF-8.
        let text = reader.text()?.trim_start_matches('\u{feff}');
        let cells = cells(text).map_err(|error| error.at_line(1))?;
        if cells != COLUMNS {
            return Err(Error::damaged(format!("the first line does not name the columns {}", COLUMNS.join(",")))
                .at_line(1)
                .hint("Check that this is a rejects file written by an import."));
        }
        Ok(reader)
    }

    /// Returns a reader that continues at a row. The caller has already moved `input` there.
    pub fn at(input: R, place: RowPlace, max_row_bytes: u64) -> Self {
        Self { input, next: place, max_row_bytes, record: Vec::new() }
    }

    /// Returns where the next row begins, unless empty lines come before it.
    pub fn place(&self) -> RowPlace {
        self.next
    }

    /// Returns the next row and where it begins, or `None` at the end.
    ///
    /// # Errors
    /// `Damaged` with line and column, `File`.
    pub fn next_row(&mut self) -> Result<Option<(RowPlace, RejectRow)>> {
        loop {
            let place = self.next;
            if !self.record()? {
                return Ok(None);
            }
            let text = self.text().map_err(|error| error.at_line(place.line))?;
            if !text.is_empty() {
                return row(text).map(|row| Some((place, row))).map_err(|error| error.at_line(place.line));
            }
        }
    }

    /// Reads a record with its line end. Returns false at the end of the file.
    fn record(&mut self) -> Result<bool> {
        let first = self.next.line;
        self.record.clear();
        let mut open = false;
        loop {
            let before = self.record.len();
            let room = self.max_row_bytes.saturating_sub(before as u64).saturating_add(1);
            let read = Read::take(&mut self.input, room).read_until(b'\n', &mut self.record);
            let read = read.map_err(|error| {
                Error::new(crate::error::ErrorKind::File, "the rejects file cannot be read").because(error)
            })?;
            if self.record.len() as u64 > self.max_row_bytes {
                return Err(Error::damaged(format!("row is longer than {} bytes", self.max_row_bytes))
                    .at_line(first)
                    .hint("If the file is correct, raise the limit with --max-row-bytes."));
            }
            if read == 0 {
                if open {
                    return Err(Error::damaged("the file ends inside quotes").at_line(first));
                }
                return Ok(before > 0);
            }
            self.next.offset += read as u64;
            self.next.line += u64::from(self.record.ends_with(b"\n"));
            // A quote inside quotes is doubled, so it closes and opens them again.
            open ^= memchr::memchr_iter(b'"', &self.record[before..]).count() % 2 == 1;
            if !open && self.record.ends_with(b"\n") {
                return Ok(true);
            }
        }
    }

    /// Returns the record without its line end.
    fn text(&self) -> Result<&str> {
        let record = self.record.strip_suffix(b"\n").unwrap_or(&self.record);
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        std::str::from_utf8(record).map_err(|_| Error::damaged("text is not UTF-8"))
    }
}

fn row(text: &str) -> Result<RejectRow> {
    let cells = cells(text)?;
    let Ok([table, dump_file, dump_line, reason, fields, parents]) = <[String; 6]>::try_from(cells) else {
        return Err(Error::damaged("row does not have 6 fields"));
    };
    let fields = serde_json::from_str::<Pairs>(&fields).map_err(|error| not_pairs(&error, "row"))?.0;
    let parents = if parents.trim().is_empty() {
        Vec::new()
    } else {
        serde_json::from_str::<Pairs>(&parents).map_err(|error| not_pairs(&error, "parents"))?.0
    };
    let parents = parents.into_iter().filter_map(|(name, hash)| Some((name, hash?))).collect();
    Ok(RejectRow { table, dump_file, dump_line, reason, fields, parents })
}

/// Returns the error for a malformed JSON cell, without showing any of its content.
fn not_pairs(error: &serde_json::Error, column: &'static str) -> Error {
    Error::damaged(format!(
        "not a JSON object with unique names and values that are strings or null: see its line {}, character {}",
        error.line(),
        error.column()
    ))
    .at_column(column)
    .hint("Write it like the other rows: {\"id\": \"7\", \"name\": \"text\", \"description\": null}.")
}

/// Splits a record into its fields.
fn cells(record: &str) -> Result<Vec<String>> {
    let mut cells = Vec::with_capacity(COLUMNS.len());
    let mut rest = record;
    loop {
        // The index is in range: a field past the last is refused before it is read.
        let name = COLUMNS[cells.len()];
        let (cell, after) = cell(rest).map_err(|error| error.at_column(name))?;
        cells.push(cell);
        match after {
            None => return Ok(cells),
            Some(_) if cells.len() == COLUMNS.len() => return Err(Error::damaged("row has more than 6 fields")),
            Some(after) => rest = after,
        }
    }
}

/// Returns the first field and the text after its comma.
fn cell(text: &str) -> Result<(String, Option<&str>)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let (cell, after) = text.split_once(',').map_or((text, None), |(cell, after)| (cell, Some(after)));
        if cell.contains(['"', '\r', '\n']) {
            return Err(Error::damaged("quote or line end inside an unquoted field"));
        }
        return Ok((cell.to_owned(), after));
    };
    let mut cell = String::new();
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            return Err(Error::damaged("a quote is missing"));
        };
        cell.push_str(before);
        if let Some(more) = after.strip_prefix('"') {
            cell.push('"');
            rest = more;
        } else if after.is_empty() {
            return Ok((cell, None));
        } else {
            let after = after.strip_prefix(',').ok_or_else(|| Error::damaged("characters after a closing quote"))?;
            return Ok((cell, Some(after)));
        }
    }
}

/// A JSON object of strings and nulls that keeps its order and has unique names.
struct Pairs(Fields);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings and nulls")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::new();
                let mut seen = std::collections::HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                    if !seen.insert(name.clone()) {
                        return Err(A::Error::custom("a name appears twice"));
                    }
                    fields.push((name, value));
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object).map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn read(content: &[u8]) -> Result<Vec<(RowPlace, RejectRow)>> {
        let mut reader = RejectReader::new(content, 1 << 20)?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    fn written(rows: &[RejectRow]) -> Vec<u8> {
        let mut content = Vec::new();
        write_header(&mut content).expect("memory");
        rows.iter().for_each(|row| write_row(&mut content, row).expect("memory"));
        content
    }

    fn sample() -> RejectRow {
        RejectRow {
            table: "things".into(),
            dump_file: "data/things/00001.csv".into(),
            dump_line: "7".into(),
            reason: "`n` is not an integer".into(),
            fields: vec![
                ("id".into(), Some("1".into())),
                ("value".into(), Some("a\n\"b\"".into())),
                ("n".into(), None),
            ],
            parents: vec![("kind_id".into(), "0".repeat(32))],
        }
    }

    const HEADER: &str = "table,dump_file,line,reason,row,parents\n";

    #[test]
    fn what_a_spreadsheet_makes_of_it_is_read() {
        let row = "\"things\",\"\",,\"why, oh\r\nwhy\",\"{\"\"id\"\": \"\"1\"\"}\",";
        let content = format!("\u{feff}{}\r\n\r\n{row}\r\n{row}", HEADER.trim_end());
        let rows = read(content.as_bytes()).expect("sound");
        let lines: Vec<u64> = rows.iter().map(|(place, _)| place.line).collect();
        assert_eq!(lines, [3, 5]);
        assert_eq!(rows[0].1, rows[1].1);
        assert_eq!(rows[0].1.reason, "why, oh\r\nwhy");
        assert_eq!(rows[0].1.fields, [("id".to_owned(), Some("1".to_owned()))]);
    }

    #[test]
    fn a_place_is_where_its_row_begins() {
        let content = written(&[sample(), sample()]);
        let rows = read(&content).expect("our own");
        let (place, row) = &rows[1];
        let mut reader = RejectReader::at(&content[place.offset as usize..], *place, 1 << 20);
        assert_eq!(reader.next_row().expect("our own"), Some((*place, row.clone())));
        assert_eq!(reader.place().offset, content.len() as u64);
    }

    #[test]
    fn faults_are_named_without_values() {
        for (lines, what, line, column) in [
            ("things,,,why,{},\nthings,,,why", "row does not have 6 fields", 3, None),
            ("a,,,,{},,\n", "row has more than 6 fields", 2, None),
            ("a,,,\"x\"y,{},\n", "characters after a closing quote", 2, Some("reason")),
            ("a,,,,{},\n\na,,,x\"\"y,{},\n", "quote or line end inside", 4, Some("reason")),
            ("a,,,\"x,{},\n\n", "the file ends inside quotes", 2, None),
            ("a,,,,secret,\n", "not a JSON object", 2, Some("row")),
            ("a,,,,\"{\"\"n\"\": 12345}\",\n", "not a JSON object", 2, Some("row")),
            ("a,,,,\"{\"\"n\"\": \"\"s\"\", \"\"n\"\": null}\",\n", "not a JSON object", 2, Some("row")),
            ("a,,,,{},[]\n", "not a JSON object", 2, Some("parents")),
        ] {
            let error = read(format!("{HEADER}{lines}").as_bytes()).expect_err(lines);
            assert!(error.what().starts_with(what), "{lines}: {error}");
            assert_eq!((error.place().line, error.place().column.as_deref()), (Some(line), column), "{lines}");
            let told = format!("{error} {:?}", std::error::Error::source(&error).map(ToString::to_string));
            assert!(!told.contains("secret") && !told.contains("12345"), "{told}");
        }
        assert!(read(b"").is_err() && read(b"id,name\n").is_err());
        let long = format!("{HEADER}a,,,{},{{}},\n", "x".repeat(2 << 20));
        assert_eq!(read(long.as_bytes()).expect_err("long").place().line, Some(2));
    }

    fn text() -> impl Strategy<Value = String> {
        const PIECES: [&str; 12] = ["\"", ",", "\r", "\n", "\r\n", "\0", "\\", "{", "\u{feff}", "\u{1f980}", " ", "x"];
        let pieces = prop_oneof![prop::sample::select(&PIECES[..]).prop_map(str::to_owned), any::<String>()];
        vec(pieces, 0..4).prop_map(|pieces| pieces.concat())
    }

    fn reject() -> impl Strategy<Value = RejectRow> {
        let fields = prop::collection::btree_map(text(), prop::option::of(text()), 0..5);
        let parents = prop::collection::btree_map(text(), "[0-9a-f]{32}", 0..3);
        (text(), text(), text(), text(), fields, parents).prop_map(
            |(table, dump_file, dump_line, reason, fields, parents)| {
                let (fields, parents) = (fields.into_iter().collect(), parents.into_iter().collect());
                RejectRow { table, dump_file, dump_line, reason, fields, parents }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in vec(reject(), 0..8)) {
            let found: Vec<RejectRow> = read(&written(&rows)).expect("our own").into_iter().map(|(_, row)| row).collect();
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn any_bytes_are_read_or_refused(content: Vec<u8>, after_header: bool) {
            let content = if after_header { [HEADER.as_bytes(), &content].concat() } else { content };
            let _ = read(&content);
        }

        #[test]
        fn any_text_near_ours_is_read_or_refused(rows in "([\",\r\n{}:a]{0,12}\n?){0,6}") {
            let _ = read(format!("{HEADER}{rows}").as_bytes());
        }
    }
}
