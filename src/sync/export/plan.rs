//! What an export carries: which tables and columns, which rows, and in which order.
//!
//! Tables are read children first, so that by the time a table is read all rows that others need of it are known.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::manifest::{ColumnHeader, Window};
use crate::model::profile::{Group, Profile, TableProfile};
use crate::model::schema::{Column, Table};
use crate::sync::import::target::travels;

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
    /// Columns that travel, in order.
    pub(super) columns: Vec<Column>,
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

/// Whether the row behind a reference may be missing altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absent {
    /// PostgreSQL guards it by a foreign key; the others let them be switched off.
    Never,
    /// Only the profile says that the column is a reference.
    Unlikely,
    /// Nothing can guard it.
    Possible,
    /// Nothing can guard it, and the references are few for the rows that they lead to: each is looked up by itself. For
    /// EXISTS within OR or CASE, PostgreSQL remembers all ids behind it instead.
    Sparse,
}

impl Absent {
    fn of(dialect: Dialect, table: &Table, column: &str, parent: &str) -> Self {
        let guarded = table.foreign_keys.iter().any(|key| key.column == column && key.table == parent);
        if guarded && dialect == Dialect::Postgres { Self::Never } else { Self::Unlikely }
    }
}

/// Plans an export over a catalogue.
pub(super) struct Planner<'a> {
    pub(super) dialect: Dialect,
    pub(super) profile: &'a Profile,
    pub(super) catalogue: &'a [Table],
    pub(super) request: &'a ExportRequest,
    pub(super) window: &'a Window,
    /// Rows of tables, where they are known.
    pub(super) rows: BTreeMap<String, u64>,
    /// Ids of rows whose polymorphic references lead nowhere, by table: of tables that were looked through for them.
    pub(super) dangling: BTreeMap<String, Vec<u64>>,
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

    fn travelling(&self, name: &str) -> Option<&TableProfile> {
        self.profile.table(name).filter(|table| self.chosen(table))
    }

    /// Columns that refer to carried tables, by the profile or else the catalogue.
    pub(super) fn plain_references<'t>(
        &'t self,
        profile: &'t TableProfile,
        table: &'t Table,
    ) -> BTreeMap<&'t str, &'t str> {
        let declared = table.foreign_keys.iter().map(|key| (key.column.as_str(), key.table.as_str()));
        let written = profile.references.iter().map(|(column, table)| (column.as_str(), table.as_str()));
        let mut references: BTreeMap<&str, &str> =
            declared.filter(|(_, parent)| self.profile.table(parent).is_some()).collect();
        references.extend(written.filter(|(column, _)| table.column(column).is_some()));
        references.retain(|column, _| travels(profile, column));
        references
    }

    fn table(&self, name: &str, ring: Option<usize>) -> Result<Option<SourceTable>> {
        let (Some(profile), Some(table)) = (self.profile.table(name), self.found(name)) else { return Ok(None) };
        let references = self.plain_references(profile, table);
        let mut columns = Vec::new();
        let mut expressions = Vec::new();
        for column in &table.columns {
            let deletion = !self.request.include_deleted && profile.deleted.as_ref() == Some(&column.name);
            if column.generated || deletion || !travels(profile, &column.name) {
                continue;
            }
            expressions.push(self.expression(profile, table, &references, column)?);
            columns.push(column.clone());
        }
        let index = |name: &str| columns.iter().position(|column| column.name == name);
        for column in profile.key.iter().chain([&profile.id]) {
            if index(column).is_none() {
                return Err(Error::schema("the table lacks a column that the profile needs").at_column(column));
            }
        }
        let mut noted = Vec::new();
        for (column, parent) in &references {
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
        let alive = self.alive(profile, table, "a", 0)?;
        let present = self.present(profile, table, "a").unwrap_or_default();
        let window = self.in_window(profile, table);
        let profile = profile.clone();
        Ok(Some(SourceTable { profile, columns, expressions, references: noted, present, alive, window, id, ring }))
    }

    /// A column as it travels: a reference that a row can do without is NULL where its row stays behind.
    fn expression(
        &self,
        profile: &TableProfile,
        table: &Table,
        references: &BTreeMap<&str, &str>,
        column: &Column,
    ) -> Result<String> {
        let value = format!("a.{}", self.dialect.ident(&column.name));
        if profile.in_key(&column.name) || !column.nullable {
            return Ok(value);
        }
        let condition = if let Some(parent) = references.get(column.name.as_str()) {
            self.parent_alive(&value, parent, Absent::of(self.dialect, table, &column.name, parent), 0)?
        } else if let Some(reference) = profile.polymorphic(&column.name) {
            Some(self.polymorphic_alive(table, reference, "a", 0)?)
        } else {
            None
        };
        Ok(condition.map_or_else(|| value.clone(), |condition| format!("CASE WHEN {condition} THEN {value} END")))
    }

    /// Whether some rows of a table travel only because others refer to them.
    fn is_partial(&self, name: &str) -> bool {
        match (self.travelling(name), self.found(name)) {
            (Some(profile), Some(table)) => !self.in_window(profile, table).is_empty(),
            _ => false,
        }
    }

    fn in_window(&self, profile: &TableProfile, table: &Table) -> String {
        if table.column(&profile.date).is_none() {
            return String::new();
        }
        let column = format!("a.{}", self.dialect.ident(&profile.date));
        let mut conditions = Vec::new();
        if let Some(start) = &self.window.start {
            conditions.push(format!("{column} >= {}", self.dialect.literal(start)));
        }
        if let Some(end) = self.window.end.as_ref().filter(|_| profile.group == Group::Object) {
            conditions.push(format!("({column} IS NULL OR {column} <= {})", self.dialect.literal(end)));
        }
        conditions.join(" AND ")
    }

    /// SQL that says whether a row may travel: it is not deleted, and no row that it hangs on stays behind.
    fn alive(&self, profile: &TableProfile, table: &Table, alias: &str, depth: usize) -> Result<String> {
        if depth > self.profile.tables.len() {
            return Err(Error::schema("required references run in a ring").at_table(&profile.name));
        }
        let mut conditions: Vec<String> = self.present(profile, table, alias).into_iter().collect();
        for (column, parent) in self.plain_references(profile, table) {
            if required(profile, table, column) {
                let value = format!("{alias}.{}", self.dialect.ident(column));
                conditions.extend(self.parent_alive(
                    &value,
                    parent,
                    Absent::of(self.dialect, table, column, parent),
                    depth,
                )?);
            }
        }
        match self.dangling.get(&profile.name) {
            Some(ids) if ids.is_empty() => {}
            Some(ids) => {
                conditions.push(format!("{alias}.{} NOT IN ({})", self.dialect.ident(&profile.id), list(ids)));
            }
            None => conditions.extend(self.polymorphics_alive(profile, table, alias, depth)?),
        }
        Ok(conditions.join(" AND "))
    }

    /// SQL for each polymorphic reference that a row cannot do without: whether the row behind it travels.
    fn polymorphics_alive(
        &self,
        profile: &TableProfile,
        table: &Table,
        alias: &str,
        depth: usize,
    ) -> Result<Vec<String>> {
        let needed = profile.polymorphic.iter().filter(|reference| required(profile, table, &reference.id));
        needed.map(|reference| self.polymorphic_alive(table, reference, alias, depth)).collect()
    }

    /// A statement that finds `limit` ids at most of present rows whose polymorphic references lead nowhere; none for a table
    /// that cannot have any.
    ///
    /// # Errors
    /// `Schema`, when required references run in a ring.
    pub(super) fn find_dangling(&self, name: &str, limit: usize) -> Result<Option<String>> {
        let (Some(profile), Some(table)) = (self.profile.table(name), self.found(name)) else { return Ok(None) };
        let alive = self.polymorphics_alive(profile, table, "a", 0)?;
        if alive.is_empty() {
            return Ok(None);
        }
        let dangling = Some(format!("NOT ({})", alive.join(" AND ")));
        let conditions: Vec<String> = self.present(profile, table, "a").into_iter().chain(dangling).collect();
        Ok(Some(format!(
            "SELECT a.{} FROM {} AS a WHERE {} LIMIT {limit}",
            self.dialect.ident(&profile.id),
            self.dialect.ident(name),
            conditions.join(" AND ")
        )))
    }

    /// SQL that says whether a row itself is not deleted; none when that is of no interest.
    fn present(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let deleted = profile.deleted.as_ref().filter(|name| table.column(name).is_some())?;
        (!self.request.include_deleted).then(|| format!("{alias}.{} IS NULL", self.dialect.ident(deleted)))
    }

    /// SQL that says whether the row behind a reference travels; none when it always does.
    fn parent_alive(&self, value: &str, parent: &str, absent: Absent, depth: usize) -> Result<Option<String>> {
        let (Some(profile), Some(table)) = (self.travelling(parent), self.found(parent)) else {
            return Ok(Some(format!("{value} IS NULL")));
        };
        let alias = format!("p{depth}");
        let alive = self.alive(profile, table, &alias, depth + 1)?;
        if alive.is_empty() && matches!(absent, Absent::Never | Absent::Unlikely) {
            return Ok(None);
        }
        let row = format!(
            "(SELECT 1 FROM {} AS {alias} WHERE {alias}.{} = {value}",
            self.dialect.ident(parent),
            self.dialect.ident(&profile.id)
        );
        Ok(Some(match absent {
            // Rows that stay behind are few: a database that joins by hashing has little to remember.
            Absent::Never => format!("NOT EXISTS {row} AND NOT ({alive}))"),
            Absent::Unlikely | Absent::Possible | Absent::Sparse => {
                let alive = if alive.is_empty() { alive } else { format!(" AND {alive}") };
                if absent == Absent::Sparse {
                    format!("({value} IS NULL OR {row}{alive}) IS NOT NULL)")
                } else {
                    format!("({value} IS NULL OR EXISTS {row}{alive}))")
                }
            }
        }))
    }

    /// No foreign key guards these, so that the row is there is asked for too.
    fn polymorphic_alive(
        &self,
        table: &Table,
        reference: &crate::model::profile::Polymorphic,
        alias: &str,
        depth: usize,
    ) -> Result<String> {
        let id = format!("{alias}.{}", self.dialect.ident(&reference.id));
        let code = format!("{alias}.{}", self.dialect.ident(&reference.type_column));
        let mut cases = String::new();
        let rows = |parent: &str| self.rows.get(parent).copied();
        // Nothing leads into an empty table. Of the others the large ones come first: codes are compared one after another.
        let leads = |parent: &str| self.travelling(parent).is_some() && rows(parent) != Some(0);
        let mut codes: Vec<_> = self.profile.codes(reference).iter().filter(|(_, parent)| leads(parent)).collect();
        codes.sort_by_key(|(_, parent)| Reverse(rows(parent)));
        for (name, parent) in codes {
            let absent = if self.is_sparse(table, parent) { Absent::Sparse } else { Absent::Possible };
            let condition = self.parent_alive(&id, parent, absent, depth)?.unwrap_or_else(|| "1=1".to_owned());
            cases.push_str(&format!(" WHEN {} THEN {condition}", self.dialect.literal(name)));
        }
        let nullable = table.column(&reference.id).is_none_or(|column| column.nullable);
        let absent = if nullable { format!("{id} IS NULL OR ") } else { String::new() };
        if cases.is_empty() {
            return Ok(format!("({absent}1=0)"));
        }
        Ok(format!("({absent}CASE {code}{cases} ELSE 1=0 END)"))
    }

    /// Whether the references of a table are few for the rows of `parent`. To look one up takes PostgreSQL four times as long as
    /// to remember a row.
    fn is_sparse(&self, table: &Table, parent: &str) -> bool {
        let rows = |name: &str| self.rows.get(name).copied();
        let few = match (rows(&table.name), rows(parent)) {
            // A window picks few.
            _ if self.window.start.is_some() => true,
            (Some(references), Some(rows)) => references < rows / 4,
            _ => false,
        };
        few && self.dialect == Dialect::Postgres
    }
}

/// Whether a row stays behind when the row behind this column does.
fn required(profile: &TableProfile, table: &Table, column: &str) -> bool {
    profile.in_key(column) || table.column(column).is_some_and(|column| !column.nullable)
}

/// Ids with commas between them.
fn list(ids: &[u64]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.cast_signed().to_string()).collect();
    ids.join(",")
}
