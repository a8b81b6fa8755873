//! Which rows may travel: those that are not deleted or held back, and do not depend on a row that stays behind.
//!
//! Rows of a table with `carry = "referenced"` travel only because others refer to them. A reference counts if the row that has it may
//! travel. It does not count if the row only goes with the one that it refers to, which is what `window` says: the members
//! of a group are no reason for the group to travel.

use std::cmp::Reverse;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::change::CarryDeleted;
use crate::model::profile::{Polymorphic, TableProfile};
use crate::model::schema::Table;
use crate::model::selection::Carry;

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
                let absent = Absent::of(self.dialect, table, column, parent);
                conditions.extend(self.parent_alive(&value, parent, absent, depth)?);
                if profile.window.as_deref() == Some(column) {
                    let can_be_none =
                        profile.none(column).is_some() || table.column(column).is_some_and(|column| column.nullable);
                    let referenced = self.parent_referenced(&value, parent, depth)?;
                    // A row that belongs to none travels for its own sake.
                    conditions.extend(referenced.map(|referenced| match can_be_none {
                        true => format!("({value} IS NULL OR {referenced})"),
                        false => referenced,
                    }));
                }
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
        if alive.is_empty() || !profile.id.is_number() {
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

    /// Returns the SQL condition that nothing in a row itself keeps it from travelling, or `None` if nothing can.
    pub(super) fn present(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let conditions = [self.undeleted(profile, table, alias), self.permitted(profile, table, alias)];
        conditions.into_iter().flatten().reduce(|one, other| format!("{one} AND {other}"))
    }

    /// Returns the SQL condition that a row itself is not deleted, or `None` if that does not matter.
    pub(super) fn undeleted(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
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

    /// Returns the condition that a row is referred to by one that may travel, or `None` if rows of the table travel for their own
    /// sake.
    ///
    /// # Errors
    /// `Schema` if required references form a cycle.
    pub(super) fn referenced(&self, profile: &TableProfile, alias: &str) -> Result<Option<String>> {
        self.referenced_by(profile, alias, 0, &mut Vec::new())
    }

    /// Returns the condition that the row to which a reference leads is referred to by others, as [`Planner::referenced`].
    ///
    /// # Errors
    /// `Schema` if required references form a cycle.
    pub(super) fn parent_referenced(&self, value: &str, parent: &str, depth: usize) -> Result<Option<String>> {
        let Some(profile) = self.travelling(parent) else { return Ok(None) };
        let alias = format!("q{depth}");
        let (name, id) = (self.dialect.ident(parent), self.dialect.ident(&profile.id));
        let referenced = self.referenced_by(profile, &alias, depth + 1, &mut Vec::new())?;
        Ok(referenced.map(|referenced| {
            format!("EXISTS (SELECT 1 FROM {name} AS {alias} WHERE {alias}.{id} = {value} AND {referenced})")
        }))
    }

    fn referenced_by<'p>(
        &'p self,
        profile: &'p TableProfile,
        alias: &str,
        depth: usize,
        above: &mut Vec<&'p str>,
    ) -> Result<Option<String>> {
        if profile.carry == Carry::All {
            return Ok(None);
        }
        above.push(&profile.name);
        let id = format!("{alias}.{}", self.dialect.ident(&profile.id));
        let row = format!("{alias}r");
        let mut ways = Vec::new();
        for child in &self.profile.tables {
            // A row that only rows of the same circle refer to is referred to by nothing that travels.
            let Some(table) = self.found(&child.name).filter(|_| self.chosen(child)) else { continue };
            if above.contains(&child.name.as_str()) {
                continue;
            }
            let plain = self.plain_references(child).into_iter().filter(|(_, parent)| *parent == profile.name);
            let plain = plain.filter(|(column, _)| child.window.as_deref() != Some(column));
            // A number that stands for none leads to no row, even if one has that id. An index on the column serves the rest.
            let leads_to = |column: &str| {
                let found = format!("{row}.{} = {id}", self.dialect.ident(column));
                child.none(column).map_or(found.clone(), |none| format!("({found} AND {id} <> {none})"))
            };
            let mut leads: Vec<String> = plain.map(|(column, _)| leads_to(column)).collect();
            for reference in &child.polymorphic {
                for (code, _) in self.profile.codes(reference).iter().filter(|(_, parent)| **parent == profile.name) {
                    let (found, code_column) = (leads_to(&reference.id), self.dialect.ident(&reference.type_column));
                    let code = self.dialect.literal(code);
                    leads.push(format!("({found} AND {row}.{code_column} = {code})"));
                }
            }
            if leads.is_empty() {
                continue;
            }
            let alive = self.alive(child, table, &row, depth)?;
            let own = self.referenced_by(child, &row, depth, above)?;
            for lead in leads {
                let conditions = [Some(lead), (!alive.is_empty()).then(|| alive.clone()), own.clone()];
                let conditions: Vec<String> = conditions.into_iter().flatten().collect();
                let name = self.dialect.ident(&child.name);
                ways.push(format!("EXISTS (SELECT 1 FROM {name} AS {row} WHERE {})", conditions.join(" AND ")));
            }
        }
        above.pop();
        Ok(Some(if ways.is_empty() { "1=0".to_owned() } else { format!("({})", ways.join(" OR ")) }))
    }
}
