//! Schema files for SQLite.

use std::fmt::Write;

use gapsync::db::dialect::Dialect;
use gapsync::model::neutral::NeutralType;

use super::common::{clear_children, heading, list};
use super::describe::{Column, Kind, Schema, Table};

const D: Dialect = Dialect::Sqlite;
/// The clock in neutral form: UTC, six digits, none when they are zero.
const NOW: &str = "replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')";

pub(super) fn schema(schema: &Schema<'_>, ledger: &str) -> String {
    let mut out = heading(schema, "SQLite", &format!("sqlite3 gapsync.db < sql/sqlite/{}.sql", schema.profile.name));
    out += "-- SQLite cannot hash in a trigger: a key change clears sync_hash, there and in all rows whose key refers to the\n\
            -- row, and `gapsync fill-sync-hash` fills it.\n\n";
    for entry in &schema.tables {
        table(&mut out, entry);
    }
    for entry in schema.tables.iter().filter(|entry| entry.has_hash()) {
        triggers(&mut out, schema, entry);
    }
    out + ledger
}

fn table(out: &mut String, table: &Table<'_>) {
    let mut lines = vec!["\"id\" INTEGER PRIMARY KEY AUTOINCREMENT".to_owned()];
    for column in &table.columns {
        let reference = table
            .profile
            .references
            .get(&column.name)
            .map_or(String::new(), |parent| format!(" REFERENCES {} (\"id\") ON DELETE RESTRICT", D.ident(parent)));
        lines.push(format!("{}{reference}", definition(column)));
    }
    lines.push(format!("\"created_at\" TIMESTAMP TEXT NOT NULL DEFAULT ({NOW})"));
    lines.push(format!("\"updated_at\" TIMESTAMP TEXT DEFAULT ({NOW})"));
    if table.profile.deleted.is_some() {
        lines.push("\"deleted_at\" TIMESTAMP TEXT".to_owned());
    }
    if table.has_hash() {
        lines.push("\"sync_hash\" VARCHAR(32) UNIQUE".to_owned());
    }
    lines.extend(table.unique_key().map(|key| format!("UNIQUE ({})", list(D, &key))));
    let _ = writeln!(out, "CREATE TABLE {} (\n    {}\n);", D.ident(table.name()), lines.join(",\n    "));
    for columns in table.indexes() {
        let name = format!("ix_{}_{}", table.name(), columns.join("_"));
        let on = D.ident(table.name());
        let _ = writeln!(out, "CREATE INDEX {} ON {on} ({});", D.ident(&name), list(D, &columns));
    }
    out.push('\n');
}

fn definition(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Int32 => "INTEGER".to_owned(),
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
    let mut text = format!("{} {kind}", D.ident(&column.name));
    if !column.nullable {
        text += " NOT NULL";
    }
    if let Some(default) = &column.default {
        let value = match column.kind {
            Kind::Plain(NeutralType::Bool) => u8::from(default == "t").to_string(),
            _ => D.literal(default),
        };
        let _ = write!(text, " DEFAULT {value}");
    }
    if column.unique {
        text += " UNIQUE";
    }
    text
}

fn triggers(out: &mut String, schema: &Schema<'_>, table: &Table<'_>) {
    let name = D.ident(table.name());
    let key = table.key();
    let trigger = |what: &str| D.ident(&format!("{}_hash_{what}", table.name()));
    let changed: Vec<String> =
        key.iter().map(|column| D.ident(column)).map(|c| format!("NEW.{c} IS NOT OLD.{c}")).collect();
    let _ = write!(
        out,
        "CREATE TRIGGER {} AFTER UPDATE OF {} ON {name}\n\
         WHEN NEW.\"sync_hash\" IS NOT NULL AND NEW.\"sync_hash\" IS OLD.\"sync_hash\" AND ({})\n\
         BEGIN\n    UPDATE {name} SET \"sync_hash\" = NULL WHERE \"id\" = NEW.\"id\";\nEND;\n\n",
        trigger("update"),
        list(D, &key),
        changed.join(" OR "),
    );
    let children = clear_children(D, &schema.children(table.name()), NOW);
    if !children.is_empty() {
        let _ = write!(
            out,
            "CREATE TRIGGER {} AFTER UPDATE OF \"sync_hash\" ON {name}\n\
             WHEN OLD.\"sync_hash\" IS NOT NULL AND NEW.\"sync_hash\" IS NOT OLD.\"sync_hash\"\n\
             BEGIN\n    {}\nEND;\n\n",
            trigger("cascade"),
            children.join("\n    "),
        );
    }
}

pub(super) fn ledger() -> String {
    let time = "TIMESTAMP TEXT";
    format!(
        "-- gapsync's own tables. Can be run again, and on a database of another make.\n\
         CREATE TABLE IF NOT EXISTS \"synchronizations\" (\n    \
         \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n    \
         \"type\" VARCHAR(10) NOT NULL,\n    \
         \"started_at\" {time} NOT NULL,\n    \
         \"finished_at\" {time},\n    \
         \"config_json\" TEXT NOT NULL,\n    \
         \"report_json\" TEXT,\n    \
         \"pid\" INTEGER NOT NULL,\n    \
         \"hash\" VARCHAR(32) NOT NULL,\n    \
         \"created_at\" {time} NOT NULL DEFAULT ({NOW}),\n    \
         \"updated_at\" {time} DEFAULT ({NOW})\n);\n\
         CREATE TABLE IF NOT EXISTS \"gapsync_installation\" (\n    \
         \"uuid\" VARCHAR(36) NOT NULL PRIMARY KEY,\n    \
         \"created_at\" {time} NOT NULL DEFAULT ({NOW})\n);\n\
         CREATE TABLE IF NOT EXISTS \"gapsync_lock\" (\n    \
         \"name\" VARCHAR(50) NOT NULL PRIMARY KEY,\n    \
         \"host\" VARCHAR(255) NOT NULL,\n    \
         \"pid\" INTEGER NOT NULL,\n    \
         \"token\" VARCHAR(36) NOT NULL,\n    \
         \"acquired_at\" {time} NOT NULL,\n    \
         \"heartbeat\" {time} NOT NULL\n);\n\
         CREATE TABLE IF NOT EXISTS \"gapsync_checkpoint\" (\n    \
         \"run_id\" INTEGER NOT NULL,\n    \
         \"part\" VARCHAR(10) NOT NULL,\n    \
         \"state\" TEXT NOT NULL,\n    \
         \"updated_at\" {time} NOT NULL,\n    \
         PRIMARY KEY (\"run_id\", \"part\")\n);\n\
         CREATE TABLE IF NOT EXISTS \"gapsync_applied\" (\n    \
         \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n    \
         \"sha256\" VARCHAR(64) NOT NULL,\n    \
         \"stream\" VARCHAR(32) NOT NULL,\n    \
         \"receiver\" VARCHAR(64),\n    \
         \"source\" VARCHAR(100) NOT NULL,\n    \
         \"engine\" VARCHAR(100) NOT NULL,\n    \
         \"profile\" VARCHAR(100) NOT NULL,\n    \
         \"scope\" TEXT NOT NULL,\n    \
         \"sequence\" INTEGER,\n    \
         \"covers\" INTEGER,\n    \
         \"parent\" VARCHAR(64),\n    \
         \"window_start\" VARCHAR(26),\n    \
         \"window_end\" VARCHAR(26),\n    \
         \"created_at\" VARCHAR(26) NOT NULL,\n    \
         \"bundle\" TEXT NOT NULL,\n    \
         \"run_id\" INTEGER NOT NULL,\n    \
         \"applied_at\" {time} NOT NULL\n);\n\
         CREATE TABLE IF NOT EXISTS \"gapsync_gap\" (\n    \
         \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n    \
         \"stream\" VARCHAR(32) NOT NULL,\n    \
         \"receiver\" VARCHAR(64),\n    \
         \"source\" VARCHAR(100) NOT NULL,\n    \
         \"engine\" VARCHAR(100) NOT NULL,\n    \
         \"profile\" VARCHAR(100) NOT NULL,\n    \
         \"scope\" TEXT NOT NULL,\n    \
         \"from_sequence\" INTEGER,\n    \
         \"to_sequence\" INTEGER,\n    \
         \"last_sha256\" VARCHAR(64),\n    \
         \"last_created_at\" VARCHAR(26),\n    \
         \"window_start\" VARCHAR(26),\n    \
         \"window_end\" VARCHAR(26) NOT NULL,\n    \
         \"run_id\" INTEGER NOT NULL,\n    \
         \"opened_at\" {time} NOT NULL,\n    \
         \"closed_by\" INTEGER,\n    \
         \"closed_at\" {time}\n);\n"
    )
}
