//! Rows of the base tables to which a rejects file refers, and reading back resolved rows.

use super::{Action, Dialect, Matching, Merge, MergeTable};

impl Merge {
    /// Inserts rows of the base table into the resolved one, found by hash or by the digest of their key, under the ids that the
    /// source has for them. Only references see them there. This makes rows available to which a rejects file refers, and rows
    /// whose new version staging rejected. A row of the bundle itself takes precedence. These rows are numbered from `first`.
    #[must_use]
    pub fn insert_known(&self, table: &MergeTable, first: usize, rows: &[(i64, String)]) -> String {
        match &table.matching {
            Matching::Hash { column, .. } => self.insert_known_hashes(table, column, first, rows),
            Matching::Key { .. } => self.insert_known_keys(table, first, rows),
        }
    }

    fn insert_known_keys(&self, table: &MergeTable, first: usize, rows: &[(i64, String)]) -> String {
        let row = |(index, (id, digest)): (usize, &(i64, String))| {
            format!("SELECT -{} AS gs_number, {id} AS gs_id, {} AS gs_key", first + index, self.digest_literal(digest))
        };
        let rows: Vec<String> = rows.iter().enumerate().map(row).collect();
        let (sync, id) = (self.q(&table.sync), self.q(&table.id));
        format!(
            "INSERT INTO {sync} (gs_seq, gs_row, gs_action, gs_ages, gs_kept, {id}, existing_id) \
             SELECT k.gs_number, k.gs_number, {}, 0, 0, k.gs_id, b.gs_id FROM ({}) AS k JOIN ({}) AS b \
             ON b.gs_key = k.gs_key WHERE NOT EXISTS (SELECT 1 FROM {sync} AS r WHERE r.{id} = k.gs_id)",
            Action::Known as u8,
            rows.join(" UNION ALL "),
            self.base_digests(table),
        )
    }

    fn insert_known_hashes(&self, table: &MergeTable, column: &str, first: usize, rows: &[(i64, String)]) -> String {
        let row = |(index, (id, hash)): (usize, &(i64, String))| {
            let hash = self.dialect.literal(hash);
            let hash = match self.dialect {
                Dialect::Mariadb => format!("CONVERT({hash} USING ascii)"),
                Dialect::Sqlite | Dialect::Postgres => hash,
            };
            format!("SELECT -{} AS gs_number, {id} AS gs_id, {hash} AS gs_hash", first + index)
        };
        let rows: Vec<String> = rows.iter().enumerate().map(row).collect();
        let sync = self.q(&table.sync);
        let (id, hash) = (self.q(&table.id), self.q(column));
        format!(
            "INSERT INTO {sync} (gs_seq, gs_row, gs_action, gs_ages, gs_kept, {id}, {hash}, existing_id) \
             SELECT k.gs_number, k.gs_number, {}, 0, 0, k.gs_id, b.{hash}, b.{id} FROM ({}) AS k \
             JOIN {} AS b ON b.{hash} = k.gs_hash WHERE NOT EXISTS (SELECT 1 FROM {sync} AS r WHERE r.{id} = k.gs_id)",
            Action::Known as u8,
            rows.join(" UNION ALL "),
            self.q(&table.base),
        )
    }

    /// Reads the target's id of the row with this id in the bundle, from the resolved table.
    #[must_use]
    pub fn existing_of(&self, table: &MergeTable, id: i64) -> String {
        format!("SELECT existing_id FROM {} WHERE {} = {id}", self.q(&table.sync), self.q(&table.id))
    }

    /// Reads ids and hashes of the rows with these ids, from the resolved or the raw table. `None` if the table has no hash.
    #[must_use]
    pub fn hashes_of(&self, table: &MergeTable, ids: &[i64], resolved: bool) -> Option<String> {
        let Matching::Hash { column, .. } = &table.matching else { return None };
        let from = if resolved { &table.sync } else { &table.raw };
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let (id, hash) = (self.q(&table.id), self.q(column));
        Some(format!("SELECT {id}, {hash} FROM {} WHERE {id} IN ({})", self.q(from), ids.join(", ")))
    }

    /// Returns the expressions to read back resolved rows: row number, action, mapped pivots and the columns of `loaded`; and
    /// the rest of the statement, up to the condition.
    #[must_use]
    pub fn read_back(&self, table: &MergeTable, loaded: &[String]) -> (Vec<String>, String) {
        let mut select = vec!["r.gs_row".to_owned(), "r.gs_action".to_owned()];
        select.extend(table.pivots.iter().map(|pivot| {
            let existing = self.column("r", &pivot.existing());
            if pivot.global { format!("CASE WHEN {existing} IS NOT NULL THEN 1 END") } else { existing }
        }));
        select.extend(loaded.iter().map(|name| self.staged(table, name)));
        (select, format!("FROM {} WHERE", self.staged_rows(table)))
    }
}
