//! Statements that write resolved rows to base tables, one range of `gs_seq` at a time, and queries on resolved tables.

use super::{Action, Dialect, Merge, MergeTable, Pivot, suffix};
use crate::sync::none::or_none;

impl Merge {
    /// Returns the statement that creates an index on the ids of a resolved table in which others look up ids: the joins of its
    /// children use it, and it detects two rows with the same id. MariaDB and SQLite create it together with the table.
    #[must_use]
    pub fn index_ids(&self, table: &MergeTable) -> Option<String> {
        let name = self.q(&format!("{}_id", table.sync));
        (self.dialect == Dialect::Postgres)
            .then(|| format!("CREATE UNIQUE INDEX {name} ON {} ({})", self.q(&table.sync), self.q(&table.id)))
    }

    /// Returns the statement that creates the index for chunks. MariaDB uses the primary key instead.
    #[must_use]
    pub fn index_chunks(&self, table: &MergeTable) -> Option<String> {
        match self.dialect {
            Dialect::Mariadb => None,
            Dialect::Postgres | Dialect::Sqlite => {
                let name = self.q(&format!("{}_seq", table.sync));
                // SQLite numbers only the rows to be written.
                let some = if self.dialect == Dialect::Sqlite { " WHERE gs_seq IS NOT NULL" } else { "" };
                Some(format!("CREATE UNIQUE INDEX {name} ON {} (gs_seq){some}", self.q(&table.sync)))
            }
        }
    }

    /// Marks rows whose values for a unique key of the base table are taken: first by base rows, then by staged rows that come
    /// earlier in the bundle.
    #[must_use]
    pub fn mark_clashes(&self, table: &MergeTable) -> Vec<String> {
        let (clash, insert) = (Action::Clash as u8, Action::Insert as u8);
        // The id comes first because MariaDB assigns from left to right. A row that exists on the target keeps its id for
        // its children.
        let set = format!(
            "SET existing_id = CASE WHEN gs_action = {insert} THEN NULL ELSE existing_id END, gs_action = {clash}"
        );
        let suffix = format!("SET {} = 1", suffix::MARK);
        let can_give_way = |columns: &[String]| table.suffixed.as_ref().is_some_and(|name| columns.contains(name));
        let give_way = table.unique_keys.iter().filter(|(columns, _)| can_give_way(columns)).map(|key| (key, &suffix));
        // What is taken even with its suffix clashes.
        let all = give_way.chain(table.unique_keys.iter().map(|key| (key, &set)));
        all.flat_map(|(key, set)| self.mark_taken(table, key, set)).collect()
    }

    /// Returns the statements that mark, with `set`, rows whose values for a unique key are taken.
    fn mark_taken(&self, table: &MergeTable, (columns, nulls_equal): &(Vec<String>, bool), set: &str) -> [String; 2] {
        let (insert, update) = (Action::Insert as u8, Action::Update as u8);
        let sync = self.q(&table.sync);
        let staged: Vec<String> = columns.iter().map(|column| self.written(table, column)).collect();
        let equal: Vec<String> = columns
            .iter()
            .zip(&staged)
            .map(|(column, staged)| {
                let base = self.column("b", column);
                if *nulls_equal { self.dialect.null_safe_eq(&base, staged) } else { format!("{base} = {staged}") }
            })
            .collect();
        let rows = self.staged_rows(table);
        let condition = format!(
            "r.gs_action IN ({insert}, {update}) AND EXISTS (SELECT 1 FROM {} AS b WHERE {} AND {}{})",
            self.q(&table.base),
            equal.join(" AND "),
            self.is_not_base_of(table, "b"),
            self.not_removed(table),
        );
        let raw = self.q(&table.raw);
        let by_base = match self.dialect {
            Dialect::Postgres => {
                format!("UPDATE {sync} AS r {set} FROM {raw} AS s WHERE s.ctid = r.gs_at AND {condition}")
            }
            Dialect::Sqlite => {
                format!("UPDATE {sync} AS r {set} FROM {raw} AS s WHERE s.gs_row = r.gs_row AND {condition}")
            }
            Dialect::Mariadb => format!("UPDATE {rows} {set} WHERE {condition}"),
        };
        let not_null: Vec<String> = if *nulls_equal {
            Vec::new()
        } else {
            staged.iter().map(|staged| format!(" AND {staged} IS NOT NULL")).collect()
        };
        let by_staged = format!(
            "UPDATE {sync} {set} WHERE gs_row IN (SELECT q.gs_row FROM \
                 (SELECT r.gs_row, row_number() OVER (PARTITION BY {} ORDER BY r.gs_row) AS gs_rank FROM {rows} \
                 WHERE r.gs_action IN ({insert}, {update}){}) AS q WHERE q.gs_rank > 1)",
            staged.join(", "),
            not_null.concat(),
        );
        [by_base, by_staged]
    }

    /// Sets the id of each duplicate to that of the row kept in its place, which is found by its own id. Needed only for a table
    /// in which others look up ids, if the raw table has duplicates.
    #[must_use]
    pub fn map_duplicates(&self, table: &MergeTable) -> String {
        let sync = self.q(&table.sync);
        let set = [format!("{} = w.existing_id", self.set_name("d", "existing_id"))];
        let condition = format!(
            "{} = d.gs_winner AND d.gs_action = {} AND w.existing_id IS NOT NULL",
            self.column("w", &table.id),
            Action::Duplicate as u8,
        );
        match self.dialect {
            // The duplicates come first, and each looks up one row.
            Dialect::Mariadb => {
                format!("UPDATE {sync} AS d STRAIGHT_JOIN {sync} AS w SET {} WHERE {condition}", set.concat())
            }
            Dialect::Postgres | Dialect::Sqlite => {
                self.update_from((&sync, "d"), &format!("{sync} AS w"), &set, &condition)
            }
        }
    }

    /// Fills in the mapped ids of deferred references, once all tables are resolved.
    #[must_use]
    pub fn map_deferred(&self, table: &MergeTable) -> Vec<String> {
        let sync = self.q(&table.sync);
        let mut statements = Vec::new();
        for pivot in table.pivots.iter().filter(|pivot| pivot.deferred()) {
            let set = vec![format!("{} = p.existing_id", self.set_name("s", &pivot.existing()))];
            let reference = self.column("s", pivot.column());
            for (code, parent) in pivot.parents() {
                let mut condition = format!("{} = {reference}", self.column("p", &parent.id));
                if let (Some(code), Some(type_column)) = (code, pivot.type_column()) {
                    let named = format!("{} = {}", self.column("s", type_column), self.dialect.literal(code));
                    condition = format!("{condition} AND {named}");
                }
                if pivot.by.is_some() {
                    // The row may have been found by its key although the bundle's own one was rejected.
                    condition += " AND p.existing_id IS NOT NULL";
                }
                let parent = format!("{} AS p", self.q(&parent.table));
                statements.push(self.update_from((&sync, "s"), &parent, &set, &condition));
            }
        }
        statements
    }

    /// Counts the resolved rows: action, rows, `created_at` moved, unmapped references, the highest `gs_seq`, and rows of which
    /// the target has a newer version.
    #[must_use]
    pub fn count_actions(&self, table: &MergeTable) -> String {
        let orphans = self.unmapped(table);
        let sync = self.q(&table.sync);
        if self.dialect == Dialect::Sqlite {
            // MariaDB sorts in order to group. LIMIT keeps the inner select, so the columns that orphans are counted by are not
            // sorted.
            return format!(
                "SELECT q.gs_action, count(*), sum(q.gs_ages), sum(q.gs_orphans), max(q.gs_seq), sum(q.gs_kept) FROM \
                 (SELECT r.gs_action, r.gs_ages, {orphans} AS gs_orphans, r.gs_seq, r.gs_kept FROM {sync} AS r LIMIT -1) \
                 AS q GROUP BY q.gs_action"
            );
        }
        format!(
            "SELECT r.gs_action, count(*), sum(r.gs_ages), sum({orphans}), max(r.gs_seq), sum(r.gs_kept) FROM {sync} AS r \
             GROUP BY r.gs_action"
        )
    }

    /// Finds the oldest date among the rows to be written. Rows without a date are part of every export anyway.
    #[must_use]
    pub fn oldest_written(&self, table: &MergeTable) -> Option<String> {
        let date = self.column("r", table.date.as_ref()?);
        Some(format!(
            "SELECT {} FROM {} AS r WHERE r.gs_action BETWEEN {} AND {}",
            self.dialect.cast_text(&format!("min({date})")),
            self.q(&table.sync),
            Action::Insert as u8,
            Action::Age as u8,
        ))
    }

    /// Counts the rows that were written but whose date is not that of the bundle. `None` for a table without a date.
    #[must_use]
    pub fn count_stamped(&self, table: &MergeTable) -> Option<String> {
        let date = table.date.as_ref().filter(|date| !table.fixed.contains(date))?;
        let (theirs, ours) = (self.column("r", date), self.column("b", date));
        Some(format!(
            "SELECT count(*) FROM {} AS r JOIN {} AS b ON {} WHERE r.gs_action IN ({}, {}) AND NOT {}",
            self.q(&table.sync),
            self.q(&table.base),
            self.is_base_of(table, "b"),
            Action::Insert as u8,
            Action::Update as u8,
            self.same_date(table, &theirs, &ours),
        ))
    }

    /// Returns settings for a session that applies chunks. PostgreSQL's planner would scan the whole base table for a chunk of
    /// some size: 10,000-row chunks took 54 to 81 seconds with hash joins, 18 to 19 with nested loops.
    ///
    /// Chunks on PostgreSQL do not wait for the disk. A server crash may lose the last of them, but each together with its
    /// checkpoint, so what remains is the state of a run that died a moment earlier. The log is a single stream: the commit
    /// that finishes the run does wait, and flushes all chunks of all sessions.
    ///
    /// SQLite copies every page that a chunk touches, in order to be able to undo the chunk. The copies are kept in memory,
    /// because a file would cost two writes for each.
    #[must_use]
    pub fn session_settings(&self) -> &'static [&'static str] {
        match self.dialect {
            Dialect::Postgres => {
                &["SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET synchronous_commit = off"]
            }
            Dialect::Sqlite => &["PRAGMA temp_store = memory"],
            Dialect::Mariadb => &[],
        }
    }

    /// Returns settings for a session after all chunks are applied.
    #[must_use]
    pub fn settings_after(&self) -> &'static [&'static str] {
        match self.dialect {
            Dialect::Postgres => &["RESET synchronous_commit", "RESET enable_hashjoin", "RESET enable_mergejoin"],
            Dialect::Sqlite | Dialect::Mariadb => &[],
        }
    }

    /// Returns the rows of a chunk under an object limit. SQLite's copies of a chunk are in memory, so chunks stay small there.
    #[must_use]
    pub fn chunk_rows(&self, object_limit: u64) -> i64 {
        let most = if self.dialect == Dialect::Sqlite { 1000 } else { i64::MAX };
        i64::try_from(object_limit).unwrap_or(most).min(most)
    }

    /// Updates the existing rows of a range for which the bundle has a newer version, or another one with the same date. The
    /// condition is checked again, because others may have written since the table was resolved. `None` if there is nothing to
    /// write.
    #[must_use]
    pub fn update(&self, table: &MergeTable, from: i64, to: i64) -> Option<String> {
        let mut set = Vec::new();
        for column in table.columns.iter().filter(|column| !table.fixed.contains(column)) {
            let staged = self.written(table, column);
            let base = self.column("b", column);
            let value = if Some(column) == table.created.as_ref() {
                if !self.options.keep_created_at {
                    continue;
                }
                self.older(&self.oldest_created(column), &base)
            } else if table.places.contains(column) {
                format!("COALESCE({base}, {staged})")
            } else if table.descriptions.contains(column) {
                if self.options.override_description {
                    format!("COALESCE({staged}, {base})")
                } else {
                    format!("COALESCE({base}, {staged})")
                }
            } else if let Some(lost) = self.is_lost(table, column) {
                format!("CASE WHEN {lost} THEN {base} ELSE {staged} END")
            } else {
                staged
            };
            set.push(format!("{} = {value}", self.set_name("b", column)));
        }
        if set.is_empty() {
            return None;
        }
        set.extend(table.assigned.iter().map(|(column, value)| format!("{} = {value}", self.set_name("b", column))));
        // A row that really changes may get its time in a column that does not travel, but never in its date.
        let kept = |name: &&String| {
            table.columns.contains(name) && (table.fixed.contains(name) || self.keeps_age(table, name))
        };
        set.extend(table.stamped.iter().filter(kept).map(|name| self.kept(name)));
        let condition = self.to_update(table, from, to);
        Some(self.update_from((&self.q(&table.base), "b"), &self.staged_rows(table), &set, &condition))
    }

    /// Returns the SQL condition that an update of a range of rows `r` and `s` changes a base row `b`.
    pub(super) fn to_update(&self, table: &MergeTable, from: i64, to: i64) -> String {
        let date = table.date.as_deref().unwrap_or_default();
        let (theirs, ours) = (self.column("r", date), self.column("b", date));
        let newer = self.newer(table, &theirs, &ours);
        let changed = if self.is_late(table) {
            newer
        } else {
            let mapped = |pivot: &Pivot| self.column("r", &pivot.existing());
            let staged = |column: &str| self.staged(table, column);
            let mut differs = self.differs(table, &staged, &mapped);
            for pivot in table.pivots.iter().filter(|pivot| pivot.deferred()) {
                if let Some(elsewhere) = self.refers_elsewhere(table, pivot, &staged, &mapped(pivot)) {
                    differs = format!("{differs} OR {elsewhere}");
                }
            }
            format!("({newer} OR ({} AND ({differs})))", self.same_date(table, &theirs, &ours))
        };
        let free = self.still_free(table);
        format!("{} AND r.gs_action = {} AND {changed}{free}", self.in_range(table, from, to), Action::Update as u8)
    }

    /// Returns the SQL condition that a reference of a staged row could not be mapped, for its column and for the column of its
    /// code; `None` for any other column. The base row then keeps its value.
    fn is_lost(&self, table: &MergeTable, column: &str) -> Option<String> {
        let pivot =
            table.pivots.iter().find(|pivot| pivot.column() == column || pivot.type_column() == Some(column))?;
        Some(format!("{} AND {} IS NULL", self.has_value(pivot, "r"), self.column("r", &pivot.existing())))
    }

    /// Marks rows as changed if they have the same date as their base rows but their deferred references, now mapped, point
    /// elsewhere. `None` for a table without such references.
    #[must_use]
    pub fn compare_deferred(&self, table: &MergeTable) -> Option<String> {
        if self.is_late(table) || table.keeps_existing {
            return None;
        }
        let elsewhere: Vec<String> = table
            .pivots
            .iter()
            .filter(|pivot| pivot.deferred())
            .filter_map(|pivot| {
                let mapped = self.column("r", &pivot.existing());
                self.refers_elsewhere(table, pivot, &|column| self.column("r", column), &mapped)
            })
            .collect();
        if elsewhere.is_empty() {
            return None;
        }
        let date = |alias: &str| table.date.as_ref().map_or_else(String::new, |date| self.column(alias, date));
        let (sync, base, update) = (self.q(&table.sync), self.q(&table.base), Action::Update as u8);
        let of_row = self.is_base_of(table, "b");
        let condition = format!(
            "r.gs_action BETWEEN {} AND {} AND {} AND ({})",
            Action::Fill as u8,
            Action::Unchanged as u8,
            self.same_date(table, &date("r"), &date("b")),
            elsewhere.join(" OR "),
        );
        Some(match self.dialect {
            Dialect::Mariadb => format!(
                "UPDATE {sync} AS r STRAIGHT_JOIN {base} AS b ON {of_row} SET r.gs_action = {update} WHERE {condition}"
            ),
            Dialect::Postgres | Dialect::Sqlite => {
                format!("UPDATE {sync} AS r SET gs_action = {update} FROM {base} AS b WHERE {of_row} AND {condition}")
            }
        })
    }

    /// Returns the statements that number the rows marked by [`Self::compare_deferred`]. Engines other than SQLite number all
    /// rows.
    #[must_use]
    pub fn number_again(&self, table: &MergeTable, parent: bool) -> Vec<String> {
        if self.dialect == Dialect::Sqlite { self.number(table, parent, 0) } else { Vec::new() }
    }

    /// Fills in NULL descriptions and moves `created_at` back in existing rows that are not older than the bundle's; their date
    /// stays. `None` if the table has neither column.
    #[must_use]
    pub fn fill_descriptions(&self, table: &MergeTable, from: i64, to: i64) -> Option<String> {
        let mut set: Vec<String> = table
            .descriptions
            .iter()
            .map(|column| {
                format!(
                    "{} = COALESCE({}, {})",
                    self.set_name("b", column),
                    self.column("b", column),
                    self.staged(table, column)
                )
            })
            .collect();
        if let Some(created) = table.created.as_ref().filter(|_| self.options.keep_created_at) {
            set.push(format!(
                "{} = {}",
                self.set_name("b", created),
                self.older(&self.oldest_created(created), &self.column("b", created))
            ));
        }
        if set.is_empty() {
            return None;
        }
        let ages = |name: &&String| table.created.as_ref() == Some(name) && !self.keeps_age(table, name);
        set.extend(table.stamped.iter().filter(|name| !ages(name)).map(|name| self.kept(name)));
        let (fill, age) = (Action::Fill as u8, Action::Age as u8);
        let condition = format!("{} AND r.gs_action IN ({fill}, {age})", self.in_range(table, from, to));
        Some(self.update_from((&self.q(&table.base), "b"), &self.staged_rows(table), &set, &condition))
    }

    /// Fills in the deferred references of a range of new rows, and the date with them. `None` if there are no such references.
    #[must_use]
    pub fn fill_deferred(&self, table: &MergeTable, from: i64, to: i64) -> Option<String> {
        let waits = self.waits(table)?;
        let mut set: Vec<String> = table
            .pivots
            .iter()
            .filter(|pivot| pivot.deferred())
            .map(|pivot| format!("{} = {}", self.set_name("b", pivot.column()), self.written(table, pivot.column())))
            .collect();
        if let Some(date) = &table.date {
            set.push(format!("{} = {}", self.set_name("b", date), self.column("r", date)));
        }
        let others = table.stamped.iter().filter(|name| table.date.as_ref() != Some(name));
        set.extend(others.map(|name| self.kept(name)));
        // The referenced row may have been refused since. The date is corrected all the same.
        let mut waits = waits;
        if let Some(date) = &table.date {
            waits = format!("({waits} OR {} = {})", self.column("b", date), self.long_ago(table));
        }
        let insert = Action::Insert as u8;
        let condition = format!("{} AND r.gs_action = {insert} AND {waits}", self.in_range(table, from, to));
        let rows = format!("{} AS r", self.q(&table.sync));
        Some(self.update_from((&self.q(&table.base), "b"), &rows, &set, &condition))
    }

    /// Returns the SQL condition that a staged row has a deferred reference, or `None` if the table has none.
    pub(super) fn waits(&self, table: &MergeTable) -> Option<String> {
        let waiting: Vec<String> = table
            .pivots
            .iter()
            .filter(|pivot| pivot.deferred())
            .map(|pivot| format!("{} IS NOT NULL", self.column("r", &pivot.existing())))
            .collect();
        (!waiting.is_empty()).then(|| format!("({})", waiting.join(" OR ")))
    }

    /// Returns the SQL of the value written to a column: a pivot's mapped id, or else the staged value.
    pub(super) fn written(&self, table: &MergeTable, column: &str) -> String {
        let pivot = table.pivots.iter().find(|pivot| pivot.column() == column);
        if table.suffixed.as_deref() == Some(column) {
            return self.value_or_suffixed(table, column);
        }
        let mapped = |pivot: &Pivot| or_none(&self.column("r", &pivot.existing()), pivot.none);
        pivot.map_or_else(|| self.staged(table, column), mapped)
    }

    fn older(&self, staged: &str, base: &str) -> String {
        format!("CASE WHEN {} THEN {staged} ELSE {base} END", self.ages(staged, base))
    }

    /// Returns whether a column is that of the creation and an existing row keeps it.
    fn keeps_age(&self, table: &MergeTable, name: &str) -> bool {
        table.created.as_deref() == Some(name) && !self.options.keep_created_at
    }

    /// Returns the assignment that keeps the value of a column in an update.
    pub(super) fn kept(&self, name: &str) -> String {
        format!("{} = {}", self.set_name("b", name), self.column("b", name))
    }

    fn in_range(&self, table: &MergeTable, from: i64, to: i64) -> String {
        format!("{} AND r.gs_seq BETWEEN {from} AND {to}", self.is_base_of(table, "b"))
    }

    /// Returns the name of a column on the left side of SET.
    pub(super) fn set_name(&self, alias: &str, column: &str) -> String {
        match self.dialect {
            Dialect::Mariadb => self.column(alias, column),
            Dialect::Postgres | Dialect::Sqlite => self.q(column),
        }
    }

    /// Returns `UPDATE target … FROM source` in the engine's own form. `target` is a quoted name and an alias, `source` the
    /// text after FROM.
    pub(super) fn update_from(
        &self,
        (target, alias): (&str, &str),
        source: &str,
        set: &[String],
        condition: &str,
    ) -> String {
        let set = set.join(", ");
        match self.dialect {
            Dialect::Mariadb => {
                format!("UPDATE {source} STRAIGHT_JOIN {target} AS {alias} SET {set} WHERE {condition}")
            }
            Dialect::Postgres | Dialect::Sqlite => {
                format!("UPDATE {target} AS {alias} SET {set} FROM {source} WHERE {condition}")
            }
        }
    }
}

/// The date of a row with deferred references if NULL cannot be used, because the column does not allow it or the row's own
/// date is NULL.
pub(super) const LONG_AGO: &str = "1970-01-02 00:00:00";
