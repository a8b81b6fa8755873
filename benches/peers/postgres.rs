//! The expert's statements for PostgreSQL: unlogged staging without indexes, COPY, hash joins in plenty of `work_mem`.

use std::fmt::Write as _;
use std::path::Path;

use super::{Staged, To, list};

/// COPY of every dump file into a table of its own, in the columns of the base table.
pub(crate) fn load(tables: &[Staged]) -> String {
    let mut sql = String::new();
    for table in tables {
        let name = table.name();
        let mut columns: Vec<String> = table.columns.iter().map(|(column, _)| format!("{column:?}")).collect();
        let copied = list(&columns);
        columns.push("NULL::bigint AS existing_id".to_owned());
        columns.extend(table.pivots.iter().map(|pivot| format!("NULL::bigint AS existing_{}", pivot.column)));
        let _ = writeln!(sql, "{}", mark("load", name));
        let _ =
            writeln!(sql, "CREATE UNLOGGED TABLE stg_{name} AS SELECT {} FROM \"{name}\" WITH NO DATA;", list(columns));
        for file in &table.files {
            let _ = writeln!(sql, "\\copy stg_{name} ({copied}) FROM '{file}' WITH (FORMAT csv, HEADER, NULL '\\N')");
        }
    }
    sql
}

/// Empty staging tables without anything but the dump files' columns.
pub(crate) fn staging(tables: &[Staged]) -> String {
    let create = |table: &Staged| {
        let columns = list(table.columns.iter().map(|(column, _)| format!("{column:?}")));
        let name = table.name();
        format!("CREATE UNLOGGED TABLE stg_{name} AS SELECT {columns} FROM \"{name}\" WITH NO DATA;\n")
    };
    tables.iter().map(create).collect()
}

/// pgloader's commands that fill them from a folder where a bundle was unpacked.
pub(crate) fn pgloader(tables: &[Staged], folder: &Path, conninfo: &str) -> String {
    let host = conninfo.split(' ').find_map(|part| part.strip_prefix("host=")).unwrap_or_default();
    let folder = folder.display();
    let mut commands = String::new();
    for table in tables {
        let name = table.name();
        let fields = list(table.columns.iter().map(|(column, _)| format!("{column} [null if '\\N']")));
        let columns = list(table.columns.iter().map(|(column, _)| column));
        let _ = writeln!(
            commands,
            "LOAD CSV FROM ALL FILENAMES MATCHING ~/csv$/ IN DIRECTORY '{folder}/data/{name}' HAVING FIELDS ({fields}) \
             INTO postgresql://gapsync@unix:{host}:5432/bench TARGET TABLE stg_{name} TARGET COLUMNS ({columns}) \
             WITH skip header = 1, fields optionally enclosed by '\"', fields escaped by double-quote, \
             fields terminated by ',', workers = 2, concurrency = 1, batch rows = 50000, drop indexes;"
        );
    }
    commands
}

/// Everything that follows the load; `stg_<table>` holds the rows.
pub(crate) fn merge(tables: &[Staged]) -> String {
    let mut sql = String::new();
    for table in tables {
        let _ = writeln!(sql, "{}\nANALYZE stg_{};", mark("analyze", table.name()), table.name());
    }
    for table in tables {
        let name = table.name();
        let _ = writeln!(sql, "{}\n{}", mark("resolve", name), resolve(table));
        let _ = writeln!(sql, "{}\n{}", mark("update", name), update(table));
        let _ = writeln!(sql, "{}\n{}", mark("insert", name), insert(table));
        if table.is_referred {
            let _ = writeln!(
                sql,
                "{}\nUPDATE stg_{name} s SET existing_id = b.id FROM \"{name}\" b \
                 WHERE s.existing_id IS NULL AND b.sync_hash = s.sync_hash;",
                mark("new ids", name)
            );
        }
    }
    sql
}

/// The whole script, run by `psql` in the folder where the bundle was unpacked.
pub(crate) fn script(tables: &[Staged]) -> String {
    let mut sql = "SET work_mem = '256MB';\nBEGIN;\n".to_owned();
    sql.push_str(&load(tables));
    sql.push_str(&merge(tables));
    let _ = writeln!(sql, "{}\nCOMMIT;", mark("commit", ""));
    let _ =
        writeln!(sql, "{}\nDROP TABLE {};", mark("drop", ""), list(tables.iter().map(|t| format!("stg_{}", t.name()))));
    let _ = writeln!(sql, "{}", mark("end", ""));
    sql
}

fn mark(step: &str, table: &str) -> String {
    format!("SELECT '@{step} {table}|' || extract(epoch FROM clock_timestamp());")
}

/// Pivots and row in one statement: two would write each staged row twice.
fn resolve(table: &Staged) -> String {
    let name = table.name();
    let mut set = vec!["existing_id = b.id".to_owned()];
    let mut joins = format!("LEFT JOIN \"{name}\" b ON b.sync_hash = z.sync_hash");
    for (i, pivot) in table.pivots.iter().enumerate() {
        set.push(format!("existing_{} = p{i}.existing_id", pivot.column));
        let _ = match &pivot.to {
            To::Table(parent) => write!(joins, " LEFT JOIN stg_{parent} p{i} ON p{i}.id = z.\"{}\"", pivot.column),
            To::Coded(kind, codes) => {
                let all = codes
                    .iter()
                    .map(|(code, parent)| format!("SELECT '{code}' AS code, id, existing_id FROM stg_{parent}"));
                let all = all.collect::<Vec<_>>().join(" UNION ALL ");
                write!(
                    joins,
                    " LEFT JOIN ({all}) p{i} ON p{i}.code = z.\"{kind}\" AND p{i}.id = z.\"{}\"",
                    pivot.column
                )
            }
        };
    }
    format!("UPDATE stg_{name} s SET {} FROM stg_{name} z {joins} WHERE z.ctid = s.ctid;", list(set))
}

fn update(table: &Staged) -> String {
    let name = table.name();
    let newer = "s.updated_at > b.updated_at";
    let mut set = vec!["created_at = least(b.created_at, s.created_at)".to_owned()];
    let mut when = format!("{newer} OR s.created_at < b.created_at");
    for (column, _) in table.changeable().chain([&("updated_at".to_owned(), String::new())]) {
        let value =
            if table.pivot(column).is_some() { format!("s.existing_{column}") } else { format!("s.{column:?}") };
        set.push(format!("{column:?} = CASE WHEN {newer} THEN {value} ELSE b.{column:?} END"));
    }
    for column in &table.profile.descriptions {
        let (s, b) = (format!("s.{column:?}"), format!("b.{column:?}"));
        set.push(format!("{column:?} = CASE WHEN {newer} THEN coalesce({s}, {b}) ELSE coalesce({b}, {s}) END"));
        let _ = write!(when, " OR ({b} IS NULL AND {s} IS NOT NULL)");
    }
    format!("UPDATE \"{name}\" b SET {} FROM stg_{name} s WHERE s.existing_id = b.id AND ({when});", list(set))
}

fn insert(table: &Staged) -> String {
    let name = table.name();
    let columns = list(table.inserted().map(|(column, _)| format!("{column:?}")));
    let values = list(table.inserted().map(|(column, _)| match table.pivot(column) {
        Some(_) => format!("existing_{column}"),
        None => format!("{column:?}"),
    }));
    format!("INSERT INTO \"{name}\" ({columns}) SELECT {values} FROM stg_{name} WHERE existing_id IS NULL;")
}
