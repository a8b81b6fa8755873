//! Shifts the clock that a run reads from its database, so that tests can let days pass between two commands or set the
//! clock back. Release builds use the database's clock unchanged.

use std::sync::OnceLock;

use time::macros::format_description;
use time::{Duration, PrimitiveDateTime};

/// Shifts a neutral timestamp by the seconds in `GAPSYNC_CLOCK_SKEW`, which may be negative.
#[must_use]
pub fn shifted(now: String) -> String {
    static SECONDS: OnceLock<i64> = OnceLock::new();
    if !cfg!(debug_assertions) {
        return now;
    }
    let variable = || std::env::var("GAPSYNC_CLOCK_SKEW").ok().and_then(|text| text.parse().ok());
    let seconds = *SECONDS.get_or_init(|| variable().unwrap_or(0));
    if seconds == 0 { now } else { by(&now, seconds).unwrap_or(now) }
}

/// Returns the moment `seconds` later, with the same fraction.
fn by(now: &str, seconds: i64) -> Option<String> {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let (whole, fraction) = now.split_at_checked(19)?;
    let moment = PrimitiveDateTime::parse(whole, form).ok()?.checked_add(Duration::seconds(seconds))?;
    Some(moment.format(form).ok()? + fraction)
}

#[cfg(test)]
mod tests {
    use super::by;

    #[test]
    fn a_clock_goes_forward_and_back() {
        assert_eq!(by("2026-02-28 23:59:59.000001", 1).as_deref(), Some("2026-03-01 00:00:00.000001"));
        assert_eq!(by("2026-01-01 00:00:00", -86400).as_deref(), Some("2025-12-31 00:00:00"));
        assert_eq!(by("noon", 1), None);
    }
}
