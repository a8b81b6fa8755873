//! What the three writers share.

use gapsync::db::dialect::Dialect;
use gapsync::model::completed::Completed;
use gapsync::sync::merge::hash::{Key, not_joined};

use super::describe::{Child, Schema, Table};

/// First lines of a schema file.
pub(super) fn heading(schema: &Schema<'_>, engine: &str, how: &str) -> String {
    format!(
        "-- The `{}` profile's tables for {engine}, for an empty database: {how}\n\
         -- Written by tests/schema from the profile and the description of its columns; do not edit by hand.\n",
        schema.profile.name
    )
}

/// Names, quoted, with commas.
pub(super) fn list(dialect: Dialect, names: &[&str]) -> String {
    names.iter().map(|name| dialect.ident(name)).collect::<Vec<_>>().join(", ")
}

/// The hash of the row `NEW` of a trigger.
pub(super) fn hash_of_new(dialect: Dialect, schema: &Schema<'_>, table: &Table<'_>) -> String {
    let neutral = |column: &str| table.column(column).kind.neutral();
    let parent = |name: &str| Some(dialect.ident(name));
    let profile = Completed::without_catalogue(schema.profile);
    let key = Key { dialect, profile: &profile, columns: &neutral, row: "NEW", parent: &parent, joined: &not_joined };
    key.hash(table.profile).expect("the key can be hashed")
}

/// Clears the hash of the children of the row `NEW`, whose updated_at becomes `now`. Rows without a hash are left alone:
/// they have none to lose, and of twins all but one have to stay without.
pub(super) fn clear_children(dialect: Dialect, children: &[Child<'_>], now: &str) -> Vec<String> {
    let quote = |name: &str| dialect.ident(name);
    children
        .iter()
        .map(|child| {
            let code = child
                .code
                .map_or(String::new(), |(column, code)| format!("{} = {} AND ", quote(column), dialect.literal(code)));
            format!(
                "UPDATE {} SET {} = NULL, {} = {now} WHERE {code}{} = NEW.{} AND {} IS NOT NULL;",
                quote(child.table),
                quote("sync_hash"),
                quote("updated_at"),
                quote(child.id),
                quote("id"),
                quote("sync_hash"),
            )
        })
        .collect()
}

/// The foreign keys of a table: column, parent, whether the parent's table is made later.
pub(super) fn foreign_keys<'a>(schema: &'a Schema<'_>, table: &'a Table<'_>) -> Vec<(&'a str, &'a str, bool)> {
    let references = &table.profile.references;
    table
        .columns
        .iter()
        .filter_map(|column| references.get(&column.name).map(|parent| (column.name.as_str(), parent.as_str())))
        .map(|(column, parent)| (column, parent, schema.is_deferred(table.name(), column)))
        .collect()
}
