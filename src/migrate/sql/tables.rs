//! The statements for target and staging tables.

use std::fmt::Display;

use super::place::Place;
use crate::db::dialect::Dialect;
use crate::migrate::mapping::{DAY_COLUMNS, Kind, Output};
use crate::migrate::rows::column_of;
use crate::migrate::table::TargetTable;
use crate::model::schema::Column;

/// The column of a staging table that says where a row comes from.
pub(super) const POSITION: &str = "gs_row";

/// Returns the statement that creates the staging table under this SQL name.
pub(super) fn create_staging(table: &TargetTable, name: &str, dialect: Dialect) -> String {
    let position = match dialect {
        // The rows are stored in the order of this key.
        Dialect::Sqlite => "INTEGER PRIMARY KEY",
        Dialect::Mariadb => "BIGINT NOT NULL PRIMARY KEY",
        Dialect::Postgres => "BIGINT NOT NULL",
    };
    let columns = table.columns.iter().map(|column| format!(", {} {}", dialect.ident(&column.name), column.native));
    let unlogged = if dialect == Dialect::Postgres { "UNLOGGED " } else { "" };
    let engine = if dialect == Dialect::Mariadb { " ENGINE = InnoDB" } else { "" };
    format!("CREATE {unlogged}TABLE {name} ({POSITION} {position}{}){engine}", columns.collect::<String>())
}

/// Returns the statement that moves the staged rows of a range into the table.
pub(super) fn publish(
    table: &TargetTable,
    place: &Place,
    dialect: Dialect,
    (first, last): (impl Display, impl Display),
) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| dialect.ident(&column.name)).collect();
    let columns = columns.join(", ");
    // PostgreSQL would sort the rows, which are in this order already but for batches that were loaded at the same time.
    let order = if dialect == Dialect::Postgres { String::new() } else { format!(" ORDER BY {POSITION}") };
    format!(
        "INSERT INTO {} ({columns}) SELECT {columns} FROM {} WHERE {POSITION} BETWEEN {first} AND {last}{order}",
        dialect.ident(&table.name),
        place.staged(&table.staging_name()),
    )
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
