//! The SQL that compares a column with values of a profile, and the path of a row's file.
//!
//! Texts are compared byte for byte. A condition is never NULL, because others negate it.

use crate::db::dialect::Dialect;
use crate::model::files::{FileColumns, Part};
use crate::model::neutral::NeutralType;

use super::merge::hash::concat;

/// Returns the condition that a column has one of some values, or `None` if it cannot hold one of them. A column is its SQL, its
/// type, and whether it can be NULL.
pub(super) fn one_of(
    dialect: Dialect,
    (name, neutral, nullable): (&str, NeutralType, bool),
    values: &[String],
) -> Option<String> {
    let literals = values.iter().map(|value| literal(dialect, neutral, value)).collect::<Option<Vec<_>>>()?.join(", ");
    let bytes = if neutral == NeutralType::Text { text_bytes(dialect, name) } else { name.to_owned() };
    let found = format!("{bytes} IN ({literals})");
    Some(if nullable { format!("({name} IS NOT NULL AND {found})") } else { found })
}

/// Returns the text of a value as something that is compared byte for byte.
pub(super) fn text_bytes(dialect: Dialect, value: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("CAST({value} AS TEXT) COLLATE BINARY"),
        Dialect::Postgres => format!("CAST({value} AS text) COLLATE \"C\""),
        Dialect::Mariadb => format!("CAST(CONVERT({value} USING utf8mb4) AS BINARY)"),
    }
}

/// Returns the literal of a value of a column, or `None` if the column cannot hold it.
pub(super) fn literal(dialect: Dialect, neutral: NeutralType, value: &str) -> Option<String> {
    match neutral {
        NeutralType::Integer => Some(value.parse::<i64>().ok()?.to_string()),
        NeutralType::Bool => {
            let number = match value {
                "true" => 1,
                "false" => 0,
                value => value.parse::<i64>().ok()?,
            };
            match dialect {
                Dialect::Postgres => Some(if [0, 1].contains(&number) { number == 1 } else { return None }.to_string()),
                Dialect::Sqlite | Dialect::Mariadb => Some(number.to_string()),
            }
        }
        NeutralType::Text => Some(dialect.literal(value)),
        _ => None,
    }
}

/// Returns the path of a row's file, or NULL if the row has none. `column` returns the SQL and the type of a column; a row without one of
/// the columns has no file.
pub(super) fn path(
    dialect: Dialect,
    files: &FileColumns,
    column: &impl Fn(&str) -> Option<(String, NeutralType)>,
) -> String {
    let none = || "NULL".to_owned();
    let parts = files.parts().into_iter().map(|part| match part {
        Part::Text(text) => Some(dialect.literal(text)),
        Part::Column(name) if !files.is_template() => column(name).map(|(sql, _)| sql),
        Part::Column(name) => column(name).map(|(sql, _)| dialect.cast_text(&sql)),
    });
    let Some(parts) = parts.collect::<Option<Vec<_>>>() else { return none() };
    let path = concat(dialect, &parts);
    let conditions = files.when.iter().map(|(name, values)| {
        let (sql, neutral) = column(name)?;
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        one_of(dialect, (&sql, neutral, true), &values)
    });
    match conditions.collect::<Option<Vec<_>>>() {
        None => none(),
        Some(conditions) if conditions.is_empty() => path,
        Some(conditions) => format!("CASE WHEN {} THEN {path} END", conditions.join(" AND ")),
    }
}
