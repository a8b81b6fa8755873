//! The tables of the target that a bundle goes to.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::dialect::Dialect;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::manifest::Header;
use crate::model::neutral::NeutralType;
use crate::model::profile::TableProfile;
use crate::model::schema::{Column, Table};
use crate::sync::merge::{Merge, MergeTable};

use super::refers::Refers;

/// A column that is loaded: where the bundle has it and what it becomes.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Index of the column in the bundle's table.
    pub(super) source: usize,
    /// Type it travels as.
    pub(super) neutral: NeutralType,
    /// Its name in the bundle.
    pub(super) name: String,
    /// What it becomes: the target's column, or, for the hash of a row that did not travel, one of the raw table alone.
    pub(super) column: Column,
}

/// A table of the bundle that the target takes.
#[derive(Clone, Debug)]
pub(in crate::sync) struct TargetTable {
    /// Its rules.
    pub(super) profile: TableProfile,
    /// Index in the bundle's header.
    pub(super) header: usize,
    /// The carried columns, the id first; one that is computed on arrival is not among them.
    pub(super) fields: Vec<Field>,
    /// The hash column, when the bundle brings it and every row must have it.
    pub(super) hash: Option<usize>,
    /// Native type of the hash column, when it is computed on arrival.
    pub(super) arrival_hash: Option<Column>,
    /// Bytes that the values of one row may have together.
    pub(super) longest_row: u64,
    /// Column that new rows' owner goes to, and the query that finds the owner.
    pub(super) owner: Option<(String, String)>,
    /// What its rows refer to.
    pub(super) refers: BTreeMap<String, Refers>,
    /// The merge of its rows.
    pub(super) merge: MergeTable,
}

impl TargetTable {
    /// The statement that makes the raw sync table.
    pub(super) fn create_raw(&self, merge: &Merge) -> String {
        merge.create_raw(&self.merge)
    }
}

/// What of a bundle goes where.
#[derive(Debug)]
pub(in crate::sync) struct Target {
    /// Tables in the order of the merge, parents first.
    pub(in crate::sync) tables: Vec<TargetTable>,
    /// Names of tables that the target lacks.
    pub(in crate::sync) ignored_tables: Vec<String>,
    /// `table.column` that the target lacks or that must not travel.
    pub(in crate::sync) ignored_columns: Vec<String>,
}

/// Tables of the bundle that the target takes, by name: index in the header, rules, base table.
pub(super) type Taken<'a> = BTreeMap<&'a str, (usize, &'a TableProfile, &'a Table)>;

/// What decides how a bundle fits.
pub(super) struct Fitting<'a> {
    pub(super) dialect: Dialect,
    pub(super) profile: &'a Completed,
    pub(super) catalogue: &'a [Table],
    pub(super) header: &'a Header,
    /// Process id in the names of sync tables.
    pub(super) pid: u32,
    /// Whether hashes are computed on arrival.
    pub(super) arrival: bool,
    /// Whether rows come from a rejects file: a hash that cannot be computed is then kept as it came.
    pub(super) retry: bool,
    /// Indexes of the tables that have rows, once that is known.
    pub(super) present: Option<BTreeSet<usize>>,
}

impl Target {
    /// Refuses a target that a cluster would not keep equal on all its nodes.
    ///
    /// # Errors
    /// `Schema`, with the tables; `Database`.
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
    /// The base table of a name.
    pub(super) fn base(&self, name: &str) -> Option<&Table> {
        self.catalogue.iter().find(|table| table.name == name)
    }

    /// Whether the bundle has rows of a table, as far as that is known.
    pub(super) fn is_present(&self, name: &str) -> bool {
        let Some(present) = &self.present else { return true };
        present.iter().any(|index| self.header.tables[*index].name == name)
    }
}
