//! Reads the description of the tables' columns and joins it with the profile.

use crate::conformance::describe::entries;
use gapsync::model::completed::Completed;
use gapsync::model::neutral::NeutralType;
use gapsync::model::order::{Order, order};
use gapsync::model::profile::{Match, Profile, TableProfile};

/// Type of a column, as the description says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Int32,
    Varchar(u32),
    Decimal(u32, u32),
    Plain(NeutralType),
}

impl Kind {
    fn parse(text: &str) -> Self {
        let (name, arguments) = text.trim_end_matches(')').split_once('(').unwrap_or((text, ""));
        let mut numbers = arguments.split(',').filter_map(|number| number.parse().ok());
        let mut number = || numbers.next().expect("the type has a length");
        match name {
            "int32" => Self::Int32,
            "varchar" => Self::Varchar(number()),
            "decimal" => Self::Decimal(number(), number()),
            "integer" | "id" => Self::Plain(NeutralType::Integer),
            "double" => Self::Plain(NeutralType::Float),
            "bool" => Self::Plain(NeutralType::Bool),
            "text" => Self::Plain(NeutralType::Text),
            "bytes" => Self::Plain(NeutralType::Bytes),
            "date" => Self::Plain(NeutralType::Date),
            "time" => Self::Plain(NeutralType::Time),
            "timestamp" => Self::Plain(NeutralType::Timestamp),
            "json" => Self::Plain(NeutralType::Json),
            "uuid" => Self::Plain(NeutralType::Uuid),
            other => panic!("unknown type {other}"),
        }
    }

    pub(super) fn neutral(self) -> NeutralType {
        match self {
            Self::Int32 => NeutralType::Integer,
            Self::Varchar(_) => NeutralType::Text,
            Self::Decimal(..) => NeutralType::Decimal,
            Self::Plain(neutral) => neutral,
        }
    }

    /// Whether every engine can index any value of it.
    fn fits_an_index(self) -> bool {
        !matches!(self, Self::Plain(NeutralType::Text | NeutralType::Bytes | NeutralType::Json))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) default: Option<String>,
    pub(super) unique: bool,
}

impl Column {
    fn parse(line: &str, owner: &str) -> Self {
        let mut words = line.split_whitespace();
        let name = words.next().expect("a name").replace("{owner}", owner);
        let kind = Kind::parse(words.next().expect("a type"));
        let rest: Vec<&str> = words.collect();
        let after = |word| rest.iter().position(|other| *other == word).and_then(|at| rest.get(at + 1));
        Self {
            name,
            kind,
            nullable: after("not") != Some(&"null"),
            default: after("default").map(|text| (*text).to_owned()),
            unique: rest.contains(&"unique"),
        }
    }
}

pub(super) struct Table<'a> {
    pub(super) profile: &'a TableProfile,
    pub(super) columns: Vec<Column>,
}

impl Table<'_> {
    pub(super) fn name(&self) -> &str {
        &self.profile.name
    }

    pub(super) fn column(&self, name: &str) -> &Column {
        let found = self.columns.iter().find(|column| column.name == name);
        found.unwrap_or_else(|| panic!("`{}` has no column `{name}`", self.profile.name))
    }

    pub(super) fn has_hash(&self) -> bool {
        self.profile.matched_by == Match::Hash
    }

    /// Natural key columns, type columns included.
    pub(super) fn key(&self) -> Vec<&str> {
        let type_of =
            |column: &String| self.profile.polymorphic(column).map(|reference| reference.type_column.as_str());
        self.profile.key.iter().flat_map(|column| type_of(column).into_iter().chain([column.as_str()])).collect()
    }

    /// The natural key, when an index can hold it and its order matters.
    pub(super) fn unique_key(&self) -> Option<Vec<&str>> {
        let fits = self.key().iter().all(|name| self.column(name).kind.fits_an_index());
        (fits && !self.profile.unordered).then(|| self.key())
    }

    /// Columns to index together: references, polymorphic pairs, the date; not what begins a unique key.
    pub(super) fn indexes(&self) -> Vec<Vec<&str>> {
        let references = self.columns.iter().filter(|column| self.profile.references.contains_key(&column.name));
        let pairs = self.profile.polymorphic.iter().map(|pair| vec![pair.type_column.as_str(), pair.id.as_str()]);
        let all = references.map(|column| vec![column.name.as_str()]).chain(pairs).chain([vec!["updated_at"]]);
        let key = self.unique_key().unwrap_or_default();
        all.filter(|columns| !key.starts_with(columns)).collect()
    }
}

/// How a key refers to another table.
pub(super) struct Child<'a> {
    pub(super) table: &'a str,
    pub(super) id: &'a str,
    /// Type column and code, when polymorphic.
    pub(super) code: Option<(&'a str, &'a str)>,
}

pub(super) struct Schema<'a> {
    pub(super) profile: &'a Profile,
    /// Parents first.
    pub(super) tables: Vec<Table<'a>>,
    order: Order,
}

impl<'a> Schema<'a> {
    pub(super) fn new(profile: &'a Profile, description: &str) -> Self {
        let entries = entries(description);
        let mut tables: Vec<Table<'a>> = profile.tables.iter().map(|table| join(table, &entries)).collect();
        let nullable = |table: &str, column: &str| {
            tables.iter().find(|other| other.name() == table).expect("a table of the profile").column(column).nullable
        };
        let order =
            order(&Completed::without_catalogue(profile), &nullable, &|_| true).expect("the profile has an order");
        tables.sort_by_key(|table| order.tables.iter().position(|name| name == table.name()));
        Self { profile, tables, order }
    }

    /// Whether a foreign key points to a table that stands later, or to the table itself.
    pub(super) fn is_deferred(&self, table: &str, column: &str) -> bool {
        self.order.is_deferred(table, column)
    }

    /// The hash-matched tables whose key refers to a table.
    pub(super) fn children(&self, parent: &str) -> Vec<Child<'_>> {
        let mut children = Vec::new();
        for table in self.tables.iter().filter(|table| table.has_hash()) {
            for id in &table.profile.key {
                if table.profile.references.get(id).is_some_and(|to| to == parent) {
                    children.push(Child { table: table.name(), id, code: None });
                }
                let Some(reference) = table.profile.polymorphic(id) else { continue };
                for (code, _) in self.profile.codes(reference).iter().filter(|(_, to)| *to == parent) {
                    children.push(Child { table: table.name(), id, code: Some((&reference.type_column, code)) });
                }
            }
        }
        children
    }
}

/// The entry of the table's own name, else of the longest pattern.
fn join<'a>(profile: &'a TableProfile, entries: &[(&str, Vec<&str>)]) -> Table<'a> {
    let ending = |name: &str| name.strip_prefix('*').map(str::to_owned);
    let (name, lines) = entries
        .iter()
        .filter(|(name, _)| *name == profile.name || ending(name).is_some_and(|end| profile.name.ends_with(&end)))
        .max_by_key(|(name, _)| (*name == profile.name, name.len()))
        .unwrap_or_else(|| panic!("`{}` is not described", profile.name));
    let owner = ending(name).map_or("", |end| profile.name.strip_suffix(&end).expect("the name ends so"));
    Table { profile, columns: lines.iter().map(|line| Column::parse(line, owner)).collect() }
}
