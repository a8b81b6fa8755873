//! Queries and changes for a single resolved row after the database has refused it.

use super::{Action, IdKind, Matching, Merge, MergeTable};

impl Merge {
    /// Reads the action of a `gs_seq`.
    #[must_use]
    pub fn action_at(&self, table: &MergeTable, sequence: i64) -> String {
        format!("SELECT gs_action FROM {} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }

    /// Reads whether the target has a newer version of the row of a `gs_seq`: 1 or 0.
    #[must_use]
    pub fn is_kept_at(&self, table: &MergeTable, sequence: i64) -> String {
        format!("SELECT gs_kept FROM {} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }

    /// Returns the select list and the rest of a statement for the rows of which the target has a newer version, in bundle
    /// order: id on the target, hash, the target's date, the bundle's date; NULL if the table has no such column.
    #[must_use]
    pub fn kept_rows(&self, table: &MergeTable) -> (Vec<String>, String) {
        let hash = match &table.matching {
            Matching::Hash { column, .. } => self.column("r", column),
            Matching::Key { .. } => "CAST(NULL AS CHAR(32))".to_owned(),
        };
        let date = |alias: &str| match &table.date {
            Some(date) => self.column(alias, date),
            None => "CAST(NULL AS CHAR(32))".to_owned(),
        };
        let from = format!(
            "FROM {} AS r LEFT JOIN {} AS b ON {} WHERE r.gs_action = {} OR (r.gs_action = {} AND r.gs_kept = 1) \
             ORDER BY r.gs_row",
            self.q(&table.sync),
            self.q(&table.base),
            self.is_base_of(table, "b"),
            Action::Kept as u8,
            Action::Age as u8
        );
        let id = match table.id_kind {
            IdKind::Number | IdKind::Global => "r.existing_id",
            IdKind::Key => "CASE WHEN 1=0 THEN r.existing_id END",
        };
        (vec![id.to_owned(), hash, date("b"), date("r")], from)
    }

    /// Marks the row of a `gs_seq` as refused by the database. The row keeps its id: [`Self::clear_refused`] removes that of a
    /// new row, and children of an existing row still need it.
    #[must_use]
    pub fn refuse(&self, table: &MergeTable, sequence: i64) -> String {
        let refused = Action::Refused as u8;
        format!("UPDATE {} SET gs_action = {refused} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }

    /// Finds the id of the base row that has the hash of a `gs_seq` by now. `None` if rows are not matched by hash.
    #[must_use]
    pub fn id_of_hash(&self, table: &MergeTable, sequence: i64) -> Option<String> {
        let Matching::Hash { column, .. } = &table.matching else { return None };
        Some(format!(
            "SELECT {} FROM {} JOIN {} AS b ON {} = {} WHERE r.gs_seq = {sequence}",
            self.column("b", &table.id),
            self.staged_rows(table),
            self.q(&table.base),
            self.column("b", column),
            self.staged(table, column),
        ))
    }

    /// Finds the id reserved for a `gs_seq` if another row has taken it by now.
    #[must_use]
    pub fn id_taken(&self, table: &MergeTable, sequence: i64) -> String {
        format!(
            "SELECT {id} FROM {} AS r JOIN {} AS b ON {id} = r.existing_id WHERE r.gs_seq = {sequence}",
            self.q(&table.sync),
            self.q(&table.base),
            id = self.column("b", &table.id),
        )
    }

    /// Reads the id reserved for a `gs_seq`.
    #[must_use]
    pub fn id_at(&self, table: &MergeTable, sequence: i64) -> String {
        format!("SELECT existing_id FROM {} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }

    /// Reads the highest reserved id.
    #[must_use]
    pub fn highest_reserved(&self, table: &MergeTable) -> String {
        format!("SELECT COALESCE(max(existing_id), 0) FROM {}", self.q(&table.sync))
    }

    /// Changes the id of every staged row that was mapped to `old` to `new`.
    #[must_use]
    pub fn remap(&self, table: &MergeTable, old: i64, new: i64) -> String {
        format!("UPDATE {} SET existing_id = {new} WHERE existing_id = {old}", self.q(&table.sync))
    }

    /// Changes every reference of `child` to the id `old` of `parent` to `new`. Empty if `child` does not refer to `parent`.
    #[must_use]
    pub fn remap_child(&self, child: &MergeTable, parent: &MergeTable, old: i64, new: i64) -> Vec<String> {
        let mut statements = Vec::new();
        for pivot in &child.pivots {
            let to = pivot.parents().into_iter().filter(|(_, to)| to.table == parent.sync);
            let codes: Vec<Option<String>> = to.map(|(code, _)| code.map(|code| self.dialect.literal(code))).collect();
            if codes.is_empty() {
                continue;
            }
            let mut condition = format!("{} = {old}", self.q(&pivot.existing()));
            if let Some(type_column) = pivot.type_column() {
                let codes: Vec<String> = codes.into_iter().flatten().collect();
                condition = format!("{condition} AND {} IN ({})", self.q(type_column), codes.join(", "));
            }
            let sync = self.q(&child.sync);
            statements.push(format!("UPDATE {sync} SET {} = {new} WHERE {condition}", self.q(&pivot.existing())));
        }
        statements
    }

    /// Turns a new row into an existing one that is compared again.
    #[must_use]
    pub fn now_exists(&self, table: &MergeTable, sequence: i64) -> String {
        let update = Action::Update as u8;
        format!("UPDATE {} SET gs_action = {update} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }
}
