//! Matches the bundle's tables to the target's, in the order in which they are merged.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::dialect::Dialect;
use crate::db::merge::{Merge, MergeTable};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::manifest::Header;
use crate::model::neutral::NeutralType;
use crate::model::order::{Order, order};
use crate::model::profile::TableProfile;
use crate::model::schema::{Column, Table};

use super::fit::Joined;
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
pub(super) struct TargetTable {
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
pub(super) struct Target {
    /// Tables in the order of the merge, parents first.
    pub(super) tables: Vec<TargetTable>,
    /// Names of tables that the target lacks.
    pub(super) ignored_tables: Vec<String>,
    /// `table.column` that the target lacks or that must not travel.
    pub(super) ignored_columns: Vec<String>,
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
    /// Fits the bundle to the target.
    ///
    /// # Errors
    /// `Schema`, when a key column is missing on either side, a column that must be filled does not travel, or the order
    /// of the tables cannot be found.
    pub(super) fn fit(&self) -> Result<Target> {
        let mut ignored_tables = Vec::new();
        let mut taken = Taken::new();
        for (index, table) in self.header.tables.iter().enumerate() {
            match (self.profile.table(&table.name), self.base(&table.name)) {
                (Some(profile), Some(found)) => {
                    taken.insert(&table.name, (index, profile, found));
                }
                _ => ignored_tables.push(table.name.clone()),
            }
        }
        let order = self.order(&taken)?;
        let mut ignored_columns = Vec::new();
        let mut tables = Vec::new();
        for name in &order.tables {
            let Some((index, profile, base)) = taken.get(name.as_str()).filter(|_| self.is_present(name)) else {
                continue;
            };
            let joined = Joined {
                fitting: self,
                taken: &taken,
                index: *index,
                header: &self.header.tables[*index],
                profile,
                base,
                deferred: order.deferred.get(name).cloned().unwrap_or_default(),
            };
            tables.push(joined.fit(&mut ignored_columns).map_err(|error| error.at_table(name))?);
        }
        Ok(Target { tables, ignored_tables, ignored_columns })
    }

    /// The base table of a name.
    pub(super) fn base(&self, name: &str) -> Option<&Table> {
        self.catalogue.iter().find(|table| table.name == name)
    }

    /// Whether the bundle has rows of a table, as far as that is known.
    pub(super) fn is_present(&self, name: &str) -> bool {
        let Some(present) = &self.present else { return true };
        present.iter().any(|index| self.header.tables[*index].name == name)
    }

    fn order(&self, taken: &Taken<'_>) -> Result<Order> {
        let nullable = |table: &str, column: &str| {
            taken.get(table).and_then(|(_, _, table)| table.column(column)).is_none_or(|column| column.nullable)
        };
        order(self.profile, &nullable, &|table| taken.contains_key(table))
    }
}

/// Whether a column of the profile's table leaves its installation.
pub(in crate::sync) fn travels(profile: &TableProfile, column: &str) -> bool {
    !profile.exclude.contains_key(column) && profile.owner.as_ref().is_none_or(|owner| owner.column != column)
}

/// What the name of a raw sync table has behind that of the resolved one.
const RAW_SUFFIX: &str = "_raw";

/// The names of a table's sync tables: as it is loaded, and resolved.
pub(super) fn sync_table_names(dialect: Dialect, table: &str, pid: u32) -> (String, String) {
    let sync = sync_table_name(dialect, table, pid);
    (format!("{sync}{RAW_SUFFIX}"), sync)
}

/// The process id in the name of a sync table; none when the name is no such one.
pub(in crate::sync) fn sync_table_pid(name: &str) -> Option<u32> {
    let name = name.strip_suffix(RAW_SUFFIX).unwrap_or(name);
    let (table, pid) = name.strip_prefix("sync_import_")?.rsplit_once('_')?;
    if table.is_empty() || !pid.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    pid.parse().ok()
}

/// The name of a table's sync table, cut to what the engine allows. The cut name stays unique by a digest of the whole.
pub(super) fn sync_table_name(dialect: Dialect, table: &str, pid: u32) -> String {
    use sha2::{Digest, Sha256};
    let name = format!("sync_import_{table}_{pid}");
    // Room for the suffixes of the raw form and of indexes.
    let longest = dialect.max_ident_len() - RAW_SUFFIX.len();
    if name.len() <= longest {
        return name;
    }
    let digest = crate::model::profile::hex(&Sha256::digest(table.as_bytes()));
    let tail = format!("_{}_{pid}", &digest[..8]);
    let mut cut = longest - "sync_import_".len() - tail.len();
    while !table.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("sync_import_{}{tail}", &table[..cut])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_tables_are_known_by_their_name() {
        assert_eq!(sync_table_pid("sync_import_object_links_4711"), Some(4711));
        assert_eq!(sync_table_pid("sync_import_object_links_4711_raw"), Some(4711));
        for other in ["sync_import_4711", "sync_import_x_", "sync_import_x_12a", "indicators", "my_sync_import_x_1"] {
            assert_eq!(sync_table_pid(other), None, "{other}");
        }
    }
}
