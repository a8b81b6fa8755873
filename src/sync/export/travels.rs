//! Which tables and references travel.

use std::collections::BTreeMap;

use crate::model::profile::{Group, TableProfile};
use crate::model::schema::Table;

use super::plan::Planner;
use crate::sync::none::null_if;

impl Planner<'_> {
    /// Returns whether the rows of a table travel.
    pub(super) fn chosen(&self, table: &TableProfile) -> bool {
        let wanted = match table.group {
            Group::Metadata => true,
            Group::Investigation => self.request.include_investigations && !self.request.meta_only,
            Group::Object | Group::Context | Group::Link | Group::Tag => !self.request.meta_only,
        };
        wanted && self.found(&table.name).is_some()
    }

    /// Returns a table of the database.
    pub(super) fn found(&self, name: &str) -> Option<&Table> {
        self.catalogue.iter().find(|table| table.name == name)
    }

    /// Returns the rules of a table whose rows travel.
    pub(super) fn travelling(&self, name: &str) -> Option<&TableProfile> {
        self.profile.table(name).filter(|table| self.chosen(table))
    }

    /// Returns the SQL of a column as it travels: NULL for the number that stands for no row.
    pub(super) fn value(&self, profile: &TableProfile, column: &str, alias: &str) -> String {
        null_if(&format!("{alias}.{}", self.dialect.ident(column)), profile.none(column))
    }

    /// Returns the columns that refer to tables of the profile, with those tables.
    pub(super) fn plain_references<'t>(&self, profile: &'t TableProfile) -> BTreeMap<&'t str, &'t str> {
        let references = profile.references.iter().map(|(column, table)| (column.as_str(), table.as_str()));
        references.filter(|(column, _)| profile.lets_travel(column)).collect()
    }
}
