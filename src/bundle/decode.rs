//! Reads dump files as `dump` writes them, and nothing else: what another writer's CSV may mean is not guessed.

use super::dump::NULL;
use super::rows::{ParseRow, Parsed};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::manifest::ColumnHeader;
use crate::model::neutral::NeutralType;

/// The bundle's own dialect.
pub(super) struct BundleRows<'a> {
    columns: &'a [ColumnHeader],
    is_bytes: Vec<bool>,
}

impl<'a> BundleRows<'a> {
    pub(super) fn new(columns: &'a [ColumnHeader]) -> Self {
        Self { columns, is_bytes: columns.iter().map(|column| column.neutral == NeutralType::Bytes).collect() }
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

    fn check_header(&self, batch: &RowBatch) -> Result<()> {
        let announced = self.columns.iter().map(|column| Some(column.name.as_bytes()));
        if batch.row(0).eq(announced) {
            Ok(())
        } else {
            Err(Error::damaged("header row differs from the columns that bundle.json announces"))
        }
    }
}

/// How many bytes at the start of `data` are UTF-8.
pub(super) fn sound_utf8(data: &[u8]) -> usize {
    std::str::from_utf8(data).map_or_else(|error| error.valid_up_to(), str::len)
}

/// A field as it stands in the file.
struct Field<'a> {
    /// Without the quotes around it; quotes inside are still doubled.
    raw: &'a [u8],
    quoted: bool,
    doubled: bool,
    /// With the quotes around it.
    bytes: usize,
}

impl Field<'_> {
    fn line_feeds(&self) -> u64 {
        if self.quoted { memchr::memchr_iter(b'\n', self.raw).count() as u64 } else { 0 }
    }
}

/// The field at the start of `data`; `None` when `data` ends inside it.
fn field(data: &[u8]) -> Result<Option<Field<'_>>> {
    if data.first() == Some(&b'"') { Ok(quoted_field(data)) } else { plain_field(data) }
}

fn plain_field(data: &[u8]) -> Result<Option<Field<'_>>> {
    let end = data.iter().position(|byte| matches!(byte, b',' | b'\n' | b'"' | b'\r'));
    match end.map(|end| (end, data[end])) {
        None => Ok(None),
        Some((_, b'"')) => Err(Error::damaged("quote inside a field that is not quoted")),
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
            Some(b'\\') => value = rest,
            _ if is_bytes => {}
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
        // The second one of the pair; `quoted_field` has seen it.
        value = &value[at + 2..];
    }
    data.extend_from_slice(value);
}
