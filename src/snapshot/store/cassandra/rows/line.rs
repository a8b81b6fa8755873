//! A row as a line of text: cells with commas between them. A value is `0x` and its bytes in hex, as the protocol has them, or
//! nothing for NULL; behind each value that has a time stand the microsecond in which it was written and the second in which it
//! expires, or nothing.

use std::fmt::Write;

use super::super::cql::quoted;
use super::super::keyspace::{Column, Role, Table};
use crate::error::{Error, Result};

/// The name of the file of a table, in its folder.
pub(super) const FILE: &str = "rows.csv";

/// A column in the order of a line.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) role: Role,
    /// Whether two cells with its times follow.
    pub(super) timed: bool,
}

/// A value with its times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) value: Option<Vec<u8>>,
    /// Microseconds since 1970.
    pub(super) written: Option<i64>,
    /// Seconds since 1970.
    pub(super) expires: Option<i64>,
}

/// Returns the fields of a table.
pub(super) fn fields(table: &Table, types: &[String]) -> Vec<Field> {
    let field = |column: &Column| Field { name: column.name.clone(), role: column.role, timed: column.has_time(types) };
    table.columns.iter().map(field).collect()
}

/// Returns the first line of a file.
pub(super) fn header(fields: &[Field]) -> String {
    let names = fields.iter().map(|field| {
        let name = quoted(&field.name);
        if field.timed { format!("{name},written({name}),expires({name})") } else { name }
    });
    names.collect::<Vec<_>>().join(",") + "\n"
}

/// Appends a row to a text.
pub(super) fn append(text: &mut String, fields: &[Field], cells: &[Cell]) {
    for (at, (field, cell)) in fields.iter().zip(cells).enumerate() {
        if at > 0 {
            text.push(',');
        }
        if let Some(value) = &cell.value {
            text.push_str("0x");
            for byte in value {
                for digit in [byte >> 4, byte & 15] {
                    text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                }
            }
        }
        if field.timed {
            for time in [cell.written, cell.expires] {
                text.push(',');
                if let Some(time) = time {
                    let _ = write!(text, "{time}");
                }
            }
        }
    }
    text.push('\n');
}

/// Parses a row.
///
/// # Errors
/// `Damaged`, without its content.
pub(super) fn parse(line: &str, fields: &[Field]) -> Result<Vec<Cell>> {
    let fault = || Error::damaged("a row of a table is malformed");
    let mut parts = line.split(',');
    let mut cells = Vec::with_capacity(fields.len());
    for field in fields {
        let mut cell = Cell { value: value(parts.next().ok_or_else(fault)?).ok_or_else(fault)?, ..Cell::default() };
        if field.timed {
            for time in [&mut cell.written, &mut cell.expires] {
                let text = parts.next().ok_or_else(fault)?;
                *time = if text.is_empty() { None } else { Some(text.parse().map_err(|_| fault())?) };
            }
        }
        cells.push(cell);
    }
    if parts.next().is_some() { Err(fault()) } else { Ok(cells) }
}

/// Returns a value or NULL; `None` if it is malformed.
#[expect(clippy::option_option, reason = "a malformed value is not NULL")]
fn value(text: &str) -> Option<Option<Vec<u8>>> {
    if text.is_empty() {
        return Some(None);
    }
    let digits = text.strip_prefix("0x")?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?);
    Some(Some(digits.chunks(2).map(pair).collect::<Option<Vec<u8>>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was() {
        let field = |name: &str, role, timed| Field { name: name.to_owned(), role, timed };
        let fields =
            [field("k", Role::Partition, false), field("a,b", Role::Regular, true), field("c", Role::Regular, true)];
        assert_eq!(
            header(&fields),
            "\"k\",\"a,b\",written(\"a,b\"),expires(\"a,b\"),\"c\",written(\"c\"),expires(\"c\")\n"
        );
        let cells = vec![
            Cell { value: Some(vec![0, 255, 16]), ..Cell::default() },
            Cell { value: Some(Vec::new()), written: Some(-5), expires: Some(1_800_000_000) },
            Cell::default(),
        ];
        let mut text = String::new();
        append(&mut text, &fields, &cells);
        assert_eq!(text, "0x00ff10,0x,-5,1800000000,,,\n");
        assert_eq!(parse(text.trim_end(), &fields).unwrap(), cells);
        for bad in ["", "0x0,0x,,,,,", "00,0x,,,,,", "0xzz,,,,,,", "0x00,,x,,,,", "0x00,,,,,,,", "0x00,,,,"] {
            assert!(parse(bad, &fields).is_err(), "{bad}");
        }
    }
}
