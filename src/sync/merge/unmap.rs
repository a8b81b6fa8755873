//! Removes references to rows that were not imported after all, because the database refused them or a row they need.
//!
//! A refused row is known only once its chunk is written. Tables that refer to it are written later, so their references are
//! removed just before their first chunk. Rows that need the reference become orphans.

use super::{Action, Dialect, Merge, MergeTable, Parent, Pivot};

impl Merge {
    /// Returns the statements that remove the ids reserved for refused new rows, from those rows and from their duplicates. New
    /// rows are numbered up to `inserts`. Repeating the statements changes nothing.
    #[must_use]
    pub fn clear_refused(&self, table: &MergeTable, inserts: i64) -> Vec<String> {
        let (sync, refused, duplicate) = (self.q(&table.sync), Action::Refused as u8, Action::Duplicate as u8);
        let new = format!("gs_action = {refused} AND gs_seq BETWEEN 1 AND {inserts}");
        // MariaDB cannot read the table that it updates in a subselect, but it reads a derived table first.
        let ids = format!(
            "SELECT w.existing_id FROM (SELECT existing_id FROM {sync} WHERE {new} AND existing_id IS NOT NULL) AS w"
        );
        vec![
            format!("UPDATE {sync} SET existing_id = NULL WHERE gs_action = {duplicate} AND existing_id IN ({ids})"),
            format!("UPDATE {sync} SET existing_id = NULL WHERE {new} AND existing_id IS NOT NULL"),
        ]
    }

    /// Returns the statements that unmap a table's references to rows of `parent` without an id on the target: deferred
    /// references if `deferred` is set, the others otherwise. Empty if the table does not refer to `parent`.
    #[must_use]
    pub fn unmap(&self, table: &MergeTable, parent: &MergeTable, deferred: bool) -> Vec<String> {
        let mut statements = Vec::new();
        for pivot in table.pivots.iter().filter(|pivot| pivot.deferred() == deferred) {
            for (code, to) in pivot.parents().into_iter().filter(|(_, to)| to.table == parent.sync) {
                statements.push(self.unmap_pivot(table, pivot, code, to));
            }
        }
        statements
    }

    fn unmap_pivot(&self, table: &MergeTable, pivot: &Pivot, code: Option<&str>, to: &Parent) -> String {
        let (sync, existing) = (self.q(&table.sync), pivot.existing());
        let mut condition = format!(
            "{} = {} AND p.existing_id IS NULL AND {} IS NOT NULL",
            self.column("p", &to.id),
            self.column("r", pivot.column()),
            self.column("r", &existing),
        );
        if let (Some(code), Some(type_column)) = (code, pivot.type_column()) {
            condition = format!("{condition} AND {} = {}", self.column("r", type_column), self.dialect.literal(code));
        }
        let parent = self.q(&to.table);
        match self.dialect {
            Dialect::Mariadb => {
                let set = self.column("r", &existing);
                format!("UPDATE {sync} AS r JOIN {parent} AS p ON {condition} SET {set} = NULL")
            }
            Dialect::Postgres | Dialect::Sqlite => {
                format!("UPDATE {sync} AS r SET {} = NULL FROM {parent} AS p WHERE {condition}", self.q(&existing))
            }
        }
    }

    /// Returns the SQL condition that a resolved row `r` is to be written but lacks a row that it needs, or `None` for a table
    /// without such references.
    #[must_use]
    pub fn is_orphaned(&self, table: &MergeTable) -> Option<String> {
        let needed: Vec<String> = table
            .pivots
            .iter()
            .filter(|pivot| pivot.required() && !pivot.deferred())
            .map(|pivot| {
                format!("({} AND {} IS NULL)", self.has_value(pivot, "r"), self.column("r", &pivot.existing()))
            })
            .collect();
        if needed.is_empty() {
            return None;
        }
        let (insert, update) = (Action::Insert as u8, Action::Update as u8);
        Some(format!("r.gs_action BETWEEN {insert} AND {update} AND ({})", needed.join(" OR ")))
    }

    /// Rejects the resolved rows that [`Self::is_orphaned`] finds. New ones lose their reserved id; existing ones keep theirs
    /// for their own children.
    #[must_use]
    pub fn reject_orphaned(&self, table: &MergeTable, is_orphaned: &str) -> String {
        let (sync, orphan, insert) = (self.q(&table.sync), Action::Orphan as u8, Action::Insert as u8);
        // The id comes first because MariaDB assigns from left to right.
        format!(
            "UPDATE {sync} AS r SET existing_id = CASE WHEN gs_action = {insert} THEN NULL ELSE existing_id END, \
             gs_action = {orphan} WHERE {is_orphaned}"
        )
    }

    /// Counts the rows that [`Self::is_orphaned`] finds, by action.
    #[must_use]
    pub fn count_orphaned(&self, table: &MergeTable, is_orphaned: &str) -> String {
        format!(
            "SELECT r.gs_action, count(*) FROM {} AS r WHERE {is_orphaned} GROUP BY r.gs_action",
            self.q(&table.sync)
        )
    }

    /// Counts the references, in rows to be written, that have a value but were not mapped.
    #[must_use]
    pub fn count_unmapped(&self, table: &MergeTable) -> String {
        let (insert, update) = (Action::Insert as u8, Action::Update as u8);
        format!(
            "SELECT COALESCE(sum({}), 0) FROM {} AS r WHERE r.gs_action BETWEEN {insert} AND {update}",
            self.unmapped(table),
            self.q(&table.sync)
        )
    }

    /// Counts the rows that a chunk should have inserted or, for existing rows, changed.
    #[must_use]
    pub fn count_expected(&self, table: &MergeTable, from: i64, to: i64) -> String {
        let (insert, age) = (Action::Insert as u8, Action::Age as u8);
        format!(
            "SELECT count(*) FROM {} WHERE gs_seq BETWEEN {from} AND {to} AND gs_action BETWEEN {insert} AND {age}",
            self.q(&table.sync)
        )
    }

    /// Finds the `gs_seq` of each new row of a chunk that is not in the base table under its id: a trigger skipped it.
    #[must_use]
    pub fn not_inserted(&self, table: &MergeTable, from: i64, to: i64) -> String {
        let insert = Action::Insert as u8;
        format!(
            "SELECT r.gs_seq FROM {} AS r WHERE r.gs_seq BETWEEN {from} AND {to} AND r.gs_action = {insert} \
             AND NOT EXISTS (SELECT 1 FROM {} AS b WHERE {}) ORDER BY r.gs_seq",
            self.q(&table.sync),
            self.q(&table.base),
            self.is_base_of(table, "b"),
        )
    }

    /// Finds the `gs_seq` of each existing row of a chunk that is unchanged: a trigger kept it so.
    #[must_use]
    pub fn not_updated(&self, table: &MergeTable, from: i64, to: i64) -> String {
        format!(
            "SELECT r.gs_seq FROM {} JOIN {} AS b ON {} ORDER BY r.gs_seq",
            self.staged_rows(table),
            self.q(&table.base),
            self.to_update(table, from, to),
        )
    }
}
