//! Rows that refer to a kind of object that the profile does not name, and rows that depend on them. They cannot have a hash,
//! so they stay behind and are counted; they do not hold up anything else.

use std::collections::BTreeMap;

use crate::db::session::Session;
use crate::error::Result;
use crate::model::profile::{Polymorphic, TableProfile};
use crate::model::schema::Table;

use super::plan::{Planner, SourceTable, required};
use crate::sync::none::null_if;

/// Which rows count of those that a row depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Among {
    /// All of them: none of their dependants can have a hash.
    All,
    /// Those that neither a deletion nor their values keep at home. What depends on another one stays behind because of that.
    Present,
}

impl Planner<'_> {
    /// Returns the condition that a row refers to an unknown kind of object, or depends on a row that does; `None` for a table
    /// without such rows. It is never NULL. `among`: which of the rows that it depends on count.
    pub(super) fn stranger(
        &self,
        profile: &TableProfile,
        table: &Table,
        (alias, among): (&str, Among),
        depth: usize,
    ) -> Option<String> {
        // Cycles of required references are refused elsewhere.
        if depth > self.profile.tables.len() {
            return None;
        }
        let mut ways = Vec::new();
        for (column, parent) in self.plain_references(profile) {
            if required(profile, table, column) {
                let value = self.value(profile, column, alias);
                ways.extend(self.stranger_behind(&value, parent, among, depth));
            }
        }
        let none_dangles = self.dangling.get(&profile.name).is_some_and(Vec::is_empty);
        for reference in profile.polymorphic.iter().filter(|reference| required(profile, table, &reference.id)) {
            if !none_dangles {
                ways.push(self.unknown_kind(reference, alias));
            }
            let id = self.value(profile, &reference.id, alias);
            let code = format!("{alias}.{}", self.dialect.ident(&reference.type_column));
            for (name, parent) in self.profile.codes(reference) {
                if let Some(stranger) = self.stranger_behind(&id, parent, among, depth) {
                    let named = format!("{code} IS NOT NULL AND {code} = {}", self.dialect.literal(name));
                    ways.push(format!("({named} AND {stranger})"));
                }
            }
        }
        (!ways.is_empty()).then(|| format!("({})", ways.join(" OR ")))
    }

    fn stranger_behind(&self, value: &str, parent: &str, among: Among, depth: usize) -> Option<String> {
        let (profile, table) = (self.profile.table(parent)?, self.found(parent)?);
        let alias = format!("k{depth}");
        let stranger = self.stranger(profile, table, (&alias, among), depth + 1)?;
        let present = self.present(profile, table, &alias).filter(|_| among == Among::Present);
        let present = present.map_or_else(String::new, |present| format!(" AND {present}"));
        Some(format!(
            "EXISTS (SELECT 1 FROM {} AS {alias} WHERE {alias}.{} = {value} AND {stranger}{present})",
            self.dialect.ident(parent),
            self.dialect.ident(&profile.id)
        ))
    }

    /// Returns the condition that a code does not name a kind of object of the profile and the database.
    fn unknown_kind(&self, reference: &Polymorphic, alias: &str) -> String {
        let id = null_if(&format!("{alias}.{}", self.dialect.ident(&reference.id)), reference.none);
        let code = format!("{alias}.{}", self.dialect.ident(&reference.type_column));
        let codes = self.profile.codes(reference).iter().filter(|(_, parent)| self.found(parent).is_some());
        let known: Vec<String> = codes.map(|(code, _)| self.dialect.literal(code)).collect();
        let unknown = if known.is_empty() {
            String::new()
        } else {
            format!(" AND ({code} IS NULL OR {code} NOT IN ({}))", known.join(", "))
        };
        format!("({id} IS NOT NULL{unknown})")
    }

    /// Returns a statement that counts the rows of the window that stay behind for this reason, or `None` if there cannot be
    /// any.
    fn count_strangers(&self, table: &SourceTable) -> Option<String> {
        let base = self.found(&table.profile.name)?;
        let stranger = self.stranger(&table.profile, base, ("a", Among::Present), 0)?;
        let conditions = [table.present.as_str(), table.window.as_str(), stranger.as_str()];
        let conditions: Vec<&str> = conditions.into_iter().filter(|text| !text.is_empty()).collect();
        let name = self.dialect.ident(&table.profile.name);
        Some(format!("SELECT count(*) FROM {name} AS a WHERE {}", conditions.join(" AND ")))
    }
}

/// Counts the rows of each table that stay behind because they refer to an unknown kind of object.
///
/// # Errors
/// `Database`.
pub(super) async fn count(
    session: &mut Session,
    planner: &Planner<'_>,
    tables: &[SourceTable],
) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for table in tables {
        let name = &table.profile.name;
        let Some(statement) = planner.count_strangers(table).filter(|_| planner.rows.get(name) != Some(&0)) else {
            continue;
        };
        let rows = session.number(&statement).await.map_err(|error| error.at_table(name))?;
        let rows = rows.map_or(0, i64::unsigned_abs);
        if rows > 0 {
            counts.insert(name.clone(), rows);
        }
    }
    Ok(counts)
}

/// Returns warnings about the rows that stayed behind.
pub(super) fn warnings(counts: &BTreeMap<String, u64>) -> impl Iterator<Item = String> {
    counts.iter().map(|(table, rows)| {
        format!(
            "rows of {table} skipped because they refer to a kind of object that the profile does not name, or \
             depend on a row that does: {rows}"
        )
    })
}
