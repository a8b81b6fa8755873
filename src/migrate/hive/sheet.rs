//! Collects rows column by column and writes them as a row group of a Parquet file, plain and without compression: the file is
//! read once and goes at the end.
//!
//! Text formats that these engines read cannot carry every value: a line feed in a text ends a row, whatever escapes it.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::error::{Error, Result};
use crate::migrate::table::TargetTable;
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;

/// Rows that wait to become a row group.
pub(super) struct Sheet {
    schema: TypePtr,
    columns: Vec<Cells>,
    bytes: usize,
}

/// The cells of a column.
struct Cells {
    name: String,
    /// 1 for a value and 0 for NULL, for each row.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    /// Texts one after the other, and where each ends.
    Text(Vec<u8>, Vec<usize>),
    Int(Vec<i32>),
    Long(Vec<i64>),
    Single(Vec<f32>),
    Double(Vec<f64>),
}

/// A Parquet file that is being written, as far as nobody has taken its bytes.
pub(super) struct Content(SerializedFileWriter<Vec<u8>>);

/// Returns the type that a staged column has, of a column that takes its values.
pub(super) fn staged_type(column: &Column) -> &str {
    match column.neutral {
        NeutralType::Integer | NeutralType::Float => &column.native,
        _ => "STRING",
    }
}

impl Sheet {
    /// Returns an empty sheet for rows of a table.
    ///
    /// # Errors
    /// `Internal`, if Parquet has no such names.
    pub(super) fn new(table: &TargetTable) -> Result<Self> {
        let columns: Vec<Cells> = table.columns.iter().map(Cells::new).collect();
        let fields = columns.iter().map(Cells::field).collect::<Result<Vec<_>, _>>().map_err(unwritten)?;
        let schema = Type::group_type_builder("staged").with_fields(fields).build().map_err(unwritten)?;
        Ok(Self { schema: Arc::new(schema), columns, bytes: 0 })
    }

    /// Returns the memory that the rows take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends rows.
    ///
    /// # Errors
    /// `Schema` with the column, if a number is none.
    pub(super) fn push(&mut self, rows: &RowBatch) -> Result<()> {
        for row in 0..rows.rows() {
            for (cells, cell) in self.columns.iter_mut().zip(rows.row(row)) {
                let Some(cell) = cell else {
                    cells.levels.push(0);
                    continue;
                };
                cells.levels.push(1);
                let fits = cells.values.push(cell);
                fits.ok_or_else(|| Error::schema("a value is no number of the column's type").at_column(&cells.name))?;
            }
        }
        self.bytes += rows.bytes();
        Ok(())
    }

    /// Begins a file.
    ///
    /// # Errors
    /// `Internal`.
    pub(super) fn begin(&self) -> Result<Content> {
        let plain = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_compression(Compression::UNCOMPRESSED)
            .set_created_by("gapsync".to_owned());
        SerializedFileWriter::new(Vec::new(), Arc::clone(&self.schema), Arc::new(plain.build()))
            .map(Content)
            .map_err(unwritten)
    }

    /// Writes the rows into a file, as a row group, and forgets them.
    ///
    /// # Errors
    /// `Internal`.
    pub(super) fn write(&mut self, file: &mut Content) -> Result<()> {
        self.bytes = 0;
        let mut group = file.0.next_row_group().map_err(unwritten)?;
        for cells in &mut self.columns {
            let column = group.next_column().map_err(unwritten)?;
            let mut column = column.ok_or_else(|| Error::internal("a staged file has too few columns"))?;
            cells.write(&mut column).and_then(|()| column.close()).map_err(unwritten)?;
        }
        group.close().map(|_| ()).map_err(unwritten)
    }
}

impl Cells {
    fn new(column: &Column) -> Self {
        let values = match column.neutral {
            NeutralType::Integer if column.native.eq_ignore_ascii_case("bigint") => Values::Long(Vec::new()),
            NeutralType::Integer => Values::Int(Vec::new()),
            NeutralType::Float if column.limits.float.single => Values::Single(Vec::new()),
            NeutralType::Float => Values::Double(Vec::new()),
            _ => Values::Text(Vec::new(), Vec::new()),
        };
        // Engines keep names in lower case, and look for them in files as they are.
        Self { name: column.name.to_ascii_lowercase(), levels: Vec::new(), values }
    }

    fn field(&self) -> Result<TypePtr, ParquetError> {
        let (physical, converted) = match self.values {
            Values::Text(..) => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Values::Int(_) => (Physical::INT32, ConvertedType::NONE),
            Values::Long(_) => (Physical::INT64, ConvertedType::NONE),
            Values::Single(_) => (Physical::FLOAT, ConvertedType::NONE),
            Values::Double(_) => (Physical::DOUBLE, ConvertedType::NONE),
        };
        let field = Type::primitive_type_builder(&self.name, physical).with_converted_type(converted);
        field.with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
    }

    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(&self.levels[..]);
        match &mut self.values {
            Values::Text(texts, ends) => {
                let room = texts.len();
                let all = Bytes::from(std::mem::replace(texts, Vec::with_capacity(room)));
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let values: Vec<ByteArray> =
                    starts.zip(&*ends).map(|(start, end)| all.slice(start..*end).into()).collect();
                ends.clear();
                column.typed::<ByteArrayType>().write_batch(&values, levels, None)?;
            }
            Values::Int(values) => {
                column.typed::<Int32Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Long(values) => {
                column.typed::<Int64Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Single(values) => {
                column.typed::<FloatType>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Double(values) => {
                column.typed::<DoubleType>().write_batch(values, levels, None)?;
                values.clear();
            }
        }
        self.levels.clear();
        Ok(())
    }
}

impl Values {
    /// Appends a value. Returns nothing if it is no number.
    fn push(&mut self, cell: &[u8]) -> Option<()> {
        match self {
            Self::Text(texts, ends) => {
                texts.extend_from_slice(cell);
                ends.push(texts.len());
            }
            Self::Int(values) => values.push(number(cell)?),
            Self::Long(values) => values.push(number(cell)?),
            Self::Single(values) => values.push(number(cell)?),
            Self::Double(values) => values.push(number(cell)?),
        }
        Some(())
    }
}

fn number<T: std::str::FromStr>(cell: &[u8]) -> Option<T> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

impl Content {
    /// Takes what was written since the last time.
    ///
    /// # Errors
    /// `Internal`.
    pub(super) fn take(&mut self) -> Result<Vec<u8>> {
        self.0.flush().map_err(|error| Error::internal("a staged file cannot be written").because(error))?;
        Ok(std::mem::take(self.0.inner_mut()))
    }

    /// Ends the file and returns the rest of it.
    ///
    /// # Errors
    /// `Internal`.
    pub(super) fn end(self) -> Result<Vec<u8>> {
        self.0.into_inner().map_err(unwritten)
    }
}

fn unwritten(error: ParquetError) -> Error {
    Error::internal("a staged file cannot be written").because(error)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::migrate::hive::catalogue;

    #[test]
    fn every_value_comes_back_from_a_file_of_several_pieces() {
        let described = |(name, native): (&str, &str)| vec![Some(name.to_owned()), Some(native.to_owned()), None];
        let names =
            [("Text", "string"), ("small", "tinyint"), ("big", "bigint"), ("single", "float"), ("score", "double")];
        let table = catalogue::table("t", names.map(described).to_vec());
        let mut sheet = Sheet::new(&TargetTable { name: table.name, columns: table.columns }).unwrap();
        let wanted = [
            [Some("a\0\x01b\\\r\n\u{e9}"), Some("-128"), Some("-9223372036854775808"), Some("0.1"), Some("1e-05")],
            [None; 5],
            [Some(""), Some("0"), Some("1"), Some("-0.5"), Some("0.1")],
        ];
        let mut file = sheet.begin().unwrap();
        let mut bytes = Vec::new();
        for row in wanted {
            let mut rows = RowBatch::new(5);
            row.iter().for_each(|cell| rows.push(cell.map(str::as_bytes)));
            rows.end_row(1);
            sheet.push(&rows).unwrap();
            sheet.write(&mut file).unwrap();
            bytes.extend(file.take().unwrap());
        }
        bytes.extend(file.end().unwrap());
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        assert_eq!(reader.num_row_groups(), 3);
        for (row, wanted) in reader.get_row_iter(None).unwrap().zip(wanted) {
            let shown =
                row.unwrap().get_column_iter().map(|(name, field)| (name.clone(), shown(field))).collect::<Vec<_>>();
            let names = ["text", "small", "big", "single", "score"];
            let score = |text: &str| text.replace("1e-05", "0.00001");
            let wanted: Vec<_> =
                names.iter().zip(wanted).map(|(name, cell)| ((*name).to_owned(), cell.map(score))).collect();
            assert_eq!(shown, wanted);
        }
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

    #[test]
    fn what_is_no_number_is_told_with_its_column() {
        let described = vec![Some("n".to_owned()), Some("int".to_owned()), None];
        let table = catalogue::table("t", vec![described]);
        let mut sheet = Sheet::new(&TargetTable { name: table.name, columns: table.columns }).unwrap();
        let mut rows = RowBatch::new(1);
        rows.push(Some(b"4294967296"));
        rows.end_row(1);
        assert_eq!(sheet.push(&rows).unwrap_err().place().column.as_deref(), Some("n"));
    }
}
