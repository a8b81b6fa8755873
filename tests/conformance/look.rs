//! What stands in the tables, by the engines' own shells and in texts that are the same on every engine.

use std::collections::BTreeMap;

use super::describe::{Column, Kind, Profile, Table};
use super::insert::quote;
use crate::support::{Database, Engine};

/// A value in its one text form, or NULL. A reference is the `sync_hash` of its row.
pub(crate) type Cell = Option<String>;
/// Column → value.
pub(crate) type Row = BTreeMap<String, Cell>;
/// Table → natural key → row.
pub(crate) type Dump = BTreeMap<String, BTreeMap<String, Row>>;

/// All rows of all tables by natural key, without their ids.
pub(crate) fn dump(database: &Database, profile: &Profile) -> Dump {
    let engine = database.engine;
    let here = existing(database);
    let tables: Vec<&Table> = profile.tables.iter().filter(|table| here.contains(&table.name().to_owned())).collect();
    let script: String = tables.iter().map(|table| select(engine, profile, table, &resolved)).collect();
    let mut dump: Dump = tables.iter().map(|table| (table.name().to_owned(), BTreeMap::new())).collect();
    for line in database.run(&script).lines() {
        let mut cells = line.split('|');
        let table = profile.table(cells.next().expect("the table's name"));
        let mut row = Row::new();
        for column in columns(table) {
            row.insert(column.name.clone(), canonical(column.kind, decode(cells.next().expect("a cell"))));
        }
        row.remove("id");
        let identity = match row.remove("sync_hash") {
            Some(hash) => hash.unwrap_or_else(|| panic!("a sync_hash of `{}` is NULL", table.name())),
            None => format!("{:?}", table.entry.key.iter().map(|column| &row[column]).collect::<Vec<_>>()),
        };
        let before = dump.get_mut(table.name()).expect("a table").insert(identity, row);
        assert!(before.is_none(), "two rows of `{}` have one natural key", table.name());
    }
    dump
}

/// All rows with their ids, as one text: equal when nothing at all has changed.
pub(crate) fn digest(database: &Database, profile: &Profile) -> String {
    let plain = |_: &Profile, _: &Table, column: &Column| format!("t.{}", quote(database.engine, &column.name));
    let here = existing(database);
    let tables = profile.tables.iter().filter(|table| here.contains(&table.name().to_owned()));
    database.run(&tables.map(|table| select(database.engine, profile, table, &plain)).collect::<String>())
}

/// Names of all tables of the database, sorted.
pub(crate) fn existing(database: &Database) -> Vec<String> {
    let query = match database.engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%';",
        Engine::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = current_schema();",
        Engine::Mariadb => "SELECT table_name FROM information_schema.tables WHERE table_schema = database();",
    };
    let mut names: Vec<String> = database.rows(query).into_iter().map(|mut row| row.remove(0)).collect();
    names.sort();
    names
}

/// How many rows a query finds, or what number it gives.
pub(crate) fn number(database: &Database, query: &str) -> i64 {
    let text = database.run(query);
    text.trim().parse().unwrap_or_else(|_| panic!("{query} gives {text:?}"))
}

fn columns(table: &Table) -> Vec<Column> {
    let mut columns = table.all_columns();
    if table.has_hash() {
        let hash = Column {
            name: "sync_hash".to_owned(),
            kind: Kind::Varchar(32),
            nullable: true,
            unique: true,
            default: None,
        };
        columns.push(hash);
    }
    columns
}

/// A reference becomes the hash of its row; all else stays.
fn resolved(profile: &Profile, table: &Table, column: &Column) -> String {
    // The text is for SQLite and PostgreSQL; MariaDB's quotes are put in its place below.
    let own = format!("t.\"{}\"", column.name);
    let hash_of = |parent: &str| {
        // A parent matched by its key has no hash and is not referred to by any profile here.
        assert!(profile.table(parent).has_hash());
        format!("(SELECT p.\"sync_hash\" FROM \"{parent}\" p WHERE p.\"id\" = {own})")
    };
    if let Some(parent) = table.entry.references.get(&column.name) {
        return hash_of(parent);
    }
    let Some(pair) = table.polymorphic(&column.name) else { return own };
    let codes = profile.codes(pair);
    let cases: Vec<String> =
        codes.iter().map(|(code, parent)| format!("WHEN '{code}' THEN {}", hash_of(parent))).collect();
    format!("CASE t.\"{}\" {} ELSE CAST({own} AS CHAR(20)) END", pair.type_column, cases.join(" "))
}

/// Prints a table: its name, then a cell for each column, with `|` between them.
fn select(
    engine: Engine,
    profile: &Profile,
    table: &Table,
    expression: &(impl Fn(&Profile, &Table, &Column) -> String + ?Sized),
) -> String {
    let cell = |column: &Column| {
        let mut value = expression(profile, table, column);
        if engine == Engine::Mariadb {
            value = value.replace('"', "`");
        }
        encoded(engine, &shown(engine, column.kind, &value))
    };
    let cells: Vec<String> = columns(table).iter().map(cell).collect();
    let name = table.name();
    let line = match engine {
        Engine::Mariadb => format!("concat_ws('|', '{name}', {})", cells.join(", ")),
        Engine::Sqlite | Engine::Postgres => format!("'{name}|' || {}", cells.join(" || '|' || ")),
    };
    format!("SELECT {line} FROM {} t ORDER BY t.id;\n", quote(engine, name))
}

/// The value as text, the same on each engine but for what [`canonical`] puts right.
fn shown(engine: Engine, kind: Kind, value: &str) -> String {
    let as_text = match engine {
        Engine::Mariadb => format!("CAST({value} AS CHAR CHARACTER SET utf8mb4)"),
        Engine::Sqlite | Engine::Postgres => format!("CAST({value} AS TEXT)"),
    };
    match (kind, engine) {
        (Kind::Bool, _) => format!("CASE WHEN {value} THEN 't' WHEN NOT {value} THEN 'f' END"),
        (Kind::Timestamp, Engine::Postgres) => format!("to_char({value}, 'YYYY-MM-DD HH24:MI:SS.US')"),
        (Kind::Time, Engine::Postgres) => format!("to_char({value}, 'HH24:MI:SS.US')"),
        (Kind::Bytes, Engine::Postgres) => format!("encode({value}, 'hex')"),
        (Kind::Bytes, _) => format!("CASE WHEN {value} IS NOT NULL THEN lower(hex({value})) END"),
        // Its own digits are not always those of the number.
        (Kind::Double, Engine::Sqlite) => {
            format!("CASE WHEN {value} IS NOT NULL THEN 'bits ' || hex(ieee754_to_blob({value})) END")
        }
        _ => as_text,
    }
}

/// A line holds any text in hex; NULL is `-`.
fn encoded(engine: Engine, value: &str) -> String {
    match engine {
        // The hex of NULL is an empty text there.
        Engine::Sqlite => format!("CASE WHEN {value} IS NULL THEN '-' ELSE '=' || hex({value}) END"),
        Engine::Postgres => format!("coalesce('=' || encode(convert_to({value}, 'UTF8'), 'hex'), '-')"),
        Engine::Mariadb => format!("ifnull(concat('=', hex({value})), '-')"),
    }
}

fn decode(cell: &str) -> Cell {
    let hex = cell.strip_prefix('=')?;
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    let bytes = (0..hex.len()).step_by(2).map(byte).collect();
    Some(String::from_utf8(bytes).expect("the database holds UTF-8"))
}

/// Puts right what engines print in their own ways: digits after the point.
fn canonical(kind: Kind, cell: Cell) -> Cell {
    let text = cell?;
    Some(match kind {
        Kind::Timestamp | Kind::Time => match text.split_once('.') {
            Some((whole, digits)) => format!("{whole}.{digits:0<6}"),
            None => format!("{text}.000000"),
        },
        Kind::Decimal if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        Kind::Double => {
            let number = match text.strip_prefix("bits ") {
                Some(bits) => f64::from_bits(u64::from_str_radix(bits, 16).expect("hex")),
                None => text.parse().unwrap_or_else(|_| panic!("{text} is no number")),
            };
            format!("{number:?}")
        }
        _ => text,
    })
}
