//! A target table as the engine has it.

use super::mapping::{DAY_COLUMNS, Mapping, Output};
use crate::error::{Error, Result};
use crate::model::schema::{Column, Table};

/// A target table.
#[derive(Clone, Debug)]
pub(super) struct TargetTable {
    /// Name.
    pub(super) name: String,
    /// The columns of the mapping in order, then y, m and d.
    pub(super) columns: Vec<Column>,
}

impl TargetTable {
    /// Returns the name of the staging table: that of the old script.
    pub(super) fn staging_name(&self) -> String {
        format!("{}_tmp", self.name)
    }

    /// Returns the columns of the mapping, without y, m and d.
    pub(super) fn plain(&self) -> &[Column] {
        &self.columns[..self.columns.len() - DAY_COLUMNS.len()]
    }
}

/// Returns everything that keeps rows of a mapping from its tables: those that are missing, unless they are to be made, and
/// columns that are missing or cannot be left out.
pub(super) fn problems(mapping: &Mapping, catalogue: &[Table], init: bool) -> Vec<Error> {
    let outputs = mapping.tables();
    let of = |output: &Output| catalogue.iter().find(|table| table.name == output.table);
    let missing: Vec<&str> =
        outputs.iter().filter(|output| of(output).is_none()).map(|output| output.table.as_str()).collect();
    let missing = (!init && !missing.is_empty()).then(|| {
        Error::schema(format!("the target lacks the tables `{}`", missing.join("`, `")))
            .hint("Check --target-db, or add --init to create them.")
    });
    let unfit = outputs.iter().filter_map(|output| columns(output, of(output)?).err());
    missing.into_iter().chain(unfit).collect()
}

/// Finds the target tables of a mapping in the catalogue.
///
/// # Errors
/// `Schema` with all tables that are missing, or with a column that is missing or cannot be left out.
pub(super) fn find(mapping: &Mapping, catalogue: &[Table]) -> Result<Vec<TargetTable>> {
    if let Some(problem) = problems(mapping, catalogue, false).into_iter().next() {
        return Err(problem);
    }
    let of = |output: &&Output| catalogue.iter().find(|table| table.name == output.table);
    mapping.tables().iter().filter_map(|output| Some(columns(output, of(output)?))).collect()
}

fn columns(output: &Output, table: &Table) -> Result<TargetTable> {
    let names = output.columns.iter().map(|column| column.name.as_str()).chain(DAY_COLUMNS);
    let mut found = Vec::new();
    for name in names {
        let column = table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        let column = column.filter(|column| !column.generated).ok_or_else(|| {
            Error::schema("the table lacks a column of the mapping")
                .at_table(&table.name)
                .at_column(name)
                .hint("Add the column, or migrate into a database of its own with --init.")
        })?;
        found.push(column.clone());
    }
    let needed = |column: &&Column| !column.nullable && !column.has_default && !column.generated;
    let filled = |column: &Column| found.iter().any(|known| known.name == column.name);
    if let Some(column) = table.columns.iter().filter(needed).find(|column| !filled(column)) {
        return Err(Error::schema("the table has a column that the mapping does not fill and that may not be NULL")
            .at_table(&table.name)
            .at_column(&column.name));
    }
    Ok(TargetTable { name: table.name.clone(), columns: found })
}
