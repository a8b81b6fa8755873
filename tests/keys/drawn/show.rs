//! Two databases side by side. Rows that were there are named by their ids, new ones by their keys.

use std::collections::BTreeSet;

use super::world::{Table, World, id};
use crate::model::{Installation, Row, cell};

/// Rows as text, a line each, with the rows to which they refer by name. `before`: what the target had at first.
pub(super) fn lines(world: &World, all: &Installation, before: &Installation) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (place, table) in world.tables.iter().enumerate() {
        for row in all.rows(table.name) {
            let cells = table
                .columns
                .iter()
                .map(|column| format!("{}={}", column.name, value(world, (all, before), table, row, &column.name)));
            let cells: Vec<String> = cells.collect();
            let line = format!("{}: {}", name(world, (all, before), place, row, 0), cells.join(" "));
            assert!(lines.insert(line.clone()), "two rows cannot be told apart: {line}");
        }
    }
    lines
}

fn name(world: &World, (all, before): (&Installation, &Installation), place: usize, row: &Row, depth: usize) -> String {
    let table = &world.tables[place];
    let own = id(table, row);
    let was_there = before.rows(table.name).iter().any(|other| id(table, other) == own);
    if was_there || depth > world.tables.len() {
        return format!("{} #{own}", table.name);
    }
    let parts = super::merge::key_columns(table).map(|column| match referred(world, all, table, row, column) {
        Some((parent, other)) => name(world, (all, before), parent, other, depth + 1),
        None => format!("{:?}", cell(row, column)),
    });
    format!("{} ({})", table.name, parts.collect::<Vec<_>>().join(", "))
}

/// The row to which a column refers, and its table.
fn referred<'a>(
    world: &World,
    all: &'a Installation,
    table: &Table,
    row: &Row,
    column: &str,
) -> Option<(usize, &'a Row)> {
    let reference = table.reference(column).cloned().or_else(|| {
        let owner = super::write::owner_table(table).filter(|_| column == "owner")?;
        Some(super::world::Reference {
            column: column.to_owned(),
            to: super::world::To::Table(owner),
            zero: false,
            nullable: true,
            missing: None,
            by: None,
        })
    })?;
    let (place, wanted) = World::leads(&reference, row)?;
    let parent = &world.tables[place?];
    let found = all.rows(parent.name).iter().find(|other| id(parent, other) == wanted)?;
    Some((place?, found))
}

fn value(world: &World, sides: (&Installation, &Installation), table: &Table, row: &Row, column: &str) -> String {
    match referred(world, sides.0, table, row, column) {
        Some((parent, other)) => format!("<{}>", name(world, sides, parent, other, 0)),
        None => cell(row, column).map_or_else(|| "NULL".to_owned(), |value| format!("{value:?}")),
    }
}
