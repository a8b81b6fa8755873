//! The SQL of values that a profile or an option names: rows that only such values let travel, and values that are replaced on
//! the way.
//!
//! A value that the column cannot hold was refused before ([`require`]).

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::profile::{Profile, TableProfile};
use crate::model::schema::{Column, Table};
use crate::model::selection::{Scalar, ValueMap};
use crate::sync::equal::{literal, one_of};

use super::ExportRequest;
use super::plan::Planner;

/// A narrower choice of rows than the profile's: `--only TABLE.COLUMN=VALUE,VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlyOption {
    /// Table.
    pub table: String,
    /// Column.
    pub column: String,
    /// Values that let a row travel.
    pub values: Vec<String>,
}

impl OnlyOption {
    /// Returns the option as it is typed.
    pub(super) fn typed(&self) -> String {
        format!("{}.{}={}", self.table, self.column, self.values.join(","))
    }
}

/// Returns values as the neutral form of a column has them.
fn texts(values: &[Scalar]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

impl Planner<'_> {
    /// Returns the condition that the values of a row let it travel, or `None` if any values do.
    pub(super) fn permitted(&self, profile: &TableProfile, table: &Table, alias: &str) -> Option<String> {
        let own = profile.only.iter().map(|(column, values)| ("", column, texts(values)));
        let except = profile.except.iter().map(|(column, values)| ("NOT ", column, texts(values)));
        let asked = self.request.only.iter().filter(|only| only.table == profile.name);
        let asked = asked.map(|only| ("", &only.column, only.values.clone()));
        let conditions = own.chain(except).chain(asked).map(|(not, column, values)| {
            // Nothing travels because of a column that is not there.
            let found = table.column(column).and_then(|column| self.has(alias, column, &values));
            found.map_or_else(|| "1=0".to_owned(), |found| format!("{not}{found}"))
        });
        let conditions: Vec<String> = conditions.collect();
        (!conditions.is_empty()).then(|| conditions.join(" AND "))
    }

    fn has(&self, alias: &str, column: &Column, values: &[String]) -> Option<String> {
        let name = format!("{alias}.{}", self.dialect.ident(&column.name));
        one_of(self.dialect, (&name, column.neutral, column.nullable), values)
    }

    /// Returns the SQL of a column's value in the bundle.
    pub(super) fn mapped(&self, map: &ValueMap, column: &Column) -> String {
        let value = format!("a.{}", self.dialect.ident(&column.name));
        let Some(map) = map.get(&column.name) else { return value };
        let cases = map.iter().filter_map(|(from, to)| {
            let found = self.has("a", column, std::slice::from_ref(from))?;
            Some(format!(" WHEN {found} THEN {}", literal(self.dialect, column.neutral, &to.to_string())?))
        });
        let mapped = format!("CASE{} ELSE {value} END", cases.collect::<String>());
        match self.dialect {
            // A reader expects the type of the column.
            Dialect::Postgres => format!("CAST({mapped} AS {})", column.native),
            Dialect::Sqlite | Dialect::Mariadb => mapped,
        }
    }
}

/// Refuses words about columns that the database lacks, or with values that a column cannot hold: whether a row may travel must
/// never depend on a misunderstanding.
///
/// # Errors
/// `Usage` if an option names a table that the profile does not have; `Schema`.
pub(super) fn require(dialect: Dialect, profile: &Profile, request: &ExportRequest, catalogue: &[Table]) -> Result<()> {
    for only in &request.only {
        if profile.table(&only.table).is_none() {
            return Err(Error::usage("--only names a table that the profile does not have")
                .at_table(&only.table)
                .hint("`gapsync profile show` lists the tables."));
        }
    }
    for table in &profile.tables {
        let Some(base) = catalogue.iter().find(|base| base.name == table.name) else { continue };
        let typed = request.only.iter().filter(|only| only.table == table.name);
        let typed = typed.map(|only| ("--only", &only.column, only.values.clone()));
        let only = table.only.iter().map(|(column, values)| ("`only`", column, texts(values)));
        let except = table.except.iter().map(|(column, values)| ("`except`", column, texts(values)));
        let map = table.map.iter().map(|(column, values)| {
            let to = values.values().map(ToString::to_string);
            ("`map`", column, values.keys().cloned().chain(to).collect::<Vec<_>>())
        });
        let when = table.files.iter().flat_map(|files| &files.when);
        let when = when.map(|(column, values)| ("`files`", column, texts(values)));
        for (word, column, values) in typed.chain(only).chain(except).chain(map).chain(when) {
            let fault = |what: String| Err(Error::schema(what).at_table(&table.name).at_column(column));
            let Some(found) = base.column(column) else {
                return fault(format!("{word} names a column that the table does not have"));
            };
            if let Some(value) = values.iter().find(|value| literal(dialect, found.neutral, value).is_none()) {
                return fault(format!(
                    "{word} has the value `{value}`, which the column cannot hold or be compared with"
                ));
            }
        }
    }
    Ok(())
}
