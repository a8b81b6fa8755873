//! The tables of a world in a real database: their statements, filling them, reading them.

use gapsync::model::neutral::NeutralType;

use super::profile::{BLOCKED, SETTINGS};
use super::world::{Table, World};
use crate::model::schema::Column;
use crate::model::{Installation, Row, cell};
use crate::property::tables::{hex_of, literal, of_hex, quoted};
use crate::support::{Database, Engine};

/// The id of a table as a column.
fn id_column(table: &Table) -> Column {
    Column {
        name: table.id.to_owned(),
        neutral: NeutralType::Integer,
        limit: crate::model::schema::Limit::None,
        nullable: false,
        default: None,
        unique: false,
    }
}

fn columns(table: &Table) -> Vec<Column> {
    std::iter::once(id_column(table)).chain(table.columns.iter().cloned()).collect()
}

/// The type of a column.
fn native(engine: Engine, neutral: NeutralType) -> &'static str {
    let [sqlite, postgres, mariadb] = match neutral {
        NeutralType::Text => ["TEXT", "text", "varchar(100) CHARACTER SET utf8mb4"],
        NeutralType::Integer => ["BIGINT", "bigint", "bigint"],
        NeutralType::Decimal => ["DECIMAL TEXT", "numeric(30,10)", "decimal(30,10)"],
        NeutralType::Float => ["DOUBLE", "double precision", "double"],
        NeutralType::Bool => ["BOOLEAN", "boolean", "tinyint(1)"],
        NeutralType::Bytes => ["BLOB", "bytea", "longblob"],
        NeutralType::Date => ["DATE TEXT", "date", "date"],
        NeutralType::Time => ["TIME TEXT", "time(6)", "time(6)"],
        NeutralType::Timestamp => ["TIMESTAMP TEXT", "timestamp(6)", "datetime(6)"],
        NeutralType::Json => ["JSON TEXT", "json", "json"],
        NeutralType::Uuid => ["UUID TEXT", "uuid", "uuid"],
    };
    match engine {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
        Engine::Mariadb => mariadb,
    }
}

/// The statements that make the tables. `version`: that of the platform.
pub(super) fn schema(engine: Engine, world: &World, version: u64) -> String {
    let mut text = format!(
        "CREATE TABLE {SETTINGS} (name varchar(20), value varchar(20));\n\
         INSERT INTO {SETTINGS} VALUES ('other', '9'), ('version', '{version}');\n\
         CREATE TABLE {BLOCKED} (value varchar(100));\n"
    );
    for table in &world.tables {
        let quoted = |name: &str| quoted(engine, name);
        let mut lines = vec![quoted(table.id) + " {id}"];
        for column in &table.columns {
            let mut line = format!("{} {}", quoted(&column.name), native(engine, column.neutral));
            // Otherwise the collation would take some of the names for the same.
            if table.unique
                && table.key.contains(&column.name)
                && (engine, column.neutral) == (Engine::Mariadb, NeutralType::Text)
            {
                line += " COLLATE utf8mb4_nopad_bin";
            }
            line += if column.nullable { "" } else { " NOT NULL" };
            if let Some(default) = &column.default {
                line += &format!(" DEFAULT {default}");
            }
            line += if column.unique { " UNIQUE" } else { "" };
            lines.push(line);
        }
        if table.unique {
            let key: Vec<String> = super::merge::key_columns(table).map(&quoted).collect();
            lines.push(format!("UNIQUE ({})", key.join(", ")));
        }
        text += &format!("CREATE TABLE {} ({});\n", quoted(table.name), lines.join(", "));
    }
    text
}

/// Empties all tables and fills them.
pub(super) fn fill(database: &Database, world: &World, all: &Installation, blocked: &[String]) {
    let engine = database.engine;
    let mut script = "BEGIN;\n".to_owned();
    if engine == Engine::Mariadb {
        // Otherwise a row with the id 0 gets the next one.
        script = "SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO');\n".to_owned() + &script;
    }
    script += &format!("DELETE FROM {BLOCKED};\n");
    for value in blocked {
        script += &format!("INSERT INTO {BLOCKED} VALUES ({});\n", literal(engine, NeutralType::Text, Some(value)));
    }
    for table in &world.tables {
        let name = quoted(engine, table.name);
        script += &format!("DELETE FROM {name};\n");
        let columns = columns(table);
        let names: Vec<String> = columns.iter().map(|column| quoted(engine, &column.name)).collect();
        let values = |row: &Row| {
            let cells = columns.iter().map(|column| literal(engine, column.neutral, cell(row, &column.name)));
            format!("({})", cells.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<String> = all.rows(table.name).iter().map(values).collect();
        if !rows.is_empty() {
            script += &format!("INSERT INTO {name} ({}) VALUES\n{};\n", names.join(", "), rows.join(",\n"));
        }
    }
    database.run(&(script + "COMMIT;\n"));
}

/// Reads all tables.
pub(super) fn read(database: &Database, world: &World) -> Installation {
    let engine = database.engine;
    let mut script = String::new();
    for (place, table) in world.tables.iter().enumerate() {
        let cells: Vec<String> = columns(table).iter().map(|column| hex_of(engine, column)).collect();
        let line = match engine {
            Engine::Mariadb => format!("concat_ws('|', '{place}', {})", cells.join(", ")),
            Engine::Sqlite | Engine::Postgres => format!("'{place}|' || {}", cells.join(" || '|' || ")),
        };
        let (name, id) = (quoted(engine, table.name), quoted(engine, table.id));
        script += &format!("SELECT {line} FROM {name} ORDER BY {id};\n");
    }
    let mut found = Installation::default();
    for line in database.run(&script).lines() {
        let mut fields = line.split('|');
        let table = &world.tables[fields.next().unwrap().parse::<usize>().unwrap()];
        let row =
            columns(table).into_iter().zip(fields).map(|(column, hex)| (column.name, of_hex(column.neutral, hex)));
        found.tables.entry(table.name.to_owned()).or_default().push(row.collect());
    }
    found
}
