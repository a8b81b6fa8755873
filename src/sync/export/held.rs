//! Rows that are held back because `only` does not let them travel, and rows that depend on them. They are counted, and nothing
//! of them leaves: no value, no id, no hash.

use std::collections::BTreeMap;

use crate::db::session::Session;
use crate::error::Result;
use crate::model::profile::TableProfile;
use crate::model::schema::Table;

use super::plan::{Planner, SourceTable, required};

impl Planner<'_> {
    /// Returns the condition that a row is held back, or depends on a row that is; `None` for a table without such rows. It may be
    /// NULL instead of false.
    pub(super) fn held_back(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        self.held_back_below(profile, table, alias, 0)
    }

    fn held_back_below(&self, profile: &TableProfile, table: &Table, alias: &str, depth: usize) -> Option<String> {
        // Cycles of required references are refused elsewhere.
        if depth > self.profile.tables.len() {
            return None;
        }
        let permitted = self.permitted(profile, table, alias);
        let mut ways: Vec<String> = permitted.map(|permitted| format!("NOT ({permitted})")).into_iter().collect();
        let behind = |value: &str, parent: &str| {
            let (profile, table) = (self.travelling(parent)?, self.found(parent)?);
            let below = format!("b{depth}");
            let held = self.held_back_below(profile, table, &below, depth + 1)?;
            let (name, id) = (self.dialect.ident(parent), self.dialect.ident(&profile.id));
            Some(format!("EXISTS (SELECT 1 FROM {name} AS {below} WHERE {below}.{id} = {value} AND {held})"))
        };
        for (column, parent) in self.plain_references(profile) {
            if required(profile, table, column) {
                ways.extend(behind(&self.value(profile, column, alias), parent));
            }
        }
        for reference in profile.polymorphic.iter().filter(|reference| required(profile, table, &reference.id)) {
            let id = self.value(profile, &reference.id, alias);
            let code = format!("{alias}.{}", self.dialect.ident(&reference.type_column));
            for (name, parent) in self.profile.codes(reference) {
                let held = behind(&id, parent);
                ways.extend(held.map(|held| format!("({code} = {} AND {held})", self.dialect.literal(name))));
            }
        }
        (!ways.is_empty()).then(|| format!("({})", ways.join(" OR ")))
    }

    /// Returns a statement that counts the rows of the window that are held back, or `None` if there cannot be any.
    fn count_held_back(&self, table: &SourceTable) -> Option<String> {
        let base = self.found(&table.profile.name)?;
        let held = self.held_back(&table.profile, base, "a")?;
        let conditions = [table.undeleted.as_str(), table.window.as_str(), held.as_str()];
        let conditions: Vec<&str> = conditions.into_iter().filter(|text| !text.is_empty()).collect();
        let name = self.dialect.ident(&table.profile.name);
        Some(format!("SELECT count(*) FROM {name} AS a WHERE {}", conditions.join(" AND ")))
    }
}

/// Counts the rows of each table that are held back.
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
        let Some(statement) = planner.count_held_back(table) else { continue };
        let name = &table.profile.name;
        let rows = session.number(&statement).await.map_err(|error| error.at_table(name))?;
        counts.insert(name.clone(), rows.map_or(0, i64::unsigned_abs));
    }
    Ok(counts)
}
