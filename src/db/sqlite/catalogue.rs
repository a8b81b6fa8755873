//! Reads the catalogue of SQLite. The first word of a declared type says what a column holds; if it is unknown, SQLite's
//! own rules of affinity decide.

use rusqlite::{Connection, Result, params};

use super::super::catalogue::Tables;
use crate::model::neutral::NeutralType;
use crate::model::schema::{Column, FloatLimits, Limits, Table, TextLimits, UniqueKey};

const TABLES: &str = include_str!("../../../sql/sqlite/queries/tables.sql");
const COLUMNS: &str = include_str!("../../../sql/sqlite/queries/columns.sql");
const KEYS: &str = include_str!("../../../sql/sqlite/queries/unique_keys.sql");
const REFERENCES: &str = include_str!("../../../sql/sqlite/queries/references.sql");

/// Table and first column of each index over whole tables.
pub(in crate::db) const INDEXED: &str = include_str!("../../../sql/sqlite/queries/indexed_columns.sql");

/// Returns the base tables by name.
pub(super) fn tables(connection: &Connection) -> Result<Vec<Table>> {
    let mut statement = connection.prepare(TABLES)?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_>>()?;
    let mut tables = Tables::default();
    for name in &names {
        columns(connection, name, &mut tables)?;
        unique_keys(connection, name, &mut tables)?;
        references(connection, name, &mut tables)?;
    }
    Ok(tables.finish())
}

fn columns(connection: &Connection, table: &str, tables: &mut Tables) -> Result<()> {
    let mut statement = connection.prepare_cached(COLUMNS)?;
    let mut primary_key: Vec<(i64, String)> = Vec::new();
    let mut rows = statement.query(params![table])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let native: String = row.get(1)?;
        let not_null: bool = row.get(2)?;
        let default: bool = row.get(3)?;
        let (place, hidden, last_place): (i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?);
        // 1 marks a hidden column of a virtual table, 2 and 3 generated columns.
        if hidden == 1 {
            continue;
        }
        if place > 0 {
            primary_key.push((place, name.clone()));
        }
        // Such a column is the row id, which is never NULL and which SQLite supplies.
        let row_id = place == 1 && last_place == 1 && native.eq_ignore_ascii_case("INTEGER");
        let (neutral, limits) = described(&native);
        let column = Column {
            name,
            neutral,
            native,
            nullable: !not_null && !row_id,
            has_default: default || row_id,
            generated: hidden > 1,
            limits,
        };
        tables.column(table, column);
    }
    primary_key.sort();
    tables.primary_key(table, primary_key.into_iter().map(|(_, name)| name).collect());
    Ok(())
}

/// Adds unique keys and indexes over whole columns, without a condition.
fn unique_keys(connection: &Connection, table: &str, tables: &mut Tables) -> Result<()> {
    let mut statement = connection.prepare_cached(KEYS)?;
    let mut rows = statement.query(params![table])?;
    let mut keys: Vec<UniqueKey> = Vec::new();
    let mut over_expressions = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let Some(column) = row.get::<_, Option<String>>(1)? else {
            over_expressions.push(name);
            continue;
        };
        match keys.last_mut().filter(|key| key.name == name) {
            Some(key) => key.columns.push(column),
            None => keys.push(UniqueKey { name, columns: vec![column], nulls_equal: false }),
        }
    }
    for key in keys.into_iter().filter(|key| !over_expressions.contains(&key.name)) {
        tables.unique_key(table, key);
    }
    Ok(())
}

fn references(connection: &Connection, table: &str, tables: &mut Tables) -> Result<()> {
    let mut statement = connection.prepare_cached(REFERENCES)?;
    let mut rows = statement.query(params![table])?;
    while let Some(row) = rows.next()? {
        let (column, parent, parent_column): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        tables.reference(table, &column, &parent, parent_column.as_deref());
    }
    Ok(())
}

/// Returns what a declared type holds, and what it cannot store.
fn described(declared: &str) -> (NeutralType, Limits) {
    let upper = declared.to_ascii_uppercase();
    let first = upper.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap_or_default();
    let affinity = affinity(&upper);
    let neutral = match first {
        "BOOLEAN" | "BOOL" => NeutralType::Bool,
        "TIMESTAMP" | "DATETIME" | "TIMESTAMPTZ" => NeutralType::Timestamp,
        "DATE" => NeutralType::Date,
        "TIME" => NeutralType::Time,
        "DECIMAL" | "NUMERIC" | "NUMBER" | "DEC" => NeutralType::Decimal,
        "JSON" | "JSONB" => NeutralType::Json,
        "UUID" | "GUID" => NeutralType::Uuid,
        "BINARY" | "VARBINARY" | "BYTEA" => NeutralType::Bytes,
        "STRING" => NeutralType::Text,
        _ => match affinity {
            Affinity::Integer => NeutralType::Integer,
            Affinity::Real => NeutralType::Float,
            Affinity::Blob if !upper.trim().is_empty() => NeutralType::Bytes,
            Affinity::Text | Affinity::Blob => NeutralType::Text,
            Affinity::Numeric => NeutralType::Decimal,
        },
    };
    let numeric = !matches!(affinity, Affinity::Text | Affinity::Blob);
    let limits = Limits {
        integer: (neutral == NeutralType::Integer).then_some((i64::MIN.into(), i64::MAX.into())),
        decimal_as_float: numeric && neutral == NeutralType::Decimal,
        // SQLite stores NaN as NULL.
        float: FloatLimits { no_nan: true, ..FloatLimits::default() },
        text: TextLimits { no_numbers: numeric, ..TextLimits::default() },
        ..Limits::default()
    };
    (neutral, limits)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// Applies SQLite's rules, in their order.
fn affinity(upper: &str) -> Affinity {
    let has = |part: &str| upper.contains(part);
    if has("INT") {
        Affinity::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Affinity::Text
    } else if has("BLOB") || upper.trim().is_empty() {
        Affinity::Blob
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_decides_and_affinity_after_it() {
        for (declared, neutral) in [
            ("INTEGER", NeutralType::Integer),
            ("unsigned big int", NeutralType::Integer),
            ("TIMESTAMP TEXT", NeutralType::Timestamp),
            ("datetime", NeutralType::Timestamp),
            ("DECIMAL TEXT(30,10)", NeutralType::Decimal),
            ("VARCHAR(20)", NeutralType::Text),
            ("", NeutralType::Text),
            ("BLOB", NeutralType::Bytes),
            ("DOUBLE", NeutralType::Float),
            ("BOOLEAN", NeutralType::Bool),
            ("UUID TEXT", NeutralType::Uuid),
            ("JSON TEXT", NeutralType::Json),
            ("MONEY", NeutralType::Decimal),
        ] {
            assert_eq!(described(declared).0, neutral, "{declared}");
        }
        assert!(described("DECIMAL(30,10)").1.decimal_as_float);
        assert!(!described("DECIMAL TEXT(30,10)").1.decimal_as_float);
    }
}
