//! What the server says about itself and a keyspace.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::cql::{literal, quoted};
use super::session::Cql;
use super::written;
use crate::error::{Error, Result, escape};
use crate::stream::fail;

/// The oldest version that is carried.
const OLDEST: (u32, u32) = (3, 11);

/// The versions that were tried.
const TRIED: [(u32, u32); 2] = [(4, 1), (5, 0)];

/// The node that answers.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) version: String,
    /// Ids of the nodes of its cluster.
    pub(super) nodes: Vec<Uuid>,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Partition,
    Clustering,
    Static,
    Regular,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) role: Role,
    position: i32,
    /// Its type, as CQL writes it.
    pub(super) cql: String,
}

impl Column {
    /// Returns whether each element of its values has a time of its own.
    pub(super) fn is_collection(&self, types: &[String]) -> bool {
        let name = self.cql.split('<').next().unwrap_or_default();
        matches!(name, "list" | "set" | "map") || types.iter().any(|known| *known == name || quoted(known) == name)
    }

    /// Returns whether its values have a time and may expire, as far as a query can tell.
    pub(super) fn has_time(&self, types: &[String]) -> bool {
        self.role >= Role::Static && self.cql != "counter" && !self.is_collection(types)
    }
}

/// A table, without views.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// Its id as its folder is called: 32 hex digits.
    pub(super) id: String,
    /// Columns of the key first.
    pub(super) columns: Vec<Column>,
}

impl Table {
    /// Returns the names of some columns, quoted and with commas between them.
    pub(super) fn list(&self, role: Role) -> String {
        let names = self.columns.iter().filter(|column| column.role == role).map(|column| quoted(&column.name));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// Asks a node about itself.
///
/// # Errors
/// `Database`.
pub(super) fn node(cql: &Cql) -> Result<Node> {
    let local: Vec<(String,)> = cql.rows("SELECT release_version FROM system.local".to_owned())?;
    let (version,) =
        local.into_iter().next().ok_or_else(|| Error::database("Cassandra does not say which version it is"))?;
    Ok(Node { version, nodes: cql.nodes() })
}

/// Returns how a keyspace is replicated, or `None` if there is none of that name.
///
/// # Errors
/// `Database`.
pub(super) fn replication(cql: &Cql, keyspace: &str) -> Result<Option<BTreeMap<String, String>>> {
    let query = format!("SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = {}", literal(keyspace));
    let found: Vec<(BTreeMap<String, String>,)> = cql.rows(query)?;
    Ok(found.into_iter().next().map(|(map,)| map))
}

/// Returns the error that there is no keyspace.
pub(super) fn missing(keyspace: &str) -> Error {
    Error::schema(format!("Cassandra has no keyspace {}", escape::line(keyspace)))
        .hint("Check `keyspace` in the platform file; names are case sensitive there.")
}

/// Returns on how many nodes each row is, or `None` if that cannot be told.
pub(super) fn copies(replication: &BTreeMap<String, String>) -> Option<usize> {
    let class = replication.get("class")?;
    let parse = |text: &String| text.parse::<usize>().ok();
    if class.ends_with("SimpleStrategy") {
        return parse(replication.get("replication_factor")?);
    }
    if class.ends_with("NetworkTopologyStrategy") {
        return replication.iter().filter(|(key, _)| *key != "class").map(|(_, count)| parse(count)).sum();
    }
    None
}

/// Returns the tables of a keyspace in order of their names.
///
/// # Errors
/// `Database`.
pub(super) fn tables(cql: &Cql, keyspace: &str) -> Result<Vec<Table>> {
    let of = literal(keyspace);
    let query = format!("SELECT table_name, id FROM system_schema.tables WHERE keyspace_name = {of}");
    let named: Vec<(String, Uuid)> = cql.rows(query)?;
    let query = format!(
        "SELECT table_name, column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = {of}"
    );
    let columns: Vec<(String, String, String, i32, String)> = cql.rows(query)?;
    let mut tables: Vec<Table> =
        named.into_iter().map(|(name, id)| Table { name, id: id.simple().to_string(), columns: Vec::new() }).collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    for (table, name, kind, position, cql) in columns {
        let role = match kind.as_str() {
            "partition_key" => Role::Partition,
            "clustering" => Role::Clustering,
            "static" => Role::Static,
            _ => Role::Regular,
        };
        // Those of views are there too.
        if let Ok(at) = tables.binary_search_by(|known| known.name.cmp(&table)) {
            tables[at].columns.push(Column { name, role, position, cql });
        }
    }
    for table in &mut tables {
        table.columns.sort_by(|a, b| (a.role, a.position, &a.name).cmp(&(b.role, b.position, &b.name)));
    }
    Ok(tables)
}

/// Returns the names of the types of a keyspace.
///
/// # Errors
/// `Database`.
pub(super) fn types(cql: &Cql, keyspace: &str) -> Result<Vec<String>> {
    let of = literal(keyspace);
    let found: Vec<(String,)> =
        cql.rows(format!("SELECT type_name FROM system_schema.types WHERE keyspace_name = {of}"))?;
    Ok(found.into_iter().map(|(name,)| name).collect())
}

/// Returns the names of the views of a keyspace.
///
/// # Errors
/// `Database`.
pub(super) fn views(cql: &Cql, keyspace: &str) -> Result<Vec<String>> {
    let of = literal(keyspace);
    let found: Vec<(String,)> =
        cql.rows(format!("SELECT view_name FROM system_schema.views WHERE keyspace_name = {of}"))?;
    Ok(found.into_iter().map(|(name,)| name).collect())
}

/// Returns the statements that make a keyspace, with those that dropped columns: without them, data files that still hold
/// such a column cannot be read.
///
/// # Errors
/// `Database`; `Schema` if it holds what cannot be written.
pub(super) fn describe(cql: &Cql, keyspace: &str) -> Result<Vec<u8>> {
    if is_old(&node(cql)?.version) || fail::is_set("GAPSYNC_CASSANDRA_IS_OLD") {
        return written::script(cql, keyspace).map(String::into_bytes);
    }
    let query = format!("DESCRIBE KEYSPACE {} WITH INTERNALS", quoted(keyspace));
    let parts: Vec<(Option<String>, String, String, String)> =
        cql.rows(query).map_err(|error| Error::schema("Cassandra cannot describe the keyspace").because(error))?;
    let mut script = String::new();
    for (.., statement) in parts {
        script.push_str(statement.trim_end());
        if !script.ends_with(';') {
            script.push(';');
        }
        script.push_str("\n\n");
    }
    Ok(script.into_bytes())
}

/// Returns whether a version describes no keyspace, and imports no data files from a folder.
pub(super) fn is_old(version: &str) -> bool {
    release(version).is_some_and(|number| number < (4, 0))
}

/// Returns what a person should know about a version, if anything.
///
/// # Errors
/// `Schema` if it is too old.
pub(super) fn fits(version: &str) -> Result<Option<String>> {
    let shown = escape::line(version);
    match release(version) {
        Some(number) if number < OLDEST => Err(Error::schema(format!(
            "Cassandra {shown} is too old: keyspaces can be saved and restored from 3.11 on"
        ))),
        Some(number) if TRIED.contains(&number) => Ok(None),
        _ => Ok(Some(format!(
            "gapsync has not been tried with Cassandra {shown}: restore the snapshot on trial with `gapsync snapshot drill`"
        ))),
    }
}

/// Returns the major and minor number of a version.
pub(super) fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(['.', '-']).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_those_of_all_centres() {
        let map =
            |pairs: &[(&str, &str)]| copies(&pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect());
        assert_eq!(
            map(&[("class", "org.apache.cassandra.locator.SimpleStrategy"), ("replication_factor", "3")]),
            Some(3)
        );
        assert_eq!(map(&[("class", "NetworkTopologyStrategy"), ("a", "2"), ("b", "1")]), Some(3));
        assert_eq!(map(&[("class", "NetworkTopologyStrategy"), ("a", "3/1")]), None);
        assert_eq!(map(&[("class", "LocalStrategy")]), None);
        assert!(release("5.0.6") > release("4.1.10") && release("4.0-beta1") == Some((4, 0)));
    }

    #[test]
    fn a_version_that_was_not_tried_is_refused_or_warned_about() {
        for tried in ["4.1.10", "5.0.6"] {
            assert_eq!(fits(tried).unwrap(), None, "{tried}");
        }
        for untried in ["3.11.19", "4.0.1", "5.1-alpha1", "6.0", "unknown"] {
            assert!(fits(untried).unwrap().unwrap().contains("has not been tried"), "{untried}");
        }
        for old in ["3.10", "3.0.30", "2.2.19"] {
            assert!(fits(old).unwrap_err().what().contains("too old"), "{old}");
        }
    }

    #[test]
    fn types_that_have_no_time_are_known() {
        let column = |cql: &str| Column { name: "c".into(), role: Role::Regular, position: -1, cql: cql.into() };
        let types = ["addr".to_owned(), "Mixed".to_owned()];
        for collection in ["list<int>", "map<text, frozen<addr>>", "addr", "\"Mixed\""] {
            assert!(column(collection).is_collection(&types), "{collection}");
        }
        for single in ["frozen<list<int>>", "tuple<int, text>", "text", "frozen<addr>", "vector<float, 3>"] {
            assert!(!column(single).is_collection(&types) && column(single).has_time(&types), "{single}");
        }
        assert!(!column("counter").has_time(&types));
    }
}
