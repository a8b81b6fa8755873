//! Whole numbers, decimals and floats.

use std::io::Write as _;

use super::super::schema::Limits;
use super::{Unfit, unfit};

const NOT_INTEGER: &str = "is not a whole number";
const NOT_DECIMAL: &str = "is not a decimal number";
const NOT_FLOAT: &str = "is not a number";
const OUT_OF_RANGE: &str = "is outside the range of the column";
const NOT_EXACT: &str = "is not exactly a float";

/// Length limit for the text of a number: a decimal in PostgreSQL has up to 131,072 digits before the point and 16,383
/// after it.
const MAX_DIGITS: usize = 150_000;

/// The parts of a number's text, without plus signs, leading zeros, and trailing zeros of the fraction.
struct Digits<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
}

impl<'a> Digits<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        if text.len() > MAX_DIGITS {
            return None;
        }
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let point = digits.iter().position(|byte| *byte == b'.');
        let (whole, fraction) = point.map_or((digits, &b""[..]), |point| (&digits[..point], &digits[point + 1..]));
        let all_digits = whole.iter().chain(fraction).all(u8::is_ascii_digit);
        if !all_digits || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let zeros = whole.iter().take_while(|byte| **byte == b'0').count();
        let kept = fraction.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
        Some(Self { negative, whole: &whole[zeros..], fraction: &fraction[..kept] })
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.negative && !(self.whole.is_empty() && self.fraction.is_empty()) {
            out.push(b'-');
        }
        out.extend_from_slice(if self.whole.is_empty() { b"0" } else { self.whole });
        if !self.fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(self.fraction);
        }
    }
}

/// Returns the whole number that `text` is in neutral form if it has at most 18 digits, as nearly all have.
#[must_use]
pub fn plain_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, text),
    };
    let plain = match digits {
        b"0" => !negative,
        [b'1'..=b'9', ..] => digits.len() <= 18,
        _ => false,
    };
    if !plain {
        return None;
    }
    let mut value = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

pub(super) fn integer(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    if plain_integer(text).is_some() {
        out.extend_from_slice(text);
        return Ok(());
    }
    whole_of(text, out, NOT_INTEGER)
}

/// Appends a decimal or float without a fraction as a whole number.
pub(super) fn whole(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    if text.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        let mut plain = Vec::new();
        decimal(text, &mut plain)?;
        return whole_of(&plain, out, NOT_INTEGER);
    }
    whole_of(text, out, NOT_INTEGER)
}

fn whole_of(text: &[u8], out: &mut Vec<u8>, reason: &'static str) -> Result<(), Unfit> {
    let Some(digits) = Digits::read(text).filter(|digits| digits.fraction.is_empty()) else { return unfit(reason) };
    let start = out.len();
    digits.write(out);
    match to_i128(&out[start..]) {
        Some(value) if value >= i128::from(i64::MIN) && value <= i128::from(u64::MAX) => Ok(()),
        _ => unfit("is a whole number of more than 64 bits"),
    }
}

/// Parses a canonical whole number. Returns `None` if it has more digits than any engine supports.
fn to_i128(text: &[u8]) -> Option<i128> {
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    if digits.len() > 38 {
        return None;
    }
    let value = digits.iter().fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

pub(super) fn integer_within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    let Some((least, most)) = limits.integer else { return Ok(()) };
    let number = plain_integer(value).map(i128::from).or_else(|| to_i128(value));
    if number.is_some_and(|number| (least..=most).contains(&number)) { Ok(()) } else { unfit(OUT_OF_RANGE) }
}

pub(super) fn decimal(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    if let Some(digits) = Digits::read(text) {
        digits.write(out);
        return Ok(());
    }
    // Very large or small floats are spelt with an exponent.
    let Some(point) = text.iter().position(|byte| matches!(byte, b'e' | b'E')) else { return unfit(NOT_DECIMAL) };
    let exponent = std::str::from_utf8(&text[point + 1..]).ok().and_then(|exponent| exponent.parse::<i32>().ok());
    let (Some(digits), Some(exponent)) = (Digits::read(&text[..point]), exponent) else { return unfit(NOT_DECIMAL) };
    if exponent.unsigned_abs() as usize > 400 {
        return unfit(NOT_DECIMAL);
    }
    let plain = shifted(&digits, exponent);
    Digits::read(&plain).map_or_else(
        || unfit(NOT_DECIMAL),
        |digits| {
            digits.write(out);
            Ok(())
        },
    )
}

/// Returns the digits with their point moved `exponent` places to the right.
fn shifted(digits: &Digits<'_>, exponent: i32) -> Vec<u8> {
    let places = exponent.unsigned_abs() as usize;
    let mut plain = Vec::with_capacity(places + digits.whole.len() + digits.fraction.len() + 3);
    if digits.negative {
        plain.push(b'-');
    }
    if exponent >= 0 {
        plain.extend_from_slice(digits.whole);
        let moved = places.min(digits.fraction.len());
        plain.extend_from_slice(&digits.fraction[..moved]);
        plain.resize(plain.len() + places - moved, b'0');
        plain.push(b'.');
        plain.extend_from_slice(&digits.fraction[moved..]);
    } else {
        let kept = digits.whole.len().saturating_sub(places);
        plain.extend_from_slice(&digits.whole[..kept]);
        plain.push(b'.');
        plain.resize(plain.len() + places.saturating_sub(digits.whole.len()), b'0');
        plain.extend_from_slice(&digits.whole[kept..]);
        plain.extend_from_slice(digits.fraction);
    }
    plain
}

pub(super) fn decimal_within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    let Some(digits) = Digits::read(value) else { return unfit(NOT_DECIMAL) };
    if let Some((all, fraction)) = limits.decimal {
        if digits.fraction.len() > fraction as usize {
            return unfit("has more decimal places than the column");
        }
        if digits.whole.len() > all.saturating_sub(fraction) as usize {
            return unfit(OUT_OF_RANGE);
        }
    }
    if limits.decimal_as_float && !survives_as_float(&digits, value) {
        return unfit("has more digits than the column keeps");
    }
    Ok(())
}

/// Returns whether SQLite's NUMERIC affinity keeps a decimal: as a 64-bit whole number, or as a float of 15 digits.
fn survives_as_float(digits: &Digits<'_>, value: &[u8]) -> bool {
    if digits.fraction.is_empty() && to_i128(value).is_some_and(|value| i64::try_from(value).is_ok()) {
        return true;
    }
    let leading =
        if digits.whole.is_empty() { digits.fraction.iter().take_while(|digit| **digit == b'0').count() } else { 0 };
    let trailing = if digits.fraction.is_empty() {
        digits.whole.iter().rev().take_while(|digit| **digit == b'0').count()
    } else {
        0
    };
    let significant = digits.whole.len() + digits.fraction.len() - leading - trailing;
    significant <= 15 && digits.whole.len() <= 300 && digits.fraction.len() <= 300
}

/// Appends the neutral form of a float: the shortest text that reads back equal, with an exponent if the plain form would
/// be long. Negative zero becomes zero.
pub fn write_float(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"Infinity" } else { b"-Infinity" });
    } else if value == 0.0 {
        out.push(b'0');
    } else {
        let plain = (1e-5..1e16).contains(&value.abs());
        let written = if plain { write!(out, "{value}") } else { write!(out, "{value:e}") };
        written.expect("a Vec takes all that is written");
    }
}

fn read_float(text: &[u8]) -> Option<f64> {
    if text.len() > 1200 {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    // "1e999" is read as infinite, which it is not.
    let spelt_in_digits = text.iter().any(u8::is_ascii_digit);
    (!(value.is_infinite() && spelt_in_digits)).then_some(value)
}

pub(super) fn float(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    match read_float(text) {
        Some(value) => write_float(value, out),
        None => return unfit(NOT_FLOAT),
    }
    Ok(())
}

/// Appends a whole number or decimal as a float with the same digits.
pub(super) fn exact_float(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    let Some(value) = read_float(text) else { return unfit(NOT_FLOAT) };
    let start = out.len();
    write_float(value, out);
    let (mut there, mut back) = (Vec::new(), Vec::new());
    decimal(text, &mut there)?;
    decimal(&out[start..], &mut back)?;
    if there == back { Ok(()) } else { unfit(NOT_EXACT) }
}

pub(super) fn float_within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    let rules = limits.float;
    if limits.decimal.is_some() {
        let mut plain = Vec::new();
        if decimal(value, &mut plain).is_ok() {
            decimal_within(limits, &plain)?;
        }
    }
    if rules.no_nan && value == b"NaN" {
        return unfit("is NaN, which the column cannot hold");
    }
    if rules.no_infinity && matches!(value, b"Infinity" | b"-Infinity") {
        return unfit("is infinite, which the column cannot hold");
    }
    if !rules.single {
        return Ok(());
    }
    let Some(value) = read_float(value) else { return unfit(NOT_FLOAT) };
    // Compares bits, because the question is whether anything at all is lost.
    if value.is_finite() && f64::from(to_single(value)).to_bits() != value.to_bits() {
        return unfit("has more digits than the column keeps");
    }
    Ok(())
}

/// Returns the nearest 32-bit float.
#[expect(clippy::cast_possible_truncation, reason = "whether anything is lost is what the caller finds out")]
fn to_single(value: f64) -> f32 {
    value as f32
}
