//! Which rows an export without a window takes, and with which values.

use std::collections::BTreeMap;

use super::rows;
use super::world::{Kind, Reference, Table, To, Word, World, id};
use crate::model::{Installation, Row, cell};
use crate::property::rng::Rng;

/// What an export was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) include_deleted: bool,
    /// A narrower choice: table, column, value.
    pub(super) only: Option<(usize, &'static str, &'static str)>,
    /// The window, for a world of a single table.
    pub(super) start: Option<&'static str>,
    pub(super) end: Option<&'static str>,
}

impl Asked {
    pub(super) fn drawn(rng: &mut Rng, world: &World) -> Self {
        let only = if rng.chance(50) { ("level", "1") } else { ("kind", "x") };
        let only = rng.chance(15).then(|| (rng.below(world.tables.len()), only.0, only.1));
        let [table] = world.tables.as_slice() else {
            return Self { include_deleted: rng.chance(40), only, start: None, end: None };
        };
        let has_window = table.references.is_empty() && table.window().is_none() && !table.says(&Word::CarryReferenced);
        let mut moment = |place| (has_window && rng.chance(40)).then(|| rows::text(place));
        Self { include_deleted: false, only, start: moment(1), end: moment(1) }
    }

    /// The options of the command.
    pub(super) fn options(&self, world: &World) -> Vec<String> {
        let mut options = Vec::new();
        options.extend(self.include_deleted.then(|| "--include-deleted=Y".to_owned()));
        options.extend(
            self.only.map(|(table, column, value)| format!("--only={}.{column}={value}", world.tables[table].name)),
        );
        options.extend(self.start.map(|start| format!("--start-date={start}")));
        options.extend(self.end.map(|end| format!("--end-date={end}")));
        options
    }
}

/// What an export should have made.
#[derive(Clone, Debug, Default)]
pub(super) struct Exported {
    /// The rows of the bundle, in the order of their ids.
    pub(super) bundle: Installation,
    /// Rows that are held back, by table.
    pub(super) held_back: BTreeMap<String, u64>,
    /// Rows that stay at home because nobody knows what their code stands for, by table.
    pub(super) strangers: BTreeMap<String, u64>,
}

struct Exporter<'a> {
    world: &'a World,
    source: &'a Installation,
    asked: &'a Asked,
}

pub(super) fn export(world: &World, source: &Installation, asked: &Asked) -> Exported {
    let exporter = Exporter { world, source, asked };
    let mut exported = Exported::default();
    for (place, table) in world.tables.iter().enumerate() {
        let rows = source.rows(table.name).iter();
        let travelling = rows.clone().filter(|row| exporter.travels(place, row) && exporter.is_in_window(table, row));
        let travelling = travelling.map(|row| exporter.carried(table, row)).collect();
        exported.bundle.tables.insert(table.name.to_owned(), travelling);
        let held = rows
            .clone()
            .filter(|row| exporter.is_present(table, row) && exporter.is_held_back(place, row))
            .filter(|row| exporter.is_in_window(table, row));
        exported.held_back.insert(table.name.to_owned(), held.count() as u64);
        let present = rows.filter(|row| exporter.is_present(table, row) && exporter.is_permitted(place, row));
        let strangers = present.filter(|row| exporter.is_stranger(table, row)).count();
        exported.strangers.insert(table.name.to_owned(), strangers as u64);
    }
    exported
}

impl Exporter<'_> {
    fn table(&self, place: usize) -> &Table {
        &self.world.tables[place]
    }

    /// Whether the deleted rows of a table travel.
    fn carries_deleted(&self, table: &Table) -> bool {
        self.asked.include_deleted || table.deleted().is_some_and(|(_, always)| always)
    }

    fn is_present(&self, table: &Table, row: &Row) -> bool {
        self.carries_deleted(table) || !table.is_deleted(row)
    }

    /// From the start on, and objects up to the end; rows without a date always.
    fn is_in_window(&self, table: &Table, row: &Row) -> bool {
        let Some(kind) = table.kind().filter(|kind| *kind != Kind::Version) else { return true };
        let Some(date) = table.date().and_then(|column| cell(row, column)) else { return true };
        let early = self.asked.start.is_some_and(|start| rows::place(kind, date) < rows::place(Kind::Datetime, start));
        let late = self.asked.end.is_some_and(|end| rows::place(kind, date) > rows::place(Kind::Datetime, end));
        !(early || late && table.group == "object")
    }

    /// Whether the values of a row let it travel.
    fn is_permitted(&self, place: usize, row: &Row) -> bool {
        let asked = self.asked.only.filter(|(table, ..)| *table == place);
        let has = |column: &str, values: &[&str]| cell(row, column).is_some_and(|value| values.contains(&value));
        asked.is_none_or(|(_, column, value)| has(column, &[value]))
            && self.table(place).words.iter().all(|word| match word {
                Word::Only(column, values) => has(column, values),
                Word::Except(column, values) => !has(column, values),
                _ => true,
            })
    }

    /// Whether the values of rows of a table, or of those that they need, can hold them back.
    fn can_stay(&self, place: usize) -> bool {
        let table = self.table(place);
        let chooses = table.words.iter().any(|word| matches!(word, Word::Only(..) | Word::Except(..)))
            || self.asked.only.is_some_and(|(asked, ..)| asked == place);
        let needed = table.references.iter().filter(|reference| table.needs(reference));
        chooses
            || table.deleted().is_some() && !self.carries_deleted(table)
            || needed.into_iter().any(|reference| match reference.to {
                To::Code(..) => true,
                To::Table(parent) => {
                    self.can_stay(parent)
                        || self.goes_with(table, reference) && self.table(parent).says(&Word::CarryReferenced)
                }
            })
    }

    /// Whether a row goes with the one to which a reference leads, and is no reason for that one to travel.
    fn goes_with(&self, table: &Table, reference: &Reference) -> bool {
        table.window() == Some(&reference.column)
    }

    /// The row to which a reference leads, and its table.
    fn parent(&self, reference: &Reference, row: &Row) -> Option<(usize, &Row)> {
        let (place, id) = World::leads(reference, row)?;
        self.find(place?, id)
    }

    fn find(&self, place: usize, wanted: &str) -> Option<(usize, &Row)> {
        let table = self.table(place);
        let found = self.source.rows(table.name).iter().find(|row| id(table, row) == wanted);
        found.map(|row| (place, row))
    }

    /// Whether nothing keeps a row at home, neither in itself nor in the rows that it needs.
    fn is_alive(&self, place: usize, row: &Row) -> bool {
        let table = self.table(place);
        let needed = table.references.iter().filter(|reference| table.needs(reference));
        self.is_present(table, row)
            && self.is_permitted(place, row)
            && needed.into_iter().all(|reference| {
                let Some((to, _)) = World::leads(reference, row) else { return true };
                match (self.parent(reference, row), &reference.to) {
                    (Some((parent, other)), _) => {
                        let counts =
                            !self.goes_with(table, reference) || self.is_referred_to(parent, other, &mut vec![]);
                        self.is_alive(parent, other) && counts
                    }
                    // Nobody looks for a row of a table whose rows all travel; an import rejects the one that needs it.
                    (None, To::Table(_)) => {
                        let parent = self.table(to.unwrap());
                        let referred = self.goes_with(table, reference) && parent.says(&Word::CarryReferenced);
                        !self.can_stay(to.unwrap()) && !referred
                    }
                    (None, To::Code(..)) => false,
                }
            })
    }

    /// Whether rows of a table travel for their own sake, or a row that may travel refers to this one. `above`: tables that have
    /// been asked already.
    fn is_referred_to(&self, place: usize, row: &Row, above: &mut Vec<usize>) -> bool {
        let table = self.table(place);
        if !table.says(&Word::CarryReferenced) {
            return true;
        }
        above.push(place);
        let mut is_referred_to = false;
        for child in (0..self.world.tables.len()).filter(|child| !above.contains(child)).collect::<Vec<_>>() {
            let children = self.table(child);
            for other in self.source.rows(children.name) {
                let leads = children.references.iter().any(|reference| {
                    !self.goes_with(children, reference)
                        && World::leads(reference, other) == Some((Some(place), id(table, row).as_str()))
                });
                is_referred_to |= leads && self.is_alive(child, other) && self.is_referred_to(child, other, above);
            }
        }
        above.pop();
        is_referred_to
    }

    fn travels(&self, place: usize, row: &Row) -> bool {
        self.is_alive(place, row) && self.is_referred_to(place, row, &mut Vec::new())
    }

    /// Whether the values of a row, or of one that it needs, hold it back.
    fn is_held_back(&self, place: usize, row: &Row) -> bool {
        let table = self.table(place);
        let mut needed = table.references.iter().filter(|reference| table.needs(reference));
        !self.is_permitted(place, row)
            || needed.any(|reference| {
                self.parent(reference, row).is_some_and(|(parent, other)| self.is_held_back(parent, other))
            })
    }

    /// Whether a row, or one that it needs, has a code that stands for nothing.
    fn is_stranger(&self, table: &Table, row: &Row) -> bool {
        table.references.iter().filter(|reference| table.needs(reference)).any(|reference| {
            let unknown = matches!(World::leads(reference, row), Some((None, _)));
            let parent = self.parent(reference, row);
            // What depends on a row that stays at home anyway is no stranger because of it.
            let counts = |parent: usize, other: &Row| {
                self.is_present(self.table(parent), other) && self.is_permitted(parent, other)
            };
            unknown
                || parent
                    .is_some_and(|(parent, other)| counts(parent, other) && self.is_stranger(self.table(parent), other))
        })
    }

    /// A row as it travels: the id of a row that stays at home means nothing, which an import finds out for itself.
    fn carried(&self, table: &Table, row: &Row) -> Row {
        let deletion = table.deleted().filter(|_| !self.carries_deleted(table)).map(|(column, _)| column);
        let travels =
            |column: &String| column == table.id || table.lets_travel(column) && deletion != Some(column.as_str());
        let mut carried: Row =
            row.iter().filter(|(column, _)| travels(column)).map(|(k, v)| (k.clone(), v.clone())).collect();
        for word in &table.words {
            let Word::Map(column, from, to) = word else { continue };
            if cell(row, column) == Some(*from) {
                carried.insert((*column).to_owned(), Some((*to).to_owned()));
            }
        }
        carried
    }
}
