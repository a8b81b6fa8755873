//! Reads the dates and times that old files spell in several ways.

use crate::model::value::civil::{days_from_date, read_date, write_date};

/// A day of the calendar: year, month, day.
pub(super) type Date = (u16, u8, u8);

/// Zones that are named, in hours from UTC: those of RFC 2822 and Central European time. tshark prints the zone of its machine.
const ZONES: [(&str, i64); 14] = [
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    ("Z", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("CET", 1),
    ("CEST", 2),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reads a folder's name, `YYYYMMDD`.
pub(super) fn of_digits(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    valid(&text[..4], &text[4..6], &text[6..])
}

/// Reads the date that begins a text, with hyphens or slashes, and returns what follows it too.
pub(super) fn leading(text: &str) -> Option<(Date, &str)> {
    let text = text.trim_start_matches(' ');
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(separated(rest, &['-', '/'])?, 1, 2)?;
    let (day, rest) = digits(separated(rest, &['-', '/'])?, 1, 2)?;
    if rest.starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    Some((valid(year, month, day)?, rest))
}

/// Writes a date for people: `2017-01-04`.
pub(super) fn shown((year, month, day): Date) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

/// Writes the date that begins a text as `YYYY-MM-DD`, and keeps what follows it.
pub(super) fn iso(text: &str) -> Option<Vec<u8>> {
    let ((year, month, day), rest) = leading(text)?;
    let mut out = Vec::with_capacity(text.len() + 2);
    write_date(year, month, day, &mut out);
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

/// Returns the whole seconds since 1970 of `20170104`, `2017-01-04`, `2017-01-04 14:05:59.123` (with a blank or a `T`) or
/// `Jan  4, 2017 14:05:59.123456789 UTC`. Without a zone it is UTC. A fraction is cut off.
pub(super) fn epoch(text: &str) -> Option<i64> {
    let text = text.trim_matches(' ');
    if let Some(date) = of_digits(text) {
        return Some(midnight(date));
    }
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        epoch_of_words(text)
    } else {
        epoch_of_numbers(text)
    }
}

/// Returns the hour of `HH:MM`, `HH:MM:SS`, either with a fraction, or `HH`.
pub(super) fn hour(text: &str) -> Option<u8> {
    let (hour, rest) = digits(text, 1, 2)?;
    let hour: u8 = hour.parse().ok().filter(|hour| *hour < 24)?;
    if rest.is_empty() || clock(text).is_some_and(|(_, rest)| rest.is_empty()) { Some(hour) } else { None }
}

/// Returns a number of minutes.
pub(super) fn minute(text: &str) -> Option<u8> {
    let (minute, rest) = digits(text, 1, 2)?;
    minute.parse().ok().filter(|minute| *minute < 60 && rest.is_empty())
}

fn epoch_of_numbers(text: &str) -> Option<i64> {
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(separated(rest, &['-'])?, 1, 2)?;
    let (day, rest) = digits(separated(rest, &['-'])?, 1, 2)?;
    let midnight = midnight(valid(year, month, day)?);
    if rest.is_empty() {
        return Some(midnight);
    }
    let (seconds, rest) = clock(separated(rest, &[' ', 'T'])?)?;
    rest.is_empty().then_some(midnight + seconds)
}

fn epoch_of_words(text: &str) -> Option<i64> {
    let length = text.find(|next: char| !next.is_ascii_alphabetic())?;
    let (name, rest) = text.split_at(length);
    let full =
        |month: &&str| month.eq_ignore_ascii_case(name) || (length == 3 && month[..3].eq_ignore_ascii_case(name));
    let month = MONTHS.iter().position(full)? + 1;
    let (day, rest) = digits(blanks(rest)?, 1, 2)?;
    let (year, rest) = digits(blanks(rest.strip_prefix(',').unwrap_or(rest))?, 4, 4)?;
    let midnight = midnight(valid(year, &month.to_string(), day)?);
    let (seconds, rest) = clock(blanks(rest)?)?;
    Some(midnight + seconds - zone(rest.trim_matches(' '))?)
}

/// Reads a time of day and returns its seconds and what follows its fraction.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (hour, rest) = digits(text, 1, 2)?;
    let (minute, rest) = digits(separated(rest, &[':'])?, 2, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2, 2)?,
        None => ("0", rest),
    };
    let rest = match rest.strip_prefix('.') {
        Some(rest) => digits(rest, 1, 9)?.1,
        None => rest,
    };
    let [hour, minute, second] = [hour, minute, second].map(|part| part.parse::<i64>().unwrap_or(i64::MAX));
    (hour < 24 && minute < 60 && second < 60).then(|| ((hour * 60 + minute) * 60 + second, rest))
}

/// Returns the seconds that a zone is ahead of UTC.
fn zone(text: &str) -> Option<i64> {
    let named = ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    if text.is_empty() || named.is_some() {
        return Some(named.map_or(0, |(_, hours)| hours * 3600));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(&text[1..], 2, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':').unwrap_or(rest), 2, 2)?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    rest.is_empty().then_some(sign * (hours * 3600 + minutes * 60))
}

fn valid(year: &str, month: &str, day: &str) -> Option<Date> {
    read_date(format!("{year}-{month:0>2}-{day:0>2}").as_bytes())
}

fn midnight((year, month, day): Date) -> i64 {
    days_from_date(year, month, day) * 86_400
}

/// Splits off at least `least` and at most `most` digits.
fn digits(text: &str, least: usize, most: usize) -> Option<(&str, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (count >= least).then(|| text.split_at(count))
}

fn separated<'a>(text: &'a str, separators: &[char]) -> Option<&'a str> {
    text.strip_prefix(separators)
}

/// Returns what follows one or more blanks.
fn blanks(text: &str) -> Option<&str> {
    text.starts_with(' ').then(|| text.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_all_spellings() {
        let noon = 1_483_488_000 + 12 * 3600;
        for (text, seconds) in [
            ("20170104", Some(noon - 43_200)),
            ("2017-01-04", Some(noon - 43_200)),
            ("2017-1-4 12:00:00.5", Some(noon)),
            ("2017-01-04T12:00:00", Some(noon)),
            ("Jan  4 2017 12:00:00.123456789 UTC", Some(noon)),
            ("January 4, 2017 7:00:00 EST", Some(noon)),
            ("jan 4 2017 12:00:00", Some(noon)),
            ("Jan  4 2017 13:30:00.9 +01:30", Some(noon)),
            ("Jan  4 2017 12:00:00 XYZ", None),
            ("Jan 32 2017 12:00:00 UTC", None),
            ("2017-02-29", None),
            ("20171345", None),
            ("2017-01-04 24:00:00", None),
            ("2017-01-04 12:00:00 x", None),
            ("", None),
        ] {
            assert_eq!(epoch(text), seconds, "{text}");
        }
    }

    #[test]
    fn dates_at_the_beginning_are_normalised() {
        let shown = |text| iso(text).map(|iso| String::from_utf8(iso).expect("text"));
        assert_eq!(shown(" 2017/1/4 08:15").as_deref(), Some("2017-01-04 08:15"));
        assert_eq!(shown("2017-01-04").as_deref(), Some("2017-01-04"));
        assert_eq!([shown("2017-01-045"), shown("04/01/2017"), shown("")], [None, None, None]);
        assert_eq!(of_digits("20170104"), Some((2017, 1, 4)));
        assert_eq!([of_digits("2_old"), of_digits("20171301")], [None, None]);
    }

    #[test]
    fn hours_are_within_a_day() {
        assert_eq!(
            ["14", "7:05", "14:05:59.25", "24", "14:60", "14h", ""].map(hour),
            [Some(14), Some(7), Some(14), None, None, None, None]
        );
        assert_eq!(["05", "60", "5x"].map(minute), [Some(5), None, None]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([0-9]{1,4}|[-/: TZ.+]|Jan|UTC|\\PC){0,14}") {
            let _ = (epoch(&text), iso(&text), hour(&text), minute(&text), of_digits(&text));
        }
    }
}
