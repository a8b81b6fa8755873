//! What a database consists of, as its server describes it; and the form in which a snapshot keeps that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::server::{MariadbLink, ident, literal};
use crate::error::{Error, Result, escape};

/// Databases of the server itself.
const OF_THE_SERVER: &str = "'information_schema', 'mysql', 'performance_schema', 'sys'";

/// Ways to write the number 0: the server takes up to five digits for the number of a word.
const ZEROS: [&str; 5] = ["0", "00", "000", "0000", "00000"];

/// Bytes of a table that one statement reads.
const RANGE_BYTES: u64 = 8 << 20;

/// A database, without its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Database {
    pub(super) name: String,
    pub(super) charset: String,
    pub(super) collation: String,
    #[serde(default)]
    pub(super) comment: String,
    pub(super) tables: Vec<Table>,
    #[serde(default)]
    pub(super) sequences: Vec<Sequence>,
    /// Routines, views, triggers and events, in the order in which they can be made.
    #[serde(default)]
    pub(super) objects: Vec<Object>,
}

/// A table with rows of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) name: String,
    /// The statement that makes it.
    pub(super) create: String,
    /// Its columns but those that are computed.
    pub(super) columns: Vec<Column>,
    /// The file of its rows.
    pub(super) file: String,
    /// How the rows are asked for, as ends of queries.
    #[serde(skip)]
    pub(super) ranges: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its type, in small letters and without its size.
    pub(super) kind: String,
    /// For a column of words, how the number 0 is written, which the server keeps for a word that is none: as digits that are
    /// no word of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) zero: String,
}

/// A sequence and its next value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sequence {
    pub(super) name: String,
    pub(super) create: String,
    pub(super) next: i64,
}

/// What has a definition and no rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    /// `PROCEDURE`, `FUNCTION`, `PACKAGE`, `PACKAGE BODY`, `VIEW`, `TRIGGER` or `EVENT`.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) create: String,
    /// What its definition was read under, and is read under again.
    pub(super) sql_mode: Option<String>,
    pub(super) client: String,
    pub(super) connection: String,
    pub(super) time_zone: Option<String>,
    /// The collation that its database had.
    pub(super) database: Option<String>,
    /// Whether it is a view that cannot be read, as its definer or what it is made of is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) broken: bool,
}

impl Object {
    /// Returns the user whom it runs as: the name and host, if it is not whoever calls it.
    pub(super) fn definer(&self) -> Option<(String, String)> {
        let rest = self.create.split_once("DEFINER=`")?.1;
        let (user, rest) = rest.split_once("`@`")?;
        let host = rest.split_once('`')?.0;
        Some((user.to_owned(), host.to_owned()))
    }
}

/// Returns the names of the databases of users.
///
/// # Errors
/// `Database`.
pub(super) fn names(link: &mut MariadbLink) -> Result<Vec<String>> {
    link.column(&format!(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ({OF_THE_SERVER}) ORDER BY SCHEMA_NAME"
    ))
}

/// Returns the tables and sequences of databases, each as `database`.`table`.
///
/// # Errors
/// `Database`.
pub(super) fn relations(link: &mut MariadbLink, databases: &[String]) -> Result<BTreeSet<(String, String)>> {
    let found = link.rows(&format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE <> 'VIEW' AND TABLE_SCHEMA IN ({})",
        list(databases)
    ))?;
    Ok(found.iter().map(|row| (text(row, 0), text(row, 1))).collect())
}

/// Returns names as a list of literals.
pub(super) fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
    if names.is_empty() { "''".to_owned() } else { names.join(", ") }
}

fn text(row: &[Option<String>], index: usize) -> String {
    row.get(index).cloned().flatten().unwrap_or_default()
}

/// Checks that all tables can be read as they were at one instant.
///
/// # Errors
/// `Schema`, which names those that cannot.
pub(super) fn check_engines(link: &mut MariadbLink, databases: &[String]) -> Result<()> {
    let found = link.rows(&format!(
        "SELECT CONCAT(t.TABLE_SCHEMA, '.', t.TABLE_NAME), COALESCE(t.ENGINE, 'none') FROM information_schema.TABLES t \
         LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE \
         WHERE t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND t.TABLE_SCHEMA IN ({}) \
         AND COALESCE(e.TRANSACTIONS, 'NO') <> 'YES' ORDER BY 1",
        list(databases)
    ))?;
    if found.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = found.iter().take(10).map(|row| format!("{} ({})", text(row, 0), text(row, 1))).collect();
    let more = if found.len() > 10 { format!(" and {} more", found.len() - 10) } else { String::new() };
    let what =
        format!("these tables have no transactions, and so no instant: {}{more}", escape::line(&shown.join(", ")));
    Err(Error::schema(what).hint("Nothing was changed. Convert them: ALTER TABLE … ENGINE = InnoDB."))
}

/// Describes a database. The bytes of its tables are returned too.
///
/// # Errors
/// `Database`; `Schema` if the user may not see a definition.
pub(super) fn database(link: &mut MariadbLink, name: &str) -> Result<(Database, u64)> {
    link.execute(&format!("USE {}", ident(name)))?;
    let of = literal(name);
    let found = link.rows(&format!(
        "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, SCHEMA_COMMENT FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME = {of}"
    ))?;
    let own = found.first().ok_or_else(|| Error::database(format!("the database {} is gone", escape::line(name))))?;
    let (tables, bytes) = tables(link, name)?;
    let database = Database {
        name: name.to_owned(),
        charset: text(own, 0),
        collation: text(own, 1),
        comment: text(own, 2),
        tables,
        sequences: sequences(link, name)?,
        objects: objects(link, name)?,
    };
    Ok((database, bytes))
}

/// Returns a column of what `SHOW CREATE` says.
fn shown(link: &mut MariadbLink, what: &str, name: &str) -> Result<Vec<Option<String>>> {
    let rows = link.rows(&format!("SHOW CREATE {what} {}", ident(name)))?;
    rows.into_iter().next().ok_or_else(|| Error::database(format!("{what} {} is gone", escape::line(name))))
}

fn defined(row: &[Option<String>], index: usize, what: &str, name: &str) -> Result<String> {
    row.get(index).cloned().flatten().ok_or_else(|| {
        Error::schema(format!("the definition of {what} {} may not be seen by this user", escape::line(name)))
            .hint("Log in as a user with all rights on the database and SELECT on the tables of `mysql`.")
    })
}

fn tables(link: &mut MariadbLink, database: &str) -> Result<(Vec<Table>, u64)> {
    let of = literal(database);
    let mut columns: HashMap<String, Vec<Column>> = HashMap::new();
    for row in link.rows(&format!(
        "SELECT TABLE_NAME, COLUMN_NAME, LOWER(DATA_TYPE), COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {of} \
         AND IS_GENERATED = 'NEVER' ORDER BY TABLE_NAME, ORDINAL_POSITION"
    ))? {
        let (kind, words) = (text(&row, 2), text(&row, 3));
        let is_none = |zero: &&str| kind == "enum" && !words.contains(&format!("'{zero}'"));
        let zero = ZEROS.into_iter().find(is_none).unwrap_or_default().to_owned();
        columns.entry(text(&row, 0)).or_default().push(Column { name: text(&row, 1), kind, zero });
    }
    let mut keys: HashMap<String, Vec<String>> = HashMap::new();
    for row in link.rows(&format!(
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {of} \
         AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX"
    ))? {
        keys.entry(text(&row, 0)).or_default().push(text(&row, 1));
    }
    let found = link.rows(&format!(
        "SELECT TABLE_NAME, COALESCE(DATA_LENGTH, 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = {of} \
         AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY DATA_LENGTH DESC, TABLE_NAME"
    ))?;
    let (mut tables, mut bytes) = (Vec::new(), 0);
    for (index, row) in found.iter().enumerate() {
        let (name, size) = (text(row, 0), text(row, 1).parse().unwrap_or(0));
        bytes += size;
        let columns = columns.remove(&name).unwrap_or_default();
        let create = defined(&shown(link, "TABLE", &name)?, 1, "the table", &name)?;
        let key = keys.get(&name).filter(|key| key.len() == 1).and_then(|key| {
            let whole = |column: &&Column| column.name == key[0] && column.kind.ends_with("int");
            columns.iter().find(whole).map(|column| column.name.clone())
        });
        let ranges = match key {
            Some(key) if size > 2 * RANGE_BYTES => {
                let key = ident(&key);
                let ends = link.rows(&format!("SELECT MIN({key}), MAX({key}) FROM {}", ident(&name)))?;
                let end = |index: usize| ends.first().and_then(|row| text(row, index).parse().ok());
                match (end(0), end(1)) {
                    (Some(first), Some(last)) => ranges(&key, first, last, size / RANGE_BYTES),
                    _ => vec![String::new()],
                }
            }
            _ => vec![String::new()],
        };
        tables.push(Table { name, create, columns, file: format!("data/{}.tsv", index + 1), ranges });
    }
    Ok((tables, bytes))
}

/// Returns stretches of a key, of which the first and the last are open.
fn ranges(key: &str, first: i128, last: i128, count: u64) -> Vec<String> {
    let count = i128::from(count.clamp(1, 4096));
    let width = (last - first) / count + 1;
    let range = |index: i128| {
        let (from, to) = (first + index * width, first + (index + 1) * width);
        match (index == 0, index == count - 1) {
            (true, true) => String::new(),
            (true, false) => format!(" WHERE {key} < {to}"),
            (false, true) => format!(" WHERE {key} >= {from}"),
            (false, false) => format!(" WHERE {key} >= {from} AND {key} < {to}"),
        }
    };
    (0..count).map(range).collect()
}

fn sequences(link: &mut MariadbLink, database: &str) -> Result<Vec<Sequence>> {
    let names = link.column(&format!(
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_TYPE = 'SEQUENCE' \
         ORDER BY TABLE_NAME",
        literal(database)
    ))?;
    let one = |name: String| {
        let create = defined(&shown(link, "SEQUENCE", &name)?, 1, "the sequence", &name)?;
        let next = link.cell(&format!("SELECT next_not_cached_value FROM {}", ident(&name)))?;
        let next = next.parse().map_err(|_| Error::internal("the value of a sequence is no number"))?;
        Ok(Sequence { name, create, next })
    };
    names.into_iter().map(one).collect()
}

/// Returns what has no rows: what others are made of first.
pub(super) fn objects(link: &mut MariadbLink, database: &str) -> Result<Vec<Object>> {
    let of = literal(database);
    let queries = [
        format!(
            "SELECT ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {of} \
             ORDER BY ROUTINE_TYPE = 'PACKAGE BODY', ROUTINE_NAME, ROUTINE_TYPE"
        ),
        format!(
            "SELECT TABLE_NAME, 'VIEW' FROM information_schema.VIEWS WHERE TABLE_SCHEMA = {of} ORDER BY TABLE_NAME"
        ),
        // Those of one event of one table work in this order.
        format!(
            "SELECT TRIGGER_NAME, 'TRIGGER' FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {of} \
             ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER"
        ),
        format!(
            "SELECT EVENT_NAME, 'EVENT' FROM information_schema.EVENTS WHERE EVENT_SCHEMA = {of} ORDER BY EVENT_NAME"
        ),
    ];
    let mut found = Vec::new();
    for query in queries {
        for row in link.rows(&query)? {
            let (name, kind) = (text(&row, 0), text(&row, 1));
            let row = shown(link, &kind, &name)?;
            let broken = kind == "VIEW" && link.execute(&format!("SELECT 1 FROM {} LIMIT 0", ident(&name))).is_err();
            // Where `SHOW CREATE` has the statement, and what follows it.
            let (mode, zone, at) = match kind.as_str() {
                "VIEW" => (None, None, 1),
                "EVENT" => (Some(text(&row, 1)), Some(text(&row, 2)), 3),
                _ => (Some(text(&row, 1)), None, 2),
            };
            let create = defined(&row, at, &kind.to_lowercase(), &name)?;
            // Of such a view, the server names the database in every column: the view would depend on the name.
            let create = if broken { create.replace(&format!("{}.", ident(database)), "") } else { create };
            found.push(Object {
                create,
                sql_mode: mode,
                time_zone: zone,
                client: text(&row, at + 1),
                connection: text(&row, at + 2),
                database: row.get(at + 3).cloned().flatten().filter(|_| kind != "VIEW"),
                kind,
                name,
                broken,
            });
        }
    }
    Ok(found)
}

/// A reference from one table to another.
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) columns: Vec<(String, String)>,
    /// The database and table that it refers to.
    pub(super) to: (String, String),
}

/// Returns the references of a database's tables.
///
/// # Errors
/// `Database`.
pub(super) fn references(link: &mut MariadbLink, database: &str) -> Result<Vec<Reference>> {
    let mut found: BTreeMap<(String, String), Reference> = BTreeMap::new();
    for row in link.rows(&format!(
        "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, \
         REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = {} \
         AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION",
        literal(database)
    ))? {
        let (table, name) = (text(&row, 0), text(&row, 1));
        let new = || Reference {
            name: name.clone(),
            table: table.clone(),
            columns: Vec::new(),
            to: (text(&row, 3), text(&row, 4)),
        };
        let columns = (text(&row, 2), text(&row, 5));
        found.entry((table.clone(), name.clone())).or_insert_with(new).columns.push(columns);
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_key_once_and_are_open_at_both_ends() {
        assert_eq!(ranges("k", 1, 10, 1), [""]);
        assert_eq!(ranges("k", 1, 10, 2), [" WHERE k < 6", " WHERE k >= 6"]);
        for (first, last, count) in [(0, 0, 3), (-5, 1000, 7), (i128::from(i64::MIN), i128::from(u64::MAX), 4096)] {
            let found = ranges("k", first, last, count);
            assert_eq!(found.len() as u64, count);
            for (one, next) in found.iter().zip(&found[1..]) {
                let end = one.rsplit(' ').next().unwrap();
                assert!(next.starts_with(&format!(" WHERE k >= {end}")), "{one} {next}");
            }
        }
    }
}
