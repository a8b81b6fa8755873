//! Plans an export: which tables and columns it has, which rows, and in what order.
//!
//! Tables are read children first, so that when a table is read, all of its rows that others need are known.

use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::files::FileColumns;
use crate::model::manifest::{ColumnHeader, REFERENCE_HASH, Window};
use crate::model::neutral::NeutralType;
use crate::model::order::order as load_order;
use crate::model::profile::TableProfile;
use crate::model::schema::{Column, Table};
use crate::sync::equal;

use super::ExportRequest;

/// A reference of a travelling row.
#[derive(Clone, Debug)]
pub(super) enum Reference {
    /// Column index and table.
    Plain(usize, String),
    /// Column index, index of the type column, and code → table.
    Polymorphic(usize, usize, BTreeMap<String, String>),
}

/// A table of the source that travels.
#[derive(Clone, Debug)]
pub(super) struct SourceTable {
    pub(super) profile: TableProfile,
    /// Columns that travel, in order: the table's own, then those with the hashes of referenced rows that stay behind.
    pub(super) columns: Vec<Column>,
    /// Number of the table's own columns.
    pub(super) own: usize,
    /// SQL of each column over alias `a`.
    pub(super) expressions: Vec<String>,
    /// References to tables whose rows do not all travel by themselves.
    pub(super) references: Vec<Reference>,
    /// SQL condition on alias `a` that the row itself is not deleted, or that deleted rows travel. Empty: none is.
    pub(super) undeleted: String,
    /// SQL condition on alias `a` that nothing in the row itself keeps it from travelling. Empty: every row may travel.
    pub(super) present: String,
    /// SQL condition on alias `a` that the row may travel: neither it nor a row it depends on is deleted. Empty: every row may.
    pub(super) alive: String,
    /// Whether a row may have stayed behind until now, because it was deleted or held back, or depended on such a row.
    pub(super) can_stay: bool,
    /// SQL condition on alias `a` that the row is in the window. Empty: every row is.
    pub(super) window: String,
    /// Index of the id column, if ids are numbers.
    pub(super) id: usize,
    /// The number of the cycle of references that the table forms with others.
    pub(super) ring: Option<usize>,
}

impl SourceTable {
    /// Returns the columns for the header.
    pub(super) fn announced(&self) -> Vec<ColumnHeader> {
        self.columns.iter().map(|column| ColumnHeader { name: column.name.clone(), neutral: column.neutral }).collect()
    }

    /// Returns the travelling columns that are the table's own.
    pub(super) fn own_columns(&self) -> &[Column] {
        &self.columns[..self.own]
    }

    /// Returns `FROM … WHERE …` for the rows of the window.
    pub(super) fn asked(&self, dialect: Dialect) -> String {
        let conditions: Vec<&str> =
            [self.alive.as_str(), self.window.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
        self.from(dialect, &conditions.join(" AND "))
    }

    /// Returns `FROM … WHERE …` for a superset of the rows that may travel, which a database counts quickly.
    pub(super) fn all_present(&self, dialect: Dialect) -> String {
        self.from(dialect, &self.present)
    }

    /// Returns `FROM … WHERE …` for the rows with these ids.
    pub(super) fn of_ids(&self, dialect: Dialect, ids: &[u64]) -> String {
        let mut condition = format!("a.{} IN ({})", dialect.ident(&self.profile.id), list(ids));
        if !self.alive.is_empty() {
            condition = format!("{condition} AND {}", self.alive);
        }
        self.from(dialect, &condition)
    }

    /// Returns the SQL of the path of a row's file, over alias `a`.
    pub(super) fn file_path(&self, dialect: Dialect, files: &FileColumns) -> String {
        let column = |name: &str| {
            let found = self.own_columns().iter().find(|column| column.name == name)?;
            Some((format!("a.{}", dialect.ident(name)), found.neutral))
        };
        equal::path(dialect, files, &column)
    }

    fn from(&self, dialect: Dialect, condition: &str) -> String {
        let table = dialect.ident(&self.profile.name);
        if condition.is_empty() { format!("FROM {table} AS a") } else { format!("FROM {table} AS a WHERE {condition}") }
    }
}

/// Plans an export from a catalogue.
pub(super) struct Planner<'a> {
    pub(super) dialect: Dialect,
    pub(super) profile: &'a Completed,
    pub(super) catalogue: &'a [Table],
    pub(super) request: &'a ExportRequest,
    pub(super) window: &'a Window,
    /// Number of rows by table, if known.
    pub(super) rows: BTreeMap<String, u64>,
    /// Ids of rows with dangling polymorphic references, for each table that was searched for them.
    pub(super) dangling: BTreeMap<String, Vec<u64>>,
    /// Ids of rows with an unreadable date, for each table that was searched for them.
    pub(super) undated: BTreeMap<String, Vec<u64>>,
    /// The highest id that an earlier export of the stream saw, by table. Rows above it are included whatever their date.
    pub(super) new_ids: &'a BTreeMap<String, i64>,
    /// The id up to which an earlier export of the stream saw every row that was ever committed, by table.
    pub(super) settled_ids: &'a BTreeMap<String, i64>,
}

impl Planner<'_> {
    /// Returns the tables that travel, children first.
    ///
    /// # Errors
    /// `Schema` if a table lacks its id or a key column, or required references form a cycle.
    pub(super) fn tables(&self) -> Result<Vec<SourceTable>> {
        let chosen: Vec<&TableProfile> = self.profile.tables.iter().filter(|table| self.chosen(table)).collect();
        let order = self.children_first(&chosen);
        if order.iter().any(|group| group.len() > 1) {
            // A ring that cannot be opened is named here, and not where it is noticed.
            let nullable = |table: &str, column: &str| {
                self.found(table).and_then(|table| table.column(column)).is_none_or(|column| column.nullable)
            };
            load_order(self.profile, &nullable, &|name| chosen.iter().any(|table| table.name == name))?;
        }
        let mut tables = Vec::with_capacity(chosen.len());
        for (number, group) in order.into_iter().enumerate() {
            let ring = (group.len() > 1).then_some(number);
            for name in group {
                let table = self.table(name, ring).map_err(|error| error.at_table(name))?;
                tables.extend(table);
            }
        }
        Ok(tables)
    }

    fn table(&self, name: &str, ring: Option<usize>) -> Result<Option<SourceTable>> {
        let (Some(profile), Some(table)) = (self.profile.table(name), self.found(name)) else { return Ok(None) };
        let mut columns = Vec::new();
        let mut expressions = Vec::new();
        let mut hashes = Vec::new();
        for column in &table.columns {
            let is_deletion = profile.deleted.as_ref().is_some_and(|deleted| deleted.column == column.name);
            let deletion = is_deletion && !self.carries_deleted(profile);
            if column.generated || deletion || !profile.lets_travel(&column.name) {
                continue;
            }
            let optional = self.optional(profile, table, column)?;
            expressions.push(match optional {
                Some(optional) => {
                    hashes.push((hash_column(&column.name), optional.hash));
                    optional.id
                }
                None if profile.map.contains_key(&column.name) => self.mapped(&profile.map, column),
                None => self.value(profile, &column.name, "a"),
            });
            columns.push(column.clone());
        }
        let index = |name: &str| columns.iter().position(|column| column.name == name);
        let id = Some(&profile.id.column).filter(|_| !profile.id.is_key());
        for column in profile.key.iter().chain(id) {
            if index(column).is_none() {
                return Err(Error::schema("the table lacks a column that the profile needs").at_column(column));
            }
        }
        let mut noted = Vec::new();
        for (column, parent) in &self.plain_references(profile) {
            if let (Some(index), true) = (index(column), self.is_partial(parent)) {
                noted.push(Reference::Plain(index, (*parent).to_owned()));
            }
        }
        for reference in &profile.polymorphic {
            let codes: BTreeMap<String, String> =
                self.profile.codes(reference).clone().into_iter().filter(|(_, table)| self.is_partial(table)).collect();
            if let (Some(id), Some(code)) = (index(&reference.id), index(&reference.type_column)) {
                noted.push(Reference::Polymorphic(id, code, codes));
            }
        }
        let id = index(&profile.id).unwrap_or_default();
        let own = columns.len();
        let (named, looked_up): (Vec<Column>, Vec<String>) = hashes.into_iter().unzip();
        columns.extend(named);
        expressions.extend(looked_up);
        let alive = self.alive(profile, table, "a", 0)?;
        let can_stay = !alive.is_empty();
        let alive = match self.referenced(profile, "a")? {
            Some(referenced) if alive.is_empty() => referenced,
            Some(referenced) => format!("{alive} AND {referenced}"),
            None => alive,
        };
        let undeleted = self.undeleted(profile, table, "a").unwrap_or_default();
        let present = self.present(profile, table, "a").unwrap_or_default();
        let window = self.in_window(profile, table, "a");
        let profile = profile.clone();
        Ok(Some(SourceTable {
            profile,
            columns,
            own,
            expressions,
            references: noted,
            undeleted,
            present,
            alive,
            can_stay,
            window,
            id,
            ring,
        }))
    }

    /// Returns whether some rows of a table travel only because others refer to them.
    fn is_partial(&self, name: &str) -> bool {
        match (self.travelling(name), self.found(name)) {
            (Some(profile), Some(table)) => !self.in_window(profile, table, "a").is_empty(),
            _ => false,
        }
    }
}

/// Returns whether a row stays behind if the row referenced by this column does.
pub(super) fn required(profile: &TableProfile, table: &Table, column: &str) -> bool {
    table.column(column).map_or_else(|| profile.in_key(column), |found| profile.needs(column, found.nullable))
}

/// Returns ids separated by commas.
pub(super) fn list(ids: &[u64]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.cast_signed().to_string()).collect();
    ids.join(",")
}

/// Returns the column that holds the hashes of a reference's rows.
fn hash_column(reference: &str) -> Column {
    Column { native: "text".to_owned(), ..Column::of_query(&format!("{reference}{REFERENCE_HASH}"), NeutralType::Text) }
}
