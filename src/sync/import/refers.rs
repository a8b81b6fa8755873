//! References between rows.

use std::collections::BTreeMap;

use crate::model::completed::Completed;
use crate::model::profile::TableProfile;
use crate::model::schema::Table;

/// Where a reference column points.
#[derive(Clone, Debug)]
pub(super) enum Refers {
    /// To this table.
    To(String),
    /// To the table whose code is in the row.
    ByCode {
        /// Column with the code.
        type_column: String,
        /// Code → table.
        tables: BTreeMap<String, String>,
    },
}

/// A row to which another row refers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Referred {
    /// The column that refers.
    pub(super) column: String,
    /// The table of the row.
    pub(super) table: String,
    /// The row's id on the source.
    pub(super) id: i64,
}

/// Returns the reference columns of a table.
pub(super) fn references(profile: &Completed, table: &TableProfile, base: &Table) -> BTreeMap<String, Refers> {
    let refers = |column: &str| match table.polymorphic(column) {
        Some(pair) => {
            let (type_column, tables) = (pair.type_column.clone(), profile.codes(pair).clone());
            Some(Refers::ByCode { type_column, tables })
        }
        // Ids that are the same everywhere need no search for the row that has them.
        None => profile
            .reference(table, column)
            .filter(|name| profile.table(name).is_none_or(|parent| parent.id.is_number()))
            .map(|name| Refers::To(name.to_owned())),
    };
    let columns = base.columns.iter().filter_map(|column| Some((column.name.clone(), refers(&column.name)?)));
    columns.collect()
}

/// Returns the rows to which a row refers. `fields` are its columns and their texts.
pub(super) fn referred(references: &BTreeMap<String, Refers>, fields: &[(String, Option<String>)]) -> Vec<Referred> {
    let one = |(column, refers): (&String, &Refers)| {
        let id = text(fields, column)?.parse().ok()?;
        let table = match refers {
            Refers::To(table) => table,
            Refers::ByCode { type_column, tables } => tables.get(text(fields, type_column)?)?,
        };
        Some(Referred { column: column.clone(), table: table.clone(), id })
    };
    references.iter().filter_map(one).collect()
}

/// Returns the text of a field, or `None` if it is NULL or absent.
pub(super) fn text<'a>(fields: &'a [(String, Option<String>)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(column, _)| column == name).and_then(|(_, value)| value.as_deref())
}
