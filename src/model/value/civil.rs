//! Dates and times as numbers: parses their text, checks the calendar, counts days.

/// A moment of the calendar, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, 1 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
    /// Microseconds since midnight.
    pub micros: i64,
}

/// Microseconds of a day.
pub const DAY_MICROS: i64 = 86_400_000_000;
/// The day number of 2000-01-01, from which PostgreSQL counts.
pub const DAYS_TO_2000: i64 = 10_957;

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0_u32, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Parses exactly `YYYY-MM-DD`, a valid day of the calendar.
#[must_use]
pub fn read_date(text: &[u8]) -> Option<(u16, u8, u8)> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = u16::try_from(digits(&text[..4])?).ok()?;
    let month = u8::try_from(digits(&text[5..7])?).ok()?;
    let day = u8::try_from(digits(&text[8..])?).ok()?;
    let known = year > 0 && (1..=12).contains(&month) && day > 0 && day <= days_in(year, month);
    known.then_some((year, month, day))
}

/// Parses `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f…` within a day, as microseconds since midnight. Digits of the fraction after
/// the sixth must be zeros.
#[must_use]
pub fn read_time(text: &[u8]) -> Option<i64> {
    if text.len() < 5 || text[2] != b':' {
        return None;
    }
    let (hours, minutes) = (digits(&text[..2])?, digits(&text[3..5])?);
    let (seconds, micros) = match &text[5..] {
        [] => (0, 0),
        [b':', tens, ones] => (digits(&[*tens, *ones])?, 0),
        [b':', tens, ones, b'.', fraction @ ..] => (digits(&[*tens, *ones])?, read_fraction(fraction)?),
        _ => return None,
    };
    let known = hours < 24 && minutes < 60 && seconds < 60;
    known.then(|| i64::from((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + i64::from(micros))
}

fn read_fraction(fraction: &[u8]) -> Option<u32> {
    let (kept, rest) = fraction.split_at(fraction.len().min(6));
    if kept.is_empty() || rest.iter().any(|byte| *byte != b'0') {
        return None;
    }
    let scale = 10_u32.pow(u32::try_from(6 - kept.len()).ok()?);
    digits(kept).map(|value| value * scale)
}

/// Parses a date, optionally followed by a blank or `T` and a time, optionally with an offset (`Z`, `+hh`, `+hh:mm`), as
/// UTC.
#[must_use]
pub fn read_timestamp(text: &[u8]) -> Option<Civil> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = read_date(date)?;
    if rest.is_empty() {
        return Some(Civil { year, month, day, micros: 0 });
    }
    let [b' ' | b'T' | b't', clock @ ..] = rest else { return None };
    let zone = clock.iter().position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-')).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone);
    let civil = Civil { year, month, day, micros: read_time(clock.trim_ascii_end())? };
    match read_offset(zone)? {
        0 => Some(civil),
        offset => civil.less(offset),
    }
}

/// Parses an offset from UTC in microseconds.
fn read_offset(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [_, _] => (digits(rest)?, 0),
        [h, h2, m, m2] | [h, h2, b':', m, m2] => (digits(&[*h, *h2])?, digits(&[*m, *m2])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes) * 60_000_000)
}

impl Civil {
    /// Returns the days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i64 {
        days_from_date(self.year, self.month, self.day)
    }

    fn less(self, offset: i64) -> Option<Self> {
        let total = self.days() * DAY_MICROS + self.micros - offset;
        let (year, month, day) = date_from_days(total.div_euclid(DAY_MICROS))?;
        Some(Self { year, month, day, micros: total.rem_euclid(DAY_MICROS) })
    }

    /// Appends the neutral timestamp.
    pub fn write(self, out: &mut Vec<u8>) {
        write_date(self.year, self.month, self.day, out);
        out.push(b' ');
        write_time(self.micros, out, false);
    }
}

/// Returns the days from 1970-01-01 to a day of the calendar. Counts years from March, so that the leap day comes last.
#[must_use]
pub fn days_from_date(year: u16, month: u8, day: u8) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Days in 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// Returns the day of the calendar that is `days` after 1970-01-01, or `None` outside the years 1 to 9999.
#[must_use]
pub fn date_from_days(days: i64) -> Option<(u16, u8, u8)> {
    let (year, month, day) = any_date_from_days(days);
    let year = u16::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    Some((year, month, day))
}

/// Returns the day that is `days` after 1970-01-01 in an unlimited calendar, in which the year before 1 is 0.
#[must_use]
pub fn any_date_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    // 32 bits from here on, which takes half the time.
    let day_of_era = days.rem_euclid(ERA_DAYS) as u32;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = days.div_euclid(ERA_DAYS) * 400 + i64::from(year_of_era) + i64::from(month <= 2);
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    (year, month as u8, day as u8)
}

/// Returns the last two digits of a number.
fn two(value: u32) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

/// Appends `YYYY-MM-DD`.
pub fn write_date(year: u16, month: u8, day: u8, out: &mut Vec<u8>) {
    let year = u32::from(year);
    let ([y0, y1], [y2, y3]) = (two(year / 100), two(year));
    let ([m0, m1], [d0, d1]) = (two(month.into()), two(day.into()));
    out.extend_from_slice(&[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1]);
}

/// Appends `HH:MM:SS` and the fraction: six digits, left out if zero unless `always` is set.
pub fn write_time(micros: i64, out: &mut Vec<u8>, always: bool) {
    let micros = micros.unsigned_abs();
    // At most a day, and so less than 2^32 seconds.
    let (seconds, fraction) = ((micros / 1_000_000) as u32, (micros % 1_000_000) as u32);
    let ([h0, h1], [m0, m1], [s0, s1]) = (two(seconds / 3600), two(seconds / 60 % 60), two(seconds % 60));
    out.extend_from_slice(&[h0, h1, b':', m0, m1, b':', s0, s1]);
    if fraction > 0 || always {
        let ([f0, f1], [f2, f3], [f4, f5]) = (two(fraction / 10_000), two(fraction / 100), two(fraction));
        out.extend_from_slice(&[b'.', f0, f1, f2, f3, f4, f5]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_comes_back() {
        let first = days_from_date(1, 1, 1);
        let last = days_from_date(9999, 12, 31);
        assert_eq!(days_from_date(1970, 1, 1), 0);
        assert_eq!(days_from_date(2000, 1, 1), DAYS_TO_2000);
        let mut text = Vec::new();
        for days in first..=last {
            let (year, month, day) = date_from_days(days).unwrap();
            assert_eq!(days_from_date(year, month, day), days);
            text.clear();
            write_date(year, month, day, &mut text);
            assert_eq!(read_date(&text), Some((year, month, day)));
        }
        assert_eq!((date_from_days(first - 1), date_from_days(last + 1)), (None, None));
    }
}
