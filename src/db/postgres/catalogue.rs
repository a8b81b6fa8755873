//! Reads the catalogue of PostgreSQL: the tables of the current schema.

use super::super::catalogue::{Tables, text};
use super::PostgresSession;
use crate::error::{Error, Result};
use crate::model::neutral::NeutralType;
use crate::model::schema::{Column, FloatLimits, JsonRule, Limits, Table, TextLimits, UniqueKey};

/// A domain is treated as its underlying type, and as NOT NULL if any domain on the way says so.
const COLUMNS: &str = include_str!("../../../sql/postgres/queries/columns.sql");

/// Unique indexes over whole columns, without a condition.
const KEYS: &str = include_str!("../../../sql/postgres/queries/unique_keys.sql");

const REFERENCES: &str = include_str!("../../../sql/postgres/queries/references.sql");

/// Sequences that belong to a column or are used by its default.
const SEQUENCES: &str = include_str!("../../../sql/postgres/queries/sequences.sql");

/// Table and first column of each index over whole tables.
pub(in crate::db) const INDEXED: &str = include_str!("../../../sql/postgres/queries/indexed_columns.sql");

/// Reads the catalogue.
pub(super) async fn tables(session: &mut PostgresSession) -> Result<Vec<Table>> {
    let mut tables = Tables::default();
    for row in session.query(COLUMNS).await? {
        tables.column(text(&row, 0), column(&row)?);
    }
    for row in session.query(KEYS).await? {
        let columns = list(text(&row, 3))?;
        if text(&row, 2) == "t" {
            tables.primary_key(text(&row, 0), columns);
        } else {
            let nulls_equal = text(&row, 4) == "true";
            tables.unique_key(text(&row, 0), UniqueKey { name: text(&row, 1).to_owned(), columns, nulls_equal });
        }
    }
    for row in session.query(REFERENCES).await? {
        tables.reference(text(&row, 0), text(&row, 1), text(&row, 2), Some(text(&row, 3)));
    }
    for row in session.query(SEQUENCES).await? {
        tables.sequence(text(&row, 0), text(&row, 1), text(&row, 2));
    }
    Ok(tables.finish())
}

fn list(json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json).map_err(|error| Error::internal("the catalogue cannot be read").because(error))
}

fn column(row: &[Option<String>]) -> Result<Column> {
    let mut native = text(row, 2).to_owned();
    let modifier: i32 = text(row, 4).parse().unwrap_or(-1);
    if let Some(Some(collation)) = row.get(8) {
        native = format!("{native} COLLATE {collation}");
    }
    let (neutral, mut limits) = described(text(row, 3), modifier);
    if let Some(Some(labels)) = row.get(9) {
        limits.values = Some(list(labels)?);
    }
    Ok(Column {
        name: text(row, 1).to_owned(),
        neutral,
        native,
        nullable: text(row, 5) != "t",
        has_default: text(row, 6) == "t",
        generated: text(row, 7) == "t",
        limits,
    })
}

/// Returns what a type holds. Types without a neutral one (arrays, ranges, addresses, intervals, …) travel as their text.
fn described(name: &str, modifier: i32) -> (NeutralType, Limits) {
    let length = u64::try_from(modifier - 4).ok();
    let no_nul = TextLimits { no_nul: true, ..TextLimits::default() };
    let text = |max_chars| Limits { max_chars, text: no_nul, ..Limits::default() };
    let integer = |least: i64, most: i64| Limits { integer: Some((least.into(), most.into())), ..Limits::default() };
    let fraction = || Limits { fraction_digits: Some(u32::try_from(modifier).unwrap_or(6)), ..Limits::default() };
    let json = |json| Limits { json, text: no_nul, ..Limits::default() };
    match name {
        "int2" => (NeutralType::Integer, integer(i16::MIN.into(), i16::MAX.into())),
        "int4" => (NeutralType::Integer, integer(i32::MIN.into(), i32::MAX.into())),
        "int8" => (NeutralType::Integer, integer(i64::MIN, i64::MAX)),
        "oid" => (NeutralType::Integer, integer(0, u32::MAX.into())),
        "numeric" => (NeutralType::Decimal, Limits { decimal: Some(precision(modifier)), ..Limits::default() }),
        "float4" => (
            NeutralType::Float,
            Limits { float: FloatLimits { single: true, ..FloatLimits::default() }, ..Limits::default() },
        ),
        "float8" => (NeutralType::Float, Limits::default()),
        "bool" => (NeutralType::Bool, Limits::default()),
        "varchar" => (NeutralType::Text, text(length)),
        "bpchar" => {
            let mut limits = text(length);
            limits.text.trims_blanks = true;
            (NeutralType::Text, limits)
        }
        "name" => (NeutralType::Text, Limits { max_bytes: Some(63), ..text(None) }),
        "bytea" => (NeutralType::Bytes, Limits::default()),
        "date" => (NeutralType::Date, Limits::default()),
        "time" => (NeutralType::Time, fraction()),
        "timestamp" | "timestamptz" => (NeutralType::Timestamp, fraction()),
        "json" => (NeutralType::Json, json(JsonRule::Valid)),
        "jsonb" => (NeutralType::Json, json(JsonRule::Parsed)),
        "uuid" => (NeutralType::Uuid, Limits::default()),
        _ => (NeutralType::Text, text(None)),
    }
}

/// Returns the total digits and those of the fraction, or the engine's own limits if the column has none.
fn precision(modifier: i32) -> (u32, u32) {
    const UNLIMITED: (u32, u32) = (147_455, 16_383);
    let Ok(packed) = u32::try_from(modifier - 4) else { return UNLIMITED };
    let digits = packed >> 16;
    // Eleven bits with a sign: a negative scale rounds off whole digits, which has no neutral counterpart.
    match packed & 0x7ff {
        scale if scale < 1024 => (digits, scale),
        scale => (digits + (2048 - scale), 0),
    }
}
