//! Writes schemas for MariaDB.

use std::fmt::Write;

use crate::db::dialect::Dialect;
use crate::error::Result;
use crate::model::neutral::NeutralType;

use super::common::{self, later_foreign_keys, list, references};
use super::description::{Column, Kind};
use super::table::Table;
use super::tables::Tables;
use super::triggers::{Hash, Hashed, clock};

const D: Dialect = Dialect::Mariadb;
const OPTIONS: &str = "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";

/// Type of a column with a hash.
pub(super) const HASH: &str = "char(32) CHARACTER SET ascii COLLATE ascii_bin";

/// Sets the character set of the names and literals in a script.
pub(super) const NAMES: &str = "SET NAMES utf8mb4;\n";

/// Writes the statements that create the tables and their triggers.
///
/// # Errors
/// `Schema` if a key cannot be hashed.
pub(super) fn schema(tables: &Tables<'_>, hashed: &Hashed<'_>) -> Result<String> {
    let mut out = format!("\n{NAMES}\n");
    for entry in &tables.tables {
        table(&mut out, tables, entry);
    }
    later_foreign_keys(&mut out, D, tables);
    let _ = write!(out, "\n{}\n", common::ON_TRIGGERS);
    triggers(&mut out, hashed)?;
    Ok(out)
}

fn table(out: &mut String, tables: &Tables<'_>, table: &Table<'_>) {
    let (profile, now) = (table.profile, clock(D));
    let mut lines = vec![format!("{} bigint NOT NULL AUTO_INCREMENT PRIMARY KEY", D.ident(&profile.id))];
    lines.extend(table.columns.iter().map(definition));
    lines.push(format!("{} datetime(6) NOT NULL DEFAULT ({now})", D.ident(&profile.created)));
    lines.push(format!("{} datetime(6) DEFAULT ({now})", D.ident(&profile.date)));
    lines.extend(profile.deleted.as_ref().map(|deleted| format!("{} datetime(6)", D.ident(deleted))));
    if table.has_hash() {
        lines.push(format!("{} {HASH} UNIQUE", D.ident(&profile.hash)));
    }
    lines.extend(table.unique_key().map(|key| format!("UNIQUE KEY ({})", list(D, &key))));
    lines.extend(table.indexes().iter().map(|columns| format!("KEY ({})", list(D, columns))));
    for (column, parent, _) in tables.foreign_keys(table).iter().filter(|(.., deferred)| !deferred) {
        lines.push(format!("FOREIGN KEY ({}) {}", D.ident(column), references(D, tables, parent)));
    }
    let name = D.ident(&profile.name);
    let _ = write!(out, "CREATE TABLE {name} (\n    {}\n) {OPTIONS};\n\n", lines.join(",\n    "));
}

fn definition(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Int32 => "int".to_owned(),
        Kind::Id => "bigint".to_owned(),
        Kind::Varchar(length) => format!("varchar({length})"),
        Kind::Decimal(digits, fraction) => format!("decimal({digits},{fraction})"),
        Kind::Plain(neutral) => match neutral {
            NeutralType::Integer => "bigint",
            NeutralType::Decimal => "decimal(65,30)",
            NeutralType::Float => "double",
            NeutralType::Bool => "tinyint(1)",
            NeutralType::Text => "longtext",
            NeutralType::Bytes => "longblob",
            NeutralType::Date => "date",
            NeutralType::Time => "time(6)",
            NeutralType::Timestamp => "datetime(6)",
            NeutralType::Json => "json",
            NeutralType::Uuid => "uuid",
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
    let create = if hashed.replace { "CREATE OR REPLACE TRIGGER" } else { "CREATE TRIGGER" };
    out.push_str("DELIMITER //\n\n");
    for profile in &hashed.tables {
        let Some(table) = hashed.triggers(profile)? else { continue };
        let name = &table.table;
        let trigger = |what: &str| hashed.named(profile, what);
        let pairs = table.new.iter().zip(&table.old);
        let same: Vec<String> = pairs.map(|(new, old)| format!("{new} <=> {old}")).collect();
        let same = same.join(" AND ");
        if let Some(Hash { column, of_new }) = &table.hash {
            let (insert, update) = (trigger("hash_insert"), trigger("hash_update"));
            let _ = write!(
                out,
                "{create} {insert} BEFORE INSERT ON {name} FOR EACH ROW\nBEGIN\n    \
                 IF NEW.{column} IS NULL THEN\n        SET NEW.{column} = {of_new};\n    END IF;\nEND//\n\n\
                 {create} {update} BEFORE UPDATE ON {name} FOR EACH ROW\nBEGIN\n    \
                 IF NEW.{column} IS NULL OR (NEW.{column} <=> OLD.{column} AND NOT ({same})) THEN\n        \
                 SET NEW.{column} = {of_new};\n    END IF;\nEND//\n\n",
            );
        }
        if !table.clear.is_empty() {
            let when = match &table.hash {
                Some(Hash { column, .. }) => {
                    format!("OLD.{column} IS NOT NULL AND NOT (NEW.{column} <=> OLD.{column})")
                }
                None => format!("NOT ({same})"),
            };
            let (cascade, clear) = (trigger("hash_cascade"), table.clear.join("\n        "));
            let _ = write!(
                out,
                "{create} {cascade} AFTER UPDATE ON {name} FOR EACH ROW\nBEGIN\n    IF {when} THEN\n        \
                 {clear}\n    END IF;\nEND//\n\n",
            );
        }
    }
    out.push_str("DELIMITER ;\n\n");
    Ok(())
}
