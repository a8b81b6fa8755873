//! What the expert's scripts share: the bundle as they find it unpacked, and who refers to whom.
//!
//! The statements that would be written by hand for each of some seventy tables are generated here, one pattern an engine:
//! load the dump files, resolve, update what is newer, insert what is new, and where other tables refer to the table, note
//! the ids of its new rows.

pub(crate) mod mariadb;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::path::Path;

use gapsync::model::profile::{Profile, TableProfile};
use serde_json::Value;

use crate::Outcome;

/// A table of a bundle that has rows there.
pub(crate) struct Staged {
    /// What the profile says of it.
    pub(crate) profile: TableProfile,
    /// Columns of its dump files with their neutral types, in order.
    pub(crate) columns: Vec<(String, String)>,
    /// Dump files, below the folder the bundle was unpacked into.
    pub(crate) files: Vec<String>,
    /// References to other tables of the bundle.
    pub(crate) pivots: Vec<Pivot>,
    /// Whether another table of the bundle refers to it.
    pub(crate) is_referred: bool,
}

/// A column with the id of a row of another table.
pub(crate) struct Pivot {
    /// The column.
    pub(crate) column: String,
    /// Where the row stands.
    pub(crate) to: To,
}

/// The table that a reference leads to.
pub(crate) enum To {
    /// Always this one.
    Table(String),
    /// The one that a code in another column names: the column, and each code with its table.
    Coded(String, Vec<(String, String)>),
}

impl Staged {
    /// Name of the base table.
    pub(crate) fn name(&self) -> &str {
        &self.profile.name
    }

    /// Columns that an import may change in a row that exists, dates and descriptions left out.
    pub(crate) fn changeable(&self) -> impl Iterator<Item = &(String, String)> {
        let profile = &self.profile;
        self.columns.iter().filter(move |(name, _)| {
            let apart = [&profile.id, &profile.hash, &profile.date.column, &profile.created];
            !apart.contains(&name)
                && !profile.in_key(name)
                && !profile.descriptions.contains(name)
                && !profile.polymorphic.iter().any(|other| profile.in_key(&other.id) && other.type_column == *name)
        })
    }

    /// Columns of a new row: all but the id.
    pub(crate) fn inserted(&self) -> impl Iterator<Item = &(String, String)> {
        self.columns.iter().filter(|(name, _)| *name != *self.profile.id)
    }

    /// The reference in a column.
    pub(crate) fn pivot(&self, column: &str) -> Option<&Pivot> {
        self.pivots.iter().find(|pivot| pivot.column == column)
    }
}

/// The tables with rows of a bundle that was unpacked into `folder`, parents first.
pub(crate) fn staged(folder: &Path) -> Outcome<Vec<Staged>> {
    let profile = Profile::parse(include_str!("../../sql/profiles/threatq.toml"))?;
    let header: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("bundle.json"))?)?;
    let mut tables = Vec::new();
    for table in header["tables"].as_array().ok_or("the header has no tables")? {
        let name = table["name"].as_str().ok_or("a table has no name")?;
        let Ok(entries) = std::fs::read_dir(folder.join("data").join(name)) else { continue };
        let mut files = Vec::new();
        for entry in entries {
            files.push(format!("data/{name}/{}", entry?.file_name().to_string_lossy()));
        }
        files.sort();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let columns = table["columns"].as_array().ok_or("a table has no columns")?;
        tables.push(Staged {
            profile: profile.table(name).ok_or("the profile lacks a table")?.clone(),
            columns: columns.iter().map(|column| (text(&column["name"]), text(&column["type"]))).collect(),
            files,
            pivots: Vec::new(),
            is_referred: false,
        });
    }
    let present: Vec<String> = tables.iter().map(|table| table.name().to_owned()).collect();
    let mut referred = Vec::new();
    for table in &mut tables {
        for (column, parent) in &table.profile.references {
            if present.contains(parent) {
                referred.push(parent.table.clone());
                table.pivots.push(Pivot { column: column.clone(), to: To::Table(parent.table.clone()) });
            }
        }
        for reference in &table.profile.polymorphic {
            let codes = profile.codes(reference).iter().filter(|(_, parent)| present.contains(parent));
            let codes: Vec<_> = codes.map(|(code, parent)| (code.clone(), parent.clone())).collect();
            referred.extend(codes.iter().map(|(_, parent)| parent.clone()));
            let to = To::Coded(reference.type_column.clone(), codes);
            table.pivots.push(Pivot { column: reference.id.clone(), to });
        }
    }
    for table in &mut tables {
        table.is_referred = referred.contains(&table.profile.name);
    }
    Ok(tables)
}

/// `a, b, c` of anything that can be written.
pub(crate) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.as_ref().to_owned()).collect::<Vec<_>>().join(", ")
}
