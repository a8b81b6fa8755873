//! Which rows a window asks for, said in SQL so that an index on the date can answer.
//!
//! A row is asked for when it changed since the start; when it has no date, so that nobody knows when it changed; or when it
//! is newer than the rows that an earlier export saw, whatever its date says.

use time::macros::format_description;
use time::{Date, Duration};

use crate::db::dialect::Dialect;
use crate::model::profile::{Group, TableProfile};
use crate::model::schema::Table;

use super::plan::{Planner, list};

/// How far the text of a moment with an offset from UTC can stand from the text of the same moment in UTC.
const OFFSETS: Duration = Duration::days(2);

impl Planner<'_> {
    /// Returns the condition of the window on a row of a table; an empty text when all rows are asked for.
    pub(super) fn in_window(&self, profile: &TableProfile, table: &Table, alias: &str) -> String {
        let conditions = [self.since(profile, table, alias), self.until(profile, table, alias)];
        conditions.into_iter().flatten().collect::<Vec<_>>().join(" AND ")
    }

    /// Returns the condition that a row may have changed since the window's start; none when all rows are asked for. It is
    /// never NULL.
    pub(super) fn since(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let start = self.window.start.as_ref()?;
        let column = table.column(&profile.date)?;
        let date = format!("{alias}.{}", self.dialect.ident(&profile.date));
        let mut ways = vec![self.not_before(&date, start)];
        if column.nullable {
            ways.push(format!("{date} IS NULL"));
        }
        if let Some(seen) = self.new_ids.get(&profile.name) {
            ways.push(format!("{alias}.{} > {seen}", self.dialect.ident(&profile.id)));
        }
        ways.extend(self.without_readable_date(profile, alias));
        Some(format!("({})", ways.join(" OR ")))
    }

    /// Returns the condition that an object is not dated after the window's end; none when that is of no interest. It is
    /// never NULL.
    pub(super) fn until(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let end = self.window.end.as_ref().filter(|_| profile.group == Group::Object)?;
        table.column(&profile.date)?;
        let date = format!("{alias}.{}", self.dialect.ident(&profile.date));
        let end = self.dialect.literal(end);
        Some(match self.dialect {
            Dialect::Sqlite => {
                format!("({date} IS NULL OR NOT gapsync_later({date}, {end}) OR gapsync_undated({date}))")
            }
            Dialect::Postgres | Dialect::Mariadb => format!("({date} IS NULL OR {date} <= {end})"),
        })
    }

    /// Returns the condition that a date is not before a moment. SQLite keeps dates as texts, which may be written with a
    /// `T`, a `Z` or an offset: the index finds the texts that may be late enough, and a function compares the moments.
    fn not_before(&self, date: &str, start: &str) -> String {
        let literal = self.dialect.literal(start);
        if self.dialect != Dialect::Sqlite {
            return format!("{date} >= {literal}");
        }
        let least = self.dialect.literal(&least_text(start));
        format!("({date} >= {least} AND NOT gapsync_later({literal}, {date}))")
    }

    /// Returns the condition that SQLite holds something in the place of a date that nobody can read; such a row counts as
    /// one without a date.
    fn without_readable_date(&self, profile: &TableProfile, alias: &str) -> Option<String> {
        if self.dialect != Dialect::Sqlite {
            return None;
        }
        let id = format!("{alias}.{}", self.dialect.ident(&profile.id));
        match self.undated.get(&profile.name) {
            Some(ids) if ids.is_empty() => None,
            Some(ids) => Some(format!("{id} IN ({})", list(ids))),
            None => Some(format!("{id} IN ({})", self.find_undated(profile))),
        }
    }

    /// Returns a statement that finds the ids of rows with a date that nobody can read. The index on the date holds all that
    /// it needs.
    pub(super) fn find_undated(&self, profile: &TableProfile) -> String {
        let date = format!("u.{}", self.dialect.ident(&profile.date));
        format!(
            "SELECT u.{} FROM {} AS u WHERE {date} IS NOT NULL AND gapsync_undated({date})",
            self.dialect.ident(&profile.id),
            self.dialect.ident(&profile.name),
        )
    }
}

/// Returns a text that is not greater than that of any moment from `start` on, however it is written: each begins with the
/// day.
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
