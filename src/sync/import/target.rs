//! The target tables of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::manifest::Header;
use crate::model::neutral::NeutralType;
use crate::model::profile::TableProfile;
use crate::model::schema::{Column, Table};
use crate::sync::merge::{Counter, Merge, MergeTable};

use super::refers::Refers;

/// A column to load: its place in the bundle and in the target.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Index of the column in the bundle's table.
    pub(super) source: usize,
    /// The type in which it travels.
    pub(super) neutral: NeutralType,
    /// Its name in the bundle.
    pub(super) name: String,
    /// The text that stands for no row in a reference.
    pub(super) none: Option<String>,
    /// The target's column or, for the hash of a row that did not travel, a column of the raw table only.
    pub(super) column: Column,
}

/// A table of the bundle that exists in the target.
#[derive(Clone, Debug)]
pub(in crate::sync) struct TargetTable {
    /// Its rules.
    pub(super) profile: TableProfile,
    /// Index in the bundle's header.
    pub(super) header: usize,
    /// The carried columns, the id first. A hash that is computed on arrival is not among them.
    pub(super) fields: Vec<Field>,
    /// The hash column, if the bundle has it and every row must have a hash.
    pub(super) hash: Option<usize>,
    /// The hash column, if the hash is computed on arrival.
    pub(super) arrival_hash: Option<Column>,
    /// The most bytes that the values of one row may have together.
    pub(super) longest_row: u64,
    /// The owner column of new rows, and the query that finds the owner.
    pub(super) owner: Option<(String, String)>,
    /// The references of its rows.
    pub(super) refers: BTreeMap<String, Refers>,
    /// The merge of its rows.
    pub(super) merge: MergeTable,
}

impl TargetTable {
    /// Returns the statement that creates the raw sync table.
    pub(super) fn create_raw(&self, merge: &Merge) -> String {
        merge.create_raw(&self.merge)
    }
}

/// How the tables of a bundle map to the target.
#[derive(Debug)]
pub(in crate::sync) struct Target {
    /// Tables in merge order, parents first.
    pub(in crate::sync) tables: Vec<TargetTable>,
    /// Numbers of children that are set at the end.
    pub(super) counters: Vec<Counter>,
    /// Names of tables that the target lacks.
    pub(in crate::sync) ignored_tables: Vec<String>,
    /// Each `table.column` that the target lacks or that must not travel.
    pub(in crate::sync) ignored_columns: Vec<String>,
}

/// Tables of the bundle that exist in the target, by name: index in the header, rules, base table.
pub(super) type Taken<'a> = BTreeMap<&'a str, (usize, &'a TableProfile, &'a Table)>;

/// What determines how a bundle fits.
pub(super) struct Fitting<'a> {
    pub(super) dialect: Dialect,
    pub(super) profile: &'a Completed,
    pub(super) catalogue: &'a [Table],
    pub(super) header: &'a Header,
    /// Process id in the names of sync tables.
    pub(super) pid: u32,
    /// Whether hashes are computed on arrival.
    pub(super) arrival: bool,
    /// Whether rows come from a rejects file. A hash that cannot be computed is then kept as it is.
    pub(super) from_rejects: bool,
    /// Indexes of the tables that have rows, once they are known.
    pub(super) present: Option<BTreeSet<usize>>,
    /// Tables whose sets are not whole.
    pub(super) partial: BTreeSet<String>,
}

impl Target {
    /// Refuses a target that a cluster would not replicate to all its nodes.
    ///
    /// # Errors
    /// `Schema` with the names of the tables; `Database`.
    pub(super) async fn check_replication(&self, session: &mut Session) -> Result<()> {
        let unreplicated = session.unreplicated().await?;
        let written = |name: &&String| self.tables.iter().any(|table| table.merge.base == **name);
        let tables: Vec<&str> = unreplicated.iter().filter(written).map(String::as_str).collect();
        if tables.is_empty() {
            return Ok(());
        }
        Err(Error::schema(format!("the cluster cannot replicate {}", tables.join(", ")))
            .hint("Give these tables a primary key and the engine InnoDB, then import again."))
    }
}

impl Fitting<'_> {
    /// Returns the base table with a name.
    pub(super) fn base(&self, name: &str) -> Option<&Table> {
        self.catalogue.iter().find(|table| table.name == name)
    }

    /// Returns whether the bundle has rows of a table, as far as that is known.
    pub(super) fn is_present(&self, name: &str) -> bool {
        let Some(present) = &self.present else { return true };
        present.iter().any(|index| self.header.tables[*index].name == name)
    }
}
