//! Which rows an export takes, and with which columns.

use std::collections::BTreeSet;

use gapsync::model::profile::{Group, TableProfile};

use super::bundle::{Bundle, BundleTable};
use super::schema::Schema;
use super::{Installation, Row, cell};

#[derive(Clone, Debug, Default)]
pub(crate) struct ExportOptions {
    pub(crate) include_deleted: bool,
    pub(crate) include_investigations: bool,
    pub(crate) meta_only: bool,
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
}

/// A row by table and id.
type Key = (String, String);

struct Exporter<'a> {
    schema: &'a Schema,
    source: &'a Installation,
    options: &'a ExportOptions,
}

/// The rows that travel, in the order of their ids, one dump file a table; and how many of them are there only because
/// another row refers to them.
pub(crate) fn export(schema: &Schema, source: &Installation, options: &ExportOptions) -> (Bundle, usize) {
    let exporter = Exporter { schema, source, options };
    let mut chosen: BTreeSet<Key> = BTreeSet::new();
    for table in schema.tables().filter(|table| exporter.travels(table)) {
        for row in source.rows(&table.name) {
            if exporter.in_window(table, row) && !exporter.stays_behind(table, row) {
                chosen.insert(key(table, row));
            }
        }
    }
    let in_window = chosen.len();
    let mut open: Vec<Key> = chosen.iter().cloned().collect();
    while let Some((table, id)) = open.pop() {
        let table = schema.profile.table(&table).unwrap();
        let row = source.find(&table.name, &id).unwrap();
        for (parent, parent_row, _) in exporter.parents(table, row) {
            if !exporter.stays_behind(parent, parent_row) && chosen.insert(key(parent, parent_row)) {
                open.push(key(parent, parent_row));
            }
        }
    }
    let tables = schema.tables().filter(|table| exporter.travels(table)).map(|table| exporter.table(table, &chosen));
    (Bundle { tables: tables.collect() }, chosen.len() - in_window)
}

fn key(table: &TableProfile, row: &Row) -> Key {
    (table.name.clone(), cell(row, "id").unwrap().to_owned())
}

impl Exporter<'_> {
    /// Whether the options carry the table at all.
    fn travels(&self, table: &TableProfile) -> bool {
        match table.group {
            Group::Metadata => true,
            Group::Investigation => self.options.include_investigations && !self.options.meta_only,
            _ => !self.options.meta_only,
        }
    }

    /// From the start on, and objects up to the end; NULL is older than any date.
    fn in_window(&self, table: &TableProfile, row: &Row) -> bool {
        let date = cell(row, &table.date);
        let early = self.options.start.as_deref().is_some_and(|start| date.is_none_or(|date| date < start));
        let late = self.options.end.as_deref().is_some_and(|end| date.is_some_and(|date| date > end));
        !(early || late && table.group == Group::Object)
    }

    /// Whether the row is deleted, or hangs on a deleted row, and deleted rows are not asked for.
    fn stays_behind(&self, table: &TableProfile, row: &Row) -> bool {
        if self.options.include_deleted {
            return false;
        }
        table.deleted.as_deref().is_some_and(|column| cell(row, column).is_some())
            || self.parents(table, row).any(|(parent, parent_row, column)| {
                self.schema.is_hard(table, column) && self.stays_behind(parent, parent_row)
            })
    }

    /// The rows that the row's travelling columns refer to.
    fn parents<'a>(
        &'a self,
        table: &'a TableProfile,
        row: &'a Row,
    ) -> impl Iterator<Item = (&'a TableProfile, &'a Row, &'a str)> {
        self.schema.references(table).filter(|column| !self.schema.stays(table, column)).filter_map(|column| {
            let (parent, id) = self.schema.target(table, row, column)?;
            let parent = self.schema.profile.table(parent?)?;
            Some((parent, self.source.find(&parent.name, id)?, column))
        })
    }

    fn table(&self, table: &TableProfile, chosen: &BTreeSet<Key>) -> BundleTable {
        let columns: Vec<_> = self
            .schema
            .columns(&table.name)
            .iter()
            .filter(|column| !self.schema.stays(table, &column.name))
            .filter(|column| self.options.include_deleted || table.deleted.as_ref() != Some(&column.name))
            .map(|column| (column.name.clone(), column.neutral))
            .collect();
        let mut rows: Vec<&Row> =
            self.source.rows(&table.name).iter().filter(|row| chosen.contains(&key(table, row))).collect();
        rows.sort_by_key(|row| cell(row, "id").unwrap().parse::<i64>().unwrap());
        let rows = rows.into_iter().map(|row| {
            let travels = |column: &str| columns.iter().any(|(name, _)| name == column);
            let mut row: Row =
                row.iter().filter(|(column, _)| travels(column)).map(|(k, v)| (k.clone(), v.clone())).collect();
            let lost: Vec<String> = self
                .parents(table, &row)
                .filter(|(parent, parent_row, _)| self.stays_behind(parent, parent_row))
                .map(|(_, _, column)| column.to_owned())
                .collect();
            for column in lost {
                row.insert(column, None);
            }
            row
        });
        let rows: Vec<Row> = rows.collect();
        BundleTable { name: table.name.clone(), columns, files: vec![rows] }
    }
}
