//! Which rows a window includes, in SQL that can use an index on the date.
//!
//! A row is included if it changed since the start, if it has no date and may therefore have changed at any time, or if it is
//! newer than the rows that an earlier export saw, whatever its date. A table without a date has no window, nor has one whose date
//! is a version, unless the profile says by what else its rows are new (`window`). A table whose ids are not numbers has no start
//! of a window, and one whose ids are kept has no end either: what travels because of others is found by numbers.

use crate::model::profile::{Group, TableProfile};
use crate::model::schema::{Column, Table};
use crate::sync::dated::Dated;

use super::plan::{Planner, list};

/// Returns the column with the moment of a row's last change, if the table has one.
pub(super) fn dated<'t>(profile: &TableProfile, table: &'t Table) -> Option<&'t Column> {
    table.column(&profile.date).filter(|_| profile.date.kind.is_moment())
}

impl Planner<'_> {
    /// Returns the window's condition on a row of a table, or an empty text if all rows are included.
    pub(super) fn in_window(&self, profile: &TableProfile, table: &Table, alias: &str) -> String {
        let conditions = [self.since(profile, table, alias), self.until(profile, table, alias)];
        conditions.into_iter().flatten().collect::<Vec<_>>().join(" AND ")
    }

    /// Returns the condition that a row may have changed since the window's start, or `None` if all rows are included. It is
    /// never NULL.
    pub(super) fn since(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        if profile.id.is_number() { self.changed_since(profile, table, alias) } else { None }
    }

    /// Like [`Planner::since`], for a table that may travel whole although it has dates.
    pub(super) fn changed_since(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let start = self.window.start.as_ref()?;
        // A set has no date of its own: it travels with its row.
        if let Some(column) = &profile.owned_by {
            return self.since_by(profile, table, (alias, column), start);
        }
        let mut ways = Vec::new();
        if let Some(column) = dated(profile, table) {
            let date = format!("{alias}.{}", self.dialect.ident(&profile.date));
            ways.push(Dated { dialect: self.dialect, column: &date, kind: profile.date.kind }.not_before(start));
            if column.nullable {
                ways.push(format!("{date} IS NULL"));
            }
        }
        if let Some(column) = &profile.window {
            ways.push(self.since_by(profile, table, (alias, column), start)?);
        }
        if ways.is_empty() {
            return None;
        }
        if let Some(seen) = self.new_ids.get(&profile.name) {
            ways.push(format!("{alias}.{} > {seen}", self.dialect.ident(&profile.id)));
        }
        if dated(profile, table).is_some() {
            ways.extend(self.without_readable_date(profile, alias));
        }
        Some(format!("({})", ways.join(" OR ")))
    }

    /// Returns the condition that a row is new by what `window` names, or `None` if that cannot tell. It is never NULL.
    fn since_by(
        &self,
        profile: &TableProfile,
        table: &Table,
        (alias, column): (&str, &str),
        start: &str,
    ) -> Option<String> {
        let value = format!("{alias}.{}", self.dialect.ident(column));
        if *column == *profile.id {
            return self.settled_ids.get(&profile.name).map(|seen| format!("{value} > {seen}"));
        }
        let nullable = table.column(column).is_some_and(|column| column.nullable);
        let Some(parent) = self.plain_references(profile).get(column).copied() else {
            let later = Dated { dialect: self.dialect, column: &value, kind: profile.date.kind }.not_before(start);
            return Some(if nullable { format!("({value} IS NOT NULL AND {later})") } else { later });
        };
        // A row that travels only because of others is new when the first of them refers to it, whatever its date.
        let above = self.travelling(parent).filter(|above| above.carry.is_all())?;
        let row = format!("{alias}w");
        let since = self.since(above, self.found(parent)?, &row)?;
        let (name, id) = (self.dialect.ident(parent), self.dialect.ident(&above.id));
        let found = format!("{value} IN (SELECT {row}.{id} FROM {name} AS {row} WHERE {since})");
        Some(if nullable { format!("({value} IS NULL OR {found})") } else { found })
    }

    /// Returns the condition that an object is not dated after the window's end, or `None` if the window has no end for it. It
    /// is never NULL.
    pub(super) fn until(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let limited = profile.group == Group::Object && !profile.id.is_global();
        let end = self.window.end.as_ref().filter(|_| limited)?;
        dated(profile, table)?;
        let date = format!("{alias}.{}", self.dialect.ident(&profile.date));
        let dated = Dated { dialect: self.dialect, column: &date, kind: profile.date.kind };
        let mut ways = vec![format!("{date} IS NULL"), dated.until(end)];
        ways.extend(dated.unreadable());
        Some(format!("({})", ways.join(" OR ")))
    }

    /// Returns the condition that SQLite has an unreadable value in place of a date. Such a row counts as one without a date.
    fn without_readable_date(&self, profile: &TableProfile, alias: &str) -> Option<String> {
        if self.dialect.keeps_types() {
            return None;
        }
        let id = format!("{alias}.{}", self.dialect.ident(&profile.id));
        match self.undated.get(&profile.name) {
            Some(ids) if ids.is_empty() => None,
            Some(ids) => Some(format!("{id} IN ({})", list(ids))),
            None => Some(format!("{id} IN ({})", self.find_undated(profile))),
        }
    }

    /// Returns a statement that finds the ids of rows with an unreadable date. The index on the date has everything it needs.
    pub(super) fn find_undated(&self, profile: &TableProfile) -> String {
        let date = format!("u.{}", self.dialect.ident(&profile.date));
        let dated = Dated { dialect: self.dialect, column: &date, kind: profile.date.kind };
        format!(
            "SELECT u.{} FROM {} AS u WHERE {}",
            self.dialect.ident(&profile.id),
            self.dialect.ident(&profile.name),
            dated.unreadable().unwrap_or_else(|| "1=0".to_owned()),
        )
    }
}
