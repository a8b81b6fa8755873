//! Which rows may travel: those that are not deleted, and that hang on no row that stays behind.

use std::cmp::Reverse;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::profile::{Polymorphic, TableProfile};
use crate::model::schema::Table;

use super::plan::{Planner, list, required};

/// Whether the row behind a reference may be missing altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
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
    /// Returns what guards the reference of `column` to `parent`.
    pub(super) fn of(dialect: Dialect, table: &Table, column: &str, parent: &str) -> Self {
        let guarded = table.foreign_keys.iter().any(|key| key.column == column && key.table == parent);
        if guarded && dialect == Dialect::Postgres { Self::Never } else { Self::Unlikely }
    }
}

impl Planner<'_> {
    /// SQL that says whether a row may travel: it is not deleted, and no row that it hangs on stays behind.
    pub(super) fn alive(&self, profile: &TableProfile, table: &Table, alias: &str, depth: usize) -> Result<String> {
        if depth > self.profile.tables.len() {
            return Err(Error::schema("required references run in a ring").at_table(&profile.name));
        }
        let mut conditions: Vec<String> = self.present(profile, table, alias).into_iter().collect();
        for (column, parent) in self.plain_references(profile) {
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
    pub(super) fn present(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let deleted = profile.deleted.as_ref().filter(|name| table.column(name).is_some())?;
        (!self.request.include_deleted).then(|| format!("{alias}.{} IS NULL", self.dialect.ident(deleted)))
    }

    /// SQL that says whether the row behind a reference travels; none when it always does.
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
    pub(super) fn polymorphic_alive(
        &self,
        table: &Table,
        reference: &Polymorphic,
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
