//! What an export must carry and what an import must leave, said over the texts of two dumps in plain, slow code.

use std::collections::{BTreeMap, BTreeSet};

use super::describe::{Profile, Table};
use super::look::{Cell, Dump, Row};

/// What an export is asked to carry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    pub(crate) deleted: bool,
    pub(crate) investigations: bool,
    pub(crate) meta_only: bool,
}

/// All there is.
pub(crate) const ALL: Scope = Scope { deleted: true, investigations: true, meta_only: false };

/// How an import is asked to merge.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) scope: Scope,
    pub(crate) keep_created_at: bool,
    pub(crate) override_description: bool,
    /// Hash of the administrator who gets new investigations.
    pub(crate) owner: Cell,
}

/// What became of the rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) staged: u64,
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) kept: u64,
    pub(crate) created_at_adjusted: u64,
    pub(crate) orphans_nulled: u64,
}

/// Stands where a new row's `created_at` is the time of the import.
pub(crate) const IMPORT_TIME: &str = "the time of the import";

/// The rows that travel: those asked for, without those that hang on a row that stays behind. A reference that a row can do
/// without travels as the hash of its row, as it is here.
pub(crate) fn travelling(profile: &Profile, source: &Dump, scope: Scope) -> Dump {
    let chosen = |table: &&Table| match table.entry.group.as_str() {
        "metadata" => true,
        "investigation" => scope.investigations && !scope.meta_only,
        _ => !scope.meta_only,
    };
    let tables: Vec<&Table> = profile.tables.iter().filter(chosen).collect();
    let mut travels: Dump = BTreeMap::new();
    for table in &tables {
        let mut rows = source[table.name()].clone();
        if let Some(deleted) = table.entry.deleted.as_ref().filter(|_| !scope.deleted) {
            rows.retain(|_, row| row[deleted].is_none());
        }
        travels.insert(table.name().to_owned(), rows);
    }
    // A row that goes may take others with it, so until nothing changes any more.
    loop {
        let before = travels.clone();
        for table in &tables {
            let rows = travels.get_mut(table.name()).expect("a chosen table");
            let dangling = |row: &Row, column: &str| match &row[column] {
                None => false,
                Some(hash) => {
                    let parent = parent(profile, table, column, row).and_then(|parent| before.get(parent));
                    !parent.is_some_and(|rows| rows.contains_key(hash))
                }
            };
            rows.retain(|_, row| !references(table).any(|(column, hard)| hard && dangling(row, column)));
        }
        if travels == before {
            return travels;
        }
    }
}

/// Columns that refer to rows, and whether a row cannot do without. An owner does not travel, nor does the reference to it.
fn references(table: &Table) -> impl Iterator<Item = (&str, bool)> {
    table.columns.iter().filter_map(|column| {
        let owner = table.entry.owner.as_ref().is_some_and(|owner| owner.column == column.name);
        let refers = table.entry.references.contains_key(&column.name) || table.polymorphic(&column.name).is_some();
        (refers && !owner).then(|| (column.name.as_str(), !column.nullable || table.in_key(&column.name)))
    })
}

/// The table that a row's reference leads to.
fn parent<'a>(profile: &'a Profile, table: &'a Table, column: &str, row: &Row) -> Option<&'a str> {
    if let Some(parent) = table.entry.references.get(column) {
        return Some(parent);
    }
    let pair = table.polymorphic(column)?;
    let code = row[&pair.type_column].as_ref()?;
    profile.codes(pair).get(code).map(String::as_str)
}

/// The target after the import of rows that travelled, and the counts by table.
pub(crate) fn merged(
    profile: &Profile,
    arriving: &Dump,
    target: &Dump,
    rules: &Rules,
) -> (Dump, BTreeMap<String, Counts>) {
    let mut after = target.clone();
    let mut all = BTreeMap::new();
    for table in profile.tables.iter().filter(|table| arriving.contains_key(table.name())) {
        let mut counts = Counts::default();
        let rows = after.get_mut(table.name()).expect("the target has the table");
        for (identity, row) in &arriving[table.name()] {
            counts.staged += 1;
            let lost = lost(profile, table, row, |parent, hash| {
                [arriving, target].iter().any(|dump| dump.get(parent).is_some_and(|rows| rows.contains_key(hash)))
            });
            match rows.get_mut(identity) {
                Some(existing) => merge(table, (row, &lost), existing, rules, &mut counts),
                None => {
                    counts.inserted += 1;
                    counts.orphans_nulled += lost.len() as u64;
                    let mut new = new_row(table, row, rules);
                    for column in lost {
                        new.insert(column, None);
                    }
                    rows.insert(identity.clone(), new);
                }
            }
        }
        all.insert(table.name().to_owned(), counts);
    }
    (after, all)
}

/// The references of a row to rows that are not there, which it can do without.
fn lost(profile: &Profile, table: &Table, row: &Row, is_there: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let soft = references(table).filter(|(_, hard)| !hard).map(|(column, _)| column);
    let lost = soft.filter(|column| match (&row[*column], parent(profile, table, column, row)) {
        (Some(hash), Some(parent)) => !is_there(parent, hash),
        _ => false,
    });
    lost.map(str::to_owned).collect()
}

fn new_row(table: &Table, row: &Row, rules: &Rules) -> Row {
    let mut row = row.clone();
    for (column, value) in &table.entry.exclude {
        let default = table.columns.iter().find(|other| other.name == *column).and_then(|other| other.default.clone());
        let cell = if value.is_empty() { default } else { Some(value.clone()) };
        row.insert(column.clone(), cell);
    }
    if let Some(owner) = &table.entry.owner {
        row.insert(owner.column.clone(), rules.owner.clone());
    }
    if let Some(deleted) = table.entry.deleted.as_ref().filter(|_| !rules.scope.deleted) {
        row.insert(deleted.clone(), None);
    }
    if !rules.keep_created_at {
        row.insert("created_at".to_owned(), Some(IMPORT_TIME.to_owned()));
    }
    row
}

fn merge(table: &Table, (row, lost): (&Row, &[String]), existing: &mut Row, rules: &Rules, counts: &mut Counts) {
    // A reference to a row that is not there says nothing: the target keeps its own.
    let mut said = row.clone();
    for column in lost {
        said.insert(column.clone(), existing[column].clone());
    }
    let row = &said;
    let before = existing.clone();
    // NULL is less than any text, and the texts of two dates compare as the dates do.
    let kept = row["updated_at"] < existing["updated_at"];
    let newer = row["updated_at"] > existing["updated_at"] || (!kept && differs(table, row, existing, rules));
    if newer {
        let place = table.entry.files.get("path");
        for column in table.columns.iter().filter(|column| carried(table, &column.name)) {
            // Where a file lies is the target's own matter.
            if Some(&column.name) == place && before[&column.name].is_some() {
                continue;
            }
            existing.insert(column.name.clone(), row[&column.name].clone());
        }
        existing.insert("updated_at".to_owned(), row["updated_at"].clone());
        if let Some(deleted) = deleted_column(table, rules) {
            existing.insert(deleted.to_owned(), row[deleted].clone());
        }
    }
    let mut filled = false;
    for column in &table.entry.descriptions {
        let (old, new) = (before[column].clone(), row[column].clone());
        let replaced = newer && rules.override_description && new.is_some();
        filled |= old.is_none() && new.is_some();
        existing.insert(column.clone(), if replaced || old.is_none() { new } else { old });
    }
    if newer {
        counts.orphans_nulled += lost.len() as u64;
    }
    if newer || filled {
        counts.updated += 1;
    } else if kept {
        counts.kept += 1;
    } else {
        counts.unchanged += 1;
    }
    if rules.keep_created_at && row["created_at"] < before["created_at"] {
        existing.insert("created_at".to_owned(), row["created_at"].clone());
        counts.created_at_adjusted += 1;
    }
}

/// Whether a row says something else than the target's of the same date, in what an import of it would set.
fn differs(table: &Table, row: &Row, existing: &Row, rules: &Rules) -> bool {
    let columns = table.columns.iter().map(|column| column.name.as_str()).filter(|name| carried(table, name));
    let deleted = deleted_column(table, rules);
    let mut set = columns.chain(deleted);
    let described = |name: &String| rules.override_description && row[name].is_some() && row[name] != existing[name];
    let place = table.entry.files.get("path").map(String::as_str);
    let other = |name: &str| match Some(name) == place {
        true => existing[name].is_none() && row[name].is_some(),
        false => row.get(name) != existing.get(name),
    };
    set.any(other) || table.entry.descriptions.iter().any(described)
}

/// The soft-delete column, where an import sets it.
fn deleted_column<'a>(table: &'a Table, rules: &Rules) -> Option<&'a str> {
    let carried = |name: &&str| rules.scope.deleted && !table.entry.on_existing.contains_key(*name);
    table.entry.deleted.as_deref().filter(carried)
}

/// Whether an import of a newer row sets the column.
fn carried(table: &Table, column: &str) -> bool {
    !table.in_key(column)
        && !table.entry.exclude.contains_key(column)
        && !table.entry.on_existing.contains_key(column)
        && !table.entry.descriptions.iter().any(|name| name == column)
        && table.entry.owner.as_ref().is_none_or(|owner| owner.column != column)
}

/// The first differences of two dumps, one a line; empty when there are none.
pub(crate) fn differences(left: &Dump, right: &Dump) -> String {
    let mut lines = Vec::new();
    let tables: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let none = BTreeMap::new();
    for table in tables {
        let (a, b) = (left.get(table).unwrap_or(&none), right.get(table).unwrap_or(&none));
        let rows: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for identity in rows {
            match (a.get(identity), b.get(identity)) {
                (Some(one), Some(other)) => {
                    for (column, cell) in one.iter().filter(|(column, cell)| other.get(*column) != Some(cell)) {
                        lines.push(format!("{table} {identity} {column}: {cell:?} / {:?}", other.get(column)));
                    }
                }
                (Some(one), None) => lines.push(format!("{table} {identity} only left: {one:?}")),
                (None, other) => lines.push(format!("{table} {identity} only right: {other:?}")),
            }
        }
    }
    let more = lines.len().saturating_sub(20);
    lines.truncate(20);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// The rows that a row refers to: table and hash.
pub(crate) fn referred(profile: &Profile, table: &Table, row: &Row) -> Vec<(String, String)> {
    let to = |(column, _): (&str, bool)| Some((parent(profile, table, column, row)?.to_owned(), row[column].clone()?));
    references(table).filter_map(to).collect()
}

/// As [`referred`], without the rows that the row's own hash is made of.
pub(crate) fn referred_outside_hash(profile: &Profile, table: &Table, row: &Row) -> Vec<(String, String)> {
    let to = |(column, _): (&str, bool)| Some((parent(profile, table, column, row)?.to_owned(), row[column].clone()?));
    references(table).filter(|(column, _)| !(table.has_hash() && table.in_key(column))).filter_map(to).collect()
}
