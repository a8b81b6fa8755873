//! Values that are unique on the target and taken by another row: a suffix from the row's key makes them its own.
//!
//! The suffix depends on the key alone, so every import of the row writes the same value, and every installation too.

use super::{Action, Dialect, Matching, Merge, MergeTable};

/// The mark of a resolved row whose value gets the suffix.
pub(super) const MARK: &str = "gs_suffix";

impl Merge {
    /// Returns the SQL of a value with its suffix. `staged` returns the SQL of a carried column.
    pub(super) fn suffixed(&self, table: &MergeTable, column: &str, staged: &dyn Fn(&str) -> String) -> String {
        let digest = match &table.matching {
            Matching::Hash { column, .. } => staged(column),
            Matching::Key { .. } => {
                let input = self.key_input(table, staged);
                if self.dialect == Dialect::Sqlite { format!("gapsync_md5({input})") } else { format!("md5({input})") }
            }
        };
        let (value, digits) = (staged(column), format!("substr({digest}, 1, 4)"));
        match self.dialect {
            Dialect::Mariadb => format!("concat({value}, '_', {digits})"),
            Dialect::Sqlite | Dialect::Postgres => format!("({value} || '_' || {digits})"),
        }
    }

    /// Returns the SQL of the value of a resolved row for the column that may get a suffix.
    pub(super) fn value_or_suffixed(&self, table: &MergeTable, column: &str) -> String {
        let staged = |name: &str| self.staged(table, name);
        format!("CASE WHEN r.{MARK} = 1 THEN {} ELSE {} END", self.suffixed(table, column, &staged), staged(column))
    }

    /// Counts the rows to be written whose value gets a suffix. `None` for a table without such a column.
    #[must_use]
    pub fn count_suffixed(&self, table: &MergeTable) -> Option<String> {
        table.suffixed.as_ref().map(|_| format!("SELECT count(*) {}", self.with_suffix(table)))
    }

    /// Reads the target's ids of at most `limit` of these rows.
    #[must_use]
    pub fn suffixed_ids(&self, table: &MergeTable, limit: usize) -> String {
        format!("SELECT r.existing_id {} ORDER BY r.existing_id LIMIT {limit}", self.with_suffix(table))
    }

    fn with_suffix(&self, table: &MergeTable) -> String {
        let (insert, update) = (Action::Insert as u8, Action::Update as u8);
        format!("FROM {} AS r WHERE r.{MARK} = 1 AND r.gs_action IN ({insert}, {update})", self.q(&table.sync))
    }
}
