//! Compares two stored values of a column.

use super::{Dialect, Merge};
use crate::model::neutral::NeutralType;

impl Merge {
    /// Returns the SQL condition that two stored values of a column differ; two NULLs are equal. Text is compared by its bytes,
    /// whatever the collation of the column.
    pub(super) fn unequal(&self, neutral: NeutralType, staged: &str, base: &str) -> String {
        match (self.dialect, neutral) {
            (Dialect::Postgres, NeutralType::Text | NeutralType::Json) => {
                format!("({staged})::text COLLATE \"C\" IS DISTINCT FROM ({base})::text COLLATE \"C\"")
            }
            (Dialect::Postgres, _) => format!("{staged} IS DISTINCT FROM {base}"),
            (Dialect::Mariadb, NeutralType::Text | NeutralType::Json) => {
                format!("NOT (CAST({staged} AS BINARY) <=> CAST({base} AS BINARY))")
            }
            (Dialect::Mariadb, _) => format!("NOT ({staged} <=> {base})"),
            // People may have written a time by hand in another format.
            (Dialect::Sqlite, NeutralType::Time | NeutralType::Timestamp) => {
                format!("({staged} IS NOT {base} AND gapsync_time({staged}) IS NOT gapsync_time({base}))")
            }
            (Dialect::Sqlite, NeutralType::Uuid) => {
                format!("({staged} IS NOT {base} AND lower({staged}) IS NOT lower({base}))")
            }
            // A number may be stored as a number or as its text.
            (Dialect::Sqlite, NeutralType::Integer | NeutralType::Float | NeutralType::Bool) => {
                format!("({staged} IS NOT {base} AND CAST({staged} AS NUMERIC) IS NOT CAST({base} AS NUMERIC))")
            }
            (Dialect::Sqlite, NeutralType::Decimal) => {
                let plain = |value: &str| {
                    let text = format!("CAST({value} AS TEXT)");
                    format!("CASE WHEN instr({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END")
                };
                format!("({staged} IS NOT {base} AND {} IS NOT {})", plain(staged), plain(base))
            }
            (Dialect::Sqlite, _) => format!("{staged} COLLATE BINARY IS NOT {base} COLLATE BINARY"),
        }
    }
}
