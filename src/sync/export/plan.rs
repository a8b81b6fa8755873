//! What an export carries: which tables and columns, which rows, and in which order.
//!
//! Tables are read children first, so that by the time a table is read all rows that others need of it are known.

use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::manifest::{ColumnHeader, REFERENCE_HASH, Window};
use crate::model::neutral::NeutralType;
use crate::model::profile::{Group, TableProfile};
use crate::model::schema::{Column, Table};

use super::ExportRequest;

/// A reference of a row that travels.
#[derive(Clone, Debug)]
pub(super) enum Reference {
    /// Index of the column, the table.
    Plain(usize, String),
    /// Index of the column, index of its type column, code → table.
    Polymorphic(usize, usize, BTreeMap<String, String>),
}

/// A table of the source that travels.
#[derive(Clone, Debug)]
pub(super) struct SourceTable {
    pub(super) profile: TableProfile,
    /// Columns that travel, in order: the table's own, then those with the hashes of referred rows that stay behind.
    pub(super) columns: Vec<Column>,
    /// How many of them are the table's own.
    pub(super) own: usize,
    /// SQL of each column over alias `a`.
    pub(super) expressions: Vec<String>,
    /// References to tables of which not every row travels by itself.
    pub(super) references: Vec<Reference>,
    /// SQL over alias `a`: the row itself is not deleted. Empty: every row may travel.
    pub(super) present: String,
    /// SQL over alias `a`: the row may travel: it is not deleted, nor what it hangs on. Empty: every row may.
    pub(super) alive: String,
    /// SQL over alias `a`: the row is asked for. Empty: every row is.
    pub(super) window: String,
    /// Index of the id column.
    pub(super) id: usize,
    /// The number of the ring of references that it takes part in with other tables.
    pub(super) ring: Option<usize>,
}

impl SourceTable {
    /// The columns as the header announces them.
    pub(super) fn announced(&self) -> Vec<ColumnHeader> {
        self.columns.iter().map(|column| ColumnHeader { name: column.name.clone(), neutral: column.neutral }).collect()
    }

    /// The columns that travel and that the table itself has.
    pub(super) fn own_columns(&self) -> &[Column] {
        &self.columns[..self.own]
    }

    /// `FROM … WHERE …` for the rows asked for.
    pub(super) fn asked(&self, dialect: Dialect) -> String {
        let conditions: Vec<&str> =
            [self.alive.as_str(), self.window.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
        self.from(dialect, &conditions.join(" AND "))
    }

    /// `FROM … WHERE …` for at least the rows that may travel; a database counts them quickly.
    pub(super) fn all_present(&self, dialect: Dialect) -> String {
        self.from(dialect, &self.present)
    }

    /// `FROM … WHERE …` for the rows of some ids.
    pub(super) fn of_ids(&self, dialect: Dialect, ids: &[u64]) -> String {
        let mut condition = format!("a.{} IN ({})", dialect.ident(&self.profile.id), list(ids));
        if !self.alive.is_empty() {
            condition = format!("{condition} AND {}", self.alive);
        }
        self.from(dialect, &condition)
    }

    fn from(&self, dialect: Dialect, condition: &str) -> String {
        let table = dialect.ident(&self.profile.name);
        if condition.is_empty() { format!("FROM {table} AS a") } else { format!("FROM {table} AS a WHERE {condition}") }
    }
}

/// Plans an export over a catalogue.
pub(super) struct Planner<'a> {
    pub(super) dialect: Dialect,
    pub(super) profile: &'a Completed,
    pub(super) catalogue: &'a [Table],
    pub(super) request: &'a ExportRequest,
    pub(super) window: &'a Window,
    /// Rows of tables, where they are known.
    pub(super) rows: BTreeMap<String, u64>,
    /// Ids of rows whose polymorphic references lead nowhere, by table: of tables that were looked through for them.
    pub(super) dangling: BTreeMap<String, Vec<u64>>,
    /// Ids of rows with a date that nobody can read, by table: of tables that were looked through for them.
    pub(super) undated: BTreeMap<String, Vec<u64>>,
    /// The highest id that an earlier export of the stream saw, by table: a row above it is asked for whatever its date.
    pub(super) new_ids: &'a BTreeMap<String, i64>,
}

impl Planner<'_> {
    /// The tables that travel, children first.
    ///
    /// # Errors
    /// `Schema`, when a table lacks its id or a key column, or required references run in a ring.
    pub(super) fn tables(&self) -> Result<Vec<SourceTable>> {
        let chosen: Vec<&TableProfile> = self.profile.tables.iter().filter(|table| self.chosen(table)).collect();
        let order = self.children_first(&chosen);
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

    fn chosen(&self, table: &TableProfile) -> bool {
        let wanted = match table.group {
            Group::Metadata => true,
            Group::Investigation => self.request.include_investigations && !self.request.meta_only,
            Group::Object | Group::Context | Group::Link | Group::Tag => !self.request.meta_only,
        };
        wanted && self.found(&table.name).is_some()
    }

    pub(super) fn found(&self, name: &str) -> Option<&Table> {
        self.catalogue.iter().find(|table| table.name == name)
    }

    pub(super) fn travelling(&self, name: &str) -> Option<&TableProfile> {
        self.profile.table(name).filter(|table| self.chosen(table))
    }

    /// Returns the columns that refer to tables of the profile, and these tables.
    pub(super) fn plain_references<'t>(&self, profile: &'t TableProfile) -> BTreeMap<&'t str, &'t str> {
        let references = profile.references.iter().map(|(column, table)| (column.as_str(), table.as_str()));
        references.filter(|(column, _)| profile.lets_travel(column)).collect()
    }

    fn table(&self, name: &str, ring: Option<usize>) -> Result<Option<SourceTable>> {
        let (Some(profile), Some(table)) = (self.profile.table(name), self.found(name)) else { return Ok(None) };
        let mut columns = Vec::new();
        let mut expressions = Vec::new();
        let mut hashes = Vec::new();
        for column in &table.columns {
            let deletion = !self.request.include_deleted && profile.deleted.as_ref() == Some(&column.name);
            if column.generated || deletion || !profile.lets_travel(&column.name) {
                continue;
            }
            let optional = self.optional(profile, table, column)?;
            expressions.push(match optional {
                Some(optional) => {
                    hashes.push((hash_column(&column.name), optional.hash));
                    optional.id
                }
                None => format!("a.{}", self.dialect.ident(&column.name)),
            });
            columns.push(column.clone());
        }
        let index = |name: &str| columns.iter().position(|column| column.name == name);
        for column in profile.key.iter().chain([&profile.id]) {
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
        let present = self.present(profile, table, "a").unwrap_or_default();
        let window = self.in_window(profile, table, "a");
        let profile = profile.clone();
        Ok(Some(SourceTable {
            profile,
            columns,
            own,
            expressions,
            references: noted,
            present,
            alive,
            window,
            id,
            ring,
        }))
    }

    /// Whether some rows of a table travel only because others refer to them.
    fn is_partial(&self, name: &str) -> bool {
        match (self.travelling(name), self.found(name)) {
            (Some(profile), Some(table)) => !self.in_window(profile, table, "a").is_empty(),
            _ => false,
        }
    }
}

/// Whether a row stays behind when the row behind this column does.
pub(super) fn required(profile: &TableProfile, table: &Table, column: &str) -> bool {
    profile.in_key(column) || table.column(column).is_some_and(|column| !column.nullable)
}

/// Ids with commas between them.
pub(super) fn list(ids: &[u64]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.cast_signed().to_string()).collect();
    ids.join(",")
}

/// Returns the column that holds the hashes of a reference's rows.
fn hash_column(reference: &str) -> Column {
    Column { native: "text".to_owned(), ..Column::of_query(&format!("{reference}{REFERENCE_HASH}"), NeutralType::Text) }
}
