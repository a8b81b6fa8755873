//! Values as text: converts the spelling of an engine or another program to the neutral form, and fits neutral values to
//! what a target column can hold. Nothing is rounded, cut or guessed: a value that does not fit is reported.
//!
//! This code runs for every cell of every row, so the common case copies bytes and allocates nothing.

use super::neutral::NeutralType;
use super::schema::{Column, Limits};

pub mod civil;
mod number;
mod text;
mod time;

pub use number::{plain_integer, write_float};
pub use text::{hex_bytes, write_hex};
pub use time::{NOT_DATE, NOT_TIME, NOT_TIMESTAMP};

/// Why a value cannot be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Phrased to follow the column's name: `is not a date`.
    pub reason: &'static str,
}

/// Returns the error for a value that cannot be held, for `reason`.
const fn unfit<T>(reason: &'static str) -> Result<T, Unfit> {
    Err(Unfit { reason })
}

/// Appends the neutral form of a value of type `neutral`, spelt as `text` by an engine or another program.
///
/// # Errors
/// `Unfit` if it is not such a value, or if the neutral form cannot represent it: infinite dates, years outside 0001 to
/// 9999, fractions of a microsecond. What was appended until then remains.
pub fn canonical(neutral: NeutralType, text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    match neutral {
        NeutralType::Integer => number::integer(text, out),
        NeutralType::Decimal => number::decimal(text, out),
        NeutralType::Float => number::float(text, out),
        NeutralType::Bool => text::truth(text).map(|truth| out.push(if truth { b't' } else { b'f' })),
        NeutralType::Text => text::utf8(text).map(|_| out.extend_from_slice(text)),
        NeutralType::Bytes => text::bytes(text, out),
        NeutralType::Date => time::date(text, out),
        NeutralType::Time => time::time(text, out),
        NeutralType::Timestamp => time::timestamp(text, out),
        NeutralType::Json => text::utf8(text).map(|_| out.extend_from_slice(text)),
        NeutralType::Uuid => text::uuid(text, out),
    }
}

/// Appends what `column` will hold for the neutral value `cell` of type `source`, as neutral text of the column's type.
///
/// Converts if the value does not change: whole numbers to decimals, floats, truth values and back, dates to timestamps,
/// anything to text, and text to whatever it spells.
///
/// # Errors
/// `Unfit` if the column cannot hold the value unchanged. What was appended until then remains.
pub fn fit(column: &Column, source: NeutralType, cell: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    use NeutralType::{Bool, Bytes, Date, Decimal, Float, Integer, Json, Text, Time, Timestamp, Uuid};
    let start = out.len();
    let limits = &column.limits;
    match (source, column.neutral) {
        (Bool, Integer | Decimal | Float) => out.push(if text::truth(cell)? { b'1' } else { b'0' }),
        (Decimal | Float, Integer) => number::whole(cell, out)?,
        (Integer | Decimal, Float) => number::exact_float(cell, out)?,
        (Date, Timestamp) => {
            time::date(cell, out)?;
            out.extend_from_slice(b" 00:00:00");
        }
        (Timestamp, Date) => time::whole_day(cell, out)?,
        (Text, Bytes) => text::bytes(cell, out)?,
        (_, Text) | (Text | Json, Json) => {
            text::utf8(cell)?;
            out.extend_from_slice(cell);
        }
        (Integer | Decimal | Float, Decimal)
        | (Integer | Bool | Decimal, Bool)
        | (Text, Integer | Decimal | Float | Bool | Date | Time | Timestamp | Uuid) => {
            canonical(column.neutral, cell, out)?
        }
        (source, target) if source == target => canonical(target, cell, out)?,
        _ => return unfit("has a type that the column cannot take"),
    }
    within(column.neutral, limits, &out[start..])
}

/// Appends a stored timestamp or time of day with exactly six digits of fraction, the form that is hashed and compared. Any
/// other text is appended unchanged.
pub fn with_six_digits(text: &[u8], out: &mut Vec<u8>) {
    time::with_six_digits(text, out);
}

/// Checks a canonical value against the limits of its column.
fn within(neutral: NeutralType, limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    match neutral {
        NeutralType::Integer => number::integer_within(limits, value),
        NeutralType::Decimal => number::decimal_within(limits, value),
        NeutralType::Float => number::float_within(limits, value),
        NeutralType::Text => text::text_within(limits, value),
        NeutralType::Json => text::json_within(limits, value),
        NeutralType::Bytes => text::bytes_within(limits, value),
        NeutralType::Date | NeutralType::Time | NeutralType::Timestamp => time::within(limits, value),
        NeutralType::Uuid => text::uuid_within(limits, value),
        NeutralType::Bool => Ok(()),
    }
}

#[cfg(test)]
mod tests;
