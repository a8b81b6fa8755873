//! The expert's statements for SQLite: staging in an attached file without journal, `.import`, the bundle's ids as rowids.

use std::fmt::Write as _;

use super::{Staged, To, list};

/// `.import` of every dump file into a table of its own in the attached database `stage`.
pub(crate) fn load(tables: &[Staged]) -> String {
    let mut sql = "PRAGMA stage.journal_mode = off;\nPRAGMA stage.synchronous = off;\nBEGIN;\n.mode csv\n".to_owned();
    for table in tables {
        let name = table.name();
        let columns = list(table.columns.iter().map(|(column, kind)| match kind.as_str() {
            "integer" if *column == *table.profile.id => format!("{column:?} INTEGER PRIMARY KEY"),
            "integer" => format!("{column:?} INTEGER"),
            _ => format!("{column:?} TEXT"),
        }));
        let _ = writeln!(sql, "{}\nCREATE TABLE stage.stg_{name} ({columns});", mark("load", name));
        for file in &table.files {
            let _ = writeln!(sql, ".import --skip 1 --schema stage {file} stg_{name}");
        }
    }
    sql.push_str(".mode list\nCOMMIT;\n");
    sql
}

/// Everything that follows the load.
pub(crate) fn merge(tables: &[Staged]) -> String {
    let mut sql = "BEGIN IMMEDIATE;\n".to_owned();
    for table in tables {
        let name = table.name();
        for column in ["id"].into_iter().chain(table.pivots.iter().map(|pivot| pivot.column.as_str())) {
            let _ = writeln!(sql, "ALTER TABLE stage.stg_{name} ADD COLUMN existing_{column} INTEGER;");
        }
        let _ = writeln!(sql, "{}\n{}", mark("resolve", name), resolve(table));
        let _ = writeln!(sql, "{}\n{}", mark("update", name), update(table));
        let _ = writeln!(sql, "{}\n{}", mark("insert", name), insert(table));
        if table.is_referred {
            let _ = writeln!(
                sql,
                "{}\nUPDATE stage.stg_{name} AS s SET existing_id = (SELECT b.id FROM main.{name:?} AS b \
                 WHERE b.sync_hash = s.sync_hash) WHERE existing_id IS NULL;",
                mark("new ids", name)
            );
        }
    }
    let _ = writeln!(sql, "{}\nCOMMIT;", mark("commit", ""));
    sql
}

/// The whole script, run by `sqlite3` in the folder where the bundle was unpacked.
pub(crate) fn script(tables: &[Staged]) -> String {
    let mut sql = "PRAGMA foreign_keys = on;\nPRAGMA synchronous = normal;\nPRAGMA cache_size = -262144;\n\
                   PRAGMA wal_autocheckpoint = 16384;\nPRAGMA temp_store = memory;\nATTACH 'stage.db' AS stage;\n"
        .to_owned();
    sql.push_str(&load(tables));
    sql.push_str(&merge(tables));
    let _ = writeln!(sql, "{}", mark("end", ""));
    sql
}

fn mark(step: &str, table: &str) -> String {
    format!("SELECT '@{step} {table}|' || ((julianday('now') - 2440587.5) * 86400);")
}

/// A value of a dump file as the base table takes it.
fn value(name: &str, kind: &str, from: &str) -> String {
    match kind {
        "bool" => format!("CASE {from}{name:?} WHEN 't' THEN 1 WHEN 'f' THEN 0 END"),
        _ => format!("nullif({from}{name:?}, '\\N')"),
    }
}

fn resolve(table: &Staged) -> String {
    let name = table.name();
    let mut set = vec![format!("existing_id = (SELECT b.id FROM main.{name:?} AS b WHERE b.sync_hash = s.sync_hash)")];
    for pivot in &table.pivots {
        let column = &pivot.column;
        let of =
            |parent: &String| format!("(SELECT p.existing_id FROM stage.stg_{parent} AS p WHERE p.id = s.{column:?})");
        let value = match &pivot.to {
            To::Table(parent) => of(parent),
            To::Coded(kind, codes) => {
                let cases = codes.iter().map(|(code, parent)| format!(" WHEN '{code}' THEN {}", of(parent)));
                format!("CASE s.{kind:?}{} END", cases.collect::<String>())
            }
        };
        set.push(format!("existing_{column} = {value}"));
    }
    format!("UPDATE stage.stg_{name} AS s SET {};", list(set))
}

fn update(table: &Staged) -> String {
    let name = table.name();
    let newer = "s.updated_at > b.updated_at";
    let mut set = vec!["created_at = min(b.created_at, s.created_at)".to_owned()];
    let mut when = format!("{newer} OR s.created_at < b.created_at");
    for (column, kind) in table.changeable().chain([&("updated_at".to_owned(), String::new())]) {
        let value = match table.pivot(column) {
            Some(_) => format!("s.existing_{column}"),
            None => value(column, kind, "s."),
        };
        set.push(format!("{column:?} = CASE WHEN {newer} THEN {value} ELSE b.{column:?} END"));
    }
    for column in &table.profile.descriptions {
        let (s, b) = (value(column, "text", "s."), format!("b.{column:?}"));
        set.push(format!("{column:?} = CASE WHEN {newer} THEN coalesce({s}, {b}) ELSE coalesce({b}, {s}) END"));
        let _ = write!(when, " OR ({b} IS NULL AND {s} IS NOT NULL)");
    }
    format!(
        "UPDATE main.{name:?} AS b SET {} FROM stage.stg_{name} AS s WHERE s.existing_id = b.id AND ({when});",
        list(set)
    )
}

fn insert(table: &Staged) -> String {
    let name = table.name();
    let columns = list(table.inserted().map(|(column, _)| format!("{column:?}")));
    let values = list(table.inserted().map(|(column, kind)| match table.pivot(column) {
        Some(_) => format!("existing_{column}"),
        None => value(column, kind, ""),
    }));
    format!("INSERT INTO main.{name:?} ({columns}) SELECT {values} FROM stage.stg_{name} WHERE existing_id IS NULL;")
}
