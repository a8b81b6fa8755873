//! Columns in which a number stands for no row (`none` in a profile). Bundles and sync tables have NULL there, so that only what
//! is read from a base table and what is written to one has to know of the number.

/// Returns the SQL of a base table's value with NULL for the number that stands for no row.
pub(super) fn null_if(value: &str, none: Option<i64>) -> String {
    none.map_or_else(|| value.to_owned(), |none| format!("NULLIF({value}, {none})"))
}

/// Returns the SQL of a value for a base table with the number that stands for no row in place of NULL.
pub(super) fn or_none(value: &str, none: Option<i64>) -> String {
    none.map_or_else(|| value.to_owned(), |none| format!("COALESCE({value}, {none})"))
}
