//! Text, JSON, bytes, UUIDs and truth values.

use super::super::schema::{Characters, JsonRule, Limits, TextLimits};
use super::{Unfit, unfit};

const NOT_BYTES: &str = "is not bytes written as \\x and hex digits";
const NOT_UUID: &str = "is not a UUID";

pub(super) fn utf8(text: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(text).map_or_else(|_| unfit("is not UTF-8 text"), Ok)
}

pub(super) fn truth(text: &[u8]) -> Result<bool, Unfit> {
    match text {
        b"t" | b"1" | b"true" | b"TRUE" => Ok(true),
        b"f" | b"0" | b"false" | b"FALSE" => Ok(false),
        _ => unfit("is not a truth value"),
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `\x` and the hex digits of `bytes`: the neutral form.
pub fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(2 + 2 * bytes.len());
    out.extend_from_slice(b"\\x");
    for byte in bytes {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Appends the bytes that neutral text represents. Returns `None` if it is not in the neutral form.
pub fn hex_bytes(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let digits = text.strip_prefix(b"\\x").filter(|digits| digits.len().is_multiple_of(2))?;
    out.reserve(digits.len() / 2);
    for pair in digits.chunks_exact(2) {
        out.push(nibble(pair[0])? << 4 | nibble(pair[1])?);
    }
    Some(())
}

pub(super) fn bytes(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    let digits = text.strip_prefix(b"\\x").filter(|digits| digits.len().is_multiple_of(2));
    let Some(digits) = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit)) else {
        return unfit(NOT_BYTES);
    };
    out.extend_from_slice(b"\\x");
    out.extend(digits.iter().map(u8::to_ascii_lowercase));
    Ok(())
}

pub(super) fn bytes_within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    let bytes = (value.len() as u64).saturating_sub(2) / 2;
    if limits.max_bytes.is_some_and(|most| bytes > most) {
        return unfit("is longer than the column");
    }
    if limits.exact_bytes.is_some_and(|exact| bytes != exact) {
        return unfit("is shorter than the column, which would pad it");
    }
    Ok(())
}

pub(super) fn uuid(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    let start = out.len();
    match text.len() {
        36 if HYPHENS.iter().all(|at| text[*at] == b'-') => out.extend_from_slice(text),
        32 => {
            for (index, part) in [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().enumerate() {
                if index > 0 {
                    out.push(b'-');
                }
                out.extend_from_slice(&text[part]);
            }
        }
        _ => return unfit(NOT_UUID),
    }
    out[start..].make_ascii_lowercase();
    let digits = out[start..].iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    if digits == 32 { Ok(()) } else { unfit(NOT_UUID) }
}

pub(super) fn uuid_within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    if !limits.reordered_uuid {
        return Ok(());
    }
    let byte = |at: usize| Some(nibble(*value.get(at)?)? << 4 | nibble(*value.get(at + 1)?)?);
    // Version 8 or above, and a variant from zero up to only the first bit. Found by trying all of them.
    match (byte(14), byte(19)) {
        (Some(0x80..), Some(0x01..=0x80)) => unfit("is a UUID that the database refuses"),
        _ => Ok(()),
    }
}

pub(super) fn text_within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    let length = value.len() as u64;
    if limits.max_bytes.is_some_and(|most| length > most) {
        return unfit("is longer than the column");
    }
    // A text never has more characters than bytes.
    if let Some(most) = limits.max_chars.filter(|most| length > *most)
        && utf8(value)?.chars().count() as u64 > most
    {
        return unfit("is longer than the column");
    }
    if limits.text != TextLimits::default() {
        characters_within(limits.text, value)?;
    }
    match &limits.values {
        Some(values) if !values.iter().any(|allowed| allowed.as_bytes() == value) => {
            unfit("is not one of the column's values")
        }
        _ => Ok(()),
    }
}

fn characters_within(rules: TextLimits, value: &[u8]) -> Result<(), Unfit> {
    if rules.no_nul && value.contains(&0) {
        return unfit("holds a NUL, which the database cannot store in text");
    }
    if rules.trims_blanks && value.last() == Some(&b' ') {
        return unfit("ends in blanks, which the column does not keep");
    }
    if rules.no_numbers && value.iter().any(u8::is_ascii_digit) && utf8(value)?.trim().parse::<f64>().is_ok() {
        return unfit("looks like a number, and the column would make it one");
    }
    let any = rules.characters == Characters::All || value.is_ascii();
    if !any && !utf8(value)?.chars().all(|character| rules.characters.has(character)) {
        return unfit("holds a character that the column's character set lacks");
    }
    Ok(())
}

/// The most digits of a number, and the greatest exponent, with which it fits what a database parses: PostgreSQL's `numeric` has
/// 131,072 digits before the point and 16,383 behind it.
const NUMBER_DIGITS: usize = 8_000;

/// Returns JSON that is known to be well formed with a zero in place of each number, or `None` if one of them is too large.
fn without_numbers(json: &[u8]) -> Option<Vec<u8>> {
    let (mut others, mut at, mut in_text) = (Vec::with_capacity(json.len()), 0, false);
    while let Some(&byte) = json.get(at) {
        if in_text || !(byte == b'-' || byte.is_ascii_digit()) {
            let escaped = in_text && byte == b'\\';
            let end = (at + 1 + usize::from(escaped)).min(json.len());
            in_text ^= byte == b'"';
            others.extend_from_slice(&json[at..end]);
            at = end;
            continue;
        }
        let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let length = json[at..].iter().position(|byte| !is_part(byte)).unwrap_or(json.len() - at);
        let number = std::str::from_utf8(&json[at..at + length]).ok()?;
        let exponent = number.find(['e', 'E']).map_or(Ok(0), |place| number[place + 1..].parse::<i32>()).ok()?;
        if length > NUMBER_DIGITS || exponent.unsigned_abs() as usize > NUMBER_DIGITS {
            return None;
        }
        others.push(b'0');
        at += length;
    }
    Some(others)
}

pub(super) fn json_within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    const NOT_JSON: &str = "is not valid JSON";
    text_within(limits, value)?;
    match limits.json {
        JsonRule::Free => Ok(()),
        JsonRule::Valid => {
            let read = serde_json::from_slice::<serde::de::IgnoredAny>(value);
            read.map_or_else(|_| unfit(NOT_JSON), |_| Ok(()))
        }
        JsonRule::Parsed => {
            if serde_json::from_slice::<serde_json::Value>(value).is_err() {
                // A number that no double holds may still be one for the database.
                let others =
                    serde_json::from_slice::<serde::de::IgnoredAny>(value).ok().map(|_| without_numbers(value));
                match others.map(|others| others.map(|others| serde_json::from_slice::<serde_json::Value>(&others))) {
                    Some(Some(Ok(_))) => {}
                    Some(None) => return unfit("holds a number that the database cannot store"),
                    Some(Some(Err(_))) | None => return unfit(NOT_JSON),
                }
            }
            if value.windows(6).any(|window| window == b"\\u0000") {
                return unfit("holds a NUL, which the database cannot store in text");
            }
            Ok(())
        }
    }
}
