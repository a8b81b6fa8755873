//! Schema files for MariaDB.

use std::fmt::Write;

use gapsync::db::dialect::Dialect;
use gapsync::model::neutral::NeutralType;

use super::common::{clear_children, foreign_keys, hash_of_new, heading, list};
use super::describe::{Column, Kind, Schema, Table};

const D: Dialect = Dialect::Mariadb;
const NOW: &str = "utc_timestamp(6)";
const OPTIONS: &str = "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
const HASH: &str = "char(32) CHARACTER SET ascii COLLATE ascii_bin";

pub(super) fn schema(schema: &Schema<'_>, ledger: &str) -> String {
    let mut out =
        heading(schema, "MariaDB", &format!("mariadb --database=gapsync < sql/mariadb/{}.sql", schema.profile.name));
    out += "\nSET NAMES utf8mb4;\n\n";
    for entry in &schema.tables {
        table(&mut out, schema, entry);
    }
    for entry in &schema.tables {
        for (column, parent, _) in foreign_keys(schema, entry).iter().filter(|(.., deferred)| *deferred) {
            let _ = writeln!(
                out,
                "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} (`id`) ON DELETE RESTRICT;",
                D.ident(entry.name()),
                D.ident(column),
                D.ident(parent)
            );
        }
    }
    out += "\n-- A statement that supplies a hash keeps it; else it is computed when the row is new or its key changes. When a hash\n\
            -- changes, the rows whose key refers to the row lose theirs, so that their own triggers compute it anew.\n\n\
            DELIMITER //\n\n";
    for entry in schema.tables.iter().filter(|entry| entry.has_hash()) {
        triggers(&mut out, schema, entry);
    }
    out + "DELIMITER ;\n\n" + ledger
}

fn table(out: &mut String, schema: &Schema<'_>, table: &Table<'_>) {
    let mut lines = vec!["`id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY".to_owned()];
    lines.extend(table.columns.iter().map(definition));
    lines.push(format!("`created_at` datetime(6) NOT NULL DEFAULT ({NOW})"));
    lines.push(format!("`updated_at` datetime(6) DEFAULT ({NOW})"));
    if table.profile.deleted.is_some() {
        lines.push("`deleted_at` datetime(6)".to_owned());
    }
    if table.has_hash() {
        lines.push(format!("`sync_hash` {HASH} UNIQUE"));
    }
    lines.extend(table.unique_key().map(|key| format!("UNIQUE KEY ({})", list(D, &key))));
    lines.extend(table.indexes().iter().map(|columns| format!("KEY ({})", list(D, columns))));
    for (column, parent, _) in foreign_keys(schema, table).iter().filter(|(.., deferred)| !deferred) {
        let (column, parent) = (D.ident(column), D.ident(parent));
        lines.push(format!("FOREIGN KEY ({column}) REFERENCES {parent} (`id`) ON DELETE RESTRICT"));
    }
    let name = D.ident(table.name());
    let _ = write!(out, "CREATE TABLE {name} (\n    {}\n) {OPTIONS};\n\n", lines.join(",\n    "));
}

fn definition(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Int32 => "int".to_owned(),
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
    let trigger = |what: &str| D.ident(&format!("{}_hash_{what}", table.name()));
    let same: Vec<String> =
        table.key().iter().map(|column| D.ident(column)).map(|c| format!("NEW.{c} <=> OLD.{c}")).collect();
    let (insert, update, hash) = (trigger("insert"), trigger("update"), hash_of_new(D, schema, table));
    let _ = write!(
        out,
        "CREATE TRIGGER {insert} BEFORE INSERT ON {name} FOR EACH ROW\nBEGIN\n    \
         IF NEW.`sync_hash` IS NULL THEN\n        SET NEW.`sync_hash` = {hash};\n    END IF;\nEND//\n\n\
         CREATE TRIGGER {update} BEFORE UPDATE ON {name} FOR EACH ROW\nBEGIN\n    \
         IF NEW.`sync_hash` IS NULL OR (NEW.`sync_hash` <=> OLD.`sync_hash` AND NOT ({})) THEN\n        \
         SET NEW.`sync_hash` = {hash};\n    END IF;\nEND//\n\n",
        same.join(" AND "),
    );
    let children = clear_children(D, &schema.children(table.name()), NOW);
    if !children.is_empty() {
        let _ = write!(
            out,
            "CREATE TRIGGER {} AFTER UPDATE ON {name} FOR EACH ROW\nBEGIN\n    \
             IF OLD.`sync_hash` IS NOT NULL AND NOT (NEW.`sync_hash` <=> OLD.`sync_hash`) THEN\n        \
             {}\n    END IF;\nEND//\n\n",
            trigger("cascade"),
            children.join("\n        "),
        );
    }
}

pub(super) fn ledger() -> String {
    let text = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
    format!(
        "-- gapsync's own tables. Can be run again, and on a database of another make.\n\
         CREATE TABLE IF NOT EXISTS `synchronizations` (\n    \
         `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,\n    \
         `type` varchar(10) NOT NULL,\n    \
         `started_at` datetime(6) NOT NULL,\n    \
         `finished_at` datetime(6),\n    \
         `config_json` longtext NOT NULL,\n    \
         `report_json` longtext,\n    \
         `pid` bigint NOT NULL,\n    \
         `hash` {HASH} NOT NULL,\n    \
         `created_at` datetime(6) NOT NULL DEFAULT ({NOW}),\n    \
         `updated_at` datetime(6) DEFAULT ({NOW})\n\
         ) ENGINE = InnoDB DEFAULT {text};\n\
         CREATE TABLE IF NOT EXISTS `gapsync_installation` (\n    \
         `uuid` varchar(36) NOT NULL PRIMARY KEY,\n    \
         `created_at` datetime(6) NOT NULL DEFAULT ({NOW})\n\
         ) ENGINE = InnoDB DEFAULT {text};\n\
         CREATE TABLE IF NOT EXISTS `gapsync_lock` (\n    \
         `name` varchar(50) NOT NULL PRIMARY KEY,\n    \
         `host` varchar(255) NOT NULL,\n    \
         `pid` bigint NOT NULL,\n    \
         `token` varchar(36) NOT NULL,\n    \
         `acquired_at` datetime(6) NOT NULL,\n    \
         `heartbeat` datetime(6) NOT NULL\n\
         ) ENGINE = InnoDB DEFAULT {text};\n\
         CREATE TABLE IF NOT EXISTS `gapsync_checkpoint` (\n    \
         `run_id` bigint NOT NULL,\n    \
         `part` varchar(10) NOT NULL,\n    \
         `state` longtext NOT NULL,\n    \
         `updated_at` datetime(6) NOT NULL,\n    \
         PRIMARY KEY (`run_id`, `part`)\n\
         ) ENGINE = InnoDB DEFAULT {text};\n\
         CREATE TABLE IF NOT EXISTS `gapsync_applied` (\n    \
         `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,\n    \
         `sha256` varchar(64) NOT NULL,\n    \
         `stream` varchar(32) NOT NULL,\n    \
         `receiver` varchar(64),\n    \
         `source` varchar(100) NOT NULL,\n    \
         `engine` varchar(100) NOT NULL,\n    \
         `profile` varchar(100) NOT NULL,\n    \
         `scope` longtext NOT NULL,\n    \
         `sequence` bigint,\n    \
         `covers` bigint,\n    \
         `parent` varchar(64),\n    \
         `window_start` varchar(26),\n    \
         `window_end` varchar(26),\n    \
         `created_at` varchar(26) NOT NULL,\n    \
         `bundle` longtext NOT NULL,\n    \
         `run_id` bigint NOT NULL,\n    \
         `applied_at` datetime(6) NOT NULL\n\
         ) ENGINE = InnoDB DEFAULT {text};\n\
         CREATE TABLE IF NOT EXISTS `gapsync_gap` (\n    \
         `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,\n    \
         `stream` varchar(32) NOT NULL,\n    \
         `receiver` varchar(64),\n    \
         `source` varchar(100) NOT NULL,\n    \
         `engine` varchar(100) NOT NULL,\n    \
         `profile` varchar(100) NOT NULL,\n    \
         `scope` longtext NOT NULL,\n    \
         `from_sequence` bigint,\n    \
         `to_sequence` bigint,\n    \
         `last_sha256` varchar(64),\n    \
         `last_created_at` varchar(26),\n    \
         `window_start` varchar(26),\n    \
         `window_end` varchar(26) NOT NULL,\n    \
         `run_id` bigint NOT NULL,\n    \
         `opened_at` datetime(6) NOT NULL,\n    \
         `closed_by` bigint,\n    \
         `closed_at` datetime(6)\n\
         ) ENGINE = InnoDB DEFAULT {text};\n"
    )
}
