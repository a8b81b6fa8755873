//! How optional references travel.
//!
//! If the referenced row stays behind, its id means nothing on the target. The id's column is then NULL, and a separate column
//! has the row's hash, so that the target can find the row if it has it.

use crate::error::Result;
use crate::model::manifest::UNKNOWN_HASH;
use crate::model::profile::{Match, Polymorphic, TableProfile};
use crate::model::schema::{Column, Table};

use super::alive::Absent;
use super::plan::Planner;

/// The SQL of a reference that may not travel as an id.
pub(super) struct Optional {
    /// The id, or NULL if the referenced row stays behind.
    pub(super) id: String,
    /// The hash of a referenced row that stays behind.
    pub(super) hash: String,
}

impl Planner<'_> {
    /// Returns how an optional reference travels, or `None` for any other column and for a reference whose row always travels.
    ///
    /// # Errors
    /// `Schema` if required references form a cycle.
    pub(super) fn optional(&self, profile: &TableProfile, table: &Table, column: &Column) -> Result<Option<Optional>> {
        if profile.needs(&column.name, column.nullable) {
            return Ok(None);
        }
        let value = self.value(profile, &column.name, "a");
        let references = self.plain_references(profile);
        let (travels, hash) = if let Some(parent) = references.get(column.name.as_str()) {
            let absent = Absent::of(self.dialect, table, &column.name, parent);
            (self.parent_alive(&value, parent, absent, 0)?, self.hash_behind(&value, parent))
        } else if let Some(reference) = profile.polymorphic(&column.name) {
            let travels = self.polymorphic_alive(table, reference, "a", 0)?;
            (Some(travels), self.hash_by_code(&value, reference))
        } else if table.foreign_keys.iter().any(|key| key.column == column.name) {
            // The table is not in the profile, so its ids mean nothing elsewhere.
            (Some(format!("{value} IS NULL")), None)
        } else {
            (None, None)
        };
        let unknown = self.dialect.literal(UNKNOWN_HASH);
        let hash = hash.map_or_else(|| unknown.clone(), |hash| format!("COALESCE({hash}, {unknown})"));
        Ok(travels.map(|travels| Optional {
            id: format!("CASE WHEN {travels} THEN {value} END"),
            hash: format!("CASE WHEN {value} IS NOT NULL AND NOT ({travels}) THEN {hash} END"),
        }))
    }

    /// Returns the SQL for the hash of a referenced row, or `None` if its table has no hashes.
    fn hash_behind(&self, value: &str, parent: &str) -> Option<String> {
        let profile = self.profile.table(parent).filter(|profile| profile.matched_by == Match::Hash)?;
        let table = self.found(parent)?;
        table.column(&profile.hash)?;
        // Not even the hash of a row that is held back leaves.
        let held = self.held_back(profile, table, "h").map_or_else(String::new, |held| format!(" AND NOT {held}"));
        Some(format!(
            "(SELECT {} FROM {} AS h WHERE h.{} = {value}{held})",
            self.dialect.cast_text(&format!("h.{}", self.dialect.ident(&profile.hash))),
            self.dialect.ident(parent),
            self.dialect.ident(&profile.id)
        ))
    }

    /// Like [`Planner::hash_behind`], for a polymorphic reference.
    fn hash_by_code(&self, value: &str, reference: &Polymorphic) -> Option<String> {
        let cases: String = self
            .profile
            .codes(reference)
            .iter()
            .filter_map(|(code, parent)| Some((code, self.hash_behind(value, parent)?)))
            .map(|(code, hash)| format!(" WHEN {} THEN {hash}", self.dialect.literal(code)))
            .collect();
        let code = format!("a.{}", self.dialect.ident(&reference.type_column));
        (!cases.is_empty()).then(|| format!("CASE {code}{cases} END"))
    }
}
