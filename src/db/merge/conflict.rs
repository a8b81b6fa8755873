//! One resolved row at a time: what is asked and changed when the database refuses it.

use super::{Action, Matching, Merge, MergeTable, Pivot};

impl Merge {
    /// The action of a `gs_seq`.
    #[must_use]
    pub fn action_at(&self, table: &MergeTable, sequence: i64) -> String {
        format!("SELECT gs_action FROM {} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }

    /// Marks the row of a `gs_seq` as refused by the database.
    #[must_use]
    pub fn refuse(&self, table: &MergeTable, sequence: i64) -> String {
        let refused = Action::Refused as u8;
        let sync = self.q(&table.sync);
        format!("UPDATE {sync} SET gs_action = {refused}, existing_id = NULL WHERE gs_seq = {sequence}")
    }

    /// The id of the base row that has the hash of a `gs_seq` by now. None where rows are not matched by hash.
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

    /// The id that was set aside for a `gs_seq`, when another row has taken it by now.
    #[must_use]
    pub fn id_taken(&self, table: &MergeTable, sequence: i64) -> String {
        format!(
            "SELECT {id} FROM {} AS r JOIN {} AS b ON {id} = r.existing_id WHERE r.gs_seq = {sequence}",
            self.q(&table.sync),
            self.q(&table.base),
            id = self.column("b", &table.id),
        )
    }

    /// The id that was set aside for a `gs_seq`.
    #[must_use]
    pub fn id_at(&self, table: &MergeTable, sequence: i64) -> String {
        format!("SELECT existing_id FROM {} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }

    /// The highest id that was set aside.
    #[must_use]
    pub fn highest_aside(&self, table: &MergeTable) -> String {
        format!("SELECT COALESCE(max(existing_id), 0) FROM {}", self.q(&table.sync))
    }

    /// Gives every staged row that was mapped to the id `old` the id `new`.
    #[must_use]
    pub fn remap(&self, table: &MergeTable, old: i64, new: i64) -> String {
        format!("UPDATE {} SET existing_id = {new} WHERE existing_id = {old}", self.q(&table.sync))
    }

    /// Gives every reference of `child` to the id `old` of `parent` the id `new`; empty when it does not refer there.
    #[must_use]
    pub fn remap_child(&self, child: &MergeTable, parent: &MergeTable, old: i64, new: i64) -> Vec<String> {
        let mut statements = Vec::new();
        for pivot in &child.pivots {
            let mut condition = format!("{} = {old}", self.q(&pivot.existing()));
            match pivot {
                Pivot::Plain { parent: Some(to), .. } if to.table == parent.sync => {}
                Pivot::Polymorphic { type_column, parents, .. } => {
                    let codes: Vec<String> = parents
                        .iter()
                        .filter(|(_, to)| to.as_ref().is_some_and(|to| to.table == parent.sync))
                        .map(|(code, _)| self.dialect.literal(code))
                        .collect();
                    if codes.is_empty() {
                        continue;
                    }
                    condition = format!("{condition} AND {} IN ({})", self.q(type_column), codes.join(", "));
                }
                Pivot::Plain { .. } => continue,
            }
            let sync = self.q(&child.sync);
            statements.push(format!("UPDATE {sync} SET {} = {new} WHERE {condition}", self.q(&pivot.existing())));
        }
        statements
    }

    /// Turns a new row into one that exists already and is compared again.
    #[must_use]
    pub fn now_exists(&self, table: &MergeTable, sequence: i64) -> String {
        let update = Action::Update as u8;
        format!("UPDATE {} SET gs_action = {update} WHERE gs_seq = {sequence}", self.q(&table.sync))
    }
}
