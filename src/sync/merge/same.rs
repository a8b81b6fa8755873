//! How statements find the base row of a resolved row: by its id or, in a table without ids, by the columns of its primary key.

use super::{Matching, Merge, MergeTable};
use crate::model::id::IdKind;

impl MergeTable {
    /// Returns whether new rows get numbers of the target as ids.
    #[must_use]
    pub fn gives_numbers(&self) -> bool {
        self.id_kind == IdKind::Number
    }

    /// Returns the key columns by which rows without an id are found.
    fn primary_key(&self) -> &[String] {
        match &self.matching {
            Matching::Key { columns, .. } if self.id_kind == IdKind::Key => columns,
            Matching::Key { .. } | Matching::Hash { .. } => &[],
        }
    }
}

impl Merge {
    /// Returns the SQL condition that a base row is the one of the resolved row `r`.
    pub(super) fn is_base_of(&self, table: &MergeTable, base: &str) -> String {
        let resolved = |name: &String| match table.pivots.iter().find(|pivot| pivot.column() == name) {
            Some(pivot) => self.column("r", &pivot.existing()),
            None => self.column("r", name),
        };
        let equal = |name: &String| format!("{} = {}", self.column(base, name), resolved(name));
        match table.primary_key() {
            [] => format!("{} = r.existing_id", self.column(base, &table.id)),
            columns => columns.iter().map(equal).collect::<Vec<_>>().join(" AND "),
        }
    }

    /// Returns the SQL condition that a base row is not the one of the resolved row `r`.
    pub(super) fn is_not_base_of(&self, table: &MergeTable, base: &str) -> String {
        match table.primary_key() {
            [] => format!("{} <> r.existing_id", self.column(base, &table.id)),
            _ => format!("NOT ({})", self.is_base_of(table, base)),
        }
    }

    /// Returns a column of a base row that is never NULL.
    pub(super) fn never_null(&self, table: &MergeTable, base: &str) -> String {
        self.column(base, table.primary_key().first().unwrap_or(&table.id))
    }

    /// Returns the SQL of the id of a base row that may be missing; of a row without an id, it says only whether it is there.
    pub(super) fn base_id(&self, table: &MergeTable, base: &str) -> String {
        match table.id_kind {
            IdKind::Number | IdKind::Global => self.column(base, &table.id),
            IdKind::Key => format!("CASE WHEN {} IS NOT NULL THEN 1 END", self.never_null(table, base)),
        }
    }

    /// Returns the SQL of the id that a new row gets: one of the target's numbers, or its own.
    pub(super) fn new_id(&self, table: &MergeTable, row: &str, number: String) -> String {
        match table.id_kind {
            IdKind::Number | IdKind::Key => number,
            IdKind::Global => self.column(row, &table.id),
        }
    }
}
