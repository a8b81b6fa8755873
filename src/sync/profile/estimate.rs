//! Estimates how long an export and an import of a database take, and says which tables make them slow and why. It asks the
//! catalogue alone, so a large database costs no more than a small one.

use std::collections::HashSet;

use crate::model::completed::Completed;
use crate::model::profile::{Match, TableProfile};
use crate::model::schema::Table;
use crate::run::report::grid::{counted, size};
use crate::sync::check::{Line, State};

/// From this many rows on, reading a whole table is worth a word.
const LARGE: u64 = 200_000;

/// Rows a second of an export and of an import into an empty database, as measured with a million rows on two cores, rounded
/// down to what the slowest engine does.
const EXPORTED: u64 = 400_000;
const IMPORTED: u64 = 20_000;

/// A table with its size.
pub(super) struct Sized<'a> {
    pub(super) table: &'a TableProfile,
    pub(super) base: &'a Table,
    pub(super) rows: u64,
}

/// Returns the estimate of a first export and import. `bytes`: the size of the tables, with their indexes.
pub(super) fn whole(rows: u64, bytes: u64) -> Line {
    let found = format!(
        "a first export of {} (the tables take {}) is done within {}, a first import within {}",
        counted(rows, "row"),
        size(bytes),
        class(rows / EXPORTED),
        class(rows / IMPORTED),
    );
    Line::new("speed", State::Ok, found)
}

/// Returns a class of time.
fn class(seconds: u64) -> &'static str {
    match seconds {
        0..30 => "a minute",
        30..1800 => "an hour",
        1800..43_200 => "a day",
        _ => "days",
    }
}

/// Returns what will be slow in a table, and why.
pub(super) fn slow(profile: &Completed, indexed: &HashSet<(String, String)>, sized: &Sized<'_>) -> Vec<Line> {
    let Sized { table, base, rows } = sized;
    if *rows < LARGE {
        return Vec::new();
    }
    let has_index = |column: &str| {
        let is_id = base.primary_key.first().is_some_and(|first| first == column);
        is_id || indexed.contains(&(base.name.clone(), column.to_owned()))
    };
    let mut lines = Vec::new();
    let mut say = |found: String, advice: &str| {
        let found = format!("`{}` with {}: {found}", table.name, counted(*rows, "row"));
        lines.push(Line::new("speed", State::Warning, found).advice(advice));
    };
    let lookup = match table.matched_by {
        Match::Hash => has_index(&table.hash).then_some(()),
        Match::Key => {
            let in_key = |column: &String| table.in_key(column);
            let mut keys = base.unique_keys.iter().map(|key| &key.columns).chain([&base.primary_key]);
            keys.any(|columns| !columns.is_empty() && columns.iter().all(in_key)).then_some(())
        }
    };
    if lookup.is_none() {
        let by = if table.matched_by == Match::Hash { "its hash" } else { "the columns of the key" };
        say(
            format!("each import reads it once as a whole, because no unique key finds a row by {by}"),
            "a unique key over those columns saves that",
        );
    }
    let is_dated = base.column(&table.date).is_some() && table.date.kind.is_moment();
    if is_dated && !has_index(&table.date) {
        say(
            format!("each export reads it as a whole, because `{}` has no index", *table.date),
            "an index on that column lets an export read only what changed",
        );
    }
    let polymorphic = table.polymorphic.iter().map(|reference| &reference.id);
    let references = base.columns.iter().map(|column| &column.name);
    let references = references.filter(|column| profile.reference(table, column).is_some()).chain(polymorphic);
    let bare: Vec<String> = references
        .filter(|column| table.lets_travel(column) && !has_index(column))
        .filter(|column| table.polymorphic(column).is_none_or(|reference| !has_index(&reference.type_column)))
        .map(|column| format!("`{column}`"))
        .collect();
    // Only an export of a window looks for the rows that refer to a changed one.
    if !bare.is_empty() && (is_dated || table.window.is_some()) {
        say(
            format!(
                "an export of changes reads it as a whole to find the rows that refer to a changed one, because {} no index",
                if let [one] = bare.as_slice() { format!("{one} has") } else { format!("{} have", bare.join(", ")) }
            ),
            "an index on each such column saves that",
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::neutral::NeutralType;
    use crate::model::profile::Profile;
    use crate::model::schema::{Column, UniqueKey};

    const TEXT: &str = "name = 'p'\n[[table]]\nname = 'notes'\ngroup = 'object'\nkey = ['name']\nmatch = 'key'\n\
        date = 'changed'\nreferences.thing_id = 'notes'\n";

    fn said(indexes: &[&str], unique: bool, rows: u64) -> Vec<String> {
        let profile = Profile::parse(TEXT).unwrap();
        let column = |name: &str| Column::of_query(name, NeutralType::Integer);
        let key = UniqueKey { name: "u".to_owned(), columns: vec!["name".to_owned()], nulls_equal: false };
        let base = Table {
            name: "notes".to_owned(),
            columns: ["id", "name", "changed", "thing_id"].map(column).into(),
            primary_key: vec!["id".to_owned()],
            unique_keys: unique.then_some(key).into_iter().collect(),
            ..Table::default()
        };
        let profile = Completed::join(&profile, std::slice::from_ref(&base));
        let indexed = indexes.iter().map(|column| ("notes".to_owned(), (*column).to_owned())).collect();
        let sized = Sized { table: &profile.tables[0], base: &base, rows };
        slow(&profile, &indexed, &sized).into_iter().map(|line| line.found).collect()
    }

    #[test]
    fn what_an_index_would_help_is_said_of_large_tables() {
        assert!(said(&["changed", "thing_id"], true, LARGE).is_empty());
        assert!(said(&[], false, LARGE - 1).is_empty());
        for (indexes, unique, part) in [
            (&["changed", "thing_id"][..], false, "no unique key"),
            (&["thing_id"], true, "`changed` has no index"),
            (&["changed"], true, "`thing_id` has no index"),
        ] {
            let said = said(indexes, unique, LARGE);
            assert!(said.len() == 1 && said[0].contains(part), "{said:?}");
        }
        assert_eq!(said(&[], false, LARGE).len(), 3);
    }

    #[test]
    fn times_are_classes() {
        let said = |rows| whole(rows, 0).found;
        assert!(said(1000).contains("within a minute, a first import within a minute"));
        assert!(said(2_000_000).contains("within a minute, a first import within an hour"));
        assert!(said(1_000_000_000).contains("within a day, a first import within days"));
    }
}
