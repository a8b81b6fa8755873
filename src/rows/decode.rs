//! Reads dump files exactly as [`super::dump`] writes them, and does not guess what the CSV of another writer may mean.

use super::dump::NULL;
use super::reader::{ParseRow, Parsed};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::manifest::ColumnHeader;
use crate::model::neutral::NeutralType;

/// Parses the bundle's own dialect.
pub struct BundleRows<'a> {
    columns: &'a [ColumnHeader],
    /// Whether each column of the next row holds bytes. In the header row none does: names are text.
    is_bytes: Vec<bool>,
}

impl<'a> BundleRows<'a> {
    /// Returns a parser for rows with these columns.
    pub fn new(columns: &'a [ColumnHeader]) -> Self {
        Self { columns, is_bytes: vec![false; columns.len()] }
    }
}

impl ParseRow for BundleRows<'_> {
    fn row(&mut self, data: &[u8], batch: &mut RowBatch) -> Result<Parsed> {
        let last = self.columns.len() - 1;
        let mut at = 0;
        let mut lines = 1;
        for (column, is_bytes) in self.is_bytes.iter().enumerate() {
            let named = |error: Error| error.at_column(&self.columns[column].name);
            let Some(field) = field(&data[at..]).map_err(named)? else { return Ok(Parsed::Incomplete) };
            lines += field.line_feeds();
            push_cell(batch, &field, *is_bytes).map_err(named)?;
            at += field.bytes;
            match data.get(at) {
                None => return Ok(Parsed::Incomplete),
                Some(b',') if column < last => {}
                Some(b'\n') if column == last => {}
                Some(b',') => return Err(Error::damaged("row has too many fields")),
                Some(b'\n') => return Err(Error::damaged("row has too few fields")),
                Some(_) => return Err(named(Error::damaged("characters after a closing quote"))),
            }
            at += 1;
        }
        Ok(Parsed::Row { bytes: at, lines })
    }

    fn sound_bytes(&self, data: &[u8]) -> usize {
        sound_utf8(data)
    }

    fn header_row(&self) -> bool {
        true
    }

    fn check_header(&mut self, batch: &RowBatch) -> Result<()> {
        self.is_bytes = self.columns.iter().map(|column| column.neutral == NeutralType::Bytes).collect();
        let announced = self.columns.iter().map(|column| Some(column.name.as_bytes()));
        if batch.row(0).eq(announced) {
            Ok(())
        } else {
            Err(Error::damaged("header row differs from the columns that bundle.json announces"))
        }
    }
}

/// Returns how many bytes at the start of `data` are valid UTF-8.
pub fn sound_utf8(data: &[u8]) -> usize {
    std::str::from_utf8(data).map_or_else(|error| error.valid_up_to(), str::len)
}

/// A field as written in the file.
struct Field<'a> {
    /// Its bytes without the enclosing quotes; quotes inside are still doubled.
    raw: &'a [u8],
    quoted: bool,
    doubled: bool,
    /// Its length with the enclosing quotes.
    bytes: usize,
}

impl Field<'_> {
    fn line_feeds(&self) -> u64 {
        if self.quoted { memchr::memchr_iter(b'\n', self.raw).count() as u64 } else { 0 }
    }
}

/// Finds the field at the start of `data`. Returns `None` if `data` ends inside it.
fn field(data: &[u8]) -> Result<Option<Field<'_>>> {
    if data.first() == Some(&b'"') { Ok(quoted_field(data)) } else { plain_field(data) }
}

/// Bytes that end an unquoted field, whether validly or not. A table lookup, as fields are too short for vector
/// instructions to pay off.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    (ends[b',' as usize], ends[b'\n' as usize]) = (true, true);
    (ends[b'"' as usize], ends[b'\r' as usize]) = (true, true);
    ends
};

fn plain_field(data: &[u8]) -> Result<Option<Field<'_>>> {
    let end = data.iter().position(|byte| ENDS[usize::from(*byte)]);
    match end.map(|end| (end, data[end])) {
        None => Ok(None),
        Some((_, b'"')) => Err(Error::damaged("quote inside an unquoted field")),
        Some((_, b'\r')) => Err(Error::damaged("carriage return outside quotes")),
        Some((end, _)) => Ok(Some(Field { raw: &data[..end], quoted: false, doubled: false, bytes: end })),
    }
}

fn quoted_field(data: &[u8]) -> Option<Field<'_>> {
    let mut at = 1;
    let mut doubled = false;
    loop {
        at += memchr::memchr(b'"', &data[at..])?;
        if *data.get(at + 1)? != b'"' {
            return Some(Field { raw: &data[1..at], quoted: true, doubled, bytes: at + 1 });
        }
        doubled = true;
        at += 2;
    }
}

fn push_cell(batch: &mut RowBatch, field: &Field<'_>, is_bytes: bool) -> Result<()> {
    let mut value = field.raw;
    if let [b'\\', rest @ ..] = value {
        match rest.first() {
            Some(b'N') if value == NULL => {
                batch.push(None);
                return Ok(());
            }
            _ if is_bytes => {}
            Some(b'\\') => value = rest,
            _ => return Err(Error::damaged("field begins with a single backslash")),
        }
    }
    if field.doubled {
        batch.push_with(|data| undouble(data, value));
    } else {
        batch.push(Some(value));
    }
    Ok(())
}

fn undouble(data: &mut Vec<u8>, mut value: &[u8]) {
    while let Some(at) = memchr::memchr(b'"', value) {
        data.extend_from_slice(&value[..=at]);
        // The second quote of the pair, which `quoted_field` has checked.
        value = &value[at + 2..];
    }
    data.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::batch::Position;
    use crate::rows::dump::{DumpEncoder, DumpFile};
    use crate::rows::reader::RowReader;

    type Row = Vec<Option<String>>;

    fn columns(count: usize) -> Vec<ColumnHeader> {
        (0..count).map(|index| ColumnHeader { name: format!("c{index}"), neutral: NeutralType::Text }).collect()
    }

    /// Decodes rows with their lines from pieces of `piece` bytes.
    fn decode(columns: &[ColumnHeader], content: &[u8], piece: usize) -> Result<Vec<(u64, Row)>> {
        let mut reader = RowReader::new(BundleRows::new(columns), columns.len(), 1, 1 << 20);
        let mut rows = Vec::new();
        let mut emit = |batch: RowBatch| {
            for row in 0..batch.rows() {
                let text = |cell: &[u8]| String::from_utf8(cell.to_vec()).expect("text");
                let cells = batch.row(row).map(|cell| cell.map(text)).collect();
                rows.push((Position::from_number(batch.position(row)).line, cells));
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

    fn encode(columns: &[ColumnHeader], rows: &[Row]) -> DumpFile {
        let mut batch = RowBatch::new(columns.len());
        for row in rows {
            row.iter().for_each(|cell| batch.push(cell.as_deref().map(str::as_bytes)));
            batch.end_row(0);
        }
        let mut encoder = DumpEncoder::new(columns, u64::MAX);
        for row in 0..batch.rows() {
            assert_eq!(encoder.push(&batch, row), None);
        }
        encoder.finish().expect("rows")
    }

    fn refusal(content: &str) -> (String, Option<u64>, Option<String>) {
        let error = decode(&columns(2), content.as_bytes(), 3).expect_err(content);
        (error.what().to_owned(), error.place().line, error.place().column.clone())
    }

    fn said(what: &str, line: u64, column: Option<&str>) -> (String, Option<u64>, Option<String>) {
        (what.to_owned(), Some(line), column.map(str::to_owned))
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let rows = decode(&columns(2), b"c0,c1\n\"1\n\n\",2\n3,\"4\"\n", 1).expect("sound");
        let cells = |a: &str, b: &str| vec![Some(a.to_owned()), Some(b.to_owned())];
        assert_eq!(rows, [(2, cells("1\n\n", "2")), (5, cells("3", "4"))]);
    }

    #[test]
    fn what_we_do_not_write_is_refused() {
        let refused = [
            ("", said("dump file has no header row", 1, None)),
            ("c0,c2\n", said("header row differs from the columns that bundle.json announces", 1, None)),
            ("c0,\\N\n", said("header row differs from the columns that bundle.json announces", 1, None)),
            ("c0\n", said("row has too few fields", 1, None)),
            ("c0,c1\n1,2,3\n", said("row has too many fields", 2, None)),
            ("c0,c1\n\n", said("row has too few fields", 2, None)),
            ("c0,c1\n1,2\n3,4", said("dump file ends inside a row", 3, None)),
            ("c0,c1\n\"\n1,2\n", said("dump file ends inside a row", 2, None)),
            ("c0,c1\n1,2\r\n", said("carriage return outside quotes", 2, Some("c1"))),
            ("c0,c1\n1\"\",2\n", said("quote inside an unquoted field", 2, Some("c0"))),
            ("c0,c1\n\"1\"2,2\n", said("characters after a closing quote", 2, Some("c0"))),
            ("c0,c1\n1,\\n\n", said("field begins with a single backslash", 2, Some("c1"))),
            ("c0,c1\n1,\"\\\"\n", said("field begins with a single backslash", 2, Some("c1"))),
        ];
        for (content, expected) in refused {
            assert_eq!(refusal(content), expected, "{content:?}");
        }
        let error = decode(&columns(2), b"c0,c1\n1,\"2\n\xff\"\n", 100).expect_err("no text");
        assert_eq!((error.what(), error.place().line), ("text is not UTF-8", Some(3)));
    }

    #[test]
    fn rows_are_bounded() {
        for content in [format!("c0\n{}\n", "x".repeat(2000)), format!("c0\n{}", "x".repeat(2000))] {
            for piece in [1, 700, 5000] {
                let columns = columns(1);
                let mut reader = RowReader::new(BundleRows::new(&columns), 1, 1, 1000);
                let mut emit = |_| Ok(());
                let pushed = content.as_bytes().chunks(piece).try_for_each(|piece| reader.push(piece, &mut emit));
                let error = pushed.expect_err("a long row");
                assert_eq!((error.what(), error.place().line), ("row is longer than 1000 bytes", Some(2)));
            }
        }
    }

    #[test]
    fn bytes_columns_stand_as_they_are() {
        let mut columns = columns(1);
        columns[0].neutral = NeutralType::Bytes;
        // The last one is not a valid value of such a column. Rejecting it is not the decoder's job, but it must not turn
        // into NULL when written.
        let rows = decode(&columns, b"c0\n\\xff\n\\N\n\\x\n\\\\N\n", 100).expect("sound");
        let cells: Vec<_> = rows.into_iter().map(|(_, mut row)| row.remove(0)).collect();
        let expected = ["\\xff", "\\N", "\\x", "\\\\N"].map(|text| (text != "\\N").then(|| text.to_owned()));
        assert_eq!(cells, expected);
    }

    #[test]
    fn names_of_columns_are_texts() {
        for name in ["\\N", "\\", "\\x00", "\""] {
            for neutral in [NeutralType::Text, NeutralType::Bytes] {
                let columns = [ColumnHeader { name: name.to_owned(), neutral }];
                let rows = [vec![None]];
                let read = decode(&columns, &encode(&columns, &rows).content, 1).expect("our own");
                assert_eq!(read, [(2, vec![None])], "{name}");
            }
        }
    }

    fn cell() -> impl Strategy<Value = Option<String>> {
        const PIECES: [&str; 14] =
            ["\\N", "\\", "\\\\", "\"", ",", "\r", "\n", "\r\n", "\0", " ", "a", "\u{1f980}", "\t", "'"];
        let text = vec(prop_oneof![prop::sample::select(&PIECES[..]).prop_map(str::to_owned), any::<String>()], 0..5);
        prop::option::of(text.prop_map(|pieces| pieces.concat()))
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        (1_usize..5).prop_flat_map(|count| vec(vec(cell(), count), 1..20))
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(rows in rows(), piece in 1_usize..200) {
            let columns = columns(rows[0].len());
            let file = encode(&columns, &rows);
            let decoded = decode(&columns, &file.content, piece).expect("our own");
            prop_assert_eq!(decoded.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), rows);
        }

        /// Checks that another reader of RFC 4180 reads the same.
        #[test]
        fn another_reader_finds_the_same_fields(rows in rows()) {
            let columns = columns(rows[0].len());
            let file = encode(&columns, &rows);
            let plain: Vec<Row> = rows.iter().map(|row| row.iter().map(as_field).collect()).collect();
            prop_assert_eq!(read_with_csv_async(&file.content), plain);
        }

        #[test]
        fn any_bytes_are_read_or_refused(content: Vec<u8>, piece in 1_usize..50) {
            let _ = decode(&columns(2), &content, piece);
        }

        #[test]
        fn any_text_near_ours_is_read_or_refused(content in "(c0,c1\n)?([\",\n\r\\\\N1]{0,8}\n?){0,6}", piece in 1_usize..50) {
            let _ = decode(&columns(2), content.as_bytes(), piece);
        }
    }

    fn as_field(cell: &Option<String>) -> Option<String> {
        Some(match cell {
            None => "\\N".to_owned(),
            Some(text) if text.starts_with('\\') => format!("\\{text}"),
            Some(text) => text.clone(),
        })
    }

    fn read_with_csv_async(content: &[u8]) -> Vec<Row> {
        let mut reader = csv_async::AsyncReaderBuilder::new()
            .has_headers(true)
            .terminator(csv_async::Terminator::Any(b'\n'))
            .create_reader(content);
        let mut rows = Vec::new();
        let mut record = csv_async::StringRecord::new();
        crate::stream::wait::block_on(async {
            while reader.read_record(&mut record).await.expect("RFC 4180") {
                rows.push(record.iter().map(|field| Some(field.to_owned())).collect());
            }
        });
        rows
    }
}
