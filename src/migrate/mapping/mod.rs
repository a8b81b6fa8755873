//! The mapping of a pipeline: which files it has, how they are read, and which rows of which tables they become. It is data, a
//! TOML file; those of Spot's pipelines are in `sql/migrate/`.

use std::collections::BTreeMap;

use regex::Regex;

use crate::error::{Error, Result};
use crate::rows::delimited::Format;

mod read;
pub mod value;

use value::{Condition, Value};

/// A pipeline's mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Name of the pipeline.
    pub pipeline: String,
    /// Folder of its files below the old tree, such as `data/flow`. It moves to the backup folder as a whole.
    pub tree: String,
    /// Files below `tree` that are known to hold no rows. A pattern has to match the name of the file, whatever its folder.
    pub ignored: Vec<Regex>,
    /// Lookups by name.
    pub lookups: BTreeMap<String, Lookup>,
    /// Families of files, in the order in which they are tried and read.
    pub families: Vec<Family>,
}

/// Pairs of a key and a value, from files beside the data.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// Matches the paths of the files below the old tree. If it has a group `day`, only files of the day of the row that asks
    /// are looked into.
    pub path: Regex,
    /// How they are read.
    pub format: Format,
    /// Where the key is.
    pub key: LookupKey,
    /// Where the value is.
    pub value: LookupColumn,
}

/// Where the key of a lookup comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupKey {
    /// A column.
    Column(LookupColumn),
    /// The MD5 of the value, in hex.
    Md5,
}

/// A column of a lookup's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupColumn {
    /// Its number, from 0.
    Number(usize),
    /// Its name in the header row.
    Name(String),
}

/// A family of files: all files of one kind.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name for people, such as `scores`.
    pub name: String,
    /// Matches the paths of its files below the pipeline's tree, from beginning to end.
    pub path: Regex,
    /// How they are read.
    pub format: Format,
    /// Their columns in order.
    pub columns: Vec<SourceColumn>,
    /// Where the day of a row comes from.
    pub day: Day,
    /// The tables that take their rows.
    pub outputs: Vec<Output>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceColumn {
    /// Name, as in the header row but for upper and lower case.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
}

/// What values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers; a table that we make has 32 bits for them.
    Int,
    /// Whole numbers of up to 64 bits.
    Bigint,
    /// Floats of 64 bits.
    Double,
}

/// Where the day of a row comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Day {
    /// The path's group `day`, eight digits.
    Path,
    /// The date that begins this value.
    Value(Value),
}

/// A table that takes rows of a family.
#[derive(Clone, Debug)]
pub struct Output {
    /// Name of the table.
    pub table: String,
    /// The rows that it takes; no list means all.
    pub condition: Condition,
    /// Its columns in order, without y, m and d.
    pub columns: Vec<OutputColumn>,
}

/// A column of a target table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Name.
    pub name: String,
    /// Its type in tables that we make.
    pub kind: Kind,
    /// Where its value comes from.
    pub value: Value,
}

/// The columns that say the day of a row, after those of the mapping.
pub const DAY_COLUMNS: [&str; 3] = ["y", "m", "d"];

/// The shipped mappings.
const SHIPPED: [(&str, &str); 3] = [
    ("flow", include_str!("../../../sql/migrate/flow.toml")),
    ("dns", include_str!("../../../sql/migrate/dns.toml")),
    ("proxy", include_str!("../../../sql/migrate/proxy.toml")),
];

impl Mapping {
    /// Returns the names of the shipped mappings.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Returns the shipped mapping with a name.
    ///
    /// # Errors
    /// `Usage` if there is none.
    pub fn shipped(name: &str) -> Result<Self> {
        let found = SHIPPED.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| {
            let shown = crate::error::escape::line(name);
            Error::usage(format!("there is no pipeline `{shown}`"))
                .hint("There are flow, dns and proxy; --mapping FILE adds one of your own.")
        })?;
        Self::parse(text)
    }

    /// Parses a mapping and checks it.
    ///
    /// # Errors
    /// `Usage` with the line and the reason.
    pub fn parse(text: &str) -> Result<Self> {
        read::mapping(text)
    }

    /// Returns the tables of all families with their columns, each once, in order of their first use.
    #[must_use]
    pub fn tables(&self) -> Vec<&Output> {
        let mut tables: Vec<&Output> = Vec::new();
        for output in self.families.iter().flat_map(|family| &family.outputs) {
            if !tables.iter().any(|known| known.table == output.table) {
                tables.push(output);
            }
        }
        tables
    }
}
