//! Draws the rows of a world's tables, and changes them.

use gapsync::model::neutral::NeutralType;

use super::world::{Kind, Reference, Table, To, World, id};
use crate::model::schema::Column;
use crate::model::{Installation, Row, cell};
use crate::property::rng::Rng;
use crate::property::values;

/// Moments as seconds since 1970, as a version, and as text. The last ones are later than any export of a test.
const DATES: [(i64, i64, &str); 5] = [
    (1_600_000_000, 1, "2020-09-13 12:26:40"),
    (1_650_000_000, 2, "2022-04-15 05:20:00"),
    (1_700_000_000, 10, "2023-11-14 22:13:20"),
    (3_786_912_000, 11, "2090-01-01 00:00:00"),
    (3_818_448_000, 12, "2091-01-01 00:00:00"),
];

/// How many of them are in the past.
const PAST: usize = 3;

/// Names that differ by letter case, by an accent, by a space at the end.
pub(super) const NAMES: [&str; 6] = ["a", "A", "\u{e1}", "\u{c1}", "a ", "b"];

/// Names and numbers in keys. A source has no row with one of the last ones, but may name it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Keys {
    Source,
    Target,
    OfTargetAlone,
}

impl Keys {
    fn value(self, rng: &mut Rng, neutral: NeutralType) -> String {
        let far = self == Self::OfTargetAlone || self == Self::Target && rng.chance(30);
        let value = match (neutral, far) {
            (NeutralType::Integer, false) => *rng.pick(&["1", "2", "3"]),
            (NeutralType::Integer, true) => *rng.pick(&["8", "9"]),
            (_, false) => *rng.pick(&NAMES),
            (_, true) => *rng.pick(&["far", "Far"]),
        };
        value.to_owned()
    }
}

/// An id that no row has.
const NOWHERE: &str = "77";

/// A moment as a column of a kind has it.
fn moment(kind: Kind, at: usize) -> String {
    let (epoch, version, text) = DATES[at];
    match kind {
        Kind::Datetime => text.to_owned(),
        Kind::Epoch => epoch.to_string(),
        Kind::EpochMs => (epoch * 1000).to_string(),
        Kind::EpochUs => (epoch * 1_000_000).to_string(),
        Kind::Version => version.to_string(),
    }
}

/// A moment as text.
pub(super) fn text(at: usize) -> &'static str {
    DATES[at].2
}

/// Which moment a value is.
pub(super) fn place(kind: Kind, value: &str) -> Option<usize> {
    (0..DATES.len()).find(|at| moment(kind, *at) == value)
}

/// One side of an air gap before anything is carried.
pub(super) fn installation(rng: &mut Rng, world: &World, keys: Keys) -> Installation {
    let mut all = Installation::default();
    let most = *rng.pick(&[2, 5, 9]);
    // A target with a row 0 could not tell it from none.
    let lowest = if keys == Keys::Source { 0 } else { 1 };
    for table in &world.tables {
        let first = *rng.pick(&[lowest, 1, 1, 1, 3]);
        let rows =
            (0..rng.below(most + 1)).map(|row| Row::from([(table.id.to_owned(), Some((first + row).to_string()))]));
        all.tables.insert(table.name.to_owned(), rows.collect());
    }
    for place in 0..world.tables.len() {
        fill(rng, (world, place), &mut all, 0, keys);
    }
    all
}

/// Fills the rows of a table from a place on; rows that its unique keys forbid go.
fn fill(rng: &mut Rng, (world, place): (&World, usize), all: &mut Installation, from: usize, keys: Keys) {
    let table = &world.tables[place];
    for at in from..all.rows(table.name).len() {
        let row = drawn(rng, (world, table), all, &all.rows(table.name)[at].clone(), keys);
        all.tables.get_mut(table.name).unwrap()[at] = row;
    }
    let rows = all.tables.get_mut(table.name).unwrap();
    let mut kept: Vec<Row> = Vec::new();
    for mut row in std::mem::take(rows) {
        if table.unique && kept.iter().any(|other| table.key.iter().all(|column| other[column] == row[column])) {
            continue;
        }
        if table.has("nick") && kept.iter().any(|other| other["nick"].is_some() && other["nick"] == row["nick"]) {
            row.insert("nick".to_owned(), None);
        }
        kept.push(row);
    }
    *rows = kept;
}

fn drawn(rng: &mut Rng, (world, table): (&World, &Table), all: &Installation, start: &Row, keys: Keys) -> Row {
    let mut row = start.clone();
    for column in &table.columns {
        let value = plain(rng, table, column, keys);
        row.insert(column.name.clone(), value);
    }
    for reference in &table.references {
        refer(rng, world, reference, all, &mut row);
    }
    if keys == Keys::Source {
        row.insert("trace".to_owned(), Some(trace(table, &id(table, start))));
    }
    row
}

/// A text that only one row of a source has.
pub(super) fn trace(table: &Table, id: &str) -> String {
    format!("<{} {id}>", table.name)
}

/// Lets a row refer to another, to none, or to nothing.
fn refer(rng: &mut Rng, world: &World, reference: &Reference, all: &Installation, row: &mut Row) {
    let none = if reference.nullable && !(reference.zero && rng.chance(50)) { None } else { Some("0") };
    let mut to = match &reference.to {
        To::Table(table) => Some(*table),
        To::Code(column, codes) => {
            let (code, table) = *rng.pick(codes);
            let code = match rng.below(12) {
                0 => None,
                1 => Some("9"),
                _ => Some(code),
            };
            row.insert(column.clone(), code.map(str::to_owned));
            code.filter(|code| *code != "9").map(|_| table)
        }
    };
    let is_none = (reference.nullable || reference.zero) && rng.chance(25);
    let parents = to.map_or(&[][..], |to| all.rows(world.tables[to].name));
    let found = if parents.is_empty() || rng.chance(8) { None } else { Some(rng.pick(parents)) };
    to = to.filter(|_| found.is_some());
    let value = match found {
        _ if is_none => none.map(str::to_owned),
        Some(parent) => Some(id(&world.tables[to.unwrap()], parent)),
        None => Some(NOWHERE.to_owned()),
    };
    // 0 means none here, whatever row has that id.
    let is_none = is_none || reference.zero && value.as_deref() == Some("0");
    if let Some(by) = &reference.by {
        let key = match found.filter(|_| !is_none) {
            Some(parent) => cell(parent, &world.tables[to.unwrap()].key[0]).map(str::to_owned),
            None if is_none || rng.chance(50) => None,
            None => {
                let parent = &world.tables[World::parents(reference)[0]];
                Some(Keys::OfTargetAlone.value(rng, parent.column(&parent.key[0]).neutral))
            }
        };
        row.insert(by.clone(), key);
    }
    row.insert(reference.column.clone(), value);
}

/// A value of a column that is no reference.
fn plain(rng: &mut Rng, table: &Table, column: &Column, keys: Keys) -> Option<String> {
    let kind = table.kind().unwrap_or(Kind::Epoch);
    let number = if kind == Kind::Datetime { Kind::Epoch } else { kind };
    let date = |rng: &mut Rng, kind: Kind| (!rng.chance(15)).then(|| moment(kind, rng.below(PAST)));
    let some = |rng: &mut Rng, all: &[&str]| Some((*rng.pick(all)).to_owned());
    let value = match column.name.as_str() {
        "level" => some(rng, &["0", "1", "2"]),
        "kind" => some(rng, &["x", "y", "X", "z"]),
        "mark" => some(rng, &["5", "6"]),
        "stamp" | "r_stamp" => return date(rng, number),
        "changed" | "r_changed" | "created_at" => return date(rng, Kind::Datetime),
        "gone" => return rng.chance(25).then(|| moment(Kind::Datetime, rng.below(PAST))),
        "flag" => some(rng, &["0", "0", "1", "2"]),
        "locked" => some(rng, &["0", "1"]),
        "attrs" => some(rng, &["0", "1", "2"]),
        "nick" => some(rng, &["n", "o", "p", "q"]),
        "owner" | "trace" => None,
        name if table.in_key(name) => Some(keys.value(rng, column.neutral)),
        _ => return values::value(rng, column),
    };
    value.filter(|_| !column.nullable || !rng.chance(15))
}

/// Lets some rows of a target have the contents of the source's rows with the same key.
pub(super) fn align(rng: &mut Rng, world: &World, source: &Installation, target: &mut Installation) {
    for table in &world.tables {
        let same = |one: &Row, other: &Row| {
            table.key.iter().all(|column| table.reference(column).is_some() || one[column] == other[column])
        };
        for row in target.tables.get_mut(table.name).unwrap() {
            let Some(theirs) = source.rows(table.name).iter().find(|theirs| same(theirs, row)) else { continue };
            if rng.chance(50) {
                continue;
            }
            for column in &table.columns {
                let own = table.in_key(&column.name) || ["nick", "locked", "attrs"].contains(&column.name.as_str());
                let refers = table.references.iter().any(|reference| {
                    reference.column == column.name
                        || reference.by.as_ref() == Some(&column.name)
                        || matches!(&reference.to, To::Code(code, _) if *code == column.name)
                });
                if !own && !refers {
                    row.insert(column.name.clone(), theirs[&column.name].clone());
                }
            }
        }
    }
}

/// Whether the rows of a table say when they changed.
fn has_moment(table: &Table) -> bool {
    table.kind().is_some_and(|kind| kind != Kind::Version)
}

/// Changes a source so that a window has what changed: rows get a later date with every change, and new ones come.
pub(super) fn edit(rng: &mut Rng, world: &World, all: &mut Installation, round: usize) {
    for place in 0..world.tables.len() {
        let table = &world.tables[place];
        // Rows of a table with `window` alone are new by that alone.
        let can_change = has_moment(table) || table.window().is_none();
        let referred = all.clone();
        for row in all.tables.get_mut(table.name).unwrap() {
            if can_change && rng.chance(35) {
                change(rng, world, table, &referred, row, round);
            }
        }
        let next = 1 + all.rows(table.name).iter().map(|row| id(table, row).parse::<i64>().unwrap()).max().unwrap_or(0);
        let from = all.rows(table.name).len();
        for new in 0..rng.below(3) {
            let nr = (next + i64::try_from(new).unwrap()).to_string();
            all.tables.get_mut(table.name).unwrap().push(Row::from([(table.id.to_owned(), Some(nr))]));
        }
        fill(rng, (world, place), all, from, Keys::Source);
        for row in all.tables.get_mut(table.name).unwrap().iter_mut().skip(from) {
            stamp(table, row, round);
        }
    }
}

/// Whether a change of a column changes nothing but the row itself: neither which row it is, nor whether it and others travel.
fn is_its_own(column: &str) -> bool {
    ["info", "more", "mark", "attrs", "r_stamp", "r_changed"].contains(&column)
}

fn change(rng: &mut Rng, world: &World, table: &Table, all: &Installation, row: &mut Row, round: usize) {
    for column in &table.columns {
        // Unique values and keys stay where a change could be forbidden.
        let fixed = column.unique || column.name == "trace" || table.unique && table.in_key(&column.name);
        // Nobody can tell of a row without a date that it changed, so other rows may not depend on that.
        let fixed = fixed || !has_moment(table) && !is_its_own(&column.name);
        let refers = table.references.iter().any(|reference| {
            reference.column == column.name
                || reference.by.as_ref() == Some(&column.name)
                || matches!(&reference.to, To::Code(code, _) if *code == column.name)
        });
        if !fixed && !refers && rng.chance(25) {
            let value = plain(rng, table, column, Keys::Source);
            row.insert(column.name.clone(), value);
        }
    }
    for reference in &table.references {
        let fixed = table.unique && table.in_key(&reference.column) || !has_moment(table);
        if !fixed && rng.chance(30) {
            refer(rng, world, reference, all, row);
        }
    }
    stamp(table, row, round);
}

fn stamp(table: &Table, row: &mut Row, round: usize) {
    if let Some((column, kind)) = table.date().zip(table.kind()) {
        row.insert(column.to_owned(), Some(moment(kind, PAST + round)));
    }
}
