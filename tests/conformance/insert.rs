//! Rows as the INSERT statements of an engine.

use std::fmt::Write;

use super::describe::{Profile, Table};
use super::fill::{Rows, Side, Value, rows};
use crate::support::{Database, Engine};

/// A name, quoted.
pub(crate) fn quote(engine: Engine, name: &str) -> String {
    if engine == Engine::Mariadb { format!("`{name}`") } else { format!("\"{name}\"") }
}

/// A text in SQL. One with control characters goes in hex: shells and their scripts change line ends.
pub(crate) fn text(engine: Engine, text: &str) -> String {
    if !text.contains(char::is_control) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let hex = hex(text.as_bytes());
    match engine {
        Engine::Sqlite => format!("CAST(X'{hex}' AS TEXT)"),
        Engine::Postgres => format!("convert_from('\\x{hex}', 'UTF8')"),
        Engine::Mariadb => format!("CONVERT(X'{hex}' USING utf8mb4)"),
    }
}

/// Bytes in SQL.
pub(crate) fn bytes(engine: Engine, bytes: &[u8]) -> String {
    match engine {
        Engine::Postgres => format!("'\\x{}'", hex(bytes)),
        Engine::Sqlite | Engine::Mariadb => format!("X'{}'", hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn literal(engine: Engine, side: Side, value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Text(content) => text(engine, content),
        Value::Plain(content) => format!("'{}'", content.replace('\'', "''")),
        // The lowest number is an operator and a number that is too high.
        Value::Integer(i64::MIN) => "-9223372036854775807 - 1".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:e}"),
        Value::Bool(flag) if engine == Engine::Postgres => flag.to_string(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::Bytes(content) => bytes(engine, content),
        Value::Row(k) => side.id(*k).to_string(),
    }
}

/// The statements that put one installation's rows into every table of the profile.
pub(crate) fn statements(engine: Engine, profile: &Profile, side: Side) -> String {
    let mut script = "BEGIN;\n".to_owned();
    let filled: Vec<(&Table, Rows)> = profile.tables.iter().map(|table| (table, rows(profile, table, side))).collect();
    for (table, rows) in &filled {
        for (_, row) in rows {
            let now = |name: &String| !table.deferred.contains(name);
            let names: Vec<String> = row.keys().filter(|name| now(name)).map(|name| quote(engine, name)).collect();
            let values: Vec<String> =
                row.iter().filter(|(name, _)| now(name)).map(|(_, value)| literal(engine, side, value)).collect();
            let into = quote(engine, table.name());
            let _ = writeln!(script, "INSERT INTO {into} ({}) VALUES ({});", names.join(", "), values.join(", "));
        }
    }
    for (table, rows) in &filled {
        for (_, row) in rows.iter().filter(|_| !table.deferred.is_empty()) {
            let set = |name: &String| format!("{} = {}", quote(engine, name), literal(engine, side, &row[name]));
            let sets: Vec<String> = table.deferred.iter().map(set).collect();
            let id = literal(engine, side, &row["id"]);
            let _ = writeln!(script, "UPDATE {} SET {} WHERE id = {id};", quote(engine, table.name()), sets.join(", "));
        }
    }
    if engine == Engine::Postgres {
        // As the platform leaves it: its own next id is a free one.
        for (table, _) in &filled {
            let name = table.name();
            let _ = writeln!(
                script,
                "DO $$ BEGIN PERFORM setval(pg_get_serial_sequence('\"{name}\"', 'id'), (SELECT max(id) FROM \"{name}\")); END $$;"
            );
        }
    }
    script + "COMMIT;\n"
}

/// Puts one installation's rows into the database, by the engine's shell.
pub(crate) fn load(database: &Database, profile: &Profile, side: Side) {
    database.run(&statements(database.engine, profile, side));
}
