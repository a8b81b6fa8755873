//! What of a bundle fits the target: which tables, which columns, and how their rows are merged.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::dialect::Dialect;
use crate::db::hash::hash_expression;
use crate::db::merge::{Matching, Merge, MergeTable, Parent, Pivot};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::manifest::{Header, TableHeader};
use crate::model::neutral::NeutralType;
use crate::model::order::{Order, order};
use crate::model::profile::{Match, Profile, TableProfile};
use crate::model::schema::{Column, Table};

use super::refers::{Refers, references};

/// A carried column: where it stands in the bundle and what it becomes.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Index of the column in the bundle's table.
    pub(super) source: usize,
    /// Type it travels as.
    pub(super) neutral: NeutralType,
    /// The target's column.
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

/// What decides how a bundle fits.
pub(super) struct Fitting<'a> {
    pub(super) dialect: Dialect,
    pub(super) profile: &'a Profile,
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
        let mut taken: BTreeMap<&str, (usize, &TableProfile, &Table)> = BTreeMap::new();
        for (index, table) in self.header.tables.iter().enumerate() {
            let found = self.catalogue.iter().find(|candidate| candidate.name == table.name);
            match (self.profile.table(&table.name), found) {
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
            let Some((index, profile, table)) = taken.get(name.as_str()).filter(|_| self.is_present(name)) else {
                continue;
            };
            let deferred = order.deferred.get(name).cloned().unwrap_or_default();
            let fitted = self
                .table(*index, profile, table, &taken, &deferred, &mut ignored_columns)
                .map_err(|error| error.at_table(name))?;
            tables.push(fitted);
        }
        Ok(Target { tables, ignored_tables, ignored_columns })
    }

    fn is_present(&self, name: &str) -> bool {
        let Some(present) = &self.present else { return true };
        present.iter().any(|index| self.header.tables[*index].name == name)
    }

    fn order(&self, taken: &BTreeMap<&str, (usize, &TableProfile, &Table)>) -> Result<Order> {
        let nullable = |table: &str, column: &str| {
            taken.get(table).and_then(|(_, _, table)| table.column(column)).is_none_or(|column| column.nullable)
        };
        order(self.profile, &nullable, &|table| taken.contains_key(table))
    }

    fn table(
        &self,
        index: usize,
        profile: &TableProfile,
        table: &Table,
        taken: &BTreeMap<&str, (usize, &TableProfile, &Table)>,
        deferred: &BTreeSet<String>,
        ignored_columns: &mut Vec<String>,
    ) -> Result<TargetTable> {
        let header = &self.header.tables[index];
        let by_hash = profile.matched_by == Match::Hash;
        let arrival = self.hash_arrives(index, profile);
        self.check_key(profile, header, table, by_hash)?;

        let mut fields = Vec::new();
        for (source, column) in header.columns.iter().enumerate() {
            let found = table.column(&column.name).filter(|found| !found.generated);
            let carried = found.filter(|found| travels(profile, &found.name));
            match carried {
                Some(_) if arrival && !self.retry && column.name == profile.hash => {}
                Some(found) => fields.push(Field { source, neutral: column.neutral, column: found.clone() }),
                None => ignored_columns.push(format!("{}.{}", header.name, column.name)),
            }
        }
        let id = fields
            .iter()
            .position(|field| field.column.name == profile.id)
            .ok_or_else(|| Error::schema("the bundle's table has no id column").at_column(&profile.id))?;
        fields.swap(0, id);
        fields[1..].sort_by_key(|field| field.source);
        let brought = fields.iter().position(|field| by_hash && field.column.name == profile.hash);
        let hash = brought.filter(|_| !arrival);

        let pivots = self.pivots(profile, table, &fields, taken, deferred);
        let given = self.given(profile, table);
        for column in &table.columns {
            let filled = fields.iter().any(|field| field.column.name == column.name)
                || given.iter().any(|(name, _)| *name == column.name)
                || profile.owner.as_ref().is_some_and(|owner| owner.column == column.name)
                || (arrival && column.name == profile.hash);
            if !filled && !column.nullable && !column.has_default && !column.generated {
                return Err(Error::schema("the target needs a value that the bundle does not carry")
                    .at_column(&column.name)
                    .hint("Give the column a default on the target, or export with a profile that carries it."));
            }
        }
        let mut columns: Vec<String> = fields[1..].iter().map(|field| field.column.name.clone()).collect();
        if arrival && brought.is_none() {
            columns.push(profile.hash.clone());
        }
        let carried = |name: &str| columns.iter().any(|column| column == name).then(|| name.to_owned());
        let sync = sync_table_name(self.dialect, &table.name, self.pid);
        let merge = MergeTable {
            base: table.name.clone(),
            raw: format!("{sync}{RAW_SUFFIX}"),
            sync,
            id: profile.id.clone(),
            // A hash that is computed on arrival is not among them: it enters with the resolved form.
            natives: fields.iter().map(|field| (field.column.name.clone(), field.column.native.clone())).collect(),
            fixed: columns
                .iter()
                .filter(|column| profile.in_key(column) || (by_hash && **column == profile.hash))
                .cloned()
                .collect(),
            descriptions: profile.descriptions.iter().filter_map(|name| carried(name)).collect(),
            places: profile.files.iter().filter_map(|files| carried(&files.path)).collect(),
            date: carried(&profile.date),
            date_nullable: table.column(&profile.date).is_none_or(|column| column.nullable),
            created: carried(&profile.created),
            matching: if by_hash {
                let computed = if arrival { Some(self.arrival_hash(profile, header, taken)?) } else { None };
                let given = format!("s.{}", self.dialect.ident(&profile.hash));
                let given = match self.dialect {
                    // MariaDB does not mix a computed text with a column of a smaller character set.
                    Dialect::Mariadb => format!("CONVERT({given} USING utf8mb4)"),
                    Dialect::Sqlite | Dialect::Postgres => given,
                };
                let or_brought = |computed| format!("COALESCE({computed}, {given})");
                let expression = if brought.is_some() { computed.map(or_brought) } else { computed };
                Matching::Hash { column: profile.hash.clone(), arrival: expression }
            } else {
                let columns = key_columns(profile);
                let may_be_null = |name: &&String| table.column(name).is_some_and(|column| column.nullable);
                let nullable = columns.iter().filter(may_be_null).cloned().collect();
                Matching::Key { columns, nullable, unordered: profile.unordered }
            },
            pivots,
            given,
            unique_keys: unique_keys(profile, table, &columns),
            sequence: table.id_sequence.as_ref().map(|sequence| self.dialect.literal(sequence)),
            columns,
        };
        let arrival_hash = if arrival { table.column(&profile.hash).cloned() } else { None };
        let longest_row = table.longest_row.unwrap_or(u64::MAX);
        let owner = self.owner(profile);
        let refers = references(self.profile, profile, table);
        Ok(TargetTable {
            profile: profile.clone(),
            header: index,
            fields,
            hash,
            arrival_hash,
            longest_row,
            owner,
            refers,
            merge,
        })
    }

    /// Whether a table's hash is computed on arrival.
    fn hash_arrives(&self, index: usize, profile: &TableProfile) -> bool {
        let brought = self.header.tables[index].columns.iter().any(|column| column.name == profile.hash);
        profile.matched_by == Match::Hash && (self.arrival || !brought)
    }

    /// The newest active administrator, the highest id on a tie.
    fn owner(&self, profile: &TableProfile) -> Option<(String, String)> {
        let owner = profile.owner.as_ref()?;
        let users = self.profile.table(&owner.table)?;
        let column = |name: &str| self.dialect.ident(name);
        let roles: Vec<String> = owner.roles.iter().map(|role| self.dialect.literal(role)).collect();
        let active = users.deleted.as_ref().map_or_else(String::new, |name| format!(" AND {} IS NULL", column(name)));
        let (id, created) = (column(&users.id), column(&users.created));
        let statement = format!(
            "SELECT {id} FROM {} WHERE {} IN ({}){active} ORDER BY ({created} IS NULL), {created} DESC, {id} DESC LIMIT 1",
            column(&users.name),
            column(&owner.role),
            roles.join(", "),
        );
        Some((owner.column.clone(), statement))
    }

    fn check_key(&self, profile: &TableProfile, header: &TableHeader, table: &Table, by_hash: bool) -> Result<()> {
        if by_hash && table.column(&profile.hash).is_none() {
            return Err(Error::schema("the target's table has no hash column").at_column(&profile.hash).hint(
                "Create the schema with `gapsync init`, or set `match = \"key\"` for this table in the profile.",
            ));
        }
        if table.column(&profile.id).is_none() {
            return Err(Error::schema("the target's table has no id column").at_column(&profile.id));
        }
        for column in key_columns(profile) {
            if !header.columns.iter().any(|announced| announced.name == column) {
                return Err(Error::schema("the bundle's table lacks a column of the natural key").at_column(column));
            }
            if table.column(&column).is_none() {
                return Err(Error::schema("the target's table lacks a column of the natural key").at_column(column));
            }
        }
        Ok(())
    }

    fn pivots(
        &self,
        profile: &TableProfile,
        table: &Table,
        fields: &[Field],
        taken: &BTreeMap<&str, (usize, &TableProfile, &Table)>,
        deferred: &BTreeSet<String>,
    ) -> Vec<Pivot> {
        let parent = |name: &str| {
            let (_, profile, _) = taken.get(name).filter(|_| self.is_present(name))?;
            Some(Parent { table: sync_table_name(self.dialect, name, self.pid), id: profile.id.clone() })
        };
        let mut pivots = Vec::new();
        for field in &fields[1..] {
            let column = &field.column.name;
            let required = profile.in_key(column) || !field.column.nullable;
            if let Some(reference) = profile.polymorphic(column) {
                let parents = self
                    .profile
                    .codes(reference)
                    .iter()
                    .filter(|(_, name)| self.catalogue.iter().any(|table| table.name == **name))
                    .map(|(code, name)| (code.clone(), parent(name)))
                    .collect();
                pivots.push(Pivot::Polymorphic {
                    column: column.clone(),
                    type_column: reference.type_column.clone(),
                    parents,
                    required,
                    deferred: deferred.contains(column),
                });
            } else if let Some(name) = reference(profile, table, column) {
                pivots.push(Pivot::Plain {
                    column: column.clone(),
                    parent: parent(name),
                    required,
                    deferred: deferred.contains(column),
                });
            }
        }
        pivots
    }

    /// Values of excluded columns for new rows.
    fn given(&self, profile: &TableProfile, table: &Table) -> Vec<(String, String)> {
        profile
            .exclude
            .iter()
            .filter(|(name, value)| !value.is_empty() && table.column(name).is_some())
            .map(|(name, value)| (name.clone(), self.dialect.literal(value)))
            .collect()
    }

    fn arrival_hash(
        &self,
        profile: &TableProfile,
        header: &TableHeader,
        taken: &BTreeMap<&str, (usize, &TableProfile, &Table)>,
    ) -> Result<String> {
        let types = |column: &str| {
            let announced = header.columns.iter().find(|announced| announced.name == column);
            let stored = taken.get(header.name.as_str()).and_then(|(_, _, table)| table.column(column));
            stored.map(|column| column.neutral).or(announced.map(|column| column.neutral)).unwrap_or(NeutralType::Text)
        };
        let parent = |name: &str| {
            (taken.contains_key(name) && self.is_present(name))
                .then(|| self.dialect.ident(&sync_table_name(self.dialect, name, self.pid)))
        };
        hash_expression(self.dialect, self.profile, profile, &types, "s", &parent)
    }
}

/// The table a column refers to: by the profile, else by the catalogue. A table outside the profile counts too: its ids
/// mean nothing on another installation.
pub(super) fn reference<'a>(profile: &'a TableProfile, table: &'a Table, column: &str) -> Option<&'a str> {
    let declared = table.foreign_keys.iter().find(|key| key.column == column).map(|key| key.table.as_str());
    profile.references.get(column).map(String::as_str).or(declared)
}

/// Whether a column of the profile's table leaves its installation.
pub(in crate::sync) fn travels(profile: &TableProfile, column: &str) -> bool {
    !profile.exclude.contains_key(column) && profile.owner.as_ref().is_none_or(|owner| owner.column != column)
}

/// The key with the type columns of its polymorphic fields.
fn key_columns(profile: &TableProfile) -> Vec<String> {
    let mut columns = Vec::new();
    for field in &profile.key {
        columns.extend(profile.polymorphic(field).map(|reference| reference.type_column.clone()));
        columns.push(field.clone());
    }
    columns
}

/// The unique keys that two different rows can clash in: the natural key and all that contain it cannot.
fn unique_keys(profile: &TableProfile, table: &Table, carried: &[String]) -> Vec<(Vec<String>, bool)> {
    let natural = key_columns(profile);
    table
        .unique_keys
        .iter()
        .filter(|key| !natural.iter().all(|column| key.columns.contains(column)))
        .filter(|key| key.columns.iter().all(|column| carried.contains(column) && *column != profile.hash))
        .map(|key| (key.columns.clone(), key.nulls_equal))
        .collect()
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
fn sync_table_name(dialect: Dialect, table: &str, pid: u32) -> String {
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
