//! Moments as numbers: microseconds since 1970, converted from and to neutral timestamps.

use crate::model::value::civil::{Civil, DAY_MICROS, date_from_days, read_timestamp};

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;

/// Reads a date or a timestamp in any form that the program understands.
pub(super) fn read(text: &str) -> Option<i64> {
    let civil = read_timestamp(text.as_bytes())?;
    Some(civil.days() * DAY_MICROS + civil.micros)
}

/// Formats a moment as a neutral timestamp. One before the year 1 becomes the beginning of that year.
pub(super) fn shown(moment: i64) -> String {
    let (year, month, day) = date_from_days(moment.div_euclid(DAY_MICROS)).unwrap_or((1, 1, 1));
    let mut text = Vec::new();
    Civil { year, month, day, micros: moment.rem_euclid(DAY_MICROS) }.write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Returns the beginning of a moment's second.
pub(super) fn whole_second(moment: i64) -> i64 {
    moment.div_euclid(SECOND) * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive() {
        for text in ["2026-01-02 03:04:05", "2026-01-02 03:04:05.000001", "0001-01-01 00:00:00"] {
            assert_eq!(shown(read(text).unwrap()), text);
        }
        assert_eq!(shown(read("2026-01-01 00:05:00").unwrap() - 600 * SECOND), "2025-12-31 23:55:00");
        assert_eq!(shown(whole_second(read("2026-01-01 00:05:00.9").unwrap())), "2026-01-01 00:05:00");
        assert_eq!(read("2026-01-01T02:00:00+02:00"), read("2026-01-01"));
    }
}
