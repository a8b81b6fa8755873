//! Writes schemas for SQLite.

use std::fmt::Write;

use crate::db::dialect::Dialect;
use crate::error::Result;
use crate::model::neutral::NeutralType;

use super::common::{self, list, references};
use super::description::{Column, Kind};
use super::table::Table;
use super::tables::Tables;
use super::triggers::{Hash, Hashed, clock};

const D: Dialect = Dialect::Sqlite;

/// Type of a column with a hash.
pub(super) const HASH: &str = "VARCHAR(32)";

/// The comment on triggers that compute hashes.
pub(super) const ON_TRIGGERS: &str = "\
-- SQLite cannot hash in a trigger: a key change clears sync_hash, there and in all rows whose key refers to the
-- row, and `gapsync fill-sync-hash` fills it.
";

/// Writes the statements that create the tables and their triggers.
///
/// # Errors
/// `Schema` if a key cannot be hashed.
pub(super) fn schema(tables: &Tables<'_>, hashed: &Hashed<'_>) -> Result<String> {
    let mut out = format!("{ON_TRIGGERS}\n");
    for entry in &tables.tables {
        table(&mut out, tables, entry);
    }
    triggers(&mut out, hashed)?;
    Ok(out)
}

fn table(out: &mut String, tables: &Tables<'_>, table: &Table<'_>) {
    let profile = table.profile;
    let time = format!("DEFAULT ({})", clock(D));
    let mut lines = vec![format!("{} INTEGER PRIMARY KEY AUTOINCREMENT", D.ident(&profile.id))];
    for column in &table.columns {
        let parent = profile.references.get(&column.name);
        let reference = parent.map_or(String::new(), |parent| format!(" {}", references(D, tables, parent)));
        lines.push(format!("{}{reference}", definition(column)));
    }
    lines.push(format!("{} TIMESTAMP TEXT NOT NULL {time}", D.ident(&profile.created)));
    lines.push(format!("{} TIMESTAMP TEXT {time}", D.ident(&profile.date)));
    lines.extend(profile.deleted.as_ref().map(|deleted| format!("{} TIMESTAMP TEXT", D.ident(deleted))));
    if table.has_hash() {
        lines.push(format!("{} {HASH} UNIQUE", D.ident(&profile.hash)));
    }
    lines.extend(table.unique_key().map(|key| format!("UNIQUE ({})", list(D, &key))));
    let _ = writeln!(out, "CREATE TABLE {} (\n    {}\n);", D.ident(&profile.name), lines.join(",\n    "));
    for columns in table.indexes() {
        let name = format!("ix_{}_{}", profile.name, columns.join("_"));
        let on = D.ident(&profile.name);
        let _ = writeln!(out, "CREATE INDEX {} ON {on} ({});", D.ident(&name), list(D, &columns));
    }
    out.push('\n');
}

fn definition(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Int32 | Kind::Id => "INTEGER".to_owned(),
        Kind::Varchar(length) => format!("VARCHAR({length})"),
        Kind::Decimal(digits, fraction) => format!("DECIMAL TEXT({digits},{fraction})"),
        Kind::Plain(neutral) => match neutral {
            NeutralType::Integer => "INTEGER",
            NeutralType::Decimal => "DECIMAL TEXT",
            NeutralType::Float => "DOUBLE",
            NeutralType::Bool => "BOOLEAN",
            NeutralType::Text => "TEXT",
            NeutralType::Bytes => "BLOB",
            NeutralType::Date => "DATE TEXT",
            NeutralType::Time => "TIME TEXT",
            NeutralType::Timestamp => "TIMESTAMP TEXT",
            NeutralType::Json => "JSON TEXT",
            NeutralType::Uuid => "UUID TEXT",
        }
        .to_owned(),
    };
    common::definition(D, column, &kind, ["0", "1"])
}

/// Writes the triggers of all tables.
///
/// # Errors
/// `Schema` if a key cannot be hashed.
pub(super) fn triggers(out: &mut String, hashed: &Hashed<'_>) -> Result<()> {
    for profile in &hashed.tables {
        let Some(table) = hashed.triggers(profile)? else { continue };
        let (name, id) = (&table.table, &table.id);
        let pairs = table.new.iter().zip(&table.old);
        let changed: Vec<String> = pairs.map(|(new, old)| format!("{new} IS NOT {old}")).collect();
        let (key, changed) = (&table.key, changed.join(" OR "));
        let create = |what: &str| {
            let trigger = hashed.named(profile, what);
            let drop = if hashed.replace { format!("DROP TRIGGER IF EXISTS {trigger};\n") } else { String::new() };
            format!("{drop}CREATE TRIGGER {trigger}")
        };
        if let Some(Hash { column: hash, .. }) = &table.hash {
            let _ = write!(
                out,
                "{} AFTER UPDATE OF {key} ON {name}\n\
                 WHEN NEW.{hash} IS NOT NULL AND NEW.{hash} IS OLD.{hash} AND ({changed})\n\
                 BEGIN\n    UPDATE {name} SET {hash} = NULL WHERE {id} = NEW.{id};\nEND;\n\n",
                create("hash_update"),
            );
        }
        if !table.clear.is_empty() {
            let when = match &table.hash {
                Some(Hash { column: hash, .. }) => {
                    format!("OF {hash} ON {name}\nWHEN OLD.{hash} IS NOT NULL AND NEW.{hash} IS NOT OLD.{hash}")
                }
                None => format!("OF {key} ON {name}\nWHEN {changed}"),
            };
            let clear = table.clear.join("\n    ");
            let _ = write!(out, "{} AFTER UPDATE {when}\nBEGIN\n    {clear}\nEND;\n\n", create("hash_cascade"));
        }
    }
    Ok(())
}
