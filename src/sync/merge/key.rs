//! How the rows of a table that is matched by its key find their base rows.
//!
//! A unique key of the base table that the natural key contains is looked up by its index ([`Lookup::Unique`]). Without one,
//! both sides are joined by a digest of the key ([`Lookup::Digest`]), for which the base table is read once. The work grows
//! with the rows of both tables and never with their product, whatever indexes and statistics the table has.
//!
//! A digest compares bytes: two texts are the same only if they are equal byte for byte, and a date of SQLite is the same
//! in whatever format it is written. NULL equals NULL. Several base rows can have one key then; the lowest id wins.

use super::hash::{concat, framed, neutral_text};
use super::{Dialect, IdKind, Matching, Merge, MergeTable, Pivot};
use crate::model::neutral::NeutralType;
use crate::sync::none::null_if;

/// How base rows are found by their key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Through a unique index, as the index compares.
    Unique {
        /// Name of the index.
        index: String,
        /// Text columns of the key, whose collation may take different texts for equal.
        texts: Vec<String>,
    },
    /// By a digest of the key.
    Digest,
}

/// The alias of a base row within the digests of all base rows.
const BASE: &str = "gs_t";

impl Merge {
    /// Returns the SQL of a key column of a raw row `s`. `mapped` has the SQL of the id on the target for each reference.
    fn staged_key<'a>(&'a self, mapped: &'a [(String, String)]) -> impl Fn(&str) -> String + 'a {
        move |name| {
            let found = mapped.iter().find(|(column, _)| column == name);
            found.map_or_else(|| self.column("s", name), |(_, id)| id.clone())
        }
    }

    /// Returns the digest of a raw row's key, as [`Self::key_digest`].
    pub(super) fn staged_digest(&self, table: &MergeTable, mapped: &[(String, String)]) -> String {
        self.key_digest(table, &self.staged_key(mapped))
    }

    /// Returns the join that finds the base row `b` of a raw row `s`.
    pub(super) fn join_base(&self, table: &MergeTable, mapped: &[(String, String)]) -> String {
        let base = self.q(&table.base);
        match &table.matching {
            Matching::Hash { column, .. } => {
                format!(" LEFT JOIN {base} AS b ON {} = {}", self.column("b", column), self.column("s", column))
            }
            Matching::Key { columns, nullable, lookup: Lookup::Unique { index, .. }, .. } => {
                let staged = self.staged_key(mapped);
                let equal = |name: &String| {
                    let (base, staged) = (self.column("b", name), staged(name));
                    // Indexes need a plain equality.
                    if nullable.contains(name) {
                        self.dialect.null_safe_eq(&base, &staged)
                    } else {
                        format!("{base} = {staged}")
                    }
                };
                let equal: Vec<String> = columns.iter().map(equal).collect();
                // With the statistics of a table that was empty, MariaDB would scan it for each row.
                let force = match self.dialect {
                    Dialect::Mariadb => format!(" FORCE INDEX ({})", self.q(index)),
                    Dialect::Postgres | Dialect::Sqlite => String::new(),
                };
                format!(" LEFT JOIN {base} AS b{force} ON {}", equal.join(" AND "))
            }
            Matching::Key { lookup: Lookup::Digest, .. } => {
                let (rows, nth) = match &table.set {
                    None => (self.base_digests(table), ""),
                    Some(set) => (
                        self.base_rows_of_sets(table, set, &self.base_digest(table, BASE)),
                        " AND gs_k.gs_nth = s.gs_nth",
                    ),
                };
                format!(
                    " LEFT JOIN ({rows}) AS gs_k ON gs_k.gs_key = {}{nth} LEFT JOIN {base} AS b ON {} = gs_k.gs_id",
                    self.staged_digest(table, mapped),
                    self.column("b", &table.id),
                )
            }
        }
    }

    /// Returns a select of the keys of all base rows, each with its digest, the lowest id and the number of rows.
    pub(super) fn base_digests(&self, table: &MergeTable) -> String {
        format!(
            "SELECT {} AS gs_key, {} AS gs_id, count(*) AS gs_twins FROM {} AS {BASE} GROUP BY 1",
            self.base_digest(table, BASE),
            self.lowest_id(table, BASE),
            self.q(&table.base),
        )
    }

    /// Returns the SQL of the lowest id of a group of base rows. PostgreSQL has no `min` for every type of ids.
    fn lowest_id(&self, table: &MergeTable, row: &str) -> String {
        let id = self.column(row, &table.id);
        match self.dialect {
            Dialect::Postgres if table.id_kind == IdKind::Global => format!("(array_agg({id} ORDER BY {id}))[1]"),
            Dialect::Postgres | Dialect::Sqlite | Dialect::Mariadb => format!("min({id})"),
        }
    }

    /// Returns a digest of 32 hex digits as a value of the type that [`Self::key_digest`] has.
    pub(super) fn digest_literal(&self, digest: &str) -> String {
        let literal = self.dialect.literal(digest);
        match self.dialect {
            Dialect::Sqlite => literal,
            Dialect::Postgres => format!("{literal}::uuid"),
            Dialect::Mariadb => format!("unhex({literal})"),
        }
    }

    /// Returns the SQL that counts the base rows with the key of a raw row: 1 if there can be no more.
    pub(super) fn twins(&self, table: &MergeTable) -> &'static str {
        if table.is_digested() { "gs_k.gs_twins" } else { "1" }
    }

    /// Returns the SQL condition that a base row `b` was found for a raw row `s` although a text of their keys differs: the
    /// collation of a unique key takes both for the same.
    pub(super) fn folded(&self, table: &MergeTable) -> String {
        let Matching::Key { lookup: Lookup::Unique { texts, .. }, .. } = &table.matching else {
            return "1=0".to_owned();
        };
        let differs = |name: &String| self.unequal(NeutralType::Text, &self.column("s", name), &self.column("b", name));
        let differs: Vec<String> = texts.iter().map(differs).collect();
        if differs.is_empty() {
            return "1=0".to_owned();
        }
        format!("{} IS NOT NULL AND ({})", self.never_null(table, "b"), differs.join(" OR "))
    }

    /// Returns the digest of a base row's key, as [`Self::key_digest`].
    fn base_digest(&self, table: &MergeTable, row: &str) -> String {
        self.key_digest(table, &|name| {
            let none = table.pivots.iter().find(|pivot| pivot.column() == name).and_then(|pivot| pivot.none);
            null_if(&self.column(row, name), none)
        })
    }

    /// Returns the SQL of the digest of a key. `value` returns the SQL of a key column, for references that of the id on the
    /// target.
    fn key_digest(&self, table: &MergeTable, value: &dyn Fn(&str) -> String) -> String {
        let input = self.key_input(table, value);
        match self.dialect {
            Dialect::Sqlite => format!("gapsync_md5({input})"),
            Dialect::Postgres => format!("md5({input})::uuid"),
            Dialect::Mariadb => format!("unhex(md5({input}))"),
        }
    }

    /// Returns the SQL of the text that [`Self::key_digest`] takes the MD5 of.
    pub(super) fn key_input(&self, table: &MergeTable, value: &dyn Fn(&str) -> String) -> String {
        let Matching::Key { columns, unordered, fold, .. } = &table.matching else { return "NULL".to_owned() };
        let field = |name: &String| {
            let text = self.key_text(table, name, &value(name));
            framed(self.dialect, &if fold.contains(name) { self.lower_case(&text) } else { text })
        };
        let fields: Vec<String> = columns.iter().map(field).collect();
        match fields.as_slice() {
            [_, _, _, _] if *unordered => self.pair_in_order(&fields[..2], &fields[2..]),
            _ => concat(self.dialect, &fields),
        }
    }

    fn key_text(&self, table: &MergeTable, name: &str, value: &str) -> String {
        let reference = table.pivots.iter().any(|pivot| pivot.column() == name && !pivot.global);
        let neutral = table.neutral.iter().find(|(column, _)| column == name).map(|(_, neutral)| *neutral);
        let neutral = if reference { NeutralType::Integer } else { neutral.unwrap_or(NeutralType::Text) };
        // Both sides are columns of one engine, so its own text of a float is good enough.
        neutral_text(self.dialect, value, neutral).unwrap_or_else(|_| self.dialect.cast_text(value))
    }

    pub(super) fn lower_case(&self, text: &str) -> String {
        match self.dialect {
            // SQLite's own function knows ASCII alone.
            Dialect::Sqlite => format!("gapsync_lower({text})"),
            Dialect::Postgres | Dialect::Mariadb => format!("lower({text})"),
        }
    }

    /// Returns both halves of an unordered key, the lesser one first.
    fn pair_in_order(&self, one: &[String], other: &[String]) -> String {
        let (one, other) = (concat(self.dialect, one), concat(self.dialect, other));
        let halves = match self.dialect {
            Dialect::Sqlite => [format!("min({one}, {other})"), format!("max({one}, {other})")],
            Dialect::Postgres => {
                ["least", "greatest"].map(|half| format!("{half}({one} COLLATE \"C\", {other} COLLATE \"C\")"))
            }
            Dialect::Mariadb => ["least", "greatest"]
                .map(|half| format!("{half}({one} COLLATE utf8mb4_bin, {other} COLLATE utf8mb4_bin)")),
        };
        concat(self.dialect, &halves)
    }

    /// Returns a statement that counts keys which several rows of the raw table have, one at most where that is enough.
    pub(super) fn count_equal_keys(&self, table: &MergeTable) -> String {
        let raw = self.q(&table.raw);
        let (key, digested) = match &table.matching {
            Matching::Key { columns, lookup: Lookup::Unique { .. }, .. } if self.dialect != Dialect::Sqlite => {
                (self.list("s", columns), false)
            }
            Matching::Key { .. } | Matching::Hash { .. } => (self.staged_digest(table, &[]), true),
        };
        let grouped = format!(
            "SELECT count(*) FROM (SELECT 1 AS gs_one FROM {raw} AS s GROUP BY {key} HAVING count(*) > 1 LIMIT 1) AS twins"
        );
        if digested && self.dialect == Dialect::Sqlite {
            return format!("SELECT COALESCE(gapsync_twins({key}), ({grouped})) FROM {raw} AS s");
        }
        grouped
    }

    /// Counts the rows of the resolved table whose key several base rows have, and those whose base row has the same key only
    /// by the collation of a unique key. `None` if there can be neither.
    #[must_use]
    pub fn count_twins(&self, table: &MergeTable) -> Option<String> {
        table.marks_twins().then(|| {
            let sync = self.q(&table.sync);
            format!(
                "SELECT COALESCE(sum(CASE WHEN gs_twins > 1 THEN 1 ELSE 0 END), 0), \
                 COALESCE(sum(CASE WHEN gs_twins < 0 THEN 1 ELSE 0 END), 0) FROM {sync}"
            )
        })
    }

    /// Reads the ids of the base rows that share their key with another, for at most `limit` keys of the bundle: the lowest id
    /// of each key, and one of its ids. `None` if base rows cannot share a key.
    #[must_use]
    pub fn twin_ids(&self, table: &MergeTable, limit: usize) -> Option<String> {
        let digest = |alias: &str| self.base_digest(table, alias);
        table.is_digested().then(|| {
            let (base, id, sync) = (self.q(&table.base), self.q(&table.id), self.q(&table.sync));
            format!(
                "SELECT q.gs_id, gs_u.{id} FROM (SELECT gs_b.{id} AS gs_id, {} AS gs_key FROM (SELECT existing_id FROM {sync} \
                 WHERE gs_twins > 1 GROUP BY existing_id ORDER BY existing_id LIMIT {limit}) AS r JOIN {base} AS gs_b \
                 ON gs_b.{id} = r.existing_id) AS q JOIN (SELECT gs_v.{id}, {} AS gs_key FROM {base} AS gs_v) AS gs_u \
                 ON gs_u.gs_key = q.gs_key ORDER BY 1, 2",
                digest("gs_b"),
                digest("gs_v"),
            )
        })
    }

    /// Returns the SQL of the columns that make a key in the rows `m` whose references are mapped.
    pub(super) fn mapped_key(&self, table: &MergeTable) -> Vec<String> {
        let mapped = |name: &String| {
            let pivot = table.pivots.iter().find(|pivot| pivot.column() == name);
            pivot.map_or_else(|| self.column("m", name), |pivot| self.column("m", &pivot.existing()))
        };
        match &table.matching {
            Matching::Hash { column, .. } => vec![self.column("m", column)],
            Matching::Key { lookup: Lookup::Digest, .. } => vec!["m.gs_key".to_owned()],
            Matching::Key { columns, .. } => columns.iter().map(mapped).collect(),
        }
    }
}

impl MergeTable {
    /// Returns whether base rows are found by a digest of their key.
    pub(super) fn is_digested(&self) -> bool {
        matches!(&self.matching, Matching::Key { lookup: Lookup::Digest, .. })
    }

    /// Returns whether the resolved table says how many base rows have the key of a row (`gs_twins`; negative: the one row
    /// there has it only by its collation).
    pub(super) fn marks_twins(&self) -> bool {
        match &self.matching {
            Matching::Hash { .. } => false,
            // Twins of a set are rows of their own.
            Matching::Key { lookup: Lookup::Digest, .. } => self.set.is_none(),
            Matching::Key { lookup: Lookup::Unique { texts, .. }, .. } => !texts.is_empty(),
        }
    }

    /// Returns whether the key refers to rows that are found by their own key as well: two ids of the bundle can then lead to one
    /// row of the target.
    #[must_use]
    pub fn is_named_in_key(&self) -> bool {
        let Matching::Key { columns, .. } = &self.matching else { return false };
        let in_key = |pivot: &&Pivot| columns.iter().any(|column| column == pivot.column());
        self.pivots.iter().filter(in_key).any(|pivot| pivot.by.is_some())
    }

    /// Returns the sync tables of the rows to which the key of a row refers.
    #[must_use]
    pub fn parents_in_key(&self) -> Vec<&str> {
        let Matching::Key { columns, .. } = &self.matching else { return Vec::new() };
        let in_key = self.pivots.iter().filter(|pivot| columns.iter().any(|column| column == pivot.column()));
        in_key.flat_map(Pivot::parents).map(|(_, parent)| parent.table.as_str()).collect()
    }
}
