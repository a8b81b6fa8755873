//! Parses the values of options: yes and no, sizes, moments.

use std::time::Duration;

use time::macros::format_description;
use time::{Date, Time};

use crate::model::manifest::is_receiver;
use crate::run::rejects::RejectLimit;
use crate::sync::export::OnlyOption;

/// Parses `NAME=VALUE`.
pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Parses `TABLE.COLUMN=VALUE,VALUE`.
pub(super) fn only(text: &str) -> Result<OnlyOption, String> {
    let fault = "write TABLE.COLUMN=VALUE, or several values separated by commas";
    let (place, values) = text.split_once('=').ok_or(fault)?;
    let (table, column) = place.trim().rsplit_once('.').ok_or(fault)?;
    let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
    if table.is_empty() || column.is_empty() || values.iter().any(String::is_empty) {
        return Err(fault.to_owned());
    }
    Ok(OnlyOption { table: table.to_owned(), column: column.to_owned(), values })
}

/// A moment as it was typed. A date without a time may mean either end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Moment {
    date: Date,
    time: Option<Time>,
}

impl Moment {
    /// Returns the first moment it may mean, as a neutral timestamp.
    pub(in crate::cli) fn start(self) -> String {
        self.neutral(Time::MIDNIGHT)
    }

    /// Returns the last moment it may mean, as a neutral timestamp.
    pub(in crate::cli) fn end(self) -> String {
        self.neutral(time::macros::time!(23:59:59.999_999))
    }

    /// Returns the day as year, month and day, or `None` if it was typed with a time.
    pub(in crate::cli) fn day(self) -> Option<(u16, u8, u8)> {
        let year = u16::try_from(self.date.year()).ok()?;
        self.time.is_none().then_some((year, self.date.month().into(), self.date.day()))
    }

    fn neutral(self, when_missing: Time) -> String {
        let (date, time) = (self.date, self.time.unwrap_or(when_missing));
        let (hour, minute, second, micro) = time.as_hms_micro();
        let whole = format!("{date} {hour:02}:{minute:02}:{second:02}");
        if micro == 0 { whole } else { format!("{whole}.{micro:06}") }
    }
}

/// Parses `YYYY-MM-DD`, optionally with a blank or `T` and `HH:MM:SS[.ffffff]`, optionally with `Z`.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    let fault = || "not a moment: write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, in UTC".to_owned();
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parsed = Date::parse(date, format_description!("[year]-[month]-[day]")).map_err(|_| fault())?;
    // The parser also accepts a year with a sign, and no engine supports the year 0.
    if date.len() != 10 || parsed.year() < 1 {
        return Err(fault());
    }
    let date = parsed;
    let Some(time) = time else { return Ok(Moment { date, time: None }) };
    let time = time.strip_suffix('Z').unwrap_or(time);
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let whole = Time::parse(whole, format_description!("[hour]:[minute]:[second]")).map_err(|_| fault())?;
    let digits = fraction.len();
    if !(1..=6).contains(&digits) || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(fault());
    }
    let micro = format!("{fraction:0<6}").parse().map_err(|_| fault())?;
    Ok(Moment { date, time: Some(whole.replace_microsecond(micro).map_err(|_| fault())?) })
}

/// Parses Y, N, yes, no, true or false, in any case.
pub(super) fn yes_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "true" => Ok(true),
        "n" | "no" | "false" => Ok(false),
        _ => Err("write Y or N".to_owned()),
    }
}

/// Parses a number of bytes, at least one, optionally followed by K, M, G or T for powers of 1024 and `B` or `iB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let fault = || "not a size: write a number of bytes, or one followed by K, M, G or T, such as 500M".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(fault()),
    };
    let number: u64 = digits.parse().map_err(|_| fault())?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(fault)
}

/// Parses a number from one to a thousand million.
pub(super) fn rows(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (1..=1_000_000_000).contains(number));
    number.ok_or_else(|| "write a number from 1 to 1000000000".to_owned())
}

/// Parses a number of rows, or a percentage with up to four decimals.
pub(super) fn reject_limit(text: &str) -> Result<RejectLimit, String> {
    let fault = || "write a number of rows, or a percentage from 0% to 100%, such as 0.5%".to_owned();
    let Some(percent) = text.strip_suffix('%') else {
        return text.parse().map(RejectLimit::Rows).map_err(|_| fault());
    };
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
    let digits = |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(fault());
    }
    let millionths: u32 = format!("{whole}{fraction:0<4}").parse().map_err(|_| fault())?;
    if millionths > 1_000_000 { Err(fault()) } else { Ok(RejectLimit::Millionths(millionths)) }
}

/// Parses a number of threads.
pub(super) fn jobs(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "write a number from 1 to 1024".to_owned())
}

/// Parses the name of a receiver.
pub(super) fn receiver(text: &str) -> Result<String, String> {
    let name = Some(text.to_owned()).filter(|name| is_receiver(name));
    name.ok_or_else(|| "write a name of 1 to 64 characters without control characters".to_owned())
}

/// Parses the sequence number of a bundle.
pub(super) fn sequence(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "write the sequence number of a bundle".to_owned())
}

/// Parses a duration: a number followed by `s`, `m`, `h` or `d`, at most a year.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let fault = || "write a duration such as 90s, 10m, 1h or 2d, at most a year".to_owned();
    let unit = text.chars().next_back().ok_or_else(fault)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(fault()),
    };
    let digits = text.strip_suffix(unit).unwrap_or_default();
    let number = digits.parse::<u32>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = number.map(|number| u64::from(number) * seconds).filter(|seconds| *seconds <= 366 * 86_400);
    seconds.map(Duration::from_secs).ok_or_else(fault)
}

/// Parses the id of a run.
pub(super) fn run_id(text: &str) -> Result<i64, String> {
    text.parse().ok().filter(|id| *id > 0).ok_or_else(|| "write the number of a run".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_alone_is_the_whole_day() {
        let day = moment("2026-02-28").unwrap();
        assert_eq!(day.start(), "2026-02-28 00:00:00");
        assert_eq!(day.end(), "2026-02-28 23:59:59.999999");
    }

    #[test]
    fn a_time_is_kept_as_typed() {
        for text in ["2026-02-28 01:02:03", "2026-02-28T01:02:03", "2026-02-28T01:02:03.000Z"] {
            let moment = moment(text).unwrap();
            assert_eq!((moment.start(), moment.end()), ("2026-02-28 01:02:03".into(), "2026-02-28 01:02:03".into()));
        }
        assert_eq!(moment("2026-02-28 01:02:03.5").unwrap().end(), "2026-02-28 01:02:03.500000");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "28.2.2026",
            "2026-02-30",
            "2026-2-3",
            "2026-02-28 25:00:00",
            "2026-02-28 01:02",
            "2026-02-28 01:02:03.1234567",
            "2026-02-28 01:02:03.",
            "2026-02-28 01:02:03+01:00",
            "0000-01-01",
            "+2026-01-01",
        ] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        let sizes: Vec<_> = ["1", "2K", "500M", "2G", "1T", "3GiB"].iter().map(|text| size(text).unwrap()).collect();
        assert_eq!(sizes, [1, 2048, 500 << 20, 2 << 30, 1 << 40, 3 << 30]);
        for text in ["", "0", "G", "-1", "1.5G", "2X", "99999999999999T", "2 G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rejects_are_limited_by_number_or_share() {
        use RejectLimit::{Millionths, Rows};
        for (text, limit) in [
            ("0", Rows(0)),
            ("500", Rows(500)),
            ("0%", Millionths(0)),
            ("0.5%", Millionths(5000)),
            ("12.3456%", Millionths(123_456)),
            ("100%", Millionths(1_000_000)),
        ] {
            assert_eq!(reject_limit(text), Ok(limit));
            assert_eq!(limit.to_string(), text);
        }
        for text in ["", "%", "-1", "1.5", "101%", "100.1%", "1.%", ".5%", "1.23456%", "1 %", "+1%"] {
            assert!(reject_limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, seconds) in
            [("0s", 0), ("90s", 90), ("10m", 600), ("1h", 3600), ("2d", 172_800), ("366d", 31_622_400)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "1", "h", "-1h", "+1h", "1.5h", "1 h", "1hh", "367d", "99999999999d", "1\u{fc}"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn receivers_have_names_that_can_be_shown() {
        for name in ["Site B", "\u{fc}", &"x".repeat(64)] {
            assert_eq!(receiver(name), Ok(name.to_owned()));
        }
        for name in ["", "a\nb", "\u{1b}[2J", &"x".repeat(65)] {
            assert!(receiver(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn yes_and_no_have_three_spellings() {
        for (text, value) in [("Y", true), ("yes", true), ("TRUE", true), ("n", false), ("No", false), ("false", false)]
        {
            assert_eq!(yes_no(text), Ok(value));
        }
        assert!(yes_no("1").is_err());
    }
}
