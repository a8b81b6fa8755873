//! Compares a column of dates with a moment, in SQL that can use an index on the column.
//!
//! SQLite stores dates as text, which may have a `T`, a `Z` or an offset from UTC, or may not be a date at all. The index finds
//! the candidates, and a function compares the moments.

use time::macros::format_description;
use time::{Date, Duration};

use crate::db::dialect::Dialect;

/// The largest difference between the texts of a moment with an offset and of the same moment in UTC.
const OFFSETS: Duration = Duration::days(2);

/// A column of dates.
#[derive(Clone, Copy)]
pub(super) struct Dated<'a> {
    pub(super) dialect: Dialect,
    /// The column in SQL.
    pub(super) column: &'a str,
}

impl Dated<'_> {
    /// Returns the condition that a date is not before a moment, given as text in UTC.
    pub(super) fn not_before(self, moment: &str) -> String {
        let (column, literal) = (self.column, self.dialect.literal(moment));
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb => format!("{column} >= {literal}"),
            Dialect::Sqlite => {
                format!("({column} >= {} AND NOT gapsync_later({literal}, {column}))", self.least(moment))
            }
        }
    }

    /// Returns the condition that a date is after a moment. An unreadable date is not.
    pub(super) fn after(self, moment: &str) -> String {
        let (column, literal) = (self.column, self.dialect.literal(moment));
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb => format!("{column} > {literal}"),
            Dialect::Sqlite => format!(
                "({column} >= {} AND gapsync_later({column}, {literal}) AND NOT gapsync_undated({column}))",
                self.least(moment)
            ),
        }
    }

    /// Returns the condition that a date is before a moment. An unreadable date is not.
    pub(super) fn before(self, moment: &str) -> String {
        let (column, literal) = (self.column, self.dialect.literal(moment));
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb => format!("{column} < {literal}"),
            Dialect::Sqlite => format!("(gapsync_later({literal}, {column}) AND NOT gapsync_undated({column}))"),
        }
    }

    /// Returns the condition that a date is not after a moment. An unreadable date does not meet it.
    pub(super) fn until(self, moment: &str) -> String {
        let (column, literal) = (self.column, self.dialect.literal(moment));
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb => format!("{column} <= {literal}"),
            Dialect::Sqlite => format!("(NOT gapsync_later({column}, {literal}) AND NOT gapsync_undated({column}))"),
        }
    }

    /// Returns the condition that the column has an unreadable value. Only SQLite can store one.
    pub(super) fn unreadable(self) -> Option<String> {
        let column = self.column;
        (!self.dialect.keeps_types()).then(|| format!("({column} IS NOT NULL AND gapsync_undated({column}))"))
    }

    /// Returns the SQL of the oldest of some dates, or NULL if there are none.
    pub(super) fn oldest(self) -> String {
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb => format!("min({})", self.column),
            Dialect::Sqlite => format!("min(gapsync_time({}))", self.column),
        }
    }

    fn least(self, moment: &str) -> String {
        self.dialect.literal(&least_text(moment))
    }
}

/// Returns a text that sorts before that of any moment from `start` on, whatever its format: each begins with the day.
fn least_text(start: &str) -> String {
    let form = format_description!("[year]-[month]-[day]");
    let day = start.get(..10).and_then(|day| Date::parse(day, form).ok());
    let first = day.and_then(|day| day.checked_sub(OFFSETS)).filter(|day| day.year() > 0);
    first.and_then(|day| day.format(form).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_text_of_a_moment_is_that_of_an_earlier_day() {
        assert_eq!(least_text("2026-01-01 00:00:05"), "2025-12-30");
        assert_eq!(least_text("0001-01-02 00:00:00"), "");
        assert_eq!(least_text("no date"), "");
    }
}
