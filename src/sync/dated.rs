//! Compares a column of dates with a moment, in SQL that can use an index on the column.
//!
//! Numbers that count the time since 1970 are compared as numbers. One that counts whole seconds stands for all of its second.
//!
//! SQLite stores dates as text, which may have a `T`, a `Z` or an offset from UTC, or may not be a date at all. The index finds
//! the candidates, and a function compares the moments.

use time::macros::format_description;
use time::{Date, Duration};

use super::moment;
use crate::db::dialect::Dialect;
use crate::model::change::{DateKind, DeletedColumn, DeletionKind};
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;

/// The largest difference between the texts of a moment with an offset and of the same moment in UTC.
const OFFSETS: Duration = Duration::days(2);

/// A column of dates.
#[derive(Clone, Copy)]
pub(super) struct Dated<'a> {
    pub(super) dialect: Dialect,
    /// The column in SQL.
    pub(super) column: &'a str,
    /// What its values are.
    pub(super) kind: DateKind,
}

impl Dated<'_> {
    /// Returns the condition that a date is not before a moment, given as text in UTC.
    pub(super) fn not_before(self, moment: &str) -> String {
        let (column, literal) = (self.column, self.dialect.literal(moment));
        if let Some(number) = self.number(moment) {
            return format!("{column} >= {number}");
        }
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
        if let Some(number) = self.number(moment) {
            return self.readable(&format!("{column} > {number}"));
        }
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
        if let Some(number) = self.number(moment) {
            return self.readable(&format!("{column} < {number}"));
        }
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb => format!("{column} < {literal}"),
            Dialect::Sqlite => format!("(gapsync_later({literal}, {column}) AND NOT gapsync_undated({column}))"),
        }
    }

    /// Returns the condition that a date is not after a moment. An unreadable date does not meet it.
    pub(super) fn until(self, moment: &str) -> String {
        let (column, literal) = (self.column, self.dialect.literal(moment));
        if let Some(number) = self.number(moment) {
            return self.readable(&format!("{column} <= {number}"));
        }
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb => format!("{column} <= {literal}"),
            Dialect::Sqlite => format!("(NOT gapsync_later({column}, {literal}) AND NOT gapsync_undated({column}))"),
        }
    }

    /// Returns the condition that the column has an unreadable value. Only SQLite can store one.
    pub(super) fn unreadable(self) -> Option<String> {
        let column = self.column;
        let undated = if self.kind.is_number() {
            format!("typeof({column}) <> 'integer'")
        } else {
            format!("gapsync_undated({column})")
        };
        (!self.dialect.keeps_types()).then(|| format!("({column} IS NOT NULL AND {undated})"))
    }

    /// Returns a condition that no unreadable value meets.
    fn readable(self, condition: &str) -> String {
        match self.unreadable() {
            Some(unreadable) => format!("({condition} AND NOT {unreadable})"),
            None => condition.to_owned(),
        }
    }

    /// Returns the number that stands for a moment, or `None` if dates are not numbers.
    fn number(self, moment: &str) -> Option<i64> {
        Some(moment::read(moment)?.div_euclid(self.kind.unit_micros()?))
    }

    /// Returns the SQL of the oldest of some dates, or NULL if there are none.
    pub(super) fn oldest(self) -> String {
        match self.dialect {
            Dialect::Sqlite if !self.kind.is_number() => format!("min(gapsync_time({}))", self.column),
            Dialect::Sqlite | Dialect::Postgres | Dialect::Mariadb => format!("min({})", self.column),
        }
    }

    fn least(self, moment: &str) -> String {
        self.dialect.literal(&least_text(moment))
    }
}

/// Returns the moment that a stored date stands for. A number stands for the beginning of its unit.
pub(super) fn read(kind: DateKind, text: &str) -> Option<i64> {
    match kind.unit_micros() {
        Some(unit) => text.parse::<i64>().ok()?.checked_mul(unit),
        None if kind.is_moment() => moment::read(text),
        None => None,
    }
}

/// Returns the SQL condition that a row is not deleted. It is never NULL.
pub(super) fn not_deleted(dialect: Dialect, deleted: &DeletedColumn, column: &Column, alias: Option<&str>) -> String {
    let name = dialect.ident(&deleted.column);
    let value = alias.map_or_else(|| name.clone(), |alias| format!("{alias}.{name}"));
    match (deleted.kind, dialect, column.neutral) {
        (DeletionKind::Date, ..) => format!("{value} IS NULL"),
        (DeletionKind::Flag, Dialect::Postgres, NeutralType::Bool) => format!("{value} IS NOT TRUE"),
        (DeletionKind::Flag, ..) => format!("COALESCE({value}, 0) = 0"),
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
    fn a_number_stands_for_all_of_its_unit() {
        let dated = |kind| Dated { dialect: Dialect::Postgres, column: "c", kind };
        assert_eq!(dated(DateKind::Epoch).not_before("1970-01-01 00:01:00.7"), "c >= 60");
        assert_eq!(dated(DateKind::EpochMs).until("1970-01-01 00:01:00.7"), "c <= 60700");
        assert_eq!(dated(DateKind::EpochUs).before("1969-12-31 23:59:59"), "c < -1000000");
        assert_eq!(read(DateKind::Epoch, "60"), moment::read("1970-01-01 00:01:00"));
        assert_eq!(read(DateKind::Version, "60"), None);
    }

    #[test]
    fn the_least_text_of_a_moment_is_that_of_an_earlier_day() {
        assert_eq!(least_text("2026-01-01 00:00:05"), "2025-12-30");
        assert_eq!(least_text("0001-01-02 00:00:00"), "");
        assert_eq!(least_text("no date"), "");
    }
}
