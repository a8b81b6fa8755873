//! Statements that turn a raw sync table into a resolved one.

use super::keyed::{self, Making};
use super::{Action, Dialect, IdKind, Matching, Merge, MergeTable, Pivot, To, count, pivot_alias, suffix};

/// How a table is resolved.
#[derive(Clone, Copy, Debug)]
pub struct Resolving {
    /// The id before the first new one, if ids do not come from a sequence.
    pub start: i64,
    /// Whether the raw table has rows with the same natural key.
    pub duplicates: bool,
    /// Whether other tables look up ids in this one.
    pub parent: bool,
    /// Whether unchanged rows are omitted because nothing needs them.
    pub changes_only: bool,
}

impl Resolving {
    /// Returns whether SQLite can resolve the rows range by range, in the order of the raw table. Rows that are ranked are
    /// sorted, and a base table that is read whole would be read again for each range.
    pub(super) fn arrives_in_order(&self, table: &MergeTable) -> bool {
        let by = table.pivots.iter().filter_map(|pivot| pivot.by.as_ref());
        let read_whole = by.flat_map(|by| &by.tables).any(|table| !table.unique);
        !self.duplicates && !table.is_digested() && !read_whole && table.id_kind != IdKind::Global
    }

    /// Returns the columns that the resolved table has besides those of every table.
    pub(super) fn marks(&self, table: &MergeTable) -> Vec<String> {
        let winner = self.duplicates.then_some("gs_winner");
        let twins = table.marks_twins().then_some("gs_twins");
        let suffix = table.suffixed.as_ref().map(|_| suffix::MARK);
        let marks = [winner, twins, suffix].into_iter().flatten().map(ToOwned::to_owned);
        marks.chain((0..table.counted.len()).map(count::left)).collect()
    }

    /// Returns the clause that leaves out the rows of `row` that nothing needs, or an empty text.
    pub(super) fn wanted(&self, table: &MergeTable, row: &str) -> String {
        if !self.changes_only {
            return String::new();
        }
        let twins = if table.marks_twins() { format!(" OR {row}.gs_twins <> 1") } else { String::new() };
        format!(" WHERE {row}.gs_action <> {}{twins}", Action::Unchanged as u8)
    }
}

/// SQLite: returns 1 if the database remembers ids. Its table for them is created with the first AUTOINCREMENT
/// (<https://www.sqlite.org/autoinc.html>).
pub const COUNTS_IDS: &str = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'sqlite_sequence'";

impl Merge {
    /// Counts the rows of the raw table that share their natural key with another row: zero for any bundle that an export
    /// wrote from a database without twins. A hash that is computed on arrival would have to be computed twice, so that a table
    /// with such a hash counts as one that has such rows. References count by the bundle's ids.
    #[must_use]
    pub fn count_duplicates(&self, table: &MergeTable) -> String {
        let raw = self.q(&table.raw);
        match &table.matching {
            Matching::Hash { column, arrival: None, .. } => {
                let hash = self.q(column);
                let grouped = format!(
                    "SELECT count(*) FROM (SELECT {hash} FROM {raw} GROUP BY {hash} HAVING count(*) > 1) AS twins"
                );
                match self.dialect {
                    Dialect::Sqlite => format!("SELECT COALESCE(gapsync_twins({hash}), ({grouped})) FROM {raw}"),
                    Dialect::Postgres | Dialect::Mariadb => grouped,
                }
            }
            Matching::Hash { .. } => "SELECT 1".to_owned(),
            Matching::Key { .. } => self.count_equal_keys(table),
        }
    }

    /// Creates the raw table with the native types of its columns: `gs_row` first, no NOT NULL, and no index except MariaDB's
    /// primary key, which a cluster needs.
    #[must_use]
    pub fn create_raw(&self, table: &MergeTable) -> String {
        use std::fmt::Write as _;
        let mut columns = String::new();
        for (name, native) in &table.natives {
            let _ = write!(columns, ", {} {native}", self.q(name));
            // A MariaDB TIMESTAMP column is NOT NULL by default.
            if self.dialect == Dialect::Mariadb {
                columns.push_str(" NULL");
            }
        }
        let raw = self.q(&table.raw);
        match self.dialect {
            Dialect::Postgres => format!("CREATE UNLOGGED TABLE {raw} (gs_row bigint{columns})"),
            Dialect::Sqlite => format!("CREATE TABLE {raw} (gs_row INTEGER PRIMARY KEY{columns})"),
            Dialect::Mariadb => {
                format!("CREATE TABLE {raw} (gs_row BIGINT NOT NULL PRIMARY KEY{columns}) ENGINE=InnoDB")
            }
        }
    }

    /// Updates PostgreSQL's statistics for the join columns of what was just loaded. The other engines do this themselves.
    #[must_use]
    pub fn analyze_raw(&self, table: &MergeTable) -> Option<String> {
        let mut columns = vec![table.id.clone()];
        columns.extend(table.columns.iter().filter(|name| table.joins_by(name)).cloned());
        self.analyze(&table.raw, &columns)
    }

    /// Like [`Self::analyze_raw`], for the resolved table.
    #[must_use]
    pub fn analyze_resolved(&self, table: &MergeTable) -> Option<String> {
        self.analyze(&table.sync, &["gs_seq".to_owned(), "gs_action".to_owned(), table.id.clone()])
    }

    fn analyze(&self, sync_table: &str, columns: &[String]) -> Option<String> {
        let columns: Vec<String> = columns.iter().map(|name| self.q(name)).collect();
        (self.dialect == Dialect::Postgres).then(|| format!("ANALYZE {} ({})", self.q(sync_table), columns.join(", ")))
    }

    /// Counts the rows of the raw table.
    #[must_use]
    pub fn count_raw(&self, table: &MergeTable) -> String {
        format!("SELECT count(*) FROM {}", self.q(&table.raw))
    }

    /// Reads the highest id of the base table.
    #[must_use]
    pub fn highest_id(&self, table: &MergeTable) -> String {
        format!("SELECT COALESCE(max({}), 0) FROM {}", self.q(&table.id), self.q(&table.base))
    }

    /// Reads the highest id that the table ever had, including deleted rows. The result is NULL or has no row if the engine
    /// does not remember it. On SQLite, use it only if [`COUNTS_IDS`] returns 1. `None` on PostgreSQL, where ids come from
    /// sequences.
    #[must_use]
    pub fn remembered_id(&self, table: &MergeTable) -> Option<String> {
        let base = self.dialect.literal(&table.base);
        match self.dialect {
            Dialect::Postgres => None,
            Dialect::Sqlite => Some(format!("SELECT seq FROM sqlite_sequence WHERE name = {base}")),
            Dialect::Mariadb => Some(format!(
                "SELECT CAST(AUTO_INCREMENT AS SIGNED) - 1 FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {base}"
            )),
        }
    }

    /// PostgreSQL: moves the sequence past the highest id, in case rows were written without it.
    #[must_use]
    pub fn advance_sequence(&self, table: &MergeTable, highest: i64) -> Option<String> {
        let sequence = table.sequence.as_ref().filter(|_| self.dialect == Dialect::Postgres && highest > 0)?;
        Some(format!("SELECT setval({sequence}, greatest(nextval({sequence}), {highest}))"))
    }

    /// Reads the number of new rows.
    #[must_use]
    pub fn last_insert(&self, table: &MergeTable) -> String {
        let insert = Action::Insert as u8;
        format!("SELECT COALESCE(max(gs_seq), 0) FROM {} WHERE gs_action = {insert}", self.q(&table.sync))
    }

    /// Returns the steps that write the resolved table.
    #[must_use]
    pub fn resolve(&self, table: &MergeTable, how: &Resolving) -> Vec<Making> {
        let Resolving { start, duplicates, parent, .. } = *how;
        let mut carried = self.raw_columns(table);
        carried.retain(|name| self.keeps(table, name));
        carried.extend(table.pivots.iter().filter_map(Pivot::hash).map(ToOwned::to_owned));
        let mut mapped = self.mapped(table, &carried, duplicates);
        if self.dialect == Dialect::Sqlite && how.arrives_in_order(table) {
            mapped.push_str(keyed::RANGE);
        }
        mapped.push_str(self.fence());
        let ranked = if duplicates { self.ranked(table, &mapped) } else { mapped };
        let judged = self.judged(table, &ranked, duplicates);
        if self.dialect == Dialect::Sqlite {
            return self.keyed(table, &judged, &carried, how);
        }
        let insert = Action::Insert as u8;
        let age = Action::Age as u8;
        let new_id = match (&table.sequence, self.dialect) {
            (Some(sequence), Dialect::Postgres) => format!("nextval({sequence})"),
            _ => format!("{start} + n.gs_seq"),
        };
        let new_id = self.new_id(table, "n", new_id);
        let pivots: Vec<String> = table.pivots.iter().map(|pivot| self.column("n", &pivot.existing())).collect();
        let leads = table.leads("n");
        let wanted = how.wanted(table, "j");
        let mut select = vec![
            "n.gs_seq".to_owned(),
            "n.gs_row".to_owned(),
            "n.gs_action".to_owned(),
            "n.gs_created".to_owned(),
            "n.gs_ages".to_owned(),
            "n.gs_kept".to_owned(),
        ];
        if self.dialect == Dialect::Postgres {
            select.push("n.gs_at".to_owned());
        }
        select.extend(how.marks(table).into_iter().map(|mark| format!("n.{mark}")));
        select.extend([
            self.list("n", &carried),
            format!("CASE WHEN n.gs_action = {insert} THEN {new_id} WHEN {leads} THEN n.gs_base END AS existing_id"),
        ]);
        select.extend(pivots);
        let order = format!(
            "CASE WHEN j.gs_action = {insert} THEN 0 WHEN j.gs_action <= {age} THEN 1 ELSE 2 END, j.gs_base, j.gs_row"
        );
        let numbered =
            format!("SELECT row_number() OVER (ORDER BY {order}) AS gs_seq, j.* FROM ({judged}) AS j{wanted}");
        let body = format!("SELECT {} FROM ({numbered}) AS n", select.join(", "));
        let sync = self.q(&table.sync);
        vec![Making::Statement(match self.dialect {
            // Rows leave the window in this order. With ORDER BY, PostgreSQL would sort them again.
            Dialect::Postgres | Dialect::Sqlite => format!("CREATE UNLOGGED TABLE {sync} AS {body}"),
            Dialect::Mariadb => {
                let ids = if parent { format!(", UNIQUE KEY ({})", self.q(&table.id)) } else { String::new() };
                format!(
                    "CREATE TABLE {sync} (gs_seq BIGINT NOT NULL PRIMARY KEY{}{ids}) ENGINE=InnoDB AS {body} ORDER BY n.gs_seq",
                    self.signed_id(table)
                )
            }
        })]
    }

    /// Selects raw rows with their pivots mapped, next to their base rows. Of the carried columns it selects `carried` and
    /// `created_at`. `ranks`: rows will be ranked, for which a digest of their key is needed.
    fn mapped(&self, table: &MergeTable, carried: &[String], ranks: bool) -> String {
        let mut select = vec!["s.gs_row".to_owned(), self.list("s", carried)];
        if self.dialect == Dialect::Postgres {
            let computed = matches!(&table.matching, Matching::Hash { arrival: Some(_), .. });
            select.push(if computed || table.set.is_some() { "s.gs_at" } else { "s.ctid AS gs_at" }.to_owned());
        }
        select.extend(table.created.iter().filter(|name| !carried.contains(name)).map(|name| self.column("s", name)));
        let mut joins = String::new();
        let mut missing = Vec::new();
        let mut ignored = table.skips.clone();
        let mut mapped_ids = Vec::new();
        let mut followed = None;
        let follows = table.guard.as_ref().and_then(|guard| guard.follows.as_ref());
        for (number, pivot) in table.pivots.iter().enumerate() {
            let alias = pivot_alias(number);
            let id = self.mapped_id(pivot, &alias, &mut joins).unwrap_or_else(|| self.null_id(pivot));
            select.push(format!("{id} AS {}", self.q(&pivot.existing())));
            if pivot.required() {
                let leads_nowhere = format!("({} AND {id} IS NULL)", self.has_value(pivot, "s"));
                match pivot.joined() {
                    // The row of the bundle may have been rejected; whoever retries it needs its children too.
                    Some(parent) if pivot.skips => {
                        let nowhere = self.column(&alias, &parent.id);
                        ignored.push(format!("({leads_nowhere} AND {nowhere} IS NULL)"));
                        missing.push(leads_nowhere);
                    }
                    None if pivot.skips => ignored.push(leads_nowhere),
                    _ => missing.push(leads_nowhere),
                }
                // Rows that depend on an ignored row are ignored too. Otherwise the bundle would end in rejected rows after
                // all.
                if pivot.is_joined() {
                    ignored.push(format!("{alias}.gs_action = {}", Action::Ignored as u8));
                }
            }
            if let (To::ByCode { type_column, parents, .. }, true) = (&pivot.to, pivot.required) {
                // A row without an id refers to nothing, whatever its code is.
                let code = self.column("s", type_column);
                let refers = format!("{} AND {code} IS NOT NULL", self.has_value(pivot, "s"));
                let known: Vec<String> = parents.iter().map(|(code, _)| self.dialect.literal(code)).collect();
                ignored.push(if known.is_empty() {
                    format!("({refers})")
                } else {
                    format!("({refers} AND {code} NOT IN ({}))", known.join(", "))
                });
            }
            if follows.is_some_and(|(column, _)| column == pivot.column()) {
                followed = Some((pivot, alias, id.clone()));
            }
            mapped_ids.push((pivot.column().to_owned(), id));
        }
        if let Some(guard) = &table.guard {
            let parent = followed.as_ref().map(|(pivot, alias, id)| (*pivot, alias.as_str(), id.as_str()));
            select.push(format!("{} AS gs_guarded", self.guarded(guard, parent)));
        }
        select.extend(self.outcome_of_owner(table).map(|outcome| format!("{outcome} AS gs_of_owner")));
        let any = |conditions: Vec<String>| {
            if conditions.is_empty() { "1=0".to_owned() } else { conditions.join(" OR ") }
        };
        select.push(format!("CASE WHEN {} THEN 1 ELSE 0 END AS gs_ignored", any(ignored)));
        select.push(format!("CASE WHEN {} THEN 1 ELSE 0 END AS gs_orphan", any(missing)));
        select.push(format!("CASE WHEN {} THEN 1 ELSE 0 END AS gs_forged", self.forged(table)));
        select.push(format!("{} AS gs_base", self.base_id(table, "b")));
        for (label, column) in [("gs_b_date", &table.date), ("gs_b_created", &table.created)] {
            let value = column.as_ref().map_or_else(|| "NULL".to_owned(), |column| self.column("b", column));
            select.push(format!("{value} AS {label}"));
        }
        let fills: Vec<String> = table
            .descriptions
            .iter()
            .map(|column| {
                format!("({} IS NULL AND {} IS NOT NULL)", self.column("b", column), self.column("s", column))
            })
            .collect();
        select.push(format!("CASE WHEN {} THEN 1 ELSE 0 END AS gs_fills", any(fills)));
        select.push(format!("{} AS gs_content", self.content(table, &mapped_ids)));
        if table.marks_twins() {
            let (twins, folded) = (self.twins(table), self.folded(table));
            select.push(format!("CASE WHEN {folded} THEN -1 ELSE {twins} END AS gs_twins"));
        }
        if table.suffixed.is_some() {
            select.push(format!("CASE WHEN 1=0 THEN 1 END AS {}", suffix::MARK));
        }
        if ranks && table.is_digested() {
            select.push(format!("{} AS gs_key", self.staged_digest(table, &mapped_ids)));
        }
        for (number, column) in table.counted.iter().enumerate() {
            select.push(format!("{} AS {}", self.column("b", column), count::left(number)));
        }
        let rows = match &table.set {
            None => self.raw_source(table),
            Some(_) => self.numbered_rows(table, &joins, &self.staged_digest(table, &mapped_ids)),
        };
        joins.push_str(&self.join_base(table, &mapped_ids));
        format!("SELECT {} FROM {rows} AS s{joins}", select.join(", "))
    }

    /// Returns text that keeps an engine from merging a select into the one around it. Otherwise ids would be looked up, and
    /// hashes computed, again at every use, which made MariaDB take half as long again.
    fn fence(&self) -> &'static str {
        match self.dialect {
            Dialect::Postgres => " OFFSET 0",
            Dialect::Mariadb => " LIMIT 18446744073709551615",
            Dialect::Sqlite => " LIMIT -1",
        }
    }

    /// Returns the SQL condition that the bundle's hash of a raw row `s` is not the row's hash.
    fn forged(&self, table: &MergeTable) -> String {
        let Matching::Hash { column, verified: Some(computed), .. } = &table.matching else { return "1=0".to_owned() };
        let in_bundle = self.column("s", column);
        match self.dialect {
            // Compared as bytes, because the two sides have different character sets.
            Dialect::Mariadb => format!("NOT (CAST({computed} AS BINARY) <=> CAST({in_bundle} AS BINARY))"),
            Dialect::Postgres => format!("({computed}) COLLATE \"C\" IS DISTINCT FROM {in_bundle} COLLATE \"C\""),
            Dialect::Sqlite => format!("{computed} IS NOT {in_bundle}"),
        }
    }

    /// Returns SQL that compares a raw row `s` with its base row `b`: NULL if there is no base row or its date differs, 1 if
    /// its content differs, 0 otherwise.
    fn content(&self, table: &MergeTable, mapped_ids: &[(String, String)]) -> String {
        let date = |alias: &str| table.date.as_ref().map_or_else(String::new, |date| self.column(alias, date));
        let mapped = |pivot: &Pivot| {
            let found = mapped_ids.iter().find(|(column, _)| column == pivot.column());
            found.map_or_else(|| self.null_id(pivot), |(_, id)| id.clone())
        };
        format!(
            "CASE WHEN {} IS NULL THEN NULL WHEN NOT ({}) THEN NULL WHEN {} THEN 1 ELSE 0 END",
            self.never_null(table, "b"),
            self.same_date(table, &date("s"), &date("b")),
            self.differs(table, &|column| self.column("s", column), &mapped),
        )
    }

    /// Returns the raw table, with the hash computed if the bundle's cannot be used.
    fn raw_source(&self, table: &MergeTable) -> String {
        let raw = self.q(&table.raw);
        let Matching::Hash { column, arrival: Some(expression), .. } = &table.matching else { return raw };
        let hashes = table.pivots.iter().filter_map(Pivot::hash).map(ToOwned::to_owned);
        let others: Vec<String> =
            self.raw_columns(table).into_iter().chain(hashes).filter(|name| name != column).collect();
        let expression = match self.dialect {
            // MariaDB does not compare a computed text with a column of a smaller character set. ASCII is part of all of them.
            Dialect::Mariadb => format!("CONVERT({expression} USING ascii)"),
            Dialect::Sqlite | Dialect::Postgres => expression.clone(),
        };
        // Without OFFSET, the planner would compute the expression at every use of the hash.
        let (place, once) =
            if self.dialect == Dialect::Postgres { ("s.ctid AS gs_at, ", " OFFSET 0") } else { ("", "") };
        format!(
            "(SELECT {place}s.gs_row, {}, {expression} AS {} FROM {raw} AS s{once})",
            self.list("s", &others),
            self.q(column)
        )
    }

    /// Ranks the rows of each natural key: the newest first, and on a tie the first one in the bundle.
    fn ranked(&self, table: &MergeTable, mapped: &str) -> String {
        let key = self.mapped_key(table).join(", ");
        let partition = format!("PARTITION BY {key}, m.gs_ignored, m.gs_orphan, m.gs_forged");
        let by_date = table.date.as_ref().map_or_else(String::new, |date| {
            let date = self.column("m", date);
            let moment = if table.date_kind.is_number() { date.clone() } else { self.moment(&date) };
            format!("({date} IS NULL), {moment} DESC, ")
        });
        let oldest = table.created.as_ref().map_or_else(
            || "NULL".to_owned(),
            |created| format!("min({}) OVER ({partition})", self.column("m", created)),
        );
        format!(
            "SELECT m.*, row_number() OVER ({partition} ORDER BY {by_date}m.gs_row) AS gs_rank, \
             first_value({}) OVER ({partition} ORDER BY {by_date}m.gs_row) AS gs_winner, {oldest} AS gs_oldest \
             FROM ({mapped}) AS m",
            self.column("m", &table.id),
        )
    }

    /// Decides what happens to each row.
    fn judged(&self, table: &MergeTable, ranked: &str, duplicates: bool) -> String {
        let created = match (&table.created, duplicates) {
            (None, _) => "NULL".to_owned(),
            (Some(_), true) => "k.gs_oldest".to_owned(),
            (Some(created), false) => self.column("k", created),
        };
        let ages = if self.options.keep_created_at && table.created.is_some() && !table.keeps_existing {
            self.ages(&created, "k.gs_b_created")
        } else {
            "1=0".to_owned()
        };
        let date = table.date.as_ref().map_or_else(String::new, |date| self.column("k", date));
        let newer = self.newer(table, &date, "k.gs_b_date");
        let twin =
            if duplicates { format!("WHEN k.gs_rank > 1 THEN {} ", Action::Duplicate as u8) } else { String::new() };
        // The versions against which the target's wins: an older one, and one with the same date in a late bundle.
        let (changed, kept) = if table.keeps_existing {
            ("1=0".to_owned(), format!("({newer} OR COALESCE(k.gs_content, 1) = 1)"))
        } else if self.is_late(table) {
            (newer.clone(), format!("(NOT {newer} AND COALESCE(k.gs_content, 1) = 1)"))
        } else {
            (format!("({newer} OR k.gs_content = 1)"), format!("(NOT {newer} AND k.gs_content IS NULL)"))
        };
        let kept = format!("k.gs_base IS NOT NULL AND {kept}");
        let guarded = if table.guard.is_some() {
            format!("WHEN k.gs_guarded = 1 THEN {} ", Action::Guarded as u8)
        } else {
            String::new()
        };
        let of_owner = if table.set.is_some() { "WHEN k.gs_of_owner IS NOT NULL THEN k.gs_of_owner " } else { "" };
        let fills = if table.keeps_existing { "1=0" } else { "k.gs_fills = 1" };
        format!(
            "SELECT k.*, {created} AS gs_created, CASE WHEN k.gs_base IS NOT NULL AND {ages} THEN 1 ELSE 0 END AS gs_ages, \
             CASE WHEN {kept} THEN 1 ELSE 0 END AS gs_kept, \
             CASE {guarded}{of_owner}WHEN k.gs_ignored = 1 THEN {ignored} WHEN k.gs_orphan = 1 THEN {orphan} \
             WHEN k.gs_forged = 1 THEN {forged} {twin}WHEN k.gs_base IS NULL THEN {insert} WHEN {changed} THEN {update} \
             WHEN {fills} THEN {fill} WHEN {ages} THEN {age} WHEN {kept} THEN {keep} ELSE {unchanged} END AS gs_action \
             FROM ({ranked}) AS k",
            ignored = Action::Ignored as u8,
            orphan = Action::Orphan as u8,
            forged = Action::Forged as u8,
            insert = Action::Insert as u8,
            update = Action::Update as u8,
            fill = Action::Fill as u8,
            age = Action::Age as u8,
            keep = Action::Kept as u8,
            unchanged = Action::Unchanged as u8,
        )
    }
}
