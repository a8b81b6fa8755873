//! SQLite's form of a resolved table: keyed by what looks its rows up, and numbered.
//!
//! Numbering by a window function drags every row through two sorts, also those that nothing becomes of. Here new rows are
//! numbered as they are written, where they come in their order, and of the others only those that will be written, as the
//! row ids of a temporary table. Measured for a million rows, of which 760,000 are written: 0.67 s of CPU against 1.04 s with
//! all numbered afterwards.

use crate::db::rows::NumberedCopy;

use super::{Action, Merge, MergeTable, Pivot, Resolving};

/// The temporary table that numbers rows.
const NUMBERS: &str = "temp.gs_numbers";

/// A step of making a resolved table.
#[derive(Clone, Debug)]
pub enum Making {
    /// A statement.
    Statement(String),
    /// Rows that come in their order, and that readers may look up beside the writer.
    Fill(NumberedCopy),
}

/// Which raw rows a [`NumberedCopy`]'s select asks for, of alias `s`, and in which order: rows leave the selects around it as they come.
pub(super) const RANGE: &str = " WHERE s.gs_row BETWEEN ?1 AND ?2 ORDER BY s.gs_row";

impl Merge {
    /// The steps that make and fill the resolved table from `judged`, a select of its rows.
    ///
    /// A table that others look ids up in is keyed by its id, so that a look-up is one descent, and two rows with one id
    /// cannot hide; any other by `gs_row`. Unless rows are ranked, they come as the raw table has them, and
    /// `gs_created` stays NULL: the raw row's own is the oldest.
    pub(super) fn keyed(&self, table: &MergeTable, judged: &str, carried: &[String], how: &Resolving) -> Vec<Making> {
        let Resolving { start, duplicates, parent, changes_only } = *how;
        let sync = self.q(&table.sync);
        let key = if parent { self.q(&table.id) } else { "gs_row".to_owned() };
        let known = ["gs_row", "gs_action", "gs_created", "gs_ages", "gs_kept"].map(ToOwned::to_owned);
        let names = carried.iter().cloned().chain(table.pivots.iter().map(Pivot::existing));
        let mut columns: Vec<String> = known.into_iter().chain(names.map(|name| self.q(&name))).collect();
        let last = ["gs_seq", "existing_id"].map(ToOwned::to_owned);
        let defined: Vec<String> = columns
            .iter()
            .chain(&last)
            .map(|column| {
                let kind = if *column == key { "INTEGER PRIMARY KEY" } else { self.kind(table, column) };
                format!("{column} {kind}")
            })
            .collect();
        let (insert, unchanged, kept) = (Action::Insert as u8, Action::Unchanged as u8, Action::Kept as u8);
        if !duplicates {
            columns.retain(|column| column != "gs_created");
        }
        let select: Vec<String> = columns.iter().map(|column| format!("j.{column}")).collect();
        let (number, id) = if duplicates {
            ("NULL".to_owned(), format!("CASE WHEN j.gs_action <= {kept} THEN j.gs_base END"))
        } else {
            let number = format!("CASE WHEN j.gs_base IS NULL AND j.gs_action = {insert} THEN 0 END");
            let id = "CASE WHEN j.gs_ignored = 0 AND j.gs_orphan = 0 AND j.gs_forged = 0 THEN j.gs_base END";
            (number, id.to_owned())
        };
        let wanted = if changes_only { format!(" WHERE j.gs_action <> {unchanged}") } else { String::new() };
        let select = format!("SELECT {}, {number}, {id} FROM ({judged}) AS j{wanted}", select.join(", "));
        columns.extend(last);
        let into = format!("INSERT INTO {sync} ({})", columns.join(", "));
        let rows = if duplicates {
            Making::Statement(format!("{into} {select}"))
        } else {
            let raw = self.q(&table.raw);
            Making::Fill(NumberedCopy {
                nth: format!("SELECT gs_row FROM {raw} WHERE gs_row >= ?1 ORDER BY gs_row LIMIT 1 OFFSET ?2"),
                select,
                insert: format!("{into} VALUES ({})", vec!["?"; columns.len()].join(", ")),
                start,
            })
        };
        let mut steps = vec![Making::Statement(format!("CREATE TABLE {sync} ({})", defined.join(", "))), rows];
        steps.extend(self.number(table, parent, start).into_iter().map(Making::Statement));
        steps
    }

    /// The statements that number the rows which will be written and have no number yet, and give new ones their ids.
    pub(super) fn number(&self, table: &MergeTable, parent: bool, start: i64) -> Vec<String> {
        let sync = self.q(&table.sync);
        let key = if parent { self.q(&table.id) } else { "gs_row".to_owned() };
        let (insert, age) = (Action::Insert as u8, Action::Age as u8);
        vec![
            format!("CREATE TABLE {NUMBERS} (gs_seq INTEGER PRIMARY KEY, gs_key INTEGER)"),
            // Row ids go on from the highest.
            format!("INSERT INTO {NUMBERS} (gs_seq) SELECT COALESCE(max(gs_seq), 0) FROM {sync}"),
            format!(
                "INSERT INTO {NUMBERS} (gs_key) SELECT r.{key} FROM {sync} AS r \
                 WHERE r.gs_seq IS NULL AND r.gs_action BETWEEN {insert} AND {age} \
                 ORDER BY r.gs_action > {insert}, r.existing_id, r.gs_row"
            ),
            format!(
                "UPDATE {sync} AS r SET gs_seq = n.gs_seq, existing_id = COALESCE(r.existing_id, {start} + n.gs_seq) \
                 FROM {NUMBERS} AS n WHERE r.{key} = n.gs_key"
            ),
            format!("DROP TABLE {NUMBERS}"),
        ]
    }

    /// The type of a resolved table's column: that of the base table, so that values compare as they do there.
    fn kind<'a>(&self, table: &'a MergeTable, column: &str) -> &'a str {
        let carried = table.natives.iter().find(|(name, _)| self.q(name) == *column);
        match carried {
            Some((_, native)) => native,
            None if column.starts_with("gs_created") => "TEXT",
            None if table.columns.iter().any(|name| self.q(name) == *column) => "TEXT",
            None => "INTEGER",
        }
    }
}
