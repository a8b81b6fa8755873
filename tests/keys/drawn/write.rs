//! What an import writes once the fate of each row is decided, and what it counts.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::{Fate, Import, Meaning, Staged, is_code, nick};
use super::world::{Table, Word, World, id};
use crate::model::{Installation, Row, cell};

/// What an import should say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Imported {
    /// Counts by table and name.
    pub(super) counts: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Rejected rows: table and id in the bundle.
    pub(super) rejects: BTreeSet<(String, String)>,
}

/// Imports a bundle into a target; `None`, and the target unchanged, if nobody can own the new rows. `host`: the value of the
/// option that names the owner.
pub(super) fn import(
    world: &World,
    target: &mut Installation,
    bundle: &Installation,
    (blocked, host): (&[String], &str),
) -> Option<Imported> {
    let before = target.clone();
    let import = Import::decided(world, &before, bundle, blocked);
    let mut imported = Imported::default();
    let mut owners = BTreeMap::new();
    for (place, table) in world.tables.iter().enumerate() {
        let inserts = import.staged[place].iter().any(|staged| staged.fate == Fate::Inserted);
        if let Some(owner) = owner_table(table).filter(|_| inserts) {
            owners.insert(place, owner_of_new_rows(&world.tables[owner], &before, host)?);
        }
    }
    for (place, table) in world.tables.iter().enumerate() {
        let counts = imported.counts.entry(table.name.to_owned()).or_default();
        for staged in &import.staged[place] {
            count(&import, (place, table), staged, counts);
            if matches!(staged.fate, Fate::Orphan | Fate::Clash) {
                imported.rejects.insert((table.name.to_owned(), id(table, &staged.row)));
            }
            let rows = target.tables.entry(table.name.to_owned()).or_default();
            match (staged.fate, staged.base) {
                (Fate::Inserted, _) => {
                    let mut row = new_row(&import, table, staged);
                    row.extend(owners.get(&place).map(|owner| ("owner".to_owned(), Some(owner.clone()))));
                    rows.push(row);
                }
                (Fate::Updated, Some(base)) => update(&import, place, staged, &mut rows[base]),
                (Fate::Filled | Fate::Unchanged | Fate::Kept, Some(base)) => {
                    fill(&import, place, staged, &mut rows[base])
                }
                _ => {}
            }
        }
    }
    count_children(&import, target);
    Some(imported)
}

/// The table whose rows own the new rows of another.
pub(super) fn owner_table(table: &Table) -> Option<usize> {
    table.word(|word| if let Word::Owner(owner) = word { Some(*owner) } else { None })
}

/// The row that a value names: the newest that is not deleted, on a tie the one with the highest id.
fn owner_of_new_rows(table: &Table, before: &Installation, host: &str) -> Option<String> {
    let rows = before.rows(table.name).iter();
    let named = rows.filter(|row| cell(row, &table.key[0]) == Some(host) && !table.is_deleted(row));
    let newest = named.max_by_key(|row| (cell(row, "created_at"), id(table, row).parse::<i64>().unwrap()));
    newest.map(|row| id(table, row))
}

fn count(
    import: &Import<'_>,
    (place, table): (usize, &Table),
    staged: &Staged,
    counts: &mut BTreeMap<&'static str, u64>,
) {
    let mut add = |name, rows| *counts.entry(name).or_default() += rows;
    add("staged", 1);
    add(
        match staged.fate {
            Fate::Inserted => "inserted",
            Fate::Updated | Fate::Filled => "updated",
            Fate::Unchanged => "unchanged",
            Fate::Kept => "kept",
            Fate::Duplicate(_) => "duplicates",
            Fate::Ignored => "ignored",
            Fate::Orphan | Fate::Clash => "rejected",
            Fate::Guarded => "guarded",
        },
        1,
    );
    if matches!(staged.fate, Fate::Inserted | Fate::Updated) {
        let lost = table.references.iter().filter(|reference| import.meaning(staged, reference) == Meaning::Lost);
        add("orphans_nulled", lost.count() as u64);
    }
    let seen = matches!(staged.fate, Fate::Updated | Fate::Filled | Fate::Unchanged | Fate::Kept);
    let ages = import.base(place, staged).is_some_and(|base| is_older(table, staged, base));
    add("created_at_adjusted", u64::from(seen && ages));
}

/// Whether the bundle has an older time of creation than the target.
fn is_older(table: &Table, staged: &Staged, base: &Row) -> bool {
    let own = cell(base, "created_at");
    let theirs = staged.created.as_deref().filter(|_| table.has("created_at") && !table.says(&Word::KeepRows));
    theirs.is_some_and(|theirs| own.is_none_or(|own| theirs < own))
}

/// A value as a new row of the target, or an old one, gets it.
fn value(import: &Import<'_>, table: &Table, staged: &Staged, column: &str, old: Option<&Row>) -> Option<String> {
    let kept = || old.and_then(|old| cell(old, column)).map(str::to_owned);
    if let Some(reference) = table.reference(column) {
        let none = reference.zero.then(|| "0".to_owned());
        return match import.meaning(staged, reference) {
            Meaning::Row(id) => Some(id),
            Meaning::Lost if old.is_some() => kept(),
            Meaning::None | Meaning::Lost => none,
        };
    }
    let lost = is_code(table, column).is_some_and(|reference| import.meaning(staged, reference) == Meaning::Lost);
    if old.is_some() && lost {
        return kept();
    }
    if column == "nick" {
        return nick(table, staged);
    }
    let own = cell(&staged.row, column).map(str::to_owned);
    let is_description = table.words.iter().any(|word| matches!(word, Word::Description(name) if *name == column));
    if is_description { own.or_else(kept) } else { own }
}

fn new_row(import: &Import<'_>, table: &Table, staged: &Staged) -> Row {
    let mut row = Row::from([(table.id.to_owned(), staged.id.clone())]);
    for column in &table.columns {
        let carried = staged.row.contains_key(&column.name);
        let value = if carried { value(import, table, staged, &column.name, None) } else { column.default.clone() };
        row.insert(column.name.clone(), value);
    }
    for word in &table.words {
        let (column, value) = match word {
            Word::Set(column, value) => (*column, Some(*value)),
            Word::Exclude(column, value) => (*column, Some(*value).filter(|value| !value.is_empty())),
            Word::Guard => ("locked", Some("1")),
            Word::Count(..) => ("attrs", Some("0")),
            _ => continue,
        };
        row.insert(column.to_owned(), value.map(str::to_owned));
    }
    if table.has("created_at") {
        row.insert("created_at".to_owned(), staged.created.clone());
    }
    row
}

fn update(import: &Import<'_>, place: usize, staged: &Staged, row: &mut Row) {
    let table = import.table(place);
    let old = row.clone();
    for column in import.written(place, staged) {
        row.insert(column.clone(), value(import, table, staged, column, Some(&old)));
    }
    for word in &table.words {
        let Word::Set(column, value) = word else { continue };
        if !table.says(&Word::Keep(column)) {
            row.insert((*column).to_owned(), Some((*value).to_owned()));
        }
    }
    if is_older(table, staged, &old) {
        row.insert("created_at".to_owned(), staged.created.clone());
    }
}

fn fill(import: &Import<'_>, place: usize, staged: &Staged, row: &mut Row) {
    let table = import.table(place);
    let old = row.clone();
    if staged.fate == Fate::Filled {
        for column in import.filled(table, staged, &old) {
            row.insert(column.to_owned(), cell(&staged.row, column).map(str::to_owned));
        }
    }
    if is_older(table, staged, &old) {
        row.insert("created_at".to_owned(), staged.created.clone());
    }
}

/// Counts the children of every row that was written or got one that was.
fn count_children(import: &Import<'_>, target: &mut Installation) {
    let written = |place: usize| {
        import.staged[place].iter().filter(|staged| matches!(staged.fate, Fate::Inserted | Fate::Updated))
    };
    for (place, table) in import.world.tables.iter().enumerate() {
        for word in &table.words {
            let Word::Count(child, by, only) = word else { continue };
            let children = import.table(*child);
            let reference = children.reference(by).expect("it refers to the table");
            let mut touched: BTreeSet<String> = written(place).filter_map(|staged| staged.id.clone()).collect();
            touched.extend(written(*child).filter_map(|staged| match import.meaning(staged, reference) {
                Meaning::Row(id) => Some(id),
                Meaning::None | Meaning::Lost => None,
            }));
            let rows = target.rows(children.name).to_vec();
            for row in target.tables.get_mut(table.name).into_iter().flatten() {
                let own = id(table, row);
                if touched.contains(&own) {
                    let counts = |other: &&Row| {
                        cell(other, by) == Some(own.as_str()) && (!only || cell(other, "level") == Some("1"))
                    };
                    let number = rows.iter().filter(counts).count();
                    row.insert("attrs".to_owned(), Some(number.to_string()));
                }
            }
        }
    }
}
