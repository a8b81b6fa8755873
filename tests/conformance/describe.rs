//! The profile and the columns of its tables, read from their files and not through gapsync.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Integer,
    Int32,
    Id,
    Decimal,
    Double,
    Bool,
    Text,
    /// With its length in characters.
    Varchar(usize),
    Bytes,
    Date,
    Time,
    Timestamp,
    Json,
    Uuid,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) unique: bool,
    /// What a row gets that says nothing.
    pub(crate) default: Option<String>,
}

#[derive(Deserialize)]
struct ProfileFile {
    #[serde(default)]
    codes: BTreeMap<String, BTreeMap<String, String>>,
    table: Vec<Entry>,
}

/// A table as the profile's file has it.
#[derive(Clone, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) key: Vec<String>,
    #[serde(default)]
    pub(crate) unordered: bool,
    #[serde(default, rename = "match")]
    matched_by: Option<String>,
    #[serde(default)]
    pub(crate) deleted: Option<String>,
    #[serde(default)]
    pub(crate) descriptions: Vec<String>,
    #[serde(default)]
    pub(crate) references: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) polymorphic: Vec<Polymorphic>,
    #[serde(default)]
    pub(crate) exclude: BTreeMap<String, String>,
    /// Columns of existing rows that an import leaves as they are → `keep`.
    #[serde(default)]
    pub(crate) on_existing: BTreeMap<String, String>,
    /// `path` → the column with the path of the row's physical file.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) owner: Option<Owner>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Polymorphic {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) type_column: String,
    pub(crate) codes: String,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Owner {
    pub(crate) column: String,
    pub(crate) table: String,
    pub(crate) role: String,
    pub(crate) roles: Vec<String>,
}

/// A table with its own columns: those that every table has are not among them.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) entry: Entry,
    pub(crate) columns: Vec<Column>,
    /// References to set when all tables have their rows: the parent's rows come later, or with these.
    pub(crate) deferred: BTreeSet<String>,
}

impl Table {
    pub(crate) fn name(&self) -> &str {
        &self.entry.name
    }

    /// Whether rows are matched by `sync_hash`.
    pub(crate) fn has_hash(&self) -> bool {
        self.entry.matched_by.is_none()
    }

    /// All columns, common ones included, but not `sync_hash`.
    pub(crate) fn all_columns(&self) -> Vec<Column> {
        let common = |name: &str, kind, nullable| Column {
            name: name.to_owned(),
            kind,
            nullable,
            unique: name == "id",
            default: None,
        };
        let mut all = vec![common("id", Kind::Integer, false)];
        all.extend(self.columns.iter().cloned());
        all.push(common("created_at", Kind::Timestamp, false));
        all.push(common("updated_at", Kind::Timestamp, true));
        all.extend(self.entry.deleted.iter().map(|name| common(name, Kind::Timestamp, true)));
        all
    }

    pub(crate) fn polymorphic(&self, id_column: &str) -> Option<&Polymorphic> {
        self.entry.polymorphic.iter().find(|pair| pair.id == id_column)
    }

    /// The pair whose type column this is.
    pub(crate) fn typed_by(&self, column: &str) -> Option<&Polymorphic> {
        self.entry.polymorphic.iter().find(|pair| pair.type_column == column)
    }

    /// Whether a column belongs to the natural key, type columns included.
    pub(crate) fn in_key(&self, column: &str) -> bool {
        let holds = |name: &str| self.entry.key.iter().any(|field| field == name);
        holds(column) || self.typed_by(column).is_some_and(|pair| holds(&pair.id))
    }
}

pub(crate) struct Profile {
    pub(crate) name: &'static str,
    codes: BTreeMap<String, BTreeMap<String, String>>,
    /// Parents first.
    pub(crate) tables: Vec<Table>,
}

/// A file of the repository.
pub(crate) fn repository(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Profile {
    /// The shipped profile of a name.
    pub(crate) fn read(name: &'static str) -> Self {
        let text = std::fs::read_to_string(repository(format!("sql/profiles/{name}.toml"))).unwrap();
        let file: ProfileFile = toml::from_str(&text).unwrap();
        let description = std::fs::read_to_string(repository(format!("sql/profiles/{name}.columns.txt"))).unwrap();
        let lines = entries(&description);
        let join = |entry: Entry| Table { columns: columns(&entry.name, &lines), entry, deferred: BTreeSet::new() };
        let mut profile = Self { name, codes: file.codes, tables: file.table.into_iter().map(join).collect() };
        profile.sort();
        profile
    }

    pub(crate) fn table(&self, name: &str) -> &Table {
        self.tables.iter().find(|table| table.name() == name).unwrap_or_else(|| panic!("no table `{name}`"))
    }

    /// Code → table of a polymorphic reference.
    pub(crate) fn codes(&self, pair: &Polymorphic) -> &BTreeMap<String, String> {
        &self.codes[&pair.codes]
    }

    /// Tables that a column can refer to; none when it is no reference.
    fn parents(&self, table: &Table, column: &str) -> Vec<String> {
        match (table.entry.references.get(column), table.polymorphic(column)) {
            (Some(parent), _) => vec![parent.clone()],
            (None, Some(pair)) => self.codes(pair).values().cloned().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// Puts parents first; references that cannot be filled in that order are deferred.
    fn sort(&mut self) {
        let mut rest = std::mem::take(&mut self.tables);
        let mut sorted: Vec<Table> = Vec::new();
        while !rest.is_empty() {
            let placed = |name: &String| sorted.iter().any(|table| table.name() == name);
            let hard = |table: &Table, column: &Column| !column.nullable || table.in_key(&column.name);
            let missing =
                |table: &Table, column: &Column| self.parents(table, &column.name).iter().any(|parent| !placed(parent));
            let waits = |table: &Table, soft: bool| {
                table.columns.iter().any(|column| (soft || hard(table, column)) && missing(table, column))
            };
            let soon = rest.iter().position(|table| !waits(table, true));
            let at = soon.or_else(|| rest.iter().position(|table| !waits(table, false))).expect("an order");
            let mut table = rest.remove(at);
            let late = table.columns.iter().filter(|column| missing(&table, column));
            table.deferred = late.map(|column| column.name.clone()).collect();
            sorted.push(table);
        }
        self.tables = sorted;
    }
}

/// Name or pattern → lines of columns.
pub(crate) fn entries(description: &str) -> Vec<(&str, Vec<&str>)> {
    let mut entries: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in description.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            Some(column) => entries.last_mut().expect("a table's name comes first").1.push(column),
            None => entries.push((line, Vec::new())),
        }
    }
    entries
}

/// The columns under the table's own name, else under the longest pattern.
fn columns(name: &str, entries: &[(&str, Vec<&str>)]) -> Vec<Column> {
    let owner = |pattern: &str| Some(name.strip_suffix(pattern.strip_prefix('*')?)?.to_owned());
    let (pattern, lines) = entries
        .iter()
        .filter(|(pattern, _)| *pattern == name || owner(pattern).is_some())
        .max_by_key(|(pattern, _)| (*pattern == name, pattern.len()))
        .unwrap_or_else(|| panic!("`{name}` is not described"));
    lines.iter().map(|line| column(line, &owner(pattern).unwrap_or_default())).collect()
}

fn column(line: &str, owner: &str) -> Column {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (kind, length) = words[1].trim_end_matches(')').split_once('(').unwrap_or((words[1], ""));
    let kind = match kind {
        "integer" => Kind::Integer,
        "int32" => Kind::Int32,
        "id" => Kind::Id,
        "decimal" => Kind::Decimal,
        "double" => Kind::Double,
        "bool" => Kind::Bool,
        "text" => Kind::Text,
        "varchar" => Kind::Varchar(length.parse().unwrap()),
        "bytes" => Kind::Bytes,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "timestamp" => Kind::Timestamp,
        "json" => Kind::Json,
        "uuid" => Kind::Uuid,
        other => panic!("unknown type {other}"),
    };
    let default = words.iter().position(|word| *word == "default").map(|at| words[at + 1].to_owned());
    Column {
        name: words[0].replace("{owner}", owner),
        kind,
        nullable: !words.windows(2).any(|pair| pair == ["not", "null"]),
        unique: words.contains(&"unique"),
        default,
    }
}
