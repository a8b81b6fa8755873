//! Leaves out tables that cannot be filled: those whose parents are left out, and those that refer to each other in a ring of
//! columns that are never NULL.

use crate::model::order::reachable;
use crate::model::schema::Table;

use super::choose::{Drafted, listed};

/// Moves such tables to those that are left out. A reference that may be NULL stays at home instead.
pub(super) fn leave_out(tables: &mut Vec<Drafted>, left_out: &mut Vec<(String, String)>, catalogue: &[Table]) {
    loop {
        let gone = match orphan(tables, catalogue) {
            Some(gone) => vec![gone],
            None => ring(tables, catalogue),
        };
        if gone.is_empty() {
            break;
        }
        for (name, reason) in gone {
            tables.retain(|table| table.name != name);
            left_out.push((name, reason));
        }
    }
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    for table in tables {
        let lost: Vec<String> = table
            .references
            .iter()
            .filter(|(_, reference)| !names.contains(&reference.table))
            .map(|(column, _)| column.clone())
            .collect();
        for column in lost {
            let Some(reference) = table.references.remove(&column) else { continue };
            let none = if reference.zero_is_none { "0".to_owned() } else { String::new() };
            table.exclude.insert(column, (none, format!("it refers to `{}`, which is left out", reference.table)));
        }
    }
}

/// Returns a table that cannot do without a table that is left out.
fn orphan(tables: &[Drafted], catalogue: &[Table]) -> Option<(String, String)> {
    let is_there = |name: &str| tables.iter().any(|table| table.name == name);
    tables.iter().find_map(|table| {
        let (column, reference) = table
            .references
            .iter()
            .find(|(column, reference)| is_hard(table, column, catalogue, true) && !is_there(&reference.table))?;
        Some((
            table.name.clone(),
            format!("`{column}` refers to `{}`, which is left out, and is never NULL", reference.table),
        ))
    })
}

/// Returns the tables of a ring of references none of which can wait.
fn ring(tables: &[Drafted], catalogue: &[Table]) -> Vec<(String, String)> {
    let place = |name: &str| tables.iter().position(|table| table.name == name);
    let next = |table: usize| {
        let table = &tables[table];
        table
            .references
            .iter()
            .filter(|(column, _)| is_hard(table, column, catalogue, false))
            .filter_map(|(_, reference)| place(&reference.table))
    };
    let reached: Vec<_> = (0..tables.len()).map(|table| reachable(table, next)).collect();
    let Some(first) = (0..tables.len()).find(|table| reached[*table].contains(table)) else { return Vec::new() };
    let members: Vec<usize> = reached[first].iter().copied().filter(|other| reached[*other].contains(&first)).collect();
    let names: Vec<String> = members.iter().map(|member| tables[*member].name.clone()).collect();
    let reason = match names.as_slice() {
        [_] => "it refers to itself through a column that is never NULL or part of its key".to_owned(),
        several => {
            format!("{} refer to each other through columns that are never NULL or part of their keys", listed(several))
        }
    };
    names.into_iter().map(|name| (name, reason.clone())).collect()
}

/// Returns whether a row cannot be inserted without the row that a column refers to. With `required`, a default helps.
fn is_hard(table: &Drafted, column: &str, catalogue: &[Table], required: bool) -> bool {
    let found = catalogue.iter().find(|base| base.name == table.name).and_then(|base| base.column(column));
    let can_be_none = table.references.get(column).is_some_and(|reference| reference.zero_is_none);
    table.key.iter().any(|field| field == column)
        || found.is_some_and(|found| !(found.nullable || can_be_none || required && found.has_default))
}
