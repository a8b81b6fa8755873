//! Collects rows column by column and writes them as the row groups of a Parquet file, plain and without compression: the file is read
//! once and goes at the end. Text formats that these engines read cannot carry every value: a line feed in a text ends a row, whatever
//! escapes it.
//!
//! The format: <https://parquet.apache.org/docs/file-format/>. A column of a row group is one data page of the first version, which
//! every reader knows. Each value is copied once on its way into a page, and no reader but the engine is ever needed, so this is no
//! work for a library; the tests read with the crate `parquet` what is written here.

use super::thrift::Compact;
use crate::error::{Error, Result};
use crate::migrate::table::TargetTable;
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;
use crate::model::value::plain_integer;

/// What a file begins and ends with.
const MAGIC: &[u8] = b"PAR1";

/// Numbers of the format's enumerations.
const OPTIONAL: i64 = 1;
const UTF8: i64 = 0;
const PLAIN: i64 = 0;
const RLE: i64 = 3;
const UNCOMPRESSED: i64 = 0;
const DATA_PAGE: i64 = 0;

/// Rows that wait to become a row group, and what is known of the file that they go to.
#[derive(Default)]
pub(super) struct Sheet {
    columns: Vec<Cells>,
    rows: u64,
    /// The row groups of the open file.
    groups: Vec<Group>,
    /// Bytes of the open file.
    written: u64,
}

/// The cells of a column.
struct Cells {
    name: String,
    form: Form,
    values: Vec<u8>,
    levels: Levels,
}

/// How the values of a column are written.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Int,
    Long,
    Single,
    Double,
}

/// A row group that was written.
struct Group {
    rows: u64,
    bytes: u64,
    /// Where each column begins, and its bytes.
    columns: Vec<(u64, u64)>,
}

/// Which cells have a value: runs of the same answer, as the format has them.
#[derive(Default)]
struct Levels {
    runs: Vec<u8>,
    run: (bool, u64),
}

/// Returns the type that a staged column has, of a column that takes its values.
pub(super) fn staged_type(column: &Column) -> &str {
    match column.neutral {
        NeutralType::Integer | NeutralType::Float => &column.native,
        _ => "STRING",
    }
}

impl Sheet {
    /// Returns an empty sheet for rows of a table.
    pub(super) fn new(table: &TargetTable) -> Self {
        let columns = table.columns.iter().map(Cells::new).collect();
        Self { columns, rows: 0, groups: Vec::new(), written: 0 }
    }

    /// Returns the bytes of the rows that wait.
    pub(super) fn waiting(&self) -> usize {
        self.columns.iter().map(|cells| cells.values.len() + cells.levels.runs.len()).sum()
    }

    /// Returns whether no rows wait.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the bytes that the open file has so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Appends rows.
    ///
    /// # Errors
    /// `Schema` with the column, if a number is none.
    pub(super) fn push(&mut self, rows: &RowBatch) -> Result<()> {
        for row in 0..rows.rows() {
            for (cells, cell) in self.columns.iter_mut().zip(rows.row(row)) {
                cells.levels.push(cell.is_some());
                let Some(cell) = cell else { continue };
                cells.form.append(cell, &mut cells.values).ok_or_else(|| {
                    Error::schema("a value does not fit into the type of its column").at_column(&cells.name)
                })?;
            }
        }
        self.rows += rows.rows() as u64;
        Ok(())
    }

    /// Appends the rows that wait to the bytes of the file, as a row group, and forgets them.
    pub(super) fn write(&mut self, out: &mut Vec<u8>) {
        let before = out.len();
        let at = |out: &Vec<u8>, written: u64| written + (out.len() - before) as u64;
        if self.written == 0 {
            out.extend_from_slice(MAGIC);
        }
        let begin = at(out, self.written);
        let mut columns = Vec::with_capacity(self.columns.len());
        for cells in &mut self.columns {
            let start = at(out, self.written);
            cells.page(self.rows, out);
            columns.push((start, at(out, self.written) - start));
        }
        self.written = at(out, self.written);
        self.groups.push(Group { rows: std::mem::take(&mut self.rows), bytes: self.written - begin, columns });
    }

    /// Appends the end of the file, after which the next one begins.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        let groups = std::mem::take(&mut self.groups);
        self.written = 0;
        let before = out.len();
        let mut file = Compact::new(out);
        file.number(1, 1);
        file.list(2, self.columns.len() + 1);
        file.element(|root| {
            root.text(4, "staged");
            root.number(5, self.columns.len() as i64);
        });
        for cells in &self.columns {
            file.element(|leaf| {
                leaf.number(1, cells.form.physical());
                leaf.number(3, OPTIONAL);
                leaf.text(4, &cells.name);
                if let Form::Text = cells.form {
                    leaf.number(6, UTF8);
                }
            });
        }
        file.long(3, groups.iter().map(|group| group.rows).sum::<u64>().cast_signed());
        file.list(4, groups.len());
        for group in &groups {
            file.element(|own| self.group(group, own));
        }
        file.text(6, "gapsync");
        file.end();
        let length = u32::try_from(out.len() - before).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(MAGIC);
    }

    /// Describes a row group.
    fn group(&self, group: &Group, own: &mut Compact<'_>) {
        own.list(1, group.columns.len());
        for (cells, (start, bytes)) in self.columns.iter().zip(&group.columns) {
            own.element(|chunk| {
                chunk.long(2, start.cast_signed());
                chunk.inner(3, |about| {
                    about.number(1, cells.form.physical());
                    about.numbers(2, &[PLAIN, RLE]);
                    about.texts(3, &[&cells.name]);
                    about.number(4, UNCOMPRESSED);
                    about.long(5, group.rows.cast_signed());
                    about.long(6, bytes.cast_signed());
                    about.long(7, bytes.cast_signed());
                    about.long(9, start.cast_signed());
                });
            });
        }
        own.long(2, group.bytes.cast_signed());
        own.long(3, group.rows.cast_signed());
    }
}

impl Cells {
    fn new(column: &Column) -> Self {
        let form = match column.neutral {
            NeutralType::Integer if column.native.eq_ignore_ascii_case("bigint") => Form::Long,
            NeutralType::Integer => Form::Int,
            NeutralType::Float if column.limits.float.single => Form::Single,
            NeutralType::Float => Form::Double,
            _ => Form::Text,
        };
        // Engines keep names in lower case, and look for them in files as they are.
        Self { name: column.name.to_ascii_lowercase(), form, values: Vec::new(), levels: Levels::default() }
    }

    /// Appends the page of the cells, and forgets them.
    fn page(&mut self, rows: u64, out: &mut Vec<u8>) {
        self.levels.end();
        let bytes = size_of::<u32>() + self.levels.runs.len() + self.values.len();
        let mut header = Compact::new(out);
        header.number(1, DATA_PAGE);
        header.number(2, bytes as i64);
        header.number(3, bytes as i64);
        header.inner(5, |page| {
            page.number(1, rows.cast_signed());
            page.number(2, PLAIN);
            page.number(3, RLE);
            page.number(4, RLE);
        });
        header.end();
        let length = u32::try_from(self.levels.runs.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.append(&mut self.levels.runs);
        out.append(&mut self.values);
    }
}

impl Form {
    /// Returns the number of its type in the format.
    fn physical(self) -> i64 {
        match self {
            Self::Int => 1,
            Self::Long => 2,
            Self::Single => 4,
            Self::Double => 5,
            Self::Text => 6,
        }
    }

    /// Appends a value. Returns nothing if it is no number, or a text too long for the format.
    fn append(self, cell: &[u8], values: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Text => {
                values.extend_from_slice(&u32::try_from(cell.len()).ok()?.to_le_bytes());
                values.extend_from_slice(cell);
            }
            Self::Int => {
                let number = plain_integer(cell).map_or_else(|| number(cell), |number| i32::try_from(number).ok());
                values.extend_from_slice(&number?.to_le_bytes());
            }
            Self::Long => values.extend_from_slice(&plain_integer(cell).or_else(|| number(cell))?.to_le_bytes()),
            Self::Single => values.extend_from_slice(&number::<f32>(cell)?.to_le_bytes()),
            Self::Double => values.extend_from_slice(&number::<f64>(cell)?.to_le_bytes()),
        }
        Some(())
    }
}

fn number<T: std::str::FromStr>(cell: &[u8]) -> Option<T> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

impl Levels {
    fn push(&mut self, value: bool) {
        if self.run.0 != value {
            self.end();
            self.run.0 = value;
        }
        self.run.1 += 1;
    }

    fn end(&mut self) {
        let (value, mut count) = (self.run.0, std::mem::take(&mut self.run.1) << 1);
        if count == 0 {
            return;
        }
        while count >= 0x80 {
            self.runs.push((count & 0x7f) as u8 | 0x80);
            count >>= 7;
        }
        self.runs.extend([count as u8, u8::from(value)]);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    use proptest::prelude::*;

    use super::*;
    use crate::migrate::hive::catalogue;

    const COLUMNS: [(&str, &str); 5] =
        [("Text", "string"), ("small", "tinyint"), ("big", "bigint"), ("single", "float"), ("score", "double")];

    fn sheet() -> Sheet {
        let described = |(name, native): (&str, &str)| vec![Some(name.to_owned()), Some(native.to_owned()), None];
        let table = catalogue::table("t", COLUMNS.map(described).to_vec());
        Sheet::new(&TargetTable { name: table.name, columns: table.columns })
    }

    type Row = (Option<String>, Option<i8>, Option<i64>, Option<f32>, Option<f64>);

    fn cells(row: &Row) -> [Option<String>; 5] {
        let (text, small, big, single, score) = row;
        [
            text.clone(),
            small.map(|value| value.to_string()),
            big.map(|value| value.to_string()),
            single.map(|value| value.to_string()),
            score.map(|value| value.to_string()),
        ]
    }

    fn shown(field: &Field) -> Option<String> {
        match field {
            Field::Str(text) => Some(text.clone()),
            Field::Int(value) => Some(value.to_string()),
            Field::Long(value) => Some(value.to_string()),
            Field::Float(value) => Some(value.to_string()),
            Field::Double(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Writes a file whose row groups have these rows.
    fn written(sheet: &mut Sheet, groups: &[Vec<Row>]) -> Vec<u8> {
        let mut file = Vec::new();
        for group in groups {
            for row in group {
                let mut rows = RowBatch::new(COLUMNS.len());
                cells(row).iter().for_each(|cell| rows.push(cell.as_ref().map(String::as_bytes)));
                rows.end_row(1);
                sheet.push(&rows).unwrap();
            }
            sheet.write(&mut file);
        }
        sheet.end(&mut file);
        file
    }

    proptest! {
        #[test]
        fn another_reader_reads_what_was_written(
            files in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<Row>(), 1..40), 1..4), 1..3),
        ) {
            let mut sheet = sheet();
            for groups in files {
                let file = written(&mut sheet, &groups);
                let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
                prop_assert_eq!(reader.num_row_groups(), groups.len());
                let read: Vec<Vec<Option<String>>> = reader
                    .get_row_iter(None)
                    .unwrap()
                    .map(|row| row.unwrap().get_column_iter().map(|(_, field)| shown(field)).collect())
                    .collect();
                let wanted: Vec<Vec<_>> = groups.iter().flatten().map(|row| cells(row).to_vec()).collect();
                prop_assert_eq!(read, wanted);
            }
        }
    }

    #[test]
    fn long_runs_and_names_are_read_as_well() {
        let row = |number: i64| {
            let text = (number != 70_000).then(|| format!("a\0\x01b\\\r\n\u{e9}{number}"));
            (text, Some(1), Some(number), None, Some(1e-5))
        };
        let group: Vec<Row> = (0..100_000).map(row).collect();
        let file = written(&mut sheet(), &[group]);
        let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
        let names = reader.metadata().file_metadata().schema_descr().columns().to_vec();
        assert_eq!(
            names.iter().map(|column| column.name()).collect::<Vec<_>>(),
            ["text", "small", "big", "single", "score"]
        );
        let absent = reader.get_row_iter(None).unwrap().position(|row| {
            let row = row.unwrap();
            row.get_column_iter().next().is_some_and(|(_, field)| *field == Field::Null)
        });
        assert_eq!(absent, Some(70_000));
    }

    #[test]
    fn what_is_no_number_is_told_with_its_column() {
        let mut rows = RowBatch::new(COLUMNS.len());
        for cell in [None, Some(&b"4294967296"[..]), None, None, None] {
            rows.push(cell);
        }
        rows.end_row(1);
        assert_eq!(sheet().push(&rows).unwrap_err().place().column.as_deref(), Some("small"));
    }
}
