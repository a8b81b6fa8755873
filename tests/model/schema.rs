//! What a database's tables look like: columns with types, limits and unique keys.

use std::collections::BTreeMap;
use std::path::Path;

use gapsync::model::neutral::NeutralType;
use gapsync::model::profile::{Match, Profile, TableProfile};

use crate::support::Engine;

/// What a column can hold beyond its neutral type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// Nothing beyond the type.
    None,
    /// Characters of a text.
    Chars(usize),
    /// 32-bit integers.
    Int32,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) neutral: NeutralType,
    pub(crate) limit: Limit,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    pub(crate) unique: bool,
}

/// Tables of a database that a profile names.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) profile: Profile,
    columns: BTreeMap<String, Vec<Column>>,
    /// Whether the engine holds its columns to their limits, and refuses NUL in a text.
    pub(crate) engine: Engine,
}

impl Schema {
    /// The schema of the small test profile on an engine.
    pub(crate) fn mini(engine: Engine) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
        let profile = Profile::parse(&read("sql/profiles/mini.toml")).unwrap();
        let description = read("sql/profiles/mini.columns.txt");
        let mut columns: BTreeMap<String, Vec<Column>> = BTreeMap::new();
        let mut current = String::new();
        for line in description.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("    ") {
                Some(column) => columns.get_mut(&current).unwrap().push(parse(column)),
                None => {
                    current = line.to_owned();
                    columns.insert(current.clone(), vec![parse("id id not null")]);
                }
            }
        }
        for table in &profile.tables {
            let list = columns.get_mut(&table.name).unwrap();
            list.push(parse("created_at timestamp not null"));
            list.push(parse("updated_at timestamp"));
            list.extend(table.deleted.iter().map(|deleted| parse(&format!("{} timestamp", deleted.column))));
            list.extend((table.matched_by == Match::Hash).then(|| parse("sync_hash varchar(32)")));
        }
        Self { profile, columns, engine }
    }

    /// The schema of fewer tables, which an import is through with sooner.
    pub(crate) fn small(engine: Engine) -> Self {
        let mut small = Self::mini(engine);
        let left_out = ["origins", "samples", "thing_sources", "cases", "case_items"];
        small.profile.name = "small".to_owned();
        small.profile.tables.retain(|table| !left_out.contains(&table.name.as_str()));
        small.profile.codes.remove("origin_types");
        small.profile.codes.get_mut("objects").unwrap().remove("sample");
        small
    }

    /// The same without a table.
    pub(crate) fn without(mut self, table: &str) -> Self {
        self.columns.remove(table);
        self
    }

    /// The same without a column.
    pub(crate) fn without_column(mut self, table: &str, column: &str) -> Self {
        self.columns.get_mut(table).unwrap().retain(|other| other.name != column);
        self
    }

    /// Whether the database has a table.
    pub(crate) fn has(&self, table: &str) -> bool {
        self.columns.contains_key(table)
    }

    /// The profile's tables that the database has.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &TableProfile> {
        self.profile.tables.iter().filter(|table| self.has(&table.name))
    }

    pub(crate) fn columns(&self, table: &str) -> &[Column] {
        self.columns.get(table).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn column(&self, table: &str, name: &str) -> Option<&Column> {
        self.columns(table).iter().find(|column| column.name == name)
    }

    pub(crate) fn has_hash(&self, table: &str) -> bool {
        self.has(table) && self.profile.table(table).is_some_and(|table| table.matched_by == Match::Hash)
    }

    /// Whether a reference must have its row: it is in the key, or NOT NULL.
    pub(crate) fn is_hard(&self, table: &TableProfile, column: &str) -> bool {
        table.in_key(column) || self.column(&table.name, column).is_some_and(|column| !column.nullable)
    }

    /// Columns that never travel: excluded ones and the owner.
    pub(crate) fn stays(&self, table: &TableProfile, column: &str) -> bool {
        table.exclude.contains_key(column) || table.owner.as_ref().is_some_and(|owner| owner.column == column)
    }

    /// Where a reference column of a row points to, by the profile: (table, id). `None` when it points nowhere.
    pub(crate) fn target<'a>(
        &'a self,
        table: &'a TableProfile,
        row: &'a super::Row,
        column: &str,
    ) -> Option<(Option<&'a str>, &'a str)> {
        let id = super::cell(row, column)?;
        if let Some(parent) = table.references.get(column) {
            return Some((Some(parent), id));
        }
        let reference = table.polymorphic(column)?;
        let code = super::cell(row, &reference.type_column)?;
        Some((self.profile.codes(reference).get(code).map(String::as_str), id))
    }

    /// Reference columns of a table, polymorphic ones by their id column.
    pub(crate) fn references<'a>(&self, table: &'a TableProfile) -> impl Iterator<Item = &'a str> + use<'a> {
        table.references.keys().chain(table.polymorphic.iter().map(|reference| &reference.id)).map(String::as_str)
    }

    /// The tables, each after those that its hard references can point to.
    pub(crate) fn parents_first(&self) -> Vec<&TableProfile> {
        let mut done: Vec<&TableProfile> = Vec::new();
        let mut waiting: Vec<&TableProfile> = self.tables().collect();
        while !waiting.is_empty() {
            let ready = |table: &TableProfile| {
                self.references(table).filter(|column| self.is_hard(table, column)).all(|column| {
                    let parents: Vec<&String> = match table.polymorphic(column) {
                        Some(reference) => self.profile.codes(reference).values().collect(),
                        None => vec![&table.references[column]],
                    };
                    parents.iter().all(|parent| !waiting.iter().any(|other| other.name == **parent))
                })
            };
            let (next, rest): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(|table| ready(table));
            assert!(!next.is_empty(), "no order of tables");
            done.extend(next);
            waiting = rest;
        }
        done
    }
}

fn parse(line: &str) -> Column {
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |word: &str| words.iter().position(|other| *other == word).and_then(|at| words.get(at + 1));
    let (kind, argument) = words[1].trim_end_matches(')').split_once('(').unwrap_or((words[1], ""));
    let (neutral, limit) = match kind {
        "id" | "integer" => (NeutralType::Integer, Limit::None),
        "int32" => (NeutralType::Integer, Limit::Int32),
        "varchar" => (NeutralType::Text, Limit::Chars(argument.parse().unwrap())),
        "decimal" => (NeutralType::Decimal, Limit::None),
        "double" => (NeutralType::Float, Limit::None),
        "bool" => (NeutralType::Bool, Limit::None),
        "text" => (NeutralType::Text, Limit::None),
        "bytes" => (NeutralType::Bytes, Limit::None),
        "date" => (NeutralType::Date, Limit::None),
        "time" => (NeutralType::Time, Limit::None),
        "timestamp" => (NeutralType::Timestamp, Limit::None),
        "json" => (NeutralType::Json, Limit::None),
        "uuid" => (NeutralType::Uuid, Limit::None),
        other => panic!("unknown type {other}"),
    };
    Column {
        name: words[0].to_owned(),
        neutral,
        limit,
        nullable: after("not") != Some(&"null"),
        default: after("default").map(|text| (*text).to_owned()),
        unique: words.contains(&"unique"),
    }
}
