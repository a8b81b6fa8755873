//! What the writers for the three engines share.

use std::fmt::Write;

use crate::db::dialect::Dialect;
use crate::model::neutral::NeutralType;

use super::description::{Column, Kind};
use super::tables::Tables;

/// The comment on triggers that compute hashes.
pub(super) const ON_TRIGGERS: &str = "\
-- A statement that supplies a hash keeps it; else it is computed when the row is new or its key changes. When a hash
-- changes, the rows whose key refers to the row lose theirs, so that their own triggers compute it anew.
";

/// Returns names, quoted and separated by commas.
pub(super) fn list(dialect: Dialect, names: &[&str]) -> String {
    names.iter().map(|name| dialect.ident(name)).collect::<Vec<_>>().join(", ")
}

/// Returns the definition of a column whose type is `kind` on the engine; `bools` are false and true.
pub(super) fn definition(dialect: Dialect, column: &Column, kind: &str, bools: [&str; 2]) -> String {
    let mut text = format!("{} {kind}", dialect.ident(&column.name));
    if !column.nullable {
        text += " NOT NULL";
    }
    if let Some(default) = &column.default {
        let [no, yes] = bools;
        let value = match column.kind {
            Kind::Plain(NeutralType::Bool) => if default == "t" { yes } else { no }.to_owned(),
            _ => dialect.literal(default),
        };
        let _ = write!(text, " DEFAULT {value}");
    }
    if column.unique {
        text += " UNIQUE";
    }
    text
}

/// Writes the foreign keys to tables that are created later.
pub(super) fn later_foreign_keys(out: &mut String, dialect: Dialect, tables: &Tables<'_>) {
    for table in &tables.tables {
        for (column, parent, _) in tables.foreign_keys(table).iter().filter(|(.., deferred)| *deferred) {
            let name = dialect.ident(&table.profile.name);
            let references = references(dialect, tables, parent);
            let _ = writeln!(out, "ALTER TABLE {name} ADD FOREIGN KEY ({}) {references};", dialect.ident(column));
        }
    }
}

/// Returns the clause that makes a column refer to a row of a table.
pub(super) fn references(dialect: Dialect, tables: &Tables<'_>, parent: &str) -> String {
    format!("REFERENCES {} ({}) ON DELETE RESTRICT", dialect.ident(parent), dialect.ident(tables.id_of(parent)))
}

/// Returns the statements that create gapsync's own tables.
pub(super) fn ledger(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => include_str!("../../../sql/sqlite/ledger.sql"),
        Dialect::Postgres => include_str!("../../../sql/postgres/ledger.sql"),
        Dialect::Mariadb => include_str!("../../../sql/mariadb/ledger.sql"),
    }
}
