//! The tables to be created: the profile joined with the description of its columns.

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::order::{Order, order};
use crate::model::profile::{Profile, TableProfile};
use crate::model::schema;

use super::checks;
use super::description::{self, Column, Entry};
use super::table::Table;

/// The tables of a profile.
pub(super) struct Tables<'a> {
    /// Parents first.
    pub(super) tables: Vec<Table<'a>>,
    order: Order,
}

impl<'a> Tables<'a> {
    /// Joins a profile with a description.
    ///
    /// # Errors
    /// `Schema` if they do not fit together or the description cannot be read.
    pub(super) fn new(dialect: Dialect, profile: &'a Profile, description: &str) -> Result<Self> {
        let entries = description::parse(description)?;
        let mut used = vec![false; entries.len()];
        let mut tables: Vec<Table<'a>> =
            profile.tables.iter().map(|table| join(table, &entries, &mut used)).collect::<Result<_>>()?;
        if let Some((entry, _)) = entries.iter().zip(used).find(|(_, used)| !used) {
            return Err(Error::schema("the description names a table that is not in the profile")
                .at_table(&entry.name)
                .at_line(entry.line)
                .hint("Correct the name, or remove the table from the description."));
        }
        for table in &tables {
            checks::table(dialect, table, &tables)?;
        }
        let nullable = |table: &str, column: &str| {
            let table = tables.iter().find(|other| other.profile.name == table);
            table.and_then(|table| table.column(column)).is_none_or(|column| column.nullable)
        };
        let order = order(&Completed::without_catalogue(profile), &nullable, &|_| true)?;
        tables.sort_by_key(|table| order.tables.iter().position(|name| *name == table.profile.name));
        Ok(Self { tables, order })
    }

    /// Returns the references of a table: column, parent, and whether the parent's table is created later or is the table
    /// itself.
    pub(super) fn foreign_keys<'t>(&self, table: &'t Table<'_>) -> Vec<(&'t str, &'t str, bool)> {
        let references = &table.profile.references;
        // A foreign key would refuse a number that stands for no row.
        let declared = |name: &str| references.get(name).filter(|reference| reference.none.is_none());
        let parent = |column: &'t Column| Some((column.name.as_str(), declared(&column.name)?.as_str()));
        let columns = table.columns.iter().filter_map(parent);
        columns.map(|(column, parent)| (column, parent, self.order.is_deferred(&table.profile.name, column))).collect()
    }

    /// Returns the id column of a table.
    pub(super) fn id_of(&self, table: &str) -> &str {
        self.tables.iter().find(|other| other.profile.name == table).map_or("id", |table| &table.profile.id)
    }

    /// Returns what the catalogue will have on the columns, as far as hashes need it.
    pub(super) fn catalogue(&self) -> Vec<schema::Table> {
        let described = |table: &Table<'_>| schema::Table {
            name: table.profile.name.clone(),
            columns: table
                .decided()
                .into_iter()
                .chain(table.columns.iter().map(|column| (column.name.as_str(), column.kind.neutral())))
                .map(|(name, neutral)| schema::Column::of_query(name, neutral))
                .collect(),
            ..schema::Table::default()
        };
        self.tables.iter().map(described).collect()
    }
}

/// Uses the entry with the table's own name, or else the one with the longest pattern.
fn join<'a>(profile: &'a TableProfile, entries: &[Entry], used: &mut [bool]) -> Result<Table<'a>> {
    let owner = |entry: &Entry| match entry.name.strip_prefix('*') {
        Some(end) => profile.name.strip_suffix(end),
        None => (entry.name == profile.name).then_some(""),
    };
    let fitting = entries.iter().enumerate().filter_map(|(index, entry)| Some((index, entry, owner(entry)?)));
    let best = fitting.max_by_key(|(_, entry, _)| (!entry.name.starts_with('*'), entry.name.len()));
    let Some((index, entry, owner)) = best else {
        return Err(Error::schema("the columns of the table are not described")
            .at_table(&profile.name)
            .hint("Add the table's name and its columns to the description."));
    };
    if let Some(used) = used.get_mut(index) {
        *used = true;
    }
    let mut columns = entry.columns.clone();
    for column in &mut columns {
        column.name = column.name.replace("{owner}", owner);
    }
    Ok(Table { profile, columns })
}
