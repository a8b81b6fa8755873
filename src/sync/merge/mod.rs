//! The statements of an import over sync tables and base tables, as text.
//!
//! A table goes through two forms. The *raw* sync table holds what the bundle holds: the carried columns and `gs_row`. The
//! *resolved* one is written once from it and the base table: pivots mapped, `existing_id` known (an id is set aside for
//! a new row), one [`Action`] a row, and `gs_seq` numbering the rows that will be written in the order in which chunks take
//! them: new rows in bundle order, then existing ones in the order of their ids, so that the base table is walked, not hopped.
//!
//! Resolved tables are narrow: they have only what resolving and looking ids up needs. The payload stays in the raw table,
//! and statements join it: MariaDB and SQLite by `gs_row`, PostgreSQL by the row's place, which `gs_at` holds. A raw table
//! is never written again once it is loaded, so its rows keep their places, and no index is needed to find them. Measured:
//! MariaDB sorts what it resolves through a temporary table, on disk where a row has a long text, and took half the time;
//! PostgreSQL writes and sorts a fifth of the bytes; on SQLite every page of a table is written twice, first to the log.

use crate::db::dialect::Dialect;
use crate::model::neutral::NeutralType;

mod apply;
mod conflict;
mod differs;
mod files;
pub mod hash;
mod insert;
mod keyed;
mod known;
mod pivot;
mod resolve;
mod unmap;

pub use keyed::Making;
pub use pivot::{BaseRows, Parent, Pivot, pivot_alias};
pub use resolve::{COUNTS_IDS, Resolving};

/// What becomes of a staged row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Action {
    /// No row of the bundle: one of the target that rows from a rejects file refer to.
    Known = 0,
    /// New on the target.
    Insert = 1,
    /// Newer than the target's.
    Update = 2,
    /// Not newer, but fills a NULL description.
    Fill = 3,
    /// Not newer, but older by `created_at`.
    Age = 4,
    /// Left alone: it is what the target has.
    Unchanged = 5,
    /// Left alone: the target has a newer version.
    Kept = 6,
    /// Another row of the bundle stands for the same natural key.
    Duplicate = 7,
    /// Refers to a kind of object that the target lacks.
    Ignored = 8,
    /// Refers to a row that is missing.
    Orphan = 9,
    /// A unique key of the target other than the hash is taken.
    Clash = 10,
    /// The database refused it in the end.
    Refused = 11,
    /// The hash that the bundle gives is not that of the row.
    Forged = 12,
}

impl Action {
    /// The action of a stored number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        use Action::{
            Age, Clash, Duplicate, Fill, Forged, Ignored, Insert, Kept, Known, Orphan, Refused, Unchanged, Update,
        };
        [Known, Insert, Update, Fill, Age, Unchanged, Kept, Duplicate, Ignored, Orphan, Clash, Refused, Forged]
            .into_iter()
            .find(|action| *action as i64 == number)
    }
}

/// How staged rows find their base rows.
#[derive(Clone, Debug)]
pub enum Matching {
    /// By a hash column of both tables.
    Hash {
        /// The column.
        column: String,
        /// Computes the hash from a raw row of alias `s`, when the bundle's cannot be used.
        arrival: Option<String>,
        /// Computes it likewise, to hold the bundle's own hash against.
        verified: Option<String>,
    },
    /// By the key columns; pivots by their mapped ids.
    Key {
        /// The columns, type columns of polymorphic fields included.
        columns: Vec<String>,
        /// Of these: those that can be NULL, where NULL equals NULL.
        nullable: Vec<String>,
        /// Whether the key is an unordered pair.
        unordered: bool,
    },
}

/// All that the statements need to know of a table. Names are unquoted.
#[derive(Clone, Debug)]
pub struct MergeTable {
    /// Base table.
    pub base: String,
    /// Raw sync table.
    pub raw: String,
    /// Resolved sync table.
    pub sync: String,
    /// Surrogate key.
    pub id: String,
    /// Columns that are loaded into the raw table, the id first → native type.
    pub natives: Vec<(String, String)>,
    /// Carried columns without the id; the hash column included.
    pub columns: Vec<String>,
    /// Subset of `columns` that an update never changes.
    pub fixed: Vec<String>,
    /// Whether existing rows are never changed at all.
    pub keeps_existing: bool,
    /// Neutral types of `columns`, which decide how values are compared.
    pub neutral: Vec<(String, NeutralType)>,
    /// Subset of `columns` under the rule of `--override-description`.
    pub descriptions: Vec<String>,
    /// Subset of `columns` that says where the row's physical file is, which is the target's own matter: only NULL is filled.
    pub places: Vec<String>,
    /// The one of `columns` that says when the row changed last.
    pub date: Option<String>,
    /// Whether the base table allows NULL there.
    pub date_nullable: bool,
    /// The one of `columns` that says when the row was made.
    pub created: Option<String>,
    /// How rows are matched.
    pub matching: Matching,
    /// References.
    pub pivots: Vec<Pivot>,
    /// Columns that new rows get beside the carried ones → SQL value.
    pub constants: Vec<(String, String)>,
    /// Unique keys of the base table that the natural key does not imply → whether NULLs clash.
    pub unique_keys: Vec<(Vec<String>, bool)>,
    /// PostgreSQL: the sequence to take ids of new rows from, as a literal.
    pub sequence: Option<String>,
}

impl MergeTable {
    /// Whether resolving joins by a carried column.
    fn joins_by(&self, name: &str) -> bool {
        let matched = match &self.matching {
            Matching::Hash { column, arrival, .. } => arrival.is_none() && column == name,
            Matching::Key { columns, .. } => columns.iter().any(|column| column == name),
        };
        matched || self.pivots.iter().any(|pivot| pivot.looks_at(name))
    }
}

/// Options of the merge.
#[derive(Clone, Debug)]
pub struct MergeOptions {
    /// The older `created_at` of both sides is kept.
    pub keep_created_at: bool,
    /// A description of the bundle replaces the target's.
    pub override_description: bool,
    /// Time of the import, a neutral timestamp.
    pub import_time: String,
    /// A later bundle of the same stream was applied before: of two versions with one date the target's wins.
    pub late: bool,
}

/// Writes the statements for one engine.
#[derive(Clone, Debug)]
pub struct Merge {
    dialect: Dialect,
    options: MergeOptions,
}

impl Merge {
    /// Statements in `dialect` under `options`.
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

    /// Whether a moment is later than another. SQLite keeps times as text, which people may have written by hand.
    fn later(&self, one: &str, other: &str) -> String {
        match self.dialect {
            // Most rows that both sides have are the same, and a call costs more than a comparison.
            Dialect::Sqlite => format!("({one} <> {other} AND gapsync_later({one}, {other}))"),
            Dialect::Postgres | Dialect::Mariadb => format!("{one} > {other}"),
        }
    }

    /// A stored moment in a form that sorts.
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
                let newer = format!("({staged} IS NOT NULL AND ({base} IS NULL OR {}))", self.later(staged, base));
                if !table.pivots.iter().any(Pivot::deferred) {
                    return newer;
                }
                // What a run that died left of a row without a date.
                let (theirs, long_ago) = (self.moment(base), self.moment(&self.time_literal(apply::LONG_AGO)));
                format!("({newer} OR ({staged} IS NULL AND {theirs} = {long_ago}))")
            }
        }
    }

    /// The SQL that says whether a staged and a base row have the same date; two rows without a date have.
    fn same_date(&self, table: &MergeTable, staged: &str, base: &str) -> String {
        if table.date.is_none() {
            return "1=1".to_owned();
        }
        let same = self.dialect.null_safe_eq(staged, base);
        match self.dialect {
            Dialect::Sqlite => format!("({same} OR {} IS {})", self.moment(staged), self.moment(base)),
            Dialect::Postgres | Dialect::Mariadb => same,
        }
    }

    /// The staged `created_at` is older than the base row's.
    fn ages(&self, staged: &str, base: &str) -> String {
        format!("({staged} IS NOT NULL AND ({base} IS NULL OR {}))", self.later(base, staged))
    }

    /// Whether the resolved table has a carried column itself.
    fn keeps(&self, table: &MergeTable, name: &str) -> bool {
        let matched = match &table.matching {
            Matching::Hash { column, .. } => column == name,
            Matching::Key { columns, .. } => columns.iter().any(|column| column == name),
        };
        matched
            || name == table.id
            || table.date.as_deref() == Some(name)
            || table.pivots.iter().any(|pivot| pivot.looks_at(name))
    }

    /// A carried column in a statement over [`Self::staged_rows`].
    fn staged(&self, table: &MergeTable, name: &str) -> String {
        self.column(if self.keeps(table, name) { "r" } else { "s" }, name)
    }

    /// The oldest `created_at` of a natural key's rows in the bundle, in a statement over [`Self::staged_rows`].
    fn oldest_created(&self, created: &str) -> String {
        match self.dialect {
            // Set where there are several.
            Dialect::Sqlite => format!("COALESCE(r.gs_created, {})", self.column("s", created)),
            Dialect::Postgres | Dialect::Mariadb => "r.gs_created".to_owned(),
        }
    }

    /// Resolved rows `r` with all their carried columns, as they stand behind FROM.
    fn staged_rows(&self, table: &MergeTable) -> String {
        let sync = self.q(&table.sync);
        let raw = self.q(&table.raw);
        // MariaDB's and SQLite's spellings keep the order of the join.
        match self.dialect {
            Dialect::Mariadb => format!("{sync} AS r STRAIGHT_JOIN {raw} AS s ON s.gs_row = r.gs_row"),
            Dialect::Postgres => format!("{sync} AS r JOIN {raw} AS s ON s.ctid = r.gs_at"),
            Dialect::Sqlite => format!("{sync} AS r CROSS JOIN {raw} AS s ON s.gs_row = r.gs_row"),
        }
    }

    fn raw_columns(&self, table: &MergeTable) -> Vec<String> {
        std::iter::once(table.id.clone()).chain(table.columns.iter().cloned()).collect()
    }

    fn list(&self, alias: &str, columns: &[String]) -> String {
        columns.iter().map(|name| self.column(alias, name)).collect::<Vec<_>>().join(", ")
    }
}
