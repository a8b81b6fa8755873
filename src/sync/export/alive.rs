//! Which rows may travel: those that are not deleted and do not depend on a row that stays behind.

use std::cmp::Reverse;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::change::CarryDeleted;
use crate::model::profile::{Polymorphic, TableProfile};
use crate::model::schema::Table;

use super::plan::{Planner, list, required};
use crate::sync::dated::not_deleted;
use crate::sync::none::null_if;

/// Whether a referenced row can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// PostgreSQL enforces it with a foreign key. The other engines allow foreign keys to be switched off.
    Never,
    /// Only the profile declares the column to be a reference.
    Unlikely,
    /// Nothing can enforce it.
    Possible,
    /// Nothing can enforce it, and the references are few compared to the rows they may lead to, so each is looked up by
    /// itself. For EXISTS within OR or CASE, PostgreSQL would store all referenced ids instead.
    Sparse,
}

impl Absent {
    /// Returns what protects the reference of `column` to `parent`.
    pub(super) fn of(dialect: Dialect, table: &Table, column: &str, parent: &str) -> Self {
        let guarded = table.foreign_keys.iter().any(|key| key.column == column && key.table == parent);
        if guarded && dialect == Dialect::Postgres { Self::Never } else { Self::Unlikely }
    }
}

impl Planner<'_> {
    /// Returns the SQL condition that a row may travel: it is not deleted, and no row that it depends on stays behind.
    pub(super) fn alive(&self, profile: &TableProfile, table: &Table, alias: &str, depth: usize) -> Result<String> {
        if depth > self.profile.tables.len() {
            return Err(Error::schema("required references form a cycle").at_table(&profile.name));
        }
        let mut conditions: Vec<String> = self.present(profile, table, alias).into_iter().collect();
        for (column, parent) in self.plain_references(profile) {
            if required(profile, table, column) {
                let value = self.value(profile, column, alias);
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

    /// Returns the SQL condition, for each required polymorphic reference, that the referenced row travels.
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

    /// Returns a statement that finds at most `limit` ids of rows that are not deleted but have a dangling polymorphic
    /// reference, or `None` for a table that cannot have any.
    ///
    /// # Errors
    /// `Schema` if required references form a cycle.
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

    /// Returns the SQL condition that a row itself is not deleted, or `None` if that does not matter.
    pub(super) fn present(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let deleted = profile.deleted.as_ref().filter(|_| !self.carries_deleted(profile))?;
        Some(not_deleted(self.dialect, deleted, table.column(deleted)?, Some(alias)))
    }

    /// Returns whether the deleted rows of a table travel too.
    pub(super) fn carries_deleted(&self, profile: &TableProfile) -> bool {
        let always = profile.deleted.as_ref().is_some_and(|deleted| deleted.carry == CarryDeleted::Always);
        always || self.request.include_deleted
    }

    /// Returns the SQL condition that a referenced row travels, or `None` if it always does.
    pub(super) fn parent_alive(
        &self,
        value: &str,
        parent: &str,
        absent: Absent,
        depth: usize,
    ) -> Result<Option<String>> {
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
            // Few rows stay behind, so a database that uses hash joins has little to store.
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

    /// Like [`Planner::parent_alive`], but without a foreign key, so the existence of the row is checked too.
    pub(super) fn polymorphic_alive(
        &self,
        table: &Table,
        reference: &Polymorphic,
        alias: &str,
        depth: usize,
    ) -> Result<String> {
        let id = null_if(&format!("{alias}.{}", self.dialect.ident(&reference.id)), reference.none);
        let code = format!("{alias}.{}", self.dialect.ident(&reference.type_column));
        let mut cases = String::new();
        let rows = |parent: &str| self.rows.get(parent).copied();
        // No reference leads into an empty table. The others are ordered by size, the largest first, because codes are compared
        // one after another.
        let leads = |parent: &str| self.travelling(parent).is_some() && rows(parent) != Some(0);
        let mut codes: Vec<_> = self.profile.codes(reference).iter().filter(|(_, parent)| leads(parent)).collect();
        codes.sort_by_key(|(_, parent)| Reverse(rows(parent)));
        for (name, parent) in codes {
            let absent = if self.is_sparse(table, parent) { Absent::Sparse } else { Absent::Possible };
            let condition = self.parent_alive(&id, parent, absent, depth)?.unwrap_or_else(|| "1=1".to_owned());
            cases.push_str(&format!(" WHEN {} THEN {condition}", self.dialect.literal(name)));
        }
        let nullable = reference.none.is_some() || table.column(&reference.id).is_none_or(|column| column.nullable);
        let absent = if nullable { format!("{id} IS NULL OR ") } else { String::new() };
        if cases.is_empty() {
            return Ok(format!("({absent}1=0)"));
        }
        Ok(format!("({absent}CASE {code}{cases} ELSE 1=0 END)"))
    }

    /// Returns whether the references of a table are few compared to the rows of `parent`. PostgreSQL needs four times as long
    /// for a lookup as for storing a row.
    fn is_sparse(&self, table: &Table, parent: &str) -> bool {
        let rows = |name: &str| self.rows.get(name).copied();
        let few = match (rows(&table.name), rows(parent)) {
            // A window selects few rows.
            _ if self.window.start.is_some() => true,
            (Some(references), Some(rows)) => references < rows / 4,
            _ => false,
        };
        few && self.dialect == Dialect::Postgres
    }
}
