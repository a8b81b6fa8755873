//! Encodes neutral text in PostgreSQL's binary form.

use super::super::rows::{LoadColumn, LoadTable};
use crate::model::neutral::NeutralType;
use crate::model::schema::Limits;
use crate::model::value::civil::{DAY_MICROS, DAYS_TO_2000, days_from_date, read_date, read_time, read_timestamp};
use crate::model::value::{hex_bytes, plain_integer};

/// How the columns of a table are encoded.
pub(super) struct Encodings {
    columns: Vec<Encoding>,
    has_position: bool,
    fields: i16,
}

impl Encodings {
    /// Returns the encodings of the columns of a table, or `None` if one has a type that is only written as text.
    pub(super) fn of(table: &LoadTable) -> Option<Self> {
        let fields = i16::try_from(table.width()).ok()?;
        let encoding = |column: &LoadColumn| Encoding::of(column.neutral, &column.native, &column.limits);
        let columns = table.columns.iter().map(encoding).collect::<Option<_>>()?;
        Some(Self { columns, has_position: table.position.is_some(), fields })
    }

    /// Returns whether the first field of a row is its position.
    pub(super) fn has_position(&self) -> bool {
        self.has_position
    }

    /// Returns the number of fields in a row, including its position.
    pub(super) fn fields(&self) -> i16 {
        self.fields
    }

    /// Returns one encoding per column, without that of the position.
    pub(super) fn columns(&self) -> &[Encoding] {
        &self.columns
    }
}

/// The binary form of a column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Int2,
    Int4,
    Int8,
    Oid,
    Numeric,
    Float4,
    Float8,
    Bool,
    Text,
    Jsonb,
    Bytea,
    Date,
    Time,
    Timestamp,
    Uuid,
}

impl Encoding {
    /// Returns the binary form of a column's type, or `None` if it only travels as text.
    pub(super) fn of(neutral: NeutralType, native: &str, limits: &Limits) -> Option<Self> {
        let native = native.split(" COLLATE ").next().unwrap_or_default();
        let name = native.split('(').next().unwrap_or_default();
        Some(match (neutral, name) {
            (NeutralType::Integer, "smallint") => Self::Int2,
            (NeutralType::Integer, "integer") => Self::Int4,
            (NeutralType::Integer, "bigint") => Self::Int8,
            (NeutralType::Integer, "oid") => Self::Oid,
            (NeutralType::Decimal, "numeric") => Self::Numeric,
            (NeutralType::Float, "real") => Self::Float4,
            (NeutralType::Float, "double precision") => Self::Float8,
            (NeutralType::Bool, "boolean") => Self::Bool,
            (NeutralType::Text, "text" | "character varying" | "character" | "bpchar" | "citext" | "name") => {
                Self::Text
            }
            (NeutralType::Text, _) if limits.values.is_some() => Self::Text,
            (NeutralType::Json, "json") => Self::Text,
            (NeutralType::Json, "jsonb") => Self::Jsonb,
            (NeutralType::Bytes, "bytea") => Self::Bytea,
            (NeutralType::Date, "date") => Self::Date,
            // "timestamp(6) without time zone"
            (NeutralType::Time, name) if name.starts_with("time") => Self::Time,
            (NeutralType::Timestamp, name) if name.starts_with("timestamp") => Self::Timestamp,
            (NeutralType::Uuid, "uuid") => Self::Uuid,
            _ => return None,
        })
    }

    /// Appends the value. Returns `None` if the text is not of this type.
    pub(super) fn encode(self, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Int2 => out.extend_from_slice(&i16::try_from(integer(text)?).ok()?.to_be_bytes()),
            Self::Int4 => out.extend_from_slice(&i32::try_from(integer(text)?).ok()?.to_be_bytes()),
            Self::Int8 => out.extend_from_slice(&integer(text)?.to_be_bytes()),
            Self::Oid => out.extend_from_slice(&u32::try_from(integer(text)?).ok()?.to_be_bytes()),
            Self::Numeric => numeric(text, out)?,
            Self::Float4 => out.extend_from_slice(&number::<f32>(text)?.to_be_bytes()),
            Self::Float8 => out.extend_from_slice(&number::<f64>(text)?.to_be_bytes()),
            Self::Bool => out.push(u8::from(text == b"t")),
            Self::Text => out.extend_from_slice(text),
            Self::Jsonb => {
                // Version of the format.
                out.push(1);
                out.extend_from_slice(text);
            }
            Self::Bytea => hex_bytes(text, out)?,
            Self::Date => {
                let (year, month, day) = read_date(text)?;
                let days = i32::try_from(days_from_date(year, month, day) - DAYS_TO_2000).ok()?;
                out.extend_from_slice(&days.to_be_bytes());
            }
            Self::Time => out.extend_from_slice(&read_time(text)?.to_be_bytes()),
            Self::Timestamp => {
                let civil = read_timestamp(text)?;
                let micros = (civil.days() - DAYS_TO_2000) * DAY_MICROS + civil.micros;
                out.extend_from_slice(&micros.to_be_bytes());
            }
            Self::Uuid => uuid(text, out)?,
        }
        Some(())
    }
}

fn integer(text: &[u8]) -> Option<i64> {
    plain_integer(text).or_else(|| number(text))
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn uuid(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let id = uuid::Uuid::try_parse_ascii(text).ok()?;
    out.extend_from_slice(id.as_bytes());
    Some(())
}

/// Appends digits to the base of 10,000, after the place of the first one, the sign and the number of decimal places to
/// show.
fn numeric(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    let point = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
    let whole = &digits[..point];
    let fraction = digits.get(point + 1..).unwrap_or_default();
    let start = out.len();
    out.extend_from_slice(&[0; 8]);
    let mut weight = i16::try_from(whole.len().div_ceil(4)).ok()? - 1;
    let mut count = 0_i16;
    let mut last = start + 8;
    let head = whole.len() % 4;
    let groups = std::iter::once(&whole[..head]).filter(|group| !group.is_empty()).chain(whole[head..].chunks(4));
    let groups = groups.map(|group| (group, 0)).chain(fraction.chunks(4).map(|group| (group, 4 - group.len())));
    for (group, padding) in groups {
        let mut value = 0_i16;
        for digit in group {
            value = value * 10 + i16::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        }
        value *= 10_i16.pow(u32::try_from(padding).ok()?);
        if value == 0 && count == 0 {
            weight -= 1;
            continue;
        }
        out.extend_from_slice(&value.to_be_bytes());
        count = count.checked_add(1)?;
        if value != 0 {
            last = out.len();
        }
    }
    let zeros = (out.len() - last) / 2;
    out.truncate(last);
    count -= i16::try_from(zeros).ok()?;
    if count == 0 {
        weight = 0;
    }
    let sign: u16 = if negative && count > 0 { 0x4000 } else { 0 };
    let places = u16::try_from(fraction.len()).ok()?;
    out[start..start + 2].copy_from_slice(&count.to_be_bytes());
    out[start + 2..start + 4].copy_from_slice(&weight.to_be_bytes());
    out[start + 4..start + 6].copy_from_slice(&sign.to_be_bytes());
    out[start + 6..start + 8].copy_from_slice(&places.to_be_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_are_written_as_the_server_writes_them() {
        // count, weight, sign, decimal places, digits
        for (text, expected) in [
            ("0", vec![0, 0, 0, 0]),
            ("1", vec![1, 0, 0, 0, 1]),
            ("-12345.678", vec![3, 1, 0x4000, 3, 1, 2345, 6780]),
            ("0.0001", vec![1, -1, 0, 4, 1]),
            ("0.00000001", vec![1, -2, 0, 8, 1]),
            ("10000", vec![1, 1, 0, 0, 1]),
            ("100000000.5", vec![4, 2, 0, 1, 1, 0, 0, 5000]),
        ] {
            let mut out = Vec::new();
            numeric(text.as_bytes(), &mut out).unwrap();
            let written: Vec<i16> = out.chunks(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
            assert_eq!(written, expected, "{text}");
        }
        assert_eq!(numeric(b"1e5", &mut Vec::new()), None);
    }
}
