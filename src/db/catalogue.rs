//! What the engines' catalogues have in common: facts come row by row and are put together here.

use std::collections::BTreeMap;

use crate::model::schema::{Column, ForeignKey, Table, UniqueKey};

/// Base tables while their facts come in. Facts of a table that is not known are passed over.
#[derive(Default)]
pub(super) struct Tables {
    tables: BTreeMap<String, Table>,
    references: Vec<Reference>,
}

/// A foreign key of one column.
struct Reference {
    table: String,
    column: String,
    parent: String,
    /// The parent's column; `None`: its primary key.
    parent_column: Option<String>,
}

impl Tables {
    /// A column; columns come in their order.
    pub(super) fn column(&mut self, table: &str, column: Column) {
        let entry = self.tables.entry(table.to_owned());
        let table = entry.or_insert_with_key(|name| Table { name: name.clone(), ..Table::default() });
        table.columns.push(column);
    }

    /// A primary key.
    pub(super) fn primary_key(&mut self, table: &str, columns: Vec<String>) {
        if let Some(table) = self.tables.get_mut(table) {
            table.primary_key = columns;
        }
    }

    /// A unique key besides the primary one.
    pub(super) fn unique_key(&mut self, table: &str, key: UniqueKey) {
        if let Some(table) = self.tables.get_mut(table) {
            table.unique_keys.push(key);
        }
    }

    /// A foreign key of one column; `parent_column` is `None` where the parent's primary key is meant.
    pub(super) fn reference(&mut self, table: &str, column: &str, parent: &str, parent_column: Option<&str>) {
        self.references.push(Reference {
            table: table.to_owned(),
            column: column.to_owned(),
            parent: parent.to_owned(),
            parent_column: parent_column.map(str::to_owned),
        });
    }

    /// The sequence behind a column, when it is the table's id.
    pub(super) fn sequence(&mut self, table: &str, column: &str, sequence: &str) {
        if let Some(table) = self.tables.get_mut(table)
            && (table.primary_key == [column] || (table.primary_key.len() != 1 && column == "id"))
        {
            table.id_sequence = Some(sequence.to_owned());
        }
    }

    /// The tables by name. Of the foreign keys only those to an id stay: no id can stand for others.
    pub(super) fn finish(mut self) -> Vec<Table> {
        for reference in std::mem::take(&mut self.references) {
            let to_id = match (&reference.parent_column, self.tables.get(&reference.parent)) {
                (Some(column), Some(parent)) => parent.primary_key == [column.as_str()],
                _ => true,
            };
            if let Some(table) = self.tables.get_mut(&reference.table).filter(|_| to_id) {
                table.foreign_keys.push(ForeignKey { column: reference.column, table: reference.parent });
            }
        }
        self.tables.into_values().collect()
    }
}

/// A cell of a catalogue query, which is never NULL where this is used.
pub(super) fn text(row: &[Option<String>], index: usize) -> &str {
    row.get(index).and_then(Option::as_deref).unwrap_or_default()
}
