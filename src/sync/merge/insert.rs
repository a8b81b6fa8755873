//! Statements that insert new rows into base tables.

use crate::db::sqlite::bulk::RowByRow;

use super::{Action, Dialect, IdKind, Merge, MergeTable};

impl Merge {
    /// Inserts the new rows of a range. Deferred references stay NULL, and the row then gets a date earlier than any other: if
    /// a run dies before they are filled in, the next import finds the row older than its own, even if its own has no date.
    #[must_use]
    pub fn insert(&self, table: &MergeTable, from: i64, to: i64) -> String {
        let (names, values) = self.inserted(table);
        let overriding = if self.dialect == Dialect::Postgres { " OVERRIDING SYSTEM VALUE" } else { "" };
        format!(
            "INSERT INTO {} ({}){overriding} SELECT {} FROM {} WHERE r.gs_seq BETWEEN {from} AND {to} AND r.gs_action = {} \
             ORDER BY r.gs_seq",
            self.q(&table.base),
            names.join(", "),
            values.join(", "),
            self.staged_rows(table),
            Action::Insert as u8,
        )
    }

    /// Inserts new rows on SQLite, one per statement.
    #[must_use]
    pub fn insert_row_by_row(&self, table: &MergeTable) -> RowByRow {
        let (names, values) = self.inserted(table);
        RowByRow {
            select: format!(
                "SELECT {}, r.gs_seq FROM {} WHERE r.gs_seq BETWEEN ?1 AND ?2 AND r.gs_action = {} ORDER BY r.gs_seq",
                values.join(", "),
                self.staged_rows(table),
                Action::Insert as u8,
            ),
            insert: format!(
                "INSERT INTO {} ({}) VALUES ({})",
                self.q(&table.base),
                names.join(", "),
                vec!["?"; names.len()].join(", ")
            ),
        }
    }

    /// Returns the statement that shows what an insert of a row does on SQLite.
    #[must_use]
    pub fn explain(insert: &RowByRow) -> String {
        format!("EXPLAIN {}", insert.insert)
    }

    /// Returns the names and values of the columns of new rows.
    fn inserted(&self, table: &MergeTable) -> (Vec<String>, Vec<String>) {
        let waits = self.waits(table);
        let (mut names, mut values) = (Vec::new(), Vec::new());
        if table.id_kind != IdKind::Key {
            names.push(self.q(&table.id));
            values.push("r.existing_id".to_owned());
        }
        for column in &table.columns {
            let pivot = table.pivots.iter().find(|pivot| pivot.column() == column);
            let value = if let Some(pivot) = pivot.filter(|pivot| pivot.deferred()) {
                pivot.none.map_or_else(|| "NULL".to_owned(), |none| none.to_string())
            } else if Some(column) == table.created.as_ref() {
                if self.options.keep_created_at {
                    self.oldest_created(column)
                } else {
                    self.time_literal(&self.options.import_time)
                }
            } else if Some(column) == table.date.as_ref()
                && let Some(waits) = &waits
            {
                let (date, long_ago) = (self.column("r", column), self.long_ago(table));
                if table.date_nullable {
                    format!("CASE WHEN {waits} AND {date} IS NULL THEN {long_ago} WHEN NOT {waits} THEN {date} END")
                } else {
                    format!("CASE WHEN {waits} THEN {long_ago} ELSE {date} END")
                }
            } else {
                self.written(table, column)
            };
            names.push(self.q(column));
            values.push(value);
        }
        for (column, value) in &table.constants {
            names.push(self.q(column));
            values.push(value.clone());
        }
        (names, values)
    }
}
