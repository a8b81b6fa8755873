//! Builds the description of tables from the facts that the engines' catalogues return row by row.

use std::collections::BTreeMap;

use crate::model::schema::{Column, ForeignKey, Table, UniqueKey};

/// Base tables whose facts are being collected. Facts about unknown tables are ignored.
#[derive(Default)]
pub(super) struct Tables {
    tables: BTreeMap<String, Table>,
    references: Vec<FoundKey>,
}

/// A foreign key with a single column.
struct FoundKey {
    table: String,
    column: String,
    parent: String,
    /// The parent's column; `None` means its primary key.
    parent_column: Option<String>,
}

impl Tables {
    /// Adds a column; the columns of a table arrive in order.
    pub(super) fn column(&mut self, table: &str, column: Column) {
        let entry = self.tables.entry(table.to_owned());
        let table = entry.or_insert_with_key(|name| Table { name: name.clone(), ..Table::default() });
        table.columns.push(column);
    }

    /// Records that an update sets a column to the current time unless it assigns it.
    pub(super) fn stamped(&mut self, table: &str, column: &str) {
        if let Some(table) = self.tables.get_mut(table) {
            table.stamped.push(column.to_owned());
        }
    }

    /// Sets the primary key.
    pub(super) fn primary_key(&mut self, table: &str, columns: Vec<String>) {
        if let Some(table) = self.tables.get_mut(table) {
            table.primary_key = columns;
        }
    }

    /// Adds a unique key besides the primary one.
    pub(super) fn unique_key(&mut self, table: &str, key: UniqueKey) {
        if let Some(table) = self.tables.get_mut(table) {
            table.unique_keys.push(key);
        }
    }

    /// Adds a foreign key with a single column. `parent_column` is `None` if it refers to the parent's primary key.
    pub(super) fn reference(&mut self, table: &str, column: &str, parent: &str, parent_column: Option<&str>) {
        self.references.push(FoundKey {
            table: table.to_owned(),
            column: column.to_owned(),
            parent: parent.to_owned(),
            parent_column: parent_column.map(str::to_owned),
        });
    }

    /// Records the sequence of a column, if the column is the table's id.
    pub(super) fn sequence(&mut self, table: &str, column: &str, sequence: &str) {
        if let Some(table) = self.tables.get_mut(table)
            && (table.primary_key == [column] || (table.primary_key.len() != 1 && column == "id"))
        {
            table.id_sequence = Some(sequence.to_owned());
        }
    }

    /// Returns the tables by name. Only foreign keys to an id are kept, because ids cannot replace other values.
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

/// Returns a cell of a catalogue query, which is never NULL here.
pub(super) fn text(row: &[Option<String>], index: usize) -> &str {
    row.get(index).and_then(Option::as_deref).unwrap_or_default()
}
