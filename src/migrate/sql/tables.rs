//! The statements for target and staging tables.

use std::fmt::Display;

use super::place::Place;
use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::migrate::mapping::{DAY_COLUMNS, Kind, Mapping, Output};
use crate::migrate::rows::column_of;
use crate::model::schema::{Column, Table};

/// The column of a staging table that says where a row comes from.
pub(super) const POSITION: &str = "gs_row";

/// A target table and its staging table.
#[derive(Clone, Debug)]
pub(in crate::migrate) struct TargetTable {
    /// Name.
    pub(in crate::migrate) name: String,
    /// The columns of the mapping in order, then y, m and d.
    pub(in crate::migrate) columns: Vec<Column>,
}

impl TargetTable {
    /// Returns the name of the staging table: that of the old script.
    pub(super) fn staging_name(&self) -> String {
        format!("{}_tmp", self.name)
    }

    /// Returns the statement that creates the staging table.
    pub(super) fn create_staging(&self, dialect: Dialect) -> String {
        let position = match dialect {
            // The rows are stored in the order of this key.
            Dialect::Sqlite => "INTEGER PRIMARY KEY",
            Dialect::Mariadb => "BIGINT NOT NULL PRIMARY KEY",
            Dialect::Postgres => "BIGINT NOT NULL",
        };
        let columns = self.columns.iter().map(|column| format!(", {} {}", dialect.ident(&column.name), column.native));
        let unlogged = if dialect == Dialect::Postgres { "UNLOGGED " } else { "" };
        let engine = if dialect == Dialect::Mariadb { " ENGINE = InnoDB" } else { "" };
        let name = dialect.ident(&self.staging_name());
        format!("CREATE {unlogged}TABLE {name} ({POSITION} {position}{}){engine}", columns.collect::<String>())
    }

    /// Returns the statement that moves the staged rows of a range into the table.
    pub(super) fn publish(
        &self,
        place: &Place,
        dialect: Dialect,
        (first, last): (impl Display, impl Display),
    ) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| dialect.ident(&column.name)).collect();
        let columns = columns.join(", ");
        format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} WHERE {POSITION} BETWEEN {first} AND {last} ORDER BY {POSITION}",
            dialect.ident(&self.name),
            place.staged(&self.staging_name()),
        )
    }
}

/// Returns the statement that creates a target table.
pub(in crate::migrate) fn create_target(output: &Output, dialect: Dialect) -> String {
    let mut columns: Vec<String> = output
        .columns
        .iter()
        .map(|column| format!("    {} {}", dialect.ident(&column.name), native(column.kind, dialect)))
        .collect();
    columns.extend(DAY_COLUMNS.iter().map(|name| format!("    {} SMALLINT NOT NULL", dialect.ident(name))));
    let options = match dialect {
        Dialect::Mariadb => " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        Dialect::Sqlite | Dialect::Postgres => "",
    };
    format!("CREATE TABLE {} (\n{}\n){options}", dialect.ident(&output.table), columns.join(",\n"))
}

/// Returns a target table as [`create_target`] makes it.
pub(super) fn made(output: &Output, dialect: Dialect) -> TargetTable {
    let made = |name: &str, kind, native: &str| Column { native: native.to_owned(), ..column_of(name, kind) };
    let mut columns: Vec<Column> =
        output.columns.iter().map(|column| made(&column.name, column.kind, native(column.kind, dialect))).collect();
    columns.extend(DAY_COLUMNS.iter().map(|name| made(name, Kind::Int, "SMALLINT")));
    TargetTable { name: output.table.clone(), columns }
}

/// Returns the type that a table of ours has for values of a kind. Scores are doubles everywhere, because a float of 32 bits
/// would change them.
fn native(kind: Kind, dialect: Dialect) -> &'static str {
    match (kind, dialect) {
        (Kind::Text, Dialect::Mariadb) => "LONGTEXT",
        (Kind::Text, Dialect::Sqlite | Dialect::Postgres) => "TEXT",
        (Kind::Int, _) => "INTEGER",
        (Kind::Bigint, _) => "BIGINT",
        (Kind::Double, Dialect::Sqlite) => "REAL",
        (Kind::Double, Dialect::Postgres | Dialect::Mariadb) => "DOUBLE PRECISION",
    }
}

/// Finds the target tables of a mapping in the catalogue.
///
/// # Errors
/// `Schema` with all tables that are missing, or with a column that is missing or cannot be left out.
pub(super) fn find(mapping: &Mapping, catalogue: &[Table]) -> Result<Vec<TargetTable>> {
    let outputs = mapping.tables();
    let known = |output: &&Output| catalogue.iter().find(|table| table.name == output.table);
    let missing: Vec<&str> =
        outputs.iter().filter(|output| known(output).is_none()).map(|output| output.table.as_str()).collect();
    if !missing.is_empty() {
        return Err(Error::schema(format!("the target lacks the tables `{}`", missing.join("`, `")))
            .hint("Check --target-db, or add --init to create them."));
    }
    outputs.iter().filter_map(|output| known(output).map(|table| columns(output, table))).collect()
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
