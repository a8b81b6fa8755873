//! The expert's statements for MariaDB: staging clustered by the bundle's ids (which is how the dump files are sorted),
//! LOAD DATA LOCAL, multi-table updates.

use std::fmt::Write as _;

use super::{Staged, To, list};

/// LOAD DATA of every dump file into a table of its own.
pub(crate) fn load(tables: &[Staged]) -> String {
    let mut sql = String::new();
    for table in tables {
        let name = table.name();
        let mut extra = vec!["existing_id BIGINT".to_owned()];
        extra.extend(table.pivots.iter().map(|pivot| format!("existing_{} BIGINT", pivot.column)));
        let columns = list(table.columns.iter().map(|(column, _)| format!("`{column}`")));
        let _ = writeln!(
            sql,
            "{}\nCREATE TABLE stg_{name} ({}, PRIMARY KEY (id)) SELECT {columns} FROM `{name}` LIMIT 0;",
            mark("load", name),
            list(extra)
        );
        for file in &table.files {
            let _ = writeln!(sql, "{}", load_file(table, file));
        }
    }
    sql
}

/// Only columns that may be NULL, or are truth values, take the detour over a variable.
fn load_file(table: &Staged, file: &str) -> String {
    let profile = &table.profile;
    let whole = |name: &String| {
        [&profile.id, &profile.hash, &profile.date.column, &profile.created].contains(&name) || profile.in_key(name)
    };
    let mut columns = Vec::new();
    let mut set = Vec::new();
    for (name, kind) in &table.columns {
        if kind == "bool" {
            columns.push(format!("@{name}"));
            set.push(format!("`{name}` = CASE @{name} WHEN 't' THEN 1 WHEN 'f' THEN 0 END"));
        } else if whole(name) {
            columns.push(format!("`{name}`"));
        } else {
            columns.push(format!("@{name}"));
            set.push(format!("`{name}` = NULLIF(@{name}, '\\\\N')"));
        }
    }
    let set = if set.is_empty() { String::new() } else { format!(" SET {}", list(set)) };
    format!(
        "LOAD DATA LOCAL INFILE '{file}' INTO TABLE stg_{} CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' \
         OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' IGNORE 1 LINES ({}){set};",
        table.name(),
        list(columns)
    )
}

/// Everything that follows the load; `<prefix><table>` holds the rows, with the columns `existing_…`.
pub(crate) fn merge(tables: &[Staged], prefix: &str) -> String {
    // The columns of a row that is kept are compared and set in one statement: all sides of SET mean the row as it was.
    let mut sql = "SET sql_mode = concat(@@sql_mode, ',SIMULTANEOUS_ASSIGNMENT');\nSTART TRANSACTION;\n".to_owned();
    for table in tables {
        let name = table.name();
        let _ = writeln!(sql, "{}\n{}", mark("resolve", name), resolve(table, prefix));
        let _ = writeln!(sql, "{}\n{}", mark("update", name), update(table, prefix));
        let _ = writeln!(sql, "{}\n{}", mark("insert", name), insert(table, prefix));
        if table.is_referred {
            let _ = writeln!(
                sql,
                "{}\nUPDATE {prefix}{name} s JOIN `{name}` b ON b.sync_hash = s.sync_hash SET s.existing_id = b.id \
                 WHERE s.existing_id IS NULL;",
                mark("new ids", name)
            );
        }
    }
    let _ = writeln!(sql, "{}\nCOMMIT;", mark("commit", ""));
    sql
}

/// The whole script, run by `mariadb` in the folder where the bundle was unpacked.
pub(crate) fn script(tables: &[Staged]) -> String {
    let mut sql = "SET NAMES utf8mb4;\n".to_owned();
    sql.push_str(&load(tables));
    sql.push_str(&merge(tables, "stg_"));
    let _ =
        writeln!(sql, "{}\nDROP TABLE {};", mark("drop", ""), list(tables.iter().map(|t| format!("stg_{}", t.name()))));
    let _ = writeln!(sql, "{}", mark("end", ""));
    sql
}

/// The merge of tables that myloader put into the database `staging`.
pub(crate) fn merge_loaded(tables: &[Staged]) -> String {
    let mut sql = "SET NAMES utf8mb4;\n".to_owned();
    for table in tables {
        let columns = ["id"].into_iter().chain(table.pivots.iter().map(|pivot| pivot.column.as_str()));
        let columns = list(columns.map(|column| format!("ADD COLUMN existing_{column} BIGINT")));
        let _ = writeln!(sql, "ALTER TABLE staging.`{}` {columns};", table.name());
    }
    sql.push_str(&merge(tables, "staging."));
    sql.push_str("DROP DATABASE staging;\n");
    sql
}

fn mark(step: &str, table: &str) -> String {
    format!("SELECT concat('@{step} {table}|', unix_timestamp(now(6)));")
}

fn resolve(table: &Staged, prefix: &str) -> String {
    let name = table.name();
    let mut set = vec!["s.existing_id = b.id".to_owned()];
    let mut joins = format!("LEFT JOIN `{name}` b ON b.sync_hash = s.sync_hash");
    for (i, pivot) in table.pivots.iter().enumerate() {
        let column = &pivot.column;
        let value = match &pivot.to {
            To::Table(parent) => {
                let _ = write!(joins, " LEFT JOIN {prefix}{parent} p{i} ON p{i}.id = s.`{column}`");
                format!("p{i}.existing_id")
            }
            To::Coded(kind, codes) => {
                let cases = codes.iter().map(|(code, parent)| {
                    format!(" WHEN '{code}' THEN (SELECT existing_id FROM {prefix}{parent} WHERE id = s.`{column}`)")
                });
                format!("CASE s.`{kind}`{} END", cases.collect::<String>())
            }
        };
        set.push(format!("s.existing_{column} = {value}"));
    }
    format!("UPDATE {prefix}{name} s {joins} SET {};", list(set))
}

fn update(table: &Staged, prefix: &str) -> String {
    let name = table.name();
    let newer = "s.updated_at > b.updated_at";
    let mut set = vec!["b.created_at = least(b.created_at, s.created_at)".to_owned()];
    let mut when = format!("{newer} OR s.created_at < b.created_at");
    for (column, _) in table.changeable().chain([&("updated_at".to_owned(), String::new())]) {
        let value =
            if table.pivot(column).is_some() { format!("s.existing_{column}") } else { format!("s.`{column}`") };
        set.push(format!("b.`{column}` = IF({newer}, {value}, b.`{column}`)"));
    }
    for column in &table.profile.descriptions {
        let (s, b) = (format!("s.`{column}`"), format!("b.`{column}`"));
        set.push(format!("{b} = IF({newer}, coalesce({s}, {b}), coalesce({b}, {s}))"));
        let _ = write!(when, " OR ({b} IS NULL AND {s} IS NOT NULL)");
    }
    format!("UPDATE {prefix}{name} s JOIN `{name}` b ON b.id = s.existing_id SET {} WHERE {when};", list(set))
}

fn insert(table: &Staged, prefix: &str) -> String {
    let name = table.name();
    let columns = list(table.inserted().map(|(column, _)| format!("`{column}`")));
    let values = list(table.inserted().map(|(column, _)| match table.pivot(column) {
        Some(_) => format!("existing_{column}"),
        None => format!("`{column}`"),
    }));
    format!("INSERT INTO `{name}` ({columns}) SELECT {values} FROM {prefix}{name} WHERE existing_id IS NULL;")
}
