//! Builds the statements of an import over sync tables and base tables. Nothing here talks to a database.
//!
//! # The life of a staged row
//!
//! 1. *Raw* ([`Merge::create_raw`]): the row as the bundle has it, with the carried columns and a number, `gs_row`.
//! 2. *Resolved* ([`Merge::resolve`]), written once from the raw and the base table. Nested selects map the references
//!    (`existing_<column>`), find the base row (`gs_base`), compare it (`gs_content`, `gs_fills`, `gs_forged`), rank the rows
//!    of one natural key (`gs_rank`, the id of the first in `gs_winner`), and decide on an [`Action`] (`gs_action`). `existing_id` is the row's id on the target; a
//!    new row has one reserved. `gs_seq` numbers the rows to be written in the order of the chunks: new rows in bundle order,
//!    then existing ones by id, so that the base table is read in order. `gs_ages` and `gs_kept` are for the counts.
//! 3. *Adjusted*: unique keys that clash ([`Merge::mark_clashes`]), duplicates ([`Merge::map_duplicates`]), references within
//!    cycles ([`Merge::map_deferred`]), and references to rows that were refused meanwhile ([`Merge::unmap`]).
//! 4. *Applied*, one range of `gs_seq` at a time: [`Merge::insert`], [`Merge::update`], [`Merge::fill_descriptions`],
//!    [`Merge::fill_deferred`]. A row that the database refuses is examined by the statements of [`conflict`].
//!
//! `tests/sql/<engine>/<table>.sql` shows all of this in SQL: one page per table with every statement that a run sends. A
//! change here changes those pages. To add an outcome of a row, touch [`Action`], `judged` in [`resolve`], and the counts in
//! the import's resolve stage. To add an engine, follow the compiler through the matches on [`Dialect`].
//!
//! # Why two tables
//!
//! Resolved tables are narrow: they have only the columns for resolving and for lookups. The payload stays in the raw table,
//! and statements join it: MariaDB and SQLite by `gs_row`, PostgreSQL by the row's physical location, stored in `gs_at`. A raw
//! table is never written again after loading, so its rows do not move, and they are found without an index. Measured: MariaDB
//! sorts what it resolves through a temporary table, on disk if a row has a long text, and took half the time; PostgreSQL
//! writes and sorts a fifth of the bytes; SQLite writes every page of a table twice, first to the log.

use crate::db::dialect::Dialect;
use crate::model::change::DateKind;
use crate::model::id::IdKind;
use crate::model::neutral::NeutralType;

mod apply;
mod changed;
mod conflict;
mod count;
mod differs;
mod files;
mod guard;
pub mod hash;
mod insert;
mod key;
mod keyed;
mod known;
mod pivot;
mod resolve;
mod same;
mod sets;
mod suffix;
mod unequal;
mod unmap;

pub use count::{Counter, left};
pub use guard::Guarding;
pub use key::Lookup;
pub use keyed::Making;
pub use pivot::{BaseRows, By, ByTable, Parent, Pivot, To, pivot_alias};
pub use resolve::{COUNTS_IDS, Resolving};
pub use sets::SetOf;

/// What happens to a staged row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Action {
    /// Not a row of the bundle, but one of the target to which rows from a rejects file refer.
    Known = 0,
    /// New on the target.
    Insert = 1,
    /// Newer than the target's.
    Update = 2,
    /// Not newer, but fills a NULL description.
    Fill = 3,
    /// Left alone: the target has the same version.
    Age = 4,
    /// Left alone: it is what the target has.
    Unchanged = 5,
    /// Left alone: the target has a newer version.
    Kept = 6,
    /// Another row of the bundle is kept for the same natural key.
    Duplicate = 7,
    /// Refers to a kind of object that the target does not have.
    Ignored = 8,
    /// Refers to a row that is missing.
    Orphan = 9,
    /// A unique key of the target other than the hash is taken.
    Clash = 10,
    /// The database refused it in the end.
    Refused = 11,
    /// The bundle's hash does not belong to the row.
    Forged = 12,
    /// Left alone: it is the target's own row, or would belong to one.
    Guarded = 13,
    /// Not a row of the bundle, but one of the target that its set in the bundle lacks: it is deleted.
    Removed = 14,
}

impl Action {
    /// Returns the action for a stored number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        use Action::{
            Age, Clash, Duplicate, Fill, Forged, Guarded, Ignored, Insert, Kept, Known, Orphan, Refused, Removed,
            Unchanged, Update,
        };
        let left_alone = [Age, Unchanged, Kept, Duplicate, Ignored, Guarded];
        let rejected = [Orphan, Clash, Refused, Forged];
        let all = [Known, Insert, Update, Fill, Removed].into_iter().chain(left_alone).chain(rejected);
        all.into_iter().find(|action| *action as i64 == number)
    }
}

/// How staged rows find their base rows.
#[derive(Clone, Debug)]
pub enum Matching {
    /// By a hash column of both tables.
    Hash {
        /// The column.
        column: String,
        /// SQL that computes the hash from a raw row `s`, if the bundle's hash cannot be used.
        arrival: Option<String>,
        /// SQL that computes it in the same way to check the bundle's hash.
        verified: Option<String>,
    },
    /// By the key columns; pivots by their mapped ids.
    Key {
        /// The columns, including the type columns of polymorphic fields.
        columns: Vec<String>,
        /// Columns of the key that can be NULL. NULL equals NULL there.
        nullable: Vec<String>,
        /// Whether the key is an unordered pair.
        unordered: bool,
        /// Text columns whose letter case does not matter.
        fold: Vec<String>,
        /// How the base rows are found.
        lookup: Lookup,
    },
}

/// What the statements need to know about a table. Names are unquoted.
#[derive(Clone, Debug)]
pub struct MergeTable {
    /// Base table.
    pub base: String,
    /// Raw sync table.
    pub raw: String,
    /// Resolved sync table.
    pub sync: String,
    /// Column with the id; in a table without ids, the number of the staged row.
    pub id: String,
    /// What the ids are.
    pub id_kind: IdKind,
    /// Columns that are loaded into the raw table, with their native types. The id comes first.
    pub natives: Vec<(String, String)>,
    /// Carried columns without the id, but including the hash column.
    pub columns: Vec<String>,
    /// Subset of `columns` that an update never changes.
    pub fixed: Vec<String>,
    /// Whether existing rows are never changed at all.
    pub keeps_existing: bool,
    /// Neutral types of `columns`, which decide how values are compared.
    pub neutral: Vec<(String, NeutralType)>,
    /// Subset of `columns` under the rule of `--override-description`.
    pub descriptions: Vec<String>,
    /// Subset of `columns` with the location of the row's physical file. It is the target's own, so only NULL is filled in.
    pub places: Vec<String>,
    /// The column with the date of the last change.
    pub date: Option<String>,
    /// What that column's values are.
    pub date_kind: DateKind,
    /// Whether the base table allows NULL in that column.
    pub date_nullable: bool,
    /// The column with the date of creation.
    pub created: Option<String>,
    /// Columns of the base table that an update sets to the current time unless it assigns them (MariaDB).
    pub stamped: Vec<String>,
    /// How rows are matched.
    pub matching: Matching,
    /// References.
    pub pivots: Vec<Pivot>,
    /// Conditions that the target does not want a raw row `s`.
    pub skips: Vec<String>,
    /// Which rows are the target's own.
    pub guard: Option<Guarding>,
    /// The sets to which the rows belong.
    pub set: Option<SetOf>,
    /// Reference columns by which others count these rows: an update may move a row from one to another.
    pub counted: Vec<String>,
    /// The column of `columns` that gets a suffix if another row has its value.
    pub suffixed: Option<String>,
    /// Columns that new rows get in addition to the carried ones → SQL value.
    pub constants: Vec<(String, String)>,
    /// Columns that an update sets in addition to the carried ones → SQL value.
    pub assigned: Vec<(String, String)>,
    /// Unique keys of the base table that the natural key does not imply, and whether NULLs clash.
    pub unique_keys: Vec<(Vec<String>, bool)>,
    /// PostgreSQL: the sequence for the ids of new rows, as a literal.
    pub sequence: Option<String>,
}

impl MergeTable {
    /// Returns whether resolving joins by a carried column.
    fn joins_by(&self, name: &str) -> bool {
        let matched = match &self.matching {
            Matching::Hash { column, arrival, .. } => arrival.is_none() && column == name,
            Matching::Key { columns, .. } => columns.iter().any(|column| column == name),
        };
        matched || self.pivots.iter().any(|pivot| pivot.looks_at(name) || pivot.is_by(name))
    }

    /// Returns the SQL condition that other rows refer to the base row of a judged row, if it has one.
    fn leads(&self, row: &str) -> String {
        let up_to_kept = format!("{row}.gs_action <= {}", Action::Kept as u8);
        match &self.guard {
            None => up_to_kept,
            Some(_) => format!("({up_to_kept} OR {row}.gs_action = {})", Action::Guarded as u8),
        }
    }
}

/// Options of the merge.
#[derive(Clone, Debug)]
pub struct MergeOptions {
    /// Whether the older `created_at` of both sides is kept.
    pub keep_created_at: bool,
    /// Whether a description in the bundle replaces the target's.
    pub override_description: bool,
    /// Time of the import, as a neutral timestamp.
    pub import_time: String,
    /// Whether a later bundle of the same stream was already applied: of two versions with the same date, the target's then
    /// wins.
    pub late: bool,
}

/// Builds the statements for one engine.
#[derive(Clone, Debug)]
pub struct Merge {
    dialect: Dialect,
    options: MergeOptions,
}

impl Merge {
    /// Returns the literal of a time.
    pub(super) fn time_literal(&self, time: &str) -> String {
        let literal = self.dialect.literal(time);
        if self.dialect == Dialect::Postgres { format!("{literal}::timestamp") } else { literal }
    }

    /// Returns the literal of a date earlier than any other.
    fn long_ago(&self, table: &MergeTable) -> String {
        if table.date_kind.is_number() { "0".to_owned() } else { self.time_literal(apply::LONG_AGO) }
    }

    /// Returns a merge for `dialect` under `options`.
    #[must_use]
    pub fn new(dialect: Dialect, options: MergeOptions) -> Self {
        Self { dialect, options }
    }

    fn q(&self, name: &str) -> String {
        self.dialect.ident(name)
    }

    fn column(&self, alias: &str, name: &str) -> String {
        format!("{alias}.{}", self.q(name))
    }

    /// Returns the SQL condition that a time is later than another. SQLite stores times as text, possibly written by hand.
    fn later(&self, one: &str, other: &str) -> String {
        match self.dialect {
            // Most rows that both sides have are equal, and a function call costs more than a comparison.
            Dialect::Sqlite => format!("({one} <> {other} AND gapsync_later({one}, {other}))"),
            Dialect::Postgres | Dialect::Mariadb => format!("{one} > {other}"),
        }
    }

    /// Returns a stored time in a form that sorts.
    fn moment(&self, expression: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("gapsync_time({expression})"),
            Dialect::Postgres | Dialect::Mariadb => expression.to_owned(),
        }
    }

    fn newer(&self, table: &MergeTable, staged: &str, base: &str) -> String {
        match &table.date {
            None => "1=0".to_owned(),
            Some(_) => {
                let later =
                    if table.date_kind.is_number() { format!("{staged} > {base}") } else { self.later(staged, base) };
                let newer = format!("({staged} IS NOT NULL AND ({base} IS NULL OR {later}))");
                if !table.pivots.iter().any(Pivot::deferred) {
                    return newer;
                }
                // Left by a run that died, in a row without a date.
                let (theirs, long_ago) = match table.date_kind.is_number() {
                    true => (base.to_owned(), self.long_ago(table)),
                    false => (self.moment(base), self.moment(&self.long_ago(table))),
                };
                format!("({newer} OR ({staged} IS NULL AND {theirs} = {long_ago}))")
            }
        }
    }

    /// Returns whether the target's version wins over one with the same date. What belongs to a set follows its owner.
    fn is_late(&self, table: &MergeTable) -> bool {
        self.options.late && table.set.is_none()
    }

    /// Returns the SQL condition that a staged and a base row have the same date. Two rows without a date do.
    fn same_date(&self, table: &MergeTable, staged: &str, base: &str) -> String {
        if table.date.is_none() {
            return "1=1".to_owned();
        }
        let same = self.dialect.null_safe_eq(staged, base);
        match self.dialect {
            Dialect::Sqlite if !table.date_kind.is_number() => {
                format!("({same} OR {} IS {})", self.moment(staged), self.moment(base))
            }
            Dialect::Sqlite | Dialect::Postgres | Dialect::Mariadb => same,
        }
    }

    /// Returns the SQL condition that the staged `created_at` is older than the base row's.
    fn ages(&self, staged: &str, base: &str) -> String {
        format!("({staged} IS NOT NULL AND ({base} IS NULL OR {}))", self.later(base, staged))
    }

    /// Returns whether the resolved table itself has a carried column.
    fn keeps(&self, table: &MergeTable, name: &str) -> bool {
        let matched = match &table.matching {
            Matching::Hash { column, .. } => column == name,
            Matching::Key { columns, .. } => columns.iter().any(|column| column == name),
        };
        matched
            || name == table.id
            || table.date.as_deref() == Some(name)
            || table.pivots.iter().any(|pivot| pivot.looks_at(name) || pivot.is_by(name))
    }

    /// Returns a carried column in a statement over [`Self::staged_rows`].
    fn staged(&self, table: &MergeTable, name: &str) -> String {
        self.column(if self.keeps(table, name) { "r" } else { "s" }, name)
    }

    /// Returns the oldest `created_at` of a natural key's rows in the bundle, in a statement over [`Self::staged_rows`].
    fn oldest_created(&self, created: &str) -> String {
        match self.dialect {
            // Set only if there are several rows.
            Dialect::Sqlite => format!("COALESCE(r.gs_created, {})", self.column("s", created)),
            Dialect::Postgres | Dialect::Mariadb => "r.gs_created".to_owned(),
        }
    }

    /// Returns the text after FROM for resolved rows `r` with all their carried columns.
    fn staged_rows(&self, table: &MergeTable) -> String {
        let sync = self.q(&table.sync);
        let raw = self.q(&table.raw);
        // The forms for MariaDB and SQLite fix the join order.
        match self.dialect {
            Dialect::Mariadb => format!("{sync} AS r STRAIGHT_JOIN {raw} AS s ON s.gs_row = r.gs_row"),
            Dialect::Postgres => format!("{sync} AS r JOIN {raw} AS s ON s.ctid = r.gs_at"),
            Dialect::Sqlite => format!("{sync} AS r CROSS JOIN {raw} AS s ON s.gs_row = r.gs_row"),
        }
    }

    fn raw_columns(&self, table: &MergeTable) -> Vec<String> {
        let id = (table.id_kind != IdKind::Key).then(|| table.id.clone());
        id.into_iter().chain(table.columns.iter().cloned()).collect()
    }

    fn list(&self, alias: &str, columns: &[String]) -> String {
        columns.iter().map(|name| self.column(alias, name)).collect::<Vec<_>>().join(", ")
    }
}
