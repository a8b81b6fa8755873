//! Sets of rows that belong to a row of another table (`owned_by`): the target's set becomes equal to the bundle's.
//!
//! Rows of a set may be equal in everything (twins), so that each is found by its key and by its number among the rows with that
//! key: the second twin of the bundle is the second twin of the target. What is left of the target's set is deleted. A set is
//! touched only if its row was *taken*: it is new, was updated, or is the same version on both sides.
//!
//! Rows to be deleted are in the resolved table too, with [`Action::Removed`] and the last numbers, so that they are counted
//! before anything is written, and deleted in chunks like those that are written.

use super::{Action, Dialect, Merge, MergeTable, Parent, Pivot, pivot_alias};

/// How the rows of a table belong to sets.
#[derive(Clone, Debug)]
pub struct SetOf {
    /// The reference to the row that a set belongs to.
    pub column: String,
    /// The resolved table of these rows.
    pub owner: Parent,
    /// Whether a set of which the bundle has no rows is empty. Otherwise it may have stayed at home.
    pub all: bool,
    /// Whether rows are deleted. Those of a rejects file are never all of a set.
    pub removes: bool,
    /// The sets to which the owners belong themselves.
    pub within: Option<Box<Self>>,
}

impl SetOf {
    fn pivot<'a>(&self, table: &'a MergeTable) -> Option<(usize, &'a Pivot)> {
        table.pivots.iter().enumerate().find(|(_, pivot)| pivot.column() == self.column)
    }
}

impl Merge {
    /// Returns the SQL condition that the owner `row` of a set was taken. A bundle that came late decides nothing about a row
    /// that it does not change.
    fn taken(&self, set: &SetOf, row: &str) -> String {
        let (insert, update) = (Action::Insert as u8, Action::Update as u8);
        let written = format!("{row}.gs_action IN ({insert}, {update})");
        if self.options.late && set.within.is_none() {
            return written;
        }
        let (fill, unchanged) = (Action::Fill as u8, Action::Unchanged as u8);
        format!("({written} OR ({row}.gs_action BETWEEN {fill} AND {unchanged} AND {row}.gs_kept = 0))")
    }

    /// Returns the SQL of the action of a raw row `s` whose set is not touched because of its owner, or else NULL. `None` if the
    /// table has no sets.
    pub(super) fn outcome_of_owner(&self, table: &MergeTable) -> Option<String> {
        let set = table.set.as_ref()?;
        let owner = pivot_alias(set.pivot(table)?.0);
        Some(format!(
            "CASE WHEN {owner}.gs_action = {duplicate} THEN {duplicate} \
             WHEN {owner}.gs_action BETWEEN {orphan} AND {forged} THEN {orphan} \
             WHEN {owner}.gs_action BETWEEN {insert} AND {kept} AND NOT {} THEN {kept} END",
            self.taken(set, &owner),
            duplicate = Action::Duplicate as u8,
            orphan = Action::Orphan as u8,
            forged = Action::Forged as u8,
            insert = Action::Insert as u8,
            kept = Action::Kept as u8,
        ))
    }

    /// Returns a select of the base rows of all sets that are touched, each with the digest of its key and its number among the
    /// rows with that key. `digest` is the SQL of the digest of a row `gs_t`.
    pub(super) fn base_rows_of_sets(&self, table: &MergeTable, set: &SetOf, digest: &str) -> String {
        format!(
            "SELECT gs_d.gs_key, gs_d.gs_id, row_number() OVER (PARTITION BY gs_d.gs_key ORDER BY gs_d.gs_id) AS gs_nth FROM \
             (SELECT {digest} AS gs_key, {} AS gs_id FROM {} AS gs_t WHERE {} IN (SELECT p.existing_id FROM {} AS p WHERE {})) AS gs_d",
            self.column("gs_t", &table.id),
            self.q(&table.base),
            self.column("gs_t", &set.column),
            self.q(&set.owner.table),
            self.taken(set, "p"),
        )
    }

    /// Returns the raw rows, each with its number among those with its key. `joins` are those that map the references, `digest` is
    /// the SQL of the digest of a row's key.
    pub(super) fn numbered_rows(&self, table: &MergeTable, joins: &str, digest: &str) -> String {
        let hashes = table.pivots.iter().filter_map(Pivot::hash).map(ToOwned::to_owned);
        let columns: Vec<String> = self.raw_columns(table).into_iter().chain(hashes).collect();
        let place = if self.dialect == Dialect::Postgres { "s.ctid AS gs_at, " } else { "" };
        format!(
            "(SELECT s.gs_row, {place}{}, row_number() OVER (PARTITION BY {digest} ORDER BY s.gs_row) AS gs_nth FROM {} AS s{joins})",
            self.list("s", &columns),
            self.q(&table.raw),
        )
    }

    /// Adds the rows of the target's sets that the bundle's sets lack to the resolved table. `None` if there can be none.
    #[must_use]
    pub fn mark_removed(&self, table: &MergeTable) -> Option<String> {
        let set = table.set.as_ref().filter(|set| set.removes)?;
        let (_, pivot) = set.pivot(table)?;
        let (sync, id, owner) = (self.q(&table.sync), self.q(&table.id), self.q(&set.column));
        let (own_id, owner_id) = (self.column("b", &table.id), self.column("p", &set.owner.id));
        let mut touched = self.taken(set, "p");
        if !set.all {
            let raw = self.q(&table.raw);
            touched =
                format!("({touched} AND {owner_id} IN (SELECT {} FROM {raw} AS s))", self.column("s", &set.column));
        }
        let removed = Action::Removed as u8;
        if set.within.is_some() {
            touched = format!("({touched} OR p.gs_action = {removed})");
        }
        let owners = format!(
            "SELECT p.existing_id AS gs_id, min({owner_id}) AS gs_source FROM {} AS p WHERE {touched} GROUP BY p.existing_id",
            self.q(&set.owner.table)
        );
        // Each engine has one form for which it reads the other table only once.
        let absent = match self.dialect {
            Dialect::Postgres => format!("NOT EXISTS (SELECT 1 FROM {sync} AS r WHERE r.existing_id = {own_id})"),
            Dialect::Sqlite | Dialect::Mariadb => {
                format!("{own_id} NOT IN (SELECT r.existing_id FROM {sync} AS r WHERE r.existing_id IS NOT NULL)")
            }
        };
        let rows = format!(
            "SELECT {own_id} AS gs_id, o.gs_source, {} AS gs_owner, row_number() OVER (ORDER BY {own_id}) AS gs_nth \
             FROM {} AS b JOIN ({owners}) AS o ON o.gs_id = {} WHERE {absent}",
            self.column("b", &set.column),
            self.q(&table.base),
            self.column("b", &set.column),
        );
        // No row of a bundle has such an id, so that nothing refers to it but the sets of these rows.
        Some(format!(
            "INSERT INTO {sync} (gs_seq, gs_row, gs_action, gs_ages, gs_kept, {id}, {owner}, {}, existing_id) \
             SELECT m.gs_last + d.gs_nth, -d.gs_nth, {removed}, 0, 0, -1 - d.gs_id, d.gs_source, d.gs_owner, d.gs_id \
             FROM ({rows}) AS d CROSS JOIN (SELECT COALESCE(max(gs_seq), 0) AS gs_last FROM {sync}) AS m",
            self.q(&pivot.existing()),
        ))
    }

    /// Returns text that declares the id of a resolved table in which rows to be deleted get ids of their own (MariaDB).
    pub(super) fn signed_id(&self, table: &MergeTable) -> String {
        table.set.as_ref().map_or_else(String::new, |_| format!(", {} BIGINT", self.q(&table.id)))
    }

    /// Returns SQL that leaves out base rows `b` that will be deleted, to be added to other conditions.
    pub(super) fn not_removed(&self, table: &MergeTable) -> String {
        let Some(_) = &table.set else { return String::new() };
        // MariaDB cannot read the table that it updates in a subselect, but it reads a derived table first.
        format!(
            " AND {} NOT IN (SELECT w.existing_id FROM (SELECT existing_id FROM {} WHERE gs_action = {}) AS w)",
            self.column("b", &table.id),
            self.q(&table.sync),
            Action::Removed as u8,
        )
    }

    /// Deletes the marked rows of a range: unless the owner was refused since, or became the target's own. `None` for a table
    /// without sets.
    #[must_use]
    pub fn remove(&self, table: &MergeTable, from: i64, to: i64) -> Option<String> {
        let set = table.set.as_ref()?;
        let (base, sync, id) = (self.q(&table.base), self.q(&table.sync), self.column("b", &table.id));
        let mut marked = format!(
            "r.gs_seq BETWEEN {from} AND {to} AND r.gs_action = {} AND {}",
            Action::Removed as u8,
            self.stands(set, "r", 0)
        );
        let free = table.guard.as_ref().map_or_else(String::new, |guard| {
            format!(" AND CASE WHEN {} THEN 1 ELSE 0 END = 0", self.owned(guard, "b", 0))
        });
        Some(match self.dialect {
            Dialect::Mariadb => {
                marked.push_str(&free);
                format!("DELETE b FROM {sync} AS r STRAIGHT_JOIN {base} AS b ON {id} = r.existing_id WHERE {marked}")
            }
            Dialect::Postgres | Dialect::Sqlite => format!(
                "DELETE FROM {base} AS b WHERE {id} IN (SELECT r.existing_id FROM {sync} AS r WHERE {marked}){free}"
            ),
        })
    }

    /// Returns the SQL condition that the owner of a resolved row is still one that was taken, or is to be deleted itself.
    fn stands(&self, set: &SetOf, row: &str, depth: usize) -> String {
        let owner = format!("gs_o{depth}");
        let (insert, unchanged) = (Action::Insert as u8, Action::Unchanged as u8);
        let mut stands = format!("{owner}.gs_action BETWEEN {insert} AND {unchanged}");
        if let Some(within) = &set.within {
            let above = self.stands(within, &owner, depth + 1);
            stands = format!("({stands} OR ({owner}.gs_action = {} AND {above}))", Action::Removed as u8);
        }
        format!(
            "EXISTS (SELECT 1 FROM {} AS {owner} WHERE {} = {} AND {stands})",
            self.q(&set.owner.table),
            self.column(&owner, &set.owner.id),
            self.column(row, &set.column),
        )
    }

    /// Counts the rows marked to be deleted that are still in the base table.
    #[must_use]
    pub fn count_unremoved(&self, table: &MergeTable) -> String {
        format!(
            "SELECT count(*) FROM {} AS r JOIN {} AS b ON {} = r.existing_id WHERE r.gs_action = {}",
            self.q(&table.sync),
            self.q(&table.base),
            self.column("b", &table.id),
            Action::Removed as u8,
        )
    }
}
