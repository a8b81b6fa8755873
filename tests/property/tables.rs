//! Fills the tables of a real database and reads them back, by plain SQL through the engine's own shell.

use gapsync::model::neutral::NeutralType;

use crate::model::schema::{Column, Schema};
use crate::model::{Installation, Row, cell};
use crate::support::{Database, Engine};

/// A new database with the tables of the small profile. Without `samples` it has no triggers either: it is a database that
/// somebody else made.
pub(crate) fn create(engine: Engine, without_samples: bool) -> Database {
    let database = crate::support::fresh_database(engine);
    let path = format!("{}/sql/{}/mini.sql", env!("CARGO_MANIFEST_DIR"), engine.name());
    let schema = std::fs::read_to_string(path).unwrap();
    // One commit instead of hundreds.
    let schema = if engine == Engine::Sqlite { format!("BEGIN;\n{schema}\nCOMMIT;") } else { schema };
    database.run(&schema);
    if without_samples {
        let list = match engine {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            Engine::Postgres => {
                "SELECT DISTINCT '\"' || trigger_name || '\" ON \"' || event_object_table || '\"' FROM information_schema.triggers"
            }
            Engine::Mariadb => "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database()",
        };
        let triggers = database.rows(list);
        let drops: String = triggers.iter().map(|row| format!("DROP TRIGGER {};\n", row[0])).collect();
        database.run(&format!("BEGIN;\n{drops}DROP TABLE samples;\nCOMMIT;"));
    }
    database
}

/// Who computes `sync_hash`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Hashes {
    /// We do.
    Given,
    /// The database's triggers; on SQLite nobody.
    Left,
}

/// Empties all tables and fills them, and forgets the runs.
pub(crate) fn fill(database: &Database, schema: &Schema, rows: &Installation, hashes: Hashes) {
    replace(database, schema, rows, hashes, "DELETE FROM synchronizations;\n");
}

/// Empties all tables and fills them; what is known of runs stays.
pub(crate) fn refill(database: &Database, schema: &Schema, rows: &Installation) {
    replace(database, schema, rows, Hashes::Given, "");
}

fn replace(database: &Database, schema: &Schema, rows: &Installation, hashes: Hashes, also: &str) {
    let engine = database.engine;
    let by_triggers = hashes == Hashes::Left;
    let mut script = match engine {
        Engine::Sqlite => "PRAGMA foreign_keys = OFF;\nBEGIN;\n",
        Engine::Postgres => "BEGIN;\nSET session_replication_role = replica;\n",
        Engine::Mariadb => "SET foreign_key_checks = 0;\nBEGIN;\n",
    }
    .to_owned();
    for table in schema.tables() {
        script += &format!("DELETE FROM {};\n", quoted(engine, &table.name));
    }
    script += also;
    script += match engine {
        Engine::Postgres if by_triggers => "SET session_replication_role = origin;\n",
        Engine::Mariadb => "SET foreign_key_checks = 1;\n",
        _ => "",
    };
    let mut later = String::new();
    for table in schema.parents_first() {
        let soft =
            |column: &str| schema.references(table).any(|other| other == column) && !schema.is_hard(table, column);
        let columns: Vec<&Column> =
            schema.columns(&table.name).iter().filter(|column| !(by_triggers && column.name == table.hash)).collect();
        let name = quoted(engine, &table.name);
        let mut lines = Vec::new();
        for row in rows.rows(&table.name) {
            let cells = columns.iter().map(|column| {
                let value = cell(row, &column.name).filter(|_| !soft(&column.name));
                literal(engine, column.neutral, value)
            });
            lines.push(format!("({})", cells.collect::<Vec<_>>().join(", ")));
            for column in columns.iter().filter(|column| soft(&column.name)) {
                if let Some(id) = cell(row, &column.name) {
                    let own = cell(row, "id").unwrap();
                    later += &format!("UPDATE {name} SET {} = {id} WHERE id = {own};\n", quoted(engine, &column.name));
                }
            }
        }
        if !lines.is_empty() {
            let names: Vec<String> = columns.iter().map(|column| quoted(engine, &column.name)).collect();
            script += &format!("INSERT INTO {name} ({}) VALUES\n{};\n", names.join(", "), lines.join(",\n"));
        }
        if engine == Engine::Postgres {
            let next = format!("SELECT coalesce(max(id), 0) + 1 FROM {name}");
            later += &format!("SELECT setval(pg_get_serial_sequence('{}', 'id'), ({next}), false);\n", table.name);
        }
    }
    database.run(&(script + &later + "COMMIT;\n"));
}

/// Reads every table of the profile.
pub(crate) fn read(database: &Database, schema: &Schema) -> Installation {
    let engine = database.engine;
    let mut script = String::new();
    for table in schema.tables() {
        let cells = schema.columns(&table.name).iter().map(|column| hex_of(engine, column));
        let cells: Vec<String> = cells.collect();
        let line = match engine {
            Engine::Mariadb => format!("concat_ws('|', '{}', {})", table.name, cells.join(", ")),
            _ => format!("'{}|' || {}", table.name, cells.join(" || '|' || ")),
        };
        script += &format!("SELECT {line} FROM {} ORDER BY id;\n", quoted(engine, &table.name));
    }
    let mut found = Installation::default();
    for line in database.run(&script).lines() {
        let mut fields = line.split('|');
        let table = fields.next().unwrap();
        let row: Row = schema
            .columns(table)
            .iter()
            .zip(fields)
            .map(|(column, hex)| (column.name.clone(), of_hex(column.neutral, hex)))
            .collect();
        found.tables.entry(table.to_owned()).or_default().push(row);
    }
    found
}

/// The SQL of a column's value as the hex of its text, which no shell changes; a hyphen for NULL.
pub(crate) fn hex_of(engine: Engine, column: &Column) -> String {
    let name = quoted(engine, &column.name);
    let hex = match (engine, column.neutral) {
        (Engine::Postgres, NeutralType::Bytes) => format!("encode({name}, 'hex')"),
        (Engine::Postgres, _) => format!("encode(convert_to({name}::text, 'UTF8'), 'hex')"),
        (Engine::Mariadb, NeutralType::Bytes) => format!("hex({name})"),
        (Engine::Mariadb, _) => format!("hex(CAST({name} AS CHAR CHARACTER SET utf8mb4))"),
        (Engine::Sqlite, NeutralType::Float) => {
            format!("CASE WHEN {name} IS NOT NULL THEN hex(printf('%!.17g', {name})) END")
        }
        (Engine::Sqlite, _) => format!("CASE WHEN {name} IS NOT NULL THEN hex({name}) END"),
    };
    format!("coalesce({hex}, '-')")
}

/// What [`hex_of`] gave, as a neutral text.
pub(crate) fn of_hex(neutral: NeutralType, hex: &str) -> Option<String> {
    (hex != "-").then(|| text_of(neutral, hex))
}

/// A name in the engine's quotes.
pub(crate) fn quoted(engine: Engine, name: &str) -> String {
    if engine == Engine::Mariadb { format!("`{name}`") } else { format!("\"{name}\"") }
}

/// A value as a statement holds it.
pub(crate) fn literal(engine: Engine, neutral: NeutralType, value: Option<&str>) -> String {
    let Some(value) = value else { return "NULL".into() };
    match (engine, neutral) {
        (_, NeutralType::Integer | NeutralType::Float) => value.to_owned(),
        (Engine::Postgres | Engine::Mariadb, NeutralType::Decimal) => value.to_owned(),
        (Engine::Postgres, NeutralType::Bytes) => format!("'{value}'"),
        (_, NeutralType::Bytes) => format!("X'{}'", &value[2..]),
        (Engine::Sqlite | Engine::Mariadb, NeutralType::Bool) => u8::from(value == "t").to_string(),
        // A shell reads its script line by line and may change how a line ends.
        (_, NeutralType::Text) if value.contains(char::is_control) => {
            let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            match engine {
                Engine::Sqlite => format!("CAST(X'{hex}' AS TEXT)"),
                Engine::Postgres => format!("convert_from('\\x{hex}'::bytea, 'UTF8')"),
                Engine::Mariadb => format!("CONVERT(X'{hex}' USING utf8mb4)"),
            }
        }
        _ => format!("'{}'", value.replace('\'', "''")),
    }
}

/// The neutral text of a value that a shell printed as the hex of its text.
fn text_of(neutral: NeutralType, hex: &str) -> String {
    let hex = hex.to_ascii_lowercase();
    if neutral == NeutralType::Bytes {
        return format!("\\x{hex}");
    }
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    let text = String::from_utf8(bytes.collect()).expect("texts are UTF-8");
    match neutral {
        NeutralType::Bool => (if matches!(text.as_str(), "1" | "true") { "t" } else { "f" }).to_owned(),
        NeutralType::Float => text.parse::<f64>().map_or(text, |number| number.to_string()),
        NeutralType::Decimal | NeutralType::Timestamp | NeutralType::Time if text.contains('.') => {
            let short = text.trim_end_matches('0').trim_end_matches('.');
            match short.split_once('.') {
                Some((whole, fraction)) if neutral != NeutralType::Decimal => format!("{whole}.{fraction:0<6}"),
                _ => short.to_owned(),
            }
        }
        _ => text,
    }
}
