//! Two databases side by side: rows by natural key, references as the natural key of the row they point to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use gapsync::model::profile::TableProfile;

use super::schema::Schema;
use super::{Installation, NOW, Row, cell};

/// Moments from here on are "now": the generator's dates are all older.
const PRESENT: &str = "2022";

/// Table → natural key → row, with ids gone.
pub(crate) type Readable = BTreeMap<String, BTreeMap<String, Row>>;

/// Rows by natural key.
pub(crate) fn readable(schema: &Schema, all: &Installation) -> Readable {
    let mut result = Readable::new();
    for table in schema.tables() {
        let rows = result.entry(table.name.clone()).or_default();
        for row in all.rows(&table.name) {
            let mut shown = Row::new();
            for (column, value) in row.iter().filter(|(column, _)| **column != *table.id) {
                let dated = [&table.created, &table.date.column].contains(&column);
                let is_now = dated && value.as_deref().is_some_and(|value| value >= PRESENT);
                let value = if is_now { Some(NOW.to_owned()) } else { value.clone() };
                shown.insert(column.clone(), named(schema, all, table, row, column).or(value));
            }
            let mut key = natural(schema, all, table, row);
            while rows.contains_key(&key) {
                key += " (again)";
            }
            rows.insert(key, shown);
        }
    }
    result
}

/// The natural key of a row as text.
fn natural(schema: &Schema, all: &Installation, table: &TableProfile, row: &Row) -> String {
    let mut parts: Vec<String> = Vec::new();
    for column in &table.key {
        let value = cell(row, column).map_or_else(|| "NULL".to_owned(), |value| format!("{value:?}"));
        parts.push(named(schema, all, table, row, column).unwrap_or(value));
    }
    if table.unordered {
        parts.sort();
    }
    parts.join(", ")
}

/// A reference as the row that it points to; `None` for other columns and NULL.
fn named(schema: &Schema, all: &Installation, table: &TableProfile, row: &Row, column: &str) -> Option<String> {
    let (parent, id) = schema.target(table, row, column)?;
    let Some(parent) = parent.and_then(|parent| schema.profile.table(parent)) else {
        return Some(format!("<row {id} of no table>"));
    };
    Some(match all.find(&parent.name, id) {
        Some(parent_row) => format!("{}({})", parent.name, natural(schema, all, parent, parent_row)),
        None => format!("{}<missing>", parent.name),
    })
}

/// What differs, a line each, at most `most` of them; empty when nothing does.
pub(crate) fn differences(expected: &Readable, found: &Readable, most: usize) -> String {
    let mut text = String::new();
    let mut lines = 0;
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    for name in names {
        let empty = BTreeMap::new();
        let (left, right) = (expected.get(name).unwrap_or(&empty), found.get(name).unwrap_or(&empty));
        let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for key in keys {
            let line = match (left.get(key), right.get(key)) {
                (Some(left), Some(right)) if left == right => continue,
                (Some(left), Some(right)) => cells(left, right),
                (Some(_), None) => "expected, but not there".to_owned(),
                _ => "there, but not expected".to_owned(),
            };
            lines += 1;
            if lines <= most {
                let _ = writeln!(text, "  {name}({key}): {line}");
            }
        }
    }
    if lines > most {
        let _ = writeln!(text, "  … and {} rows more", lines - most);
    }
    text
}

fn cells(expected: &Row, found: &Row) -> String {
    let columns: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differs = columns.into_iter().filter(|column| expected.get(*column) != found.get(*column));
    let show = |row: &Row, column: &str| match row.get(column) {
        None => "no such column".to_owned(),
        Some(None) => "NULL".to_owned(),
        Some(Some(value)) => format!("{value:?}"),
    };
    let parts =
        differs.map(|column| format!("{column}: expected {}, found {}", show(expected, column), show(found, column)));
    parts.collect::<Vec<_>>().join("; ")
}
