//! `fill-sync-hash` on each engine, against the published vectors and where it has to leave rows out.

use std::collections::BTreeMap;

use gapsync::db::url::DatabaseUrl;
use gapsync::event::Progress;
use gapsync::model::profile::Profile;
use gapsync::stream::cancel::Cancel;
use gapsync::sync::Context;
use gapsync::sync::hashing::{HashMode, HashReport, fill_sync_hash};
use gapsync::sync::init::init;
use serde::Deserialize;

use crate::support::{Database, Engine, engines, fresh_database};

#[derive(Deserialize)]
struct Vectors {
    rows: Vec<RowVector>,
    values: Vec<ValueVector>,
}

#[derive(Deserialize)]
struct RowVector {
    table: String,
    id: i64,
    values: BTreeMap<String, String>,
    md5: String,
}

#[derive(Deserialize)]
struct ValueVector {
    #[serde(rename = "type")]
    kind: String,
    value: Option<String>,
    md5: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/sync_hash.json")).unwrap()
}

fn mini() -> Profile {
    Profile::parse(include_str!("../sql/profiles/mini.toml")).unwrap()
}

fn context(database: &Database, profile: Profile) -> Context {
    Context {
        database: DatabaseUrl::parse(&database.url).unwrap(),
        profile,
        run: gapsync::run::Context {
            progress: Progress::silent(),
            cancel: Cancel::default(),
            report_dir: std::env::temp_dir(),
            again: String::new(),
        },
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

fn fill(database: &Database, mode: HashMode) -> HashReport {
    wait(fill_sync_hash(mode, &context(database, mini()))).unwrap()
}

fn initialised(engine: Engine) -> Database {
    let database = fresh_database(engine);
    let tables = wait(init(&context(&database, mini()), None)).unwrap();
    assert!(tables.contains(&"things".to_owned()) && tables.contains(&"gapsync_lock".to_owned()), "{tables:?}");
    database
}

fn quoted(engine: Engine, name: &str) -> String {
    if engine == Engine::Mariadb { format!("`{name}`") } else { format!("\"{name}\"") }
}

fn insert(engine: Engine, row: &RowVector) -> String {
    let literal = |value: &String| {
        let text = format!("'{}'", value.replace('\'', "''"));
        // The sqlite3 shell drops a carriage return at the end of a line, wherever the line ends.
        if engine == Engine::Sqlite { text.replace('\r', "' || char(13) || '") } else { text }
    };
    let names: Vec<String> = row.values.keys().map(|name| quoted(engine, name)).collect();
    let values: Vec<String> = row.values.values().map(literal).collect();
    format!("INSERT INTO {} (id, {}) VALUES ({}, {});\n", row.table, names.join(", "), row.id, values.join(", "))
}

/// Takes the triggers away, as a database of another make has none.
fn drop_triggers(database: &Database) {
    let profile = mini();
    let tables = || profile.tables.iter().filter(|table| table.name != "settings");
    let kinds = ["insert", "update", "cascade"];
    let script: String = match database.engine {
        Engine::Postgres => {
            tables().map(|table| format!("ALTER TABLE {} DISABLE TRIGGER USER;\n", table.name)).collect()
        }
        Engine::Sqlite | Engine::Mariadb => tables()
            .flat_map(|table| kinds.map(|kind| format!("DROP TRIGGER IF EXISTS {}_hash_{kind};\n", table.name)))
            .collect(),
    };
    database.run(&script);
}

fn hashes(database: &Database, table: &str) -> BTreeMap<i64, String> {
    let rows = database.rows(&format!("SELECT id, coalesce(sync_hash, '') FROM {table};"));
    rows.into_iter().map(|cells| (cells[0].parse().unwrap(), cells[1].clone())).collect()
}

fn assert_vectors(database: &Database, vectors: &Vectors) {
    let mut tables = BTreeMap::new();
    for row in &vectors.rows {
        let stored = tables.entry(&row.table).or_insert_with(|| hashes(database, &row.table));
        assert_eq!(stored[&row.id], row.md5, "{:?} {} {}", database.engine, row.table, row.id);
    }
}

#[test]
fn rows_get_the_published_hashes_by_trigger_and_by_fill() {
    let vectors = vectors();
    for engine in engines() {
        let database = initialised(engine);
        database.run(&vectors.rows.iter().map(|row| insert(engine, row)).collect::<String>());
        if engine != Engine::Sqlite {
            assert_vectors(&database, &vectors);
        }
        drop_triggers(&database);
        let mut tables: Vec<&str> = vectors.rows.iter().map(|row| row.table.as_str()).collect();
        tables.dedup();
        database.run(&tables.iter().map(|table| format!("UPDATE {table} SET sync_hash = NULL;\n")).collect::<String>());
        let empty = fill(&database, HashMode::Check);
        assert_eq!(empty.wrong(), vectors.rows.len() as u64, "{engine:?}");

        let report = fill(&database, HashMode::Missing);
        assert_eq!(report.status, "finished", "{engine:?} {report:?}");
        assert_eq!(report.tables.values().map(|counts| counts.filled).sum::<u64>(), vectors.rows.len() as u64);
        assert_vectors(&database, &vectors);

        assert_eq!(fill(&database, HashMode::Check).wrong(), 0, "{engine:?}");
        let again = fill(&database, HashMode::All);
        assert!(again.tables.values().all(|counts| counts.filled == 0), "{engine:?} {again:?}");
    }
}

/// The type of a key column and a literal of a neutral value.
fn typed(engine: Engine, kind: &str, value: Option<&str>) -> (&'static str, String) {
    let column = match (kind, engine) {
        ("integer", _) => "bigint",
        ("decimal", Engine::Sqlite) => "DECIMAL TEXT(30,10)",
        ("decimal", _) => "decimal(30,10)",
        ("bool", _) => "boolean",
        ("text", _) => "varchar(50)",
        ("bytes", Engine::Postgres) => "bytea",
        ("bytes", _) => "blob",
        ("date", Engine::Sqlite) => "DATE TEXT",
        ("date", _) => "date",
        ("time", Engine::Sqlite) => "TIME TEXT",
        ("time", _) => "time(6)",
        ("timestamp", Engine::Sqlite) => "TIMESTAMP TEXT",
        ("timestamp", Engine::Postgres) => "timestamp(6)",
        ("timestamp", Engine::Mariadb) => "datetime(6)",
        ("uuid", Engine::Sqlite) => "UUID TEXT",
        ("uuid", _) => "uuid",
        _ => panic!("unknown type {kind}"),
    };
    let literal = match (kind, engine, value) {
        (_, _, None) => "NULL".to_owned(),
        ("bool", Engine::Sqlite | Engine::Mariadb, Some(value)) => u8::from(value == "t").to_string(),
        ("bytes", Engine::Sqlite | Engine::Mariadb, Some(value)) => format!("X'{}'", value.trim_start_matches("\\x")),
        (_, _, Some(value)) => format!("'{value}'"),
    };
    (column, literal)
}

#[test]
fn every_type_of_key_gives_the_published_hash() {
    let vectors = vectors();
    for engine in engines() {
        let database = fresh_database(engine);
        let mut by_table: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut script = String::new();
        for vector in &vectors.values {
            let table = format!("t_{}", vector.kind);
            let (column, literal) = typed(engine, &vector.kind, vector.value.as_deref());
            let rows = by_table.entry(table.clone()).or_default();
            if rows.is_empty() {
                script +=
                    &format!("CREATE TABLE {table} (id bigint PRIMARY KEY, v {column}, sync_hash varchar(32));\n");
            }
            script += &format!("INSERT INTO {table} (id, v) VALUES ({}, {literal});\n", rows.len());
            rows.push(&vector.md5);
        }
        database.run(&script);
        let table = |name: &String| format!("[[table]]\nname = \"{name}\"\ngroup = \"object\"\nkey = [\"v\"]\n");
        let profile = format!("name = \"types\"\n{}", by_table.keys().map(table).collect::<String>());
        let profile = Profile::parse(&profile).unwrap();
        let report = wait(fill_sync_hash(HashMode::Missing, &context(&database, profile))).unwrap();
        assert_eq!(report.status, "finished", "{engine:?} {report:?}");
        for (table, expected) in by_table {
            let stored: Vec<String> = hashes(&database, &table).into_values().collect();
            assert_eq!(stored, expected, "{engine:?} {table}");
        }
    }
}

#[test]
fn twins_and_mirrored_links_stay_empty_and_the_rest_is_filled() {
    for engine in engines() {
        let database = initialised(engine);
        drop_triggers(&database);
        database.run(
            "INSERT INTO kinds (id, name) VALUES (1, 'k');
             INSERT INTO things (id, kind_id, value) VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'b'), (4, 1, 'c');
             INSERT INTO links (id, src_type, src_object_id, dest_type, dest_object_id) VALUES
                 (1, 'thing', 1, 'thing', 4), (2, 'thing', 4, 'thing', 1), (3, 'thing', 1, 'thing', 1),
                 (4, 'thing', 1, 'thing', 2), (5, 'thing', 1, 'place', 99);",
        );
        let report = fill(&database, HashMode::Missing);
        assert_eq!(report.status, "failed", "{engine:?}");
        let (things, links) = (&report.tables["things"], &report.tables["links"]);
        assert_eq!((things.twins.as_slice(), things.twin_groups, things.filled), ([vec![2, 3]].as_slice(), 1, 2));
        assert_eq!((links.twins.as_slice(), links.filled, links.missing_parent), ([vec![1, 2]].as_slice(), 1, 2));
        let empty = |table| {
            let stored = hashes(&database, table);
            stored.into_iter().filter(|(_, hash)| hash.is_empty()).map(|(id, _)| id).collect::<Vec<_>>()
        };
        assert_eq!((empty("things"), empty("links")), (vec![2, 3], vec![1, 2, 4, 5]), "{engine:?}");

        // One of the twins gone, the other is filled; a twin of a row that has its hash already is found too.
        database.run("DELETE FROM things WHERE id = 3; DELETE FROM links WHERE id = 5;");
        database.run("INSERT INTO things (id, kind_id, value) VALUES (5, 1, 'a');");
        let report = fill(&database, HashMode::Missing);
        assert_eq!(report.tables["things"].twins, [vec![1, 5]], "{engine:?}");
        assert_eq!((empty("things"), empty("links")), (vec![5], vec![1, 2]), "{engine:?}");
    }
}

#[test]
fn wrong_hashes_are_found_and_put_right_even_when_swapped() {
    for engine in engines() {
        let database = initialised(engine);
        database.run(
            "INSERT INTO kinds (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c');
             INSERT INTO things (id, kind_id, value) VALUES (1, 1, 'x'), (2, 2, 'x');",
        );
        fill(&database, HashMode::Missing);
        let right = (hashes(&database, "kinds"), hashes(&database, "things"));
        assert_eq!(fill(&database, HashMode::Check).wrong(), 0, "{engine:?}");
        drop_triggers(&database);
        database.run(&format!(
            "UPDATE kinds SET sync_hash = NULL;
             UPDATE kinds SET sync_hash = '{}' WHERE id = 1;
             UPDATE kinds SET sync_hash = '{}' WHERE id = 2;
             UPDATE kinds SET sync_hash = 'ffffffffffffffffffffffffffffffff' WHERE id = 3;",
            right.0[&2], right.0[&1]
        ));
        assert_eq!(fill(&database, HashMode::Check).tables["kinds"].wrong, 3, "{engine:?}");
        let report = fill(&database, HashMode::All);
        assert_eq!((report.status.as_str(), report.tables["kinds"].filled), ("finished", 3), "{engine:?}");
        assert_eq!((hashes(&database, "kinds"), hashes(&database, "things")), right, "{engine:?}");
    }
}

#[test]
fn many_rows_are_filled_chunk_by_chunk() {
    for engine in engines() {
        let database = initialised(engine);
        drop_triggers(&database);
        let digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL \
                      SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
        database.run(&format!(
            "INSERT INTO labels (name) SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d
             FROM {digits} a, {digits} b, {digits} c, {digits} e, {digits} f WHERE f.d < 5;"
        ));
        let report = fill(&database, HashMode::Missing);
        let labels = &report.tables["labels"];
        assert_eq!((labels.rows, labels.filled), (50_000, 50_000), "{engine:?}");
        assert_eq!(fill(&database, HashMode::Check).wrong(), 0, "{engine:?}");
    }
}

#[test]
fn init_refuses_a_database_that_has_a_table() {
    for engine in engines() {
        let database = fresh_database(engine);
        database.run("CREATE TABLE something (id integer);");
        let error = wait(init(&context(&database, mini()), None)).unwrap_err();
        assert_eq!(error.kind().exit_status() as u8, 7, "{engine:?}");
        assert_eq!(error.place().table.as_deref(), Some("something"), "{engine:?}");
    }
}

#[test]
fn a_profile_file_brings_its_schema_along() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let text = "name = \"own\"\n[[table]]\nname = \"t\"\ngroup = \"object\"\nkey = [\"v\"]\n";
    let database = fresh_database(Engine::Sqlite);
    let context = context(&database, Profile::parse(text).unwrap());
    let missing = wait(init(&context, Some(&file))).unwrap_err();
    assert_eq!(missing.kind().exit_status() as u8, 7);
    assert!(missing.to_string().contains("own.columns.txt"), "{missing}");
    assert!(missing.advice().unwrap().contains("own.sqlite.sql"), "{missing}");

    std::fs::write(folder.path().join("own.sqlite.sql"), "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);").unwrap();
    let tables = wait(init(&context, Some(&file))).unwrap();
    assert!(tables.contains(&"t".to_owned()) && tables.contains(&"synchronizations".to_owned()), "{tables:?}");
}
