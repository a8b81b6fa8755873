//! How the base rows of a table are found by their key: through a unique index that compares as a key does, else by a digest.

use crate::db::dialect::Dialect;
use crate::error::Error;
use crate::model::neutral::NeutralType;
use crate::model::profile::TableProfile;
use crate::model::schema::{Column, Table};
use crate::sync::merge::Lookup;

/// Returns how base rows are found by the columns of their key.
pub(super) fn lookup(dialect: Dialect, profile: &TableProfile, base: &Table, columns: &[String]) -> Lookup {
    let of = |name: &String| base.column(name);
    let none = |name: &String| profile.none(name).is_some();
    let fits = |name: &String| {
        !none(name) && columns.contains(name) && of(name).is_some_and(|found| is_comparable(dialect, found))
    };
    let once = |nulls_equal: bool| {
        move |name: &String| nulls_equal || of(name).is_some_and(|_| !is_nullable(profile, base, name))
    };
    let primary = (!base.primary_key.is_empty()).then_some(("PRIMARY", &base.primary_key, false));
    let unique = base.unique_keys.iter().map(|key| (key.name.as_str(), &key.columns, key.nulls_equal));
    // An index serves a folded key only if it folds letters itself.
    let folded = |name: &String| of(name).is_some_and(|found| folds_case(dialect, found));
    let usable = !profile.unordered && profile.owned_by.is_none() && profile.fold.iter().all(folded);
    let mut keys = primary.into_iter().chain(unique).filter(|_| usable);
    let found = keys.find(|(_, key, nulls)| key.iter().all(fits) && key.iter().all(once(*nulls)));
    let folds = |name: &&String| of(name).is_some_and(|found| may_fold(dialect, found));
    found.map_or(Lookup::Digest, |(index, _, _)| Lookup::Unique {
        index: index.to_owned(),
        texts: columns.iter().filter(folds).cloned().collect(),
    })
}

/// Returns whether a staged value can be NULL: the column allows it, or a number stands for no row there. A primary key of SQLite
/// allows it, but no row is found by it.
pub(super) fn is_nullable(profile: &TableProfile, base: &Table, column: &str) -> bool {
    let allowed = base.column(column).is_some_and(|found| found.nullable);
    (allowed && !(profile.id.is_key() && profile.in_key(column))) || profile.none(column).is_some()
}

/// Returns the error about a table without ids whose rows the target could not tell apart.
pub(super) fn no_primary_key() -> Error {
    Error::schema("the rows have no id, and no unique index of the target finds them by their key").hint(
        "The key of a table with `id = { kind = \"key\" }` must be its primary key or another unique key, of columns that are \
             never NULL and have no `none`.",
    )
}

/// Returns whether an index on a column finds a staged value. On SQLite, one value can be stored in several forms; on MariaDB,
/// an index on long texts has only their hashes, and a text of another character set cannot be looked up.
fn is_comparable(dialect: Dialect, column: &Column) -> bool {
    match dialect {
        Dialect::Sqlite => matches!(column.neutral, NeutralType::Integer | NeutralType::Text | NeutralType::Bytes),
        Dialect::Mariadb => !["text", "blob"].iter().any(|long| column.native.contains(long)),
        Dialect::Postgres => true,
    }
}

/// Returns whether the column may take different texts for equal.
fn may_fold(dialect: Dialect, column: &Column) -> bool {
    column.neutral == NeutralType::Text
        && (dialect != Dialect::Postgres || column.native.contains("citext") || column.native.contains("COLLATE"))
}

/// Returns whether the column's collation certainly takes letters of either case for equal.
fn folds_case(dialect: Dialect, column: &Column) -> bool {
    match dialect {
        Dialect::Sqlite => false,
        Dialect::Postgres => column.native.contains("citext"),
        Dialect::Mariadb => column.native.ends_with("_ci"),
    }
}
