//! Dates, times of day and timestamps.

use super::super::schema::Limits;
use super::civil::{read_date, read_time, read_timestamp, write_time};
use super::{Unfit, unfit};

/// Why dates are refused.
pub const NOT_DATE: &str = "is not a date of the years 0001 to 9999";
/// Why times of day are refused.
pub const NOT_TIME: &str = "is not a time of day in microseconds";
/// Why timestamps are refused.
pub const NOT_TIMESTAMP: &str = "is not a timestamp of the years 0001 to 9999 in microseconds";

pub(super) fn date(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    if read_date(text).is_none() {
        return unfit(NOT_DATE);
    }
    out.extend_from_slice(text);
    Ok(())
}

pub(super) fn time(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    let Some(micros) = read_time(text) else { return unfit(NOT_TIME) };
    write_time(micros, out, false);
    Ok(())
}

pub(super) fn timestamp(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    if let Some(bytes) = plain_timestamp(text) {
        out.extend_from_slice(&text[..bytes]);
        return Ok(());
    }
    let Some(civil) = read_timestamp(text) else { return unfit(NOT_TIMESTAMP) };
    civil.write(out);
    Ok(())
}

/// Returns how many of the first bytes are the neutral form of `YYYY-MM-DD HH:MM:SS`, optionally with a point and six
/// digits. Nearly all timestamps are spelt like this.
fn plain_timestamp(text: &[u8]) -> Option<usize> {
    let (day, clock) = (text.get(..10)?, text.get(11..19)?);
    if text[10] != b' ' || clock[5] != b':' {
        return None;
    }
    read_date(day)?;
    read_time(clock)?;
    match &text[19..] {
        [] | b".000000" => Some(19),
        [b'.', digits @ ..] if digits.len() == 6 && digits.iter().all(u8::is_ascii_digit) => Some(26),
        _ => None,
    }
}

/// Appends a timestamp at midnight as a date.
pub(super) fn whole_day(text: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    let start = out.len();
    timestamp(text, out)?;
    if &out[start + 10..] != b" 00:00:00" {
        return unfit("has a time of day, which the column cannot hold");
    }
    out.truncate(start + 10);
    Ok(())
}

pub(super) fn within(limits: &Limits, value: &[u8]) -> Result<(), Unfit> {
    if let Some(kept) = limits.fraction_digits.filter(|kept| *kept < 6)
        && let Some(point) = value.iter().position(|byte| *byte == b'.')
        && value[point + 1..].iter().skip(kept as usize).any(|digit| *digit != b'0')
    {
        return unfit("has a finer fraction of a second than the column keeps");
    }
    match &limits.range {
        Some((least, most)) if value < least.as_bytes() || value > most.as_bytes() => {
            unfit("is outside the range of the column")
        }
        _ => Ok(()),
    }
}

/// Appends a stored timestamp or time of day with exactly six digits of fraction. Any other text is appended unchanged.
pub(super) fn with_six_digits(text: &[u8], out: &mut Vec<u8>) {
    if let Some(civil) = read_timestamp(text) {
        super::civil::write_date(civil.year, civil.month, civil.day, out);
        out.push(b' ');
        write_time(civil.micros, out, true);
    } else if let Some(micros) = read_time(text) {
        write_time(micros, out, true);
    } else {
        out.extend_from_slice(text);
    }
}
