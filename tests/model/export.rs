//! Which rows an export takes, and with which columns.

use std::collections::BTreeSet;

use gapsync::model::neutral::NeutralType;
use gapsync::model::profile::{Group, TableProfile};

use super::bundle::{Bundle, BundleTable, hash_column};
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
    exporter.add_revived(&mut chosen);
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

/// Whether a row is deleted, or hangs on a deleted row, and deleted rows do not travel.
pub(crate) fn stays_behind(
    schema: &Schema,
    source: &Installation,
    include_deleted: bool,
    table: &TableProfile,
    row: &Row,
) -> bool {
    let options = ExportOptions { include_deleted, ..ExportOptions::default() };
    Exporter { schema, source, options: &options }.stays_behind(table, row)
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

    /// From the start on, and objects up to the end. A row without a date travels each time.
    fn in_window(&self, table: &TableProfile, row: &Row) -> bool {
        let date = cell(row, &table.date);
        let early = self.options.start.as_deref().is_some_and(|start| date.is_some_and(|date| date < start));
        !(early || self.is_late(table, row))
    }

    /// Whether an object changed after the end of the window.
    fn is_late(&self, table: &TableProfile, row: &Row) -> bool {
        let late = self.options.end.as_deref().zip(cell(row, &table.date)).is_some_and(|(end, date)| date > end);
        late && table.group == Group::Object
    }

    /// Adds what may have stayed behind because of a row of the window, which may have been deleted until now, or have hung on
    /// a row that was: rows that need it, whatever hangs on those, and rows that refer to any of them and went without their
    /// reference. The row may have got another key, too: rows that refer to it, but not by their hash, travel again. The end
    /// date bounds all these.
    fn add_revived(&self, chosen: &mut BTreeSet<Key>) {
        if self.options.start.is_none() {
            return;
        }
        let asked = chosen.clone();
        let mut open: Vec<(Key, bool)> = chosen.iter().map(|key| (key.clone(), true)).collect();
        let mut behind: BTreeSet<Key> = BTreeSet::new();
        while let Some((parent, in_window)) = open.pop() {
            let may_be_revived = !in_window || self.can_stay_behind(self.schema.profile.table(&parent.0).unwrap());
            for (child, hard, polymorphic, hashed) in self.children(&parent) {
                // What a code leads to may not have been there at all.
                let held_back = may_be_revived || polymorphic && !self.options.include_deleted;
                if held_back && hard && !asked.contains(&child) && behind.insert(child.clone()) {
                    open.push((child.clone(), false));
                }
                if held_back || !hashed {
                    chosen.insert(child);
                }
            }
        }
    }

    /// The references to a row by rows that may travel: the row, whether it needs the other, whether a code names the table,
    /// whether its hash says what it refers to.
    fn children(&self, of: &Key) -> Vec<(Key, bool, bool, bool)> {
        let mut found = Vec::new();
        for table in self.schema.tables().filter(|table| self.travels(table)) {
            let rows = self.source.rows(&table.name).iter();
            for row in rows.filter(|row| !self.stays_behind(table, row) && !self.is_late(table, row)) {
                for (.., column) in self.parents(table, row).filter(|(table, row, _)| key(table, row) == *of) {
                    found.push((
                        key(table, row),
                        self.schema.is_hard(table, column),
                        table.polymorphic(column).is_some(),
                        self.schema.has_hash(&table.name) && table.in_key(column),
                    ));
                }
            }
        }
        found
    }

    /// Whether rows of a table can stay behind while the rows that refer to them travel.
    fn can_stay_behind(&self, table: &TableProfile) -> bool {
        !self.options.include_deleted
            && (table.deleted.is_some()
                || self
                    .schema
                    .references(table)
                    .filter(|column| self.schema.is_hard(table, column))
                    .flat_map(|column| self.possible_parents(table, column))
                    .any(|parent| self.can_stay_behind(parent)))
    }

    /// The tables that a reference column can lead to.
    fn possible_parents<'a>(
        &'a self,
        table: &'a TableProfile,
        column: &str,
    ) -> impl Iterator<Item = &'a TableProfile> + use<'a> {
        let names: Vec<&String> = match table.polymorphic(column) {
            Some(reference) => self.schema.profile.codes(reference).values().collect(),
            None => vec![&table.references[column]],
        };
        names.into_iter().filter_map(|name| self.schema.profile.table(name))
    }

    /// Optional references of a table whose rows may not travel with it.
    fn by_hash<'a>(&self, table: &'a TableProfile) -> Vec<&'a str> {
        let optional = |column: &&str| !self.schema.is_hard(table, column) && !self.schema.stays(table, column);
        let may_miss = |column: &&str| self.possible_parents(table, column).any(|parent| self.can_stay_behind(parent));
        self.schema.references(table).filter(optional).filter(may_miss).collect()
    }

    /// Whether the row is deleted, or hangs on a deleted row, and deleted rows are not asked for.
    fn stays_behind(&self, table: &TableProfile, row: &Row) -> bool {
        if self.options.include_deleted {
            return false;
        }
        table.deleted.as_ref().is_some_and(|column| cell(row, column).is_some())
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
        let mut columns: Vec<_> = self
            .schema
            .columns(&table.name)
            .iter()
            .filter(|column| !self.schema.stays(table, &column.name))
            .filter(|column| {
                self.options.include_deleted
                    || table.deleted.as_ref().is_none_or(|deleted| deleted.column != column.name)
            })
            .map(|column| (column.name.clone(), column.neutral))
            .collect();
        let mut rows: Vec<&Row> =
            self.source.rows(&table.name).iter().filter(|row| chosen.contains(&key(table, row))).collect();
        rows.sort_by_key(|row| cell(row, "id").unwrap().parse::<i64>().unwrap());
        let by_hash = self.by_hash(table);
        let rows = rows.into_iter().map(|row| {
            let travels = |column: &str| columns.iter().any(|(name, _)| name == column);
            let mut carried: Row =
                row.iter().filter(|(column, _)| travels(column)).map(|(k, v)| (k.clone(), v.clone())).collect();
            for column in &by_hash {
                carried.insert(hash_column(column), None);
            }
            for (parent, parent_row, column) in self.parents(table, row) {
                if self.stays_behind(parent, parent_row) {
                    let hash = cell(parent_row, &parent.hash).filter(|_| self.schema.has_hash(&parent.name));
                    carried.insert(column.to_owned(), None);
                    carried.insert(hash_column(column), Some(hash.unwrap_or("-").to_owned()));
                }
            }
            carried
        });
        let rows: Vec<Row> = rows.collect();
        columns.extend(by_hash.iter().map(|column| (hash_column(column), NeutralType::Text)));
        BundleTable { name: table.name.clone(), columns, files: vec![rows] }
    }
}
